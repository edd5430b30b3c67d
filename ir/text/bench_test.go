package text_test

import (
	"path/filepath"
	"testing"

	"davit/internal/corpus"
	"davit/ir"
	"davit/ir/text"
)

// sources returns the contents of all files below a directory of the corpus, and their total size.
func sources(tb testing.TB, dir string) (srcs [][]byte, size int64) {
	root := corpus.Dir(tb)
	for _, path := range corpus.Files(tb, dir) {
		src := read(tb, filepath.Join(root, path))
		srcs = append(srcs, src)
		size += int64(len(src))
	}
	return srcs, size
}

func benchmarkParse(b *testing.B, dir string, opts text.Options) {
	srcs, size := sources(b, dir)
	b.SetBytes(size)
	b.ReportAllocs()
	var c text.Context
	for b.Loop() {
		for _, src := range srcs {
			if _, errs := c.Parse(src, opts); len(errs) > 0 {
				b.Fatal(errs)
			}
		}
	}
}

func BenchmarkParseReal(b *testing.B) { benchmarkParse(b, "real", text.Options{}) }

func BenchmarkParseRealBare(b *testing.B) {
	benchmarkParse(b, "real", text.Options{NoComments: true, NoPositions: true})
}

func BenchmarkParseFiletests(b *testing.B) { benchmarkParse(b, "filetests", text.Options{}) }

func benchmarkPrint(b *testing.B, mode ir.PrintMode) {
	srcs, _ := sources(b, "real")
	var files []*text.File
	size := 0
	for _, src := range srcs {
		f := parse(b, "real", src)
		files = append(files, f)
		size += len(print(f, mode))
	}
	b.SetBytes(int64(size))
	var buf []byte
	for b.Loop() {
		for _, f := range files {
			for _, fn := range f.Funcs {
				buf = fn.AppendTo(buf[:0], mode)
			}
		}
	}
}

func BenchmarkPrintReference(b *testing.B) { benchmarkPrint(b, ir.Reference) }

func BenchmarkPrintLossless(b *testing.B) { benchmarkPrint(b, ir.Lossless) }
