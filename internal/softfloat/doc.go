// Package softfloat does IEEE 754 arithmetic in software, exactly, in any binary format of up to 128 bits, rounding to
// nearest with ties to even.
//
// A float is held as its bits in a 128-bit word; bits beyond the format are zero. Results that are NaNs follow the
// rules of x86: the first operand that is a NaN, made quiet, or else the negative default NaN.
package softfloat
