package main

import (
	"bytes"
	"fmt"
	"go/format"
	"strings"

	"davit/ir/op"
)

// qualify puts the name of its package before a type that package ir defines.
func qualify(typ string) string {
	for _, prefix := range []string{"...", "[]", "[16]"} {
		if elem, ok := strings.CutPrefix(typ, prefix); ok {
			return prefix + qualify(elem)
		}
	}
	if typ[0] >= 'A' && typ[0] <= 'Z' {
		return "ir." + typ
	}
	return typ
}

// frontendBuilder generates the methods of frontend.Builder: each has the signature of that of ir.Builder, calls it and
// takes note of the instruction.
func frontendBuilder() ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(header + "package frontend\n\nimport (\n\"davit/ir\"\n\"davit/ir/op\"\n)\n")
	for o := op.None + 1; int(o) < op.NumOpcodes; o++ {
		var params, args []string
		for _, p := range build(o).params {
			name, typ, _ := strings.Cut(p, " ")
			params = append(params, name+" "+qualify(typ))
			if strings.HasPrefix(typ, "...") {
				name += "..."
			}
			args = append(args, name)
		}
		end, result := "end", "ir.Inst"
		switch len(o.Info().Results) {
		case 1:
			end, result = "end1", "ir.Value"
		case 2:
			end, result = "end2", "(ir.Value, ir.Value)"
		}
		name := goName(o)
		fmt.Fprintf(&b, "\n// %s appends %s: %s.\nfunc (b *Builder) %s(%s) %s {\n", name, o, strings.TrimSuffix(o.Info().Doc, "."), name, strings.Join(params, ", "), result)
		fmt.Fprintf(&b, "return b.%s(b.at(op.%s).%s(%s))\n}\n", end, name, name, strings.Join(args, ", "))
	}
	return format.Source(b.Bytes())
}
