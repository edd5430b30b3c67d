package gc

import "errors"

// The old space: memory of a heap outside of the nursery, in blocks.
//
// Small objects share blocks, one after the other from the start of the block, so that a block can be walked. Objects of
// more than maxSmall bytes have a row of blocks of their own, so that they need not be copied.
//
//  1. Every block has one state. Only blocks in use hold objects.
//  2. In a closed block objects lie from its start to its top; in the current block, up to free.
//  3. The lowest free block is taken first. In a ring, on the other hand, blocks are taken in turn, so that an address is
//     not used again for as long as possible.
const (
	blockShift = 18
	blockBytes = 1 << blockShift
	maxSmall   = blockBytes / 4
)

type blockState uint8

const (
	blockShut  blockState = iota // free and inaccessible
	blockSpare                   // free and accessible
	blockSmall                   // small objects
	blockFrom                    // small objects, being evacuated
	blockLarge                   // first block of a large object
	blockRest                    // further blocks of a large object
)

// large is an object with blocks of its own.
type large struct {
	addr, size uintptr
	blocks     int
}

type oldSpace struct {
	mem       *region
	base, end uintptr
	states    []blockState
	dirty     []bool    // per block: it may hold something other than zero
	tops      []uintptr // per closed block in state small or from: the end of its objects
	ring      int       // number of the blocks of the ring; 0: there is none
	next      int       // where the search for free blocks begins: unless in a ring, none below is free

	free, limit uintptr // the rest of the current block; both 0 if there is none
	small       []int   // blocks of small objects, in the order in which they were taken
	large       []large
	smallBytes  int64 // of objects
	largeBytes  int64 // of the blocks of large objects, in whole pages
	spare       int   // number of spare blocks
}

var errNoSpace = errors.New("gc: the address space of the heap is used up")

func (o *oldSpace) init(mem *region, base uintptr, blocks int) {
	o.mem, o.base, o.end = mem, base, base+uintptr(blocks)*blockBytes
	o.states, o.dirty, o.tops = make([]blockState, blocks), make([]bool, blocks), make([]uintptr, blocks)
}

// block returns the number of the block of an address.
func (o *oldSpace) block(a uintptr) int { return int((a - o.base) >> blockShift) }

func (o *oldSpace) addr(block int) uintptr { return o.base + uintptr(block)<<blockShift }

// current returns the current block.
func (o *oldSpace) current() int { return o.block(o.limit - 1) }

// used returns the bytes taken by objects, dead ones included.
func (o *oldSpace) used() int64 { return o.smallBytes + o.largeBytes }

// close ends the current block.
func (o *oldSpace) close() {
	if o.limit != 0 {
		o.tops[o.current()] = o.free
		o.free, o.limit = 0, 0
	}
}

func (o *oldSpace) nextBlock() error {
	o.close()
	b, err := o.take(1)
	if err != nil {
		return err
	}
	o.states[b], o.dirty[b] = blockSmall, true
	o.small = append(o.small, b)
	o.free, o.limit = o.addr(b), o.addr(b)+blockBytes
	return nil
}

// allocLarge takes blocks for a large object, whose memory is zero if zero is set.
func (o *oldSpace) allocLarge(size uintptr, zero bool) (uintptr, error) {
	n := int((size + blockBytes - 1) >> blockShift)
	b, err := o.take(n)
	if err != nil {
		return 0, err
	}
	o.states[b] = blockLarge
	for i := 1; i < n; i++ {
		o.states[b+i] = blockRest
	}
	for i := b; i < b+n; i++ {
		if zero && o.dirty[i] {
			clear(memory(o.addr(i), min(blockBytes, o.addr(b)+size-o.addr(i))))
		}
		o.dirty[i] = true
	}
	o.large = append(o.large, large{o.addr(b), size, n})
	o.largeBytes += wholePages(size)
	return o.addr(b), nil
}

const pageBytes = 4096

func wholePages(n uintptr) int64 { return int64((n + pageBytes - 1) &^ (pageBytes - 1)) }

// take finds n free blocks in a row and makes them accessible.
func (o *oldSpace) take(n int) (int, error) {
	b, ok := o.find(n)
	if !ok {
		return 0, errNoSpace
	}
	for i := b; i < b+n; {
		if o.states[i] == blockSpare {
			o.spare--
			i++
			continue
		}
		j := i + 1
		for j < b+n && o.states[j] == blockShut {
			j++
		}
		if err := o.mem.open(o.addr(i), uintptr(j-i)<<blockShift); err != nil {
			for k := b; k < i; k++ { // what was opened, or was spare before
				if o.states[k] != blockSpare {
					o.states[k] = blockSpare
				}
				o.spare++
			}
			return 0, err
		}
		i = j
	}
	if o.ring > 0 {
		o.next = (b + n) % o.ring
	} else if b == o.next {
		o.next = b + n
	}
	return b, nil
}

// find looks for n free blocks in a row. A ring that is too small becomes larger.
func (o *oldSpace) find(n int) (int, bool) {
	end := len(o.states)
	if o.ring > 0 {
		end = o.ring
	}
	b, ok := o.search(o.next, end, n)
	if !ok {
		b, ok = o.search(0, min(o.next+n-1, end), n)
	}
	if !ok && end < len(o.states) {
		o.ring = min(2*o.ring, len(o.states))
		return o.find(n)
	}
	return b, ok
}

// search looks for n free blocks in a row between from and to.
func (o *oldSpace) search(from, to, n int) (int, bool) {
	run := 0
	for i := from; i < to; i++ {
		if o.states[i] > blockSpare {
			run = 0
			continue
		}
		if run++; run == n {
			return i - n + 1, true
		}
	}
	return 0, false
}

// canTake reports whether n single blocks are free, and makes sure that they are accessible.
func (o *oldSpace) canTake(n int) error {
	if o.spare >= n {
		return nil
	}
	if o.ring > 0 {
		o.ring = min(max(o.ring, 2*(n+len(o.small))), len(o.states))
		return nil // they are opened one by one
	}
	for k := range o.states {
		i := (o.next + k) % len(o.states)
		if o.states[i] != blockShut {
			continue
		}
		if err := o.mem.open(o.addr(i), blockBytes); err != nil {
			return err
		}
		o.states[i] = blockSpare
		if o.spare++; o.spare >= n {
			return nil
		}
	}
	return errNoSpace
}

// give takes blocks back. Those of a ring cannot be accessed until they are taken again.
func (o *oldSpace) give(block, n int) {
	state := blockSpare
	if o.ring > 0 && o.mem.shut(o.addr(block), uintptr(n)<<blockShift) == nil {
		state = blockShut
	} else {
		o.spare += n
	}
	for i := block; i < block+n; i++ {
		o.states[i] = state
	}
	if o.ring == 0 {
		o.next = min(o.next, block)
	}
}

// trim gives the memory of spare blocks back, except for keep of them.
func (o *oldSpace) trim(keep int) {
	if o.ring > 0 {
		return
	}
	for i := len(o.states) - 1; i >= 0 && o.spare > keep; i-- {
		if o.states[i] == blockSpare {
			o.dirty[i] = !o.mem.discard(o.addr(i), blockBytes) && o.dirty[i]
			if o.mem.shut(o.addr(i), blockBytes) == nil {
				o.states[i] = blockShut
				o.spare--
			} else {
				keep++ // cannot be helped
			}
		}
	}
}
