package jit

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

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
var yieldHost = native.Host{Fn: func(*native.Stub) {}}

// Preemptible reports whether the runtime can preempt compiled code, so that loops need not poll. It looks at the handler
// of SIGURG and installs ours again if os/signal has replaced it.
//
// It is false after NoSignals and while the program ignores SIGURG. Preemption does not work either with
// GODEBUG=asyncpreemptoff=1. Loops of compiled code should then call the function made by DefinePoll.
func (m *Module) Preemptible() bool { return !m.opts.noSignals && native.HookAsync() }

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

// CallContext is Call with a context: if it is cancelled, the compiled code is stopped, within about 20 milliseconds or when
// the host function returns in which it is, and the error is the context's cause.
func (f *Function) CallContext(ctx context.Context, args ...Value) ([]Value, error) {
	if ctx.Done() == nil || !native.Supported {
		return f.Call(args...)
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	c := native.Hold()
	if c == nil {
		return nil, errNoStack
	}
	defer c.Unhold()
	th := (*thread)(c.Owner)
	th.cancels = append(th.cancels, ctx)
	var mu sync.Mutex
	over := false
	stop := context.AfterFunc(ctx, func() {
		mu.Lock()
		defer mu.Unlock()
		if !over {
			atomic.StoreUintptr(&c.Cancel, 1)
		}
	})
	defer func() {
		stop()
		mu.Lock()
		over = true
		mu.Unlock()
		th.cancels = th.cancels[:len(th.cancels)-1]
		if th.cancelled() == nil {
			atomic.StoreUintptr(&c.Cancel, 0)
			if th.cancelled() != nil { // meanwhile
				atomic.StoreUintptr(&c.Cancel, 1)
			}
		}
	}()
	return f.Call(args...)
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
