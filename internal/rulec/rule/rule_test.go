package rule

import "testing"

var table = []Info{
	{Name: "a", Opcode: "iadd", File: "f.rules", Line: 3},
	{Name: "b", Opcode: "isub", File: "f.rules", Line: 7},
	{Name: "c", Opcode: "isub", File: "f.rules", Line: 9},
}

func TestTrace(t *testing.T) {
	tr := New(len(table))
	if !tr.Disable(table, "b") || tr.Disable(table, "z") {
		t.Error("Disable does not tell known from unknown names")
	}
	if !tr.Fire(0) || tr.Fire(1) || tr.Last != 0 {
		t.Error("Fire: want a to run and b to be declined")
	}
	un := tr.Unused(table)
	if len(un) != 2 || un[0].Name != "b" || un[1].Pos() != "f.rules:9" {
		t.Errorf("Unused = %v", un)
	}
}

func TestFuel(t *testing.T) {
	tr := New(len(table))
	tr.Fuel = 2
	tr.Optional = []bool{true, false}
	var got []bool
	for _, id := range []int{0, 1, 0, 0, 1, 2} {
		got = append(got, tr.Fire(id))
	}
	want := []bool{true, true, true, false, true, true}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("Fire calls returned %v, want %v", got, want)
		}
	}
}
