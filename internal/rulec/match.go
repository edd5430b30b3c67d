package rulec

import (
	"fmt"
	"go/constant"
	"go/types"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// From patterns to tests.
//
// Problem: rules must be compared with each other (do they overlap, does one shadow the other) and must share work.
// Idea: flatten the left side of each rule to a list of tests on terms. A term is a value that the left side can
// compute, identified by how it is computed from the root instruction, so equal keys mean equal values across the rules
// of one opcode.
// Invariants:
//  1. Every test and every term is pure: tests of a rule may be made in any order that respects what they compute.
//  2. Terms are interned per root; two tests with equal keys have the same outcome.
//  3. A rule matches exactly when, in one of its variants, all tests succeed. Variants differ in the order of operands of
//     commutative terms; of those with the same tests only the first is kept.
// Cost: the number of variants is exponential in the number of commutative terms of a rule; maxSwaps bounds it.

type termKind uint8

const (
	termInst    termKind = iota // the root instruction
	termData                    // data of instruction args[0]
	termType                    // controlling type of instruction args[0]
	termOperand                 // operand of instruction args[0]
	termOut                     // result number out of a call that can fail
	termExpr                    // a pure expression
)

// term is a value computed by the left side.
type term struct {
	kind     termKind
	key      string
	typ      types.Type
	name     string // what the first rule that names it calls it
	fallback string // name if it needs one and has none
	args     []*term
	template string // termOperand, termData, termType
	e        *expr  // termExpr
	multi    bool   // stands for one of several: depends on a def that returns a sequence
}

type testKind uint8

const (
	testOpcode testKind = iota // term, the opcode of an instruction, is opcode
	testCall                   // call succeeds, giving outs
	testCond                   // cond is want
	testConst                  // term equals constant
	testSame                   // term equals other
)

// test is one thing that must hold for a rule to match.
type test struct {
	kind   testKind
	key    string
	term   *term // testOpcode, testConst, testSame
	other  *term // testSame
	opcode *Opcode
	konst  *expr // testConst
	call   *expr // testCall
	outs   []*term
	loop   bool // testCall: a sequence to range over
	cond   *expr
	want   bool

	setDone bool // see typesOf
	setOf   string
	set     typeSet
}

// variant is a rule with a choice of operand order in its commutative terms.
type variant struct {
	rule  *rule
	tests []*test
	body  *body
}

// maxSwaps bounds the number of commutative terms in one pattern.
const maxSwaps = 6

// matcher compiles one variant of one rule.
type matcher struct {
	u       *unit
	r       *rule
	vars    map[string]*term
	tests   []*test
	seen    map[string]bool // keys of tests
	swapped map[*sexpr]bool // the choice
	sites   []*sexpr        // commutative terms
	defs    map[string]int  // how often a def was taken of a term, for sequences
	failed  bool
}

func (m *matcher) errorf(p Pos, format string, args ...any) {
	m.failed = true
	m.u.errorf(p, format, args...)
}

// compileRule fills in the variants of r.
func (u *unit) compileRule(r *rule) {
	first := u.compileVariant(r, nil)
	if first == nil {
		return
	}
	r.variants = []*variant{first.variant}
	n := len(first.sites)
	if n > maxSwaps {
		u.errorf(r.pos, "rule %s has %d commutative terms; at most %d are allowed", r.name, n, maxSwaps)
		return
	}
	keys := map[string]bool{first.variant.signature(): true}
	for mask := 1; mask < 1<<n; mask++ {
		swapped := map[*sexpr]bool{}
		for i, s := range first.sites {
			swapped[s] = mask>>i&1 != 0
		}
		c := u.compileVariant(r, swapped)
		if c == nil {
			return
		}
		if sig := c.variant.signature(); !keys[sig] {
			keys[sig] = true
			r.variants = append(r.variants, c.variant)
		}
	}
}

type compiled struct {
	variant *variant
	sites   []*sexpr
}

// compileVariant compiles r with the given operand orders; nil after an error.
func (u *unit) compileVariant(r *rule, swapped map[*sexpr]bool) *compiled {
	m := &matcher{u: u, r: r, vars: map[string]*term{}, seen: map[string]bool{}, swapped: swapped, defs: map[string]int{}}
	inst := m.intern(&term{kind: termInst, key: "inst", typ: u.instType, name: "inst"})
	m.opcodeTerm(r.pattern, inst, true)
	for _, g := range r.guards {
		m.guard(g)
	}
	if m.failed {
		return nil
	}
	v := &variant{rule: r, tests: m.tests}
	for i, a := range v.tests {
		for _, b := range v.tests[:i] {
			if u.contradict(a, b) {
				m.errorf(r.pos, "rule %s never matches: it wants %s and %s", r.name, b, a)
				return nil
			}
		}
	}
	if v.body = u.compileBody(r, m); v.body == nil {
		return nil
	}
	return &compiled{v, m.sites}
}

// signature identifies the set of tests of v.
func (v *variant) signature() string {
	keys := make([]string, len(v.tests))
	for i, t := range v.tests {
		keys[i] = t.key
	}
	return strings.Join(sortedCopy(keys), "\n")
}

// intern returns the term of the root with t's key, which is t if there was none.
func (m *matcher) intern(t *term) *term {
	if old := m.r.root.terms[t.key]; old != nil {
		return old
	}
	for _, a := range t.args {
		t.multi = t.multi || a.multi
	}
	m.r.root.terms[t.key] = t
	return t
}

func (m *matcher) addTest(t *test) {
	if !m.seen[t.key] {
		m.seen[t.key] = true
		m.tests = append(m.tests, t)
	}
}

// variable implements scope.
func (m *matcher) variable(pos Pos, name string) *expr {
	t := m.vars[name]
	switch {
	case t != nil:
	case name == "inst":
		t = m.r.root.terms["inst"]
	case name == "ty":
		if !m.r.root.opcode.Polymorphic {
			m.errorf(pos, "ty is not bound: %s has no controlling type", m.r.root.opcode.Name)
			return &expr{kind: exprText, text: name, results: []types.Type{types.Typ[types.Invalid]}, pure: true, pos: pos}
		}
		t = m.typeTerm(m.r.root.terms["inst"])
	default:
		return nil
	}
	return termExprOf(t, pos)
}

func termExprOf(t *term, pos Pos) *expr {
	return &expr{kind: exprTerm, term: t, results: []types.Type{t.typ}, pure: true, pos: pos}
}

// data returns the term for the data of an instruction.
func (m *matcher) data(inst *term) *term {
	t, _ := m.u.acc.typeOf(m.u.prelude.Data) // checked when the prelude was loaded
	return m.intern(&term{
		kind: termData, key: "data(" + inst.key + ")", typ: t, args: []*term{inst}, template: m.u.prelude.Data, fallback: "d",
	})
}

// access returns the term for a template applied to an instruction.
func (m *matcher) access(kind termKind, inst *term, key, template, fallback string) *term {
	typ, err := m.u.acc.typeOf(template)
	if err != nil {
		typ = types.Typ[types.Invalid]
	}
	args := []*term{inst}
	if strings.Contains(template, "$d") {
		args = append(args, m.data(inst))
	}
	return m.intern(&term{kind: kind, key: key + "(" + inst.key + ")", typ: typ, args: args, template: template, fallback: fallback})
}

// typeTerm returns the term for the controlling type of an instruction.
func (m *matcher) typeTerm(inst *term) *term {
	t := m.access(termType, inst, "type", m.u.prelude.CtrlType, "t")
	if inst.kind == termInst {
		t.name = "ty"
		if c := m.u.control; c != nil {
			t.template = m.u.recvName + "." + c.text + "($d)"
		}
	}
	return t
}

// pattern compiles s at the position that t stands for.
func (m *matcher) pattern(s *sexpr, t *term) {
	switch s.kind {
	case intNode:
		m.constant(t, &expr{
			kind: exprText, text: s.text, results: []types.Type{types.Typ[types.UntypedInt]}, val: constant.Make(s.num), pure: true, pos: s.pos,
		})
	case stringNode:
		m.errorf(s.pos, "found string %s, expected a pattern", s.describe())
	case bindNode:
		m.bind(s.pos, s.text, t)
		m.pattern(s.list[0], t)
	case symbolNode:
		m.symbol(s, t)
	case listNode:
		m.listPattern(s, t)
	}
}

// symbol compiles a variable, constant or wildcard.
func (m *matcher) symbol(s *sexpr, t *term) {
	first, _ := utf8.DecodeRuneInString(s.text)
	switch {
	case s.text == "_":
	case s.text == "true" || s.text == "false":
		if !isBool(t.typ) && !isInvalid(t.typ) {
			m.errorf(s.pos, "found %s, expected a pattern for %s", s.text, m.u.typeString(t.typ))
			return
		}
		m.condition(termExprOf(t, s.pos), s.text == "true")
	case strings.Contains(s.text, "."):
		if obj := m.u.qualified(s.pos, s.text); obj == nil {
			m.failed = true
		} else {
			m.object(s, t, obj)
		}
	case unicode.IsUpper(first):
		obj := m.u.plain(s.text)
		if obj == nil {
			m.errorf(s.pos, "undefined: constant %s; names of variables do not start with a capital%s", s.text, m.u.hint())
			return
		}
		m.object(s, t, obj)
	default:
		m.bind(s.pos, s.text, t)
	}
}

// object compiles the name of a Go constant.
func (m *matcher) object(s *sexpr, t *term, obj types.Object) {
	if _, ok := obj.(*types.Const); !ok {
		m.errorf(s.pos, "%s is no Go constant", s.text)
		return
	}
	e := m.u.objectExpr(s.pos, s.text, obj)
	if e == nil {
		m.failed = true
		return
	}
	m.constant(t, e)
}

// constant adds the test that t equals the constant e.
func (m *matcher) constant(t *term, e *expr) {
	ok := isInvalid(t.typ) || isInvalid(e.typ())
	if isUntyped(e.typ()) && e.val != nil {
		ok = ok || m.u.representable(e, t.typ)
	} else {
		ok = ok || types.Identical(t.typ, e.typ())
	}
	if !ok {
		hint := ""
		if types.Identical(t.typ, m.u.valueType) && e.val != nil {
			hint = "; an opcode term (iconst " + e.text + ") or an extractor would"
		}
		m.errorf(e.pos, "constant %s does not fit a position of type %s%s", e.text, m.u.typeString(t.typ), hint)
		return
	}
	m.compare(t, e, true)
}

// compare adds the test that t == e is want.
func (m *matcher) compare(t *term, e *expr, want bool) {
	rel := "=="
	if !want {
		rel = "!="
	}
	m.addTest(&test{kind: testConst, key: t.key + rel + e.key(), term: t, konst: e, want: want})
}

// bind gives t a name, or demands that it equals what already has it.
func (m *matcher) bind(p Pos, name string, t *term) {
	switch {
	case !isIdent(name):
		m.errorf(p, "found %s, expected a pattern", name)
		return
	case name == "ty" || name == "inst" || name == m.u.recvName:
		m.errorf(p, "%s is bound automatically and cannot be bound again", name)
		return
	}
	old := m.vars[name]
	if old == nil {
		m.vars[name] = t
		if t.name == "" {
			t.name = name
		}
		return
	}
	if old == t {
		return
	}
	if !isInvalid(old.typ) && !isInvalid(t.typ) && !types.Identical(old.typ, t.typ) {
		m.errorf(p, "%s has type %s here and type %s before", name, m.u.typeString(t.typ), m.u.typeString(old.typ))
		return
	}
	if !types.Comparable(old.typ) {
		m.errorf(p, "%s occurs twice, but values of type %s cannot be compared", name, m.u.typeString(old.typ))
		return
	}
	a, b := old, t
	if b.key < a.key {
		a, b = b, a
	}
	m.addTest(&test{kind: testSame, key: a.key + "==" + b.key, term: old, other: t})
}

func (m *matcher) listPattern(s *sexpr, t *term) {
	h := s.head()
	if h == "" {
		m.errorf(s.pos, "found %s, expected a pattern", s.describe())
		return
	}
	if h == "and" {
		if len(s.list) < 3 {
			m.errorf(s.pos, "and takes two patterns or more")
		}
		for _, p := range s.list[1:] {
			m.pattern(p, t)
		}
		return
	}
	if opcode, _ := m.u.opcodeTerm(s); opcode != nil {
		switch {
		case isInvalid(t.typ) || types.Identical(t.typ, m.u.valueType):
			if inst := m.define(s, t); inst != nil {
				m.opcodeTerm(s, inst, false)
			}
			return
		case types.Identical(t.typ, m.u.instType):
			m.opcodeTerm(s, t, false)
			return
		case m.u.method(h) == nil:
			m.errorf(s.pos, "found opcode term %s at a position of type %s, expected one of type %s or %s", s.describe(),
				m.u.typeString(t.typ), m.u.prelude.Value, m.u.prelude.Inst)
			return
		}
	}
	m.extractor(s, t)
}

// define returns the term for the instruction that defines value t.
func (m *matcher) define(s *sexpr, t *term) *term {
	def := m.u.method(m.u.defName)
	if def == nil {
		m.errorf(s.pos, "%s has no method %s(%s) (%s, bool), which opcode terms below the root need%s", m.u.recvTypeName,
			m.u.defName, m.u.prelude.Value, m.u.prelude.Inst, m.u.hint())
		return nil
	}
	call := &expr{
		kind: exprCall, text: def.text, args: []*expr{termExprOf(t, s.pos)}, results: []types.Type{m.u.instType}, pure: true,
		partial: true, fn: m.u.defName, pos: s.pos,
	}
	if !m.u.multiDef {
		return m.fail(call)[0].term
	}
	key := call.key() + "#" + strconv.Itoa(m.defs[t.key])
	m.defs[t.key]++
	out := m.intern(&term{kind: termOut, key: key, typ: m.u.instType, fallback: "i", multi: true})
	m.addTest(&test{kind: testCall, key: key, call: call, outs: []*term{out}, loop: true})
	return out
}

// fail adds the test that a call succeeds and returns its results.
func (m *matcher) fail(call *expr) []*expr {
	key := call.key()
	t := &test{kind: testCall, key: key, call: call}
	var outs []*expr
	for i, typ := range call.results {
		fallback := "v"
		if types.Identical(typ, m.u.instType) {
			fallback = "i"
		}
		out := m.intern(&term{kind: termOut, key: key + "." + strconv.Itoa(i), typ: typ, fallback: fallback, multi: usesMulti(call)})
		t.outs = append(t.outs, out)
		outs = append(outs, termExprOf(out, call.pos))
	}
	m.addTest(t)
	return outs
}

func usesMulti(e *expr) bool {
	if e.kind == exprTerm {
		return e.term.multi
	}
	for _, a := range e.args {
		if usesMulti(a) {
			return true
		}
	}
	return false
}

// opcodeTerm compiles an opcode term against the instruction that inst stands for.
func (m *matcher) opcodeTerm(s *sexpr, inst *term, isRoot bool) {
	opcode, guards := m.u.opcodeTerm(s)
	operands := m.u.prelude.Formats[opcode.Format]
	pats := s.list[1:]
	if len(pats) != len(operands) {
		names := make([]string, len(operands))
		for i, o := range operands {
			names[i] = o.Name
		}
		m.errorf(s.pos, "%s has %s, expected %d: (%s)", opcode.Name, count(len(pats), "operand"), len(operands),
			strings.TrimSpace(opcode.Name+" "+strings.Join(names, " ")))
		return
	}
	if !isRoot {
		t := m.access(termOperand, inst, "opcode", m.u.prelude.OpcodeOf, "opcode")
		m.addTest(&test{kind: testOpcode, key: t.key + "==" + opcode.Name, term: t, opcode: opcode})
	}
	for _, g := range guards {
		m.typeGuard(s, opcode, inst, g)
	}
	order := make([]int, len(pats))
	for i := range order {
		order[i] = i
	}
	if i, j, ok := m.commutes(opcode); ok {
		m.sites = append(m.sites, s)
		if m.swapped[s] {
			order[i], order[j] = order[j], order[i]
		}
	}
	for i, p := range pats {
		o := operands[order[i]]
		t := m.access(termOperand, inst, "operand"+strconv.Itoa(order[i])+"."+opcode.Format, o.Expr, o.Name)
		m.pattern(p, t)
	}
}

// commutes returns the two operands of a commutative opcode that may be exchanged.
func (m *matcher) commutes(opcode *Opcode) (i, j int, ok bool) {
	if !opcode.Commutative {
		return 0, 0, false
	}
	var values []int
	for k, o := range m.u.prelude.Formats[opcode.Format] {
		if t, err := m.u.acc.typeOf(o.Expr); err == nil && types.Identical(t, m.u.valueType) {
			values = append(values, k)
		}
	}
	if len(values) < 2 {
		return 0, 0, false
	}
	return values[0], values[1], true
}

// typeGuard compiles one guard after the opcode of term s.
func (m *matcher) typeGuard(s *sexpr, opcode *Opcode, inst *term, guard string) {
	if !opcode.Polymorphic {
		m.errorf(s.pos, "%s has no controlling type that .%s could test", opcode.Name, guard)
		return
	}
	t := m.typeTerm(inst)
	if n, ok := m.u.prelude.TypeNumber(guard); ok {
		m.constant(t, &expr{
			kind: exprText, text: m.u.typConsts.expr(n, m.u.prelude.Type), results: []types.Type{m.u.clifType}, val: constant.MakeInt64(n),
			pure: true, pos: s.pos,
		})
		return
	}
	c := m.u.method(guard)
	if c == nil {
		obj, _, _ := types.LookupFieldOrMethod(m.u.clifType, false, m.u.host.types, guard)
		if fn, ok := obj.(*types.Func); ok && fn.Signature().Params().Len() == 0 && returnsBool(fn.Signature()) {
			m.condition(&expr{
				kind: exprMethod, text: guard, args: []*expr{termExprOf(t, s.pos)}, results: []types.Type{types.Typ[types.Bool]}, pure: true,
				fn: "." + guard, pos: s.pos,
			}, true)
			return
		}
		m.errorf(s.pos, "undefined: type guard .%s is no type, no method of %s and no method of %s%s", guard, m.u.recvTypeName,
			m.u.prelude.Type, m.u.hint())
		return
	}
	sig := c.fn.Signature()
	if sig.Params().Len() != 1 || !compatible(m.u.clifType, sig.Params().At(0).Type()) || !returnsBool(sig) {
		m.errorf(s.pos, "type guard %s has signature %s, expected func(%s) bool", guard, m.u.sigString(sig), m.u.prelude.Type)
		return
	}
	m.condition(m.predicate(c, t, s.pos), true)
}

func returnsBool(sig *types.Signature) bool {
	return sig.Results().Len() == 1 && isBool(sig.Results().At(0).Type())
}

// predicate makes the call of a method of the receiver on t.
func (m *matcher) predicate(c *callee, t *term, pos Pos) *expr {
	e := &expr{kind: exprCall, text: c.text, args: []*expr{termExprOf(t, pos)}, pure: true, fn: c.name, pos: pos}
	res := c.fn.Signature().Results()
	for i := range res.Len() {
		e.results = append(e.results, res.At(i).Type())
	}
	return e
}

// extractor compiles (METHOD P …) at t.
func (m *matcher) extractor(s *sexpr, t *term) {
	name := s.head()
	c := m.u.method(name)
	if c == nil {
		m.errorf(s.list[0].pos, "undefined: %s is no opcode and no method of %s%s", name, m.u.recvTypeName, m.u.hint())
		return
	}
	sig := c.fn.Signature()
	if sig.Params().Len() != 1 || sig.Variadic() || sig.Results().Len() == 0 {
		m.errorf(s.list[0].pos, "%s has signature %s, expected that of an extractor: func(T) (T1, ..., bool)", name, m.u.sigString(sig))
		return
	}
	if want := sig.Params().At(0).Type(); !compatible(t.typ, want) {
		m.errorf(s.pos, "extractor %s takes %s, but stands at a position of type %s", name, m.u.typeString(want), m.u.typeString(t.typ))
		return
	}
	if !c.pure {
		m.errorf(s.list[0].pos, "%s is not known to be pure, and patterns must be; mark it with %s or (pure %s)", name, pureMark, name)
		return
	}
	n := sig.Results().Len()
	partial := isBool(sig.Results().At(n - 1).Type())
	if partial {
		n--
	}
	if len(s.list)-1 != n {
		m.errorf(s.pos, "extractor %s has %s, found %s", name, count(n, "output"), count(len(s.list)-1, "pattern"))
		return
	}
	call := m.predicate(c, t, s.pos)
	switch {
	case partial && n == 0:
		m.condition(call, true)
	case partial:
		call.results = call.results[:n]
		call.partial = true
		for i, o := range m.fail(call) {
			m.pattern(s.list[1+i], o.term)
		}
	case n == 1:
		m.pattern(s.list[1], m.exprTerm(call))
	default:
		m.errorf(s.pos, "%s has %d results and cannot fail; patterns take only one result of such methods", name, n)
	}
}

// exprTerm returns the term for a pure expression of one result.
func (m *matcher) exprTerm(e *expr) *term {
	if e.kind == exprTerm {
		return e.term
	}
	return m.intern(&term{kind: termExpr, key: e.key(), typ: e.typ(), e: e, fallback: "v", multi: usesMulti(e)})
}

// condition adds the test that the bool e is want.
func (m *matcher) condition(e *expr, want bool) {
	for {
		if e.kind == exprUnary && e.text == "!" {
			e, want = e.args[0], !want
		} else if e.kind == exprTerm && e.term.kind == termExpr {
			e = e.term.e
		} else {
			break
		}
	}
	if e.kind == exprBinary && (e.text == "&&" && want || e.text == "||" && !want) {
		m.condition(e.args[0], want)
		m.condition(e.args[1], want)
		return
	}
	if e.kind == exprBinary && (e.text == "==" || e.text == "!=") {
		for i, k := range e.args {
			other := e.args[1-i]
			if k.kind != exprText || k.val == nil || other.val != nil {
				continue
			}
			if equal := want == (e.text == "=="); k.val.Kind() == constant.Bool {
				m.condition(other, equal == constant.BoolVal(k.val))
			} else {
				m.compare(m.exprTerm(other), k, equal)
			}
			return
		}
	}
	m.addTest(&test{kind: testCond, key: fmt.Sprintf("%s is %t", e.key(), want), cond: e, want: want})
}

// guard compiles (if E) and (if-let P … E).
func (m *matcher) guard(g *sexpr) {
	if len(g.list) < 2 || g.head() == "if" && len(g.list) != 2 || g.head() == "if-let" && len(g.list) < 3 {
		m.errorf(g.pos, "malformed guard %s, expected (if EXPR) or (if-let PATTERN... EXPR)", g.describe())
		return
	}
	x := &exprs{u: m.u, scope: m, left: true, fail: m.fail}
	e := x.expr(g.list[len(g.list)-1])
	if e == nil {
		m.failed = true
		return
	}
	if g.head() == "if" {
		switch {
		case e.partial:
			m.fail(e)
		case len(e.results) == 1 && (isBool(e.typ()) || isInvalid(e.typ())):
			m.condition(e, true)
		default:
			m.errorf(e.pos, "condition %s is not of type bool and cannot fail", g.list[1].describe())
		}
		return
	}
	pats := g.list[1 : len(g.list)-1]
	if len(pats) != len(e.results) {
		m.errorf(g.pos, "%s has %s, found %s", g.list[len(g.list)-1].describe(), count(len(e.results), "result"),
			count(len(pats), "pattern"))
		return
	}
	switch {
	case e.partial:
		for i, o := range m.fail(e) {
			m.pattern(pats[i], o.term)
		}
	case len(pats) == 1:
		m.pattern(pats[0], m.exprTerm(e))
	default:
		m.errorf(e.pos, "%s has %d results and cannot fail; patterns take only one result of such methods",
			g.list[len(g.list)-1].describe(), len(pats))
	}
}

// String describes the test in messages.
func (t *test) String() string {
	switch t.kind {
	case testOpcode:
		return t.opcode.Name
	case testConst:
		if !t.want {
			return "not " + t.konst.text
		}
		return t.konst.text
	case testSame:
		return "equal operands"
	case testCall:
		return t.call.fn
	}
	name := t.cond.fn
	if name == "" {
		name = t.cond.text
	}
	if !t.want {
		return "not " + name
	}
	return name
}
