package fuzz

import (
	"bytes"
	"strconv"
	"strings"

	"davit/internal/randfunc"
	"davit/ir"
	"davit/ir/op"
)

// Mutate returns src damaged in a few places: bytes, tokens or lines are changed, dropped, repeated, exchanged, or taken
// from other.
func Mutate(r *randfunc.Source, src, other []byte) []byte {
	out := bytes.Clone(src)
	for range 1 + r.N(1+r.N(5)) {
		switch r.N(8) {
		case 0:
			out = mutateBytes(r, out, other)
		case 1, 2:
			out = mutateLines(r, out, other)
		default:
			out = mutateTokens(r, out, other)
		}
	}
	return out
}

// maxOutput bounds what repetition can make, in bytes.
const maxOutput = 1 << 18

// position returns a place in b, its end included.
func position(r *randfunc.Source, b []byte) int { return r.N(len(b) + 1) }

// piece returns some bytes of b, mostly few.
func piece(r *randfunc.Source, b []byte) (from, to int) {
	from = position(r, b)
	n := r.N(1 + min(len(b)-from, 1<<r.N(10)))
	return from, from + n
}

// splice returns b with b[from:to] replaced by ins.
func splice(b []byte, from, to int, ins []byte) []byte {
	out := make([]byte, 0, len(b)-(to-from)+len(ins))
	return append(append(append(out, b[:from]...), ins...), b[to:]...)
}

// odd are bytes that seldom stand in files.
var odd = []string{"\x00", "\xff", "\xc3", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xef\xbb\xbf", "\r", "\x7f", "\"", "\\", "@", "#", "!", "(", ")", "{", "}",
	"[", "]", "<", ">", ",", "=", "->", ";", "%", "é", "\u2028"}

func mutateBytes(r *randfunc.Source, b, other []byte) []byte {
	from, to := piece(r, b)
	switch r.N(7) {
	case 0:
		if from < len(b) {
			b[from] ^= 1 << r.N(8)
		}
		return b
	case 1:
		if from < len(b) {
			b[from] = byte(r.N(256))
		}
		return b
	case 2:
		return splice(b, from, from, []byte(randfunc.Pick(r, odd)))
	case 3:
		return splice(b, from, to, nil)
	case 4:
		return splice(b, from, from, b[from:to])
	case 5:
		f, t := piece(r, other)
		return splice(b, from, to, other[f:t])
	}
	return b[:from]
}

func mutateLines(r *randfunc.Source, b, other []byte) []byte {
	lines := bytes.SplitAfter(b, []byte("\n"))
	i, j := r.N(len(lines)), r.N(len(lines))
	line := lines[i]
	switch r.N(5) {
	case 0:
		lines[i] = nil
	case 1:
		lines[i], lines[j] = lines[j], lines[i]
	case 2:
		n := 1
		if r.N(10) == 0 {
			n = min(1<<r.N(14), maxOutput/(len(line)+1))
		}
		lines[i] = bytes.Repeat(line, 1+n)
	case 3:
		from := bytes.SplitAfter(other, []byte("\n"))
		lines[i] = append(bytes.Clone(line), randfunc.Pick(r, from)...)
	case 4:
		lines[i] = append(bytes.Clone(lines[j]), line...)
	}
	return bytes.Join(lines, nil)
}

// tokenAt returns the token around place i of b: a word or number, or a single byte.
func tokenAt(b []byte, i int) (from, to int) {
	if i >= len(b) {
		return len(b), len(b)
	}
	from, to = i, i+1
	if !isWord(b[i]) {
		return from, to
	}
	for from > 0 && isWord(b[from-1]) {
		from--
	}
	for to < len(b) && isWord(b[to]) {
		to++
	}
	return from, to
}

func isWord(c byte) bool {
	return c == '_' || c == '.' || '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
}

// someToken returns the place of a token of b, a word rather than punctuation.
func someToken(r *randfunc.Source, b []byte) (from, to int) {
	for range 4 {
		if from, to = tokenAt(b, position(r, b)); to-from > 1 {
			break
		}
	}
	return from, to
}

func mutateTokens(r *randfunc.Source, b, other []byte) []byte {
	from, to := someToken(r, b)
	tok := string(b[from:to])
	switch r.N(10) {
	case 0:
		return splice(b, from, to, nil)
	case 1:
		f, t := someToken(r, b)
		return splice(b, from, to, bytes.Clone(b[f:t]))
	case 2:
		f, t := someToken(r, other)
		return splice(b, from, to, other[f:t])
	case 3:
		f, t := someToken(r, other)
		return splice(b, from, from, append(bytes.Clone(other[f:t]), ' '))
	case 4:
		n := 1 + r.N(3)
		if r.N(20) == 0 {
			n = min(1<<r.N(16), maxOutput/(len(tok)+2))
		}
		sep := randfunc.Pick(r, []string{"", " ", ", "})
		return splice(b, from, to, []byte(strings.Repeat(tok+sep, n)+tok))
	case 5:
		return splice(b, from, to, []byte(number(r, tok)))
	case 6, 7:
		if other, ok := sameEntity(r, b, tok); ok {
			return splice(b, from, to, other)
		}
	}
	return splice(b, from, to, []byte(alike(r, tok)))
}

