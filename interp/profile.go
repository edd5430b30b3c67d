package interp

// BlockCounts returns how often each block of a function has been entered since the module was made, by the number of
// the block; nil if there is no such function. With the instructions of the blocks it gives dynamic counts of any kind.
func (m *Module) BlockCounts(name string) []uint64 {
	f := m.byName[name]
	if f == nil {
		return nil
	}
	counts := make([]uint64, f.ir.NumBlocks())
	if !f.prepared || f.err != nil {
		return counts
	}
	entered := make([]uint64, len(f.code)) // by first instruction
	entered[f.entry.target] += f.entry.count
	for i := range f.code {
		if x := f.code[i].x; x != nil {
			for _, e := range x.edges {
				entered[e.target] += e.count
			}
		}
	}
	for b := range f.ir.Blocks() {
		counts[b] = entered[f.pcs[b]]
	}
	return counts
}
