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

// SelfCheck makes sure that goroutines can be told apart by getg.
func SelfCheck() error {
	mine := getg()
	other := make(chan uintptr)
	go func() { other <- getg() }()
	if theirs := <-other; mine == 0 || mine != getg() || theirs == mine {
		return errors.New("this version of the Go runtime does not tell goroutines apart as expected")
	}
	return nil
}
