package x64

import "davit/asm"

// The registers by their numbers in [asm.Reg]: general-purpose registers 1 to 16 and vector registers 17 to 48, both in
// hardware order. XMM16 and up exist in EVEX encodings only.
const (
	RAX asm.Reg = iota + 1
	RCX
	RDX
	RBX
	RSP
	RBP
	RSI
	RDI
	R8
	R9
	R10
	R11
	R12
	R13
	R14
	R15
	XMM0
	XMM1
	XMM2
	XMM3
	XMM4
	XMM5
	XMM6
	XMM7
	XMM8
	XMM9
	XMM10
	XMM11
	XMM12
	XMM13
	XMM14
	XMM15
	XMM16
)

// XMM31 is the last register.
const XMM31 = XMM16 + 15

// XMM returns vector register n, 0 to 31.
func XMM(n int) asm.Reg { return XMM0 + asm.Reg(n) }

// HW returns the hardware number of a physical register: 0 to 15, or to 31 for vector registers.
func HW(r asm.Reg) uint8 {
	if r <= R15 {
		return uint8(r - RAX)
	}
	return uint8(r - XMM0)
}

// ClassOf returns the class of a physical register.
func ClassOf(r asm.Reg) asm.RegClass {
	if r <= R15 {
		return asm.Int
	}
	return asm.Float
}

// intNames holds the names of general-purpose registers by binary logarithm of the size.
var intNames = [4][16]string{
	{"al", "cl", "dl", "bl", "spl", "bpl", "sil", "dil",
		"r8b", "r9b", "r10b", "r11b", "r12b", "r13b", "r14b", "r15b"},
	{"ax", "cx", "dx", "bx", "sp", "bp", "si", "di",
		"r8w", "r9w", "r10w", "r11w", "r12w", "r13w", "r14w", "r15w"},
	{"eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi",
		"r8d", "r9d", "r10d", "r11d", "r12d", "r13d", "r14d", "r15d"},
	{"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
		"r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"},
}

// Name returns the name of r, without percent sign, for an operand of size bytes (1, 2, 4, 8; for vector registers the
// size does not matter). A virtual register is v and its number.
func Name(r asm.Reg, size uint8) string {
	switch {
	case r.IsVirtual() || r == asm.NoReg:
		return r.String()
	case r > XMM31:
		return "?"
	case r > R15:
		const digits = "0123456789"
		n := r - XMM0
		if n < 10 {
			return "xmm" + digits[n:n+1]
		}
		return "xmm" + digits[n/10:n/10+1] + digits[n%10:n%10+1]
	}
	return intNames[sizeLog(size)][r-RAX]
}

// sizeLog returns the binary logarithm of an operand size, 3 for sizes that are none.
func sizeLog(size uint8) int {
	switch size {
	case 1:
		return 0
	case 2:
		return 1
	case 4:
		return 2
	}
	return 3
}

// CC is a condition code with its hardware number. The lowest bit inverts.
type CC = uint8

// The condition codes.
const (
	CCO  CC = iota // overflow
	CCNO           // no overflow
	CCB            // below: unsigned less
	CCAE           // above or equal
	CCE            // equal, zero
	CCNE           // not equal, not zero
	CCBE           // below or equal
	CCA            // above
	CCS            // sign: negative
	CCNS           // not sign
	CCP            // parity: unordered
	CCNP           // no parity: ordered
	CCL            // signed less
	CCGE           // signed greater or equal
	CCLE           // signed less or equal
	CCG            // signed greater
)

var ccNames = [16]string{"o", "no", "b", "ae", "e", "ne", "be", "a", "s", "ns", "p", "np", "l", "ge", "le", "g"}

// CCName returns the name of a condition code as in the suffix of a mnemonic.
func CCName(cc CC) string { return ccNames[cc&15] }

// InvertCC returns the opposite condition.
func InvertCC(cc CC) CC { return cc ^ 1 }
