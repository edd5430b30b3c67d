package parts

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"

	"github.com/tetratelabs/wazero"

	"davit/bench/internal/inputs"
	"davit/bench/internal/measure"
	"davit/bench/internal/report"
)

// program is a real program of the corpus and where its WebAssembly comes from.
type program struct {
	name   string // folder of the corpus
	pack   string // package of npm
	file   string // in the package
	inText bool   // the module stands in the file as base64
}

var programs = []program{
	{"argon2", "hash-wasm@4.13.0", "dist/argon2.umd.min.js", true},
	{"zstd", "@bokuweb/zstd-wasm@0.0.27", "dist/web/zstd.wasm", false},
	{"sqljs", "sql.js@1.16.0", "dist/sql-wasm.wasm", false},
	{"esbuild", "esbuild-wasm@0.28.2", "esbuild.wasm", false},
}

// Wasm compares with wazero, which compiles the WebAssembly that the real programs of the corpus were made from.
func Wasm(e *Env) (*report.Section, error) {
	s := &report.Section{Title: "WebAssembly", Text: `
wazero compiles the WebAssembly of the programs, all of it; Davit compiles, from CLIF, the sample of the functions that the
corpus has. Both on one processor, in turns; time and code are per byte of the WebAssembly bodies of the functions compiled.
wazero's time includes reading and validating WebAssembly, Davit's parsing and verifying CLIF, which is given apart.`}
	s.Missing = append(s.Missing, "wazero on skwasm and flet_dart_gc: it does not know the threads and the garbage collection that they use")
	if e.Corpus == "" {
		s.Missing = append(s.Missing, "real programs: there is no corpus beside the sources (../shared/corpus)")
		return s, nil
	}
	t := &report.Table{Head: []string{"program", "wasm bytes, Davit's", "wasm bytes, wazero's", "Davit, ns/byte", "with parsing", "wazero, ns/byte", "Davit faster", "with parsing", "Davit, code/byte", "wazero, code/byte"}}
	var ratios, withParse []float64
	for _, p := range programs {
		e.logf("wasm: %s", p.name)
		module, err := p.fetch(e)
		if err != nil {
			s.Missing = append(s.Missing, fmt.Sprintf("%s: %v", p.name, err))
			continue
		}
		r, err := p.compare(e, module)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.name, err)
		}
		faster, faster2 := r.other.Over(r.own), r.other.Over(r.all)
		t.Add(p.name, float64(r.sample), float64(r.total), r.own.Min(), r.all.Min(), r.other.Min(), faster, faster2, r.code, r.otherCode)
		ratios, withParse = append(ratios, faster.Median), append(withParse, faster2.Median)
	}
	if len(ratios) > 0 {
		t.Add("geometric mean", "", "", "", "", "", measure.GeoMean(ratios), measure.GeoMean(withParse), "", "")
		s.Items = append(s.Items, t)
	}
	return s, nil
}

// fetch returns the module of p, from the cache or by npm.
func (p *program) fetch(e *Env) ([]byte, error) {
	dir := filepath.Join(e.Cache, "npm", p.name)
	path := filepath.Join(dir, "package", filepath.FromSlash(p.file))
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if data, err = p.download(dir, path); err != nil {
			return nil, err
		}
	}
	if err != nil || !p.inText {
		return data, err
	}
	m := regexp.MustCompile(`"(AGFzb[A-Za-z0-9+/=]+)"`).FindSubmatch(data)
	if m == nil {
		return nil, fmt.Errorf("no WebAssembly in %s", p.file)
	}
	return base64.StdEncoding.DecodeString(string(m[1]))
}

// download lets npm fetch the package and unpacks it into dir.
func (p *program) download(dir, path string) ([]byte, error) {
	npm, err := exec.LookPath("npm")
	if err != nil {
		return nil, errors.New("there is no npm to fetch it with")
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	cmd := exec.Command(npm, "pack", "--silent", p.pack)
	cmd.Dir = dir
	if _, err := cmd.Output(); err != nil {
		return nil, fmt.Errorf("npm cannot fetch %s: %w", p.pack, err)
	}
	archives, err := filepath.Glob(filepath.Join(dir, "*.tgz"))
	if err != nil || len(archives) != 1 {
		return nil, fmt.Errorf("npm left %d archives in %s", len(archives), dir)
	}
	cmd = exec.Command("tar", "xzf", archives[0], "package/"+p.file)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("tar: %w\n%s", err, out)
	}
	return os.ReadFile(path)
}

