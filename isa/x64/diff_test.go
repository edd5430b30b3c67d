//go:build linux && amd64

package x64_test

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"davit/compile"
	"davit/interp"
	"davit/ir"
	"davit/ir/data"
	"davit/ir/op"
	"davit/ir/text"
	"davit/jit"
	"davit/jit/libcall"
	"davit/settings"
)

// Every opcode on values, for every combination of types that the machine supports, is compiled for each level of the
// instruction set that the processor at hand has, and compared with the interpreter, which defines it. Operands and
// results go through memory, so that values of all types can be passed in the same way.

var (
	rounds = flag.Int("rounds", 5, "operands per opcode and combination of types")
	every  = flag.Bool("levels", false, "test all levels of the instruction set, not only some")
	only   = flag.String("op", "", "only opcodes whose name contains this")
)

// levels are the settings under test; the first few are always tested. The first has nothing beyond SSE2.
var levels = []string{
	"baseline", "ssse3", "sse42 has_avx", "icelake-server", "sse41 enable_nan_canonicalization",
	"sse41", "sse42 has_popcnt", "haswell", "skylake-avx512", "haswell enable_nan_canonicalization", "knl", "znver4", "bdver4",
	"x86-64-v3", "x86-64-v4",
}

const usualLevels = 5

func levelFlags(tb testing.TB, level string) *settings.Flags {
	fl := settings.FiletestBaseline(settings.X86_64)
	fl.SetBool(settings.EnableMultiRetImplicitSret, true)
	for _, s := range strings.Fields(level) {
		if err := fl.Set(s); err != nil {
			tb.Fatal(err)
		}
	}
	return &fl
}

// subject is one opcode with types, and text for its immediates.
type subject struct {
	name string
	op   op.Opcode
	ctrl op.Type
	args []op.Type
	imm  []string // variants of what stands for operands that are no values; %s in it are the values
}

var allTypes = func() []op.Type {
	var ts []op.Type
	for t := op.I8; t <= op.F128; t++ {
		ts = append(ts, t)
	}
	for t := op.I8; t <= op.F64; t++ {
		for n := 2; n*t.Bits() <= 128; n *= 2 {
			ts = append(ts, op.Vector(t, n))
		}
	}
	return ts
}()

// subjects lists the opcodes that only compute, for all types of at most 128 bits.
func subjects() []subject {
	var list []subject
	for o := op.Opcode(1); o < op.NumOpcodes; o++ {
		info := o.Info()
		if o.Has(op.CanLoad|op.CanStore|op.IsCall|op.SideEffects|op.IsTerminator) || len(info.Results) == 0 || !strings.Contains(info.Name, *only) {
			continue
		}
		switch o.Format() {
		case op.FmtUnary, op.FmtBinary, op.FmtTernary, op.FmtBinaryImm8, op.FmtTernaryImm8, op.FmtShuffle, op.FmtIntCompare,
			op.FmtFloatCompare, op.FmtIntAddTrap, op.FmtLoadNoOffset:
		default:
			continue
		}
		ctrls := []op.Type{op.Invalid}
		if o.Polymorphic() {
			ctrls = slices.DeleteFunc(slices.Clone(allTypes), func(t op.Type) bool { return !info.Ctrl.Has(t) })
		}
		for _, ctrl := range ctrls {
			list = appendSubjects(list, o, ctrl, nil)
		}
	}
	return list
}

