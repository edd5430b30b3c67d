package interp

import (
	"encoding/binary"
	"fmt"

	"davit/ir"
	"davit/ir/op"
)

// Problem: a program whose stack maps are wrong usually runs well, because collections are rare and objects stay where
// they are.
//
// Idea: an adversary. With Options.Moving, every safepoint is a collection that moves every object which can be
// reached, and takes the memory of all objects away from where it was. What a map forgets, or what is kept in a value
// across a call, points to unmapped memory from then on.
//
//  1. A collection happens at each safepoint, before the callee runs. Its roots are the stack-map entries of all calls
//     under way, this one included; the arguments of this call, as the callee will hold them; and the locations given to
//     Module.AddRoot.
//  2. A root counts if it holds an address in an object: of its start or of any byte within. Where lanes are wider or
//     narrower than addresses, each 32 or 64 bits are looked at.
//  3. An object is reached from roots and from the references in objects that are reached. It gets a fresh address, and
//     every root and reference is changed to it. Objects that are not reached are gone.
//
// Cost: proportional to the objects, and to the calls under way.

// object is what Context.Alloc has allocated.
type object struct {
	region *region
	refs   []uint32 // byte offsets of references in it
	moved  *region  // during a collection: where it is now
}

// root is a memory location that holds a reference.
type root struct{ addr uint64 }

// stackRoot is an entry of a stack map.
type stackRoot struct {
	offset uint64 // from the stack slots of the frame
	typ    op.Type
}

// AddRoot says that the 8 bytes at addr, outside of objects, hold a reference, which keeps its object and follows it.
func (m *Module) AddRoot(addr uint64) { m.roots = append(m.roots, root{addr}) }

// RemoveRoot takes back AddRoot.
func (m *Module) RemoveRoot(addr uint64) {
	for i, r := range m.roots {
		if r.addr == addr {
			m.roots = append(m.roots[:i], m.roots[i+1:]...)
			return
		}
	}
}

// Root is a stack-map entry of a call under way.
type Root struct {
	Place  Place  // of the call
	Offset uint64 // from the start of the frame's stack slots
	Type   op.Type
	Mem    []byte // the value, which may be changed
}

// Roots calls fn for each stack-map entry of the calls under way, the innermost call first. The order of the entries of
// one call is not specified.
func (c *Context) Roots(fn func(Root)) {
	t := c.t
	for i := len(t.frames) - 1; i >= 0; i-- {
		fr := &t.frames[i]
		site := fr.f.code[fr.pc].x
		if site == nil || site.call == nil {
			continue
		}
		for _, r := range site.call.roots {
			if b := t.mem.read(fr.sp+r.offset, uint64(r.typ.Bytes())); b != nil {
				fn(Root{Place{fr.f.name, fr.f.code[fr.pc].ref}, r.offset, r.typ, b})
			}
		}
	}
}

// Collect moves every object that can be reached from [Context.Roots] and [Module.AddRoot], and takes away the memory of
// all others, whether or not Options.Moving is set.
func (c *Context) Collect() error { return c.t.collect(nil, nil) }

// HeapOffset returns the distance of addr from the start of the range of addresses that objects lie in. ok is false if
// it lies outside.
func (m *Module) HeapOffset(addr uint64) (offset uint64, ok bool) {
	return addr - heapBase, addr >= heapBase && addr < heapEnd
}

// Alloc allocates an object of size bytes of zeros and returns its address, a multiple of 16. The references in it are
// 8 bytes long and lie at the offsets refs. Programs get at the object only between its start and its end.
func (c *Context) Alloc(size uint64, refs ...uint32) (uint64, error) {
	return c.t.m.Alloc(size, refs...)
}

// Alloc is [Context.Alloc] for use between calls.
func (m *Module) Alloc(size uint64, refs ...uint32) (uint64, error) {
	for _, r := range refs {
		if uint64(r)+8 > size {
			return 0, fmt.Errorf("a reference at offset %d does not fit an object of %d bytes", r, size)
		}
	}
	if size > m.opts.HeapSize || m.heapUsed > m.opts.HeapSize-size {
		return 0, &Limit{LimitHeap, m.place()}
	}
	o := &object{refs: refs}
	o.region = m.mem.newObject(make([]byte, size), o)
	if o.region == nil {
		return 0, &Limit{LimitHeap, m.place()}
	}
	m.objects = append(m.objects, o)
	m.heapUsed += size
	return o.region.base, nil
}

// IsObject reports whether addr lies in an object, and returns the address of its start and its size.
func (m *Module) IsObject(addr uint64) (base, size uint64, ok bool) {
	r := m.mem.find(addr)
	if r == nil || r.object == nil {
		return 0, 0, false
	}
	return r.base, uint64(len(r.data)), true
}

func (m *Module) place() Place {
	if m.thread != nil {
		return m.thread.place()
	}
	return Place{"the host", ir.NoInst}
}

