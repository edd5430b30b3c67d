package difftest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"davit/compile"
	"davit/ir"
	"davit/ir/op"
	"davit/ir/verify"
	"davit/settings"
)

// flagsOf returns the settings of a finding.
func (f *Finding) flagsOf() (settings.Flags, error) {
	fl := baseFlags()
	for _, s := range strings.Fields(f.Settings) {
		if err := fl.Set(s); err != nil {
			return fl, err
		}
	}
	return fl, nil
}

// kind is what must stay the same of a message when the functions shrink.
func kind(msg string) string {
	for _, k := range []string{"compiled code ends with trap fault", "compiled code ends with", "compiled code shows", "result", "byte", "interpreter", "internal error"} {
		if strings.HasPrefix(msg, k) {
			return k
		}
	}
	return msg
}

// Again repeats a finding with other functions, of which entry is the one to call, and returns the message; it is empty
// if all is well, or if the functions cannot be run.
func (f *Finding) Again(ctx *compile.Context, t compile.Target, funcs []*ir.Func, entry string) string {
	var ver verify.Context
	for _, fn := range funcs {
		if ver.Func(fn, verify.Options{HasISA: true, PointerType: op.I64, EnablePinnedReg: true, PreserveFramePointers: true}) != nil && f.Fn >= 0 {
			return ""
		}
	}
	p, err := NewPair(ctx, t, funcs, Options{Fuel: 1 << 18, Stack: 8 << 20, Vary: true})
	var lacking *compile.Unsupported
	if errors.As(err, &lacking) {
		return ""
	}
	if err != nil {
		msg, _ := describe(err)
		return msg
	}
	defer p.Close()
	if f.Fn < 0 {
		return ""
	}
	i := slices.IndexFunc(funcs, func(fn *ir.Func) bool { return fn.Name.Linkage() == entry })
	if i < 0 || len(funcs[i].Sig.Params) != len(f.Input.Args) {
		return ""
	}
	want := p.Interpret(i, &f.Input)
	if want.Limit != nil {
		if isLimit(want.Limit) || want.Limit == ErrUnstable {
			return ""
		}
		return "interpreter: " + want.Limit.Error()
	}
	c, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	got := p.Run(c, i, &f.Input)
	return Difference(&got, &want)
}

// Shrink reduces the functions of a finding.
func (f *Finding) Shrink() error {
	fl, err := f.flagsOf()
	if err != nil {
		return err
	}
	t, err := compile.NewTarget("x86_64", &fl)
	if err != nil {
		return err
	}
	ctx := &compile.Context{CheckAllocation: true}
	entry := ""
	if f.Fn >= 0 {
		entry = f.Funcs[f.Fn].Name.Linkage()
	}
	want := kind(f.Message)
	if got := f.Again(ctx, t, f.Funcs, entry); kind(got) != want {
		return fmt.Errorf("not reproduced: %q instead of %q", got, f.Message)
	}
	f.Funcs = Reduce(f.Funcs, func(funcs []*ir.Func) bool { return kind(f.Again(ctx, t, funcs, entry)) == want })
	f.Message = f.Again(ctx, t, f.Funcs, entry)
	f.Fn = slices.IndexFunc(f.Funcs, func(fn *ir.Func) bool { return fn.Name.Linkage() == entry })
	return nil
}

// String prints a finding as a file of CLIF with comments.
func (f *Finding) String() string {
	var b bytes.Buffer
	fmt.Fprintf(&b, "; seed %d, level %s\n; %s\n; settings: %s\n", f.Seed, f.Level, strings.ReplaceAll(f.Message, "\n", "\n; "), f.Settings)
	if f.Fn >= 0 {
		fmt.Fprintf(&b, "; called: %v of", f.Funcs[f.Fn].Name)
		for _, a := range f.Input.Args {
			fmt.Fprintf(&b, " %v", a)
		}
		fmt.Fprintf(&b, " with fuel %d, memory %x\n", f.Input.Fuel, bytes.TrimRight(f.Input.Memory, "\x00"))
	}
	for _, l := range strings.Split(strings.TrimSpace(f.Trace), "\n") {
		if l != "" {
			fmt.Fprintf(&b, "; %s\n", l)
		}
	}
	for _, fn := range f.Funcs {
		b.WriteString("\n" + fn.String())
	}
	return b.String()
}
