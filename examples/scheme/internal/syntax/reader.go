package syntax

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Reader reads data from a text.
type Reader struct {
	locs   *Locs
	file   int
	text   string
	at     int // offset of the next character
	line   int
	start  int // offset of the line
	fold   bool
	labels map[int]*label
	depth  int
}

// label is a datum label: the datum, and pairs and vectors that refer to it are corrected once it is known.
type label struct {
	value Datum
	known bool
}

// NewReader returns a reader of the text of a file that Locs knows.
func NewReader(locs *Locs, file int, text string) *Reader {
	r := &Reader{locs: locs, file: file, text: text, line: 1}
	if strings.HasPrefix(text, "#!/") || strings.HasPrefix(text, "#! ") {
		r.skipLine()
	}
	return r
}

// SetLine says that the text begins at some line of a larger one.
func (r *Reader) SetLine(n int) { r.line = n }

// Rest returns what has not been read.
func (r *Reader) Rest() string { return r.text[r.at:] }

// loc returns the place of offset at in the current line.
func (r *Reader) loc(at int) Loc {
	return r.locs.add(r.file, r.line, utf8.RuneCountInString(r.text[min(r.start, at):at])+1)
}

func (r *Reader) errorf(format string, args ...any) *Error {
	return &Error{Place: r.locs.String(r.loc(r.at)), Msg: fmt.Sprintf(format, args...)}
}

func (r *Reader) tooShort(what string, loc Loc) error {
	return &Error{Place: r.locs.String(loc), Msg: what + " is not closed", Incomplete: true}
}

// ReadForm is Read with the place where the datum begins.
func (r *Reader) ReadForm() (Form, error) {
	if err := r.skip(); err != nil {
		return Form{}, err
	}
	loc := r.loc(r.at)
	d, err := r.Read()
	return Form{d, loc}, err
}

// Read returns the next datum, EOF{} after the last.
func (r *Reader) Read() (Datum, error) {
	r.labels = nil
	d, err := r.read()
	if err != nil {
		return nil, err
	}
	switch d := d.(type) {
	case token:
		return nil, r.errorf("unexpected %s", string(d))
	case EOF:
		return d, nil
	}
	if r.labels != nil {
		return r.patch(d, map[Datum]bool{}), nil
	}
	return d, nil
}

// token is punctuation that read comes upon: ")" or ".".
type token string

func (r *Reader) peek() byte {
	if r.at < len(r.text) {
		return r.text[r.at]
	}
	return 0
}

func (r *Reader) has(prefix string) bool { return strings.HasPrefix(r.text[r.at:], prefix) }

func (r *Reader) skipLine() {
	if i := strings.IndexByte(r.text[r.at:], '\n'); i >= 0 {
		r.at += i
	} else {
		r.at = len(r.text)
	}
}

func (r *Reader) newline() {
	r.line++
	r.start = r.at
}

// skip skips white space and comments.
func (r *Reader) skip() error {
	for r.at < len(r.text) {
		switch c := r.text[r.at]; {
		case c == '\n':
			r.at++
			r.newline()
		case c == ' ' || c == '\t' || c == '\r' || c == '\f':
			r.at++
		case c == ';':
			r.skipLine()
		case r.has("#|"):
			if err := r.skipBlock(); err != nil {
				return err
			}
		case r.has("#;"):
			r.at += 2
			d, err := r.read()
			if err != nil {
				return err
			}
			if t, ok := d.(token); ok {
				return r.errorf("unexpected %s after #;", string(t))
			}
		case r.has("#!fold-case"), r.has("#!no-fold-case"):
			r.fold = r.has("#!f")
			for r.peek() > ' ' {
				r.at++
			}
		default:
			if u, n := utf8.DecodeRuneInString(r.text[r.at:]); c >= 0x80 && unicode.IsSpace(u) {
				r.at += n
				continue
			}
			return nil
		}
	}
	return nil
}

func (r *Reader) skipBlock() error {
	loc := r.loc(r.at)
	for depth := 0; r.at < len(r.text); {
		switch {
		case r.has("#|"):
			depth++
			r.at += 2
		case r.has("|#"):
			r.at += 2
			if depth--; depth == 0 {
				return nil
			}
		case r.text[r.at] == '\n':
			r.at++
			r.newline()
		default:
			r.at++
		}
	}
	return r.tooShort("block comment", loc)
}

const maxNesting = 10000

var abbreviations = []struct{ prefix, name string }{
	{"'", "quote"}, {"`", "quasiquote"}, {",@", "unquote-splicing"}, {",", "unquote"},
}

// read returns the next datum or token.
func (r *Reader) read() (Datum, error) {
	if err := r.skip(); err != nil {
		return nil, err
	}
	if r.depth++; r.depth > maxNesting {
		return nil, r.errorf("data are nested more than %d levels deep", maxNesting)
	}
	defer func() { r.depth-- }()
	loc := r.loc(r.at)
	for _, a := range abbreviations {
		if r.has(a.prefix) {
			r.at += len(a.prefix)
			d, err := r.datum(a.prefix, loc)
			if err != nil {
				return nil, err
			}
			return ListTo(Nil{}, loc, Symbol(a.name), d), nil
		}
	}
	switch c := r.peek(); {
	case r.at == len(r.text):
		return EOF{}, nil
	case c == '(':
		r.at++
		return r.list(loc)
	case c == ')':
		r.at++
		return token(")"), nil
	case c == '"':
		return r.str(loc)
	case c == '#':
		return r.hash(loc)
	case strings.IndexByte("[]{}", c) >= 0:
		return nil, r.errorf("%c is reserved", c)
	}
	return r.atom()
}

