package rulec

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// File is one generated file.
type File struct {
	Name string // base name
	Data []byte
}

// Generate compiles the *.rules files of the directory dir, against the Go package there and the given prelude, and
// returns the generated files. Errors in rules are of type [Errors].
func Generate(dir string, p *Prelude) ([]File, error) {
	paths, err := ruleFiles(dir)
	if err != nil {
		return nil, err
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("%s: no *.rules files", dir)
	}
	var sources []source
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		sources = append(sources, source{filepath.Base(path), string(text)})
	}
	e, err := newEnv(dir, p)
	if err != nil {
		return nil, err
	}
	return e.compile(sources)
}

// maxErrors bounds the number of errors that are reported.
const maxErrors = 50

// compile is Generate for given rule texts.
func (e *env) compile(sources []source) ([]File, error) {
	u := e.newUnit(sources)
	for _, r := range u.rules {
		u.compileRule(r)
	}
	if len(u.errs) == 0 && !u.matchAll {
		for _, rt := range u.rootOrder {
			u.checkRoot(rt)
		}
	}
	if len(u.errs) > 0 {
		u.errs.sort()
		if n := len(u.errs); n > maxErrors {
			u.errs = append(u.errs[:maxErrors], &Error{u.errs[maxErrors].Pos, count(n-maxErrors, "more error")})
		}
		return nil, u.errs
	}
	if len(u.rules) == 0 {
		return nil, fmt.Errorf("no rules in %s", strings.Join(u.files, ", "))
	}
	return u.output()
}

// output generates all files.
func (u *unit) output() ([]File, error) {
	var files []File
	for _, src := range u.files {
		var code strings.Builder
		imports := map[string]string{}
		for _, rt := range u.rootOrder {
			if rt.file == src {
				code.WriteString(u.generate(rt, imports))
			}
		}
		if code.Len() == 0 {
			continue
		}
		f, err := u.file("z"+strings.TrimSuffix(src, ".rules")+".go", src, code.String(), imports)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	t, err := u.tables()
	if err != nil {
		return nil, err
	}
	return append(files, t), nil
}

// Write compiles the rules in dir and brings the generated files there up to date: it writes those that differ and
// removes those that no rule file gives rise to any more.
func Write(dir string) error { return update(dir, CLIF(), true) }

// Check returns an error if [Write] would fail or change anything.
func Check(dir string) error { return update(dir, CLIF(), false) }

func update(dir string, p *Prelude, write bool) error {
	files, err := Generate(dir, p)
	if err != nil {
		return err
	}
	current := map[string]bool{}
	for _, f := range files {
		current[f.Name] = true
		path := filepath.Join(dir, f.Name)
		old, err := os.ReadFile(path)
		if err != nil && !os.IsNotExist(err) {
			return err
		}
		if err == nil && bytes.Equal(old, f.Data) {
			continue
		}
		if !write {
			return fmt.Errorf("%s is not up to date with the rules; run go generate", path)
		}
		if err := os.WriteFile(path, f.Data, 0o644); err != nil {
			return err
		}
	}
	return removeLeftovers(dir, current, write)
}

// removeLeftovers removes, or complains about, files of ours that are not in current.
func removeLeftovers(dir string, current map[string]bool, write bool) error {
	paths, err := filepath.Glob(filepath.Join(dir, "z*.go"))
	if err != nil {
		return err
	}
	for _, path := range paths {
		if current[filepath.Base(path)] {
			continue
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if !bytes.HasPrefix(data, []byte(generatedMark)) {
			continue
		}
		if !write {
			return fmt.Errorf("%s was generated, but no rule file gives rise to it any more; run go generate", path)
		}
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	return nil
}
