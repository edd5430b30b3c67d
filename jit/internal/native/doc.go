// Package native is the part of the JIT that touches what Go promises little about: signal actions of the process, the
// switch from a goroutine stack to a stack of our own, and the identity of the running goroutine. Package jit builds
// everything else on it.
//
// # Stacks and contexts
//
// Compiled code runs on native stacks. All of them lie in one reserved range of addresses, each in a slot of StackSlot
// bytes, aligned to its size; the context (Ctx) that goes with a stack is in the top page of the slot, the stack grows
// down from there, and the lower part of the slot is never accessible. Hence two facts that need neither a thread-local
// variable nor a reserved register:
//
//  1. A thread runs compiled code if and only if its stack pointer lies in the reserved range.
//  2. The context of a stack is at a fixed distance from the stack pointer rounded down to a multiple of StackSlot.
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
//  3. Ctx.GoSP is valid while compiled code runs, and only then. The resume thunk stores it anew after each call of Go.
//  4. Ctx.NatSP is where the next activation starts: the top of the stack, or the stack pointer at which the innermost
//     activation left for Go. It is a multiple of 16.
//  5. Ctx.Act is the record of the innermost activation, 0 if there is none. Its record is a
//     Record on the native stack, right below NatSP of before.
package native
