package check

import (
	"math"

	"davit/ir"
	"davit/ir/op"
)

// eventOp is what an event does to slot positions.
type eventOp uint8

const (
	eventLoad   eventOp = iota // reads cell, into value
	eventStore                 // writes value to cell
	eventPoint                 // safepoint, with entries cell to end
	eventEscape                // the address of slot cell becomes known elsewhere
	eventIndex                 // an address somewhere in slot cell is computed
)

// event is something that happens to slots in a block.
type event struct {
	op    eventOp
	bad   bool // reported
	inst  ir.Inst
	value ir.Value
	cell  uint32
	end   uint32 // safepoint: its entries are Checker.entries[cell:end]; store: its stretch
}

// point notes a safepoint.
func (c *Checker) point(inst ir.Inst) {
	c.stretch(inst)
	m := c.mapOf[inst]
	c.events = append(c.events, event{op: eventPoint, inst: inst, cell: m.start, end: m.end})
}

// access notes a load, store or atomic whose address addr is one in a slot, and returns the event: a load or store of a
// cell, or nil if nothing is known of the slot afterwards.
func (c *Checker) access(inst ir.Inst, d *ir.InstData, addr ir.Value, fl opFlow) *event {
	f := c.f
	slot, off, _ := c.slotAddr(addr)
	off += int64(d.Offset())
	ev := event{op: eventLoad, inst: inst}
	t := d.Type
	switch fl {
	case flowLoad:
		ev.value = f.FirstResult(inst)
		t = accessed(d.Op, f.ValueType(ev.value))
	case flowStore:
		ev.op, ev.value, ev.end = eventStore, f.Resolve(d.X[0]), c.now
		t = accessed(d.Op, f.ValueType(d.X[0]))
	}
	e := ir.StackMapEntry{Type: t, Slot: slot, Offset: uint32(off)}
	known := fl != flowAtomic && 0 <= off && off <= math.MaxUint32
	if k := c.cells.last[slot]; known && k != 0 && c.cells.cells[k-1].StackMapEntry == e {
		ev.cell = k - 1
	} else if known && uint64(off)+uint64(t.Bytes()) <= uint64(f.StackSlots[slot].Size) {
		ev.cell = c.cells.of(e)
	} else {
		c.events = append(c.events, event{op: eventEscape, inst: inst, cell: uint32(slot)})
		return nil
	}
	c.events = append(c.events, ev)
	return &c.events[len(c.events)-1]
}

// accessSome notes a load or store whose address addr is one in a slot, nobody knows where.
func (c *Checker) accessSome(inst ir.Inst, d *ir.InstData, addr ir.Value, fl opFlow) {
	slot, ok := c.slotOf(addr)
	if !ok {
		return
	}
	ev := event{op: eventLoad, inst: inst, value: c.f.FirstResult(inst), cell: c.cells.whole(slot)}
	switch fl {
	case flowStore:
		ev.op, ev.value, ev.end = eventStore, c.f.Resolve(d.X[0]), c.now
	case flowAtomic:
		return
	}
	c.events = append(c.events, ev)
}

// slotOf returns the slot that v is an address in, if it is one: stack_addr, plus any numbers.
func (c *Checker) slotOf(v ir.Value) (slot ir.StackSlot, ok bool) {
	f := c.f
	for {
		if v = f.Resolve(v); c.kind[v]&inAnySlot == 0 {
			inst, _, isInst := f.DefInst(v)
			if !isInst || f.Data(inst).Op != op.Iadd {
				return 0, false
			}
		}
		inst, _, _ := f.DefInst(v)
		d := f.Data(inst)
		if d.Op != op.Iadd {
			return d.Slot(), d.Op == op.StackAddr
		}
		x, y := f.Resolve(d.X[0]), f.Resolve(d.X[1])
		switch inX, inY := c.kind[x]&inAnySlot != 0, c.kind[y]&inAnySlot != 0; {
		case inX == inY:
			return 0, false
		case inX:
			v = x
		default:
			v = y
		}
	}
}

// slotAddr returns the slot and offset that v is the address of.
func (c *Checker) slotAddr(v ir.Value) (slot ir.StackSlot, off int64, ok bool) {
	f := c.f
	for {
		inst, _, isInst := f.DefInst(f.Resolve(v))
		if !isInst {
			return 0, 0, false
		}
		d := f.Data(inst)
		switch d.Op {
		case op.StackAddr:
			return d.Slot(), off + int64(d.Offset()), true
		case op.Iadd:
			x, y := d.X[0], d.X[1]
			k, isK := c.constant(y)
			if !isK {
				x, y = y, x
				if k, isK = c.constant(y); !isK {
					return 0, 0, false
				}
			}
			v, off = x, off+k
		default:
			return 0, 0, false
		}
	}
}

// constant returns the value of v if it is an iconst.
func (c *Checker) constant(v ir.Value) (int64, bool) {
	inst, num, ok := c.f.DefInst(c.f.Resolve(v))
	if !ok || num != 0 || c.f.Data(inst).Op != op.Iconst {
		return 0, false
	}
	return c.f.Data(inst).IconstInt(), true
}

// maxConstant bounds the operations that a constant is computed by.
const maxConstant = 3

// isConstant reports whether v is a constant, or computed from constants by a few operations.
func (c *Checker) isConstant(v ir.Value, depth int) bool {
	f := c.f
	inst, _, ok := f.DefInst(f.Resolve(v))
	if !ok {
		return false
	}
	switch fl := flows[f.Data(inst).Op]; {
	case fl == flowConst || fl == flowSlot:
		return true
	case depth == 0:
		return false
	}
	switch flows[f.Data(inst).Op] {
	case flowCopy, flowDerive, flowAdd, flowSub, flowAnd, flowShr:
	default:
		return false
	}
	for _, x := range f.Args(inst) {
		if !c.isConstant(x, depth-1) {
			return false
		}
	}
	return true
}
