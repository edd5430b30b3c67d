//go:build linux && (amd64 || arm64 || riscv64 || s390x)

package native

import (
	"fmt"
	"os"
	"strconv"
	"sync"
	"syscall"
	"unsafe"
)

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

// hook puts our handler in front of the runtime's. Only the address changes: flags, mask and restorer stay.
func hook(sig syscall.Signal) error {
	a, err := getAction(uintptr(sig))
	if err != nil || a.handler == handlerPC() {
		return err
	}
	if Forced(NoHooks) || a.handler <= 1 || a.flags&(saSiginfo|saOnStack) != saSiginfo|saOnStack {
		return fmt.Errorf("signal %d is not handled by the Go runtime", sig)
	}
	oldHandlers[sig] = a.handler
	a.handler = handlerPC()
	return setAction(uintptr(sig), &a)
}

// HookFaults turns hardware faults in compiled code into returns of Enter with reason Trapped.
func HookFaults() error {
	hookMu.Lock()
	defer hookMu.Unlock()
	for _, s := range []syscall.Signal{syscall.SIGILL, syscall.SIGTRAP, syscall.SIGBUS, syscall.SIGFPE, syscall.SIGSEGV} {
		if err := hook(s); err != nil {
			return err
		}
	}
	return nil
}

// HookAsync lets the runtime preempt compiled code by its signal, SIGURG, and unwind past it for profiles and crash dumps.
// It can be called again: os/signal may have replaced a handler. It reports whether compiled code can be preempted, which
// is not so while the program ignores SIGURG.
func HookAsync() bool {
	hookMu.Lock()
	defer hookMu.Unlock()
	for _, s := range []syscall.Signal{syscall.SIGPROF, syscall.SIGQUIT, syscall.SIGABRT} {
		_ = hook(s) // if not, a profile lacks the callers of compiled code, and a crash dump may be cut short
	}
	return hook(syscall.SIGURG) == nil
}

// Interrupt sends the runtime's preemption signal to a thread, or to all threads of the process if tid is 0. Who is in
// compiled code there lets Go run for a moment. HookAsync must have succeeded.
func Interrupt(tid int) {
	pid := syscall.Getpid()
	if tid != 0 {
		tgkill(pid, tid)
		return
	}
	f, err := os.Open("/proc/self/task")
	if err != nil {
		return
	}
	defer f.Close()
	names, _ := f.Readdirnames(-1)
	for _, name := range names {
		if tid, err := strconv.Atoi(name); err == nil {
			tgkill(pid, tid)
		}
	}
}

func tgkill(pid, tid int) {
	syscall.RawSyscall(syscall.SYS_TGKILL, uintptr(pid), uintptr(tid), uintptr(syscall.SIGURG))
}

// ThreadID returns the number of the thread that runs the calling goroutine at the moment.
func ThreadID() int { return syscall.Gettid() }

func handlerPC() uintptr

// GuardKnown reports whether the runtime keeps the stack bound that function prologues test, and that it raises to request
// preemption, where we expect it: in the third word of g, behind the two ends of the stack.
func GuardKnown() bool {
	if numbered || Forced(NoGuard) {
		return false
	}
	g := getg()
	lo, hi, guard := Load(g), Load(g+8), Load(g+GuardOffset)
	here := uintptr(unsafe.Pointer(&g))
	return lo < here && here < hi && (lo < guard && guard < here || guard >= GuardRaised)
}

const (
	// GuardOffset is the place of the stack bound in g.
	GuardOffset = 16
	// GuardRaised is the least value of a bound that says something other than where the stack ends.
	GuardRaised = ^uintptr(0) - 4095
)
