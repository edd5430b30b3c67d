package filetest

import (
	"davit/interp"
	"davit/ir"
	"davit/ir/data"
	"davit/ir/text"
)

// interpreter runs functions of a file.
type interpreter struct{ mod *interp.Module }

// maxFuel bounds the instructions of one call in a test: some seconds.
const maxFuel = 1 << 31

// newInterp makes an interpreter.
func newInterp(fns []*text.Function, opts interp.Options) (*interpreter, error) {
	funcs := make([]*ir.Func, len(fns))
	for i, fn := range fns {
		funcs[i] = fn.Func
	}
	mod, err := interp.NewModule(funcs, opts)
	return &interpreter{mod}, err
}

func (in *interpreter) call(fn *text.Function, args []data.Value) ([]data.Value, error) {
	return in.mod.Call(fn.Name.Linkage(), args)
}
