package x64

import (
	"fmt"
	"math"

	"davit/asm"
	"davit/asm/x64"
	"davit/ir"
	"davit/ir/op"
	"davit/regalloc"
	"davit/settings"
	"davit/vcode"
)

// Calling conventions.
//
// A value travels in parts of at most a register's size: an i128 has two. Parts go to registers in order and, when
// these run out, to memory: arguments to slots of 8 bytes (16, aligned, for vectors) above the return address, results
// to an area that the caller provides and whose address it passes as a hidden first argument. An i128 argument is never
// split between registers and memory.
//
// system_v and fast: System V ABI for x86-64, section 3.2. tail: the same arguments, but the callee pops those on the
// stack, results use eight registers, and no register is preserved. windows_fastcall: Microsoft x64 calling
// convention, in which values of 16 bytes are passed by the address of a copy. preserve_all: arguments as System V, every register preserved. winch: as System V but no register is
// preserved, and of several results only the last is in a register.

// part is where one register-sized piece of an argument or result lives.
type part struct {
	reg   asm.Reg // or NoReg: in memory
	off   int32   // memory: bytes from the start of the stack arguments or of the result area
	typ   op.Type // type of the piece; i64 for the halves of an i128
	ext   ir.Extension
	param uint32 // index of the parameter or result
	size  uint32 // struct argument: its size in bytes
	isRef bool   // struct argument: it lies in the stack area itself, the value is its address
	ptr   bool   // windows_fastcall: the value is in a copy that the caller makes, and the piece is its address
	copy  uint32 // ptr: bytes from the start of the copies
}

// convention is the part of a calling convention that does not depend on the signature.
type convention struct {
	ints, floats       []asm.Reg
	retInts, retFloats []asm.Reg
	shadow             uint32 // bytes the caller reserves below the stack arguments
	byIndex            bool   // an argument's position chooses its register, whatever its class
	calleePops         bool
	lastOnly           bool    // winch: only the last result may be in a register
	packed             bool    // winch: results in memory take no more than their size
	manyResults        bool    // results may be in memory whatever the settings
	wideInts           bool    // i128 may be passed whatever the settings
	spare              asm.Reg // carries no result and belongs to the callee; NoReg if there is none
	saved              regalloc.RegSet
}

func regs(rs ...asm.Reg) (s regalloc.RegSet) {
	for _, r := range rs {
		s.Add(r)
	}
	return s
}

func regRange(from, to asm.Reg) []asm.Reg {
	var rs []asm.Reg
	for r := from; r <= to; r++ {
		rs = append(rs, r)
	}
	return rs
}

var sysvInts = []asm.Reg{x64.RDI, x64.RSI, x64.RDX, x64.RCX, x64.R8, x64.R9}

// conventions is indexed by ir.CallConv; a convention without integer registers is not supported here.
var conventions = [ir.NumCallConvs]convention{
	ir.SystemV: systemV,
	ir.Fast:    systemV,
	ir.Tail: {
		ints: sysvInts, floats: regRange(x64.XMM0, x64.XMM7),
		retInts:   []asm.Reg{x64.RAX, x64.RCX, x64.RDX, x64.RSI, x64.RDI, x64.R8, x64.R9, x64.R10},
		retFloats: regRange(x64.XMM0, x64.XMM7), calleePops: true, spare: x64.R11,
		manyResults: true, wideInts: true,
	},
	ir.Winch: {
		ints: sysvInts, floats: regRange(x64.XMM0, x64.XMM7),
		retInts: []asm.Reg{x64.RAX}, retFloats: []asm.Reg{x64.XMM0}, lastOnly: true, packed: true,
		manyResults: true, spare: x64.RCX,
	},
	ir.WindowsFastcall: {
		ints:   []asm.Reg{x64.RCX, x64.RDX, x64.R8, x64.R9},
		floats: regRange(x64.XMM0, x64.XMM3), retInts: []asm.Reg{x64.RAX, x64.RDX}, retFloats: []asm.Reg{x64.XMM0},
		shadow: 32, byIndex: true, spare: x64.RCX,
		saved: savedGPRs.Union(regs(x64.RSI, x64.RDI)).Union(regs(regRange(x64.XMM6, x64.XMM15)...)),
	},
	ir.PreserveAll: {
		ints: sysvInts, floats: regRange(x64.XMM0, x64.XMM7),
		retInts: []asm.Reg{x64.RAX, x64.RDX}, retFloats: []asm.Reg{x64.XMM0, x64.XMM1},
		saved: regs(regRange(x64.RAX, x64.XMM15)...),
	},
}

