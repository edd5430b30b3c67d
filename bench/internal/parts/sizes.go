package parts

import (
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"davit/bench/internal/inputs"
	"davit/bench/internal/report"
	"davit/compile"
	"davit/ir/text"
)

// recordedSizes are the code bytes that Cranelift made, by file and level.
type recordedSizes map[string]map[string]float64

func readSizes(path string) (recordedSizes, error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	rows, err := csv.NewReader(in).ReadAll()
	if err != nil {
		return nil, err
	}
	// file, function, blocks, clif_instructions, target, opt_level, bytes
	sizes := recordedSizes{}
	for _, r := range rows[1:] {
		n, err := strconv.ParseFloat(r[6], 64)
		if err != nil {
			return nil, err
		}
		if sizes[r[0]] == nil {
			sizes[r[0]] = map[string]float64{}
		}
		sizes[r[0]][r[5]] += n
	}
	return sizes, nil
}

// sizeRow adds up the comparison of some files.
type sizeRow struct {
	own, none, speed       float64
	logNone, logSpeed, num float64
}

func (r *sizeRow) add(own, none, speed float64) {
	r.own, r.none, r.speed = r.own+own, r.none+none, r.speed+speed
	r.logNone, r.logSpeed, r.num = r.logNone+math.Log(own/none), r.logSpeed+math.Log(own/speed), r.num+1
}

// codeSizes compares the code of the real programs with the recorded sizes.
func codeSizes(e *Env) (*report.Table, error) {
	dir := filepath.Join(e.Corpus, "real")
	sizes, err := readSizes(filepath.Join(dir, "code-size.csv"))
	if err != nil {
		return nil, err
	}
	t, err := inputs.Target("enable_llvm_abi_extensions")
	if err != nil {
		return nil, err
	}
	var c compile.Context
	rows := map[string]*sizeRow{}
	all := &sizeRow{}
	files, err := inputs.Read(dir)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		name, err := filepath.Rel(dir, f.Path)
		if err != nil {
			return nil, err
		}
		name = filepath.ToSlash(name)
		rec, ok := sizes[name]
		if !ok || rec["none"] == 0 || rec["speed"] == 0 {
			continue
		}
		file, errs := text.Parse(f.Text, text.Options{})
		if err := errs.Err(); err != nil {
			return nil, err
		}
		own := 0.0
		for _, fn := range file.Funcs {
			code, err := c.Compile(fn.Func, t)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			own += float64(len(code.Bytes))
		}
		prog, _, _ := strings.Cut(name, "/")
		if rows[prog] == nil {
			rows[prog] = &sizeRow{}
		}
		rows[prog].add(own, rec["none"], rec["speed"])
		all.add(own, rec["none"], rec["speed"])
	}
	tab := &report.Table{
		Title: "Code bytes of the real programs, against what is recorded of Cranelift",
		Head:  []string{"program", "functions", "bytes", "none", "total", "geometric mean", "speed", "total", "geometric mean"},
	}
	names := make([]string, 0, len(rows))
	for n := range rows {
		names = append(names, n)
	}
	slices.Sort(names)
	rows["all"] = all
	for _, n := range append(names, "all") {
		r := rows[n]
		tab.Add(n, int(r.num), r.own, r.none, r.own/r.none, math.Exp(r.logNone/r.num), r.speed, r.own/r.speed, math.Exp(r.logSpeed/r.num))
	}
	return tab, nil
}
