package data

import (
	"strconv"

	"davit/internal/u128"
	"davit/ir"
	"davit/ir/op"
)

// String prints v as a literal that [Parse] reads back: integers as signed decimals, floats as in the text of
// functions, vectors as hexadecimal with the most significant byte first.
func (v Value) String() string { return string(v.AppendTo(nil)) }

// AppendTo appends what String returns.
func (v Value) AppendTo(b []byte) []byte {
	switch {
	case v.typ.IsFloat():
		return ir.AppendFloat(b, v.typ, v.hi, v.lo)
	case v.typ == op.I128:
		x := u128.Uint128{Lo: v.lo, Hi: v.hi}
		if x.Negative() {
			b, x = append(b, '-'), x.Neg()
		}
		return append(b, x.Big().String()...)
	case v.typ.IsInt():
		return strconv.AppendInt(b, v.Int64(), 10)
	case !v.typ.IsVector() && !v.typ.IsDynamic():
		return append(b, "invalid"...)
	}
	const digits = "0123456789abcdef"
	b = append(b, "0x"...)
	bytes := v.Bytes()
	for i := len(bytes) - 1; i >= 0; i-- {
		b = append(b, digits[bytes[i]>>4], digits[bytes[i]&15])
	}
	return b
}

// FormatList prints values as run directives show results: one value bare, any other number in brackets.
func FormatList(vs []Value) string {
	if len(vs) == 1 {
		return vs[0].String()
	}
	b := []byte{'['}
	for i, v := range vs {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = v.AppendTo(b)
	}
	return string(append(b, ']'))
}
