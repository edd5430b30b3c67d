// Package text reads CLIF: it turns the text of functions, with the header and the comments of a file, into functions
// of package ir. It is the exact inverse of the printer there: parsing what [davit/ir.Lossless] prints gives the same
// function, printing that gives the same text.
//
// [Parse] reports all errors that it can find in one run, each with its line, its column, what was found and what was
// expected. It accepts any bytes; time and memory are linear in the length of the input.
package text
