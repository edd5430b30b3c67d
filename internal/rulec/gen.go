package rulec

import (
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// From trees to Go.
//
// Problem: write code that reads like written by hand, in functions of bounded size, the same on every run.
// Idea: one nested block per node. A term is computed where it is first needed, into a variable if a rule gives it a
// name, else in place; blocks inherit the variables of those around them.
// Invariants:
//  1. Variables are declared only when they are about to be used, so Go finds none unused.
//  2. A variable shadows nothing: names of the package, of imports, of the language and of outer blocks are avoided.
//  3. What the right side reads is in variables before its first effect.
//  4. No function has more than about maxLines lines: subtrees that would make it longer become methods of their own, with
//     the variables that they read as parameters.

// maxLines bounds the estimated length of a generated function.
const maxLines = 240

// generator writes the methods of one root.
type generator struct {
	u       *unit
	root    *root
	name    string // of the method of the root
	parts   int
	methods []string // finished methods after the first
	imports map[string]string
	names   map[string]bool // names that variables must not have
}

// block is one Go block.
type block struct {
	parent *block
	w      *strings.Builder
	names  map[*term]string
	used   map[string]bool
}

func (b *block) printf(format string, args ...any) { fmt.Fprintf(b.w, format, args...) }

// inner returns a block inside of b.
func (b *block) inner() *block {
	return &block{parent: b, w: b.w, names: map[*term]string{}, used: map[string]bool{}}
}

func (b *block) lookup(t *term) (string, bool) {
	for ; b != nil; b = b.parent {
		if name, ok := b.names[t]; ok {
			return name, true
		}
	}
	return "", false
}

func (b *block) taken(name string) bool {
	for ; b != nil; b = b.parent {
		if b.used[name] {
			return true
		}
	}
	return false
}

// fresh returns a name for a new variable of b, made from hint.
func (g *generator) fresh(b *block, hint string) string {
	name := hint
	for i := 1; g.names[name] || token.IsKeyword(name) || b.taken(name); i++ {
		name = hint + strconv.Itoa(i)
	}
	b.used[name] = true
	return name
}

// methodOf returns the name of the generated method of an opcode.
func (u *unit) methodOf(o *Opcode) string {
	name := u.opConsts.names[o.Number]
	if name == "" {
		name = camel(o.Name)
	}
	return u.prefix + name
}

// generate returns the Go methods of a root.
func (u *unit) generate(rt *root, imports map[string]string) string {
	g := &generator{u: u, root: rt, name: u.methodOf(rt.opcode), imports: imports, names: map[string]bool{}}
	for _, n := range append(u.host.types.Scope().Names(), types.Universe.Names()...) {
		g.names[n] = true
	}
	for n := range u.imports {
		g.names[n] = true
	}
	for _, n := range []string{u.recvName, "inst", "ok", "matched"} {
		g.names[n] = true
	}
	nodes := u.tree(rt)
	var w strings.Builder
	b := &block{w: &w, names: map[*term]string{}, used: map[string]bool{}}
	fmt.Fprintf(&w, "// %s tries the rules for %s and reports whether one matched.\n", g.name, rt.opcode.Name)
	g.open(b, g.name, "")
	g.rootOperands(b, nodes)
	g.function(b, nodes)
	return w.String() + strings.Join(g.methods, "")
}

// open writes the head of a method.
func (g *generator) open(b *block, name, params string) {
	b.printf("func (%s *%s) %s(inst %s%s) bool {\n", g.u.recvName, g.u.recvTypeName, name, g.u.prelude.Inst, params)
	if g.u.matchAll {
		b.printf("matched := false\n")
	}
}

// rootOperands declares the operands and type of the root instruction that are read anywhere.
func (g *generator) rootOperands(b *block, nodes []*node) {
	used := map[*term]bool{}
	for _, n := range nodes {
		n.uses(func(t *term) { used[t] = true })
	}
	var list []*term
	for t := range used {
		if (t.kind == termOperand || t.kind == termType) && t.args[0].kind == termInst {
			list = append(list, t)
		}
	}
	sort.Slice(list, func(i, j int) bool {
		if (list[i].kind == termType) != (list[j].kind == termType) {
			return list[i].kind == termType
		}
		return list[i].key < list[j].key
	})
	for _, t := range list {
		g.declare(b, t)
	}
}

// function writes the body of a method, of which the head is written, and closes it.
func (g *generator) function(b *block, nodes []*node) {
	total := 0
	for _, n := range nodes {
		total += n.lines
	}
	if total <= maxLines {
		g.nodes(b, nodes, nil)
	} else {
		g.split(b, nodes)
	}
	if g.u.matchAll {
		b.printf("return matched\n}\n\n")
	} else {
		b.printf("return false\n}\n\n")
	}
}

// split writes nodes that are too long for one function: those too long by themselves with their children in a method,
// the others in methods for several together.
func (g *generator) split(b *block, nodes []*node) {
	outline := map[*node]bool{}
	for len(nodes) > 0 {
		if nodes[0].lines > maxLines {
			outline[nodes[0]] = true
			g.nodes(b, nodes[:1], outline)
			nodes = nodes[1:]
			continue
		}
		n, lines := 0, 0
		for n < len(nodes) && lines+nodes[n].lines <= maxLines {
			lines += nodes[n].lines
			n++
		}
		g.callPart(b, nodes[:n])
		nodes = nodes[n:]
	}
}

// callPart puts nodes into a method of their own and calls it.
func (g *generator) callPart(b *block, nodes []*node) {
	g.parts++
	name := g.name + "Part" + strconv.Itoa(g.parts)
	var terms []*term
	seen := map[*term]bool{}
	var visit func(t *term)
	visit = func(t *term) {
		if seen[t] || t.kind == termInst {
			return
		}
		seen[t] = true
		if _, ok := b.lookup(t); ok {
			terms = append(terms, t)
			return
		}
		for _, a := range t.args {
			visit(a)
		}
		if t.e != nil {
			t.e.uses(visit)
		}
	}
	for _, n := range nodes {
		n.direct(visit)
	}
	var w strings.Builder
	fb := &block{w: &w, names: map[*term]string{}, used: map[string]bool{}}
	params, args := "", "inst"
	for _, t := range terms {
		outer, _ := b.lookup(t)
		name := g.fresh(fb, g.hint(t))
		fb.names[t] = name
		params += ", " + name + " " + g.typeString(t.typ)
		args += ", " + outer
	}
	slot := len(g.methods)
	g.methods = append(g.methods, "") // before those of its own parts
	fmt.Fprintf(&w, "// %s is a part of %s.\n", name, g.name)
	g.open(fb, name, params)
	g.function(fb, nodes)
	g.methods[slot] = w.String()
	b.printf("if %s.%s(%s) {\n%s\n}\n", g.u.recvName, name, args, g.success())
}

// success is the statement after a match.
func (g *generator) success() string {
	if g.u.matchAll {
		return "matched = true"
	}
	return "return true"
}

// typeString prints a type and notes the imports it needs.
func (g *generator) typeString(t types.Type) string {
	return types.TypeString(t, func(p *types.Package) string {
		if p == g.u.host.types {
			return ""
		}
		g.imports[p.Name()] = p.Path()
		return p.Name()
	})
}

func (g *generator) hint(t *term) string {
	if t.name != "" {
		return t.name
	}
	return t.fallback
}

// nodes writes nodes one after the other; the children of those in outline go into methods.
func (g *generator) nodes(b *block, nodes []*node, outline map[*node]bool) {
	for len(nodes) > 0 {
		n := 1
		if nodes[0].test != nil && switchable(nodes[0].test) {
			for n < len(nodes) && g.extends(nodes[:n], nodes[n]) {
				n++
			}
		}
		switch {
		case nodes[0].leaf != nil:
			g.leaf(b, nodes[0].leaf)
		case n > 1:
			g.switchNodes(b, nodes[:n], outline)
		default:
			g.testNode(b, nodes[0], outline)
		}
		nodes = nodes[n:]
	}
}

// switchable reports whether t compares a term with a constant of an integer type.
func switchable(t *test) bool {
	return t.kind == testOpcode || t.kind == testConst && t.want && t.konst.val != nil && hasInfo(t.term.typ, types.IsInteger)
}

// extends reports whether n can be one more case of a switch on the nodes in list.
func (g *generator) extends(list []*node, n *node) bool {
	if n.test == nil || n.test.kind != list[0].test.kind || n.test.term != list[0].test.term || !switchable(n.test) {
		return false
	}
	return !slices.ContainsFunc(list, func(o *node) bool {
		if n.test.kind == testOpcode {
			return o.test.opcode == n.test.opcode
		}
		return !differ(o.test.konst, n.test.konst)
	})
}

func (g *generator) switchNodes(b *block, nodes []*node, outline map[*node]bool) {
	b.printf("switch %s {\n", g.value(b, nodes[0].test.term))
	for _, n := range nodes {
		b.printf("case %s:\n", g.constantText(n.test))
		g.children(b.inner(), n, outline)
	}
	b.printf("}\n")
}

// constantText is the right operand of the comparison that t makes.
func (g *generator) constantText(t *test) string {
	if t.kind == testOpcode {
		return g.u.opConsts.expr(t.opcode.Number, g.u.prelude.Opcode)
	}
	return t.konst.text
}

func (g *generator) children(b *block, n *node, outline map[*node]bool) {
	if outline[n] {
		g.callPart(b, n.children)
		return
	}
	g.nodes(b, n.children, outline)
}

// testNode writes a test with what is below it. Tests below that are the only ones and need no variables are joined.
func (g *generator) testNode(b *block, n *node, outline map[*node]bool) {
	in := b.inner()
	t := n.test
	var head string
	switch {
	case t.loop:
		head = fmt.Sprintf("for %s := range %s", g.outs(in, n), g.expr(b, t.call))
	case t.kind == testCall:
		call := g.expr(b, t.call)
		head = fmt.Sprintf("if %s, ok := %s; ok", g.outs(in, n), call)
	default:
		head = "if " + g.condition(b, t)
	}
	for !t.loop && !outline[n] && len(n.children) == 1 && n.children[0].test != nil {
		c := n.children[0].test
		if c.kind == testCall || !g.ready(in, c) {
			break
		}
		head += " && " + g.condition(in, c)
		n = n.children[0]
	}
	b.printf("%s {\n", head)
	g.children(in, n, outline)
	b.printf("}\n")
}

// outs names the results of the call that n tests, in block b.
func (g *generator) outs(b *block, n *node) string {
	used := map[*term]bool{}
	for _, c := range n.children {
		c.uses(func(t *term) { used[t] = true })
	}
	names := make([]string, len(n.test.outs))
	for i, t := range n.test.outs {
		names[i] = "_"
		if used[t] {
			names[i] = g.fresh(b, g.hint(t))
			b.names[t] = names[i]
		}
	}
	return strings.Join(names, ", ")
}

// condition returns the Go condition for a test that is no call that can fail.
func (g *generator) condition(b *block, t *test) string {
	switch t.kind {
	case testOpcode:
		return g.value(b, t.term) + " == " + g.constantText(t)
	case testConst:
		rel := " == "
		if !t.want {
			rel = " != "
		}
		return g.value(b, t.term) + rel + g.constantText(t)
	case testSame:
		return g.value(b, t.term) + " == " + g.value(b, t.other)
	}
	if t.want {
		return g.operand(b, t.cond, precAnd)
	}
	return "!" + g.operand(b, t.cond, precUnary)
}

// ready reports whether the condition of t can be written in b without declaring variables first.
func (g *generator) ready(b *block, t *test) bool {
	ok := true
	t.uses(func(x *term) { ok = ok && g.inPlace(b, x) })
	return ok
}

func (g *generator) inPlace(b *block, t *term) bool {
	if _, found := b.lookup(t); found || t.kind == termInst {
		return true
	}
	if g.named(t) {
		return false
	}
	ok := true
	for _, a := range t.args {
		ok = ok && g.inPlace(b, a)
	}
	if t.e != nil {
		t.e.uses(func(x *term) { ok = ok && g.inPlace(b, x) })
	}
	return ok
}

// named reports whether t gets a variable when it is needed.
func (g *generator) named(t *term) bool { return t.name != "" || t.kind == termData }

// value returns Go text for a term, after declaring in b what it needs.
func (g *generator) value(b *block, t *term) string {
	if name, ok := b.lookup(t); ok {
		return name
	}
	switch {
	case t.kind == termInst:
		return "inst"
	case t.kind == termOut:
		panic("rulec: result of a call used outside of its block: " + t.key)
	case g.named(t):
		return g.declare(b, t)
	case t.kind == termExpr:
		return g.operand(b, t.e, precUnary)
	}
	return g.access(b, t)
}

// declare declares a variable for t in b and returns its name.
func (g *generator) declare(b *block, t *term) string {
	if name, ok := b.lookup(t); ok {
		return name
	}
	var text string
	if t.kind == termExpr {
		text = g.expr(b, t.e)
	} else {
		text = g.access(b, t)
	}
	name := g.fresh(b, g.hint(t))
	b.names[t] = name
	b.printf("%s := %s\n", name, text)
	return name
}

// access instantiates the template of t.
func (g *generator) access(b *block, t *term) string {
	inst := g.value(b, t.args[0])
	data := ""
	if len(t.args) > 1 {
		data = g.value(b, t.args[1])
	}
	return instantiate(t.template, g.u.recvName+"."+g.u.funcPath, inst, data)
}

// expr returns Go text for e.
func (g *generator) expr(b *block, e *expr) string {
	switch e.kind {
	case exprTerm:
		return g.value(b, e.term)
	case exprLocal:
		return b.local(e.local)
	case exprText:
		return e.text
	case exprCall, exprConv:
		return e.text + "(" + g.list(b, e.args) + ")"
	case exprMethod:
		return g.operand(b, e.args[0], precPrimary) + "." + e.text + "(" + g.list(b, e.args[1:]) + ")"
	case exprField:
		return g.operand(b, e.args[0], precPrimary) + "." + e.text
	case exprBinary:
		p := precedence[e.text]
		return g.operand(b, e.args[0], p) + " " + e.text + " " + g.operand(b, e.args[1], p+1)
	}
	return e.text + g.operand(b, e.args[0], precUnary)
}

const (
	precAnd     = 2
	precUnary   = 6
	precPrimary = 7
)

// precedence of Go's binary operators.
var precedence = map[string]int{
	"||": 1, "&&": 2, "==": 3, "!=": 3, "<": 3, "<=": 3, ">": 3, ">=": 3, "+": 4, "-": 4, "|": 4, "^": 4,
	"*": 5, "<<": 5, ">>": 5, "&": 5, "&^": 5,
}

// operand is expr, in parentheses if its operator binds less than precedence min.
func (g *generator) operand(b *block, e *expr, min int) string {
	inner := e
	if e.kind == exprTerm && e.term.kind == termExpr {
		if _, ok := b.lookup(e.term); !ok && !g.named(e.term) {
			inner = e.term.e
		}
	}
	p := precPrimary
	switch {
	case inner.kind == exprBinary:
		p = precedence[inner.text]
	case inner.kind == exprUnary, inner.kind == exprText && (inner.text[0] == '-' || inner.text[0] == '+'):
		p = precUnary
	}
	if text := g.expr(b, inner); p >= min {
		return text
	} else {
		return "(" + text + ")"
	}
}

func (g *generator) list(b *block, args []*expr) string {
	parts := make([]string, len(args))
	for i, a := range args {
		parts[i] = g.expr(b, a)
	}
	return strings.Join(parts, ", ")
}

// local returns the name of a variable of a right side.
func (b *block) local(l *local) string {
	for ; b != nil; b = b.parent {
		if name, ok := b.names[l.term()]; ok {
			return name
		}
	}
	panic("rulec: variable used before it is bound: " + l.name)
}

// leaf writes the right side of a rule.
func (g *generator) leaf(b *block, v *variant) {
	v.body.uses(func(t *term) { g.value(b, t) })
	r := v.rule
	b.printf("// %s:%d\n", r.pos.File, r.pos.Line)
	trace := g.u.recvName + "." + g.u.traceName
	b.printf("if %s == nil || %s.Fire(%s) {\n", trace, trace, r.ident)
	in := b.inner()
	for _, s := range v.body.stmts {
		g.stmt(in, s)
	}
	if v.body.deliver != nil {
		in.printf("%s\n", g.expr(in, v.body.deliver))
	}
	in.printf("%s\n}\n", g.success())
}

func (g *generator) stmt(b *block, s stmt) {
	text := g.expr(b, s.e)
	names := make([]string, len(s.locals))
	bound := false
	for i, l := range s.locals {
		names[i] = "_"
		if l != nil {
			hint := l.name
			if hint == "" {
				hint = "r"
			}
			names[i] = g.fresh(b, hint)
			b.names[l.term()] = names[i]
			bound = true
		}
	}
	switch {
	case bound:
		b.printf("%s := %s\n", strings.Join(names, ", "), text)
	case s.e.kind == exprCall || s.e.kind == exprMethod:
		b.printf("%s\n", text)
	default:
		b.printf("_ = %s\n", text)
	}
}

// direct calls fn for every term that the tests and bodies of n read directly.
func (n *node) direct(fn func(*term)) {
	if n.leaf != nil {
		n.leaf.body.uses(fn)
		return
	}
	n.test.uses(fn)
	for _, c := range n.children {
		c.direct(fn)
	}
}

// file assembles a Go file and formats it.
func (u *unit) file(name, from, code string, imports map[string]string) (File, error) {
	known := maps.Clone(u.imports)
	maps.Copy(known, imports)
	used, err := usedImports(u.host.types.Name(), code, known)
	if err != nil {
		return File{}, fmt.Errorf("generated code of %s: %w\n%s", name, err, code)
	}
	var w strings.Builder
	fmt.Fprintf(&w, "%s%s; DO NOT EDIT.\n\npackage %s\n\n", generatedMark, from, u.host.types.Name())
	if len(used) > 0 {
		w.WriteString("import (\n")
		for _, n := range used {
			path := known[n]
			if pkg, _ := u.l.Import(path); pkg.Name() == n {
				fmt.Fprintf(&w, "\t%q\n", path)
			} else {
				fmt.Fprintf(&w, "\t%s %q\n", n, path)
			}
		}
		w.WriteString(")\n\n")
	}
	w.WriteString(code)
	data, err := format.Source([]byte(w.String()))
	if err != nil {
		return File{}, fmt.Errorf("generated code of %s: %w\n%s", name, err, w.String())
	}
	return File{name, data}, nil
}

// usedImports returns the names of packages that code mentions, standard library first, by path.
func usedImports(pkg, code string, known map[string]string) ([]string, error) {
	f, err := parser.ParseFile(token.NewFileSet(), "", "package "+pkg+"\n"+code, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	found := map[string]bool{}
	ast.Inspect(f, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if id, ok := sel.X.(*ast.Ident); ok && known[id.Name] != "" {
				found[id.Name] = true
			}
		}
		return true
	})
	names := slices.Collect(maps.Keys(found))
	sort.Slice(names, func(i, j int) bool { return known[names[i]] < known[names[j]] })
	return names, nil
}

