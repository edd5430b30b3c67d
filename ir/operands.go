package ir

import "davit/ir/op"

// OperandKind says how one operand of an instruction is written and stored.
type OperandKind uint8

// The kinds of operands. Those of the first group are written one after another, with commas between them.
const (
	OpdValue       OperandKind = iota // v1
	OpdValues                         // v1, v2, ...: a list, maybe empty
	OpdImm64                          // 64-bit integer in two fields
	OpdFloat                          // float of the result type in two fields
	OpdImm8                           // 8-bit integer in Aux
	OpdConstant                       // const1, or a literal
	OpdGlobalValue                    // gv1
	OpdMask                           // mask of a shuffle
	OpdTrapCode                       // trap code in Aux
	OpdBlock                          // block1, without arguments
	OpdBlockCall                      // block1(v1, v2)
	OpdJumpTable                      // default target, [targets]
	OpdSig                            // sig1
	OpdFunc                           // fn1
	OpdCallee                         // v1(v2, v3): callee and arguments, in one list
	OpdExTable                        // sig1, normal target, [handlers]
	OpdStackSlot                      // ss1
	OpdDynSlot                        // dss1

	// Written before an operand, with a space between.
	OpdIntCC
	OpdFloatCC
	OpdAtomicOp
	OpdFlags // memory flags, maybe none

	// Glued to the operand before.
	OpdArgs   // (v1, v2): list of arguments
	OpdOffset // +8, or nothing

	NumOperandKinds
)

// Operand is an operand of a format: its kind, the first of the fields X of InstData that hold it (unless it is in Aux),
// and its name in documentation and builders.
type Operand struct {
	Kind  OperandKind
	Field uint8
	Name  string
}

// operands has the operands of each format in the order of the text.
var operands = [op.NumFormats][]Operand{
	op.FmtNullAry:                 {},
	op.FmtUnary:                   {{OpdValue, 0, "x"}},
	op.FmtUnaryImm:                {{OpdImm64, 0, "n"}},
	op.FmtUnaryIeee16:             {{OpdFloat, 0, "n"}},
	op.FmtUnaryIeee32:             {{OpdFloat, 0, "n"}},
	op.FmtUnaryIeee64:             {{OpdFloat, 0, "n"}},
	op.FmtUnaryConst:              {{OpdConstant, 0, "c"}},
	op.FmtUnaryGlobalValue:        {{OpdGlobalValue, 0, "gv"}},
	op.FmtBinary:                  {{OpdValue, 0, "x"}, {OpdValue, 1, "y"}},
	op.FmtBinaryImm8:              {{OpdValue, 0, "x"}, {OpdImm8, 0, "n"}},
	op.FmtTernary:                 {{OpdValue, 0, "x"}, {OpdValue, 1, "y"}, {OpdValue, 2, "z"}},
	op.FmtTernaryImm8:             {{OpdValue, 0, "x"}, {OpdValue, 1, "y"}, {OpdImm8, 0, "n"}},
	op.FmtMultiAry:                {{OpdValues, 0, "args"}},
	op.FmtShuffle:                 {{OpdValue, 0, "x"}, {OpdValue, 1, "y"}, {OpdMask, 2, "mask"}},
	op.FmtIntCompare:              {{OpdIntCC, 0, "cc"}, {OpdValue, 0, "x"}, {OpdValue, 1, "y"}},
	op.FmtFloatCompare:            {{OpdFloatCC, 0, "cc"}, {OpdValue, 0, "x"}, {OpdValue, 1, "y"}},
	op.FmtIntAddTrap:              {{OpdValue, 0, "x"}, {OpdValue, 1, "y"}, {OpdTrapCode, 0, "code"}},
	op.FmtJump:                    {{OpdBlockCall, 0, "target"}},
	op.FmtBrif:                    {{OpdValue, 0, "c"}, {OpdBlockCall, 1, "then"}, {OpdBlockCall, 2, "els"}},
	op.FmtBranchTable:             {{OpdValue, 0, "x"}, {OpdJumpTable, 1, "table"}},
	op.FmtCall:                    {{OpdFunc, 2, "fn"}, {OpdArgs, 0, "args"}},
	op.FmtCallIndirect:            {{OpdSig, 2, "sig"}, {OpdCallee, 0, "callee"}},
	op.FmtTryCall:                 {{OpdFunc, 2, "fn"}, {OpdArgs, 0, "args"}, {OpdExTable, 3, "table"}},
	op.FmtTryCallIndirect:         {{OpdCallee, 0, "callee"}, {OpdExTable, 3, "table"}},
	op.FmtFuncAddr:                {{OpdFunc, 0, "fn"}},
	op.FmtStackAddr:               {{OpdStackSlot, 0, "ss"}, {OpdOffset, 1, "off"}},
	op.FmtDynamicStackAddr:        {{OpdDynSlot, 0, "dss"}},
	op.FmtLoad:                    {{OpdFlags, 1, "flags"}, {OpdValue, 0, "p"}, {OpdOffset, 2, "off"}},
	op.FmtStore:                   {{OpdFlags, 2, "flags"}, {OpdValue, 0, "x"}, {OpdValue, 1, "p"}, {OpdOffset, 3, "off"}},
	op.FmtLoadNoOffset:            {{OpdFlags, 1, "flags"}, {OpdValue, 0, "x"}},
	op.FmtStoreNoOffset:           {{OpdFlags, 2, "flags"}, {OpdValue, 0, "x"}, {OpdValue, 1, "p"}},
	op.FmtAtomicRmw:               {{OpdFlags, 2, "flags"}, {OpdAtomicOp, 0, "do"}, {OpdValue, 0, "p"}, {OpdValue, 1, "x"}},
	op.FmtAtomicCas:               {{OpdFlags, 3, "flags"}, {OpdValue, 0, "p"}, {OpdValue, 1, "x"}, {OpdValue, 2, "y"}},
	op.FmtTrap:                    {{OpdTrapCode, 0, "code"}},
	op.FmtCondTrap:                {{OpdValue, 0, "c"}, {OpdTrapCode, 0, "code"}},
	op.FmtExceptionHandlerAddress: {{OpdBlock, 0, "blk"}, {OpdImm64, 1, "index"}},
}

// Operands returns the operands of a format in the order of the text. Printer, parser and builder follow it. The slice
// must not be written to.
func Operands(f op.Format) []Operand { return operands[f] }
