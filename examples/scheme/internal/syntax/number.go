package syntax

import (
	"math"
	"math/big"
	"strconv"
	"strings"
)

// ParseNumber reads a number as R7RS 7.1.1 writes it, exact integers and inexact reals: an int64 or *big.Int, or a float64.
func ParseNumber(s string, radix int) (Datum, bool) {
	exactness := byte(0)
	for len(s) >= 2 && s[0] == '#' {
		switch c := s[1] | 0x20; c {
		case 'b':
			radix = 2
		case 'o':
			radix = 8
		case 'd':
			radix = 10
		case 'x':
			radix = 16
		case 'e', 'i':
			exactness = c
		default:
			return nil, false
		}
		s = s[2:]
	}
	d, ok := parseReal(s, radix)
	if !ok {
		return nil, false
	}
	switch f, isFloat := d.(float64); {
	case exactness == 'e' && isFloat:
		return exact(s, f)
	case exactness == 'i' && !isFloat:
		return ToFloat(d), true
	}
	return d, true
}

// exact returns the integer that a decimal number stands for.
func exact(s string, f float64) (Datum, bool) {
	if r, ok := new(big.Rat).SetString(strings.ToLower(s)); ok && r.IsInt() {
		return Integer(r.Num()), true
	}
	if f != math.Trunc(f) || math.IsInf(f, 0) {
		return nil, false
	}
	x, _ := big.NewFloat(f).Int(nil)
	return Integer(x), true
}

// ToFloat returns an integer as a float64.
func ToFloat(d Datum) float64 {
	switch x := d.(type) {
	case int64:
		return float64(x)
	case *big.Int:
		f, _ := new(big.Float).SetInt(x).Float64()
		return f
	}
	return d.(float64)
}

func parseReal(s string, radix int) (Datum, bool) {
	switch strings.ToLower(s) {
	case "+inf.0":
		return math.Inf(1), true
	case "-inf.0":
		return math.Inf(-1), true
	case "+nan.0", "-nan.0":
		return math.NaN(), true
	}
	digits := strings.TrimLeft(s, "+-")
	if len(s)-len(digits) > 1 || digits == "" {
		return nil, false
	}
	if allDigits(digits, radix) {
		x, ok := new(big.Int).SetString(s, radix)
		if !ok {
			return nil, false
		}
		return Integer(x), true
	}
	if num, den, ok := strings.Cut(s, "/"); ok && allDigits(strings.TrimLeft(num, "+-"), radix) && allDigits(den, radix) {
		return parseRatio(num, den, radix)
	}
	if radix != 10 || !isDecimal(digits) {
		return nil, false
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil && !math.IsInf(f, 0) {
		return nil, false
	}
	return f, true
}

// parseRatio reads a ratio. What is no integer becomes inexact: there are no exact fractions.
func parseRatio(num, den string, radix int) (Datum, bool) {
	x, ok1 := new(big.Int).SetString(num, radix)
	y, ok2 := new(big.Int).SetString(den, radix)
	if !ok1 || !ok2 || y.Sign() == 0 {
		return nil, false
	}
	r := new(big.Rat).SetFrac(x, y)
	if r.IsInt() {
		return Integer(r.Num()), true
	}
	f, _ := r.Float64()
	return f, true
}

func allDigits(s string, radix int) bool {
	for _, c := range []byte(s) {
		d := 99
		switch {
		case c >= '0' && c <= '9':
			d = int(c - '0')
		case c|0x20 >= 'a' && c|0x20 <= 'z':
			d = int(c|0x20-'a') + 10
		}
		if d >= radix {
			return false
		}
	}
	return s != ""
}

// isDecimal reports whether s is digits with a point or an exponent, at least one digit before the exponent.
func isDecimal(s string) bool {
	mantissa, exponent, hasExp := strings.Cut(strings.ToLower(s), "e")
	if hasExp {
		e := strings.TrimLeft(exponent, "+-")
		if len(exponent)-len(e) > 1 || !allDigits(e, 10) {
			return false
		}
	}
	whole, frac, _ := strings.Cut(mantissa, ".")
	return allDigits(whole+frac, 10)
}

// FormatFloat writes a float64 so that it reads back as the same number.
func FormatFloat(f float64) string {
	switch {
	case math.IsNaN(f):
		return "+nan.0"
	case math.IsInf(f, 1):
		return "+inf.0"
	case math.IsInf(f, -1):
		return "-inf.0"
	}
	if a := math.Abs(f); a >= 1e-6 && a < 1e21 || f == 0 {
		s := strconv.FormatFloat(f, 'f', -1, 64)
		if !strings.Contains(s, ".") {
			s += ".0"
		}
		return s
	}
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(f, 'e', -1, 64), "e")
	sign := strings.TrimRight(exponent[:1], "+")
	return mantissa + "e" + sign + strings.TrimLeft(exponent[1:], "0")
}
