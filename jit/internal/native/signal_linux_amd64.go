package native

import (
	"fmt"
	"sync"
	"syscall"
	"unsafe"
)

// sigaction is the kernel's form of a signal action.
type sigaction struct {
	handler, flags, restorer uintptr
	mask                     uint64
}

// oldHandlers holds the handlers that ours continue with, which are those of the Go runtime.
var oldHandlers [65]uintptr

var hookMu sync.Mutex

func getAction(sig uintptr) (sigaction, error) {
	var a sigaction
	_, _, e := syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, sig, 0, uintptr(unsafe.Pointer(&a)), 8, 0, 0)
	if e != 0 {
		return a, fmt.Errorf("reading the action of signal %d: %w", sig, e)
	}
	return a, nil
}

func setAction(sig uintptr, a *sigaction) error {
	_, _, e := syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, sig, uintptr(unsafe.Pointer(a)), 0, 8, 0, 0)
	if e != 0 {
		return fmt.Errorf("changing the action of signal %d: %w", sig, e)
	}
	return nil
}

// Flags that the runtime's actions must have for our handlers to be able to stand in for them.
const (
	saSiginfo = 4
	saOnStack = 0x08000000
)

// hook puts a handler in front of the runtime's. Only the address changes: flags, mask and restorer stay.
func hook(sig, handler uintptr) error {
	a, err := getAction(sig)
	if err != nil || a.handler == handler {
		return err
	}
	if a.handler <= 1 || a.flags&(saSiginfo|saOnStack) != saSiginfo|saOnStack {
		return fmt.Errorf("signal %d is not handled by the Go runtime", sig)
	}
	oldHandlers[sig] = a.handler
	a.handler = handler
	return setAction(sig, &a)
}

// HookFaults turns hardware faults in compiled code into returns of Enter with reason Trapped.
func HookFaults() error {
	hookMu.Lock()
	defer hookMu.Unlock()
	for _, s := range []syscall.Signal{syscall.SIGILL, syscall.SIGTRAP, syscall.SIGBUS, syscall.SIGFPE, syscall.SIGSEGV} {
		if err := hook(uintptr(s), faultHandlerPC()); err != nil {
			return err
		}
	}
	return nil
}

func faultHandlerPC() uintptr
