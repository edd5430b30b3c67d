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
// addresses. A function lists its possible roots once, as runs of evenly spaced offsets; a map is a set of positions in
// this list, and is written as the change from the map before. Every 8 safepoints, a chunk, the chain of changes starts
// again. What a search reads (starts to skips) lies together and has fixed widths; what is read of one function
// only (bodies) lies apart and is packed.
//
// All numbers are little-endian. u is an unsigned LEB128 number of at most 32 bits.
//
//	table     header, bodies, starts, groups, directory, skips
//	header    "DSM" and 0x10 + s; u32 size of the table, number of functions, number of groups, offset of the starts,
//	          number of skips; i64 address of the text minus address of this field, or 0 if nobody filled it in
//	starts    per group of up to 8 functions: u32 start of its first function in the text
//	groups    per group: u32 offset in the table that places of its functions are counted from, u32 number of the skip that
//	          its skips are counted from
//	directory per group 8 entries: u16 start of the function, counted from that of the group, 0xffff if there is none; u16
//	          place; u8 number of safepoints less 1; u8 flags; u16 length of the code; u8 frame size / 8; u8 number of
//	          positions; u8 first offset of the only run, u8 its type - 0x70, or, if there are several runs, u16 length of
//	          the runs in bytes. Of a big function only start, place and flags count
//	place     in the bodies, of the only chunk; of several chunks the number of the first of the function's skips
//	skip      per chunk of a function with several: u16 return address before it, 0 for the first; u16 its place
//	body      [runs] chunks; of a big function, whose place is that of its first chunk: skips as pairs of u32 that count
//	          places from there, if there are several chunks; runs; u32 length of the runs, number of safepoints, length of
//	          the code, number of positions, frame size; chunks
//	run       u type - 0x70, u first offset, u count<<4 | derived<<3 | log2 of the stride; if derived, count times
//	          u position of the base
//	chunk     per safepoint: u distance >> s from the return address before, for the first one of all from the start of
//	          the function; then per safepoint its map
//	map       codes, applied to the map before; the first map of a chunk starts from the empty map and the frame size of
//	          the function. Bit 7 of a code says that another one follows. The lower 7 bits:
//	            0x40 + p   change position p, below 64
//	            0          nothing
//	            1          now the map is empty
//	            2, u d     now the map is that of the literal whose code lies d bytes before this code
//	            3, u p     change position p + 64
//	            4, u x     now the frame has x bytes, rotated right by 3
//	            5, u k     literal: now the map is given by k + 59 bytes, bit i of byte j for position 8j+i
//	            5 + k      literal of k bytes, 1 to 58
//	flags     1 all calls are recorded; 2 the function is big; 4 frame sizes change; 8 there is one plain run, with as many roots
//	          as there are positions, and the upper three bits are log2 of its stride
//
//  1. Positions number the roots of the runs in order; runs may hold roots that no map uses. A function has at most 2^20.
//  2. Plain runs come before derived ones, and bases are positions of plain runs. A map with a derived root has its base.
//  3. Return addresses ascend strictly and are less than the length of the code.
//  4. A lookup reads one path: starts, an entry of the directory, the function's skips and one chunk. Only the last is in
//     the bodies, which are most of the table.
//
// Cost of a lookup: O(log functions + log safepoints of the function + runs + positions/64) steps. Sizes: about 13 bytes
// for a function and 3 for a safepoint whose map is near that of the safepoint before.

const (
	headerSize   = 32
	textField    = 24
	startEntry   = 4
	groupEntry   = 8
	dirEntry     = 12
	groupFuncs   = 8
	chunkPoints  = 8
	skipEntry    = 4
	bigSkipEntry = 8
	bigHead      = 20
	firstType    = 0x70
	maxPositions = 1 << 20
	maxPCShift   = 3
	noFunc       = 0xffff
)

var magic = [3]byte{'D', 'S', 'M'}

const version = 0x10

// Flags of a function.
const (
	flagComplete = 1 << iota
	flagBig
	flagFrames
	flagSingle

	logShift = 5
)

// Codes of maps.
const (
	codeToggle    = 0x40
	codeSame      = 0
	codeEmpty     = 1
	codeRef       = 2
	codeToggleBig = 3
	codeFrame     = 4
	codeLiteral   = 5
	codeMore      = 0x80
	toggleBias    = 64
	maxShortBytes = codeToggle - 1 - codeLiteral
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
