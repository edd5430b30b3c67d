package compile_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"davit/compile"
	"davit/ir/text"
)

var listingLine = regexp.MustCompile(`(?m)^ *[0-9a-f]+  \S`)

// TestListing compiles the functions of the file tests and compares how many instructions the listing shows with how many
// were emitted.
func TestListing(t *testing.T) {
	files, err := filepath.Glob("../testdata/filetests/x64/*.clif")
	if err != nil || len(files) == 0 {
		t.Fatal("no file tests", err)
	}
	tg := target(t, "tls_model=elf_gd", "stack_switch_model=basic", "enable_pinned_reg", "has_cmpxchg16b",
		"enable_multi_ret_implicit_sret", "enable_llvm_abi_extensions")
	c := compile.Context{Listing: true}
	n := 0
	for _, path := range files {
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		file, errs := text.Parse(src, text.Options{NoComments: true})
		if err := errs.Err(); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		for _, f := range file.Funcs {
			code, err := c.Compile(f.Func, tg)
			if err != nil {
				continue // verifier errors and settings of other files
			}
			n++
			text := c.Disassembly()
			lines := len(listingLine.FindAllString(text, -1)) + strings.Count(text, "  tlsgd ") // two instructions, always together
			if strings.Contains(text, "rep_movsq") {
				t.Errorf("%s: %v: a string instruction under its name as a pseudo-instruction:\n%s", path, f.Name, text)
			}
			if lines != code.NInsts {
				t.Errorf("%s: %v: %d lines for %d instructions:\n%s", path, f.Name, lines, code.NInsts, text)
			}
		}
	}
	if n < 500 {
		t.Errorf("only %d functions", n)
	}
}
