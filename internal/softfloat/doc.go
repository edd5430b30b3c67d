// Package softfloat does IEEE 754 arithmetic in software, exactly, in any binary format of up to 128 bits, rounding to
// nearest with ties to even.
package softfloat
