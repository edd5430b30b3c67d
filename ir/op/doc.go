// Package op holds what is fixed about CLIF: its types, its 163 opcodes with their formats, type rules and properties,
// and its condition, trap and atomic-operation codes. It is data: the parser, printer, verifier, interpreter, builders,
// rule compiler and back ends all derive from the one table.
package op
