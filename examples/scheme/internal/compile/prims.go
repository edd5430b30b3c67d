package compile

import (
	"davit/examples/scheme/internal/ast"
	"davit/examples/scheme/internal/prim"
	"davit/examples/scheme/internal/rt"
	"davit/gc"
	"davit/ir"
	"davit/ir/op"
)

// Primitives that are compiled inline.

// prim compiles a primitive for its value.
func (f *fn) prim(e *ast.Prim) ir.Value {
	if t, ok := tests[e.P.Name]; ok {
		return f.testValue(e, t)
	}
	if e.P.Host {
		return f.hostPrim(e)
	}
	emit, ok := emitters[e.P.Name]
	if !ok {
		panic("compile: no code for primitive " + e.P.Name)
	}
	args := f.values(e.Args)
	f.at(e.Loc)
	v := emit(f, e.P, args)
	f.learnType(v, e.P.Result)
	return v
}

func (f *fn) learnType(v ir.Value, t prim.Type) {
	if t != prim.Any && t != prim.Object && f.facts.of(v).typ == prim.Any {
		f.facts.learn(v, fact{typ: t})
	}
}

// hostPrim calls a primitive in Go. One with any number of arguments gets a list.
func (f *fn) hostPrim(e *ast.Prim) ir.Value {
	args := f.values(e.Args)
	if e.P.Max < 0 {
		args = []ir.Value{f.list(args)}
	}
	f.at(e.Loc)
	v := f.host(e.P.Name, args...)
	f.learnType(v, e.P.Result)
	if e.P.Result == prim.None {
		// The code behind is never reached, but there must be some.
		return f.misc(rt.Unspecified)
	}
	return v
}

// testValue makes a boolean of a test.
func (f *fn) testValue(e *ast.Prim, t tester) ir.Value {
	b := f.b
	yes, no, join := b.CreateBlock(), b.CreateBlock(), b.CreateBlock()
	v := b.AppendBlockParam(join, op.I64)
	f.at(e.Loc)
	mark := f.facts.mark()
	t(f, e, yes, no)
	f.facts.forget(mark)
	f.start(yes)
	b.Jump(join, b.Iconst(op.I64, int64(rt.True)))
	f.start(no)
	b.Jump(join, b.Iconst(op.I64, int64(rt.False)))
	f.start(join)
	f.facts.learn(v, fact{typ: prim.Bool})
	return v
}

// tester compiles a primitive that decides between two blocks.
type tester func(f *fn, e *ast.Prim, yes, no ir.Block) *lesson

var tests map[string]tester

func init() {
	tests = map[string]tester{
		"not": func(f *fn, e *ast.Prim, yes, no ir.Block) *lesson {
			f.test(e.Args[0], no, yes)
			return nil
		},
		"eq?": testEq, "eqv?": testEqv,
		"null?": testWord(rt.Nil), "eof-object?": testWord(rt.EOF), "boolean?": testBoolean,
		"pair?": testTag(rt.TagPair, prim.Pair), "procedure?": testTag(rt.TagProc, prim.Procedure),
		"symbol?": testLayout(rt.LaySymbol), "string?": testLayout(rt.LayString), "vector?": testLayout(rt.LayVector),
		"bytevector?": testLayout(rt.LayBytes), "%flonum?": testLayout(rt.LayFlonum), "%bignum?": testLayout(rt.LayBignum),
		"%values?": testLayout(rt.LayValues), "%any-record?": testLayout(rt.LayRecord),
		"char?": testChar, "%fixnum?": testFixnum, "number?": testNumber, "%record?": testRecord,
		"%=": testNumbers(op.Eq, "compare="), "%<": testNumbers(op.Slt, "compare<"), "%>": testNumbers(op.Sgt, "compare>"),
		"%<=": testNumbers(op.Sle, "compare<="), "%>=": testNumbers(op.Sge, "compare>="),
		"%char=?": testChars(op.Eq), "%char<?": testChars(op.Ult),
	}
}

func testEq(f *fn, e *ast.Prim, yes, no ir.Block) *lesson {
	v := f.values(e.Args)
	f.b.Brif(f.b.Icmp(op.Eq, v[0], v[1]), yes, nil, no, nil)
	return nil
}

// testEqv asks Go about two different words that may both be numbers with memory.
func testEqv(f *fn, e *ast.Prim, yes, no ir.Block) *lesson {
	b := f.b
	v := f.values(e.Args)
	for _, x := range v {
		switch t := f.facts.of(x); {
		case t.typ != prim.Any && t.typ != prim.Object, t.has && t.layout != rt.LayFlonum && t.layout != rt.LayBignum:
			b.Brif(b.Icmp(op.Eq, v[0], v[1]), yes, nil, no, nil)
			return nil
		}
	}
	differ, object, slow := b.CreateBlock(), b.CreateBlock(), b.CreateBlock()
	b.SetCold(slow)
	b.Brif(b.Icmp(op.Eq, v[0], v[1]), yes, nil, differ, nil)
	f.start(differ)
	b.Brif(f.hasTag(v[0], rt.TagObject), no, nil, object, nil)
	f.start(object)
	b.Brif(f.hasTag(v[1], rt.TagObject), no, nil, slow, nil)
	f.start(slow)
	r := f.host("eqv", v[0], v[1])
	b.Brif(b.IcmpImm(op.Ne, r, int64(rt.False)), yes, nil, no, nil)
	return nil
}

