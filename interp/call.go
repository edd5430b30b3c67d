package interp

import (
	"errors"
	"fmt"

	"davit/ir"
	"davit/ir/data"
	"davit/ir/op"
)

// callSite is what a call knows about itself.
type callSite struct {
	sig       *ir.Signature
	target    *function // nil: see extern
	extern    int       // index in Module.externs
	indirect  bool      // the address of the callee is in operand a
	tail      bool
	safepoint bool
	roots     []stackRoot
	args      []uint32 // words of the arguments
	results   []uint32 // words that receive the results
	normal    *edge    // of a try_call: where to go on
	handlers  []handler
	checked   *function // the last callee whose signature was found to fit
}

// handler is a row of an exception table.
type handler struct {
	tag      uint32
	any      bool // default
	hasCtx   bool
	ctxType  op.Type
	ctx      []uint32 // words of the dynamic context
	edge     *edge
	payloads []uint32 // words that receive the payloads
}

// buildCall translates all kinds of calls.
func buildCall(d *decoder, in *inst) {
	site := &callSite{}
	in.x = &extra{call: site}
	ref := d.f.CallSig(d.inst)
	if ref == ir.NoSig {
		d.failf("calls with an undeclared signature")
		return
	}
	site.sig = &d.f.Sigs[ref]
	site.tail = d.data.Op.Has(op.IsReturn)
	site.safepoint = d.f.IsSafepoint(d.inst)
	args := d.f.Args(d.inst)
	switch d.data.Op {
	case op.CallIndirect, op.ReturnCallIndirect, op.TryCallIndirect:
		if len(args) == 0 {
			d.failf("calls no address")
			return
		}
		site.indirect = true
		in.a = d.reg(args[0])
		args = args[1:]
	default:
		ext := &d.f.ExtFuncs[d.data.Func()]
		name := d.f.LinkageName(ext.Name)
		if site.target = d.m.byName[name]; site.target == nil {
			site.extern = d.m.externIndex(name)
		}
	}
	if len(args) != len(site.sig.Params) {
		d.failf("passes %d arguments, expected %d", len(args), len(site.sig.Params))
		return
	}
	for i, v := range args {
		if got := d.f.ValueType(v); got != site.sig.Params[i].Type {
			d.failf("passes argument %d of type %v, expected %v", i, got, site.sig.Params[i].Type)
			return
		}
		site.args = d.appendWords(site.args, v)
	}
	for _, e := range d.f.StackMap(d.inst) {
		if int(e.Slot) >= len(d.f.StackSlots) || uint64(e.Offset)+uint64(e.Type.Bytes()) > uint64(d.f.StackSlots[e.Slot].Size) {
			d.failf("has the stack-map entry %v, which is in no slot", e)
			return
		}
		site.roots = append(site.roots, stackRoot{d.fn.slots[e.Slot] + uint64(e.Offset), e.Type})
	}
	in.exec = execCall
	d.callResults(in, site)
}

// callResults finds where the results of a call go.
func (d *decoder) callResults(in *inst, site *callSite) {
	switch d.data.Op {
	case op.ReturnCall, op.ReturnCallIndirect:
		if !sameTypes(site.sig.Returns, d.f.Sig.Returns) {
			d.failf("the callee returns other types than the caller")
		}
	case op.TryCall, op.TryCallIndirect:
		d.tryTable(in, site)
	default:
		for _, v := range d.f.Results(d.inst) {
			site.results = d.appendWords(site.results, v)
		}
	}
}

