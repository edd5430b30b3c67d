// Package text reads CLIF: it turns the text of functions, with the header and the comments of a file, into functions
// of package ir. It is the exact inverse of the printer there: parsing what [davit/ir.Lossless] prints gives the same
// function, printing that gives the same text.
//
// [Parse] reports all errors that it can find in one run, each with its line, its column, what was found and what was
// expected. It accepts any bytes; time and memory are linear in the length of the input. A [Context] reads many files
// with the same scratch.
//
// The language is that of Cranelift with these additions. Three comments are pragmas:
//
//	;@needs_stack_map v3, v5    values that are references; anywhere in a function
//	;@nogc                      after the declaration of a function: calls of it are no safepoints
//	;@user_names u0:1, u0:2     the table of user names, where the declarations would give another order
//
// Dynamic vectors may be named by their types (i32x4xN) wherever a type may stand. A number may be used for an entity
// if it is at most 65536 or four times the length of the source, and if it does not leave too many numbers unused.
package text
