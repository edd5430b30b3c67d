package davit_test

import (
	"bytes"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/diff"

	"davit/compile"
	"davit/filetest"
	"davit/ir"
	"davit/ir/text"
	"davit/settings"
)

// TestReadmeOutput holds the output that README.md shows of the main job against what it prints. DAVIT_BLESS=1 rewrites
// README.md.
func TestReadmeOutput(t *testing.T) {
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("compiled code does not run here")
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	const before, after = "addresses back:\n\n", "\n\nThe first line"
	head, rest, found := strings.Cut(string(readme), before)
	shown, tail, found2 := strings.Cut(rest, after)
	if !found || !found2 {
		t.Fatalf("README.md: no block between %q and %q", before, after)
	}
	src, err := os.ReadFile("examples/first.clif")
	if err != nil {
		t.Fatal(err)
	}
	file, errs := text.Parse(src, text.Options{CallConv: ir.SystemV})
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	var out bytes.Buffer
	flags := settings.Default(settings.X86_64)
	if err := flags.Set("preserve_frame_pointers"); err != nil {
		t.Fatal(err)
	}
	if err := filetest.Execute(file, filetest.ExecOptions{Flags: flags, Out: &out}); err != nil {
		t.Fatal(err)
	}
	got := "    " + strings.ReplaceAll(strings.TrimSpace(out.String()), "\n", "\n    ")
	switch {
	case got == shown:
	case os.Getenv("DAVIT_BLESS") == "1":
		if err := os.WriteFile("README.md", []byte(head+before+got+after+tail), 0o666); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("%s", diff.Diff("shown", []byte(shown+"\n"), "printed", []byte(got+"\n")))
	}
}

// TestReadmeListing holds the listing that README.md shows of a stack map against that of the compiler.
func TestReadmeListing(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	flags := settings.Default(settings.X86_64)
	target, err := compile.NewTarget("x86_64", &flags)
	if err != nil {
		t.Fatal(err)
	}
	c := compile.Context{Listing: true}
	if _, err := c.Compile(parseFile(t, "testdata/filetests/stackmaps/19_20_twice.clif").Funcs[0].Func, target); err != nil {
		t.Fatal(err)
	}
	_, call, _ := strings.Cut(c.Disassembly(), "(%rsp)\n")
	for _, line := range strings.SplitAfter(call, "\n")[:2] {
		if !strings.Contains(string(readme), "    "+line) {
			t.Errorf("README.md does not show %q", line)
		}
	}
}
