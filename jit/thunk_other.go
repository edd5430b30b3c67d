//go:build !(linux && (amd64 || arm64 || riscv64 || s390x))

package jit

const (
	slotStubSize = 0
	trapFill     = 0
	lazyFrame    = 8
	farJumpSize  = 0
)

// No thunks are made where compiled code cannot run.

func padThunks() (code []byte, at [numPads]int)     { return nil, at }
func entryThunk(s *Signature, least uintptr) []byte { return nil }
func hostStub(s *Signature, h uintptr) []byte       { return nil }
func stubFrame(s *Signature) int32                  { return 0 }
func farJump(target uintptr) []byte                 { return nil }
func pollThunk(slow uintptr, guard bool) []byte     { return nil }
func lazyStub(host uintptr) []byte                  { return nil }
func slotStub(at, word uintptr) []byte              { return nil }
func refusal(reason uint32) []byte                  { return nil }
