//go:build !(linux && amd64)

package native

import "errors"

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
