// Package frontend makes functions of package ir out of a compiler's syntax tree: blocks, instructions, and variables that
// it turns into SSA form, with the stack maps that a moving garbage collector needs.
//
// # Building a function
//
// A [Builder] makes one function after another. [Builder.Reset] gives it an empty one, made by ir.NewFunc with a name and a
// signature. Blocks come from [Builder.CreateBlock]; instructions go to the block that [Builder.SwitchToBlock] has named,
// by a method per opcode: Iadd, Load, Brif and so on. [Builder.Finalize] ends the function and returns the first mistake
// that was made in building it, with the place in the caller's source; until then nothing fails, so that code which builds
// need not check anything.
//
// # Variables
//
// A variable of the source program becomes a [Variable]: [Builder.DefVar] gives it a value, [Builder.UseVar] asks for it.
// Wherever control flow joins, the builder finds out whether the variable needs a block parameter. For that it must know
// when all branches to a block have been built: [Builder.SealBlock] says so. Seal a block as soon as possible, the head of
// a loop after the loop's body. A variable that has no value on some path is zero there.
//
// # Stack maps, from start to end
//
// In a language with a moving collector, a reference, the address of an object, may change whenever the program calls
// something that collects. These are the steps that keep every reference right:
//
//  1. Declare. Call [Builder.DeclareVarNeedsStackMap] for each variable that holds references, before its first definition,
//     and [Builder.DeclareValueNeedsStackMap] for each other value that is one: the result of an allocation, a reference
//     loaded from an object, a parameter, a select of two references. Declare all of them; those that live across no call
//     cost nothing. Any type of 1 to 16 bytes will do, tagged integers among references are fine as long as the collector
//     can tell them apart.
//  2. Do not keep addresses computed from references (the address of an element) across a call: compute them again. They
//     are not declared; package stackmap/check finds those that are kept.
//  3. Say what cannot collect: functions imported by [Builder.ImportNoGCFunction] and those of the run-time library are no
//     safepoints. All other calls are, except tail calls.
//  4. Finalize runs package frontend/safepoint: what lives across a safepoint is stored in a stack slot, the safepoint's
//     stack map names the slot, and the reference is loaded again behind it. [Options] says whether stores and reloads
//     are placed simply (Early) or where they are executed least (Late).
//  5. Compile. The maps follow the code: they are at the return addresses of the calls in asm.Code, and package jit and
//     package stackmap find them there.
//  6. Collect. A function in Go that compiled code calls gets a *jit.Call. Its Frames lead through all frames of compiled
//     code, and Frame.Roots through the slots of each: read the reference, move the object, write the new address back.
//     Nothing else in compiled code holds a reference at that moment.
//  7. Test. Under a collector that moves everything at every safepoint and poisons the old places, a missing declaration
//     shows at once; so it does under the interpreter with interp.Options.Moving.
package frontend
