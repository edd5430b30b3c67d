package settings

import "golang.org/x/sys/cpu"

func detect() []detected {
	const hwcapPACA = 1 << 30
	x := &cpu.ARM64
	return []detected{
		{HasLSE, x.HasATOMICS}, {HasFP16, x.HasFPHP && x.HasASIMDHP}, {HasDotProd, x.HasASIMDDP}, {HasI8MM, x.HasI8MM},
		{HasPAuth, hwcap()&hwcapPACA != 0},
	}
}
