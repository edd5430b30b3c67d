package gc

import (
	"errors"
	"fmt"

	"davit/ir/op"
	"davit/jit"
)

// roots corrects everything outside of objects that holds references, and the remembered set.
func (g *collector) roots() error {
	h := g.Heap
	if !g.full {
		g.scanRemembered()
	}
	n := h.rootWords
	g.scanWords(addrOfRoots(h), addrOfRoots(h)+8*uintptr(n))
	n += g.forwardAll(h.handles.words)
	if err := g.session(&h.user, &n); err != nil {
		return err
	}
	for _, s := range h.parked {
		if err := g.session(s, &n); err != nil {
			return err
		}
	}
	h.stats.current.roots = n
	return nil
}

func addrOfRoots(h *Heap) uintptr { return h.mem.base + uintptr(RootOffset(0)) }

// forwardAll corrects words in Go memory and returns their number.
func (g *collector) forwardAll(ws []Word) int {
	for i, w := range ws {
		ws[i] = g.forward(w)
	}
	return len(ws)
}

// session corrects the roots of one session and adds their number to n.
func (g *collector) session(s *session, n *int) error {
	*n += g.forwardAll(s.locals)
	return s.frames(func(_ *jit.Frame, r jit.Root, size uintptr) error {
		*n += int(size / 8)
		g.scanWords(r.Addr, r.Addr+size)
		return nil
	})
}

// frames calls visit for every root in frames of the heap, with its size, a number of words.
func (s *session) frames(visit func(f *jit.Frame, r jit.Root, size uintptr) error) (err error) {
	c := s.call
	if c == nil {
		c = s.stack.Call()
	}
	calls := s.calls
	if len(calls) == 0 || c == nil {
		return nil
	}
	all := c.Walk(func(f *jit.Frame) bool {
		for len(calls) > 0 && f.Depth < calls[len(calls)-1] {
			calls = calls[:len(calls)-1]
		}
		if len(calls) == 0 {
			return false
		}
		if f.Depth != calls[len(calls)-1] {
			return true
		}
		for r := range f.Roots() {
			t := op.Type(r.Type)
			if t.Bytes()%8 != 0 {
				err = fmt.Errorf("gc: a stack map of %s+%#x has a root of type %v, expected whole words", f.Func, f.Offset, t)
			} else {
				err = visit(f, r, uintptr(t.Bytes()))
			}
			if err != nil {
				return false
			}
		}
		return true
	})
	if !all && err == nil && len(calls) > 0 {
		err = errForeign
	}
	return err
}

var errForeign = errors.New("gc: code that is not of a module is among the frames, which therefore cannot be walked")
