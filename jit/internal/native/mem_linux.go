//go:build linux && (amd64 || arm64 || riscv64 || s390x)

package native

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Protections of memory.
const (
	None  = 0
	Read  = syscall.PROT_READ
	Write = syscall.PROT_WRITE
	Exec  = syscall.PROT_EXEC
)

func mmap(addr, n uintptr, prot, flags int, fd int) (uintptr, error) {
	p, err := unix.MmapPtr(fd, 0, Ptr(addr), n, prot, flags)
	if err != nil {
		return 0, fmt.Errorf("mmap of %d bytes: %w", n, err)
	}
	return uintptr(p), nil
}

// Reserve takes n bytes of address space without memory behind it.
func Reserve(n uintptr) (uintptr, error) {
	return mmap(0, n, None, syscall.MAP_PRIVATE|syscall.MAP_ANON|syscall.MAP_NORESERVE, -1)
}

// Protect changes the protection of pages.
func Protect(addr, n uintptr, prot int) error {
	if _, _, e := syscall.Syscall(syscall.SYS_MPROTECT, addr, n, uintptr(prot)); e != 0 {
		return fmt.Errorf("mprotect of %d bytes: %w", n, e)
	}
	return nil
}

// Discard gives the memory of private pages back; they read as zero afterwards.
func Discard(addr, n uintptr) { syscall.Syscall(syscall.SYS_MADVISE, addr, n, unix.MADV_DONTNEED) }

// DiscardShared does the same for pages from MapCode, in all their views.
func DiscardShared(addr, n uintptr) { syscall.Syscall(syscall.SYS_MADVISE, addr, n, unix.MADV_REMOVE) }

// Unmap gives memory and addresses back.
func Unmap(addr, n uintptr) { syscall.Syscall(syscall.SYS_MUNMAP, addr, n, 0) }

// MapCode maps n bytes of fresh shared memory twice: readable and executable at exec, which must lie in a range from
// Reserve, and readable and writable at the address it returns. No mapping is both writable and executable.
func MapCode(exec, n uintptr) (write uintptr, err error) {
	if Forced(NoExec) {
		return 0, unix.EACCES
	}
	fd, err := memfd()
	if err != nil {
		return mapCodeAnon(exec, n)
	}
	err = syscall.Ftruncate(fd, int64(n))
	if err == nil {
		_, err = mmap(exec, n, Read|Exec, syscall.MAP_SHARED|unix.MAP_FIXED, fd)
	}
	if err != nil {
		syscall.Close(fd)
		return mapCodeAnon(exec, n)
	}
	code.fd, code.exec = fd, exec
	return mmap(0, n, Read|Write, syscall.MAP_SHARED, fd)
}

// code is the file behind the memory made by MapCode.
var code struct {
	fd    int // 0 if there is none
	exec  uintptr
	remap bool // pages must be mapped again after a change
}

// SyncCode makes code that was written at an address visible to all threads that will run it.
func SyncCode(exec, write, n uintptr) {
	syncCode(exec, write, n)
	if code.remap {
		page := uintptr(os.Getpagesize())
		start, end := exec&^(page-1), (exec+n+page-1)&^(page-1)
		_, _ = unix.MmapPtr(code.fd, int64(start-code.exec), Ptr(start), end-start, Read|Exec, syscall.MAP_SHARED|unix.MAP_FIXED)
	}
}

// CheckSync makes sure that code which was changed through its writable address is seen where it runs. put writes an entry
// thunk that returns with a reason, always at the same place. Emulators can be blind to such changes until the pages are
// mapped again.
func CheckSync(put func(reason uint32) (thunk uintptr)) error {
	for range 2 {
		fresh := true
		for _, reason := range []uint32{Closed, Grow, Closed} {
			var word uint64
			_, got := Split(Enter(&Entry{Thunk: put(reason)}, &word))
			fresh = fresh && got == uintptr(reason)
		}
		if fresh {
			return nil
		}
		if code.remap || code.fd == 0 {
			break
		}
		code.remap = true
	}
	return errors.New("changed code does not become visible")
}

// memfd makes a memory file whose pages may be executable. Kernels that can forbid this want to be asked for it; older ones
// do not know the flag.
func memfd() (int, error) {
	if Forced(NoMemfd) {
		return 0, unix.ENOSYS
	}
	const exec = 0x10
	fd, err := unix.MemfdCreate("davit-code", unix.MFD_CLOEXEC|exec)
	if err == unix.EINVAL {
		fd, err = unix.MemfdCreate("davit-code", unix.MFD_CLOEXEC)
	}
	return fd, err
}

// mapCodeAnon does without a memory file: a shared anonymous mapping is duplicated by a remapping of old size 0.
func mapCodeAnon(exec, n uintptr) (uintptr, error) {
	write, err := mmap(0, n, Read|Write, syscall.MAP_SHARED|syscall.MAP_ANON|syscall.MAP_NORESERVE, -1)
	if err != nil {
		return 0, err
	}
	if _, _, e := syscall.Syscall6(syscall.SYS_MREMAP, write, 0, n, unix.MREMAP_MAYMOVE|unix.MREMAP_FIXED, exec, 0); e != 0 {
		Unmap(write, n)
		return 0, fmt.Errorf("second view of code memory: %w", e)
	}
	if err := Protect(exec, n, Read|Exec); err != nil {
		Unmap(write, n)
		return 0, err
	}
	return write, nil
}

// threadTime returns the processor time that the thread has used.
func threadTime() time.Duration {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t) != nil {
		return 0
	}
	return time.Duration(t.Nano())
}

// Monotonic returns the time of the monotonic clock in nanoseconds.
func Monotonic() uint64 {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_MONOTONIC, &t) != nil {
		return 0
	}
	return uint64(t.Nano())
}

// MapMarker maps the first page of a file as if it were code, which profilers notice.
func MapMarker(fd int) error {
	_, err := mmap(0, uintptr(os.Getpagesize()), Read|Exec, syscall.MAP_PRIVATE, fd)
	return err
}
