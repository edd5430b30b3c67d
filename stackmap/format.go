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
// more for each; a collector wants to find one in less than a tenth of a microsecond, straight from the bytes.
//
// Idea: neighbours are alike. Functions stand in the order of their code, safepoints in the order of their return
// addresses. A function lists its possible roots once, as runs of evenly spaced offsets; a map is a set of positions in
// this list. A lookup must neither search nor wait: the text is cut into buckets, which say by a count of bits which
// group of functions an address belongs to, and the code of a function into windows, each with a chunk of few safepoints.
// A chunk has its first map as bits, and the others as bits too or as changes, whichever suits the function, so that the
// wanted one is found without a branch. Functions that do not fit into this, big ones, are rare and have a layout of their
// own, with a binary search, and codes for maps with many positions.
//
// All numbers are little-endian. u is an unsigned LEB128 number of at most 32 bits. Return addresses count in units of
// 1<<s bytes from the start of the function.
//
//	table     header, bodies, blocks, groups, skips
//	header    "DSM" and 0x20 + s; u32 size of the table, number of functions, number of groups, offset of the blocks,
//	          number of blocks << 5 | b; i64 address of the text minus address of this field, or 0 if nobody filled it in
//	blocks    per 64 buckets of 1<<b bytes of the text, from the start of the first group: u32 number of groups that start
//	          in earlier blocks; u64 with a bit per bucket that a group starts in. Bit 31 of the number says that several
//	          groups start in one of the buckets
//	groups    of up to 8 functions: u32 start of its first function in the text; u32 offset in the table that places of its
//	          functions are counted from; u32 number of the skip that its skips are counted from; 8 u16 starts of functions,
//	          counted from that of the group, 0xffff if there is none; 8 entries
//	entry     u16 place; u16 length of the code; u8 flags and (log2 of the length of a window, in units, less 1) << 4;
//	          u8 frame size / 8; u8 number of positions; u8 first offset of the only run, u8 its type - 0x70, u8 log2 of its
//	          stride, or, if there are several runs, u16 place of the runs and a zero. Of a big function only place and
//	          flags count
//	place     in the bodies, of the only chunk; if the code has several windows, the number of the first of its skips
//	skip      per window: u16 place of its chunk, 0xffff if it has no safepoint
//	body      [u length of the runs; runs] chunks
//	run       u type - 0x70, u first offset, u count<<4 | derived<<3 | log2 of the stride; if derived, count times
//	          u position of the base
//	chunk     u8 number of safepoints; of each the place of the return address in the window, u8 or, if windows have more
//	          than 256 units, u16; the first map as bits; the other maps as bits or changes
//	bits      bit i of byte j for position 8j+i; as many bytes as the positions of the function take
//	changes   codes 0x40 + p, change position p, or, if there are none, a single code 0; bit 7 says that it is the last
//	flags     1 all calls are recorded; 2 the function is big; 4 there is one plain run, with as many roots as there are
//	          positions; 8 maps are changes, and there are at most 64 positions
//
// A big function has its place at the first of its chunks, each of 8 safepoints. Before are: skips, if there are several
// chunks, each of u32 return address before the chunk, u32 place from the first chunk; runs; u32 length of the runs, number
// of safepoints, length of the code, number of positions, frame size. Bit 3 of its flags says that frame sizes change. Then
//
//	chunk     per safepoint: u distance in units from the return address before, for the first one of all from the start of
//	          the function; then per safepoint its map
//	map       codes, applied to the map before; the first map of a chunk starts from the empty map and the frame size of
//	          the function. Bit 7 of a code says that another one follows. The lower 7 bits:
//	            0x40 + p   change position p, below 64
//	            0          nothing
//	            1          now the map is empty
//	            2, u d     now the map is that of the literal whose code lies d bytes before this code
//	            3, u p     change position p + 64
//	            4, u x     now the frame has x bytes, rotated right by 3
//	            5, u k     literal: now the map is given by k + 59 bytes of bits
//	            5 + k      literal of k bytes, 1 to 58
//
//  1. Positions number the roots of the runs in order; runs may hold roots that no map uses. A function has at most 2^20.
//  2. Plain runs come before derived ones, and bases are positions of plain runs. A map with a derived root has its base.
//  3. Return addresses ascend strictly, are not 0 and are less than the length of the code.
//  4. A lookup reads one path: a block, a group, a skip and a chunk. Only the last is in the bodies, which are most of the
//     table, and each is found from the one before without a search.
//
// Cost of a lookup: constant, as the writer takes care that a window has few safepoints; in a big function
// O(log safepoints + runs + positions/64) steps; O(log groups) more where groups crowd in few buckets. Sizes: about 14 bytes
// for a function and 4 for a safepoint whose map is near that of the safepoint before.

const (
	headerSize   = 32
	textField    = 24
	blockSize    = 12
	blockBuckets = 64
	crowded      = 1 << 31
	groupFuncs   = 8
	groupStarts  = 12
	groupEntries = groupStarts + 2*groupFuncs
	entrySize    = 10
	groupSize    = groupEntries + groupFuncs*entrySize
	skipSize     = 2
	noFunc       = 0xffff
	noChunk      = 0xffff
	byteWindow   = 8 // log2 of the longest window whose return addresses take a byte
	chunkPoints  = 8 // of a big function
	bigSkipSize  = 8
	bigHead      = 20
	firstType    = 0x70
	maxPositions = 1 << 20
	maxPCShift   = 3
)

var magic = [3]byte{'D', 'S', 'M'}

const version = 0x20

// Flags of a function.
const (
	flagComplete = 1 << iota
	flagBig
	flagSingle
	flagChanges
	flagFrames = flagChanges // of a big function

	windowShift = 4 // what the upper bits of the flags are shifted by
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
	codeLast      = 0x80 // of changes
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

func u16(b []byte, at int) uint32 { return uint32(binary.LittleEndian.Uint16(b[at:])) }
func u32(b []byte, at int) uint32 { return binary.LittleEndian.Uint32(b[at:]) }
func u64(b []byte, at int) uint64 { return binary.LittleEndian.Uint64(b[at:]) }

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
