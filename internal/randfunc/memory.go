package randfunc

import (
	"davit/ir"
	"davit/ir/op"
)

// area is a piece of memory that the function may use: a stack slot, the shared data, or what a parameter points to.
type area struct {
	base     func() address // makes the address where it is needed
	region   ir.Region      // of all accesses, or NoRegion
	readOnly bool
	trusted  bool // accesses may be said not to trap
}

// address is an address in an area, with the bytes around it that belong to the area.
type address struct {
	v      ir.Value
	area   *area
	lo, hi int32 // accesses from v+lo on, up to v+hi
	align  int32 // of v
}

// slot is a stack slot whose bytes are written before anything else happens.
type slot struct {
	s    ir.StackSlot
	size int32
}

// makeAreas declares the memory that the function uses.
func (x *fn) makeAreas() {
	x.dataArea(MemorySymbol, FuelBytes, MemoryBytes, false)
	if x.src.N(2) == 0 {
		x.dataArea(ConstantSymbol, 0, ConstantBytes, true)
	}
	for range x.src.N(4) {
		x.slotArea()
	}
}

func (x *fn) newRegion() ir.Region {
	if x.src.N(3) > 0 {
		return ir.NoRegion
	}
	return x.f.AddRegion(uint32(len(x.f.Regions)), "")
}

// dataArea is data by its symbol: the address is computed where it is used or kept.
func (x *fn) dataArea(symbol string, lo, hi int32, readOnly bool) {
	gv := x.f.AddGlobalValue(ir.GlobalValueData{Kind: ir.GVSymbol, Colocated: x.src.N(2) == 0, Name: ir.ParseExtName(symbol)})
	at := int32(0)
	if x.src.N(2) == 0 {
		at = (lo + (hi-lo)/2) &^ 15
	}
	x.f.GlobalValues[gv].Offset = int64(at)
	a := &area{readOnly: readOnly, trusted: true, region: ir.NoRegion}
	a.base = func() address { return address{x.b.SymbolValue(op.I64, gv), a, lo - at, hi - at, 16} }
	x.areas = append(x.areas, a)
}

// slotArea is a stack slot.
func (x *fn) slotArea() {
	size := int32(1 + x.src.N(64))
	if x.src.Chance(5) {
		size = 4000 + int32(x.src.N(9000))
	}
	log := uint8(x.src.N(5))
	s := x.f.AddStackSlot(uint32(size), log)
	x.slots = append(x.slots, slot{s, size})
	a := &area{trusted: true, region: x.newRegion()}
	a.base = func() address {
		at := int32(0)
		if x.src.N(3) == 0 {
			at = int32(x.src.N(int(size)))
		}
		align := min(int32(1)<<log, at&-at)
		if at == 0 {
			align = 1 << log
		}
		return address{x.b.StackAddr(op.I64, s, at), a, -at, size - at, align}
	}
	x.areas = append(x.areas, a)
}

// entry makes what the rest relies on: slots that hold something, and areas behind parameters.
func (x *fn) entry() {
	for _, s := range x.slots {
		x.clearSlot(s)
	}
	params := x.f.Params(x.blocks[0])
	kept := x.values[0][:0]
	for i, p := range x.f.Sig.Params {
		size := int32(p.Size)
		switch p.Purpose {
		case ir.VMContext:
			size = ContextBytes
			x.limit()
		case ir.StructReturn:
			size = ReturnBytes
		case ir.Normal:
			kept = append(kept, x.values[0][i])
			continue
		}
		a := &area{trusted: true, region: ir.NoRegion}
		at := address{params[i], a, 0, size, 8}
		a.base = func() address { return at }
		x.areas = append(x.areas, a)
	}
	// Addresses are no values: nothing may depend on where memory is.
	x.values[0] = append(kept, x.values[0][len(params):]...)
	if x.PinnedReg {
		x.b.SetPinnedReg(x.value(op.I64))
	}
}

