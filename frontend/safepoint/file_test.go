package safepoint_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"davit/frontend/safepoint"
	"davit/ir"
	"davit/ir/text"
	"davit/ir/verify"
)

var modes = []safepoint.Mode{safepoint.Early, safepoint.Late}

func parseFile(t testing.TB, path string) *text.File {
	t.Helper()
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	file, errs := text.Parse(src, text.Options{})
	if err := errs.Err(); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return file
}

// TestFiles runs the pass in both modes on every function of testdata/*.clif and compares the result with
// testdata/*.early and *.late. It checks that the result verifies, and that running the pass again changes nothing. With
// DAVIT_BLESS=1 in the environment, it writes those files.
func TestFiles(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.clif")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no test files: %v", err)
	}
	for _, path := range paths {
		for _, mode := range modes {
			name := strings.TrimSuffix(filepath.Base(path), ".clif")
			t.Run(name+"/"+mode.String(), func(t *testing.T) {
				got := runFile(t, path, mode)
				wantPath := strings.TrimSuffix(path, "clif") + mode.String()
				if os.Getenv("DAVIT_BLESS") == "1" {
					if err := os.WriteFile(wantPath, got, 0o666); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(wantPath)
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(got, want) {
					t.Errorf("got:\n%s\nwant:\n%s", got, want)
				}
			})
		}
	}
}

// runFile runs the pass on the functions of a file and returns what they print.
func runFile(t *testing.T, path string, mode safepoint.Mode) []byte {
	var c safepoint.Context
	var out []byte
	for i, fn := range parseFile(t, path).Funcs {
		before := fn.Clone()
		if i > 0 {
			out = append(out, '\n')
		}
		err := c.Run(fn.Func, safepoint.Options{Mode: mode})
		if err != nil {
			out = append(out, "; error: "+err.Error()+"\n"...)
			if got, want := fn.AppendTo(nil, ir.Lossless), before.AppendTo(nil, ir.Lossless); !bytes.Equal(got, want) {
				t.Errorf("%v changed despite the error:\n%s", fn.Name, got)
			}
			continue
		}
		printed := fn.AppendTo(nil, ir.Lossless)
		out = append(out, printed...)
		if verify.Func(before, verify.Options{}) == nil {
			mustVerify(t, fn.Func)
		}
		again, errs := text.Parse(printed, text.Options{})
		if errs.Err() != nil {
			t.Fatalf("%v\n%s", errs.Err(), printed)
		}
		f := again.Funcs[0].Func
		if err := safepoint.Run(f, safepoint.Options{Mode: mode}); err != nil {
			t.Error(err)
		}
		if twice := f.AppendTo(nil, ir.Lossless); !bytes.Equal(twice, printed) {
			t.Errorf("running the pass again changes %v to\n%s", fn.Name, twice)
		}
	}
	return out
}

func mustVerify(t testing.TB, f *ir.Func) {
	t.Helper()
	if errs := verify.Func(f, verify.Options{}); errs.Err() != nil {
		t.Errorf("%v\n%s", errs.Err(), f.AppendTo(nil, ir.Lossless))
	}
}
