package regalloc

import (
	"fmt"
	"slices"
)

// Validate checks the rules of Func that Run relies on, and returns an error that names what breaks the first one found.
// It is meant for tests of what makes a Func; it takes about as long as Run and allocates memory.
//
// Beyond the comments of Func these are: the operand that a definition reuses is an early use of the same class and size; no
// operand is reused twice; and a rematerializable virtual register is the only operand of its instruction.
func (f *Func) Validate() error {
	if err := f.validateShape(); err != nil {
		return err
	}
	if err := f.validateEdges(); err != nil {
		return err
	}
	if err := f.validateReachable(); err != nil {
		return err
	}
	defs := make([]uint32, f.NumVRegs) // 1 + defining instruction
	for b := range f.NumBlocks() {
		for _, v := range f.Params[f.ParamStart[b]:f.ParamStart[b+1]] {
			if defs[v] != 0 {
				return fmt.Errorf("block %d: parameter v%d is defined twice", b, v)
			}
			defs[v] = f.BlockStart[b] + 1
		}
		for i := f.BlockStart[b]; i < f.BlockStart[b+1]; i++ {
			if err := f.validateInst(i, defs); err != nil {
				return fmt.Errorf("block %d, instruction %d: %w", b, i, err)
			}
		}
		if err := f.validateTerminator(b); err != nil {
			return fmt.Errorf("block %d: %w", b, err)
		}
	}
	for k, i := range f.ClobberInsts {
		if int(i) >= f.NumInsts() || k > 0 && f.ClobberInsts[k-1] >= i {
			return fmt.Errorf("ClobberInsts is not ascending at %d", k)
		}
	}
	return f.validateDominance(defs)
}

// validateShape checks that the arrays fit together.
func (f *Func) validateShape() error {
	nb := f.NumBlocks()
	if nb < 1 || f.BlockStart[0] != 0 || int(f.BlockStart[nb]) != f.NumInsts() {
		return fmt.Errorf("blocks do not cover the instructions")
	}
	tables := []struct {
		name  string
		start []uint32
		n     int
		size  int
	}{
		{"BlockStart", f.BlockStart, nb, f.NumInsts()},
		{"OperandStart", f.OperandStart, f.NumInsts(), len(f.Operands)},
		{"SuccStart", f.SuccStart, nb, len(f.Succs)},
		{"PredStart", f.PredStart, nb, len(f.Preds)},
		{"ParamStart", f.ParamStart, nb, len(f.Params)},
		{"ArgStart", f.ArgStart, len(f.Succs), len(f.Args)},
	}
	for _, t := range tables {
		if len(t.start) != t.n+1 || t.start[0] != 0 || int(t.start[t.n]) != t.size {
			return fmt.Errorf("%s does not cover %d elements with %d entries", t.name, t.size, t.n+1)
		}
		for k := range t.n {
			if t.start[k] > t.start[k+1] || t.name == "BlockStart" && t.start[k] == t.start[k+1] {
				return fmt.Errorf("%s is not ascending at %d", t.name, k)
			}
		}
	}
	if len(f.Class) != f.NumVRegs || len(f.SlotSize) != f.NumVRegs || f.Remat != nil && len(f.Remat) != f.NumVRegs {
		return fmt.Errorf("%d virtual registers, but %d classes, %d sizes, %d rematerializations",
			f.NumVRegs, len(f.Class), len(f.SlotSize), len(f.Remat))
	}
	if len(f.Flags) != f.NumInsts() || len(f.Clobbers) != len(f.ClobberInsts) || f.Freq != nil && len(f.Freq) != nb {
		return fmt.Errorf("one of Flags, Clobbers and Freq has the wrong length")
	}
	for v, n := range f.SlotSize {
		if n != 1 && n != 2 {
			return fmt.Errorf("v%d has slots of %d units", v, n)
		}
	}
	for _, list := range [][]uint32{f.Params, f.Args} {
		for _, v := range list {
			if int(v) >= f.NumVRegs {
				return fmt.Errorf("no such virtual register: v%d", v)
			}
		}
	}
	return nil
}

