// Package corpus finds the corpus of real inputs that tests use. It is no part of the repository: it stands beside it, in
// ../shared/corpus.
package corpus

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// Dir returns the directory of the corpus. It skips the test when there is none.
func Dir(tb testing.TB) string {
	tb.Helper()
	dir, ok := Find(tb)
	if !ok {
		tb.Skipf("no corpus in %s", dir)
	}
	return dir
}

// Find returns where the corpus should be and whether it is there.
func Find(tb testing.TB) (dir string, ok bool) {
	tb.Helper()
	dir, err := os.Getwd()
	if err != nil {
		tb.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			tb.Fatal("no go.mod in any parent directory")
		}
		dir = parent
	}
	dir = filepath.Join(filepath.Dir(dir), "shared", "corpus")
	_, err = os.Stat(dir)
	return dir, err == nil
}

// Files returns the paths, relative to the corpus, of the .clif files below one of its directories ("filetests", "cat",
// "real"), in lexical order.
func Files(tb testing.TB, sub string) []string {
	tb.Helper()
	root := Dir(tb)
	var paths []string
	err := filepath.WalkDir(filepath.Join(root, sub), func(path string, d fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".clif" {
			path, err = filepath.Rel(root, path)
			paths = append(paths, path)
		}
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	if len(paths) == 0 {
		tb.Fatalf("no .clif file below %s", filepath.Join(root, sub))
	}
	return paths
}
