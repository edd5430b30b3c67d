package rulec

import (
	"fmt"
	"go/token"
	"go/types"
	"maps"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"unicode"
)

// env is what the rules of a directory are compiled against.
type env struct {
	prelude   *Prelude
	l         *loader
	host      *hostPackage
	acc       *accessors
	opcodes   map[string]*Opcode
	opConsts  *constants
	typConsts *constants
	instType  types.Type
	valueType types.Type
	clifType  types.Type
}

// unit is everything that is compiled together: the rules of one directory and what they refer to.
type unit struct {
	*env

	// Directives.
	recvName, recvTypeName string
	prefix, funcPath       string
	defName, resultsName   string
	traceName              string
	control                *sexpr // names the method for the controlling type of a root, or nil
	matchAll               bool
	imports                map[string]string // name -> path
	pure                   map[string]bool
	disjoint               map[string][]int // name -> numbers of the groups it is in
	groups                 int
	disjointNames          []*sexpr
	convert                []*sexpr

	recv        types.Type // pointer to the receiver type
	conversions []conversion
	multiDef    bool // def returns a sequence
	files       []string
	rules       []*rule
	idents      map[string]*rule
	roots       map[*Opcode]*root
	rootOrder   []*root
	errs        Errors
}

// conversion is a method that is put in where a value of type from is given and one of type to is wanted.
type conversion struct {
	name     string
	from, to types.Type
	pure     bool
}

// root is the set of rules of one opcode, and the terms that their left sides share.
type root struct {
	opcode *Opcode
	file   string // base name of the file of the first rule
	rules  []*rule
	terms  map[string]*term
}

// rule is one rule as written.
type rule struct {
	name     string
	ident    string // Go constant
	id       int
	priority int
	pos      Pos
	root     *root
	pattern  *sexpr
	guards   []*sexpr
	body     []*sexpr
	variants []*variant
}

func (u *unit) errorf(p Pos, format string, args ...any) {
	u.errs = append(u.errs, &Error{p, fmt.Sprintf(format, args...)})
}

// source is the text of one rule file.
type source struct {
	name string // base name
	text string
}

func newEnv(dir string, p *Prelude) (*env, error) {
	l, err := newLoader(dir)
	if err != nil {
		return nil, err
	}
	e := &env{prelude: p, l: l, opcodes: map[string]*Opcode{}}
	if e.host, err = l.loadHost(dir); err != nil {
		return nil, err
	}
	for i := range p.Opcodes {
		e.opcodes[p.Opcodes[i].Name] = &p.Opcodes[i]
	}
	if err := e.loadPrelude(); err != nil {
		return nil, fmt.Errorf("prelude: %w", err)
	}
	return e, nil
}

func (e *env) loadPrelude() error {
	var err error
	if e.acc, err = newAccessors(e.l, e.prelude); err != nil {
		return err
	}
	if e.opConsts, err = e.acc.constantsOf(e.prelude.Opcode); err != nil {
		return err
	}
	if e.typConsts, err = e.acc.constantsOf(e.prelude.Type); err != nil {
		return err
	}
	for _, t := range []struct {
		dst  *types.Type
		name string
	}{{&e.instType, e.prelude.Inst}, {&e.valueType, e.prelude.Value}, {&e.clifType, e.prelude.Type}} {
		if *t.dst, err = e.acc.goType(t.name); err != nil {
			return err
		}
	}
	return nil
}

// newUnit reads the rules; they are not compiled yet. Errors are collected in the unit.
func (e *env) newUnit(sources []source) *unit {
	u := &unit{
		env:      e,
		recvName: "l", recvTypeName: "lowerer", prefix: "lower", funcPath: "f", defName: "def", resultsName: "setResults",
		traceName: "trace", imports: map[string]string{}, pure: map[string]bool{}, disjoint: map[string][]int{},
		idents: map[string]*rule{}, roots: map[*Opcode]*root{},
	}
	maps.Copy(u.imports, e.prelude.Imports)
	maps.Copy(u.imports, e.host.imports)
	var forms []*sexpr
	for _, s := range sources {
		u.files = append(u.files, s.name)
		forms = append(forms, readAll(s.name, s.text, &u.errs)...)
	}
	forms = expandEach(forms, &u.errs)
	for _, f := range forms {
		if f.head() != "rule" {
			u.directive(f)
		}
	}
	if !u.resolveReceiver() {
		return u
	}
	for _, f := range forms {
		if f.head() == "rule" {
			u.addRule(f)
		}
	}
	return u
}

