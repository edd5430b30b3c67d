package rulec

import (
	"slices"
	"sort"
)

// From lists of tests to a tree.
//
// Problem: rules of one opcode begin with the same tests; each should be made once, in few lines.
// Idea: take the rules in order of priority; the first one's next test becomes a node, and below it go all rules that
// make this test too.
// Invariants:
//  1. A variant moves ahead of another only if the two are disjoint, or every match counts anyway (matchAll), so the
//     first leaf reached in a walk is that of the rule of highest priority that matches.
//  2. Along a path from the top to a leaf are exactly the tests of the leaf's variant.
// Cost: cubic in the variants of one opcode at worst; there are few hundred.

// node is a test with what follows when it holds, or a leaf: a variant whose tests have all been made.
type node struct {
	test     *test
	children []*node
	leaf     *variant
	lines    int // estimated lines of Go
}

// pending is a variant with the tests not made yet.
type pending struct {
	v    *variant
	rest []*test
}

// tree arranges the rules of a root.
func (u *unit) tree(rt *root) []*node {
	var list []pending
	for _, r := range rt.rules {
		for _, v := range r.variants {
			list = append(list, pending{v, v.tests})
		}
	}
	sort.SliceStable(list, func(i, j int) bool { return list[i].v.rule.priority > list[j].v.rule.priority })
	return u.arrange(list)
}

func (u *unit) arrange(list []pending) []*node {
	var nodes []*node
	for len(list) > 0 {
		first := list[0]
		if len(first.rest) == 0 {
			nodes = append(nodes, &node{leaf: first.v, lines: first.v.body.lines()})
			list = list[1:]
			continue
		}
		t := first.rest[0]
		var group, others []pending
		for _, p := range list {
			i := slices.IndexFunc(p.rest, func(o *test) bool { return o.key == t.key })
			if i < 0 || !u.mayOvertake(p, others) {
				others = append(others, p)
				continue
			}
			rest := slices.Concat(p.rest[:i], p.rest[i+1:])
			group = append(group, pending{p.v, rest})
		}
		n := &node{test: t, children: u.arrange(group), lines: 3}
		for _, c := range n.children {
			n.lines += c.lines
		}
		nodes = append(nodes, n)
		list = others
	}
	return nodes
}

// mayOvertake reports whether p may be tried before all of others.
func (u *unit) mayOvertake(p pending, others []pending) bool {
	if u.matchAll {
		return true
	}
	for _, o := range others {
		if o.v.rule != p.v.rule && !u.disjointVariants(o.v, p.v) {
			return false
		}
		if o.v.rule == p.v.rule {
			return false
		}
	}
	return true
}

// lines estimates the lines of Go of a body with what surrounds it.
func (b *body) lines() int { return len(b.stmts) + 6 }

// uses calls fn for every term that the tests and bodies of n read, directly or through other terms.
func (n *node) uses(fn func(*term)) {
	var deep func(t *term)
	deep = func(t *term) {
		fn(t)
		for _, a := range t.args {
			deep(a)
		}
		if t.e != nil {
			t.e.uses(deep)
		}
	}
	if n.leaf != nil {
		n.leaf.body.uses(deep)
		return
	}
	n.test.uses(deep)
	for _, c := range n.children {
		c.uses(fn)
	}
}

// uses calls fn for every term that the test reads.
func (t *test) uses(fn func(*term)) {
	switch t.kind {
	case testOpcode, testConst:
		fn(t.term)
	case testSame:
		fn(t.term)
		fn(t.other)
	case testCall:
		t.call.uses(fn)
	case testCond:
		t.cond.uses(fn)
	}
}
