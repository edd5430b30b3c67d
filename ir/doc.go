// Package ir holds a function of CLIF in memory: signature, preamble, data-flow graph, layout, memory flags, source
// locations, debug tags and user stack maps. It prints itself; package text parses it back.
//
// Entities are handles: small numbers of their own types that print as in CLIF (v7, block2, ss0). The nodes behind them
// are flat and free of pointers.
package ir
