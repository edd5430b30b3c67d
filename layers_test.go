package davit_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// layers orders the packages: a package may import what stands in a layer above its own, and, within a line, what stands
// further left. Packages below internal/ that are not listed are tools; nothing but tests may import them.
var layers = []string{
	"internal/u128 ir/op internal/softfloat internal/rulec/rule internal/corpus settings",
	"asm ir ir/data regalloc",
	"internal/randfunc ir/flow ir/text asm/x64 regalloc/check stackmap",
	"ir/verify interp opt vcode frontend/internal/ssa frontend/safepoint frontend",
	"isa/x64",
	"stackmap/check compile",
	"jit/internal/native jit jit/libcall engine gc internal/reduce internal/difftest",
	"filetest/filecheck filetest/hostfn filetest internal/fuzz",
	"cmd/davit",
}

// TestLayers parses the imports of every package and holds them against layers.
func TestLayers(t *testing.T) {
	rank := map[string]int{}
	for i, line := range layers {
		for j, p := range strings.Fields(line) {
			rank["davit/"+p] = 100*i + j + 1
		}
	}
	for pkg, imports := range importsOf(t) {
		own, known := rank[pkg]
		switch {
		case pkg == "davit" || strings.HasPrefix(pkg, "davit/examples/"):
			continue
		case !known && !strings.Contains(pkg, "/internal/") && !strings.HasPrefix(pkg, "davit/internal/"):
			t.Errorf("%s is in no layer", pkg)
			continue
		case !known:
			continue
		}
		for imp, file := range imports {
			if r, ok := rank[imp]; !ok {
				t.Errorf("%s: %s imports %s, which is in no layer", file, pkg, imp)
			} else if r >= own {
				t.Errorf("%s: %s imports %s, which is not above it", file, pkg, imp)
			}
		}
	}
}

// importsOf returns, per package of the module, the module's packages that its files other than tests import, each with
// a file that does.
func importsOf(t *testing.T) map[string]map[string]string {
	t.Helper()
	pkgs := map[string]map[string]string{}
	err := filepath.WalkDir(".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || p != "." && strings.HasPrefix(d.Name(), ".") || isModule(p)) {
			return fs.SkipDir
		}
		if !strings.HasSuffix(p, ".go") || strings.HasSuffix(p, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), p, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		pkg := path.Join("davit", filepath.ToSlash(filepath.Dir(p)))
		if pkgs[pkg] == nil {
			pkgs[pkg] = map[string]string{}
		}
		for _, i := range f.Imports {
			if name, err := strconv.Unquote(i.Path.Value); err == nil && strings.HasPrefix(name, "davit/") {
				pkgs[pkg][name] = p
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return pkgs
}

// isModule reports whether dir is the root of another module.
func isModule(dir string) bool {
	if dir == "." {
		return false
	}
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return err == nil
}
