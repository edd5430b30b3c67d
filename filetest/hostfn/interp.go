package hostfn

import (
	"fmt"
	"io"

	"davit/interp"
	"davit/ir/data"
	"davit/ir/op"
)

// ForInterpreter returns the functions for programs that package interp executes, by name without percent sign. The
// heap is that of the module: davit_gc itself does and prints nothing, but with Options.Moving every safepoint, the call of
// davit_gc among them, moves all objects. Every aligned word of an object may hold a reference.
func ForInterpreter(out io.Writer) map[string]interp.HostFunc {
	show := func(format func(v data.Value) string) interp.HostFunc {
		return func(c *interp.Context, args []data.Value) ([]data.Value, error) {
			if len(args) != 1 {
				return nil, fmt.Errorf("%s called with %d arguments", c.Name(), len(args))
			}
			_, err := fmt.Fprintln(out, format(args[0]))
			return nil, err
		}
	}
	integer := show(func(v data.Value) string { return fmt.Sprint(v.Int64()) })
	return map[string]interp.HostFunc{
		"__cranelift_throw": throwAt(3),
		"davit_throw":       throwAt(0),
		"davit_alloc":       allocObject,
		"davit_gc":          func(*interp.Context, []data.Value) ([]data.Value, error) { return nil, nil },
		"davit_print_i8":    integer,
		"davit_print_i16":   integer,
		"davit_print_i32":   integer,
		"davit_print_i64":   integer,
		"davit_print_f32":   show(func(v data.Value) string { return fmt.Sprint(v.Float32()) }),
		"davit_print_f64":   show(func(v data.Value) string { return fmt.Sprint(v.Float64()) }),
		"davit_print_ref":   show(func(v data.Value) string { return fmt.Sprintf("%#x", v.Uint64()) }),
	}
}

// throwAt throws the exception whose tag is argument i; payloads follow it.
func throwAt(i int) interp.HostFunc {
	return func(c *interp.Context, args []data.Value) ([]data.Value, error) {
		if len(args) != i+3 {
			return nil, fmt.Errorf("%s called with %d arguments, expected %d", c.Name(), len(args), i+3)
		}
		return nil, &interp.Exception{Tag: uint32(args[i].Uint64()), Payload: []data.Value{args[i+1], args[i+2]}}
	}
}

func allocObject(c *interp.Context, args []data.Value) ([]data.Value, error) {
	if len(args) != 1 || args[0].Type() != op.I64 || args[0].Uint64() > HalfBytes {
		return nil, fmt.Errorf("%s called with %v, expected a size of at most %d", c.Name(), args, HalfBytes)
	}
	size := args[0].Uint64()
	var refs []uint32
	for off := uint64(0); off+8 <= size; off += 8 {
		refs = append(refs, uint32(off))
	}
	addr, err := c.Alloc(size, refs...)
	return []data.Value{data.I64(int64(addr))}, err
}
