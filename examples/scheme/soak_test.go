//go:build linux && amd64

package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"davit/examples/scheme/internal/scheme"
	"davit/gc"
)

var soak = flag.Duration("soak", 0, "run programs on 16 goroutines at once for so long, while Go collects all the time")

// Programs on many goroutines, each with a heap and a module of its own, some under stress, while Go's collector runs all the
// time and interrupts compiled code.
func TestSoak(t *testing.T) {
	if *soak == 0 {
		t.Skip("set -soak to a duration")
	}
	files, err := filepath.Glob("testdata/*.scm")
	if err != nil {
		t.Fatal(err)
	}
	end := time.Now().Add(*soak)
	var wg sync.WaitGroup
	var runs atomic.Int64
	for g := range 16 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := g; time.Now().Before(end) && !t.Failed(); i++ {
				file := files[i%len(files)]
				if slow(strings.TrimSuffix(filepath.Base(file), ".scm")) {
					continue
				}
				soakProgram(t, file, i%3 == 0)
				runs.Add(1)
			}
		}()
	}
	done := make(chan bool)
	go func() { wg.Wait(); close(done) }()
	for {
		select {
		case <-done:
			t.Logf("%d programs", runs.Load())
			return
		default:
			runtime.GC()
		}
	}
}

func soakProgram(t *testing.T, file string, stress bool) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Error(err)
		return
	}
	want, err := os.ReadFile(strings.TrimSuffix(file, ".scm") + ".out")
	if err != nil {
		t.Error(err)
		return
	}
	var out bytes.Buffer
	o := scheme.Options{Closed: true, Out: &out, Args: []string{"small"}, Heap: gc.Config{Nursery: 128 << 10, Stress: stress}, Polls: stress}
	s, err := scheme.New(o)
	if err != nil {
		t.Error(err)
		return
	}
	defer s.Close()
	if err := s.Run(file, string(text)); err != nil {
		t.Errorf("%s: %v", file, err)
	} else if out.String() != string(want) {
		t.Errorf("%s: output:\n%s", file, out.String())
	}
}
