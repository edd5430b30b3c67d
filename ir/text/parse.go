package text

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"davit/ir"
	"davit/ir/op"
)

// Problem: turn CLIF into functions, fast, and tell a user with a broken file all that is wrong with it.
//
// Idea: recursive descent over a hand-written lexer with one token of lookahead; the operands of an instruction follow
// the table ir.Operands, which the printer follows too. A method that cannot go on reports one error and returns false;
// the loop over declarations and statements then resumes at the next line that looks like the start of one.
//
//  1. Every function is parsed into the same ir.Func, which is detached when complete: no table grows twice.
//  2. A value that is used before its definition is put on a list, checked at the end of the function.
//  3. What a broken statement would have defined is defined all the same, with an invalid type ("poisoned"), and
//     whatever depends on it fails without a message: one mistake, one error.
//  4. Entity numbers are bounded by the length of the source, and unused numbers below them by a budget for the whole
//     file, because tables are dense. So memory is linear in the length of the source.
//
// Cost: linear in the length of the source; no allocation per instruction.

const (
	defaultMaxErrors = 20
	minNumberLimit   = 1 << 20 // any file may use numbers up to here: it may be a piece of a large one
	maxSource        = 1 << 30
	minHoleBudget    = 8 << 20 // bytes of table entries that no entity uses
	holesPerByte     = 48
	longestFound     = 40 // bytes of a token that an error quotes
)

// Parse reads a file of CLIF. The File is never nil; it lacks the functions that have errors. Who reads many files keeps a
// [Context].
func Parse(src []byte, opts Options) (*File, ErrorList) {
	var c Context
	return c.Parse(src, opts)
}

// Context reads files one after the other and owns all scratch. The zero value is ready to use. A Context must not be
// used by two goroutines at once.
type Context struct {
	p parser
}

// Parse reads a file as the function Parse does. The File shares nothing with the Context.
func (c *Context) Parse(src []byte, opts Options) (*File, ErrorList) {
	p := &c.p
	p.reset(opts)
	defer p.forget()
	if len(src) > maxSource {
		p.errs = ErrorList{{Pos{1, 1}, fmt.Sprintf("source of %d bytes; at most %d are supported", len(src), maxSource)}}
		return p.file, p.errs
	}
	p.src = src
	p.limit = uint32(min(max(minNumberLimit, 4*len(src)), ir.MaxEntity))
	p.holeBudget = minHoleBudget + holesPerByte*len(src)
	p.allComment = !opts.NoComments
	p.onComment = p.gather
	if !opts.NoComments || !opts.NoPositions {
		p.file.lines = lineStarts(src)
	}
	p.parseFile()
	slices.SortStableFunc(p.errs, func(a, b Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
	})
	return p.file, p.errs
}

// reset makes p ready for a file.
func (p *parser) reset(opts Options) {
	*p = parser{
		opts: opts, file: &File{}, maxErrors: opts.MaxErrors,
		scratch: p.scratch, forward: p.forward, untyped: p.untyped, declared: p.declared, gathered: p.gathered[:0],
		pragmas: p.pragmas, places: p.places, instPos: p.instPos, gvUses: p.gvUses, broken: p.broken,
		results: p.results, types: p.types, vals: p.vals, args: p.args, calls: p.calls, bytes: p.bytes,
	}
	if p.maxErrors <= 0 {
		p.maxErrors = defaultMaxErrors
	}
}

// forget drops what belongs to the file that was read.
func (p *parser) forget() {
	p.src, p.file, p.errs, p.fn, p.f, p.kept = nil, nil, nil, nil, nil, nil
	p.onComment = nil
	p.texts = strings.Builder{}
}

// ParseFunc reads a source that holds exactly one function.
func ParseFunc(src string) (*ir.Func, error) {
	file, errs := Parse([]byte(src), Options{NoComments: true, NoPositions: true})
	if err := errs.Err(); err != nil {
		return nil, err
	}
	if n := len(file.Funcs); n != 1 {
		return nil, fmt.Errorf("expected one function, found %d", n)
	}
	return file.Funcs[0].Func, nil
}

