package text

import (
	"errors"
	"math/bits"

	"davit/ir/op"
)

var (
	errInt       = errors.New("malformed integer")
	errIntRange  = errors.New("integer out of range")
	errHexFloat  = errors.New("a float is 0.0, hexadecimal such as 0x1.8p3, Inf or NaN")
	errFloatMany = errors.New("too many significant bits")
	errFloatBig  = errors.New("magnitude too large")
	errFloatTiny = errors.New("magnitude too small")
	errPayload   = errors.New("invalid NaN payload")
)

// integer is a number as written: a sign and 128 bits.
type integer struct {
	neg, signed bool // has a minus sign; has any sign
	hex         bool
	underscore  bool
	hi, lo      uint64
}

// parseInteger reads an optional sign and decimal or hexadecimal digits, with underscores between.
func parseInteger[T string | []byte](s T) (n integer, err error) {
	i := 0
	if len(s) > 0 && (s[0] == '-' || s[0] == '+') {
		n.signed, n.neg = true, s[0] == '-'
		i = 1
	}
	if len(s) > i+2 && s[i] == '0' && s[i+1] == 'x' {
		n.hex = true
		i += 2
	}
	digits := 0
	for ; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '_':
			n.underscore = true
			continue
		case c <= '9' && c >= '0' || n.hex && class[c]&clsHex != 0:
		default:
			return n, errInt
		}
		digits++
		if !n.addDigit(hexValue(c)) {
			return n, errIntRange
		}
	}
	if digits == 0 {
		return n, errInt
	}
	return n, nil
}

func (n *integer) addDigit(d byte) bool {
	if n.hex {
		if n.hi>>60 != 0 {
			return false
		}
		n.hi, n.lo = n.hi<<4|n.lo>>60, n.lo<<4|uint64(d)
		return true
	}
	if n.hi == 0 {
		hi, lo := bits.Mul64(n.lo, 10)
		lo, carry := bits.Add64(lo, uint64(d), 0)
		n.hi, n.lo = hi+carry, lo
		return true
	}
	over, hi := bits.Mul64(n.hi, 10)
	mid, lo := bits.Mul64(n.lo, 10)
	lo, c1 := bits.Add64(lo, uint64(d), 0)
	hi, c2 := bits.Add64(hi, mid, c1)
	n.hi, n.lo = hi, lo
	return over+c2 == 0
}

// ParseInt reads an integer of the given width (8 to 128 bits): decimal or hexadecimal with 0x, with an optional sign,
// from the lowest signed to the highest unsigned value. Underscores may separate digits, in decimal numbers only if
// the width is 64. The result is zero-extended to 128 bits.
func ParseInt(s string, width int) (hi, lo uint64, err error) { return parseInt(s, width) }

func parseInt[T string | []byte](s T, width int) (hi, lo uint64, err error) {
	n, err := parseInteger(s)
	if err != nil {
		return 0, 0, err
	}
	if n.underscore && !n.hex && width != 64 {
		return 0, 0, errInt
	}
	maskHi, maskLo := widthMask(width)
	if n.hi&^maskHi != 0 || n.lo&^maskLo != 0 {
		return 0, 0, errIntRange
	}
	if !n.neg {
		return n.hi, n.lo, nil
	}
	lo, borrow := bits.Sub64(0, n.lo, 0)
	hi, _ = bits.Sub64(0, n.hi, borrow)
	top := hi & (maskHi ^ maskHi>>1)
	if width <= 64 {
		top = lo & (maskLo ^ maskLo>>1)
	}
	if top == 0 && n.hi|n.lo != 0 {
		return 0, 0, errIntRange
	}
	return hi & maskHi, lo & maskLo, nil
}

func widthMask(width int) (hi, lo uint64) {
	if width >= 128 {
		return ^uint64(0), ^uint64(0)
	}
	if width > 64 {
		return 1<<(width-64) - 1, ^uint64(0)
	}
	return 0, ^uint64(0) >> (64 - width)
}

// floatFormat has the widths of exponent and stored fraction of an IEEE 754 format.
type floatFormat struct{ exp, frac uint }

var floatFormats = [...]floatFormat{{5, 10}, {8, 23}, {11, 52}, {15, 112}}

// ParseFloat reads a float of scalar type t as CLIF writes it: 0.0, hexadecimal with an optional exponent, Inf, NaN,
// NaN:0x1 (quiet, with a payload) or sNaN:0x1, each with an optional sign. The value must be exact. The result is the
// bits of the float, zero-extended to 128 bits.
func ParseFloat(s string, t op.Type) (hi, lo uint64, err error) { return parseFloat(s, t) }

