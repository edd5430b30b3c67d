package gc

import (
	"fmt"
	"iter"

	"davit/jit"
)

// Verify checks that the whole heap is sound: every object has a layout and fits where it is, every reference, in objects,
// roots and frames, is to an object, and old objects that refer to young ones are remembered. The error says what is wrong
// where. It may be called by the heap's user. After a call that has ended with an error, and until the next collection, new
// objects are not looked into, since there may be one that is not complete.
func (h *Heap) Verify() error {
	if h.broken != nil {
		return h.broken
	}
	v := verifier{Heap: h, starts: make(map[uintptr]*startBits), remembered: map[uintptr]bool{}}
	for _, a := range h.remembered {
		v.remembered[a] = true
	}
	spans := h.spans()
	for _, s := range spans {
		if err := v.collect(s); err != nil {
			return err
		}
	}
	for _, s := range spans {
		for a := s.lo; a < s.hi; a += h.spec.size(a) {
			if err := v.object(a); err != nil {
				return err
			}
		}
	}
	for a := range v.remembered {
		if !v.isObject(a) || h.young.contains(a) {
			return fmt.Errorf("gc: remembered object at %#x is not an old object", a)
		}
	}
	return v.roots()
}

type verifier struct {
	*Heap
	starts     map[uintptr]*startBits // by address in units of blocks
	at         uintptr                // the part of starts used last
	bits       *startBits
	remembered map[uintptr]bool
}

// startBits has a bit for each word at which an object starts.
type startBits [blockBytes / 8 / 64]uint64

// part returns the bits around an address, nil if there are none.
func (v *verifier) part(a uintptr) *startBits {
	if v.bits == nil || v.at != a>>blockShift {
		v.at, v.bits = a>>blockShift, v.starts[a>>blockShift]
	}
	return v.bits
}

// isObject reports whether an object starts at a.
func (v *verifier) isObject(a uintptr) bool {
	if v.torn && a >= v.young.eden.lo && a < v.ctx.free {
		h := loadHeader(a)
		return a%8 == 0 && !h.moved() && int(h.layout()) < len(v.spec.shapes) && v.spec.size(a) <= v.ctx.free-a
	}
	p := v.part(a)
	i := a % blockBytes / 8
	return p != nil && a%8 == 0 && p[i/64]>>(i%64)&1 != 0
}

// spans returns the memory in which objects lie one after the other.
func (h *Heap) spans() []span {
	list := []span{h.young.survivors}
	if !h.torn {
		list = append(list, span{h.young.eden.lo, h.ctx.free})
	}
	for _, b := range h.old.small {
		s := span{h.old.addr(b), h.old.tops[b]}
		if h.old.limit != 0 && b == h.old.current() {
			s.hi = h.old.free
		}
		list = append(list, s)
	}
	for _, l := range h.old.large {
		list = append(list, span{l.addr, l.addr + l.size})
	}
	return list
}

// collect notes the objects of a span.
func (v *verifier) collect(s span) error {
	for a := s.lo; a < s.hi; {
		h := loadHeader(a)
		if h.moved() || int(h.layout()) >= len(v.spec.shapes) {
			return fmt.Errorf("gc: at %#x, where an object is expected, is %#x, which is no header", a, uint64(h))
		}
		n := v.spec.size(a)
		if n > s.hi-a {
			return fmt.Errorf("gc: %s at %#x has %d bytes, %d are left", v.name(a), a, n, s.hi-a)
		}
		p := v.part(a)
		if p == nil {
			p = new(startBits)
			v.starts[a>>blockShift], v.bits = p, p
		}
		i := a % blockBytes / 8
		p[i/64] |= 1 << (i % 64)
		a += n
	}
	return nil
}

func (v *verifier) name(a uintptr) string { return v.spec.shapes[loadHeader(a).layout()].Name }

