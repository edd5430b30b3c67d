package measure

import (
	"os"
	"strconv"
	"strings"
)

// Available is the memory that processes can still have, in bytes, as far as the system says; ok is false where it does
// not.
func Available() (bytes int64, ok bool) { return kibibytes("/proc/meminfo", "MemAvailable:") }

// PeakMemory is the largest resident size that this process has had since it was started, in bytes; ok is false where
// the system does not say. (What wait says of a child includes the size of its parent at the time of the fork.)
func PeakMemory() (bytes int64, ok bool) { return kibibytes("/proc/self/status", "VmHWM:") }

// kibibytes reads the number in the line of a file that starts with key.
func kibibytes(path, key string) (bytes int64, ok bool) {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, false
	}
	for line := range strings.Lines(string(text)) {
		if rest, found := strings.CutPrefix(line, key); found {
			kib, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			return 1024 * kib, err == nil
		}
	}
	return 0, false
}
