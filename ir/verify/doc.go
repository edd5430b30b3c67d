// Package verify checks that a function is well-formed: that its declarations fit together, every value is defined
// before it is used, types and counts of operands and results are those that the opcode table and the signatures demand,
// and that stack maps lie within their slots.
//
// [Func] reports everything that is wrong, each error with the entity it concerns and what was found and expected.
// What passes is safe input for the rest of the pipeline. [Lint] looks for stack-map entries that nothing has
// stored to: suspicious, but not ill-formed.
//
// The rules and their wording, as far as they are Cranelift's, are those of its verifier: a file test that expects
// an error of it finds the same here. The rules for stack maps are our own.
package verify
