package frontend

import (
	"davit/ir"
	"davit/ir/op"
)

// CreateStackSlot adds a stack slot of a number of bytes, aligned to 1<<alignLog2 bytes.
func (b *Builder) CreateStackSlot(size uint32, alignLog2 uint8) ir.StackSlot {
	if !b.ok() {
		return ir.NoStackSlot
	}
	return b.f.AddStackSlot(size, alignLog2)
}

// ImportSignature adds a signature for calls. The builder keeps its slices.
func (b *Builder) ImportSignature(s ir.Signature) ir.SigRef {
	if !b.ok() {
		return ir.NoSig
	}
	return b.f.AddSig(s)
}

// ImportFunction adds a function to call by its name, without percent sign.
func (b *Builder) ImportFunction(name string, sig ir.SigRef) ir.FuncRef {
	return b.importFunc(ir.ExtFuncData{Name: ir.ParseExtName(name), Sig: sig})
}

// ImportNoGCFunction is ImportFunction for one during whose calls a collector never runs: they are no safepoints.
func (b *Builder) ImportNoGCFunction(name string, sig ir.SigRef) ir.FuncRef {
	return b.importFunc(ir.ExtFuncData{Name: ir.ParseExtName(name), Sig: sig, NoGC: true})
}

// ImportUserFunction adds a function to call by its number.
func (b *Builder) ImportUserFunction(n ir.NamePair, sig ir.SigRef) ir.FuncRef {
	if !b.ok() {
		return noFunc
	}
	return b.importFunc(ir.ExtFuncData{Name: ir.ExtName{Kind: ir.UserExtName, User: b.f.InternUserName(n)}, Sig: sig})
}

const noFunc = ^ir.FuncRef(0)

func (b *Builder) importFunc(d ir.ExtFuncData) ir.FuncRef {
	if !b.ok() {
		return noFunc
	}
	if int(d.Sig) >= len(b.f.Sigs) {
		b.fail(ir.Entity{}, "a function is imported with %v, which is not declared", d.Sig)
		return noFunc
	}
	return b.f.AddFunc(d)
}

// ptrType stands for the type of addresses in the signatures of library functions.
const ptrType = op.Invalid

// libSigs has the parameters of the library functions that programs may call, and their result.
var libSigs = [ir.NumLibCalls]struct {
	params []op.Type
	result []op.Type
}{
	ir.LibCeilF32:    {[]op.Type{op.F32}, []op.Type{op.F32}},
	ir.LibCeilF64:    {[]op.Type{op.F64}, []op.Type{op.F64}},
	ir.LibFloorF32:   {[]op.Type{op.F32}, []op.Type{op.F32}},
	ir.LibFloorF64:   {[]op.Type{op.F64}, []op.Type{op.F64}},
	ir.LibTruncF32:   {[]op.Type{op.F32}, []op.Type{op.F32}},
	ir.LibTruncF64:   {[]op.Type{op.F64}, []op.Type{op.F64}},
	ir.LibNearestF32: {[]op.Type{op.F32}, []op.Type{op.F32}},
	ir.LibNearestF64: {[]op.Type{op.F64}, []op.Type{op.F64}},
	ir.LibFmaF32:     {[]op.Type{op.F32, op.F32, op.F32}, []op.Type{op.F32}},
	ir.LibFmaF64:     {[]op.Type{op.F64, op.F64, op.F64}, []op.Type{op.F64}},
	ir.LibMemcpy:     {[]op.Type{ptrType, ptrType, ptrType}, []op.Type{ptrType}},
	ir.LibMemmove:    {[]op.Type{ptrType, ptrType, ptrType}, []op.Type{ptrType}},
	ir.LibMemset:     {[]op.Type{ptrType, op.I32, ptrType}, []op.Type{ptrType}},
	ir.LibMemcmp:     {[]op.Type{ptrType, ptrType, ptrType}, []op.Type{op.I32}},
	ir.LibX86Pshufb:  {[]op.Type{op.I8X16, op.I8X16}, []op.Type{op.I8X16}},
}

