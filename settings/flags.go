package settings

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Flags are the settings of one target: the shared settings and the features of its architecture. The zero value has
// everything off and no architecture; start from [Default] or [FiletestBaseline].
type Flags struct {
	arch   Arch
	values [NumSettings]uint8
	isa    uint64 // bit n: feature n of arch
}

// Default returns the default settings of the library for an architecture (NoArch: shared settings only).
func Default(a Arch) Flags {
	f := Flags{}
	for i := range shared {
		f.values[i] = shared[i].def
	}
	f.SetArch(a)
	return f
}

// FiletestBaseline returns the settings that file tests start from: those of the library, without unwind information
// and with the offsets of blocks.
func FiletestBaseline(a Arch) Flags {
	f := Default(a)
	f.values[UnwindInfo] = 0
	f.values[MachineCodeCFGInfo] = 1
	return f
}

// SetArch makes f the settings of another architecture, with its default features. The shared settings stay.
func (f *Flags) SetArch(a Arch) {
	f.arch, f.isa = a, 0
	for i, r := range isaOf(a).features {
		if r.def {
			f.isa |= 1 << i
		}
	}
}

// Arch returns the architecture whose features f has.
func (f *Flags) Arch() Arch { return f.arch }

// Bool returns the value of a boolean setting.
func (f *Flags) Bool(s Setting) bool { return f.values[s] != 0 }

// Num returns the value of a numeric setting.
func (f *Flags) Num(s Setting) uint8 { return f.values[s] }

// OptLevel returns the setting opt_level.
func (f *Flags) OptLevel() OptLevel { return OptLevel(f.values[OptLevelSetting]) }

// RegallocAlgorithm returns the setting regalloc_algorithm.
func (f *Flags) RegallocAlgorithm() RegallocAlgorithm {
	return RegallocAlgorithm(f.values[RegallocAlgorithmSetting])
}

// TLSModel returns the setting tls_model.
func (f *Flags) TLSModel() TLSModel { return TLSModel(f.values[TLSModelSetting]) }

// StackSwitchModel returns the setting stack_switch_model.
func (f *Flags) StackSwitchModel() StackSwitchModel {
	return StackSwitchModel(f.values[StackSwitchModelSetting])
}

// LibcallCallConv returns the setting libcall_call_conv.
func (f *Flags) LibcallCallConv() LibcallCallConv {
	return LibcallCallConv(f.values[LibcallCallConvSetting])
}

// ProbestackStrategy returns the setting probestack_strategy.
func (f *Flags) ProbestackStrategy() ProbestackStrategy {
	return ProbestackStrategy(f.values[ProbestackStrategySetting])
}

// Safepoints returns the setting safepoints.
func (f *Flags) Safepoints() Safepoints { return Safepoints(f.values[SafepointsSetting]) }

// StackMapChecker returns the setting stack_map_checker.
func (f *Flags) StackMapChecker() StackMapChecker {
	return StackMapChecker(f.values[StackMapCheckerSetting])
}

// Has reports whether f is for the architecture of the feature and has it.
func (f *Flags) Has(x Feature) bool { return f.arch == x.Arch() && f.isa&x.bit() != 0 }

// Enable switches a feature of f's architecture on; a feature of another architecture changes nothing.
func (f *Flags) Enable(x Feature) {
	if f.arch == x.Arch() {
		f.isa |= x.bit()
	}
}

// SetBool sets a boolean setting.
func (f *Flags) SetBool(s Setting, on bool) {
	f.values[s] = 0
	if on {
		f.values[s] = 1
	}
}

// SetStackMapChecker sets the setting stack_map_checker.
func (f *Flags) SetStackMapChecker(c StackMapChecker) { f.values[StackMapCheckerSetting] = uint8(c) }

// SetOptLevel sets the setting opt_level.
func (f *Flags) SetOptLevel(l OptLevel) { f.values[OptLevelSetting] = uint8(l) }

// Features returns the features that f has, ascending.
func (f *Flags) Features() []Feature {
	var xs []Feature
	for i := range isaOf(f.arch).features {
		if f.isa>>i&1 != 0 {
			xs = append(xs, Feature(f.arch)<<8|Feature(i))
		}
	}
	return xs
}

