package filetest

import (
	"davit/interp"
	"davit/ir"
	"davit/ir/data"
	"davit/ir/text"
	"davit/settings"
)

// interpreter runs functions of a file.
type interpreter struct{ mod *interp.Module }

// maxFuel bounds the instructions of one call in a test: some seconds.
const maxFuel = 1 << 31

// newInterp makes an interpreter. Functions that declare references get their stack maps.
func newInterp(fns []*text.Function, flags *settings.Flags, opts interp.Options) (*interpreter, error) {
	funcs := make([]*ir.Func, len(fns))
	for i, fn := range fns {
		f, err := PlaceStackMaps(fn.Func, flags)
		if err != nil {
			return nil, located(fn, err)
		}
		funcs[i] = f
	}
	mod, err := interp.NewModule(funcs, opts)
	return &interpreter{mod}, err
}

func (in *interpreter) call(fn *text.Function, args []data.Value) ([]data.Value, error) {
	return in.mod.Call(fn.Name.Linkage(), args)
}
