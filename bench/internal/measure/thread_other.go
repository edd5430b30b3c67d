//go:build !linux

package measure

import "time"

// threadCPU is the processor time of the process: that of the thread is not known here.
func threadCPU() time.Duration { return cpu() }
