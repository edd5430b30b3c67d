// Package check proves that the stack maps of a function are right, without knowing who made them. A wrong stack map is
// silent memory corruption in somebody's program; nothing else finds it before the collector does.
//
// # What is proved
//
// Before lowering, [Checker.Func] proves by abstract interpretation that on every path
//
//   - no reference from before a safepoint is used after it, except to see whether it is null;
//   - each reference that is used after a safepoint is read from a slot position that the map of the safepoint names,
//     with its type;
//   - each slot position that a map names has been stored to, and what was stored has survived every safepoint since;
//   - no address that was computed from a reference before a safepoint is used after it.
//
// [Checker.Machine] proves the same for machine instructions after register allocation, place by place: registers,
// spill slots and explicit slots. [Checker.Forwarding] proves that the stack maps of the code are those of the function:
// the same entries at the right offsets, each at the byte after its call, with the frame's measures. And [Placement]
// compares a function before and after a pass has placed stores, reloads and maps in it: every instruction still gets
// the values that it got. Func alone cannot know which reference a reload should give.
//
// # What counts as a reference
//
// A value that is declared (ir.Func.NeedsStackMap), and in any function one that is stored to or loaded from a slot position
// which some safepoint maps; and what flows from these through block parameters and selects. Constants never.
//
// Arithmetic on integers, extension, bitcast and operations on lanes make of a reference a number, which may be kept; but
// if an address is computed from it, it must be computed anew after each safepoint. Comparisons, tests of tags, counts
// of bits, arithmetic shifts to the right (which take a tag away) and arithmetic on floats make plain numbers. Whoever
// declares a number a reference answers for it.
//
// A safepoint is a call that is no tail call, unless its callee or signature is marked as one that never collects.
// Memory other than stack slots is not looked at, nor is the pinned register. Positions in a slot are told apart if their
// offsets are constants; what is stored to others is taken for current until a safepoint whose map names nothing in the
// slot. Whoever else gets to know the address of a slot may have stored anything there: it is taken for current, at a
// position that stack maps name until the next safepoint whose map lacks it.
package check
