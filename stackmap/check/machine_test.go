package check_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"davit/asm"
	"davit/asm/x64"
	"davit/frontend/safepoint"
	"davit/ir"
	"davit/ir/text"
	isax64 "davit/isa/x64"
	"davit/regalloc"
	regcheck "davit/regalloc/check"
	"davit/settings"
	"davit/stackmap/check"
	"davit/vcode"
)

// pipe is the compiler, step by step, so that its products can be damaged on the way.
type pipe struct {
	m     *isax64.Machine
	f     *ir.Func
	lower vcode.Lowerer
	vf    vcode.Func
	rf    regalloc.Func
	alloc regalloc.Allocator
	res   *regalloc.Result
	em    vcode.Emitter
	buf   asm.Buffer
	code  *asm.Code
	c     check.Checker
}

func newPipe(tb testing.TB, sets ...string) *pipe {
	tb.Helper()
	flags := settings.Default(settings.X86_64)
	for _, s := range append([]string{"enable_multi_ret_implicit_sret", "enable_llvm_abi_extensions"}, sets...) {
		if err := flags.Set(s); err != nil {
			tb.Fatal(err)
		}
	}
	m, err := isax64.New(&flags)
	if err != nil {
		tb.Fatal(err)
	}
	return &pipe{m: m}
}

// lowered lowers f.
func (p *pipe) lowered(f *ir.Func) error {
	p.f = f
	return p.lower.Lower(f, p.m, &p.vf)
}

// allocated allocates registers.
func (p *pipe) allocated() (err error) {
	vcode.Collect(&p.vf, p.m.Descs(), &p.rf)
	p.res, err = p.alloc.Run(&p.rf, p.m.Env())
	return err
}

// emitted makes the code.
func (p *pipe) emitted() (err error) {
	p.buf.Reset(p.m.AsmTarget(), len(p.vf.Blocks))
	if err := p.em.Emit(p.m, &p.vf, &p.rf, p.res, &p.buf, nil); err != nil {
		return err
	}
	p.code, err = p.buf.Finish()
	return err
}

func (p *pipe) compiled() *check.Compiled {
	m := &check.Compiled{VF: &p.vf, Descs: p.m.Descs(), Target: p.m.AsmTarget(), Code: p.code, RF: &p.rf, Res: p.res, Env: p.m.Env()}
	m.ValueRegs, m.HighRegs, m.Alias = p.lower.ValueRegs()
	m.Format = func(dst []byte, in *asm.Inst) []byte { return p.m.Format(dst, &p.vf, nil, in) }
	return m
}

// machine returns what Machine says, which must be the same if it takes no short cuts.
func (p *pipe) machine(t *testing.T) check.ErrorList {
	t.Helper()
	if errs := p.c.Func(p.f); len(errs) > 0 {
		t.Fatal(errs)
	}
	p.c.Thorough(true)
	want := p.c.Machine(p.compiled())
	p.c.Thorough(false)
	errs := p.c.Machine(p.compiled())
	if errs.Error() != want.Error() {
		t.Errorf("%v\nwithout short cuts:\n%v", errs, want)
	}
	return errs
}

func (p *pipe) forwarding() check.ErrorList { return p.c.Forwarding(p.f, p.compiled()) }

// all goes through all steps and demands that everything is right.
func (p *pipe) all(t *testing.T, f *ir.Func) {
	t.Helper()
	for _, err := range []error{p.lowered(f), p.allocated(), p.emitted()} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if errs := slices.Concat(p.machine(t), p.forwarding()); len(errs) > 0 {
		t.Fatalf("%v\n%s", errs, f.AppendTo(nil, ir.Lossless))
	}
}

// token is what a place holds, to the walker: not what the checker believes but what happened on one path.
type token struct {
	ref   bool
	epoch int // safepoints passed when it was made
}

// walker executes allocated code along random paths, and looks for references from before a safepoint that are passed,
// returned, stored, used as addresses, or taken for something else.
type walker struct {
	p     *pipe
	refs  []bool // per virtual register: holds a declared value, and nothing else
	nums  []bool // per virtual register: holds values that are not declared, and nothing else
	place map[regalloc.Alloc]token
	epoch int
	edit  int
	stale bool
}

