package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"davit/compile"
	"davit/ir/op"
	"davit/settings"
)

// candidates are the types that are tried. No back end has code for longer vectors.
var candidates = func() []op.Type {
	ts := []op.Type{op.I8, op.I16, op.I32, op.I64, op.I128, op.F16, op.F32, op.F64, op.F128}
	for _, bytes := range []int{2, 4, 8, 16, 32} {
		for _, lane := range []op.Type{op.I8, op.I16, op.I32, op.I64, op.F16, op.F32, op.F64} {
			if n := bytes / lane.Bytes(); n >= 2 {
				ts = append(ts, op.Vector(lane, n))
			}
		}
	}
	for _, t := range []op.Type{op.I8X16, op.I16X8, op.I32X4, op.I64X2, op.F32X4, op.F64X2} {
		ts = append(ts, t.Dynamic())
	}
	return ts
}()

// needed are settings without which some opcodes are not allowed.
var needed = []string{"enable_pinned_reg", "preserve_frame_pointers", "tls_model=elf_gd", "stack_switch_model=basic"}

// machine is an architecture that there is code generation for, once without and once with all of its features.
type machine struct {
	arch        settings.Arch
	plain, full compile.Target
	ctx         compile.Context
}

// machines returns the architectures that there is code generation for.
func machines() ([]*machine, error) {
	var ms []*machine
	for _, a := range []settings.Arch{settings.X86_64, settings.AArch64, settings.RISCV64, settings.S390X} {
		if compile.Rules(a) == nil {
			continue
		}
		plain := settings.Default(a)
		for _, s := range needed {
			if err := plain.Set(s); err != nil {
				return nil, err
			}
		}
		full := plain
		for _, name := range settings.FeatureNames(a) {
			if err := full.Set(name); err != nil {
				return nil, err
			}
		}
		m := &machine{arch: a}
		var err, err2 error
		m.plain, err = compile.NewTarget(a.String(), &plain)
		m.full, err2 = compile.NewTarget(a.String(), &full)
		if err := errors.Join(err, err2); err != nil {
			return nil, err
		}
		ms = append(ms, m)
	}
	return ms, nil
}

// form is an opcode with types: the controlling type and those of the value operands.
type form struct {
	o    op.Opcode
	ctrl op.Type
	args []op.Type
}

// forms returns the forms of an opcode. Of operands that may have one of several types, whatever the controlling type,
// all are tried if the opcode converts, else one: an address of 64 bits, an amount or condition of 32.
func forms(o op.Opcode) []form {
	info := o.Info()
	ctrls := []op.Type{op.Invalid}
	switch {
	case o == op.SymbolValue, o == op.TlsValue, o.Format() == op.FmtLoad && info.Ctrl == op.SetAddr:
		// The table allows more, but addresses have the width of a pointer.
		ctrls = []op.Type{op.I64}
	case o.Polymorphic():
		ctrls = slices.DeleteFunc(slices.Clone(candidates), func(t op.Type) bool { return !info.Ctrl.Has(t) })
	}
	var fs []form
	for _, ctrl := range ctrls {
		fs = append(fs, withArgs(form{o: o, ctrl: ctrl}, info.Args)...)
	}
	return fs
}

func withArgs(f form, rules []op.TypeRule) []form {
	if len(rules) == 0 {
		return []form{f}
	}
	var fs []form
	for _, t := range choices(f, &rules[0]) {
		g := f
		g.args = append(slices.Clone(f.args), t)
		fs = append(fs, withArgs(g, rules[1:])...)
	}
	return fs
}

// choices returns the types that an operand may have.
func choices(f form, r *op.TypeRule) []op.Type {
	switch r.Kind {
	case op.InSet:
		switch {
		case converts(f.o):
		case f.o == op.Bitcast:
			return []op.Type{f.ctrl} // any of the size will do
		case f.o == op.VhighBits:
			return []op.Type{op.I8X16}
		}
		if r.Set == op.SetAddr {
			return []op.Type{op.I64}
		}
		if !converts(f.o) {
			return []op.Type{op.I32}
		}
	case op.NarrowerThan, op.WiderThan:
	default:
		return []op.Type{r.Resolve(f.ctrl)}
	}
	var ts []op.Type
	for _, t := range candidates {
		if r.Allows(f.ctrl, t) && sameShape(f, t) {
			ts = append(ts, t)
		}
	}
	return ts
}

// converts reports whether the type of the operand is of interest beside that of the result.
func converts(o op.Opcode) bool {
	switch o {
	case op.FcvtToUint, op.FcvtToSint, op.FcvtToUintSat, op.FcvtToSintSat, op.X86Cvtt2dq, op.FcvtFromUint, op.FcvtFromSint:
		return true
	}
	return o.Format() == op.FmtUnary && len(o.Info().Args) == 1 && (o.Info().Args[0].Kind == op.NarrowerThan || o.Info().Args[0].Kind == op.WiderThan)
}

// sameShape reports whether an operand has as many lanes as the result.
func sameShape(f form, t op.Type) bool {
	return t.Lanes() == f.ctrl.Lanes() && t.IsDynamic() == f.ctrl.IsDynamic()
}

// compiles reports whether a target has code for a form. An error is a bug, of the probe or of the compiler.
func (m *machine) compiles(f form, t compile.Target) (bool, error) {
	q := newProbe(f.o, f.ctrl, f.args)
	_, err := m.ctx.Compile(q.Func, t)
	var lacking *compile.Unsupported
	if err == nil || errors.As(err, &lacking) {
		return err == nil, nil
	}
	return false, fmt.Errorf("%v: %w\n%s", f, err, q)
}

// support is what a machine can do with an opcode: the forms without and with features beyond the least.
type support struct{ plain, full []form }

// support asks for all forms of an opcode.
func (m *machine) support(o op.Opcode) (support, error) {
	var s support
	for _, f := range forms(o) {
		plain, err := m.compiles(f, m.plain)
		if err != nil {
			return s, err
		}
		full, err := m.compiles(f, m.full)
		if err != nil {
			return s, err
		}
		if plain {
			s.plain = append(s.plain, f)
		} else if full {
			s.full = append(s.full, f)
		}
	}
	return s, nil
}

// String lists the types.
func (s support) String() string {
	text := list(s.plain)
	if len(s.full) > 0 {
		if text != "" {
			text += "; "
		}
		text += "with features: " + list(s.full)
	}
	if text == "" {
		return "no"
	}
	return text
}

// list lists the controlling types of forms, of conversions each with the types that it can come from.
func list(fs []form) string {
	var parts []string
	for i, f := range fs {
		switch {
		case f.ctrl == op.Invalid:
			parts = append(parts, "yes")
		case !converts(f.o):
			parts = append(parts, f.ctrl.String())
		case i > 0 && fs[i-1].ctrl == f.ctrl:
			last := &parts[len(parts)-1]
			*last = strings.TrimSuffix(*last, ")") + ", " + f.args[0].String() + ")"
		default:
			parts = append(parts, fmt.Sprintf("%v (%v)", f.ctrl, f.args[0]))
		}
	}
	return strings.Join(parts, ", ")
}
