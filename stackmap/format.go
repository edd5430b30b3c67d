package stackmap

import (
	"encoding/binary"
	"errors"
	"fmt"

	"davit/ir/op"
)

// The layout of a table.
//
// Problem: a safepoint has a return address, the size of the frame and a set of roots. A fixed layout takes 20 bytes and
// more for each; a collector wants to find one in well under a microsecond, straight from the bytes.
//
// Idea: neighbours are alike. Functions stand in the order of their code, safepoints in the order of their return
// addresses. A function lists its possible roots once, as runs of evenly spaced offsets; a map is a set of positions
// in this list, and is written as the change from the map before. Every 16 safepoints the chain of changes starts again,
// and an index leads there.
//
// All numbers are little-endian. u is an unsigned LEB128 number of at most 32 bits.
//
//		table     header, groups, index
//		header    "DSM" and 0x10 + s; u32 size of the table; u32 number of functions; u32 offset of the index; i64 address of
//		          the text minus address of this field, or 0 if nobody filled it in
//		groups    per 8 functions: their bodies, then their directory
//		directory u total length of the bodies; per function u gap, u code length, u length of its body
//		index     per group u32 start of its first function in the text, u32 offset of its directory in the table
//		body      flags, u frame size rotated right by 3, u number n of safepoints, [u number of runs], runs, skips, safepoints
//		run       u type - 0x70, u first offset, u count<<4 | derived<<3 | log2 of the stride; if derived, count times
//		          u position of the base
//		skip      per group of 16 safepoints but the first: return address that it starts from and offset of its first
//		          safepoint behind the skips; each u16, or u32 if the function is wide
//		safepoint u distance from the return address before, or from the function's start, >> s; map; [u frame size rotated]
//		map       codes, applied to the map before; the first map of a group of 16 starts from the empty map. Bit 7 of a
//		          code says that another one follows. The lower 7 bits:
//		            0x40 + p   change position p, below 64
//		            0          nothing
//		            1          now the map is empty
//		            2, u d     now the map is that of the literal whose code lies d bytes before this code
//		            3, u p     change position p + 64
//		            4, u k     literal: now the map is given by k + 60 bytes, bit i of byte j for position 8j+i
//		            4 + k      literal of k bytes, 1 to 59
//		flags     1 all calls are recorded; 2 wide; 4 safepoints have a frame size each; 8 is zero;
//		          upper four bits: number of runs, or 15 if it is given as u
//
//	 1. The gap is counted from the end of the function before in the same group; for the first it is 0.
//	 2. Positions number the roots of the runs in order; runs may hold roots that no map uses. A function has at most 2^20.
//	 3. Plain runs come before derived ones, and bases are positions of plain runs. A map with a derived root has its base.
//	 4. Return addresses ascend strictly and are less than the length of the code.
//	 5. A lookup reads one path: index, directory of a group, head of a body, skips, at most 16 safepoints.
//
// Cost of a lookup: O(log functions + log safepoints of the function + runs + positions/64) steps. Sizes: about 12 bytes
// for a function and 3 for a safepoint whose map is near that of the safepoint before.
const (
	headerSize    = 24
	textField     = 16
	indexEntry    = 8
	groupFuncs    = 8
	groupPoints   = 16
	firstType     = 0x70
	maxPositions  = 1 << 20
	maxPCShift    = 3
	smallSkip     = 4
	wideSkip      = 8
	maxShortBytes = 59
)

var magic = [3]byte{'D', 'S', 'M'}

const version = 0x10

// Flags of a function.
const (
	flagComplete = 1 << iota
	flagWide
	flagFrames
	flagReserved

	runShift = 4
	manyRuns = 15
)

// Codes of maps.
const (
	codeToggle    = 0x40
	codeSame      = 0
	codeEmpty     = 1
	codeRef       = 2
	codeToggleBig = 3
	codeLiteral   = 4
	codeMore      = 0x80
	toggleBias    = 64
)

// What a lookup answers besides a map; see the documentation of the package.
var (
	ErrNoFunction = errors.New("stackmap: address in no function with maps")
	ErrNoMap      = errors.New("stackmap: no map recorded for this address, and calls without roots are not recorded")
	ErrNotReturn  = errors.New("stackmap: not a return address of the function, whose calls are all recorded")
)

// FormatError says that the bytes of a table are damaged.
type FormatError struct {
	Offset int    // in the table, in bytes, where the trouble was noticed
	Msg    string // what was found and what was expected
}

// Error returns the message with the offset.
func (e *FormatError) Error() string {
	return fmt.Sprintf("stackmap: damaged table at byte %d: %s", e.Offset, e.Msg)
}

// NoBase is the Base of a root that is not derived.
const NoBase = ^uint32(0)

// Root is a place in a frame that holds a reference.
type Root struct {
	Type   op.Type
	Offset uint32 // in bytes from the nominal stack pointer
	Base   uint32 // derived roots: offset of the root in the same map that this one points into; else NoBase
}

// Derived reports whether r is an address inside of the object that the root at r.Base refers to.
func (r Root) Derived() bool { return r.Base != NoBase }

// appendU appends a number of at most 32 bits.
func appendU(b []byte, v uint32) []byte {
	for v >= 0x80 {
		b = append(b, byte(v)|0x80)
		v >>= 7
	}
	return append(b, byte(v))
}

// sizeU is the length of a number.
func sizeU(v uint32) int {
	n := 1
	for ; v >= 0x80; v >>= 7 {
		n++
	}
	return n
}

func u32(b []byte, at int) uint32 { return binary.LittleEndian.Uint32(b[at:]) }

// cursor reads numbers from b; once it runs over the end or into a number of more than 32 bits, bad stays set.
type cursor struct {
	b   []byte
	at  int
	bad bool
}

func (c *cursor) u() uint32 {
	if c.at < len(c.b) {
		if x := c.b[c.at]; x < 0x80 {
			c.at++
			return uint32(x)
		}
	}
	return c.long()
}

func (c *cursor) long() uint32 {
	v := uint64(0)
	for shift := 0; shift < 35; shift += 7 {
		if c.at >= len(c.b) {
			break
		}
		x := c.b[c.at]
		c.at++
		v |= uint64(x&0x7f) << shift
		if x < 0x80 {
			if v>>32 != 0 {
				break
			}
			return uint32(v)
		}
	}
	c.bad = true
	return 0
}

func (c *cursor) byte() byte {
	if c.at >= len(c.b) {
		c.bad = true
		return 0
	}
	c.at++
	return c.b[c.at-1]
}
