package regalloc

// Steps is how many pieces of live ranges the last run has looked at to place them.
func (a *Allocator) Steps() int { return a.steps }
