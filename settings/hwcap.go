//go:build arm64 || s390x

package settings

import (
	"encoding/binary"
	"os"
)

// hwcap returns the feature bits that the kernel tells a process (entry AT_HWCAP of the auxiliary vector), or 0 where
// there are none.
func hwcap() uint64 {
	const atHwcap = 16
	b, err := os.ReadFile("/proc/self/auxv")
	if err != nil {
		return 0
	}
	for ; len(b) >= 16; b = b[16:] {
		if binary.NativeEndian.Uint64(b) == atHwcap {
			return binary.NativeEndian.Uint64(b[8:])
		}
	}
	return 0
}
