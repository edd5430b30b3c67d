package filecheck

import (
	"errors"
	"strings"
	"testing"
)

const sample = `function %f(i32) -> i32 {
block0(v0: i32):
    v1 = iadd v0, v0
    v2 = imul v1, v0
    $x [1] v10

    return v2
}
`

// Each test is a list of comments; fail is the directive that must fail, or empty.
var tests = []struct {
	name, text string
	comments   string
	fail, msg  string
}{
	{"check in order", sample, "; check: block0\n; check: iadd\n;check: imul", "", ""},
	{"check out of order", sample, "; check: imul\n; check: iadd", "check: iadd", `no match of /\biadd\b/ in lines 4 to 8 of the output`},
	{"no directive", sample, "; checks: nothing\n; check:nothing\n; recheck: nothing", "", ""},
	{"word boundary", sample, "; check: add", "check: add", "no match"},
	{"boundary off", sample, "; check: $()add", "", ""},
	{"boundary at end", sample, "; check: v1$()\n; check: v1", "", ""},
	{"v1 is not v10", sample, "; check: imul\n; check: v1 = \n", "check: v1 =", ""},
	{"v1 is not v10 either", sample, "; check: return\n; not: v1", "", ""},
	{"sameln", sample, "; check: v1 =\n; sameln: v0\n; sameln: , v0", "", ""},
	{"sameln fails", sample, "; check: v1 =\n; sameln: imul", "sameln: imul", "line 3 of the output"},
	{"sameln first", sample, "; sameln: function", "", ""},
	{"nextln", sample, "; check: block0\n; nextln: v1\n; nextln: v2", "", ""},
	{"nextln first", sample, "; nextln: block0", "", ""},
	{"nextln fails", sample, "; check: block0\n; nextln: v2 =", "nextln: v2 =", "no match of /\\bv2 =/ in line 3"},
	{"nextln past the end", sample, "; check: return\n; nextln: }\n; nextln: \n; nextln: x", "nextln: x", "no further line"},
	{"nextln empty", sample, "; check: imul\n; nextln: \n; nextln: \n; nextln: return", "", ""},
	{"unordered", sample, "; unordered: imul\n; unordered: iadd\n; check: return", "", ""},
	{"unordered after ordered", sample, "; check: imul\n; unordered: iadd", "unordered: iadd", ""},
	{"unordered moves check", sample, "; unordered: imul\n; check: iadd", "check: iadd", ""},
	{"not", sample, "; check: iadd\n; not: isub\n; check: return", "", ""},
	{"not fails", sample, "; check: block0\n; not: iadd\n; check: return", "not: iadd", "matches in line 3"},
	{"not ends at next check", sample, "; check: block0\n; not: imul\n; check: iadd", "", ""},
	{"not at end", sample, "; check: iadd\n; not: return", "not: return", ""},
	{"check-not", sample, "; check-not: iadd", "not: iadd", ""},
	{"dollar and metacharacters", sample, "; check: $$x [1] v10", "", ""},
	{"define and use", sample, "; check: $(v=v[0-9]+) = iadd\n; check: imul $v\n; check: return $(=v\\d)", "", ""},
	{"wrong value", sample, "; check: $(v=v[0-9]+) = iadd\n; check: return $(v)", "check: return $(v)", ""},
	{"regex variable", sample, "; regex: V=v\\d+\n; check: $(a=$V) = iadd $(b=$V), $V\n; check: imul $a, $b", "", ""},
	{"regex with groups", sample, "; check: $(a=(v|w)[)0-9]+(\\d|\\))?) = iadd", "", ""},
	{"unordered after definition", "a 1\nb 2\na 2\n", "; unordered: b $(n=\\d)\n; unordered: a $n", "", ""},
	{"unordered not before definition", "a 2\nb 2\n", "; unordered: b $(n=\\d)\n; unordered: a $n", "unordered: a $n", ""},
	{"undefined", sample, "; check: $nope", "check: $nope", "variable nope is not defined"},
	{"text variable as regex", sample, "; check: $(a=v1)\n; check: $(b=$a)", "check: $(b=$a)", "no regex variable"},
	{"multi-line mode", sample, "; check: $(=^block0)", "", ""},
	{"empty output", "", "; check: x", "check: x", "the output is empty"},
}

func TestCheck(t *testing.T) {
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var c Checker
			for i, line := range strings.Split(tt.comments, "\n") {
				if err := c.Add(line, i+1); err != nil {
					t.Fatal(err)
				}
			}
			err := c.Check(tt.text)
			if tt.fail == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			var f *Failure
			if !errors.As(err, &f) {
				t.Fatalf("error %v, want failure of %q", err, tt.fail)
			}
			if f.Directive != tt.fail || !strings.Contains(f.Msg, tt.msg) {
				t.Errorf("failure %v, want one of %q with %q", err, tt.fail, tt.msg)
			}
		})
	}
}

func TestBadDirectives(t *testing.T) {
	for comment, want := range map[string]string{
		"; check: $":                 "expected $, ( or the name",
		"; check: $-":                "expected $, ( or the name",
		"; check: $(a":               "expected = or )",
		"; check: $(a=b":             "no ) closes",
		"; check: $(a=[b)":           "no ) closes",
		"; check: $(a=b) $a":         "used in the pattern that defines it",
		"; check: $(a=b) $(a=c)":     "defined twice",
		"; check: $(=(?P<x)":         "no ) closes",
		"; check: $(=a{2,1})":        "invalid repeat count",
		"; not: $(a=b)":              "cannot define variables",
		"; regex: 1=b":               "expected NAME=REGEX",
		"; regex: nothing":           "expected NAME=REGEX",
		"; regex: A=(":               "missing closing",
		"; check: $(a=$b) and $(b=)": "used in the pattern that defines it",
	} {
		var c Checker
		if err := c.Add(comment, 1); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", comment, err, want)
		}
		if !c.Empty() {
			t.Errorf("%s: was added", comment)
		}
	}
}

func TestMessage(t *testing.T) {
	var c Checker
	for i, s := range []string{"; check: block0", "; nextln: isub"} {
		if err := c.Add(s, 10+i); err != nil {
			t.Fatal(err)
		}
	}
	const want = `nextln: isub: no match of /\bisub\b/ in line 3 of the output
  last match: check: block0 (line 10) in line 2 of the output
      1 | function %f(i32) -> i32 {
      2 | block0(v0: i32):
  >   3 |     v1 = iadd v0, v0
      4 |     v2 = imul v1, v0
      5 |     $x [1] v10
      6 | 
      7 |     return v2
      8 | }`
	if err := c.Check(sample); err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

func FuzzCheck(f *testing.F) {
	for _, tt := range tests {
		f.Add(tt.comments, tt.text)
	}
	f.Fuzz(func(t *testing.T, comments, text string) {
		var c Checker
		for line := range strings.SplitSeq(comments, "\n") {
			_ = c.Add(line, 1)
		}
		if err := c.Check(text); err != nil && err.Error() == "" {
			t.Error("error without text")
		}
	})
}
