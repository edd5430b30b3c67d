package jit

import (
	"iter"
	"sort"

	"davit/asm"
	"davit/jit/internal/native"
)

// Walking the frames of compiled code.
//
// Problem: from a host function, find every frame of compiled code below it, and in each the memory that holds roots.
//
// Idea: functions that keep a frame pointer form a chain through it. A function that does not keep one leaves the frame
// pointer of its caller alone, and its own stack pointer follows from its callee: just above the callee's return address
// and the arguments that the callee takes off the stack. The unwind rows of asm.Code say how far from there the
// function's own return address is. As tail calls pass a frame on to functions with more or fewer arguments, only the
// callee under way knows how many these are, not the call.
//
//  1. A walk starts in a host function's stub, which keeps a frame pointer; each program counter met is a return address.
//  2. The stack pointer of a frame is its nominal one, which it has between prologue and epilogue: for functions that keep
//     a frame pointer the frame pointer less the frame size, never what the callee left.
//  3. A return address is looked up exactly. No map means no roots.
//  4. A stretch ends where the frame pointer is an activation record; the record leads to the stretch before, which
//     starts at the stub from which compiled code called Go.
//
//  5. A place in the thread's cache of return addresses is right as long as no function has been reclaimed since the
//     cache was emptied.
//
// Cost: a probe of the cache per frame; at a miss, a lookup in the index of the chunk and a binary search in the maps of
// the function.

// Frame is an activation of a compiled function that has called another function.
type Frame struct {
	Func   string        // name of the function
	Offset uint32        // return address, in bytes from the start of the function
	FP     uintptr       // frame pointer; 0 if the function keeps none
	SP     uintptr       // nominal stack pointer
	Map    *asm.StackMap // the map of the call, nil if it has none
	Code   *asm.Code     // the function
	Depth  int           // of the call from Go that it belongs to: see NativeStack.Depth

	fn *placed
}

// Source returns the source location of the call, NoSource if none is known.
func (f *Frame) Source() uint32 { return f.fn.source(f.Offset - 1) }

// Location returns the place behind the call.
func (f *Frame) Location() Location { return Location{f.Func, f.Offset, f.Source()} }

// Root is a live reference of a frame.
type Root struct {
	Type   uint16  // ir/op.Type of the value
	Offset uint32  // in bytes from the nominal stack pointer
	Addr   uintptr // address of the slot
}

// Load1 reads the slot as one byte; likewise the other loads, for 2, 4, 8 and 16 bytes.
func (r Root) Load1() uint8 { return *(*uint8)(native.Ptr(r.Addr)) }

// Load2 reads 2 bytes.
func (r Root) Load2() uint16 { return *(*uint16)(native.Ptr(r.Addr)) }

// Load4 reads 4 bytes.
func (r Root) Load4() uint32 { return *(*uint32)(native.Ptr(r.Addr)) }

// Load8 reads 8 bytes.
func (r Root) Load8() uint64 { return *(*uint64)(native.Ptr(r.Addr)) }

// Load16 reads 16 bytes as two words, the one at the lower address first.
func (r Root) Load16() [2]uint64 { return *(*[2]uint64)(native.Ptr(r.Addr)) }

// Store1 overwrites the slot; likewise the other stores, for 2, 4, 8 and 16 bytes.
func (r Root) Store1(v uint8) { *(*uint8)(native.Ptr(r.Addr)) = v }

// Store2 writes 2 bytes.
func (r Root) Store2(v uint16) { *(*uint16)(native.Ptr(r.Addr)) = v }

// Store4 writes 4 bytes.
func (r Root) Store4(v uint32) { *(*uint32)(native.Ptr(r.Addr)) = v }

// Store8 writes 8 bytes.
func (r Root) Store8(v uint64) { *(*uint64)(native.Ptr(r.Addr)) = v }

// Store16 writes 16 bytes, the first word at the lower address.
func (r Root) Store16(v [2]uint64) { *(*[2]uint64)(native.Ptr(r.Addr)) = v }

// Roots yields the live references of the frame, in the order of its map.
func (f *Frame) Roots() iter.Seq[Root] {
	return func(yield func(Root) bool) {
		if f.Map == nil {
			return
		}
		for _, e := range f.Map.Entries {
			off := f.Map.SlotArea + e.Offset
			if !yield(Root{e.Type, off, f.SP + uintptr(off)}) {
				return
			}
		}
	}
}

// Frames yields the frames of compiled code that led to this host call, innermost first, also those of calls further out
// that led to the Go code which made the innermost call. The frame is reused: it is valid until the next one.
//
// Another goroutine may walk, too, if it is certain that the one in the host call does not return meanwhile: that it waits
// for a lock which the walking goroutine holds, for example. So a collector finds roots on all stacks.
func (c *Call) Frames() iter.Seq[*Frame] {
	return func(yield func(*Frame) bool) {
		w := newWalker(c.ctx(), c.sp())
		for w.next() {
			if !yield(&w.frame) {
				return
			}
		}
	}
}

