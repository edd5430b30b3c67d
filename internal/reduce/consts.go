package reduce

import (
	"math/bits"
	"slices"

	"davit/ir"
	"davit/ir/data"
	"davit/ir/op"
)

// number is a number in an instruction: an immediate, an offset or the bytes of a constant.
type number struct {
	get func(f *ir.Func, d *ir.InstData) []byte // little-endian; nil: the instruction has none
	set func(f *ir.Func, d *ir.InstData, b []byte)
}

// numbers are the kinds of numbers, each of which an instruction may have.
var numbers = []number{
	{ // of iconst and the float constants
		func(_ *ir.Func, d *ir.InstData) []byte {
			switch d.Op {
			case op.Iconst, op.F16const, op.F32const, op.F64const:
				return le(d.Imm())
			}
			return nil
		},
		func(_ *ir.Func, d *ir.InstData, b []byte) { d.SetImm(from(b)) },
	},
	{ // in the pool
		func(f *ir.Func, d *ir.InstData) []byte {
			if d.Op.Format() == op.FmtUnaryConst && int(d.Constant()) < len(f.Constants) {
				return f.Constants[d.Constant()]
			}
			return nil
		},
		func(f *ir.Func, d *ir.InstData, b []byte) { d.X[0] = ir.Value(f.InternConstant(b)) },
	},
	{ // offset
		func(_ *ir.Func, d *ir.InstData) []byte {
			if k := offsetField(d.Op.Format()); k > 0 {
				return le(uint64(d.X[k]))[:4]
			}
			return nil
		},
		func(_ *ir.Func, d *ir.InstData, b []byte) { d.X[offsetField(d.Op.Format())] = ir.Value(from(b)) },
	},
	{ // mask of a shuffle
		func(f *ir.Func, d *ir.InstData) []byte {
			if d.Op.Format() == op.FmtShuffle && int(d.Mask()) < len(f.Immediates) {
				return f.Immediates[d.Mask()][:]
			}
			return nil
		},
		func(f *ir.Func, d *ir.InstData, b []byte) { d.X[2] = ir.Value(f.InternMask([16]byte(b))) },
	},
	{ // number of a lane, condition, operation
		func(_ *ir.Func, d *ir.InstData) []byte {
			switch d.Op.Format() {
			case op.FmtBinaryImm8, op.FmtTernaryImm8, op.FmtIntCompare, op.FmtFloatCompare, op.FmtAtomicRmw:
				return []byte{d.Aux}
			}
			return nil
		},
		func(_ *ir.Func, d *ir.InstData, b []byte) { d.Aux = b[0] },
	},
}

func le(x uint64) []byte {
	b := make([]byte, 8)
	for i := range b {
		b[i] = byte(x >> (8 * i))
	}
	return b
}

func from(b []byte) (x uint64) {
	for i := range b {
		x |= uint64(b[i]) << (8 * i)
	}
	return x
}

func offsetField(f op.Format) int {
	for _, o := range ir.Operands(f) {
		if o.Kind == ir.OpdOffset {
			return int(o.Field)
		}
	}
	return 0
}

// eachNumber visits the numbers in a function that are not zero.
func eachNumber(f *ir.Func, visit func(i ir.Inst, n *number, b []byte)) {
	for blk := range f.Blocks() {
		for i := range f.Insts(blk) {
			d := *f.Data(i)
			for k := range numbers {
				if b := numbers[k].get(f, &d); setBits(b) > 0 {
					visit(i, &numbers[k], b)
				}
			}
		}
	}
}

func setBits(b []byte) int {
	n := 0
	for _, x := range b {
		n += bits.OnesCount8(x)
	}
	return n
}

// zeroConstants makes numbers zero.
func zeroConstants(e *edit, f0 *ir.Func, fn int) {
	eachNumber(f0, func(i ir.Inst, n *number, b []byte) {
		if e.here() {
			f := e.fn(fn)
			n.set(f, f.Data(i), make([]byte, len(b)))
		}
	})
}

// clearBits clears bits of numbers.
func clearBits(e *edit, f0 *ir.Func, fn int) {
	eachNumber(f0, func(i ir.Inst, n *number, b []byte) {
		if c, changed := fewerBits(e, b); changed {
			f := e.fn(fn)
			n.set(f, f.Data(i), c)
		}
	})
}