type span struct{ start, end int }

// use is a place where a value is used that was not defined before.
type use struct {
	v      ir.Value
	offset uint32
}

// untyped is an instruction without type whose operand does not tell it, not being defined before.
type untyped struct {
	use
	op op.Opcode
}

type parser struct {
	lexer
	opts       Options
	file       *File
	errs       ErrorList
	maxErrors  int
	limit      uint32
	holeBudget int
	callConv   ir.CallConv
	texts      strings.Builder // of comments
	kept       []Comment       // all comments attached so far; it is made large enough for all
	line       int             // where the line was that was looked for last

	// The function under way.
	fn        *Function // nil outside
	firstKept int       // its first comment in kept
	f         *ir.Func
	scratch   ir.Func
	failed    bool
	inBody    bool // between the braces
	topValue  int  // bounds the numbers of values defined or about to be
	// Offsets of the last statement without error and of the line where the parse last resumed after one.
	lastStart, resumed int

	block    ir.Block
	forward  []use
	untyped  []untyped
	declared [ir.NumEntityKinds][]bool // stack slots, dynamic slots, signatures
	gathered []span                    // comments not yet attached
	pragmas  []use                     // values named in pragmas
	noGC     int                       // offset of a pragma nogc that waits for its declaration, +1
	places   []place
	instPos  []uint32
	gvUses   []place            // global values named in declarations
	broken   map[ir.Entity]bool // entities whose declarations have errors

	// The statement under way.
	results  []ir.Value
	types    []op.Type
	vals     []ir.Value
	callee   ir.Value
	explicit op.Type
	args     []ir.BlockArg
	calls    []ir.BlockCall
	bytes    []byte
}

// lineStarts returns the offsets at which lines start.
func lineStarts(src []byte) []uint32 {
	lines := make([]uint32, 1, 1+bytes.Count(src, []byte{'\n'}))
	for i := 0; ; {
		n := bytes.IndexByte(src[i:], '\n')
		if n < 0 {
			return lines
		}
		i += n + 1
		lines = append(lines, uint32(i))
	}
}

// position returns line and column of an offset.
func (f *File) position(offset uint32) Pos {
	i, found := slices.BinarySearch(f.lines, offset)
	if !found {
		i--
	}
	if i < 0 {
		return Pos{}
	}
	return Pos{i + 1, int(offset-f.lines[i]) + 1}
}

func (p *parser) position(offset int) Pos {
	if p.file.lines == nil {
		p.file.lines = lineStarts(p.src)
	}
	lines := p.file.lines
	for n := 0; p.line < len(lines) && int(lines[p.line]) <= offset; n++ {
		if p.line+1 == len(lines) || int(lines[p.line+1]) > offset {
			return Pos{p.line + 1, offset - int(lines[p.line]) + 1}
		}
		if n == nearLines {
			break
		}
		p.line++
	}
	at := p.file.position(uint32(offset))
	p.line = at.Line - 1
	return at
}

// nearLines is how many lines are tried, from the one that was looked for last, before all are searched.
const nearLines = 16

// fail reports an error at an offset and returns false. After too many, it ends the parse.
func (p *parser) fail(offset int, format string, args ...any) bool {
	p.failed = true
	if len(p.errs) < p.maxErrors {
		p.errs = append(p.errs, Error{p.position(offset), fmt.Sprintf(format, args...)})
	}
	return false
}

// failHere reports an error at the current token.
func (p *parser) failHere(format string, args ...any) bool { return p.fail(p.start, format, args...) }

// expected reports that something else stands in the place of what.
func (p *parser) expected(what string) bool {
	return p.failHere("expected %s, found %s", what, p.found())
}