// tryTable translates an exception table. Results and payloads go to words of their own, from which the edges copy.
func (d *decoder) tryTable(in *inst, site *callSite) {
	t := &d.f.ExTables[d.data.ExTable()]
	ph := &placeholders{}
	for _, p := range site.sig.Returns {
		ph.rets = append(ph.rets, d.newReg(p.Type))
		ph.retTypes = append(ph.retTypes, p.Type)
		for w := range words(p.Type) {
			site.results = append(site.results, ph.rets[len(ph.rets)-1]+uint32(w))
		}
	}
	n, ok := site.sig.CallConv.ExceptionPayloads()
	if !ok && len(t.Items) > 0 {
		n = 2 // the verifier's concern; here any convention can throw
	}
	for range n {
		ph.exns = append(ph.exns, d.newReg(op.I64))
	}
	in.x.edges = make([]edge, 0, len(t.Items)+1)
	h := handler{payloads: ph.exns}
	for _, item := range t.Items {
		switch item.Kind {
		case ir.ExContext:
			h.hasCtx, h.ctx, h.ctxType = true, d.appendWords(nil, item.Context), d.f.ValueType(item.Context)
			continue
		case ir.ExDefault:
			h.any = true
		}
		h.tag = item.Tag
		in.x.edges = append(in.x.edges, d.edge(item.Target, ph))
		h.edge = &in.x.edges[len(in.x.edges)-1]
		site.handlers = append(site.handlers, h)
		h.any = false
	}
	in.x.edges = append(in.x.edges, d.edge(t.Normal, ph))
	site.normal = &in.x.edges[len(in.x.edges)-1]
}

func sameTypes(a, b []ir.Param) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Type != b[i].Type {
			return false
		}
	}
	return true
}

// execCall executes every kind of call.
func execCall(t *thread, r []uint64, in *inst, pc int) int {
	site := in.x.call
	top := &t.frames[len(t.frames)-1]
	top.pc = pc
	f, ext := site.target, site.extern
	if site.indirect {
		f, ext = t.m.lookup(r[in.a])
		if f == nil && ext < 0 {
			return t.brokenPromise(in, pc, fmt.Sprintf("no function is at address %#x", r[in.a]))
		}
	}
	t.m.stats.Calls++
	t.scratch = t.scratch[:0]
	for _, w := range site.args {
		t.scratch = append(t.scratch, r[w])
	}
	if site.safepoint {
		t.m.stats.Safepoints++
		if t.m.opts.Moving {
			if err := t.collect(site.sig.Params, t.scratch); err != nil {
				return t.fail(err)
			}
		}
	}
	if f == nil {
		return t.callHost(in, pc, site, ext)
	}
	if f != site.checked {
		if err := f.prepare(); err != nil {
			return t.fail(err)
		}
		if !sameTypes(f.ir.Sig.Params, site.sig.Params) || !sameTypes(f.ir.Sig.Returns, site.sig.Returns) {
			return t.fail(&Invalid{Place{top.f.name, in.ref}, fmt.Sprintf("calls %v with signature %v, expected %v", f.ir.Name, site.sig, &f.ir.Sig)})
		}
		site.checked = f
	}
	var structs [][]byte
	if f.copies {
		if structs = t.readStructs(f); structs == nil {
			return t.brokenPromise(in, pc, "struct argument out of bounds")
		}
	}
	outer := false
	if site.tail {
		outer = top.outer
		t.pop()
	}
	if f.copies {
		return t.enterWithStructs(f, structs, outer)
	}
	return t.enter(f, t.scratch, outer)
}

// readStructs returns copies of the structs that are passed to f by value, or nil if one is out of bounds.
func (t *thread) readStructs(f *function) [][]byte {
	var structs [][]byte
	i := 0
	for _, p := range f.ir.Sig.Params {
		if p.Purpose == ir.StructArgument {
			b := t.mem.read(t.scratch[i], uint64(p.Size))
			if b == nil {
				return nil
			}
			structs = append(structs, append([]byte{}, b...))
		}
		i += words(p.Type)
	}
	return structs
}

// enterWithStructs puts the structs on the stack, where they belong to the callee, replaces the arguments that are
// their addresses, and enters f.
func (t *thread) enterWithStructs(f *function, structs [][]byte, outer bool) int {
	end := t.mem.sp
	i := 0
	for _, p := range f.ir.Sig.Params {
		if p.Purpose == ir.StructArgument {
			size := (uint64(p.Size) + 15) &^ 15
			mem := t.mem.pushStack(t.mem.sp - size)
			if mem == nil {
				return t.fail(&Trap{Code: op.StackOverflow, Place: Place{f.name, ir.NoInst}, Stack: t.backtrace()})
			}
			copy(mem, structs[0])
			if s := t.mem.strict; s != nil {
				fill(s.state[t.mem.sp-t.mem.stackLow:][:len(mem)], known)
			}
			t.scratch[i] = t.mem.sp
			structs = structs[1:]
		}
		i += words(p.Type)
	}
	ev := t.enter(f, t.scratch, outer)
	if ev == evFrame {
		t.frames[len(t.frames)-1].end = end
	}
	return ev
}

