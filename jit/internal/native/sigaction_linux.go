//go:build linux && (amd64 || arm64 || s390x)

package native

// sigaction is the kernel's form of a signal action.
type sigaction struct {
	handler, flags, restorer uintptr
	mask                     uint64
}
