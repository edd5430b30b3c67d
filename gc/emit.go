package gc

import (
	"davit/frontend"
	"davit/ir"
	"davit/ir/op"
)

// Emitter appends to a function under construction the instructions by which compiled code works with objects: allocation
// inline, with a call of the collector on a cold path; access to words of objects; and the write barrier.
//
// References are values of type i64. An Emitter declares those that it returns to need stack maps; those given to it must
// be declared as well, if they are used after a safepoint. A tag is what the lowest bits of a reference hold.
type Emitter struct {
	spec    *Spec
	b       *frontend.Builder
	context func() ir.Value

	f     *ir.Func // the function that funcs belong to
	funcs [numImports]ir.FuncRef
	known [numImports]bool
}

// Emitter returns an emitter that uses a builder, for one function after another. context appends what is needed to have
// the address of the heap's context (see Heap.Context): the value of a parameter or, with Pinned, of a register.
func (s *Spec) Emitter(b *frontend.Builder, context func() ir.Value) *Emitter {
	return &Emitter{spec: s, b: b, context: context}
}

// Pinned is for contexts in the pinned register, which the setting enable_pinned_reg reserves. Functions that Go calls
// must set it.
func Pinned(b *frontend.Builder) func() ir.Value {
	return func() ir.Value { return b.GetPinnedReg(op.I64) }
}

const (
	importAlloc = iota
	importAllocRaw
	importRemember
	importSafepoint
	numImports
)

var imports = [numImports]struct {
	name            string
	params, results int
	noGC            bool
}{
	importAlloc:     {nameAlloc, 2, 1, false},
	importAllocRaw:  {nameAllocRaw, 2, 1, false},
	importRemember:  {nameRemember, 3, 0, true},
	importSafepoint: {nameSafepoint, 1, 0, false},
}

// call appends a call of a function of this package with the context and further arguments.
func (e *Emitter) call(i int, args ...ir.Value) ir.Value {
	if f := e.b.Func(); f != e.f {
		e.f, e.known = f, [numImports]bool{}
	}
	if !e.known[i] {
		words := []ir.Param{{Type: op.I64}, {Type: op.I64}, {Type: op.I64}}
		m := &imports[i]
		sig := e.b.ImportSignature(ir.Signature{Params: words[:m.params], Returns: words[:m.results], CallConv: ir.SystemV})
		if m.noGC {
			e.funcs[i] = e.b.ImportNoGCFunction(m.name, sig)
		} else {
			e.funcs[i] = e.b.ImportFunction(m.name, sig)
		}
		e.known[i] = true
	}
	return e.b.Result(e.b.Call(e.funcs[i], append([]ir.Value{e.context()}, args...)...))
}

// Context appends what is needed to have the address of the heap's context.
func (e *Emitter) Context() ir.Value { return e.context() }

// Safepoint appends a call at which everything may move. Programs are right without it; under stress it tests that they
// are, at places that are safepoints only now and then, such as the entry of a function.
func (e *Emitter) Safepoint() { e.call(importSafepoint) }

// Offset returns the displacement of word i behind the header from a reference with the given tag.
func Offset(i int, tag int64) int32 { return HeaderBytes + 8*int32(i) - int32(tag) }

// Load appends a load of word i behind the header of an object.
func (e *Emitter) Load(ref ir.Value, tag int64, i int) ir.Value {
	return e.b.Load(op.I64, ir.TrustedMem, ref, Offset(i, tag))
}

// LoadRef is Load for a place for references.
func (e *Emitter) LoadRef(ref ir.Value, tag int64, i int) ir.Value {
	v := e.Load(ref, tag, i)
	e.b.DeclareValueNeedsStackMap(v)
	return v
}

// StoreRaw appends a store to word i behind the header of an object, of what is not a reference, or into an object that was
// made after the last safepoint.
func (e *Emitter) StoreRaw(ref ir.Value, tag int64, i int, v ir.Value) {
	e.b.Store(ir.TrustedMem, v, ref, Offset(i, tag))
}

