package op

// Format says what operands an instruction has and how they are written.
type Format uint8

// The instruction formats of CLIF; see the table in the documentation of package ir for their fields.
const (
	FmtNullAry Format = iota
	FmtUnary
	FmtUnaryImm
	FmtUnaryIeee16
	FmtUnaryIeee32
	FmtUnaryIeee64
	FmtUnaryConst
	FmtUnaryGlobalValue
	FmtBinary
	FmtBinaryImm8
	FmtTernary
	FmtTernaryImm8
	FmtMultiAry
	FmtShuffle
	FmtIntCompare
	FmtFloatCompare
	FmtIntAddTrap
	FmtJump
	FmtBrif
	FmtBranchTable
	FmtCall
	FmtCallIndirect
	FmtTryCall
	FmtTryCallIndirect
	FmtFuncAddr
	FmtStackAddr
	FmtDynamicStackAddr
	FmtLoad
	FmtStore
	FmtLoadNoOffset
	FmtStoreNoOffset
	FmtAtomicRmw
	FmtAtomicCas
	FmtTrap
	FmtCondTrap
	FmtExceptionHandlerAddress
	NumFormats
)

// Flags are properties of an opcode.
type Flags uint16

const (
	IsBranch     Flags = 1 << iota // continues at another block
	IsTerminator                   // ends a block
	IsReturn                       // leaves the function
	IsCall                         // calls another function (or switches stacks)
	CanTrap                        // may trap, apart from memory accesses
	CanLoad                        // reads memory
	CanStore                       // writes memory
	SideEffects                    // has effects beyond those of the other flags
	Idempotent                     // doing it twice in a row is the same as doing it once
	Commutative                    // the first two operands may be exchanged
	// VariableResults and VariableArgs: beyond those listed, as many as the signature concerned says.
	VariableResults
	VariableArgs
)

// TypeFrom says where the controlling type of a polymorphic instruction comes from.
type TypeFrom uint8

const (
	NotPolymorphic TypeFrom = iota
	FromSuffix              // must be written after the opcode
	FromArg0                // the type of value operand 0, 1 or 2; may be written
	FromArg1
	FromArg2
)

// ArgIndex returns the number of the value operand that gives the controlling type, or -1.
func (f TypeFrom) ArgIndex() int { return int(f) - int(FromArg0) }

// RuleKind says how the type of an operand or result follows from the controlling type T.
type RuleKind uint8

const (
	Same         RuleKind = iota // T
	LaneOf                       // one lane of T
	HalfOf                       // lanes of half the width
	DoubleOf                     // lanes of twice the width
	SplitOf                      // twice as many lanes of half the width
	MergeOf                      // half as many lanes of twice the width
	TruthyOf                     // result of a comparison of two T
	FixedOf                      // the fixed vector of a dynamic one
	NarrowerThan                 // any strictly narrower scalar of the class of T
	WiderThan                    // any strictly wider scalar of the class of T
	Concrete                     // always Type
	InSet                        // any type of Set
)

// TypeRule gives the type, or the choice of types, of one operand or result.
type TypeRule struct {
	Kind RuleKind
	Type Type
	Set  TypeSet
}

// Resolve returns the one type that the rule demands when the controlling type is t, or Invalid when it leaves a choice
// (NarrowerThan, WiderThan, InSet) or there is no such type.
func (r TypeRule) Resolve(t Type) Type {
	switch r.Kind {
	case Same:
		return t
	case LaneOf:
		return t.Lane()
	case HalfOf:
		return t.Half()
	case DoubleOf:
		return t.Double()
	case SplitOf:
		return t.Split()
	case MergeOf:
		return t.Merge()
	case TruthyOf:
		return t.Truthy()
	case FixedOf:
		return t.Fixed()
	case Concrete:
		return r.Type
	}
	return Invalid
}

// Allows reports whether an operand or result of type x satisfies the rule when the controlling type is t.
func (r TypeRule) Allows(t, x Type) bool {
	switch r.Kind {
	case NarrowerThan:
		return x.IsScalar() && x.IsInt() == t.IsInt() && x.Bits() < t.Bits()
	case WiderThan:
		return x.IsScalar() && x.IsInt() == t.IsInt() && x.Bits() > t.Bits()
	case InSet:
		return r.Set.Has(x)
	}
	return x == r.Resolve(t) && x != Invalid
}

// Info is the row of one opcode: all that the rest of the program knows about it.
type Info struct {
	Name    string
	Format  Format
	Ctrl    TypeSet  // controlling types; SetNone if the opcode is not polymorphic
	From    TypeFrom // where the controlling type comes from
	Results []TypeRule
	Args    []TypeRule // value operands, in order
	Flags   Flags
	Doc     string // what the instruction does, in one or two sentences that start with a verb
}

// Info returns the row of the opcode.
func (o Opcode) Info() *Info { return &infos[o] }

// String returns the name of the opcode in CLIF.
func (o Opcode) String() string {
	if int(o) >= len(infos) || o == None {
		return "none"
	}
	return infos[o].Name
}

// Format returns the format of the opcode.
func (o Opcode) Format() Format { return infos[o].Format }

// Flags returns the properties of the opcode.
func (o Opcode) Flags() Flags { return infos[o].Flags }

// Has reports whether the opcode has any of the given properties.
func (o Opcode) Has(f Flags) bool { return infos[o].Flags&f != 0 }

// IsSafepoint reports whether a collector may run, and move objects, while the instruction is under way: it is a call
// and does not leave the function. These and only these instructions may carry a stack map.
func (o Opcode) IsSafepoint() bool { return infos[o].Flags&(IsCall|IsReturn) == IsCall }

// Polymorphic reports whether the opcode has a controlling type.
func (o Opcode) Polymorphic() bool { return infos[o].From != NotPolymorphic }

// Parse returns the opcode of a name.
func Parse(name string) (Opcode, bool) {
	o, ok := byName()[name]
	return o, ok
}
