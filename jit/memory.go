package jit

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"davit/jit/internal/native"
)

// Memory is a linear memory for compiled code: bytes that start at a fixed address and become more by Grow. It lies outside
// of the Go heap. There are two ways to keep code inside of it:
//
//   - With a guard, addresses beyond the end fault. Code adds an index of 32 bits, zero-extended, and a constant offset to
//     Base and accesses without a check; an access beyond the end is a trap of the code that is recorded for the instruction.
//     This needs a module without NoSignals.
//   - With explicit checks, code compares with the word at SizeAddress before it accesses.
//
// Its methods may be called from several goroutines; Close not while the memory is in use.
type Memory struct {
	base, reserved uintptr
	max            uintptr
	guarded        bool

	mu   sync.Mutex
	size *uint64 // in memory of its own, since compiled code reads it
}

// MemoryConfig says what NewMemory makes. Sizes are in bytes, rounded up to whole pages of PageBytes.
type MemoryConfig struct {
	Size int64 // initial size
	Max  int64 // greatest size; 0 stands for 4 GiB
	// Guard asks for guard pages behind the memory: enough for an index of 32 bits plus an offset of less than
	// MaxOffset plus an access of 64 KiB.
	Guard     bool
	MaxOffset int64 // 0 stands for 4 GiB
}

// PageBytes is the granule of sizes of memories.
const PageBytes = 64 << 10

const fourGiB = 4 << 30

func pages(n int64) uintptr { return (uintptr(n) + PageBytes - 1) &^ (PageBytes - 1) }

// NewMemory makes a memory. Its contents are zero.
func NewMemory(cfg MemoryConfig) (*Memory, error) {
	if cfg.Max == 0 {
		cfg.Max = fourGiB
	}
	if cfg.MaxOffset == 0 {
		cfg.MaxOffset = fourGiB
	}
	switch {
	case !native.Supported:
		return nil, errUnsupported
	case cfg.Size < 0 || cfg.Max < cfg.Size:
		return nil, fmt.Errorf("jit: memory of %d bytes, from 0 to its maximum of %d are possible", cfg.Size, cfg.Max)
	case cfg.Guard && (cfg.Max > fourGiB || cfg.MaxOffset < 0 || cfg.MaxOffset > fourGiB):
		return nil, fmt.Errorf("jit: guarded memory of at most %d bytes with offsets below %d: both must be at most 4 GiB", cfg.Max, cfg.MaxOffset)
	}
	m := &Memory{max: pages(cfg.Max), guarded: cfg.Guard}
	m.reserved = m.max + PageBytes
	if cfg.Guard {
		m.reserved = fourGiB + pages(cfg.MaxOffset) + 2*PageBytes
	}
	start, err := native.Reserve(m.reserved)
	if err == nil {
		err = native.Protect(start, PageBytes, native.Read|native.Write) // for the word that holds the size
	}
	if err != nil {
		if start != 0 {
			native.Unmap(start, m.reserved)
		}
		return nil, fmt.Errorf("jit: memory: %w", err)
	}
	m.base = start + PageBytes
	m.size = (*uint64)(native.Ptr(start))
	if _, err := m.Grow(cfg.Size); err != nil {
		native.Unmap(start, m.reserved)
		return nil, err
	}
	if m.guarded {
		guards.add(m)
	}
	return m, nil
}

// Base returns the address of the memory, which never changes.
func (m *Memory) Base() uintptr { return m.base }

// Size returns the present size.
func (m *Memory) Size() int64 { return int64(atomic.LoadUint64(m.size)) }

// SizeAddress returns the address of a 64-bit word that holds the size.
func (m *Memory) SizeAddress() uintptr { return m.base - PageBytes }

// Bytes returns the memory as it is now. It is valid until Close; a slice taken before Grow does not become longer.
func (m *Memory) Bytes() []byte {
	n := m.Size()
	if n == 0 {
		return nil
	}
	return bytesAt(m.base, int(n))
}

// Grow makes the memory n bytes larger, rounded up to pages, and returns the size of before. Compiled code may be running.
func (m *Memory) Grow(n int64) (old int64, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	old = m.Size()
	if n < 0 || uint64(n) > uint64(m.max)-uint64(old) {
		return old, fmt.Errorf("jit: memory of %d bytes cannot grow by %d, at most %d are possible", old, n, m.max)
	}
	more := pages(n)
	if more == 0 {
		return old, nil
	}
	if err := native.Protect(m.base+uintptr(old), more, native.Read|native.Write); err != nil {
		return old, fmt.Errorf("jit: memory of %d bytes cannot grow by %d: %w", old, n, err)
	}
	atomic.StoreUint64(m.size, uint64(old)+uint64(more))
	return old, nil
}

// Close gives the memory back. No code may access it any more.
func (m *Memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.reserved == 0 {
		return fmt.Errorf("jit: the memory is closed already")
	}
	if m.guarded {
		guards.remove(m)
	}
	native.Unmap(m.base-PageBytes, m.reserved)
	m.reserved, m.max, m.size = 0, 0, new(uint64)
	return nil
}

// guards has the guarded memories of the process, for messages.
var guards guardList

type guardList struct {
	sync.Mutex
	list []*Memory
}

func (g *guardList) add(m *Memory) {
	g.Lock()
	defer g.Unlock()
	g.list = append(g.list, m)
}

func (g *guardList) remove(m *Memory) {
	g.Lock()
	defer g.Unlock()
	g.list = slices.DeleteFunc(g.list, func(o *Memory) bool { return o == m })
}

// guardAt returns the memory in whose guard an address is, or nil.
func guardAt(addr uintptr) *Memory {
	guards.Lock()
	defer guards.Unlock()
	for _, m := range guards.list {
		if addr-m.base < m.reserved-PageBytes && addr-m.base >= uintptr(m.Size()) {
			return m
		}
	}
	return nil
}
