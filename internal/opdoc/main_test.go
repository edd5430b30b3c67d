package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"davit/ir/op"
	"davit/ir/text"
	"davit/ir/verify"
)

// TestUpToDate fails when the document is not what the opcode table and the back ends say.
func TestUpToDate(t *testing.T) {
	want, err := reference()
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(path)))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is out of date; run go run ./internal/opdoc", path)
	}
}

// TestComplete checks that every opcode stands in one section.
func TestComplete(t *testing.T) {
	n := map[op.Opcode]int{}
	for _, s := range sections {
		for _, o := range s.ops {
			n[o]++
		}
	}
	for o := op.None + 1; int(o) < op.NumOpcodes; o++ {
		if n[o] != 1 {
			t.Errorf("%v stands in %d sections", o, n[o])
		}
		if doc := o.Info().Doc; doc == "" || strings.ToLower(doc[:1]) != doc[:1] || strings.HasSuffix(doc, ".") {
			t.Errorf("%v: %q, expected sentences without a capital at the start and a full stop at the end", o, doc)
		}
	}
}

// TestExamples checks that the functions that the examples come from are valid, also when they are read back.
func TestExamples(t *testing.T) {
	opts := verify.Options{HasISA: true, PointerType: op.I64, EnablePinnedReg: true, PreserveFramePointers: true}
	for o := op.None + 1; int(o) < op.NumOpcodes; o++ {
		f := typical(o)
		q := newProbe(o, f.ctrl, f.args)
		if err := verify.Func(q.Func, opts).Err(); err != nil {
			t.Errorf("%v: %v\n%s", o, err, q)
		}
		if _, err := text.ParseFunc(q.String()); err != nil {
			t.Errorf("%v: %v\n%s", o, err, q)
		}
		if s := q.example(); !strings.Contains(s, o.String()) {
			t.Errorf("%v: the example is %q", o, s)
		}
	}
}