// found describes the current token.
func (p *parser) found() string {
	if p.kind == tokEOF {
		return "the end of the file"
	}
	t := p.text()
	if len(t) > longestFound {
		return fmt.Sprintf("%q...", t[:longestFound])
	}
	if p.kind == tokBad && len(t) == 1 {
		_, size := utf8.DecodeRune(p.src[p.start:])
		t = p.src[p.start : p.start+size]
	}
	return fmt.Sprintf("%q", t)
}

// stopped reports that there are so many errors that the parse ends.
func (p *parser) stopped() bool { return len(p.errs) >= p.maxErrors }

// accept skips a token of the given kind.
func (p *parser) accept(k token) bool {
	if p.kind == k {
		p.next()
		return true
	}
	return false
}

// expect skips a token of the given kind or reports that it is missing.
func (p *parser) expect(k token, where string) bool {
	if p.kind == k {
		p.next()
		return true
	}
	name := tokenNames[k]
	if k >= tokLParen && k <= tokArrow {
		name = "'" + name + "'"
	}
	return p.expected(name + " " + where)
}

// isWord reports whether the current token is a given word.
func (p *parser) isWord(s string) bool { return p.kind == tokWord && string(p.text()) == s }

// acceptWord skips a given word.
func (p *parser) acceptWord(s string) bool {
	if p.isWord(s) {
		p.next()
		return true
	}
	return false
}

func (p *parser) parseFile() {
	p.callConv = p.opts.CallConv
	p.next()
	p.header()
	p.file.Preamble = p.comments(ir.Entity{})
	if p.callConv == ir.Fast && p.file.HasTest("run") {
		p.callConv = ir.SystemV
	}
	for p.kind != tokEOF && !p.stopped() {
		if !p.isWord("function") {
			p.expected("a function")
			p.toFunction()
			continue
		}
		p.function()
	}
}

// header reads the lines before the first function.
func (p *parser) header() {
	last := Test
	for p.kind == tokWord && !p.stopped() {
		k := DirectiveKind(slices.Index(directiveNames[:], string(p.text())))
		if int(k) >= len(directiveNames) {
			return
		}
		d := Directive{Kind: k, Pos: p.position(p.start)}
		if group(k) < group(last) {
			p.failHere("a line %q cannot follow a line %q", k, last)
		}
		last = k
		end := len(p.src)
		if i := bytes.IndexByte(p.src[p.pos:], '\n'); i >= 0 {
			end = p.pos + i
		}
		for _, w := range bytes.Fields(p.src[p.pos:end]) {
			d.Args = append(d.Args, string(w))
		}
		p.file.Header = append(p.file.Header, d)
		p.pos = end
		p.next()
	}
}

// group orders the lines of a header: tests, then settings and targets mixed, then features.
func group(k DirectiveKind) int { return [...]int{Test: 0, Set: 1, Target: 1, Feature: 2}[k] }

// toFunction skips to the next word "function" that begins a line.
func (p *parser) toFunction() {
	for p.skipLine(); p.kind != tokEOF && !p.isWord("function"); {
		p.skipLine()
	}
}

// skipLine goes to the first token after the line of the current one.
func (p *parser) skipLine() {
	p.pos = p.lineEnd(p.start)
	p.next()
}

func (p *parser) lineEnd(offset int) int {
	if i := bytes.IndexByte(p.src[offset:], '\n'); i >= 0 {
		return offset + i
	}
	return len(p.src)
}

func (p *parser) begin() {
	p.fn = &Function{file: p.file, Start: p.position(p.start)}
	p.firstKept = len(p.kept)
	p.f = &p.scratch
	p.f.Reset(ir.FuncName{}, ir.Signature{})
	p.failed, p.inBody, p.block, p.topValue = false, false, ir.NoBlock, 0
	p.forward, p.gathered, p.pragmas, p.untyped = p.forward[:0], p.gathered[:0], p.pragmas[:0], p.untyped[:0]
	p.places, p.instPos, p.noGC, p.gvUses = p.places[:0], p.instPos[:0], 0, p.gvUses[:0]
	clear(p.broken)
	for i := range p.declared {
		p.declared[i] = p.declared[i][:0]
	}
}

