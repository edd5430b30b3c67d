package settings

import "golang.org/x/sys/cpu"

// cpuid executes the instruction of that name.
func cpuid(eax, ecx uint32) (a, b, c, d uint32)

func hasLZCNT() bool {
	const leaf = 0x8000_0001
	if most, _, _, _ := cpuid(0x8000_0000, 0); most < leaf {
		return false
	}
	_, _, c, _ := cpuid(leaf, 0)
	return c>>5&1 != 0
}

func detect() []detected {
	x := &cpu.X86
	return []detected{
		{HasSSE3, x.HasSSE3}, {HasSSSE3, x.HasSSSE3}, {HasSSE41, x.HasSSE41}, {HasSSE42, x.HasSSE42},
		{HasCmpxchg16b, x.HasCX16}, {HasPOPCNT, x.HasPOPCNT}, {HasBMI1, x.HasBMI1}, {HasBMI2, x.HasBMI2},
		{HasLZCNT, hasLZCNT()}, {HasAVX, x.HasAVX}, {HasAVX2, x.HasAVX2}, {HasFMA, x.HasFMA}, {HasAVXVNNI, x.HasAVXVNNI},
		{HasAVX512F, x.HasAVX512F}, {HasAVX512DQ, x.HasAVX512DQ}, {HasAVX512VL, x.HasAVX512VL},
		{HasAVX512VBMI, x.HasAVX512VBMI}, {HasAVX512BITALG, x.HasAVX512BITALG}, {HasAVX512VNNI, x.HasAVX512VNNI},
	}
}
