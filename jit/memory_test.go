//go:build linux && (amd64 || arm64 || riscv64 || s390x)

package jit

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
)

// Accesses beyond the end, and after it has grown.
func TestGuardedMemory(t *testing.T) {
	mem, err := NewMemory(MemoryConfig{Size: 2 * PageBytes, Guard: true})
	check(t, err)
	f := one(t, newModule(t), "load", sigI64, loadCode())
	load := func(index int64) (Value, error) {
		out, err := f.Call(Int64(int64(mem.Base()) + index + 0x1000))
		if err != nil {
			return Value{}, err
		}
		return out[0], nil
	}
	trapAt := func(index int64) *Trap {
		_, err := load(index)
		var trap *Trap
		if !errors.As(err, &trap) {
			t.Fatalf("index %#x: error is %v", index, err)
		}
		return trap
	}
	b := mem.Bytes()
	binary.NativeEndian.PutUint64(b[0x1008:], 42)
	if got, err := load(8); err != nil || got.Int() != 42 {
		t.Errorf("got %d, %v", got, err)
	}
	size := mem.Size()
	for _, index := range []int64{size - 0x1000, 1 << 31, 0xffffffff} {
		trap := trapAt(index)
		at := (index + 0x1000) &^ pageMask
		want := fmt.Sprintf("jit: trap heap_oob in load+0x0 (address %#x of a memory of %#x bytes)", at, size)
		if trap.Memory != mem || trap.Error() != want {
			t.Errorf("index %#x: %v, want %s", index, trap, want)
		}
	}
	if trap := trapAt(size - 0x1004); trap.Memory == nil { // half inside
		t.Error(trap)
	}
	if old, err := mem.Grow(1); err != nil || old != size || mem.Size() != size+PageBytes {
		t.Errorf("size before %d, after %d: %v", old, mem.Size(), err)
	}
	if got, err := load(size - 0x1000); err != nil || got.Int() != 0 || len(b) != int(size) {
		t.Errorf("got %d, %v", got, err)
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
	f := one(t, newModule(t), "wait", sigI64I64, waitCode())
	var wg sync.WaitGroup
	wg.Go(func() {
		if got := call1(t, f, int64(mem.SizeAddress()), 50*PageBytes); got < 50*PageBytes {
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
