package interp

import (
	"fmt"

	"davit/internal/softfloat"
	"davit/ir"
	"davit/ir/data"
	"davit/ir/op"
)

// libcalls are the functions of the run-time library, by the names that linkers know.
var libcalls = map[string]HostFunc{
	"ceil":       libFloat(rounding(softfloat.Upward)),
	"ceilf":      libFloat(rounding(softfloat.Upward)),
	"floor":      libFloat(rounding(softfloat.Downward)),
	"floorf":     libFloat(rounding(softfloat.Downward)),
	"trunc":      libFloat(rounding(softfloat.TowardZero)),
	"truncf":     libFloat(rounding(softfloat.TowardZero)),
	"nearbyint":  libFloat(rounding(softfloat.ToNearest)),
	"nearbyintf": libFloat(rounding(softfloat.ToNearest)),
	"fma":        libFMA,
	"fmaf":       libFMA,
	"memcpy":     libMemmove,
	"memmove":    libMemmove,
	"memset":     libMemset,
	"memcmp":     libMemcmp,

	"__cranelift_probestack": func(*Context, []data.Value) ([]data.Value, error) { return nil, nil },
	"__cranelift_x86_pshufb": libPshufb,
	"__cranelift_throw":      libThrow,
}

func bitsOf(v data.Value) word {
	lo, hi := v.Bits()
	return word{Lo: lo, Hi: hi}
}

// libArgs checks the number of arguments.
func libArgs(c *Context, args []data.Value, n int) error {
	if len(args) != n {
		return c.invalidf("has %d arguments, expected %d", len(args), n)
	}
	return nil
}

func libFloat(def defFloat1) HostFunc {
	return func(c *Context, args []data.Value) ([]data.Value, error) {
		if err := libArgs(c, args, 1); err != nil {
			return nil, err
		}
		t := args[0].Type()
		if !t.IsFloat() {
			return nil, c.invalidf("has an argument of type %v, expected a float", t)
		}
		r := def(softfloat.ForBits(t.Bits()), bitsOf(args[0]))
		return []data.Value{data.FromBits(t, r.Lo, r.Hi)}, nil
	}
}

func libFMA(c *Context, args []data.Value) ([]data.Value, error) {
	if err := libArgs(c, args, 3); err != nil {
		return nil, err
	}
	t := args[0].Type()
	if !t.IsFloat() || args[1].Type() != t || args[2].Type() != t {
		return nil, c.invalidf("has arguments that are not floats of one type")
	}
	r := softfloat.ForBits(t.Bits()).FMA(bitsOf(args[0]), bitsOf(args[1]), bitsOf(args[2]))
	return []data.Value{data.FromBits(t, r.Lo, r.Hi)}, nil
}

// outOfBounds is the trap of a library function that got a bad address.
func outOfBounds(what string) error {
	return &Trap{Code: op.HeapOutOfBounds, Reason: what + " out of bounds"}
}

func libMemmove(c *Context, args []data.Value) ([]data.Value, error) {
	if err := libArgs(c, args, 3); err != nil {
		return nil, err
	}
	if n := args[2].Uint64(); n > 0 {
		src, dst := c.t.mem.read(args[1].Uint64(), n), c.t.mem.write(args[0].Uint64(), n)
		if src == nil || dst == nil {
			return nil, outOfBounds("copy")
		}
		copy(dst, src)
	}
	return args[:1], nil
}

func libMemset(c *Context, args []data.Value) ([]data.Value, error) {
	if err := libArgs(c, args, 3); err != nil {
		return nil, err
	}
	if n := args[2].Uint64(); n > 0 {
		dst := c.t.mem.write(args[0].Uint64(), n)
		if dst == nil {
			return nil, outOfBounds("fill")
		}
		for i := range dst {
			dst[i] = byte(args[1].Uint64())
		}
	}
	return args[:1], nil
}

func libMemcmp(c *Context, args []data.Value) ([]data.Value, error) {
	if err := libArgs(c, args, 3); err != nil {
		return nil, err
	}
	r := int32(0)
	if n := args[2].Uint64(); n > 0 {
		x, y := c.t.mem.read(args[0].Uint64(), n), c.t.mem.read(args[1].Uint64(), n)
		if x == nil || y == nil {
			return nil, outOfBounds("comparison")
		}
		for i := range x {
			if x[i] != y[i] {
				r = int32(x[i]) - int32(y[i])
				break
			}
		}
	}
	return []data.Value{data.I32(r)}, nil
}

func libPshufb(c *Context, args []data.Value) ([]data.Value, error) {
	if err := libArgs(c, args, 2); err != nil {
		return nil, err
	}
	if args[0].Type() != op.I8X16 || args[1].Type() != op.I8X16 {
		return nil, c.invalidf("has arguments of other types than i8x16")
	}
	x, mask := args[0].Bytes(), args[1].Bytes()
	r := make([]byte, 16)
	for i, n := range mask {
		if n&0x80 == 0 {
			r[i] = x[n&15]
		}
	}
	return []data.Value{data.FromBytes(op.I8X16, r)}, nil
}

// libThrow takes frame pointers and an address to unwind from, which the interpreter knows by itself, then a tag and
// two payloads.
func libThrow(c *Context, args []data.Value) ([]data.Value, error) {
	if err := libArgs(c, args, 6); err != nil {
		return nil, err
	}
	return nil, &Exception{Tag: uint32(args[3].Uint64()), Payload: []data.Value{args[4], args[5]}}
}

// Context is what a host function knows of the call.
type Context struct {
	t    *thread
	name string
	sig  *ir.Signature
}

// Name returns the name under which the function was called.
func (c *Context) Name() string { return c.name }

// Module returns the module that calls.
func (c *Context) Module() *Module { return c.t.m }

// Signature returns the signature of the call, which must not be changed.
func (c *Context) Signature() *ir.Signature { return c.sig }

// Call calls a function of the module on top of the calls under way.
func (c *Context) Call(name string, args []data.Value) ([]data.Value, error) {
	return c.t.m.Call(name, args)
}

func (c *Context) invalidf(format string, args ...any) error {
	p := c.t.place()
	return &Invalid{p, "call of %" + c.name + " " + fmt.Sprintf(format, args...)}
}
