package filetest

import (
	"strings"
	"testing"

	"davit/ir/text"
)

func TestLineDiff(t *testing.T) {
	want := strings.Fields("1 2 3 4 5 6 7 8 9")
	got := strings.Fields("1 2 3 4 5 6 7 8 0")
	const diff = "  @@ -6,4 +6,4 @@\n   6\n   7\n   8\n  -9\n  +0"
	if d := lineDiff(want, got); d != diff {
		t.Errorf("got\n%s\nwant\n%s", d, diff)
	}
}

const blessSource = `test compile precise-output
target x86_64

;; Kept.
function %f() { ; old, too
    ;; Kept as well.
block0:
    ; old
    return ; old
}
; old
;
; old

function %g() {
block0:
    return
}
;; Kept behind %g.
`

const blessWant = `test compile precise-output
target x86_64

;; Kept.
function %f() {
    ;; Kept as well.
block0:
    return
}
; new 1
;
; new 2

function %g() {
block0:
    return
}
; only

;; Kept behind %g.
`

func TestBless(t *testing.T) {
	file, errs := text.Parse([]byte(blessSource), text.Options{})
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	got := blessText(blessSource, []blessing{
		{file.Funcs[0], []string{"new 1", "", "new 2"}},
		{file.Funcs[1], []string{"only"}},
	})
	if got != blessWant {
		t.Fatalf("got\n%s\nwant\n%s", got, blessWant)
	}
	file, _ = text.Parse([]byte(got), text.Options{})
	if lines := expectedLines(file.Funcs[0]); strings.Join(lines, "|") != "new 1||new 2" {
		t.Errorf("expectations read back: %q", lines)
	}
	again := blessText(got, []blessing{{file.Funcs[0], []string{"new 1", "", "new 2"}}, {file.Funcs[1], []string{"only"}}})
	if again != got {
		t.Errorf("a second time changes the file:\n%s", again)
	}
}

// TestBlessLineEnds checks that a file keeps its kind of line ends, and that the last line gets one.
func TestBlessLineEnds(t *testing.T) {
	dos := func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }
	for _, src := range []string{blessSource, strings.TrimSuffix(blessSource, "\n")} {
		for _, ends := range []func(string) string{strings.Clone, dos} {
			src := ends(src)
			file, errs := text.Parse([]byte(src), text.Options{})
			if len(errs) > 0 {
				t.Fatal(errs)
			}
			got := blessText(src, []blessing{{file.Funcs[0], []string{"new 1", "", "new 2"}}, {file.Funcs[1], []string{"only"}}})
			if want := ends(blessWant); got != want {
				t.Errorf("got\n%q\nwant\n%q", got, want)
			}
		}
	}
}
