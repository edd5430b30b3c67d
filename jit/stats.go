package jit

import "davit/jit/internal/native"

// Stats tells what the modules of the process have taken, in bytes.
type Stats struct {
	Code, Thunks, Data int64 // address space for functions, stubs, and data, in steps of 64 KiB

	Stacks     int   // number of native stacks
	StackGrown int64 // by how much stacks are larger than the 1 MiB with which they start
	StackLimit int64 // the greatest possible value of StackGrown: see LimitStacks
}

// ReadStats returns the present numbers.
func ReadStats() Stats {
	a := &theArena
	a.mu.Lock()
	s := Stats{Code: int64(a.areas[functions].used), Thunks: int64(a.areas[thunks].used), Data: int64(a.areas[dataMem].used)}
	a.mu.Unlock()
	s.Stacks, s.StackGrown, s.StackLimit = native.StackUse()
	return s
}

// TotalMemoryUse returns the number of bytes of address space that all modules of the process have taken for code and data.
func TotalMemoryUse() int64 {
	s := ReadStats()
	return s.Code + s.Thunks + s.Data
}

// LimitStacks bounds the growth of all native stacks of the process together to n bytes beyond the 1 MiB that each has from
// the start, and returns the previous bound, which is 4 GiB at first. A stack that may not grow any more overflows.
func LimitStacks(n int64) (old int64) {
	if theArena.start() != nil {
		return 0
	}
	return native.SetBudget(max(n, 0))
}

// MaxStackSize returns the greatest possible size of a native stack: nearly 1 GiB where there are addresses enough, 0 where
// compiled code cannot run.
func MaxStackSize() int {
	if theArena.start() != nil {
		return 0
	}
	return int(native.MaxStack())
}
