package x64

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/arch/x86/x86asm"

	"davit/asm"
)

// TestAgainstObjdump disassembles all cases and compares texts, after evening out differences of style.
func TestAgainstObjdump(t *testing.T) {
	objdump, err := exec.LookPath("objdump")
	if err != nil {
		t.Skip("objdump (binutils) is not installed")
	}
	compareObjdump(t, objdump, testCases(t))
}

func compareObjdump(t *testing.T, objdump string, cases []testCase) bool {
	var blob []byte
	for i := range cases {
		blob = append(blob, cases[i].code...)
	}
	lines := disassemble(t, objdump, blob, "i386:x86-64")
	off, bad := 0, 0
	for i := range cases {
		c := &cases[i]
		text, ok := lines[off]
		if ok {
			if end := off + len(c.code); end < len(blob) && lines[end] == "" {
				text += " (of another length)"
			}
		}
		got, want := evenObjdump(text, c), evenOurs(c)
		switch c.in.Op {
		case NOP: // which nop does not matter, its length does
			want = got
		case XCHGr: // nor does the order of registers
			a, b, _ := strings.Cut(strings.TrimPrefix(want, "xchg "), ",")
			if got == "xchg "+b+","+a {
				want = got
			}
		}
		if got != want || !ok || strings.Contains(text, "(bad)") || strings.Contains(text, "length") {
			if bad++; bad <= 40 {
				t.Errorf("% x: %s\n  objdump: %s\n  compared %q with %q", c.code, c.text, text, got, want)
			}
		}
		off += len(c.code)
	}
	if bad > 40 {
		t.Errorf("%d differences in all", bad)
	}
	return bad == 0
}

