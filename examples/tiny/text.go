package main

import (
	"fmt"

	"davit/gc"
	"davit/ir"
	"davit/ir/op"
	"davit/jit"
)

func init() {
	atoms = append(atoms, func(f *function, e Expr) (ir.Value, bool) {
		text, ok := e.(string)
		if !ok {
			return ir.NoValue, false
		}
		return f.ref(f.b.Load(op.I64, ir.TrustedMem, f.e.Context(), gc.RootOffset(f.text(text)))), true
	})
	forms["print"] = form{args: 1, value: func(f *function, l *List) ir.Value {
		v := f.value(l.Items[1])
		f.host("print", 0, v)
		return v
	}}
	forms["join"] = form{args: 2, value: func(f *function, l *List) ir.Value {
		vs := f.values(l.Items[1:])
		f.check(layString, vs[0], wrongString, l)
		f.check(layString, vs[1], wrongString, l)
		return f.ref(f.host("join", 1, vs...))
	}}
	extensions = append(extensions, func(s *system) error {
		if err := s.engine.Module.Host("print", s.print); err != nil {
			return err
		}
		return s.engine.Module.Host("join", s.join)
	})
}

// text returns the number of the root word that holds a constant string.
func (c *compiler) text(text string) int {
	if root, ok := c.strings[text]; ok {
		return root
	}
	w, err := c.newString(text)
	if err != nil {
		fail(0, "%v", err)
	}
	root, err := c.heap.AddRoot(w)
	if err != nil {
		fail(0, "%v", err)
	}
	c.strings[text] = root
	return root
}

// newString makes a string.
func (c *compiler) newString(text string) (gc.Word, error) {
	if err := c.heap.Enter(); err != nil {
		return 0, err
	}
	defer c.heap.Leave()
	w, err := c.heap.New(layString, len(text), refTag)
	if err == nil {
		copy(c.heap.Bytes(w), text)
	}
	return w, err
}

// print is called by compiled code.
func (s *system) print(v int64) { fmt.Fprintln(s.out, show(s.heap, gc.Word(v))) }

// join makes a string of two. Making it may move them, so that they are kept in locals meanwhile.
func (s *system) join(c *jit.Call, x, y uint64) (uint64, error) {
	scope := s.heap.Scope()
	defer scope.End()
	lx, ly := scope.Local(gc.Word(x)), scope.Local(gc.Word(y))
	n := s.heap.Len(lx.Get())
	w, err := s.heap.New(layString, n+s.heap.Len(ly.Get()), refTag)
	if err != nil {
		return 0, err
	}
	copy(s.heap.Bytes(w), s.heap.Bytes(lx.Get()))
	copy(s.heap.Bytes(w)[n:], s.heap.Bytes(ly.Get()))
	return uint64(w), nil
}
