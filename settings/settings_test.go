package settings

import (
	"errors"
	"runtime"
	"slices"
	"strings"
	"testing"
)

func TestDefaults(t *testing.T) {
	f := Default(X86_64)
	g := FiletestBaseline(X86_64)
	if !f.Bool(UnwindInfo) || f.Bool(MachineCodeCFGInfo) || g.Bool(UnwindInfo) || !g.Bool(MachineCodeCFGInfo) {
		t.Error("defaults of library and file tests are mixed up")
	}
	if f.Num(ProbestackSizeLog2) != 12 || f.OptLevel() != OptNone || !f.Bool(EnableVerifier) || len(f.Features()) != 0 {
		t.Errorf("unexpected defaults:\n%v", f.String())
	}
	r := Default(RISCV64)
	want := []Feature{HasM, HasA, HasF, HasD, HasZicsr, HasZifencei}
	if !slices.Equal(r.Features(), want) {
		t.Errorf("features of riscv64: %v, want %v", r.Features(), want)
	}
}

func TestSet(t *testing.T) {
	tests := []struct {
		arch Arch
		spec string
		err  string // part of the error, or empty
		ok   func(f *Flags) bool
	}{
		{X86_64, "opt_level=speed_and_size", "", func(f *Flags) bool { return f.OptLevel() == OptSpeedAndSize }},
		{X86_64, "enable_verifier=off", "", func(f *Flags) bool { return !f.Bool(EnableVerifier) }},
		{X86_64, "is_pic", "", func(f *Flags) bool { return f.Bool(IsPIC) }},
		{X86_64, "is_pic=yes", "", func(f *Flags) bool { return f.Bool(IsPIC) }},
		{X86_64, "probestack_size_log2=16", "", func(f *Flags) bool { return f.Num(ProbestackSizeLog2) == 16 }},
		{X86_64, "tls_model=macho", "", func(f *Flags) bool { return f.TLSModel() == TLSMachO }},
		{X86_64, "probestack_strategy=inline", "", func(f *Flags) bool { return f.ProbestackStrategy() == ProbestackInline }},
		{X86_64, "libcall_call_conv=probestack", "", func(f *Flags) bool { return f.LibcallCallConv() == LibcallProbestack }},
		{X86_64, "stack_switch_model=basic", "", func(f *Flags) bool { return f.StackSwitchModel() == StackSwitchBasic }},
		{X86_64, "regalloc_algorithm=single_pass", "", func(f *Flags) bool { return f.RegallocAlgorithm() == SinglePass }},
		{X86_64, "has_avx=true", "", func(f *Flags) bool { return f.Has(HasAVX) && len(f.Features()) == 1 }},
		{X86_64, "haswell", "", func(f *Flags) bool {
			return f.Has(HasSSE3) && f.Has(HasSSE42) && f.Has(HasAVX) && f.Has(HasAVX2) && f.Has(HasLZCNT) && !f.Has(HasAVX512F)
		}},
		{X86_64, "alderlake", "", func(f *Flags) bool { return f.Has(HasAVXVNNI) && !f.Has(HasAVX) }},
		{S390X, "z17", "", func(f *Flags) bool { return len(f.Features()) == 4 }},
		{RISCV64, "zvl256b", "", func(f *Flags) bool { return f.Has(HasZvl32b) && f.Has(HasZvl256b) && !f.Has(HasZvl512b) }},
		{RISCV64, "has_m=false", "", func(f *Flags) bool { return !f.Has(HasM) }},
		{Pulley64, "pointer_width=pointer64", "", func(f *Flags) bool { return f.Has(PulleyPointer64) }},
		{Pulley64, "pointer_width", "needs a value: pointer_width=VALUE with one of pointer32, pointer64", nil},
		{X86_64, "opt_level", "needs a value", nil},
		{X86_64, "opt_level=best", "expected none, speed or speed_and_size", nil},
		{X86_64, "is_pic=maybe", "true, on, yes, 1, false, off, no or 0", nil},
		{X86_64, "probestack_size_log2=256", "a number from 0 to 255", nil},
		{X86_64, "probestack_size_log2", "needs a value", nil},
		{X86_64, "haswell=true", "preset haswell takes no value", nil},
		{X86_64, "has_lse", `unknown setting "has_lse"; shared settings are regalloc_checker, `, nil},
		{X86_64, "pentium", "presets are baseline, ", nil},
		{NoArch, "haswell", "unknown shared setting", nil},
	}
	for _, tt := range tests {
		f := Default(tt.arch)
		before := f
		err := f.Set(tt.spec)
		switch {
		case tt.err == "" && err != nil:
			t.Errorf("%v %s: %v", tt.arch, tt.spec, err)
		case tt.err == "" && !tt.ok(&f):
			t.Errorf("%v %s: wrong flags\n%v", tt.arch, tt.spec, f.String())
		case tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)):
			t.Errorf("%v %s: error %v, want one about %q", tt.arch, tt.spec, err, tt.err)
		case tt.err != "" && f != before:
			t.Errorf("%v %s: failed but changed the flags", tt.arch, tt.spec)
		}
	}
}

