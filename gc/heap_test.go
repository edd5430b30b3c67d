package gc

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func mustSpec(t testing.TB, tags Tags, layouts ...Layout) *Spec {
	t.Helper()
	s, err := NewSpec(tags, layouts...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func newHeap(t testing.TB, spec *Spec, cfg Config) *Heap {
	t.Helper()
	h, err := New(spec, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	return h
}

func TestBadSpecs(t *testing.T) {
	for _, c := range []struct {
		tags   Tags
		layout Layout
		want   string
	}{
		{Tags{Mask: 1 << 20}, Layout{}, "below bit 48"},
		{Tags{Mask: 1 << 50, Value: 1 << 51}, Layout{}, "outside of the mask"},
		{Tags{}, Layout{Name: "x", Words: -1}, "fixed part of -1 words"},
		{Tags{}, Layout{Name: "x", Words: 1, Refs: 2}, "references up to word 1 of a fixed part of 1"},
		{Tags{}, Layout{Name: "x", Elem: RawElem(-1)}, "elements of -1 bytes"},
		{Tags{}, Layout{Name: "x", Elem: Elem{12, 1}}, "not a multiple of 8"},
		{Tags{}, Layout{Name: "x", Elem: Elem{16, 4}}, "references up to word 2 of elements of 16 bytes"},
	} {
		if _, err := NewSpec(c.tags, c.layout); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v %+v: %v, expected %q", c.tags, c.layout, err, c.want)
		}
	}
	spec := mustSpec(t, Tags{})
	for _, c := range []struct {
		cfg  Config
		want string
	}{
		{Config{Limit: 1}, "limit of 1 bytes"}, {Config{Nursery: 1}, "nursery of 1"}, {Config{Growth: -1}, "growth of -1"},
		{Config{Roots: -1}, "-1 root words"}, {Config{Nursery: 1 << 20, MaxNursery: 1 << 19}, "nursery of 1048576 to 524288"},
	} {
		if _, err := New(spec, c.cfg); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, expected %q", c.cfg, err, c.want)
		}
	}
}

func TestBadUse(t *testing.T) {
	h := newHeap(t, mustSpec(t, Tags{}, modelLayouts...), Config{Roots: 1})
	if _, err := h.New(layPair, 0, 0); !errors.Is(err, ErrNotEntered) {
		t.Errorf("New without Enter: %v", err)
	}
	if err := h.Collect(true); !errors.Is(err, ErrNotEntered) {
		t.Errorf("Collect without Enter: %v", err)
	}
	if err := h.Enter(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		id   LayoutID
		n    int
		tag  Word
		want string
	}{{99, 0, 0, "layout 99 does not exist"}, {layVector, -1, 0, "-1 elements"}, {layPair, 0, 1, "not a tag"}, {layPair, 0, 16, "not a tag"}} {
		if _, err := h.New(c.id, c.n, c.tag); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("New(%d, %d, %d): %v", c.id, c.n, c.tag, err)
		}
	}
	if err := h.Close(); !errors.Is(err, ErrBusy) {
		t.Errorf("Close of an entered heap: %v", err)
	}
	if _, err := h.AddRoot(0); err != nil {
		t.Error(err)
	}
	if _, err := h.AddRoot(0); err == nil {
		t.Error("more root words than the heap has")
	}
	h.Leave()
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	if err := h.Close(); !errors.Is(err, ErrClosed) {
		t.Errorf("second Close: %v", err)
	}
	if err := h.Enter(); !errors.Is(err, ErrClosed) {
		t.Errorf("Enter after Close: %v", err)
	}
}

