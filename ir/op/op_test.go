package op_test

import (
	"testing"

	"davit/ir/op"
)

func TestTypes(t *testing.T) {
	for _, c := range []struct {
		name             string
		t                op.Type
		bits, lanes      int
		half, split, mrg string
	}{
		{"i8", op.I8, 8, 1, "invalid", "invalid", "invalid"},
		{"i64", op.I64, 64, 1, "i32", "i32x2", "invalid"},
		{"f64x2", op.F64X2, 128, 2, "f32x2", "f32x4", "f128"},
		{"i16x8", op.I16X8, 128, 8, "i8x8", "i8x16", "i32x4"},
		{"i32x4xN", 0x116, 128, 4, "i16x4xN", "i16x8xN", "i64x2xN"},
	} {
		got, ok := op.ParseType(c.name)
		if !ok || got != c.t || got.String() != c.name {
			t.Errorf("ParseType(%q) = %v (%#x), %v; want %#x", c.name, got, uint16(got), ok, uint16(c.t))
		}
		if got.Bits() != c.bits || got.Lanes() != c.lanes {
			t.Errorf("%s has %d bits in %d lanes; want %d in %d", c.name, got.Bits(), got.Lanes(), c.bits, c.lanes)
		}
		if h, s, m := got.Half().String(), got.Split().String(), got.Merge().String(); h != c.half || s != c.split || m != c.mrg {
			t.Errorf("%s: half %s, split %s, merge %s; want %s, %s, %s", c.name, h, s, m, c.half, c.split, c.mrg)
		}
	}
	for _, bad := range []string{"", "i7", "i32x3", "i32x512", "i32x", "x4", "f8", "i32x4x", "i32x04"} {
		if got, ok := op.ParseType(bad); ok {
			t.Errorf("ParseType(%q) = %v; want failure", bad, got)
		}
	}
}

// TestTable checks the table against itself: every row is filled, found by its name, and its derived types exist for
// at least one controlling type.
func TestTable(t *testing.T) {
	for o := op.None + 1; int(o) < op.NumOpcodes; o++ {
		i := o.Info()
		if i.Name == "" || i.Doc == "" {
			t.Errorf("opcode %d has no name or no description", o)
		}
		if got, ok := op.Parse(i.Name); !ok || got != o {
			t.Errorf("Parse(%q) = %v, %v", i.Name, got, ok)
		}
		if (i.Ctrl == op.SetNone) != (i.From == op.NotPolymorphic) {
			t.Errorf("%s: set %v of controlling types, taken from %v", o, i.Ctrl, i.From)
		}
		if n := i.From.ArgIndex(); n >= len(i.Args) {
			t.Errorf("%s: type from operand %d of %d", o, n, len(i.Args))
		}
	}
}

// TestSafepoints lists the opcodes that may carry a stack map.
func TestSafepoints(t *testing.T) {
	want := map[string]bool{"call": true, "call_indirect": true, "try_call": true, "try_call_indirect": true, "stack_switch": true}
	for o := op.None + 1; int(o) < op.NumOpcodes; o++ {
		if o.IsSafepoint() != want[o.String()] {
			t.Errorf("%s.IsSafepoint() = %v", o, o.IsSafepoint())
		}
	}
}

func TestConditions(t *testing.T) {
	for c := op.IntCC(0); c < op.NumIntCC; c++ {
		if c.Complement().Complement() != c || c.Swap().Swap() != c {
			t.Errorf("%s: complement or swap is no involution", c)
		}
		if got, ok := op.ParseIntCC(c.String()); !ok || got != c {
			t.Errorf("ParseIntCC(%q) = %v, %v", c, got, ok)
		}
	}
	all := op.Less | op.Greater | op.Equal | op.Unordered
	for c := op.FloatCC(0); c < op.NumFloatCC; c++ {
		if c.Complement().Outcomes() != all&^c.Outcomes() || c.Swap().Swap() != c {
			t.Errorf("%s: complement or swap is wrong", c)
		}
		if got, ok := op.ParseFloatCC(c.String()); !ok || got != c {
			t.Errorf("ParseFloatCC(%q) = %v, %v", c, got, ok)
		}
	}
	for c := 1; c < 256; c++ {
		if got, ok := op.ParseTrapCode(op.TrapCode(c).String()); !ok || int(got) != c {
			t.Errorf("ParseTrapCode(%q) = %v, %v", op.TrapCode(c), got, ok)
		}
	}
}
