package rulec

import (
	"go/constant"
	"go/types"
	"reflect"
	"strconv"
	"strings"

	"davit/ir/op"
)

// Prelude describes the intermediate representation to the rule compiler: its opcodes, and how generated code reads an
// instruction. It names Go expressions but no Go types; those come from type-checking the expressions.
//
// Templates are Go expressions in which $f stands for the function (what the directive func names), $i for an
// instruction handle and $d for the instruction's data, the value of Data.
type Prelude struct {
	Imports map[string]string // packages that templates mention: name -> import path
	Func    string            // Go type of $f: "*ir.Func"
	Inst    string            // Go type of $i: "ir.Inst"
	Value   string            // Go type of an SSA value: "ir.Value"
	Type    string            // Go type of a CLIF type: "op.Type"
	Opcode  string            // Go type of an opcode: "op.Opcode"

	Data     string // $d: "$f.Data($i)"
	OpcodeOf string // opcode of an instruction: "$d.Op"
	CtrlType string // controlling type: "$d.Type"
	TableLen string // length of a table indexed by opcode: "op.NumOpcodes"

	Opcodes []Opcode
	Formats map[string][]Operand
	// TypeNumber returns the value of the constant of Go type Type for a CLIF type's name.
	TypeNumber func(name string) (int64, bool)
	// Types lists the constants of all types, and TypeMethod evaluates a method without parameters on one of them, giving
	// a bool or an integer, or nil. They let rulec see which types a guard is for; both may be nil.
	Types      []int64
	TypeMethod func(n int64, method string) constant.Value
}

// Opcode is one opcode of the representation.
type Opcode struct {
	Name        string // as in rules: "iadd"
	Number      int64  // value of its constant of Go type Prelude.Opcode
	Format      string // key of Prelude.Formats
	Commutative bool
	Polymorphic bool
	Results     int // number of results, -1 if not fixed
}

// Operand is one operand position of a format.
type Operand struct {
	Name string // for the documentation, and for variables of generated code
	Expr string // template
}

// CLIF returns the prelude of package davit/ir.
func CLIF() *Prelude {
	p := &Prelude{
		Imports: map[string]string{"ir": "davit/ir", "op": "davit/ir/op"},
		Func:    "*ir.Func", Inst: "ir.Inst", Value: "ir.Value", Type: "op.Type", Opcode: "op.Opcode",
		Data: "$f.Data($i)", OpcodeOf: "$d.Op", CtrlType: "$d.Type", TableLen: "op.NumOpcodes",
		Formats: clifFormats,
		TypeNumber: func(name string) (int64, bool) {
			t, ok := op.ParseType(name)
			return int64(t), ok && t.String() == name
		},
	}
	for t := op.Invalid + 1; t < 1<<9; t++ {
		if u, ok := op.ParseType(t.String()); ok && u == t {
			p.Types = append(p.Types, int64(t))
		}
	}
	p.TypeMethod = clifTypeMethod
	for o := op.None + 1; o < op.NumOpcodes; o++ {
		info := o.Info()
		results := len(info.Results)
		if o.Has(op.VariableResults) {
			results = -1
		}
		p.Opcodes = append(p.Opcodes, Opcode{
			Name: info.Name, Number: int64(o), Format: clifFormatNames[info.Format],
			Commutative: o.Has(op.Commutative), Polymorphic: o.Polymorphic(), Results: results,
		})
	}
	return p
}

// clifTypeMethod calls a method of an op.Type.
func clifTypeMethod(n int64, method string) constant.Value {
	m := reflect.ValueOf(op.Type(n)).MethodByName(method)
	if !m.IsValid() || m.Type().NumIn() != 0 || m.Type().NumOut() != 1 {
		return nil
	}
	switch v := m.Call(nil)[0]; {
	case v.Kind() == reflect.Bool:
		return constant.MakeBool(v.Bool())
	case v.CanInt():
		return constant.MakeInt64(v.Int())
	case v.CanUint():
		return constant.MakeUint64(v.Uint())
	}
	return nil
}

