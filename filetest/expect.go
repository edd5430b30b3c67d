package filetest

import (
	"fmt"
	"slices"
	"strings"

	"davit/filetest/filecheck"
	"davit/ir/text"
)

// filecheck matches output about a function against the filecheck directives of the file's preamble and the function.
func (j *job) filecheck(fn *text.Function, output string) error {
	var c filecheck.Checker
	for _, list := range [][]text.Comment{j.file.Preamble, fn.Comments} {
		for _, comment := range list {
			if err := c.Add(comment.Text, comment.Pos.Line); err != nil {
				return at(comment.Pos, err.Error())
			}
		}
	}
	err := c.Check(output)
	if f, ok := err.(*filecheck.Failure); ok {
		return &Failure{Line: f.Line, Msg: fmt.Sprintf("%s: %v", fn.Name, f)}
	}
	return err
}

// expectedLines returns the output that a precise-output test expects of a function: all of its comments except pragmas and
// those that start with two semicolons.
func expectedLines(fn *text.Function) []string {
	var lines []string
	for _, c := range fn.Comments {
		if isExpectation(c) {
			s := strings.TrimPrefix(c.Text, ";")
			lines = append(lines, strings.TrimPrefix(s, " "))
		}
	}
	return lines
}

func isExpectation(c text.Comment) bool { return !strings.HasPrefix(c.Text, ";;") && !c.IsPragma() }

// precise compares output about a function with what its comments expect. When files are rewritten it only notes the
// output, which must be the same for all targets of the file.
func (j *job) precise(fn *text.Function, output string) error {
	if j.opts.IgnorePreciseOutput {
		return nil
	}
	got := strings.Split(strings.TrimSuffix(output, "\n"), "\n")
	if j.opts.Bless {
		if before, ok := j.blessed[fn]; ok && !slices.Equal(before, got) {
			return at(fn.Start, fmt.Sprintf("%s: the output depends on the target, so that no comment can tell it for all\n%s",
				fn.Name, lineDiff(before, got)))
		}
		j.blessed[fn] = got
		return nil
	}
	want := expectedLines(fn)
	if slices.Equal(got, want) {
		return nil
	}
	return at(fn.Start, fmt.Sprintf("%s: the output is not the expected one (DAVIT_BLESS=1 replaces the expectation)\n%s",
		fn.Name, lineDiff(want, got)))
}
