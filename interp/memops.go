package interp

import (
	"encoding/binary"
	"fmt"

	"davit/internal/u128"
	"davit/ir"
	"davit/ir/op"
)

// memAccess says how an instruction accesses memory.
type memAccess struct {
	size   uint64 // bytes
	align  uint64 // bits of the address that must be zero
	mask   uint64 // of the address: 32 or 64 bits
	shape  shape  // of the value in memory
	big    bool   // each lane has its most significant byte first; lane 0 comes first in any case
	sign   bool   // extends lanes by their sign
	trap   op.TrapCode
	noTrap bool
}

// big returns the byte order of an access.
func (d *decoder) big(m ir.MemFlags) bool {
	return m.Has(ir.BigEnd) || d.m.opts.BigEndian && !m.Has(ir.LittleEnd)
}

// access prepares an access to a value that lies in memory as type t, through operand ptr.
func (d *decoder) access(in *inst, t op.Type, ptr int) *memAccess {
	flags := d.f.Mem(d.inst)
	m := &memAccess{size: uint64(t.Bytes()), mask: ^uint64(0), shape: shapeOf(t), big: d.big(flags), trap: flags.Trap}
	if flags.Has(ir.Aligned) {
		m.align = m.size - 1
	}
	if d.argType(ptr) == op.I32 {
		m.mask = 1<<32 - 1
	}
	if flags.NoTrap() {
		m.trap, m.noTrap = op.HeapOutOfBounds, true
	}
	in.imm = uint64(int64(d.data.Offset()))
	in.x = &extra{mem: *m}
	return &in.x.mem
}

// badAccess traps because of an access that is misaligned or out of bounds.
func (t *thread) badAccess(in *inst, pc int, addr uint64) int {
	m := &in.x.mem
	reason := fmt.Sprintf("no %d bytes to access at %#x", m.size, addr)
	if addr&m.align != 0 {
		reason = fmt.Sprintf("address %#x is not aligned to %d bytes", addr, m.size)
	}
	if m.noTrap {
		reason += ", by an instruction that promised not to trap"
	}
	ev := t.accessTrap(in, pc, m.trap, addr, reason)
	t.err.(*Trap).Broken = m.noTrap || addr&m.align != 0
	return ev
}

// lane reads lane i.
func (m *memAccess) lane(b []byte, i int) word {
	size := int(m.shape.bits / 8)
	b = b[i*size : (i+1)*size]
	var x word
	switch size {
	case 16:
		x = word{Lo: binary.LittleEndian.Uint64(b), Hi: binary.LittleEndian.Uint64(b[8:])}
	default:
		x = word{Lo: le64(b)}
	}
	if m.big {
		x = x.ReverseBytes().Shr(128 - m.shape.bits)
	}
	if m.sign {
		x = x.SignExtend(m.shape.bits)
	}
	return x
}

// setLane writes lane i.
func (m *memAccess) setLane(b []byte, i int, x word) {
	size := int(m.shape.bits / 8)
	if m.big {
		x = x.ReverseBytes().Shr(128 - m.shape.bits)
	}
	var buf [16]byte
	binary.LittleEndian.PutUint64(buf[:], x.Lo)
	binary.LittleEndian.PutUint64(buf[8:], x.Hi)
	copy(b[i*size:], buf[:size])
}

// loading is for loads of the given type in memory, or of the type of the result.
func loading(inMemory op.Type, sign bool) builder {
	return func(d *decoder, in *inst) {
		t := inMemory
		if t == op.Invalid {
			t = d.resultType(0)
		}
		m := d.access(in, t, 0)
		m.sign = sign
		to := shapeOf(d.resultType(0))
		in.d, in.a = d.result(0), d.arg(0)
		in.exec = func(t *thread, r []uint64, in *inst, pc int) int {
			addr := (r[in.a] + in.imm) & m.mask
			b := t.mem.read(addr, m.size)
			if b == nil || addr&m.align != 0 {
				return t.badAccess(in, pc, addr)
			}
			to.clear(r, in.d)
			for i := range to.lanes {
				to.put(r, in.d, i, m.lane(b, i))
			}
			return pc + 1
		}
		d.fastMemory(in, m, to)
	}
}

// storing is for stores as the given type in memory, or as the type of the value.
func storing(inMemory op.Type) builder {
	return func(d *decoder, in *inst) {
		t := inMemory
		if t == op.Invalid {
			t = d.argType(0)
		}
		m := d.access(in, t, 1)
		from := shapeOf(d.argType(0))
		in.a, in.b = d.arg(0), d.arg(1)
		in.exec = func(t *thread, r []uint64, in *inst, pc int) int {
			addr := (r[in.b] + in.imm) & m.mask
			b := t.mem.write(addr, m.size)
			if b == nil || addr&m.align != 0 {
				return t.badAccess(in, pc, addr)
			}
			for i := range from.lanes {
				m.setLane(b, i, from.get(r, in.a, i))
			}
			return pc + 1
		}
		d.fastMemory(in, m, from)
	}
}

