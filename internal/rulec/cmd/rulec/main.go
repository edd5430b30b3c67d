// Command rulec compiles the *.rules files of a directory to Go; see the documentation of package
// davit/internal/rulec for the language.
//
// Usage:
//
//	rulec [-check] [dir]     bring the generated files up to date, or check that they are
//	rulec -formats           list the operand positions of each instruction format
//	rulec -opcodes           list the opcodes with their formats
package main

import (
	"flag"
	"fmt"
	"os"

	"davit/internal/rulec"
)

func main() {
	check := flag.Bool("check", false, "change nothing; fail if a generated file is out of date")
	formats := flag.Bool("formats", false, "list the operand positions of each instruction format")
	opcodes := flag.Bool("opcodes", false, "list the opcodes with their formats")
	flag.Parse()
	dir := "."
	if flag.NArg() > 0 {
		dir = flag.Arg(0)
	}
	var err error
	switch {
	case flag.NArg() > 1:
		err = fmt.Errorf("found %d directories, expected at most one", flag.NArg())
	case *formats:
		err = rulec.WriteFormats(os.Stdout, dir)
	case *opcodes:
		rulec.WriteOpcodes(os.Stdout)
	case *check:
		err = rulec.Check(dir)
	default:
		err = rulec.Write(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
