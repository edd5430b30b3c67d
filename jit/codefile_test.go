//go:build linux

package jit

import (
	"bytes"
	"debug/elf"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// elfRelocs are the names of relocation kinds as package asm has them, and the bytes that they cover.
var elfRelocs = map[elf.Machine]map[uint32]struct {
	name string
	size int
}{
	elf.EM_AARCH64: {282: {"Arm64Call", 4}, 283: {"Arm64Call", 4}},
	elf.EM_RISCV:   {18: {"RiscvCallPlt", 8}, 19: {"RiscvCallPlt", 8}},
	elf.EM_S390:    {19: {"S390xPCRel32Dbl", 4}, 20: {"S390xPLTRel32Dbl", 4}},
}

// The code for tests on other machines is what the assembler makes of its source. DAVIT_BLESS=1 writes it.
func TestCodeUpToDate(t *testing.T) {
	for arch, as := range map[string]string{"arm64": "aarch64-linux-gnu-as", "riscv64": "riscv64-linux-gnu-as", "s390x": "s390x-linux-gnu-as"} {
		path, err := exec.LookPath(as)
		if err != nil {
			t.Logf("there is no %s", as)
			continue
		}
		obj := filepath.Join(t.TempDir(), "code.o")
		if out, err := exec.Command(path, "-o", obj, "testdata/code_"+arch+".s").CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", as, err, out)
			continue
		}
		got := readObject(t, obj)
		file := "testdata/code_" + arch + ".txt"
		if os.Getenv("DAVIT_BLESS") != "" {
			check(t, os.WriteFile(file, got, 0o644))
		}
		want, err := os.ReadFile(file)
		check(t, err)
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not what %s makes of its source; DAVIT_BLESS=1 writes it", file, as)
		}
	}
}

// readObject prints the functions and labels of an object file.
func readObject(t *testing.T, name string) []byte {
	f, err := elf.Open(name)
	check(t, err)
	defer f.Close()
	syms, err := f.Symbols()
	check(t, err)
	text := f.Section(".text")
	code, err := text.Data()
	check(t, err)
	rela := []byte{}
	if s := f.Section(".rela.text"); s != nil {
		rela, err = s.Data()
		check(t, err)
	}
	slices.SortStableFunc(syms, func(a, b elf.Symbol) int { return int(a.Value) - int(b.Value) })
	var out strings.Builder
	start := uint64(0)
	var funcs []elf.Symbol
	for _, s := range syms {
		if elf.ST_TYPE(s.Info) != elf.STT_NOTYPE || s.Section == elf.SHN_UNDEF || s.Section >= elf.SHN_LORESERVE || strings.HasPrefix(s.Name, "$") {
			continue
		}
		if !strings.Contains(s.Name, ".") {
			funcs = append(funcs, s)
		}
	}
	for i, fn := range funcs[:len(funcs)-1] {
		start = fn.Value
		end := funcs[i+1].Value
		fmt.Fprintf(&out, "%s: ", fn.Name)
		for at := start; at < end; {
			if found, size := printReloc(t, &out, f, rela, code, at); found {
				at += uint64(size)
				continue
			}
			fmt.Fprintf(&out, "%02x", code[at])
			at++
		}
		out.WriteByte('\n')
		for _, s := range syms {
			if strings.HasPrefix(s.Name, fn.Name+".") {
				fmt.Fprintf(&out, "%s = %#x\n", s.Name, s.Value-start)
			}
		}
	}
	return []byte(out.String())
}

// printReloc prints the relocation at an offset of the code.
func printReloc(t *testing.T, out *strings.Builder, f *elf.File, rela, code []byte, at uint64) (found bool, size int) {
	syms, err := f.Symbols()
	check(t, err)
	for b := rela; len(b) >= 24; b = b[24:] {
		off, info, addend := f.ByteOrder.Uint64(b), f.ByteOrder.Uint64(b[8:]), int64(f.ByteOrder.Uint64(b[16:]))
		if off != at {
			continue
		}
		k, ok := elfRelocs[f.Machine][uint32(info)]
		if !ok && f.Machine == elf.EM_RISCV && elf.ST_BIND(syms[info>>32-1].Info) == elf.STB_LOCAL {
			continue // a branch, which the assembler has resolved as well
		}
		if !ok {
			t.Fatalf("relocation of kind %d at %#x", uint32(info), at)
		}
		// Symbol 0, which is none, is not in the list.
		fmt.Fprintf(out, "<%s %s %d %x>", k.name, syms[info>>32-1].Name, addend, code[at:at+uint64(k.size)])
		return true, k.size
	}
	return false, 0
}
