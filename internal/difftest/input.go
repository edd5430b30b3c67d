package difftest

import (
	"context"
	"slices"

	"davit/internal/randfunc"
	"davit/internal/softfloat"
	"davit/internal/u128"
	"davit/ir"
	"davit/ir/data"
	"davit/ir/op"
)

func isNaN(v data.Value) bool {
	t := v.Type()
	lo, hi := v.Bits()
	return t.IsFloat() && softfloat.ForBits(t.Bits()).IsNaN(u128.Uint128{Lo: lo, Hi: hi})
}

// input makes the arguments of call n: at first simple ones.
func (c *comparison) input(n int) Input {
	f := c.funcs[0]
	in := Input{Memory: map[string][]byte{memoryName: c.contents()}}
	for i, p := range f.Sig.Params {
		var a Arg
		switch k := c.src.N(10); {
		case c.callees[i] != "":
			a = Arg{Symbol: c.callees[i]}
		case p.Purpose != ir.Normal, p.Type == op.I64 && c.roles[i].address && k < 5:
			a = Arg{Symbol: memoryName, Offset: c.offset()}
		case p.Type.IsInt() && c.roles[i].address && k < 9:
			a.Value = data.Int(p.Type, int64(c.src.N(128))&^c.low())
		case n == 0:
			a.Value = data.Int(p.Type, 0)
		case n == 1 && p.Type.IsInt():
			a.Value = data.Int(p.Type, int64(i+1))
		default:
			a.Value = randfunc.Value(c.src, p.Type)
		}
		in.Args = append(in.Args, a)
	}
	return in
}

// low has the bits of an address that must be zero.
func (c *comparison) low() int64 {
	if c.wide {
		return 15
	}
	return 0
}

// offset returns how far behind the start of the memory an argument points: mostly far from both ends.
func (c *comparison) offset() int64 {
	n := 1024 + 16*int64(c.src.N(256))
	switch c.src.N(8) {
	case 0:
		n = 0
	case 1:
		n = memoryBytes - int64(c.src.N(64))
	case 2:
		n += int64(c.src.N(16))
	}
	return n &^ c.low()
}

// contents makes the start of the memory.
func (c *comparison) contents() []byte {
	b := make([]byte, 8192)
	x := c.src.Uint64()
	for i := range b {
		if i%8 == 0 {
			x = x*6364136223846793005 + 1442695040888963407
		}
		b[i] = byte(x >> (56 - i%8))
	}
	return b
}

// difference makes the arguments of a call that goes wrong simpler.
func (c *comparison) difference(ctx context.Context, in Input) *Difference {
	fails := func(in *Input) string {
		msg, reason, err := c.compare(ctx, in)
		if reason != "" || err != nil {
			return ""
		}
		return msg
	}
	for changed := true; changed; {
		changed = false
		for i := range in.Args {
			for _, a := range c.simpler(in.Args[i]) {
				next := Input{Args: slices.Clone(in.Args), Memory: in.Memory}
				next.Args[i] = a
				if fails(&next) != "" {
					in, changed = next, true
					break
				}
			}
		}
	}
	zero := Input{Args: in.Args, Memory: map[string][]byte{memoryName: nil}}
	if fails(&zero) != "" {
		in = zero
	}
	d := &Difference{Message: fails(&in), Flags: c.opts.Flags, Funcs: c.funcs, Input: in, Called: true}
	d.Want = c.pair.Interpret(0, &in)
	return d
}

// simpler lists values that are simpler than a, the simplest first.
func (c *comparison) simpler(a Arg) []Arg {
	if a.Symbol != "" {
		var list []Arg
		if a.Symbol == memoryName {
			for _, off := range []int64{0, 1024} {
				if off < a.Offset {
					list = append(list, Arg{Symbol: memoryName, Offset: off})
				}
			}
		}
		return list
	}
	t := a.Value.Type()
	lo, hi := a.Value.Bits()
	var list []Arg
	add := func(lo, hi uint64) {
		if v := data.FromBits(t, lo, hi); weightOf(v) < weightOf(a.Value) {
			list = append(list, Arg{Value: v})
		}
	}
	add(0, 0)
	add(1, 0)
	if t.IsFloat() {
		one := softfloat.ForBits(t.Bits()).FromInt(u128.From(1), 8, false)
		add(one.Lo, one.Hi)
	}
	size := uint(t.LaneBits())
	for at := uint(0); at < uint(t.Bits()); at += size { // one lane less
		if size < 64 {
			mask := (uint64(1)<<size - 1) << (at % 64)
			if at < 64 {
				add(lo&^mask, hi)
			} else {
				add(lo, hi&^mask)
			}
		}
	}
	add(lo, 0)
	add(0, hi)
	for k := range 64 { // one bit less
		add(lo&^(1<<k), hi)
		add(lo, hi&^(1<<k))
	}
	add(lo>>1, hi>>1)
	return list
}

// weightOf is what becomes less with every simpler value.
func weightOf(v data.Value) int {
	lo, hi := v.Bits()
	n := 0
	for k := range 64 {
		if lo>>k&1 != 0 {
			n += 64 + k
		}
		if hi>>k&1 != 0 {
			n += 128 + k
		}
	}
	return n
}

// reduce makes the functions of a difference smaller.
func (c *comparison) reduce(d *Difference) {
	want := kind(d.Message)
	pair := c.pair
	defer func() { c.pair = pair }()
	fails := func(s scene) string {
		if s.called > 0 {
			return "" // the function called comes first
		}
		c.funcs = s.funcs
		if err := c.compile(); err != nil {
			if msg, _ := describe(err); !d.Called && !isSkip(err) {
				return msg
			}
			return ""
		}
		defer c.pair.Close()
		if !d.Called {
			return ""
		}
		ctx, cancel := context.WithTimeout(context.Background(), callTimeout)
		defer cancel()
		msg, reason, err := c.compare(ctx, &Input{Args: s.args, Memory: d.Input.Memory})
		if reason != "" || err != nil {
			return ""
		}
		return msg
	}
	s := scene{funcs: d.Funcs, called: -1, args: d.Input.Args}
	if d.Called {
		s.called = 0
	}
	s = shrink(context.Background(), s, func(s scene) bool { return kind(fails(s)) == want })
	d.Funcs, d.Input.Args = s.funcs, s.args
	if msg := fails(s); msg != "" {
		d.Message = msg
	}
	c.funcs = s.funcs
	if d.Called && c.compile() == nil {
		d.Want = c.pair.Interpret(0, &d.Input)
		c.pair.Close()
	}
}
