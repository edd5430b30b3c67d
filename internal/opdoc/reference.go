package main

import (
	"bytes"
	"fmt"
	"strings"

	"davit/ir"
	"davit/ir/op"
)

// section is a part of the document.
type section struct {
	title string
	ops   []op.Opcode
}

var sections = []section{
	{"Control flow", []op.Opcode{op.Jump, op.Brif, op.BrTable, op.Return, op.Trap, op.Trapz, op.Trapnz, op.Debugtrap, op.Nop, op.SequencePoint}},
	{"Calls", []op.Opcode{
		op.Call, op.CallIndirect, op.ReturnCall, op.ReturnCallIndirect, op.TryCall, op.TryCallIndirect, op.GetExceptionHandlerAddress,
		op.StackSwitch,
	}},
	{"Addresses and registers", []op.Opcode{
		op.FuncAddr, op.StackAddr, op.DynamicStackAddr, op.SymbolValue, op.TlsValue, op.GetPinnedReg, op.SetPinnedReg, op.GetFramePointer,
		op.GetStackPointer, op.GetReturnAddress,
	}},
	{"Memory", []op.Opcode{
		op.Load, op.Store, op.Uload8, op.Sload8, op.Istore8, op.Uload16, op.Sload16, op.Istore16, op.Uload32, op.Sload32, op.Istore32,
		op.Uload8x8, op.Sload8x8, op.Uload16x4, op.Sload16x4, op.Uload32x2, op.Sload32x2, op.AtomicLoad, op.AtomicStore, op.AtomicRmw,
		op.AtomicCas, op.Fence,
	}},
	{"Constants", []op.Opcode{op.Iconst, op.F16const, op.F32const, op.F64const, op.F128const, op.Vconst}},
	{"Choices", []op.Opcode{op.Select, op.SelectSpectreGuard, op.Bitselect, op.Blendv}},
	{"Integer arithmetic", []op.Opcode{
		op.Iadd, op.Isub, op.Ineg, op.Iabs, op.Imul, op.Umulhi, op.Smulhi, op.Udiv, op.Sdiv, op.Urem, op.Srem, op.Smin, op.Umin, op.Smax,
		op.Umax, op.AvgRound, op.UaddSat, op.SaddSat, op.UsubSat, op.SsubSat, op.SqmulRoundSat, op.IaddPairwise,
	}},
	{"Carry and overflow", []op.Opcode{
		op.UaddOverflow, op.SaddOverflow, op.UsubOverflow, op.SsubOverflow, op.UmulOverflow, op.SmulOverflow, op.UaddOverflowCin,
		op.SaddOverflowCin, op.UsubOverflowBin, op.SsubOverflowBin, op.UaddOverflowTrap,
	}},
	{"Comparisons and tests", []op.Opcode{op.Icmp, op.Fcmp, op.VanyTrue, op.VallTrue, op.VhighBits, op.Bmask}},
	{"Bits", []op.Opcode{
		op.Band, op.Bor, op.Bxor, op.Bnot, op.Rotl, op.Rotr, op.Ishl, op.Ushr, op.Sshr, op.Bitrev, op.Clz, op.Cls, op.Ctz, op.Bswap,
		op.Popcnt,
	}},
	{"Float arithmetic", []op.Opcode{
		op.Fadd, op.Fsub, op.Fmul, op.Fdiv, op.Sqrt, op.Fma, op.Fneg, op.Fabs, op.Fcopysign, op.Fmin, op.Fmax, op.Ceil, op.Floor, op.Trunc,
		op.Nearest,
	}},
	{"Conversions", []op.Opcode{
		op.Uextend, op.Sextend, op.Ireduce, op.Iconcat, op.Isplit, op.Bitcast, op.Fpromote, op.Fdemote, op.Fvdemote, op.FvpromoteLow,
		op.FcvtToUint, op.FcvtToSint, op.FcvtToUintSat, op.FcvtToSintSat, op.FcvtFromUint, op.FcvtFromSint,
	}},
	{"Lanes", []op.Opcode{
		op.Splat, op.ScalarToVector, op.Insertlane, op.Extractlane, op.ExtractVector, op.Swizzle, op.Shuffle, op.Snarrow, op.Unarrow,
		op.Uunarrow, op.SwidenLow, op.SwidenHigh, op.UwidenLow, op.UwidenHigh,
	}},
	{"Operations of x86", []op.Opcode{op.X86Pshufb, op.X86Pmulhrsw, op.X86Pmaddubsw, op.X86Cvtt2dq}},
}

