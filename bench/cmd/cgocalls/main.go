//go:build cgo

// Cgocalls measures what calls between Go and C cost and prints nanoseconds. It is a command of its own so that the
// program that measures everything else is free of cgo.
package main

/*
#include <stdint.h>

static int64_t add(int64_t x, int64_t y) { return x + y; }

int64_t call_go(int64_t n);
*/
import "C"

import (
	"fmt"
	"time"

	"davit/bench/internal/measure"
)

// callback is what C calls in a loop.
//
//export callback
func callback(x C.int64_t) C.int64_t { return x + 1 }

func main() {
	const n = 100_000
	sum := C.int64_t(0)
	call := measure.Times(100*time.Millisecond, func() {
		for range n {
			sum = C.add(sum, 1)
		}
	})
	back := measure.Times(100*time.Millisecond, func() { sum += C.call_go(n) })
	fmt.Printf("ok call=%g callback=%g sum=%d\n", float64(call)/n, float64(back)/n, int64(sum))
}
