package ir

import (
	"fmt"
	"slices"
	"strconv"

	"davit/ir/op"
)

// CallConv is a calling convention.
type CallConv uint8

const (
	Fast CallConv = iota // no stable ABI
	Tail                 // callee pops its stack arguments; supports tail calls
	SystemV
	WindowsFastcall
	AppleAarch64
	Probestack
	Winch
	PreserveAll
	NumCallConvs = iota
)

var callConvNames = [NumCallConvs]string{"fast", "tail", "system_v", "windows_fastcall", "apple_aarch64", "probestack", "winch", "preserve_all"}

// IsValid reports whether there is such a convention.
func (c CallConv) IsValid() bool { return c < NumCallConvs }

// String returns the name of the convention in CLIF, or "callconv" and the number if there is no such convention.
func (c CallConv) String() string {
	if !c.IsValid() {
		return fmt.Sprintf("callconv%d", uint8(c))
	}
	return callConvNames[c]
}

// ParseCallConv returns the convention of a name.
func ParseCallConv(s string) (CallConv, bool) {
	i := slices.Index(callConvNames[:], s)
	return CallConv(i), i >= 0
}

// SupportsTailCalls reports whether functions of the convention may be the target of return_call.
func (c CallConv) SupportsTailCalls() bool { return c == Tail }

// ExceptionPayloads returns how many pointer-sized values a handler receives from a callee of this convention, and
// whether the convention supports exceptions at all.
func (c CallConv) ExceptionPayloads() (n int, ok bool) {
	switch c {
	case Tail, SystemV, PreserveAll, AppleAarch64:
		return 2, true
	case Winch:
		return 0, true
	}
	return 0, false
}

// Extension says how a small integer fills its register.
type Extension uint8

const (
	NoExt Extension = iota
	Uext            // zero-extended
	Sext            // sign-extended
)

// Purpose marks parameters that the ABI treats in a special way.
type Purpose uint8

const (
	Normal         Purpose = iota
	StructArgument         // a struct of Size bytes passed on the stack; the value is its address
	StructReturn           // address of the memory for a struct that is returned
	VMContext              // the context pointer that global values start from
)

// Param is a parameter or a return value of a signature.
type Param struct {
	Type    op.Type
	Ext     Extension
	Purpose Purpose
	Size    uint32 // StructArgument: bytes
}

// Signature is the type of a function.
type Signature struct {
	Params, Returns []Param
	CallConv        CallConv
	NoGC            bool // calls with it are no safepoints (pragma ;@nogc)
}

// Clone returns a deep copy.
func (s *Signature) Clone() Signature {
	return Signature{slices.Clone(s.Params), slices.Clone(s.Returns), s.CallConv, s.NoGC}
}

// Equal reports whether two signatures are the same, NoGC aside.
func (s *Signature) Equal(t *Signature) bool {
	return s.CallConv == t.CallConv && slices.Equal(s.Params, t.Params) && slices.Equal(s.Returns, t.Returns)
}

// SpecialParam returns the index of the parameter of the given purpose, or -1.
func (s *Signature) SpecialParam(p Purpose) int {
	return slices.IndexFunc(s.Params, func(q Param) bool { return q.Purpose == p })
}

func (p Param) appendTo(b []byte) []byte {
	b = appendType(b, p.Type)
	switch p.Ext {
	case Uext:
		b = append(b, " uext"...)
	case Sext:
		b = append(b, " sext"...)
	}
	switch p.Purpose {
	case StructArgument:
		b = append(b, " sarg("...)
		b = append(strconv.AppendUint(b, uint64(p.Size), 10), ')')
	case StructReturn:
		b = append(b, " sret"...)
	case VMContext:
		b = append(b, " vmctx"...)
	}
	return b
}

func appendParams(b []byte, ps []Param) []byte {
	for i, p := range ps {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = p.appendTo(b)
	}
	return b
}

func (s *Signature) appendTo(b []byte) []byte {
	b = append(b, '(')
	b = append(appendParams(b, s.Params), ')')
	if len(s.Returns) > 0 {
		b = appendParams(append(b, " -> "...), s.Returns)
	}
	return append(append(b, ' '), s.CallConv.String()...)
}

// String prints the signature as in CLIF.
func (s *Signature) String() string { return string(s.appendTo(nil)) }
