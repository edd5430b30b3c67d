package filecheck

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// kind tells the directives apart.
type kind uint8

const (
	check kind = iota
	sameln
	nextln
	unordered
	not
	regex
)

var kindNames = map[string]kind{
	"check": check, "sameln": sameln, "nextln": nextln, "unordered": unordered, "not": not, "regex": regex,
}

var directiveRx = regexp.MustCompile(`\b(check|sameln|nextln|unordered|not|regex):\s+(.*)`)

// directive is one check.
type directive struct {
	kind kind
	text string // as in the comment, for messages
	line int
	pat  pattern
	name string // regex: the variable
	rx   string // regex: what it stands for
}

// Checker is a list of directives. The zero value has none.
type Checker struct{ directives []directive }

// IsDirective reports whether a comment holds a directive.
func IsDirective(comment string) bool { return directiveRx.MatchString(comment) }

// Add appends the directive of a comment, if it holds one. line is the comment's line, for messages. The error says
// what is wrong with the directive.
func (c *Checker) Add(comment string, line int) error {
	m := directiveRx.FindStringSubmatch(comment)
	if m == nil {
		return nil
	}
	d := directive{kind: kindNames[m[1]], text: strings.TrimRight(m[0], " \t\r"), line: line}
	var err error
	if d.kind == regex {
		d.name, d.rx, err = parseRegexVar(m[2])
	} else {
		d.pat, err = parsePattern(m[2])
		if err == nil && d.kind == not && d.pat.defines() {
			err = errors.New("a pattern that must not match cannot define variables")
		}
	}
	if err != nil {
		return fmt.Errorf("%s: %w", d.text, err)
	}
	c.directives = append(c.directives, d)
	return nil
}

func parseRegexVar(s string) (name, rx string, err error) {
	name, rx, ok := strings.Cut(strings.TrimSpace(s), "=")
	if !ok || name == "" || varName(name) != name {
		return "", "", errors.New("expected NAME=REGEX")
	}
	_, err = regexp.Compile("(?m)" + rx)
	return name, rx, err
}

// Empty reports whether there are no directives.
func (c *Checker) Empty() bool { return len(c.directives) == 0 }

// Failure is the error about output that does not match.
type Failure struct {
	Line      int    // of the directive
	Directive string // as written
	Msg       string // what was searched, and where; the output around it
}

// Error returns the directive and what is wrong, with the output around it.
func (f *Failure) Error() string { return f.Directive + ": " + f.Msg }

// pendingNot is a negative directive that waits for the end of its range.
type pendingNot struct {
	d     *directive
	rx    *regexp.Regexp
	start int
}

// matcher is the state of one run.
type matcher struct {
	text        string
	lastOrdered int // end of the last match of check, sameln or nextln
	maxMatch    int // end of the furthest match
	vars        map[string]variable
	nots        []pendingNot
	last        *directive // the one that matched last
	lastStart   int        // where
}

// Check matches text against the directives. A mismatch is a *[Failure].
func (c *Checker) Check(text string) error {
	m := &matcher{text: text, vars: map[string]variable{}}
	for i := range c.directives {
		if err := m.step(&c.directives[i]); err != nil {
			return err
		}
	}
	return m.flushNots(len(text))
}

