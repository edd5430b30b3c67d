package randprog_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"davit/frontend"
	"davit/frontend/safepoint"
	"davit/internal/randprog"
	"davit/interp"
	"davit/ir"
	"davit/ir/data"
	"davit/ir/op"
)

// hosts are the functions that programs call.
var hosts = map[string]interp.HostFunc{
	"davit_alloc": func(c *interp.Context, args []data.Value) ([]data.Value, error) {
		addr, err := c.Alloc(args[0].Uint64(), randprog.RefOffset)
		return []data.Value{data.I64(int64(addr))}, err
	},
	"davit_gc": func(*interp.Context, []data.Value) ([]data.Value, error) { return nil, nil },
	"davit_throw": func(_ *interp.Context, args []data.Value) ([]data.Value, error) {
		return nil, &interp.Exception{Tag: uint32(args[0].Uint64()), Payload: args[1:]}
	},
}

func newModule(t *testing.T, funcs []*ir.Func, moving bool) *interp.Module {
	t.Helper()
	m, err := interp.NewModule(funcs, interp.Options{Host: hosts, Moving: moving, Fuel: 1 << 22, MaxDepth: 4096, HeapSize: 64 << 20})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// run calls %f0 and returns its outcome without what depends on addresses, and statistics.
func run(t *testing.T, funcs []*ir.Func, number int64, moving bool) (string, interp.Stats) {
	t.Helper()
	return runModule(newModule(t, funcs, moving), number)
}

func runModule(m *interp.Module, number int64) (string, interp.Stats) {
	results, err := m.Call("f0", []data.Value{data.I64(0), data.I64(number), data.I64(300)})
	var exc *interp.Exception
	switch {
	case errors.As(err, &exc):
		return fmt.Sprintf("exception %d, checksum %v", exc.Tag, exc.Payload[0]), m.Stats()
	case err != nil:
		return err.Error(), m.Stats()
	}
	id := int64(0)
	if p := results[0].Uint64(); p != 0 {
		b, ok := m.Memory().Bytes(p, 8)
		if !ok {
			return "dangling reference returned", m.Stats()
		}
		id = data.FromBytes(op.I64, b).Int64()
	}
	return fmt.Sprintf("object %d, checksum %v", id, results[1]), m.Stats()
}

func generate(t *testing.T, seed uint64, c randprog.Config, opts frontend.Options) []*ir.Func {
	t.Helper()
	opts.Check = true
	funcs, err := randprog.Generate(seed, c, opts)
	if err != nil {
		t.Fatal(err)
	}
	return funcs
}

// TestMoving runs random programs as they were built, with a heap that stays in place, and with stack maps, with one
// that moves all objects at each safepoint.
func TestMoving(t *testing.T) {
	n := uint64(400)
	if testing.Short() {
		n = 50
	}
	var safepoints, moved uint64
	outcomes := map[string]bool{}
	for seed := range n {
		plain := generate(t, seed, randprog.AllTypes, frontend.Options{KeepDeclarations: true})
		want, _ := run(t, plain, int64(seed), false)
		outcomes[want] = true
		for mode := range safepoint.Mode(safepoint.NumModes) {
			funcs := generate(t, seed, randprog.AllTypes, frontend.Options{Safepoints: mode})
			got, stats := run(t, funcs, int64(seed), true)
			if got != want {
				t.Fatalf("seed %d, mode %v: %s; without a collector: %s\n%s", seed, mode, got, want, funcs[0].AppendTo(nil, ir.Lossless))
			}
			safepoints += stats.Safepoints
			moved += stats.Moved
		}
	}
	t.Logf("%d outcomes, %d safepoints, %d objects moved", len(outcomes), safepoints, moved)
	if moved == 0 || len(outcomes) < int(n)/2 {
		t.Error("the programs do too little to test anything")
	}
}

// TestMovingNeedsMaps checks that programs without stack maps go wrong when objects move.
func TestMovingNeedsMaps(t *testing.T) {
	wrong := 0
	const n = 100
	for seed := range uint64(n) {
		plain := generate(t, seed, randprog.AllTypes, frontend.Options{KeepDeclarations: true})
		want, _ := run(t, plain, int64(seed), false)
		got, stats := run(t, plain, int64(seed), true)
		if got != want {
			wrong++
		} else if stats.Moved > 50 {
			t.Logf("seed %d moves %d objects unharmed", seed, stats.Moved)
		}
	}
	t.Logf("%d of %d programs went wrong", wrong, n)
	if wrong < n/3 {
		t.Error("the programs depend too little on stack maps")
	}
}

// accesses counts the stores and loads of slots for references, as often as they were executed.
func accesses(m *interp.Module, funcs []*ir.Func) (n uint64) {
	for _, f := range funcs {
		counts := m.BlockCounts(f.Name.Linkage())
		for b := range f.Blocks() {
			for inst := range f.Insts(b) {
				if isSpill(f, inst) {
					n += counts[b]
				}
			}
		}
	}
	return n
}

// isSpill reports whether inst accesses a slot that the program itself does not have.
func isSpill(f *ir.Func, inst ir.Inst) bool {
	args := f.Args(inst)
	switch f.Data(inst).Op {
	case op.Load:
		args = args[:1]
	case op.Store:
		args = args[1:2]
	default:
		return false
	}
	addr, _, ok := f.DefInst(args[0])
	return ok && f.Data(addr).Op == op.StackAddr && f.Data(addr).Slot() >= randprog.Slots
}

// TestLateIsCheaper compares the stores and loads that programs execute in both modes: without cold blocks, late mode
// never executes more; with them, it executes fewer in all. There are no exceptions, since they leave blocks half-way,
// and a block counts as a whole.
func TestLateIsCheaper(t *testing.T) {
	for _, cold := range []bool{false, true} {
		c := randprog.AllTypes
		c.Cold, c.Throw = cold, false
		var totals [safepoint.NumModes]uint64
		for seed := range uint64(150) {
			var n [safepoint.NumModes]uint64
			for mode := range n {
				funcs := generate(t, seed, c, frontend.Options{Safepoints: safepoint.Mode(mode)})
				m := newModule(t, funcs, true)
				runModule(m, int64(seed))
				n[mode] = accesses(m, funcs)
				totals[mode] += n[mode]
			}
			if !cold && n[safepoint.Late] > n[safepoint.Early] {
				t.Errorf("seed %d: %d stores and loads in late mode, %d in early mode", seed, n[safepoint.Late], n[safepoint.Early])
			}
		}
		t.Logf("cold blocks %v: stores and loads executed in early and late mode: %v", cold, totals)
		if !slices.IsSortedFunc(totals[:], func(a, b uint64) int { return int(b) - int(a) }) {
			t.Errorf("late mode executes more than early mode: %v", totals)
		}
	}
}
