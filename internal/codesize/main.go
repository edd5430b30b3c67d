// Command codesize compares the size of compiled code with recorded sizes of another compiler.
//
//	go run ./internal/codesize [-fp] [-n 20] [-dir ../shared/corpus]
//
// It compiles every function of the file tests named in DIR/code-size.csv for x86_64, as that file says: with the words
// after a file's first "target x86_64" and without its "set" lines. It prints totals, geometric means of the ratios, and
// the functions with the largest and smallest ratios.
package main

import (
	"cmp"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"davit/compile"
	"davit/ir/text"
	"davit/settings"
)

func main() {
	var o options
	flag.StringVar(&o.dir, "dir", "../shared/corpus", "folder of the corpus")
	flag.BoolVar(&o.fp, "fp", false, "keep frame pointers, as the other compiler did")
	flag.IntVar(&o.n, "n", 20, "how many of the worst and of the best functions to list")
	flag.StringVar(&o.only, "only", "", "only files whose path contains this")
	flag.Parse()
	if err := run(os.Stdout, o); err != nil {
		fmt.Fprintln(os.Stderr, "codesize:", err)
		os.Exit(1)
	}
}

type options struct {
	dir, only string
	fp        bool
	n         int
}

// row is one function: sizes of the other compiler and ours.
type row struct {
	file, name   string
	bytes, insts float64
	ourBytes     float64
	ourInsts     float64
}

func (r row) ratio() float64 { return r.ourBytes / r.bytes }

func run(w io.Writer, o options) error {
	files, err := readSizes(filepath.Join(o.dir, "code-size.csv"), "x86_64", "none")
	if err != nil {
		return err
	}
	var rows []row
	lacking := map[string]int{}
	for _, f := range slices.Sorted(keys(files)) {
		if !strings.Contains(f, o.only) {
			continue
		}
		rs, err := measure(o, f, files[f], lacking)
		if err != nil {
			return err
		}
		rows = append(rows, rs...)
	}
	report(w, o, rows)
	for _, k := range slices.SortedFunc(keys(lacking), func(a, b string) int { return cmp.Or(lacking[b]-lacking[a], cmp.Compare(a, b)) }) {
		fmt.Fprintf(w, "not compiled: %d: %s\n", lacking[k], k)
	}
	return nil
}

func keys[K comparable, V any](m map[K]V) func(func(K) bool) {
	return func(yield func(K) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// readSizes returns the rows of one target and level, by file and index of the function in it.
func readSizes(path, target, level string) (map[string]map[int]row, error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	recs, err := csv.NewReader(in).ReadAll()
	if err != nil {
		return nil, err
	}
	files := map[string]map[int]row{}
	for _, r := range recs[1:] {
		if r[3] != target || r[4] != level {
			continue
		}
		i, err1 := strconv.Atoi(r[1])
		b, err2 := strconv.ParseFloat(r[5], 64)
		n, err3 := strconv.ParseFloat(r[6], 64)
		if err := errors.Join(err1, err2, err3); err != nil {
			return nil, err
		}
		if files[r[0]] == nil {
			files[r[0]] = map[int]row{}
		}
		files[r[0]][i] = row{file: r[0], name: r[2], bytes: b, insts: n}
	}
	return files, nil
}

// measure compiles the functions of one file.
func measure(o options, path string, want map[int]row, lacking map[string]int) ([]row, error) {
	src, err := os.ReadFile(filepath.Join(o.dir, "filetests", path))
	if err != nil {
		return nil, nil // sizes are recorded of more files than are here
	}
	file, errs := text.Parse(src, text.Options{})
	if len(errs) > 0 {
		return nil, fmt.Errorf("%s: %w", path, errs[0])
	}
	fl := settings.FiletestBaseline(settings.X86_64)
	fl.SetBool(settings.PreserveFramePointers, o.fp)
	for _, line := range strings.Split(string(src), "\n") {
		if ws := strings.Fields(line); len(ws) > 1 && ws[0] == "target" && strings.HasPrefix(ws[1], "x86_64") {
			for _, s := range ws[2:] {
				if err := fl.Set(s); err != nil {
					return nil, err
				}
			}
			break
		}
	}
	t, err := compile.NewTarget("x86_64", &fl)
	if err != nil {
		return nil, err
	}
	var c compile.Context
	var rows []row
	for i, f := range file.Funcs {
		r, ok := want[i]
		if !ok {
			continue
		}
		code, err := c.Compile(f.Func, t)
		if err != nil {
			lacking[reason(err)]++
			continue
		}
		r.ourBytes, r.ourInsts = float64(len(code.Bytes)), float64(code.NInsts)
		rows = append(rows, r)
	}
	return rows, nil
}

func reason(err error) string {
	var u *compile.Unsupported
	if errors.As(err, &u) {
		v := *u
		v.Text = ""
		return v.Error()
	}
	return err.Error()
}

// report prints the table.
func report(w io.Writer, o options, rows []row) {
	if len(rows) == 0 {
		fmt.Fprintln(w, "no function was compiled")
		return
	}
	var b, ob, n, on, logB, logN, big, obig float64
	for _, r := range rows {
		b, ob, n, on = b+r.bytes, ob+r.ourBytes, n+r.insts, on+r.ourInsts
		logB += math.Log(r.ratio())
		logN += math.Log(r.ourInsts / r.insts)
		if r.bytes > 64 {
			big, obig = big+r.bytes, obig+r.ourBytes
		}
	}
	k := float64(len(rows))
	fmt.Fprintf(w, "%d functions        reference       ours  ratio  geometric mean\n", len(rows))
	fmt.Fprintf(w, "bytes               %12.0f %10.0f  %.3f  %.3f\n", b, ob, ob/b, math.Exp(logB/k))
	fmt.Fprintf(w, "instructions        %12.0f %10.0f  %.3f  %.3f\n", n, on, on/n, math.Exp(logN/k))
	fmt.Fprintf(w, "bytes, above 64     %12.0f %10.0f  %.3f\n", big, obig, obig/big)
	slices.SortStableFunc(rows, func(x, y row) int { return cmp.Compare(y.ratio(), x.ratio()) })
	list := func(title string, rs []row) {
		fmt.Fprintln(w, title)
		for _, r := range rs {
			fmt.Fprintf(w, "  %.2f  %5.0f of %5.0f bytes  %s %s\n", r.ratio(), r.ourBytes, r.bytes, r.file, r.name)
		}
	}
	list("largest:", rows[:min(o.n, len(rows))])
	list("smallest:", rows[max(0, len(rows)-o.n):])
}
