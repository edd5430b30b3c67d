package reduce

import (
	"davit/ir"
	"davit/ir/flow"
	"davit/opt"
)

// passes are in order from coarse to fine.
var passes = []pass{
	{name: "words of the header", run: dropWords},
	{name: "calls", run: dropCalls},
	{name: "functions", run: dropFuncs},
	{name: "trap instead of going on", run: eachFunc(cutToTrap)},
	{name: "return instead of going on", run: eachFunc(cutToReturn)},
	{name: "unreachable blocks", run: eachFunc(dropUnreachable)},
	{name: "one target", run: eachFunc(oneTarget)},
	{name: "unreachable blocks", run: eachFunc(dropUnreachable)},
	{name: "targets of tables", run: eachFunc(dropTargets)},
	{name: "plain calls", run: eachFunc(plainCall)},
	{name: "merged blocks", run: eachFunc(mergeBlocks)},
	{name: "entry blocks", run: eachFunc(dropEntry), repeat: true},
	{name: "jumps to jumps", run: eachFunc(threadJumps), repeat: true},
	{name: "unused instructions", run: eachFunc(dropDead)},
	{name: "what results were", run: eachFunc(observedResults), observed: true},
	{name: "what parameters were", run: eachFunc(observedParams), observed: true},
	{name: "stores before loads", run: eachFunc(storeBeforeLoad), observed: true},
	{name: "constants for results", run: eachFunc(constantResults)},
	{name: "unused instructions", run: eachFunc(dropDead)},
	{name: "operands for results", run: eachFunc(forwardOperands), repeat: true},
	{name: "instructions", run: eachFunc(dropUnused), repeat: true},
	{name: "constant parameters", run: eachFunc(constantParams)},
	{name: "parameters that are constant", run: eachFunc(redundantParams)},
	{name: "aliases", run: eachFunc(resolveAliases)},
	{name: "parameters of functions", run: dropSigParams, repeat: true},
	{name: "results of functions", run: dropSigReturns, repeat: true},
	{name: "constants where they are used", run: eachFunc(sinkConstants)},
	{name: "zeros", run: eachFunc(zeroConstants)},
	{name: "bits of constants", run: eachFunc(clearBits)},
	{name: "zeros for arguments", run: zeroArgs},
	{name: "bits of arguments", run: clearArgBits},
	{name: "plain memory accesses", run: eachFunc(plainMemory)},
	{name: "stack maps and tags", run: eachFunc(dropTags)},
	{name: "stack slots", run: eachFunc(shrinkSlots), layout: true},
}

// dropWords removes words of the header, and lines with nothing left to say.
func dropWords(e *edit) {
	out := e.p.Header[:0]
	for _, l := range e.base.Header {
		kept := l
		kept.Words = append([]string{}, l.Words[:l.Fixed]...)
		for _, w := range l.Words[l.Fixed:] {
			if !e.here() {
				kept.Words = append(kept.Words, w)
			}
		}
		if l.Keep || len(kept.Words) > l.Fixed {
			out = append(out, kept)
		}
	}
	e.p.Header = out
}

func dropCalls(e *edit) {
	for i := range e.base.Funcs {
		calls := e.p.Funcs[i].Calls[:0]
		for _, c := range e.base.Funcs[i].Calls {
			if !e.here() {
				calls = append(calls, c)
			}
		}
		e.p.Funcs[i].Calls = calls
	}
}

// dropFuncs removes functions. The last one stays.
func dropFuncs(e *edit) {
	if len(e.base.Funcs) < 2 {
		return
	}
	funcs := e.p.Funcs[:0]
	for i := range e.base.Funcs {
		if f := e.p.Funcs[i]; !e.here() {
			funcs = append(funcs, f)
		}
	}
	e.p.Funcs = funcs
}

// dropUnreachable removes the blocks that nothing leads to. Without them, what they refer to may be missing, so each is
// a place of its own.
func dropUnreachable(e *edit, f0 *ir.Func, fn int) {
	var c flow.CFG
	c.Compute(f0)
	for b := range f0.Blocks() {
		if !c.Reachable(b) && e.here() {
			e.fn(fn).RemoveBlock(b)
		}
	}
}

// redundantParams removes the block parameters that always get the same value.
func redundantParams(e *edit, f0 *ir.Func, fn int) {
	var c opt.Context
	if n := c.RemoveConstantParams(f0.Clone()); n > 0 && e.here() {
		c.RemoveConstantParams(e.fn(fn))
	}
}

func resolveAliases(e *edit, f0 *ir.Func, fn int) {
	for v := range ir.Value(f0.NumValues()) {
		if _, ok := f0.AliasOf(v); ok {
			if e.here() {
				opt.ResolveAliases(e.fn(fn))
			}
			return
		}
	}
}
