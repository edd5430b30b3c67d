// Command opdoc writes docs/opcodes.md, the reference of the opcodes, from the opcode table and from what the back ends
// say when they are asked to compile each opcode. Run it in the root of the module; its test fails when the file is out of date.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

// path of the file from the root of the module.
const path = "docs/opcodes.md"

func main() {
	doc, err := reference()
	if err == nil {
		err = os.WriteFile(filepath.FromSlash(path), doc, 0o666)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "opdoc:", err)
		os.Exit(1)
	}
}