// appendSubjects completes the types of the arguments in every way.
func appendSubjects(list []subject, o op.Opcode, ctrl op.Type, args []op.Type) []subject {
	rules := o.Info().Args
	if len(args) < len(rules) {
		r := rules[len(args)]
		if t := r.Resolve(ctrl); t != op.Invalid {
			return appendSubjects(list, o, ctrl, append(args, t))
		}
		for _, t := range allTypes {
			if r.Allows(ctrl, t) && (o != op.Bitcast || t.Bits() == ctrl.Bits()) {
				list = appendSubjects(list, o, ctrl, append(slices.Clone(args), t))
			}
		}
		return list
	}
	for _, r := range o.Info().Results {
		if t := r.Resolve(ctrl); t == op.Invalid || t.Bits() > 128 {
			return list
		}
	}
	s := subject{name: o.String(), op: o, ctrl: ctrl, args: slices.Clone(args)}
	vs := strings.TrimSuffix(strings.Repeat("%s, ", len(args)), ", ")
	switch o.Format() {
	case op.FmtIntCompare:
		for cc := range op.IntCC(op.NumIntCC) {
			s.imm = append(s.imm, cc.String()+" "+vs)
		}
	case op.FmtFloatCompare:
		for cc := range op.FloatCC(op.NumFloatCC) {
			s.imm = append(s.imm, cc.String()+" "+vs)
		}
	case op.FmtBinaryImm8, op.FmtTernaryImm8:
		for k := range ctrl.Lanes() {
			s.imm = append(s.imm, fmt.Sprintf("%s, %d", vs, k))
		}
	case op.FmtShuffle:
		s.imm = shuffleMasks(vs)
	case op.FmtIntAddTrap:
		s.imm = []string{vs + ", user7"}
	case op.FmtLoadNoOffset:
		s.imm = []string{"little " + vs}
	default:
		s.imm = []string{vs}
	}
	return append(list, s)
}

// shuffleMasks are shuffles of every kind that has an instruction, and random ones.
func shuffleMasks(vs string) []string {
	rnd := rand.New(rand.NewPCG(1, 2))
	var masks [][16]int
	add := func(f func(i int) int) {
		var m [16]int
		for i := range m {
			m[i] = f(i) & 31
		}
		masks = append(masks, m)
	}
	for k := range 32 {
		add(func(i int) int { return i + k })
		add(func(int) int { return k })
	}
	for size := 1; size <= 8; size *= 2 {
		for _, from := range []int{0, 8} {
			for _, swap := range []int{0, 16} {
				add(func(i int) int { return swap ^ (i/size&1*16 + from + i/(2*size)*size + i%size) })
				add(func(i int) int { return swap + from + i/(2*size)*size + i%size })
			}
		}
	}
	for range 20 { // random lanes
		for size := 1; size <= 8; size *= 2 {
			var lanes [16]int
			for i := range lanes {
				lanes[i] = rnd.IntN(32 / size)
			}
			add(func(i int) int { return lanes[i/size]*size + i%size })
			add(func(i int) int { return lanes[i/size]*size%16 + i%size })
			add(func(i int) int { return i + lanes[i/size]&1*16 })
		}
		lo, hi := rnd.IntN(256), rnd.IntN(256)
		add(func(i int) int { return halfWord(i, 0, lo) })
		add(func(i int) int { return halfWord(i, 4, hi) | 16 })
		add(func(i int) int { return hi>>(i/4*2)&3*4 + i%4 + i/8*16 })
	}
	var out []string
	for _, m := range masks {
		out = append(out, vs+", "+strings.ReplaceAll(fmt.Sprint(m), ",", ""))
	}
	return out
}

// halfWord permutes the four words from word base on by an immediate.
func halfWord(i, base, imm int) int {
	w := i / 2
	if w < base || w >= base+4 {
		return i
	}
	return (base+imm>>((w-base)*2)&3)*2 + i%2
}

// suffix is what CLIF writes behind the opcode.
func (s *subject) suffix() string {
	if s.ctrl == op.Invalid {
		return ""
	}
	return "." + s.ctrl.String()
}

// text returns a function that loads operands, computes and stores results. Bit k of consts says that argument k is the
// constant vals[k] instead, if there are constants of its type.
func (s *subject) text(name, imm string, consts int, vals []data.Value) string {
	var b strings.Builder
	fmt.Fprintf(&b, "function %%%s(i64, i64) {\nblock0(v0: i64, v1: i64):\n", name)
	ops := make([]any, len(s.args))
	for k, t := range s.args {
		ops[k] = fmt.Sprintf("v%d", 10+k)
		if c := constant(t, vals, k); consts>>k&1 != 0 && c != "" {
			fmt.Fprintf(&b, "    v%d = %s\n", 10+k, c)
			continue
		}
		fmt.Fprintf(&b, "    v%d = load.%s v0+%d\n", 10+k, t, 16*k)
	}
	results := make([]string, len(s.op.Info().Results))
	for k := range results {
		results[k] = fmt.Sprintf("v%d", 20+k)
	}
	fmt.Fprintf(&b, "    %s = %s%s %s\n", strings.Join(results, ", "), s.op, s.suffix(), fmt.Sprintf(imm, ops...))
	for k, r := range results {
		fmt.Fprintf(&b, "    store %s, v1+%d\n", r, 16*k)
	}
	b.WriteString("    return\n}\n")
	return b.String()
}