// disassemble returns the text at each offset.
func disassemble(t *testing.T, objdump string, blob []byte, machine string) map[int]string {
	file := filepath.Join(t.TempDir(), "code.bin")
	if err := os.WriteFile(file, blob, 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(objdump, "-D", "-b", "binary", "-m", machine, "-w", "--no-show-raw-insn", file).Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := make(map[int]string)
	for _, line := range strings.Split(string(out), "\n") {
		at, text, ok := strings.Cut(line, ":\t")
		if !ok {
			continue
		}
		if n, err := strconv.ParseInt(strings.TrimSpace(at), 16, 64); err == nil {
			lines[int(n)] = text
		}
	}
	return lines
}

var (
	numberRE  = regexp.MustCompile(`\$?-?0x[0-9a-f]+|\$-?[0-9]+`)
	commentRE = regexp.MustCompile(`\s*#.*$`)
)

// evenNumbers writes all numbers of a text in one way: immediates modulo 1<<bits.
func evenNumbers(s string, bits int) string {
	return numberRE.ReplaceAllStringFunc(s, func(n string) string {
		prefix := ""
		if strings.HasPrefix(n, "$") {
			prefix, n = "$", n[1:]
		}
		v, err := strconv.ParseInt(n, 0, 64)
		if err != nil {
			u, err := strconv.ParseUint(n, 0, 64)
			if err != nil {
				return n
			}
			v = int64(u)
		}
		return prefix + strconv.FormatInt(v, 10)
	})
}

// immBits is the width in which the immediate of a case is compared.
func immBits(c *testCase) int {
	row := Lookup(c.in.Op)
	if f := form(c.in.Op, row); f.imm == imm8 {
		return 8
	}
	if c.in.Size != 0 && row.Form != fPUSHi {
		return 8 * int(c.in.Size)
	}
	return 64
}

var immRE = regexp.MustCompile(`\$(-?[0-9]+)`)

func evenCommon(s string, bits int) string {
	s = evenNumbers(s, bits)
	s = immRE.ReplaceAllStringFunc(s, func(n string) string {
		v, _ := strconv.ParseInt(n[1:], 10, 64)
		if bits < 64 {
			v &= 1<<bits - 1
		}
		return "$" + strconv.FormatInt(v, 10)
	})
	s = strings.ReplaceAll(s, ",1)", ")")
	s = strings.ReplaceAll(s, " 0(", " (")
	s = strings.ReplaceAll(s, "*0(", "*(")
	s = strings.ReplaceAll(s, ",0(", ",(")
	return s
}

func split(text string) (string, string) {
	lock := ""
	if rest, ok := strings.CutPrefix(text, "lock "); ok {
		lock, text = "lock ", rest
	}
	name, ops, _ := strings.Cut(strings.TrimSpace(text), " ")
	return lock + name, " " + strings.ReplaceAll(strings.TrimSpace(ops), " ", "")
}

func evenOurs(c *testCase) string {
	name, ops := split(c.text)
	return canonical(name, c) + evenCommon(ops, immBits(c))
}

func evenObjdump(text string, c *testCase) string {
	text = commentRE.ReplaceAllString(text, "")
	text = strings.TrimPrefix(strings.TrimPrefix(text, "{vex} "), "{evex} ")
	name, ops := split(text)
	if c.in.Imm == 1 && form(c.in.Op, Lookup(c.in.Op)).kind == encShiftImm {
		ops = " $1," + ops[1:]
	}
	return canonical(name, c) + evenCommon(ops, immBits(c))
}

// canonical takes from a mnemonic what objdump prints only sometimes: the suffix for the size.
func canonical(name string, c *testCase) string {
	short := c.in
	Shorten(&short, &testFrame)
	row := Lookup(short.Op)
	if row.Form == fNOP {
		return "nop"
	}
	if row.Attr&suffix != 0 {
		bare := strings.TrimSuffix(name, string("bwlq"[sizeLog(short.Size&row.Sizes)]))
		p := Printer{}
		ours, _ := split(p.String(&short))
		if bare+string("bwlq"[sizeLog(short.Size&row.Sizes)]) == ours {
			return bare
		}
	}
	switch name {
	case "retq", "callq", "jmpq":
		return name[:len(name)-1]
	case "movabsq":
		return "movabs"
	}
	// For vectors that shrink, objdump tells the width of a memory operand.
	if strings.HasPrefix(name, "vcvt") && strings.HasSuffix(name, "x") {
		return name[:len(name)-1]
	}
	return name
}

// TestMemBytes compares the sizes of memory operands with those that objdump prints in Intel syntax.
func TestMemBytes(t *testing.T) {
	objdump, err := exec.LookPath("objdump")
	if err != nil {
		t.Skip("objdump (binutils) is not installed")
	}
	cases := testCases(t)
	var blob []byte
	for i := range cases {
		blob = append(blob, cases[i].code...)
	}
	lines := disassemble(t, objdump, blob, "i386:x86-64:intel")
	names := []string{1: "BYTE", 2: "WORD", 4: "DWORD", 8: "QWORD", 16: "XMMWORD"}
	off := 0
	for i := range cases {
		c := &cases[i]
		short := c.in
		Shorten(&short, &testFrame)
		bytes := MemBytes(short.Op, short.Size)
		want := ""
		if c.in.Mem != asm.MemNone {
			want = names[bytes]
		} else if bytes != 0 && MemOf(short.Op) == MemNever {
			t.Errorf("%s: %d bytes of memory", c.text, bytes)
		}
		got := ""
		if before, _, ok := strings.Cut(lines[off], " PTR "); ok {
			got = before[strings.LastIndexAny(before, " ,")+1:]
		}
		// The operand of cmpxchg16b has 16 bytes, but is no vector.
		if got != want && c.in.Op != NOP && c.in.Op != CMPXCHG16B && c.in.Op != LEA {
			t.Errorf("% x: %s: memory is %s, want %s", c.code, c.text, got, want)
		}
		off += len(c.code)
	}
}

// TestAgainstArch checks lengths and mnemonics with the disassembler of golang.org/x/arch, which knows SSE.
func TestAgainstArch(t *testing.T) {
	known := 0
	for _, c := range testCases(t) {
		if c.in.Op&VEX != 0 || Lookup(c.in.Op).enc&onlyXX != 0 {
			continue
		}
		inst, err := x86asm.Decode(c.code, 64)
		if err != nil || c.in.Op == NOP || c.in.Op == ENDBR64 {
			continue
		}
		known++
		if inst.Len != len(c.code) {
			t.Errorf("% x: %s: decoded as %v of %d bytes", c.code, c.text, inst, inst.Len)
		}
		for _, arg := range inst.Args {
			m, ok := arg.(x86asm.Mem)
			if !ok || c.in.Mem == asm.MemNone {
				continue
			}
			var ref memRef
			ref.resolve(&c.in, &testFrame)
			if int32(m.Disp) != ref.disp {
				t.Errorf("% x: %s: decoded with displacement %#x", c.code, c.text, m.Disp)
			}
		}
	}
	if known < 1000 {
		t.Errorf("only %d cases known to the disassembler", known)
	}
	t.Logf("%d cases compared", known)
}

func TestNoDuplicates(t *testing.T) {
	seen := make(map[string]string)
	for _, c := range testCases(t) {
		if old, ok := seen[string(c.code)]; ok && old != c.text && !bytes.Equal(c.code, []byte{0xc3}) {
			t.Errorf("% x is both %s and %s", c.code, old, c.text)
		}
		seen[string(c.code)] = c.text
	}
}
