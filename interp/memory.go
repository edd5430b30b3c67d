package interp

import (
	"fmt"
	"slices"
)

// Problem: programs compute addresses freely; no access may touch anything but memory that was given to the program,
// and a wild one must be noticed.
//
// Idea: all memory is virtual, a set of disjoint regions with unmapped gaps between them.
//
//  1. Regions are sorted by address and never overlap; there are at least guard bytes between any two, unless the host
//     has chosen the addresses.
//  2. An access succeeds only if it lies within one region.
//  3. Addresses of objects grow until the heap's range is used up; so the address of an object that is gone is not
//     used again soon.
//  4. All but big regions lie below 4 GiB, so that 32-bit pointers work.
//
// Cost: an access to the region of the last access, or to the stack, takes constant time; others a binary search.

const (
	codeBase  = 0x0001_0000 // functions, 16-byte aligned; not readable
	mapBase   = 0x1000_0000 // regions of the host
	heapBase  = 0x4000_0000 // objects
	heapEnd   = 0xc000_0000
	stackTop  = 0xf000_0000
	highBase  = 0x1_0000_0000 // regions that do not fit below
	guard     = 4096
	objectGap = 16
)

type region struct {
	base     uint64
	data     []byte
	readOnly bool
	object   *object // of the moving heap, or nil
}

func (r *region) end() uint64 { return r.base + uint64(len(r.data)) }

// Memory is the address space of a module. It is little-endian unless Options.BigEndian says otherwise; the methods
// deal in bytes.
type Memory struct {
	regions []*region // sorted; those with nil data are gone
	gone    int
	last    *region

	stack    []byte      // the part of the stack that has been needed so far
	stackLow uint64      // its lowest address
	stackEnd uint64      // the lowest address that it may grow to
	sp       uint64      // below it, the stack must not be accessed
	strict   *stackState // with Options.Strict

	nextMap, nextHigh, nextObject uint64
}

func newMemory(stackSize uint64) *Memory {
	return &Memory{
		last: &region{}, stackLow: stackTop, stackEnd: stackTop - stackSize, sp: stackTop,
		nextMap: mapBase, nextHigh: highBase, nextObject: heapBase,
	}
}

// pushStack makes the bytes from sp to the old stack pointer part of the stack, and returns them; nil if the stack
// cannot hold them.
func (m *Memory) pushStack(sp uint64) []byte {
	if sp < m.stackEnd || sp > m.sp {
		return nil
	}
	if sp < m.stackLow {
		size := min(max(stackTop-sp, 2*uint64(len(m.stack)), 1<<14), stackTop-m.stackEnd)
		stack := make([]byte, size)
		copy(stack[size-uint64(len(m.stack)):], m.stack)
		m.stack, m.stackLow = stack, stackTop-size
		if m.strict != nil {
			m.strict.grow(size)
		}
	}
	b := m.stack[sp-m.stackLow : m.sp-m.stackLow]
	m.sp = sp
	return b
}

// displacement is by how much Options.Vary moves the stack and the functions.
const displacement = 48

// fill initialises fresh stack memory.
func (m *Module) fill(b []byte) {
	if m.opts.Vary == 0 {
		clear(b)
		return
	}
	for i := range b {
		b[i] = m.opts.Vary * 0x6b
	}
}

// Map adds size bytes of zeros and returns their address, a multiple of 4096.
func (m *Memory) Map(size uint64) uint64 {
	next := &m.nextMap
	if size > heapBase-guard-*next {
		next = &m.nextHigh
	}
	r := &region{base: *next, data: make([]byte, size)}
	*next = (r.end()+guard-1)&^(guard-1) + guard
	m.insert(r)
	return r.base
}

