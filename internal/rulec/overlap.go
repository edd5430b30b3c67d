package rulec

import (
	"go/constant"
	"go/token"
	"slices"
	"sort"
)

// Overlap and shadowing.
//
// Problem: which of two rules is taken must not depend on anything but their priorities.
// Idea: two rules that cannot be told apart by provably contradicting tests are taken to overlap.
// Invariants:
//  1. Sound: if no error is reported, no two rules of one priority match the same instruction. Opaque tests (two
//     different predicates) never contradict unless declared to be disjoint. Of type guards see typeset.go.
//  2. A rule is reported as shadowed only if it is: for each of its variants, some variant of a rule that goes before it
//     makes only tests that its tests imply.
// Cost: quadratic in the rules of one opcode and in the tests of a rule.

func sortedCopy(s []string) []string {
	s = slices.Clone(s)
	sort.Strings(s)
	return s
}

// contradict reports whether a and b cannot both hold.
func (u *unit) contradict(a, b *test) bool {
	if x, s := u.typesOf(a); s != nil {
		if y, t := u.typesOf(b); t != nil && x == y {
			return !s.intersects(t)
		}
	}
	if a.kind == testOpcode && b.kind == testOpcode {
		return a.term == b.term && !a.term.multi && a.opcode != b.opcode
	}
	if a.kind == testConst && b.kind == testConst {
		if a.term != b.term || a.term.multi {
			return false
		}
		if a.want && b.want {
			return differ(a.konst, b.konst)
		}
		return a.want != b.want && a.konst.key() == b.konst.key()
	}
	ea, eb := a.subject(), b.subject()
	if ea == nil || eb == nil || usesMulti(ea) || usesMulti(eb) {
		return false
	}
	if a.kind == testCond && b.kind == testCond && a.want != b.want && ea.key() == eb.key() {
		return true
	}
	return u.disjointCalls(ea, eb) && (a.kind == testCall || a.want) && (b.kind == testCall || b.want)
}

// subject returns the call or condition of a test.
func (t *test) subject() *expr {
	switch t.kind {
	case testCall:
		if t.loop {
			return nil
		}
		return t.call
	case testCond:
		return t.cond
	}
	return nil
}

// differ reports whether two constants are known to be different.
func differ(a, b *expr) bool {
	if a.val == nil || b.val == nil {
		return false
	}
	x, y := constant.ToInt(a.val), constant.ToInt(b.val)
	if x.Kind() == constant.Int && y.Kind() == constant.Int {
		return constant.Compare(x, token.NEQ, y)
	}
	return a.val.Kind() == b.val.Kind() && constant.Compare(a.val, token.NEQ, b.val)
}

// disjointCalls reports whether a and b are calls of methods declared to be disjoint, on the same arguments.
func (u *unit) disjointCalls(a, b *expr) bool {
	if a.kind != exprCall || b.kind != exprCall || a.fn == b.fn || len(a.args) != len(b.args) {
		return false
	}
	common := false
	for _, g := range u.disjoint[a.fn] {
		common = common || slices.Contains(u.disjoint[b.fn], g)
	}
	if !common {
		return false
	}
	for i := range a.args {
		if a.args[i].key() != b.args[i].key() {
			return false
		}
	}
	return true
}

// disjointVariants reports whether a and b cannot both match.
func (u *unit) disjointVariants(a, b *variant) bool {
	for _, ta := range a.tests {
		for _, tb := range b.tests {
			if u.contradict(ta, tb) {
				return true
			}
		}
	}
	return false
}

// subsumes reports whether a matches wherever b does.
func (u *unit) subsumes(a, b *variant) bool {
	for _, ta := range a.tests {
		if !slices.ContainsFunc(b.tests, func(tb *test) bool { return u.implies(tb, ta) }) {
			return false
		}
	}
	return true
}

// implies reports whether b is known to hold wherever a does.
func (u *unit) implies(a, b *test) bool {
	if a.key == b.key {
		return true
	}
	x, s := u.typesOf(a)
	y, t := u.typesOf(b)
	return s != nil && t != nil && x == y && s.within(t)
}

// checkRoot reports overlapping and shadowed rules of one opcode.
func (u *unit) checkRoot(rt *root) {
	for i, b := range rt.rules {
		for _, a := range rt.rules[:i] {
			if len(u.errs) > maxErrors {
				return
			}
			if a.priority == b.priority && u.overlap(a, b) {
				u.errorf(b.pos, "rules %s (%v) and %s (%v) overlap at priority %d: give the more specific one a higher priority",
					a.name, a.pos, b.name, b.pos, a.priority)
			}
		}
	}
	for _, b := range rt.rules {
		if len(b.variants) == 0 {
			continue
		}
		var by *rule
		shadowed := true
		for _, vb := range b.variants {
			i := slices.IndexFunc(rt.rules, func(a *rule) bool {
				return a.priority > b.priority && slices.ContainsFunc(a.variants, func(va *variant) bool { return u.subsumes(va, vb) })
			})
			if i < 0 {
				shadowed = false
				break
			}
			by = rt.rules[i]
		}
		if shadowed {
			u.errorf(b.pos, "rule %s (%v) can never be chosen: rule %s (%v) of priority %d matches wherever it does", b.name, b.pos,
				by.name, by.pos, by.priority)
		}
	}
}

// overlap reports whether some variants of a and b may match the same instruction.
func (u *unit) overlap(a, b *rule) bool {
	for _, va := range a.variants {
		for _, vb := range b.variants {
			if !u.disjointVariants(va, vb) {
				return true
			}
		}
	}
	return false
}
