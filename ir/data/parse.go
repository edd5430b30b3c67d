package data

import (
	"fmt"
	"strings"

	"davit/internal/softfloat"
	"davit/internal/u128"
	"davit/ir/op"
)

// Parse reads a literal of type t from the start of s, after optional white space, and returns it with the rest of s.
// Literals are:
//
//   - integers: decimal or hexadecimal with an optional sign, from the least signed to the greatest unsigned number;
//     "_" separates hexadecimal digits, and decimal ones of an i64;
//   - floats: 0.0, hexadecimal such as -0x1.8p-3, Inf, NaN, NaN:0x1, sNaN:0x1, each with an optional sign; the value
//     must be exact in the type;
//   - vectors: hexadecimal of an even number of digits, the most significant byte first and missing ones zero, or all
//     lanes in brackets, separated by spaces, lane 0 first.
//
// An error says what was found and what was expected.
func Parse(t op.Type, s string) (v Value, rest string, err error) {
	s = trimLeft(s)
	switch {
	case !t.IsValid():
		return Value{}, s, fmt.Errorf("no type to read a literal of")
	case t.IsScalar():
		tok, rest := token(s)
		v, err := parseScalar(t, tok, s)
		return v, rest, err
	case strings.HasPrefix(s, "["):
		return parseLanes(t, s[1:])
	}
	tok, rest := token(s)
	v, err = parseVectorHex(t, tok, s)
	return v, rest, err
}

func trimLeft(s string) string { return strings.TrimLeft(s, " \t\n\v\f\r") }

// token splits a number off the front of s: an optional sign and all letters, digits and "_.-:" that follow. The colon
// is part of a token only after NaN.
func token(s string) (tok, rest string) {
	i := 0
	if strings.HasPrefix(s, "-") || strings.HasPrefix(s, "+") {
		i = 1
	}
	for i < len(s) {
		c := s[i]
		if isAlnum(c) || c == '_' || c == '.' || c == '-' || c == ':' && strings.HasSuffix(s[:i], "NaN") {
			i++
			continue
		}
		break
	}
	return s[:i], s[i:]
}

