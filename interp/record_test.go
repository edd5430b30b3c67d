package interp

import (
	"testing"

	"davit/ir"
)

func TestRecord(t *testing.T) {
	m := load(t, `
function %f(i64) -> i128 {
    fn0 = %g(i64) -> i64, i8
block0(v0: i64):
    jump block1(v0)
block1(v1: i64):
    v2, v3 = call fn0(v1)
    v4 = isub v1, v2
    brif v4, block1(v4), block2
block2:
    v5 = iconcat v1, v0
    return v5
block3:
    v6 = iconst.i8 1
    jump block3
}
function %g(i64) -> i64, i8 {
block0(v0: i64):
    v1 = iconst.i64 1
    v2 = ireduce.i8 v0
    return v1, v2
}
`, Options{Record: true})
	if _, _, ok := m.Recorded("f", 0); ok {
		t.Error("a value was recorded before the function ran")
	}
	if _, err := m.Call("f", i64s(3)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name        string
		v           ir.Value
		first, last string
	}{
		{"f", 0, "3", "3"}, {"f", 1, "3", "1"}, {"f", 2, "1", "1"}, {"f", 3, "3", "1"}, {"f", 4, "2", "0"},
		{"f", 5, "55340232221128654849", "55340232221128654849"}, {"g", 2, "3", "1"},
	} {
		first, last, ok := m.Recorded(c.name, c.v)
		if !ok || first.String() != c.first || last.String() != c.last {
			t.Errorf("%%%s, %v: %v, %v, %v", c.name, c.v, first, last, ok)
		}
	}
	for _, v := range []ir.Value{6, 99} {
		if _, _, ok := m.Recorded("f", v); ok {
			t.Errorf("%v was recorded", v)
		}
	}
}
