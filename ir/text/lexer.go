package text

import (
	"math"

	"davit/ir/op"
)

// token is the kind of a token.
type token uint8

const (
	tokEOF token = iota
	tokBad       // a byte that begins no token, or an unterminated string
	tokWord
	tokInteger
	tokFloat
	tokName   // %name
	tokString // "text"
	tokType
	tokSrcLoc // @hex

	tokLParen
	tokRParen
	tokLBrace
	tokRBrace
	tokLBracket
	tokRBracket
	tokLess
	tokGreater
	tokComma
	tokDot
	tokColon
	tokEqual
	tokBang
	tokPlus
	tokMinus
	tokStar
	tokAt
	tokArrow

	// Entities; the number is in lexer.num.
	tokValue
	tokBlock
	tokStackSlot
	tokDynSlot
	tokDynType
	tokGlobalValue
	tokConstant
	tokSig
	tokUser
	tokUserName
	tokTag
	tokRegion
	tokRet
	tokExn
	tokFunc
	numTokens
)

// tokenNames says what each kind is, in messages about what was expected.
var tokenNames = [numTokens]string{
	tokEOF: "end of file", tokBad: "token", tokWord: "word", tokInteger: "integer", tokFloat: "float", tokName: "%name",
	tokString: "string", tokType: "type", tokSrcLoc: "source location",
	tokLParen: "(", tokRParen: ")", tokLBrace: "{", tokRBrace: "}", tokLBracket: "[", tokRBracket: "]", tokLess: "<",
	tokGreater: ">", tokComma: ",", tokDot: ".", tokColon: ":", tokEqual: "=", tokBang: "!", tokPlus: "+", tokMinus: "-",
	tokStar: "*", tokAt: "@", tokArrow: "->",
	tokValue: "value", tokBlock: "block", tokStackSlot: "stack slot", tokDynSlot: "dynamic stack slot",
	tokDynType: "dynamic type", tokGlobalValue: "global value", tokConstant: "constant", tokSig: "signature", tokUser: "user name",
	tokUserName: "user external name", tokTag: "exception tag", tokRegion: "alias region", tokRet: "ret argument",
	tokExn: "exn argument", tokFunc: "function reference",
}

// Classes of bytes.
const (
	clsWord   = 1 << iota // letters, digits and underscore
	clsDigit              // 0 to 9
	clsNumber             // what continues a number
	clsSpace              // white space but for the newline
	clsHex
)

const (
	letter = clsWord | clsNumber
	hexer  = letter | clsHex
	digit  = hexer | clsDigit
)

var class = [256]uint8{
	'0': digit, '1': digit, '2': digit, '3': digit, '4': digit, '5': digit, '6': digit, '7': digit, '8': digit,
	'9': digit,
	'a': hexer, 'b': hexer, 'c': hexer, 'd': hexer, 'e': hexer, 'f': hexer, 'A': hexer, 'B': hexer, 'C': hexer,
	'D': hexer, 'E': hexer, 'F': hexer,
	'g': letter, 'h': letter, 'i': letter, 'j': letter, 'k': letter, 'l': letter, 'm': letter, 'n': letter,
	'o': letter, 'p': letter, 'q': letter, 'r': letter, 's': letter, 't': letter, 'u': letter, 'v': letter,
	'w': letter, 'x': letter, 'y': letter, 'z': letter, 'G': letter, 'H': letter, 'I': letter, 'J': letter,
	'K': letter, 'L': letter, 'M': letter, 'N': letter, 'O': letter, 'P': letter, 'Q': letter, 'R': letter,
	'S': letter, 'T': letter, 'U': letter, 'V': letter, 'W': letter, 'X': letter, 'Y': letter, 'Z': letter,
	'_': letter,
	'.': clsNumber, '-': clsNumber,
	' ': clsSpace, '\t': clsSpace, '\v': clsSpace, '\f': clsSpace, '\r': clsSpace,
}

