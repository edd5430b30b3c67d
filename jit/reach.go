//go:build !arm64

package jit

// Sizes of the areas for thunks and functions.
const (
	thunkArea = 64 << 20
	codeArea  = 768 << 20
)
