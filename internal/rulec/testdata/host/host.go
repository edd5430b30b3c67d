// Package host is what the rules of the tests call. It is only ever type-checked.
package host

import (
	"iter"
	"math"

	"davit/internal/rulec/rule"
	"davit/ir"
	"davit/ir/op"
)

type reg uint32

type regMem struct{ r reg }

const (
	MaxShift  = 63
	lowerCase = 7
	MinInt    = math.MinInt32
)

var table [4]reg

// emitter is embedded: its methods are promoted.
type emitter struct {
	trace *rule.Trace
	fn    *ir.Func
}

func (e *emitter) emitMove(dst, src reg) {}

func (e *emitter) embeddedPure(v ir.Value) (int, bool) { return 0, false }

type lowerer struct {
	*emitter
	f    *ir.Func
	opt  bool
	seen []int
}

func (l *lowerer) def(v ir.Value) (ir.Inst, bool)          { return 0, false }
func (l *lowerer) setResults(inst ir.Inst, results ...reg) {}

func (l *lowerer) fits64(t op.Type) bool   { return t.IsInt() && t.Bits() <= 64 }
func (l *lowerer) fits32(t op.Type) bool   { return t.IsInt() && t.Bits() <= 32 }
func (l *lowerer) small(t op.Type) bool    { return l.fits32(t) && !(t == op.I32) }
func (l *lowerer) isVec(t op.Type) bool    { return t.IsVector() }
func (l *lowerer) opaqueTy(t op.Type) bool { return l.opt && t.IsInt() }

func (l *lowerer) widened(d *ir.InstData) op.Type { return d.Type }

func (l *lowerer) hasAVX() bool { return l.opt }
func (l *lowerer) hasBMI() bool { return l.opt }

func (l *lowerer) simm32(v ir.Value) (int32, bool)                    { return 0, false }
func (l *lowerer) uimm8(v ir.Value) (uint8, bool)                     { return 0, false }
func (l *lowerer) sinkable(v ir.Value) (ir.Inst, bool)                { return 0, false }
func (l *lowerer) isZero(v ir.Value) bool                             { return false }
func (l *lowerer) isOne(v ir.Value) bool                              { return false }
func (l *lowerer) split(v ir.Value) (base ir.Value, k int32, ok bool) { return v, 0, false }

// typeOf is pure.
//
//rulec:pure
func (l *lowerer) typeOf(v ir.Value) op.Type { return op.I8 }

func (l *lowerer) listedPure(v ir.Value) int  { return 0 }
func (l *lowerer) notPure(v ir.Value) int     { return 0 }
func (l *lowerer) pair(v ir.Value) (reg, reg) { return 0, 0 }
func (l *lowerer) noResult()                  {}
func (l *lowerer) badExtractor(a, b int) bool { return false }

func (l *lowerer) reg(v ir.Value) reg      { return 0 }
func (l *lowerer) rm(v ir.Value) regMem    { return regMem{} }
func (l *lowerer) rmReg(r reg) regMem      { return regMem{r} }
func (l *lowerer) otherReg(v ir.Value) reg { return 0 }

func (l *lowerer) ADD(t op.Type, x reg, y regMem) reg      { return 0 }
func (l *lowerer) ADDi(t op.Type, x reg, k int32) reg      { return 0 }
func (l *lowerer) SHLi(x reg, k uint8) reg                 { return 0 }
func (l *lowerer) MOV(k int64) reg                         { return 0 }
func (l *lowerer) CMP(x reg, y regMem)                     {}
func (l *lowerer) JCC(cc op.IntCC, then, els ir.BlockCall) {}
func (l *lowerer) SET(cc op.IntCC) reg                     { return 0 }
func (l *lowerer) LOAD(t op.Type, p reg, off int32) reg    { return 0 }
func (l *lowerer) CALL(fn ir.FuncRef, args []ir.Value)     {}
func (l *lowerer) anyOf(x any, f float64, s string)        {}

func free(v ir.Value) reg    { return 0 }
func freePure(k int32) bool  { return false }
func generic[T any](v T) reg { return 0 }

// rewriter is a receiver for rewriting into an e-graph.
type rewriter struct {
	t *rule.Trace
	g struct{ f *ir.Func }
}

func (r *rewriter) defs(v ir.Value) iter.Seq[ir.Inst]      { return nil }
func (r *rewriter) union(inst ir.Inst, v ir.Value)         {}
func (r *rewriter) iconst(t op.Type, k int64) ir.Value     { return 0 }
func (r *rewriter) iadd(t op.Type, x, y ir.Value) ir.Value { return 0 }
func (r *rewriter) ishl(t op.Type, x, y ir.Value) ir.Value { return 0 }
func (r *rewriter) log2(k int64) (int64, bool)             { return 0, false }

func (l *lowerer) argsOf(v ir.Value) ([]ir.Value, bool) { return nil, false }
