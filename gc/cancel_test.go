//go:build linux && amd64

package gc

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"davit/ir"
	"davit/ir/op"
	"davit/jit"
)

var cancelSpec = func() *Spec {
	s, err := NewSpec(Tags{}, Layout{Name: "pair", Words: 2, Refs: 3}, Layout{Name: "vector", Elem: RefElem})
	if err != nil {
		panic(err)
	}
	return s
}()

// Calls that are stopped at any instruction, in the middle of an allocation or a store, leave the heap in order.
func TestCancel(t *testing.T) {
	for _, cfg := range []Config{{Nursery: 64 << 10, Verify: true}, {Stress: true, Verify: true}} {
		c := newCode(t, cancelSpec)
		h := newHeap(t, cancelSpec, cfg)
		cancelPrograms(c)
		fns := c.link("build", "stores", "vectors")
		list, err := h.AddRoot(0)
		if err != nil {
			t.Fatal(err)
		}
		n := uint64(2000)
		if cfg.Stress {
			n = 50
		}
		call(t, h, fns[0], n)
		r := rand.New(rand.NewPCG(1, 2))
		for i := range 300 {
			ctx, cancel := context.WithTimeout(context.Background(), time.Duration(r.IntN(300))*time.Microsecond)
			err := h.CallContext(ctx, fns[1+i%2], []uint64{uint64(h.Context()), 20 << 10})
			cancel()
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Fatal(err)
			}
			if err := h.Enter(); err != nil {
				t.Fatal(err)
			}
			if err := h.Verify(); err != nil {
				t.Fatalf("call %d: %v", i, err)
			}
			if i%4 > 1 {
				if err := h.Collect(i%8 > 5); err != nil {
					t.Fatalf("call %d: %v", i, err)
				}
			}
			length := uint64(0)
			for w := h.Root(list); w != 0; w = h.Load(w, 0) {
				length++
			}
			if length != n {
				t.Fatalf("call %d: the list has %d pairs, expected %d", i, length, n)
			}
			h.Leave()
		}
	}
}

// A stack overflow where the collector is told of a store leaves the heap in order, too.
func TestOverflowInStore(t *testing.T) {
	c := newCode(t, cancelSpec)
	h := newHeap(t, cancelSpec, Config{})
	cancelPrograms(c)
	fns := c.link("build", "deep")
	if _, err := h.AddRoot(0); err != nil {
		t.Fatal(err)
	}
	call(t, h, fns[0], 100_000)
	if err := h.Enter(); err != nil {
		t.Fatal(err)
	}
	defer h.Leave()
	for range 10 {
		if err := h.Collect(true); err != nil { // all are old now
			t.Fatal(err)
		}
		var trap *jit.Trap
		if err := h.Call(fns[1], []uint64{uint64(h.Context()), 0}); !errors.As(err, &trap) || trap.Code != jit.StackOverflow {
			t.Fatal(err)
		}
		if err := h.Verify(); err != nil {
			t.Fatal(err)
		}
	}
}

// cancelPrograms makes %build(n), which makes a list of n pairs in the first root word, linked by their first words; %stores,
// which stores new pairs into their second words without end; %deep, which stores one into all and recurs for each; and
// %vectors(n), which makes vectors of up to n elements without end.
func cancelPrograms(c *code) {
	root := func() ir.Value {
		v := c.Builder.Load(op.I64, ir.TrustedMem, c.Context(), RootOffset(0))
		c.DeclareValueNeedsStackMap(v)
		return v
	}
	loop := func(v ...ir.Value) (ir.Block, []ir.Value) {
		b := c.CreateBlock()
		var p []ir.Value
		for range v {
			p = append(p, c.AppendBlockParam(b, op.I64))
		}
		c.Jump(b, v...)
		c.SwitchToBlock(b)
		return b, p
	}
	c.fn("build", "n", func(p []ir.Value) {
		head, i := loop(p[0])
		c.when(c.IcmpImm(op.Eq, i[0], 0), func() { c.Return(i[0]) })
		pair := c.New(0, 0, root(), c.Iconst(op.I64, 0))
		c.Builder.Store(ir.TrustedMem, pair, c.Context(), RootOffset(0))
		c.Jump(head, c.IaddImm(i[0], -1))
	})
	c.fn("stores", "n", func([]ir.Value) {
		again, _ := loop()
		head, p := loop(root())
		c.DeclareValueNeedsStackMap(p[0])
		c.when(c.IcmpImm(op.Eq, p[0], 0), func() { c.Jump(again) })
		c.Emitter.Store(p[0], 0, 1, c.New(0, 0, c.Iconst(op.I64, 0), c.Iconst(op.I64, 0)))
		c.Jump(head, c.LoadRef(p[0], 0, 0))
	})
	c.fn("vectors", "n", func(p []ir.Value) {
		head, i := loop(p[0])
		c.when(c.IcmpImm(op.Eq, i[0], 0), func() { c.Jump(head, p[0]) })
		v, elements := c.NewArray(1, 0, i[0])
		young := c.Iconst(op.I64, 0)
		c.Fill(elements, i[0], young)
		pair := c.New(0, 0, young, young)
		c.StoreAt(c.IaddImm(v, HeaderBytes), v, 0, pair)
		c.Jump(head, c.IaddImm(i[0], -1))
	})
	c.fn("deepen", "rr", func(p []ir.Value) {
		c.when(c.IcmpImm(op.Eq, p[0], 0), func() { c.Return(p[0]) })
		c.Emitter.Store(p[0], 0, 1, p[1])
		c.Return(c.IaddImm(c.callFn("deepen", c.LoadRef(p[0], 0, 0), p[1]), 1))
	})
	c.fn("deep", "n", func(p []ir.Value) {
		zero := c.Iconst(op.I64, 0)
		pair := c.New(0, 0, zero, zero)
		c.Return(c.IaddImm(c.callFn("deepen", root(), pair), 1))
	})
	for _, name := range []string{"build", "stores", "deep", "vectors"} {
		c.entry(name, 1)
	}
}