// datum reads a datum that must follow.
func (r *Reader) datum(after string, loc Loc) (Datum, error) {
	d, err := r.read()
	if err != nil {
		return nil, err
	}
	switch t := d.(type) {
	case token:
		return nil, r.errorf("unexpected %s after %s", string(t), after)
	case EOF:
		e := r.tooShort(after, loc).(*Error)
		e.Msg = "a datum is missing after " + after
		return nil, e
	}
	return d, nil
}

// list reads the rest of a list.
func (r *Reader) list(loc Loc) (Datum, error) {
	var items []Datum
	var locs []Loc
	tail := Datum(Nil{})
	for {
		if err := r.skip(); err != nil {
			return nil, err
		}
		at := loc
		if len(items) > 0 {
			at = r.loc(r.at)
		}
		d, err := r.read()
		if err != nil {
			return nil, err
		}
		switch d := d.(type) {
		case EOF:
			return nil, r.tooShort("list", loc)
		case token:
			if d == ")" {
				for i := len(items) - 1; i >= 0; i-- {
					tail = &Pair{items[i], tail, locs[i]}
				}
				return tail, nil
			}
			if len(items) == 0 {
				return nil, r.errorf("unexpected . at the start of a list")
			}
			if tail, err = r.datum(".", at); err != nil {
				return nil, err
			}
			if end, err := r.read(); err != nil {
				return nil, err
			} else if end == (EOF{}) {
				return nil, r.tooShort("list", loc)
			} else if end != token(")") {
				return nil, r.errorf("more than one datum after .")
			}
			for i := len(items) - 1; i >= 0; i-- {
				tail = &Pair{items[i], tail, locs[i]}
			}
			return tail, nil
		}
		items, locs = append(items, d), append(locs, at)
	}
}

// str reads a string.
func (r *Reader) str(loc Loc) (Datum, error) {
	r.at++
	s, err := r.quoted('"', loc)
	return String(s), err
}

var escapes = map[byte]byte{'n': '\n', 't': '\t', 'r': '\r', 'a': 7, 'b': 8, '\\': '\\', '"': '"', '|': '|'}

// quoted reads up to a delimiter, with escapes.
func (r *Reader) quoted(end byte, loc Loc) (string, error) {
	var b strings.Builder
	for r.at < len(r.text) {
		c := r.text[r.at]
		r.at++
		switch {
		case c == end:
			return b.String(), nil
		case c == '\n':
			r.newline()
			b.WriteByte(c)
		case c != '\\':
			b.WriteByte(c)
		case r.at == len(r.text):
		default:
			if err := r.escape(&b); err != nil {
				return "", err
			}
		}
	}
	what := "string"
	if end == '|' {
		what = "symbol"
	}
	return "", r.tooShort(what, loc)
}

// escape reads what follows a backslash.
func (r *Reader) escape(b *strings.Builder) error {
	c := r.text[r.at]
	if e, ok := escapes[c]; ok {
		r.at++
		b.WriteByte(e)
		return nil
	}
	if c == 'x' || c == 'X' {
		i := strings.IndexByte(r.text[r.at:], ';')
		if i > 0 {
			if n, err := strconv.ParseUint(r.text[r.at+1:r.at+i], 16, 32); err == nil && utf8.ValidRune(rune(n)) {
				b.WriteRune(rune(n))
				r.at += i + 1
				return nil
			}
		}
		return r.errorf("\\x must be followed by the number of a character in hexadecimal and a semicolon")
	}
	// a line end with the white space around it
	rest := strings.TrimLeft(r.text[r.at:], " \t")
	if !strings.HasPrefix(rest, "\n") {
		return r.errorf("unknown escape \\%c", c)
	}
	r.at = len(r.text) - len(rest) + 1
	r.newline()
	r.at = len(r.text) - len(strings.TrimLeft(r.text[r.at:], " \t"))
	return nil
}

func isDelimiter(c byte) bool { return c <= ' ' || strings.IndexByte("()\";'`,|", c) >= 0 }

// word reads up to a delimiter.
func (r *Reader) word() string {
	from := r.at
	for r.at < len(r.text) && !isDelimiter(r.text[r.at]) {
		r.at++
	}
	return r.text[from:r.at]
}

// atom reads a number or a symbol.
func (r *Reader) atom() (Datum, error) {
	from, loc := r.at, r.loc(r.at)
	w := r.word()
	if r.peek() != '|' {
		switch {
		case w == ".":
			return token("."), nil
		case w == "":
			return nil, r.errorf("unexpected character %q", r.peek())
		}
		if n, ok := ParseNumber(w, 10); ok {
			return n, nil
		}
		if !utf8.ValidString(w) {
			return nil, r.errorf("the text is not UTF-8")
		}
		return r.symbol(w), nil
	}
	r.at = from
	name := ""
	for {
		name += string(r.symbol(r.word()))
		if r.peek() != '|' {
			return Symbol(name), nil
		}
		r.at++
		s, err := r.quoted('|', loc)
		if err != nil {
			return nil, err
		}
		name += s
	}
}

func (r *Reader) symbol(s string) Symbol {
	if r.fold {
		s = strings.ToLower(s)
	}
	return Symbol(s)
}