// atomics holds the operations of atomic_rmw.
var atomics = [op.NumAtomicOps]defBinary{
	op.AtomicAdd: defAdd, op.AtomicSub: defSub, op.AtomicAnd: defAnd, op.AtomicOr: defOr, op.AtomicXor: defXor,
	op.AtomicNand: func(_ uint, x, y word) word { return x.And(y).Not() },
	op.AtomicXchg: func(_ uint, _, y word) word { return y },
	op.AtomicUmin: defUmin, op.AtomicUmax: defUmax, op.AtomicSmin: defSmin, op.AtomicSmax: defSmax,
}

func buildAtomicRmw(d *decoder, in *inst) {
	if int(d.data.Aux) >= len(atomics) {
		d.failf("has no operation %d", d.data.Aux)
		return
	}
	def := atomics[d.data.AtomicOp()]
	m := d.access(in, d.data.Type, 0)
	s := m.shape
	in.d, in.a, in.b = d.result(0), d.arg(0), d.arg(1)
	in.exec = func(t *thread, r []uint64, in *inst, pc int) int {
		addr := r[in.a] & m.mask
		b := t.mem.write(addr, m.size)
		if b == nil || addr&m.align != 0 {
			return t.badAccess(in, pc, addr)
		}
		old := m.lane(b, 0)
		m.setLane(b, 0, def(s.bits, old, s.get(r, in.b, 0)).ZeroExtend(s.bits))
		s.clear(r, in.d)
		s.put(r, in.d, 0, old)
		return pc + 1
	}
}

func buildAtomicCas(d *decoder, in *inst) {
	m := d.access(in, d.data.Type, 0)
	s := m.shape
	in.d, in.a, in.b, in.c = d.result(0), d.arg(0), d.arg(1), d.arg(2)
	in.exec = func(t *thread, r []uint64, in *inst, pc int) int {
		addr := r[in.a] & m.mask
		b := t.mem.write(addr, m.size)
		if b == nil || addr&m.align != 0 {
			return t.badAccess(in, pc, addr)
		}
		old := m.lane(b, 0)
		if old == s.get(r, in.b, 0) {
			m.setLane(b, 0, s.get(r, in.c, 0))
		}
		s.clear(r, in.d)
		s.put(r, in.d, 0, old)
		return pc + 1
	}
}

// pointer returns the mask that makes an address a value of the controlling type.
func (d *decoder) pointer() uint64 {
	if d.data.Type == op.I32 {
		return 1<<32 - 1
	}
	return ^uint64(0)
}

// address is for instructions whose result is an address that fn computes.
func (d *decoder) address(in *inst, fn func(t *thread, in *inst) uint64) {
	in.d = d.result(0)
	mask := d.pointer()
	in.exec = func(t *thread, r []uint64, in *inst, pc int) int {
		r[in.d] = fn(t, in) & mask
		return pc + 1
	}
}

func buildStackAddr(d *decoder, in *inst) {
	i := int(d.data.X[0])
	offset := uint64(int64(d.data.Offset()))
	if d.data.Op == op.DynamicStackAddr {
		i += len(d.f.StackSlots)
		offset = 0
	} else if i >= len(d.f.StackSlots) {
		i = len(d.fn.slots)
	}
	if i >= len(d.fn.slots) {
		d.failf("names a stack slot that is not declared")
		return
	}
	in.imm = d.fn.slots[i] + offset
	if d.pointer() == ^uint64(0) {
		in.d = d.result(0)
		in.exec = execStackAddr
		return
	}
	d.address(in, func(t *thread, in *inst) uint64 { return t.sp + in.imm })
}

func execStackAddr(t *thread, r []uint64, in *inst, pc int) int {
	r[in.d] = t.sp + in.imm
	return pc + 1
}

func buildFuncAddr(d *decoder, in *inst) {
	if int(d.data.Func()) >= len(d.f.ExtFuncs) {
		d.failf("names a function that is not declared")
		return
	}
	addr, _ := d.m.FuncAddr(d.f.LinkageName(d.f.ExtFuncs[d.data.Func()].Name))
	in.imm = addr
	d.address(in, func(_ *thread, in *inst) uint64 { return in.imm })
}

// buildFrameAddr translates what reads the machine's frame.
func buildFrameAddr(d *decoder, in *inst) {
	switch d.data.Op {
	case op.GetStackPointer:
		d.address(in, func(t *thread, _ *inst) uint64 { return t.sp })
	case op.GetFramePointer:
		d.address(in, func(t *thread, _ *inst) uint64 { return t.frames[len(t.frames)-1].fp() })
	case op.GetReturnAddress:
		d.address(in, func(t *thread, _ *inst) uint64 {
			return le64(t.mem.stack[t.frames[len(t.frames)-1].fp()+8-t.mem.stackLow:]) // no access of the program
		})
	}
}

