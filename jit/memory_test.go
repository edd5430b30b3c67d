//go:build linux && amd64

package jit

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"davit/asm"
)

// guardedLoad(index): the 8 bytes at base + index + 0x1000, index zero-extended.
func guardedLoad() *asm.Code {
	return traps(code("89ff 48b8 <mem@abs8> 488b843800100000 c3"), 12, int(HeapOutOfBounds))
}

func TestGuardedMemory(t *testing.T) {
	mem, err := NewMemory(MemoryConfig{Size: 2 * PageBytes, Guard: true})
	check(t, err)
	m := newModule(t)
	check(t, m.DefineAddress("mem", mem.Base()))
	f := one(t, m, "load", sigI64, guardedLoad())
	b := mem.Bytes()
	b[0x1008] = 42
	if got := call1(t, f, 8); got != 42 {
		t.Errorf("got %d", got)
	}
	size := mem.Size()
	for _, index := range []int64{size - 0x1000, 1 << 31, 0xffffffff} {
		trap := trapOf(t, f, Int64(index))
		want := fmt.Sprintf("jit: trap heap_oob in load+0xc (address %#x of a memory of %#x bytes)", index+0x1000, size)
		if trap.Memory != mem || trap.Error() != want {
			t.Errorf("index %#x: %v, want %s", index, trap, want)
		}
	}
	if trap := trapOf(t, f, Int64(size-0x1004)); trap.Memory == nil { // half inside
		t.Error(trap)
	}
	if old, err := mem.Grow(1); err != nil || old != size || mem.Size() != size+PageBytes {
		t.Errorf("size before %d, after %d: %v", old, mem.Size(), err)
	}
	if got := call1(t, f, size-0x1000); got != 0 || len(b) != int(size) {
		t.Errorf("got %d", got)
	}
	_, err = mem.Grow(4 << 30)
	wantError(t, err, "cannot grow by 4294967296, at most 4294967296 are possible")
	check(t, mem.Close())
	wantError(t, mem.Close(), "closed already")
}

// Code that compares with the word that holds the size sees it change while it runs.
func TestCheckedMemory(t *testing.T) {
	mem, err := NewMemory(MemoryConfig{Max: 100 * PageBytes})
	check(t, err)
	defer mem.Close()
	m := newModule(t)
	check(t, m.DefineAddress("size", mem.SizeAddress()))
	// wait(n): until the size is at least n
	f := one(t, m, "wait", sigI64, code("48b8 <size@abs8> 483938 72fb 488b00 c3"))
	var wg sync.WaitGroup
	wg.Go(func() {
		if got := call1(t, f, 50*PageBytes); got < 50*PageBytes {
			t.Errorf("got %d", got)
		}
	})
	for range 100 {
		n := mem.Size()
		if _, err := mem.Grow(PageBytes); err != nil {
			t.Error(err)
		}
		mem.Bytes()[n] = 1
	}
	wg.Wait()
	_, err = mem.Grow(1)
	wantError(t, err, "cannot grow")
}

func TestMemoryErrors(t *testing.T) {
	for _, c := range []struct {
		cfg  MemoryConfig
		want string
	}{
		{MemoryConfig{Size: -1}, "memory of -1 bytes"},
		{MemoryConfig{Size: 2, Max: 1}, "from 0 to its maximum of 1"},
		{MemoryConfig{Max: 1 << 33, Guard: true}, "at most 4 GiB"},
		{MemoryConfig{Max: 1 << 62}, "memory"},
	} {
		_, err := NewMemory(c.cfg)
		wantError(t, err, c.want)
	}
	before := strings.Count(processMaps(t), "\n")
	for range 100 {
		mem, err := NewMemory(MemoryConfig{Size: 1, Guard: true})
		check(t, err, mem.Close())
	}
	if got := strings.Count(processMaps(t), "\n"); got > before+10 {
		t.Errorf("%d mappings, were %d", got, before)
	}
}
