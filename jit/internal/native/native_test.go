//go:build linux && (amd64 || arm64 || riscv64 || s390x)

package native

import (
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"unsafe"
)

func TestSelfCheck(t *testing.T) {
	if err := SelfCheck(); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	seen := map[uintptr]bool{}
	var wg sync.WaitGroup
	release := make(chan bool)
	const n = 100
	for range n {
		wg.Add(1)
		go func() {
			mu.Lock()
			seen[getg()] = true
			mu.Unlock()
			wg.Done()
			<-release
		}()
	}
	wg.Wait()
	close(release)
	if len(seen) != n {
		t.Errorf("%d identities of %d goroutines", len(seen), n)
	}
	if !GuardKnown() {
		t.Error("the stack bound is not where it is expected")
	}
}

// Two views of the same memory, the executable one not writable.
func TestMapCode(t *testing.T) {
	const n = 1 << 20
	for name, mapCode := range map[string]func(exec, n uintptr) (uintptr, error){"memfd": MapCode, "anonymous": mapCodeAnon} {
		if name == "anonymous" && os.Getenv("DAVIT_EMULATOR") != "" {
			continue // which cannot duplicate a mapping
		}
		exec, err := Reserve(n)
		if err != nil {
			t.Fatal(err)
		}
		write, err := mapCode(exec, n)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for range 100 {
			at, v := uintptr(rand.IntN(n/8))*8, rand.Uint64()
			*(*uint64)(Ptr(write + at)) = v
			if got := *(*uint64)(Ptr(exec + at)); got != v {
				t.Fatalf("%s: %#x at %#x, want %#x", name, got, at, v)
			}
		}
		DiscardShared(write, n)
		if os.Getenv("DAVIT_EMULATOR") != "" {
			continue // which does not discard anything
		}
		for at := uintptr(0); at < n; at += 8 {
			if *(*uint64)(Ptr(exec + at)) != 0 {
				t.Fatalf("%s: memory survives", name)
			}
		}
		Unmap(exec, n)
		Unmap(write, n)
	}
}

// Search over a chain of records made by hand, whole and broken.
func TestSearch(t *testing.T) {
	block := make([]byte, 1<<16)
	lo := (uintptr(unsafe.Pointer(&block[0])) + 15) &^ 15
	c := (*Ctx)(Ptr(lo + 1<<15))
	c.Low = lo
	rec := func(i int) *Record { return (*Record)(Ptr(lo + uintptr(i)*64)) }
	addr := func(i int) uintptr { return lo + uintptr(i)*64 }
	for i := 1; i <= 3; i++ {
		*rec(i) = Record{Owner: Owner(i % 2), PrevAct: addr(i + 1), Seq: uintptr(10 + i)}
	}
	rec(3).PrevAct = 0
	c.Act = addr(1)
	a, found := c.Outermost(func(o Owner) bool { return o == 1 })
	if !found || a != (Activation{addr(3), 13}) || !c.Has(a) {
		t.Errorf("outermost of module 1: %v, %v", a, found)
	}
	if a, found := c.Outermost(func(o Owner) bool { return o == 0 }); !found || a.seq != 12 {
		t.Errorf("outermost of module 0: %v, %v", a, found)
	}
	if _, found := c.Outermost(func(o Owner) bool { return o == 7 }); found {
		t.Error("module 7 is found")
	}
	if c.Has(Activation{addr(3), 14}) {
		t.Error("an activation that has ended is found")
	}
	for _, broken := range []uintptr{addr(1), 1, ^uintptr(0), lo + 8} {
		rec(2).PrevAct = broken
		if _, found := c.Outermost(func(o Owner) bool { return o == 0 }); !found {
			t.Errorf("chain broken by %#x: the record before is not found", broken)
		}
	}
}
