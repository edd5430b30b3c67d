package interp

import (
	"fmt"

	"davit/ir"
	"davit/ir/op"
)

// decoder translates one function.
type decoder struct {
	m    *Module
	fn   *function
	f    *ir.Func
	inst ir.Inst // under way, with its data
	data *ir.InstData
	err  error

	costs []int32 // per block: number of instructions
}

// builder translates the instruction under way: it sets in.exec and the operands.
type builder func(d *decoder, in *inst)

// maxFrameWords bounds the register file of one function.
const maxFrameWords = 1 << 22

// prepare translates the function when it has not been yet.
func (fn *function) prepare() error {
	if !fn.prepared {
		fn.prepared = true
		fn.err = &Invalid{Place{fn.name, ir.NoInst}, "cannot be read"} // in case of a panic
		d := &decoder{m: fn.m, fn: fn, f: fn.ir, inst: ir.NoInst}
		d.function()
		fn.err = d.err
	}
	return fn.err
}

func (d *decoder) failf(format string, args ...any) {
	if d.err == nil {
		d.err = &Invalid{Place{d.fn.name, d.inst}, fmt.Sprintf(format, args...)}
	}
}

func (d *decoder) function() {
	fn, f := d.fn, d.f
	entry := f.Entry()
	if entry == ir.NoBlock {
		d.failf("has no blocks")
		return
	}
	d.layoutSlots()
	d.assignRegs()
	if d.err != nil {
		return
	}
	d.entry(entry)
	n := 0
	fn.pcs, d.costs = make([]int32, f.NumBlocks()), make([]int32, f.NumBlocks())
	for b := range f.Blocks() {
		fn.pcs[b] = int32(n)
		for range f.Insts(b) {
			n++
		}
		if d.costs[b] = int32(n) - fn.pcs[b]; d.costs[b] == 0 {
			d.failf("%v is empty", b)
			return
		}
	}
	fn.code = make([]inst, 0, n)
	for b := range f.Blocks() {
		for i := range f.Insts(b) {
			d.inst, d.data = i, f.Data(i)
			fn.code = append(fn.code, inst{ref: i})
			d.instruction(&fn.code[len(fn.code)-1])
			if d.err != nil {
				return
			}
			if last := i == f.LastInst(b); last != d.data.Op.Has(op.IsTerminator) {
				d.failf("%v has no terminator at its end, or one before", b)
				return
			}
		}
	}
	fn.entry.target = int(fn.pcs[entry])
	fn.entry.cost = int64(d.costs[entry])
}

// entry checks the parameters of the entry block and lists their words.
func (d *decoder) entry(b ir.Block) {
	params := d.f.Params(b)
	sig := d.f.Sig.Params
	if len(params) != len(sig) {
		d.failf("the entry block has %d parameters, expected %d", len(params), len(sig))
		return
	}
	for i, v := range params {
		if d.f.ValueType(v) != sig[i].Type {
			d.failf("parameter %d of the entry block has type %v, expected %v", i, d.f.ValueType(v), sig[i].Type)
			return
		}
		d.fn.params = d.appendWords(d.fn.params, v)
		d.fn.copies = d.fn.copies || sig[i].Purpose == ir.StructArgument
	}
}

// layoutSlots places the stack slots in the frame.
func (d *decoder) layoutSlots() {
	fn := d.fn
	fn.align = 16
	end := uint64(0)
	place := func(size, align uint64) {
		fn.align = max(fn.align, align)
		end = (end + align - 1) &^ (align - 1)
		fn.slots = append(fn.slots, end)
		end += size + 16*uint64(d.m.opts.Vary%4)
		if d.m.opts.Strict {
			end += 16
		}
	}
	for _, s := range d.f.StackSlots {
		if s.AlignLog2 > 20 {
			d.failf("a stack slot is aligned to 2^%d bytes, expected at most 2^20", s.AlignLog2)
			return
		}
		place(uint64(s.Size), max(16, uint64(1)<<s.AlignLog2))
	}
	for _, t := range d.f.DynSlots {
		size := 0
		if int(t) < len(d.f.DynTypes) {
			size = d.f.DynTypes[t].Base.Bytes()
		}
		place(uint64(size), 16)
	}
	fn.slotSize = (end + fn.align - 1) &^ (fn.align - 1)
}

