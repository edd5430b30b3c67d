package main

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"davit/compile"
	"davit/ir/text"
	"davit/settings"
)

// table is one comparison.
type table struct {
	title  string
	sizes  string // file of recorded sizes, below the folder of the corpus
	files  string // folder that its paths start from
	fp     bool   // keep frame pointers
	words  bool   // compile with the words after a file's first "target x86_64"
	limits []limit
}

var tables = []table{
	{
		title: "file tests, default settings", sizes: "code-size.csv", files: "filetests", words: true,
		limits: []limit{{"bytes, geometric mean", 0.64}, {"instructions, geometric mean", 0.97}},
	},
	{
		title: "file tests, frame pointers kept", sizes: "code-size.csv", files: "filetests", words: true, fp: true,
		limits: []limit{{"bytes, geometric mean", 0.87}, {"instructions, geometric mean", 0.97}, {"bytes, sum above 64", 0.95}},
	},
	{
		title: "real programs, frame pointers kept", sizes: "real/code-size.csv", files: "real", fp: true,
		limits: []limit{{"bytes, geometric mean", 0.92}},
	},
}

// limit is the largest allowed value of a figure of the report.
type limit struct {
	figure string
	max    float64
}

// row is one function: sizes of the other compiler and ours. The other's number of instructions may be unknown.
type row struct {
	file, name   string
	bytes, insts float64
	ourBytes     float64
	ourInsts     float64
}

func (r *row) ratio() float64 { return r.ourBytes / r.bytes }

// measure compiles the functions of the table that the options select. The second result lists what was not compiled.
func (t *table) measure(o options) (rows []row, lacking []string, err error) {
	want, err := readSizes(filepath.Join(o.dir, t.sizes))
	if err != nil {
		return nil, nil, err
	}
	reasons := map[string]int{}
	for _, path := range sortedKeys(want) {
		if !strings.Contains(path, o.only) {
			continue
		}
		src, err := os.ReadFile(filepath.Join(o.dir, t.files, path))
		if errors.Is(err, fs.ErrNotExist) {
			continue // sizes are recorded of more files than are here
		}
		if err != nil {
			return nil, nil, err
		}
		if rows, err = t.compile(rows, path, src, want[path], reasons); err != nil {
			return nil, nil, err
		}
	}
	for _, k := range sortedKeys(reasons) {
		lacking = append(lacking, fmt.Sprintf("%d: %s", reasons[k], k))
	}
	return rows, lacking, nil
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// readSizes returns the sizes without optimization for x86_64, by file, and within it in the order of its functions: one
// format numbers the functions of a file in its second column, in the other a file has only one.
func readSizes(path string) (map[string]map[int]row, error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	recs, err := csv.NewReader(in).ReadAll()
	if err != nil {
		return nil, err
	}
	col := map[string]int{}
	for i, name := range recs[0] {
		col[name] = i
	}
	for _, name := range []string{"file", "target", "opt_level", "bytes"} {
		if _, ok := col[name]; !ok {
			return nil, fmt.Errorf("%s has no column %q", path, name)
		}
	}
	number := func(rec []string, name string) (float64, error) {
		i, ok := col[name]
		if !ok {
			return 0, nil
		}
		return strconv.ParseFloat(rec[i], 64)
	}
	files := map[string]map[int]row{}
	for _, rec := range recs[1:] {
		if rec[col["target"]] != "x86_64" || rec[col["opt_level"]] != "none" {
			continue
		}
		i, err1 := number(rec, "function_index")
		b, err2 := number(rec, "bytes")
		n, err3 := number(rec, "instructions")
		if err := cmp.Or(err1, err2, err3); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		file := rec[col["file"]]
		if files[file] == nil {
			files[file] = map[int]row{}
		}
		files[file][int(i)] = row{file: file, name: rec[col["function"]], bytes: b, insts: n}
	}
	return files, nil
}

// compile appends the rows of one file.
func (t *table) compile(rows []row, path string, src []byte, want map[int]row, lacking map[string]int) ([]row, error) {
	file, errs := text.Parse(src, text.Options{})
	if len(errs) > 0 {
		return nil, fmt.Errorf("%s: %w", path, errs[0])
	}
	fl := settings.FiletestBaseline(settings.X86_64)
	fl.SetBool(settings.PreserveFramePointers, t.fp)
	if t.words {
		for _, word := range targetWords(string(src)) {
			if err := fl.Set(word); err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
		}
	}
	target, err := compile.NewTarget("x86_64", &fl)
	if err != nil {
		return nil, err
	}
	var c compile.Context
	for i, f := range file.Funcs {
		r, ok := want[i]
		if !ok {
			continue
		}
		code, err := c.Compile(f.Func, target)
		if err != nil {
			lacking[reason(err)]++
			continue
		}
		r.ourBytes, r.ourInsts = float64(len(code.Bytes)), float64(code.NInsts)
		rows = append(rows, r)
	}
	return rows, nil
}

// targetWords returns what stands behind the first "target x86_64" of a file test.
func targetWords(src string) []string {
	for line := range strings.Lines(src) {
		if ws := strings.Fields(line); len(ws) > 1 && ws[0] == "target" && strings.HasPrefix(ws[1], "x86_64") {
			return ws[2:]
		}
	}
	return nil
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
