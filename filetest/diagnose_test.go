package filetest

import (
	"context"
	"errors"
	"strings"
	"testing"

	"davit/compile"
	"davit/internal/reduce"
	"davit/ir/op"
	"davit/ir/text"
)

// TestDiagnose looks for faults of small files.
func TestDiagnose(t *testing.T) {
	const header = "test run\ntarget x86_64\n"
	replace := func(from, to op.Opcode) func(fn *text.Function) error {
		return func(fn *text.Function) error {
			for b := range fn.Blocks() {
				for i := range fn.Insts(b) {
					if d := fn.Data(i); d.Op == from {
						d.Op = to
					}
				}
			}
			return nil
		}
	}
	const add = header + `
function %f(i32) -> i32 {
block0(v0: i32):
    v1 = iadd v0, v0
    return v1
}
`
	for _, c := range []struct {
		name, src string
		prepare   func(fn *text.Function) error
		kind      FaultKind
		key       string // part of the first key
		native    bool
	}{
		{name: "sound", src: add + "; run: %f(2) == 5\n"},
		{name: "no text", src: "nonsense", kind: ParseFault},
		{name: "no header", src: "function %f() {\nblock0:\n return\n}\n", kind: ParseFault, key: "no test command"},
		{name: "rule", src: header + "function %f(i32) -> i64 {\nblock0(v0: i32):\n return v0\n}\n", kind: VerifyFault, key: "result %d has type %v"},
		{name: "no target", src: "test verifier\nfunction %f(i32) -> i64 {\nblock0(v0: i32):\n return\n}\n", kind: VerifyFault, key: "arguments of return"},
		{name: "unsupported", src: header + "function %f(i8x64) {\nblock0(v0: i8x64):\n return\n}\n", kind: ErrorFault, key: "iNxN"},
		{name: "crash", src: add, prepare: func(fn *text.Function) error { return []error{}[len(fn.Sig.Params)] }, kind: CrashFault,
			key: "prepare: runtime error: index out of range [N] with length N in davit/filetest.TestDiagnose.func"},
		{name: "error of a pass", src: add, prepare: func(*text.Function) error { return errors.New("not v1 and 0x17 at 12") }, kind: ErrorFault,
			key: "not vN and N at N"},
		{name: "result", src: add + "; print: %f(2)\n", prepare: replace(op.Iadd, op.Isub), kind: ResultFault, key: "the results differ", native: true},
		{name: "trap", src: add + "; print: %f(0)\n", prepare: replace(op.Iadd, op.Udiv), kind: ResultFault, key: "compiled code traps", native: true},
		{name: "address", src: header + "function %f() -> i64 {\nss0 = explicit_slot 8\nblock0:\n v0 = stack_addr.i64 ss0\n return v0\n}\n; print: %f()\n"},
		{name: "NaN", src: header + "function %f(f32) -> f32 {\nblock0(v0: f32):\n v1 = fsub v0, v0\n return v1\n}\n; print: %f(NaN)\n"},
	} {
		if c.native && !canRun {
			continue
		}
		g := Diagnoser{Prepare: c.prepare}
		f := g.Source([]byte(c.src))
		if f.Kind != c.kind || c.key != "" && !strings.Contains(f.Keys[0], c.key) {
			t.Errorf("%s: %+v, want %s with key %q", c.name, f, c.kind, c.key)
		}
		if again := g.Source([]byte(c.src)); c.kind != NoFault && !f.Again(again) {
			t.Errorf("%s: %+v is not taken for %+v", c.name, again, f)
		}
	}
}

