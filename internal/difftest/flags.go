package difftest

import (
	"errors"
	"fmt"
	"strings"

	"davit/compile"
	"davit/internal/randfunc"
	"davit/interp"
	"davit/settings"
)

func isLimit(err error) bool {
	var l *interp.Limit
	return errors.As(err, &l)
}

// choices are settings that random runs use, each with how often in percent, and their values.
var choices = []struct {
	name    string
	percent int
	values  []string
}{
	{"preserve_frame_pointers", 30, nil},
	{"enable_nan_canonicalization", 15, nil},
	{"enable_pinned_reg", 8, nil},
	{"is_pic", 30, nil},
	{"use_colocated_libcalls", 30, nil},
	{"enable_probestack", 25, nil},
	{"probestack_strategy", 50, []string{"inline", "outline"}},
	{"probestack_size_log2", 20, []string{"10", "12", "16"}},
	{"unwind_info", 30, []string{"false"}},
	{"machine_code_cfg_info", 30, nil},
	{"bb_padding_log2_minus_one", 10, []string{"1", "2", "5", "8", "9"}},
	{"log2_min_function_alignment", 10, []string{"5", "6", "8"}},
	{"enable_heap_access_spectre_mitigation", 20, []string{"false"}},
	{"enable_table_access_spectre_mitigation", 20, []string{"false"}},
	{"regalloc_algorithm", 35, []string{"single_pass"}},
	{"opt_level", 20, []string{"speed", "speed_and_size"}},
	{"enable_compact_unwind_abi", 10, nil},
	{"libcall_call_conv", 10, []string{"system_v", "fast"}},
}

// chooseFlags chooses settings, and for the mixed level also features. It returns them as text, too.
func (z *Fuzzer) chooseFlags(src *randfunc.Source, l *level) (settings.Flags, string, *Support) {
	fl, support := l.flags, l.support
	var set []string
	add := func(spec string) {
		if err := fl.Set(spec); err != nil {
			panic(fmt.Sprintf("difftest: setting %s: %v", spec, err))
		}
		set = append(set, spec)
	}
	for _, f := range l.flags.Features() {
		set = append(set, f.String())
	}
	if l.name == "mixed" {
		for _, f := range z.native.Features() {
			if src.Chance(50) {
				add(f.String())
			}
		}
	}
	for _, c := range choices {
		if !src.Chance(c.percent) {
			continue
		}
		spec := c.name
		if c.values != nil {
			spec += "=" + randfunc.Pick(src, c.values)
		}
		add(spec)
	}
	if l.name == "mixed" {
		if t, err := compile.NewTarget("x86_64", &fl); err == nil {
			support = NewSupport(t, z.base)
		}
	}
	return fl, strings.Join(set, " "), support
}
