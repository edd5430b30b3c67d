package filetest

import (
	"strings"

	"github.com/rogpeppe/go-internal/diff"
)

// lineDiff shows how got differs from want, as the hunks of a unified diff, indented by two columns.
func lineDiff(want, got []string) string {
	d := string(diff.Diff("want", []byte(strings.Join(want, "\n")+"\n"), "got", []byte(strings.Join(got, "\n")+"\n")))
	if _, hunks, ok := strings.Cut(d, "\n+++ got\n"); ok {
		d = hunks
	}
	var b strings.Builder
	for line := range strings.Lines(d) {
		b.WriteString("  " + strings.TrimRight(line, " \n") + "\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}
