package parts

import (
	"fmt"
	"os"
	"runtime"
	"strings"
)

// Machine names the processor, as far as the system says.
func Machine() string {
	info, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(info)) {
		if k, v, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(k) == "model name" {
			return fmt.Sprintf("%d processors (%s)", runtime.NumCPU(), strings.TrimSpace(v))
		}
	}
	return fmt.Sprintf("%d processors", runtime.NumCPU())
}
