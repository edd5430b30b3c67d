// Package parts holds the parts of the report: each measures something and returns a section with its results.
package parts

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"davit/bench/internal/peer"
)

// Env is where and how to measure.
type Env struct {
	Root   string // of the library
	Bench  string // of this module
	Corpus string // real inputs; empty if there are none
	Cache  string // what is built or fetched once
	Temp   string // what is needed only now
	Quick  bool   // fewer rounds and smaller inputs
	Log    io.Writer

	cranelift    *peer.Process
	craneliftErr error
	asked        bool
}

// NewEnv finds the folders, starting from the working directory, which must be in the module of the benchmarks.
func NewEnv(quick bool, log io.Writer) (*Env, error) {
	dir, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	for {
		mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && strings.HasPrefix(string(mod), "module davit/bench\n") {
			break
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return nil, errors.New("run it in the folder bench of the sources")
		}
		dir = parent
	}
	e := &Env{Bench: dir, Root: filepath.Dir(dir), Quick: quick, Log: log}
	corpus := filepath.Join(filepath.Dir(e.Root), "shared", "corpus")
	if _, err := os.Stat(corpus); err == nil {
		e.Corpus = corpus
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, err
	}
	e.Cache = filepath.Join(cache, "davit-bench")
	if err := os.MkdirAll(e.Cache, 0o777); err != nil {
		return nil, err
	}
	e.Temp, err = os.MkdirTemp("", "davit-bench")
	return e, err
}

// Close ends the peers and removes what is temporary.
func (e *Env) Close() error {
	var err error
	if e.cranelift != nil {
		err = e.cranelift.Close()
	}
	return errors.Join(err, os.RemoveAll(e.Temp))
}

func (e *Env) logf(format string, args ...any) { fmt.Fprintf(e.Log, format+"\n", args...) }

// pick returns n, or quick if the measurement is to be quick.
func (e *Env) pick(n, quick int) int {
	if e.Quick {
		return quick
	}
	return n
}

// Cranelift starts the peer at the first call. The error says why there is none.
func (e *Env) Cranelift() (*peer.Process, error) {
	if !e.asked {
		e.asked = true
		e.logf("building Cranelift")
		path, err := peer.Cranelift(e.Bench, e.Cache)
		if err == nil {
			e.cranelift, err = peer.Start(path, "serve")
		}
		e.craneliftErr = err
	}
	return e.cranelift, e.craneliftErr
}

// build builds a command of this module and returns its path.
func (e *Env) build(name string) (string, error) {
	path := filepath.Join(e.Temp, name)
	cmd := exec.Command("go", "build", "-o", path, "./cmd/"+name)
	cmd.Dir = e.Bench
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build %s: %w\n%s", name, err, out)
	}
	return path, nil
}