// limit declares a stack limit: it is read from the memory, where it is zero.
func (x *fn) limit() {
	if x.src.N(2) == 0 {
		return
	}
	gv := x.f.AddGlobalValue(ir.GlobalValueData{Kind: ir.GVVMContext})
	off := int64(-8)
	if x.src.N(2) == 0 {
		gv = x.f.AddGlobalValue(ir.GlobalValueData{Kind: ir.GVIAddImm, Type: op.I64, Base: gv, Offset: 24})
		off -= 24
	}
	x.f.StackLimit = x.f.AddGlobalValue(ir.GlobalValueData{Kind: ir.GVLoad, Type: op.I64, Base: gv, Offset: off, Flags: ir.TrustedMem})
}

// clearSlot writes all bytes of a slot.
func (x *fn) clearSlot(s slot) {
	v := x.constant(op.I64) // no load, which might be from the slot
	p := x.b.StackAddr(op.I64, s.s, 0)
	if s.size > 256 {
		x.clearLarge(s, p, v)
		return
	}
	at := int32(0)
	for ; at+8 <= s.size; at += 8 {
		x.b.Store(x.flags(1, true), v, p, at)
		v = x.b.Iadd(v, p0(x, at))
	}
	for ; at < s.size; at++ {
		x.b.Istore8(x.flags(1, true), v, p, at)
	}
}

func p0(x *fn, at int32) ir.Value { return x.iconst(op.I64, int64(at)*0x101) }

// clearLarge writes 64 bytes of a large slot at both ends and leaves only those in use.
func (x *fn) clearLarge(s slot, p, v ir.Value) {
	for at := int32(0); at < 32; at += 8 {
		x.b.Store(x.flags(1, true), v, p, at)
		x.b.Store(x.flags(1, true), v, p, s.size-32+at)
	}
	a := x.areas[x.slotIndex(s)]
	a.base = func() address {
		if x.src.N(2) == 0 {
			return address{x.b.StackAddr(op.I64, s.s, 0), a, 0, 32, 1}
		}
		return address{x.b.StackAddr(op.I64, s.s, s.size-32), a, 0, 32, 1}
	}
}

// slotIndex returns the index of a slot's area: those of the slots are the last before those of parameters.
func (x *fn) slotIndex(s slot) int {
	for i := range x.slots {
		if x.slots[i] == s {
			return len(x.areas) - len(x.slots) + i
		}
	}
	return 0
}

// flags returns flags for an access that is aligned to so many bytes at least and may or may not trap.
func (x *fn) flags(align int32, trusted bool) ir.MemFlags {
	m := ir.DefaultMem
	switch {
	case trusted && x.src.N(2) == 0:
		m.Trap = op.NoTrap
	case x.src.N(3) == 0:
		m.Trap = x.trapCode()
	}
	if x.src.N(3) == 0 {
		m.Bits |= ir.LittleEnd
	}
	return m
}

// place returns an address and offset for an access of size bytes, aligned as demanded, and flags for it.
func (x *fn) place(size, align int32, write bool) (address, int32, ir.MemFlags) {
	a := x.pickAddress(func(a *address) bool {
		lo := (a.lo + align - 1) &^ (align - 1)
		return a.align >= align && a.hi-lo >= size && !(write && a.area.readOnly)
	})
	span := (a.hi - size - (a.lo+align-1)&^(align-1)) / align
	off := (a.lo+align-1)&^(align-1) + align*int32(x.src.N(int(span)+1))
	m := x.flags(a.align, a.area.trusted)
	m.Region = a.area.region
	if a.align >= size && off&(size-1) == 0 && x.src.N(2) == 0 {
		m.Bits |= ir.Aligned
	}
	if a.area.readOnly && x.src.N(2) == 0 {
		m.Bits |= ir.ReadOnly
		if x.src.N(2) == 0 {
			m.Bits |= ir.CanMove
		}
	}
	return a, off, m
}

// pickAddress returns a visible address for which ok holds, or a new one. The shared data fits everything.
func (x *fn) pickAddress(ok func(a *address) bool) address {
	if x.src.N(5) > 0 {
		x.near = x.near[:0]
		doms := x.g.doms[x.cur]
		for n := range x.addrs {
			for i := range x.addrs[n] {
				if a := &x.addrs[n][i]; doms>>n&1 != 0 && ok(a) {
					x.near = append(x.near, a)
				}
			}
		}
		if len(x.near) > 0 {
			return *Pick(x.src, x.near)
		}
	}
	a := Pick(x.src, x.areas).base()
	if !ok(&a) {
		a = x.areas[0].base()
	}
	x.addrs[x.cur] = append(x.addrs[x.cur], a)
	return a
}

