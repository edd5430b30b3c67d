package text_test

import (
	"bytes"
	"math/rand/v2"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"davit/internal/corpus"
	"davit/internal/fuzz"
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
	f.Fuzz(checkRoundTrip)
}

func checkRoundTrip(t *testing.T, src []byte) {
	if msg := fuzz.CheckText(src); msg != "" {
		t.Errorf("%s\nsource:\n%s", msg, src)
	}
}

// TestMutations exchanges, drops and repeats tokens of the test data and of small files of the corpus, and checks the
// round trip of what can still be parsed.
func TestMutations(t *testing.T) {
	var seeds [][]byte
	paths, err := filepath.Glob(filepath.Join("testdata", "print", "*.clif"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		seeds = append(seeds, read(t, path))
	}
	if root, ok := corpus.Find(t); ok {
		for _, path := range corpus.Files(t, "filetests") {
			if src := read(t, filepath.Join(root, path)); len(src) < 3000 {
				seeds = append(seeds, src)
			}
		}
	}
	token := regexp.MustCompile(`[A-Za-z_0-9]+|;.*|\s+|.`)
	rnd := rand.New(rand.NewPCG(1, 2))
	survivors := 0
	for round := range 3000 {
		a := token.FindAll(seeds[round%len(seeds)], -1)
		b := token.FindAll(seeds[rnd.IntN(len(seeds))], -1)
		for range 1 + rnd.IntN(3) {
			i, j := rnd.IntN(len(a)), rnd.IntN(len(b))
			switch rnd.IntN(4) {
			case 0:
				a[i] = b[j]
			case 1:
				a[i] = a[rnd.IntN(len(a))]
			case 2:
				a[i] = nil
			case 3:
				a[i] = append(slices.Clone(a[i]), b[j]...)
			}
		}
		src := bytes.Join(a, nil)
		checkRoundTrip(t, src)
		if f, errs := text.Parse(src, text.Options{}); len(errs) == 0 && len(f.Funcs) > 0 {
			survivors++
		}
		if t.Failed() {
			return
		}
	}
	if survivors < 300 {
		t.Errorf("only %d mutated files could be parsed", survivors)
	}
}