// newObject maps contents at a fresh address of the heap; nil if there is no space.
func (m *Memory) newObject(contents []byte, o *object) *region {
	size := max(uint64(len(contents)), 1) + objectGap
	for range 2 {
		for m.nextObject+size <= heapEnd {
			base := m.nextObject
			next := m.after(base)
			if next == nil || next.base >= base+size {
				m.nextObject = (base + size + 15) &^ 15
				r := &region{base: base, data: contents, object: o}
				m.insert(r)
				return r
			}
			m.nextObject = (next.end() + 2*objectGap - 1) &^ 15
		}
		m.nextObject = heapBase
	}
	return nil
}

// after returns the first region that ends above addr.
func (m *Memory) after(addr uint64) *region {
	lo, hi := 0, len(m.regions)
	for lo < hi {
		mid := int(uint(lo+hi) / 2)
		if m.regions[mid].base < addr {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	for i := lo - 1; i >= 0; i-- { // the nearest region below, if it is there
		if r := m.regions[i]; r.data != nil {
			if r.end() > addr {
				return r
			}
			break
		}
	}
	for ; lo < len(m.regions); lo++ {
		if m.regions[lo].data != nil {
			return m.regions[lo]
		}
	}
	return nil
}

// collector is a collection under way.
type collector struct {
	m     *Module
	moved []*object
	full  bool // the heap's range is used up
}

// relocate returns what x is to be replaced by: itself unless it is an address in an object.
func (c *collector) relocate(x uint64) uint64 {
	if x < heapBase || x >= heapEnd {
		return x
	}
	r := c.m.mem.find(x)
	if r == nil || r.object == nil {
		return x
	}
	o := r.object
	if o.moved == nil {
		if o.moved = c.m.mem.newObject(append([]byte{}, r.data...), o); o.moved == nil {
			c.full = true
			return x
		}
		c.moved = append(c.moved, o)
	}
	if r == o.moved {
		return x
	}
	return o.moved.base + (x - r.base)
}

// word relocates the references in 8 bytes of memory.
func (c *collector) word(b []byte) {
	if c.m.opts.BigEndian {
		binary.BigEndian.PutUint64(b, c.relocate(binary.BigEndian.Uint64(b)))
		return
	}
	binary.LittleEndian.PutUint64(b, c.relocate(binary.LittleEndian.Uint64(b)))
}

// value relocates the references in a value of type t in memory.
func (c *collector) value(b []byte, t op.Type) {
	switch {
	case t.LaneBits() >= 64:
		for ; len(b) >= 8; b = b[8:] {
			c.word(b)
		}
	case t.LaneBits() == 32:
		for ; len(b) >= 4; b = b[4:] {
			if c.m.opts.BigEndian {
				binary.BigEndian.PutUint32(b, uint32(c.relocate(uint64(binary.BigEndian.Uint32(b)))))
				continue
			}
			binary.LittleEndian.PutUint32(b, uint32(c.relocate(uint64(binary.LittleEndian.Uint32(b)))))
		}
	}
}

// collect moves all objects that can be reached. args are the words of the arguments of the call.
func (t *thread) collect(params []ir.Param, args []uint64) error {
	m := t.m
	if len(m.objects) == 0 {
		return nil
	}
	c := &collector{m: m}
	for i := range t.frames {
		fr := &t.frames[i]
		site := fr.f.code[fr.pc].x
		if site == nil || site.call == nil {
			continue
		}
		for _, root := range site.call.roots {
			addr := fr.sp + root.offset
			if b := t.mem.read(addr, uint64(root.typ.Bytes())); b != nil {
				c.value(b, root.typ)
			}
		}
	}
	c.args(params, args)
	for _, r := range m.roots {
		if b := t.mem.read(r.addr, 8); b != nil {
			c.word(b)
		}
	}
	for i := 0; i < len(c.moved); i++ {
		o := c.moved[i]
		for _, off := range o.refs {
			c.word(o.moved.data[off:])
		}
	}
	if c.full {
		return &Limit{LimitHeap, t.place()}
	}
	c.finish()
	return nil
}

func (c *collector) args(params []ir.Param, w []uint64) {
	for _, p := range params {
		n := words(p.Type)
		switch p.Type.LaneBits() {
		case 32:
			for i := range w[:n] {
				w[i] = c.relocate(w[i]&0xffffffff) | c.relocate(w[i]>>32)<<32
			}
		case 64, 128:
			for i := range w[:n] {
				w[i] = c.relocate(w[i])
			}
		}
		w = w[n:]
	}
}

// finish takes the old memory of all objects away.
func (c *collector) finish() {
	m := c.m
	m.stats.Moved += uint64(len(c.moved))
	m.stats.Dropped += uint64(len(m.objects) - len(c.moved))
	m.heapUsed = 0
	for _, o := range m.objects {
		m.mem.remove(o.region)
		if o.moved != nil {
			o.region, o.moved = o.moved, nil
			m.heapUsed += uint64(len(o.region.data))
		}
	}
	m.objects = append(m.objects[:0], c.moved...)
}
