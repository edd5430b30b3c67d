package difftest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"davit/compile"
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

// again repeats a finding with another scene and returns the message; it is empty if all is well, or if that cannot be
// told.
func (f *Finding) again(ctx *compile.Context, t compile.Target, s scene) string {
	var ver verify.Context
	opts := verify.Options{HasISA: true, PointerType: op.I64, EnablePinnedReg: true, PreserveFramePointers: true}
	for _, fn := range s.funcs {
		if ver.Func(fn, opts) != nil && f.Fn >= 0 {
			return ""
		}
	}
	p, err := NewPair(ctx, t, s.funcs, len(s.funcs), randomOptions(true))
	var lacking *compile.Unsupported
	if errors.As(err, &lacking) {
		return ""
	}
	if err != nil {
		msg, _ := describe(err)
		return msg
	}
	defer p.Close()
	if s.called < 0 {
		return ""
	}
	in := Input{Args: s.args, Memory: f.Input.Memory}
	want := p.Interpret(s.called, &in)
	if want.Limit != nil {
		if isLimit(want.Limit) {
			return ""
		}
		return "interpreter: " + want.Limit.Error()
	}
	if what, _ := p.Undefined(s.called, &in, &want); what != "" {
		return ""
	}
	c, cancel := context.WithTimeout(context.Background(), callTimeout)
	defer cancel()
	got := p.Run(c, s.called, &in)
	return Compare(&got, &want)
}

// Shrink makes the functions and the arguments of a finding as small as possible. It calls progress for each candidate.
func (f *Finding) Shrink(c context.Context, progress func()) error {
	fl, err := f.flagsOf()
	if err != nil {
		return err
	}
	t, err := compile.NewTarget("x86_64", &fl)
	if err != nil {
		return err
	}
	ctx := &compile.Context{CheckAllocation: true}
	s := scene{funcs: f.Funcs, called: f.Fn, args: f.Input.Args}
	want := kind(f.Message)
	if got := f.again(ctx, t, s); kind(got) != want {
		return fmt.Errorf("not reproduced: %q instead of %q", got, f.Message)
	}
	s = shrink(c, s, func(s scene) bool {
		progress()
		return kind(f.again(ctx, t, s)) == want
	})
	f.Funcs, f.Fn, f.Input.Args = s.funcs, s.called, s.args
	if msg := f.again(ctx, t, s); msg != "" {
		f.Message = msg
	}
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
		fmt.Fprintf(&b, " with memory %x\n", f.Input.Memory)
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