// ImportLibCall returns a function of the run-time library, which is imported when first asked for. Calls of it are no
// safepoints.
func (b *Builder) ImportLibCall(l ir.LibCall) ir.FuncRef {
	if !b.ok() {
		return noFunc
	}
	if int(l) >= ir.NumLibCalls || len(libSigs[l].result) == 0 {
		b.fail(ir.Entity{}, "library call %d cannot be called by programs", l)
		return noFunc
	}
	if b.libs[l] == 0 {
		sig := ir.Signature{CallConv: b.opts.LibCallConv, Params: b.libParams(libSigs[l].params), Returns: b.libParams(libSigs[l].result)}
		fn := b.f.AddFunc(ir.ExtFuncData{Name: ir.ExtName{Kind: ir.LibCallName, LibCall: l}, Sig: b.f.AddSig(sig), NoGC: true})
		b.libs[l] = uint32(fn) + 1
	}
	return ir.FuncRef(b.libs[l] - 1)
}

func (b *Builder) libParams(types []op.Type) []ir.Param {
	ps := make([]ir.Param, len(types))
	for i, t := range types {
		if t == ptrType {
			t = b.opts.Pointer
		}
		ps[i].Type = t
	}
	return ps
}

// CallLib appends a call of a library function and returns its result.
func (b *Builder) CallLib(l ir.LibCall, args ...ir.Value) ir.Value {
	return b.Result(b.Call(b.ImportLibCall(l), args...))
}

// CallMemcpy appends a copy of n bytes between memory that does not overlap.
func (b *Builder) CallMemcpy(dst, src, n ir.Value) { b.CallLib(ir.LibMemcpy, dst, src, n) }

// CallMemmove appends a copy of n bytes.
func (b *Builder) CallMemmove(dst, src, n ir.Value) { b.CallLib(ir.LibMemmove, dst, src, n) }

// CallMemset appends a fill of n bytes with the low byte of an i32.
func (b *Builder) CallMemset(dst, fill, n ir.Value) { b.CallLib(ir.LibMemset, dst, fill, n) }

// CallMemcmp appends a comparison of n bytes and returns an i32 that is less than, equal to or greater than 0.
func (b *Builder) CallMemcmp(x, y, n ir.Value) ir.Value { return b.CallLib(ir.LibMemcmp, x, y, n) }

// maxInline bounds the loads and stores that CopyBytes and FillBytes append before they call the library.
const maxInline = 8

// CopyBytes appends a copy of a known number of bytes between memory that does not overlap, inline if it is small. Flags
// hold for both sides.
func (b *Builder) CopyBytes(flags ir.MemFlags, dst, src ir.Value, n uint64) {
	if pieces(n) > maxInline {
		b.CallMemcpy(dst, src, b.Iconst(b.opts.Pointer, int64(n)))
		return
	}
	for off := uint64(0); off < n; {
		t := pieceType(n - off)
		b.Store(flags, b.Load(t, flags, src, int32(off)), dst, int32(off))
		off += uint64(t.Bytes())
	}
}

// FillBytes appends a fill of a known number of bytes with a byte, inline if it is small.
func (b *Builder) FillBytes(flags ir.MemFlags, dst ir.Value, fill uint8, n uint64) {
	if pieces(n) > maxInline {
		b.CallMemset(dst, b.Iconst(op.I32, int64(fill)), b.Iconst(b.opts.Pointer, int64(n)))
		return
	}
	for off := uint64(0); off < n; {
		t := pieceType(n - off)
		b.Store(flags, b.Iconst(t, int64(uint64(fill)*0x0101_0101_0101_0101)), dst, int32(off))
		off += uint64(t.Bytes())
	}
}

// pieces returns how many accesses of pieceType cover n bytes.
func pieces(n uint64) uint64 { return n/8 + n>>2&1 + n>>1&1 + n&1 }

// pieceType returns the widest integer of at most 8 and at most n bytes.
func pieceType(n uint64) op.Type {
	switch {
	case n >= 8:
		return op.I64
	case n >= 4:
		return op.I32
	case n >= 2:
		return op.I16
	}
	return op.I8
}
