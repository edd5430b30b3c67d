package measure

import (
	"time"

	"golang.org/x/sys/unix"
)

// threadCPU is the processor time that the thread has used.
func threadCPU() time.Duration {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t) != nil {
		return cpu()
	}
	return time.Duration(t.Nano())
}
