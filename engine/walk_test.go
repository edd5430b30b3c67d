//go:build linux && amd64

package engine_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"davit/asm"
	"davit/compile"
	"davit/engine"
	"davit/ir/text"
	"davit/jit"
	"davit/settings"
)

// link is a function of a random chain of calls: it calls the next one, or passes its frame on to it.
type link struct {
	name  string
	conv  string
	nargs int
	fp    bool // keeps a frame pointer
	tail  bool // ends in a tail call
	slot  int  // size of its slot, of which the last word is a root
	live  int  // values that it keeps over the call, and that take registers which callees save
	root  uint64
}

var walkConvs = []string{"system_v", "fast", "tail", "tail", "tail"}

func randomChain(rnd *rand.Rand) []link {
	chain := make([]link, 2+rnd.IntN(7))
	for i := range chain {
		l := &chain[i]
		*l = link{name: fmt.Sprintf("f%d", i), conv: walkConvs[rnd.IntN(len(walkConvs))], nargs: rnd.IntN(3), fp: rnd.IntN(3) == 0,
			slot: 8 << rnd.IntN(4), live: rnd.IntN(8), root: uint64(i+1) * 1000}
		if rnd.IntN(2) == 0 {
			l.nargs = rnd.IntN(20)
		}
		if i > 0 && l.conv == "tail" && chain[i-1].conv == "tail" {
			chain[i-1].tail = rnd.IntN(2) == 0
		}
	}
	chain[0].conv, chain[0].nargs = "system_v", 1
	chain[0].tail = false
	return chain
}

// text returns the function, with the end of the chain if next is nil: last is its body.
func (l *link) text(next *link, last string) string {
	var b strings.Builder
	params := make([]string, l.nargs)
	for i := range params {
		params[i] = fmt.Sprintf("v%d: i64", i)
	}
	fmt.Fprintf(&b, "function %%%s(%s) -> i64 %s {\n", l.name, list("i64", l.nargs), l.conv)
	if !l.tail && next != nil {
		fmt.Fprintf(&b, "    ss0 = explicit_slot %d\n", l.slot)
	}
	if next != nil {
		fmt.Fprintf(&b, "    fn0 = colocated %%%s(%s) -> i64 %s\n", next.name, list("i64", next.nargs), next.conv)
	} else {
		fmt.Fprintf(&b, "    ss0 = explicit_slot 16\n    fn0 = %%host(%s) -> i64 tail\n", list("i64", 9))
	}
	fmt.Fprintf(&b, "block0(%s):\n", strings.Join(params, ", "))
	if next == nil {
		b.WriteString(last)
		return b.String() + "}\n"
	}
	args := make([]string, next.nargs)
	for i := range args {
		args[i] = fmt.Sprintf("v%d", 100+i)
		fmt.Fprintf(&b, "    %s = iconst.i64 %d\n", args[i], i+1)
	}
	if l.tail {
		fmt.Fprintf(&b, "    return_call fn0(%s)\n}\n", strings.Join(args, ", "))
		return b.String()
	}
	fmt.Fprintf(&b, "    v50 = iconst.i64 %d\n    v51 = stack_addr.i64 ss0+%d\n    store notrap aligned v50, v51\n", l.root, l.slot-8)
	for i := range l.live {
		fmt.Fprintf(&b, "    v%d = load.i64 notrap v51+%d\n    v%d = iadd v%d, v50\n", 200+i, 0, 220+i, 200+i)
	}
	fmt.Fprintf(&b, "    v60 = call fn0(%s), stack_map=[i64 @ ss0+%d]\n    v61 = load.i64 notrap aligned v51\n    v62 = iadd v60, v61\n",
		strings.Join(args, ", "), l.slot-8)
	sum := "v62"
	for i := range l.live { // the difference of what was kept is zero
		fmt.Fprintf(&b, "    v%d = isub v%d, v%d\n    v%d = isub v%d, v50\n    v%d = iadd %s, v%d\n", 240+i, 220+i, 200+i, 260+i, 240+i, 280+i, sum, 260+i)
		sum = fmt.Sprintf("v%d", 280+i)
	}
	for i := range l.nargs {
		fmt.Fprintf(&b, "    v%d = iadd %s, v%d\n", 300+i, sum, i)
		sum = fmt.Sprintf("v%d", 300+i)
	}
	fmt.Fprintf(&b, "    return %s\n}\n", sum)
	return b.String()
}

