//go:build linux && (amd64 || arm64 || riscv64 || s390x)

package jit

import (
	"context"
	"errors"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// manySpins keeps spin busy for some seconds.
const manySpins = 20e9

// While one goroutine loops in compiled code, another one must get its collections.
func TestPreemption(t *testing.T) {
	m := newModule(t)
	if !m.Preemptible() {
		t.Skip("compiled code cannot be preempted")
	}
	f := one(t, m, "spin", sigI64, spinCode())
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() {
		_, err := f.CallContext(ctx, Int64(manySpins))
		done <- err
	}()
	for range 3 {
		runtime.GC()
	}
	select {
	case err := <-done:
		t.Fatalf("the loop has ended (%v) before the collections have", err)
	default:
	}
	cancel()
	if err := <-done; err != context.Canceled {
		t.Errorf("error is %v", err)
	}
}

func TestPreemptionOff(t *testing.T) {
	for settings, want := range map[string]bool{
		"": false, "asyncpreemptoff=1": true, "gctrace=1,asyncpreemptoff=1,x=1": true, "asyncpreemptoff=1,asyncpreemptoff=0": false,
		"asyncpreemptoff=0": false, "asyncpreemptoff=10": false, "noasyncpreemptoff=1": false,
	} {
		if got := preemptionOff(settings); got != want {
			t.Errorf("GODEBUG=%s: %v", settings, got)
		}
	}
}

// Registers, flags, the red zone and vector registers survive preemption at any instruction.
func TestPreemptionKeepsState(t *testing.T) {
	m := newModule(t)
	if !m.Preemptible() {
		t.Skip("compiled code cannot be preempted")
	}
	f := one(t, m, "mix", sigI64, mixCode())
	n := int64(scaled(10e6, 100e6))
	want := call1(t, f, n)
	if want == call1(t, f, n-1) {
		t.Fatal("the result does not depend on n")
	}
	stop := make(chan bool)
	var wg, gc sync.WaitGroup
	gc.Add(1)
	collections := 0
	go func() {
		defer gc.Done()
		for {
			select {
			case <-stop:
				return
			default:
				runtime.GC()
				collections++
			}
		}
	}()
	for range 3 {
		wg.Go(func() {
			for range 3 {
				if got := call1(t, f, n); got != want {
					t.Errorf("mix(%d) = %#x, want %#x", n, got, want)
				}
			}
		})
	}
	wg.Wait()
	close(stop)
	gc.Wait()
	if collections == 0 {
		t.Error("no collection")
	}
}

// A call that makes host calls all the time is cancelled at one of them.
func TestCancelInHostCall(t *testing.T) {
	m := newModule(t)
	ctx, cancel := context.WithCancelCause(context.Background())
	because := errors.New("because")
	n := 0
	check(t, m.Host("host", func(x int64) int64 {
		if n++; n == 10 {
			cancel(because)
			time.Sleep(10 * time.Millisecond)
		}
		return 1
	}))
	f := one(t, m, "loop", sigI64, loopCode())
	if _, err := f.CallContext(ctx, Int64(1e9)); err != because {
		t.Errorf("error is %v", err)
	}
	if n > 100000 {
		t.Errorf("%d host calls before the end", n)
	}
	if _, err := f.CallContext(ctx, Int64(1)); err != because {
		t.Errorf("call with a cancelled context: %v", err)
	}
	if got := call1(t, f, 3); got != 3 {
		t.Errorf("call after a cancelled one: %d", got)
	}
}

// The context of an outer call ends inner calls, and each gets the cause.
func TestCancelNested(t *testing.T) {
	m := newModule(t)
	ctx, cancel := context.WithCancel(context.Background())
	var spin *Function
	var inner error
	check(t, m.Host("host", func(x int64) int64 {
		time.AfterFunc(5*time.Millisecond, cancel)
		_, inner = spin.CallContext(context.WithoutCancel(ctx), Int64(manySpins))
		return x
	}))
	if !m.Preemptible() {
		t.Skip("compiled code cannot be preempted")
	}
	spin = one(t, m, "spin", sigI64, spinCode())
	f := one(t, m, "pass", sigI64, passCode())
	if _, err := f.CallContext(ctx, Int64(1)); err != context.Canceled || inner != context.Canceled {
		t.Errorf("errors are %v and, inside, %v", err, inner)
	}
}

// Cancelling takes no longer than waking up the goroutine that is told, whichever thread the code runs on.
func TestCancelIsQuick(t *testing.T) {
	m := newModule(t)
	if !m.Preemptible() {
		t.Skip("compiled code cannot be preempted")
	}
	check(t, m.Host("host", func(x int64) int64 { runtime.Gosched(); return x }))
	spin := one(t, m, "spin", sigI64, spinCode())
	// wander(n) = host(n), then spin(n)
	wander := one(t, m, "wander", sigI64, wanderCode())
	for _, f := range []*Function{spin, wander} {
		var times []time.Duration
		for range 25 {
			ctx, cancel := context.WithCancel(context.Background())
			done := make(chan time.Time)
			go func() {
				if _, err := f.CallContext(ctx, Int64(manySpins)); err != context.Canceled {
					t.Errorf("error is %v", err)
				}
				done <- time.Now()
			}()
			time.Sleep(time.Millisecond)
			start := time.Now()
			cancel()
			times = append(times, (<-done).Sub(start))
		}
		slices.Sort(times)
		t.Logf("%s: median %v, maximum %v", f.Name(), times[len(times)/2], times[len(times)-1])
		if best := times[0]; best > 5*time.Millisecond { // a busy machine does not slow down all of them
			t.Errorf("cancelling %s took %v at least", f.Name(), best)
		}
	}
}

// A deadline is kept even if compiled code has the only processor, so that the runtime's timers do not run.
func TestDeadlineOnOneProcessor(t *testing.T) {
	m := newModule(t)
	if !m.Preemptible() {
		t.Skip("compiled code cannot be preempted")
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	f := one(t, m, "spin", sigI64, spinCode())
	var late []time.Duration
	for range 15 {
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Millisecond)
		end, _ := ctx.Deadline()
		if _, err := f.CallContext(ctx, Int64(manySpins)); err != context.DeadlineExceeded {
			t.Errorf("error is %v", err)
		}
		late = append(late, time.Since(end))
		cancel()
	}
	slices.Sort(late)
	t.Logf("median %v, maximum %v", late[len(late)/2], late[len(late)-1])
	if late[0] > 5*time.Millisecond { // a busy machine does not slow down all of them
		t.Errorf("all calls ended late, by %v at least", late[0])
	}
}

// Deadlines that pass at about the time the call ends: the next call is not hit.
func TestCancelRace(t *testing.T) {
	m := newModule(t)
	f := one(t, m, "add", sigI64I64, addCode())
	var hit atomic.Int64
	for i := range 2000 {
		ctx, cancel := context.WithTimeout(context.Background(), time.Duration(i%50)*time.Microsecond)
		if _, err := f.CallContext(ctx, Int64(1), Int64(2)); err != nil {
			hit.Add(1)
		}
		cancel()
		if got := call1(t, f, 40, 2); got != 42 {
			t.Fatal(got)
		}
	}
}

// Polling works without signals, also where the runtime does not send any.
func TestPoll(t *testing.T) {
	if os.Getenv("JIT_TEST_POLL") == "" {
		cmd := command("-test.run=^TestPoll$", "-test.v")
		cmd.Env = append(os.Environ(), "JIT_TEST_POLL=1", "GODEBUG=asyncpreemptoff=1")
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "PASS") {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	m := newModule(t, NoSignals())
	if m.Preemptible() {
		t.Error("preemptible without signals")
	}
	check(t, m.DefinePoll("poll"))
	f := one(t, m, "spin", sigI64, pollspinCode())
	if got := call1(t, f, 1e6); got != 0 {
		t.Fatal(got)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() {
		_, err := f.CallContext(ctx, Int64(manySpins))
		done <- err
	}()
	for range 3 {
		runtime.GC() // or else it waits for the end of the call, and there is nothing to cancel
	}
	cancel()
	if err := <-done; err != context.Canceled {
		t.Errorf("error is %v", err)
	}
}

// A crash dump of a process that is in compiled code shows the Go callers.
func TestCrashDump(t *testing.T) {
	if os.Getenv("DAVIT_EMULATOR") != "" {
		t.Skip("an emulator may lose the signal")
	}
	if os.Getenv("JIT_TEST_DUMP") != "" {
		f := one(t, newModule(t), "spin", sigI64, spinCode())
		os.Stdout.WriteString("ready\n")
		f.Call(Int64(manySpins))
		return
	}
	cmd := command("-test.run=^TestCrashDump$")
	cmd.Env = append(os.Environ(), "JIT_TEST_DUMP=1", "GOTRACEBACK=all")
	var out strings.Builder
	cmd.Stderr = &out
	stdout, err := cmd.StdoutPipe()
	check(t, err, cmd.Start())
	stdout.Read(make([]byte, 6))
	time.Sleep(20 * time.Millisecond)
	check(t, cmd.Process.Signal(syscall.SIGQUIT))
	cmd.Wait()
	for _, want := range []string{"native.Enter", "jit.(*Function).Call", "TestCrashDump"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %s in the dump:\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "panic during panic") {
		t.Errorf("the dump crashed:\n%s", out.String())
	}
}
