package native

// sigaction is the kernel's form of a signal action, which on this machine has no restorer.
type sigaction struct {
	handler, flags uintptr
	mask           uint64
}