// wasmResult compares the compilers on one program; times are nanoseconds per byte of WebAssembly bodies.
type wasmResult struct {
	sample, total   int            // bytes of bodies that Davit and wazero compile
	own, all, other measure.Sample // Davit without and with parsing and verifying, wazero
	code, otherCode float64        // bytes of code per byte
}

func (p *program) compare(e *Env, module []byte) (*wasmResult, error) {
	sizes, err := wasmFunctionSizes(module)
	if err != nil {
		return nil, err
	}
	r := &wasmResult{}
	for _, n := range sizes {
		r.total += n
	}
	files, err := inputs.Read(filepath.Join(e.Corpus, "real", p.name))
	if err != nil {
		return nil, err
	}
	var bodies []inputs.File // without trampolines, which have no WebAssembly
	for _, f := range files {
		if m := functionFile.FindStringSubmatch(f.Path); m != nil {
			if i, _ := strconv.Atoi(m[1]); i < len(sizes) {
				r.sample += sizes[i]
				bodies = append(bodies, f)
			}
		}
	}
	t, err := inputs.Target()
	if err != nil {
		return nil, err
	}
	d := &davit{files: bodies, target: t}
	code := 0
	err = measure.TakeTurns(e.pick(7, 3), func() error {
		w, err := d.pass()
		if err != nil {
			return err
		}
		code = w.code
		n := float64(r.sample)
		r.own = append(r.own, w.ns["compile"]/n)
		r.all = append(r.all, (w.ns["compile"]+w.ns["parse"]+w.ns["verify"])/n)
		return nil
	}, func() error {
		ns, err := wazeroCompile(module, "")
		r.other = append(r.other, ns/float64(r.total))
		return err
	})
	if err != nil {
		return nil, err
	}
	r.code = float64(code) / float64(r.sample)
	r.otherCode, err = wazeroCode(e, module)
	r.otherCode /= float64(r.total)
	return r, err
}

var functionFile = regexp.MustCompile(`[/\\]function_(\d+)\.clif$`)

// wazeroCompile compiles a module and returns the processor time. With a cache folder it stores the code there.
func wazeroCompile(module []byte, cache string) (ns float64, err error) {
	procs := runtime.GOMAXPROCS(1)
	defer runtime.GOMAXPROCS(procs)
	ctx := context.Background()
	config := wazero.NewRuntimeConfigCompiler()
	if cache != "" {
		c, err := wazero.NewCompilationCacheWithDir(cache)
		if err != nil {
			return 0, err
		}
		defer c.Close(ctx)
		config = config.WithCompilationCache(c)
	}
	r := wazero.NewRuntimeWithConfig(ctx, config)
	defer r.Close(ctx)
	runtime.GC()
	s := measure.Start()
	m, err := r.CompileModule(ctx, module)
	if err != nil {
		return 0, err
	}
	ns = float64(s.CPU())
	return ns, m.Close(ctx)
}

// wazeroCode is the size of the file in which wazero stores the code, nearly all of which is code.
func wazeroCode(e *Env, module []byte) (float64, error) {
	dir, err := os.MkdirTemp(e.Temp, "wazero")
	if err != nil {
		return 0, err
	}
	if _, err := wazeroCompile(module, dir); err != nil {
		return 0, err
	}
	sum := 0.0
	err = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			sum += float64(info.Size())
		}
		return err
	})
	return sum, err
}

// wasmFunctionSizes returns the sizes of the bodies of the functions that a module defines.
func wasmFunctionSizes(module []byte) ([]int, error) {
	bad := errors.New("damaged WebAssembly")
	if len(module) < 8 {
		return nil, bad
	}
	b := module[8:]
	number := func() (int, bool) {
		n, k := binary.Uvarint(b)
		if k <= 0 || n > uint64(len(module)) {
			return 0, false
		}
		b = b[k:]
		return int(n), true
	}
	const codeSection = 10
	for len(b) > 0 {
		id := b[0]
		b = b[1:]
		size, ok := number()
		if !ok || size > len(b) {
			return nil, bad
		}
		if id != codeSection {
			b = b[size:]
			continue
		}
		count, ok := number()
		if !ok {
			return nil, bad
		}
		var sizes []int
		for range count {
			n, ok := number()
			if !ok || n > len(b) {
				return nil, bad
			}
			sizes = append(sizes, n)
			b = b[n:]
		}
		return sizes, nil
	}
	return nil, errors.New("no code in the WebAssembly")
}
