// Package vcode is the part of code generation that all machines share: it orders blocks, drives the lowering of CLIF
// to machine instructions over virtual registers ([Func]), hands them to the register allocator, lays out frames and
// drives emission.
//
// A machine takes part through [Target], which is called once per function or per CLIF instruction, and through its
// table of instruction descriptions ([Desc]).
package vcode