// derive computes an address from another, in a shape that machines have address modes for.
func (x *fn) derive() {
	a := x.pickAddress(func(a *address) bool { return a.hi-a.lo >= 8 })
	room := a.hi - a.lo
	if x.src.N(3) == 0 {
		k := a.lo + int32(x.src.N(int(room)))
		a.v = x.b.Iadd(a.v, x.iconst(op.I64, int64(k)))
		a.lo, a.hi = a.lo-k, a.hi-k
		a.align = min(a.align, max(k&-k, 1))
		if k == 0 {
			a.align = 1
		}
		x.addrs[x.cur] = append(x.addrs[x.cur], a)
		return
	}
	shift := int32(x.src.N(4))
	mask := int32(1)
	for mask*2+1 <= (room-1)>>shift && x.src.N(4) > 0 {
		mask = mask*2 + 1
	}
	if mask<<shift >= room {
		return
	}
	i := x.index(mask)
	if shift > 0 {
		i = x.scaled(i, shift)
	}
	if x.src.N(2) == 0 {
		a.v = x.b.Iadd(a.v, i)
	} else {
		a.v = x.b.Iadd(i, a.v)
	}
	a.hi -= mask << shift
	a.align = min(a.align, 1<<shift)
	x.addrs[x.cur] = append(x.addrs[x.cur], a)
}

// index returns a number from 0 to mask.
func (x *fn) index(mask int32) ir.Value {
	t := []op.Type{op.I64, op.I32, op.I16, op.I8}[x.src.N(4)]
	if t == op.I8 {
		mask &= 0x7f
	}
	i := x.b.Band(x.value(t), x.iconst(t, int64(mask)))
	if t == op.I64 {
		return i
	}
	if x.src.N(2) == 0 {
		return x.b.Sextend(op.I64, i)
	}
	return x.b.Uextend(op.I64, i)
}

func (x *fn) scaled(i ir.Value, shift int32) ir.Value {
	switch x.src.N(3) {
	case 0:
		return x.b.Imul(i, x.iconst(op.I64, 1<<shift))
	case 1:
		return x.b.Ishl(i, x.iconst(op.I8, int64(shift)))
	}
	return x.b.Ishl(i, x.iconst(op.I64, int64(shift)))
}

// loads and stores are the opcodes of these formats, from the table.
var loads, stores = byFormat(op.FmtLoad), byFormat(op.FmtStore)

func byFormat(f op.Format) (list []op.Opcode) {
	for o := op.None + 1; int(o) < op.NumOpcodes; o++ {
		if o.Format() == f {
			list = append(list, o)
		}
	}
	return list
}

// accessBytes is the size of the memory that an access of the narrowing and widening kinds touches; 0: that of the type.
var accessBytes = map[op.Opcode]int32{
	op.Uload8: 1, op.Sload8: 1, op.Istore8: 1, op.Uload16: 2, op.Sload16: 2, op.Istore16: 2, op.Uload32: 4, op.Sload32: 4,
	op.Istore32: 4, op.Uload8x8: 8, op.Sload8x8: 8, op.Uload16x4: 8, op.Sload16x4: 8, op.Uload32x2: 8, op.Sload32x2: 8,
}

// load appends a load of any kind.
func (x *fn) load() {
	for range tries {
		o := op.Load
		if x.src.N(2) == 0 {
			o = Pick(x.src, loads)
		}
		t := x.typeIn(func(t op.Type) bool {
			return o.Info().Ctrl.Has(t) && (o.Info().Ctrl != op.SetAddr || t == op.I64 || o.Info().From == op.FromSuffix)
		})
		if !x.supports(o, t, op.I64) {
			continue
		}
		size := accessBytes[o]
		if size == 0 {
			size = int32(t.Bytes())
		}
		a, off, m := x.place(size, 1, false)
		x.defineLoad(x.memInst(ir.InstData{Op: o, Type: t, X: [4]ir.Value{a.v, x.f.MemHandle(m), ir.Value(uint32(off))}}, o, t))
		return
	}
}

