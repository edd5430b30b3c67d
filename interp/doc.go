// Package interp executes CLIF: it is the definition of what each instruction does, bit by bit, against which compiled
// code is tested.
//
// [NewModule] takes functions that may call each other; [Module.Call] runs one. Memory is virtual, so that no program
// can do harm: every trap, exceeded limit and mistake in a function is an error value. With Options.Moving, objects
// move at every safepoint, which shows wrong stack maps.
//
// The definitions are the functions named def…, conv…, carry… and so on, on lanes of any width; functions named fast… do
// the same for common types, faster. Package softfloat defines the arithmetic of floats.
package interp