const head = `# Opcodes

<!-- Written by go run ./internal/opdoc from ir/op/table.go; do not edit. -->

The %d instructions of CLIF. T is the controlling type: it stands behind the opcode, as in ` + "`iadd.i32`" + `, and may be left out where
an operand tells it. "lane(T)" is the type of a lane of T, "half(T)" and "double(T)" have lanes of half and twice the width,
"split(T)" and "merge(T)" likewise, but with twice and half as many lanes, and "bool(T)" is i8 for scalars and an integer vector
of the same shape for vectors. The interpreter (package interp) has every instruction but stack_switch.

For each architecture with code generation the page says for which controlling types there is code, of a conversion in
parentheses from what; "with features" are those that need more than the least of the architecture's processors. The settings of some
instructions (%s) are on. Addresses have 64 bits.

`

// reference returns the document.
func reference() ([]byte, error) {
	ms, err := machines()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, head, op.NumOpcodes-1, strings.Join(needed, ", "))
	for _, s := range sections {
		fmt.Fprintf(&b, "- [%s](#%s):", s.title, strings.ToLower(strings.ReplaceAll(s.title, " ", "-")))
		for i, o := range s.ops {
			if i > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, " [%v](#%v)", o, o)
		}
		b.WriteByte('\n')
	}
	for _, s := range sections {
		fmt.Fprintf(&b, "\n## %s\n", s.title)
		for _, o := range s.ops {
			if err := describe(&b, o, ms); err != nil {
				return nil, err
			}
		}
	}
	return b.Bytes(), nil
}

// describe writes the entry of an opcode.
func describe(b *bytes.Buffer, o op.Opcode, ms []*machine) error {
	info := o.Info()
	doc := info.Doc
	fmt.Fprintf(b, "\n### %v\n\n%s.\n\n", o, strings.ToUpper(doc[:1])+doc[1:])
	row := func(name, text string) {
		if text != "" {
			fmt.Fprintf(b, "- %s: %s\n", name, text)
		}
	}
	row("form", fmt.Sprintf("`%s` (%v)", syntax(o), formatNames[info.Format]))
	if o.Polymorphic() {
		from := "written, as no operand tells it"
		if k := info.From.ArgIndex(); k >= 0 {
			from = "that of " + valueNames(o)[k]
		}
		row("T", fmt.Sprintf("%v; %s", info.Ctrl, from))
	}
	row("operands", operandTypes(o))
	row("results", resultTypes(o))
	row("effects", effects(info.Flags))
	for _, m := range ms {
		s, err := m.support(o)
		if err != nil {
			return err
		}
		row(m.arch.String(), s.String())
	}
	f := typical(o)
	q := newProbe(o, f.ctrl, f.args)
	fmt.Fprintf(b, "\n```\n%s\n```\n", q.example())
	return nil
}

// typical returns the form of an opcode that serves as its example.
func typical(o op.Opcode) form {
	fs := forms(o)
	prefer := []op.Type{op.I32, op.F32, op.I32X4, op.I64}
	if o.Info().Ctrl == op.SetAddr {
		prefer = []op.Type{op.I64}
	}
	for _, t := range prefer {
		for _, f := range fs {
			if f.ctrl == t {
				return f
			}
		}
	}
	return fs[0]
}

var formatNames = map[op.Format]string{
	op.FmtNullAry: "NullAry", op.FmtUnary: "Unary", op.FmtUnaryImm: "UnaryImm", op.FmtUnaryIeee16: "UnaryIeee16", op.FmtUnaryIeee32: "UnaryIeee32",
	op.FmtUnaryIeee64: "UnaryIeee64", op.FmtUnaryConst: "UnaryConst", op.FmtUnaryGlobalValue: "UnaryGlobalValue", op.FmtBinary: "Binary",
	op.FmtBinaryImm8: "BinaryImm8", op.FmtTernary: "Ternary", op.FmtTernaryImm8: "TernaryImm8", op.FmtMultiAry: "MultiAry", op.FmtShuffle: "Shuffle",
	op.FmtIntCompare: "IntCompare", op.FmtFloatCompare: "FloatCompare", op.FmtIntAddTrap: "IntAddTrap", op.FmtJump: "Jump", op.FmtBrif: "Brif",
	op.FmtBranchTable: "BranchTable", op.FmtCall: "Call", op.FmtCallIndirect: "CallIndirect", op.FmtTryCall: "TryCall",
	op.FmtTryCallIndirect: "TryCallIndirect", op.FmtFuncAddr: "FuncAddr", op.FmtStackAddr: "StackAddr", op.FmtDynamicStackAddr: "DynamicStackAddr",
	op.FmtLoad: "Load", op.FmtStore: "Store", op.FmtLoadNoOffset: "LoadNoOffset", op.FmtStoreNoOffset: "StoreNoOffset", op.FmtAtomicRmw: "AtomicRmw",
	op.FmtAtomicCas: "AtomicCas", op.FmtTrap: "Trap", op.FmtCondTrap: "CondTrap", op.FmtExceptionHandlerAddress: "ExceptionHandlerAddress",
}

