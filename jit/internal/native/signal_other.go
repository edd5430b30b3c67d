//go:build !(linux && (amd64 || arm64 || riscv64 || s390x))

package native

import (
	"errors"
	"time"
)

// HookFaults reports that faults cannot be handled.
func HookFaults() error { return errors.New("unsupported system") }

// HookAsync reports that compiled code cannot be preempted.
func HookAsync() bool { return false }

// GuardKnown reports whether the runtime's stack bound is where we expect it.
func GuardKnown() bool { return false }

// Interrupt sends the runtime's preemption signal to a thread or to all.
func Interrupt(tid int) {}

// ThreadID returns the number of the thread that runs the calling goroutine at the moment.
func ThreadID() int { return 0 }

// Timer is a timer of the kernel that interrupts a thread.
type Timer int32

// StartTimer starts a timer that interrupts a thread after d, until it is stopped.
func StartTimer(tid int, d time.Duration) (Timer, bool) { return 0, false }

// Stop ends a timer.
func (t Timer) Stop() {}
