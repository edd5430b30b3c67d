package ir

import (
	"maps"
	"slices"
)

// Detach returns a function with the contents of f, in tables without room to spare, and leaves f empty as after
// Reset. Whoever makes many functions makes each in the same f.
func (f *Func) Detach() *Func {
	g := f.shallow()
	g.stackMaps, g.debugTags = f.stackMaps, f.debugTags
	f.stackMaps, f.debugTags = mapTable{}, nil
	f.Reset(FuncName{}, Signature{})
	return g
}

// Clone returns a deep copy of f.
func (f *Func) Clone() *Func {
	g := f.shallow()
	g.Sig = f.Sig.Clone()
	for i := range g.Sigs {
		g.Sigs[i] = g.Sigs[i].Clone()
	}
	for i := range g.Constants {
		g.Constants[i] = slices.Clone(g.Constants[i])
	}
	for i := range g.ExTables {
		g.ExTables[i].Items = slices.Clone(g.ExTables[i].Items)
	}
	g.stackMaps, g.debugTags = f.stackMaps.clone(), maps.Clone(f.debugTags)
	for i, tags := range g.debugTags {
		g.debugTags[i] = slices.Clone(tags)
	}
	return g
}

// shallow returns a function with copies of the tables of f, whose elements still share what they point to; it has no
// stack maps and no debug tags.
func (f *Func) shallow() *Func {
	return &Func{
		Name: f.Name, Sig: f.Sig, StackLimit: f.StackLimit,
		StackSlots: exact(f.StackSlots), DynSlots: exact(f.DynSlots), DynTypes: exact(f.DynTypes),
		GlobalValues: exact(f.GlobalValues), Sigs: exact(f.Sigs), ExtFuncs: exact(f.ExtFuncs), Constants: exact(f.Constants),
		Regions: exact(f.Regions), UserNames: exact(f.UserNames), ExTables: exact(f.ExTables), Immediates: exact(f.Immediates),
		NeedsStackMap: exact(f.NeedsStackMap),
		insts:         exact(f.insts), results: exact(f.results), instPos: exact(f.instPos), values: exact(f.values),
		blocks: exact(f.blocks), pool: exact(f.pool), memFlags: exact(f.memFlags), srcLocs: exact(f.srcLocs),
		firstBlock: f.firstBlock, lastBlock: f.lastBlock,
	}
}

// exact returns a copy of s, or nil if it is empty.
func exact[T any](s []T) []T {
	if len(s) == 0 {
		return nil
	}
	return append(make([]T, 0, len(s)), s...)
}
