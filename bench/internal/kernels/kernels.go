// Package kernels has small programs that are run by Davit, by Cranelift, in Go and in C, and must give the same results.
//
// Each kernel has a function init that fills memory and a function run that works on it and returns a number, both of
// (memory, n). The functions are written once as CLIF, made by the generators in clif_*.go and checked in as
// bench/kernels/NAME.clif, once in Go (go_*.go) and once in C (bench/kernels/kernels.c): the same algorithm, as natural
// to each language as that allows. Running twice gives the same result.
package kernels

import "unsafe"

// Kernel is one program.
type Kernel struct {
	Name   string
	About  string
	N      int64 // size of the problem
	Memory int   // bytes
	// Init and Run are the program in Go.
	Init, Run func(mem unsafe.Pointer, n int64) int64

	clif func() []string // functions of the file: init, run and what they call
}

// All are the kernels.
var All = []Kernel{
	{"fib", "recursive Fibonacci", 25, 64, noInit, fibRun, clifFib},
	{"sieve", "primes up to 100,000", 100_000, 1 << 17, noInit, sieveRun, clifSieve},
	{"matmul", "product of 64×64 matrices of f64", 64, 3 * 8 * 64 * 64, matmulInit, matmulRun, clifMatmul},
	{"nbody", "2,000 steps of five bodies", 2000, 1 << 12, nbodyInit, nbodyRun, clifNbody},
	{"mandelbrot", "100×100 points, 50 steps", 100, 64, noInit, mandelbrotRun, clifMandelbrot},
	{"sha256", "SHA-256 of 64 KB", 1 << 16, 1<<16 + 1024, sha256Init, sha256Run, clifSHA256},
	{"quicksort", "20,000 integers", 20_000, 1 << 18, noInit, quicksortRun, clifQuicksort},
	{"hashtable", "20,000 insertions and searches, open addressing", 20_000, 1 << 20, noInit, hashtableRun, clifHashtable},
	{"bintree", "5,000 insertions into a binary tree", 5000, 1 << 18, noInit, bintreeRun, clifBintree},
	{"strsearch", "a string of 8 bytes in 100 KB", 100_000, 1 << 17, strsearchInit, strsearchRun, clifStrsearch},
	{"crc32", "CRC-32 of 100 KB with a table", 100_000, 1<<17 + 1024, crc32Init, crc32Run, clifCRC32},
	{"spmv", "sparse matrix of 4,000 rows times a vector", 4000, 1 << 20, spmvInit, spmvRun, clifSpmv},
	{"base64", "encoding of 60 KB", 60_000, 1 << 18, base64Init, base64Run, clifBase64},
	{"interp", "interpreter with a jump table, 120,000 instructions", 20_000, 1 << 12, interpInit, interpRun, clifInterp},
	{"dot", "dot product of 40,000 f32, in vectors", 40_000, 1 << 19, dotInit, dotRun, clifDot},
	{"blend", "saturating blend of 64 KB, in vectors", 1 << 16, 3 << 16, blendInit, blendRun, clifBlend},
}

// CLIF returns the kernel as CLIF.
func (k *Kernel) CLIF() string {
	s := "; " + k.About + ". Made by the package davit/bench/internal/kernels; do not edit.\n"
	for _, f := range k.clif() {
		s += "\n" + f
	}
	return s
}

// The generator of pseudo-random numbers that all use: x = x*lcgFactor + lcgAdd, of which the upper 31 bits count.
const (
	lcgFactor = 6364136223846793005
	lcgAdd    = 1442695040888963407
	lcgSeed   = 42
)

func noInit(unsafe.Pointer, int64) int64 { return 0 }

// lcg is the generator in Go.
type lcg uint64

func (x *lcg) next() int64 {
	*x = *x*lcgFactor + lcgAdd
	return int64(*x >> 33)
}

// slice is a part of the memory, off bytes from its start.
func slice[T any](mem unsafe.Pointer, off, n int64) []T {
	return unsafe.Slice((*T)(unsafe.Add(mem, off)), n)
}
