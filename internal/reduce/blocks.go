package reduce

import (
	"davit/ir"
	"davit/ir/op"
)

// rank orders terminators from those that are as plain as can be.
func rank(o op.Opcode) int {
	switch o {
	case op.Trap:
		return 0
	case op.Return:
		return 1
	case op.Jump:
		return 2
	case op.ReturnCall, op.ReturnCallIndirect:
		return 3
	case op.Brif:
		return 4
	}
	return 5
}

// replaceTerminator puts an instruction in the place of the terminator of b, in front of which make may add others.
func replaceTerminator(f *ir.Func, b ir.Block, make func(b *ir.Builder)) {
	if last := f.LastInst(b); last != ir.NoInst && f.Data(last).Op.Has(op.IsTerminator) {
		f.RemoveInst(last)
	}
	bl := ir.NewBuilder(f)
	bl.SetBlock(b)
	make(bl)
}

// plainTrap is the code of traps that the passes make.
const plainTrap = op.TrapCode(1)

// cutToTrap makes blocks end in a trap.
func cutToTrap(e *edit, f0 *ir.Func, fn int) {
	for b := range f0.Blocks() {
		if last := f0.LastInst(b); last == ir.NoInst || rank(f0.Data(last).Op) == 0 {
			continue
		}
		if e.here() {
			replaceTerminator(e.fn(fn), b, func(bl *ir.Builder) { bl.Trap(plainTrap) })
		}
	}
}

// cutToReturn makes blocks return constants.
func cutToReturn(e *edit, f0 *ir.Func, fn int) {
	for _, r := range f0.Sig.Returns {
		if !hasConstants(r.Type) {
			return
		}
	}
	for b := range f0.Blocks() {
		if last := f0.LastInst(b); last == ir.NoInst || rank(f0.Data(last).Op) < 2 {
			continue
		}
		if e.here() {
			replaceTerminator(e.fn(fn), b, func(bl *ir.Builder) {
				var vs []ir.Value
				for _, r := range f0.Sig.Returns {
					vs = append(vs, zero(bl, r.Type))
				}
				bl.Return(vs...)
			})
		}
	}
}

// oneTarget makes branches jumps to one of their targets. For each branch, the targets are tried one after the other.
func oneTarget(e *edit, f0 *ir.Func, fn int) {
	for _, which := range []int{0, 1} {
		for b := range f0.Blocks() {
			last := f0.LastInst(b)
			if last == ir.NoInst {
				continue
			}
			if o := f0.Data(last).Op; o != op.Brif && o != op.BrTable {
				continue
			}
			if calls := f0.Branches(last, nil); which < len(calls) && e.here() {
				jumpTo(e.fn(fn), b, calls[which])
			}
		}
	}
}

// jumpTo makes b end in a jump with a block call that it has already.
func jumpTo(f *ir.Func, b ir.Block, c ir.BlockCall) {
	replaceTerminator(f, b, func(*ir.Builder) {
		f.AppendInst(f.NewInst(ir.InstData{Op: op.Jump, X: [4]ir.Value{ir.Value(c)}}), b)
	})
}

// dropTargets removes entries of jump tables and of exception tables.
func dropTargets(e *edit, f0 *ir.Func, fn int) {
	for b := range f0.Blocks() {
		last := f0.LastInst(b)
		if last == ir.NoInst {
			continue
		}
		switch d := f0.Data(last); d.Op.Format() {
		case op.FmtBranchTable:
			var kept []ir.BlockCall
			n := f0.NumTableTargets(d.Table())
			for i := 1; i < n; i++ {
				if !e.here() {
					kept = append(kept, f0.TableTarget(d.Table(), i))
				}
			}
			if len(kept) < n-1 {
				f := e.fn(fn)
				f.Data(last).X[1] = ir.Value(f.NewJumpTable(f0.TableTarget(d.Table(), 0), kept))
			}
		case op.FmtTryCall, op.FmtTryCallIndirect:
			t := f0.ExTables[d.ExTable()]
			var kept []ir.ExItem
			for _, it := range t.Items {
				if !e.here() {
					kept = append(kept, it)
				}
			}
			if len(kept) < len(t.Items) {
				e.fn(fn).ExTables[d.ExTable()].Items = kept
			}
		}
	}
}

// plainCall makes calls with handlers, and tail calls, plain ones.
func plainCall(e *edit, f0 *ir.Func, fn int) {
	for b := range f0.Blocks() {
		last := f0.LastInst(b)
		if last == ir.NoInst {
			continue
		}
		switch o := f0.Data(last).Op; {
		case o.Format() == op.FmtTryCall, o.Format() == op.FmtTryCallIndirect:
			if e.here() {
				tryToCall(e.fn(fn), b, last)
			}
		case o == op.ReturnCall, o == op.ReturnCallIndirect:
			if e.here() {
				tailToCall(e.fn(fn), b, last)
			}
		}
	}
}

// tryToCall replaces a try_call by a call and a jump to where the callee returns to.
func tryToCall(f *ir.Func, b ir.Block, last ir.Inst) {
	d := *f.Data(last)
	table := f.ExTables[d.ExTable()]
	maps := f.StackMap(last)
	replaceTerminator(f, b, func(bl *ir.Builder) {
		var call ir.Inst
		if d.Op == op.TryCall {
			call = appendCall(f, bl, op.Call, ir.InstData{X: [4]ir.Value{d.X[0], d.X[1], d.X[2]}}, table.Sig)
		} else {
			call = appendCall(f, bl, op.CallIndirect, ir.InstData{Type: d.Type, X: [4]ir.Value{d.X[0], d.X[1], ir.Value(table.Sig)}}, table.Sig)
		}
		f.SetStackMap(call, maps)
		var args []ir.Value
		for i := range f.NumCallArgs(table.Normal) {
			a := f.CallArg(table.Normal, i)
			if v, ok := a.Value(); ok {
				args = append(args, v)
			} else if n, ok := a.Ret(); ok {
				args = append(args, f.Results(call)[n])
			}
		}
		bl.Jump(f.CallBlock(table.Normal), args...)
	})
}