// TestBugKey checks that what may change while a file shrinks is not in the key of a bug.
func TestBugKey(t *testing.T) {
	key := func(phase string, cause any, stack string) string {
		return bugKey(&compile.InternalError{Phase: phase, Cause: cause, Stack: []byte(stack)})
	}
	const stack = "goroutine 1 [running]:\nruntime/debug.Stack()\n\t/go/stack.go:26\ndavit/compile.(*Context).Compile.func1()\n\t/a.go:1\n" +
		"panic({0x7405c0?, 0xa36070?})\n\t/go/panic.go:860\nruntime.goPanicIndex(0x1)\n\t/go/panic.go:1\n" +
		"davit/isa/x64.(*lowerer).amode(0xc000, {0x1, 0x2})\n\t/b.go:2\ndavit/vcode.Lower()\n\t/c.go:3\n"
	for _, c := range []struct{ got, want string }{
		{key("lower", "index out of range [7] with length 3", stack), "lower: index out of range [N] with length N in davit/isa/x64.(*lowerer).amode"},
		{key("emit", errors.New("the stack map of inst12 was emitted twice"), ""), "emit: the stack map of instN was emitted twice"},
		{key("check allocation", "block 3, instruction 5: expected rax, found xmm0", ""), "check allocation"},
		{key("check stack maps", "v3 in rbx", ""), "check stack maps"},
		{WithoutNumbers("12:5: %f: v3 = iadd v1, v2 is 0x1f"), "%f"},
		{WithoutNumbers("iadd.i8x3 is not supported on x86_64: v3, v4 = iadd v1, v2\nmore"), "iadd.iNxN is not supported on xN_N"},
		{WithoutNumbers("has `i64 @ ss0+0`; path: block0 -> block1"), "has `X`"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestFaultAgain(t *testing.T) {
	f := &Fault{Kind: VerifyFault, Keys: []string{"a", "b"}}
	for _, c := range []struct {
		g    Fault
		want bool
	}{
		{Fault{Kind: VerifyFault, Keys: []string{"a"}}, true},
		{Fault{Kind: VerifyFault, Keys: []string{"b", "a"}}, true},
		{Fault{Kind: VerifyFault, Keys: []string{"b"}}, false},
		{Fault{Kind: VerifyFault, Keys: []string{"a", "c"}}, false},
		{Fault{Kind: CrashFault, Keys: []string{"a"}}, false},
		{Fault{}, false},
	} {
		if got := f.Again(&c.g); got != c.want {
			t.Errorf("%+v: %v", c.g, got)
		}
	}
}

// TestReduceAndExpect reduces a wrong result, and gives what is left the right one.
func TestReduceAndExpect(t *testing.T) {
	if !canRun {
		t.Skip("compiled code cannot run here")
	}
	g := Diagnoser{Prepare: func(fn *text.Function) error {
		for b := range fn.Blocks() {
			for i := range fn.Insts(b) {
				if d := fn.Data(i); d.Op == op.Icmp && d.IntCC() == op.Ult {
					d.Aux = uint8(op.Slt)
				}
			}
		}
		return nil
	}}
	file, errs := text.Parse([]byte(`test run
set opt_level=speed
target x86_64 has_avx

function %f(i32, i64) -> i32, i64 {
block0(v0: i32, v1: i64):
    v2 = iconst.i32 100
    v3 = icmp ult v0, v2
    v4 = uextend.i32 v3
    v5 = imul v4, v0
    brif v4, block1(v5), block2
block1(v6: i32):
    v7 = iadd v6, v2
    return v7, v1
block2:
    return v5, v1
}
; run: %f(-2, 0x1234) == [-2, 0x1234]
; run: %f(2, 0x1234) == [102, 0x1234]
`), text.Options{})
	if errs != nil {
		t.Fatal(errs)
	}
	p, err := Program(file)
	if err != nil {
		t.Fatal(err)
	}
	fault := g.Source(p.Text())
	q, stats := reduce.Run(context.Background(), p, func(src []byte) bool { return fault.Again(g.Source(src)) }, reduce.Options{})
	if err := g.Expect(q); err != nil {
		t.Fatal(err)
	}
	const want = `test run
target x86_64

function %f(i32) -> i32 system_v {
block0(v0: i32):
    v1 = iconst.i32 0
    v2 = icmp ult v0, v1  ; v1 = 0
    v3 = uextend.i32 v2
    return v3
}
; run: %f(-2147483648) == 0
`
	if string(q.Text()) != want {
		t.Errorf("%+v:\n%s", stats, q.Text())
	}
}
