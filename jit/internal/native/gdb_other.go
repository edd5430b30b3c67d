//go:build !(linux && (amd64 || arm64 || riscv64 || s390x))

package native

// DebugFile is an object file that a debugger knows of.
type DebugFile struct{}

// RegisterDebugFile does nothing.
func RegisterDebugFile(image []byte) *DebugFile { return nil }

// Unregister does nothing.
func (f *DebugFile) Unregister() {}
