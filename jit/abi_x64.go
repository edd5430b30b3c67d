//go:build !arm64 && !riscv64 && !s390x

package jit

// x64 register numbers used by System V.
const (
	rax = iota
	rcx
	rdx
	rbx
	rsp
	rbp
	rsi
	rdi
	r8
	r9
	r10
	r11
	r12
	r13
	r14
	r15
)

// The System V convention.
var (
	cIntArgs      = []uint8{rdi, rsi, rdx, rcx, r8, r9}
	cFloatArgs    = []uint8{0, 1, 2, 3, 4, 5, 6, 7}
	cIntResults   = []uint8{rax, rdx}
	cFloatResults = []uint8{0, 1}
)

const (
	cAreaReg      = -1 // the first argument carries the address of results in memory
	lastFloatReg  = 15
	wideFloats    = true // registers have 16 bytes
	argsBigEndian = false
)

// bigEndianMachine says how words are stored.
const bigEndianMachine = false

// usableReg excludes the stack pointer and the registers that callees save, which entry and exit code needs.
func usableReg(r uint8) bool { return r < r12 && r != rbx && r != rsp && r != rbp }

// usableResult says the same of results.
func usableResult(r uint8) bool { return usableReg(r) }
