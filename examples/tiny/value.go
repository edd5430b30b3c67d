package main

import (
	"fmt"
	"strings"

	"davit/gc"
)

// Every value is a word. The lowest bits tell what it is:
//
//	…0   a number, times 2
//	01   the address of an object, plus 1
//	11   one of the constants
const (
	refTag = 1

	False gc.Word = 0<<2 | 3
	True  gc.Word = 1<<2 | 3
	Nil   gc.Word = 2<<2 | 3
)

// constants are the values that have names.
var constants = map[Symbol]gc.Word{"false": False, "true": True, "nil": Nil}

// Layouts of objects.
const (
	layPair    gc.LayoutID = iota // two values
	layString                     // bytes
	layClosure                    // the address of code, a number of parameters, and any number of values
)

// spec tells the collector which words are references, and where objects hold them.
var spec = must(gc.NewSpec(gc.Tags{Low: 1 << refTag},
	gc.Layout{Name: "pair", Words: 2, Refs: 0b11},
	gc.Layout{Name: "string", Elem: gc.RawElem(1)},
	gc.Layout{Name: "closure", Words: 2, Elem: gc.RefElem},
))

func must[T any](x T, err error) T {
	if err != nil {
		panic(err)
	}
	return x
}

// show returns a value as text.
func show(h *gc.Heap, w gc.Word) string {
	switch {
	case w&1 == 0:
		return fmt.Sprint(int64(w) >> 1)
	case w == False:
		return "false"
	case w == True:
		return "true"
	case w == Nil:
		return "nil"
	}
	switch h.LayoutOf(w) {
	case layString:
		return string(h.Bytes(w))
	case layClosure:
		return "<function>"
	}
	var parts []string
	for ; isPair(h, w); w = h.Load(w, 1) {
		parts = append(parts, show(h, h.Load(w, 0)))
	}
	if w != Nil {
		parts = append(parts, ".", show(h, w))
	}
	return "(" + strings.Join(parts, " ") + ")"
}

func isPair(h *gc.Heap, w gc.Word) bool { return w&3 == refTag && h.LayoutOf(w) == layPair }
