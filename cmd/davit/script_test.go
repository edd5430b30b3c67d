package main

import (
	"fmt"
	"os"
	"runtime"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"davit": main})
}

// TestScripts runs the scripts of testdata/script. With DAVIT_BLESS=1, files of scripts that "cmp" finds to differ are
// rewritten.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: os.Getenv("DAVIT_BLESS") == "1",
		Condition:     condition,
	})
}

// condition knows [jit]: this machine can run what Davit compiles.
func condition(name string) (bool, error) {
	if name == "jit" {
		return runtime.GOOS == "linux" && runtime.GOARCH == "amd64", nil
	}
	return false, fmt.Errorf("unknown condition %q", name)
}
