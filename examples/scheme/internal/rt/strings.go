package rt

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"

	"davit/gc"
)

// Strings, characters, symbols, vectors and bytevectors, as far as compiled code does not do it itself.

func (m *Machine) wantString(who string, w gc.Word) {
	if !m.is(w, LayString) {
		m.wrong(who, "a string", w)
	}
}

func (m *Machine) wantChar(who string, w gc.Word) rune {
	if !IsChar(w) {
		m.wrong(who, "a character", w)
	}
	return Rune(w)
}

// maxSize bounds the sizes that can be asked for.
const maxSize = gc.MaxLength

func (m *Machine) size(who string, w gc.Word) int {
	if !IsFix(w) || Int(w) < 0 || Int(w) > maxSize {
		m.wrong(who, "a size", w)
	}
	return int(Int(w))
}

// bounds checks a range of the elements of something of length n. An absent end is n, an absent start 0.
func (m *Machine) bounds(who string, start, end gc.Word, n int) (int, int) {
	i, j := 0, n
	if start != Absent {
		i = m.size(who, start)
	}
	if end != Absent {
		j = m.size(who, end)
	}
	if i > j || j > n {
		m.fail("error", fmt.Sprintf("%s: the range %d to %d is not within the length %d", who, i, j, n))
	}
	return i, j
}

func makeString(m *Machine, a []gc.Word) gc.Word {
	n, c := m.size("make-string", a[0]), ' '
	if a[1] != Absent {
		c = m.wantChar("make-string", a[1])
	}
	w := m.alloc(LayString, n, TagObject)
	t := m.text(w)
	for i := range t {
		t[i] = c
	}
	return w
}

// stringAppend gets a list of strings.
func stringAppend(m *Machine, a []gc.Word) gc.Word {
	n := 0
	for l := a[0]; IsPair(l); l = m.cdr(l) {
		m.wantString("string-append", m.car(l))
		n += m.Heap.Len(m.car(l))
	}
	s := m.Heap.Scope()
	defer s.End()
	list := s.Local(a[0])
	w := m.alloc(LayString, n, TagObject)
	t := m.text(w)
	for l := list.Get(); IsPair(l); l = m.cdr(l) {
		t = t[copy(t, m.text(m.car(l))):]
	}
	return w
}

func stringCopy(m *Machine, a []gc.Word) gc.Word {
	m.wantString("substring", a[0])
	i, j := m.bounds("substring", a[1], a[2], m.Heap.Len(a[0]))
	s := m.Heap.Scope()
	defer s.End()
	from := s.Local(a[0])
	w := m.alloc(LayString, j-i, TagObject)
	copy(m.text(w), m.text(from.Get())[i:j])
	return w
}

func stringFill(m *Machine, a []gc.Word) gc.Word {
	m.wantString("string-fill!", a[0])
	c := m.wantChar("string-fill!", a[1])
	i, j := m.bounds("string-fill!", a[2], a[3], m.Heap.Len(a[0]))
	for t := m.text(a[0])[i:j]; len(t) > 0; t = t[1:] {
		t[0] = c
	}
	return Unspecified
}

// copyTo checks the arguments of a copy of elements: to, at, from, start, end.
func (m *Machine) copyTo(who string, a []gc.Word) (at, i, j int) {
	i, j = m.bounds(who, a[3], a[4], m.Heap.Len(a[2]))
	at, _ = m.bounds(who, a[1], Absent, m.Heap.Len(a[0]))
	if at+j-i > m.Heap.Len(a[0]) {
		m.fail("error", fmt.Sprintf("%s: %d elements do not fit at index %d of a length of %d", who, j-i, at, m.Heap.Len(a[0])))
	}
	return at, i, j
}

func stringCopyTo(m *Machine, a []gc.Word) gc.Word {
	m.wantString("string-copy!", a[0])
	m.wantString("string-copy!", a[2])
	at, i, j := m.copyTo("string-copy!", a)
	copy(m.text(a[0])[at:], m.text(a[2])[i:j])
	return Unspecified
}

func vectorCopyTo(m *Machine, a []gc.Word) gc.Word {
	for _, k := range []int{0, 2} {
		if !m.is(a[k], LayVector) {
			m.wrong("vector-copy!", "a vector", a[k])
		}
	}
	at, i, j := m.copyTo("vector-copy!", a)
	if a[0] == a[2] && at > i {
		for k := j - 1; k >= i; k-- {
			m.Heap.Store(a[0], at+k-i, m.Heap.Load(a[2], k))
		}
		return Unspecified
	}
	for k := i; k < j; k++ {
		m.Heap.Store(a[0], at+k-i, m.Heap.Load(a[2], k))
	}
	return Unspecified
}

func vectorFill(m *Machine, a []gc.Word) gc.Word {
	if !m.is(a[0], LayVector) {
		m.wrong("vector-fill!", "a vector", a[0])
	}
	i, j := m.bounds("vector-fill!", a[2], a[3], m.Heap.Len(a[0]))
	for k := i; k < j; k++ {
		m.Heap.Store(a[0], k, a[1])
	}
	return Unspecified
}

func (m *Machine) wantBytes(who string, w gc.Word) {
	if !m.is(w, LayBytes) {
		m.wrong(who, "a bytevector", w)
	}
}

func makeBytevector(m *Machine, a []gc.Word) gc.Word {
	n, b := m.size("make-bytevector", a[0]), byte(0)
	if a[1] != Absent {
		b = m.byte("make-bytevector", a[1])
	}
	w := m.alloc(LayBytes, n, TagObject)
	t := m.Heap.Bytes(w)
	for i := range t {
		t[i] = b
	}
	return w
}

