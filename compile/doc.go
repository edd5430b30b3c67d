// Package compile turns functions of package ir into machine code: it lowers them, allocates registers and emits bytes
// with relocations, traps and stack maps.
package compile
