package jit

// The procedure call standard.
var (
	cIntArgs      = []uint8{0, 1, 2, 3, 4, 5, 6, 7}
	cFloatArgs    = []uint8{0, 1, 2, 3, 4, 5, 6, 7}
	cIntResults   = []uint8{0, 1, 2, 3, 4, 5, 6, 7}
	cFloatResults = []uint8{0, 1, 2, 3, 4, 5, 6, 7}
)

const (
	cAreaReg      = 8
	lastFloatReg  = 31
	wideFloats    = true
	argsBigEndian = false
)

// bigEndianMachine says how words are stored.
const bigEndianMachine = false

// usableReg excludes registers that entry and exit code needs, and those that callees save.
func usableReg(r uint8) bool { return r <= 13 }

// usableResult says the same of results.
func usableResult(r uint8) bool { return usableReg(r) }
