package native

// Fallback names something that this package can do without.
type Fallback uint

// What can be done without. Tests force each of them.
const (
	NoIdentity   Fallback = 1 << iota // g does not tell goroutines apart
	NoGuard                           // the stack bound is not where it is expected
	NoHooks                           // signal handlers are not what they are expected to be
	NoMemfd                           // no memory files
	NoMembarrier                      // no membarrier system call
	NoExec                            // no executable memory; nothing can run then
)

var forced Fallback

// Force makes the package do without some things. It must be called before anything else.
func Force(f Fallback) { forced = f }

// Forced reports whether something must be done without.
func Forced(f Fallback) bool { return forced&f != 0 }
