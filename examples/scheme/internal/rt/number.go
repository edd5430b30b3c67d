package rt

import (
	"cmp"
	"math"
	"math/big"

	"davit/examples/scheme/internal/syntax"
	"davit/gc"
)

// The numeric tower: exact integers of any size and inexact reals. Compiled code comes here when one of the operands is not
// a fixnum, or the result is not.

// number is a number taken out of the heap: an integer of either size, or a float.
type number struct {
	i     int64
	big   *big.Int // nil: i
	f     float64
	float bool
}

// num takes a number out of the heap; who wants to know it is told if it is none.
func (m *Machine) num(who string, w gc.Word) number {
	switch {
	case IsFix(w):
		return number{i: Int(w)}
	case m.is(w, LayFlonum):
		return number{f: m.float(w), float: true}
	case m.is(w, LayBignum):
		return number{big: m.big(w)}
	}
	m.wrong(who, "a number", w)
	return number{}
}

func (n *number) asBig() *big.Int {
	if n.big != nil {
		return n.big
	}
	return big.NewInt(n.i)
}

func (n *number) asFloat() float64 {
	switch {
	case n.float:
		return n.f
	case n.big != nil:
		return syntax.ToFloat(n.big)
	}
	return float64(n.i)
}

// operation is an operation on two numbers.
type operation struct {
	name  string
	float func(x, y float64) float64
	exact func(z, x, y *big.Int) *big.Int
	whole bool // operands must be integers, and the second not 0
}

var (
	addOp       = operation{"+", func(x, y float64) float64 { return x + y }, (*big.Int).Add, false}
	subOp       = operation{"-", func(x, y float64) float64 { return x - y }, (*big.Int).Sub, false}
	mulOp       = operation{"*", func(x, y float64) float64 { return x * y }, (*big.Int).Mul, false}
	quotientOp  = operation{"quotient", func(x, y float64) float64 { return math.Trunc(x / y) }, (*big.Int).Quo, true}
	remainderOp = operation{"remainder", math.Mod, (*big.Int).Rem, true}
	moduloOp    = operation{"modulo", floatModulo, bigModulo, true}
	floorQuoOp  = operation{"floor-quotient", func(x, y float64) float64 { return math.Floor(x / y) }, floorQuo, true}
)

func floatModulo(x, y float64) float64 {
	r := math.Mod(x, y)
	if r != 0 && (r < 0) != (y < 0) {
		r += y
	}
	return r
}

func bigModulo(z, x, y *big.Int) *big.Int {
	z.Rem(x, y)
	if z.Sign() != 0 && z.Sign() != y.Sign() {
		z.Add(z, y)
	}
	return z
}

func floorQuo(z, x, y *big.Int) *big.Int {
	r := bigModulo(new(big.Int), x, y)
	return z.Quo(r.Sub(x, r), y)
}

// arith makes a primitive of an operation.
func arith(o operation) Func {
	return func(m *Machine, a []gc.Word) gc.Word {
		x, y := m.num(o.name, a[0]), m.num(o.name, a[1])
		if o.whole {
			m.whole(o.name, x, a[0])
			m.whole(o.name, y, a[1])
			if y.asFloat() == 0 {
				m.fail("error", o.name+": division by zero")
			}
		}
		if x.float || y.float {
			return m.flonum(o.float(x.asFloat(), y.asFloat()))
		}
		return m.integer(o.exact(new(big.Int), x.asBig(), y.asBig()))
	}
}

func (m *Machine) whole(who string, n number, w gc.Word) {
	if n.float && (n.f != math.Trunc(n.f) || math.IsInf(n.f, 0)) {
		m.wrong(who, "an integer", w)
	}
}

// compare compares two numbers exactly; ok is false if one is not a number.
func (n *number) compare(o *number) (c int, ok bool) {
	switch {
	case n.float && o.float:
		return cmp.Compare(n.f, o.f), n.f == n.f && o.f == o.f
	case n.float:
		c, ok = o.compare(n)
		return -c, ok
	case !o.float:
		if n.big == nil && o.big == nil {
			return cmp.Compare(n.i, o.i), true
		}
		return n.asBig().Cmp(o.asBig()), true
	case o.f != o.f:
		return 0, false
	case math.IsInf(o.f, 0):
		return -int(math.Copysign(1, o.f)), true
	}
	x := new(big.Float).SetInt(n.asBig())
	return x.Cmp(big.NewFloat(o.f)), true
}