// fewerBits clears bits, the highest first.
func fewerBits(e *edit, b []byte) (c []byte, changed bool) {
	c = slices.Clone(b)
	for i := len(b) - 1; i >= 0; i-- {
		for k := 7; k >= 0; k-- {
			if b[i]&(1<<k) != 0 && e.here() {
				c[i] &^= 1 << k
				changed = true
			}
		}
	}
	return c, changed
}

// eachArg visits the arguments of the calls that are to be made, apart from zeros.
func eachArg(e *edit, visit func(v *data.Value)) {
	for i := range e.base.Funcs {
		for k := range e.base.Funcs[i].Calls {
			args := e.p.Funcs[i].Calls[k].Args
			for n := range args {
				if !args[n].IsZero() {
					visit(&args[n])
				}
			}
		}
	}
}

func zeroArgs(e *edit) {
	eachArg(e, func(v *data.Value) {
		if e.here() {
			*v = data.Zero(v.Type())
		}
	})
}

func clearArgBits(e *edit) {
	eachArg(e, func(v *data.Value) {
		if b, changed := fewerBits(e, v.Bytes()); changed {
			*v = data.FromBytes(v.Type(), b)
		}
	})
}

// plainMemory takes flags from memory accesses: all at once, and one by one.
func plainMemory(e *edit, f0 *ir.Func, fn int) {
	change := func(i ir.Inst, to func(m ir.MemFlags) ir.MemFlags) {
		m := f0.Mem(i)
		if to(m) != m && e.here() {
			f := e.fn(fn)
			f.SetMem(i, to(f.Mem(i)))
		}
	}
	plain := ir.DefaultMem
	eachInst(f0, func(i ir.Inst) {
		change(i, func(ir.MemFlags) ir.MemFlags { return plain })
	})
	eachInst(f0, func(i ir.Inst) {
		for bit := ir.Aligned; bit <= ir.BigEnd; bit <<= 1 {
			change(i, func(m ir.MemFlags) ir.MemFlags { m.Bits &^= bit; return m })
		}
		change(i, func(m ir.MemFlags) ir.MemFlags { m.Region = plain.Region; return m })
		change(i, func(m ir.MemFlags) ir.MemFlags { m.Trap = plain.Trap; return m })
	})
}

// dropTags removes entries of stack maps, debug tags, source locations, declarations of references and marks of cold
// blocks.
func dropTags(e *edit, f0 *ir.Func, fn int) {
	for b := range f0.Blocks() {
		if f0.IsCold(b) && e.here() {
			e.fn(fn).SetCold(b, false)
		}
		for i := range f0.Insts(b) {
			var entries []ir.StackMapEntry
			for _, en := range f0.StackMap(i) {
				if !e.here() {
					entries = append(entries, en)
				}
			}
			if len(entries) < len(f0.StackMap(i)) {
				e.fn(fn).SetStackMap(i, entries)
			}
			if len(f0.DebugTags(i)) > 0 && e.here() {
				e.fn(fn).SetDebugTags(i, nil)
			}
			if _, ok := f0.SrcLoc(i); ok && e.here() {
				e.fn(fn).SetSrcLoc(i, ^uint32(0))
			}
		}
	}
	var list []ir.Value
	for _, v := range f0.NeedsStackMap {
		if !e.here() {
			list = append(list, v)
		}
	}
	if len(list) < len(f0.NeedsStackMap) {
		e.fn(fn).NeedsStackMap = list
	}
	if f0.StackLimit != ir.NoGlobalValue && e.here() {
		e.fn(fn).StackLimit = ir.NoGlobalValue
	}
}

// shrinkSlots makes stack slots smaller and less aligned.
func shrinkSlots(e *edit, f0 *ir.Func, fn int) {
	for i, s := range f0.StackSlots {
		b, changed := fewerBits(e, le(uint64(s.Size)))
		if changed {
			e.fn(fn).StackSlots[i].Size = uint32(from(b))
		}
		if s.AlignLog2 > 0 && e.here() {
			e.fn(fn).StackSlots[i].AlignLog2 = 0
		}
		if s.HasKey && e.here() {
			e.fn(fn).StackSlots[i].HasKey = false
		}
	}
}
