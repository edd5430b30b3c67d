// Package regalloc assigns machine registers and spill slots to the virtual registers of one function.
//
// It knows neither CLIF nor a machine: [Func] describes a function as flat arrays of operands, [Env] the registers of
// the machine, and [Result] says where each operand lives and which moves must be inserted. The package check proves
// any Result against its Func.
//
// An [Allocator] runs linear scan over the lifetimes of SSA values; alloc.go describes it. A [SinglePass], described in
// single.go, takes a fifth of the time and leaves more loads and stores. [Func.Text] prints a function,
// with its allocation if there is one, and [Func.Validate] checks the rules of Func.
package regalloc
