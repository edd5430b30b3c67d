package compile_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"davit/asm"
	"davit/compile"
	"davit/internal/corpus"
	"davit/ir/flow"
	"davit/ir/op"
	"davit/ir/text"
	"davit/settings"
)

// TestCorpusMaps compares the maps of the corpus's own file of stack maps with what its expectations say: types, and
// offsets in the slot area.
func TestCorpusMaps(t *testing.T) {
	src, err := os.ReadFile(filepath.Join(corpus.Dir(t), "filetests", "isa", "x64", "user_stack_maps.clif"))
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	typed := regexp.MustCompile(`types::(\w+), CompoundBitSet \{([^}]*)\}`)
	for _, line := range strings.Split(string(src), "\n") {
		if !strings.Contains(line, "UserStackMap") {
			continue
		}
		var m []string
		for _, g := range typed.FindAllStringSubmatch(line, -1) {
			for _, off := range strings.Split(g[2], ", ") {
				m = append(m, strings.ToLower(g[1])+"@"+off)
			}
		}
		want = append(want, strings.Join(m, " "))
	}
	var got []string
	var c compile.Context
	for _, f := range parse(t, string(src)) {
		for _, m := range must(t, &c, f.Func, target(t)).StackMaps {
			got = append(got, mapText(m))
		}
	}
	if len(want) == 0 || !slices.Equal(got, want) {
		t.Errorf("maps %q; want %q", got, want)
	}
}

func mapText(m asm.StackMap) string {
	var s []string
	for _, e := range m.Entries {
		s = append(s, fmt.Sprintf("%v@%d", op.Type(e.Type), e.Offset))
	}
	return strings.Join(s, " ")
}

// TestRealMaps checks that in real garbage-collected programs every reachable call with a stack map has its map, with
// the allocation of every function proved.
func TestRealMaps(t *testing.T) {
	c := compile.Context{CheckAllocation: true}
	fns, codes := corpusFuncs(t, filepath.Join("real", "flet_dart_gc"), &c, target(t))
	total := 0
	var cfg flow.CFG
	for i, f := range fns {
		cfg.Compute(f)
		n := 0
		for b := range f.Blocks() {
			if !cfg.Reachable(b) {
				continue
			}
			for inst := range f.Insts(b) {
				if len(f.StackMap(inst)) > 0 {
					n++
				}
			}
		}
		if n != len(codes[i].StackMaps) {
			t.Errorf("%v: %d reachable calls with a map, %d maps", f.Name, n, len(codes[i].StackMaps))
		}
		total += n
	}
	if total == 0 {
		t.Error("no maps at all")
	}
	t.Logf("%d maps in %d functions", total, len(fns))
}

// TestAllOfTheCorpus compiles every function of the real programs and of the WebAssembly file tests, with the
// allocation proved.
func TestAllOfTheCorpus(t *testing.T) {
	c := compile.Context{CheckAllocation: true}
	common := []string{"enable_multi_ret_implicit_sret", "enable_llvm_abi_extensions", "preserve_frame_pointers"}
	flags := settings.Native()
	for _, s := range common {
		if err := flags.Set(s); err != nil {
			t.Fatal(err)
		}
	}
	if flags.Arch() != settings.X86_64 {
		flags = *target(t).Flags()
	}
	native, err := compile.NewTarget("x86_64", &flags)
	if err != nil {
		t.Fatal(err)
	}
	haswell := target(t, append(slices.Clone(common), "haswell")...)
	single := target(t, append(slices.Clone(common), "regalloc_algorithm=single_pass")...)
	for _, dir := range []string{"real", filepath.Join("filetests", "wasm")} {
		for _, tg := range []compile.Target{target(t, common...), haswell, native, single} {
			t.Logf("%s: %d functions", dir, compileAll(t, &c, dir, tg))
		}
	}
}

// compileAll compiles the functions of the files in a directory of the corpus, and returns their number.
func compileAll(t *testing.T, c *compile.Context, dir string, tg compile.Target) int {
	n := 0
	for _, path := range corpus.Files(t, dir) {
		src, err := os.ReadFile(filepath.Join(corpus.Dir(t), path))
		if err != nil {
			t.Fatal(err)
		}
		file, errs := text.Parse(src, text.Options{NoComments: true})
		if err := errs.Err(); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		for _, f := range file.Funcs {
			if _, err := c.Compile(f.Func, tg); err != nil {
				t.Errorf("%s: %v: %v", path, f.Name, err)
			}
			n++
		}
	}
	return n
}

// largeFunc is a function of n blocks: each calls a function of its own, with a map that names a slot of its own among 16,
// then branches far away or to the next block. Some blocks are cold, all have a trap out of line.
func largeFunc(n int) string {
	var b strings.Builder
	b.WriteString("function %large(i64, i32) system_v {\n    sig0 = () system_v\n")
	for i := range 16 {
		fmt.Fprintf(&b, "    ss%d = explicit_slot 8, align = 8\n", i)
	}
	for i := range n {
		fmt.Fprintf(&b, "    fn%d = colocated u0:%d sig0\n", i, i)
	}
	b.WriteString("block0(v0: i64, v1: i32):\n")
	for i := range 16 {
		fmt.Fprintf(&b, "    v%d = stack_addr.i64 ss%d\n    store notrap aligned v0, v%d\n", 2+i, i, 2+i)
	}
	b.WriteString("    jump block1\n")
	for i := range n {
		cold := ""
		if i%10 == 9 {
			cold = " cold"
		}
		fmt.Fprintf(&b, "block%d%s:\n    trapz v1, user%d\n    call fn%d(), stack_map=[i64 @ ss%d+0]\n", i+1, cold, 1+i%200, i, i%16)
		fmt.Fprintf(&b, "    brif v1, block%d, block%d\n", 1+(i*977+n/2)%n, i+2)
	}
	fmt.Fprintf(&b, "block%d:\n    return\n}\n", n+1)
	return b.String()
}

// TestConformance17_LargeFunction looks at the maps of a function whose branches need their long forms: each key is the byte
// after a call, ascending, and the map there is that of the call.
func TestConformance17_LargeFunction(t *testing.T) {
	const n = 3000
	f := parse(t, largeFunc(n))[0].Func
	for _, sets := range [][]string{nil, {"bb_padding_log2_minus_one=7"}, {"preserve_frame_pointers", "regalloc_algorithm=single_pass"}} {
		var c compile.Context
		code := must(t, &c, f, target(t, sets...))
		if len(code.StackMaps) != n {
			t.Fatalf("%v: %d stack maps, expected %d", sets, len(code.StackMaps), n)
		}
		last, rel := uint32(0), 0
		for _, m := range code.StackMaps {
			for code.Relocs[rel].Offset+4 < m.Offset {
				rel++
			}
			r := code.Relocs[rel]
			if m.Offset <= last || m.Offset >= code.CodeSize || r.Offset+4 != m.Offset || code.Bytes[r.Offset-1] != 0xe8 {
				t.Fatalf("%v: the map at %#x does not follow the one at %#x and a call", sets, m.Offset, last)
			}
			last = m.Offset
			var callee int
			if _, err := fmt.Sscanf(code.Symbols[r.Symbol].Name, "u0:%d", &callee); err != nil {
				t.Fatal(err)
			}
			if got, want := mapText(m), fmt.Sprintf("i64@%d", callee%16*8); got != want {
				t.Fatalf("%v: the call of %s has the map %s, expected %s", sets, code.Symbols[r.Symbol].Name, got, want)
			}
		}
	}
}