// finds reports whether a walk comes upon such a reference.
func (p *pipe) finds(r *rand.Rand) bool {
	w := &walker{p: p, refs: make([]bool, p.vf.NumVRegs())}
	m := p.compiled()
	declared := map[ir.Value]bool{}
	for _, v := range p.f.NeedsStackMap {
		declared[p.f.Resolve(v)] = true
	}
	other := make([]bool, p.vf.NumVRegs())
	for _, regs := range [2][]asm.Reg{m.ValueRegs, m.HighRegs} {
		for v, reg := range regs {
			if reg == asm.NoReg {
				continue
			}
			if a := m.Alias[reg.VIndex()]; a != asm.NoReg {
				reg = a
			}
			if reg.IsVirtual() && declared[ir.Value(v)] {
				w.refs[reg.VIndex()] = true
			} else if reg.IsVirtual() {
				other[reg.VIndex()] = true
			}
		}
	}
	w.nums = make([]bool, len(other))
	for v := range other {
		w.nums[v] = other[v] && !w.refs[v]
		w.refs[v] = w.refs[v] && !other[v]
	}
	for range 12 {
		w.place, w.epoch = map[regalloc.Alloc]token{}, 0
		for b, steps := 0, 0; steps < 60 && !w.stale; steps++ {
			w.block(b)
			succs := p.vf.BlockSuccs(b)
			if len(succs) == 0 {
				break
			}
			b = int(succs[r.IntN(len(succs))])
		}
	}
	return w.stale
}

func (w *walker) block(b int) {
	p := w.p
	blk := &p.vf.Blocks[b]
	w.edit = 0
	for w.edit < len(p.res.Edits) && p.res.Edits[w.edit].Point < regalloc.Before(int(blk.Start)) {
		w.edit++
	}
	for i := blk.Start; i < blk.End; i++ {
		w.edits(regalloc.Before(int(i)))
		w.inst(i)
		w.edits(regalloc.After(int(i)))
	}
}

func (w *walker) edits(to regalloc.Point) {
	for ; w.edit < len(w.p.res.Edits) && w.p.res.Edits[w.edit].Point <= to; w.edit++ {
		e := &w.p.res.Edits[w.edit]
		if e.From.IsRemat() {
			w.place[e.To] = token{}
		} else {
			w.place[e.To] = w.place[e.From]
		}
	}
}

func (w *walker) inst(i uint32) {
	p := w.p
	in := &p.vf.Insts[i]
	d := &p.m.Descs()[vcode.DescIndex(in.Op)]
	lo, hi := p.rf.OperandStart[i], p.rf.OperandStart[i+1]
	lists, addrs := uint32(0), uint32(0)
	if d.List {
		li := &p.vf.Lists[in.Imm]
		lists = li.NUses + li.NDefs
	}
	if in.Mem != asm.MemNone {
		for _, r := range [2]asm.Reg{in.Base, in.Index} {
			if r.IsVirtual() {
				addrs++
			}
		}
	}
	moved := token{}
	for o := lo; o < hi; o++ {
		if p.rf.Operands[o].Kind == regalloc.Def {
			continue
		}
		x := w.place[p.res.Allocs[o]]
		moved = x
		demanding := o >= hi-lists || o >= hi-lists-addrs && d.Mem != 0 || o < hi-lists-addrs && d.Mem&vcode.MemWrites != 0 && in.Mem != asm.MemNone
		if (demanding || w.nums[p.rf.Operands[o].VReg]) && x.ref && x.epoch < w.epoch {
			w.stale = true
		}
	}
	if d.Call && p.vf.Lists[in.Imm].Inst != 0 && p.f.IsSafepoint(ir.Inst(p.vf.Lists[in.Imm].Inst-1)) {
		w.epoch++
	}
	if d.List {
		for r := range asm.Reg(128) {
			if p.vf.Lists[in.Imm].Clobbers.Has(r) {
				delete(w.place, regalloc.RegAlloc(r))
			}
		}
	}
	for o := lo; o < hi; o++ {
		ob := &p.rf.Operands[o]
		switch {
		case ob.Kind == regalloc.Use:
		case p.rf.Flags[i]&regalloc.IsMove != 0 && w.refs[ob.VReg]:
			w.place[p.res.Allocs[o]] = moved
		default:
			w.place[p.res.Allocs[o]] = token{w.refs[ob.VReg], w.epoch}
		}
	}
}