var punctuation = [256]token{
	'(': tokLParen, ')': tokRParen, '{': tokLBrace, '}': tokRBrace, '[': tokLBracket, ']': tokRBracket, '<': tokLess,
	'>': tokGreater, ',': tokComma, '.': tokDot, ':': tokColon, '=': tokEqual, '!': tokBang, '*': tokStar,
}

// lexer splits a source into tokens. It looks one token ahead: the fields describe the current one.
type lexer struct {
	src        []byte
	pos        int // just after the current token
	kind       token
	num        uint32 // of an entity; of a source location
	typ        op.Type
	start      int // of the current token
	prevStart  int // of the token before
	prevEnd    int
	onComment  func(start, end int)
	allComment bool // report all comments; otherwise only those that begin with ";@"
}

func (l *lexer) text() []byte { return l.src[l.start:l.pos] }

// next advances to the next token.
func (l *lexer) next() {
	l.prevStart, l.prevEnd = l.start, l.pos
	src, i := l.src, l.pos
	for {
		for i < len(src) && (class[src[i]]&clsSpace != 0 || src[i] == '\n') {
			i++
		}
		if i >= len(src) || src[i] != ';' {
			break
		}
		i = l.skipComment(i)
	}
	l.start = i
	if i >= len(src) {
		l.pos, l.kind = i, tokEOF
		return
	}
	c := src[i]
	switch {
	case c == 'v' && i+1 < len(src) && class[src[i+1]]&clsDigit != 0:
		l.value(i + 1)
	case class[c]&(clsWord|clsDigit) == clsWord:
		l.word(i)
	case class[c]&clsDigit != 0:
		l.number(i)
	case punctuation[c] != 0:
		l.kind, l.pos = punctuation[c], i+1
	default:
		l.rare(i, c)
	}
}

// skipComment skips the comment at i and returns the offset of its end.
func (l *lexer) skipComment(i int) int {
	start := i
	for i < len(l.src) && l.src[i] != '\n' {
		i++
	}
	if l.allComment || start+1 < i && l.src[start+1] == '@' {
		l.onComment(start, i)
	}
	return i
}

// value reads the digits of v123; anything else that begins so is a word.
func (l *lexer) value(i int) {
	src := l.src
	first, n := i, uint64(0)
	for i < len(src) && class[src[i]]&clsDigit != 0 {
		n = n*10 + uint64(src[i]-'0')
		i++
	}
	if i < len(src) && class[src[i]]&clsWord != 0 || i-first > 10 || n >= math.MaxUint32 || src[first] == '0' && i > first+1 {
		l.word(first - 1)
		return
	}
	l.kind, l.num, l.pos = tokValue, uint32(n), i
}

func (l *lexer) word(i int) {
	src := l.src
	begin := i
	i++
	for i < len(src) && class[src[i]]&clsWord != 0 {
		i++
	}
	l.kind, l.pos = tokWord, i
	w := src[begin:i]
	if class[w[len(w)-1]]&clsDigit != 0 {
		l.numbered(w)
	} else if len(w) >= 3 && (string(w[:3]) == "NaN" || string(w[:3]) == "Inf") {
		l.number(begin)
	}
}

// entityToken returns the kind of the entities with a prefix, or tokWord.
func entityToken(prefix []byte) token {
	switch string(prefix) {
	case "v":
		return tokValue
	case "block":
		return tokBlock
	case "ss":
		return tokStackSlot
	case "dss":
		return tokDynSlot
	case "dt":
		return tokDynType
	case "gv":
		return tokGlobalValue
	case "const":
		return tokConstant
	case "sig":
		return tokSig
	case "u":
		return tokUser
	case "userextname":
		return tokUserName
	case "tag":
		return tokTag
	case "region":
		return tokRegion
	case "ret":
		return tokRet
	case "exn":
		return tokExn
	case "fn":
		return tokFunc
	}
	return tokWord
}

