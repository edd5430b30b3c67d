package text_test

import (
	"path/filepath"
	"reflect"
	"testing"

	"davit/internal/corpus"
	"davit/ir"
	"davit/ir/text"
)

// TestContext reads files, good and bad ones, with one Context and with a new one each: there is no difference, also not
// in what was read before.
func TestContext(t *testing.T) {
	srcs := [][]byte{
		[]byte("function %a(i32) -> i32 { ; one\nblock0(v0: i32): ; two\n    return v0\n}\n"),
		[]byte("function %b() {\nblock0:\n    jump block7\n}\n"),
		[]byte("; before\nfunction %c(i64) system_v { ; x\n    ss0 = explicit_slot 8 ; slot\nblock0(v0: i64):\n    return ; done\n}\n; after\n"),
		nil,
	}
	if dir, ok := corpus.Find(t); ok {
		for _, path := range corpus.Files(t, "filetests") {
			srcs = append(srcs, read(t, filepath.Join(dir, path)))
		}
	}
	var c text.Context
	var files []*text.File
	for _, src := range srcs {
		file, errs := c.Parse(src, text.Options{})
		files = append(files, file)
		if _, want := text.Parse(src, text.Options{}); !reflect.DeepEqual(errs, want) {
			t.Errorf("errors %v; want %v", errs, want)
		}
	}
	for i, src := range srcs {
		want, _ := text.Parse(src, text.Options{})
		got := files[i]
		if !reflect.DeepEqual(got.Preamble, want.Preamble) || len(got.Funcs) != len(want.Funcs) {
			t.Fatalf("file %d: %d functions, preamble %v; want %d, %v", i, len(got.Funcs), got.Preamble, len(want.Funcs), want.Preamble)
		}
		for k, f := range got.Funcs {
			g := want.Funcs[k]
			if !reflect.DeepEqual(f.Comments, g.Comments) || f.Start != g.Start || f.End != g.End {
				t.Errorf("file %d: %v has comments %v; want %v", i, f.Name, f.Comments, g.Comments)
			}
			if x, y := f.AppendTo(nil, ir.Lossless), g.AppendTo(nil, ir.Lossless); string(x) != string(y) {
				t.Errorf("file %d: %s\nwant:\n%s", i, x, y)
			}
		}
	}
}
