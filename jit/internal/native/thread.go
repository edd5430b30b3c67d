package native

import (
	"bytes"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"unsafe"
)

// Goroutines find their context by their own identity: the address of the runtime's g, which no other goroutine has while
// this one lives, and which is never unmapped. A direct-mapped cache holds contexts that belong to a g for good; a g that
// finds its place taken borrows a context from a pool for as long as an activation lasts. Should g not be what we take it for,
// all contexts are borrowed, and the identity is the number of the goroutine in its stack trace.
//
//  1. A cache place is written once, by the goroutine that claims it; afterwards only goroutines with that g read Ctx.
//  2. A borrowed context is in lent from the first activation of its goroutine to the end of the outermost.

const cacheBits = 10

type cachePlace struct {
	g   uintptr
	ctx uintptr
}

var cache [1 << cacheBits]cachePlace

func cacheIndex(g uintptr) uintptr { return g * hashFactor >> (64 - cacheBits) }

const hashFactor = 0x9E3779B97F4A7C15

// Pads are the addresses of the thunks that change stacks other than by entering.
type Pads struct {
	Resume, Abort, Trap, Throw, Closed uintptr
	Preempt, Preempted                 uintptr // start and end of the pad for preemption
	Learn                              uintptr
}

var (
	pads Pads
	// newOwner returns what to keep in the Owner field of a new context.
	newOwner func(*Ctx) unsafe.Pointer
	// onExit runs at the end of a call of Go that does not go on at ResumePad, or in a context whose Cancel is not 0.
	onExit func(*Ctx, *Stub)

	mu   sync.Mutex
	lent = map[uintptr]*Ctx{}
	pool []*Ctx
	all  []*Ctx
	keep []unsafe.Pointer // owners of all, which the collector cannot see in contexts

	exitPC uintptr // the address behind the call in Enter
)

// ranges are the addresses by which signal handlers tell where a thread is.
type ranges struct {
	stkLo, stkHi   uintptr // native stacks
	codeLo, codeHi uintptr // compiled functions, which may be preempted

	slotMask, ctxOffset uintptr // see CtxOf

	preempted uintptr // instruction that ends the preemption pad by a fault, if it does
}

//lint:ignore U1000 read by assembly
var known ranges

// Config is what Start needs to know.
type Config struct {
	Pads
	CodeLo, CodeHi uintptr                   // addresses of compiled functions, which may be preempted
	NewOwner       func(*Ctx) unsafe.Pointer // makes the Owner of each context
	// OnExit runs at the end of a call of Go that does not go on at ResumePad, or in a context whose Cancel is not 0.
	OnExit func(*Ctx, *Stub)
}

// Start is called once, after ReserveStacks and before the first Enter.
func Start(cfg Config) error {
	pads, newOwner, onExit = cfg.Pads, cfg.NewOwner, cfg.OnExit
	known.stkLo, known.stkHi, known.codeLo, known.codeHi = stack.lo, stack.hi, cfg.CodeLo, cfg.CodeHi
	known.preempted = cfg.Preempted
	var words [2]uint64
	if Enter(&Entry{Thunk: pads.Learn}, &words[0]) == NoStack {
		return errors.New("no memory for a native stack")
	}
	exitPC = uintptr(words[0])
	if uintptr(words[1]) != uintptr(unsafe.Pointer(&words)) {
		return errors.New("this version of Go lays out the frame of an assembly function otherwise than expected")
	}
	for _, c := range all {
		c.ExitPC = exitPC
	}
	return nil
}

// numbered says that goroutines are told apart by their numbers.
var numbered bool

// identity returns what no other goroutine has while this one lives.
func identity() uintptr {
	if numbered {
		return goroutineNumber()
	}
	return getg()
}

// goroutineNumber returns the number in the first line of a stack trace, "goroutine 1 [running]:".
func goroutineNumber() uintptr {
	var buf [40]byte
	text := buf[:runtime.Stack(buf[:], false)]
	n := uintptr(0)
	for _, c := range bytes.TrimPrefix(text, []byte("goroutine ")) {
		if c < '0' || c > '9' {
			break
		}
		n = 10*n + uintptr(c-'0')
	}
	return n
}