// Store appends a store to word i behind the header of an object. The collector is told first: then it does not matter if the
// code is stopped in between.
func (e *Emitter) Store(ref ir.Value, tag int64, i int, v ir.Value) {
	e.barrier(ref, tag, func() ir.Value { return e.b.IaddImm(ref, int64(Offset(i, tag))) }, false)
	e.StoreRaw(ref, tag, i, v)
}

// StoreAt appends a store to the address of a place inside an object, usually of an element.
func (e *Emitter) StoreAt(place, ref ir.Value, tag int64, v ir.Value) {
	e.barrier(ref, tag, func() ir.Value { return place }, true)
	e.b.Store(ir.TrustedMem, v, place, 0)
}

// barrier appends what tells the collector of a store into an object that follows. Objects with elements may be large.
func (e *Emitter) barrier(ref ir.Value, tag int64, place func() ir.Value, large bool) {
	b := e.b
	flags := b.Uload8(op.I32, ir.TrustedMem, ref, headerFlags-int32(tag))
	tell, done := b.CreateBlock(), b.CreateBlock()
	b.SetCold(tell)
	b.Brif(b.BandImm(flags, flagBarrier), tell, nil, done, nil)
	e.begin(tell)
	if large {
		card, small := b.CreateBlock(), b.CreateBlock()
		b.SetCold(card)
		b.SetCold(small)
		b.Brif(b.BandImm(flags, flagLarge), card, nil, small, nil)
		e.begin(card)
		cards := b.Load(op.I64, ir.TrustedMem, e.context(), contextCards)
		at := b.Iadd(cards, b.UshrImm(place(), cardShift))
		b.Istore8(ir.TrustedMem, b.Iconst(op.I32, 1), at, 0)
		b.Jump(done)
		e.begin(small)
	}
	object := ref
	if tag != 0 {
		object = b.IaddImm(ref, -tag)
	}
	e.call(importRemember, object, place())
	b.Jump(done)
	e.begin(done)
}

// begin makes a block current to which all branches have been built.
func (e *Emitter) begin(blk ir.Block) {
	e.b.SealBlock(blk)
	e.b.SwitchToBlock(blk)
}

// Alloc appends an allocation of room for objects that together take n bytes, at most MaxInline, and returns its address.
// Before the next safepoint, Init must have made objects of all of it, without gaps.
func (e *Emitter) Alloc(n int) ir.Value {
	b := e.b
	if n < HeaderBytes || n > MaxInline || n%8 != 0 {
		b.Fail("allocation of %d bytes, expected a multiple of 8 up to %d", n, MaxInline)
		return ir.NoValue
	}
	fast, slow, done := b.CreateBlock(), b.CreateBlock(), b.CreateBlock()
	b.SetCold(slow)
	a := b.AppendBlockParam(done, op.I64)
	free, end := e.bump(b.Iconst(op.I64, int64(n)), fast, slow)
	e.begin(fast)
	b.Store(ir.TrustedMem, end, e.context(), contextFree)
	b.Jump(done, free)
	e.begin(slow)
	b.Jump(done, e.call(importAllocRaw, b.Iconst(op.I64, int64(n))))
	e.begin(done)
	return a
}

// bump compares the space left with size and goes to one of two blocks.
func (e *Emitter) bump(size ir.Value, fast, slow ir.Block) (free, end ir.Value) {
	b := e.b
	ctx := e.context()
	free = b.Load(op.I64, ir.TrustedMem, ctx, contextFree)
	end = b.Iadd(free, size)
	b.Brif(b.Icmp(op.Ugt, end, b.Load(op.I64, ir.TrustedMem, ctx, contextLimit)), slow, nil, fast, nil)
	return free, end
}

