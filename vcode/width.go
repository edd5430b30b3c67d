package vcode

import (
	"slices"

	"davit/regalloc"
)

// matchWidths makes virtual registers equally wide that one place must hold in turn: an operand and the definition that
// reuses its register, an argument and the parameter it is passed to. They differ where a part of a vector is a value of
// its own, and where a parameter was widened (see Widen).
func (l *Lowerer) matchWidths() {
	vf := l.VF
	l.widenArgs()
	if !slices.Contains(vf.Width, 16) {
		return
	}
	l.group = l.group[:0]
	for v := range vf.Width {
		l.group = append(l.group, uint32(v))
	}
	for i := range vf.Insts {
		in := &vf.Insts[i]
		d := &l.descs[DescIndex(in.Op)]
		for k := range int(d.N) {
			if d.Regs[k].Constraint != regalloc.Reuse {
				continue
			}
			if a, b := in.Reg(k), in.Reg(int(d.Regs[k].Arg)); a.IsVirtual() && b.IsVirtual() {
				l.union(a.VIndex(), b.VIndex())
			}
		}
	}
	for i := range vf.Blocks {
		b := &vf.Blocks[i]
		if b.ArgStart == b.ArgEnd {
			continue
		}
		to := &vf.Blocks[vf.Succs[b.SuccStart]]
		params := vf.Params[to.ParamStart:to.ParamEnd]
		for k, a := range vf.Args[b.ArgStart:b.ArgEnd] {
			l.union(a.VIndex(), params[k].VIndex())
		}
	}
	for v, w := range vf.Width {
		if w == 16 {
			vf.Width[l.root(v)] = 16
		}
	}
	for v := range vf.Width {
		if vf.Width[l.root(v)] == 16 {
			vf.Width[v] = 16
		}
	}
}

// widenArgs widens what is passed to widened parameters, which are so only if the upper bits of all arguments are zero.
func (l *Lowerer) widenArgs() {
	vf := l.VF
	for changed := true; changed; {
		changed = false
		for i := range vf.Blocks {
			b := &vf.Blocks[i]
			if b.ArgStart == b.ArgEnd {
				continue
			}
			to := &vf.Blocks[vf.Succs[b.SuccStart]]
			params := vf.Params[to.ParamStart:to.ParamEnd]
			for k, a := range vf.Args[b.ArgStart:b.ArgEnd] {
				if w := &vf.Width[a.VIndex()]; *w == 4 && vf.Width[params[k].VIndex()] == 8 {
					*w = 8
					changed = true
				}
			}
		}
	}
}

// root returns the representative of the group of virtual register v.
func (l *Lowerer) root(v int) int {
	g := l.group
	for g[v] != uint32(v) {
		g[v] = g[g[v]]
		v = int(g[v])
	}
	return v
}

func (l *Lowerer) union(v, w int) {
	if v, w = l.root(v), l.root(w); v != w {
		l.group[max(v, w)] = uint32(min(v, w))
	}
}
