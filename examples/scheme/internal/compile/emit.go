package compile

import (
	"davit/examples/scheme/internal/prim"
	"davit/examples/scheme/internal/rt"
	"davit/gc"
	"davit/ir"
	"davit/ir/op"
)

// emitter compiles a primitive for its value.
type emitter func(f *fn, p *prim.Prim, a []ir.Value) ir.Value

var emitters map[string]emitter

func init() {
	emitters = map[string]emitter{
		"cons": func(f *fn, p *prim.Prim, a []ir.Value) ir.Value { return f.cons(a[0], a[1]) },
		"car":  loadPair(0), "cdr": loadPair(1), "set-car!": storePair(0), "set-cdr!": storePair(1),
		"%add": arith("add", sum), "%sub": arith("sub", difference), "%mul": arith("mul", product),
		"quotient": divisionOf("quotient"), "remainder": divisionOf("remainder"), "modulo": divisionOf("modulo"),
		"vector-ref": vectorRef, "vector-set!": vectorSet, "vector-length": lengthOf(rt.LayVector, rt.CheckVector),
		"%make-vector": makeVector, "vector": vector,
		"string-ref": stringRef, "string-set!": stringSet, "string-length": lengthOf(rt.LayString, rt.CheckString),
		"bytevector-u8-ref": bytesRef, "bytevector-u8-set!": bytesSet, "bytevector-length": lengthOf(rt.LayBytes, rt.CheckBytes),
		"char->integer": charToInteger, "integer->char": integerToChar,
		"%record": record, "%record-ref": recordRef, "%record-set!": recordSet, "%record-type-of": recordType,
		"%values": values, "%call/ec": callEC, "%call": callN,
		"%undefined": func(f *fn, p *prim.Prim, a []ir.Value) ir.Value { return f.misc(rt.Undefined) },
	}
}

// site makes the number by which a failed check names itself.
func (f *fn) site(p *prim.Prim, c rt.Check) ir.Value { return f.fixnum(rt.Site(p, c)) }

// check goes on if bad is 0, else it reports that x is not what c wants.
func (f *fn) check(p *prim.Prim, c rt.Check, bad, x ir.Value) {
	f.orFail(bad, func() { f.host("check-failed", f.site(p, c), x, f.misc(rt.Absent)) })
}

func (f *fn) checkPair(p *prim.Prim, x ir.Value) {
	if f.facts.of(x).typ != prim.Pair {
		f.check(p, rt.CheckPair, f.hasTag(x, rt.TagPair), x)
		f.facts.learn(x, fact{typ: prim.Pair})
	}
}

func (f *fn) checkChar(p *prim.Prim, x ir.Value) {
	if f.facts.of(x).typ != prim.Char {
		f.check(p, rt.CheckChar, f.b.IcmpImm(op.Ne, f.b.BandImm(x, 0xff), int64(rt.CharTag)), x)
		f.facts.learn(x, fact{typ: prim.Char})
	}
}

func (f *fn) checkLayout(p *prim.Prim, c rt.Check, x ir.Value, id gc.LayoutID) {
	if f.facts.isLayout(x, id) {
		return
	}
	bad, ok := f.b.CreateBlock(), f.b.CreateBlock()
	f.b.SetCold(bad)
	f.branchLayout(x, id, ok, bad)
	f.start(bad)
	f.host("check-failed", f.site(p, c), x, f.misc(rt.Absent))
	f.b.Trap(trapCode)
	f.start(ok)
	f.object(x, id)
}

func loadPair(i int) emitter {
	return func(f *fn, p *prim.Prim, a []ir.Value) ir.Value {
		f.checkPair(p, a[0])
		return f.e.LoadRef(a[0], rt.TagPair, i)
	}
}

func storePair(i int) emitter {
	return func(f *fn, p *prim.Prim, a []ir.Value) ir.Value {
		f.checkPair(p, a[0])
		f.store(a[0], rt.TagPair, i, a[1])
		return f.misc(rt.Unspecified)
	}
}

// arith compiles an operation on fixnums, with an overflow flag, and leaves other cases to a helper.
func arith(name string, fast func(f *fn, x, y ir.Value) (r, overflow ir.Value)) emitter {
	return func(f *fn, p *prim.Prim, a []ir.Value) ir.Value {
		b := f.b
		slow, fine, join := b.CreateBlock(), b.CreateBlock(), b.CreateBlock()
		b.SetCold(slow)
		v := b.AppendBlockParam(join, op.I64)
		b.DeclareValueNeedsStackMap(v)
		f.bothFixnums(a[0], a[1], slow)
		r, overflow := fast(f, a[0], a[1])
		b.Brif(overflow, slow, nil, fine, nil)
		f.start(fine)
		b.Jump(join, r)
		f.start(slow)
		b.Jump(join, f.number(name, a[0], a[1]))
		f.start(join)
		return v
	}
}

