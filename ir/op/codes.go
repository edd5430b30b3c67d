package op

import "strconv"

// IntCC is the condition of an integer comparison.
type IntCC uint8

const (
	Eq IntCC = iota
	Ne
	Slt
	Sge
	Sgt
	Sle
	Ult
	Uge
	Ugt
	Ule
	NumIntCC = iota
)

var intCCs = [NumIntCC]struct {
	name             string
	complement, swap IntCC
}{
	Eq: {"eq", Ne, Eq}, Ne: {"ne", Eq, Ne},
	Slt: {"slt", Sge, Sgt}, Sge: {"sge", Slt, Sle}, Sgt: {"sgt", Sle, Slt}, Sle: {"sle", Sgt, Sge},
	Ult: {"ult", Uge, Ugt}, Uge: {"uge", Ult, Ule}, Ugt: {"ugt", Ule, Ult}, Ule: {"ule", Ugt, Uge},
}

// IsValid reports whether there is such a condition.
func (c IntCC) IsValid() bool { return c < NumIntCC }

// String returns the name of the condition, or "intcc" and the number if there is no such condition.
func (c IntCC) String() string {
	if !c.IsValid() {
		return "intcc" + strconv.Itoa(int(c))
	}
	return intCCs[c].name
}

// Complement returns the condition that holds exactly when c does not.
func (c IntCC) Complement() IntCC { return intCCs[c].complement }

// Swap returns the condition that holds for (y, x) exactly when c holds for (x, y).
func (c IntCC) Swap() IntCC { return intCCs[c].swap }

// ParseIntCC returns the condition of a name.
func ParseIntCC(s string) (IntCC, bool) {
	for i := range intCCs {
		if intCCs[i].name == s {
			return IntCC(i), true
		}
	}
	return 0, false
}

// FloatCC is the condition of a floating-point comparison. The four outcomes of one are less, greater, equal and
// unordered (an operand is a NaN).
type FloatCC uint8

const (
	FOrd FloatCC = iota
	FUno
	FEq
	FNe
	FOne
	FUeq
	FLt
	FLe
	FGt
	FGe
	FUlt
	FUle
	FUgt
	FUge
	NumFloatCC = iota
)

var floatCCs = [NumFloatCC]struct {
	name             string
	complement, swap FloatCC
	outcomes         Outcomes
}{
	FOrd: {"ord", FUno, FOrd, Less | Greater | Equal}, FUno: {"uno", FOrd, FUno, Unordered},
	FEq: {"eq", FNe, FEq, Equal}, FNe: {"ne", FEq, FNe, Less | Greater | Unordered},
	FOne: {"one", FUeq, FOne, Less | Greater}, FUeq: {"ueq", FOne, FUeq, Equal | Unordered},
	FLt: {"lt", FUge, FGt, Less}, FLe: {"le", FUgt, FGe, Less | Equal},
	FGt: {"gt", FUle, FLt, Greater}, FGe: {"ge", FUlt, FLe, Greater | Equal},
	FUlt: {"ult", FGe, FUgt, Less | Unordered}, FUle: {"ule", FGt, FUge, Less | Equal | Unordered},
	FUgt: {"ugt", FLe, FUlt, Greater | Unordered}, FUge: {"uge", FLt, FUle, Greater | Equal | Unordered},
}

// Outcomes is a set of outcomes of a floating-point comparison.
type Outcomes uint8

const (
	Less Outcomes = 1 << iota
	Greater
	Equal
	Unordered
)

// IsValid reports whether there is such a condition.
func (c FloatCC) IsValid() bool { return c < NumFloatCC }

// String returns the name of the condition, or "floatcc" and the number if there is no such condition.
func (c FloatCC) String() string {
	if !c.IsValid() {
		return "floatcc" + strconv.Itoa(int(c))
	}
	return floatCCs[c].name
}

// Complement returns the condition that holds exactly when c does not.
func (c FloatCC) Complement() FloatCC { return floatCCs[c].complement }

// Swap returns the condition that holds for (y, x) exactly when c holds for (x, y).
func (c FloatCC) Swap() FloatCC { return floatCCs[c].swap }

// Outcomes returns the outcomes for which the condition holds.
func (c FloatCC) Outcomes() Outcomes { return floatCCs[c].outcomes }

// ParseFloatCC returns the condition of a name.
func ParseFloatCC(s string) (FloatCC, bool) {
	for i := range floatCCs {
		if floatCCs[i].name == s {
			return FloatCC(i), true
		}
	}
	return 0, false
}

// TrapCode says why an instruction trapped: 1 to 250 are the client's (user1 to user250), 251 to 255 named. 0 stands for
// "cannot trap".
type TrapCode uint8

const (
	NoTrap           TrapCode = 0
	MaxUserTrap      TrapCode = 250
	StackOverflow    TrapCode = 251
	IntegerOverflow  TrapCode = 252
	HeapOutOfBounds  TrapCode = 253
	IntegerDivByZero TrapCode = 254
	BadConversion    TrapCode = 255
)

var trapNames = [...]string{"stk_ovf", "int_ovf", "heap_oob", "int_divz", "bad_toint"}

// String returns the name of the code in CLIF, such as "heap_oob" or "user7".
func (c TrapCode) String() string {
	if c > MaxUserTrap {
		return trapNames[c-StackOverflow]
	}
	return "user" + strconv.Itoa(int(c))
}

// ParseTrapCode returns the trap code of a name.
func ParseTrapCode(s string) (TrapCode, bool) {
	for i, n := range trapNames {
		if n == s {
			return StackOverflow + TrapCode(i), true
		}
	}
	if len(s) > 4 && s[:4] == "user" && s[4] != '0' && s[4] != '+' {
		if n, err := strconv.ParseUint(s[4:], 10, 8); err == nil && n <= uint64(MaxUserTrap) {
			return TrapCode(n), true
		}
	}
	return 0, false
}

// AtomicOp is the operation of atomic_rmw.
type AtomicOp uint8

const (
	AtomicAdd AtomicOp = iota
	AtomicSub
	AtomicAnd
	AtomicNand
	AtomicOr
	AtomicXor
	AtomicXchg
	AtomicUmin
	AtomicUmax
	AtomicSmin
	AtomicSmax
	NumAtomicOps = iota
)

var atomicNames = [NumAtomicOps]string{"add", "sub", "and", "nand", "or", "xor", "xchg", "umin", "umax", "smin", "smax"}

// IsValid reports whether there is such a operation.
func (o AtomicOp) IsValid() bool { return o < NumAtomicOps }

// String returns the name of the operation, or "atomic" and the number if there is no such operation.
func (o AtomicOp) String() string {
	if !o.IsValid() {
		return "atomic" + strconv.Itoa(int(o))
	}
	return atomicNames[o]
}

// ParseAtomicOp returns the operation of a name.
func ParseAtomicOp(s string) (AtomicOp, bool) {
	for i, n := range atomicNames {
		if n == s {
			return AtomicOp(i), true
		}
	}
	return 0, false
}
