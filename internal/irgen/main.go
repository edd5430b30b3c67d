// Command irgen writes the Go files that follow from the opcode table: the typed builder of package ir and the opcode
// names of package ir/text. Run it in the root of the module; the tests of this command fail when a file is out of date.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

// files are the generated files, by their paths from the root of the module.
var files = map[string]func() ([]byte, error){
	"ir/text/zopcodes.go":  opcodeNames,
	"ir/zbuilder.go":       builder,
	"frontend/zbuilder.go": frontendBuilder,
}

func main() {
	for path, generate := range files {
		src, err := generate()
		if err == nil {
			err = os.WriteFile(filepath.FromSlash(path), src, 0o666)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "irgen:", err)
			os.Exit(1)
		}
	}
}
