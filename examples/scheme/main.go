// Scheme runs programs in the core of R7RS-small, compiled to machine code by Davit.
//
//	go run ./examples/scheme FILE [ARGUMENT...]   runs a program, and prints what the program prints
//	go run ./examples/scheme                      reads expressions and prints their values
//
// Left out of R7RS-small: exact rationals (/ gives a flonum where it does not divide evenly) and complex numbers, continuations
// that are called after what captured them has returned, so that a guard without a clause that fits raises again outside of
// its body, include-ci, define-library, eval and load. A file is compiled as a whole: procedures and constants that it defines
// once are known before its first expression runs.
//
// It is an example of a language with a moving garbage collector: see docs/tutorial.md for how such a language is built, and
// the packages below internal for this one.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"

	"davit/examples/scheme/internal/rt"
	"davit/examples/scheme/internal/scheme"
	"davit/gc"
)

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// run is main with what it uses of the process. It returns the exit status.
func run(args []string, in io.Reader, out, errout io.Writer) int {
	flags := flag.NewFlagSet("scheme", flag.ContinueOnError)
	flags.SetOutput(errout)
	flags.Usage = func() {
		fmt.Fprintln(errout, "usage: scheme [flags] [FILE [ARGUMENT...]]")
		flags.PrintDefaults()
	}
	var o scheme.Options
	flags.BoolVar(&o.Heap.Stress, "stress", false, "move every object at every safepoint, and make the old places inaccessible")
	flags.BoolVar(&o.Heap.Verify, "verify", false, "check the whole heap before and after each collection")
	flags.BoolVar(&o.Verify, "check", false, "check each function, and prove that its stack maps are right")
	heap := flags.Int("heap", 4096, "limit of the heap in `MiB`")
	stack := flags.Int("stack", 512, "limit of the stack in `MiB`")
	stats := flags.Bool("stats", false, "print to standard error what the collector has done")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return 0
		}
		return 2
	}
	o.Heap.Limit, o.Stack = int64(*heap)<<20, *stack<<20
	o.Polls = o.Heap.Stress
	o.Closed = flags.NArg() > 0
	o.In, o.Out, o.Errout, o.Args = in, out, errout, flags.Args()
	s, err := scheme.New(o)
	if err != nil {
		return report(errout, err)
	}
	defer s.Close()
	if *stats {
		defer func() { printStats(errout, s.Heap().Stats()) }()
	}
	if flags.NArg() == 0 {
		return report(errout, repl(s, in, out, errout))
	}
	defer interruptible(s)()
	text, err := os.ReadFile(flags.Arg(0))
	if err != nil {
		return report(errout, err)
	}
	return report(errout, s.Run(flags.Arg(0), string(text)))
}

var errInterrupted = errors.New("interrupted")

// interruptible lets an interrupt from the terminal stop what runs; a second one ends the process. It returns a function that
// ends this.
func interruptible(s *scheme.System) (end func()) {
	ctx, cancel := context.WithCancelCause(context.Background())
	c := make(chan os.Signal, 1)
	signal.Notify(c, os.Interrupt)
	go func() {
		select {
		case <-c:
			signal.Stop(c)
			cancel(errInterrupted)
		case <-ctx.Done():
		}
	}()
	s.SetContext(ctx)
	return func() {
		signal.Stop(c)
		cancel(nil)
		s.SetContext(context.Background())
	}
}

// report prints an error and returns the exit status.
func report(errout io.Writer, err error) int {
	var exit *rt.Exit
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.Status
	}
	fmt.Fprintln(errout, scheme.Describe(err))
	if errors.Is(err, errInterrupted) {
		return 130 // as shells do
	}
	return 1
}

func printStats(w io.Writer, s gc.Stats) {
	fmt.Fprintf(w, "collections: %d, %d of them of the whole heap; %v in all, the longest %v\n", s.Collections, s.Full, s.Time, s.Longest)
	fmt.Fprintf(w, "allocated: %d bytes; copied: %d bytes, %d of them in the nursery\n", s.Allocated, s.Survived+s.Promoted, s.Survived)
}
