//go:build linux && amd64

// Package movheap has a heap for tests of compiled code, whose objects move whenever compiled code calls a host function
// that says so. The old places are poisoned, and it is long before they are used again: a reference that no stack map
// names is soon found out.
//
// Objects have 16 bytes: a number at 0, whose top bit must be clear, and a reference at 8. References of compiled code may
// have 4 bytes, as the heap lies below 4 GiB.
package movheap

import (
	"encoding/binary"
	"errors"
	"fmt"
	"syscall"
	"testing"
	"unsafe"

	"davit/ir/op"
	"davit/jit"
)

const (
	// ObjectSize is the size of each object.
	ObjectSize = 16
	// RefOffset is where an object has its reference.
	RefOffset = 8

	heapBytes = 8 << 20
	poison    = 0xdb
	map32Bit  = 0x40    // MAP_32BIT: in the lower 2 GiB
	forwarded = 1 << 63 // marks the first word of an object that has moved
)

// Heap is the heap.
type Heap struct {
	// Moves counts the objects that were moved.
	Moves int

	mem        []byte
	low        uint64 // address of mem
	start, end int    // the part of mem with objects
}

// New makes a heap, which is freed when the test ends.
func New(t testing.TB) *Heap {
	mem, err := syscall.Mmap(-1, 0, heapBytes, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE|map32Bit)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Munmap(mem) })
	return &Heap{mem: mem, low: uint64(uintptr(unsafe.Pointer(&mem[0])))}
}

// Reset forgets all objects.
func (h *Heap) Reset() { h.start, h.end = 0, 0 }

// Alloc returns the address of a new object, all zero.
func (h *Heap) Alloc() uint64 {
	p := h.mem[h.end : h.end+ObjectSize]
	clear(p)
	h.end += ObjectSize
	return h.low + uint64(h.end-ObjectSize)
}

// Object returns the object at an address; an error if there is none.
func (h *Heap) Object(addr uint64) ([]byte, error) {
	off := int(addr - h.low)
	if addr < h.low || off < h.start || off >= h.end || off%ObjectSize != 0 {
		return nil, fmt.Errorf("%#x is no address of an object", addr)
	}
	return h.mem[off : off+ObjectSize], nil
}

// collection is a collection under way: objects are copied behind the old ones, or to the start of the memory.
type collection struct {
	*Heap
	to, end int
	err     error
}

// relocate returns where what is at address x is from now on.
func (c *collection) relocate(x uint64) uint64 {
	off := int(x - c.low)
	if x < c.low || off >= heapBytes {
		return x
	}
	if off >= c.to && off < c.end && off%ObjectSize == 0 {
		return x // in a slot that has been seen before
	}
	old, err := c.Object(x)
	if err != nil {
		c.err = fmt.Errorf("a root holds %#x, an address without an object", x)
		return x
	}
	if id := binary.LittleEndian.Uint64(old); id&forwarded != 0 {
		return id &^ forwarded
	}
	p := c.end
	c.end += ObjectSize
	copy(c.mem[p:], old)
	binary.LittleEndian.PutUint64(old, c.low+uint64(p)|forwarded)
	c.Moves++
	return c.low + uint64(p)
}

// Collect moves what the roots of the frames of compiled code reach, and what own references do; these are changed.
func (h *Heap) Collect(call *jit.Call, own ...*uint64) error {
	c := &collection{Heap: h, to: h.end}
	if h.end+(h.end-h.start)+ObjectSize > heapBytes-(1<<18) {
		if c.to = 0; h.end-h.start > h.start {
			return errors.New("the heap is full")
		}
	}
	c.end = c.to
	for f := range call.Frames() {
		for r := range f.Roots() {
			switch op.Type(r.Type) {
			case op.I32:
				r.Store4(uint32(c.relocate(uint64(r.Load4()))))
			case op.I64, op.F64:
				r.Store8(c.relocate(r.Load8()))
			case op.I128, op.I64X2:
				w := r.Load16()
				r.Store16([2]uint64{c.relocate(w[0]), c.relocate(w[1])})
			}
		}
	}
	for _, p := range own {
		*p = c.relocate(*p)
	}
	for p := c.to; p < c.end; p += ObjectSize {
		ref := c.mem[p+RefOffset:]
		binary.LittleEndian.PutUint64(ref, c.relocate(binary.LittleEndian.Uint64(ref)))
	}
	for i := range h.mem[h.start:h.end] {
		h.mem[h.start+i] = poison
	}
	h.start, h.end = c.to, c.end
	return c.err
}
