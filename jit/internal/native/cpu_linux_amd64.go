package native

func cpuid(leaf, sub uint32) (eax, ebx, ecx uint32)

func xgetbv() (eax uint32)

// XsaveMask selects the state that compiled code may use: x87, SSE, AVX, and the three parts of AVX-512.
const XsaveMask = 0xe7

// XsaveSize returns the size of the area that XSAVE needs with XsaveMask, 0 if the machine does not have it.
func XsaveSize() int {
	const osxsave = 1 << 27
	if _, _, c := cpuid(1, 0); c&osxsave == 0 {
		return 0
	}
	const legacyAndHeader = 576
	size := uint32(legacyAndHeader)
	enabled := xgetbv() & XsaveMask
	for i := uint32(2); i < 8; i++ {
		if enabled>>i&1 != 0 {
			n, offset, _ := cpuid(0xd, i)
			size = max(size, offset+n)
		}
	}
	return int(size)
}
