//go:build linux && amd64

package engine_test

import (
	"regexp"
	"strings"
	"testing"

	"davit/engine"
	"davit/jit"
)

const listedCLIF = `
function %listed(i64, f64x2, f64x2) -> i64, f64x2 system_v {
    ss0 = explicit_slot 16
    fn0 = %host(i64) system_v
block0(v0: i64, v1: f64x2, v9: f64x2):
    v5 = stack_addr.i64 ss0
@0012    store v0, v5
@0034    call fn0(v0), stack_map=[i64 @ ss0+0]
    v2 = load.i64 v5
@0056    v3 = fadd v1, v9
    v4 = sdiv v2, v0
    v7 = fma v3, v1, v9
    v10 = bitcast.i8x16 little v7
    v11 = shuffle v10, v10, 0x11001f1e1d1c1b1a1918171615141312
    v8 = bitcast.f64x2 little v11
    return v4, v8
}
`

// listing returns what Disassemble says of listedCLIF.
func listing(t *testing.T, keep bool) string {
	e, err := engine.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	e.KeepListings = keep
	if err := e.Module.Host("host", func(int64) {}); err != nil {
		t.Fatal(err)
	}
	add(t, e, listedCLIF)
	var b strings.Builder
	if err := e.Module.Disassemble(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// A module's dump has instructions, the names of what is called, traps, stack maps and source locations; decoding finds the
// instructions where the compiler's own listing has them.
func TestDisassemble(t *testing.T) {
	decoded, kept := listing(t, false), listing(t, true)
	for _, want := range []string{"listed: ", "frame of ", "callq host", "; trap: int_ovf", "; stack map at 0x", "i64 {0}",
		"; @0012", "; @0034", "; @0056"} {
		if !strings.Contains(decoded, want) {
			t.Errorf("no %q in\n%s", want, decoded)
		}
	}
	offsets := func(s string) string {
		return strings.Join(strings.Fields(strings.Join(regexp.MustCompile(`(?m)^ *([0-9a-f]+)  `).FindAllString(s, -1), "")), " ")
	}
	if a, b := offsets(decoded), offsets(kept); !strings.HasPrefix(a, b) || b == "" { // traps at the end are not listed
		t.Errorf("instructions at %s\nbut in the listing at %s\n%s\n%s", a, b, decoded, kept)
	}
	m, err := jit.NewModule()
	if err != nil {
		t.Fatal(err)
	}
	m.Close()
	if err := m.Disassemble(&strings.Builder{}); err == nil {
		t.Error("a closed module is listed")
	}
}
