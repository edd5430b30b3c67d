//go:build !(linux && (amd64 || s390x))

package jit

// trapPC returns the address of the instruction that trapped.
func trapPC(t *Trap) uintptr { return t.PC }