// machinePairs returns functions with stack maps for the machine level.
func machinePairs(t *testing.T, seeds uint64) (fs []*ir.Func) {
	for _, p := range filePairs(t) {
		if p.g.HasStackMaps() && !strings.Contains(p.name, "more_types") {
			fs = append(fs, p.g)
		}
	}
	for seed := range seeds {
		for _, p := range randomPairsOf(t, seed, compiledTypes()) {
			fs = append(fs, p.g)
		}
	}
	return fs
}

// codeMutations damage the finished code. They return false if there is nothing to damage.
var codeMutations = []struct {
	name  string
	apply func(r *rand.Rand, code *asm.Code) bool
}{
	{"remove a map", func(r *rand.Rand, code *asm.Code) bool {
		k := r.IntN(len(code.StackMaps))
		code.StackMaps = slices.Delete(code.StackMaps, k, k+1)
		return true
	}},
	{"a map a byte later", func(r *rand.Rand, code *asm.Code) bool {
		code.StackMaps[r.IntN(len(code.StackMaps))].Offset++
		return true
	}},
	{"a map a byte earlier", func(r *rand.Rand, code *asm.Code) bool {
		code.StackMaps[r.IntN(len(code.StackMaps))].Offset--
		return true
	}},
	{"map and call a byte later", func(r *rand.Rand, code *asm.Code) bool {
		m := &code.StackMaps[r.IntN(len(code.StackMaps))]
		code.Calls[slices.Index(code.Calls, m.Offset)]++
		m.Offset++
		return true
	}},
	{"the map at the next call", func(r *rand.Rand, code *asm.Code) bool {
		m := &code.StackMaps[r.IntN(len(code.StackMaps))]
		k := slices.Index(code.Calls, m.Offset)
		if k+1 == len(code.Calls) {
			return false
		}
		m.Offset = code.Calls[k+1]
		return true
	}},
	{"the entries of two maps exchanged", func(r *rand.Rand, code *asm.Code) bool {
		if len(code.StackMaps) < 2 {
			return false
		}
		k := r.IntN(len(code.StackMaps) - 1)
		a, b := &code.StackMaps[k], &code.StackMaps[k+1]
		a.Entries, b.Entries = b.Entries, a.Entries
		return !slices.Equal(a.Entries, b.Entries)
	}},
	{"a map too many", func(r *rand.Rand, code *asm.Code) bool {
		m := code.StackMaps[len(code.StackMaps)-1]
		m.Offset = uint32(len(code.Bytes)) - 1
		code.StackMaps = append(code.StackMaps, m)
		return true
	}},
	{"drop an entry", func(r *rand.Rand, code *asm.Code) bool {
		m := &code.StackMaps[r.IntN(len(code.StackMaps))]
		k := r.IntN(len(m.Entries))
		m.Entries = slices.Delete(slices.Clone(m.Entries), k, k+1)
		return true
	}},
	{"add an entry", func(r *rand.Rand, code *asm.Code) bool {
		m := &code.StackMaps[r.IntN(len(code.StackMaps))]
		last := m.Entries[len(m.Entries)-1]
		last.Offset += 8
		m.Entries = append(slices.Clone(m.Entries), last)
		return true
	}},
	{"shift an entry", func(r *rand.Rand, code *asm.Code) bool {
		m := &code.StackMaps[r.IntN(len(code.StackMaps))]
		m.Entries = slices.Clone(m.Entries)
		m.Entries[r.IntN(len(m.Entries))].Offset += 8
		return true
	}},
	{"another type of an entry", func(r *rand.Rand, code *asm.Code) bool {
		m := &code.StackMaps[r.IntN(len(code.StackMaps))]
		m.Entries = slices.Clone(m.Entries)
		m.Entries[r.IntN(len(m.Entries))].Type++
		return true
	}},
	{"another order of entries", func(r *rand.Rand, code *asm.Code) bool {
		m := &code.StackMaps[r.IntN(len(code.StackMaps))]
		if len(m.Entries) < 2 {
			return false
		}
		m.Entries = slices.Clone(m.Entries)
		slices.Reverse(m.Entries)
		return true
	}},
	{"a map with another frame size", func(r *rand.Rand, code *asm.Code) bool {
		code.StackMaps[r.IntN(len(code.StackMaps))].FrameSize += 8
		return true
	}},
	{"a map with another slot area", func(r *rand.Rand, code *asm.Code) bool {
		code.StackMaps[r.IntN(len(code.StackMaps))].SlotArea += 16
		return true
	}},
	{"another frame size", func(r *rand.Rand, code *asm.Code) bool {
		code.FrameSize += 16
		for i := range code.StackMaps {
			code.StackMaps[i].FrameSize += 16
		}
		return true
	}},
	{"another slot area", func(r *rand.Rand, code *asm.Code) bool {
		code.SlotArea += 16
		for i := range code.StackMaps {
			code.StackMaps[i].SlotArea += 16
		}
		return true
	}},
}

