package parts

import (
	"path/filepath"
	"strings"

	"davit/bench/internal/peer"
)

// craneliftPath is the program that Env.Cranelift has built.
func craneliftPath(e *Env) string {
	return filepath.Join(e.Cache, "cranelift", "release", "davit-peer-cranelift")
}

// craneliftPass parses, verifies and compiles once what was loaded.
func craneliftPass(p *peer.Process, settings string, count bool) (*work, error) {
	request := "compile "
	if count {
		request += "count=1 "
	}
	r, err := p.Ask("%s", strings.TrimSpace(request+settings))
	if err != nil {
		return nil, err
	}
	w := &work{
		funcs: int(r.Int("funcs")), insts: int(r.Int("insts")), code: int(r.Int("code")), failed: int(r.Int("failed")),
		ns: map[string]float64{}, parseBytes: r.Float("parse_bytes"), bytes: r.Float("alloc_bytes"), calls: r.Float("allocs"),
	}
	w.share = min(1, r.Float("compile_ns")/r.Float("wall_ns"))
	for _, ph := range append([]string{"compile"}, phases...) {
		w.ns[ph] = r.Float(ph + "_ns")
	}
	return w, nil
}
