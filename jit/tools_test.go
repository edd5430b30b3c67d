//go:build linux && (amd64 || arm64 || riscv64 || s390x)

package jit

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/pprof"
	"strings"
	"syscall"
	"testing"
	"time"

	"davit/asm"
)

// Records of a dump for perf: code and source locations.
func TestJitDump(t *testing.T) {
	dir := t.TempDir()
	m := newModule(t, JitDump(dir, func(function string, source uint32) (string, int) { return function + ".clif", int(source) * 10 }))
	add := addCode()
	add.SrcLocs = []asm.SrcRange{{Start: 0, End: 4, Loc: 3}}
	one(t, m, "add", sigI64I64, add)
	file := filepath.Join(dir, fmt.Sprintf("jit-%d.dump", os.Getpid()))
	b, err := os.ReadFile(file)
	check(t, err)
	word := func(off int) uint32 { return binary.NativeEndian.Uint32(b[off:]) }
	if word(0) != dumpMagic || word(20) != uint32(os.Getpid()) || elf.Machine(word(12)) != elfMachines[goarch] {
		t.Fatalf("header % x", b[:dumpHeaderSize])
	}
	b = b[dumpHeaderSize:]
	if word(0) != recordDebug || !bytes.Contains(b[:word(4)], []byte("\x1e\x00\x00\x00")) && !bytes.Contains(b[:word(4)], []byte("\x00\x00\x00\x1e")) ||
		!bytes.Contains(b[:word(4)], []byte("add.clif\x00")) {
		t.Errorf("source locations % x", b[:word(4)])
	}
	b = b[word(4):]
	if n := int(word(4)); word(0) != recordLoad || n != len(b) || !bytes.HasSuffix(b, append([]byte("add\x00"), addCode().Bytes...)) {
		t.Errorf("code % x", b)
	}
	if !strings.Contains(processMaps(t), file) {
		t.Error("the file is not mapped")
	}
}

// What gdb is told is an object file with the symbol.
func TestDebugImage(t *testing.T) {
	m := newModule(t, GDB())
	f := one(t, m, "twice", sigI64, machineCode("spin"))
	image, err := elf.NewFile(bytes.NewReader(debugImage(m.symbols["twice"].fn.placed)))
	check(t, err)
	syms, err := image.Symbols()
	check(t, err)
	if len(syms) != 1 || syms[0].Name != "twice" || syms[0].Value != 0 || syms[0].Section != secText {
		t.Errorf("symbols %+v", syms)
	}
	if s := image.Section(".text"); s == nil || uintptr(s.Addr) != f.entry.Code {
		t.Errorf("section %+v", s)
	}
	check(t, m.Free("twice"))
}

// A hardware breakpoint by name that is set before the function exists, and a backtrace through compiled frames.
func TestGDB(t *testing.T) {
	if os.Getenv("JIT_TEST_GDB") != "" {
		m := newModule(t, GDB())
		inner, outer := machineCode("spin"), callCode("jit_inner")
		unwound(inner, outer)
		check(t, m.Define("jit_inner", sigI64, inner), m.Define("jit_outer", sigI64, outer), m.Link())
		call1(t, lookup(t, m, "jit_outer"), 3)
		return
	}
	if os.Getenv("CI") == "" && os.Getenv("DAVIT_STRESS") == "" {
		t.Skip("takes some seconds; CI or DAVIT_STRESS ask for it")
	}
	if _, err := exec.LookPath("gdb"); err != nil || os.Getenv("DAVIT_EMULATOR") != "" {
		t.Skip("there is no gdb")
	}
	binary := filepath.Join(t.TempDir(), "jit.test") // with a symbol table, which go test does not make
	if out, err := exec.Command("go", "test", "-c", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Skipf("go test -c: %v\n%s", err, out)
	}
	cmd := exec.Command("gdb", "-q", "-batch", "-nx", "-ex", "set breakpoint pending on", "-ex", "set auto-load off", "-ex", "handle SIGURG nostop noprint pass",
		"-ex", "hbreak jit_inner", "-ex", "run", "-ex", "bt 3", "-ex", "kill", "--args", binary, "-test.run=^TestGDB$")
	cmd.Env = append(os.Environ(), "JIT_TEST_GDB=1")
	out, err := cmd.CombinedOutput()
	s := string(out)
	if strings.Contains(s, "ptrace") {
		t.Skip("gdb may not trace processes here")
	}
	if err != nil || !strings.Contains(s, "in jit_inner ()") || wantOuter && !strings.Contains(s, "in jit_outer ()") {
		t.Errorf("%v\n%s", err, s)
	}
}

// processorTime returns the time that the process has run.
func processorTime(t *testing.T) time.Duration {
	var u syscall.Rusage
	check(t, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// While the Go profiler runs, ticks in compiled code are attributed to its functions, and pprof can read the result.
func TestProfile(t *testing.T) {
	m := newModule(t)
	if !m.Preemptible() {
		t.Skip("signals are not ours")
	}
	check(t, m.Define("spin", sigI64, spinCode()), m.Define("outer", sigI64, callCode("spin")), m.Link())
	outer := lookup(t, m, "outer")
	var goProfile bytes.Buffer
	if err := pprof.StartCPUProfile(&goProfile); err != nil {
		t.Skip(err) // the test itself is being profiled
	}
	p, err := StartProfile()
	check(t, err)
	if _, err := StartProfile(); err == nil {
		t.Error("a second profile starts")
	}
	for start := processorTime(t); processorTime(t)-start < 300*time.Millisecond; {
		call1(t, outer, 1e6)
	}
	p.Stop()
	pprof.StopCPUProfile()
	if n := p.Functions()["spin"]; n == 0 {
		t.Errorf("samples: %v", p.Functions())
	}
	file := filepath.Join(t.TempDir(), "jit.prof")
	w, err := os.Create(file)
	check(t, err, p.Write(w), w.Close())
	if os.Getenv("DAVIT_EMULATOR") != "" {
		return
	}
	out, err := exec.Command("go", "tool", "pprof", "-traces", file).CombinedOutput()
	if err != nil {
		t.Skipf("go tool pprof: %v\n%s", err, out)
	}
	if s := string(out); !strings.Contains(s, "spin") || wantOuter && !strings.Contains(s, "outer") {
		t.Errorf("traces:\n%s", s)
	}
}
