//go:build linux && (amd64 || arm64 || riscv64 || s390x)

package jit

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"davit/asm"
)

func TestCall(t *testing.T) {
	m := newModule(t)
	f := one(t, m, "add", sigI64I64, addCode())
	if got := call1(t, f, 40, 2); got != 42 {
		t.Errorf("add(40, 2) = %d", got)
	}
	if _, err := f.Call(Int64(1)); err == nil {
		t.Error("a missing argument is no error")
	}
	if _, err := f.Call(Int64(1), Int32(1)); err == nil {
		t.Error("an argument of the wrong kind is no error")
	}
	if err := f.CallWords(make([]uint64, 1)); err == nil {
		t.Error("a short buffer is no error")
	}
}

// A function that only jumps to a host function of the same signature: each kind goes in and out unchanged, in registers
// and on the stack.
func TestHostKinds(t *testing.T) {
	m := newModule(t)
	var params, results []Kind
	for range 3 {
		for k := I8; k <= V128; k++ {
			params = append(params, k)
			results = append(results, k)
		}
	}
	sig := SystemV(params, results)
	check(t, m.HostRaw("host", sig, func(c *Call) { copy(c.Results(), c.Args()) }))
	f := one(t, m, "f", sig, tailCode("host"))
	in := make([]Value, len(params))
	for i, k := range params {
		in[i] = Bits(k, 0x8182838485868788+uint64(i)<<32+uint64(i), 0x9192939495969798+uint64(i))
	}
	out, err := f.Call(in...)
	check(t, err)
	for i := range in {
		if out[i] != in[i] {
			t.Errorf("value %d of kind %s = %v, want %v", i, in[i].Kind, out[i], in[i])
		}
	}
}

func TestHostFunctions(t *testing.T) {
	m := newModule(t)
	var log []int64
	check(t,
		m.Host("host", func(x int64) int64 { log = append(log, x); return x * x }),
		m.Define("twice", sigI64, twiceCode()),
		m.Define("loop", sigI64, loopCode()),
		m.Link())
	if got := call1(t, lookup(t, m, "twice"), 3); got != 9+16 {
		t.Errorf("twice(3) = %d", got)
	}
	if got := call1(t, lookup(t, m, "loop"), 100); got != 338350 {
		t.Errorf("loop(100) = %d", got)
	}
	if len(log) != 102 || log[0] != 3 || log[101] != 1 {
		t.Errorf("host calls: %v", log)
	}
}

