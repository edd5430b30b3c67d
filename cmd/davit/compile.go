package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"davit/asm"
	"davit/compile"
	"davit/filetest"
	"davit/frontend/safepoint"
	"davit/ir/op"
	"davit/ir/text"
	"davit/ir/verify"
	"davit/settings"
	"davit/stackmap/check"
)

// compileOptions are the flags of the command.
type compileOptions struct {
	disassembly, vcode, clif bool
	target                   string
	set                      []string
	fileSettings             bool
	raw, report              string
	listSettings             bool
	disable                  []string
}

func newCompile() *cobra.Command {
	var o compileOptions
	cmd := &cobra.Command{
		Use:   "compile FILE",
		Short: "Compile the functions of a CLIF file",
		Long: `Compile turns the functions of a file into machine code. By default it only says whether that succeeds; the
options choose what to print. If a function fails, nothing is printed and the exit status is 1. A file named "-" is
standard input.

The header of a file test is ignored: settings come from --set, which takes shared settings (opt_level=speed), flags of
the instruction set (has_avx2) and presets (haswell); --list-settings prints all of them. --file-settings applies the
"set" lines of the file and the flags of its first "target" line for the architecture; --set comes after these.

--report=json prints one object:

  {"functions":[{"name":"%f","bytes":7,"instructions":3,"frame_size":0,
    "relocations":[{"offset":1,"kind":"X86CallPCRel4","symbol":"g","addend":-4}],
    "traps":[{"offset":5,"code":"heap_oob"}],
    "stack_maps":[{"offset":9,"frame_size":16,"entries":[{"type":"i64","slot_area_offset":8,"sp_offset":8}]}]}]}

Functions are in the order of the file. "bytes" includes constants and padding; offsets are in bytes from the start of
the function; the offset of a stack map is the return address of its call. "frame_size" is the distance from the stack
pointer after the prologue to the saved frame pointer, or to the return address where none is saved.`,
		Example:           "  davit compile -D --target x86_64 --set opt_level=speed --set haswell loop.clif",
		ValidArgsFunction: completeFiles,
		Args: func(cmd *cobra.Command, args []string) error {
			if o.listSettings {
				return cobra.NoArgs(cmd, args)
			}
			return cobra.ExactArgs(1)(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.listSettings {
				return o.printSettings(cmd)
			}
			return o.run(cmd, args[0])
		},
	}
	flags := cmd.Flags()
	flags.BoolVarP(&o.disassembly, "disassembly", "D", false, "print the machine code")
	flags.BoolVar(&o.vcode, "vcode", false, "print the machine instructions before emission")
	flags.BoolVarP(&o.clif, "print", "p", false, "print the CLIF of each function before its code")
	flags.StringVar(&o.raw, "raw", "", "write the bytes of the code, functions one after the other, to a `file`, - for standard output")
	flags.StringVar(&o.report, "report", "", "print a report; the only `format` is json")
	flags.BoolVar(&o.listSettings, "list-settings", false, "print the settings of the target with their defaults, and exit")
	flags.StringArrayVar(&o.disable, "disable", nil, "select instructions without a `rule` of \"davit rules\" (repeatable)")
	_ = cmd.RegisterFlagCompletionFunc("report", cobra.FixedCompletions([]string{"json"}, cobra.ShellCompDirectiveNoFileComp))
	o.targetFlags(cmd)
	return cmd
}

// targetFlags adds the flags that choose target and settings.
func (o *compileOptions) targetFlags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&o.target, "target", "native", "compile for a `triple` such as x86_64, or native")
	flags.StringArrayVar(&o.set, "set", nil, "add a `setting`: NAME, NAME=VALUE or a preset (repeatable)")
	flags.BoolVar(&o.fileSettings, "file-settings", false, "apply the settings of the file's header")
}

