package measure

import (
	"os"
	"strconv"
	"strings"
)

// PeakMemory is the largest resident size that this process has had since it was started, in bytes; ok is false where
// the system does not say. (What wait says of a child includes the size of its parent at the time of the fork.)
func PeakMemory() (bytes int64, ok bool) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, false
	}
	for line := range strings.Lines(string(status)) {
		if rest, found := strings.CutPrefix(line, "VmHWM:"); found {
			kib, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			return 1024 * kib, err == nil
		}
	}
	return 0, false
}