// MapAt makes contents the memory at addr: the program and the host share it. It is an error if there is other memory, or
// below 4 GiB.
func (m *Memory) MapAt(addr uint64, contents []byte) error {
	size := uint64(len(contents))
	end := addr + size
	if end < addr || addr < highBase {
		return fmt.Errorf("no %d bytes can be put at %#x", size, addr)
	}
	for _, r := range m.regions {
		if r.data != nil && r.base < end && r.end() > addr {
			return fmt.Errorf("%d bytes at %#x would overlap those at %#x", size, addr, r.base)
		}
	}
	m.nextHigh = max(m.nextHigh, (end+guard-1)&^(guard-1)+guard)
	m.insert(&region{base: addr, data: contents})
	return nil
}

// MapReadOnly adds memory with the given contents, which programs cannot change, and returns its address.
func (m *Memory) MapReadOnly(contents []byte) uint64 {
	addr := m.Map(uint64(len(contents)))
	r := m.find(addr)
	if r != nil {
		copy(r.data, contents)
		r.readOnly = true
	}
	return addr
}

// Unmap removes the memory that starts at addr.
func (m *Memory) Unmap(addr uint64) error {
	r := m.find(addr)
	if r == nil || r.base != addr {
		return fmt.Errorf("no memory starts at %#x", addr)
	}
	m.remove(r)
	return nil
}

// Bytes returns the n bytes at addr, for reading and writing; false if they are not all in one region. The slice is
// valid until the memory is unmapped; that of stack memory, until the program runs on.
func (m *Memory) Bytes(addr, n uint64) ([]byte, bool) {
	b := m.read(addr, n)
	return b, b != nil
}

func (m *Memory) insert(r *region) {
	i, _ := slices.BinarySearchFunc(m.regions, r.base, func(r *region, a uint64) int {
		if r.base < a {
			return -1
		}
		return 1
	})
	m.regions = slices.Insert(m.regions, i, r)
}

func (m *Memory) remove(r *region) {
	r.data = nil
	m.gone++
	if m.last == r {
		m.last = &region{}
	}
	if m.gone > 64 && m.gone > len(m.regions)/2 {
		m.regions = slices.DeleteFunc(m.regions, func(r *region) bool { return r.data == nil })
		m.gone = 0
	}
}

// find returns the region that addr lies in, or that starts at addr, or nil.
func (m *Memory) find(addr uint64) *region {
	lo, hi := 0, len(m.regions)
	for lo < hi {
		mid := int(uint(lo+hi) / 2)
		if m.regions[mid].base <= addr {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo == 0 {
		return nil
	}
	r := m.regions[lo-1]
	if r.data == nil || addr-r.base > uint64(len(r.data)) || addr-r.base == uint64(len(r.data)) && addr != r.base {
		return nil
	}
	return r
}

// read returns the n bytes at addr, or nil. The result is never nil for n > 0 bytes that are there.
func (m *Memory) read(addr, n uint64) []byte {
	r := m.last
	if off := addr - r.base; off < uint64(len(r.data)) && n <= uint64(len(r.data))-off {
		return r.data[off : off+n]
	}
	return m.access(addr, n, false)
}

// write is read for memory that the program may change. A region that is read-only is never the last one.
func (m *Memory) write(addr, n uint64) []byte {
	r := m.last
	if off := addr - r.base; off < uint64(len(r.data)) && n <= uint64(len(r.data))-off {
		return r.data[off : off+n]
	}
	return m.access(addr, n, true)
}

func (m *Memory) access(addr, n uint64, write bool) []byte {
	if off := addr - m.stackLow; off < uint64(len(m.stack)) {
		if addr >= m.sp && n <= uint64(len(m.stack))-off {
			if m.strict != nil {
				m.strict.access(off, n, write)
			}
			return m.stack[off : off+n]
		}
		return nil
	}
	r := m.find(addr)
	if r == nil || n > uint64(len(r.data))-(addr-r.base) || write && r.readOnly {
		return nil
	}
	if !r.readOnly {
		m.last = r
	}
	return r.data[addr-r.base:][:n]
}
