package filetest

import (
	"strings"
	"testing"

	"davit/ir/text"
)

func TestDiff(t *testing.T) {
	lines := func(s string) []string { return strings.Fields(s) }
	for _, tt := range []struct{ want, got, diff string }{
		{"a b c", "a x c", "    a\n  - b\n  + x\n    c"},
		{"a b c", "b c d", "  - a\n    b\n    c\n  + d"},
		{"", "a", "  + a"},
		{"1 2 3 4 5 6 7 8 9", "1 2 3 4 5 6 7 8 0", "    ... 5 unchanged\n    6\n    7\n    8\n  - 9\n  + 0"},
	} {
		if got := diff(lines(tt.want), lines(tt.got)); got != tt.diff {
			t.Errorf("diff(%s, %s):\n%s\nwant\n%s", tt.want, tt.got, got, tt.diff)
		}
	}
	if got := diff(make([]string, 3000), lines(strings.Repeat("x ", 3000))); strings.Count(got, "\n") < 5999 {
		t.Error("a large difference is shown in part")
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
