//go:build linux && (amd64 || arm64 || riscv64 || s390x)

package jit

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"davit/asm"
)

// The functions that tests run, of which each machine has its own code:
//
//	add(x, y) = x + y; identity(x) = x
//	twice(x) = host(x) + host(x+1)
//	loop(n): calls host(n) … host(1) and adds up the results, in registers that callees save
//	div(x, y): signed quotient; traps with DivisionByZero
//	load(p): 8 bytes at p; traps with HeapOutOfBounds
//	spin(n): counts n down to zero
//	wild(p): calls p
//	pass(x) = host(x) + 1
//	recurse(x): calls itself for ever, or a host function of the same name
//	deep(n, ref): keeps ref in its slot across its one call: of itself with n-1, ref+16, or, with n = 0, of host(ref); returns
//	the sum of the slots
//	try(x): host(x); a landing block returns payload0*1000 + payload1 + x
//	tail(name): jumps to a function of the same signature; call(name) calls it
//	constant(n): returns a small number
//	trap(): traps with user code 7
//	wait(p, n): waits until the word at p is n at least, and returns it
//	pollspin(n): spin with a call of poll in the loop
//	wander(n) = spin(host(n))
//	edge(n, m): lowers the stack pointer by m bytes and counts n down to zero there
//	mix(n): a long computation that holds state in all registers that code may use

func identityCode() *asm.Code { return machineCode("identity") }
func addCode() *asm.Code      { return machineCode("add") }
func twiceCode() *asm.Code    { return framed(machineCode("twice"), 16) }
func loopCode() *asm.Code     { return framed(machineCode("loop"), loopFrame) }
func divCode() *asm.Code      { return trapping(machineCode("div"), "div.trap", DivisionByZero) }
func loadCode() *asm.Code     { return traps(machineCode("load"), 0, int(HeapOutOfBounds)) }
func spinCode() *asm.Code     { return machineCode("spin") }
func wildCode() *asm.Code     { return framed(machineCode("wild"), 0) }
func passCode() *asm.Code     { return framed(machineCode("pass"), 0) }
func recurseCode() *asm.Code  { return framed(machineCode("recurse"), recurseFrame) }
func trapCode() *asm.Code     { return trapping(machineCode("trap"), "trap.trap", 7) }
func waitCode() *asm.Code     { return machineCode("wait") }
func pollspinCode() *asm.Code { return framed(machineCode("pollspin"), pollspinFrame) }
func wanderCode() *asm.Code   { return framed(machineCode("wander"), 0) }
func edgeCode() *asm.Code     { return framed(machineCode("edge"), 0) }
func mixCode() *asm.Code      { return machineCode("mix") }

func tailCode(name string) *asm.Code { return renamed(machineCode("tail"), name) }
func callCode(name string) *asm.Code { return framed(renamed(machineCode("call"), name), 0) }

func renamed(c *asm.Code, name string) *asm.Code {
	c.Symbols[0].Name = name
	return c
}

// framed says that a function keeps the chain of frames, and has so many bytes of its own.
func framed(c *asm.Code, own uint32) *asm.Code {
	c.FramePointer, c.FrameSize = true, linkArea+own
	return c
}

func trapping(c *asm.Code, label string, code TrapCode) *asm.Code {
	return traps(c, int(labelOffset(label)), int(code))
}

// slotType stands for a type number in stack maps.
const slotType = 42

// slotArea is where the slot of deep is.
const slotArea = linkArea + 8

func deepCode() *asm.Code {
	c := framed(machineCode("deep"), deepFrame)
	c.SlotArea = slotArea
	for i := range 2 {
		c.StackMaps = append(c.StackMaps, asm.StackMap{Offset: afterCall(c, i), FrameSize: c.FrameSize, SlotArea: slotArea,
			Entries: []asm.StackMapEntry{{Type: slotType, Offset: 0}}})
	}
	return c
}

// deepBytes is how much stack a call of deep takes, with the return address and what is saved with it.
const deepBytes = linkArea + deepFrame + chainBytes

func tryCode(rows ...asm.Handler) *asm.Code {
	c := framed(machineCode("try"), 16)
	for i := range rows {
		rows[i].Target = labelOffset("try.pad")
	}
	site := asm.CallSite{Offset: afterCall(c, 0), Handlers: rows}
	if fpChain {
		site.FPOffset = c.FrameSize
	}
	c.Handlers = []asm.CallSite{site}
	return c
}

// afterCall returns the return address of the call at a relocation.
func afterCall(c *asm.Code, i int) uint32 { return c.Relocs[i].Offset + callBytes }

// traps adds trap records: pairs of offset and code.
func traps(c *asm.Code, pairs ...int) *asm.Code {
	for i := 0; i < len(pairs); i += 2 {
		c.Traps = append(c.Traps, asm.Trap{Offset: uint32(pairs[i]), Code: uint8(pairs[i+1])})
	}
	return c
}

var (
	sigI64    = SystemV([]Kind{I64}, []Kind{I64})
	sigI64I64 = SystemV([]Kind{I64, I64}, []Kind{I64})
)

// newModule makes a module that is closed at the end of the test.
func newModule(tb testing.TB, opts ...Option) *Module {
	tb.Helper()
	m, err := NewModule(opts...)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := m.Close(); err != nil && !errors.Is(err, ErrClosed) {
			tb.Error(err)
		}
	})
	return m
}

// check fails the test on the first error.
func check(tb testing.TB, errs ...error) {
	tb.Helper()
	for _, err := range errs {
		if err != nil {
			tb.Fatal(err)
		}
	}
}

func lookup(tb testing.TB, m *Module, name string) *Function {
	tb.Helper()
	f, err := m.Lookup(name)
	check(tb, err)
	return f
}

// one defines, links and looks up a single function.
func one(tb testing.TB, m *Module, name string, sig Signature, c *asm.Code) *Function {
	tb.Helper()
	check(tb, m.Define(name, sig, c), m.Link())
	return lookup(tb, m, name)
}

// call1 calls f with integers and returns its first result.
func call1(tb testing.TB, f *Function, args ...int64) int64 {
	tb.Helper()
	vs := make([]Value, len(args))
	for i, a := range args {
		vs[i] = Int64(a)
	}
	rs, err := f.Call(vs...)
	check(tb, err)
	return rs[0].Int()
}

// scaled returns the size of a test: short, less than that under an emulator, or long if the environment variable
// DAVIT_STRESS is set.
func scaled(short, long int) int {
	switch {
	case os.Getenv("DAVIT_STRESS") != "":
		return long
	case os.Getenv("DAVIT_EMULATOR") != "":
		return (short + 7) / 8
	}
	return short
}

// command runs this test binary again, in the way in which it is run: DAVIT_EMULATOR names a program that runs it, if that is
// necessary.
func command(args ...string) *exec.Cmd {
	args = append([]string{os.Args[0]}, args...)
	if e := os.Getenv("DAVIT_EMULATOR"); e != "" {
		args = append(strings.Fields(e), args...)
	}
	return exec.Command(args[0], args[1:]...)
}

// rerun runs the calling test in a process of its own, with further environment variables.
func rerun(t *testing.T, env ...string) {
	t.Helper()
	cmd := command("-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "PASS") {
		t.Errorf("%v\n%s", err, out)
	}
}