func (x *fn) defineLoad(inst ir.Inst) {
	for _, r := range x.f.Results(inst) {
		x.define(x.cur, r, x.f.ValueType(r), false)
	}
}

// memInst appends an instruction that accesses memory.
func (x *fn) memInst(d ir.InstData, o op.Opcode, ctrl op.Type) ir.Inst {
	inst := x.f.NewInst(d)
	x.f.AppendInst(inst, x.b.Block())
	for _, r := range o.Info().Results {
		x.f.AppendResults(inst, r.Resolve(ctrl))
	}
	return inst
}

// store appends a store of any kind.
func (x *fn) store() {
	for range tries {
		o := op.Store
		if x.src.N(3) == 0 {
			o = Pick(x.src, stores)
		}
		t := x.typeIn(func(t op.Type) bool { return o.Info().Ctrl.Has(t) })
		if !x.supports(o, t, t, op.I64) {
			continue
		}
		v := x.value(t)
		size := accessBytes[o]
		if size == 0 {
			size = int32(t.Bytes())
		}
		a, off, m := x.place(size, 1, true)
		x.memInst(ir.InstData{Op: o, Type: t, X: [4]ir.Value{v, a.v, x.f.MemHandle(m), ir.Value(uint32(off))}}, o, t)
		return
	}
}

// atomic appends an atomic instruction. Those of 16 bytes demand aligned addresses on most machines.
func (x *fn) atomic() {
	o := []op.Opcode{op.AtomicRmw, op.AtomicCas, op.AtomicLoad, op.AtomicStore}[x.src.N(4)]
	t := x.typeIn(func(t op.Type) bool { return o.Info().Ctrl.Has(t) })
	args, ok := x.argTypes(o, t)
	if !ok {
		return
	}
	for i := range args {
		if o.Info().Args[i].Kind == op.InSet {
			args[i] = op.I64
		}
	}
	if !x.supports(o, t, args...) {
		return
	}
	v, w := x.value(t), x.value(t)
	align := int32(1)
	if t == op.I128 {
		align = 16
	}
	a, off, m := x.place(int32(t.Bytes()), align, true)
	if off != 0 {
		a.v = x.b.Iadd(a.v, x.iconst(op.I64, int64(off)))
	}
	h := x.f.MemHandle(m)
	d := ir.InstData{Op: o, Type: t}
	switch o {
	case op.AtomicRmw:
		d.X, d.Aux = [4]ir.Value{a.v, v, h}, uint8(x.src.N(op.NumAtomicOps))
	case op.AtomicCas:
		d.X = [4]ir.Value{a.v, v, w, h}
	case op.AtomicLoad:
		d.X = [4]ir.Value{a.v, h}
	case op.AtomicStore:
		d.X = [4]ir.Value{v, a.v, h}
	}
	x.defineLoad(x.memInst(d, o, t))
}

// wildAccess appends an access to an address in the first page, which traps, where control seldom comes.
func (x *fn) wildAccess() {
	zero := x.iconst(op.I64, int64(x.src.N(4096-16)))
	rare := x.rare()
	good := x.areas[0].base()
	p := x.b.Select(rare, zero, good.v)
	m := x.flags(1, false)
	off := int32(x.src.N(8))
	t := x.someType()
	if x.src.N(2) == 0 {
		if x.supports(op.Store, t, t, op.I64) && good.hi >= 24 {
			x.b.Store(m, x.value(t), p, max(off, good.lo))
		}
		return
	}
	if x.supports(op.Load, t, op.I64) && good.hi >= 24 {
		x.define(x.cur, x.b.Load(t, m, p, max(off, good.lo)), t, false)
	}
}

// rare returns a condition that seldom holds.
func (x *fn) rare() ir.Value {
	t := []op.Type{op.I64, op.I32, op.I16}[x.src.N(3)]
	return x.b.Icmp(op.Eq, x.value(t), x.constant(t))
}
