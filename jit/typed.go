package jit

import (
	"fmt"
	"math"
	"reflect"

	"davit/jit/internal/native"
)

// Func returns a linked function as a Go function of type F, whose parameters and results must correspond in number and
// size to those of the signature: integers of 8 to 64 bits, bool, uintptr, float32, float64. The last result of F may be
// an error besides; then it receives the errors that Function.Call returns, with zero results. Without it such an error is a
// panic.
//
// Signatures of int64, uint64, int32 and float64 that are common take a quick path, others go through reflection.
func Func[F any](m *Module, name string) (F, error) {
	var f F
	fn, err := m.Lookup(name)
	if err != nil {
		return f, err
	}
	t := reflect.TypeFor[F]()
	s, err := shapeOf(t)
	if err == nil {
		err = s.match(&fn.sig)
	}
	if err != nil {
		return f, fmt.Errorf("jit: %s%s as a %v: %w", name, fn.sig, t, err)
	}
	if fn.sig.extends() || !fn.bind(any(&f)) {
		reflect.ValueOf(&f).Elem().Set(reflect.MakeFunc(t, fn.reflected(t, s)))
	}
	return f, nil
}

// match reports how a signature differs from the shape of a Go type.
func (s *goShape) match(sig *Signature) error {
	if s.call {
		return fmt.Errorf("parameter of type *Call")
	}
	for _, l := range []struct {
		what string
		have []Kind
		want []Param
	}{{"parameter", s.params, sig.Params}, {"result", s.results, sig.Results}} {
		if len(l.have) != len(l.want) {
			return fmt.Errorf("%d %ss in Go, %d in the signature", len(l.have), l.what, len(l.want))
		}
		for i, k := range l.have {
			if k != l.want[i].Kind {
				return fmt.Errorf("%s %d is %s in Go, %s in the signature", l.what, i, k, l.want[i].Kind)
			}
		}
	}
	return nil
}

// extends reports whether a parameter must be extended.
func (s *Signature) extends() bool {
	for i := range s.Params {
		if s.Params[i].Ext != NoExt {
			return true
		}
	}
	return false
}

// must panics with the error behind a status.
func (f *Function) must(status uintptr, words *uint64) {
	if status != native.Returned {
		if err := f.failure(status, words); err != nil {
			panic(err)
		}
	}
}

// result returns the error behind a status.
func (f *Function) result(status uintptr, words *uint64) error {
	if status == native.Returned {
		return nil
	}
	return f.failure(status, words)
}

// bind stores a closure into the func variable that p points to, if it knows the type.
func (f *Function) bind(p any) bool {
	e := &f.entry
	switch p := p.(type) {
	case *func():
		*p = func() { var w [1]uint64; f.must(native.Enter(e, &w[0]), &w[0]) }
	case *func() int64:
		*p = func() int64 { var w [1]uint64; f.must(native.Enter(e, &w[0]), &w[0]); return int64(w[0]) }
	case *func(int64):
		*p = func(a int64) { w := [1]uint64{uint64(a)}; f.must(native.Enter(e, &w[0]), &w[0]) }
	case *func(int64) int64:
		*p = func(a int64) int64 {
			w := [1]uint64{uint64(a)}
			f.must(native.Enter(e, &w[0]), &w[0])
			return int64(w[0])
		}
	case *func(int64, int64) int64:
		*p = func(a, b int64) int64 {
			w := [2]uint64{uint64(a), uint64(b)}
			f.must(native.Enter(e, &w[0]), &w[0])
			return int64(w[0])
		}
	case *func(int64, int64, int64) int64:
		*p = func(a, b, c int64) int64 {
			w := [3]uint64{uint64(a), uint64(b), uint64(c)}
			f.must(native.Enter(e, &w[0]), &w[0])
			return int64(w[0])
		}
	case *func(int64) (int64, error):
		*p = func(a int64) (int64, error) {
			w := [1]uint64{uint64(a)}
			if err := f.result(native.Enter(e, &w[0]), &w[0]); err != nil {
				return 0, err
			}
			return int64(w[0]), nil
		}
	case *func(int64, int64) (int64, error):
		*p = func(a, b int64) (int64, error) {
			w := [2]uint64{uint64(a), uint64(b)}
			if err := f.result(native.Enter(e, &w[0]), &w[0]); err != nil {
				return 0, err
			}
			return int64(w[0]), nil
		}
	case *func(uint64) uint64:
		*p = func(a uint64) uint64 { w := [1]uint64{a}; f.must(native.Enter(e, &w[0]), &w[0]); return w[0] }
	case *func(uint64, uint64) uint64:
		*p = func(a, b uint64) uint64 { w := [2]uint64{a, b}; f.must(native.Enter(e, &w[0]), &w[0]); return w[0] }
	case *func(int32) int32:
		*p = func(a int32) int32 {
			w := [1]uint64{uint64(a)}
			f.must(native.Enter(e, &w[0]), &w[0])
			return int32(w[0])
		}
	case *func(int32, int32) int32:
		*p = func(a, b int32) int32 {
			w := [2]uint64{uint64(a), uint64(b)}
			f.must(native.Enter(e, &w[0]), &w[0])
			return int32(w[0])
		}
	case *func(float64) float64:
		*p = func(a float64) float64 {
			w := [1]uint64{math.Float64bits(a)}
			f.must(native.Enter(e, &w[0]), &w[0])
			return math.Float64frombits(w[0])
		}
	case *func(float64, float64) float64:
		*p = func(a, b float64) float64 {
			w := [2]uint64{math.Float64bits(a), math.Float64bits(b)}
			f.must(native.Enter(e, &w[0]), &w[0])
			return math.Float64frombits(w[0])
		}
	default:
		return false
	}
	return true
}

// reflected returns what reflect.MakeFunc needs for any shape.
func (f *Function) reflected(t reflect.Type, s goShape) func([]reflect.Value) []reflect.Value {
	return func(args []reflect.Value) []reflect.Value {
		words := make([]uint64, f.need)
		for i, a := range args {
			words[i] = Bits(s.params[i], getWord(a), 0).argWord(f.sig.Params[i].Ext)
		}
		err := f.CallWords(words)
		if err != nil && !s.err {
			panic(err)
		}
		outs := make([]reflect.Value, t.NumOut())
		for i := range outs {
			outs[i] = reflect.New(t.Out(i)).Elem()
			switch {
			case err == nil && i < len(s.results):
				setWord(outs[i], words[i])
			case err != nil && i >= len(s.results):
				outs[i].Set(reflect.ValueOf(err))
			}
		}
		return outs
	}
}