func comparison(name string, want func(c int) bool) Func {
	return func(m *Machine, a []gc.Word) gc.Word {
		x, y := m.num(name, a[0]), m.num(name, a[1])
		c, ok := x.compare(&y)
		return Bool(ok && want(c))
	}
}

// eqv is eqv? for values that are not the same word.
func (m *Machine) eqv(x, y gc.Word) bool {
	switch {
	case x == y:
		return true
	case m.is(x, LayFlonum) && m.is(y, LayFlonum):
		return m.Heap.Load(x, 0) == m.Heap.Load(y, 0)
	case m.is(x, LayBignum) && m.is(y, LayBignum):
		return m.big(x).Cmp(m.big(y)) == 0
	}
	return false
}

func divide(m *Machine, a []gc.Word) gc.Word {
	x, y := m.num("/", a[0]), m.num("/", a[1])
	if !x.float && !y.float {
		if y.asBig().Sign() == 0 {
			m.fail("error", "/: division by zero")
		}
		q, r := new(big.Int).QuoRem(x.asBig(), y.asBig(), new(big.Int))
		if r.Sign() == 0 {
			return m.integer(q)
		}
		f, _ := new(big.Rat).SetFrac(x.asBig(), y.asBig()).Float64()
		return m.flonum(f)
	}
	if !y.float && y.asBig().Sign() == 0 {
		m.fail("error", "/: division by zero")
	}
	return m.flonum(x.asFloat() / y.asFloat())
}

// rounding makes a primitive of a function that leaves integers as they are.
func rounding(name string, f func(float64) float64) Func {
	return func(m *Machine, a []gc.Word) gc.Word {
		n := m.num(name, a[0])
		if !n.float {
			return a[0]
		}
		return m.flonum(f(n.f))
	}
}

// elementary makes a primitive of a function of one real number.
func elementary(name string, f func(float64) float64) Func {
	return func(m *Machine, a []gc.Word) gc.Word {
		n := m.num(name, a[0])
		if !n.float && n.big == nil {
			if r, ok := exactCase(name, n.i); ok {
				return Fix(r)
			}
		}
		return m.flonum(f(n.asFloat()))
	}
}

// exactCase has the exact results of elementary functions of exact numbers.
func exactCase(name string, i int64) (int64, bool) {
	switch {
	case i == 0 && (name == "exp" || name == "cos"):
		return 1, true
	case i == 0 && (name == "sin" || name == "tan" || name == "asin"), i == 1 && (name == "acos" || name == "log"):
		return 0, true
	}
	return 0, false
}

func (m *Machine) exact(who string, w gc.Word) gc.Word {
	n := m.num(who, w)
	if !n.float {
		return w
	}
	if n.f != math.Trunc(n.f) || math.IsInf(n.f, 0) {
		m.fail("error", who+": there is no exact integer for", w)
	}
	x, _ := big.NewFloat(n.f).Int(nil)
	return m.integer(x)
}

func sqrt(m *Machine, a []gc.Word) gc.Word {
	n := m.num("sqrt", a[0])
	if !n.float && n.asBig().Sign() >= 0 {
		x := n.asBig()
		r := new(big.Int).Sqrt(x)
		if new(big.Int).Mul(r, r).Cmp(x) == 0 {
			return m.integer(r)
		}
	}
	return m.flonum(math.Sqrt(n.asFloat()))
}

// integerSqrt returns the pair of the greatest integer whose square is not greater, and the rest.
func integerSqrt(m *Machine, a []gc.Word) gc.Word {
	n := m.num("exact-integer-sqrt", a[0])
	if n.float || n.asBig().Sign() < 0 {
		m.wrong("exact-integer-sqrt", "an exact integer that is not negative", a[0])
	}
	r := new(big.Int).Sqrt(n.asBig())
	rest := new(big.Int).Sub(n.asBig(), new(big.Int).Mul(r, r))
	s := m.Heap.Scope()
	defer s.End()
	l := s.Local(m.integer(r))
	d := m.integer(rest)
	return m.cons(l.Get(), d)
}

// maxExponent bounds the bits of results of expt and arithmetic-shift.
const maxExponent = 1 << 28