// tables returns the file with the dispatch table and the table of rules.
func (u *unit) tables() (File, error) {
	var w strings.Builder
	fmt.Fprintf(&w, "// %sTable has the method that tries the rules of an opcode, or nil if there are none.\n", u.prefix)
	fmt.Fprintf(&w, "var %sTable = [%s]func(*%s, %s) bool{\n", u.prefix, u.prelude.TableLen, u.recvTypeName, u.prelude.Inst)
	roots := slices.Clone(u.rootOrder)
	sort.Slice(roots, func(i, j int) bool { return roots[i].opcode.Number < roots[j].opcode.Number })
	for _, rt := range roots {
		fmt.Fprintf(&w, "%s: (*%s).%s,\n", u.opConsts.expr(rt.opcode.Number, u.prelude.Opcode), u.recvTypeName, u.methodOf(rt.opcode))
	}
	w.WriteString("}\n\n// The numbers of the rules.\nconst (\n")
	for i, r := range u.rules {
		if i == 0 {
			fmt.Fprintf(&w, "%s = iota\n", r.ident)
		} else {
			fmt.Fprintf(&w, "%s\n", r.ident)
		}
	}
	fmt.Fprintf(&w, ")\n\n// %sRules describes the rules, by number.\nvar %sRules = [...]rule.Info{\n", u.prefix, u.prefix)
	for _, r := range u.rules {
		fmt.Fprintf(&w, "%s: {Name: %q, Opcode: %q, File: %q, Line: %d},\n", r.ident, r.name, r.root.opcode.Name, r.pos.File, r.pos.Line)
	}
	w.WriteString("}\n")
	imports := map[string]string{"rule": "davit/internal/rulec/rule"}
	return u.file("z"+u.prefix+"_table.go", strings.Join(u.files, ", "), w.String(), imports)
}