func parseFloat[T string | []byte](src T, t op.Type) (hi, lo uint64, err error) {
	ff := floatFormats[t-op.F16]
	s := string(src)
	var sign uint64
	if s != "" && (s[0] == '-' || s[0] == '+') {
		if s[0] == '-' {
			sign = 1
		}
		s = s[1:]
	}
	switch {
	case s == "0.0":
	case len(s) > 2 && s[:2] == "0x":
		hi, lo, err = parseHexFloat(s[2:], ff)
	default:
		hi, lo, err = parseNonFinite(s, ff)
	}
	signHi, signLo := shl(0, sign, 1+ff.exp+ff.frac-1)
	return hi | signHi, lo | signLo, err
}

func parseNonFinite(s string, ff floatFormat) (hi, lo uint64, err error) {
	infHi, infLo := shl(0, 1<<ff.exp-1, ff.frac)
	quietHi, quietLo := shl(0, 1, ff.frac-1)
	var payload string
	quiet := true
	switch {
	case s == "Inf":
		return infHi, infLo, nil
	case s == "NaN":
		return infHi | quietHi, infLo | quietLo, nil
	case len(s) > 6 && s[:6] == "NaN:0x":
		payload = s[4:]
	case len(s) > 7 && s[:7] == "sNaN:0x":
		payload, quiet = s[5:], false
	default:
		return 0, 0, errHexFloat
	}
	n, err := parseInteger(payload)
	if err != nil || n.underscore || n.hi > quietHi || n.hi == quietHi && n.lo >= quietLo || !quiet && n.hi|n.lo == 0 {
		return 0, 0, errPayload
	}
	if quiet {
		n.hi, n.lo = n.hi|quietHi, n.lo|quietLo
	}
	return infHi | n.hi, infLo | n.lo, nil
}

// parseHexFloat reads the part of a hexadecimal float after 0x.
func parseHexFloat(s string, ff floatFormat) (hi, lo uint64, err error) {
	digits, exponent, point := 0, 0, -1
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '.' && point < 0:
			point = digits
		case c == 'p':
			n, err := parseInteger(s[i+1:])
			if err != nil || n.hex || n.underscore || n.hi != 0 || n.lo > 1<<15-1 {
				return 0, 0, errors.New("malformed exponent")
			}
			if exponent = int(n.lo); n.neg {
				exponent = -exponent
			}
			i = len(s)
		case class[c]&clsHex != 0:
			if digits++; digits > 32 {
				return 0, 0, errors.New("too many digits")
			}
			hi, lo = hi<<4|lo>>60, lo<<4|uint64(hexValue(c))
		default:
			return 0, 0, errHexFloat
		}
	}
	if digits == 0 {
		return 0, 0, errHexFloat
	}
	if point >= 0 {
		exponent -= 4 * (digits - point)
	}
	return packFloat(hi, lo, exponent, ff)
}

// packFloat returns the bits of hi:lo times 2 to the exponent.
func packFloat(hi, lo uint64, exponent int, ff floatFormat) (uint64, uint64, error) {
	if hi|lo == 0 {
		return 0, 0, nil
	}
	size := bits.Len64(lo)
	if hi != 0 {
		size = 64 + bits.Len64(hi)
	}
	bias := 1<<(ff.exp-1) - 1
	e := exponent + size - 1 // of the leading one
	if e > bias {
		return 0, 0, errFloatBig
	}
	keep := int(ff.frac) + 1 // significant bits that fit
	tooMany := errFloatMany
	if e < 1-bias {
		keep -= 1 - bias - e
		tooMany = errFloatTiny
	}
	if keep <= 0 {
		return 0, 0, errFloatTiny
	}
	if drop := size - keep; drop > 0 {
		h, l := shr(hi, lo, uint(drop))
		if bh, bl := shl(h, l, uint(drop)); bh != hi || bl != lo {
			return 0, 0, tooMany
		}
		hi, lo = h, l
	} else {
		hi, lo = shl(hi, lo, uint(-drop))
	}
	if e < 1-bias {
		return hi, lo, nil
	}
	// Drop the leading one, put the exponent in its place.
	oneHi, oneLo := shl(0, 1, ff.frac)
	expHi, expLo := shl(0, uint64(e+bias), ff.frac)
	return hi&^oneHi | expHi, lo&^oneLo | expLo, nil
}

func shl(hi, lo uint64, n uint) (uint64, uint64) {
	if n >= 64 {
		return lo << (n - 64), 0
	}
	return hi<<n | lo>>(64-n), lo << n
}

func shr(hi, lo uint64, n uint) (uint64, uint64) {
	if n >= 64 {
		return 0, hi >> (n - 64)
	}
	return hi >> n, hi<<(64-n) | lo>>n
}
