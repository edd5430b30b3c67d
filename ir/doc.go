// Package ir holds a function of CLIF in memory: signature, preamble, data-flow graph, layout, memory flags, source
// locations, debug tags and user stack maps. It prints itself ([Func.AppendTo]); package text parses it back. A [Builder]
// makes functions, with a typed method per opcode.
//
// Entities are handles: small numbers of their own types that print as in CLIF (v7, block2, ss0). The nodes behind them
// are flat and free of pointers. What operands an instruction has, and how they are written and stored, is one table,
// [Operands], which printer, parser and builder follow.
package ir