func isAlnum(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// found describes what stands at the start of s, for errors.
func found(tok, s string) string {
	switch {
	case tok != "":
		return fmt.Sprintf("%q", tok)
	case s == "":
		return "nothing"
	}
	return fmt.Sprintf("%q", s[:1])
}

func parseScalar(t op.Type, tok, s string) (Value, error) {
	if t.IsFloat() {
		return parseFloat(t, tok, s)
	}
	return parseInt(t, tok, s)
}

func cutSign(s string) (neg bool, digits string) {
	if s != "" && (s[0] == '-' || s[0] == '+') {
		return s[0] == '-', s[1:]
	}
	return false, s
}

func parseInt(t op.Type, tok, s string) (Value, error) {
	neg, digits := cutSign(tok)
	hexDigits, isHex := strings.CutPrefix(digits, "0x")
	var x u128.Uint128
	var ok, fits bool
	if isHex {
		x, ok, fits = readDigits(hexDigits, 16, true)
	} else {
		x, ok, fits = readDigits(digits, 10, t == op.I64)
	}
	if !ok {
		return Value{}, fmt.Errorf("found %s, expected an integer of type %v", found(tok, s), t)
	}
	width := uint(t.Bits())
	limit := u128.Mask(width)
	if neg {
		limit = u128.Bit(width - 1)
	}
	if !fits || limit.Less(x) {
		return Value{}, fmt.Errorf("found %s, which is out of the range of %v", tok, t)
	}
	if neg {
		x = x.Neg()
	}
	return FromBits(t, x.Lo, x.Hi), nil
}

// readDigits reads digits of a base up to 16. It reports whether there are only digits, and whether the number fits 128
// bits.
func readDigits(s string, base uint64, underscores bool) (x u128.Uint128, ok, fits bool) {
	fits = true
	n := 0
	for i := range len(s) {
		if s[i] == '_' && underscores {
			continue
		}
		d := digit(s[i])
		if d >= base {
			return x, false, false
		}
		n++
		lo, hi := x.MulWide(u128.From(base))
		var c uint64
		x, c = lo.AddCarry(u128.From(d), 0)
		fits = fits && hi.IsZero() && c == 0
	}
	return x, n > 0, fits
}

// digit returns the value of a hexadecimal digit, or 16.
func digit(c byte) uint64 {
	switch {
	case '0' <= c && c <= '9':
		return uint64(c - '0')
	case 'a' <= c && c <= 'f':
		return uint64(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return uint64(c-'A') + 10
	}
	return 16
}

func parseVectorHex(t op.Type, tok, s string) (Value, error) {
	hex, ok := strings.CutPrefix(tok, "0x")
	hex = strings.ReplaceAll(hex, "_", "")
	if !ok || hex == "" {
		return Value{}, fmt.Errorf("found %s, expected hexadecimal digits or [ to start a %v", found(tok, s), t)
	}
	if len(hex)%2 != 0 {
		return Value{}, fmt.Errorf("found %d hexadecimal digits, expected an even number", len(hex))
	}
	if len(hex)/2 > t.Bytes() {
		return Value{}, fmt.Errorf("found %d hexadecimal digits, expected at most the %d of a %v", len(hex), 2*t.Bytes(), t)
	}
	b := make([]byte, len(hex)/2)
	for i := range b {
		hi, lo := digit(hex[len(hex)-2*i-2]), digit(hex[len(hex)-2*i-1])
		if hi > 15 || lo > 15 {
			return Value{}, fmt.Errorf("found %s, expected hexadecimal digits", tok)
		}
		b[i] = byte(hi<<4 | lo)
	}
	return FromBytes(t, b), nil
}

func parseLanes(t op.Type, s string) (Value, string, error) {
	b := make([]byte, 0, t.Bytes())
	for i := 0; ; i++ {
		s = trimLeft(s)
		if rest, ok := strings.CutPrefix(s, "]"); ok {
			if i != t.Lanes() {
				return Value{}, s, fmt.Errorf("found %d lanes, expected the %d of a %v", i, t.Lanes(), t)
			}
			return FromBytes(t, b), rest, nil
		}
		if i == t.Lanes() {
			return Value{}, s, fmt.Errorf("found %s after %d lanes, expected ]", found("", s), i)
		}
		v, rest, err := Parse(t.Lane(), s)
		if err != nil {
			return Value{}, s, fmt.Errorf("lane %d: %w", i, err)
		}
		b, s = v.AppendBytes(b), rest
	}
}

func parseFloat(t op.Type, tok, s string) (Value, error) {
	f := softfloat.ForBits(t.Bits())
	neg, digits := cutSign(tok)
	x, err := parseMagnitude(f, digits)
	if err != nil {
		return Value{}, fmt.Errorf("found %s: %w of type %v", found(tok, s), err, t)
	}
	if neg {
		x = x.Or(f.SignBit())
	}
	return FromBits(t, x.Lo, x.Hi), nil
}

// parseMagnitude reads a float without its sign. Errors are phrases to be followed by "of type".
func parseMagnitude(f *softfloat.Format, s string) (u128.Uint128, error) {
	zero := u128.Uint128{}
	switch {
	case s == "0.0":
		return zero, nil
	case s == "Inf":
		return f.Inf(false), nil
	case s == "NaN":
		return f.CanonicalNaN(), nil
	}
	if p, ok := strings.CutPrefix(s, "NaN:0x"); ok {
		payload, err := parsePayload(f, p)
		return payload.Or(f.CanonicalNaN()), err
	}
	if p, ok := strings.CutPrefix(s, "sNaN:0x"); ok {
		payload, err := parsePayload(f, p)
		if err == nil && payload.IsZero() {
			err = fmt.Errorf("expected a payload that is not zero for a signalling NaN")
		}
		return payload.Or(f.Inf(false)), err
	}
	if p, ok := strings.CutPrefix(s, "0x"); ok && strings.Contains(p, ".") {
		return parseHexFloat(f, p)
	}
	return zero, fmt.Errorf("expected 0.0, a hexadecimal float with a point, Inf or NaN")
}

func parsePayload(f *softfloat.Format, s string) (u128.Uint128, error) {
	x, ok, fits := readDigits(s, 16, false)
	if !ok || !fits || !x.Less(f.QuietBit()) {
		return u128.Uint128{}, fmt.Errorf("expected a payload of %d bits in hexadecimal", f.FracBits-1)
	}
	return x, nil
}

// parseHexFloat reads digits.digits[p exponent] and fails unless the number is exact in the format.
func parseHexFloat(f *softfloat.Format, s string) (u128.Uint128, error) {
	var zero u128.Uint128
	mantissa, expDigits, hasExp := strings.Cut(s, "p")
	whole, frac, _ := strings.Cut(mantissa, ".")
	if len(whole)+len(frac) > 32 {
		return zero, fmt.Errorf("expected at most 32 digits in a float")
	}
	x, ok, _ := readDigits(whole+frac, 16, false)
	if !ok {
		return zero, fmt.Errorf("expected hexadecimal digits in a float")
	}
	exp := -4 * len(frac)
	if hasExp {
		neg, d := cutSign(expDigits)
		e, ok, fits := readDigits(d, 10, false)
		if !ok || !fits || e.Hi != 0 || e.Lo > 1<<15 || e.Lo == 1<<15 && !neg {
			return zero, fmt.Errorf("expected an exponent of 16 bits in a float")
		}
		if neg {
			exp -= int(e.Lo)
		} else {
			exp += int(e.Lo)
		}
	}
	return assemble(f, x, exp)
}

// assemble encodes x * 2^exp.
func assemble(f *softfloat.Format, x u128.Uint128, exp int) (u128.Uint128, error) {
	if x.IsZero() {
		return x, nil
	}
	// Make x odd: its length is then the number of bits needed.
	tz := x.TrailingZeros()
	x, exp = x.Shr(tz), exp+int(tz)
	top := exp + int(x.Len()) - 1 // exponent of the leading bit
	switch {
	case top > f.Bias():
		return x, fmt.Errorf("magnitude too large for a float")
	case exp < 1-f.Bias()-int(f.FracBits):
		if top < 1-f.Bias()-int(f.FracBits) {
			return x, fmt.Errorf("magnitude too small for a float")
		}
		return x, fmt.Errorf("subnormal underflow in a float")
	case x.Len() > f.FracBits+1:
		return x, fmt.Errorf("too many significant bits for a float")
	case top < 1-f.Bias(): // subnormal
		return x.Shl(uint(exp - (1 - f.Bias() - int(f.FracBits)))), nil
	}
	frac := x.Shl(f.FracBits + 1 - x.Len()).ZeroExtend(f.FracBits)
	return f.Encode(false, top+f.Bias(), frac), nil
}
