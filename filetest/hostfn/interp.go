package hostfn

import (
	"fmt"
	"io"

	"davit/interp"
	"davit/ir/data"
	"davit/ir/op"
)

// ForInterpreter returns the functions for programs that package interp executes, by name without percent sign. The
// heap is that of the module, see [interp.Context.Collect]; every aligned word of an object may hold a reference. With
// Options.Moving every safepoint, the call of davit_gc among them, moves all objects, and only davit_gc prints roots.
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
		"davit_gc":          collectObjects(out),
		"davit_print_i8":    integer,
		"davit_print_i16":   integer,
		"davit_print_i32":   integer,
		"davit_print_i64":   integer,
		"davit_print_f32":   show(func(v data.Value) string { return fmt.Sprint(v.Float32()) }),
		"davit_print_f64":   show(func(v data.Value) string { return fmt.Sprint(v.Float64()) }),
		"davit_print_ref": func(c *interp.Context, args []data.Value) ([]data.Value, error) {
			return show(func(v data.Value) string { return showRef(c.Module(), v.Uint64()) })(c, args)
		},
	}
}

// showRef prints an address relative to the heap; what is not in the heap as a number.
func showRef(m *interp.Module, a uint64) string {
	if off, ok := m.HeapOffset(a); ok {
		return fmt.Sprintf("heap+%#x", off)
	}
	return fmt.Sprint(int64(a))
}

// collectObjects returns davit_gc, which prints to out.
func collectObjects(out io.Writer) interp.HostFunc {
	return func(c *interp.Context, args []data.Value) ([]data.Value, error) {
		if len(args) != 0 {
			return nil, fmt.Errorf("%s called with %d arguments, expected none", c.Name(), len(args))
		}
		var roots []interp.Root
		var before []string
		value := func(r interp.Root) string {
			if r.Type == op.I64 {
				return showRef(c.Module(), data.FromBytes(r.Type, r.Mem).Uint64())
			}
			return data.FromBytes(r.Type, r.Mem).String()
		}
		add := func(r interp.Root) { roots, before = append(roots, r), append(before, value(r)) }
		c.Roots(func(r interp.Root) {
			if r.Type.LaneBits() < 64 {
				add(r)
				return
			}
			for r.Type = op.I64; len(r.Mem) > 0; r.Offset, r.Mem = r.Offset+8, r.Mem[8:] {
				w := r
				w.Mem = r.Mem[:8]
				add(w)
			}
		})
		if err := c.Collect(); err != nil {
			return nil, err
		}
		for i, r := range roots {
			then := "stays"
			if now := value(r); now != before[i] {
				then = "-> " + now
			}
			if _, err := fmt.Fprintf(out, "davit_gc: %v sp+%#x: %s %s\n", r.Place, r.Offset, before[i], then); err != nil {
				return nil, err
			}
		}
		return nil, nil
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
