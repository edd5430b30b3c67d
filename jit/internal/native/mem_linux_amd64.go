package native

import (
	"fmt"
	"syscall"
	"unsafe"
)

// Protections of memory.
const (
	None  = 0
	Read  = syscall.PROT_READ
	Write = syscall.PROT_WRITE
	Exec  = syscall.PROT_EXEC
)

const (
	sysMemfdCreate = 319
	mapFixed       = syscall.MAP_FIXED
	mremapMayMove  = 1
	madvRemove     = 9
	madvDontNeed   = 4
)

func mmap(addr, n uintptr, prot, flags int, fd int) (uintptr, error) {
	p, _, e := syscall.Syscall6(syscall.SYS_MMAP, addr, n, uintptr(prot), uintptr(flags), uintptr(fd), 0)
	if e != 0 {
		return 0, fmt.Errorf("mmap of %d bytes: %w", n, e)
	}
	return p, nil
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
func Discard(addr, n uintptr) { syscall.Syscall(syscall.SYS_MADVISE, addr, n, madvDontNeed) }

// DiscardShared does the same for pages from MapCode, in all their views.
func DiscardShared(addr, n uintptr) { syscall.Syscall(syscall.SYS_MADVISE, addr, n, madvRemove) }

// Unmap gives memory and addresses back.
func Unmap(addr, n uintptr) { syscall.Syscall(syscall.SYS_MUNMAP, addr, n, 0) }

// MapCode maps n bytes of fresh shared memory twice: readable and executable at exec, which must lie in a range from
// Reserve, and readable and writable at the address it returns. No mapping is both writable and executable.
func MapCode(exec, n uintptr) (write uintptr, err error) {
	name := []byte("davit-code\x00")
	const closeOnExec = 1
	fd, _, e := syscall.Syscall(sysMemfdCreate, uintptr(unsafe.Pointer(&name[0])), closeOnExec, 0)
	if e != 0 {
		return mapCodeAnon(exec, n)
	}
	defer syscall.Close(int(fd))
	if err := syscall.Ftruncate(int(fd), int64(n)); err != nil {
		return mapCodeAnon(exec, n)
	}
	if _, err := mmap(exec, n, Read|Exec, syscall.MAP_SHARED|mapFixed, int(fd)); err != nil {
		return mapCodeAnon(exec, n)
	}
	return mmap(0, n, Read|Write, syscall.MAP_SHARED, int(fd))
}

// mapCodeAnon does without a memory file: a shared anonymous mapping is duplicated by a remapping of old size 0.
func mapCodeAnon(exec, n uintptr) (uintptr, error) {
	write, err := mmap(0, n, Read|Write, syscall.MAP_SHARED|syscall.MAP_ANON|syscall.MAP_NORESERVE, -1)
	if err != nil {
		return 0, err
	}
	const fixed = 2
	if _, _, e := syscall.Syscall6(syscall.SYS_MREMAP, write, 0, n, mremapMayMove|fixed, exec, 0); e != 0 {
		Unmap(write, n)
		return 0, fmt.Errorf("second view of code memory: %w", e)
	}
	if err := Protect(exec, n, Read|Exec); err != nil {
		Unmap(write, n)
		return 0, err
	}
	return write, nil
}
