//go:build !(linux && (amd64 || arm64 || riscv64 || s390x))

package jit

import (
	"runtime"
	"strings"
	"testing"

	"davit/asm"
)

// Where compiled code cannot run, Link says so.
func TestUnsupported(t *testing.T) {
	m, err := NewModule()
	if err != nil {
		t.Fatal(err)
	}
	sig := SystemV([]Kind{I64}, []Kind{I64})
	for _, err := range []error{
		m.Define("f", sig, &asm.Code{Bytes: []byte{0xc3}}),
		m.DefineData("d", []byte{1}),
		m.Declare("later", sig),
		m.Host("host", func(x int64) int64 { return x }),
	} {
		if err != nil {
			t.Error(err)
		}
	}
	want := "compiled code cannot run on " + runtime.GOOS + "/" + runtime.GOARCH
	if err := m.Link(); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error is %v, want %s", err, want)
	}
	if _, err := m.Lookup("later"); err == nil {
		t.Error("a function is found")
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
}

// There are no native stacks, but one can be held, by all.
func TestUnsupportedStack(t *testing.T) {
	s, err := HoldStack()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Release()
	if s.ID() != 0 || s.Depth() != 0 || s.Call() != nil {
		t.Errorf("a native stack with ID %d, %d calls", s.ID(), s.Depth())
	}
}