// syntax shows how an opcode is written, with the names of its operands.
func syntax(o op.Opcode) string {
	var b strings.Builder
	switch n := len(o.Info().Results); {
	case o.Has(op.VariableResults):
		b.WriteString("a, … = ")
	case n == 1:
		b.WriteString("a = ")
	case n == 2:
		b.WriteString("a, b = ")
	}
	b.WriteString(o.String())
	if o.Info().From == op.FromSuffix {
		b.WriteString(".T")
	}
	sep := " "
	for _, x := range ir.Operands(o.Format()) {
		switch x.Kind {
		case ir.OpdIntCC, ir.OpdFloatCC, ir.OpdAtomicOp, ir.OpdFlags:
			b.WriteString(sep + x.Name)
			sep = " "
			continue
		case ir.OpdArgs:
			b.WriteString("(args)")
		case ir.OpdOffset:
			b.WriteString("+off")
		case ir.OpdCallee:
			b.WriteString(sep + x.Name + "(args)")
		case ir.OpdJumpTable:
			b.WriteString(sep + "default, [targets]")
		case ir.OpdExTable:
			b.WriteString(sep + "sig, normal, [handlers]")
		case ir.OpdBlockCall:
			b.WriteString(sep + x.Name + "(args)")
		default:
			b.WriteString(sep + x.Name)
		}
		sep = ", "
	}
	return b.String()
}

// valueNames returns the names of the value operands.
func valueNames(o op.Opcode) []string {
	var names []string
	for _, x := range ir.Operands(o.Format()) {
		if x.Kind == ir.OpdValue || x.Kind == ir.OpdCallee {
			names = append(names, x.Name)
		}
	}
	return names
}

func operandTypes(o op.Opcode) string {
	var out []string
	for i, r := range o.Info().Args {
		out = append(out, valueNames(o)[i]+": "+ruleName(&r))
	}
	if o.Has(op.VariableArgs) {
		what := "args: those of the signature"
		if o.Has(op.IsReturn) && !o.Has(op.IsCall) {
			what = "args: the results of the function"
		}
		out = append(out, what)
	}
	return strings.Join(out, ", ")
}

func resultTypes(o op.Opcode) string {
	var out []string
	for i, r := range o.Info().Results {
		out = append(out, string(rune('a'+i))+": "+ruleName(&r))
	}
	if o.Has(op.VariableResults) {
		out = append(out, "those of the signature")
	}
	return strings.Join(out, ", ")
}

var ruleNames = map[op.RuleKind]string{
	op.Same: "T", op.LaneOf: "lane(T)", op.HalfOf: "half(T)", op.DoubleOf: "double(T)", op.SplitOf: "split(T)", op.MergeOf: "merge(T)",
	op.TruthyOf: "bool(T)", op.FixedOf: "T with a fixed number of lanes", op.NarrowerThan: "narrower than T", op.WiderThan: "wider than T",
}

func ruleName(r *op.TypeRule) string {
	switch r.Kind {
	case op.Concrete:
		return r.Type.String()
	case op.InSet:
		return r.Set.String()
	}
	return ruleNames[r.Kind]
}

var flagNames = []struct {
	flag op.Flags
	name string
}{
	{op.IsTerminator, "ends its block"}, {op.IsCall, "calls"}, {op.CanTrap, "may trap"}, {op.CanLoad, "reads memory"}, {op.CanStore, "writes memory"},
	{op.SideEffects, "other effects"}, {op.Idempotent, "once is as good as twice"}, {op.Commutative, "operands may be exchanged"},
}

func effects(f op.Flags) string {
	var out []string
	for _, x := range flagNames {
		if f&x.flag != 0 {
			out = append(out, x.name)
		}
	}
	return strings.Join(out, ", ")
}
