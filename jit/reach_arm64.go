package jit

// Sizes of the areas for thunks and functions: a call reaches 128 MiB on this machine.
const (
	thunkArea = 16 << 20
	codeArea  = 110 << 20
)
