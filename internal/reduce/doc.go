// Package reduce shrinks a program of CLIF that makes something go wrong to a small one that makes the same go wrong.
//
// What goes wrong is the business of a predicate on the text of a program. [Run] asks it about ever smaller candidates
// and keeps those for which it holds; [Lines] does so for text that is no program.
package reduce