// Init appends the initialization of an object at offset off of what Alloc returned: it stores the header, with n as the
// number of elements or, for layouts without elements, in its place; and then words, which must be as many as the object has.
// It returns a reference to the object.
func (e *Emitter) Init(a ir.Value, off int32, id LayoutID, n uint32, tag int64, words ...ir.Value) ir.Value {
	b := e.b
	if int(id) >= len(e.spec.shapes) {
		b.Fail("layout %d does not exist", id)
		return ir.NoValue
	}
	h := makeHeader(id, int(n))
	if size := int(e.spec.shapes[id].size(h)); size != HeaderBytes+8*len(words) {
		b.Fail("object of layout %s with %d bytes is given %d words", e.spec.shapes[id].Name, size, len(words))
		return ir.NoValue
	}
	b.Store(ir.TrustedMem, b.Iconst(op.I64, int64(h)), a, off)
	for i, w := range words {
		b.Store(ir.TrustedMem, w, a, off+Offset(i, 0))
	}
	ref := b.IaddImm(a, int64(off)+tag)
	b.DeclareValueNeedsStackMap(ref)
	return ref
}

// New appends the making of an object without elements, from its words.
func (e *Emitter) New(id LayoutID, tag int64, words ...ir.Value) ir.Value {
	return e.Init(e.Alloc(HeaderBytes+8*len(words)), 0, id, 0, tag, words...)
}

// NewArray appends the making of an object whose number of elements, an i64 from 0 to MaxLength, is known at run time. It
// returns a reference to the object and the address of its fixed part. Fixed part and elements must be filled before the next
// safepoint; no barrier is needed for that.
func (e *Emitter) NewArray(id LayoutID, tag int64, n ir.Value) (ref, body ir.Value) {
	b := e.b
	if int(id) >= len(e.spec.shapes) || e.spec.shapes[id].Elem.Bytes == 0 {
		b.Fail("layout %d has no elements", id)
		return ir.NoValue, ir.NoValue
	}
	s := &e.spec.shapes[id]
	header := b.Bor(b.IshlImm(n, lengthShift), b.Iconst(op.I64, int64(makeHeader(id, 0))))
	try, fast, slow, done := b.CreateBlock(), b.CreateBlock(), b.CreateBlock(), b.CreateBlock()
	b.SetCold(slow)
	a := b.AppendBlockParam(done, op.I64)
	most := int64((MaxInline - int(s.base)) / s.Elem.Bytes)
	b.Brif(b.Icmp(op.Ugt, n, b.Iconst(op.I64, most)), slow, nil, try, nil)
	e.begin(try)
	size := b.IaddImm(b.ImulImm(n, int64(s.Elem.Bytes)), int64(s.base))
	if s.Elem.Bytes%8 != 0 {
		size = b.BandImm(b.IaddImm(size, 7), -8)
	}
	free, end := e.bump(size, fast, slow)
	e.begin(fast)
	b.Store(ir.TrustedMem, end, e.context(), contextFree)
	b.Store(ir.TrustedMem, header, free, 0)
	b.Jump(done, free)
	e.begin(slow)
	b.Jump(done, e.call(importAlloc, header))
	e.begin(done)
	ref = b.IaddImm(a, tag)
	b.DeclareValueNeedsStackMap(ref)
	return ref, b.IaddImm(a, HeaderBytes)
}

// Fill appends a loop that stores v into the n words from an address on.
func (e *Emitter) Fill(a, n, v ir.Value) {
	b := e.b
	head, body, done := b.CreateBlock(), b.CreateBlock(), b.CreateBlock()
	end := b.Iadd(a, b.IshlImm(n, 3))
	p := b.AppendBlockParam(head, op.I64)
	b.Jump(head, a)
	b.SwitchToBlock(head)
	b.Brif(b.Icmp(op.Eq, p, end), done, nil, body, nil)
	e.begin(body)
	b.Store(ir.TrustedMem, v, p, 0)
	b.Jump(head, b.IaddImm(p, 8))
	b.SealBlock(head)
	e.begin(done)
}