// flags returns the target and its settings.
func (o *compileOptions) flags(header []text.Directive) (settings.Triple, settings.Flags, error) {
	triple, err := settings.ParseTriple(o.target)
	if err != nil {
		return triple, settings.Flags{}, err
	}
	f := settings.Default(triple.Arch)
	if o.target == "native" {
		f = settings.Native()
	}
	if o.fileSettings {
		if err := applyHeader(&f, header); err != nil {
			return triple, f, err
		}
	}
	for _, s := range o.set {
		if err := f.Set(s); err != nil {
			return triple, f, err
		}
	}
	return triple, f, nil
}

// applyHeader applies the "set" lines of a header and the flags of its first "target" line for the architecture of f.
func applyHeader(f *settings.Flags, header []text.Directive) error {
	applied := false
	for _, d := range header {
		switch d.Kind {
		case text.Set:
			for _, w := range d.Args {
				if err := f.SetShared(w); err != nil {
					return text.ErrorList{{Pos: d.Pos, Msg: err.Error()}}
				}
			}
		case text.Target:
			if applied || len(d.Args) == 0 {
				continue
			}
			t, err := settings.ParseTriple(d.Args[0])
			if err != nil || t.Arch != f.Arch() {
				continue
			}
			applied = true
			for _, w := range d.Args[1:] {
				if err := f.SetISA(w); err != nil {
					return text.ErrorList{{Pos: d.Pos, Msg: err.Error()}}
				}
			}
		}
	}
	return nil
}

func (o *compileOptions) printSettings(cmd *cobra.Command) error {
	_, f, err := o.flags(nil)
	if err == nil {
		_, err = fmt.Fprint(cmd.OutOrStdout(), f.Describe())
	}
	return err
}

// load parses a file and returns it with the target that its functions are compiled for.
func (o *compileOptions) load(cmd *cobra.Command, path string) (*text.File, compile.Target, error) {
	file, err := parse(cmd, path, text.Options{NoComments: true})
	if err != nil {
		return nil, nil, err
	}
	triple, flags, err := o.flags(file.Header)
	if errs, ok := err.(text.ErrorList); ok {
		return nil, nil, &positions{path, errs}
	}
	if err != nil {
		return nil, nil, err
	}
	target, err := compile.NewTarget(triple.String(), &flags)
	return file, target, err
}

