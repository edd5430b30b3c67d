// Package flow answers questions about the control flow of a function: its control-flow graph ([CFG]), which block
// dominates which ([DomTree]), its loops ([LoopForest]), and which values are live where ([Liveness]).
//
// Each analysis is a value whose Compute method may be called again and again: it keeps its memory. None recurses, none
// uses a map, and all are near-linear in the size of the function, so functions of a million blocks are fine. An
// analysis describes the function as it was when it was computed; changing the control flow makes it stale.
//
// Only the last instruction of a block leads to other blocks, and block calls to blocks outside of the layout lead
// nowhere; so the analyses accept every function, also one that would not verify.
package flow
