package main

import (
	"bytes"
	"fmt"
	"go/format"
	"strings"

	"davit/ir"
	"davit/ir/op"
)

// goName turns the name of an opcode into that of its constant and its method.
func goName(o op.Opcode) string {
	var b strings.Builder
	for _, part := range strings.Split(o.String(), "_") {
		b.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return b.String()
}

// method collects what the operands of an opcode contribute to its method.
type method struct {
	params []string // "x Value"
	before []string // statements
	fields [4]string
	aux    string
	typ    string // controlling type
	values []string
}

// simpleKinds has the operands that are one parameter, stored as they are in one field.
var simpleKinds = map[ir.OperandKind]string{
	ir.OpdValue: "Value", ir.OpdConstant: "Constant", ir.OpdGlobalValue: "GlobalValue", ir.OpdBlock: "Block", ir.OpdSig: "SigRef",
	ir.OpdFunc: "FuncRef", ir.OpdStackSlot: "StackSlot", ir.OpdDynSlot: "DynSlot",
}

// auxKinds has those that are stored in Aux.
var auxKinds = map[ir.OperandKind]string{
	ir.OpdImm8: "uint8", ir.OpdTrapCode: "op.TrapCode", ir.OpdIntCC: "op.IntCC", ir.OpdFloatCC: "op.FloatCC", ir.OpdAtomicOp: "op.AtomicOp",
}

func (m *method) param(name, typ string) { m.params = append(m.params, name+" "+typ) }

func (m *method) stmt(format string, args ...any) {
	m.before = append(m.before, fmt.Sprintf(format, args...))
}

// list returns the type of a parameter that is a list: variadic if it is the last.
func list(elem string, last bool) string {
	if last {
		return "..." + elem
	}
	return "[]" + elem
}

// operand adds an operand to the method.
func (m *method) operand(o op.Opcode, d ir.Operand, last, only bool) {
	if t := simpleKinds[d.Kind]; t != "" {
		m.param(d.Name, t)
		m.fields[d.Field] = d.Name
		if t == "Value" {
			m.values = append(m.values, d.Name)
		} else {
			m.fields[d.Field] = "Value(" + d.Name + ")"
		}
		return
	}
	if t := auxKinds[d.Kind]; t != "" {
		m.param(d.Name, t)
		m.aux = "uint8(" + d.Name + ")"
		return
	}
	switch d.Kind {
	case ir.OpdValues, ir.OpdArgs:
		m.param(d.Name, list("Value", last))
		m.stmt("off, n := b.f.NewList(%s)", d.Name)
		m.fields[d.Field], m.fields[d.Field+1] = "off", "n"
	case ir.OpdCallee:
		m.param("callee", "Value")
		m.param("args", list("Value", last))
		m.stmt("off, n := b.f.NewCallList(callee, args)")
		m.fields[d.Field], m.fields[d.Field+1] = "off", "n"
		m.values = append(m.values, "callee")
	case ir.OpdImm64:
		m.imm64(o, d)
	case ir.OpdFloat:
		m.float(o, d)
	case ir.OpdMask:
		m.param(d.Name, "[16]byte")
		m.fields[d.Field] = "Value(b.f.InternMask(" + d.Name + "))"
	case ir.OpdBlockCall:
		m.param(d.Name, "Block")
		m.param(d.Name+"Args", list("Value", only))
		m.fields[d.Field] = fmt.Sprintf("Value(b.target(%s, %sArgs))", d.Name, d.Name)
	case ir.OpdJumpTable:
		m.param("def", "BlockCall")
		m.param("entries", list("BlockCall", last))
		m.fields[d.Field] = "Value(b.f.NewJumpTable(def, entries))"
	case ir.OpdExTable:
		m.param(d.Name, "ExTableData")
		m.fields[d.Field] = fmt.Sprintf("Value(b.f.NewExTable(%s))", d.Name)
	case ir.OpdFlags:
		m.param(d.Name, "MemFlags")
		m.fields[d.Field] = "b.f.MemHandle(" + d.Name + ")"
	case ir.OpdOffset:
		m.param(d.Name, "int32")
		m.fields[d.Field] = "Value(uint32(" + d.Name + "))"
	}
}

func (m *method) imm64(o op.Opcode, d ir.Operand) {
	m.param(d.Name, "int64")
	if o == op.Iconst {
		m.stmt("u := truncate(n, t)")
	} else {
		m.stmt("u := uint64(%s)", d.Name)
	}
	m.fields[d.Field], m.fields[d.Field+1] = "Value(u)", "Value(u >> 32)"
}

func (m *method) float(o op.Opcode, d ir.Operand) {
	switch o.Info().Results[0].Type {
	case op.F16:
		m.param("bits", "uint16")
		m.fields[d.Field] = "Value(bits)"
	case op.F32:
		m.param(d.Name, "float32")
		m.fields[d.Field] = "Value(math.Float32bits(" + d.Name + "))"
	case op.F64:
		m.param(d.Name, "float64")
		m.stmt("u := math.Float64bits(%s)", d.Name)
		m.fields[d.Field], m.fields[d.Field+1] = "Value(u)", "Value(u >> 32)"
	}
}

// build makes the method of an opcode from its row.
func build(o op.Opcode) *method {
	m := &method{}
	i := o.Info()
	if i.From == op.FromSuffix {
		m.param("t", "op.Type")
		m.typ = "t"
	}
	ops := ir.Operands(i.Format)
	for k, d := range ops {
		m.operand(o, d, k == len(ops)-1, len(ops) == 1)
	}
	if k := i.From.ArgIndex(); k >= 0 {
		m.typ = "b.f.ValueType(" + m.values[k] + ")"
	}
	return m
}

// data returns the composite literal of the instruction.
func (m *method) data(o op.Opcode) string {
	s := "InstData{Op: op." + goName(o)
	if m.aux != "" {
		s += ", Aux: " + m.aux
	}
	if m.typ != "" {
		s += ", Type: " + m.typ
	}
	n := len(m.fields)
	for n > 0 && m.fields[n-1] == "" {
		n--
	}
	if n > 0 {
		fields := m.fields[:n]
		for i := range fields {
			if fields[i] == "" {
				fields[i] = "0"
			}
		}
		s += ", X: [4]Value{" + strings.Join(fields, ", ") + "}"
	}
	return s + "}"
}

// builder generates the methods of ir.Builder.
func builder() ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(header + "package ir\n\nimport (\n\"math\"\n\n\"davit/ir/op\"\n)\n")
	for o := op.None + 1; int(o) < op.NumOpcodes; o++ {
		m := build(o)
		add, result := "add", "Inst"
		switch len(o.Info().Results) {
		case 1:
			add, result = "add1", "Value"
		case 2:
			add, result = "add2", "(Value, Value)"
		}
		name := goName(o)
		fmt.Fprintf(&b, "\n// %s appends %s: %s.\nfunc (b *Builder) %s(%s) %s {\n", name, o, strings.TrimSuffix(o.Info().Doc, "."), name, strings.Join(m.params, ", "), result)
		for _, s := range m.before {
			b.WriteString(s + "\n")
		}
		fmt.Fprintf(&b, "return b.%s(%s)\n}\n", add, m.data(o))
	}
	return format.Source(b.Bytes())
}
