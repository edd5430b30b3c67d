//go:build linux && amd64

package main

import (
	"bytes"
	"flag"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"davit/examples/scheme/internal/scheme"
	"davit/gc"
)

var long = flag.Bool("long", false, "run all programs in all modes, also those that take minutes")

// slow reports whether many collections in a program take too long: it has many frames, or is long.
func slow(name string) bool { return name == "recursion" || strings.HasPrefix(name, "r7rs-") }

// Each program in testdata prints what is expected: as it is, with everything moving at every safepoint, and with the heap
// checked at small collections.
func TestPrograms(t *testing.T) {
	files, err := filepath.Glob("testdata/*.scm")
	if err != nil || len(files) < 15 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".scm")
		want, err := os.ReadFile("testdata/" + name + ".out")
		if err != nil && !bless() {
			t.Fatal(err)
		}
		t.Run(name, func(t *testing.T) {
			for _, m := range modes {
				if m.name != "plain" && slow(name) && !*long {
					continue
				}
				t.Run(m.name, func(t *testing.T) { testProgram(t, file, string(want), m.opts) })
			}
		})
	}
}

func bless() bool { return os.Getenv("DAVIT_BLESS") != "" }

var modes = []struct {
	name string
	opts scheme.Options
}{
	{"plain", scheme.Options{Closed: true, Stack: 256 << 20}},
	{"checked", scheme.Options{Closed: true, Verify: true, Heap: gc.Config{Nursery: 64 << 10, MaxNursery: 64 << 10, Verify: true}}},
	{"stress", scheme.Options{Closed: true, Polls: true, Heap: gc.Config{Stress: true}, Args: []string{"small"}}},
}

func testProgram(t *testing.T, file, want string, o scheme.Options) {
	var out, errout bytes.Buffer
	o.Out, o.Errout = &out, &errout
	s, err := scheme.New(o)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Run(file, string(text)); err != nil {
		t.Errorf("%s\noutput so far:\n%s", scheme.Describe(err), out.String())
		return
	}
	if bless() {
		if err := os.WriteFile(strings.TrimSuffix(file, ".scm")+".out", out.Bytes(), 0o644); err != nil {
			t.Error(err)
		}
		return
	}
	if got := out.String(); got != want {
		t.Errorf("output:\n%s\nexpected:\n%s", got, want)
	}
	if o.Heap.Stress && s.Heap().Stats().Collections == 0 {
		t.Error("no collections under stress")
	}
}

// checkFile compares output with a file, or writes the file.
func checkFile(t *testing.T, file, got string) {
	t.Helper()
	if bless() {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: output:\n%s\nexpected:\n%s", file, got, want)
	}
}

// Programs with errors: what they print, what is said about the error, and the exit status.
func TestErrors(t *testing.T) {
	files, err := filepath.Glob("testdata/errors/*.scm")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		for _, mode := range [][]string{nil, {"-check", "-stress"}} {
			name := strings.TrimSuffix(filepath.Base(file), ".scm")
			if mode != nil && (name == "overflow" || name == "memory") {
				continue
			}
			var out, errout bytes.Buffer
			args := append(mode, "-heap=16", "-stack=2", filepath.ToSlash(file))
			status := run(args, strings.NewReader(""), &out, &errout)
			got := out.String() + "--- standard error\n" + errout.String() + "--- status " + strconv.Itoa(status) + "\n"
			checkFile(t, strings.TrimSuffix(file, ".scm")+".err", got)
		}
	}
}

// Sessions at the terminal.
func TestRepl(t *testing.T) {
	files, err := filepath.Glob("testdata/repl/*.in")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		for _, mode := range [][]string{nil, {"-check", "-stress"}} {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			if status := run(mode, bytes.NewReader(text), &out, &out); status != 0 {
				t.Errorf("%s: status %d", file, status)
			}
			checkFile(t, strings.TrimSuffix(file, ".in")+".out", out.String())
		}
	}
}

// An interrupt ends what runs, and what it has written is there.
func TestInterrupt(t *testing.T) {
	file := filepath.Join(t.TempDir(), "loop.scm")
	if err := os.WriteFile(file, []byte("(display 1) (define (loop n) (loop (+ n 1))) (loop 0)"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args   []string
		in     string
		status int
		want   string
	}{
		{[]string{file}, "", 130, "1"},
		{nil, "(define k 5)\n(dynamic-wind (lambda () #f) (lambda () (let loop () (loop))) (lambda () (display 2)))\n(display k)\n", 0, "25"},
	} {
		var out, errout bytes.Buffer
		done := make(chan int)
		go func() { done <- run(c.args, strings.NewReader(c.in), &out, &errout) }()
		// Before the program runs nobody takes the signal.
		caught := make(chan os.Signal, 1000)
		signal.Notify(caught, os.Interrupt)
		status := -1
		for status < 0 {
			select {
			case status = <-done:
			case <-time.After(50 * time.Millisecond):
				syscall.Kill(os.Getpid(), syscall.SIGINT)
			}
		}
		signal.Stop(caught)
		if status != c.status || out.String() != c.want || !strings.Contains(errout.String(), "error: interrupted") {
			t.Errorf("%v: status %d, output %q, %q", c.args, status, out.String(), errout.String())
		}
	}
}

// A form that fails takes its handlers with it.
func TestOverflowInGuard(t *testing.T) {
	var out bytes.Buffer
	in := "(define (f) (+ 1 (f)))\n(guard (e (#t 'caught)) (f))\n(car 5)\n"
	run([]string{"-stack=2"}, strings.NewReader(in), &out, &out)
	want := `error: input:1:18: the recursion is too deep for the stack
    in f at input:1:18, 100 times
error: input:3:1: car: expected a pair, got 5
    in top level at input:3:1
`
	if out.String() != want {
		t.Errorf("output:\n%s\nexpected:\n%s", out.String(), want)
	}
}

// Output that cannot be written is an error.
func TestFullDevice(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer full.Close()
	var errout bytes.Buffer
	status := run([]string{"testdata/fib.scm"}, strings.NewReader(""), full, &errout)
	if status != 1 || !strings.Contains(errout.String(), "no space left") {
		t.Errorf("status %d, %s", status, errout.String())
	}
}

func TestUsage(t *testing.T) {
	for _, c := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"-nonsense"}, 2, "usage: scheme"},
		{[]string{"-h"}, 0, "usage: scheme"},
		{[]string{"no/such/file.scm"}, 1, "no such file"},
		{[]string{"-stack=1000000", "testdata/fib.scm"}, 1, "native stack"},
		{[]string{"-stats", "testdata/fib.scm"}, 0, "collections: "},
	} {
		var errout bytes.Buffer
		status := run(c.args, strings.NewReader(""), io.Discard, &errout)
		if status != c.status || !strings.Contains(errout.String(), c.want) {
			t.Errorf("%v: status %d, %s", c.args, status, errout.String())
		}
	}
}
