package jit

// The convention with hardware floating point.
var (
	cIntArgs      = []uint8{10, 11, 12, 13, 14, 15, 16, 17}
	cFloatArgs    = []uint8{10, 11, 12, 13, 14, 15, 16, 17}
	cIntResults   = []uint8{10, 11}
	cFloatResults = []uint8{10, 11}
)

const (
	cAreaReg      = -1
	lastFloatReg  = 31
	wideFloats    = false // values of 16 bytes are in two integer registers
	argsBigEndian = false
)

// bigEndianMachine says how words are stored.
const bigEndianMachine = false

// usableReg excludes registers that entry and exit code needs, and those that callees save.
func usableReg(r uint8) bool { return r >= 10 && r <= 17 }

// usableResult says the same of results.
func usableResult(r uint8) bool { return usableReg(r) }
