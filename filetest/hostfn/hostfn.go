// Package hostfn has the functions that any CLIF file may declare when it is run by "davit run", "davit interpret" or
// "davit test":
//
//	%davit_print_i8(i8)  %davit_print_i16(i16)  %davit_print_i32(i32)  %davit_print_i64(i64)
//	%davit_print_f32(f32)  %davit_print_f64(f64)
//	    print a number (integers as signed decimals) and a newline
//	%davit_print_ref(i64)
//	    prints an address as its distance from the start of the heap, as in heap+0x10, and a newline
//	%davit_alloc(i64) -> i64
//	    allocates an object of that many bytes on the heap, zeroed, and returns its address, a multiple of 16
//	%davit_gc()
//	    moves every object that a stack map leads to, fills the memory of the old places with the byte 0xdb, and
//	    prints a line for each root
//	%davit_throw(i32, i64, i64)
//	    throws an exception: a tag and two payloads, which arrive as exn0 and exn1 at the nearest try_call under way that
//	    has a handler for the tag
//	%__cranelift_throw(i64, i64, i64, i32, i64, i64)
//	    the same, under the name and with the parameters that tests of Cranelift use: the first three are the frame
//	    pointer at which the search ends, and frame pointer and return address of the frame in which it starts; they are
//	    ignored, as the search starts in the caller and ends where Go called compiled code
//
// # The heap
//
// A module has one heap of its own, made when it first declares a function of the heap. It consists of two halves of
// [HalfBytes] bytes, of which one is in use; davit_gc copies what is alive to the other one. Roots are the stack-map
// entries of all frames under way whose types have lanes of 64 or 128 bits: each of their words of 8 bytes is one. A root
// that is the address of an object keeps the object alive, as does every aligned word inside a live object that is the
// address of an object; all of them are updated. Narrower lanes have no room for an address. Other values, 0
// among them, stay as they are. Memory that a frame still addresses without a stack map has been overwritten by 0xdb
// bytes, so that a missing root shows.
//
// Running out of memory ends the call with trap heap_oob.
//
// # Output of davit_gc
//
// One line for each stack-map entry, innermost frame first: the function and the return address in it, the distance of
// the root from the frame's stack pointer, the old and the new value.
//
//	davit_gc: %f+0x2b sp+0x10: heap+0x10 -> heap+0x80010
//	davit_gc: %f+0x2b sp+0x18: 0 stays
//
// An entry of 16 bytes has a line per word.
//
// In the interpreter, whose heap is laid out differently, the place is the instruction, as in "%f: inst3", and the distance
// is that from the start of the stack slots.
package hostfn

import (
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"sort"
	"strings"

	"davit/ir/op"
	"davit/jit"
)

// HalfBytes is the size of each half of the heap.
const HalfBytes = 512 << 10

// poison fills the places that objects have left.
const poison = 0xdb

// heapSymbol is the data object that holds the heap. No name of CLIF is spelled like this.
const heapSymbol = "heap of davit_alloc"

// Env is what the host functions of one module share: the heap and where they print to.
type Env struct {
	m   *jit.Module
	out io.Writer

	mem   []byte // both halves; nil until needed
	base  uintptr
	half  int      // offset of the half in use: 0 or HalfBytes
	used  int      // bytes of it
	objs  []object // ascending by offset
	stats Stats
}

// object is a piece of the heap.
type object struct{ off, size int }

// Stats counts what the heap has been used for.
type Stats struct {
	Collections int
	Allocated   int // objects
	Moved       int // objects, by all collections
}

// New returns the environment of m. Functions print to out.
func New(m *jit.Module, out io.Writer) *Env { return &Env{m: m, out: out} }

// Stats returns what the heap has been used for so far.
func (e *Env) Stats() Stats { return e.stats }

// functions are ordered by name; heap says whether the function needs the heap.
var functions = []struct {
	name string
	heap bool
	make func(e *Env) any
}{
	{"__cranelift_throw", false, func(*Env) any {
		return func(c *jit.Call, _, _, _ uint64, tag uint32, payload0, payload1 uint64) {
			c.Throw(tag, payload0, payload1)
		}
	}},
	{"davit_alloc", true, func(e *Env) any { return e.alloc }},
	{"davit_gc", true, func(e *Env) any { return e.collect }},
	{"davit_print_f32", false, func(e *Env) any { return func(x float32) error { return e.println(x) } }},
	{"davit_print_f64", false, func(e *Env) any { return func(x float64) error { return e.println(x) } }},
	{"davit_print_i16", false, func(e *Env) any { return func(x int16) error { return e.println(x) } }},
	{"davit_print_i32", false, func(e *Env) any { return func(x int32) error { return e.println(x) } }},
	{"davit_print_i64", false, func(e *Env) any { return func(x int64) error { return e.println(x) } }},
	{"davit_print_i8", false, func(e *Env) any { return func(x int8) error { return e.println(x) } }},
	{"davit_print_ref", true, func(e *Env) any { return func(x uint64) error { return e.println(e.show(x)) } }},
	{"davit_throw", false, func(*Env) any {
		return func(c *jit.Call, tag uint32, payload0, payload1 uint64) { c.Throw(tag, payload0, payload1) }
	}},
}

// Names returns the names of the functions, ascending, without percent signs.
func Names() []string {
	names := make([]string, len(functions))
	for i := range functions {
		names[i] = functions[i].name
	}
	return names
}