// acquire returns the context of goroutine g, nil if there is none to be had. The caller is g itself.
func acquire(g uintptr) *Ctx {
	if numbered {
		g = goroutineNumber()
	}
	place := &cache[cacheIndex(g)]
	owner := atomic.LoadUintptr(&place.g)
	if owner == g {
		return (*Ctx)(Ptr(place.ctx))
	}
	mu.Lock()
	defer mu.Unlock()
	c := lent[g]
	if c == nil {
		if c = fromPool(); c == nil {
			return nil
		}
		c.G = g
		if owner == 0 && atomic.CompareAndSwapUintptr(&place.g, 0, g) {
			place.ctx = uintptr(unsafe.Pointer(c))
		} else {
			lent[g] = c
			c.Settle = ReturnedSettle
		}
	}
	return c
}

// settle does what is left to do when the outermost activation of a context has ended: a stack that has grown is cut back,
// a borrowed context returns to the pool.
func settle(c *Ctx) {
	if c.NatSP != c.Top() {
		return // somebody is looking at what is above
	}
	c.shrink()
	mu.Lock()
	defer mu.Unlock()
	if lent[c.G] != c {
		c.Settle = 0
	} else if c.Held == 0 {
		giveBack(c)
	}
}

// Done ends the use of a context for which Enter returned another reason than Returned.
func (c *Ctx) Done() {
	if c.Settle != 0 && c.Act == 0 {
		settle(c)
	}
}

// Hold returns the context of the calling goroutine, which keeps it until Unhold. It is nil if no stack is left.
func Hold() *Ctx {
	c := acquire(getg())
	if c != nil {
		c.Held++
	}
	return c
}

// Keep makes sure that the calling goroutine, whose context c is, keeps it until Unhold.
func (c *Ctx) Keep() { c.Held++ }

// Unhold undoes Hold and Keep.
func (c *Ctx) Unhold() {
	c.Held--
	c.Done()
}

// keepWarm is how many pooled stacks keep their pages.
const keepWarm = 64

func giveBack(c *Ctx) {
	delete(lent, c.G)
	c.G, c.Settle = 0, 0
	if len(pool) >= keepWarm {
		Discard(c.Low, c.Size)
	}
	pool = append(pool, c)
}

// fromPool returns a context for a new goroutine.
func fromPool() *Ctx {
	if n := len(pool); n > 0 {
		c := pool[n-1]
		pool = pool[:n-1]
		return c
	}
	c := newStack()
	if c == nil {
		return nil
	}
	c.ExitPC = exitPC
	c.ResumePad, c.AbortPad, c.TrapPad, c.ThrowPad = pads.Resume, pads.Abort, pads.Trap, pads.Throw
	owner := newOwner(c)
	keep = append(keep, owner)
	c.Owner = owner
	all = append(all, c)
	return c
}

// ClosedPad is what Entry.Thunk is set to when a function goes away.
func ClosedPad() uintptr { return pads.Closed }

// Contexts returns all contexts made so far.
func Contexts() []*Ctx {
	mu.Lock()
	defer mu.Unlock()
	return append([]*Ctx(nil), all...)
}

// Lent returns the number of contexts that are borrowed.
func Lent() int {
	mu.Lock()
	defer mu.Unlock()
	return len(lent)
}

// Current returns the context in which the calling goroutine has an activation, or nil.
func Current() *Ctx {
	g := identity()
	place := &cache[cacheIndex(g)]
	var c *Ctx
	if atomic.LoadUintptr(&place.g) == g {
		c = (*Ctx)(Ptr(place.ctx))
	} else {
		mu.Lock()
		c = lent[g]
		mu.Unlock()
	}
	if c == nil || c.Act == 0 {
		return nil
	}
	return c
}

// Own reports whether the calling goroutine is the one that a context serves.
func (c *Ctx) Own() bool { return c.G == identity() }
