package interp

import (
	"encoding/binary"

	"davit/ir"
	"davit/ir/data"
	"davit/ir/op"
)

// Problem: run CLIF fast enough to test compilers by the million instructions, yet in the plainest way.
//
// Idea: each function is translated once to an array of instructions that hold, besides the places of their operands,
// the function that executes them: chosen by opcode and type, from tables. Values live in a register file of 64-bit
// words.
//
//  1. Every SSA value has words of its own in the frame of its function: one per 64 bits, little-endian. Bits beyond
//     its type are zero.
//  2. Translation has checked all types and numbers of operands, so executing cannot index out of the frame.
//  3. An execFn returns the index of the next instruction, or a negative event that makes run look at the frames again.
//  4. A frame's pc is that of the call it waits for, as long as it is not on top.
//  5. Block parameters are copied on the edge, as moves put in an order in which none overwrites what another reads.
//  6. Fuel is taken on entering a block, for all its instructions.
//
// Cost: two to four nanoseconds for a simple instruction; no allocation but for host calls and errors.

// execFn executes one instruction: r is the register file of the frame, pc the index of in.
type execFn func(t *thread, r []uint64, in *inst, pc int) int

// Events that an execFn returns instead of the index of the next instruction.
const (
	evFrame  = -1 - iota // another frame is on top
	evReturn             // a frame that the host called has returned; t.results holds the results
	evFault              // t.err says why the program ends
)

// inst is an instruction, translated. Operands are word offsets in the register file.
type inst struct {
	exec    execFn
	d, d2   uint32 // results
	a, b, c uint32 // operands
	ref     ir.Inst
	imm     uint64 // constant, byte offset or mask
	x       *extra // what control flow and calls need, or nil
}

type extra struct {
	edges []edge
	words []uint32 // of the values that a return returns
	call  *callSite
	mem   memAccess
}

// edge is a block call: where to go on, and the words to copy before.
type edge struct {
	target int
	cost   int64
	moves  []move
	count  uint64 // how often it was taken
}

type move struct{ dst, src uint32 }

// function is a function of the module. Its code is there once prepare has run.
type function struct {
	m    *Module
	ir   *ir.Func
	name string
	addr uint64

	prepared bool
	err      error
	code     []inst
	pcs      []int32  // per block: its first instruction
	params   []uint32 // words of the parameters
	entry    edge     // to the entry block
	nregs    int
	slots    []uint64 // offsets of the stack slots, then of the dynamic ones
	slotSize uint64   // of all of them, a multiple of 16
	align    uint64   // of the slots, a power of two of at least 16
	reg      []uint32 // per value
	copies   bool     // takes structs by value
	record   record
}

// frameRecord is what lies above the slots of a frame, as on real machines: the caller's frame pointer and the return
// address.
const frameRecord = 16

type frame struct {
	f     *function
	base  int    // of the registers
	pc    int    // see (4)
	sp    uint64 // address of the stack slots
	end   uint64 // stack pointer of the caller
	outer bool   // called by the host
}

// fp returns the frame pointer.
func (fr *frame) fp() uint64 { return fr.sp + fr.f.slotSize }

type thread struct {
	m       *Module
	mem     *Memory
	ctx     *Context
	regs    []uint64
	frames  []frame
	sp      uint64 // of the frame on top
	fuel    int64
	pinned  uint64
	err     error
	results []uint64 // words that the last outer frame returned
	scratch []uint64 // arguments of a call under way
	values  []data.Value
}

func newThread(m *Module) *thread {
	fuel := m.opts.Fuel
	if fuel <= 0 {
		fuel = 1<<63 - 1
	}
	t := &thread{m: m, mem: m.mem, fuel: fuel, regs: make([]uint64, 4096)}
	t.mem.sp = stackTop - displacement*uint64(m.opts.Vary)
	t.pinned = uint64(m.opts.Vary) * 0x123456789abc
	t.ctx = &Context{t: t}
	return t
}

// run executes the frame on top and all that it calls, until it returns.
func (t *thread) run() error {
	for {
		fr := &t.frames[len(t.frames)-1]
		code, r, pc := fr.f.code, t.regs[fr.base:fr.base+fr.f.nregs], fr.pc
		t.sp = fr.sp
		for pc >= 0 {
			in := &code[pc]
			pc = in.exec(t, r, in, pc)
		}
		switch pc {
		case evReturn:
			return nil
		case evFault:
			return t.err
		}
	}
}

// enter pushes a frame of f with the words of its arguments.
func (t *thread) enter(f *function, args []uint64, outer bool) int {
	r, ev := t.push(f, outer)
	if ev == evFrame {
		for i, w := range f.params {
			r[w] = args[i]
		}
	}
	return ev
}

