package jit

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"unsafe"

	"davit/jit/internal/native"
)

// The process has one arena: less than 2 GiB of reserved addresses, so that 32-bit displacements reach from everywhere
// to everywhere in it. It has three areas, for thunks, functions and data. Thunks and functions are mapped twice, once
// executable and once writable at another address; data is plain memory, never executable. Modules take whole chunks.
const (
	chunkBytes = 64 << 10
	dataArea   = 512 << 20
	arenaBytes = thunkArea + codeArea + dataArea
)

// unit is the granule of functions in memory, and their least alignment.
const unit = 32

type arena struct {
	once  sync.Once
	err   error
	base  uintptr // of the executable view
	write uintptr // distance from the executable to the writable view

	mu    sync.Mutex
	areas [3]area

	generation atomic.Uint64 // counts functions that are no longer found

	chunks [codeArea / chunkBytes]atomic.Pointer[chunkIndex]
}

// area is a third of the arena.
type area struct {
	base uintptr
	free spans // of chunks
	used uintptr
}

const (
	thunks = iota
	functions
	dataMem
)

// theArena is shared by all modules of the process: the distance between any two functions must fit in 32 bits.
var theArena arena

// errUnsupported is what running code gives where there is no runtime for it.
var errUnsupported = fmt.Errorf("jit: compiled code cannot run on %s/%s", runtime.GOOS, runtime.GOARCH)

// start reserves the arena on first use.
func (a *arena) start() error {
	a.once.Do(func() { a.err = a.init() })
	return a.err
}

func (a *arena) init() error {
	if !native.Supported {
		return errUnsupported
	}
	if err := native.SelfCheck(); err != nil {
		return fmt.Errorf("jit: %w", err)
	}
	base, err := native.Reserve(arenaBytes)
	if err != nil {
		return fmt.Errorf("jit: reserving addresses for code: %w", err)
	}
	write, err := native.MapCode(base, thunkArea+codeArea)
	if err != nil {
		return fmt.Errorf("jit: executable memory: %w", err)
	}
	a.base, a.write = base, write-base
	for i, n := range [...]uintptr{thunkArea, codeArea, dataArea} {
		a.areas[i].base = base
		a.areas[i].free.free(0, uint32(n/chunkBytes))
		base += n
	}
	if err := native.ReserveStacks(); err != nil {
		return fmt.Errorf("jit: %w", err)
	}
	pads, at := padThunks()
	addr, err := a.takeChunks(thunks, 1)
	if err != nil {
		return err
	}
	a.copy(addr, pads)
	p := func(i int) uintptr { return addr + uintptr(at[i]) }
	err = native.Start(native.Config{
		Pads: native.Pads{Resume: p(padResume), Abort: p(padAbort), Trap: p(padTrap), Throw: p(padThrow),
			Closed: p(padClosed), Preempt: p(padPreempt), Preempted: p(padPreempted), Learn: p(padLearn)},
		CodeLo:   a.areas[functions].base,
		CodeHi:   a.areas[dataMem].base,
		NewOwner: newThread,
		OnExit:   onExit,
	})
	if err != nil {
		return fmt.Errorf("jit: %w", err)
	}
	scratch := (addr + uintptr(len(pads)) + unit) &^ (unit - 1)
	err = native.CheckSync(func(reason uint32) uintptr {
		a.copy(scratch, refusal(reason))
		return scratch
	})
	if err != nil {
		return fmt.Errorf("jit: %w", err)
	}
	return nil
}

// Pads in the code that padThunks makes: see native.Pads.
const (
	padResume = iota
	padAbort
	padTrap
	padThrow
	padClosed
	padPreempt
	padPreempted
	padLearn
	numPads
)

// copy writes code through the writable view and makes it visible to the processors.
func (a *arena) copy(addr uintptr, b []byte) {
	copy(unsafe.Slice((*byte)(native.Ptr(addr+a.write)), len(b)), b)
	native.SyncCode(addr, addr+a.write, uintptr(len(b)))
}

// fill overwrites code with trap instructions.
func (a *arena) fill(addr uintptr, n int) {
	b := unsafe.Slice((*byte)(native.Ptr(addr+a.write)), n)
	for i := range b {
		b[i] = trapFill
	}
	native.SyncCode(addr, addr+a.write, uintptr(n))
}

var errArenaFull = errors.New("jit: out of address space for code or data")

// takeChunks returns the address of n adjacent chunks of zeroed memory.
func (a *arena) takeChunks(kind int, n uint32) (uintptr, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	ar := &a.areas[kind]
	start, ok := ar.free.alloc(n)
	if !ok {
		return 0, errArenaFull
	}
	addr := ar.base + uintptr(start)*chunkBytes
	if kind == dataMem {
		if err := native.Protect(addr, uintptr(n)*chunkBytes, native.Read|native.Write); err != nil {
			ar.free.free(start, n)
			return 0, err
		}
	}
	ar.used += uintptr(n) * chunkBytes
	return addr, nil
}

// returnChunks gives chunks and the memory behind them back.
func (a *arena) returnChunks(kind int, addr uintptr, n uint32) {
	size := uintptr(n) * chunkBytes
	if kind == dataMem {
		native.Discard(addr, size)
	} else {
		native.DiscardShared(addr+a.write, size)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	ar := &a.areas[kind]
	ar.used -= size
	ar.free.free(uint32((addr-ar.base)/chunkBytes), n)
}

// heap hands out pieces of chunks to one module.
type heap struct {
	kind  int
	limit *int64 // what the module may still take, in bytes; nil: no limit
	free  spans
	runs  []run
}

// run is a row of adjacent chunks.
type run struct {
	addr uintptr
	n    uint32
}

var errLimit = errors.New("jit: the module's memory limit is reached")

func units(n int) uint32 { return uint32((n + unit - 1) / unit) }

// alloc returns the address of n bytes, n > 0, aligned to align, a power of two.
func (h *heap) alloc(n, align int) (uintptr, error) {
	if n > codeArea {
		return 0, errArenaFull
	}
	u := units(n)
	if align > unit {
		u += uint32(align/unit) - 1
	}
	base := theArena.areas[h.kind].base
	start, ok := h.free.alloc(u)
	if !ok {
		nc := (u*unit + chunkBytes - 1) / chunkBytes
		if h.limit != nil && *h.limit < int64(nc)*chunkBytes {
			return 0, errLimit
		}
		addr, err := theArena.takeChunks(h.kind, nc)
		if err != nil {
			return 0, err
		}
		if h.limit != nil {
			*h.limit -= int64(nc) * chunkBytes
		}
		h.runs = append(h.runs, run{addr, nc})
		h.free.free(uint32((addr-base)/unit), nc*(chunkBytes/unit))
		start, _ = h.free.alloc(u)
	}
	addr := base + uintptr(start)*unit
	if align > unit {
		aligned := (addr + uintptr(align) - 1) &^ (uintptr(align) - 1)
		skip := uint32((aligned - addr) / unit)
		h.free.free(start, skip)
		h.free.free(start+skip+units(n), u-skip-units(n))
		addr = aligned
	}
	return addr, nil
}

// release takes back what alloc returned for n bytes.
func (h *heap) release(addr uintptr, n int) {
	h.free.free(uint32((addr-theArena.areas[h.kind].base)/unit), units(n))
}

// close returns all chunks.
func (h *heap) close() {
	for _, r := range h.runs {
		theArena.returnChunks(h.kind, r.addr, r.n)
	}
	*h = heap{kind: h.kind}
}
