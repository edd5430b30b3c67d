package randfunc

import (
	"fmt"
	"slices"

	"davit/ir"
	"davit/ir/op"
)

// Config says what modules look like.
type Config struct {
	Funcs  int // number of functions, at least 1
	Blocks int // of a function, at most; there are some more
	Insts  int // statements of a block, at most
	// Target says what functions may contain; nil: all that the interpreter can do.
	Target Target
	// CanonicalNaN says that arithmetic gives the positive quiet NaN only (enable_nan_canonicalization), so that
	// functions need not care.
	CanonicalNaN bool
	// PinnedReg and FramePointers say that the settings allow the instructions that need them.
	PinnedReg, FramePointers bool
	// Libcalls says that functions may call the library functions for memory by name.
	Libcalls bool
}

// Default is a configuration for modules of moderate size.
var Default = Config{Funcs: 4, Blocks: 8, Insts: 9, Libcalls: true}

// Target says what a machine can do.
type Target interface {
	// Supports reports whether there is code for an opcode with a controlling type and types of operands.
	Supports(o op.Opcode, ctrl op.Type, args []op.Type) bool
	// SupportsSignature reports whether functions may have a signature.
	SupportsSignature(s *ir.Signature) bool
}

// anything is the target that has everything.
type anything struct{}

func (anything) Supports(o op.Opcode, _ op.Type, _ []op.Type) bool { return true }
func (anything) SupportsSignature(*ir.Signature) bool              { return true }

// Names of what functions refer to; see the documentation of the package.
const (
	MemorySymbol   = "davit_memory"
	ConstantSymbol = "davit_constants"
	Throw          = "davit_throw"
	Observe        = "davit_observe"
	Roots          = "davit_roots"
)

// Sizes of the data, and of what pointers lead to, in bytes.
const (
	MemoryBytes   = 512
	FuelBytes     = 16 // at the start of the memory; the fuel is the first 8, the others are zero
	ConstantBytes = 64
	ContextBytes  = MemoryBytes - FuelBytes // behind a vmctx parameter, which is the address of the memory behind the fuel
	ReturnBytes   = 64                      // behind an sret parameter
)

// module is what the functions under construction know of each other.
type module struct {
	Config
	src   *Source
	names []string
	sigs  []ir.Signature
	types []op.Type // of parameters and results that the target supports
}

// Generate makes the functions %f0, %f1 and so on of a module. The same source and configuration give the same module,
// as long as the target says the same.
func Generate(src *Source, c Config) []*ir.Func {
	if c.Target == nil {
		c.Target = anything{}
	}
	m := &module{Config: c, src: src}
	m.Blocks = min(max(m.Blocks, 1), maxBlocks)
	for _, t := range allTypes {
		if c.Target.Supports(op.Load, t, []op.Type{op.I64}) {
			m.types = append(m.types, t)
		}
	}
	// Tail calls need callees with the same results, so there are few lists of them.
	tails := [][]ir.Param{m.results(ir.Tail), m.results(ir.Tail)}
	for i := range c.Funcs {
		m.names = append(m.names, fmt.Sprintf("f%d", i))
		m.sigs = append(m.sigs, m.signature(tails))
	}
	funcs := make([]*ir.Func, c.Funcs)
	for i := range funcs {
		funcs[i] = m.function(i)
	}
	return funcs
}

// conventions has the calling conventions, each as often as it is to be chosen.
var conventions = []ir.CallConv{ir.SystemV, ir.Fast, ir.Tail, ir.Tail, ir.Tail, ir.SystemV, ir.Fast, ir.WindowsFastcall, ir.Winch,
	ir.PreserveAll}

// signature makes a signature that the target supports.
func (m *module) signature(tails [][]ir.Param) ir.Signature {
	for range 20 {
		s := ir.Signature{CallConv: Pick(m.src, conventions), Params: m.params()}
		if s.CallConv == ir.Tail {
			s.Returns = slices.Clone(Pick(m.src, tails))
		} else if s.CallConv != ir.PreserveAll {
			s.Returns = m.results(s.CallConv)
		}
		if i := s.SpecialParam(ir.StructReturn); i >= 0 {
			s.Returns = nil
		}
		if m.Target.SupportsSignature(&s) {
			return s
		}
	}
	return ir.Signature{CallConv: ir.SystemV}
}

func (m *module) params() []ir.Param {
	n := m.src.N(6)
	if m.src.Chance(15) {
		n += m.src.N(16)
	}
	var ps []ir.Param
	special := m.src.N(12)
	for i := range n {
		p := m.param()
		switch {
		case i == 0 && special == 1:
			p = ir.Param{Type: op.I64, Purpose: ir.StructReturn}
		case i == n/2 && special == 2:
			p = ir.Param{Type: op.I64, Purpose: ir.VMContext}
		case i >= n/2 && special == 3:
			p = ir.Param{Type: op.I64, Purpose: ir.StructArgument, Size: uint32(8 + 8*m.src.N(12))}
		}
		ps = append(ps, p)
	}
	return ps
}

// param makes a parameter or result.
func (m *module) param() ir.Param {
	p := ir.Param{Type: m.anyType()}
	if p.Type.IsInt() && p.Type.Bits() < 64 {
		p.Ext = []ir.Extension{ir.NoExt, ir.NoExt, ir.Uext, ir.Sext}[m.src.N(4)]
	}
	return p
}

func (m *module) results(conv ir.CallConv) []ir.Param {
	n := m.src.N(4)
	if m.src.Chance(10) {
		n += m.src.N(14)
	}
	var ps []ir.Param
	for range n {
		ps = append(ps, m.param())
	}
	return ps
}

// common are the types that most code is about.
var common = []op.Type{op.I32, op.I64, op.I64, op.I32, op.I8, op.I16, op.F64, op.F32, op.I128, op.I8X16, op.I16X8, op.I32X4,
	op.I64X2, op.F32X4, op.F64X2}

// anyType returns a type for values, often a common one.
func (m *module) anyType() op.Type {
	if len(m.types) == 0 || m.src.Chance(75) {
		t := Pick(m.src, common)
		if slices.Contains(m.types, t) {
			return t
		}
		return op.I64
	}
	return Pick(m.src, m.types)
}

// allTypes are the types of at most 128 bits.
var allTypes = func() []op.Type {
	var ts []op.Type
	for t := op.I8; t <= op.F128; t++ {
		ts = append(ts, t)
	}
	for t := op.I8; t <= op.F64; t++ {
		for n := 2; n*t.Bits() <= 128; n *= 2 {
			ts = append(ts, op.Vector(t, n))
		}
	}
	return ts
}()