// numbered classifies a word that ends in a digit: an entity, a type or just a word.
func (l *lexer) numbered(w []byte) {
	d := len(w) - 1
	for d > 0 && class[w[d-1]]&clsDigit != 0 {
		d--
	}
	if (w[0] == 'i' || w[0] == 'f') && len(w) > 1 && class[w[1]]&clsDigit != 0 {
		if t := parseType(w); t != op.Invalid {
			l.kind, l.typ = tokType, t
		}
		return
	}
	if len(w) >= 3 && (string(w[:3]) == "NaN" || string(w[:3]) == "Inf") {
		l.number(l.start)
		return
	}
	k := entityToken(w[:d])
	if k == tokWord || len(w)-d > 10 || w[d] == '0' && len(w)-d > 1 {
		return
	}
	n := uint64(0)
	for _, c := range w[d:] {
		n = n*10 + uint64(c-'0')
	}
	if n < math.MaxUint32 || k == tokUser && n == math.MaxUint32 {
		l.kind, l.num = k, uint32(n)
	}
}

// parseType returns the fixed type of a name, or Invalid.
func parseType(w []byte) op.Type {
	switch string(w) {
	case "i8":
		return op.I8
	case "i16":
		return op.I16
	case "i32":
		return op.I32
	case "i64":
		return op.I64
	case "f32":
		return op.F32
	case "f64":
		return op.F64
	case "i8x16":
		return op.I8X16
	}
	if len(w) > len("i128x256") {
		return op.Invalid
	}
	t, ok := op.ParseType(string(w))
	if !ok {
		return op.Invalid
	}
	return t
}

// number reads a number that begins at i, sign included.
func (l *lexer) number(i int) {
	src := l.src
	kind := tokInteger
	if src[i] == '+' || src[i] == '-' {
		i++
	}
	if rest := src[i:]; hasPrefix(rest, "NaN") || hasPrefix(rest, "Inf") || hasPrefix(rest, "sNaN:") {
		kind = tokFloat
		if hasPrefix(rest, "NaN:") {
			i += len("NaN:")
		} else if hasPrefix(rest, "sNaN:") {
			i += len("sNaN:")
		}
	}
	for i < len(src) && class[src[i]]&clsNumber != 0 {
		if src[i] == '.' {
			kind = tokFloat
		}
		i++
	}
	l.kind, l.pos = kind, i
}

func hasPrefix(b []byte, s string) bool { return len(b) >= len(s) && string(b[:len(s)]) == s }

// rare reads the tokens that begin with a character seldom seen.
func (l *lexer) rare(i int, c byte) {
	src := l.src
	rest := src[i+1:]
	l.kind, l.pos = tokBad, i+1
	switch c {
	case '-', '+':
		switch {
		case c == '-' && hasPrefix(rest, ">"):
			l.kind, l.pos = tokArrow, i+2
		case len(rest) > 0 && (class[rest[0]]&clsDigit != 0 || rest[0] == '.' || rest[0] == '+' || rest[0] == '-'),
			hasPrefix(rest, "NaN"), hasPrefix(rest, "sNaN:"), hasPrefix(rest, "Inf"):
			l.number(i)
		case c == '-':
			l.kind = tokMinus
		default:
			l.kind = tokPlus
		}
	case '%':
		for l.pos < len(src) && class[src[l.pos]]&clsWord != 0 {
			l.pos++
		}
		l.kind = tokName
	case '@':
		l.srcLoc(i)
	case '"':
		for j := i + 1; j < len(src); j++ {
			if src[j] == '"' {
				l.kind, l.pos = tokString, j+1
				return
			}
		}
	}
}

// srcLoc reads @ with the hexadecimal digits that follow immediately, if any.
func (l *lexer) srcLoc(i int) {
	src := l.src
	l.kind = tokAt
	n, j := uint64(0), i+1
	for j < len(src) && class[src[j]]&clsHex != 0 {
		if n <= math.MaxUint32 {
			n = n<<4 | uint64(hexValue(src[j]))
		}
		j++
	}
	if j == i+1 {
		return
	}
	l.kind, l.pos, l.num = tokSrcLoc, j, uint32(n)
	if n > math.MaxUint32 {
		l.kind = tokBad
	}
}

func hexValue(c byte) byte {
	switch {
	case c <= '9':
		return c - '0'
	case c <= 'F':
		return c - 'A' + 10
	}
	return c - 'a' + 10
}
