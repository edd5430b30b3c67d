package check

// Thorough makes Machine look at the instructions of a block whenever something is new at its start, or not.
func (c *Checker) Thorough(on bool) { c.mach.thorough = on }
