package compile

import (
	"cmp"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"davit/asm"
	"davit/ir"
)

// Group compiles many functions at once on several goroutines. Each of them has a Context of its own, which the Group
// keeps from call to call. The zero value is ready to use. A Group must not be used by two goroutines at once.
type Group struct {
	// Workers is the number of functions that are compiled at once; 0 stands for as many as the process may use
	// processors.
	Workers int
	// CheckAllocation proves the result of register allocation, as in Context.
	CheckAllocation bool

	contexts []Context
}

// FuncError says which function of a Group an error belongs to.
type FuncError struct {
	Index int // in the functions given to Compile
	Name  ir.FuncName
	Err   error
}

// Error names the function.
func (e *FuncError) Error() string { return fmt.Sprintf("%v: %v", e.Name, e.Err) }

// Unwrap returns the error of Context.Compile.
func (e *FuncError) Unwrap() error { return e.Err }

// Compile compiles fns for t, which may share nothing but what is only read. The code of fns[i] is codes[i]; it is the
// same for any number of workers, and the same that Context.Compile makes. If functions fail their code is nil and the
// error joins a *FuncError for each of them, in the order of fns.
func (g *Group) Compile(fns []*ir.Func, t Target) (codes []*asm.Code, err error) {
	workers := g.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	workers = max(1, min(workers, len(fns)))
	for len(g.contexts) < workers {
		g.contexts = append(g.contexts, Context{})
	}
	codes = make([]*asm.Code, len(fns))
	errs := make([]error, len(fns))
	order := largestFirst(fns)
	var next atomic.Int64
	work := func(c *Context) {
		c.CheckAllocation = g.CheckAllocation
		for k := next.Add(1) - 1; k < int64(len(order)); k = next.Add(1) - 1 {
			i := order[k]
			code, err := c.Compile(fns[i], t)
			codes[i] = code
			if err != nil {
				errs[i] = &FuncError{int(i), fns[i].Name, err}
			}
		}
	}
	var wg sync.WaitGroup
	for w := 1; w < workers; w++ {
		wg.Go(func() { work(&g.contexts[w]) })
	}
	work(&g.contexts[0])
	wg.Wait()
	return codes, errors.Join(errs...)
}

// largestFirst returns the indexes of fns in the order of compilation: large functions first, so that no worker is left
// with one when all others are done.
func largestFirst(fns []*ir.Func) []uint32 {
	order := make([]uint32, len(fns))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortStableFunc(order, func(x, y uint32) int { return cmp.Compare(fns[y].NumInsts(), fns[x].NumInsts()) })
	return order
}