// Walk is Frames with a function to call for each frame, as long as it returns true. It reports whether all frames have been
// seen: a walk ends early at native code that is not of a module, such as code behind DefineAddress. Unlike Frames, Walk may
// be called on any goroutine while the one that makes the host call waits in it.
func (c *Call) Walk(visit func(*Frame) bool) (all bool) {
	w := newWalker(c.ctx(), c.sp())
	if native.Current() != w.ctx {
		w.cache = &pcCache{generation: theArena.generation.Load()}
	}
	for w.next() {
		if !visit(&w.frame) {
			return false
		}
	}
	return w.complete()
}

// Frames yields the same for the host call that the calling goroutine is in, for code that does not have the Call; nothing if
// it is in none.
func Frames() iter.Seq[*Frame] {
	return func(yield func(*Frame) bool) {
		if c := native.Current(); c != nil {
			(*Call)(native.Ptr(c.NatSP)).Frames()(yield)
		}
	}
}

// walker holds the place of a walk.
type walker struct {
	ctx   *native.Ctx
	act   uintptr // record that ends the stretch
	pc    uintptr // return address into the frame to come
	fp    uintptr // frame pointer at that place
	sp    uintptr // stack pointer there, right after the return
	frame Frame
	fn    *placed
	cache *pcCache
}

// pcCache remembers what is at return addresses. It belongs to a thread and is direct-mapped.
type pcCache struct {
	generation uint64 // of the arena when the cache was emptied
	places     [64]place
}

// place is what there is to know of a return address.
type place struct {
	pc  uintptr
	fn  *placed
	m   *asm.StackMap // nil if there is none
	cfa int32         // see asm.UnwindRow
	pop uint32
}

// lookup returns the place of a return address, or nil if it is in no function.
func (c *pcCache) lookup(pc uintptr) *place {
	p := &c.places[(pc^pc>>6)%uintptr(len(c.places))]
	if p.pc != pc || p.fn == nil {
		fn := theArena.find(pc)
		if fn == nil {
			return nil
		}
		off := uint32(pc - fn.addr)
		row := fn.unwindAt(off)
		*p = place{pc, fn, fn.stackMap(off), row.CFA, row.Pop}
	}
	return p
}

// unwindAt returns the unwind row for an offset. Code that has none is taken to be between prologue and epilogue.
func (f *placed) unwindAt(off uint32) asm.UnwindRow {
	if len(f.code.Unwind) > 0 {
		return f.code.UnwindAt(off)
	}
	row := asm.UnwindRow{CFA: int32(f.code.FrameSize) + linkBytes, FP: f.code.FramePointer}
	if row.FP {
		row.CFA = int32(f.code.FrameSize) + chainBytes
	}
	return row
}

// cacheOf returns the cache of a thread, emptied if need be, or a new one if the calling goroutine is another.
func cacheOf(ctx *native.Ctx) *pcCache {
	if !ctx.Own() {
		return new(pcCache)
	}
	c := &(*thread)(ctx.Owner).pcs
	if g := theArena.generation.Load(); c.generation != g {
		*c = pcCache{generation: g}
	}
	return c
}

// newWalker starts at the stub frame whose lowest address is stub.
func newWalker(ctx *native.Ctx, stub uintptr) walker {
	w := walker{ctx: ctx, act: ctx.RecordAbove(stub), cache: cacheOf(ctx)}
	w.frame.Depth = depth(w.act)
	w.fromStub(stub)
	return w
}

// next moves to the next frame.
func (w *walker) next() bool {
	for {
		if w.atRecord() {
			r := (*native.Record)(native.Ptr(w.act))
			if r.PrevAct == 0 {
				return false
			}
			w.act = r.PrevAct
			w.frame.Depth--
			w.fromStub(r.PrevNatSP())
			continue
		}
		p := w.cache.lookup(w.pc)
		if p == nil {
			return false // not our code: native code behind DefineAddress
		}
		w.step(p)
		return true
	}
}

// complete reports whether a walk that has ended has seen all frames.
func (w *walker) complete() bool {
	return w.atRecord() && (*native.Record)(native.Ptr(w.act)).PrevAct == 0
}

// stackMap returns the map keyed by a return address.
func (f *placed) stackMap(off uint32) *asm.StackMap {
	ms := f.code.StackMaps
	i := sort.Search(len(ms), func(i int) bool { return ms[i].Offset >= off })
	if i < len(ms) && ms[i].Offset == off {
		return &ms[i]
	}
	return nil
}

// isThunk reports whether pc is in the thunk area.
func (a *arena) isThunk(pc uintptr) bool { return pc-a.base < thunkArea }

// trapFrames yields the frames behind a trapping place at offset off of fn, nil if it was in no function. The trap has
// already taken the activation off the context, but nothing has overwritten its frames yet.
func trapFrames(c *native.Ctx, fn *placed, off uint32) iter.Seq[*Frame] {
	return func(yield func(*Frame) bool) {
		w := walker{ctx: c, act: c.TrapAct, cache: cacheOf(c)}
		w.fromTrap(fn, off)
		for w.sane() && w.next() && yield(&w.frame) {
		}
	}
}

// inStack reports whether two words can be read at address a.
func (w *walker) inStack(a uintptr) bool { return a%8 == 0 && a >= w.ctx.Low && a <= w.ctx.Top()-16 }