// TestCodeMutations damages stack maps of finished code; Forwarding must find that every time.
func TestCodeMutations(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	made := make([]int, len(codeMutations))
	p := newPipe(t)
	for _, f := range machinePairs(t, 10) {
		p.all(t, f)
		good := *p.code
		for i, mu := range codeMutations {
			if len(good.StackMaps) == 0 {
				continue
			}
			code := good
			code.StackMaps, code.Calls = slices.Clone(good.StackMaps), slices.Clone(good.Calls)
			p.code = &code
			if !mu.apply(r, &code) {
				continue
			}
			made[i]++
			if len(p.forwarding()) == 0 {
				t.Errorf("%v: %s is not found", f.Name, mu.name)
			}
		}
	}
	var b bytes.Buffer
	for i, mu := range codeMutations {
		fmt.Fprintf(&b, "%-36s%6d\n", mu.name, made[i])
		if made[i] == 0 {
			t.Errorf("%q is never made", mu.name)
		}
	}
	t.Logf("\n%-36s%6s\n%s", "mutation, always found", "made", b.String())
}

// TestLoweringMutations drops maps, moves them to other machine calls, and loads and stores of slots over calls, before
// registers are allocated, as a faulty lowering might.
func TestLoweringMutations(t *testing.T) {
	p := newPipe(t)
	r := rand.New(rand.NewPCG(7, 8))
	maps, moved, mild := 0, 0, 0
	for _, f := range machinePairs(t, 6) {
		p.all(t, f)
		for k := range p.vf.Calls {
			if err := p.lowered(f); err != nil {
				t.Fatal(err)
			}
			if k+1 == len(p.vf.Calls) || !exchangeMaps(p, k) {
				continue
			}
			maps++
			if err := p.allocated(); err != nil {
				t.Fatal(err)
			}
			if err := p.emitted(); err == nil && len(p.forwarding()) == 0 {
				t.Errorf("%v: exchanged maps of calls %d and %d are not found", f.Name, k, k+1)
			}
		}
		if err := p.lowered(f); err != nil {
			t.Fatal(err)
		}
		if dropMap(p) {
			if err := p.allocated(); err != nil {
				t.Fatal(err)
			}
			if err := p.emitted(); err == nil && len(p.forwarding()) == 0 {
				t.Errorf("%v: the last map is dropped, which is not found", f.Name)
			}
		}
		n := len(p.vf.Insts)
		for i := range n {
			if err := p.lowered(f); err != nil {
				t.Fatal(err)
			}
			if !moveOverCall(p, i) {
				continue
			}
			if err := p.allocated(); err != nil {
				t.Fatal(err)
			}
			switch {
			case len(p.machine(t)) > 0:
				moved++
			case p.finds(r):
				t.Errorf("%v: instruction %d moved over a call is not found\n%s", f.Name, i, f.AppendTo(nil, ir.Lossless))
			default:
				mild++ // something is computed of an old reference, no address
			}
		}
	}
	t.Logf("%d exchanged maps and %d moved instructions are found, %d do no harm", maps, moved, mild)
	if maps < 50 || moved < 50 {
		t.Error("too few")
	}
}

