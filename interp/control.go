package interp

import (
	"davit/ir/op"
)

func execJump(t *thread, r []uint64, in *inst, _ int) int { return t.take(r, &in.x.edges[0]) }

func execBrif(t *thread, r []uint64, in *inst, _ int) int {
	if r[in.a] != 0 {
		return t.take(r, &in.x.edges[0])
	}
	return t.take(r, &in.x.edges[1])
}

// execBrif128 branches on an i128.
func execBrif128(t *thread, r []uint64, in *inst, _ int) int {
	if r[in.a]|r[in.a+1] != 0 {
		return t.take(r, &in.x.edges[0])
	}
	return t.take(r, &in.x.edges[1])
}

// execBrTable has the default target in edge 0.
func execBrTable(t *thread, r []uint64, in *inst, _ int) int {
	i := r[in.a] + 1
	if i >= uint64(len(in.x.edges)) {
		i = 0
	}
	return t.take(r, &in.x.edges[i])
}

func buildBranch(d *decoder, in *inst) {
	switch d.data.Op {
	case op.Jump:
		in.exec = execJump
	case op.BrTable:
		in.exec = execBrTable
		in.a = d.arg(0)
	default:
		in.exec = execBrif
		if d.data.Type == op.I128 {
			in.exec = execBrif128
		}
		in.a = d.arg(0)
	}
	in.x = &extra{}
	for _, c := range d.f.Branches(d.inst, nil) {
		in.x.edges = append(in.x.edges, d.edge(c, nil))
	}
}

func buildTrap(d *decoder, in *inst) {
	code := d.data.TrapCode()
	two := d.data.Type == op.I128
	switch d.data.Op {
	case op.Trap:
		in.exec = func(t *thread, _ []uint64, in *inst, pc int) int { return t.trap(in, pc, code, "") }
		return
	case op.Trapz:
		in.exec = func(t *thread, r []uint64, in *inst, pc int) int {
			if r[in.a] == 0 && !(two && r[in.a+1] != 0) {
				return t.trap(in, pc, code, "")
			}
			return pc + 1
		}
	case op.Trapnz:
		in.exec = func(t *thread, r []uint64, in *inst, pc int) int {
			if r[in.a] != 0 || two && r[in.a+1] != 0 {
				return t.trap(in, pc, code, "")
			}
			return pc + 1
		}
	}
	in.a = d.arg(0)
}

func execNothing(_ *thread, _ []uint64, _ *inst, pc int) int { return pc + 1 }

func buildNothing(_ *decoder, in *inst) { in.exec = execNothing }

// buildReturn lists the words of the values returned.
func buildReturn(d *decoder, in *inst) {
	in.x = &extra{}
	sig := &d.f.Sig
	args := d.f.Args(d.inst)
	if len(args) != len(sig.Returns) {
		d.failf("returns %d values, expected %d", len(args), len(sig.Returns))
		return
	}
	for i, v := range args {
		if got := d.f.ValueType(v); got != sig.Returns[i].Type {
			d.failf("returns a value of type %v, expected %v", got, sig.Returns[i].Type)
			return
		}
		in.x.words = d.appendWords(in.x.words, v)
	}
	in.exec = execReturn
}

func execReturn(t *thread, r []uint64, in *inst, _ int) int {
	top := &t.frames[len(t.frames)-1]
	if top.outer {
		t.results = t.results[:0]
		for _, w := range in.x.words {
			t.results = append(t.results, r[w])
		}
		t.pop()
		return evReturn
	}
	t.pop()
	caller := &t.frames[len(t.frames)-1]
	site := caller.f.code[caller.pc].x.call
	dst := t.regs[caller.base : caller.base+caller.f.nregs]
	for i, w := range in.x.words {
		dst[site.results[i]] = r[w]
	}
	return t.resume(caller, dst, site)
}

// resume lets a frame, again on top, go on after the call it waited for.
func (t *thread) resume(fr *frame, r []uint64, site *callSite) int {
	if site.normal == nil {
		fr.pc++
		return evFrame
	}
	pc := t.take(r, site.normal)
	if pc < 0 {
		return pc
	}
	fr.pc = pc
	return evFrame
}

// buildStackSwitch: what a context looks like in memory is up to one machine, so there is nothing to switch to here.
func buildStackSwitch(_ *decoder, in *inst) {
	in.exec = func(t *thread, _ []uint64, in *inst, _ int) int {
		return t.unsupported(in, "stack_switch, whose contexts are those of a machine")
	}
}
