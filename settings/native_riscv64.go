package settings

import "golang.org/x/sys/cpu"

func detect() []detected {
	x := &cpu.RISCV64
	return []detected{
		{HasZca, x.HasC}, {HasZcd, x.HasC}, {HasV, x.HasV}, {HasZba, x.HasZba}, {HasZbb, x.HasZbb}, {HasZbs, x.HasZbs},
		{HasZbc, x.HasZbc}, {HasZvbb, x.HasZvbb},
		{HasZvl32b, x.HasV}, {HasZvl64b, x.HasV}, {HasZvl128b, x.HasV},
	}
}