// dropMap drops the last map, and reports whether there is one.
func dropMap(p *pipe) bool {
	n := len(p.vf.StackMaps)
	for i := range p.vf.Lists {
		if li := &p.vf.Lists[i]; n > 0 && int(li.Map) == n {
			li.Map = 0
			p.vf.StackMaps = p.vf.StackMaps[:n-1]
			return true
		}
	}
	return false
}

// exchangeMaps exchanges the maps of calls k and k+1, and reports whether that makes a difference: they are in different
// blocks or call different functions, and have different entries.
func exchangeMaps(p *pipe, k int) bool {
	a, b := &p.vf.Lists[p.vf.Insts[p.vf.Calls[k]].Imm], &p.vf.Lists[p.vf.Insts[p.vf.Calls[k+1]].Imm]
	if a.Map == 0 && b.Map == 0 || a.Inst == 0 || b.Inst == 0 {
		return false
	}
	if p.vf.IR.Data(ir.Inst(a.Inst - 1)).X[2] == p.vf.IR.Data(ir.Inst(b.Inst - 1)).X[2] && p.f.InstBlock(ir.Inst(a.Inst-1)) == p.f.InstBlock(ir.Inst(b.Inst-1)) {
		return false
	}
	a.Map, b.Map = b.Map, a.Map
	return true
}

// moveOverCall exchanges instruction i, a load from or a store to a slot that a stack map names, with the safepoint just
// before or after it, and reports whether it did.
func moveOverCall(p *pipe, i int) bool {
	in := p.vf.Insts[i]
	d := &p.m.Descs()[vcode.DescIndex(in.Op)]
	if in.Mem != asm.MemSlot || in.Index != asm.NoReg || d.List || d.Mem == vcode.MemReads|vcode.MemWrites || d.Mem == 0 || !inMaps(p, in.Disp) {
		return false
	}
	isPoint := func(k int) bool {
		if k < 0 || k >= len(p.vf.Insts) || !p.m.Descs()[vcode.DescIndex(p.vf.Insts[k].Op)].Call || p.m.Descs()[vcode.DescIndex(p.vf.Insts[k].Op)].Term {
			return false
		}
		li := &p.vf.Lists[p.vf.Insts[k].Imm]
		for _, q := range p.vf.Uses(li) {
			if q.V == in.R[0] {
				return false // the argument of the call itself
			}
		}
		for _, q := range p.vf.Defs(li) {
			if q.V == in.R[0] {
				return false
			}
		}
		return li.Map != 0 && slices.ContainsFunc(p.vf.StackMaps[li.Map-1].Entries, func(e asm.StackMapEntry) bool { return e.Offset == uint32(in.Disp) })
	}
	k := i + 1
	if d.Mem == vcode.MemReads {
		k = i - 1
	}
	if !isPoint(k) {
		return false
	}
	p.vf.Insts[i], p.vf.Insts[k] = p.vf.Insts[k], p.vf.Insts[i]
	p.vf.Calls[slices.Index(p.vf.Calls, uint32(k))] = uint32(i)
	return true
}

func inMaps(p *pipe, off int32) bool {
	return slices.ContainsFunc(p.vf.StackMaps, func(m vcode.StackMap) bool {
		return slices.ContainsFunc(m.Entries, func(e asm.StackMapEntry) bool { return int32(e.Offset) == off })
	})
}

// TestAllocationMutations sends reloads, copies and operands to other places than the allocator chose. Where a walk along
// random paths comes upon a reference from before a safepoint, Machine must find it; the checker of register allocation
// finds the others. Where nothing is wrong at all, Machine must say so: the walks of the right code are the test of the
// walker.
func TestAllocationMutations(t *testing.T) {
	seeds := uint64(8)
	if s := os.Getenv("DAVIT_SEEDS"); s != "" {
		var err error
		if seeds, err = strconv.ParseUint(s, 0, 64); err != nil {
			t.Fatal(err)
		}
	}
	r := rand.New(rand.NewPCG(5, 6))
	p := newPipe(t)
	made, stale, found, other := 0, 0, 0, 0
	for _, f := range machinePairs(t, seeds) {
		p.all(t, f)
		if p.finds(r) {
			t.Fatalf("the walker finds something in right code\n%s", f.AppendTo(nil, ir.Lossless))
		}
		for range 400 {
			undo := p.damage(r)
			if undo == nil {
				continue
			}
			made++
			errs := p.machine(t)
			if len(errs) > 0 {
				found++
			}
			if p.finds(r) {
				stale++
				if len(errs) == 0 {
					t.Errorf("%v: not found\n%s\n%s", f.Name, f.AppendTo(nil, ir.Lossless), p.rf.Text(p.m.Env(), p.res))
				}
			} else if len(errs) == 0 && regcheck.Check(&p.rf, p.m.Env(), p.res) != nil {
				other++
			}
			undo()
			if t.Failed() {
				return
			}
		}
	}
	t.Logf("%d made; %d read a reference from before a safepoint, which is always found; Machine finds %d, the checker of register allocation %d more", made, stale, found, other)
	if stale < 80 {
		t.Error("too few of them matter")
	}
}