var savedGPRs = regs(x64.RBX, x64.RBP, x64.R12, x64.R13, x64.R14, x64.R15)

var systemV = convention{
	ints: sysvInts, floats: regRange(x64.XMM0, x64.XMM7),
	retInts: []asm.Reg{x64.RAX, x64.RDX}, retFloats: []asm.Reg{x64.XMM0, x64.XMM1}, spare: x64.RCX,
	saved: savedGPRs,
}

var allRegs = regs(regRange(x64.RAX, x64.XMM15)...)

// sigABI says where the arguments and results of a signature live.
type sigABI struct {
	conv      *convention
	args      []part
	rets      []part
	stackArgs uint32  // bytes of stack arguments, a multiple of 16
	retArea   uint32  // bytes of results in memory
	copies    uint32  // bytes of copies of arguments that are passed by address
	areaReg   asm.Reg // register of the hidden pointer to them
	sret      int     // index of the argument whose address is returned in rax, or -1
}

// clobbers returns the registers that a call destroys.
func (a *sigABI) clobbers() regalloc.RegSet {
	c := allRegs.Minus(a.conv.saved)
	c.Remove(x64.RSP)
	c.Remove(x64.RBP)
	return c
}

// computeABI places the arguments and results of sig.
func computeABI(sig *ir.Signature, flags *settings.Flags) (*sigABI, error) {
	a := new(sigABI)
	return a, a.compute(sig, flags)
}

// compute sets a, whose memory it uses again.
func (a *sigABI) compute(sig *ir.Signature, flags *settings.Flags) error {
	conv := &conventions[sig.CallConv]
	if conv.ints == nil {
		return &vcode.Unsupported{ISA: isaName, What: fmt.Sprintf("calling convention %v", sig.CallConv)}
	}
	*a = sigABI{conv: conv, sret: -1, args: a.args[:0], rets: a.rets[:0]}
	ra := assigner{conv: conv, flags: flags, ints: conv.retInts, floats: conv.retFloats, parts: a.rets, results: true}
	if i := sig.SpecialParam(ir.StructReturn); i >= 0 && sig.CallConv != ir.Fast {
		a.sret = i
		ra.ints = ra.ints[1:]
	}
	for i, p := range sig.Returns {
		ra.last = i == len(sig.Returns)-1
		if err := ra.place(uint32(i), p); err != nil {
			return err
		}
	}
	a.rets, a.retArea = ra.parts, ra.off
	if a.retArea > 0 && !flags.Bool(settings.EnableMultiRetImplicitSret) && !conv.manyResults {
		return &vcode.Unsupported{ISA: isaName, What: fmt.Sprintf("%d results, more than fit in registers (without enable_multi_ret_implicit_sret)", len(sig.Returns))}
	}
	pa := assigner{conv: conv, flags: flags, ints: conv.ints, floats: conv.floats, off: conv.shadow, parts: a.args}
	if a.retArea > 0 {
		a.areaReg = pa.nextInt()
		pa.index++
	}
	for i, p := range sig.Params {
		if err := pa.place(uint32(i), p); err != nil {
			return err
		}
	}
	if pa.off > math.MaxInt32/4 {
		return fmt.Errorf("stack arguments of %d bytes are too large", pa.off)
	}
	a.args, a.stackArgs, a.copies = pa.parts, (pa.off+15)&^15, pa.copies
	return nil
}

// outgoing is how many bytes below the frame of the caller a call takes: stack arguments, results in memory, copies.
func (a *sigABI) outgoing() uint32 { return a.copyArea() + a.copies }

