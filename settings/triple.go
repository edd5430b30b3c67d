package settings

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Triple is a target: an architecture, and the operating system that decides about conventions.
type Triple struct {
	Arch Arch
	Name string // the architecture as spelled, such as "riscv64gc"
	OS   OS
	text string
}

// OS is an operating system, as far as it matters for conventions.
type OS uint8

const (
	UnknownOS OS = iota
	Linux
	Darwin
	Windows
)

// String returns the triple as it was spelled.
func (t Triple) String() string { return t.text }

// ErrUnsupportedArch is wrapped by the error of ParseTriple about an architecture that exists but that neither this
// project nor the format of its tests has code generation for, such as i686.
var ErrUnsupportedArch = errors.New("unsupported architecture")

// archSpellings lists how each architecture may be spelled, the usual way first.
var archSpellings = [...]struct {
	arch  Arch
	names []string
}{
	{X86_64, []string{"x86_64", "x86_64h", "amd64", "x64"}},
	{AArch64, []string{"aarch64", "arm64"}},
	{RISCV64, []string{"riscv64", "riscv64gc", "riscv64imac", "riscv64a23"}},
	{S390X, []string{"s390x"}},
	{Pulley32, []string{"pulley32"}},
	{Pulley64, []string{"pulley64"}},
	{Pulley32BE, []string{"pulley32be"}},
	{Pulley64BE, []string{"pulley64be"}},
}

// otherArchs are the beginnings of the names of architectures that exist but have no code generator.
var otherArchs = []string{"i386", "i486", "i586", "i686", "aarch64_be", "aarch64be", "arm", "thumb", "riscv32", "mips", "powerpc",
	"sparc", "wasm32", "wasm64", "loongarch64", "hexagon", "m68k", "avr", "bpfe", "msp430", "nvptx64", "amdgcn", "asmjs", "xtensa"}

// ParseTriple reads a target triple: an architecture alone, or with vendor, operating system and environment as in
// "x86_64-unknown-linux-gnu". "native" is the machine that runs.
func ParseTriple(s string) (Triple, error) {
	if s == "native" {
		return NativeTriple()
	}
	name, rest, _ := strings.Cut(s, "-")
	t := Triple{Name: name, text: s}
	for _, a := range archSpellings {
		if slices.Contains(a.names, name) {
			t.Arch = a.arch
		}
	}
	if t.Arch == NoArch {
		if slices.ContainsFunc(otherArchs, func(o string) bool { return strings.HasPrefix(name, o) }) {
			return t, fmt.Errorf("%w: %s", ErrUnsupportedArch, name)
		}
		return t, fmt.Errorf("unknown target %q, expected a triple of one of x86_64, aarch64, riscv64, s390x", s)
	}
	for part := range strings.SplitSeq(rest, "-") {
		switch {
		case strings.HasPrefix(part, "linux"):
			t.OS = Linux
		case strings.HasPrefix(part, "darwin"), strings.HasPrefix(part, "macos"), strings.HasPrefix(part, "ios"):
			t.OS = Darwin
		case strings.HasPrefix(part, "windows"):
			t.OS = Windows
		}
	}
	return t, nil
}