// sameEntity returns the name of another entity of b with the prefix of tok.
func sameEntity(r *randfunc.Source, b []byte, tok string) ([]byte, bool) {
	prefix := strings.TrimRight(tok, "0123456789")
	if prefix == tok || prefix == "" {
		return nil, false
	}
	for range 20 {
		from, to := someToken(r, b)
		if t := b[from:to]; string(t) != tok && bytes.HasPrefix(t, []byte(prefix)) && len(bytes.Trim(t[len(prefix):], "0123456789")) == 0 {
			return bytes.Clone(t), true
		}
	}
	return nil, false
}

// bounds are numbers at which something changes.
var bounds = []string{"0", "1", "-1", "2", "7", "8", "15", "16", "31", "32", "63", "64", "127", "128", "255", "256", "65535", "65536", "99999", "100000",
	"2147483647", "2147483648", "-2147483648", "4294967294", "4294967295", "4294967296", "1073741823", "1073741824", "9223372036854775807",
	"9223372036854775808", "-9223372036854775808", "18446744073709551615", "18446744073709551616", "0x7fffffff", "0xffffffff",
	"0xffffffffffffffff", "0x10000000000000000", "340282366920938463463374607431768211456", "0x1.0p0", "0x1.8p-1074", "-0.0", "+Inf", "-NaN:0x1",
	"+sNaN:0x1", "0x1.fffffffffffffp1023", "0x0.1p-16383", "00", "0x", "1_000", "1e9"}

// number replaces the number at the end of a token, or all of it, by another one.
func number(r *randfunc.Source, tok string) string {
	n := randfunc.Pick(r, bounds)
	head := strings.TrimRight(tok, "0123456789")
	if head == tok && r.N(2) == 0 {
		return n
	}
	if r.N(3) == 0 { // near to what it was
		if v, err := strconv.ParseUint(tok[len(head):], 10, 62); err == nil {
			n = strconv.FormatUint(v+uint64(r.N(4))-1, 10)
		}
	}
	return head + n
}

// kinds are words that can stand for each other.
var kinds = func() (lists [][]string) {
	var opcodes, types []string
	for o := op.None + 1; int(o) < op.NumOpcodes; o++ {
		opcodes = append(opcodes, o.String())
	}
	for _, lane := range []string{"i8", "i16", "i32", "i64", "i128", "f16", "f32", "f64", "f128"} {
		types = append(types, lane)
		for _, n := range []string{"x2", "x4", "x8", "x16", "x256", "x512", "x1024", "x3", "x4xN", "x16xN"} {
			types = append(types, lane+n)
		}
	}
	var ccs, convs, traps, rmws []string
	for c := range op.NumIntCC {
		ccs = append(ccs, op.IntCC(c).String())
	}
	for c := range op.NumFloatCC {
		ccs = append(ccs, op.FloatCC(c).String())
	}
	for c := range ir.NumCallConvs {
		convs = append(convs, ir.CallConv(c).String())
	}
	for c := op.StackOverflow; c != 0; c++ {
		traps = append(traps, c.String())
	}
	for a := range op.NumAtomicOps {
		rmws = append(rmws, op.AtomicOp(a).String())
	}
	return [][]string{opcodes, types, ccs, convs, append(traps, "user1", "user250", "user251", "user0"), rmws,
		{"notrap", "aligned", "readonly", "can_move", "big", "little", "region0", "region1"},
		{"uext", "sext", "sret", "vmctx", "sarg", "normal"},
		{"explicit_slot", "explicit_dynamic_slot", "vmctx", "load", "iadd_imm", "symbol", "dyn_scale_target_const", "colocated", "tls", "patchable"},
		{"test", "set", "target", "feature", "function", "cold", "stack_limit", "stack_map", "align", "key", "default", "context"}}
}()

// prefixes are those of the entities.
var prefixes = []string{"v", "block", "ss", "dss", "dt", "gv", "sig", "fn", "const", "region", "tag", "ret", "exn", "u", "userextname", "inst", "mt"}

// alike returns a word of the same kind as tok, with a suffix of a type if that has one.
func alike(r *randfunc.Source, tok string) string {
	if word, suffix, ok := strings.Cut(tok, "."); ok {
		if r.N(2) == 0 {
			return alike(r, word) + "." + suffix
		}
		return word + "." + randfunc.Pick(r, kinds[1])
	}
	for _, list := range kinds {
		for _, w := range list {
			if w == tok {
				return randfunc.Pick(r, list)
			}
		}
	}
	if head := strings.TrimRight(tok, "0123456789"); head != tok && head != "" {
		if r.N(3) == 0 {
			return randfunc.Pick(r, prefixes) + tok[len(head):]
		}
		return number(r, tok)
	}
	return randfunc.Pick(r, randfunc.Pick(r, kinds))
}