var clifFormatNames = [op.NumFormats]string{
	op.FmtNullAry: "NullAry", op.FmtUnary: "Unary", op.FmtUnaryImm: "UnaryImm", op.FmtUnaryIeee16: "UnaryIeee16",
	op.FmtUnaryIeee32: "UnaryIeee32", op.FmtUnaryIeee64: "UnaryIeee64", op.FmtUnaryConst: "UnaryConst",
	op.FmtUnaryGlobalValue: "UnaryGlobalValue", op.FmtBinary: "Binary", op.FmtBinaryImm8: "BinaryImm8",
	op.FmtTernary: "Ternary", op.FmtTernaryImm8: "TernaryImm8", op.FmtMultiAry: "MultiAry", op.FmtShuffle: "Shuffle",
	op.FmtIntCompare: "IntCompare", op.FmtFloatCompare: "FloatCompare", op.FmtIntAddTrap: "IntAddTrap",
	op.FmtJump: "Jump", op.FmtBrif: "Brif", op.FmtBranchTable: "BranchTable", op.FmtCall: "Call",
	op.FmtCallIndirect: "CallIndirect", op.FmtTryCall: "TryCall", op.FmtTryCallIndirect: "TryCallIndirect",
	op.FmtFuncAddr: "FuncAddr", op.FmtStackAddr: "StackAddr", op.FmtDynamicStackAddr: "DynamicStackAddr",
	op.FmtLoad: "Load", op.FmtStore: "Store", op.FmtLoadNoOffset: "LoadNoOffset", op.FmtStoreNoOffset: "StoreNoOffset",
	op.FmtAtomicRmw: "AtomicRmw", op.FmtAtomicCas: "AtomicCas", op.FmtTrap: "Trap", op.FmtCondTrap: "CondTrap",
	op.FmtExceptionHandlerAddress: "ExceptionHandlerAddress",
}

// clifFormats lists the operand positions of each format in the order of CLIF text.
var clifFormats = map[string][]Operand{
	"NullAry":                 {},
	"Unary":                   {{"x", "$d.X[0]"}},
	"UnaryImm":                {{"imm", "$d.IconstInt()"}},
	"UnaryIeee16":             {{"bits", "uint16($d.Imm())"}},
	"UnaryIeee32":             {{"bits", "uint32($d.Imm())"}},
	"UnaryIeee64":             {{"bits", "$d.Imm()"}},
	"UnaryConst":              {{"c", "$d.Constant()"}},
	"UnaryGlobalValue":        {{"gv", "$d.Global()"}},
	"Binary":                  {{"x", "$d.X[0]"}, {"y", "$d.X[1]"}},
	"BinaryImm8":              {{"x", "$d.X[0]"}, {"imm", "$d.Aux"}},
	"Ternary":                 {{"x", "$d.X[0]"}, {"y", "$d.X[1]"}, {"z", "$d.X[2]"}},
	"TernaryImm8":             {{"x", "$d.X[0]"}, {"y", "$d.X[1]"}, {"imm", "$d.Aux"}},
	"MultiAry":                {{"args", "$f.Args($i)"}},
	"Shuffle":                 {{"x", "$d.X[0]"}, {"y", "$d.X[1]"}, {"mask", "$d.Mask()"}},
	"IntCompare":              {{"cc", "$d.IntCC()"}, {"x", "$d.X[0]"}, {"y", "$d.X[1]"}},
	"FloatCompare":            {{"cc", "$d.FloatCC()"}, {"x", "$d.X[0]"}, {"y", "$d.X[1]"}},
	"IntAddTrap":              {{"x", "$d.X[0]"}, {"y", "$d.X[1]"}, {"code", "$d.TrapCode()"}},
	"Jump":                    {{"target", "ir.BlockCall($d.X[0])"}},
	"Brif":                    {{"c", "$d.X[0]"}, {"then", "ir.BlockCall($d.X[1])"}, {"els", "ir.BlockCall($d.X[2])"}},
	"BranchTable":             {{"x", "$d.X[0]"}, {"table", "$d.Table()"}},
	"Call":                    {{"fn", "$d.Func()"}, {"args", "$f.Args($i)"}},
	"CallIndirect":            {{"sig", "$d.Sig()"}, {"callee", "$f.Args($i)[0]"}, {"args", "$f.Args($i)[1:]"}},
	"TryCall":                 {{"fn", "$d.Func()"}, {"args", "$f.Args($i)"}, {"table", "$d.ExTable()"}},
	"TryCallIndirect":         {{"callee", "$f.Args($i)[0]"}, {"args", "$f.Args($i)[1:]"}, {"table", "$d.ExTable()"}},
	"FuncAddr":                {{"fn", "$d.Func()"}},
	"StackAddr":               {{"slot", "$d.Slot()"}, {"off", "$d.Offset()"}},
	"DynamicStackAddr":        {{"slot", "$d.DynSlot()"}},
	"Load":                    {{"flags", "$f.Mem($i)"}, {"p", "$d.X[0]"}, {"off", "$d.Offset()"}},
	"Store":                   {{"flags", "$f.Mem($i)"}, {"x", "$d.X[0]"}, {"p", "$d.X[1]"}, {"off", "$d.Offset()"}},
	"LoadNoOffset":            {{"flags", "$f.Mem($i)"}, {"p", "$d.X[0]"}},
	"StoreNoOffset":           {{"flags", "$f.Mem($i)"}, {"x", "$d.X[0]"}, {"p", "$d.X[1]"}},
	"AtomicRmw":               {{"flags", "$f.Mem($i)"}, {"rmw", "$d.AtomicOp()"}, {"p", "$d.X[0]"}, {"x", "$d.X[1]"}},
	"AtomicCas":               {{"flags", "$f.Mem($i)"}, {"p", "$d.X[0]"}, {"expected", "$d.X[1]"}, {"x", "$d.X[2]"}},
	"Trap":                    {{"code", "$d.TrapCode()"}},
	"CondTrap":                {{"c", "$d.X[0]"}, {"code", "$d.TrapCode()"}},
	"ExceptionHandlerAddress": {{"block", "ir.Block($d.X[0])"}, {"index", "int64(uint64($d.X[1]) | uint64($d.X[2])<<32)"}},
}

