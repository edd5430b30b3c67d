//go:build linux && amd64

package x64_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"davit/ir/op"
	"davit/settings"
)

// access is one opcode that reads or writes memory, with types.
type access struct {
	name   string
	op     op.Opcode
	ctrl   op.Type
	stored []op.Type // values that it takes besides the address
	text   string    // %s is the address, the stored values are v10 and following
}

var rmwOps = []string{"add", "sub", "and", "nand", "or", "xor", "xchg", "umin", "umax", "smin", "smax"}

// accesses lists the opcodes that access memory, for all types of at most 128 bits and several flags.
func accesses() []access {
	var list []access
	for o := op.Opcode(1); o < op.NumOpcodes; o++ {
		if !o.Has(op.CanLoad | op.CanStore) {
			continue
		}
		for _, t := range allTypes {
			if !o.Info().Ctrl.Has(t) {
				continue
			}
			add := func(values int, text string, variants ...string) {
				for _, v := range variants {
					a := access{name: fmt.Sprintf("f%d", len(list)), op: o, ctrl: t, stored: slices.Repeat([]op.Type{t}, values)}
					a.text = strings.NewReplacer("OP", o.String(), "TYPE", t.String(), "VARIANT", v).Replace(text)
					list = append(list, a)
				}
			}
			flags := []string{"", "notrap aligned", "little", "notrap can_move readonly"}
			switch o.Format() {
			case op.FmtLoad:
				add(0, "v20 = OP.TYPE VARIANT %s+16", flags...)
			case op.FmtStore:
				add(1, "OP VARIANT v10, %s+16", flags[:3]...)
			case op.FmtLoadNoOffset:
				add(0, "v20 = OP.TYPE VARIANT %s", flags[:3]...)
			case op.FmtStoreNoOffset:
				add(1, "OP VARIANT v10, %s", flags[:3]...)
			case op.FmtAtomicRmw:
				add(1, "v20 = OP.TYPE VARIANT %s, v10", rmwOps...)
			case op.FmtAtomicCas:
				add(2, "v20 = OP.TYPE VARIANT %s, v10, v11", flags[:3]...)
			}
		}
	}
	return list
}

func (a *access) function(indexed bool) string {
	if indexed {
		return a.name + "_indexed"
	}
	return a.name
}

// source returns a function that accesses memory 16 or 32 bytes above v1, once by an address in a register and once by a
// sum, and stores what it read at v1.
func (a *access) source(indexed bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "function %%%s(i64, i64) {\nblock0(v0: i64, v1: i64):\n", a.function(indexed))
	address := "v2"
	b.WriteString("    v6 = iconst.i64 16\n    v2 = iadd v1, v6\n")
	if indexed {
		b.WriteString("    v3 = load.i64 v0+48\n    v7 = iconst.i8 3\n    v4 = ishl v3, v7\n    v5 = iadd v1, v4\n")
		address = "v5"
	}
	for k, t := range a.stored {
		fmt.Fprintf(&b, "    v%d = load.%s v0+%d\n", 10+k, t, 16*k)
	}
	fmt.Fprintf(&b, "    %s\n", fmt.Sprintf(a.text, address))
	if len(a.op.Info().Results) > 0 {
		b.WriteString("    store v20, v1\n")
	}
	b.WriteString("    return\n}\n")
	return b.String()
}

// wide reports whether the access needs CMPXCHG16B.
func (a *access) wide() bool {
	return a.ctrl == op.I128 && a.op.Format() != op.FmtLoad && a.op.Format() != op.FmtStore
}

// TestEveryAccess compares each opcode that accesses memory, for every type, with the interpreter. The target supports
// all of them, atomics of 128 bits with CMPXCHG16B only.
func TestEveryAccess(t *testing.T) {
	for _, level := range []string{"baseline", "sse41 has_sse42 has_cmpxchg16b", "icelake-server has_cmpxchg16b"} {
		fl := levelFlags(t, strings.TrimPrefix(level, "baseline"))
		have := settings.Native()
		if m := fl.Missing(&have); len(m) > 0 {
			t.Logf("%s: the processor lacks %v", level, m)
			continue
		}
		testAccesses(t, level, newRun(t, fl))
	}
}

func testAccesses(t *testing.T, level string, r *run) {
	all := accesses()
	for i := range all {
		for _, indexed := range []bool{false, true} {
			src := all[i].source(indexed)
			if ok := r.add(t, src); ok == (all[i].wide() && !strings.Contains(level, "cmpxchg16b")) {
				t.Errorf("%s: supported %v\n%s", level, ok, src)
			}
		}
	}
	if level == "baseline" {
		all = slices.DeleteFunc(all, func(a access) bool { return a.wide() })
	}
	r.link(t, false)
	rnd := rand.New(rand.NewPCG(3, 4))
	for i := range all {
		for n := range 2 * *rounds {
			in := make([]byte, operandBytes)
			for k := range in {
				in[k] = byte(rnd.Uint32())
			}
			for k, t := range all[i].stored {
				copy(in[16*k:], operand(rnd, t).Bytes())
			}
			copy(in[48:], []byte{2, 0, 0, 0, 0, 0, 0, 0}) // 8 times this is the offset of the location
			if all[i].op == op.AtomicCas && n&2 != 0 {
				copy(in[operandBytes/2+16:], in[:all[i].ctrl.Bytes()])
			}
			name := all[i].function(n&1 == 1)
			want, ok := r.defined(t, name, in)
			if !ok {
				t.Errorf("%s: not defined:\n%s", level, all[i].source(n&1 == 1))
				break
			}
			if got := r.native(t, name, in); got.trap != want.trap || !bytes.Equal(got.out, want.out) {
				t.Errorf("%s: got %v, want %v\n%s", level, got, want, all[i].source(n&1 == 1))
				break
			}
		}
	}
	t.Logf("%s: %d accesses", level, len(all))
}