func (m *matcher) step(d *directive) error {
	if d.kind == regex {
		m.vars[d.name] = variable{text: d.rx, regex: true}
		return nil
	}
	rx, after, err := d.pat.compile(m.vars)
	if err != nil {
		return &Failure{d.line, d.text, err.Error()}
	}
	start, end, ok := m.searchRange(d.kind, after)
	if !ok {
		return m.failure(d, len(m.text), "the output has no further line")
	}
	if d.kind == not {
		m.nots = append(m.nots, pendingNot{d, rx, start})
		return nil
	}
	loc := rx.FindStringSubmatchIndex(m.text[start:end])
	if loc == nil {
		return m.failure(d, start, fmt.Sprintf("no match of %s in %s", showRegex(rx), m.lines(start, end)))
	}
	matchStart, matchEnd := start+loc[0], start+loc[1]
	for i, name := range rx.SubexpNames() {
		if name != "" && d.pat.hasDef(name) {
			value := ""
			if loc[2*i] >= 0 {
				value = m.text[start+loc[2*i] : start+loc[2*i+1]]
			}
			m.vars[name] = variable{text: value, offset: matchEnd}
		}
	}
	m.last, m.lastStart = d, matchStart
	if d.kind == unordered {
		m.maxMatch = max(m.maxMatch, matchEnd)
		return nil
	}
	m.lastOrdered, m.maxMatch = matchEnd, matchEnd
	return m.flushNots(matchStart)
}

func (p pattern) hasDef(name string) bool {
	for _, q := range p {
		if q.def == name {
			return true
		}
	}
	return false
}

// searchRange returns where a directive looks for a match; after is the end of the last definition that it refers to.
func (m *matcher) searchRange(k kind, after int) (start, end int, ok bool) {
	switch k {
	case sameln:
		return m.maxMatch, m.lineEnd(m.maxMatch), true
	case nextln:
		eol := m.lineEnd(m.maxMatch)
		if eol == len(m.text) {
			return 0, 0, false
		}
		return eol + 1, m.lineEnd(eol + 1), true
	case unordered, not:
		return max(m.lastOrdered, after), len(m.text), true
	}
	return m.maxMatch, len(m.text), true
}

func (m *matcher) lineEnd(at int) int {
	if i := strings.IndexByte(m.text[at:], '\n'); i >= 0 {
		return at + i
	}
	return len(m.text)
}

// flushNots checks the negative directives that wait, up to end.
func (m *matcher) flushNots(end int) error {
	for _, n := range m.nots {
		if n.start >= end {
			continue
		}
		if loc := n.rx.FindStringIndex(m.text[n.start:end]); loc != nil {
			at := n.start + loc[0]
			return m.failure(n.d, at, fmt.Sprintf("%s matches in line %d of the output", showRegex(n.rx), m.lineNumber(at)))
		}
	}
	m.nots = m.nots[:0]
	return nil
}

func showRegex(rx *regexp.Regexp) string {
	return "/" + strings.TrimPrefix(rx.String(), "(?m)") + "/"
}

func (m *matcher) lineNumber(at int) int { return 1 + strings.Count(m.text[:at], "\n") }

func (m *matcher) lines(start, end int) string {
	from, to := m.lineNumber(start), m.lineNumber(end)
	if end > start && m.text[end-1] == '\n' {
		to--
	}
	if from == to {
		return fmt.Sprintf("line %d of the output", from)
	}
	return fmt.Sprintf("lines %d to %d of the output", from, to)
}

// context is how many lines of output a message shows before and after the one in question.
const contextBefore, contextAfter = 4, 12

// failure makes the error about d, whose search started, or whose unwanted match lies, at offset at.
func (m *matcher) failure(d *directive, at int, msg string) error {
	var b strings.Builder
	b.WriteString(msg)
	if m.last != nil {
		fmt.Fprintf(&b, "\n  last match: %s (line %d) in line %d of the output", m.last.text, m.last.line, m.lineNumber(m.lastStart))
	}
	if m.text == "" {
		b.WriteString("\n  the output is empty")
		return &Failure{d.line, d.text, b.String()}
	}
	target := m.lineNumber(at)
	all := strings.Split(strings.TrimSuffix(m.text, "\n"), "\n")
	from, to := max(1, target-contextBefore), min(len(all), target+contextAfter)
	for i := from; i <= to; i++ {
		mark := ' '
		if i == target {
			mark = '>'
		}
		fmt.Fprintf(&b, "\n  %c%4d | %s", mark, i, all[i-1])
	}
	return &Failure{d.line, d.text, b.String()}
}
