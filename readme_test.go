package davit_test

import (
	"bytes"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/diff"

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