// Missing returns the features that f has and machine lacks. Settings that change the code but need nothing of the
// machine do not count.
func (f *Flags) Missing(machine *Flags) []Feature {
	return slices.DeleteFunc(f.Features(), func(x Feature) bool {
		switch x {
		case SignReturnAddressAll, SignReturnAddress, SignReturnAddressWithBKey, UseBTI, UseCSDB:
			return true // hints: they run everywhere
		}
		return machine.Has(x)
	})
}

// errUnknown marks an error about a name that is not in a table.
var errUnknown = errors.New("unknown name")

type unknownError struct{ msg string }

func (e *unknownError) Error() string        { return e.msg }
func (e *unknownError) Is(target error) bool { return target == errUnknown }

// SetShared sets one shared setting, spelled NAME or NAME=VALUE. On an error f is unchanged.
func (f *Flags) SetShared(spec string) error {
	name, value, hasValue := strings.Cut(spec, "=")
	i := slices.IndexFunc(shared[:], func(r sharedRow) bool { return r.name == name })
	if i < 0 {
		return &unknownError{fmt.Sprintf("unknown shared setting %q; there are %s", name, strings.Join(SharedNames(), ", "))}
	}
	v, err := shared[i].parse(value, hasValue)
	if err != nil {
		return err
	}
	f.values[i] = v
	return nil
}

func (r *sharedRow) parse(value string, hasValue bool) (uint8, error) {
	switch r.kind {
	case EnumKind:
		if i := slices.Index(r.enum, value); i >= 0 && hasValue {
			return uint8(i), nil
		}
		return 0, badValue(r.name, value, hasValue, r.enum...)
	case NumKind:
		if n, err := strconv.ParseUint(value, 10, 8); err == nil && hasValue {
			return uint8(n), nil
		}
		return 0, badValue(r.name, value, hasValue, "a number from 0 to 255")
	}
	on, err := parseBool(r.name, value, hasValue)
	if on {
		return 1, err
	}
	return 0, err
}

func parseBool(name, value string, hasValue bool) (bool, error) {
	if !hasValue {
		return true, nil
	}
	switch value {
	case "true", "on", "yes", "1":
		return true, nil
	case "false", "off", "no", "0":
		return false, nil
	}
	return false, badValue(name, value, true, "true", "on", "yes", "1", "false", "off", "no", "0")
}

func badValue(name, value string, hasValue bool, possible ...string) error {
	if !hasValue {
		return fmt.Errorf("setting %s needs a value: %s=VALUE with one of %s", name, name, strings.Join(possible, ", "))
	}
	return fmt.Errorf("bad value %q of setting %s, expected %s", value, name, orList(possible))
}

func orList(s []string) string {
	if len(s) < 2 {
		return strings.Join(s, "")
	}
	return strings.Join(s[:len(s)-1], ", ") + " or " + s[len(s)-1]
}

// SetISA sets one feature of f's architecture, spelled NAME or NAME=VALUE, or applies one of its presets, spelled NAME.
// On an error f is unchanged.
func (f *Flags) SetISA(spec string) error {
	name, value, hasValue := strings.Cut(spec, "=")
	t := isaOf(f.arch)
	for i := range t.features {
		r := &t.features[i]
		if r.name != name {
			continue
		}
		on, err := r.parse(value, hasValue)
		if err != nil {
			return err
		}
		f.isa &^= 1 << i
		if on {
			f.isa |= 1 << i
		}
		return nil
	}
	if p := t.preset(name); p != nil {
		if hasValue {
			return fmt.Errorf("preset %s takes no value", name)
		}
		f.isa |= t.bits(p)
		return nil
	}
	msg := fmt.Sprintf("unknown flag %q of %v", name, f.arch)
	if len(t.features) > 0 {
		msg += "; there are " + strings.Join(FeatureNames(f.arch), ", ")
	}
	if len(t.presets) > 0 {
		msg += "; presets are " + strings.Join(PresetNames(f.arch), ", ")
	}
	return &unknownError{msg}
}

