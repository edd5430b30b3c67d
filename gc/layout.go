package gc

import (
	"fmt"
	"math/bits"
)

// Word is what a place for references holds: a reference with its tag, or something else that the collector leaves
// alone.
type Word uint64

// Spec is what heaps and the code that works on them agree on: how references look, and where objects hold them. It is
// immutable and may be shared by any number of heaps and compilers.
type Spec struct {
	tags   Tags
	shapes []shape
}

// NewSpec returns the specification with these layouts; the LayoutID of a layout is its position.
func NewSpec(tags Tags, layouts ...Layout) (*Spec, error) {
	if err := tags.check(); err != nil {
		return nil, err
	}
	if len(layouts) > maxLayouts {
		return nil, fmt.Errorf("gc: %d layouts, at most %d are possible", len(layouts), maxLayouts)
	}
	s := &Spec{tags: tags, shapes: make([]shape, len(layouts))}
	for i := range layouts {
		if err := layouts[i].check(); err != nil {
			return nil, err
		}
		s.shapes[i] = newShape(layouts[i])
	}
	return s, nil
}

const maxLayouts = 1 << 16

// Layout returns a layout. The identifier must be one of the specification.
func (s *Spec) Layout(id LayoutID) Layout { return s.shapes[id].Layout }

// Tags returns the rule for references.
func (s *Spec) Tags() Tags { return s.tags }

// Tags is the rule by which a collector tells references from other words. A reference is the address of an object, a
// multiple of 8, with a tag in the three lowest bits and, for languages that put numbers into NaNs, a pattern in the
// highest ones. Words that do not look like this are left alone, and so is the null address with any tag.
type Tags struct {
	// Low has bit t set if words whose lowest three bits are t are references. Zero stands for 1<<0, plain addresses.
	Low uint8
	// Mask selects the bits outside of the address that must be equal to Value in a reference. They must be above
	// bit 47.
	Mask, Value uint64
}

// lowMask selects the tag in the lowest bits of a word.
const lowMask = 7

func (t *Tags) check() error {
	if t.Low == 0 {
		t.Low = 1
	}
	if t.Mask<<16>>16 != 0 {
		return fmt.Errorf("gc: tag mask %#x has bits below bit 48, where addresses are", t.Mask)
	}
	if t.Value&^t.Mask != 0 {
		return fmt.Errorf("gc: tag value %#x has bits outside of the mask %#x", t.Value, t.Mask)
	}
	return nil
}

// isRef reports whether w is a reference by its tag. Its address may be null.
func (t *Tags) isRef(w Word) bool { return t.Low>>(w&lowMask)&1 != 0 && uint64(w)&t.Mask == t.Value }

// addr returns the address in a reference.
func (t *Tags) addr(w Word) uintptr { return uintptr(uint64(w) &^ (t.Mask | lowMask)) }

// LayoutID names a layout of a specification. Compiled code finds it in the object at HeaderLayout.
type LayoutID uint16

// Layout says where the objects of one kind hold references. An object consists of a header of 8 bytes, a fixed part of
// some words, and an array of elements, whose number is chosen when the object is made. Its size is rounded up to a
// multiple of 8 bytes.
type Layout struct {
	Name string
	// Words is the size of the fixed part in words of 8 bytes.
	Words int
	// Refs has bit i set if word i of the fixed part is a place for references.
	Refs uint64
	// Elem describes the elements of the array. The zero value stands for no array.
	Elem Elem
}

// Elem is the layout of an array's elements.
type Elem struct {
	// Bytes is the size of an element.
	Bytes int
	// Refs has bit i set if word i of the element is a place for references. Then Bytes must be a multiple of 8.
	Refs uint64
}

// RefElem is an array of references.
var RefElem = Elem{Bytes: 8, Refs: 1}

// RawElem is an array whose elements have n bytes and no references.
func RawElem(n int) Elem { return Elem{Bytes: n} }

const (
	maxFixed = 1 << 12 // words
	maxElem  = 1 << 12 // bytes
	maxRefs  = 64      // words that a mask of references describes
)

