package regalloc

// Steps is how many pieces of live ranges the last run has looked at to place them, and what it has passed in searches.
func (a *Allocator) Steps() int { return a.steps + a.walked }
