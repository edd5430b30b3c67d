package check

import "davit/ir/op"

// What a value is to the checker: any of these bits. A value without any is a plain number.
const (
	isRef     uint8 = 1 << iota // a reference
	inAddress                   // an address is computed from it
	isDerived                   // inAddress, and computed from a reference itself
	isUsed                      // some instruction reads it; of references
	isSlot                      // address in a stack slot: stack_addr, maybe plus constants
	isAlias                     // another name of a value
	isRoot                      // isRef in its own right: declared, or in a slot position that a stack map names
	isInSlot                    // address in a stack slot: stack_addr plus a number that is no constant

	inAnySlot = isSlot | isInSlot
	isSeen    = isRef | inAddress | inAnySlot | isAlias // uses of it are looked at
)

// opFlow says what the results of an instruction have of its operands.
type opFlow uint8

const (
	flowNone   opFlow = iota // nothing
	flowConst                // nothing: the result is a constant, or an address that no collector changes
	flowSlot                 // address in a stack slot
	flowCopy                 // the result is operand 1 or 2
	flowDerive               // the first results are computed from the bits of the operands
	flowAdd                  // the same; a slot address plus a constant is a slot address
	flowSub                  // the same; the distance of two addresses in one object is a number
	flowAnd                  // the same, unless a small mask makes it the test of a tag
	flowShr                  // the same, unless only a tag is left, or a small integer without its tag
	flowLoad                 // what is in memory
	flowStore
	flowAtomic
	flowCall
	flowBranch
)

// flows has the flow of every opcode. Comparisons, tests, counts of bits and arithmetic on floats make numbers. So does
// an arithmetic shift right, which takes the tag from a small integer.
var flows = [op.NumOpcodes]opFlow{
	op.Jump: flowBranch, op.Brif: flowBranch, op.BrTable: flowBranch,
	op.Call: flowCall, op.CallIndirect: flowCall, op.TryCall: flowCall, op.TryCallIndirect: flowCall, op.StackSwitch: flowCall,
	op.ReturnCall: flowCall, op.ReturnCallIndirect: flowCall,

	op.Load: flowLoad, op.Uload8: flowLoad, op.Sload8: flowLoad, op.Uload16: flowLoad, op.Sload16: flowLoad,
	op.Uload32: flowLoad, op.Sload32: flowLoad, op.Uload8x8: flowLoad, op.Sload8x8: flowLoad, op.Uload16x4: flowLoad,
	op.Sload16x4: flowLoad, op.Uload32x2: flowLoad, op.Sload32x2: flowLoad, op.AtomicLoad: flowLoad,
	op.Store: flowStore, op.Istore8: flowStore, op.Istore16: flowStore, op.Istore32: flowStore, op.AtomicStore: flowStore,
	op.AtomicRmw: flowAtomic, op.AtomicCas: flowAtomic,

	op.StackAddr: flowSlot, op.DynamicStackAddr: flowConst, op.SymbolValue: flowConst, op.TlsValue: flowConst,
	op.FuncAddr: flowConst, op.GetFramePointer: flowConst, op.GetStackPointer: flowConst, op.GetReturnAddress: flowConst,
	op.GetExceptionHandlerAddress: flowConst, op.Iconst: flowConst, op.F16const: flowConst, op.F32const: flowConst,
	op.F64const: flowConst, op.F128const: flowConst, op.Vconst: flowConst,

	op.Select: flowCopy, op.SelectSpectreGuard: flowCopy,
	op.Iadd: flowAdd, op.Isub: flowSub, op.Band: flowAnd, op.Ushr: flowShr, op.Sshr: flowShr,

	op.Splat: flowDerive, op.Swizzle: flowDerive, op.X86Pshufb: flowDerive, op.Insertlane: flowDerive,
	op.Extractlane: flowDerive, op.Smin: flowDerive, op.Umin: flowDerive, op.Smax: flowDerive, op.Umax: flowDerive,
	op.UaddSat: flowDerive, op.SaddSat: flowDerive, op.UsubSat: flowDerive, op.SsubSat: flowDerive, op.AvgRound: flowDerive,
	op.Shuffle: flowDerive, op.Bitselect: flowDerive, op.Blendv: flowDerive, op.Ineg: flowDerive, op.Iabs: flowDerive,
	op.Imul: flowDerive, op.Umulhi: flowDerive, op.Smulhi: flowDerive, op.Udiv: flowDerive, op.Sdiv: flowDerive,
	op.Urem: flowDerive, op.Srem: flowDerive, op.SaddOverflowCin: flowDerive, op.UaddOverflowCin: flowDerive,
	op.UaddOverflow: flowDerive, op.SaddOverflow: flowDerive, op.UsubOverflow: flowDerive, op.SsubOverflow: flowDerive,
	op.UmulOverflow: flowDerive, op.SmulOverflow: flowDerive, op.UaddOverflowTrap: flowDerive, op.SsubOverflowBin: flowDerive,
	op.UsubOverflowBin: flowDerive, op.Bor: flowDerive, op.Bxor: flowDerive, op.Bnot: flowDerive, op.Rotl: flowDerive,
	op.Rotr: flowDerive, op.Ishl: flowDerive, op.Bitrev: flowDerive, op.Bswap: flowDerive, op.Bitcast: flowDerive,
	op.ScalarToVector: flowDerive, op.Ireduce: flowDerive, op.Snarrow: flowDerive, op.Unarrow: flowDerive,
	op.Uunarrow: flowDerive, op.SwidenLow: flowDerive, op.SwidenHigh: flowDerive, op.UwidenLow: flowDerive,
	op.UwidenHigh: flowDerive, op.IaddPairwise: flowDerive, op.Uextend: flowDerive, op.Sextend: flowDerive,
	op.Isplit: flowDerive, op.Iconcat: flowDerive, op.ExtractVector: flowDerive, op.Fneg: flowDerive, op.Fabs: flowDerive,
	op.Fcopysign: flowDerive,
}

// shape is what a pass over the instructions needs to know of an opcode, in few bytes.
type shape struct {
	flow    opFlow
	args    uint8 // value operands; variadic for a list
	address uint8 // of loads, stores and atomics: which operand is the address
	results uint8 // 2 stands for more
	plain   bool  // nothing happens unless one of the operands is of interest
}

const variadic = 0xff

// shapes has the shape of every opcode.
var shapes = func() (t [op.NumOpcodes]shape) {
	for o := range t {
		info := op.Opcode(o).Info()
		s := shape{flow: flows[o], args: uint8(len(info.Args)), results: uint8(min(len(info.Results), 2))}
		if info.Flags&op.VariableResults != 0 {
			s.results = 2
		}
		if info.Flags&op.VariableArgs != 0 {
			s.args = variadic
		}
		switch info.Format {
		case op.FmtStore, op.FmtStoreNoOffset:
			s.address = 1
		}
		switch s.flow {
		case flowNone, flowConst, flowCopy, flowDerive, flowAdd, flowSub, flowAnd, flowShr:
			s.plain = s.args != variadic
		}
		t[o] = s
	}
	return t
}()

// maxTag bounds masks that leave nothing of an address: what lies below is never mapped.
const maxTag = 1 << 12

// maxTagBits is how many bits a shift may leave that tell a tag from an address.
const maxTagBits = 16

// narrow reports whether a scalar of type t is too small for an address.
func narrow(t op.Type) bool { return t.Bits() < 32 }