func sum(f *fn, x, y ir.Value) (ir.Value, ir.Value) { return f.b.SaddOverflow(x, y) }

func difference(f *fn, x, y ir.Value) (ir.Value, ir.Value) { return f.b.SsubOverflow(x, y) }

func product(f *fn, x, y ir.Value) (ir.Value, ir.Value) {
	for _, o := range [][2]ir.Value{{x, y}, {y, x}} {
		if k := f.facts.of(o[1]); k.isNum {
			return f.b.SmulOverflow(o[0], f.b.Iconst(op.I64, k.num))
		}
	}
	return f.b.SmulOverflow(f.b.SshrImm(x, 1), y)
}

// divisionOf compiles a division of fixnums. Divisors 0 and -1 are left to the helper: the first is an error, the second
// may overflow.
func divisionOf(name string) emitter {
	return func(f *fn, p *prim.Prim, a []ir.Value) ir.Value {
		b := f.b
		slow, join := b.CreateBlock(), b.CreateBlock()
		b.SetCold(slow)
		v := b.AppendBlockParam(join, op.I64)
		b.DeclareValueNeedsStackMap(v)
		f.bothFixnums(a[0], a[1], slow)
		if k := f.facts.of(a[1]); !k.isNum || k.num == 0 || k.num == -1 {
			ok := b.CreateBlock()
			b.Brif(b.Icmp(op.Ule, b.IaddImm(a[1], 2), b.Iconst(op.I64, 2)), slow, nil, ok, nil)
			f.start(ok)
		}
		b.Jump(join, divide(f, name, a[0], a[1]))
		f.start(slow)
		b.Jump(join, f.number(name, a[0], a[1]))
		f.start(join)
		return v
	}
}

// divide divides fixnums. The words are twice the numbers, so that a remainder is right as it is.
func divide(f *fn, name string, x, y ir.Value) ir.Value {
	b := f.b
	if name == "quotient" {
		return b.IshlImm(b.Sdiv(x, y), 1)
	}
	r := b.Srem(x, y)
	if name == "remainder" {
		return r
	}
	// modulo: the result has the sign of the divisor
	adjust := b.Band(b.Uextend(op.I64, b.IcmpImm(op.Ne, r, 0)), b.UshrImm(b.Bxor(r, y), 63))
	return b.Iadd(r, b.Band(y, b.Isub(b.Iconst(op.I64, 0), adjust)))
}

// element checks an access to an element, and returns the index as an i64.
func (f *fn) element(p *prim.Prim, x, i ir.Value, id gc.LayoutID) ir.Value {
	b := f.b
	bad, ok, number, bounds := b.CreateBlock(), b.CreateBlock(), b.CreateBlock(), b.CreateBlock()
	b.SetCold(bad)
	f.branchLayout(x, id, number, bad)
	f.start(number)
	if f.facts.isFixnum(i) {
		b.Jump(bounds)
	} else {
		b.Brif(b.BandImm(i, 1), bad, nil, bounds, nil)
	}
	f.start(bounds)
	k := b.UshrImm(i, 1)
	b.Brif(b.Icmp(op.Ult, k, f.length(x)), ok, nil, bad, nil)
	f.start(bad)
	f.host("check-failed", f.site(p, rt.CheckIndex), x, i)
	b.Trap(trapCode)
	f.start(ok)
	f.object(x, id)
	f.facts.learn(i, fact{typ: prim.Fixnum})
	return k
}

func vectorRef(f *fn, p *prim.Prim, a []ir.Value) ir.Value {
	k := f.element(p, a[0], a[1], rt.LayVector)
	at := f.b.Iadd(a[0], f.b.IshlImm(k, 3))
	v := f.b.Load(op.I64, ir.TrustedMem, at, gc.Offset(0, rt.TagObject))
	f.b.DeclareValueNeedsStackMap(v)
	return v
}

func vectorSet(f *fn, p *prim.Prim, a []ir.Value) ir.Value {
	k := f.element(p, a[0], a[1], rt.LayVector)
	at := f.b.IaddImm(f.b.Iadd(a[0], f.b.IshlImm(k, 3)), int64(gc.Offset(0, rt.TagObject)))
	switch f.facts.of(a[2]).typ {
	case prim.Fixnum, prim.Bool, prim.Nil, prim.Char:
		f.b.Store(ir.TrustedMem, a[2], at, 0)
	default:
		f.e.StoreAt(at, a[0], rt.TagObject, a[2])
	}
	return f.misc(rt.Unspecified)
}