// directive handles every form but rules and repetitions.
func (u *unit) directive(f *sexpr) {
	d := directives[f.head()]
	if d.set == nil {
		u.errorf(f.pos, "unknown form %s, expected rule, each or a directive (%s)", f.describe(), directiveNames())
		return
	}
	args := make([]string, 0, len(f.list))
	for _, a := range f.list[1:] {
		if a.kind != symbolNode && (a.kind != stringNode || f.head() != "import") {
			u.errorf(a.pos, "found %s, expected a name", a.describe())
			return
		}
		args = append(args, a.text)
	}
	if len(args) < d.min || d.max >= 0 && len(args) > d.max {
		u.errorf(f.pos, "found %s after %s, expected %s", count(len(args), "name"), f.head(), d.want)
		return
	}
	d.set(u, f, args)
}

type directive struct {
	min, max int // number of names, max < 0: any
	want     string
	set      func(u *unit, f *sexpr, args []string)
}

var directives = map[string]directive{
	"receiver": {2, 2, "the name and the type of the receiver", func(u *unit, f *sexpr, a []string) { u.recvName, u.recvTypeName = a[0], a[1] }},
	"prefix":   {1, 1, "one", func(u *unit, f *sexpr, a []string) { u.prefix = a[0] }},
	"func":     {1, 1, "one", func(u *unit, f *sexpr, a []string) { u.funcPath = a[0] }},
	"def":      {1, 1, "one", func(u *unit, f *sexpr, a []string) { u.defName = a[0] }},
	"results":  {1, 1, "one", func(u *unit, f *sexpr, a []string) { u.resultsName = a[0] }},
	"trace":    {1, 1, "one", func(u *unit, f *sexpr, a []string) { u.traceName = a[0] }},
	"match": {1, 1, "first or all", func(u *unit, f *sexpr, a []string) {
		if a[0] != "first" && a[0] != "all" {
			u.errorf(f.list[1].pos, "found %s, expected first or all", a[0])
		}
		u.matchAll = a[0] == "all"
	}},
	"control": {1, 1, "one", func(u *unit, f *sexpr, a []string) { u.control = f.list[1] }},
	"convert": {1, -1, "some", func(u *unit, f *sexpr, a []string) { u.convert = append(u.convert, f.list[1:]...) }},
	"pure": {1, -1, "some", func(u *unit, f *sexpr, a []string) {
		for _, name := range a {
			u.pure[name] = true
		}
	}},
	"disjoint": {2, -1, "two or more", func(u *unit, f *sexpr, a []string) {
		u.groups++
		u.disjointNames = append(u.disjointNames, f.list[1:]...)
		for _, name := range a {
			u.disjoint[name] = append(u.disjoint[name], u.groups)
		}
	}},
	"import": {1, 1, "one path", func(u *unit, f *sexpr, a []string) {
		pkg, _ := u.l.Import(a[0])
		u.imports[pkg.Name()] = a[0]
	}},
}

func directiveNames() string {
	var names []string
	for n := range directives {
		names = append(names, n)
	}
	sort.Strings(names)
	return strings.Join(names, " ")
}

