// Package gc is a precise, moving, generational garbage collector for compiled code: heaps in memory of their own, whose
// roots are the stack maps of the frames under way. A language can use it as it is. It is also a model for those who bring
// a collector of their own: all that it asks of the rest is in roots.go.
//
// # How a language uses stack maps, from start to end
//
// A compiled function keeps references to objects in registers and in its frame. A collector that moves objects must find
// all of them and change them, at any moment at which it runs. Stack maps make that possible:
//
//  1. The front end says which values are references. It builds functions with frontend.Builder and calls
//     DeclareVarNeedsStackMap for each variable that holds references, before its first definition, and
//     DeclareValueNeedsStackMap for other values: parameters, results of calls, loads from objects. A value that is a reference
//     and is not declared is the one mistake that nothing can make good: after a collection it is an address of the past.
//     Words that may be references or numbers are declared as well, if a tag tells the collector which they are (Tags).
//
//  2. A collection can take place at a safepoint: a call that is not a tail call, unless its callee was imported by
//     ImportNoGCFunction. Finalize runs package frontend/safepoint, which stores each declared value that lives across a
//     safepoint in a stack slot before it, makes what comes later load it from there, and notes in the safepoint's stack map
//     that the slot holds a reference. Values that live across no safepoint stay in registers. With the mode
//     safepoint.Late a path pays for safepoints on itself only: allocation inline, with a call of the collector in a
//     cold block, costs the fast path nothing.
//
//  3. An address inside an object, such as that of an element, is a number derived from a reference. It must not live
//     across a safepoint: derive it again afterwards. Loads and stores with an offset need no such address.
//
//  4. The compiler carries the maps along. In asm.Code each lies at the return address of its call, with the places of the
//     slots in the frame. package stackmap packs them into a table for object files; package jit looks at them as they are.
//
//  5. When compiled code calls Go, jit.Call.Walk goes from frame to frame by the frame pointers, which package engine
//     always keeps, and Frame.Roots yields the address of each slot that the map of the frame's return address names. The
//     collector reads the slots, moves the objects, and writes the new addresses back. Then the host function returns, and
//     compiled code loads its references anew.
//
//  6. References outside of frames are the language's own affair: global variables, constants of compiled code, Go
//     variables. Here they are root words (AddRoot), handles (NewHandle) and locals (Scope).
//
//  7. To find mistakes, make everything move at each safepoint (Config.Stress) and have the heap checked (Config.Verify);
//     davit check, and package stackmap/check, prove for a function that the references of its safepoints are all in maps.
//
// # Objects
//
// A Spec has the layouts of a language's objects (Layout): a header of 8 bytes that belongs to the collector, a fixed part,
// and an array of elements. Masks say which words are places for references. References carry a tag of up to three bits, so
// that a language can tell numbers from references, and pairs from other objects, without looking at memory.
//
// # In compiled code
//
// An Emitter appends to a function what it needs to make objects, read them and write to them. Making an object takes a
// comparison and an addition; a store of a reference looks at a byte of the object it goes to. Both work on the heap whose
// context (Heap.Context) the function has been given: the same code serves any number of heaps.
//
// # Heaps
//
// A Heap has one user at a time. A goroutine enters it and leaves it, or calls compiled code by Heap.Call, which does both;
// a second user gets ErrBusy. Calls may nest, also across Go and across several heaps, and a user who waits can give the heap
// up with Park: what its frames refer to is still found, and moved. A call may be stopped at any instruction, by a trap, a
// panic, an error or a context (Heap.CallContext): the heap stays sound, since nothing refers to an object before it is made,
// and the collector is told of a store before it takes place.
//
// New objects are made in a nursery. Those that survive two collections of it move to the old space, which is collected
// when it has grown by Config.Growth. Objects of more than 64 KiB have memory of their own and do not move, except under
// stress. Config.Limit bounds the heap; an allocation beyond it ends the call with an error that wraps ErrOutOfMemory.
package gc
