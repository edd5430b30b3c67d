package filetest

import (
	"strings"
	"testing"

	"davit/ir/data"
	"davit/ir/op"
	"davit/ir/text"
)

// parseOne parses a file with one function.
func parseOne(t *testing.T, src string) *text.Function {
	t.Helper()
	file, errs := text.Parse([]byte(src), text.Options{})
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return file.Funcs[0]
}

func function(t *testing.T, sig string) *text.Function {
	t.Helper()
	// The body does not matter here: it need not verify.
	return parseOne(t, "function %f"+sig+" {\nblock0:\n    return\n}\n")
}

func TestDirectives(t *testing.T) {
	tests := []struct {
		sig, comment string
		call, want   string // as printed; call is empty for a comment that is no directive
		err          string
	}{
		{"(i32) -> i32", "; run: %f(1) == 0x2", "%f(1)", "== 2", ""},
		{"(i32) -> i32", ";; run: %g(-1) != 2 and more", "%g(-1)", "!= 2", ""},
		{"(i8, i16) -> i8, i8", "; run: %f(255, 0x8000) == [1, -128]", "%f(-1, -32768)", "== [1, -128]", ""},
		{"()", "; run: %f() == []", "%f()", "== []", ""},
		{"() -> i8", "; run", "%f()", "!= 0", ""},
		{"() -> f64", "; print", "%f()", "", ""},
		{"(i64)", "; print: u0:17(1_000)", "u0:17(1000)", "", ""},
		{"(f32) -> f64", "; run: %f(+NaN:0x1) == -0x1.8p3", "%f(+NaN:0x1)", "== -0x1.8000000000000p3", ""},
		{"(i32x4) -> i8x16", "; run: %f([1 2 3 4]) == 0x0102", "%f(0x00000004000000030000000200000001)",
			"== 0x00000000000000000000000000000102", ""},
		{"(i128) -> i128", "; run: %f(-1) == 0x80000000000000000000000000000000", "%f(-1)",
			"== -170141183460469231731687303715884105728", ""},
		{"(i32) -> i32", "; runs: %f(1) == 2", "", "", ""},
		{"(i32) -> i32", "; run this function", "", "", ""},
		{"(i32) -> i32", "; check: run", "", "", ""},

		{"(i32) -> i32", "; run", "", "", "needs a function without parameters"},
		{"() -> f32", "; run", "", "", "returns an integer"},
		{"(i32) -> i32", "; print", "", "", "needs a function without parameters"},
		{"(i32) -> i32", "; run %f(1) == 2", "", "", `found "%f(1)", expected ":" after "run"`},
		{"() -> i32", "; print %f()", "", "", `found "%f()", expected ":" after "print"`},
		{"(i32) -> i32", "; run: f(1) == 2", "", "", `found "f(1)", expected the name of a function`},
		{"(i32) -> i32", "; run: %f(1, 2) == 2", "", "", "more than 1 values"},
		{"(i32) -> i32", "; run: %f() == 2", "", "", "0 values, expected 1"},
		{"(i32) -> i32", "; run: %f(1) = 2", "", "", `expected "==" or "!="`},
		{"(i32) -> i32", "; run: %f(1)", "", "", "the directive ends"},
		{"(i8) -> i8", "; run: %f(256) == 2", "", "", "256"},
		{"(i8) -> i8, i8", "; run: %f(1) == 2", "", "", `expected "[" before the values`},
		{"(i8x64)", "; run: %f(0x01) == []", "", "", "values of type i8x64 cannot be passed"},
	}
	for _, tt := range tests {
		d, err := parseDirective(tt.comment, function(t, tt.sig))
		switch {
		case tt.err != "":
			if err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("%s %s: error %v, want %q", tt.sig, tt.comment, err, tt.err)
			}
		case err != nil:
			t.Errorf("%s %s: %v", tt.sig, tt.comment, err)
		case d == nil || tt.call == "":
			if d != nil || tt.call != "" {
				t.Errorf("%s %s: got %v, want %q", tt.sig, tt.comment, d, tt.call)
			}
		default:
			want := ""
			if d.kind == runDirective {
				want = d.expectation()
			}
			if d.String() != tt.call || want != tt.want {
				t.Errorf("%s %s: got %v %v, want %v %v", tt.sig, tt.comment, d, want, tt.call, tt.want)
			}
		}
	}
}

func TestHolds(t *testing.T) {
	i8, i32 := data.I8, data.I32
	negZero := data.FromBits(op.F32, 1<<31, 0)
	tests := []struct {
		sig, comment string
		got          []data.Value
		want         bool
	}{
		{"() -> i32", "; run: %f() == 5", []data.Value{i32(5)}, true},
		{"() -> i32", "; run: %f() == 5", []data.Value{i32(6)}, false},
		{"() -> i32", "; run: %f() != 5", []data.Value{i32(6)}, true},
		{"() -> i32", "; run: %f() != 5", []data.Value{i32(5)}, false},
		{"() -> i32, i8", "; run: %f() != [5, 1]", []data.Value{i32(5), i8(2)}, true},
		{"() -> i32, i8", "; run: %f() == [5, 1]", []data.Value{i32(5)}, false},
		{"() -> f32", "; run: %f() == 0.0", []data.Value{negZero}, false},
		{"() -> i8", "; run", []data.Value{i8(0)}, false},
		{"() -> i8", "; run", []data.Value{i8(3)}, true},
		{"() -> i32", "; run", []data.Value{i32(0)}, true},
		{"() -> i32", "; print", []data.Value{i32(0)}, true},
	}
	for _, tt := range tests {
		d, err := parseDirective(tt.comment, function(t, tt.sig))
		if err != nil {
			t.Fatal(err)
		}
		if got := d.holds(tt.got); got != tt.want {
			t.Errorf("%s %s with %v: %v", tt.sig, tt.comment, tt.got, got)
		}
	}
}
