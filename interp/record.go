package interp

import (
	"slices"

	"davit/ir"
	"davit/ir/data"
)

// record holds, with Options.Record, what the values of a function were: in parallel to the register file.
type record struct {
	seen        []bool // per value
	first, last []uint64
}

// note enters values.
func (c *record) note(f *function, r []uint64, vs []ir.Value) {
	if c.seen == nil {
		c.seen, c.first, c.last = make([]bool, len(f.reg)), make([]uint64, f.nregs), make([]uint64, f.nregs)
	}
	for _, v := range vs {
		at := f.reg[v]
		n := uint32(words(f.ir.ValueType(v)))
		copy(c.last[at:at+n], r[at:at+n])
		if !c.seen[v] {
			c.seen[v] = true
			copy(c.first[at:at+n], r[at:at+n])
		}
	}
}

// recording makes in note the results of the instruction before it, which are there by then even if that is a call, or
// the parameters of the block.
func (d *decoder) recording(in *inst) {
	b := d.f.InstBlock(d.inst)
	vs := d.f.Params(b)
	if prev := d.f.PrevInst(d.inst); prev != ir.NoInst {
		vs = d.f.Results(prev)
	}
	if len(vs) == 0 {
		return
	}
	vs = slices.Clone(vs)
	exec, f := in.exec, d.fn
	in.exec = func(t *thread, r []uint64, in *inst, pc int) int {
		f.record.note(f, r, vs)
		return exec(t, r, in, pc)
	}
}

// Recorded returns, with Options.Record, what a value of a function was when the function first and last came past its
// definition; false if it never did. Values that only a call needs which did not return have not been there.
func (m *Module) Recorded(name string, v ir.Value) (first, last data.Value, ok bool) {
	f := m.byName[name]
	if f == nil || int(v) >= len(f.record.seen) || !f.record.seen[v] {
		return first, last, false
	}
	t := f.ir.ValueType(v)
	at := f.reg[v]
	n := uint32(words(t))
	return wordsToValue(t, f.record.first[at:at+n]), wordsToValue(t, f.record.last[at:at+n]), true
}