// callHost calls function ext of the host with the arguments in t.scratch.
func (t *thread) callHost(in *inst, pc int, site *callSite, ext int) int {
	e := &t.m.externs[ext]
	if e.host == nil {
		return t.unsupported(in, "call of %"+e.name+", which is not defined")
	}
	start := len(t.values)
	t.values = wordsToValues(t.scratch, site.sig.Params, t.values)
	args := t.values[start:len(t.values):len(t.values)]
	ctx := *t.ctx
	ctx.name, ctx.sig = e.name, site.sig
	results, err := e.host(&ctx, args)
	t.values = t.values[:start]
	if err != nil {
		var exc *Exception
		if errors.As(err, &exc) {
			return t.throw(exc)
		}
		var trap *Trap
		if errors.As(err, &trap) && trap.Func == "" {
			return t.trap(in, pc, trap.Code, trap.Reason)
		}
		return t.fail(err)
	}
	if msg := wrongResults(results, site.sig.Returns); msg != "" {
		return t.fail(&Invalid{Place{t.frames[len(t.frames)-1].f.name, in.ref}, "host function %" + e.name + " " + msg})
	}
	t.scratch = t.scratch[:0]
	for _, v := range results {
		t.scratch = appendWords(t.scratch, v)
	}
	if site.tail {
		return t.returnScratch()
	}
	fr := &t.frames[len(t.frames)-1]
	r := t.regs[fr.base : fr.base+fr.f.nregs]
	for i, w := range site.results {
		r[w] = t.scratch[i]
	}
	return t.resume(fr, r, site)
}

// returnScratch returns the words in t.scratch from the frame on top.
func (t *thread) returnScratch() int {
	outer := t.frames[len(t.frames)-1].outer
	t.pop()
	if outer {
		t.results = append(t.results[:0], t.scratch...)
		return evReturn
	}
	fr := &t.frames[len(t.frames)-1]
	site := fr.f.code[fr.pc].x.call
	r := t.regs[fr.base : fr.base+fr.f.nregs]
	for i, w := range site.results {
		r[w] = t.scratch[i]
	}
	return t.resume(fr, r, site)
}

func wrongResults(vs []data.Value, want []ir.Param) string {
	if len(vs) != len(want) {
		return fmt.Sprintf("returned %d values, expected %d", len(vs), len(want))
	}
	for i, v := range vs {
		if v.Type() != want[i].Type {
			return fmt.Sprintf("returned result %d of type %v, expected %v", i, v.Type(), want[i].Type)
		}
	}
	return ""
}

// throw unwinds to the nearest handler of exc, but not beyond a call of the host.
func (t *thread) throw(exc *Exception) int {
	for {
		n := len(t.frames) - 1
		fr := &t.frames[n]
		r := t.regs[fr.base : fr.base+fr.f.nregs]
		site := fr.f.code[fr.pc].x.call
		for i := range site.handlers {
			h := &site.handlers[i]
			if !h.catches(exc, r) {
				continue
			}
			for k, w := range h.payloads {
				r[w] = 0
				if k < len(exc.Payload) {
					r[w] = exc.Payload[k].Uint64()
				}
			}
			pc := t.take(r, h.edge)
			if pc < 0 {
				return pc
			}
			fr.pc = pc
			return evFrame
		}
		outer := fr.outer
		t.pop()
		if outer {
			return t.fail(exc)
		}
	}
}

func (h *handler) catches(exc *Exception, r []uint64) bool {
	if h.any {
		return true
	}
	if h.tag != exc.Tag {
		return false
	}
	if !h.hasCtx || exc.Context.Type() == op.Invalid {
		return true
	}
	w := make([]uint64, 0, 2)
	for _, x := range h.ctx {
		w = append(w, r[x])
	}
	return wordsToValue(h.ctxType, w) == exc.Context
}
