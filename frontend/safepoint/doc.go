// Package safepoint gives functions their stack maps: it takes the values that are declared to need them (by a front end,
// or in text by the pragma ;@needs_stack_map) and makes each of them survive every safepoint in a stack slot that the
// safepoint's stack map names.
//
// A value is declared if a collector must find it, and may change it, while a call is under way: a reference to an
// object. After the pass,
//
//   - a declared value that lives across a safepoint is stored in a slot before the safepoint, and an entry of the
//     safepoint's stack map says so;
//   - whatever uses the value after the safepoint uses what a load from the slot returned after the safepoint, on every
//     path.
//
// A safepoint is a call that is no tail call, unless its callee or signature is marked as one that never collects
// (;@nogc). A declared value that lives across no safepoint is left alone, and so are constants. Values that are used to
// compute addresses inside an object (derived pointers) must not be declared and must not live across a safepoint.
//
// The pass works on any valid function. The result is valid, and deterministic: it depends on the function alone.
package safepoint
