// Package difftest compares compiled code with the interpreter, which defines what CLIF means.
//
// A [Pair] holds functions in both forms. They share one memory at one address, so that pointers may be passed and
// stored, and see the same host. An [Outcome] is everything that can be seen of a call: results, trap with code and
// function or exception, memory, and what the host was shown. A [Fuzzer] does this with random modules (package
// randfunc) for each level of the instruction set that the machine has and random settings, with the checker of register
// allocation on; what it finds, Finding.Shrink makes small.
package difftest
