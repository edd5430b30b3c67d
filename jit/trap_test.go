//go:build linux && (amd64 || arm64 || riscv64 || s390x)

package jit

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"davit/asm"
	"davit/jit/internal/native"
)

// trapOf calls f and returns the trap it ends with.
func trapOf(tb testing.TB, f *Function, args ...Value) *Trap {
	tb.Helper()
	_, err := f.Call(args...)
	var t *Trap
	if !errors.As(err, &t) {
		tb.Fatalf("%s: error is %v, not a trap", f.Name(), err)
	}
	return t
}

// goNilPanic makes and recovers a nil pointer panic in Go.
func goNilPanic() (r any) {
	defer func() { r = recover() }()
	var p *int
	*p = 1
	return nil
}

func TestTraps(t *testing.T) {
	m := newModule(t)
	check(t,
		m.Define("div", sigI64I64, divCode()),
		m.Define("load", sigI64, loadCode()),
		m.Define("trap", SystemV(nil, nil), trapCode()),
		m.Define("unannounced", sigI64, machineCode("load")),
		m.Define("wild", sigI64, wildCode()),
		m.Define("recurse", sigI64, recurseCode()),
		m.Link())
	data, err := NewModule()
	check(t, err, data.DefineData("d", nil))
	notCode, err := data.Address("d")
	check(t, err)
	defer data.Close()
	div := fmt.Sprintf("jit: trap int_divz in div+%#x", labelOffset("div.trap"))
	for _, c := range []struct {
		name string
		args []Value
		want string
	}{
		{"div", []Value{Int64(1), Int64(0)}, div},
		{"load", []Value{Int64(0)}, "jit: trap heap_oob in load+0x0"},
		{"load", []Value{Bits(I64, 0xdead<<48, 0)}, "jit: trap heap_oob in load+0x0"},
		{"trap", nil, fmt.Sprintf("jit: trap user7 in trap+%#x", labelOffset("trap.trap"))},
		{"unannounced", []Value{Int64(8)}, fmt.Sprintf("jit: trap fault in unannounced+0x0 (signal 11, address %#x, no trap is recorded there)", 8&^pageMask)},
		{"wild", []Value{Int64(16)}, "jit: trap fault outside of compiled functions, at 0x10 (signal 11"},
		{"wild", []Value{Int64(int64(notCode))}, fmt.Sprintf("at %#x", notCode)},
		{"recurse", []Value{Int64(0)}, "jit: trap stk_ovf in recurse+0x"},
	} {
		trap := trapOf(t, lookup(t, m, c.name), c.args...)
		if !strings.Contains(trap.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.name, trap, c.want)
		}
		if goNilPanic() == nil {
			t.Error("nil panic in Go lost")
		}
	}
	if got := call1(t, lookup(t, m, "div"), 7, -2); got != -3 {
		t.Errorf("div(7, -2) after traps = %d", got)
	}
}

func TestTrapBacktrace(t *testing.T) {
	m := newModule(t)
	check(t, m.Define("host", sigI64, loadCode()), m.Define("pass", sigI64, passCode()), m.Define("twice", sigI64, callCode("pass")), m.Link())
	if got := fmt.Sprint(trapOf(t, lookup(t, m, "pass"), Int64(0)).Backtrace); got != fmt.Sprintf("[host+0x0 pass+%#x]", afterCall(passCode(), 0)) {
		t.Errorf("backtrace is %s", got)
	}
	rec := one(t, m, "recurse", sigI64, recurseCode())
	bt := trapOf(t, rec, Int64(0)).Backtrace
	if len(bt) != maxBacktrace || bt[1] != (Location{"recurse", afterCall(recurseCode(), 0), NoSource}) {
		t.Errorf("backtrace of %d locations, second is %v", len(bt), bt[1])
	}
	wild := one(t, m, "wild", sigI64, wildCode())
	if got := fmt.Sprint(trapOf(t, wild, Int64(16)).Backtrace); got != fmt.Sprintf("[unknown code wild+%#x]", labelOffset("wild.ret")) {
		t.Errorf("backtrace is %s", got)
	}
}

// A trap below a host call ends the inner call only.
func TestTrapInNestedCall(t *testing.T) {
	m := newModule(t)
	var div *Function
	check(t, m.Host("host", func(x int64) int64 {
		if _, err := div.Call(Int64(x), Int64(0)); err == nil {
			t.Error("no trap")
		}
		return x + 100
	}))
	check(t, m.Define("pass", sigI64, passCode()), m.Define("div", sigI64I64, divCode()), m.Link())
	div = lookup(t, m, "div")
	for i := range int64(1000) {
		if got := call1(t, lookup(t, m, "pass"), i); got != i+101 {
			t.Fatalf("pass(%d) = %d", i, got)
		}
	}
}

// What a host function asks for with Call.Trap.
func TestHostTrap(t *testing.T) {
	m := newModule(t)
	check(t, m.HostRaw("host", sigI64, func(c *Call) { c.Trap(9) }))
	f := one(t, m, "pass", sigI64, passCode())
	if got := trapOf(t, f, Int64(0)).Error(); got != fmt.Sprintf("jit: trap user9 in pass+%#x", afterCall(passCode(), 0)) {
		t.Error(got)
	}
}

