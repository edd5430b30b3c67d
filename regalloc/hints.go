package regalloc

// Problem: of the registers that are free for a piece, some save moves.
//
// Idea: sum up, per register, what it saves: moves for fixed operands, the move from the piece it was cut from, and moves
// from or to the other side of copies and edges if that could not be joined with it and has its register already.
//
// Cost: a bounded number of operands per piece.

import "davit/asm"

// collectHints sets hintW for p.
func (a *Allocator) collectHints(p *piece) {
	for _, r := range a.hinted {
		a.hintW[r] = 0
	}
	a.hinted = a.hinted[:0]
	f := a.f
	if p.hint != 0 {
		a.addHint(p.hint, a.freqAt(a.ranges[p.first].from))
	}
	for c, left := p.first, 64; c != 0 && left > 0; c = a.ranges[c].next {
		rg := &a.ranges[c]
		left--
		if rg.from == a.defPos[rg.vreg] {
			a.hintsOfDef(p, rg.vreg)
		}
		end := a.useStart[rg.vreg+1]
		for u := rg.use; u < end && a.uses[u].pos < rg.to+2 && left > 0; u++ {
			left--
			us := a.uses[u]
			switch {
			case us.op == argUse:
				a.hintsOfArg(p, rg.vreg, a.blockAt(us.pos))
			case f.Operands[us.op].Kind == Def:
			case a.opKind[us.op] == kindFixed:
				a.addHint(asm.Reg(f.Operands[us.op].Arg), a.freqAt(us.pos))
			case f.Flags[us.pos/4]&IsMove != 0:
				a.hintOf(p, f.Operands[f.OperandStart[us.pos/4]].VReg, a.freqAt(us.pos))
			}
		}
	}
}

// hintsOfDef adds the hints of the definition of v.
func (a *Allocator) hintsOfDef(p *piece, v uint32) {
	f := a.f
	b := a.defBlock[v]
	d := a.defOp[v]
	switch {
	case d == 0:
		a.hintsOfParam(p, v, b)
	case a.opKind[d-1] == kindFixed:
		if op := &f.Operands[d-1]; op.Constraint == Fixed {
			a.addHint(asm.Reg(op.Arg), a.freq(b))
		}
	default:
		i := a.defPos[v] / 4
		if f.Flags[i]&IsMove != 0 {
			a.hintOf(p, f.Operands[f.OperandStart[i]+1].VReg, a.freq(b))
		}
	}
}

// maxSides bounds the edges and parameters that hints look at.
const maxSides = 8

// hintsOfParam adds hints for parameter v of block b from its arguments.
func (a *Allocator) hintsOfParam(p *piece, v, b uint32) {
	f := a.f
	params := f.Params[f.ParamStart[b]:f.ParamStart[b+1]]
	preds := f.Preds[f.PredStart[b]:f.PredStart[b+1]]
	for k := range params[:min(len(params), maxSides)] {
		if params[k] != v {
			continue
		}
		for _, q := range preds[:min(len(preds), maxSides)] {
			a.hintOf(p, f.Args[f.ArgStart[a.edge(q, b)]+uint32(k)], a.edgeFreq(q, b))
		}
	}
}

// hintsOfArg adds hints for v as an argument of the edges out of block b.
func (a *Allocator) hintsOfArg(p *piece, v, b uint32) {
	f := a.f
	last := min(f.SuccStart[b+1], f.SuccStart[b]+maxSides)
	for e := f.SuccStart[b]; e < last; e++ {
		s := f.Succs[e]
		params := f.Params[f.ParamStart[s]:f.ParamStart[s+1]]
		args := f.Args[f.ArgStart[e]:f.ArgStart[e+1]]
		for k, w := range args[:min(len(args), maxSides)] {
			if w == v {
				a.hintOf(p, params[k], a.edgeFreq(b, s))
			}
		}
	}
}

// hintOf adds the hint that v is on the other side of a move executed w times.
func (a *Allocator) hintOf(p *piece, v uint32, w float32) {
	if r := a.regOf[v]; r != 0 && a.homeOf[v] != p.bundle {
		a.addHint(asm.Reg(r), w)
	}
}

func (a *Allocator) addHint(r asm.Reg, w float32) {
	if a.hintW[r] == 0 {
		a.hinted = append(a.hinted, r)
	}
	a.hintW[r] += w
}
