// Package randfunc makes modules of random functions: well-formed CLIF with all types and opcodes that a target has, with
// any control flow, calls of several conventions, exceptions and traps, for comparing compilers with the interpreter.
//
// Every program ends, and its outcome depends on nothing but its arguments and the memory: addresses take part in no
// computation, and NaNs whose bits are open are used only where these do not matter. Functions refer to
//
//	%davit_memory       MemoryBytes bytes of data; the first 8 hold the fuel, which each turn of a loop and each call takes from
//	%davit_constants    ConstantBytes bytes of data that never change
//	%davit_observe(i64) -> i64     a function of the host: notes its argument, returns any number that follows from it
//	%davit_roots()                 notes what the stack maps of all calls under way lead to, and changes it
//	%davit_throw(i32, i64, i64)    throws an exception: a tag and two payloads
//
// and to the functions %Memcpy, %Memmove, %Memset and %Memcmp of the run-time library. Parameters that are not normal ones
// (vmctx, sret, sarg) are addresses of as many bytes as the constants say. The opcodes come from the opcode table, less
// a few exceptions that are listed with their reasons.
package randfunc
