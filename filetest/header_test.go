package filetest

import (
	"errors"
	"strings"
	"testing"

	"davit/ir/text"
	"davit/settings"
)

func header1(t *testing.T, src string, add ...string) (*header, error) {
	t.Helper()
	file, errs := text.Parse([]byte(src), text.Options{})
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return parseHeader(file.Header, add)
}

func TestHeader(t *testing.T) {
	const src = `
test compile precise-output
; a comment
test cat
set opt_level=speed
target x86_64 haswell has_avx2=false
set opt_level=none is_pic

target riscv64gc has_c
feature "simd"
`
	h, err := header1(t, src, "has_avx512f", "enable_verifier=false")
	if err != nil {
		t.Fatal(err)
	}
	if len(h.tests) != 2 || h.tests[0].String() != "cat" || h.tests[1].String() != "compile precise-output" {
		t.Errorf("tests %v", h.tests)
	}
	if len(h.targets) != 2 {
		t.Fatalf("targets %v", h.targets)
	}
	x, r := &h.targets[0].flags, &h.targets[1].flags
	if x.OptLevel() != settings.OptSpeed || !x.Has(settings.HasFMA) || x.Has(settings.HasAVX2) || !x.Has(settings.HasAVX512F) {
		t.Errorf("flags of %v:\n%v", &h.targets[0], x)
	}
	if r.OptLevel() != settings.OptNone || !r.Bool(settings.IsPIC) || !r.Has(settings.HasZca) || r.Bool(settings.EnableVerifier) ||
		r.Bool(settings.UnwindInfo) {
		t.Errorf("flags of %v:\n%v", &h.targets[1], r)
	}
	ps, err := h.pairs()
	if err != nil || len(ps) != 3 {
		t.Fatalf("pairs %v, %v", ps, err)
	}
	if ps[0].target != nil || !ps[0].flags.Bool(settings.IsPIC) || ps[1].target != &h.targets[0] || ps[2].target != &h.targets[1] {
		t.Errorf("pairs %v", ps)
	}
}

func TestHeaderErrors(t *testing.T) {
	for src, want := range map[string]string{
		"":                                     "no test command",
		"test":                                 "1: expected a test command",
		"test cats":                            "unknown test command",
		"test cat fast":                        `unknown option "fast": test cat has none`,
		"test compile fast":                    "expected one of precise-output, expect-fail",
		"test cat\nset opt_level":              "2: setting opt_level needs a value",
		"test cat\nset haswell":                "unknown shared setting",
		"test cat\ntarget":                     "expected a target triple",
		"test cat\ntarget vax":                 `unknown target "vax"`,
		"test cat\ntarget x86_64 has_lse":      "unknown flag",
		"test cat\ntarget x86_64\nset is_pic":  "3: dangling \"set\"",
		"test compile\nset is_pic":             "test compile needs a target",
		"test cat\ntest run\n\ntarget aarch99": `4: unknown target "aarch99"`,
	} {
		h, err := header1(t, src)
		if err == nil {
			_, err = h.pairs()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", src, err, want)
		}
	}
	if _, err := header1(t, "test cat\ntarget i686 haswell"); !errors.Is(err, settings.ErrUnsupportedArch) {
		t.Errorf("i686: error %v", err)
	}
}

// TestOneTarget checks that a test that needs no target gets the only one that there is.
func TestOneTarget(t *testing.T) {
	h, err := header1(t, "test verifier\nset is_pic\ntarget aarch64")
	if err != nil {
		t.Fatal(err)
	}
	ps, err := h.pairs()
	if err != nil || len(ps) != 1 || ps[0].target == nil || ps[0].flags.Arch() != settings.AArch64 {
		t.Errorf("pairs %v, %v", ps, err)
	}
}
