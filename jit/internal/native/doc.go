// Package native is the part of the JIT that touches what Go promises little about: signal actions of the process, the
// switch from a goroutine stack to a stack of our own, and the identity of the running goroutine. Package jit builds
// everything else on it.
//
// # Stacks and contexts
//
// Compiled code runs on native stacks. All of them lie in one reserved range of addresses, each in a slot, aligned to its size,
// which is the same for all (stack.go). The context (Ctx) that goes with a stack is near the end of the slot, the stack grows
// down from there, and the lower part of the slot is not accessible. Hence two facts that need neither a thread-local
// variable nor a reserved register:
//
//  1. A thread runs compiled code if and only if its stack pointer lies in the reserved range.
//  2. The context of a stack is at a fixed distance from the stack pointer rounded down to a multiple of the size of a slot.
//
// A goroutine uses one context at a time, however deep calls between Go and compiled code nest.
//
// # Entering and leaving
//
// Enter, an assembly function on the goroutine stack, calls an entry thunk in executable memory, which switches stacks.
// Everything that changes the stack pointer is in such thunks: were it in Go's text, the runtime would refuse to unwind
// through it. When compiled code calls Go, a stub switches back to the frame of Enter and jumps behind Enter's call
// instruction, so that the goroutine stack holds ordinary frames only: it may grow, move, be scanned, panic and unwind.
//
//  3. Ctx.GoSP is valid while compiled code runs, and only then. What continues compiled code after a call of Go stores
//     it anew.
//  4. Ctx.NatSP is where the next activation starts: the top of the stack, or the stack pointer at which the innermost
//     activation left for Go. It is a multiple of 16.
//  5. Ctx.Act is the record of the innermost activation, 0 if there is none. Enter stores the record below NatSP before
//     it reads which thunk to call, and takes it off after it has left thunks and compiled code for good. So a thread
//     that is in memory of a module, or has read an address in it, has a record with the module's number.
//  6. A panic that unwinds through Enter takes the record off, too (see hostcall); until then frames of compiled code
//     stay on the native stack, where nothing refers to them any more.
//
// # Machines
//
// The description is that of amd64. On arm64, riscv64 and s390x Enter's return address is in the link register, so thunks return
// by Ctx.ExitPC, and the pad for preemption does not save registers: the signal handler has copied those of the interrupted
// code to the native stack, and a breakpoint at the end of the pad has it put them back. The runtime's handlers take the
// goroutine from a register there, which therefore compiled code must not change.
//
// # What it relies on
//
// Of the Go runtime: that g, found as the assembler finds it, differs between goroutines that live at the same time (if not,
// they are told apart by the numbers in their stack traces, which takes microseconds); that its signal handlers are
// installed with SA_SIGINFO and SA_ONSTACK (if not, modules must do without signals); that function prologues check for
// preemption; that an assembly function's arguments are where we know them. All but the third are checked before anything is
// run. Poll functions also read the stack bound in g, if it is where it is expected; if not, each poll calls Go.
//
// Of the kernel: the layout of the signal frame; two views of the same memory, by memfd_create or mremap; that a change through
// one is seen through the other, which is checked, since emulators may be blind to it.
package native