func constant(t op.Type, vals []data.Value, k int) string {
	if vals == nil {
		return ""
	}
	switch {
	case t.IsInt() && t != op.I128, t.IsFloat() && t != op.F128:
		kind := map[bool]string{true: "iconst." + t.String(), false: t.String() + "const"}[t.IsInt()]
		return kind + " " + vals[k].String()
	case t.IsVector() && t.LaneBits() <= 64 && t.Lane() != op.F16:
		return "vconst." + t.String() + " " + vals[k].String()
	}
	return ""
}

// Operands.

var floatEdges = []float64{0, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 0.9999, -0.9999, 127.9, 128, -128, -128.9, -129, 255.5, 256, 32767.9,
	32768, -32769, 65535.9, 65536, 1 << 23, 1<<23 + 1, 8388607.5, 1 << 31, 1<<31 - 0.5, -1 << 31, -1<<31 - 1, 1<<32 - 1, 1 << 32, 1 << 52, 1<<52 + 1,
	1<<63 - 512, 1 << 63, -1 << 63, -1<<63 - 2048, 1 << 64, 1<<64 - 2048, 1e30, -1e30, 1e-40, 5e-324, 3.4e38, 1.7e308}

// lane returns a random value for a scalar of type t, often one where something changes.
func lane(rnd *rand.Rand, t op.Type) data.Value {
	lo, hi := rnd.Uint64(), rnd.Uint64()
	switch rnd.IntN(4) {
	case 0:
		return data.FromBits(t, lo, hi)
	case 1:
		if t == op.F32 || t == op.F64 {
			x := floatEdges[rnd.IntN(len(floatEdges))]
			if rnd.IntN(2) == 0 {
				x = -x
			}
			if t == op.F32 {
				return data.F32(float32(x))
			}
			return data.F64(x)
		}
		fallthrough
	case 2: // a pattern of few changes between ones and zeros
		k, n := rnd.IntN(t.Bits()), rnd.IntN(4)
		lo, hi = ^uint64(0), ^uint64(0)
		if k < 64 {
			lo <<= k
		} else {
			lo, hi = 0, hi<<(k-64)
		}
		if n&1 != 0 {
			lo, hi = ^lo, ^hi
		}
		if n&2 != 0 {
			lo++
		}
		return data.FromBits(t, lo, hi)
	}
	if t.IsFloat() { // infinities and NaNs
		m := map[int]uint{16: 10, 32: 23, 64: 52, 128: 112}[t.Bits()]
		frac := []uint64{0, 1, 1 << (min(m, 64) - 1), lo & (1<<min(m, 63) - 1)}[rnd.IntN(4)]
		if m == 112 {
			return data.FromBits(t, frac, 0x7fff<<48|hi&(1<<63)|frac>>1&(1<<48-1))
		}
		exp := (uint64(1)<<(uint(t.Bits())-1-m) - 1) << m
		return data.FromBits(t, exp|frac|lo&(1<<(t.Bits()-1)), 0)
	}
	return data.FromBits(t, uint64(int64(rnd.IntN(9)-4)), 0)
}

func operand(rnd *rand.Rand, t op.Type) data.Value {
	if !t.IsVector() {
		return lane(rnd, t)
	}
	lanes := make([]data.Value, t.Lanes())
	for i := range lanes {
		lanes[i] = lane(rnd, t.Lane())
	}
	if rnd.IntN(8) == 0 {
		for i := range lanes {
			lanes[i] = lanes[0]
		}
	}
	return data.Lanes(t, lanes...)
}

// run is a compiled and an interpreted form of the same functions.
type run struct {
	target compile.Target
	ctx    compile.Context
	mod    *jit.Module
	mem    []byte
	memAt  uintptr
	funcs  []*ir.Func
	in     *interp.Module
	inAt   uint64
}

const operandBytes = 128 // of which half are for results

var jitSig = jit.SystemV([]jit.Kind{jit.I64, jit.I64}, nil)

