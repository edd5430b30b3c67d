package rulec

import (
	"fmt"
	"io"
	"sort"
	"strings"
	"text/tabwriter"
)

// WriteFormats lists, for each instruction format of CLIF, the operand positions of its terms with their Go types. dir is
// any directory of the module.
func WriteFormats(w io.Writer, dir string) error {
	p := CLIF()
	l, err := newLoader(dir)
	if err != nil {
		return err
	}
	acc, err := newAccessors(l, p)
	if err != nil {
		return err
	}
	u := &unit{env: &env{host: &hostPackage{}}}
	var names []string
	for name := range p.Formats {
		names = append(names, name)
	}
	sort.Strings(names)
	tw := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	for _, name := range names {
		var ops []string
		for _, o := range p.Formats[name] {
			t, err := acc.typeOf(o.Expr)
			if err != nil {
				return fmt.Errorf("operand %s of format %s: %w", o.Name, name, err)
			}
			ops = append(ops, o.Name+": "+u.typeString(t))
		}
		fmt.Fprintf(tw, "%s\t%s\n", name, strings.Join(ops, ", "))
	}
	return tw.Flush()
}

// WriteOpcodes lists the opcodes of CLIF as terms, with their formats.
func WriteOpcodes(w io.Writer) {
	p := CLIF()
	tw := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	for _, o := range p.Opcodes {
		term := o.Name
		for _, operand := range p.Formats[o.Format] {
			term += " " + operand.Name
		}
		props := ""
		if o.Commutative {
			props = "commutative"
		}
		fmt.Fprintf(tw, "(%s)\t%s\t%s\n", term, o.Format, props)
	}
	tw.Flush()
}
