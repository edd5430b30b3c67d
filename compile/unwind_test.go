package compile_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/arch/x86/x86asm"

	"davit/asm"
	"davit/compile"
	"davit/internal/corpus"
	"davit/ir/text"
)

// TestUnwindRows follows the stack pointer through the machine code of every function at hand, along all branches, and
// compares where the caller's frame is at each instruction with the unwind rows.
func TestUnwindRows(t *testing.T) {
	files, err := filepath.Glob("../testdata/filetests/x64/*.clif")
	if err != nil || len(files) == 0 {
		t.Fatal("no file tests", err)
	}
	if dir, ok := corpus.Find(t); ok {
		n := 0
		err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
			if rel, _ := filepath.Rel(dir, p); strings.HasSuffix(p, ".clif") && (strings.HasPrefix(rel, "real") || strings.HasPrefix(rel, "filetests/isa/x64")) {
				if n++; n%4 == 0 || !testing.Short() && n%4 == 1 {
					files = append(files, p)
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	base := []string{"tls_model=elf_gd", "stack_switch_model=basic", "enable_pinned_reg", "has_cmpxchg16b"}
	rows := 0
	for _, set := range [][]string{nil, {"preserve_frame_pointers"}, {"enable_probestack", "probestack_strategy=inline"}} {
		tg := target(t, append(base, set...)...)
		var c compile.Context
		for _, path := range files {
			src, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			file, errs := text.Parse(src, text.Options{NoComments: true})
			if err := errs.Err(); err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			for _, f := range file.Funcs {
				code, err := c.Compile(f.Func, tg)
				if err != nil {
					continue // verifier errors and instruction sets of other settings
				}
				if err := checkUnwind(code); err != nil {
					t.Errorf("%s: %v: %v: %v", path, f.Name, set, err)
				}
				rows += len(code.Unwind)
				if n := len(code.Unwind); n > 1 && rows%16 == 0 {
					code.Unwind = slices.Delete(code.Unwind, n/2, n/2+1)
					if checkUnwind(code) == nil {
						t.Errorf("%s: %v: %v: a row is not needed, or the check is blind", path, f.Name, set)
					}
				}
			}
		}
	}
	t.Logf("%d rows", rows)
}

// spState is what is known of the stack pointer before an instruction.
type spState struct {
	cfa   int32
	fp    bool
	moved bool // the return address has been popped
}

// checkUnwind compares the unwind rows of code with what its instructions do.
func checkUnwind(code *asm.Code) error {
	if len(code.Unwind) == 0 || code.Unwind[0].Offset != 0 || code.Unwind[0].CFA != 8 || code.Unwind[0].FP {
		return fmt.Errorf("no row for the start: %v", code.Unwind)
	}
	seen := map[uint32]spState{}
	todo := []uint32{0}
	reach := func(off uint32, s spState) error {
		if old, ok := seen[off]; ok {
			if old != s {
				return fmt.Errorf("offset %#x is reached with %v and with %v", off, old, s)
			}
			return nil
		}
		seen[off] = s
		todo = append(todo, off)
		return nil
	}
	seen[0] = spState{cfa: 8}
	for len(todo) > 0 {
		off := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		s := seen[off]
		if row := code.UnwindAt(off); row.CFA != s.cfa || row.FP != s.fp {
			return fmt.Errorf("at %#x the row is %+v, the stack pointer %+v", off, row, s)
		}
		in, err := x86asm.Decode(code.Bytes[off:code.CodeSize], 64)
		if err != nil {
			return fmt.Errorf("at %#x: % x: %v", off, code.Bytes[off:min(off+12, code.CodeSize)], err)
		}
		if err := step(code, off, in, s, reach); err != nil {
			return err
		}
	}
	return nil
}

// step reaches the successors of one instruction.
func step(code *asm.Code, off uint32, in x86asm.Inst, s spState, reach func(uint32, spState) error) error {
	next := off + uint32(in.Len)
	sp := func(k int) bool { return in.Args[k] == x86asm.RSP }
	imm := func(k int) int32 { n, _ := in.Args[k].(x86asm.Imm); return int32(n) }
	wasMoved := s.moved
	switch in.Op {
	case x86asm.PUSH:
		s.cfa += 8
		if wasMoved && in.Args[0] == x86asm.R11 {
			s = spState{cfa: 8}
		}
	case x86asm.POP:
		s.moved = in.Args[0] == x86asm.R11 && s.cfa == 8 && !s.fp
		s.cfa -= 8
		if in.Args[0] == x86asm.RBP {
			s.fp = false
		}
	case x86asm.LEAVE:
		s.cfa, s.fp = 8, false
	case x86asm.MOV:
		if in.Args[0] == x86asm.RBP && sp(1) {
			s.fp = true
		}
		if sp(0) {
			return nil // another stack
		}
	case x86asm.LEA:
		if m, ok := in.Args[1].(x86asm.Mem); ok && sp(0) {
			if m.Base != x86asm.RBP || !s.fp {
				return fmt.Errorf("at %#x: %v", off, in)
			}
			s.cfa = 16 - int32(m.Disp)
		}
	case x86asm.SUB:
		if sp(0) {
			s.cfa += imm(1)
		}
	case x86asm.ADD:
		if sp(0) {
			s.cfa -= imm(1)
		}
	case x86asm.CALL:
		if err := stepCall(code, off, next, &s, reach); err != nil || next >= code.CodeSize {
			return err
		}
	case x86asm.RET:
		if n, ok := in.Args[0].(x86asm.Imm); ok != (code.UnwindAt(off).Pop > 0) || ok && uint32(n) != code.UnwindAt(off).Pop || s.cfa != 8 {
			return fmt.Errorf("at %#x: %v with the row %+v", off, in, code.UnwindAt(off))
		}
		return nil
	case x86asm.UD2:
		return nil
	case x86asm.JMP:
		return stepJump(code, off, next, in, s, reach)
	default:
		if rel, ok := in.Args[0].(x86asm.Rel); ok {
			if err := reach(next+uint32(rel), s); err != nil {
				return err
			}
		}
	}
	s.moved = s.moved || wasMoved && in.Op != x86asm.PUSH
	if next >= code.CodeSize {
		return fmt.Errorf("control runs over the end behind %v at %#x", in, off)
	}
	return reach(next, s)
}

// stepCall reaches the handlers of a call and changes s to what holds after it.
func stepCall(code *asm.Code, off, next uint32, s *spState, reach func(uint32, spState) error) error {
	for _, site := range code.Handlers {
		for _, h := range site.Handlers {
			if site.Offset != next || h.Kind == asm.HandlerContext {
				continue
			}
			if err := reach(h.Target, *s); err != nil {
				return err
			}
		}
	}
	if next >= code.CodeSize {
		return nil
	}
	s.cfa -= s.cfa - code.UnwindAt(next).CFA // the callee may have taken arguments off
	if pop := code.UnwindAt(off).CFA - s.cfa; pop != 0 {
		fix, err := x86asm.Decode(code.Bytes[next:], 64)
		if err != nil || fix.Op != x86asm.SUB && fix.Op != x86asm.ADD || fix.Args[0] != x86asm.RSP || pop < 0 {
			return fmt.Errorf("after the call before %#x the stack pointer is off by %d", next, pop)
		}
	}
	return nil
}

// stepJump reaches the targets of a jump.
func stepJump(code *asm.Code, off, next uint32, in x86asm.Inst, s spState, reach func(uint32, spState) error) error {
	rel, ok := in.Args[0].(x86asm.Rel)
	switch {
	case !ok && slices.ContainsFunc(code.Blocks, func(b asm.BlockAt) bool { return b.Offset > 0 }) && s.cfa != 8:
		for _, b := range code.Blocks { // a jump table; blocks without code may stand before traps of the prologue
			if !bytes.HasPrefix(code.Bytes[b.Offset:], []byte{0x0f, 0x0b}) {
				if err := reach(b.Offset, s); err != nil {
					return err
				}
			}
		}
		return nil
	case !ok || slices.ContainsFunc(code.Relocs, func(r asm.Reloc) bool { return r.Offset > off && r.Offset < next }):
		return nil
	}
	return reach(next+uint32(rel), s)
}
