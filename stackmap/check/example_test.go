package check_test

import (
	"fmt"
	"log"

	"davit/ir/text"
	"davit/stackmap/check"
)

// A function keeps a reference in a slot over two calls, but the map of the second one lacks it.
func Example() {
	f, err := text.ParseFunc(`
function %keep(i64) -> i64 system_v {
    ss0 = explicit_slot 8, align = 8
    fn0 = %collect() system_v
block0(v0: i64):
    v1 = stack_addr.i64 ss0
    store notrap aligned v0, v1
    call fn0(), stack_map=[i64 @ ss0+0]
    call fn0()
    v2 = load.i64 notrap aligned v1
    return v2
}`)
	if err != nil {
		log.Fatal(err)
	}
	for _, e := range check.Func(f) {
		fmt.Println(e.Kind, "at", e.At, "because of", e.Safepoint)
	}
	// Output:
	// stale slot at inst4 because of inst3
}
