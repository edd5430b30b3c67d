package filetest

import (
	"os"
	"path/filepath"
	"testing"

	"davit/compile"
	"davit/settings"
)

// TestCoverage counts rules per file: those that its functions use, neither those of the trampolines that call them nor
// those of files that fail. A test that needs another machine of the architecture is compiled.
func TestCoverage(t *testing.T) {
	dir := t.TempDir()
	body := func(header, opcode, expect string) []byte {
		return []byte(header + "\nfunction %f(i32, i32) -> i32 {\nblock0(v0: i32, v1: i32):\n    v2 = " + opcode +
			" v0, v1\n    return v2\n}\n" + expect + "\n")
	}
	files := map[string][]byte{
		"a.clif": body("test compile\ntarget x86_64", "bor", "; check: not there"),
		"b.clif": body("test compile\ntarget x86_64", "iadd", ""),
		"c.clif": body("test compile\ntarget x86_64", "bxor", ""),
		"d.clif": body("test run\ntarget x86_64 has_avx512vbmi has_avx_vnni", "band", "; run: %f(3, 6) == 2"),
		"e.clif": body("test compile\ntarget x86_64", "iadd", ""),
	}
	for name, src := range files {
		if err := os.WriteFile(filepath.Join(dir, name), src, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	r, err := Run([]string{dir}, Options{Coverage: settings.X86_64, Only: []string{"compile", "run"}})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"bor_base": "", "iadd_base": "b.clif", "bxor_base": "c.clif", "band_base": "d.clif", "call_indirect": "", "load_int": "",
	}
	tests := r.RuleTests()
	for id, info := range compile.Rules(settings.X86_64) {
		file, ok := want[info.Name]
		delete(want, info.Name)
		if got := tests[id]; ok && (file == "" && got != "" || file != "" && got != filepath.Join(dir, file)) {
			t.Errorf("%s: used first by %q, expected %q", info.Name, got, file)
		}
	}
	if len(want) > 0 {
		t.Errorf("there are no rules %v", want)
	}
}