func (l *Layout) check() error {
	switch {
	case l.Words < 0 || l.Words > maxFixed:
		return fmt.Errorf("gc: layout %s has a fixed part of %d words, at most %d are possible", l.Name, l.Words, maxFixed)
	case bits.Len64(l.Refs) > l.Words:
		return fmt.Errorf("gc: layout %s has references up to word %d of a fixed part of %d", l.Name, bits.Len64(l.Refs)-1, l.Words)
	case l.Elem.Bytes < 0 || l.Elem.Bytes > maxElem:
		return fmt.Errorf("gc: layout %s has elements of %d bytes, at most %d are possible", l.Name, l.Elem.Bytes, maxElem)
	case l.Elem.Refs != 0 && l.Elem.Bytes%8 != 0:
		return fmt.Errorf("gc: layout %s has elements of %d bytes with references, not a multiple of 8", l.Name, l.Elem.Bytes)
	case bits.Len64(l.Elem.Refs) > l.Elem.Bytes/8:
		return fmt.Errorf("gc: layout %s has references up to word %d of elements of %d bytes", l.Name, bits.Len64(l.Elem.Refs)-1, l.Elem.Bytes)
	}
	return nil
}

// Size returns the size in bytes of an object with n elements, header included.
func (l *Layout) Size(n int) int { return (HeaderBytes + 8*l.Words + l.Elem.Bytes*n + 7) &^ 7 }

// ElemOffset returns the distance in bytes from the address of an object to element i.
func (l *Layout) ElemOffset(i int) int { return HeaderBytes + 8*l.Words + l.Elem.Bytes*i }

// The header of an object is a word. From its lowest bits on:
//
//	8 bits   flags of the collector
//	8 bits   free for the client, kept when the object moves
//	16 bits  LayoutID
//	32 bits  number of elements; free for the client if the layout has none
//
// Compiled code reads the parts by themselves, at offsets that depend on the byte order of the machine. During a collection
// the word of an object that has moved is its new address, which is even.
const HeaderBytes = 8

// Offsets of the parts of a header from the address of an object.
const (
	headerFlags  = 7 * bigEndian
	HeaderUser   = 1 + 5*bigEndian // the client's byte
	HeaderLayout = 2 + 2*bigEndian // the LayoutID, 2 bytes
	HeaderLength = 4 - 4*bigEndian // the number of elements, 4 bytes
)

// MaxLength is the greatest number of elements.
const MaxLength = 1<<32 - 1

// Flags in the lowest bits of a header.
const (
	flagObject = 1 << iota // always set
	// flagBarrier is set in old objects that are not in the remembered set, and in large ones. A store of a reference
	// into such an object must tell the collector.
	flagBarrier
	flagAged   // has survived a collection of the nursery
	flagLarge  // lies in blocks of its own
	flagMarked // large objects: reached by the collection under way
)

type header uint64

func makeHeader(id LayoutID, n int) header {
	return header(n)<<lengthShift | header(id)<<layoutShift | flagObject
}

// Positions of the parts in the word.
const (
	layoutShift = 16
	lengthShift = 32
)

func (h header) layout() LayoutID { return LayoutID(h >> layoutShift) }

func (h header) length() int { return int(h >> lengthShift) }

// moved reports whether h is the new address of an object.
func (h header) moved() bool { return h&flagObject == 0 }

// shape is a layout prepared for the collector.
type shape struct {
	Layout
	kind scanKind
	base uintptr // size without elements, before rounding
}

// scanKind says how the references of an object are found.
type scanKind uint8

const (
	scanNone  scanKind = iota // there are none
	scanAll                   // every word of the fixed part, no elements
	scanArray                 // every element from the first word behind the fixed part, which has none
	scanMixed                 // by masks
)

func newShape(l Layout) shape {
	s := shape{Layout: l, kind: scanMixed, base: HeaderBytes + 8*uintptr(l.Words)}
	switch {
	case l.Refs == 0 && l.Elem.Refs == 0:
		s.kind = scanNone
	case l.Elem.Bytes == 0 && l.Words < maxRefs && l.Refs == 1<<l.Words-1:
		s.kind = scanAll
	case l.Refs == 0 && l.Elem == RefElem:
		s.kind = scanArray
	}
	return s
}

// size returns the size in bytes of an object with header h.
func (s *shape) size(h header) uintptr {
	if s.Elem.Bytes == 0 {
		return s.base
	}
	return (s.base + uintptr(s.Elem.Bytes)*uintptr(h.length()) + 7) &^ 7
}
