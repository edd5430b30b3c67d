package peer

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Cranelift builds the Rust program in bench/peers/cranelift with cargo, below the folder cache, and returns its path.
// The first build takes a few minutes. The error says what is lacking.
func Cranelift(bench, cache string) (string, error) {
	cargo, err := exec.LookPath("cargo")
	if err != nil {
		return "", fmt.Errorf("there is no cargo to build Cranelift with")
	}
	target := filepath.Join(cache, "cranelift")
	cmd := exec.Command(cargo, "build", "--release", "--locked", "--quiet", "--target-dir", target)
	cmd.Dir = filepath.Join(bench, "peers", "cranelift")
	if err := runQuiet(cmd); err != nil {
		return "", fmt.Errorf("cargo cannot build Cranelift: %w", err)
	}
	return filepath.Join(target, "release", "davit-peer-cranelift"), nil
}

// C builds a program in C with -O2, below the folder cache, and returns its path and the compiler's version.
func C(source, cache string) (path, version string, err error) {
	cc, err := compilerC()
	if err != nil {
		return "", "", err
	}
	path = filepath.Join(cache, "ckernels")
	if err := runQuiet(exec.Command(cc, "-O2", "-o", path, source, "-lm")); err != nil {
		return "", "", fmt.Errorf("%s cannot build %s: %w", cc, filepath.Base(source), err)
	}
	out, err := exec.Command(cc, "--version").Output()
	version, _, _ = strings.Cut(string(out), "\n")
	return path, version, err
}

// compilerC finds a C compiler.
func compilerC() (string, error) {
	for _, name := range []string{os.Getenv("CC"), "cc", "gcc", "clang"} {
		if name == "" {
			continue
		}
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("there is no C compiler")
}

// runQuiet runs cmd; an error has what it printed.
func runQuiet(cmd *exec.Cmd) error {
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	return nil
}