// object checks the references of an object, and that the flags of its header are right.
func (v *verifier) object(a uintptr) error {
	h := loadHeader(a)
	young, large := v.young.contains(a), h&flagLarge != 0
	switch {
	case young && h&(flagBarrier|flagLarge) != 0 || !young && h&flagAged != 0 || h&flagMarked != 0:
		return fmt.Errorf("gc: %s at %#x has flags %#x", v.name(a), a, uint8(h))
	case v.cfg.NoBarriers:
	case !young && large && h&flagBarrier == 0, !young && !large && (h&flagBarrier == 0) != v.remembered[a]:
		return fmt.Errorf("gc: %s at %#x: barrier flag and remembered set differ", v.name(a), a)
	}
	for p := range v.spec.places(a) {
		if large && v.tornLarge && loadWord(p) == poison {
			continue
		}
		to, err := v.word(loadWord(p))
		if err != nil {
			return fmt.Errorf("%w, in %s at %#x+%d", err, v.name(a), a, p-a)
		}
		if v.cfg.NoBarriers || young || to == 0 || !v.young.contains(to) {
			continue
		}
		if large && *v.card(p) == 0 || !large && !v.remembered[a] {
			return fmt.Errorf("gc: %s at %#x+%d refers to a young %s, which the collector has not been told",
				v.name(a), a, p-a, v.name(to))
		}
	}
	return nil
}

// word checks a word in a place for references and returns the address of the object, 0 if it is none.
func (v *verifier) word(w Word) (uintptr, error) {
	if w == poison {
		return 0, fmt.Errorf("gc: a place for references is not initialized")
	}
	if !v.IsRef(w) {
		return 0, nil
	}
	a := v.addr(w)
	if !v.isObject(a) {
		return 0, fmt.Errorf("gc: %#x is not a reference to an object", uint64(w))
	}
	return a, nil
}

// roots checks everything outside of objects that holds references.
func (v *verifier) roots() error {
	check := func(what string, ws []Word) error {
		for i, w := range ws {
			if _, err := v.word(w); err != nil {
				return fmt.Errorf("%w, in %s %d", err, what, i)
			}
		}
		return nil
	}
	first := addrOfRoots(v.Heap)
	if err := check("root word", words(span{first, first + 8*uintptr(v.rootWords)})); err != nil {
		return err
	}
	if err := check("handle", v.handles.words); err != nil {
		return err
	}
	for _, s := range append([]*session{&v.user}, v.parked...) {
		if err := check("local", s.locals); err != nil {
			return err
		}
		err := s.frames(func(f *jit.Frame, r jit.Root, n uintptr) error {
			for _, w := range words(span{r.Addr, r.Addr + n}) {
				if _, err := v.word(w); err != nil {
					return fmt.Errorf("%w, in the frame of %s+%#x at sp+%#x", err, f.Func, f.Offset, r.Offset)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// places yields the addresses of the places for references in the object at a.
func (s *Spec) places(a uintptr) iter.Seq[uintptr] {
	return func(yield func(uintptr) bool) {
		h := loadHeader(a)
		sh := &s.shapes[h.layout()]
		for i := range sh.Words {
			if i < maxRefs && sh.Refs>>i&1 != 0 && !yield(a+HeaderBytes+8*uintptr(i)) {
				return
			}
		}
		if sh.Elem.Refs == 0 {
			return
		}
		for e := range h.length() {
			if sh.Elem == RefElem {
				if !yield(a + sh.base + uintptr(8*e)) {
					return
				}
				continue
			}
			for i := range sh.Elem.Bytes / 8 {
				p := a + sh.base + uintptr(e*sh.Elem.Bytes+8*i)
				if i < maxRefs && sh.Elem.Refs>>i&1 != 0 && !yield(p) {
					return
				}
			}
		}
	}
}

// Object is an object of a heap, for tools that look at it.
type Object struct {
	Addr   uintptr
	Layout LayoutID
	Len    int // elements
	Size   int // bytes
	Old    bool
}

// Objects yields all objects of the heap, dead ones included; as for Verify, new ones are left out if a call has ended with
// an error since the last collection. The heap must not be used meanwhile.
func (h *Heap) Objects() iter.Seq[Object] {
	return func(yield func(Object) bool) {
		for _, s := range h.spans() {
			for a := s.lo; a < s.hi; {
				n := h.spec.size(a)
				hd := loadHeader(a)
				if !yield(Object{a, hd.layout(), hd.length(), int(n), !h.young.contains(a)}) {
					return
				}
				a += n
			}
		}
	}
}
