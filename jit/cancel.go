package jit

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"davit/jit/internal/native"
)

// Preemption and cancellation.
//
// The Go runtime asks a goroutine to let others run by raising the stack bound that function prologues test and by sending
// SIGURG to its thread. In compiled code the signal handler diverts the thread to a pad that saves every register and calls
// Go, whose prologue does what the runtime wants; so a garbage collection never waits for a loop in compiled code. A
// cancelled call is noticed there, too, and whenever a host function returns.
//
//  1. Compiled code may be interrupted at any instruction, thunks never.
//  2. Ctx.Cancel is set only between the start and the end of a CallContext of the goroutine that the context serves.

// yieldHost is called by the preemption pad and by poll functions. Coming here is what the runtime wanted.
var yieldHost = native.Host{Fn: onYield}

// onYield notices deadlines that have passed without the runtime's timers having had a chance to run.
func onYield(s *native.Stub) {
	c := callOf(s).ctx()
	for _, ctx := range (*thread)(c.Owner).cancels {
		if d, ok := ctx.Deadline(); ok && ctx.Err() == nil && time.Until(d) <= 0 {
			for range 100 {
				if runtime.Gosched(); ctx.Err() != nil {
					atomic.StoreUintptr(&c.Cancel, 1)
					break
				}
			}
		}
	}
}

// Preemptible reports whether the runtime can preempt compiled code, so that loops need not poll. It looks at the handler
// of SIGURG and installs ours again if os/signal has replaced it.
//
// It is false after NoSignals, while the program ignores SIGURG, and with GODEBUG=asyncpreemptoff=1 in the environment, which
// keeps the runtime from sending signals. Loops of compiled code should then call the function made by DefinePoll.
func (m *Module) Preemptible() bool {
	return !m.opts.noSignals && native.HookAsync() && !preemptionOff(os.Getenv("GODEBUG"))
}

// preemptionOff reports whether a value of GODEBUG turns off the runtime's preemption signals. The last setting counts.
func preemptionOff(settings string) bool {
	i := strings.LastIndex(","+settings, ",asyncpreemptoff=")
	return i >= 0 && strings.HasPrefix(settings[i+len("asyncpreemptoff="):]+",", "1,")
}

// DefinePoll adds a function without parameters and results, of the System V convention, that lets the Go runtime preempt
// the goroutine and cancelled calls end. It returns in about two nanoseconds if nothing is to be done.
func (m *Module) DefinePoll(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := &symbol{kind: symHost}
	if err := m.add(name, s); err != nil {
		return err
	}
	if !native.Supported {
		return nil
	}
	s.slow = &symbol{host: &hostFunc{Host: yieldHost, name: name, frame: stubFrame(new(Signature))}}
	err := m.putStub(s.slow)
	if err == nil {
		poll := pollThunk(s.slow.addr, native.GuardKnown())
		s.size = len(poll)
		s.addr, err = m.putThunk(poll)
	}
	if err != nil {
		delete(m.symbols, name)
		return fmt.Errorf("jit: poll function %s: %w", name, err)
	}
	return nil
}

// CallContext is Call with a context: if it is cancelled, the compiled code is stopped, within a millisecond or when the
// host function returns in which it is, and the error is the context's cause. Code costs nothing more for it.
//
// Where code cannot be preempted, it is stopped when it polls: see Module.Preemptible.
func (f *Function) CallContext(ctx context.Context, args ...Value) ([]Value, error) {
	var out []Value
	err := f.withContext(ctx, func() (err error) {
		out, err = f.Call(args...)
		return err
	})
	return out, err
}

// CallWordsContext is CallWords with a context: see CallContext.
func (f *Function) CallWordsContext(ctx context.Context, words []uint64) error {
	return f.withContext(ctx, func() error { return f.CallWords(words) })
}

func (f *Function) withContext(ctx context.Context, call func() error) error {
	if ctx.Done() == nil || !native.Supported {
		return call()
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	c := native.Hold()
	if c == nil {
		return errNoStack
	}
	defer c.Unhold()
	th := (*thread)(c.Owner)
	th.cancels = append(th.cancels, ctx)
	w := watch{ctx: c, tid: native.ThreadID(), signals: !f.m.opts.noSignals}
	stop := context.AfterFunc(ctx, w.cancel)
	var timer native.Timer
	timed := false
	if d, ok := ctx.Deadline(); ok && w.signals {
		timer, timed = native.StartTimer(w.tid, time.Until(d))
	}
	defer func() {
		stop()
		if timed {
			timer.Stop()
		}
		w.end()
		th.cancels = th.cancels[:len(th.cancels)-1]
		if th.cancelled() == nil {
			atomic.StoreUintptr(&c.Cancel, 0)
			if th.cancelled() != nil { // meanwhile
				atomic.StoreUintptr(&c.Cancel, 1)
			}
		}
	}()
	return call()
}

// watch is what it takes to stop a call.
type watch struct {
	ctx     *native.Ctx
	tid     int  // thread of the goroutine when the call began
	signals bool // the preemption signal stops the code

	mu   sync.Mutex
	over bool
}

// cancel asks the code to stop until the call is over. A signal may hit a thunk, which is not interrupted, or the goroutine
// may be on another thread by now; so it is repeated, and then goes to all threads.
func (w *watch) cancel() {
	tid := w.tid
	for pause := 50 * time.Microsecond; w.ask(tid); pause = min(2*pause, 20*time.Millisecond) {
		time.Sleep(pause)
		tid = 0
	}
}

// ask asks once and reports whether to go on.
func (w *watch) ask(tid int) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over {
		return false
	}
	atomic.StoreUintptr(&w.ctx.Cancel, 1)
	if !w.signals {
		return false
	}
	native.Interrupt(tid)
	return true
}

func (w *watch) end() {
	w.mu.Lock()
	w.over = true
	w.mu.Unlock()
}

// cancelled returns the cause of the outermost cancelled context, nil if there is none.
func (th *thread) cancelled() error {
	for _, ctx := range th.cancels {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
	return nil
}