// resolveReceiver finds the receiver type and the methods that generated code needs.
func (u *unit) resolveReceiver() bool {
	obj, ok := u.host.types.Scope().Lookup(u.recvTypeName).(*types.TypeName)
	if !ok {
		u.errorf(Pos{File: u.files[0]}, "package %s has no type %s for the receiver; see (receiver l lowerer)%s",
			u.host.types.Name(), u.recvTypeName, u.hint())
		return false
	}
	u.recv = types.NewPointer(obj.Type())
	file := Pos{File: u.files[0]}
	def := u.method(u.defName)
	if def != nil {
		sig := def.fn.Signature()
		u.multiDef = sig.Results().Len() == 1
		if !u.isDef(sig) {
			u.errorf(file, "method %s has signature %s, expected func(%s) (%s, bool)", u.defName, u.sigString(sig),
				u.prelude.Value, u.prelude.Inst)
			return false
		}
	}
	if t := u.field(u.recv, u.traceName); t == nil {
		u.errorf(file, "%s has no field %s of type *rule.Trace%s", u.recvTypeName, u.traceName, u.hint())
	}
	t := u.recv
	for _, name := range strings.Split(u.funcPath, ".") {
		if t != nil {
			t = u.field(t, name)
		}
	}
	if want, err := u.acc.goType(u.prelude.Func); t == nil || err == nil && !compatible(t, want) {
		u.errorf(file, "%s.%s is not a field of type %s; see (func f)%s", u.recvName, u.funcPath, u.prelude.Func, u.hint())
	}
	u.checkControl()
	for _, s := range u.convert {
		u.addConversion(s)
	}
	for _, s := range u.disjointNames {
		if u.method(s.text) == nil {
			u.errorf(s.pos, "disjoint names %s, which is no method of %s%s", s.text, u.recvTypeName, u.hint())
		}
	}
	return true
}

// checkControl checks the method that gives the controlling type of a root.
func (u *unit) checkControl() {
	if u.control == nil {
		return
	}
	c := u.method(u.control.text)
	if c == nil {
		u.errorf(u.control.pos, "control names %s, which is no method of %s%s", u.control.text, u.recvTypeName, u.hint())
		return
	}
	data, _ := u.acc.typeOf(u.prelude.Data)
	if c.sig.Params().Len() != 1 || c.sig.Results().Len() != 1 || !compatible(c.sig.Params().At(0).Type(), data) ||
		!compatible(c.sig.Results().At(0).Type(), u.clifType) {
		u.errorf(u.control.pos, "method %s has signature %s, expected func(%s) %s", u.control.text, u.sigString(c.sig),
			u.typeString(data), u.prelude.Type)
	}
}

// isDef reports whether sig suits the method that finds the instruction of a value.
func (u *unit) isDef(sig *types.Signature) bool {
	if sig.Params().Len() != 1 || !compatible(sig.Params().At(0).Type(), u.valueType) {
		return false
	}
	res := sig.Results()
	if res.Len() == 2 {
		return compatible(res.At(0).Type(), u.instType) && isBool(res.At(1).Type())
	}
	if res.Len() != 1 {
		return false
	}
	named, ok := types.Unalias(res.At(0).Type()).(*types.Named)
	return ok && named.Obj().Name() == "Seq" && named.TypeArgs().Len() == 1 && compatible(named.TypeArgs().At(0), u.instType)
}

func (u *unit) addConversion(s *sexpr) {
	c := u.method(s.text)
	if c == nil {
		u.errorf(s.pos, "convert names %s, which is no method of %s%s", s.text, u.recvTypeName, u.hint())
		return
	}
	sig := c.fn.Signature()
	if sig.Params().Len() != 1 || sig.Results().Len() != 1 || sig.Variadic() {
		u.errorf(s.pos, "conversion %s has signature %s, expected one parameter and one result", s.text, u.sigString(sig))
		return
	}
	conv := conversion{s.text, sig.Params().At(0).Type(), sig.Results().At(0).Type(), c.pure}
	for _, old := range u.conversions {
		if types.Identical(old.from, conv.from) && types.Identical(old.to, conv.to) {
			u.errorf(s.pos, "%s and %s both convert %s to %s", old.name, conv.name, u.typeString(conv.from), u.typeString(conv.to))
			return
		}
	}
	u.conversions = append(u.conversions, conv)
}

// hint is appended to messages about Go names that cannot be found: the reason may be an error in the Go code.
func (u *unit) hint() string {
	for _, err := range u.host.errs {
		msg := err.Error()
		if te, ok := err.(types.Error); ok {
			p := te.Fset.Position(te.Pos)
			msg = fmt.Sprintf("%s:%d: %s", filepath.Base(p.Filename), p.Line, te.Msg)
		}
		if !strings.Contains(msg, "undefined: "+u.prefix) {
			return " (the Go code has errors: " + msg + ")"
		}
	}
	return ""
}

