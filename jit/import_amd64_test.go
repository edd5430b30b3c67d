//go:build linux

package jit

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"
)

// Functions, host functions and data of one module used by another.
func TestImport(t *testing.T) {
	lib, m := newModule(t, Named("lib")), newModule(t, Named("app"))
	check(t,
		lib.Host("host", func(x int64) int64 { return x * 10 }),
		lib.DefineData("counter", []byte{5, 0, 0, 0, 0, 0, 0, 0}),
		lib.Define("pass", sigI64, passCode()),
		lib.Link(),
		m.Import(lib, "host", "counter", "pass"),
		m.Define("twice", sigI64, twiceCode()),
		m.Define("both", sigI64, code("e9 <pass>")),
		m.Define("pc", sigNoneI64, code("48ff05 <counter@pc> 488b05 <counter@got> 488b00 c3")),
		m.Link())
	if got := call1(t, lookup(t, m, "twice"), 3); got != 70 {
		t.Errorf("twice(3) = %d", got)
	}
	if got := call1(t, lookup(t, m, "both"), 3); got != 31 {
		t.Errorf("both(3) = %d", got)
	}
	if got := call1(t, lookup(t, m, "pc")); got != 6 {
		t.Errorf("pc() = %d", got)
	}
	if got := call1(t, lookup(t, m, "pass"), 4); got != 41 {
		t.Errorf("pass(4) = %d", got)
	}
	if b, err := m.Data("counter", -1); err != nil || len(b) != 8 || b[0] != 6 {
		t.Errorf("counter = %v, %v", b, err)
	}
	wantError(t, lib.Free("pass"), "pass cannot be freed: 1 references")
	wantError(t, lib.Close(), "lib cannot be closed: ")
	wantError(t, m.Import(lib, "new", "pass"), "pass is already defined, as an import")
	wantError(t, m.Import(m, "x"), "from itself")
	wantError(t, m.Import(nil, "x"), "nil")
	check(t, m.Import(lib, "late"), m.Define("uses", sigI64, code("e9 <late>")))
	wantError(t, m.Link(), "undefined symbol late of lib, referred to by uses+0x1")
	check(t, lib.Define("late", sigI64, addCode()))
	wantError(t, m.Link(), "to late: it is defined in another module, but not linked")
	check(t, lib.Link(), m.Link(), m.Free("uses", "both", "pass"), lib.Free("late"))
	check(t, m.Close(), lib.Close())
	wantError(t, m.Import(lib, "x"), "closed")
}

// even and odd call each other from two modules, which are linked and closed together.
func TestMutualImport(t *testing.T) {
	a, b := newModule(t, Named("a")), newModule(t, Named("b"))
	// f(n): n == 0 ? constant : other(n-1)
	text := "554889e5 4885ff 740a 48ffcf e8 <%s> 5d c3 b8%02x000000 5d c3"
	check(t,
		a.Import(b, "odd"), b.Import(a, "even"),
		a.Define("even", sigI64, code(fmt.Sprintf(text, "odd", 1))),
		b.Define("odd", sigI64, code(fmt.Sprintf(text, "even", 0))))
	wantError(t, a.Link(), "not linked")
	check(t, LinkAll(a, b))
	even := lookup(t, b, "even")
	for n := range int64(20) {
		if got := call1(t, even, n); got != 1-n%2 {
			t.Errorf("even(%d) = %d", n, got)
		}
	}
	wantError(t, a.Close(), "even from functions of other modules")
	wantError(t, b.Close(), "odd from functions of other modules")
	check(t, CloseAll(a, b))
	if _, err := even.Call(Int64(1)); !errors.Is(err, ErrClosed) || !strings.Contains(err.Error(), "even") {
		t.Errorf("call after Close: %v", err)
	}
}

