package jit

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"

	"davit/jit/internal/native"
)

// Function is a linked or declared function that Go can call. Calls may run at the same time on several goroutines.
type Function struct {
	entry    native.Entry
	m        *Module
	name     string
	sig      Signature
	nparams  int // words
	nresults int
	need     int // length of the buffer of words: the greater of the two, at least 1
}

// Lookup returns a function that is linked or declared.
func (m *Module) Lookup(name string) (*Function, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, err := m.symbol(name)
	switch {
	case err != nil:
		return nil, err
	case s.kind == symImport:
		return s.home.Lookup(name)
	case s.kind != symFunction && s.kind != symSlot:
		return nil, fmt.Errorf("jit: %s is %s, not a function", name, s.kind)
	case s.addr == 0:
		return nil, fmt.Errorf("jit: %s is not linked", name)
	}
	if s.entry == nil {
		sig := s.signature()
		thunk, err := m.entryThunk(sig)
		if err != nil {
			return nil, err
		}
		s.entry = &Function{m: m, name: name, sig: *sig,
			entry: native.Entry{Thunk: thunk, Code: s.addr, Owner: m.owner}}
		s.entry.nparams, s.entry.nresults = sig.words()
		s.entry.need = max(s.entry.nparams, s.entry.nresults, 1)
	}
	return s.entry, nil
}

// signature returns the signature of a function.
func (s *symbol) signature() *Signature {
	if s.kind == symSlot {
		return &s.slot.sig
	}
	return &s.fn.sig
}

// close makes calls fail from now on.
func (f *Function) close() {
	if f != nil {
		atomic.StoreUintptr(&f.entry.Thunk, native.ClosedPad())
	}
}

// entryThunk returns the thunk for functions of a signature.
func (m *Module) entryThunk(s *Signature) (uintptr, error) {
	key := s.shape()
	if t, ok := m.entries[key]; ok {
		return t, nil
	}
	least := uintptr(0) // the signal handler lets stacks grow
	if m.opts.noSignals {
		least = m.opts.stack
	}
	t, err := m.putThunk(entryThunk(s, least))
	if err == nil {
		m.entries[key] = t
	}
	return t, err
}

// shape returns a key that is the same for signatures with the same machine-level places.
func (s *Signature) shape() string {
	var b strings.Builder
	for _, list := range [][]Param{s.Params, s.Results} {
		for _, p := range list {
			fmt.Fprint(&b, p.Kind.Words(), p.Parts)
		}
		b.WriteByte(';')
	}
	fmt.Fprint(&b, s.StackBytes, s.CalleePops, s.AreaBytes, s.AreaReg)
	return b.String()
}

// Name returns the name of the function.
func (f *Function) Name() string { return f.name }

// Signature returns the signature of the function. The caller must not change it.
func (f *Function) Signature() Signature { return f.sig }

// Call calls the function. The kinds of args must be those of its parameters. An error is a *Trap if the code trapped, a
// *Exception if nothing caught what it threw, the error with which a host function ended the call, or ErrClosed.
func (f *Function) Call(args ...Value) ([]Value, error) {
	if len(args) != len(f.sig.Params) {
		return nil, fmt.Errorf("jit: call of %s%s with %d arguments", f.name, f.sig, len(args))
	}
	var small [16]uint64
	words := small[:]
	if f.need > len(small) {
		words = make([]uint64, f.need)
	}
	w := words
	for i, a := range args {
		p := &f.sig.Params[i]
		if a.Kind != p.Kind {
			return nil, fmt.Errorf("jit: call of %s%s: argument %d is of kind %s, not %s", f.name, f.sig, i, a.Kind, p.Kind)
		}
		a = Bits(a.Kind, a.Lo, a.Hi)
		w[0] = a.argWord(p.Ext)
		if n := p.Kind.Words(); n == 2 {
			w[1] = a.Hi
			w = w[2:]
		} else {
			w = w[1:]
		}
	}
	if err := f.CallWords(words); err != nil {
		return nil, err
	}
	return valuesFrom(f.sig.Results, words), nil
}

// valuesFrom reads values from words.
func valuesFrom(ps []Param, words []uint64) []Value {
	if len(ps) == 0 {
		return nil
	}
	vs := make([]Value, len(ps))
	for i := range ps {
		hi := uint64(0)
		n := ps[i].Kind.Words()
		if n == 2 {
			hi = words[1]
		}
		vs[i] = Bits(ps[i].Kind, words[0], hi)
		words = words[n:]
	}
	return vs
}

// CallWords calls the function without checking kinds and without allocating. words holds the parameters, 64 bits each
// (128-bit kinds: two words, low half first), narrow integers extended as the signature demands, and receives the
// results, zero-extended, from its start; it must be long enough for both.
func (f *Function) CallWords(words []uint64) error {
	if len(words) < f.need {
		return f.callShort(words)
	}
	if status := native.Enter(&f.entry, &words[0]); status != native.Returned {
		return f.failure(status, &words[0])
	}
	return nil
}

// callShort is CallWords with fewer words than Enter needs, which is one at least.
func (f *Function) callShort(words []uint64) error {
	if n := max(f.nparams, f.nresults); n > 0 {
		return fmt.Errorf("jit: call of %s%s with %d words, at least %d are needed", f.name, f.sig, len(words), n)
	}
	return f.CallWords(make([]uint64, 1))
}

var errNoStack = errors.New("jit: no memory for a native stack")

// failure turns a status of a call with the given words into an error and ends the use of the context.
func (f *Function) failure(status uintptr, words *uint64) error {
	c, reason := native.Split(status)
	for (reason == native.Grow || reason == native.Overflow) && f.moreStack(c, reason) {
		if status = native.Enter(&f.entry, words); status == native.Returned {
			return nil
		}
		c, reason = native.Split(status)
	}
	if reason == native.NoStack {
		return errNoStack
	}
	defer c.Done()
	switch reason {
	case native.Closed:
		return f.gone()
	case native.Grow:
		return errNoStack
	case native.Trapped:
		return f.trapped(c)
	case native.Overflow:
		t := &Trap{Code: StackOverflow, Func: f.name, Source: NoSource}
		for fr := range Frames() {
			if len(t.Backtrace) == maxBacktrace {
				break
			}
			t.Backtrace = append(t.Backtrace, fr.Location())
		}
		return t
	}
	th := (*thread)(c.Owner)
	err := th.err
	th.err = nil
	return err
}

// moreStack makes room for a call that was refused, before it had any effect, and reports whether there is now.
func (f *Function) moreStack(c *native.Ctx, reason uintptr) bool {
	if reason == native.Overflow {
		return c.Room(f.m.opts.stack)
	}
	return c.Ensure(f.m.opts.stack)
}

// gone is the error of a call of a function that was freed.
func (f *Function) gone() error {
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	if !f.m.closed {
		return fmt.Errorf("jit: %s has been freed", f.name)
	}
	return f.m.errClosed("call of " + f.name)
}
