// Package asm holds what the machine-code side of all targets has in common: the instruction struct, the finished code
// of a function, and the Buffer that turns one into the other.
//
// A [Buffer] belongs to a compile context and is used for one function after the other. Between Reset and Finish a
// target's encoder appends instructions; branches between labels go through Jump, Branch and CondBranch, which record
// them and leave room, so that Finish can drop, invert and shorten them (layout.go). Therefore all offsets before
// Finish are provisional: they order and identify places, and bound distances from above, but only Finish knows the
// final ones. Everything attached to the code (relocations, traps, stack maps, call sites, source locations, blocks,
// debug tags, unwind rows) is attached to the current offset and comes out with its final offset.
//
// A user of the buffer keeps these rules:
//
//  1. A terminator "if c goto A else B" is one CondBranch(c, A, B), whatever block comes next. Where two conditions
//     decide, the first is a Branch and the second the CondBranch. A block that ends in a jump says Jump, even if the
//     target comes next.
//  2. Instructions that end control flow in another way (return, trap, indirect jump) are followed by NoFallthrough.
//  3. Places whose address is taken are named by labels in UseLabel, JumpTable, PutLabelDiff or AddCallSite; code
//     offsets are never computed by hand.
//  4. A stack map is added right after its call, before anything else is emitted.
//
// Targets with references of limited range call NeedIsland and EmitIsland between blocks (island.go).
package asm
