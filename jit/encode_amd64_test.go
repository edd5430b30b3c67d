//go:build linux && amd64

package jit

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/arch/x86/x86asm"
)

// disassemble returns instructions in the syntax of the manual, one per line.
func disassemble(t *testing.T, b []byte) string {
	t.Helper()
	var s strings.Builder
	for len(b) > 0 {
		inst, err := x86asm.Decode(b, 64)
		if err != nil {
			t.Fatalf("% x: %v", b, err)
		}
		fmt.Fprintln(&s, x86asm.IntelSyntax(inst, 0, nil))
		b = b[inst.Len:]
	}
	return s.String()
}

var intelNames [16][4]string

func init() {
	for i, n := range strings.Fields("al,ax,eax,rax cl,cx,ecx,rcx dl,dx,edx,rdx bl,bx,ebx,rbx spl,sp,esp,rsp bpl,bp,ebp,rbp sil,si,esi,rsi dil,di,edi,rdi") {
		copy(intelNames[i][:], strings.Split(n, ","))
	}
	for i := 8; i < 16; i++ {
		intelNames[i] = [4]string{fmt.Sprint("r", i, "b"), fmt.Sprint("r", i, "w"), fmt.Sprint("r", i, "d"), fmt.Sprint("r", i)}
	}
}

// Every form of instruction with every register, against an independent decoder.
func TestEncoder(t *testing.T) {
	sizes := []struct {
		n   uint8
		ptr string
	}{{1, "byte"}, {2, "word"}, {4, "dword"}, {8, "qword"}}
	for _, disp := range []int32{0, 8, -8, 127, 128, -129, 100000} {
		for base := range uint8(16) {
			mem := "[" + intelNames[base][3]
			switch {
			case disp > 0:
				mem += fmt.Sprintf("+%#x]", disp)
			case disp < -128: // the decoder prints 32 bits without a sign
				mem += fmt.Sprintf("+%#x]", uint32(disp))
			case disp < 0:
				mem += fmt.Sprintf("-%#x]", -disp)
			default:
				mem += "]"
			}
			for reg := range uint8(16) {
				r := intelNames[reg]
				for i, s := range sizes {
					var e encoder
					e.load(s.n, reg, base, disp)
					want := fmt.Sprintf("mov %s, %s ptr %s\n", r[i], s.ptr, mem)
					if s.n < 4 {
						want = fmt.Sprintf("movzx %s, %s ptr %s\n", r[2], s.ptr, mem)
					}
					same(t, e.b, want)
					e.b = nil
					e.store(s.n, reg, base, disp)
					same(t, e.b, fmt.Sprintf("mov %s ptr %s, %s\n", s.ptr, mem, r[i]))
				}
				for n, op := range map[uint8]string{4: "movss %s, dword", 8: "movsd %s, qword", 16: "movups %s, xmmword"} {
					var e encoder
					e.loadFloat(n, reg, base, disp)
					x := fmt.Sprint("xmm", reg)
					same(t, e.b, fmt.Sprintf(op+" ptr %s\n", x, mem))
				}
				var e encoder
				e.lea(reg, base, disp)
				same(t, e.b, fmt.Sprintf("lea %s, ptr %s\n", r[3], mem))
			}
			var e encoder
			e.callMem(base, disp)
			e.jmpMem(base, disp)
			e.pushMem(base, disp)
			e.storeImm(-5, base, disp)
			same(t, e.b, fmt.Sprintf("call qword ptr %s\njmp qword ptr %s\npush qword ptr %s\nmov qword ptr %s, -0x5\n", mem, mem, mem, mem))
		}
	}
	for a := range uint8(16) {
		r := intelNames[a]
		for b := range uint8(16) {
			q := intelNames[b]
			var e encoder
			e.mov(a, b)
			e.zeroExtend(1, a, b)
			e.zeroExtend(2, a, b)
			e.zeroExtend(4, a, b)
			e.movFromFloat(a, b)
			same(t, e.b, fmt.Sprintf("mov %s, %s\nmovzx %s, %s\nmovzx %s, %s\nmov %s, %s\nmovd %s, xmm%d\n",
				r[3], q[3], r[2], q[0], r[2], q[1], r[2], q[2], r[2], b))
		}
		var e encoder
		e.signExtend(1, a)
		e.signExtend(2, a)
		e.signExtend(4, a)
		same(t, e.b, fmt.Sprintf("movsx %s, %s\nmovsx %s, %s\nmovsxd %s, %s\n", r[3], r[0], r[3], r[1], r[3], r[2]))
		e.b = nil
		e.push(a)
		e.pop(a)
		e.and(a, -64)
		e.zero(a)
		e.movImm32(a, 0x12345678)
		e.movImm64(a, 0x123456789abcdef0)
		e.jmpReg(a)
		e.callReg(a)
		e.retPop(16)
		e.ret()
		same(t, e.b, fmt.Sprintf("push %s\npop %s\nand %s, -0x40\nxor %s, %s\nmov %s, 0x12345678\nmov %s, 0x123456789abcdef0\njmp %s\ncall %s\nret 0x10\nret\n",
			r[3], r[3], r[3], r[2], r[2], r[2], r[3], r[3], r[3]))
	}
}

func same(t *testing.T, b []byte, want string) {
	t.Helper()
	if got := disassemble(t, b); got != want {
		t.Fatalf("% x is\n%swant\n%s", b, got, want)
	}
}
