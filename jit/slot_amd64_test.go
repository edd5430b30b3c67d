//go:build linux

package jit

import (
	"strings"
	"testing"
)

func TestFree(t *testing.T) {
	m := newModule(t)
	check(t, m.Host("host", func(x int64) int64 { return x }), m.DefineData("d", make([]byte, 100)))
	pass := one(t, m, "pass", sigI64, passCode())
	g := one(t, m, "g", sigI64, code("488d05 <d@pc> e9 <pass>"))
	rec := one(t, m, "recurse", sigI64, recurseCode())
	for _, names := range [][]string{{"pass"}, {"d"}, {"host"}, {"nothing"}, {"g", "g"}, {"pass", "d"}} {
		if err := m.Free(names...); err == nil {
			t.Errorf("%s can be freed", names)
		}
	}
	check(t, m.Free("recurse"), m.Free("pass", "g"), m.Free("d"))
	for _, f := range []*Function{pass, g, rec} {
		if _, err := f.Call(Int64(1)); err == nil || !strings.Contains(err.Error(), "has been freed") {
			t.Errorf("call of %s: %v", f.Name(), err)
		}
	}
	if len(m.res.funcs) != 0 || len(m.retired) != 0 {
		t.Errorf("%d functions, %d retired", len(m.res.funcs), len(m.retired))
	}
	check(t, m.Define("pass", sigI64, passCode()), m.Free("pass"), m.Define("pass", sigI64, addCode()), m.Link())
	if got := call1(t, lookup(t, m, "pass"), 1); got < 1 {
		t.Errorf("got %d", got)
	}
}
