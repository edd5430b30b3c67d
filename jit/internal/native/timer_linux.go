//go:build linux && (amd64 || arm64 || riscv64 || s390x)

package native

import (
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Timer is a timer of the kernel that interrupts a thread. It does its work when all of the runtime's processors are taken by
// compiled code, as the runtime's own timers cannot.
type Timer int32

// sigevent asks for a signal to a thread.
type sigevent struct {
	value          uint64
	signal, notify int32
	tid            int32
	_              [44]byte
}

const sigevThreadID = 4

// again is how often a timer that has run off interrupts once more: it may have hit a thunk.
const again = 500 * time.Microsecond

// StartTimer starts a timer that interrupts a thread after d, until it is stopped.
func StartTimer(tid int, d time.Duration) (Timer, bool) {
	ev := sigevent{signal: int32(syscall.SIGURG), notify: sigevThreadID, tid: int32(tid)}
	var t Timer
	_, _, e := syscall.RawSyscall(unix.SYS_TIMER_CREATE, unix.CLOCK_MONOTONIC, uintptr(unsafe.Pointer(&ev)), uintptr(unsafe.Pointer(&t)))
	if e != 0 {
		return 0, false
	}
	spec := unix.ItimerSpec{Interval: unix.NsecToTimespec(int64(again)), Value: unix.NsecToTimespec(int64(max(d, 1)))}
	if _, _, e := syscall.RawSyscall6(unix.SYS_TIMER_SETTIME, uintptr(t), 0, uintptr(unsafe.Pointer(&spec)), 0, 0, 0); e != 0 {
		t.Stop()
		return 0, false
	}
	return t, true
}

// Stop ends a timer.
func (t Timer) Stop() { syscall.RawSyscall(unix.SYS_TIMER_DELETE, uintptr(t), 0, 0) }
