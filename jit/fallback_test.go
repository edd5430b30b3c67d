//go:build linux && (amd64 || arm64 || riscv64 || s390x)

package jit

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"davit/jit/internal/native"
)

// TestMain makes the package do without what the environment variable DAVIT_WITHOUT says.
func TestMain(m *testing.M) {
	if n, err := strconv.Atoi(os.Getenv("DAVIT_WITHOUT")); err == nil {
		native.Force(native.Fallback(n))
	}
	os.Exit(m.Run())
}

// What relies on facts that another version of Go or another kernel may change has a fallback, with which everything works.
func TestFallbacks(t *testing.T) {
	if os.Getenv("DAVIT_WITHOUT") != "" {
		t.Skip("this is one of them")
	}
	tests, least := "TestCall$|TestHost|TestWalk|TestTraps|TestThrow$|TestCancelInHostCall|TestPoll|TestRedefine$|TestCloseWhile", 12
	if os.Getenv("DAVIT_STRESS") != "" {
		tests, least = "TestCall|TestHost|TestLazy|TestFree|TestRedefine|TestWalk|TestTraps|TestThrow|TestCancel|TestPreemption|TestPoll|TestClose|TestDeep|TestPanic|TestMany|TestProtection", 30
	}
	for name, without := range map[string]native.Fallback{
		"identity": native.NoIdentity, "guard": native.NoGuard, "memory files": native.NoMemfd, "membarrier": native.NoMembarrier,
	} {
		t.Run(name, func(t *testing.T) {
			if without != native.NoIdentity && os.Getenv("DAVIT_EMULATOR") != "" {
				t.Skip("this is the same on all machines")
			}
			t.Parallel()
			cmd := command("-test.run="+tests, "-test.v")
			cmd.Env = append(os.Environ(), "DAVIT_STRESS=", "DAVIT_WITHOUT="+strconv.Itoa(int(without)))
			out, err := cmd.CombinedOutput()
			if s := string(out); err != nil || strings.Count(s, "--- PASS") < least {
				t.Errorf("%v\n%s", err, s)
			}
		})
	}
}

// Where the runtime's handlers are not what they are expected to be, a module must do without signals, and polls.
func TestWithoutHooks(t *testing.T) {
	if os.Getenv("DAVIT_WITHOUT") == "" {
		rerun(t, "DAVIT_WITHOUT="+strconv.Itoa(int(native.NoHooks)))
		return
	}
	_, err := NewModule()
	wantError(t, err, "signal 4 is not handled by the Go runtime; NoSignals does without")
	m := newModule(t, NoSignals())
	if m.Preemptible() {
		t.Error("preemptible")
	}
	check(t, m.DefinePoll("poll"), m.Host("host", identity))
	if got := call1(t, one(t, m, "spin", sigI64, pollspinCode()), 1000); got != 0 {
		t.Errorf("got %d", got)
	}
	if got := call1(t, one(t, m, "pass", sigI64, passCode()), 1); got != 2 {
		t.Errorf("got %d", got)
	}
}

// A system that refuses executable memory.
func TestNoExecutableMemory(t *testing.T) {
	if os.Getenv("DAVIT_WITHOUT") == "" {
		rerun(t, "DAVIT_WITHOUT="+strconv.Itoa(int(native.NoExec)))
		return
	}
	for range 2 {
		_, err := NewModule()
		wantError(t, err, "jit: executable memory: permission denied")
	}
	if _, err := HoldStack(); err == nil {
		t.Error("there is a native stack")
	}
	if n := MaxStackSize(); n != 0 {
		t.Errorf("the greatest stack has %d bytes", n)
	}
}