func testWord(w gc.Word) tester {
	return func(f *fn, e *ast.Prim, yes, no ir.Block) *lesson {
		v := f.value(e.Args[0])
		f.b.Brif(f.b.IcmpImm(op.Eq, v, int64(w)), yes, nil, no, nil)
		return &lesson{v, fact{typ: prim.Nil}, true}
	}
}

func testBoolean(f *fn, e *ast.Prim, yes, no ir.Block) *lesson {
	v := f.value(e.Args[0])
	is := f.b.IcmpImm(op.Eq, f.b.BandImm(v, ^int64(rt.True^rt.False)), int64(rt.False))
	f.b.Brif(is, yes, nil, no, nil)
	return &lesson{v, fact{typ: prim.Bool}, true}
}

func testTag(tag int64, t prim.Type) tester {
	return func(f *fn, e *ast.Prim, yes, no ir.Block) *lesson {
		v := f.value(e.Args[0])
		switch known := f.facts.of(v).typ; {
		case known == t:
			f.b.Jump(yes)
		case known != prim.Any:
			f.b.Jump(no)
		default:
			f.b.Brif(f.hasTag(v, tag), no, nil, yes, nil)
		}
		return &lesson{v, fact{typ: t}, true}
	}
}

func testLayout(id gc.LayoutID) tester {
	return func(f *fn, e *ast.Prim, yes, no ir.Block) *lesson {
		v := f.value(e.Args[0])
		if t := f.facts.of(v).typ; t != prim.Any && t != prim.Object {
			f.b.Jump(no)
			return nil
		}
		f.branchLayout(v, id, yes, no)
		return &lesson{v, fact{typ: prim.Object, layout: id, has: true}, true}
	}
}

func testChar(f *fn, e *ast.Prim, yes, no ir.Block) *lesson {
	v := f.value(e.Args[0])
	f.b.Brif(f.b.IcmpImm(op.Eq, f.b.BandImm(v, 0xff), int64(rt.CharTag)), yes, nil, no, nil)
	return &lesson{v, fact{typ: prim.Char}, true}
}

func testFixnum(f *fn, e *ast.Prim, yes, no ir.Block) *lesson {
	v := f.value(e.Args[0])
	f.b.Brif(f.b.BandImm(v, 1), no, nil, yes, nil)
	return &lesson{v, fact{typ: prim.Fixnum}, true}
}

func testNumber(f *fn, e *ast.Prim, yes, no ir.Block) *lesson {
	b := f.b
	v := f.value(e.Args[0])
	odd, object := b.CreateBlock(), b.CreateBlock()
	b.Brif(b.BandImm(v, 1), odd, nil, yes, nil)
	f.start(odd)
	b.Brif(f.hasTag(v, rt.TagObject), no, nil, object, nil)
	f.start(object)
	// flonum and bignum are neighbours
	b.Brif(b.Icmp(op.Ule, b.IaddImm(f.layout(v), -int64(rt.LayFlonum)), b.Iconst(op.I32, 1)), yes, nil, no, nil)
	return nil
}

// testRecord compares the type of a record.
func testRecord(f *fn, e *ast.Prim, yes, no ir.Block) *lesson {
	v := f.values(e.Args)
	record := f.b.CreateBlock()
	f.branchLayout(v[0], rt.LayRecord, record, no)
	f.start(record)
	t := f.e.Load(v[0], rt.TagObject, 0)
	f.b.Brif(f.b.Icmp(op.Eq, t, v[1]), yes, nil, no, nil)
	return &lesson{v[0], fact{typ: prim.Object, layout: rt.LayRecord, has: true}, true}
}

// testChars compares characters by their words.
func testChars(cc op.IntCC) tester {
	return func(f *fn, e *ast.Prim, yes, no ir.Block) *lesson {
		v := f.values(e.Args)
		f.at(e.Loc)
		for _, x := range v {
			f.checkChar(e.P, x)
		}
		f.b.Brif(f.b.Icmp(cc, v[0], v[1]), yes, nil, no, nil)
		return nil
	}
}

// testNumbers compares numbers: fixnums by their words.
func testNumbers(cc op.IntCC, slowName string) tester {
	return func(f *fn, e *ast.Prim, yes, no ir.Block) *lesson {
		b := f.b
		v := f.values(e.Args)
		f.at(e.Loc)
		if f.facts.isFixnum(v[0]) && f.facts.isFixnum(v[1]) {
			b.Brif(b.Icmp(cc, v[0], v[1]), yes, nil, no, nil)
			return nil
		}
		slow := b.CreateBlock()
		b.SetCold(slow)
		f.bothFixnums(v[0], v[1], slow)
		b.Brif(b.Icmp(cc, v[0], v[1]), yes, nil, no, nil)
		f.start(slow)
		r := f.number(slowName, v[0], v[1])
		b.Brif(b.IcmpImm(op.Ne, r, int64(rt.False)), yes, nil, no, nil)
		return nil
	}
}

// bothFixnums goes to other unless both values are fixnums.
func (f *fn) bothFixnums(x, y ir.Value, other ir.Block) {
	var bits ir.Value
	switch {
	case f.facts.isFixnum(x) && f.facts.isFixnum(y):
		return
	case f.facts.isFixnum(x):
		bits = y
	case f.facts.isFixnum(y):
		bits = x
	default:
		bits = f.b.Bor(x, y)
	}
	ok := f.b.CreateBlock()
	f.b.Brif(f.b.BandImm(bits, 1), other, nil, ok, nil)
	f.start(ok)
}