func (r *featureRow) parse(value string, hasValue bool) (bool, error) {
	if r.enum == nil {
		return parseBool(r.name, value, hasValue)
	}
	if i := slices.Index(r.enum, value); i >= 0 && hasValue {
		return i == 1, nil
	}
	return false, badValue(r.name, value, hasValue, r.enum...)
}

func (t *isaTable) preset(name string) *presetRow {
	for i := range t.presets {
		if slices.Contains(t.presets[i].names, name) {
			return &t.presets[i]
		}
	}
	return nil
}

// bits returns the features that a preset switches on.
func (t *isaTable) bits(p *presetRow) uint64 {
	var m uint64
	for _, b := range p.base {
		m |= t.bits(t.preset(b))
	}
	for _, x := range p.features {
		m |= x.bit()
	}
	return m
}

// Set sets a shared setting or a feature, or applies a preset.
func (f *Flags) Set(spec string) error {
	err := f.SetShared(spec)
	if !errors.Is(err, errUnknown) || f.arch == NoArch {
		return err
	}
	isaErr := f.SetISA(spec)
	if !errors.Is(isaErr, errUnknown) {
		return isaErr
	}
	name, _, _ := strings.Cut(spec, "=")
	msg := fmt.Sprintf("unknown setting %q; shared settings are %s; flags of %v are %s", name,
		strings.Join(SharedNames(), ", "), f.arch, strings.Join(FeatureNames(f.arch), ", "))
	if p := PresetNames(f.arch); len(p) > 0 {
		msg += "; presets are " + strings.Join(p, ", ")
	}
	return &unknownError{msg}
}

// SharedNames returns the names of the shared settings, in the order of the table.
func SharedNames() []string {
	names := make([]string, len(shared))
	for i := range shared {
		names[i] = shared[i].name
	}
	return names
}

// FeatureNames returns the names of the flags of an architecture, in the order of the table.
func FeatureNames(a Arch) []string {
	t := isaOf(a)
	names := make([]string, len(t.features))
	for i := range names {
		names[i] = t.features[i].name
	}
	return names
}

// PresetNames returns the names of the presets of an architecture, in the order of the table.
func PresetNames(a Arch) []string {
	var names []string
	for _, p := range isaOf(a).presets {
		names = append(names, p.names...)
	}
	return names
}

// String prints every setting as a line "NAME=VALUE", which Set reads back.
func (f *Flags) String() string {
	var b strings.Builder
	f.print(&b, false)
	return b.String()
}

// Describe prints every setting with its value, the values that are possible and what it means.
func (f *Flags) Describe() string {
	var b strings.Builder
	f.print(&b, true)
	for _, p := range isaOf(f.arch).presets {
		g := Flags{arch: f.arch, isa: isaOf(f.arch).bits(&p)}
		fmt.Fprintf(&b, "%-44s preset:", strings.Join(p.names, " "))
		for _, x := range g.Features() {
			b.WriteString(" " + x.String())
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func (f *Flags) print(b *strings.Builder, describe bool) {
	row := func(s, possible, about string) {
		if describe {
			fmt.Fprintf(b, "%-44s %s (%s)\n", s, about, possible)
			return
		}
		b.WriteString(s + "\n")
	}
	for i := range shared {
		r := &shared[i]
		value, possible := strconv.FormatBool(f.values[i] != 0), "true, false"
		switch r.kind {
		case EnumKind:
			value, possible = r.enum[f.values[i]], strings.Join(r.enum, ", ")
		case NumKind:
			value, possible = strconv.Itoa(int(f.values[i])), "0 to 255"
		}
		row(r.name+"="+value, possible, r.about)
	}
	for i, r := range isaOf(f.arch).features {
		on := f.isa >> i & 1
		value, possible := strconv.FormatBool(on != 0), "true, false"
		if r.enum != nil {
			value, possible = r.enum[on], strings.Join(r.enum, ", ")
		}
		row(r.name+"="+value, possible, r.about)
	}
}

// IsUnknown reports whether an error of a Set method is about a name that it does not know.
func IsUnknown(err error) bool { return errors.Is(err, errUnknown) }
