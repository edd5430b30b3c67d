//go:build !(linux && (amd64 || arm64 || riscv64 || s390x))

package native

import (
	"errors"
	"time"
)

// Protections of memory.
const (
	None = iota
	Read
	Write
	Exec = 4
)

var errNoMemory = errors.New("no executable memory on this system")

// Reserve takes n bytes of address space without memory behind it.
func Reserve(n uintptr) (uintptr, error) { return 0, errNoMemory }

// Protect changes the protection of pages.
func Protect(addr, n uintptr, prot int) error { return errNoMemory }

// Discard gives the memory of private pages back.
func Discard(addr, n uintptr) {}

// DiscardShared does the same for pages from MapCode.
func DiscardShared(addr, n uintptr) {}

// MapCode maps memory twice, once writable and once executable.
func MapCode(exec, n uintptr) (write uintptr, err error) { return 0, errNoMemory }

// Barrier makes every thread of the process pass a full memory barrier.
func Barrier() {}

// Unmap gives memory and addresses back.
func Unmap(addr, n uintptr) {}

func threadTime() time.Duration { return 0 }

// SyncCode makes code that was written at an address visible to all threads that will run it.
func SyncCode(exec, write, n uintptr) {}

// SyncThreads makes all threads of the process drop instructions that they have fetched ahead.
func SyncThreads() {}

// CheckSync makes sure that changed code is seen where it runs.
func CheckSync(put func(reason uint32) (thunk uintptr)) error { return errNoMemory }

// Monotonic returns the time of the monotonic clock in nanoseconds.
func Monotonic() uint64 { return 0 }

// MapMarker maps the first page of a file as if it were code.
func MapMarker(fd int) error { return errNoMemory }