func newRun(tb testing.TB, fl *settings.Flags) *run {
	r := &run{}
	r.ctx.CheckAllocation = true
	var err error
	if r.target, err = compile.NewTarget("x86_64", fl); err != nil {
		tb.Fatal(err)
	}
	if r.mod, err = jit.NewModule(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { r.mod.Close() })
	for _, name := range libcall.Names() {
		if _, err := libcall.Define(r.mod, name); err != nil {
			tb.Fatal(err)
		}
	}
	if err := r.mod.DefineData("operands", make([]byte, operandBytes)); err != nil {
		tb.Fatal(err)
	}
	r.mem, _ = r.mod.Data("operands", operandBytes)
	r.memAt, _ = r.mod.Address("operands")
	return r
}

// add compiles the functions of a text. It reports whether the target supports them.
func (r *run) add(tb testing.TB, src string) bool {
	file, errs := text.Parse([]byte(src), text.Options{})
	if len(errs) > 0 {
		tb.Fatalf("%v\n%s", errs[0], src)
	}
	for _, f := range file.Funcs {
		code, err := r.ctx.Compile(f.Func, r.target)
		var lacking *compile.Unsupported
		if errors.As(err, &lacking) {
			return false
		}
		if err != nil {
			tb.Fatalf("%v\n%s", err, src)
		}
		if err := r.mod.Define(f.Name.Linkage(), jitSig, code); err != nil {
			tb.Fatal(err)
		}
		r.funcs = append(r.funcs, f.Func)
	}
	return true
}

func (r *run) link(tb testing.TB, canonical bool) {
	if err := r.mod.Link(); err != nil {
		tb.Fatal(err)
	}
	var err error
	if r.in, err = interp.NewModule(r.funcs, interp.Options{CanonicalNaN: canonical, StackSize: 4096, MaxDepth: 100}); err != nil {
		tb.Fatal(err)
	}
	r.inAt = r.in.Memory().Map(operandBytes)
}

// outcome is what a function did: it stored results, or trapped.
type outcome struct {
	trap string
	out  []byte
}

func (r *run) native(tb testing.TB, name string, in []byte) outcome {
	clear(r.mem)
	copy(r.mem, in)
	f, err := r.mod.Lookup(name)
	if err != nil {
		tb.Fatal(err)
	}
	_, err = f.Call(jit.Int64(int64(r.memAt)), jit.Int64(int64(r.memAt)+operandBytes/2))
	var trap *jit.Trap
	if errors.As(err, &trap) {
		return outcome{trap: trap.Code.String()}
	}
	if err != nil {
		tb.Fatalf("%s: %v", name, err)
	}
	return outcome{out: slices.Clone(r.mem[operandBytes/2:])}
}

func (r *run) defined(tb testing.TB, name string, in []byte) (outcome, bool) {
	mem, _ := r.in.Memory().Bytes(r.inAt, operandBytes)
	clear(mem)
	copy(mem, in)
	_, err := r.in.Call(name, []data.Value{data.I64(int64(r.inAt)), data.I64(int64(r.inAt) + operandBytes/2)})
	var trap *interp.Trap
	var lacking *interp.Unsupported
	switch {
	case errors.As(err, &trap):
		return outcome{trap: trap.Code.String()}, true
	case errors.As(err, &lacking):
		return outcome{}, false
	case err != nil:
		tb.Fatalf("%s: %v", name, err)
	}
	return outcome{out: slices.Clone(mem[operandBytes/2:])}, true
}

// same compares the results of type t at a place; NaNs made by arithmetic are all the same.
func same(t op.Type, a, b []byte, anyNaN bool) bool {
	n := t.LaneBits() / 8
	for i := 0; i < t.Bytes(); i += n {
		x, y := data.FromBytes(t.Lane(), a[i:i+n]), data.FromBytes(t.Lane(), b[i:i+n])
		if !x.Equal(y) && !(anyNaN && quietNaN(x) && quietNaN(y)) {
			return false
		}
	}
	return true
}

func quietNaN(v data.Value) bool {
	lo, _ := v.Bits()
	switch v.Type() {
	case op.F32:
		return lo&0x7fc0_0000 == 0x7fc0_0000
	case op.F64:
		return lo&0x7ff8_0000_0000_0000 == 0x7ff8_0000_0000_0000
	}
	return false
}

