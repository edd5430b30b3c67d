package interp

import (
	"davit/internal/softfloat"
	"davit/ir/op"
)

// builders has a row per opcode: how the instruction is translated and, for most, its definition.
var builders = [op.NumOpcodes]builder{
	// Control flow.
	op.Jump:               buildBranch,
	op.Brif:               buildBranch,
	op.BrTable:            buildBranch,
	op.Debugtrap:          buildNothing,
	op.Trap:               buildTrap,
	op.Trapz:              buildTrap,
	op.Trapnz:             buildTrap,
	op.Return:             buildReturn,
	op.Call:               buildCall,
	op.CallIndirect:       buildCall,
	op.ReturnCall:         buildCall,
	op.ReturnCallIndirect: buildCall,
	op.TryCall:            buildCall,
	op.TryCallIndirect:    buildCall,
	op.StackSwitch:        buildStackSwitch,
	op.Nop:                buildNothing,
	op.Fence:              buildNothing,
	op.SequencePoint:      buildNothing,

	// Memory and addresses.
	op.Load:                       loading(op.Invalid, false),
	op.Uload8:                     loading(op.I8, false),
	op.Sload8:                     loading(op.I8, true),
	op.Uload16:                    loading(op.I16, false),
	op.Sload16:                    loading(op.I16, true),
	op.Uload32:                    loading(op.I32, false),
	op.Sload32:                    loading(op.I32, true),
	op.Uload8x8:                   loading(op.I8X8, false),
	op.Sload8x8:                   loading(op.I8X8, true),
	op.Uload16x4:                  loading(op.I16X4, false),
	op.Sload16x4:                  loading(op.I16X4, true),
	op.Uload32x2:                  loading(op.I32X2, false),
	op.Sload32x2:                  loading(op.I32X2, true),
	op.AtomicLoad:                 loading(op.Invalid, false),
	op.Store:                      storing(op.Invalid),
	op.Istore8:                    storing(op.I8),
	op.Istore16:                   storing(op.I16),
	op.Istore32:                   storing(op.I32),
	op.AtomicStore:                storing(op.Invalid),
	op.AtomicRmw:                  buildAtomicRmw,
	op.AtomicCas:                  buildAtomicCas,
	op.StackAddr:                  buildStackAddr,
	op.DynamicStackAddr:           buildStackAddr,
	op.FuncAddr:                   buildFuncAddr,
	op.SymbolValue:                buildGlobal,
	op.TlsValue:                   buildGlobal,
	op.GetPinnedReg:               buildPinned,
	op.SetPinnedReg:               buildPinned,
	op.GetFramePointer:            buildFrameAddr,
	op.GetStackPointer:            buildFrameAddr,
	op.GetReturnAddress:           buildFrameAddr,
	op.GetExceptionHandlerAddress: buildHandlerAddr,

	// Constants and choices.
	op.Iconst:             buildConst,
	op.F16const:           buildConst,
	op.F32const:           buildConst,
	op.F64const:           buildConst,
	op.F128const:          buildConst,
	op.Vconst:             buildConst,
	op.Select:             buildSelect,
	op.SelectSpectreGuard: buildSelect,
	op.Bitselect:          lanewise3(defBitselect),
	op.Blendv:             lanewise3(defBlendv),

	// Integers.
	op.Icmp:             buildCompare,
	op.Iadd:             lanewise2(defAdd),
	op.Isub:             lanewise2(defSub),
	op.Ineg:             lanewise1(defNeg),
	op.Iabs:             lanewise1(defAbs),
	op.Imul:             lanewise2(defMul),
	op.Umulhi:           lanewise2(defUmulhi),
	op.Smulhi:           lanewise2(defSmulhi),
	op.SqmulRoundSat:    lanewise2(defSqmulRoundSat),
	op.X86Pmulhrsw:      lanewise2(defQmul),
	op.Smin:             lanewise2(defSmin),
	op.Umin:             lanewise2(defUmin),
	op.Smax:             lanewise2(defSmax),
	op.Umax:             lanewise2(defUmax),
	op.AvgRound:         lanewise2(defAvgRound),
	op.UaddSat:          lanewise2(defUaddSat),
	op.SaddSat:          lanewise2(defSaddSat),
	op.UsubSat:          lanewise2(defUsubSat),
	op.SsubSat:          lanewise2(defSsubSat),
	op.Udiv:             trapping(divUdiv),
	op.Sdiv:             trapping(divSdiv),
	op.Urem:             trapping(divUrem),
	op.Srem:             buildSrem,
	op.UaddOverflow:     overflowing(carryUadd),
	op.SaddOverflow:     overflowing(carrySadd),
	op.UsubOverflow:     overflowing(carryUsub),
	op.SsubOverflow:     overflowing(carrySsub),
	op.UmulOverflow:     overflowing(carryUmul),
	op.SmulOverflow:     overflowing(carrySmul),
	op.UaddOverflowCin:  overflowing(carryUadd),
	op.SaddOverflowCin:  overflowing(carrySadd),
	op.UsubOverflowBin:  overflowing(carryUsub),
	op.SsubOverflowBin:  overflowing(carrySsub),
	op.UaddOverflowTrap: buildUaddOverflowTrap,
	op.Band:             lanewise2(defAnd),
	op.Bor:              lanewise2(defOr),
	op.Bxor:             lanewise2(defXor),
	op.Bnot:             lanewise1(defNot),
	op.Rotl:             shift(shiftRotateLeft),
	op.Rotr:             shift(shiftRotateRight),
	op.Ishl:             shift(shiftLeft),
	op.Ushr:             shift(shiftRight),
	op.Sshr:             shift(shiftArithRight),
	op.Bitrev:           lanewise1(defBitrev),
	op.Clz:              lanewise1(defClz),
	op.Cls:              lanewise1(defCls),
	op.Ctz:              lanewise1(defCtz),
	op.Bswap:            lanewise1(defBswap),
	op.Popcnt:           lanewise1(defPopcnt),
	op.Bmask:            converting(convBmask),
	op.Ireduce:          converting(convZext),
	op.Uextend:          converting(convZext),
	op.Sextend:          converting(convSext),
	op.Isplit:           buildIsplit,
	op.Iconcat:          buildIconcat,

	// Floats.
	op.Fcmp:          buildCompare,
	op.Fadd:          float2((*softfloat.Format).Add),
	op.Fsub:          float2((*softfloat.Format).Sub),
	op.Fmul:          float2((*softfloat.Format).Mul),
	op.Fdiv:          float2((*softfloat.Format).Div),
	op.Sqrt:          float1((*softfloat.Format).Sqrt),
	op.Fma:           float3((*softfloat.Format).FMA),
	op.Fneg:          float1((*softfloat.Format).Neg),
	op.Fabs:          float1((*softfloat.Format).Abs),
	op.Fcopysign:     float2((*softfloat.Format).CopySign),
	op.Fmin:          float2((*softfloat.Format).Min),
	op.Fmax:          float2((*softfloat.Format).Max),
	op.Ceil:          float1(rounding(softfloat.Upward)),
	op.Floor:         float1(rounding(softfloat.Downward)),
	op.Trunc:         float1(rounding(softfloat.TowardZero)),
	op.Nearest:       float1(rounding(softfloat.ToNearest)),
	op.Fpromote:      converting(convFloat),
	op.Fdemote:       converting(convFloat),
	op.Fvdemote:      buildFvdemote,
	op.FvpromoteLow:  buildFvpromoteLow,
	op.FcvtToUint:    converting(convToInt(false)),
	op.FcvtToSint:    converting(convToInt(true)),
	op.FcvtToUintSat: converting(convToIntSat(false)),
	op.FcvtToSintSat: converting(convToIntSat(true)),
	op.X86Cvtt2dq:    converting(convCvtt2dq),
	op.FcvtFromUint:  converting(convFromInt(false)),
	op.FcvtFromSint:  converting(convFromInt(true)),

	// Vectors and bits.
	op.Splat:          gather(1, laneSplat),
	op.ScalarToVector: gather(1, laneScalarToVector),
	op.Insertlane:     buildLane,
	op.Extractlane:    buildLane,
	op.Swizzle:        gather(2, laneSwizzle),
	op.X86Pshufb:      gather(2, lanePshufb),
	op.Shuffle:        buildShuffle,
	op.VanyTrue:       gather(1, laneVany),
	op.VallTrue:       gather(1, laneVall),
	op.VhighBits:      gather(1, laneHighBits),
	op.Snarrow:        gather(2, narrowing(true, true)),
	op.Unarrow:        gather(2, narrowing(true, false)),
	op.Uunarrow:       gather(2, narrowing(false, false)),
	op.SwidenLow:      gather(1, widening(true, false)),
	op.SwidenHigh:     gather(1, widening(true, true)),
	op.UwidenLow:      gather(1, widening(false, false)),
	op.UwidenHigh:     gather(1, widening(false, true)),
	op.IaddPairwise:   gather(2, lanePairwise),
	op.X86Pmaddubsw:   gather(2, lanePmaddubsw),
	op.Bitcast:        buildBitcast,
	op.ExtractVector:  buildExtractVector,
}

// buildUaddOverflowTrap adds and traps with the code of the instruction if there is a carry.
func buildUaddOverflowTrap(d *decoder, in *inst) {
	code := d.data.TrapCode()
	d.trapping(in, func(w uint, x, y word) (word, op.TrapCode) {
		r, of := carryUadd(w, x, y, false)
		if of {
			return r, code
		}
		return r, op.NoTrap
	})
}

// buildSrem gives the remainder of the least number and -1 as 0, or traps as the reference interpreter does.
func buildSrem(d *decoder, in *inst) {
	if !d.m.opts.Reference {
		trapping(divSrem)(d, in)
		return
	}
	d.trapping(in, func(w uint, x, y word) (word, op.TrapCode) {
		if _, code := divSdiv(w, x, y); code != op.NoTrap {
			return x, code
		}
		return divSrem(w, x, y)
	})
}
