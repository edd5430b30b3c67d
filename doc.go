// Package davit is the root of Davit, a code generator for Go programs: CLIF, an SSA intermediate representation, goes
// in as text or from a builder, and machine code with precise stack maps comes out, to be run in the same process or
// listed. It is pure Go and Go assembly.
//
// Where to go from here:
//
//   - davit/ir: functions in memory, and a plain builder; davit/ir/op: types and opcodes; davit/ir/text: the parser
//   - davit/ir/verify, davit/ir/flow, davit/interp: rules, analyses, meaning
//   - davit/frontend: a builder with variables, and references declared instead of mapped by hand
//   - davit/compile: the pipeline to machine code; davit/vcode, davit/regalloc, davit/asm, davit/isa/x64: its parts
//   - davit/jit: running code, traps, host functions, walking the stack; davit/stackmap: tables of stack maps
//   - davit/filetest and cmd/davit: file tests and the command
//
// From an instruction to its proof in three steps: the row that encodes it is in asm/x64/rows_*.go, the rule that selects
// it in isa/x64/*.rules, the tests in testdata/filetests and isa/x64/testdata.
package davit
