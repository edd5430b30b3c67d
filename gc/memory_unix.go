//go:build unix

package gc

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// region is a range of addresses of the process, all of it inaccessible at first.
type region struct {
	mem  []byte
	base uintptr
}

func reserve(n uintptr) (region, error) {
	mem, err := unix.Mmap(-1, 0, int(n), unix.PROT_NONE, unix.MAP_PRIVATE|unix.MAP_ANON|mapNoReserve)
	if err != nil {
		return region{}, fmt.Errorf("gc: reserving %d bytes of addresses: %w", n, err)
	}
	return region{mem, uintptr(unsafe.Pointer(unsafe.SliceData(mem)))}, nil
}

func (r *region) bytes(addr, n uintptr) []byte { return r.mem[addr-r.base:][:n:n] }

// open makes pages accessible. New ones read as zero.
func (r *region) open(addr, n uintptr) error {
	if err := unix.Mprotect(r.bytes(addr, n), unix.PROT_READ|unix.PROT_WRITE); err != nil {
		return fmt.Errorf("gc: memory of %d bytes: %w", n, err)
	}
	return nil
}

// shut makes pages inaccessible.
func (r *region) shut(addr, n uintptr) error {
	if err := unix.Mprotect(r.bytes(addr, n), unix.PROT_NONE); err != nil {
		return fmt.Errorf("gc: protecting %d bytes: %w", n, err)
	}
	return nil
}

// discard gives the memory behind accessible pages back. It reports whether they read as zero afterwards; otherwise what they
// hold is not specified.
func (r *region) discard(addr, n uintptr) (zero bool) {
	return unix.Madvise(r.bytes(addr, n), unix.MADV_DONTNEED) == nil && discardZeroes
}

func (r *region) release() error { return unix.Munmap(r.mem) }