// function reads a function, from its first word to the comments after its closing brace.
func (p *parser) function() {
	p.begin()
	p.next()
	if !p.functionHead() && !p.toBrace() {
		p.fn = nil
		p.toFunction()
		return
	}
	p.inBody = true
	p.next()
	p.claim(ir.Entity{})
	p.body()
	p.inBody = false
	end := p.start
	if p.kind == tokRBrace {
		p.gathered = p.gathered[:0]
		p.next()
		p.claim(ir.Entity{})
	} else if !p.stopped() {
		p.expected("'}' at the end of the function")
	}
	p.endFunction(end)
}

func (p *parser) functionHead() bool {
	name, ok := p.functionName()
	if !ok {
		return false
	}
	sig, ok := p.signature()
	if !ok {
		return false
	}
	p.f.Name, p.f.Sig = name, sig
	if p.kind != tokLBrace {
		return p.expected("'{' after the signature")
	}
	return true
}

// toBrace looks for the opening brace on the line of an error in the head of a function.
func (p *parser) toBrace() bool {
	end := p.lineEnd(p.start)
	for p.kind != tokEOF && p.start < end && p.kind != tokLBrace {
		p.next()
	}
	return p.kind == tokLBrace && p.start < end
}

func (p *parser) functionName() (n ir.FuncName, ok bool) {
	switch p.kind {
	case tokName:
		n.Name = string(p.text()[1:])
		p.next()
		return n, true
	case tokUser:
		pair, ok := p.userName()
		return ir.FuncName{User: true, Namespace: pair.Namespace, Index: pair.Index}, ok
	}
	return n, p.expected("the name of a function, such as %name or u0:0")
}

// userName reads u1:2.
func (p *parser) userName() (n ir.NamePair, ok bool) {
	n.Namespace = p.num
	p.next()
	if !p.expect(tokColon, "after the namespace") {
		return n, false
	}
	n.Index, ok = p.uint32("an index")
	return n, ok
}

// endFunction checks what only the whole function can tell and files the function away.
func (p *parser) endFunction(end int) {
	defer func() { p.fn = nil }()
	p.checkUses()
	if p.failed {
		return
	}
	fn := p.fn
	slices.Sort(p.f.NeedsStackMap)
	p.f.NeedsStackMap = slices.Compact(p.f.NeedsStackMap)
	fn.End, fn.Comments = p.position(end), p.since(p.firstKept)
	fn.Func = p.f.Detach()
	if !p.opts.NoPositions {
		fn.places, fn.instPos = slices.Clone(p.places), slices.Clone(p.instPos)
	}
	p.file.Funcs = append(p.file.Funcs, fn)
}

// checkUses reports uses of things that the function defines nowhere.
func (p *parser) checkUses() {
	for _, u := range p.forward {
		if !p.f.ValueExists(u.v) {
			p.fail(int(u.offset), "%v is not defined", u.v)
		}
	}
	for _, u := range p.untyped {
		if p.f.ValueExists(u.v) {
			p.fail(int(u.offset), "%s needs a type, as in %s.%v, because %v is defined further down", u.op, u.op, example(u.op.Info().Ctrl), u.v)
		}
	}
	for _, u := range p.pragmas {
		if !p.f.ValueExists(u.v) {
			p.fail(int(u.offset), "%v in ;@needs_stack_map is not defined", u.v)
		}
	}
	for _, pl := range p.gvUses {
		if g := int(pl.entity.Index); g >= len(p.f.GlobalValues) || p.f.GlobalValues[g].Kind == ir.GVNone && !p.broken[pl.entity] {
			p.fail(int(pl.offset), "%v is not declared", pl.entity)
		}
	}
}
