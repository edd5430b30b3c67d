//go:build !(linux && amd64)

package native

import "errors"

// HookFaults reports that faults cannot be handled.
func HookFaults() error { return errors.New("unsupported system") }
