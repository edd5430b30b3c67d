package text

import (
	"errors"

	"davit/ir/data"
	"davit/ir/op"
)

var (
	errInt      = errors.New("malformed integer")
	errIntRange = errors.New("integer out of range")
)

// integer is a number as written: a sign and a magnitude.
type integer struct {
	neg, signed bool // has a minus sign; has any sign
	hex         bool
	underscore  bool
	mag         uint64
}

// parseInteger reads an optional sign and decimal or hexadecimal digits, with underscores between.
func parseInteger(s []byte) (n integer, err error) {
	i := 0
	if len(s) > 0 && (s[0] == '-' || s[0] == '+') {
		n.signed, n.neg = true, s[0] == '-'
		i = 1
	}
	base := uint64(10)
	if len(s) > i+2 && s[i] == '0' && s[i+1] == 'x' {
		n.hex, base = true, 16
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
		d := uint64(hexValue(c))
		if n.mag > (1<<64-1-d)/base {
			return n, errIntRange
		}
		n.mag = n.mag*base + d
	}
	if digits == 0 {
		return n, errInt
	}
	return n, nil
}

// parseInt reads an integer of the given width (at most 64 bits), from the lowest signed to the highest unsigned value.
// Underscores may separate digits, in decimal numbers only if the width is 64. The result is zero-extended.
func parseInt(s []byte, width int) (uint64, error) {
	n, err := parseInteger(s)
	if err != nil {
		return 0, err
	}
	if n.underscore && !n.hex && width != 64 {
		return 0, errInt
	}
	mask := ^uint64(0) >> (64 - width)
	switch {
	case !n.neg && n.mag > mask, n.neg && n.mag > mask/2+1:
		return 0, errIntRange
	case n.neg:
		return -n.mag & mask, nil
	}
	return n.mag, nil
}

// parseFloat reads a float of scalar type t.
func parseFloat(s []byte, t op.Type) (data.Value, error) {
	v, rest, err := data.Parse(t, string(s))
	if err == nil && rest != "" {
		err = errors.New("malformed float")
	}
	return v, err
}
