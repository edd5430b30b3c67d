package native

import (
	"sync"
	"syscall"
)

const (
	sysMembarrier = 324

	membarrierPrivateExpedited  = 1 << 3
	membarrierRegisterExpedited = 1 << 4
)

var registerBarrier = sync.OnceValue(func() bool {
	_, _, e := syscall.RawSyscall(sysMembarrier, membarrierRegisterExpedited, 0, 0)
	return e == 0
})

// Barrier makes every thread of the process pass a full memory barrier. What a thread stored before is visible to the
// caller afterwards; what the caller stored before, a thread sees from then on.
func Barrier() {
	if registerBarrier() {
		if _, _, e := syscall.RawSyscall(sysMembarrier, membarrierPrivateExpedited, 0, 0); e == 0 {
			return
		}
	}
	// Without membarrier: taking write permission from a page that is in use interrupts every processor that runs a
	// thread of the process, to flush its address translations.
	page, err := mmap(0, 4096, Read|Write, syscall.MAP_PRIVATE|syscall.MAP_ANON, -1)
	if err != nil {
		return
	}
	*(*byte)(Ptr(page)) = 1
	Protect(page, 4096, Read)
	Unmap(page, 4096)
}
