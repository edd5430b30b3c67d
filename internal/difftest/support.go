package difftest

import (
	"davit/compile"
	"davit/ir"
	"davit/ir/op"
)

// Support tells what a target can do, by compiling functions of one instruction. It remembers the answers. A Support
// serves one goroutine.
type Support struct {
	target compile.Target
	base   *Support // of a target that can do less; may be nil
	ctx    compile.Context
	ops    map[probe]bool
	sigs   map[string]bool
}

// probe is an opcode with types; operands beyond the third have the controlling type.
type probe struct {
	o    op.Opcode
	ctrl op.Type
	args [3]op.Type
	n    int
}

// NewSupport returns the Support of a target. base may be that of a target which can do nothing that t cannot do.
func NewSupport(t compile.Target, base *Support) *Support {
	return &Support{target: t, base: base, ops: map[probe]bool{}, sigs: map[string]bool{}}
}

// Supports reports whether there is code for an opcode.
func (s *Support) Supports(o op.Opcode, ctrl op.Type, args []op.Type) bool {
	if s.base != nil && s.base.Supports(o, ctrl, args) {
		return true
	}
	p := probe{o: o, ctrl: ctrl, n: len(args)}
	copy(p.args[:], args)
	ok, known := s.ops[p]
	if !known {
		f := probeFunc(o, ctrl, args)
		_, err := s.ctx.Compile(f, s.target)
		ok = err == nil
		s.ops[p] = ok
	}
	return ok
}

// SupportsSignature reports whether functions with a signature can be compiled and called.
func (s *Support) SupportsSignature(sig *ir.Signature) bool {
	key := sig.String()
	ok, known := s.sigs[key]
	if !known {
		_, err := s.ctx.Compile(trampoline("probe", ir.FuncName{Name: "f"}, sig), s.target)
		ok = err == nil
		s.sigs[key] = ok
	}
	return ok
}

// probeFunc makes a function that loads operands, does one instruction and stores the results.
func probeFunc(o op.Opcode, ctrl op.Type, args []op.Type) *ir.Func {
	f := ir.NewFunc(ir.FuncName{Name: "probe"}, ir.Signature{Params: []ir.Param{{Type: op.I64}}, CallConv: ir.SystemV})
	b := ir.NewBuilder(f)
	p := b.NewEntry()[0]
	next := f.NewBlock()
	d := ir.InstData{Op: o, Type: ctrl}
	k := 0
	for _, q := range ir.Operands(o.Format()) {
		switch q.Kind {
		case ir.OpdValue:
			d.X[q.Field] = p
			if k < len(args) && args[k] != op.I64 {
				d.X[q.Field] = b.Load(args[k], ir.DefaultMem, p, int32(16*k))
			}
			k++
		case ir.OpdMask:
			d.X[q.Field] = ir.Value(f.InternMask([16]byte{15, 3, 31, 16, 9, 8, 2, 1}))
		case ir.OpdTrapCode:
			d.Aux = 1
		case ir.OpdFlags:
			m := ir.DefaultMem
			if o == op.Bitcast {
				m.Bits = ir.LittleEnd
			}
			d.X[q.Field] = f.MemHandle(m)
		case ir.OpdBlockCall:
			d.X[q.Field] = ir.Value(f.NewBlockCall(next, nil))
		}
	}
	inst := f.NewInst(d)
	f.AppendInst(inst, b.Block())
	var results []op.Type
	for _, r := range o.Info().Results {
		results = append(results, r.Resolve(ctrl))
	}
	if len(results) > 0 {
		f.AppendResults(inst, results...)
	}
	for i, v := range f.Results(inst) {
		b.Store(ir.DefaultMem, v, p, int32(16*i))
	}
	if !o.Has(op.IsTerminator) {
		b.Jump(next)
	}
	f.AppendBlock(next)
	b.SetBlock(next)
	b.Return()
	return f
}

// slotBytes is the distance of arguments and results in memory.
const slotBytes = 16

// trampoline makes a function of the signature (i64) system_v that calls another one with arguments from memory, one in
// every 16 bytes, and stores the results to the same memory.
func trampoline(name string, callee ir.FuncName, sig *ir.Signature) *ir.Func {
	f := ir.NewFunc(ir.FuncName{Name: name}, ir.Signature{Params: []ir.Param{{Type: op.I64}}, CallConv: ir.SystemV})
	b := ir.NewBuilder(f)
	p := b.NewEntry()[0]
	n := ir.ExtName{Name: callee.Name}
	if callee.User {
		n = ir.ExtName{Kind: ir.UserExtName, User: f.InternUserName(ir.NamePair{Namespace: callee.Namespace, Index: callee.Index})}
	}
	fn := f.AddFunc(ir.ExtFuncData{Colocated: true, Name: n, Sig: f.AddSig(sig.Clone())})
	var args []ir.Value
	for i, q := range sig.Params {
		args = append(args, b.Load(q.Type, ir.TrustedMem, p, int32(slotBytes*i)))
	}
	for i, r := range f.Results(b.Call(fn, args...)) {
		b.Store(ir.TrustedMem, r, p, int32(slotBytes*i))
	}
	b.Return()
	return f
}

// poisonBytes is how much of the stack is filled with a pattern before a call.
const poisonBytes = 64 << 10

// poison makes a function of the signature (i64) system_v that fills the stack below its caller with a byte, so that code
// which reads what it has not written does so in a reproducible way.
func poison(name string) *ir.Func {
	f := ir.NewFunc(ir.FuncName{Name: name}, ir.Signature{Params: []ir.Param{{Type: op.I64}}, CallConv: ir.SystemV})
	b := ir.NewBuilder(f)
	v := b.NewEntry()[0]
	s := f.AddStackSlot(poisonBytes, 4)
	memset := ir.Signature{Params: []ir.Param{{Type: op.I64}, {Type: op.I32}, {Type: op.I64}}, Returns: []ir.Param{{Type: op.I64}}, CallConv: ir.SystemV}
	fn := f.ImportFunc("Memset", f.AddSig(memset))
	b.Call(fn, b.StackAddr(op.I64, s, 0), b.Ireduce(op.I32, v), b.Iconst(op.I64, poisonBytes))
	b.Return()
	return f
}
