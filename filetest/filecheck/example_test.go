package filecheck_test

import (
	"fmt"

	"davit/filetest/filecheck"
)

func Example() {
	var c filecheck.Checker
	for i, comment := range []string{
		`; check: $(sum=v\d+) = iadd v0, v1`,
		`; nextln: return $sum`,
	} {
		if err := c.Add(comment, i+1); err != nil {
			fmt.Println(err)
		}
	}
	fmt.Println(c.Check("v7 = iadd v0, v1\nreturn v7\n"))
	// Output: <nil>
}