func TestSignalsAndTraps(t *testing.T) {
	m := newModule(t)
	f := one(t, m, "load", sigI64, loadCode())
	faults := []os.Signal{syscall.SIGSEGV, syscall.SIGFPE, syscall.SIGILL, syscall.SIGBUS, syscall.SIGTRAP}
	ch := make(chan os.Signal, 1)
	signal.Notify(ch, faults...)
	trapOf(t, f, Int64(0))
	syscall.Kill(os.Getpid(), syscall.SIGSEGV)
	select {
	case <-ch: // a signal that was sent is Go's
	case <-time.After(5 * time.Second):
		t.Error("signal lost")
	}
	signal.Reset(faults...)
	trapOf(t, f, Int64(0))
	if goNilPanic() == nil {
		t.Error("nil panic in Go lost")
	}
}

// With NoSignals and no other module a fault ends the process.
func TestNoSignals(t *testing.T) {
	if os.Getenv("JIT_TEST_CRASH") != "" {
		m := newModule(t, NoSignals())
		one(t, m, "load", sigI64, loadCode()).Call(Int64(0))
		return
	}
	cmd := command("-test.run=^TestNoSignals$")
	cmd.Env = append(os.Environ(), "JIT_TEST_CRASH=1")
	if out, err := cmd.CombinedOutput(); err == nil {
		t.Errorf("the process survived: %s", out)
	}
}

// Source locations of the trap and of the calls, and frames of calls further out.
func TestTrapSources(t *testing.T) {
	m := newModule(t)
	load := loadCode()
	load.SrcLocs = []asm.SrcRange{{Start: 0, End: 3, Loc: 0x12}}
	outer := callCode("host")
	ret := afterCall(outer, 0)
	outer.SrcLocs = []asm.SrcRange{{Start: 1, End: ret - callBytes, Loc: 1}, {Start: ret - callBytes, End: ret, Loc: 0x34}}
	var middle *Function
	check(t, m.HostRaw("host", sigI64, func(c *Call) {
		_, err := middle.Call(Int64(0))
		c.Fail(fmt.Errorf("again: %w", err))
	}), m.Define("load", sigI64, load), m.Define("outer", sigI64, outer), m.Define("middle", sigI64, callCode("load")), m.Link())
	middle = lookup(t, m, "middle")
	trap := trapOf(t, lookup(t, m, "outer"), Int64(0))
	if got := fmt.Sprint(trap.Backtrace); got != fmt.Sprintf("[load+0x0 @0012 middle+%#x outer+%#x @0034]", ret, ret) || trap.Source != 0x12 {
		t.Errorf("source %#x, backtrace %s", trap.Source, got)
	}
	if got := trap.Error(); got != "jit: trap heap_oob in load+0x0 @0012" {
		t.Error(got)
	}
}

// The function set by OnTrap sees the roots of the frames, may call compiled code, and changes nothing afterwards.
func TestOnTrap(t *testing.T) {
	var got []string
	var add *Function
	m := newModule(t, OnTrap(func(ti *TrapInfo) {
		for range 2 {
			for f := range ti.Frames() {
				s := f.Location().String()
				for r := range f.Roots() {
					s += fmt.Sprint(" ", r.Load8())
				}
				got = append(got, s)
			}
			if s := call1(t, add, 40, 2); s != 42 {
				t.Error(s)
			}
		}
	}))
	check(t, m.Define("host", sigI64, loadCode()), m.Define("deep", sigI64I64, deepCode()), m.Define("add", sigI64I64, addCode()), m.Link())
	add = lookup(t, m, "add")
	f := lookup(t, m, "deep")
	want := fmt.Sprintf("deep+%#x 21|deep+%#x 5", afterCall(deepCode(), 1), afterCall(deepCode(), 0))
	try := func() {
		got = nil
		trap := trapOf(t, f, Int64(1), Int64(5))
		if s := strings.Join(got, "|"); s != want+"|"+want || len(trap.Backtrace) != 3 {
			t.Errorf("frames %s, backtrace %v", s, trap.Backtrace)
		}
	}
	for range 3 {
		try()
	}
	// When many goroutines have contexts of their own, a further one borrows its context.
	var called, over sync.WaitGroup
	stop := make(chan bool)
	n := min(1500, native.MaxStacks()*3/4)
	called.Add(n)
	for range n {
		over.Go(func() {
			call1(t, add, 1, 2)
			called.Done()
			<-stop
		})
	}
	called.Wait()
	for range 20 {
		done := make(chan bool)
		go func() {
			defer close(done)
			try()
		}()
		<-done
	}
	close(stop)
	over.Wait()
}

// Panics of host functions as errors.
func TestRecoverPanics(t *testing.T) {
	m := newModule(t, RecoverPanics())
	check(t, m.Host("host", func(x int64) int64 {
		switch x {
		case 1:
			panic(errThrough)
		case 2:
			return int64(*(*byte)(nil))
		}
		return x
	}))
	f := one(t, m, "pass", sigI64, passCode())
	for x, want := range map[int64]string{1: "host function host panicked: through", 2: "nil pointer dereference"} {
		_, err := f.Call(Int64(x))
		wantError(t, err, want)
		var p *HostPanic
		if !errors.As(err, &p) || !strings.Contains(string(p.Stack), "TestRecoverPanics") || x == 1 && !errors.Is(err, errThrough) {
			t.Errorf("error is %v", err)
		}
	}
	if got := call1(t, f, 3); got != 4 {
		t.Errorf("got %d", got)
	}
}
