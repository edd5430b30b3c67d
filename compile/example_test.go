package compile_test

import (
	"fmt"
	"log"

	"davit/compile"
	"davit/ir/text"
	"davit/settings"
)

// A function with a mapped call is compiled; the map is found by the return address of the call.
func Example() {
	f, err := text.ParseFunc(`
function %keep(i64) -> i64 system_v {
    ss0 = explicit_slot 8, align = 8
    fn0 = colocated %collect() system_v
block0(v0: i64):
    v1 = stack_addr.i64 ss0
    store notrap aligned v0, v1
    call fn0(), stack_map=[i64 @ ss0+0]
    v2 = load.i64 notrap aligned v1
    return v2
}`)
	if err != nil {
		log.Fatal(err)
	}
	flags := settings.Default(settings.X86_64)
	target, err := compile.NewTarget("x86_64", &flags)
	if err != nil {
		log.Fatal(err)
	}
	c := compile.Context{Listing: true}
	code, err := c.Compile(f, target)
	if err != nil {
		log.Fatal(err)
	}
	m := code.StackMaps[0]
	fmt.Printf("at %#x: SP+%d in a frame of %d bytes\n", m.Offset, m.SlotArea+m.Entries[0].Offset, m.FrameSize)
	fmt.Print(c.Disassembly())
	// Output:
	// at 0xa: SP+0 in a frame of 8 bytes
	//      0  pushq %rax
	// block0: ; offset 0x1
	//      1  movq %rdi, (%rsp)
	//      5  callq collect
	//         ; stack map at 0xa: frame_size=8, sp offsets: i64 {0}
	//      a  movq (%rsp), %rax
	//      e  popq %rcx
	//      f  retq
}