// validateEdges checks successors against predecessors, arguments against parameters, and that no edge is critical.
func (f *Func) validateEdges() error {
	nb := f.NumBlocks()
	if f.PredStart[1] != 0 || f.ParamStart[1] != 0 {
		return fmt.Errorf("the entry has predecessors or parameters")
	}
	count := make([]uint32, nb)
	for b := range nb {
		several := f.SuccStart[b+1]-f.SuccStart[b] > 1
		for e := f.SuccStart[b]; e < f.SuccStart[b+1]; e++ {
			s := f.Succs[e]
			if int(s) >= nb {
				return fmt.Errorf("block %d: no such successor: %d", b, s)
			}
			count[s]++
			if several && f.PredStart[s+1]-f.PredStart[s] != 1 {
				return fmt.Errorf("the edge from block %d to block %d is critical", b, s)
			}
			params, args := f.Params[f.ParamStart[s]:f.ParamStart[s+1]], f.Args[f.ArgStart[e]:f.ArgStart[e+1]]
			if len(params) != len(args) {
				return fmt.Errorf("the edge from block %d to block %d has %d arguments for %d parameters", b, s, len(args), len(params))
			}
			for k, v := range args {
				if f.Class[v] != f.Class[params[k]] || f.SlotSize[v] != f.SlotSize[params[k]] {
					return fmt.Errorf("the edge from block %d to block %d passes v%d as v%d, of another class or size", b, s, v, params[k])
				}
			}
		}
	}
	for b := range nb {
		preds := f.Preds[f.PredStart[b]:f.PredStart[b+1]]
		for _, p := range preds {
			if int(p) >= nb {
				return fmt.Errorf("block %d: no such predecessor: %d", b, p)
			}
		}
		if len(preds) != int(count[b]) {
			return fmt.Errorf("block %d has %d predecessors, but %d edges lead to it", b, len(preds), count[b])
		}
	}
	for b := range nb {
		for _, p := range f.Preds[f.PredStart[b]:f.PredStart[b+1]] {
			found := false
			for _, s := range f.Succs[f.SuccStart[p]:f.SuccStart[p+1]] {
				if int(s) == b {
					found = true
					break
				}
			}
			if !found {
				return fmt.Errorf("block %d has predecessor %d, which has no edge to it", b, p)
			}
		}
	}
	return nil
}

// validateInst checks the operands of instruction i and notes its definitions.
func (f *Func) validateInst(i uint32, defs []uint32) error {
	ops := f.Operands[f.OperandStart[i]:f.OperandStart[i+1]]
	reused := RegSet{}
	for k, op := range ops {
		fail := func(format string, args ...any) error {
			return fmt.Errorf("operand %d (v%d): %w", k, op.VReg, fmt.Errorf(format, args...))
		}
		if int(op.VReg) >= f.NumVRegs {
			return fail("no such virtual register")
		}
		if op.Kind == Def {
			if defs[op.VReg] != 0 {
				return fail("defined twice")
			}
			defs[op.VReg] = i + 1
			if f.Remat != nil && f.Remat[op.VReg] != 0 && (f.Remat[op.VReg] != i+1 || len(ops) != 1) {
				return fail("cannot be issued again")
			}
		}
		switch {
		case op.Constraint == Fixed && (op.Arg == 0 || op.Arg >= 128):
			return fail("no such register: %d", op.Arg)
		case op.Constraint != Reuse:
			continue
		case op.Kind != Def || int(op.Arg) >= len(ops):
			return fail("reuses no operand")
		}
		u := ops[op.Arg]
		if u.Kind != Use || u.Pos != Early || f.Class[u.VReg] != f.Class[op.VReg] || f.SlotSize[u.VReg] != f.SlotSize[op.VReg] {
			return fail("reuses operand %d, which is no early use of its class and size", op.Arg)
		}
		if op.Arg < 128 {
			if reused[op.Arg/64]>>(op.Arg%64)&1 != 0 {
				return fail("reuses operand %d, as another does", op.Arg)
			}
			reused[op.Arg/64] |= 1 << (op.Arg % 64)
		}
	}
	if f.Flags[i]&IsMove != 0 {
		if len(ops) != 2 || ops[0].Kind != Def || ops[1].Kind != Use ||
			f.Class[ops[0].VReg] != f.Class[ops[1].VReg] || f.SlotSize[ops[0].VReg] != f.SlotSize[ops[1].VReg] {
			return fmt.Errorf("a move must have one definition and one use of the same class and size")
		}
	}
	return nil
}

