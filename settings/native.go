package settings

import (
	"fmt"
	"runtime"
)

// NativeTriple returns the target of the machine that runs.
func NativeTriple() (Triple, error) {
	var a Arch
	switch runtime.GOARCH {
	case "amd64":
		a = X86_64
	case "arm64":
		a = AArch64
	case "riscv64":
		a = RISCV64
	case "s390x":
		a = S390X
	default:
		return Triple{}, fmt.Errorf("%w: this machine (%s)", ErrUnsupportedArch, runtime.GOARCH)
	}
	t := Triple{Arch: a, Name: a.String(), text: a.String() + "-unknown-" + runtime.GOOS}
	switch runtime.GOOS {
	case "linux":
		t.OS = Linux
	case "darwin":
		t.OS = Darwin
	case "windows":
		t.OS = Windows
	}
	return t, nil
}

// Native returns the default settings for the machine that runs, with those features of its architecture that it has.
// On a machine of another architecture the result has no architecture.
func Native() Flags {
	t, _ := NativeTriple()
	f := Default(t.Arch)
	for _, d := range detect() {
		if d.present {
			f.Enable(d.feature)
		}
	}
	return f
}

type detected struct {
	feature Feature
	present bool
}
