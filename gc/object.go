package gc

import (
	"fmt"
	"unsafe"
)

// Access to objects from Go. References are words with their tags; places are bytes from the address of the object.

// New makes an object of a layout with n elements and returns a reference to it with the given tag. Its places for
// references and its elements are zero. It may collect.
func (h *Heap) New(id LayoutID, n int, tag Word) (Word, error) {
	if err := h.usable(); err != nil {
		return 0, err
	}
	if int(id) >= len(h.spec.shapes) {
		return 0, fmt.Errorf("gc: layout %d does not exist", id)
	}
	s := &h.spec.shapes[id]
	if n < 0 || n > MaxLength {
		return 0, fmt.Errorf("gc: object of layout %s with %d elements", s.Name, n)
	}
	if w := tag; w&^Word(h.spec.tags.Mask|lowMask) != 0 || !h.spec.tags.isRef(w) {
		return 0, fmt.Errorf("gc: %#x is not a tag of references", uint64(tag))
	}
	head := makeHeader(id, n)
	a, err := h.create(head)
	if err != nil {
		return 0, err
	}
	clear(memory(a+HeaderBytes, s.size(head)-HeaderBytes))
	return Word(a) | tag, nil
}

// addr returns the address of the object that w refers to.
func (h *Heap) addr(w Word) uintptr { return h.spec.tags.addr(w) }

// IsRef reports whether w is a reference, and not null.
func (h *Heap) IsRef(w Word) bool { return h.spec.tags.isRef(w) && h.addr(w) != 0 }

// LayoutOf returns the layout of the object that w refers to.
func (h *Heap) LayoutOf(w Word) LayoutID { return loadHeader(h.addr(w)).layout() }

// Len returns the number of elements of an object, or what its header has in their place.
func (h *Heap) Len(w Word) int { return loadHeader(h.addr(w)).length() }

// SetUser sets the 32 bits in the header of an object whose layout has no elements.
func (h *Heap) SetUser(w Word, bits uint32) {
	*(*uint32)(ptr(h.addr(w) + HeaderLength)) = bits
}

// Load reads word i behind the header of an object.
func (h *Heap) Load(w Word, i int) Word { return loadWord(h.addr(w) + HeaderBytes + 8*uintptr(i)) }

// Store writes word i behind the header of an object.
func (h *Heap) Store(w Word, i int, v Word) {
	a := h.addr(w)
	p := a + HeaderBytes + 8*uintptr(i)
	storeWord(p, v)
	if loadHeader(a)&flagBarrier != 0 && h.spec.tags.isRef(v) {
		h.stored(a, p)
	}
}

// Bytes returns the memory of an object behind the fixed part: its elements. It is valid until the next allocation.
func (h *Heap) Bytes(w Word) []byte {
	a := h.addr(w)
	hd := loadHeader(a)
	s := &h.spec.shapes[hd.layout()]
	return memory(a+s.base, uintptr(s.Elem.Bytes)*uintptr(hd.length()))
}

// Elements returns the elements of an object as a slice of T, whose size must be that of the elements. It is valid until
// the next allocation. References must not be stored through it.
func Elements[T any](h *Heap, w Word) []T {
	a := h.addr(w)
	hd := loadHeader(a)
	s := &h.spec.shapes[hd.layout()]
	if unsafe.Sizeof(*new(T)) != uintptr(s.Elem.Bytes) {
		panic(fmt.Sprintf("gc: elements of %d bytes of layout %s as %T", s.Elem.Bytes, s.Name, *new(T)))
	}
	return unsafe.Slice((*T)(ptr(a+s.base)), hd.length())
}
