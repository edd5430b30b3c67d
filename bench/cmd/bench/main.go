// Bench measures Davit side by side with other compilers and writes docs/performance.md.
//
//	go run -C bench ./cmd/bench all             measure everything, write docs/performance.md and its plots
//	go run -C bench ./cmd/bench compile         only a part, printed
//	go run -C bench ./cmd/bench --quick all     in a few minutes, less exactly, printed only
//
// It needs Go only. Cranelift takes part if there is cargo, C if there is a C compiler, and wazero if npm can fetch the
// packages that hold the programs; the report says what was missing.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"davit/bench/internal/parts"
	"davit/bench/internal/report"
)

func main() {
	if err := newRoot().Execute(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// part is a section of the report.
type part struct {
	name, about string
	run         func(*parts.Env) (*report.Section, error)
}

var allParts = []part{
	{"compile", "compile time, memory and code size over the corpus", parts.Compiling},
	{"growth", "compile time and memory of functions of growing size", parts.Growth},
	{"parallel", "compile time with one worker and with many", parts.Parallel},
	{"maps", "size and speed of tables of stack maps", parts.Maps},
	{"code", "run time and size of the code of small programs", parts.Kernels},
	{"wasm", "compile time side by side with wazero", parts.Wasm},
	{"calls", "cost of calls between Go and compiled code", parts.Calls},
	{"running", "cancellation, stack walks, deep recursion, replacement of functions", parts.Running},
	{"gobench", "Go benchmarks of the library", parts.Benchmarks},
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use: "bench", Short: "Measure Davit side by side with other compilers", SilenceErrors: true, SilenceUsage: true,
	}
	quick := root.PersistentFlags().Bool("quick", false, "fewer rounds and smaller inputs; nothing is written")
	root.AddCommand(&cobra.Command{
		Use: "all", Short: "measure everything and write docs/performance.md", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return measure(allParts, *quick, !*quick) },
	})
	for _, p := range allParts {
		root.AddCommand(&cobra.Command{
			Use: p.name, Short: p.about, Args: cobra.NoArgs,
			RunE: func(*cobra.Command, []string) error { return measure([]part{p}, *quick, false) },
		})
	}
	return root
}

// measure runs parts, and writes or prints what they find.
func measure(ps []part, quick, write bool) error {
	e, err := parts.NewEnv(quick, os.Stderr)
	if err != nil {
		return err
	}
	defer e.Close()
	var sections []*report.Section
	for _, p := range ps {
		start := time.Now()
		s, err := p.run(e)
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		fmt.Fprintf(os.Stderr, "%s: %v\n", p.name, time.Since(start).Round(time.Second))
		sections = append(sections, s)
	}
	if !write {
		report.WriteMarkdown(os.Stdout, sections, "performance")
		return nil
	}
	docs := filepath.Join(e.Root, "docs")
	if err := report.SavePlots(sections, filepath.Join(docs, "performance")); err != nil {
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# Performance\n\nWritten by `go run -C bench ./cmd/bench all` on %s/%s, %s, %s. Do not edit.\n\n",
		runtime.GOOS, runtime.GOARCH, runtime.Version(), parts.Machine())
	report.WriteMarkdown(&b, sections, "performance")
	return os.WriteFile(filepath.Join(docs, "performance.md"), []byte(b.String()), 0o666)
}
