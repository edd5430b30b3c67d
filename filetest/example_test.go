package filetest_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"davit/filetest"
)

func Example() {
	dir, err := os.MkdirTemp("", "filetest")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	src := `test interpret

function %add(i32, i32) -> i32 {
block0(v0: i32, v1: i32):
    v2 = iadd v0, v1
    return v2
}
; run: %add(40, 2) == 42
`
	path := filepath.Join(dir, "add.clif")
	if err := os.WriteFile(path, []byte(src), 0o600); err != nil {
		log.Fatal(err)
	}
	report, err := filetest.Run([]string{path}, filetest.Options{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report.Counts())
	// Output: 1 0 0
}
