package ir

import (
	"slices"

	"davit/ir/op"
)

type instNode struct {
	prev, next Inst
	block      Block
}

type blockNode struct {
	first, last Inst
	prev, next  Block
	params      uint32 // offset in the pool
	nparams     uint32
	inLayout    bool
	cold        bool
}

// NewBlock adds a block, not yet in the layout.
func (f *Func) NewBlock() Block {
	f.blocks = append(f.blocks, blockNode{first: NoInst, last: NoInst, prev: NoBlock, next: NoBlock})
	return Block(len(f.blocks) - 1)
}

// ReserveBlock makes sure that block b exists.
func (f *Func) ReserveBlock(b Block) {
	f.blocks = slices.Grow(f.blocks, max(0, int(b)+1-len(f.blocks)))
	for len(f.blocks) <= int(b) {
		f.NewBlock()
	}
}

// AppendBlock puts b at the end of the layout.
func (f *Func) AppendBlock(b Block) {
	n := &f.blocks[b]
	n.prev, n.next, n.inLayout = f.lastBlock, NoBlock, true
	if f.lastBlock == NoBlock {
		f.firstBlock = b
	} else {
		f.blocks[f.lastBlock].next = b
	}
	f.lastBlock = b
}

// InsertBlockAfter puts b into the layout just after another block.
func (f *Func) InsertBlockAfter(b, after Block) {
	if after == f.lastBlock {
		f.AppendBlock(b)
		return
	}
	next := f.blocks[after].next
	n := &f.blocks[b]
	n.prev, n.next, n.inLayout = after, next, true
	f.blocks[after].next = b
	f.blocks[next].prev = b
}

// RemoveBlock takes b, with all its instructions, out of the layout.
func (f *Func) RemoveBlock(b Block) {
	n := &f.blocks[b]
	if n.prev == NoBlock {
		f.firstBlock = n.next
	} else {
		f.blocks[n.prev].next = n.next
	}
	if n.next == NoBlock {
		f.lastBlock = n.prev
	} else {
		f.blocks[n.next].prev = n.prev
	}
	n.prev, n.next, n.inLayout = NoBlock, NoBlock, false
}

// Entry returns the first block of the layout, or NoBlock.
func (f *Func) Entry() Block { return f.firstBlock }

// LastBlock returns the last block of the layout, or NoBlock.
func (f *Func) LastBlock() Block { return f.lastBlock }

// NextBlock returns the block after b in the layout, or NoBlock.
func (f *Func) NextBlock(b Block) Block { return f.blocks[b].next }

// PrevBlock returns the block before b in the layout, or NoBlock.
func (f *Func) PrevBlock(b Block) Block { return f.blocks[b].prev }

// InLayout reports whether b is a block of the layout.
func (f *Func) InLayout(b Block) bool { return int(b) < len(f.blocks) && f.blocks[b].inLayout }

// Blocks iterates over the blocks of the layout. The block under way may be removed.
func (f *Func) Blocks() func(yield func(Block) bool) {
	return func(yield func(Block) bool) {
		for b := f.firstBlock; b != NoBlock; {
			next := f.blocks[b].next
			if !yield(b) {
				return
			}
			b = next
		}
	}
}

// Insts iterates over the instructions of b. The instruction under way may be removed.
func (f *Func) Insts(b Block) func(yield func(Inst) bool) {
	return func(yield func(Inst) bool) {
		for i := f.blocks[b].first; i != NoInst; {
			next := f.instPos[i].next
			if !yield(i) {
				return
			}
			i = next
		}
	}
}

// FirstInst returns the first instruction of b, or NoInst.
func (f *Func) FirstInst(b Block) Inst { return f.blocks[b].first }

// LastInst returns the last instruction of b, or NoInst.
func (f *Func) LastInst(b Block) Inst { return f.blocks[b].last }

// NextInst returns the instruction after inst in its block, or NoInst.
func (f *Func) NextInst(inst Inst) Inst { return f.instPos[inst].next }

// PrevInst returns the instruction before inst in its block, or NoInst.
func (f *Func) PrevInst(inst Inst) Inst { return f.instPos[inst].prev }

// InstBlock returns the block that inst is in, or NoBlock if it is not in the layout.
func (f *Func) InstBlock(inst Inst) Block { return f.instPos[inst].block }

// AppendInst puts inst at the end of b.
func (f *Func) AppendInst(inst Inst, b Block) {
	n := &f.blocks[b]
	f.instPos[inst] = instNode{n.last, NoInst, b}
	if n.last == NoInst {
		n.first = inst
	} else {
		f.instPos[n.last].next = inst
	}
	n.last = inst
}

// InsertInst puts inst just before another instruction.
func (f *Func) InsertInst(inst, before Inst) {
	at := &f.instPos[before]
	f.instPos[inst] = instNode{at.prev, before, at.block}
	if at.prev == NoInst {
		f.blocks[at.block].first = inst
	} else {
		f.instPos[at.prev].next = inst
	}
	at.prev = inst
}

// InsertInstAfter puts inst just after another instruction.
func (f *Func) InsertInstAfter(inst, after Inst) {
	if next := f.instPos[after].next; next != NoInst {
		f.InsertInst(inst, next)
		return
	}
	f.AppendInst(inst, f.instPos[after].block)
}

// RemoveInst takes inst out of the layout; its stack map and debug tags go with it.
func (f *Func) RemoveInst(inst Inst) {
	at := f.instPos[inst]
	if at.prev == NoInst {
		f.blocks[at.block].first = at.next
	} else {
		f.instPos[at.prev].next = at.next
	}
	if at.next == NoInst {
		f.blocks[at.block].last = at.prev
	} else {
		f.instPos[at.next].prev = at.prev
	}
	f.instPos[inst] = instNode{NoInst, NoInst, NoBlock}
	f.stackMaps.set(inst, nil)
	delete(f.debugTags, inst)
}

// Params returns the parameters of b. The slice must not be written to.
func (f *Func) Params(b Block) []Value { return f.list(f.blocks[b].params, f.blocks[b].nparams) }

// AppendParam adds a parameter of type t to b, with the next free value number.
func (f *Func) AppendParam(b Block, t op.Type) Value {
	v := f.NewValueNumber()
	f.AppendParamNumbered(b, v, t)
	return v
}

// AppendParamNumbered adds a parameter to b under a value number that is still free.
func (f *Func) AppendParamNumbered(b Block, v Value, t op.Type) {
	n := &f.blocks[b]
	f.reserve(v)
	f.values[v] = valueData{uint32(b), n.nparams, t, valueParam}
	if int(n.params+n.nparams) != len(f.pool) || n.nparams == 0 {
		old := f.list(n.params, n.nparams)
		n.params = uint32(len(f.pool))
		f.pool = append(f.pool, old...)
	}
	f.pool = append(f.pool, v)
	n.nparams++
}

// IsCold reports whether b is marked cold.
func (f *Func) IsCold(b Block) bool { return f.blocks[b].cold }

// SetCold marks b as cold or not.
func (f *Func) SetCold(b Block, cold bool) { f.blocks[b].cold = cold }