// assignRegs gives each value its words.
func (d *decoder) assignRegs() {
	d.fn.reg = make([]uint32, d.f.NumValues())
	for i := range d.fn.reg {
		d.fn.reg[i] = noReg
	}
	assign := func(v ir.Value) {
		t := d.f.ValueType(v)
		if !t.IsValid() {
			d.failf("%v has no type", v)
			return
		}
		d.fn.reg[v] = d.newReg(t)
	}
	for b := range d.f.Blocks() {
		for _, v := range d.f.Params(b) {
			assign(v)
		}
		for i := range d.f.Insts(b) {
			for _, v := range d.f.Results(i) {
				assign(v)
			}
		}
	}
}

const noReg = ^uint32(0)

// newReg returns the first of new words for a value of type t.
func (d *decoder) newReg(t op.Type) uint32 {
	r := uint32(d.fn.nregs)
	if d.fn.nregs += words(t); d.fn.nregs > maxFrameWords {
		d.failf("has too many values")
		d.fn.nregs = 0
	}
	return r
}

// reg returns the first word of v.
func (d *decoder) reg(v ir.Value) uint32 {
	if int(v) < len(d.fn.reg) {
		if r := d.fn.reg[d.f.Resolve(v)]; r != noReg {
			return r
		}
	}
	d.failf("uses %v, which is not defined", v)
	return 0
}

// arg returns the first word of operand i.
func (d *decoder) arg(i int) uint32 { return d.reg(d.f.Args(d.inst)[i]) }

// argType returns the type of operand i.
func (d *decoder) argType(i int) op.Type { return d.f.ValueType(d.f.Args(d.inst)[i]) }

// result returns the first word of result i.
func (d *decoder) result(i int) uint32 { return d.reg(d.f.Results(d.inst)[i]) }

// resultType returns the type of result i.
func (d *decoder) resultType(i int) op.Type { return d.f.ValueType(d.f.Results(d.inst)[i]) }

// appendWords appends all words of v.
func (d *decoder) appendWords(ws []uint32, v ir.Value) []uint32 {
	r := d.reg(v)
	for i := range words(d.f.ValueType(v)) {
		ws = append(ws, r+uint32(i))
	}
	return ws
}

// instruction checks and translates one instruction.
func (d *decoder) instruction(in *inst) {
	if int(d.data.Op) >= op.NumOpcodes || d.m.table[d.data.Op] == nil {
		d.failf("is no instruction: opcode %d", d.data.Op)
		return
	}
	if d.checkTypes(); d.err != nil {
		return
	}
	d.m.table[d.data.Op](d, in)
	if d.err == nil && in.exec == nil {
		d.failf("%v.%v has no meaning", d.data.Op, d.data.Type)
	}
	if d.err == nil && (d.m.opts.CanonicalNaN || d.m.opts.Vary != 0) {
		d.canonicalize(in)
	}
	if d.err == nil && d.m.opts.Record {
		d.recording(in)
	}
}

// checkTypes checks the controlling type, and number and types of operands and results, against the opcode table.
func (d *decoder) checkTypes() {
	info, f := d.data.Op.Info(), d.f
	t := d.data.Type
	if info.From != op.NotPolymorphic && !info.Ctrl.Has(t) {
		d.failf("%s has the controlling type %v, expected %v", info.Name, t, info.Ctrl)
		return
	}
	args := f.Args(d.inst)
	if len(args) < len(info.Args) || len(args) > len(info.Args) && info.Flags&op.VariableArgs == 0 {
		d.failf("%s has %d operands, expected %d", info.Name, len(args), len(info.Args))
		return
	}
	for i, v := range args {
		d.reg(v)
		if i < len(info.Args) && !info.Args[i].Allows(t, f.ValueType(v)) {
			d.failf("operand %d of %s.%v has type %v", i, info.Name, t, f.ValueType(v))
		}
	}
	results := f.Results(d.inst)
	if info.Flags&op.VariableResults != 0 {
		d.checkCallResults(results)
		return
	}
	if len(results) != len(info.Results) {
		d.failf("%s has %d results, expected %d", info.Name, len(results), len(info.Results))
		return
	}
	for i, v := range results {
		if !info.Results[i].Allows(t, f.ValueType(v)) {
			d.failf("result %d of %s.%v has type %v", i, info.Name, t, f.ValueType(v))
		}
	}
}

