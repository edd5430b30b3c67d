package stackmap_test

import (
	"os"
	"path/filepath"
	"testing"

	"davit/asm"
	"davit/compile"
	"davit/internal/corpus"
	"davit/ir/text"
	"davit/settings"
	"davit/stackmap"
)

// corpusCode compiles the functions of the corpus that have stack maps.
func corpusCode(tb testing.TB) []*asm.Code {
	files, err := filepath.Glob(filepath.Join(corpus.Dir(tb), "real", "flet_dart_gc", "*.clif"))
	if err != nil || len(files) == 0 {
		tb.Skip("no real functions with stack maps")
	}
	flags := settings.Default(settings.X86_64)
	for _, s := range []string{"preserve_frame_pointers", "enable_multi_ret_implicit_sret"} {
		if err := flags.Set(s); err != nil {
			tb.Fatal(err)
		}
	}
	target, err := compile.NewTarget("x86_64", &flags)
	if err != nil {
		tb.Fatal(err)
	}
	var ctx compile.Context
	var codes []*asm.Code
	for _, path := range files {
		src, err := os.ReadFile(path)
		if err != nil {
			tb.Fatal(err)
		}
		file, errs := text.Parse(src, text.Options{NoComments: true})
		if len(errs) > 0 {
			tb.Fatalf("%s: %v", path, errs)
		}
		for _, fn := range file.Funcs {
			code, err := ctx.Compile(fn.Func, target)
			if err != nil {
				tb.Fatalf("%s: %v", path, err)
			}
			codes = append(codes, code)
		}
	}
	return codes
}

// The tables of real functions take at most a third of what Wasmtime's layout takes.
func TestSizeOfCorpus(t *testing.T) {
	codes := corpusCode(t)
	for _, complete := range []bool{false, true} {
		var w stackmap.Writer
		start, anchor, funcs := uint32(0), 4, 0
		for _, c := range codes {
			start = (start + uint32(c.Align) - 1) &^ (uint32(c.Align) - 1)
			x := *c
			if !complete {
				x.Calls = nil
			}
			if err := w.Add(start, &x); err != nil {
				t.Fatal(err)
			}
			start += uint32(len(c.Bytes))
			if len(c.StackMaps) > 0 {
				funcs++
			}
			for _, m := range c.StackMaps {
				last := m.SlotArea
				for _, e := range m.Entries {
					last = max(last, m.SlotArea+e.Offset)
				}
				anchor += 16 + 4*int((last/4+32)/32)
			}
		}
		b, err := w.AppendTo(nil)
		if err != nil {
			t.Fatal(err)
		}
		tab, err := stackmap.Open(b)
		if err == nil {
			err = tab.Validate()
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("complete %v: %d safepoints in %d functions (%d with maps): %.2f bytes each, %.1f %% of Wasmtime's",
			complete, w.Safepoints(), tab.NumFuncs(), funcs, float64(len(b))/float64(w.Safepoints()), 100*float64(len(b))/float64(anchor))
		if !complete && 3*len(b) > anchor {
			t.Errorf("%d bytes, Wasmtime's layout has %d", len(b), anchor)
		}
	}
}