// copyArea is where the copies start, in bytes from the stack arguments.
func (a *sigABI) copyArea() uint32 { return (a.stackArgs + a.retArea + 15) &^ 15 }

// assigner hands out registers, then memory.
type assigner struct {
	conv         *convention
	flags        *settings.Flags
	ints, floats []asm.Reg
	nInt, nFloat int
	index        int
	off          uint32
	copies       uint32
	parts        []part
	results      bool
	last         bool
}

func (s *assigner) nextInt() asm.Reg {
	i := &s.nInt
	if s.conv.byIndex && !s.results {
		i = &s.index
	}
	if *i >= len(s.ints) || s.results && s.conv.lastOnly && !s.last {
		return asm.NoReg
	}
	r := s.ints[*i]
	if i == &s.nInt {
		s.nInt++
	}
	return r
}

func (s *assigner) nextFloat() asm.Reg {
	i := &s.nFloat
	if s.conv.byIndex && !s.results {
		i = &s.index
	}
	if *i >= len(s.floats) || s.results && s.conv.lastOnly && !s.last {
		return asm.NoReg
	}
	r := s.floats[*i]
	if i == &s.nFloat {
		s.nFloat++
	}
	return r
}

// structSpace is how many bytes of the stack area a struct argument takes.
func structSpace(size uint32) uint32 { return (size + 7) &^ 7 }

// place finds the places of one parameter or result.
func (s *assigner) place(i uint32, p ir.Param) error {
	t := p.Type
	switch {
	case p.Purpose == ir.StructArgument && !s.results:
		s.parts = append(s.parts, part{off: int32(s.off), typ: op.I64, param: i, isRef: true, size: p.Size})
		if uint64(s.off)+uint64(p.Size) > math.MaxInt32/4 {
			return fmt.Errorf("a struct argument of %d bytes is too large", p.Size)
		}
		s.off += structSpace(p.Size)
		return nil
	case t == op.I128:
		return s.placeI128(i, p)
	case t.IsDynamic() || t.Bits() > 128:
		return &vcode.Unsupported{ISA: isaName, What: "a parameter or result of type " + t.String()}
	case t.Bits() == 128 && s.conv.byIndex && !s.results:
		r := s.nextInt()
		s.index++
		s.add(r, op.I64, p, i)
		q := &s.parts[len(s.parts)-1]
		q.ptr, q.copy = true, s.copies
		s.copies += 16
		return nil
	}
	var r asm.Reg
	if t.IsInt() {
		r = s.nextInt()
	} else {
		r = s.nextFloat()
	}
	s.index++
	s.add(r, t, p, i)
	return nil
}

// placeI128 places both halves in registers or both in memory. What C compilers do with such values differs; the setting
// enable_llvm_abi_extensions chooses two consecutive registers, as the tail convention always has them.
func (s *assigner) placeI128(i uint32, p ir.Param) error {
	if !s.flags.Bool(settings.EnableLLVMABIExtensions) && !s.conv.wideInts {
		return &vcode.Unsupported{ISA: isaName, What: "an i128 parameter or result (without enable_llvm_abi_extensions)"}
	}
	if next := &s.nInt; !s.results {
		if s.conv.byIndex {
			next = &s.index
		}
		if *next+2 > len(s.ints) {
			*next = max(*next, len(s.ints))
			s.off = (s.off + 15) &^ 15
		}
	}
	for range 2 {
		s.add(s.nextInt(), op.I64, p, i)
		s.index++
	}
	return nil
}

func (s *assigner) add(r asm.Reg, t op.Type, p ir.Param, i uint32) {
	q := part{reg: r, typ: t, ext: p.Ext, param: i}
	if r == asm.NoReg {
		size := uint32(t.Bytes())
		if !s.conv.packed || !s.results {
			size = max(size, 8)
			s.off = (s.off + size - 1) &^ (size - 1)
		}
		q.off = int32(s.off)
		s.off += size
	}
	s.parts = append(s.parts, q)
}
