// Package data holds constants of every type of CLIF: integers to 128 bits, floats from f16 to f128 by their bits, and
// vectors of any length. It reads and prints them as literals of the language and compares them bit by bit.
package data