func lengthOf(id gc.LayoutID, c rt.Check) emitter {
	return func(f *fn, p *prim.Prim, a []ir.Value) ir.Value {
		f.checkLayout(p, c, a[0], id)
		return f.b.IshlImm(f.length(a[0]), 1)
	}
}

func makeVector(f *fn, p *prim.Prim, a []ir.Value) ir.Value {
	b := f.b
	if !f.facts.isFixnum(a[0]) {
		f.check(p, rt.CheckSize, b.BandImm(a[0], 1), a[0])
	}
	n := b.UshrImm(a[0], 1)
	f.check(p, rt.CheckSize, b.Icmp(op.Ugt, n, b.Iconst(op.I64, gc.MaxLength)), a[0])
	v, body := f.e.NewArray(rt.LayVector, rt.TagObject, n)
	f.e.Fill(body, n, a[1])
	return f.object(v, rt.LayVector)
}

func vector(f *fn, p *prim.Prim, a []ir.Value) ir.Value { return f.newArray(rt.LayVector, a) }

func values(f *fn, p *prim.Prim, a []ir.Value) ir.Value { return f.newArray(rt.LayValues, a) }

func record(f *fn, p *prim.Prim, a []ir.Value) ir.Value { return f.newArray(rt.LayRecord, a) }

// newArray makes an object whose elements are values.
func (f *fn) newArray(id gc.LayoutID, a []ir.Value) ir.Value {
	size := gc.HeaderBytes + 8*len(a)
	if size <= gc.MaxInline {
		return f.object(f.e.Init(f.e.Alloc(size), 0, id, uint32(len(a)), rt.TagObject, a...), id)
	}
	v, body := f.e.NewArray(id, rt.TagObject, f.b.Iconst(op.I64, int64(len(a))))
	for i, x := range a {
		f.b.Store(ir.TrustedMem, x, body, int32(8*i))
	}
	return f.object(v, id)
}

func stringRef(f *fn, p *prim.Prim, a []ir.Value) ir.Value {
	k := f.element(p, a[0], a[1], rt.LayString)
	c := f.b.Uload32(ir.TrustedMem, f.b.Iadd(a[0], f.b.IshlImm(k, 2)), gc.Offset(0, rt.TagObject))
	return f.b.BorImm(f.b.IshlImm(c, 8), int64(rt.CharTag))
}

func stringSet(f *fn, p *prim.Prim, a []ir.Value) ir.Value {
	k := f.element(p, a[0], a[1], rt.LayString)
	f.checkChar(p, a[2])
	f.b.Istore32(ir.TrustedMem, f.b.UshrImm(a[2], 8), f.b.Iadd(a[0], f.b.IshlImm(k, 2)), gc.Offset(0, rt.TagObject))
	return f.misc(rt.Unspecified)
}

func bytesRef(f *fn, p *prim.Prim, a []ir.Value) ir.Value {
	k := f.element(p, a[0], a[1], rt.LayBytes)
	return f.b.IshlImm(f.b.Uload8(op.I64, ir.TrustedMem, f.b.Iadd(a[0], k), gc.Offset(0, rt.TagObject)), 1)
}

func bytesSet(f *fn, p *prim.Prim, a []ir.Value) ir.Value {
	b := f.b
	k := f.element(p, a[0], a[1], rt.LayBytes)
	f.check(p, rt.CheckByte, b.BandImm(a[2], ^int64(0xff<<1)), a[2])
	b.Istore8(ir.TrustedMem, b.UshrImm(a[2], 1), b.Iadd(a[0], k), gc.Offset(0, rt.TagObject))
	return f.misc(rt.Unspecified)
}

func charToInteger(f *fn, p *prim.Prim, a []ir.Value) ir.Value {
	f.checkChar(p, a[0])
	return f.b.IshlImm(f.b.UshrImm(a[0], 8), 1)
}

func integerToChar(f *fn, p *prim.Prim, a []ir.Value) ir.Value {
	b := f.b
	f.check(p, rt.CheckCode, b.BandImm(a[0], 1), a[0])
	n := b.UshrImm(a[0], 1)
	const surrogates, numSurrogates, end = 0xd800, 0x800, 0x110000
	f.check(p, rt.CheckCode, b.Icmp(op.Uge, n, b.Iconst(op.I64, end)), a[0])
	f.check(p, rt.CheckCode, b.Icmp(op.Ult, b.IaddImm(n, -surrogates), b.Iconst(op.I64, numSurrogates)), a[0])
	return b.BorImm(b.IshlImm(n, 8), int64(rt.CharTag))
}

