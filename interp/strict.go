package interp

import (
	"fmt"

	"davit/ir"
)

// Problem: what a program reads from a stack slot that it has not written, and what lies beside a slot, is not defined. A
// program that depends on it may seem to work.
//
// Idea: with Options.Strict, each byte of the stack has a state beside it, and an access to the wrong state ends the
// program when the call of the host returns.
//
//  1. Entering a function makes the bytes of its slots fresh, and those between and around them taboo.
//  2. Writing makes fresh bytes known. Reading fresh bytes, and every access to taboo ones, is an offence.
//
// Cost: proportional to the bytes of the slots on entering a function, and of the accesses.

// States of a byte of the stack.
const (
	taboo byte = iota
	fresh
	known
)

// Undefined says that the program did what has no defined outcome.
type Undefined struct {
	Place // only the function
	What  string
}

// Error describes what the program did.
func (u *Undefined) Error() string { return fmt.Sprintf("%v: %s", u.Place, u.What) }

// stackState is the state of the stack's bytes, in parallel to Memory.stack.
type stackState struct {
	m     *Module
	state []byte
	first *Undefined // offence
}

// grow makes room at the low end, as the stack does.
func (s *stackState) grow(size uint64) {
	state := make([]byte, size)
	copy(state[size-uint64(len(s.state)):], s.state)
	s.state = state
}

// enter prepares the memory of a frame of f, whose slots start at offset off of the stack; n is the size of all of it.
func (s *stackState) enter(f *function, off, n uint64) {
	clear(s.state[off : off+n])
	for i, at := range f.slots {
		fill(s.state[off+at:][:f.slotBytes(i)], fresh)
	}
}

func fill(b []byte, x byte) {
	for i := range b {
		b[i] = x
	}
}

// slotBytes returns the size of slot i; dynamic ones come after the others.
func (f *function) slotBytes(i int) uint64 {
	if n := len(f.ir.StackSlots); i >= n {
		return uint64(f.ir.DynTypes[f.ir.DynSlots[i-n]].Base.Bytes())
	}
	return uint64(f.ir.StackSlots[i].Size)
}

// access notes an access to n bytes of the stack at offset off.
func (s *stackState) access(off, n uint64, write bool) {
	b := s.state[off : off+n]
	for i := range b {
		switch {
		case b[i] == taboo:
			s.offend("accesses the stack outside of its slots")
		case write:
			b[i] = known
		case b[i] == fresh:
			s.offend("reads bytes of a stack slot that it has not written")
		}
	}
}

func (s *stackState) offend(what string) {
	t := s.m.thread
	if s.first != nil || t == nil || len(t.frames) == 0 {
		return
	}
	s.first = &Undefined{Place{t.frames[len(t.frames)-1].f.name, ir.NoInst}, what}
}
