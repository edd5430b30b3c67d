package fuzz

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"time"

	"davit/internal/corpus"
)

// limit is how long one input may take.
const limit = 20 * time.Second

// guarded runs a seed and ends the process if that takes too long.
func guarded(f *Fuzzer, seed uint64) *Finding {
	timer := time.AfterFunc(limit, func() { panic(fmt.Sprintf("seed %d of target %s takes more than %v", seed, f.target.Name, limit)) })
	defer timer.Stop()
	ctx, cancel := context.WithTimeout(context.Background(), limit/2)
	defer cancel()
	_, found := f.Run(ctx, seed)
	return found
}

// files returns the test data of the project and, if it is there, the corpus.
func files(tb testing.TB) (list [][]byte) {
	add := func(path string) {
		b, err := os.ReadFile(path)
		if err != nil {
			tb.Fatal(err)
		}
		if len(b) < 40_000 {
			list = append(list, b)
		}
	}
	own, err := filepath.Glob("../../testdata/filetests/*/*.clif")
	if err != nil || len(own) == 0 {
		tb.Fatal("no test data", err)
	}
	for _, path := range own {
		add(path)
	}
	if root, ok := corpus.Find(tb); ok {
		for _, sub := range []string{"filetests", "cat", "real"} {
			for _, path := range corpus.Files(tb, sub) {
				add(filepath.Join(root, path))
			}
		}
	}
	return list
}

// TestTargets runs each target on DAVIT_MUTANTS inputs from DAVIT_FUZZ_SEED on, or on some.
func TestTargets(t *testing.T) {
	count, first := 0, uint64(0)
	if n, err := strconv.Atoi(os.Getenv("DAVIT_MUTANTS")); err == nil {
		count = n
	}
	if n, err := strconv.ParseUint(os.Getenv("DAVIT_FUZZ_SEED"), 10, 64); err == nil {
		first = n
	}
	c := Config{Files: files(t)}
	for _, target := range Targets {
		t.Run(target.Name, func(t *testing.T) {
			n := count
			if target.Name == "diff" {
				if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
					t.Skip("compiled code cannot run here")
				}
				n = 20
			} else if n == 0 {
				n = 250
			}
			f, err := target.New(c)
			if err != nil {
				t.Fatal(err)
			}
			for seed := first; seed < first+uint64(n); seed++ {
				if found := guarded(f, seed); found != nil {
					t.Fatalf("%v", f.Shrink(context.Background(), found, func() {}))
				}
			}
		})
	}
}

// fuzzSource adds a target of "go test -fuzz" that gets sources.
func fuzzSource(f *testing.F, make func() (checker, error)) {
	check, err := make()
	if err != nil {
		f.Fatal(err)
	}
	for _, b := range files(f) {
		if len(b) < 2000 {
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		if msg, trace := check(src, uint64(len(src))); msg != "" {
			t.Fatal(msg, trace)
		}
	})
}

// FuzzVerify verifies functions and runs passes over valid ones.
func FuzzVerify(f *testing.F) { fuzzSource(f, newVerify) }

// FuzzInterp executes functions.
func FuzzInterp(f *testing.F) { fuzzSource(f, newInterp) }

// FuzzInput sends sources through everything.
func FuzzInput(f *testing.F) { fuzzSource(f, newInput) }
