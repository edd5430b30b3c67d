// Once parses and compiles the files that a list names, a path a line, one file after the other, and exits, and says how
// much memory the process took at most. It does what "davit-peer-cranelift once" does with Cranelift.
package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"davit/bench/internal/inputs"
	"davit/bench/internal/measure"
	"davit/compile"
	"davit/ir/text"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: once LIST [SETTING=VALUE...]")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, "once:", err)
		os.Exit(1)
	}
}

func run(list string, sets []string) error {
	t, err := inputs.Target(sets...)
	if err != nil {
		return err
	}
	paths, err := os.ReadFile(list)
	if err != nil {
		return err
	}
	var parser text.Context
	var c compile.Context
	funcs, code := 0, 0
	var src []byte
	for path := range strings.Lines(string(paths)) {
		path = strings.TrimSuffix(path, "\n")
		if src, err = readInto(src[:0], path); err != nil {
			return err
		}
		file, errs := parser.Parse(src, text.Options{})
		if err := errs.Err(); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		for _, f := range file.Funcs {
			out, err := c.Compile(f.Func, t)
			if err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
			funcs, code = funcs+1, code+len(out.Bytes)
		}
	}
	peak, _ := measure.PeakMemory()
	fmt.Printf("ok funcs=%d code=%d peak=%d\n", funcs, code, peak)
	return nil
}

// readInto appends the contents of a file to b.
func readInto(b []byte, path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return b, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return b, err
	}
	n := len(b)
	b = slices.Grow(b, int(info.Size()))[:n+int(info.Size())]
	_, err = io.ReadFull(f, b[n:])
	return b, err
}