// typeString prints a Go type as source in the host package would.
func (u *unit) typeString(t types.Type) string {
	return types.TypeString(t, func(p *types.Package) string {
		if p == u.host.types {
			return ""
		}
		return p.Name()
	})
}

func (u *unit) sigString(sig *types.Signature) string { return u.typeString(sig) }

// field returns the type of the (possibly promoted) field of t, or nil.
func (u *unit) field(t types.Type, name string) types.Type {
	obj, _, _ := types.LookupFieldOrMethod(t, true, u.host.types, name)
	if v, ok := obj.(*types.Var); ok {
		return v.Type()
	}
	return nil
}

// addRule takes in a (rule ...) form.
func (u *unit) addRule(f *sexpr) {
	l := f.list[1:]
	if len(l) == 0 || l[0].kind != symbolNode || !isRuleName(l[0].text) {
		u.errorf(f.pos, "expected (rule NAME [PRIORITY] PATTERN GUARD... EXPR...), NAME of letters, digits and _")
		return
	}
	r := &rule{name: l[0].text, ident: "rule" + camel(l[0].text), pos: f.pos, id: len(u.rules)}
	if old := u.idents[r.ident]; old != nil {
		u.errorf(l[0].pos, "rule name %s clashes with rule %s at %v", r.name, old.name, old.pos)
		return
	}
	u.idents[r.ident] = r
	l = l[1:]
	if len(l) > 0 && l[0].kind == intNode {
		if !l[0].num.IsInt64() || l[0].num.Int64() != int64(int32(l[0].num.Int64())) {
			u.errorf(l[0].pos, "priority %s is out of range", l[0].text)
			return
		}
		r.priority = int(l[0].num.Int64())
		l = l[1:]
	}
	if len(l) == 0 || l[0].kind != listNode || len(l[0].list) == 0 {
		u.errorf(f.pos, "rule %s has no pattern, expected an opcode term", r.name)
		return
	}
	r.pattern = l[0]
	l = l[1:]
	for len(l) > 0 && (l[0].head() == "if" || l[0].head() == "if-let") {
		r.guards = append(r.guards, l[0])
		l = l[1:]
	}
	if len(l) == 0 {
		u.errorf(f.pos, "rule %s has no right side; write (values) if there is nothing to do", r.name)
		return
	}
	r.body = l
	opcode, _ := u.opcodeTerm(r.pattern)
	if opcode == nil {
		u.errorf(r.pattern.pos, "found %s, expected a term with an opcode as the root of rule %s", r.pattern.describe(), r.name)
		return
	}
	rt := u.roots[opcode]
	if rt == nil {
		rt = &root{opcode: opcode, file: f.pos.File, terms: map[string]*term{}}
		u.roots[opcode] = rt
		u.rootOrder = append(u.rootOrder, rt)
	}
	r.root = rt
	rt.rules = append(rt.rules, r)
	u.rules = append(u.rules, r)
}

// opcodeTerm returns the opcode and type guards at the head of a term; nil if the head is no opcode.
func (u *unit) opcodeTerm(s *sexpr) (*Opcode, []string) {
	parts := strings.Split(s.head(), ".")
	return u.opcodes[parts[0]], parts[1:]
}

func isRuleName(s string) bool {
	for i, c := range s {
		if c != '_' && !unicode.IsLetter(c) && (i == 0 || !unicode.IsDigit(c)) {
			return false
		}
	}
	return s != ""
}

// camel turns iadd_imm32 into IaddImm32.
func camel(s string) string {
	var b strings.Builder
	for _, part := range strings.Split(s, "_") {
		if part != "" {
			b.WriteString(strings.ToUpper(part[:1]) + part[1:])
		}
	}
	return b.String()
}

// isIdent reports whether s can be the name of a variable.
func isIdent(s string) bool { return token.IsIdentifier(s) }

func isBool(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&types.IsBoolean != 0
}

// compatible reports whether a value of type t can stand where one of type want is expected, without conversion.
// Invalid types suit everywhere.
func compatible(t, want types.Type) bool {
	return isInvalid(t) || isInvalid(want) || types.AssignableTo(t, want)
}

// count prints a number of things.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

func isInvalid(t types.Type) bool {
	b, ok := types.Unalias(t).(*types.Basic)
	return ok && b.Kind() == types.Invalid
}
