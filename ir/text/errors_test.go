package text_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"davit/ir"
	"davit/ir/text"
)

// bless rewrites the expectations in testdata.
var bless = os.Getenv("DAVIT_BLESS") != ""

const separator = "\n;;; expected\n"

// TestTestdata runs the files in testdata: a source, a separator line, and what is expected. In errors that is the list
// of errors, in print what the function prints, in mode Lossless.
func TestTestdata(t *testing.T) {
	for dir, run := range map[string]func(t *testing.T, src []byte) string{"errors": listErrors, "print": printLossless} {
		paths, err := filepath.Glob(filepath.Join("testdata", dir, "*.clif"))
		if err != nil || len(paths) == 0 {
			t.Fatalf("no files in testdata/%s: %v", dir, err)
		}
		for _, path := range paths {
			name := strings.TrimSuffix(filepath.Base(path), ".clif")
			t.Run(dir+"/"+name, func(t *testing.T) {
				src, want, _ := strings.Cut(string(read(t, path)), separator)
				src += "\n"
				got := run(t, []byte(src))
				if bless {
					if err := os.WriteFile(path, []byte(strings.TrimSuffix(src, "\n")+separator+got), 0o666); err != nil {
						t.Fatal(err)
					}
					return
				}
				if got != want {
					t.Errorf("got:\n%s\nwant:\n%s", got, want)
				}
			})
		}
	}
}

func listErrors(t *testing.T, src []byte) string {
	_, errs := text.Parse(src, text.Options{MaxErrors: 1000})
	if len(errs) == 0 {
		t.Error("no error")
	}
	return errs.Error() + "\n"
}

func printLossless(t *testing.T, src []byte) string {
	f, errs := text.Parse(src, text.Options{})
	if err := errs.Err(); err != nil {
		t.Fatal(err)
	}
	once := print(f, ir.Lossless)
	f, errs = text.Parse(once, text.Options{})
	if err := errs.Err(); err != nil {
		t.Fatalf("%v\nin\n%s", err, once)
	}
	if twice := print(f, ir.Lossless); string(twice) != string(once) {
		t.Errorf("printed:\n%s\nand again:\n%s", once, twice)
	}
	return string(once)
}
