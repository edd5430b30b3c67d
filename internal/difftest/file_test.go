//go:build linux && amd64

package difftest

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"davit/ir"
	"davit/ir/op"
	"davit/ir/text"
	"davit/settings"
)

// wrong changes a function for the interpreter: bxor becomes bor.
func wrong(f *ir.Func) *ir.Func {
	f = f.Clone()
	for b := range f.Blocks() {
		for i := range f.Insts(b) {
			if d := f.Data(i); d.Op == op.Bxor {
				d.Op = op.Bor
			}
		}
	}
	return f
}

// TestFile compares the functions of testdata/functions.clif and holds the reports against testdata/functions.txt, which
// DAVIT_BLESS=1 writes.
func TestFile(t *testing.T) {
	src, err := os.ReadFile("testdata/functions.clif")
	if err != nil {
		t.Fatal(err)
	}
	file, errs := text.Parse(src, text.Options{CallConv: ir.SystemV})
	if errs.Err() != nil {
		t.Fatal(errs)
	}
	var funcs []*ir.Func
	for _, f := range file.Funcs {
		funcs = append(funcs, f.Func)
	}
	flags := settings.Default(settings.X86_64)
	flags.SetBool(settings.EnableLLVMABIExtensions, true)
	d, err := NewDiffer(FileOptions{Flags: flags, Runs: 60, Reduce: true, interpret: wrong})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	var got strings.Builder
	for i, f := range file.Funcs {
		r := d.Func(funcs, i)
		switch {
		case r.Skipped != "":
			fmt.Fprintf(&got, "%v: skipped: %s\n", f.Name, r.Skipped)
		case r.Diff != nil:
			fmt.Fprintf(&got, "%v: %s\n%s\n", f.Name, r.Diff.Message, r.Diff)
		default:
			fmt.Fprintf(&got, "%v: agrees in %d calls\n", f.Name, r.Compared)
		}
	}
	const golden = "testdata/functions.txt"
	if os.Getenv("DAVIT_BLESS") == "1" {
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("got\n%s\nwant\n%s", &got, want)
	}
}