func expt(m *Machine, a []gc.Word) gc.Word {
	x, y := m.num("expt", a[0]), m.num("expt", a[1])
	switch {
	case x.float || y.float:
		return m.flonum(math.Pow(x.asFloat(), y.asFloat()))
	case y.asBig().Sign() < 0:
		z := new(big.Int).Exp(x.asBig(), new(big.Int).Neg(y.asBig()), nil)
		if z.Sign() == 0 {
			m.fail("error", "expt: division by zero")
		}
		if z.IsInt64() && (z.Int64() == 1 || z.Int64() == -1) {
			return m.integer(z)
		}
		f, _ := new(big.Rat).SetFrac(big.NewInt(1), z).Float64()
		return m.flonum(f)
	case y.big != nil || int64(x.asBig().BitLen())*y.i > maxExponent:
		if b := x.asBig(); b.BitLen() > 1 || b.Sign() < 0 && b.BitLen() > 0 && y.big != nil {
			m.fail("error", "expt: the result would be too large")
		}
	}
	return m.integer(new(big.Int).Exp(x.asBig(), y.asBig(), nil))
}

func gcd(m *Machine, a []gc.Word) gc.Word {
	x, y := m.num("gcd", a[0]), m.num("gcd", a[1])
	m.whole("gcd", x, a[0])
	m.whole("gcd", y, a[1])
	if x.float || y.float {
		u, v := math.Abs(x.asFloat()), math.Abs(y.asFloat())
		for v != 0 {
			u, v = v, math.Mod(u, v)
		}
		return m.flonum(u)
	}
	return m.integer(new(big.Int).GCD(nil, nil, new(big.Int).Abs(x.asBig()), new(big.Int).Abs(y.asBig())))
}

// bitwise makes a primitive of an operation on the bits of exact integers.
func bitwise(name string, f func(z, x, y *big.Int) *big.Int) Func {
	return func(m *Machine, a []gc.Word) gc.Word {
		return m.integer(f(new(big.Int), m.exactInt(name, a[0]), m.exactInt(name, a[1])))
	}
}

func (m *Machine) exactInt(who string, w gc.Word) *big.Int {
	if !IsFix(w) && !m.is(w, LayBignum) {
		m.wrong(who, "an exact integer", w)
	}
	return m.big(w)
}

func shift(m *Machine, a []gc.Word) gc.Word {
	x, n := m.exactInt("arithmetic-shift", a[0]), m.exactInt("arithmetic-shift", a[1])
	switch {
	case !n.IsInt64() || n.Int64() > maxExponent && x.Sign() != 0:
		if n.Sign() > 0 && x.Sign() != 0 {
			m.fail("error", "arithmetic-shift: the result would be too large")
		}
		return Fix(int64(min(x.Sign(), 0)))
	case n.Sign() < 0:
		return m.integer(new(big.Int).Rsh(x, uint(min(-n.Int64(), maxExponent))))
	}
	return m.integer(new(big.Int).Lsh(x, uint(n.Int64())))
}

func numberToString(m *Machine, a []gc.Word) gc.Word {
	n := m.num("number->string", a[0])
	radix := m.radix("number->string", a[1])
	switch {
	case !n.float:
		return m.str(n.asBig().Text(radix))
	case radix != 10:
		m.fail("error", "number->string: an inexact number is possible with radix 10 only", a[0])
	}
	return m.str(syntax.FormatFloat(n.f))
}

func (m *Machine) radix(who string, w gc.Word) int {
	if w == Absent {
		return 10
	}
	if !IsFix(w) || Int(w) < 2 || Int(w) > 36 {
		m.wrong(who, "a radix from 2 to 36", w)
	}
	return int(Int(w))
}

func stringToNumber(m *Machine, a []gc.Word) gc.Word {
	m.wantString("string->number", a[0])
	d, ok := syntax.ParseNumber(m.goString(a[0]), m.radix("string->number", a[1]))
	if !ok {
		return False
	}
	return m.datum(d)
}

func bigAnd(z, x, y *big.Int) *big.Int { return z.And(x, y) }
func bigOr(z, x, y *big.Int) *big.Int  { return z.Or(x, y) }
func bigXor(z, x, y *big.Int) *big.Int { return z.Xor(x, y) }

func bitwiseNot(m *Machine, a []gc.Word) gc.Word {
	return m.integer(new(big.Int).Not(m.exactInt("bitwise-not", a[0])))
}