// Define adds the function of the given name to the module. ok is false if there is none of that name.
func (e *Env) Define(name string) (ok bool, err error) {
	for _, f := range functions {
		if f.name != name {
			continue
		}
		if f.heap {
			if err := e.makeHeap(); err != nil {
				return true, err
			}
		}
		return true, e.m.Host(name, f.make(e))
	}
	return false, nil
}

func (e *Env) println(x any) error {
	_, err := fmt.Fprintln(e.out, x)
	return err
}

func (e *Env) makeHeap() error {
	if e.mem != nil {
		return nil
	}
	err := e.m.DefineData(heapSymbol, make([]byte, 2*HalfBytes))
	if err == nil {
		e.mem, err = e.m.Data(heapSymbol, 2*HalfBytes)
	}
	if err == nil {
		e.base, err = e.m.Address(heapSymbol)
	}
	e.used = align // nothing lies at heap+0
	return err
}

// align is the alignment of objects.
const align = 16

// alloc returns the address of a new object.
func (e *Env) alloc(c *jit.Call, size int64) uint64 {
	if size < 0 || size > int64(HalfBytes-align-e.used) {
		c.Trap(jit.HeapOutOfBounds)
		return 0
	}
	e.stats.Allocated++
	return e.addr(e.place(int(size)))
}

// place takes memory for an object from the half in use and zeroes it.
func (e *Env) place(size int) int {
	o := object{e.half + e.used, size}
	e.used += (max(size, 1) + align - 1) &^ (align - 1)
	e.objs = append(e.objs, o)
	clear(e.mem[o.off : o.off+size])
	return o.off
}

func (e *Env) addr(off int) uint64 { return uint64(e.base) + uint64(off) }

// find returns the index of the object that starts at address a.
func find(objs []object, base uintptr, a uint64) (int, bool) {
	off := a - uint64(base)
	if off >= 2*HalfBytes {
		return 0, false
	}
	return sort.Find(len(objs), func(i int) int { return int(off) - objs[i].off })
}

// show prints an address relative to the heap; what is not in the heap as a number.
func (e *Env) show(a uint64) string {
	if off := a - uint64(e.base); off < 2*HalfBytes {
		return fmt.Sprintf("heap+%#x", off)
	}
	return fmt.Sprint(int64(a))
}

// collection is a collection under way.
type collection struct {
	*Env
	from  []object
	moved []int // per object of from: its new offset, or 0
}

// collect copies what is alive to the other half (Cheney's algorithm: the new half is the work list).
func (e *Env) collect(c *jit.Call) error {
	e.stats.Collections++
	g := &collection{e, e.objs, make([]int, len(e.objs))}
	oldHalf := e.half
	e.half = HalfBytes - e.half
	e.used, e.objs = align, nil
	var report strings.Builder
	for f := range c.Frames() {
		for r := range f.Roots() {
			g.root(&report, f, r)
		}
	}
	for i := 0; i < len(e.objs); i++ {
		g.scan(e.objs[i])
	}
	old := e.mem[oldHalf : oldHalf+HalfBytes]
	for i := range old {
		old[i] = poison
	}
	_, err := io.WriteString(e.out, report.String())
	return err
}

// forward returns the new address of the object at a; ok is false if there is no object.
func (g *collection) forward(a uint64) (to uint64, ok bool) {
	i, ok := find(g.from, g.base, a)
	if !ok {
		return a, false
	}
	if g.moved[i] == 0 {
		o := g.from[i]
		g.moved[i] = g.place(o.size)
		copy(g.mem[g.moved[i]:], g.mem[o.off:o.off+o.size])
		g.stats.Moved++
	}
	return g.addr(g.moved[i]), true
}

func (g *collection) root(report *strings.Builder, f *jit.Frame, r jit.Root) {
	name := f.Func
	if !isUserName(name) {
		name = "%" + name
	}
	switch t := op.Type(r.Type); {
	case t.LaneBits() < 64:
		fmt.Fprintf(report, "davit_gc: %s+%#x sp+%#x: %v stays\n", name, f.Offset, r.Offset, t)
	case t.Bytes() == 8:
		r.Store8(g.word(report, name, f.Offset, r.Offset, r.Load8()))
	default:
		w := r.Load16()
		for i := range w {
			w[i] = g.word(report, name, f.Offset, r.Offset+8*uint32(i), w[i])
		}
		r.Store16(w)
	}
}

// word returns what a word of a root, in the frame of a function at a distance from its stack pointer, is from now on.
func (g *collection) word(report *strings.Builder, name string, ret, sp uint32, old uint64) uint64 {
	fmt.Fprintf(report, "davit_gc: %s+%#x sp+%#x: ", name, ret, sp)
	to, ok := g.forward(old)
	if !ok {
		fmt.Fprintf(report, "%s stays\n", g.show(old))
		return old
	}
	fmt.Fprintf(report, "%s -> %s\n", g.show(old), g.show(to))
	return to
}

// isUserName reports whether a linkage name has the form uN:M.
func isUserName(s string) bool {
	return len(s) > 1 && s[0] == 'u' && slices.Contains([]byte(s), ':')
}

// scan updates the addresses inside a copied object.
func (g *collection) scan(o object) {
	for at := o.off; at+8 <= o.off+o.size; at += 8 {
		word := g.mem[at : at+8]
		if to, ok := g.forward(binary.NativeEndian.Uint64(word)); ok {
			binary.NativeEndian.PutUint64(word, to)
		}
	}
}
