package check

// Thorough makes Func start again at the first block, and Machine look at the instructions of a block, whenever anything is
// new.
func (c *Checker) Thorough(on bool) { c.thorough = on }