// bitwise are the opcodes that move bits of floats without looking at them.
var bitwise = map[op.Opcode]bool{op.Fneg: true, op.Fabs: true, op.Fcopysign: true, op.Bitcast: true, op.Select: true,
	op.SelectSpectreGuard: true, op.Bitselect: true, op.Blendv: true, op.Splat: true, op.Insertlane: true, op.Extractlane: true,
	op.Band: true, op.Bor: true, op.Bxor: true, op.Bnot: true, op.ScalarToVector: true}

// trial is one function under test.
type trial struct {
	s      *subject
	name   string
	src    string
	vals   []data.Value
	consts int
}

func TestEveryOpcode(t *testing.T) {
	have := settings.Native()
	all := subjects()
	supported := map[string]bool{}
	if !*every {
		levels = levels[:usualLevels]
	}
	for _, level := range levels {
		fl := levelFlags(t, level)
		if m := fl.Missing(&have); len(m) > 0 {
			t.Logf("%s: the processor lacks %v", level, m)
			continue
		}
		testLevel(t, level, fl, all, supported)
	}
	if *only == "" {
		golden(t, all, supported)
	}
}

func testLevel(t *testing.T, level string, fl *settings.Flags, all []subject, supported map[string]bool) {
	rnd := rand.New(rand.NewPCG(3, 4))
	r := newRun(t, fl)
	var trials []trial
	for i := range all {
		s := &all[i]
		for j, imm := range s.imm {
			for consts := range 1 << len(s.args) {
				if consts != 0 && (j > 0 && s.op.Format() == op.FmtShuffle || j%4 != 0) {
					continue
				}
				tr := trial{s: s, name: fmt.Sprintf("f%d", len(trials)), consts: consts}
				if consts != 0 {
					for _, a := range s.args {
						tr.vals = append(tr.vals, operand(rnd, a))
					}
				}
				tr.src = s.text(tr.name, imm, consts, tr.vals)
				if consts != 0 && strings.Count(tr.src, "load.") == len(s.args) {
					continue
				}
				if !r.add(t, tr.src) {
					break
				}
				supported[s.String()] = true
				trials = append(trials, tr)
			}
		}
	}
	r.link(t, strings.Contains(level, "canonical"))
	failed := 0
	for _, tr := range trials {
		if failed += r.compare(t, rnd, level, &tr); failed > 10 {
			t.Fatal("too many differences")
		}
	}
	t.Logf("%s: %d functions", level, len(trials))
}

func (s *subject) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s%s", s.op, s.suffix())
	for _, a := range s.args {
		fmt.Fprintf(&b, " %s", a)
	}
	return b.String()
}

// compare runs one function on several operands.
func (r *run) compare(t *testing.T, rnd *rand.Rand, level string, tr *trial) (failed int) {
	n := *rounds
	if len(tr.s.imm) > 4 {
		n = max(2, n/4)
	}
	for range n {
		in := make([]byte, operandBytes/2)
		var shown []string
		for k, a := range tr.s.args {
			v := operand(rnd, a)
			if tr.consts>>k&1 != 0 {
				v = tr.vals[k]
			}
			copy(in[16*k:], v.Bytes())
			shown = append(shown, v.String())
		}
		want, ok := r.defined(t, tr.name, in)
		if !ok {
			return failed
		}
		got := r.native(t, tr.name, in)
		equal := got.trap == want.trap
		if equal && got.trap == "" {
			for k, rule := range tr.s.op.Info().Results {
				at := 16 * k
				equal = equal && same(rule.Resolve(tr.s.ctrl), got.out[at:], want.out[at:], !bitwise[tr.s.op])
			}
		}
		if !equal {
			t.Errorf("%s: %v: got %v, want %v\n%s", level, shown, got, want, tr.src)
			return failed + 1
		}
	}
	return failed
}

func (o outcome) String() string {
	if o.trap != "" {
		return "trap " + o.trap
	}
	return fmt.Sprintf("%x", o.out[:32])
}

// golden compares what is not supported with a list.
func golden(t *testing.T, all []subject, supported map[string]bool) {
	const path = "testdata/unsupported.txt"
	var b strings.Builder
	for i := range all {
		if !supported[all[i].String()] {
			fmt.Fprintln(&b, all[i].String())
		}
	}
	if os.Getenv("DAVIT_BLESS") != "" {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != b.String() {
		t.Errorf("the list of unsupported combinations in %s is out of date (DAVIT_BLESS=1 writes it)", path)
	}
}