// accessors evaluates the templates of a prelude: it finds their Go types.
type accessors struct {
	l       *loader
	prelude *Prelude
	scope   *types.Package // synthetic package in whose scope templates are evaluated
	cache   map[string]types.Type
}

func newAccessors(l *loader, p *Prelude) (*accessors, error) {
	a := &accessors{l: l, prelude: p, scope: types.NewPackage("templates", "templates"), cache: map[string]types.Type{}}
	for name, path := range p.Imports {
		pkg, _ := l.Import(path)
		a.scope.Scope().Insert(types.NewPkgName(0, a.scope, name, pkg))
	}
	vars := []struct{ name, typ, value string }{{"f__", p.Func, ""}, {"i__", p.Inst, ""}, {"d__", "", p.Data}}
	for _, v := range vars {
		var t types.Type
		var err error
		if v.typ != "" {
			t, err = a.goType(v.typ)
		} else {
			t, err = a.typeOf(v.value)
		}
		if err != nil {
			return nil, err
		}
		a.scope.Scope().Insert(types.NewVar(0, a.scope, v.name, t))
	}
	return a, nil
}

// goType returns the Go type that a type expression of the prelude denotes.
func (a *accessors) goType(expr string) (types.Type, error) {
	tv, err := types.Eval(a.l.fset, a.scope, 0, expr)
	if err != nil {
		return nil, err
	}
	return tv.Type, nil
}

// typeOf returns the Go type of a template.
func (a *accessors) typeOf(template string) (types.Type, error) {
	if t := a.cache[template]; t != nil {
		return t, nil
	}
	t, err := a.goType(instantiate(template, "f__", "i__", "d__"))
	if err == nil {
		a.cache[template] = t
	}
	return t, err
}

// instantiate replaces the placeholders of a template.
func instantiate(template, f, i, d string) string {
	return strings.NewReplacer("$f", f, "$i", i, "$d", d).Replace(template)
}

// constants finds the names of Go constants of one type by value.
type constants struct {
	pkg   string // package name
	names map[int64]string
}

// constantsOf lists the exported constants of the named type expr ("op.Type") in its package.
func (a *accessors) constantsOf(expr string) (*constants, error) {
	t, err := a.goType(expr)
	if err != nil {
		return nil, err
	}
	named, ok := types.Unalias(t).(*types.Named)
	if !ok {
		return nil, &types.Error{Fset: a.l.fset, Msg: expr + " is no named type"}
	}
	c := &constants{names: map[int64]string{}}
	c.pkg, _, _ = strings.Cut(expr, ".")
	scope := named.Obj().Pkg().Scope()
	for _, name := range scope.Names() {
		obj, ok := scope.Lookup(name).(*types.Const)
		if !ok || !obj.Exported() || !types.Identical(obj.Type(), t) {
			continue
		}
		if v, exact := constant.Int64Val(constant.ToInt(obj.Val())); exact && c.names[v] == "" {
			c.names[v] = name
		}
	}
	return c, nil
}

// expr returns a Go expression for the constant v of the type.
func (c *constants) expr(v int64, typeExpr string) string {
	if name := c.names[v]; name != "" {
		return c.pkg + "." + name
	}
	return typeExpr + "(" + strconv.FormatInt(v, 10) + ")"
}