// damage sends an edit or an operand to another place of its kind, and returns how to undo that; nil if it did nothing.
func (p *pipe) damage(r *rand.Rand) (undo func()) {
	any := func(class asm.RegClass, size uint8) regalloc.Alloc {
		if n := p.res.NumSlots / int(size); n > 0 && r.IntN(2) == 0 {
			return regalloc.SlotAlloc(r.IntN(n) * int(size))
		}
		order := p.m.Env().Order[class]
		return regalloc.RegAlloc(order[r.IntN(len(order))])
	}
	if len(p.res.Edits) > 0 && r.IntN(2) == 0 {
		e := &p.res.Edits[r.IntN(len(p.res.Edits))]
		was := e.From
		if e.From = any(p.rf.Class[e.VReg], p.rf.SlotSize[e.VReg]); e.From == was || e.From.IsSlot() && e.To.IsSlot() {
			e.From = was
			return nil
		}
		return func() { e.From = was }
	}
	o := r.IntN(len(p.rf.Operands))
	ob := &p.rf.Operands[o]
	was := p.res.Allocs[o]
	now := any(p.rf.Class[ob.VReg], p.rf.SlotSize[ob.VReg])
	if ob.Kind != regalloc.Use || ob.Constraint == regalloc.Fixed || now == was || !now.IsReg() {
		return nil
	}
	p.res.Allocs[o] = now
	return func() { p.res.Allocs[o] = was }
}

// TestMachineErrors looks at what errors say: place, safepoint and path.
func TestMachineErrors(t *testing.T) {
	f, err := text.ParseFunc(`
function %f(i64, i64) -> i64 system_v {
    ;@needs_stack_map v0, v4
    ss0 = explicit_slot 8, align = 8
    fn0 = %g() system_v
block0(v0: i64, v1: i64):
    v2 = stack_addr.i64 ss0
    store notrap aligned v0, v2
    v3 = load.i64 v0
    brif v3, block1, block2
block1:
    call fn0(), stack_map=[i64 @ ss0+0]
    jump block2
block2:
    v4 = load.i64 notrap aligned v2
    v5 = load.i64 v4+8
    v6 = iadd v5, v1
    return v6
}`)
	if err != nil {
		t.Fatal(err)
	}
	p := newPipe(t)
	p.all(t, f)
	// Addresses come from a register that the call destroys.
	for i := range p.rf.Operands {
		ob := &p.rf.Operands[i]
		if base := p.vf.Insts[instOf(p, i)].Base; ob.Kind == regalloc.Use && base == asm.VReg(int(ob.VReg)) {
			p.res.Allocs[i] = regalloc.RegAlloc(x64.RDI)
		}
	}
	errs := p.machine(t)
	if len(errs) != 1 {
		t.Fatalf("%d errors: %v", len(errs), errs)
	}
	e := errs[0]
	if e.Level != check.Machine || e.Kind != check.StaleValue || e.Place != "rdi" || e.Value != 4 || fmt.Sprint(e.Path) != "[block1 block2]" || p.f.InstString(e.Safepoint) == "" {
		t.Errorf("%+v\n%v", *e, e)
	}
}