// checkRecord checks that a value is a record of a type.
func (f *fn) checkRecord(x, typ, who ir.Value) {
	b := f.b
	bad, ok, record := b.CreateBlock(), b.CreateBlock(), b.CreateBlock()
	b.SetCold(bad)
	f.branchLayout(x, rt.LayRecord, record, bad)
	f.start(record)
	b.Brif(b.Icmp(op.Eq, f.e.Load(x, rt.TagObject, 0), typ), ok, nil, bad, nil)
	f.start(bad)
	f.host("record-failed", x, typ, who)
	b.Trap(trapCode)
	f.start(ok)
	f.object(x, rt.LayRecord)
}

// recordRef gets record, type, index, name of the accessor.
func recordRef(f *fn, p *prim.Prim, a []ir.Value) ir.Value {
	f.checkRecord(a[0], a[1], a[3])
	return f.e.LoadRef(a[0], rt.TagObject, 1+int(f.facts.of(a[2]).num))
}

// recordSet gets record, type, index, value, name of the modifier.
func recordSet(f *fn, p *prim.Prim, a []ir.Value) ir.Value {
	f.checkRecord(a[0], a[1], a[4])
	f.store(a[0], rt.TagObject, 1+int(f.facts.of(a[2]).num), a[3])
	return f.misc(rt.Unspecified)
}

func recordType(f *fn, p *prim.Prim, a []ir.Value) ir.Value {
	return f.e.LoadRef(a[0], rt.TagObject, 0)
}

// callN calls a procedure with arguments from a list: procedure, number, list. The list is new and belongs to nobody else.
func callN(f *fn, p *prim.Prim, a []ir.Value) ir.Value { return f.callHelper("call", callHelper, a...) }

// callHelper makes the helper behind callN. It ends in a tail call.
func callHelper(h *fn, p []ir.Value) {
	b := h.b
	fn := p[0]
	argc := b.SshrImm(p[1], 1)
	code := h.genericCode(fn)
	rest := h.newVar()
	b.DefVar(rest, p[2])
	var args []ir.Value
	for i := range numRegs {
		v := h.newVar()
		b.DefVar(v, b.Iconst(op.I64, 0))
		h.ifElse(b.Icmp(op.Sgt, argc, b.Iconst(op.I64, int64(i))), func() {
			list := b.UseVar(rest)
			if i < numRegs-1 {
				b.DefVar(v, h.e.LoadRef(list, rt.TagPair, 0))
				b.DefVar(rest, h.e.LoadRef(list, rt.TagPair, 1))
				return
			}
			b.DefVar(v, list)
			h.ifElse(b.Icmp(op.Eq, argc, b.Iconst(op.I64, numRegs)), func() {
				b.DefVar(v, h.e.LoadRef(list, rt.TagPair, 0))
			}, func() {})
		}, func() {})
		args = append(args, b.UseVar(v))
	}
	b.ReturnCallIndirect(b.ImportSignature(genericSig()), code, append(args, fn, argc)...)
}

// callEC calls a procedure with a serial number, and returns what it returns, or what is thrown to the number.
func callEC(f *fn, p *prim.Prim, a []ir.Value) ir.Value {
	return f.callHelper("call/ec", func(h *fn, p []ir.Value) {
		b := h.b
		fn := p[0]
		at := gc.WordOffset(rt.WordSerial)
		serial := b.IaddImm(b.Load(op.I64, ir.TrustedMem, h.e.Context(), at), 1)
		b.Store(ir.TrustedMem, serial, h.e.Context(), at)
		code := h.genericCode(fn)
		args := h.genericArgs([]ir.Value{b.IshlImm(serial, 1)}, fn, b.Iconst(op.I64, 1))
		normal, thrown := b.CreateBlock(), b.CreateBlock()
		r, x := b.AppendBlockParam(normal, op.I64), b.AppendBlockParam(thrown, op.I64)
		b.DeclareValueNeedsStackMap(r)
		b.DeclareValueNeedsStackMap(x)
		b.TryCallIndirect(code, args, ir.ExTableData{Sig: b.ImportSignature(genericSig()),
			Normal: b.TryTarget(normal, ir.RetArg(0)),
			Items: []ir.ExItem{{Kind: ir.ExContext, Context: serial},
				{Kind: ir.ExTag, Tag: rt.EscapeTag, Target: b.TryTarget(thrown, ir.ExnArg(0))}}})
		h.start(normal)
		b.Return(r)
		h.start(thrown)
		b.Return(x)
	}, a...)
}
