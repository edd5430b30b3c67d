//go:build linux && (amd64 || arm64 || riscv64 || s390x)

package jit

import (
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// wantError fails the test unless err contains text.
func wantError(t *testing.T, err error, text string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), text) {
		t.Errorf("error is %v, want %s", err, text)
	}
}

// A module that nobody can reach is closed by the collector, not before a call in it has ended.
func TestCleanup(t *testing.T) {
	for range 5 { // what other tests have left
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
	before := TotalMemoryUse()
	gone := func() bool {
		for range 20 {
			runtime.GC()
			if TotalMemoryUse() == before {
				return true
			}
			time.Sleep(time.Millisecond)
		}
		return false
	}
	start := func() chan bool {
		m, err := NewModule()
		check(t, err)
		lib, err := NewModule()
		check(t, err)
		inside, release := make(chan bool), make(chan bool)
		check(t, lib.Host("host", func(x int64) int64 {
			inside <- true
			<-release
			return x
		}), m.Import(lib, "host"), m.Define("pass", sigI64, passCode()), m.Link())
		var wg sync.WaitGroup
		f, err := Func[func(int64) int64](m, "pass")
		check(t, err)
		wg.Go(func() {
			if got := f(1); got != 2 {
				t.Errorf("got %d", got)
			}
		})
		<-inside
		return release
	}
	release := start()
	if gone() {
		t.Error("a module was closed while a call was in it")
	}
	release <- true
	if !gone() {
		t.Errorf("%d bytes in use before, %d after the modules became unreachable", before, TotalMemoryUse())
	}
}
