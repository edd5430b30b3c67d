//go:build linux && amd64

package main

import (
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	var out strings.Builder
	if err := run(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		";@needs_stack_map", "call fn0(v0), stack_map=[i64 @ ss0+0, i64 @ ss1+0]",
		"5 4 3 2 1 after 20 collections",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%s\nhas no %q", out.String(), want)
		}
	}
}