func (m *Machine) byte(who string, w gc.Word) byte {
	if !IsFix(w) || Int(w) < 0 || Int(w) > 255 {
		m.wrong(who, wanted[CheckByte], w)
	}
	return byte(Int(w))
}

func bytevectorCopy(m *Machine, a []gc.Word) gc.Word {
	m.wantBytes("bytevector-copy", a[0])
	i, j := m.bounds("bytevector-copy", a[1], a[2], m.Heap.Len(a[0]))
	return m.bytes(m.Heap.Bytes(a[0])[i:j])
}

// bytes makes a bytevector; b may lie in the heap.
func (m *Machine) bytes(b []byte) gc.Word {
	b = slices.Clone(b)
	w := m.alloc(LayBytes, len(b), TagObject)
	copy(m.Heap.Bytes(w), b)
	return w
}

func bytevectorCopyTo(m *Machine, a []gc.Word) gc.Word {
	m.wantBytes("bytevector-copy!", a[0])
	m.wantBytes("bytevector-copy!", a[2])
	at, i, j := m.copyTo("bytevector-copy!", a)
	copy(m.Heap.Bytes(a[0])[at:], m.Heap.Bytes(a[2])[i:j])
	return Unspecified
}

func stringCompare(m *Machine, a []gc.Word) gc.Word {
	m.wantString("string comparison", a[0])
	m.wantString("string comparison", a[1])
	return Fix(int64(slices.Compare(m.text(a[0]), m.text(a[1]))))
}

func stringCompareCI(m *Machine, a []gc.Word) gc.Word {
	m.wantString("string comparison", a[0])
	m.wantString("string comparison", a[1])
	return Fix(int64(strings.Compare(fold(m.goString(a[0])), fold(m.goString(a[1])))))
}

// Casers must not be shared by goroutines.

func upper(s string) string { return cases.Upper(language.Und).String(s) }

func lower(s string) string { return cases.Lower(language.Und).String(s) }

func fold(s string) string { return cases.Fold().String(s) }

// mapString makes a primitive of a function on text.
func mapString(name string, f func(string) string) Func {
	return func(m *Machine, a []gc.Word) gc.Word {
		m.wantString(name, a[0])
		return m.str(f(m.goString(a[0])))
	}
}

func listToString(m *Machine, a []gc.Word) gc.Word {
	var rs []rune
	l := a[0]
	for ; IsPair(l); l = m.cdr(l) {
		rs = append(rs, m.wantChar("list->string", m.car(l)))
	}
	if l != Nil {
		m.wrong("list->string", "a list", a[0])
	}
	return m.runes(rs)
}

func stringToUTF8(m *Machine, a []gc.Word) gc.Word {
	m.wantString("string->utf8", a[0])
	i, j := m.bounds("string->utf8", a[1], a[2], m.Heap.Len(a[0]))
	return m.bytes([]byte(string(m.text(a[0])[i:j])))
}

func utf8ToString(m *Machine, a []gc.Word) gc.Word {
	m.wantBytes("utf8->string", a[0])
	i, j := m.bounds("utf8->string", a[1], a[2], m.Heap.Len(a[0]))
	b := m.Heap.Bytes(a[0])[i:j]
	if !utf8.Valid(b) {
		m.fail("error", "utf8->string: the bytes are not UTF-8", a[0])
	}
	return m.str(string(b))
}

// stringSearch returns the index at which the second string occurs in the first, from a start on, or false.
func stringSearch(m *Machine, a []gc.Word) gc.Word {
	m.wantString("string-search", a[0])
	m.wantString("string-search", a[1])
	start, _ := m.bounds("string-search", a[2], Absent, m.Heap.Len(a[0]))
	text, pattern := m.text(a[0]), m.text(a[1])
	for i := start; i+len(pattern) <= len(text); i++ {
		if slices.Equal(text[i:i+len(pattern)], pattern) {
			return Fix(int64(i))
		}
	}
	return False
}

func symbolToString(m *Machine, a []gc.Word) gc.Word {
	if !m.is(a[0], LaySymbol) {
		m.wrong("symbol->string", "a symbol", a[0])
	}
	return m.str(m.symbolName(a[0]))
}

func stringToSymbol(m *Machine, a []gc.Word) gc.Word {
	m.wantString("string->symbol", a[0])
	return m.symbol(m.goString(a[0]))
}

// mapChar makes a primitive of a function on characters.
func mapChar(name string, f func(rune) rune) Func {
	return func(m *Machine, a []gc.Word) gc.Word { return Char(f(m.wantChar(name, a[0]))) }
}

// testChar makes a predicate.
func testChar(name string, f func(rune) bool) Func {
	return func(m *Machine, a []gc.Word) gc.Word { return Bool(f(m.wantChar(name, a[0]))) }
}

// digitValue returns the value of a decimal digit of any script.
func digitValue(m *Machine, a []gc.Word) gc.Word {
	c := m.wantChar("digit-value", a[0])
	if !unicode.IsDigit(c) {
		return False
	}
	// The digits of a script are in order and lie together, the first one at the start of a range of the table.
	for _, r := range unicode.Digit.R16 {
		if c >= rune(r.Lo) && c <= rune(r.Hi) {
			return Fix(int64(c-rune(r.Lo)) % 10)
		}
	}
	for _, r := range unicode.Digit.R32 {
		if c >= rune(r.Lo) && c <= rune(r.Hi) {
			return Fix(int64(c-rune(r.Lo)) % 10)
		}
	}
	return False
}
