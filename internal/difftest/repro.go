package difftest

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"davit/ir"
	"davit/ir/data"
	"davit/settings"
)

// callTimeout bounds a call of compiled code while a finding is made smaller.
const callTimeout = 2 * time.Second

func isSkip(err error) bool {
	var s *skip
	return errors.As(err, &s)
}

// Header returns the lines of a file test that stand for settings: the shared ones that are not the default, and the
// features.
func Header(f *settings.Flags) string {
	def := settings.Default(f.Arch())
	defaults := map[string]bool{}
	for _, l := range strings.Split(def.String(), "\n") {
		defaults[l] = true
	}
	shared := map[string]bool{}
	for _, n := range settings.SharedNames() {
		shared[n] = true
	}
	var b strings.Builder
	target := "target " + f.Arch().String()
	for _, l := range strings.Split(strings.TrimSpace(f.String()), "\n") {
		name, value, _ := strings.Cut(l, "=")
		switch {
		case defaults[l]:
		case shared[name]:
			fmt.Fprintf(&b, "set %s\n", l)
		case value == "true":
			target += " " + name
		}
	}
	return b.String() + target + "\n"
}

// String prints the difference as a file test that shows it: with the result of the interpreter as what is expected. Where
// a directive cannot say what happens, a comment does.
func (d *Difference) String() string {
	var b strings.Builder
	b.WriteString("test interpret\ntest run\n" + Header(&d.Flags))
	fmt.Fprintf(&b, "\n; %s\n", strings.ReplaceAll(d.Message, "\n", "\n; "))
	for _, l := range strings.Split(strings.TrimSpace(d.Trace), "\n") {
		if l != "" {
			fmt.Fprintf(&b, ";; %s\n", l)
		}
	}
	for i, f := range d.Funcs {
		b.WriteString("\n" + f.String())
		if i == 0 && d.Called {
			b.WriteString(d.directive())
		}
	}
	return b.String()
}

// directive is the call in question.
func (d *Difference) directive() string {
	f := d.Funcs[0]
	var args []string
	plain := true
	for _, a := range d.Input.Args {
		args = append(args, a.String())
		plain = plain && a.Symbol == ""
	}
	call := fmt.Sprintf("%v(%s)", f.Name, strings.Join(args, ", "))
	switch {
	case d.Want.Limit != nil:
		return fmt.Sprintf("; call: %s\n", call)
	case d.Want.Trap != "":
		return fmt.Sprintf("; call: %s, which ends with %s\n", call, d.Want.Trap)
	case !plain || len(d.Want.Results) == 0:
		return fmt.Sprintf("; call: %s, which returns %s\n", call, data.FormatList(d.Want.Results))
	}
	return fmt.Sprintf("; run: %s == %s\n", call, expected(&f.Sig, d.Want.Results))
}

func expected(sig *ir.Signature, rs []data.Value) string {
	if len(sig.Returns) == 1 {
		return rs[0].String()
	}
	return data.FormatList(rs)
}
