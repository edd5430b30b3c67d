package jit

import (
	"context"
	"fmt"
	"runtime/debug"
	"unsafe"

	"davit/jit/internal/native"
)

// HostFunc is the raw form of a function in Go that compiled code calls.
type HostFunc func(c *Call)

// hostFunc is a host function of a module. Its stub holds its address.
type hostFunc struct {
	native.Host
	name     string
	frame    int32 // see stubFrame
	nparams  int   // words
	nresults int
	sig      Signature
}

// Layout of the frame of a host function's stub, from its lowest address (Ctx.NatSP): resume address, *hostFunc, next pad,
// argument words, result words, the result pointer, callee-saved registers, caller's frame pointer.
const (
	stubResume = 0
	stubHost   = 8
	stubNext   = 16
	stubWords  = 24
)

// thread is what Go knows about a context. Its fields are used by the goroutine that the context serves.
type thread struct {
	err     error             // with which an activation ends
	exits   []exit            // of host calls under way that will not return normally, outermost first
	cancels []context.Context // of the CallContext calls under way, outermost first
	pcs     pcCache
}

func newThread(*native.Ctx) unsafe.Pointer { return unsafe.Pointer(new(thread)) }

// Call is a call of a host function under way. It lies on the native stack: it is valid until the function returns, on
// the goroutine that runs it.
type Call struct {
	stub native.Stub
	// Words of arguments and of results follow: see stubWords.
}

// callOf returns the call that a stub belongs to.
func callOf(s *native.Stub) *Call { return (*Call)(unsafe.Pointer(s)) }

func (c *Call) host() *hostFunc { return (*hostFunc)(unsafe.Pointer(c.stub.Host)) }

func (c *Call) sp() uintptr { return uintptr(unsafe.Pointer(c)) }

func (c *Call) ctx() *native.Ctx { return native.CtxOf(c.sp()) }

// Args returns the arguments as 64-bit words, narrow ones zero-extended, 128-bit ones as two words.
func (c *Call) Args() []uint64 {
	return unsafe.Slice((*uint64)(unsafe.Add(unsafe.Pointer(c), stubWords)), c.host().nparams)
}

// Results returns the words of the results, to be filled in by the host function. They start out as zero.
func (c *Call) Results() []uint64 {
	h := c.host()
	return unsafe.Slice((*uint64)(unsafe.Add(unsafe.Pointer(c), stubWords+8*h.nparams)), h.nresults)
}

// Name returns the name of the host function.
func (c *Call) Name() string { return c.host().name }

// HostRaw adds a host function in the raw form: fn finds the arguments in Call.Args and leaves its results in Call.Results,
// words that sig describes.
func (m *Module) HostRaw(name string, sig Signature, fn HostFunc) error {
	if fn == nil {
		return fmt.Errorf("jit: host function %s is nil", name)
	}
	if err := sig.check(); err != nil {
		return fmt.Errorf("jit: signature of %s: %w", name, err)
	}
	if m.opts.panics {
		fn = recovering(fn)
	}
	h := &hostFunc{name: name, sig: sig, frame: stubFrame(&sig)}
	h.Fn = *(*func(*native.Stub))(unsafe.Pointer(&fn)) // a Call starts with its Stub
	h.nparams, h.nresults = sig.words()
	m.mu.Lock()
	defer m.mu.Unlock()
	s := &symbol{kind: symHost, host: h}
	if err := m.add(name, s); err != nil {
		return err
	}
	if !native.Supported {
		return nil
	}
	if err := m.putStub(s); err != nil {
		delete(m.symbols, name)
		return fmt.Errorf("jit: host function %s: %w", name, err)
	}
	return nil
}

// HostPanic is the error of a call in which a host function panicked, in a module made with RecoverPanics.
type HostPanic struct {
	Func  string // name of the host function
	Value any    // what recover returned
	Stack []byte // as of debug.Stack
}

// Error names the function and the value.
func (p *HostPanic) Error() string {
	return fmt.Sprintf("jit: host function %s panicked: %v", p.Func, p.Value)
}

// Unwrap returns the value if it is an error.
func (p *HostPanic) Unwrap() error {
	err, _ := p.Value.(error)
	return err
}

// RecoverPanics makes a panic of a host function the error of the call, a *HostPanic. Without it the panic goes through the
// frames of compiled code on to the Go code that made the call.
func RecoverPanics() Option { return func(o *options) { o.panics = true } }

func recovering(fn HostFunc) HostFunc {
	return func(c *Call) {
		defer func() {
			if v := recover(); v != nil {
				c.Fail(&HostPanic{c.Name(), v, debug.Stack()})
			}
		}()
		fn(c)
	}
}

// putStub makes the stub of a host function.
func (m *Module) putStub(s *symbol) (err error) {
	stub := hostStub(&s.host.sig, uintptr(unsafe.Pointer(s.host)))
	s.size = len(stub)
	s.addr, err = m.putThunk(stub)
	return err
}

// Host adds a host function given as an ordinary Go function: parameters and results are integers of 8 to 64 bits,
// bool, float32, float64 and uintptr; the first parameter may be a *Call; the last result may be an error, which, if not
// nil, ends the call as Call.Fail does. The signature is that of SystemV. A func(*Call) is one without parameters and results;
// one that takes its arguments from the Call is for HostRaw.
func (m *Module) Host(name string, fn any) error {
	sig, raw, err := adapt(fn)
	if err != nil {
		return fmt.Errorf("jit: host function %s: %w", name, err)
	}
	return m.HostRaw(name, sig, raw)
}
