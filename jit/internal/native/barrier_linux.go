//go:build linux && (amd64 || arm64 || riscv64 || s390x)

package native

import (
	"os"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

const (
	membarrierPrivateExpedited  = 1 << 3
	membarrierRegisterExpedited = 1 << 4
)

func membarrier(command uintptr) bool {
	_, _, e := syscall.RawSyscall(unix.SYS_MEMBARRIER, command, 0, 0)
	return e == 0
}

var registerBarrier = sync.OnceValue(func() bool {
	return !Forced(NoMembarrier) && membarrier(membarrierRegisterExpedited)
})

// Barrier makes every thread of the process pass a full memory barrier. What a thread stored before is visible to the
// caller afterwards; what the caller stored before, a thread sees from then on.
func Barrier() {
	if registerBarrier() && membarrier(membarrierPrivateExpedited) {
		return
	}
	// Without membarrier: taking write permission from a page that is in use interrupts every processor that runs a
	// thread of the process, to flush its address translations.
	size := os.Getpagesize()
	page, err := mmap(0, uintptr(size), Read|Write, syscall.MAP_PRIVATE|syscall.MAP_ANON, -1)
	if err != nil {
		return
	}
	*(*byte)(Ptr(page)) = 1
	Protect(page, uintptr(size), Read)
	Unmap(page, uintptr(size))
}
