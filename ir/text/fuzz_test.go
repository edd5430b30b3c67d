package text_test

import (
	"path/filepath"
	"testing"

	"davit/internal/corpus"
	"davit/ir"
	"davit/ir/text"
)

// addSeeds adds the project's own test data and, if there is a corpus, its small files.
func addSeeds(f *testing.F) {
	own, err := filepath.Glob(filepath.Join("testdata", "*", "*.clif"))
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range own {
		f.Add(read(f, path))
	}
}

// addCorpus adds the small files of the corpus, if it is there.
func addCorpus(f *testing.F) {
	root, ok := corpus.Find(f)
	if !ok {
		return
	}
	for _, path := range corpus.Files(f, "filetests") {
		if src := read(f, filepath.Join(root, path)); len(src) < 2000 {
			f.Add(src)
		}
	}
}

// FuzzParse checks that no bytes make the parser or the printer panic.
func FuzzParse(f *testing.F) {
	addSeeds(f)
	addCorpus(f)
	f.Fuzz(func(t *testing.T, src []byte) {
		file, errs := text.Parse(src, text.Options{})
		bare, bareErrs := text.Parse(src, text.Options{NoComments: true, NoPositions: true})
		if len(errs) != len(bareErrs) || len(file.Funcs) != len(bare.Funcs) {
			t.Errorf("%d errors and %d functions, but %d and %d without comments and positions", len(errs), len(file.Funcs), len(bareErrs), len(bare.Funcs))
		}
		for _, fn := range file.Funcs {
			fn.AppendTo(nil, ir.Reference)
			for b := range fn.Blocks() {
				for inst := range fn.Insts(b) {
					fn.InstString(inst)
					fn.PosOf(inst.Entity())
				}
			}
		}
	})
}

// FuzzRoundTrip checks that printing and parsing again gives the same function.
func FuzzRoundTrip(f *testing.F) {
	addSeeds(f)
	addCorpus(f)
	f.Fuzz(func(t *testing.T, src []byte) {
		file, _ := text.Parse(src, text.Options{})
		once := print(file, ir.Lossless)
		again, errs := text.Parse(once, text.Options{})
		if err := errs.Err(); err != nil {
			t.Fatalf("%v\nin\n%s", err, once)
		}
		if twice := print(again, ir.Lossless); string(twice) != string(once) {
			t.Errorf("printed:\n%s\nparsed and printed again:\n%s", once, twice)
		}
		a, b := print(file, ir.Reference), print(again, ir.Reference)
		if string(a) != string(b) {
			t.Errorf("as the reference prints it:\n%s\nparsed and printed again:\n%s", a, b)
		}
		for _, fn := range file.Funcs {
			if got := fn.Clone().String(); got != fn.String() {
				t.Errorf("a copy of\n%s\nprints\n%s", fn, got)
			}
		}
	})
}