// TestPrintParse sets every value that there is and reads the printed form back.
func TestPrintParse(t *testing.T) {
	for a := X86_64; a < numArchs; a++ {
		f := Default(a)
		for i := range shared {
			switch r := &shared[i]; r.kind {
			case EnumKind:
				f.values[i] = uint8(len(r.enum) - 1)
			case NumKind:
				f.values[i] = 200
			default:
				f.values[i] = 1 - r.def
			}
		}
		f.isa ^= 1<<len(isaOf(a).features) - 1
		g := Default(a)
		for line := range strings.SplitSeq(strings.TrimSpace(f.String()), "\n") {
			if err := g.Set(line); err != nil {
				t.Fatalf("%v: %v", a, err)
			}
		}
		if f != g {
			t.Errorf("%v: read back as\n%vwant\n%v", a, g.String(), f.String())
		}
	}
}

// TestPresets checks that every base of a preset exists, stands before it, and that names are unique.
func TestPresets(t *testing.T) {
	for a := range numArchs {
		seen := map[string]bool{}
		for _, name := range FeatureNames(a) {
			if name == "" || seen[name] {
				t.Errorf("%v: flag %q has no name or stands twice", a, name)
			}
			seen[name] = true
		}
		for _, p := range isaOf(a).presets {
			for _, b := range p.base {
				if !seen[b] || isaOf(a).preset(b) == nil {
					t.Errorf("%v: preset %s builds on %s, which does not stand before it", a, p.names[0], b)
				}
			}
			for _, x := range p.features {
				if x.Arch() != a {
					t.Errorf("%v: preset %s has %v of another architecture", a, p.names[0], x)
				}
			}
			for _, n := range p.names {
				if seen[n] {
					t.Errorf("%v: %s stands twice", a, n)
				}
				seen[n] = true
			}
		}
		f := Flags{}
		f.SetArch(a)
		if !strings.Contains(f.Describe(), "opt_level=none") {
			t.Errorf("%v: description lacks opt_level", a)
		}
	}
}

func TestParseTriple(t *testing.T) {
	tests := []struct {
		in   string
		arch Arch
		os   OS
	}{
		{"x86_64", X86_64, UnknownOS}, {"x86_64-unknown-linux-gnu", X86_64, Linux}, {"x86_64-pc-windows-msvc", X86_64, Windows},
		{"aarch64-apple-darwin", AArch64, Darwin}, {"riscv64gc", RISCV64, UnknownOS}, {"s390x-ibm-linux", S390X, Linux},
		{"pulley64be", Pulley64BE, UnknownOS},
	}
	for _, tt := range tests {
		got, err := ParseTriple(tt.in)
		if err != nil || got.Arch != tt.arch || got.OS != tt.os || got.String() != tt.in {
			t.Errorf("ParseTriple(%q) = %+v, %v", tt.in, got, err)
		}
	}
	for in, unsupported := range map[string]bool{"i686": true, "i686-unknown-linux": true, "wasm32": true, "x87": false, "": false} {
		if _, err := ParseTriple(in); err == nil || errors.Is(err, ErrUnsupportedArch) != unsupported {
			t.Errorf("ParseTriple(%q): error %v, unsupported should be %v", in, err, unsupported)
		}
	}
}

func TestNative(t *testing.T) {
	f := Native()
	tr, err := NativeTriple()
	if err != nil {
		t.Skip(err)
	}
	if f.Arch() != tr.Arch {
		t.Errorf("features of %v on %v", f.Arch(), tr.Arch)
	}
	if runtime.GOARCH != "amd64" {
		return
	}
	g := Default(X86_64)
	g.Enable(HasAVX512VBMI)
	if m := g.Missing(&f); f.Has(HasAVX512VBMI) != (len(m) == 0) {
		t.Errorf("missing %v, although the machine has %v", m, f.Features())
	}
	if f.Has(HasBMI2) && !f.Has(HasLZCNT) {
		t.Error("a machine with BMI2 without LZCNT: unlikely")
	}
}
