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
