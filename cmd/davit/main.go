// Davit is the command-line tool of the code generator of the same name: it prints, verifies, compiles, runs and tests
// files of CLIF.
//
//	davit cat file.clif              print what was parsed
//	davit verify --lint file.clif    check the rules of CLIF
//	davit check file.clif            prove that stack maps are right
//	davit compile -D file.clif       compile, print machine code
//	davit run file.clif              compile for this machine, execute "run:" and "print:" comments
//	davit interpret file.clif        execute them with the interpreter
//	davit print-cfg file.clif        print control-flow graphs for Graphviz, dominators, loops
//	davit pass file.clif TARGET PASS run passes, print the result
//	davit bugpoint file.clif TARGET  shrink a file that fails
//	davit test dir                   run file tests
//	davit diff file.clif             compare compiled functions with the interpreter
//	davit fuzz                       look for inputs on which something goes wrong
//	davit rules --coverage           list selection rules and the tests that exercise them
//
// "davit help COMMAND" tells the rest, "davit completion SHELL" prints a completion script.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"

	"github.com/spf13/cobra"

	"davit/ir"
	"davit/ir/text"
)

func main() {
	os.Exit(Main())
}

// Main runs the command line of the process and returns the exit status.
func Main() int {
	root := newRoot()
	err := root.Execute()
	if err == nil {
		return 0
	}
	if !errors.Is(err, errReported) {
		fmt.Fprintln(os.Stderr, err)
	}
	return 1
}

// errReported is returned by commands that have already said what is wrong.
var errReported = errors.New("failed")

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "davit",
		Short:         "Compile, run and test CLIF",
		Long:          "Davit turns CLIF, the text form of an SSA intermediate representation, into machine code.",
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.AddCommand(newCat(), newVerify(), newCheck(), newCompile(), newRun(), newInterpret(), newPrintCFG(), newPass(),
		newBugpoint(), newTest(), newDiff(), newFuzz(), newRules(), newWorker(), newFuzzWorker())
	for _, cmd := range root.Commands() {
		completeFlags(cmd)
	}
	return root
}

// version returns that of the module, as far as the build knows it.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "unknown"
}

// maxErrors is how many errors of syntax are shown of a file.
const maxErrors = 20

// positions are the errors in a file, each of which prints as "path:line:column: message".
type positions struct {
	path string
	list text.ErrorList
}

func (e *positions) Error() string {
	s := ""
	for i, p := range e.list {
		if i > 0 {
			s += "\n"
		}
		s += e.path + ":" + p.Error()
	}
	return s
}

// read returns the contents of a file; "-" is standard input.
func read(cmd *cobra.Command, path string) ([]byte, error) {
	if path == "-" {
		return io.ReadAll(cmd.InOrStdin())
	}
	return os.ReadFile(path)
}

// writeFile replaces the contents of a file; "-" is standard output.
func writeFile(cmd *cobra.Command, path string, b []byte) error {
	if path == "-" {
		_, err := cmd.OutOrStdout().Write(b)
		return err
	}
	return os.WriteFile(path, b, 0o666)
}

// parse reads and parses a file.
func parse(cmd *cobra.Command, path string, opts text.Options) (*text.File, error) {
	src, err := read(cmd, path)
	if err != nil {
		return nil, err
	}
	opts.MaxErrors = maxErrors
	file, errs := text.Parse(src, opts)
	switch {
	case len(errs) == maxErrors:
		return nil, fmt.Errorf("%w\n%s: only the first %d errors are shown", &positions{path, errs}, path, maxErrors)
	case len(errs) > 0:
		return nil, &positions{path, errs}
	}
	return file, nil
}

// hostConv are the options for files whose functions run on this machine.
var hostConv = text.Options{CallConv: ir.SystemV}
