package filecheck

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// partKind tells the pieces of a pattern apart.
type partKind uint8

const (
	literal   partKind = iota // text, perhaps empty
	reference                 // the value of variable name
	expr                      // regular expression text
)

type part struct {
	kind partKind
	text string
	name string // reference: the variable; expr: the regex variable to take text from, or empty
	def  string // expr: the variable to define, or empty
}

// pattern is a parsed pattern.
type pattern []part

// parsePattern reads the text after a directive's colon.
func parsePattern(s string) (pattern, error) {
	s = strings.TrimSpace(s)
	var p pattern
	for s != "" {
		i := strings.IndexByte(s, '$')
		if i < 0 {
			i = len(s)
		}
		if i > 0 {
			p = append(p, part{kind: literal, text: s[:i]})
			s = s[i:]
			continue
		}
		q, n, err := parseDollar(s)
		if err != nil {
			return nil, err
		}
		p = append(p, q)
		s = s[n:]
	}
	return p, p.checkDefs()
}

// checkDefs reports a variable that is defined twice in p, or used in the pattern that defines it.
func (p pattern) checkDefs() error {
	var defs []string
	for _, q := range p {
		if q.def == "" {
			continue
		}
		if slices.Contains(defs, q.def) {
			return fmt.Errorf("variable %s is defined twice in one pattern", q.def)
		}
		defs = append(defs, q.def)
	}
	for _, q := range p {
		if q.name != "" && slices.Contains(defs, q.name) {
			return fmt.Errorf("variable %s is used in the pattern that defines it", q.name)
		}
	}
	return nil
}

// parseDollar reads the part that starts with the dollar sign at s[0], and returns its length.
func parseDollar(s string) (part, int, error) {
	switch {
	case strings.HasPrefix(s, "$$"):
		return part{kind: literal, text: "$"}, 2, nil
	case strings.HasPrefix(s, "$("):
		return parseParen(s)
	}
	name := varName(s[1:])
	if name == "" {
		return part{}, 0, fmt.Errorf("$ is followed by %q, expected $, ( or the name of a variable", firstRune(s[1:]))
	}
	return part{kind: reference, name: name}, 1 + len(name), nil
}

// parseParen reads $(), $(V), $(V=RE), $(=RE) or $(V=$R).
func parseParen(s string) (part, int, error) {
	name := varName(s[2:])
	at := 2 + len(name)
	rest := s[at:]
	switch {
	case strings.HasPrefix(rest, ")") && name == "":
		return part{kind: literal}, at + 1, nil
	case strings.HasPrefix(rest, ")"):
		return part{kind: reference, name: name}, at + 1, nil
	case !strings.HasPrefix(rest, "="):
		return part{}, 0, fmt.Errorf("%q is followed by %q, expected = or )", s[:at], firstRune(rest))
	}
	at++
	n, err := regexLen(s[at:])
	if err != nil {
		return part{}, 0, err
	}
	q := part{kind: expr, def: name, text: s[at : at+n]}
	if rx, ok := strings.CutPrefix(q.text, "$"); ok && rx != "" && varName(rx) == rx {
		q.text, q.name = "", rx
	} else if _, err := regexp.Compile("(?m)" + q.text); err != nil {
		return part{}, 0, err
	}
	return q, at + n + 1, nil
}

// regexLen returns how many bytes of s come before the parenthesis that closes it. Escapes, classes and groups of a
// regular expression are skipped.
func regexLen(s string) (int, error) {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '[':
			i = skipClass(s, i)
		case '(':
			depth++
		case ')':
			if depth == 0 {
				return i, nil
			}
			depth--
		}
	}
	return 0, fmt.Errorf("no ) closes the regular expression %q", s)
}

// skipClass returns the position of the bracket that closes the class starting at s[i], or the end of s.
func skipClass(s string, i int) int {
	start := i + 1
	if start < len(s) && s[start] == '^' {
		start++
	}
	for j := start; j < len(s); j++ {
		switch {
		case s[j] == '\\':
			j++
		case s[j] == ']' && j > start:
			return j
		case s[j] == '[' && strings.HasPrefix(s[j:], "[:"):
			if n := strings.Index(s[j:], ":]"); n > 0 {
				j += n + 1
			}
		}
	}
	return len(s)
}

// varName returns the name of a variable that s starts with, or nothing.
func varName(s string) string {
	for i := range len(s) {
		c := s[i]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (i == 0 || c != '_' && (c < '0' || c > '9')) {
			return s[:i]
		}
	}
	return s
}

func firstRune(s string) string {
	_, n := utf8.DecodeRuneInString(s)
	return s[:n]
}

// variable is what a name stands for.
type variable struct {
	text   string // matched text, or the regular expression
	regex  bool
	offset int // end of the match that defined it
}

// compile returns the regular expression of p, and the end of the last match that it refers to.
func (p pattern) compile(vars map[string]variable) (*regexp.Regexp, int, error) {
	var b strings.Builder
	b.WriteString("(?m)")
	if len(p) > 0 && p[0].kind == literal && wordAt(utf8.DecodeRuneInString(p[0].text)) {
		b.WriteString(`\b`)
	}
	after := 0
	for _, q := range p {
		text := q.text
		if q.name != "" {
			v, ok := vars[q.name]
			if !ok {
				return nil, 0, fmt.Errorf("variable %s is not defined", q.name)
			}
			after = max(after, v.offset)
			text = v.text
			if !v.regex && q.kind == expr {
				return nil, 0, fmt.Errorf("%s is no regex variable", q.name)
			}
			if v.regex && q.kind == reference {
				q.kind = expr
			}
		}
		switch {
		case q.kind != expr:
			b.WriteString(regexp.QuoteMeta(text))
		case q.def != "":
			fmt.Fprintf(&b, "(?P<%s>%s)", q.def, text)
		default:
			fmt.Fprintf(&b, "(?:%s)", text)
		}
	}
	if n := len(p); n > 0 && p[n-1].kind == literal && wordAt(utf8.DecodeLastRuneInString(p[n-1].text)) {
		b.WriteString(`\b`)
	}
	rx, err := regexp.Compile(b.String())
	return rx, after, err
}

func wordAt(r rune, size int) bool { return size > 0 && (unicode.IsLetter(r) || unicode.IsNumber(r)) }

// defines reports whether a match of p defines a variable.
func (p pattern) defines() bool {
	return slices.ContainsFunc(p, func(q part) bool { return q.def != "" })
}