func (o *compileOptions) run(cmd *cobra.Command, path string) error {
	if o.report != "" && o.report != "json" {
		return fmt.Errorf("unknown report format %q, expected json", o.report)
	}
	if o.raw == "-" && (o.disassembly || o.vcode || o.clif || o.report != "") {
		return errors.New("--raw - writes code to standard output, where nothing else can be printed")
	}
	file, target, err := o.load(cmd, path)
	if err != nil {
		return err
	}
	trace, err := without(o.disable, target.Flags().Arch())
	if err != nil {
		return err
	}
	ctx := compile.Context{Listing: o.disassembly, RuleTrace: trace}
	var out bytes.Buffer
	var raw []byte
	report := report{Functions: []functionReport{}}
	var errs []error
	for _, fn := range file.Funcs {
		before := ""
		if o.clif {
			before = fn.String()
		}
		code, err := compileFunc(&ctx, fn, target)
		if err != nil {
			errs = append(errs, compileError(path, fn, err))
			continue
		}
		o.print(&out, fn.Name.String(), before, len(code.Bytes), &ctx)
		raw = appendRaw(raw, code)
		if o.report != "" {
			report.Functions = append(report.Functions, reportFunction(fn.Name.String(), code))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return o.finish(cmd, &out, raw, &report)
}

// compileFunc compiles a function, with the stack maps that it asks for.
func compileFunc(ctx *compile.Context, fn *text.Function, target compile.Target) (*asm.Code, error) {
	f, err := filetest.PlaceStackMaps(fn.Func, target.Flags())
	if err != nil {
		return nil, err
	}
	return ctx.Compile(f, target)
}

// compileError gives an error about a function its place: that of the instruction if a checker found it.
func compileError(path string, fn *text.Function, err error) error {
	var list verify.ErrorList
	var maps check.ErrorList
	var declared *safepoint.Error
	switch {
	case errors.As(err, &list):
		return inFile(path, filetest.Positions(fn, list))
	case errors.As(err, &maps):
		return &positions{path, mapErrors(fn, maps, err)}
	case errors.As(err, &declared):
		return &positions{path, text.ErrorList{{Pos: fn.PosOf(declared.Where), Msg: err.Error()}}}
	}
	return &positions{path, text.ErrorList{{Pos: fn.Start, Msg: fmt.Sprintf("%s: %v", fn.Name, err)}}}
}

// print adds what is asked for about the function compiled last.
func (o *compileOptions) print(out *bytes.Buffer, name, clif string, size int, ctx *compile.Context) {
	parts := []struct {
		on   bool
		text func() string
	}{
		{o.clif, func() string { return clif }},
		{o.vcode, func() string { return fmt.Sprintf("VCode of %s:\n%s", name, ctx.VCode()) }},
		{o.disassembly, func() string { return fmt.Sprintf("Code of %s, %d bytes:\n%s", name, size, ctx.Disassembly()) }},
	}
	for _, p := range parts {
		if !p.on {
			continue
		}
		if out.Len() > 0 {
			out.WriteByte('\n')
		}
		out.WriteString(p.text())
	}
}

// appendRaw appends the bytes of a function, aligned as it needs.
func appendRaw(raw []byte, code *asm.Code) []byte {
	if a := code.Align; a > 1 && len(raw)%a != 0 {
		raw = append(raw, make([]byte, a-len(raw)%a)...)
	}
	return append(raw, code.Bytes...)
}

func (o *compileOptions) finish(cmd *cobra.Command, out *bytes.Buffer, raw []byte, report *report) error {
	if o.raw != "" {
		if err := writeFile(cmd, o.raw, raw); err != nil {
			return err
		}
	}
	if o.report != "" {
		b, err := json.Marshal(report)
		if err != nil {
			return err
		}
		out.Write(append(b, '\n'))
	}
	_, err := out.WriteTo(cmd.OutOrStdout())
	return err
}

// report is what --report=json prints. Lists are never null.
type report struct {
	Functions []functionReport `json:"functions"`
}

type functionReport struct {
	Name         string           `json:"name"`
	Bytes        int              `json:"bytes"`
	Instructions int              `json:"instructions"`
	FrameSize    uint32           `json:"frame_size"`
	Relocations  []relocReport    `json:"relocations"`
	Traps        []trapReport     `json:"traps"`
	StackMaps    []stackMapReport `json:"stack_maps"`
}

type relocReport struct {
	Offset uint32 `json:"offset"`
	Kind   string `json:"kind"`
	Symbol string `json:"symbol"`
	Addend int64  `json:"addend"`
}

type trapReport struct {
	Offset uint32 `json:"offset"`
	Code   string `json:"code"`
}

type stackMapReport struct {
	Offset    uint32        `json:"offset"`
	FrameSize uint32        `json:"frame_size"`
	Entries   []entryReport `json:"entries"`
}

type entryReport struct {
	Type           string `json:"type"`
	SlotAreaOffset uint32 `json:"slot_area_offset"`
	SPOffset       uint32 `json:"sp_offset"`
}

func reportFunction(name string, code *asm.Code) functionReport {
	r := functionReport{Name: name, Bytes: len(code.Bytes), Instructions: code.NInsts, FrameSize: code.FrameSize,
		Relocations: []relocReport{}, Traps: []trapReport{}, StackMaps: []stackMapReport{}}
	for _, x := range code.Relocs {
		r.Relocations = append(r.Relocations, relocReport{x.Offset, x.Kind.String(), code.Symbols[x.Symbol].Name, x.Addend})
	}
	for _, x := range code.Traps {
		r.Traps = append(r.Traps, trapReport{x.Offset, op.TrapCode(x.Code).String()})
	}
	for _, m := range code.StackMaps {
		s := stackMapReport{m.Offset, m.FrameSize, []entryReport{}}
		for _, e := range m.Entries {
			s.Entries = append(s.Entries, entryReport{op.Type(e.Type).String(), e.Offset, m.SlotArea + e.Offset})
		}
		r.StackMaps = append(r.StackMaps, s)
	}
	return r
}
