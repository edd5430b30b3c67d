// Package fuzz makes inputs by the million and looks for those on which something goes wrong: a panic, an internal error, a
// function that is no longer the same after printing and parsing, compiled code that does something else than the
// interpreter, memory out of proportion. "davit fuzz" runs it, and tests do.
//
// A [Target] is a part of the program under test. Everything about an input follows from a number, its seed. Inputs are
// random modules (package randfunc), and files damaged by [Mutate].
package fuzz
