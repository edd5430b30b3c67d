// Command codesize compares the size of compiled code with recorded sizes of another compiler.
//
//	go run ./internal/codesize [-n 20] [-dir ../shared/corpus] [-only text] [-check]
//
// It prints three tables: the functions of the file tests in DIR/code-size.csv, for x86_64 and without optimization, first
// with the settings of that file but without frame pointers in functions that need none, then with frame pointers
// everywhere, as the other compiler had them; and the functions of DIR/real/code-size.csv, with frame pointers and
// without extensions of the instruction set. Each table has sums, geometric means of the ratios, the bounds that they
// are to keep, and the functions with the largest and the smallest ratios. A function that is larger by more than a quarter
// must have its reason in reasons.txt. With -check the command fails if a bound is exceeded or a reason is missing.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
)

func main() {
	var o options
	flag.StringVar(&o.dir, "dir", "../shared/corpus", "folder of the corpus")
	flag.IntVar(&o.n, "n", 20, "how many of the worst and of the best functions to list")
	flag.StringVar(&o.only, "only", "", "only files whose path contains this")
	check := flag.Bool("check", false, "fail if a bound is exceeded or a reason is missing")
	flag.Parse()
	bad, err := run(os.Stdout, o)
	if err != nil {
		fmt.Fprintln(os.Stderr, "codesize:", err)
		os.Exit(1)
	}
	if *check && bad > 0 {
		fmt.Fprintf(os.Stderr, "codesize: %d bounds exceeded or reasons missing\n", bad)
		os.Exit(1)
	}
}

type options struct {
	dir, only string
	n         int
}

// run prints the tables and returns how many bounds are exceeded and how many reasons are missing.
func run(w io.Writer, o options) (bad int, err error) {
	why, err := parseReasons(reasons)
	if err != nil {
		return 0, err
	}
	for i := range tables {
		t := &tables[i]
		rows, lacking, err := t.measure(o)
		if err != nil {
			return 0, err
		}
		bad += report(w, o, t, rows, why)
		for _, l := range lacking {
			fmt.Fprintf(w, "not compiled: %s\n", l)
		}
		fmt.Fprintln(w)
	}
	return bad, nil
}