// validateReachable checks that every block can be reached from the entry.
func (f *Func) validateReachable() error {
	seen := make([]bool, f.NumBlocks())
	seen[0] = true
	for stack := []uint32{0}; len(stack) > 0; {
		b := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		for _, s := range f.Succs[f.SuccStart[b]:f.SuccStart[b+1]] {
			if !seen[s] {
				seen[s] = true
				stack = append(stack, s)
			}
		}
	}
	if b := slices.Index(seen, false); b >= 0 {
		return fmt.Errorf("block %d cannot be reached", b)
	}
	return nil
}

// validateTerminator checks the flags of the instructions of block b.
func (f *Func) validateTerminator(b int) error {
	last := f.BlockStart[b+1] - 1
	for i := f.BlockStart[b]; i < last; i++ {
		if f.Flags[i]&IsTerminator != 0 {
			return fmt.Errorf("instruction %d is a terminator within the block", i)
		}
	}
	n := f.SuccStart[b+1] - f.SuccStart[b]
	switch {
	case f.Flags[last]&IsTerminator == 0:
		return fmt.Errorf("the last instruction, %d, is no terminator", last)
	case f.Flags[last]&IsReturn != 0 && n != 0:
		return fmt.Errorf("it returns and has %d successors", n)
	case n == 1:
		_, clobbers := slices.BinarySearch(f.ClobberInsts, last)
		s := f.Succs[f.SuccStart[b]]
		if (clobbers || f.OperandStart[last] != f.OperandStart[last+1]) && f.PredStart[s+1]-f.PredStart[s] != 1 {
			return fmt.Errorf("the terminator, instruction %d, has operands or clobbers, and its only successor has other predecessors", last)
		}
	}
	return nil
}

// validateDominance checks that definitions dominate uses, by finding what is live into blocks.
func (f *Func) validateDominance(defs []uint32) error {
	nb := f.NumBlocks()
	blockOf := make([]uint32, f.NumInsts())
	for b := range nb {
		for i := f.BlockStart[b]; i < f.BlockStart[b+1]; i++ {
			blockOf[i] = uint32(b)
		}
	}
	var a Allocator
	a.f = f
	a.mapBlocks()
	a.collectUses()
	mark := make([]uint32, nb)
	var stack []uint32
	for v := range uint32(f.NumVRegs) {
		uses := a.uses[a.useStart[v]:a.useStart[v+1]]
		if defs[v] == 0 {
			if len(uses) > 0 {
				return fmt.Errorf("instruction %d: v%d is used but not defined", uses[0].pos/4, v)
			}
			continue
		}
		db := blockOf[defs[v]-1]
		for _, u := range uses {
			if u.op != argUse && f.Operands[u.op].Kind == Def {
				continue
			}
			b := blockOf[u.pos/4]
			if b == db {
				if u.pos/4 < defs[v]-1 || u.op != argUse && a.defOp[v] != 0 && u.pos/4 == defs[v]-1 {
					return fmt.Errorf("instruction %d: v%d is used before its definition", u.pos/4, v)
				}
				continue
			}
			for stack = append(stack[:0], b); len(stack) > 0; {
				b := stack[len(stack)-1]
				stack = stack[:len(stack)-1]
				if mark[b] == v+1 {
					continue
				}
				mark[b] = v + 1
				if b == 0 {
					return fmt.Errorf("instruction %d: the definition of v%d does not dominate its use", u.pos/4, v)
				}
				for _, p := range f.Preds[f.PredStart[b]:f.PredStart[b+1]] {
					if p != db {
						stack = append(stack, p)
					}
				}
			}
		}
	}
	return nil
}