// Out of memory is an error, and what has been allocated can still be used; a smaller wish can be granted.
func TestLimit(t *testing.T) {
	h := newHeap(t, mustSpec(t, Tags{}, modelLayouts...), Config{Limit: 8 << 20, Nursery: 256 << 10})
	if err := h.Enter(); err != nil {
		t.Fatal(err)
	}
	defer h.Leave()
	list := h.NewHandle(0)
	n := 0
	for {
		w, err := h.New(layPair, 0, 0)
		if err != nil {
			var oom *OutOfMemory
			if !errors.Is(err, ErrOutOfMemory) || !errors.As(err, &oom) || oom.Limit != 8<<20 {
				t.Fatal(err)
			}
			break
		}
		h.Store(w, 1, list.Get())
		list.Set(w)
		n++
	}
	if n < 7<<20/24 || n > 9<<20/24 {
		t.Errorf("%d pairs fit in 8 MiB", n)
	}
	for w := list.Get(); w != 0; w = h.Load(w, 1) {
		n--
	}
	if n != 0 {
		t.Errorf("%d pairs are missing", n)
	}
	if _, err := h.New(layBytes, 64<<20, 0); !errors.Is(err, ErrOutOfMemory) {
		t.Errorf("64 MiB: %v", err)
	}
	list.Set(0)
	for range 20 {
		if _, err := h.New(layBytes, 4<<20, 0); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.Verify(); err != nil {
		t.Error(err)
	}
}

func TestWeak(t *testing.T) {
	for _, cfg := range []Config{{}, {Stress: true}} {
		h := newHeap(t, mustSpec(t, Tags{}, modelLayouts...), cfg)
		if err := h.Enter(); err != nil {
			t.Fatal(err)
		}
		s := h.Scope()
		make := func(id LayoutID, n int) Word {
			w, err := h.New(id, n, 0)
			if err != nil {
				t.Fatal(err)
			}
			return w
		}
		kept := s.Local(make(layPair, 0))
		big := s.Local(make(layVector, 100000))
		died := make3(t, h, func() Word { return make(layPair, 0) })
		weaks := []Weak{h.NewWeak(kept.Get()), h.NewWeak(big.Get()), h.NewWeak(5)}
		gone := []Weak{h.NewWeak(make(layPair, 0)), h.NewWeak(make(layVector, 100000))}
		for _, full := range []bool{false, true, true} {
			if err := h.Collect(full); err != nil {
				t.Fatal(err)
			}
		}
		for i, w := range weaks {
			if got, ok := w.Get(); !ok || got != []Word{kept.Get(), big.Get(), 5}[i] {
				t.Errorf("weak reference %d: %#x, %v", i, got, ok)
			}
			w.Free()
		}
		for i, w := range gone {
			if got, ok := w.Get(); ok || got != 0 {
				t.Errorf("weak reference to a dead object %d: %#x", i, got)
			}
		}
		for range 3 {
			select {
			case <-died:
			case <-time.After(10 * time.Second):
				t.Fatal("a cleanup has not run")
			}
		}
		select {
		case <-died:
			t.Error("the cleanup of a live object has run")
		default:
		}
		s.End()
		h.Leave()
		h.Close()
	}
}

// make3 makes three objects that die and one that lives, whose cleanups send something.
func make3(t *testing.T, h *Heap, make1 func() Word) <-chan bool {
	died := make(chan bool, 4)
	for range 3 {
		h.AddCleanup(make1(), func() { died <- true })
	}
	w := make1()
	h.AddCleanup(w, func() { died <- true })
	h.NewHandle(w)
	return died
}

// Under stress, collections follow each other for longer than the nursery's range of addresses lasts, with and without
// new objects in between.
func TestStressRing(t *testing.T) {
	h := newHeap(t, mustSpec(t, Tags{}, modelLayouts...), Config{Stress: true, Verify: true})
	if err := h.Enter(); err != nil {
		t.Fatal(err)
	}
	defer h.Leave()
	list := h.NewHandle(0)
	for i := range 40 * minSlots {
		if err := h.Collect(false); err != nil {
			t.Fatal(err)
		}
		if period := minSlots - 4 + i/(5*minSlots); i%period == 0 {
			w, err := h.New(layPair, 0, 0)
			if err != nil {
				t.Fatal(err)
			}
			h.Store(w, 1, list.Get())
			list.Set(w)
		}
	}
	if err := h.Verify(); err != nil {
		t.Error(err)
	}
}

// Errors that the verifier is for.
func TestVerify(t *testing.T) {
	for _, c := range []struct {
		name   string
		break_ func(h *Heap, old, young Word)
		want   string
	}{
		{"barrier", func(h *Heap, old, young Word) { storeWord(h.addr(old)+8, young) }, "has not been told"},
		{"interior", func(h *Heap, old, young Word) { h.Store(old, 0, young+8) }, "not a reference to an object"},
		{"poison", func(h *Heap, old, young Word) { storeWord(h.addr(young)+8, poison) }, "not initialized"},
		{"header", func(h *Heap, old, young Word) { storeWord(h.addr(young), 0x12340000) }, "no header"},
		{"layout", func(h *Heap, old, young Word) { storeHeader(h.addr(young), makeHeader(99, 0)) }, "no header"},
		{"length", func(h *Heap, old, young Word) { storeHeader(h.addr(young), makeHeader(layVector, 1e6)) }, "are left"},
		{"flags", func(h *Heap, old, young Word) { storeHeader(h.addr(young), loadHeader(h.addr(young))|flagBarrier) }, "has flags"},
		{"root", func(h *Heap, old, young Word) { h.SetRoot(0, young+16) }, "in root word 0"},
		{"handle", func(h *Heap, old, young Word) { h.NewHandle(young + 16) }, "in handle 1"},
		{"local", func(h *Heap, old, young Word) { h.Scope().Local(young + 16) }, "in local 0"},
		{"remembered", func(h *Heap, old, young Word) { h.remembered = append(h.remembered, h.addr(young)) }, "is not an old object"},
		{"set", func(h *Heap, old, young Word) { h.remembered = append(h.remembered, h.addr(old)) }, "differ"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHeap(t, mustSpec(t, Tags{}, modelLayouts...), Config{})
			if err := h.Enter(); err != nil {
				t.Fatal(err)
			}
			defer h.Leave()
			h.AddRoot(0)
			w, _ := h.New(layPair, 0, 0)
			old := h.NewHandle(w)
			if err := h.Collect(true); err != nil {
				t.Fatal(err)
			}
			young, _ := h.New(layPair, 0, 0)
			if err := h.Verify(); err != nil {
				t.Fatal(err)
			}
			c.break_(h, old.Get(), young)
			if err := h.Verify(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, expected %q", err, c.want)
			}
		})
	}
}

// A heap that is not entered by anybody may be used by one goroutine after the other.
func TestObjects(t *testing.T) {
	h := newHeap(t, mustSpec(t, Tags{}, modelLayouts...), Config{})
	done := make(chan error)
	for range 3 {
		go func() {
			err := h.Enter()
			if err == nil {
				_, err = h.New(layBytes, 5, 0)
				h.Leave()
			}
			done <- err
		}()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	n := 0
	for o := range h.Objects() {
		if o.Layout != layBytes || o.Len != 5 || o.Size != 16 || o.Old {
			t.Errorf("%+v", o)
		}
		n++
	}
	if n != 3 {
		t.Errorf("%d objects", n)
	}
}