func list(s string, n int) string { return strings.TrimSuffix(strings.Repeat(s+", ", n), ", ") }

// walkTarget is a target for baseline x86-64.
func walkTarget(t *testing.T, fp bool) compile.Target {
	t.Helper()
	fl := settings.Default(settings.X86_64)
	fl.SetBool(settings.PreserveFramePointers, fp)
	for _, s := range []string{"enable_probestack", "probestack_strategy=inline"} {
		if err := fl.Set(s); err != nil {
			t.Fatal(err)
		}
	}
	tg, err := compile.NewTarget("x86_64", &fl)
	if err != nil {
		t.Fatal(err)
	}
	return tg
}

// define compiles one function into m.
func define(t *testing.T, m *jit.Module, tg compile.Target, src string) *asm.Code {
	t.Helper()
	file, errs := text.Parse([]byte(src), text.Options{})
	if err := errs.Err(); err != nil {
		t.Fatalf("%v\n%s", err, src)
	}
	f := file.Funcs[0].Func
	var c compile.Context
	code, err := c.Compile(f, tg)
	if err != nil {
		t.Fatalf("%v\n%s", err, src)
	}
	sig, err := engine.Signature(&f.Sig, tg)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Define(f.Name.Linkage(), sig, code); err != nil {
		t.Fatal(err)
	}
	return code
}

// chainModule compiles a chain and links it with a host function that takes some of its nine arguments on the stack and
// them off it.
func chainModule(t *testing.T, chain []link, last string, host jit.HostFunc) (m *jit.Module, src string) {
	t.Helper()
	m, err := jit.NewModule()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	targets := map[bool]compile.Target{false: walkTarget(t, false), true: walkTarget(t, true)}
	for i := range chain {
		var next *link
		if i+1 < len(chain) {
			next = &chain[i+1]
		}
		one := chain[i].text(next, last)
		src += one
		define(t, m, targets[chain[i].fp], one)
	}
	file, _ := text.Parse([]byte(fmt.Sprintf("function %%h(%s) -> i64 tail {\nblock0(%s):\n    trap user1\n}\n", list("i64", 9),
		"v0: i64, v1: i64, v2: i64, v3: i64, v4: i64, v5: i64, v6: i64, v7: i64, v8: i64")), text.Options{})
	sig, err := engine.Signature(&file.Funcs[0].Func.Sig, targets[false])
	if err != nil {
		t.Fatal(err)
	}
	if err := m.HostRaw("host", sig, host); err != nil {
		t.Fatal(err)
	}
	if err := m.Link(); err != nil {
		t.Fatal(err)
	}
	return m, src
}

// TestWalkMixedFrames walks chains of frames with and without frame pointers, of conventions that leave arguments on the
// stack and that take them off, with tail calls to functions of more and of fewer arguments in between. Every root must be
// found, and its update be seen by the function.
func TestWalkMixedFrames(t *testing.T) {
	const last = "    v900 = iconst.i64 7\n    v901 = call fn0(v900, v900, v900, v900, v900, v900, v900, v900, v900)\n    return v901\n"
	rnd := rand.New(rand.NewPCG(5, 6))
	for range 150 {
		chain := randomChain(rnd)
		var got []string
		m, src := chainModule(t, chain, last, func(c *jit.Call) {
			for f := range c.Frames() {
				s := f.Func
				for r := range f.Roots() {
					s += fmt.Sprintf(" %d", r.Load8())
					r.Store8(r.Load8() + 100_000)
				}
				got = append(got, s)
			}
			c.Results()[0] = 5
		})
		var want []string
		sum := int64(5)
		for i := range chain {
			l := &chain[i]
			if l.tail {
				continue
			}
			if i+1 == len(chain) {
				want = append(want, l.name)
				continue
			}
			want = append(want, fmt.Sprintf("%s %d", l.name, l.root))
			sum += int64(l.root) + 100_000 + int64(l.nargs*(l.nargs+1)/2)
		}
		slices.Reverse(want)
		f, err := m.Lookup("f0")
		if err != nil {
			t.Fatal(err)
		}
		out, err := f.Call(jit.Int64(1))
		if err != nil {
			t.Fatalf("%v\n%s", err, src)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("frames %q, want %q\n%+v\n%s", got, want, chain, src)
		}
		if out[0].Int() != sum {
			t.Fatalf("result %d, want %d\n%s", out[0].Int(), sum, src)
		}
	}
}