// TestMachineEntries moves the last store of a function below its call, or makes it store the half: the map of the call
// names a position where nothing was stored, or not enough, or where a reference is that an earlier call may have made
// wrong.
func TestMachineEntries(t *testing.T) {
	for _, tt := range []struct {
		name, before, safepoint string
		kind                    check.Kind
	}{
		{"blank", "", "", check.NotStored},
		{"half", "store notrap aligned v0, v2", "", check.NotStored},
		{"old", "store notrap aligned v0, v2\n    call fn0(), stack_map=[i64 @ ss0+0]\n    call fn1()", "call fn1()", check.StaleSlot},
	} {
		f, err := text.ParseFunc(fmt.Sprintf(`
function %%f(i64, i64) -> i64 system_v {
    ss0 = explicit_slot 8, align = 8
    fn0 = %%g() system_v
    fn1 = %%h() system_v
block0(v0: i64, v1: i64):
    v2 = stack_addr.i64 ss0
    v4 = load.i64 v1
    %s
    store notrap aligned v4, v2
    call fn0(), stack_map=[i64 @ ss0+0]
    v3 = load.i64 notrap aligned v2
    return v3
}`, tt.before))
		if err != nil {
			t.Fatal(err)
		}
		f.NeedsStackMap = []ir.Value{0, 3, 4}
		if tt.before != "" {
			if err := safepoint.Run(f, safepoint.Options{}); err != nil { // for v4, over the first calls
				t.Fatal(err)
			}
		}
		p := newPipe(t)
		p.all(t, f)
		if err := p.lowered(f); err != nil {
			t.Fatal(err)
		}
		i := len(p.vf.Insts) - 1
		for ; i >= 0; i-- {
			in := &p.vf.Insts[i]
			if d := &p.m.Descs()[vcode.DescIndex(in.Op)]; d.Mem != vcode.MemWrites || in.Mem != asm.MemSlot {
				continue
			}
			if tt.name == "half" {
				in.Size = 4
				break
			}
			if moveOverCall(p, i) {
				break
			}
		}
		if i < 0 {
			t.Fatal("no store")
		}
		if err := p.allocated(); err != nil {
			t.Fatal(err)
		}
		errs := p.machine(t)
		if len(errs) == 0 {
			t.Errorf("%s: nothing is found", tt.name)
			continue
		}
		e := errs[0] // what is stored and read too late is found as well
		got := ""
		if e.Safepoint != ir.NoInst {
			got = p.f.InstString(e.Safepoint)
		}
		if e.Level != check.Machine || e.Kind != tt.kind || e.Slot.Slot != 0 || !strings.HasPrefix(strings.TrimSpace(got), tt.safepoint) {
			t.Errorf("%s: %+v\n%v", tt.name, *e, e)
		}
	}
}

// TestIncoming makes the reload after a call read the argument that the caller has passed on the stack, which no map names.
func TestIncoming(t *testing.T) {
	f, err := text.ParseFunc(`
function %f(i64, i64, i64, i64, i64, i64, i64) -> i64 system_v {
    ;@needs_stack_map v6, v8
    ss0 = explicit_slot 8, align = 8
    fn0 = %g() system_v
block0(v0: i64, v1: i64, v2: i64, v3: i64, v4: i64, v5: i64, v6: i64):
    v7 = stack_addr.i64 ss0
    store notrap aligned v6, v7
    call fn0(), stack_map=[i64 @ ss0+0]
    v8 = load.i64 notrap aligned v7
    return v8
}`)
	if err != nil {
		t.Fatal(err)
	}
	p := newPipe(t)
	p.all(t, f)
	if err := p.lowered(f); err != nil {
		t.Fatal(err)
	}
	made := false
	for i := range p.vf.Insts {
		in := &p.vf.Insts[i]
		if p.m.Descs()[vcode.DescIndex(in.Op)].Mem == vcode.MemReads && in.Mem == asm.MemSlot {
			in.Mem, in.Disp, made = asm.MemIncoming, 0, true
		}
	}
	if err := p.allocated(); err != nil || !made {
		t.Fatal(err, made)
	}
	if errs := p.machine(t); len(errs) != 1 || errs[0].Kind != check.StaleValue {
		t.Errorf("%v", errs)
	}
}

// instOf returns the instruction of an operand.
func instOf(p *pipe, o int) int {
	i, _ := slices.BinarySearch(p.rf.OperandStart, uint32(o)+1)
	return i - 1
}
