//go:build linux && (amd64 || arm64 || riscv64 || s390x)

package native

import "errors"

// Supported reports whether compiled code can run on this system.
const Supported = true

// Enter calls a function of compiled code. words holds the arguments and receives the results, in memory that may be on
// the goroutine stack. The status is 0 (Returned), NoStack, or the address of the context plus the reason: see Split.
//
//go:noescape
func Enter(e *Entry, words *uint64) (status uintptr)

// getg returns the identity of the running goroutine.
func getg() uintptr

// SelfCheck finds out how goroutines can be told apart. It is called once, before Start.
func SelfCheck() error {
	mine := getg()
	other := make(chan uintptr)
	go func() { other <- getg() }()
	if theirs := <-other; !Forced(NoIdentity) && mine != 0 && mine == getg() && theirs != mine {
		return nil
	}
	numbered = true
	if goroutineNumber() == 0 {
		return errors.New("this version of the Go runtime does not tell goroutines apart as expected")
	}
	for i := range cache {
		cache[i].g = ^uintptr(0)
	}
	return nil
}