// push pushes a frame of f, which is prepared, and returns its registers.
func (t *thread) push(f *function, outer bool) ([]uint64, int) {
	base, end, fp, ret := 0, t.mem.sp, uint64(0), uint64(0)
	if n := len(t.frames); n > 0 {
		top := &t.frames[n-1]
		base = top.base + top.f.nregs
		fp = top.fp()
		if !outer {
			ret = top.f.returnAddress(top.pc)
		}
	}
	if t.fuel -= f.entry.cost; t.fuel < 0 {
		return nil, t.fail(&Limit{LimitFuel, Place{f.name, ir.NoInst}})
	}
	if len(t.frames) >= t.m.opts.MaxDepth || base+f.nregs > maxRegisterWords {
		return nil, t.fail(&Limit{LimitDepth, Place{f.name, ir.NoInst}})
	}
	if base+f.nregs > len(t.regs) {
		t.regs = append(t.regs, make([]uint64, max(len(t.regs), f.nregs))...)
	}
	f.entry.count++
	sp := (end - f.slotSize - frameRecord) &^ (f.align - 1)
	mem := t.mem.pushStack(sp)
	if mem == nil {
		return nil, t.fail(&Trap{Code: op.StackOverflow, Place: Place{f.name, ir.NoInst}, Stack: t.backtrace()})
	}
	t.m.fill(mem[:f.slotSize])
	if s := t.mem.strict; s != nil {
		s.enter(f, sp-t.mem.stackLow, uint64(len(mem)))
	}
	binary.LittleEndian.PutUint64(mem[f.slotSize:], fp)
	binary.LittleEndian.PutUint64(mem[f.slotSize+8:], ret)
	t.frames = append(t.frames, frame{f, base, f.entry.target, sp, end, outer})
	return t.regs[base : base+f.nregs], evFrame
}

// pop removes the frame on top.
func (t *thread) pop() {
	n := len(t.frames) - 1
	t.mem.sp = t.frames[n].end
	t.frames = t.frames[:n]
}

// returnAddress returns the address of what follows the instruction at pc.
func (f *function) returnAddress(pc int) uint64 { return f.addr + uint64(f.code[pc].ref) + 1 }

// handlerAddr returns the address of handler i of a try_call: those of all handlers follow the return addresses.
func (f *function) handlerAddr(call ir.Inst, i int) uint64 {
	addr := f.addr + 1 + uint64(f.ir.NumInsts())
	for k := range f.ir.Data(call).ExTable() {
		addr += uint64(len(f.ir.ExTables[k].Items))
	}
	return addr + uint64(i)
}

// codeSize returns the number of addresses that the function takes.
func (f *function) codeSize() uint64 {
	size := uint64(f.ir.NumInsts()) + 1
	for i := range f.ir.ExTables {
		size += uint64(len(f.ir.ExTables[i].Items))
	}
	return size
}

// take goes along an edge.
func (t *thread) take(r []uint64, e *edge) int {
	if t.fuel -= e.cost; t.fuel < 0 {
		return t.fail(&Limit{LimitFuel, t.place()})
	}
	e.count++
	for i := range e.moves {
		m := &e.moves[i]
		r[m.dst] = r[m.src]
	}
	return e.target
}

// fail ends the program.
func (t *thread) fail(err error) int {
	t.err = err
	return evFault
}

// trap ends the program with a trap at in.
func (t *thread) trap(in *inst, pc int, code op.TrapCode, reason string) int {
	top := &t.frames[len(t.frames)-1]
	top.pc = pc
	return t.fail(&Trap{
		Code: code, Place: Place{top.f.name, in.ref}, Text: top.f.ir.InstString(in.ref), Reason: reason, Stack: t.backtrace(),
	})
}

// accessTrap is trap for an access to addr that is not possible.
func (t *thread) accessTrap(in *inst, pc int, code op.TrapCode, addr uint64, reason string) int {
	ev := t.trap(in, pc, code, reason)
	trap := t.err.(*Trap)
	trap.Access, trap.Addr = true, addr
	return ev
}

// brokenPromise is trap for an access that must be possible.
func (t *thread) brokenPromise(in *inst, pc int, reason string) int {
	ev := t.trap(in, pc, op.HeapOutOfBounds, reason)
	t.err.(*Trap).Broken = true
	return ev
}

// unsupported ends the program because of in.
func (t *thread) unsupported(in *inst, what string) int {
	return t.fail(&Unsupported{Place{t.frames[len(t.frames)-1].f.name, in.ref}, what})
}

// place returns the function on top.
func (t *thread) place() Place {
	if len(t.frames) == 0 {
		return Place{Inst: ir.NoInst}
	}
	return Place{t.frames[len(t.frames)-1].f.name, ir.NoInst}
}

// maxBacktrace bounds the places that a trap lists.
const maxBacktrace = 64

func (t *thread) backtrace() []Place {
	var ps []Place
	for i := len(t.frames) - 1; i >= 0 && len(ps) < maxBacktrace; i-- {
		fr := &t.frames[i]
		ps = append(ps, Place{fr.f.name, fr.f.code[fr.pc].ref})
	}
	return ps
}

func le64(b []byte) uint64 {
	if len(b) >= 8 {
		return binary.LittleEndian.Uint64(b)
	}
	var buf [8]byte
	copy(buf[:], b)
	return binary.LittleEndian.Uint64(buf[:])
}

func append64(b []byte, x uint64) []byte { return binary.LittleEndian.AppendUint64(b, x) }
