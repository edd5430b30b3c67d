package jit

import (
	"errors"
	"fmt"
	"math"
	"reflect"
)

var (
	typeOfCall  = reflect.TypeFor[*Call]()
	typeOfError = reflect.TypeFor[error]()
)

var kindOf = map[reflect.Kind]Kind{
	reflect.Bool: I8, reflect.Int8: I8, reflect.Uint8: I8, reflect.Int16: I16, reflect.Uint16: I16,
	reflect.Int32: I32, reflect.Uint32: I32, reflect.Int64: I64, reflect.Uint64: I64, reflect.Int: I64, reflect.Uint: I64,
	reflect.Uintptr: I64, reflect.Float32: F32, reflect.Float64: F64,
}

// goShape is the machine-level view of a Go function type.
type goShape struct {
	params, results []Kind
	call, err       bool // first parameter is *Call, last result is error
}

func shapeOf(t reflect.Type) (goShape, error) {
	var s goShape
	if t == nil || t.Kind() != reflect.Func || t.IsVariadic() {
		return s, fmt.Errorf("%v is not a function type with a fixed number of parameters", t)
	}
	for i := range t.NumIn() {
		in := t.In(i)
		if i == 0 && in == typeOfCall {
			s.call = true
			continue
		}
		k, ok := kindOf[in.Kind()]
		if !ok {
			return s, fmt.Errorf("parameter %d of type %v", i, in)
		}
		s.params = append(s.params, k)
	}
	for i := range t.NumOut() {
		out := t.Out(i)
		if i == t.NumOut()-1 && out == typeOfError {
			s.err = true
			break
		}
		k, ok := kindOf[out.Kind()]
		if !ok {
			return s, fmt.Errorf("result %d of type %v", i, out)
		}
		s.results = append(s.results, k)
	}
	return s, nil
}

// adapt makes the raw form of a Go function: without reflection for the common signatures, with it for the others.
func adapt(fn any) (Signature, HostFunc, error) {
	if _, ok := fn.(HostFunc); ok {
		return Signature{}, nil, errors.New("a HostFunc does not say what its parameters and results are: HostRaw takes a signature for it")
	}
	v := reflect.ValueOf(fn)
	if !v.IsValid() || v.Kind() == reflect.Func && v.IsNil() {
		return Signature{}, nil, errors.New("it is nil")
	}
	s, err := shapeOf(v.Type())
	if err != nil {
		return Signature{}, nil, err
	}
	sig := SystemV(s.params, s.results)
	if raw := adaptCommon(fn); raw != nil {
		return sig, raw, nil
	}
	return sig, adaptReflect(v, s), nil
}

// adaptCommon returns nil for signatures it does not know.
func adaptCommon(fn any) HostFunc {
	switch f := fn.(type) {
	case func():
		return func(*Call) { f() }
	case func(*Call):
		return f
	case func() int64:
		return func(c *Call) { c.Results()[0] = uint64(f()) }
	case func(int64):
		return func(c *Call) { f(int64(c.Args()[0])) }
	case func(int64) int64:
		return func(c *Call) { c.Results()[0] = uint64(f(int64(c.Args()[0]))) }
	case func(int64, int64):
		return func(c *Call) { a := c.Args(); f(int64(a[0]), int64(a[1])) }
	case func(int64, int64) int64:
		return func(c *Call) { a := c.Args(); c.Results()[0] = uint64(f(int64(a[0]), int64(a[1]))) }
	case func(int64, int64, int64) int64:
		return func(c *Call) { a := c.Args(); c.Results()[0] = uint64(f(int64(a[0]), int64(a[1]), int64(a[2]))) }
	case func(uint64) uint64:
		return func(c *Call) { c.Results()[0] = f(c.Args()[0]) }
	case func(uint64, uint64) uint64:
		return func(c *Call) { a := c.Args(); c.Results()[0] = f(a[0], a[1]) }
	case func(int32):
		return func(c *Call) { f(int32(c.Args()[0])) }
	case func(int32) int32:
		return func(c *Call) { c.Results()[0] = uint64(uint32(f(int32(c.Args()[0])))) }
	case func(int32, int32) int32:
		return func(c *Call) { a := c.Args(); c.Results()[0] = uint64(uint32(f(int32(a[0]), int32(a[1])))) }
	case func(float64) float64:
		return func(c *Call) {
			c.Results()[0] = math.Float64bits(f(math.Float64frombits(c.Args()[0])))
		}
	case func(float64, float64) float64:
		return func(c *Call) {
			a := c.Args()
			c.Results()[0] = math.Float64bits(f(math.Float64frombits(a[0]), math.Float64frombits(a[1])))
		}
	case func(float32) float32:
		return func(c *Call) {
			c.Results()[0] = uint64(math.Float32bits(f(math.Float32frombits(uint32(c.Args()[0])))))
		}
	}
	return nil
}

// adaptReflect works for every shape.
func adaptReflect(v reflect.Value, s goShape) HostFunc {
	t := v.Type()
	return func(c *Call) {
		args := make([]reflect.Value, t.NumIn())
		words := c.Args()
		for i := range args {
			if i == 0 && s.call {
				args[0] = reflect.ValueOf(c)
				continue
			}
			args[i] = reflect.New(t.In(i)).Elem()
			setWord(args[i], words[0])
			words = words[1:]
		}
		outs := v.Call(args)
		if s.err {
			if err, _ := outs[len(outs)-1].Interface().(error); err != nil {
				c.Fail(err)
				return
			}
		}
		results := c.Results()
		for i := range results {
			results[i] = getWord(outs[i])
		}
	}
}

// setWord stores the bits of a word, which may be longer than the value.
func setWord(v reflect.Value, w uint64) {
	switch k := v.Kind(); k {
	case reflect.Bool:
		v.SetBool(uint8(w) != 0)
	case reflect.Float32:
		v.SetFloat(float64(math.Float32frombits(uint32(w))))
	case reflect.Float64:
		v.SetFloat(math.Float64frombits(w))
	default:
		if v.CanInt() {
			v.SetInt(int64(w))
		} else {
			v.SetUint(w & (1<<(8*v.Type().Size()) - 1))
		}
	}
}

// getWord returns the bits of a value, zero-extended.
func getWord(v reflect.Value) uint64 {
	switch v.Kind() {
	case reflect.Bool:
		if v.Bool() {
			return 1
		}
		return 0
	case reflect.Float32:
		return uint64(math.Float32bits(float32(v.Float())))
	case reflect.Float64:
		return math.Float64bits(v.Float())
	}
	if v.CanInt() {
		return uint64(v.Int()) & (^uint64(0) >> (64 - 8*v.Type().Size()))
	}
	return v.Uint()
}
