package jit

// The ELF convention, with as many result registers as arguments.
var (
	cIntArgs      = []uint8{2, 3, 4, 5, 6}
	cFloatArgs    = []uint8{0, 2, 4, 6}
	cIntResults   = []uint8{2, 3, 4, 5}
	cFloatResults = []uint8{0, 2, 4, 6}
)

const (
	cAreaReg      = -1
	lastFloatReg  = 31
	wideFloats    = true
	argsBigEndian = true // values are at the end of their slots
)

// bigEndianMachine says how words are stored.
const bigEndianMachine = true

// usableReg excludes registers that entry and exit code needs, and those that callees save, but for r6, which may carry an argument.
func usableReg(r uint8) bool { return r >= 2 && r <= 6 }

// usableResult excludes r6 as well.
func usableResult(r uint8) bool { return r >= 2 && r <= 5 }
