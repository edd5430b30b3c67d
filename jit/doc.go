// Package jit runs machine code in the current process: it links the asm.Code of a module's functions into executable
// memory, calls them from Go and lets them call Go, turns hardware traps into errors, and walks the frames of compiled code
// for the roots of a garbage collector. It needs no cgo.
//
// # Modules
//
// A [Module] is a set of names. Define adds compiled functions, DefineData memory, DefineAddress addresses found elsewhere,
// Host and HostRaw functions in Go, Import names of other modules. Link resolves references among what has been defined since
// the last Link, while code that is already linked goes on running; [LinkAll] does so for modules that refer to each other.
// Lookup returns functions that Go can call; [Func] returns them with a Go type. Close frees everything at once and
// deterministically, [CloseAll] modules that import from each other. A module that is unreachable is closed by the Go garbage
// collector at some time, as a backstop.
//
// How a function receives its parameters is said by its [Signature], place by place: compilers fill it in from the calling
// convention that they have used, [SystemV] does for the C convention of the machine.
//
// Functions come and go while others run. Free removes them; their memory is used again when no call is in them. Declare
// announces a function that is called through a slot: it can be defined late, on the first call if there is a resolver
// ([Lazy]), and replaced and removed at any time, and all callers follow.
//
// # Calls
//
// Compiled code runs on a native stack, one per goroutine that is in a call, taken from a pool. While it runs, the
// goroutine stack shows ordinary Go frames only, so a host function may do what any Go function may: allocate, grow its
// stack, block, panic, call compiled code again. A panic in a host function unwinds the frames of compiled code below it, or
// becomes the error of the call ([RecoverPanics]).
//
// Native stacks grow as they are used, up to the [StackSize] of the module, which may be near a gigabyte, and give their memory
// back when the call from Go is over; [LimitStacks] bounds all of them together. Past the end the call returns a [Trap] with
// code [StackOverflow].
//
// # Traps and exceptions
//
// A fault in compiled code (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP) makes the call return a *[Trap] with the CLIF trap
// code recorded for the instruction, its place and a backtrace; [OnTrap] shows the frames before they are gone. Faults of Go
// code remain what they were. The handlers are installed in front of the Go runtime's when the first module is made that does
// not decline them with [NoSignals]; signals that are not faults of compiled code go on to the runtime. They are those for
// SIGILL, SIGTRAP, SIGBUS, SIGFPE and SIGSEGV, and, so that the runtime can preempt and unwind past compiled code, SIGURG,
// SIGPROF, SIGQUIT and SIGABRT. os/signal works as ever; signal.Ignore of one of the last four takes it from us, too.
//
// With NoSignals nothing is installed. Then compiled code must check for itself what may go wrong, with Module.DefineTrap,
// Module.StackCheck and Memory.SizeAddress; native stacks have their full size from the first call on, and loops have to poll.
//
// A host function can throw: Call.Throw continues in the landing block of the innermost try_call whose exception table has
// the tag. What nothing catches is the error of the call, an *[Exception].
//
// # Preemption and cancellation
//
// The Go runtime can preempt compiled code at any instruction, so that loops hold up neither the garbage collector nor other
// goroutines, and Function.CallContext can stop them, within microseconds. Both use SIGURG as the runtime does, and need
// nothing of the compiler. Where that signal is not available (see Module.Preemptible), loops can call a function made by DefinePoll.
//
// # Roots
//
// During a host call, Call.Frames yields the frames of compiled code, innermost first, across nested calls between Go and
// compiled code. Frame.Roots yields the live references of a frame from the stack map of its return address: the address
// of each, to be read and overwritten. The Go collector sees none of this memory: compiled code must not hold the only
// reference to a Go object.
//
// # Memory
//
// All modules of a process share 1.3 GiB of reserved addresses (arm64: 640 MiB), so that calls reach everywhere. Code is
// mapped twice, executable and writable; no page is both through the same address. Pages are taken as they are used
// ([MemoryLimit] bounds them) and given back by Close. [ReadStats] and Module.MemoryUse tell how much there is.
//
// A [Memory] is a linear memory for compiled code, with guard pages or for explicit checks.
//
// # Tools
//
// [PerfMap] and [JitDump] tell the profiler perf of compiled functions, [GDB] the debugger; [StartProfile] attributes the ticks
// of the Go profiler to them; Module.Disassemble writes what is in memory, with stack maps and source locations.
//
// # Systems
//
// Code runs on Linux on amd64, arm64, riscv64 and s390x. On the last three it must leave the register alone in which the Go
// runtime keeps its goroutine, even for a moment: x28, x27 and r13. Elsewhere the package builds and modules can be filled, but
// Link fails with an error that names the system.
package jit