// buildHandlerAddr gives each handler an address of its own: after the return address of its call come those of its
// handlers.
func buildHandlerAddr(d *decoder, in *inst) {
	b, i := d.data.Handler()
	if !d.f.InLayout(b) || d.f.LastInst(b) == ir.NoInst {
		d.failf("names %v, which is not in the layout", b)
		return
	}
	call := d.f.LastInst(b)
	data := d.f.Data(call)
	if data.Op != op.TryCall && data.Op != op.TryCallIndirect {
		d.failf("names %v, which does not end in a try_call", b)
		return
	}
	handlers := d.f.ExTables[data.ExTable()].Handlers(nil)
	if i < 0 || i >= int64(len(handlers)) {
		d.failf("names handler %d of %v, which has %d", i, b, len(handlers))
		return
	}
	in.imm = d.fn.handlerAddr(call, int(i))
	d.address(in, func(_ *thread, in *inst) uint64 { return in.imm })
}

func buildPinned(d *decoder, in *inst) {
	if d.data.Op == op.SetPinnedReg {
		in.a = d.arg(0)
		in.exec = func(t *thread, r []uint64, in *inst, pc int) int {
			t.pinned = r[in.a]
			return pc + 1
		}
		return
	}
	d.address(in, func(t *thread, _ *inst) uint64 { return t.pinned })
}

// buildGlobal translates symbol_value and tls_value: it computes a global value.
func buildGlobal(d *decoder, in *inst) {
	eval := d.global(d.data.Global(), 0)
	if d.err != nil {
		return
	}
	in.d = d.result(0)
	bits := d.data.Type.Bits()
	if !d.data.Type.IsScalar() || bits > 64 {
		d.failf("computes a global value of type %v", d.data.Type)
		return
	}
	mask := u128.Mask(uint(bits)).Lo
	in.x = &extra{mem: memAccess{size: 8, trap: op.HeapOutOfBounds, noTrap: true}}
	in.exec = func(t *thread, r []uint64, in *inst, pc int) int {
		x, ok := eval(t, r)
		if !ok {
			return t.globalFault(in, pc, x)
		}
		r[in.d] = x & mask
		return pc + 1
	}
}

// globalFault ends the program when a global value loads from a bad address or names an unknown symbol.
func (t *thread) globalFault(in *inst, pc int, addr uint64) int {
	if addr == 0 {
		return t.unsupported(in, "address of a symbol that is not defined")
	}
	return t.badAccess(in, pc, addr)
}

// evalGlobal returns a global value; or false and the bad address, which is 0 for a symbol that is not defined.
type evalGlobal func(t *thread, r []uint64) (uint64, bool)

func (d *decoder) global(gv ir.GlobalValue, depth int) evalGlobal {
	if int(gv) >= len(d.f.GlobalValues) || depth > len(d.f.GlobalValues) {
		d.failf("names %v, which is not declared or depends on itself", gv)
		return nil
	}
	g := &d.f.GlobalValues[gv]
	switch g.Kind {
	case ir.GVVMContext:
		i := d.f.Sig.SpecialParam(ir.VMContext)
		if i < 0 {
			d.failf("needs a vmctx parameter")
			return nil
		}
		reg := d.reg(d.f.Params(d.f.Entry())[i])
		return func(_ *thread, r []uint64) (uint64, bool) { return r[reg], true }
	case ir.GVSymbol:
		return d.symbol(g)
	case ir.GVDynScaleTargetConst:
		return func(*thread, []uint64) (uint64, bool) { return 1, true }
	case ir.GVIAddImm, ir.GVLoad:
		base := d.global(g.Base, depth+1)
		offset := uint64(g.Offset)
		if g.Kind == ir.GVIAddImm {
			return func(t *thread, r []uint64) (uint64, bool) {
				x, ok := base(t, r)
				if ok {
					x += offset
				}
				return x, ok
			}
		}
		return d.loadGlobal(g, base)
	}
	d.failf("names %v, which is not declared", gv)
	return nil
}

func (d *decoder) loadGlobal(g *ir.GlobalValueData, base evalGlobal) evalGlobal {
	if !g.Type.IsScalar() || g.Type.Bits() > 64 {
		d.failf("loads a global value of type %v", g.Type)
		return nil
	}
	m := &memAccess{size: uint64(g.Type.Bytes()), shape: shapeOf(g.Type), big: d.big(g.Flags)}
	offset := uint64(g.Offset)
	return func(t *thread, r []uint64) (uint64, bool) {
		x, ok := base(t, r)
		if !ok {
			return x, false
		}
		b := t.mem.read(x+offset, m.size)
		if b == nil {
			return x + offset, false
		}
		return m.lane(b, 0).Lo, true
	}
}

// symbol is the address of a datum or of a function.
func (d *decoder) symbol(g *ir.GlobalValueData) evalGlobal {
	name := d.f.LinkageName(g.Name)
	addr, ok := d.m.opts.Symbols[name]
	if !ok {
		if addr, ok = d.m.FuncAddr(name); !ok {
			return func(*thread, []uint64) (uint64, bool) { return 0, false }
		}
	}
	addr += uint64(g.Offset)
	return func(*thread, []uint64) (uint64, bool) { return addr, true }
}