// A function is replaced while activations of another module, which reached it through a third one, are in it.
func TestRedefineUnderImporters(t *testing.T) {
	lib, mid, app := newModule(t), newModule(t), newModule(t)
	inCall, goOn := make(chan bool), make(chan bool)
	check(t,
		lib.Declare("f", sigI64),
		lib.Host("host", func(x int64) int64 {
			if x == 1 {
				inCall <- true
				<-goOn
			}
			return x
		}),
		lib.Define("f", sigI64, passCode()),
		lib.Link(),
		app.Import(mid, "g"), mid.Import(lib, "f"), // in this order: users of mid become users of lib
		mid.Define("g", sigI64, code("e9 <f>")),
		mid.Link(),
		app.Define("h", sigI64, code("554889e5 e8 <g> 5d c3")),
		app.Link())
	h := lookup(t, app, "h")
	done := make(chan int64)
	go func() { done <- call1(t, h, 1) }()
	<-inCall
	for range 10 {
		check(t, lib.Define("f", sigI64, code("488d4705 c3")), lib.Link())
		if got := call1(t, h, 5); got != 10 {
			t.Errorf("h(5) = %d", got)
		}
	}
	if len(lib.retired) == 0 {
		t.Error("reclaimed while a call is in it")
	}
	closed := make(chan error)
	go func() { closed <- CloseAll(lib, mid, app) }()
	select {
	case <-closed:
		t.Error("Close did not wait")
	case <-time.After(10 * time.Millisecond):
	}
	goOn <- true
	if got := <-done; got != 2 {
		t.Errorf("h(1) = %d", got)
	}
	check(t, <-closed)
}

// Modules, host functions and addresses that come and go beside a module that stays leave nothing in it.
func TestImportKeepsMemoryFlat(t *testing.T) {
	lib := newModule(t)
	check(t, lib.Define("keep", sigI64I64, addCode()), lib.Link())
	cycle := func() {
		m := newModule(t)
		check(t,
			lib.DefineAddress("far", 1<<40),
			lib.Host("host", identity),
			m.Import(lib, "host", "keep", "far"),
			m.Define("f", sigI64, code("554889e5 e8 <host> 488b05 <keep@got> e8 <far> 5d c3")),
			m.Link(), m.Free("f"), lib.Free("far", "host"))
		for range 3 { // words for symbols that are gone
			check(t, lib.Host("host", identity), m.Define("g", sigI64, code("488b05 <host@got> c3")), m.Link(), m.Free("g"), lib.Free("host"))
		}
		check(t, m.Close())
	}
	cycle()
	use, total := lib.MemoryUse(), TotalMemoryUse()
	for range scaled(200, 20_000) {
		cycle()
	}
	if lib.MemoryUse() != use || TotalMemoryUse() != total || len(lib.res.links.users) != 0 || len(lib.retired) != 0 {
		t.Errorf("use %d, was %d; total %d, was %d; %d users", lib.MemoryUse(), use, TotalMemoryUse(), total, len(lib.res.links.users))
	}
}

// A name that is imported in a circle, or through many modules.
func TestImportChains(t *testing.T) {
	a, b := newModule(t), newModule(t)
	check(t, a.Import(b, "x"), b.Import(a, "x"), a.Define("f", sigI64, code("e9 <x>")))
	wantError(t, a.Link(), "undefined symbol x")
	last := newModule(t)
	one(t, last, "add", sigI64I64, addCode())
	var chain []*Module
	for range 10 {
		m := newModule(t)
		check(t, m.Import(last, "add"))
		chain, last = append(chain, m), m
	}
	f := one(t, last, "f", sigI64I64, code("e9 <add>"))
	if got := call1(t, f, 1, 2); got != 3 {
		t.Errorf("got %d", got)
	}
	check(t, last.Close())
	for range 3 {
		runtime.GC()
	}
	for _, m := range chain {
		if len(m.res.links.users) > len(chain) {
			t.Errorf("%d users are left", len(m.res.links.users))
		}
	}
}