func tailToCall(f *ir.Func, b ir.Block, last ir.Inst) {
	d := *f.Data(last)
	sig := f.CallSig(last)
	replaceTerminator(f, b, func(bl *ir.Builder) {
		to := op.Call
		if d.Op == op.ReturnCallIndirect {
			to = op.CallIndirect
		}
		call := appendCall(f, bl, to, ir.InstData{Type: d.Type, X: d.X}, sig)
		bl.Return(f.Results(call)...)
	})
}

// appendCall appends a call with the results of a signature.
func appendCall(f *ir.Func, bl *ir.Builder, o op.Opcode, d ir.InstData, sig ir.SigRef) ir.Inst {
	d.Op = o
	call := f.NewInst(d)
	f.AppendInst(call, bl.Block())
	var types []op.Type
	for _, r := range f.Sigs[sig].Returns {
		types = append(types, r.Type)
	}
	if len(types) > 0 {
		f.AppendResults(call, types...)
	}
	return call
}

// predecessors counts the edges to each block.
func predecessors(f *ir.Func) []int {
	n := make([]int, f.NumBlocks())
	var calls []ir.BlockCall
	for b := range f.Blocks() {
		if last := f.LastInst(b); last != ir.NoInst {
			calls = f.Branches(last, calls[:0])
			for _, c := range calls {
				if to := f.CallBlock(c); f.InLayout(to) {
					n[to]++
				}
			}
		}
	}
	return n
}

// mergeBlocks puts a block behind the only jump to it.
func mergeBlocks(e *edit, f0 *ir.Func, fn int) {
	preds := predecessors(f0)
	for b := range f0.Blocks() {
		jump := f0.LastInst(b)
		if jump == ir.NoInst || f0.Data(jump).Op != op.Jump {
			continue
		}
		c := ir.BlockCall(f0.Data(jump).X[0])
		to := f0.CallBlock(c)
		if !f0.InLayout(to) || preds[to] != 1 || to == f0.Entry() || to == b || f0.NumCallArgs(c) != len(f0.Params(to)) {
			continue
		}
		if e.here() {
			merge(e.fn(fn), jump)
		}
	}
}

func merge(f *ir.Func, jump ir.Inst) {
	b := f.InstBlock(jump)
	c := ir.BlockCall(f.Data(jump).X[0])
	to := f.CallBlock(c)
	if b == to {
		return // a ring of jumps
	}
	f.RemoveInst(jump)
	params := append([]ir.Value{}, f.Params(to)...)
	f.KeepParams(to, func(int, ir.Value) bool { return false })
	for i, p := range params {
		v, _ := f.CallArg(c, i).Value()
		if f.ValueExists(v) && f.Resolve(v) != p {
			f.MakeAlias(p, v)
		}
	}
	for i := range f.Insts(to) {
		maps, tags := f.StackMap(i), f.DebugTags(i)
		f.RemoveInst(i)
		f.AppendInst(i, b)
		f.SetStackMap(i, maps)
		f.SetDebugTags(i, tags)
	}
	f.RemoveBlock(to)
}

// threadJumps sends the edges to a block that only jumps to where it jumps to.
func threadJumps(e *edit, f0 *ir.Func, fn int) {
	preds := predecessors(f0)
	for b := range f0.Blocks() {
		jump := f0.FirstInst(b)
		if b == f0.Entry() || jump == ir.NoInst || f0.Data(jump).Op != op.Jump || len(f0.Params(b)) > 0 {
			continue
		}
		c := ir.BlockCall(f0.Data(jump).X[0])
		if f0.CallBlock(c) != b && preds[b] > 0 && e.here() {
			redirect(e.fn(fn), b, c)
		}
	}
}

func redirect(f *ir.Func, b ir.Block, c ir.BlockCall) {
	to := f.CallBlock(c)
	var args []ir.BlockArg
	for i := range f.NumCallArgs(c) {
		args = append(args, f.CallArg(c, i))
	}
	for p := range f.Blocks() {
		last := f.LastInst(p)
		if last == ir.NoInst {
			continue
		}
		for i, pc := range f.Branches(last, nil) {
			if f.CallBlock(pc) == b {
				f.SetBranch(last, i, f.NewBlockCall(to, args))
			}
		}
	}
}

// dropEntry removes an entry block, so that the function starts with the next block, which nothing leads to. Unless
// there are calls to be made, the signature follows.
func dropEntry(e *edit, f0 *ir.Func, fn int) {
	entry := f0.Entry()
	if entry == ir.NoBlock {
		return
	}
	next := f0.NextBlock(entry)
	if next == ir.NoBlock || predecessors(f0)[next] > 0 || len(e.base.Funcs[fn].Calls) > 0 {
		return
	}
	if e.here() {
		f := e.fn(fn)
		f.RemoveBlock(entry)
		f.Sig.Params = nil
		for _, v := range f.Params(next) {
			f.Sig.Params = append(f.Sig.Params, ir.Param{Type: f.ValueType(v)})
		}
	}
}
