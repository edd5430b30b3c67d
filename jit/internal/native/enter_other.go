//go:build !(linux && (amd64 || arm64 || riscv64 || s390x))

package native

import "errors"

// Supported reports whether compiled code can run on this system.
const Supported = false

// Enter is never reached: no entry is made where Supported is false.
func Enter(e *Entry, words *uint64) (status uintptr) { return NoStack }

// On supported systems assembly calls these.
var _, _ = hostcall, acquire

func getg() uintptr { return 0 }

// SelfCheck reports that compiled code cannot run.
func SelfCheck() error { return errors.New("unsupported system") }