func TestHostAdapters(t *testing.T) {
	cases := []struct {
		fn   any
		in   []Value
		want string
	}{
		{func() {}, nil, "[]"},
		{func() int64 { return -5 }, nil, "[-5]"},
		{func(*Call) {}, nil, "[]"},
		{func(*Call) error { return nil }, nil, "[]"},
		{func(int64) {}, []Value{Int64(1)}, "[]"},
		{func(a, b int64) {}, []Value{Int64(1), Int64(2)}, "[]"},
		{func(a, b int64) int64 { return a - b }, []Value{Int64(1), Int64(3)}, "[-2]"},
		{func(a, b, c int64) int64 { return a*b - c }, []Value{Int64(2), Int64(3), Int64(7)}, "[-1]"},
		{func(a uint64) uint64 { return a + 1 }, []Value{Int64(-2)}, "[-1]"},
		{func(a, b uint64) uint64 { return a / b }, []Value{Int64(9), Int64(3)}, "[3]"},
		{func(a int32) {}, []Value{Int32(1)}, "[]"},
		{func(a int32) int32 { return -a }, []Value{Int32(7)}, "[-7]"},
		{func(a, b int32) int32 { return a - b }, []Value{Int32(7), Int32(9)}, "[-2]"},
		{func(a float64) float64 { return -a }, []Value{Float64(1.5)}, "[-1.5]"},
		{func(a, b float64) float64 { return a / b }, []Value{Float64(1), Float64(4)}, "[0.25]"},
		{func(a float32) float32 { return a * 2 }, []Value{Float32(0.5)}, "[1]"},
		{func(a int8, b uint8, c int16, d bool) (int8, bool) { return a + int8(b) + int8(c), !d },
			[]Value{Int8(-1), Int8(-1), Int16(-300), Int8(1)}, "[-46 0]"},
		{func(c *Call, a uint16, b uint32, f float32, g float64, u uint) (uint32, float32, float64) {
			return b - uint32(a), f, g + float64(u)
		}, []Value{Int16(-1), Int32(-1), Float32(2), Float64(3), Int64(4)}, "[-65536 2 7]"},
		{func(a int64) (int64, error) { return a, nil }, []Value{Int64(4)}, "[4]"},
	}
	for _, c := range cases {
		t.Run(fmt.Sprintf("%T", c.fn), func(t *testing.T) {
			m := newModule(t)
			sig, _, err := adapt(c.fn)
			check(t, err, m.Host("host", c.fn))
			f := one(t, m, "f", sig, tailCode("host"))
			out, err := f.Call(c.in...)
			check(t, err)
			if got := fmt.Sprint(out); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestHostErrors(t *testing.T) {
	m := newModule(t)
	boom := errors.New("boom")
	check(t, m.Host("host", func(x int64) (int64, error) {
		if x == 13 {
			return 0, boom
		}
		return x, nil
	}))
	f := one(t, m, "twice", sigI64, twiceCode())
	for range 3 {
		if _, err := f.Call(Int64(12)); err != boom {
			t.Errorf("got %v", err)
		}
		if got := call1(t, f, 1); got != 3 {
			t.Errorf("got %d", got)
		}
	}
	for _, bad := range []any{nil, 3, func(string) {}, func(...int64) {}, func() []int { return nil }, HostFunc(func(*Call) {}), (func())(nil), (func(*Call))(nil)} {
		if err := m.Host("x", bad); err == nil {
			t.Errorf("host function of type %T is accepted", bad)
		}
	}
}

func TestLinkErrors(t *testing.T) {
	m := newModule(t)
	check(t, m.Define("a", sigI64, passCode()), m.Define("b", sigI64, twiceCode()))
	err := m.Link()
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("undefined symbol host, referred to by a+%#x", passCode().Relocs[0].Offset)) ||
		!strings.Contains(err.Error(), fmt.Sprintf("referred to by b+%#x", twiceCode().Relocs[0].Offset)) {
		t.Errorf("error is %v", err)
	}
	if _, err := m.Lookup("a"); err == nil {
		t.Error("a function that is not linked is found")
	}
	check(t, m.Host("host", func(x int64) int64 { return x }), m.Link())
	if got := call1(t, lookup(t, m, "a"), 1); got != 2 {
		t.Errorf("a(1) = %d", got)
	}
	if err := m.Define("a", sigI64, addCode()); err == nil {
		t.Error("a name can be defined twice")
	}
	if _, err := m.Lookup("host"); err == nil {
		t.Error("a host function is found")
	}
	bad := passCode()
	bad.Relocs[0].Kind = asm.Abs4
	check(t, m.Define("bad", sigI64, bad))
	if err := m.Link(); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("bad+%#x to host", bad.Relocs[0].Offset)) {
		t.Errorf("error is %v", err)
	}
}

func TestClose(t *testing.T) {
	m := newModule(t)
	f := one(t, m, "add", sigI64I64, addCode())
	check(t, m.Close())
	if _, err := f.Call(Int64(1), Int64(2)); !errors.Is(err, ErrClosed) {
		t.Errorf("call after Close: %v", err)
	}
	if err := m.Define("x", sigI64, addCode()); !errors.Is(err, ErrClosed) {
		t.Errorf("Define after Close: %v", err)
	}
	if err := m.Link(); !errors.Is(err, ErrClosed) {
		t.Errorf("Link after Close: %v", err)
	}
	if _, err := m.Lookup("add"); !errors.Is(err, ErrClosed) {
		t.Errorf("Lookup after Close: %v", err)
	}
	if err := m.Close(); !errors.Is(err, ErrClosed) {
		t.Errorf("second Close: %v", err)
	}
}

// Close waits for calls under way and refuses to wait for its own caller.
func TestCloseWhileRunning(t *testing.T) {
	m := newModule(t)
	in, out := make(chan bool), make(chan bool)
	var inner error
	check(t, m.Host("host", func(x int64) int64 {
		inner = m.Close()
		in <- true
		<-out
		return x
	}))
	f := one(t, m, "pass", sigI64, passCode())
	add := one(t, m, "add", sigI64I64, addCode())
	result := make(chan error)
	go func() {
		_, err := f.Call(Int64(1))
		result <- err
	}()
	<-in
	closed := make(chan error)
	go func() { closed <- m.Close() }()
	for {
		if _, err := add.Call(Int64(1), Int64(2)); errors.Is(err, ErrClosed) {
			break
		}
		runtime.Gosched()
	}
	select {
	case <-closed:
		t.Fatal("Close did not wait")
	default:
	}
	out <- true
	check(t, <-result, <-closed)
	if inner == nil {
		t.Error("Close from inside a call is no error")
	}
}

// A module with a larger stack recurses deeper than one without; the small stack overflows at its own bound.
func TestStackSize(t *testing.T) {
	frames := min(100_000, (MaxStackSize()-1<<20)/deepBytes)
	for _, size := range []int{0, frames*deepBytes + 1<<20} {
		m := newModule(t)
		if size > 0 {
			m = newModule(t, StackSize(size))
		}
		check(t, m.Host("host", func(x int64) int64 { return x }))
		f := one(t, m, "deep", sigI64I64, deepCode())
		done := make(chan error)
		go func() {
			for range 2 {
				_, err := f.Call(Int64(int64(frames)), Int64(0))
				done <- err
			}
		}()
		for range 2 {
			err := <-done
			var trap *Trap
			if size == 0 && (!errors.As(err, &trap) || trap.Code != StackOverflow) || size > 0 && err != nil {
				t.Errorf("stack of %d bytes: %v", size, err)
			}
		}
	}
	if _, err := NewModule(StackSize(1 << 40)); err == nil || !strings.Contains(err.Error(), "at most") {
		t.Errorf("a stack of 1 TiB: error is %v", err)
	}
}

// A failure belongs to the host call that asked for it, whatever calls come before or after it.
func TestFailNested(t *testing.T) {
	m := newModule(t)
	outer, inner := errors.New("outer"), errors.New("inner")
	var pass *Function
	check(t, m.HostRaw("host", sigI64, func(c *Call) {
		nested := func(x int64) error {
			_, err := pass.Call(Int64(x))
			return err
		}
		switch x := int64(c.Args()[0]); x {
		case 0: // a nested failure does not spread
			if err := nested(10); err != inner {
				t.Errorf("nested error is %v", err)
			}
		case 1: // nor does it replace one that was asked for before
			c.Fail(outer)
			if err := nested(10); err != inner {
				t.Errorf("nested error is %v", err)
			}
			if err := nested(20); err != nil {
				t.Errorf("nested error is %v", err)
			}
		case 2: // the last word counts
			c.Fail(inner)
			c.Fail(outer)
		case 3: // a panic after a failure leaves nothing behind
			func() {
				defer func() { recover() }()
				nested(30)
			}()
			if err := nested(20); err != nil {
				t.Errorf("nested error is %v", err)
			}
		case 10:
			c.Fail(inner)
		case 30:
			c.Fail(inner)
			panic("stop")
		}
	}))
	pass = one(t, m, "pass", sigI64, passCode())
	for x, want := range map[int64]error{0: nil, 1: outer, 2: outer, 3: nil, 20: nil} {
		for range 3 {
			if _, err := pass.Call(Int64(x)); err != want {
				t.Errorf("pass(%d): %v, want %v", x, err, want)
			}
		}
	}
}