// TestTrapMixedFrames lets the last function of a chain trap: in a leaf without a frame, in one with values below the
// stack pointer, in a division, in the prologue as the stack ends, behind a call that took arguments off the stack.
func TestTrapMixedFrames(t *testing.T) {
	ends := []struct{ code, text string }{
		{"heap_oob", "    v900 = iconst.i64 8\n    v901 = load.i64 v900\n    return v901\n"},
		{"user9", "    trap user9\n"},
		{"heap_oob", "    v900 = iconst.i64 8\n    v901 = stack_addr.i64 ss0\n    store notrap v900, v901\n    v902 = load.i64 v900\n    v903 = load.i64 notrap v901\n" +
			"    v904 = iadd v902, v903\n    return v904\n"},
		{"int_divz", "    v900 = iconst.i64 0\n    v901 = iconst.i64 7\n    v902 = udiv v901, v900\n    return v902\n"},
		{"user3", "    v900 = iconst.i64 7\n    v901 = call fn0(v900, v900, v900, v900, v900, v900, v900, v900, v900)\n    trapz v901, user3\n    return v901\n"},
		{"stk_ovf", "    v900 = stack_addr.i64 ss0\n    v901 = load.i64 v900\n    return v901\n"},
	}
	rnd := rand.New(rand.NewPCG(7, 8))
	for round := range 120 {
		end := ends[round%len(ends)]
		chain := randomChain(rnd)
		m, src := chainModule(t, chain, end.text, func(c *jit.Call) { c.Results()[0] = 0 })
		if end.code == "stk_ovf" { // the same once more, with a slot beyond every stack
			m, src = overflowModule(t, chain, end.text)
		}
		var want []string
		for i := range chain {
			if !chain[i].tail {
				want = append(want, chain[i].name)
			}
		}
		slices.Reverse(want)
		f, err := m.Lookup("f0")
		if err != nil {
			t.Fatal(err)
		}
		_, err = f.Call(jit.Int64(1))
		var trap *jit.Trap
		if !errors.As(err, &trap) {
			t.Fatalf("error is %v\n%s", err, src)
		}
		var got []string
		for _, l := range trap.Backtrace {
			got = append(got, l.Func)
		}
		if trap.Code.String() != end.code || !slices.Equal(got, want) {
			t.Fatalf("trap %v, frames %q; want %s, %q\n%+v\n%s", trap.Code, got, end.code, want, chain, src)
		}
	}
}

// overflowModule is chainModule with a slot of many pages in the last function.
func overflowModule(t *testing.T, chain []link, last string) (m *jit.Module, src string) {
	t.Helper()
	m, err := jit.NewModule()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	for i := range chain {
		var next *link
		if i+1 < len(chain) {
			next = &chain[i+1]
		}
		one := chain[i].text(next, last)
		if next == nil {
			one = strings.Replace(one, "explicit_slot 16", "explicit_slot 0x400_0000", 1)
			one = strings.Replace(one, "    fn0 = %host("+list("i64", 9)+") -> i64 tail\n", "", 1)
		}
		src += one
		define(t, m, walkTarget(t, chain[i].fp), one)
	}
	if err := m.Link(); err != nil {
		t.Fatal(err)
	}
	return m, src
}