func (d *decoder) checkCallResults(results []ir.Value) {
	ref := d.f.CallSig(d.inst)
	if ref == ir.NoSig {
		d.failf("calls with an undeclared signature")
		return
	}
	want := d.f.Sigs[ref].Returns
	if len(results) != len(want) {
		d.failf("defines %d results of a call, expected %d", len(results), len(want))
		return
	}
	for i, v := range results {
		if got := d.f.ValueType(v); got != want[i].Type {
			d.failf("result %d of a call has type %v, expected %v", i, got, want[i].Type)
		}
	}
}

// placeholders are the words that stand for retN and exnN in the block calls of a try_call. All exnN are i64.
type placeholders struct {
	rets, exns []uint32
	retTypes   []op.Type
}

// edge translates a block call.
func (d *decoder) edge(c ir.BlockCall, ph *placeholders) edge {
	b := d.f.CallBlock(c)
	if !d.f.InLayout(b) {
		d.failf("goes to %v, which is not in the layout", b)
		return edge{}
	}
	params := d.f.Params(b)
	if d.f.NumCallArgs(c) != len(params) {
		d.failf("passes %d arguments to %v, expected %d", d.f.NumCallArgs(c), b, len(params))
		return edge{}
	}
	var moves []move
	for i, p := range params {
		src, t := d.blockArg(d.f.CallArg(c, i), ph)
		want := d.f.ValueType(p)
		if d.err != nil {
			return edge{}
		}
		if t != want && !(t == op.I64 && want == op.I32 && ph != nil) {
			d.failf("passes argument %d of type %v to %v, expected %v", i, t, b, want)
			return edge{}
		}
		for w := range words(want) {
			moves = append(moves, move{d.reg(p) + uint32(w), src + uint32(w)})
		}
	}
	return edge{target: int(d.fn.pcs[b]), cost: int64(d.costs[b]), moves: d.sequence(moves)}
}

// blockArg returns where an argument of a block call lies, and its type.
func (d *decoder) blockArg(a ir.BlockArg, ph *placeholders) (uint32, op.Type) {
	if v, ok := a.Value(); ok {
		return d.reg(v), d.f.ValueType(v)
	}
	if ph != nil {
		if n, ok := a.Ret(); ok && n < len(ph.rets) {
			return ph.rets[n], ph.retTypes[n]
		}
		if n, ok := a.Exn(); ok && n < len(ph.exns) {
			return ph.exns[n], op.I64
		}
	}
	d.failf("passes %v where there is none", a)
	return 0, op.Invalid
}

// sequence orders parallel moves so that doing one after the other has the same effect. What remains when no
// destination is free of readers are cycles; each is opened by saving one word.
func (d *decoder) sequence(parallel []move) []move {
	readers := make(map[uint32]int, len(parallel)) // moves to be done that read a word
	byDst := make(map[uint32]move, len(parallel))
	for _, m := range parallel {
		if m.dst != m.src {
			readers[m.src]++
			byDst[m.dst] = m
		}
	}
	out := make([]move, 0, len(byDst))
	var free []uint32 // destinations nobody reads
	for _, m := range parallel {
		if m.dst != m.src && readers[m.dst] == 0 {
			free = append(free, m.dst)
		}
	}
	drain := func() {
		for len(free) > 0 {
			m := byDst[free[len(free)-1]]
			free = free[:len(free)-1]
			delete(byDst, m.dst)
			out = append(out, m)
			if readers[m.src]--; readers[m.src] == 0 {
				if _, ok := byDst[m.src]; ok {
					free = append(free, m.src)
				}
			}
		}
	}
	drain()
	for _, m := range parallel {
		if _, ok := byDst[m.dst]; !ok {
			continue
		}
		tmp := d.newReg(op.I64)
		out = append(out, move{tmp, m.dst})
		// The one reader of m.dst reads the copy instead.
		for _, o := range parallel {
			if c, ok := byDst[o.dst]; ok && c.src == m.dst {
				byDst[o.dst] = move{o.dst, tmp}
				readers[tmp]++
			}
		}
		readers[m.dst] = 0
		free = append(free, m.dst)
		drain()
	}
	return out
}
