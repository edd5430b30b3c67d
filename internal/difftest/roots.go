package difftest

import (
	"math/bits"

	"davit/interp"
	"davit/ir/data"
	"davit/ir/op"
	"davit/jit"
)

// What stack maps lead to is noted as a sum per walk, since the order of the entries is not the same in both forms, and
// changed, as a collector that moves objects would do.

const rootStep = 0x0101010101010101

func rootSum(t op.Type, lo, hi uint64) uint64 {
	return bits.RotateLeft64((lo^uint64(t))*0x9e3779b97f4a7c15, 31) * (hi | 1) * 0x2545f4914f6cdd1d
}

func (p *Pair) interpRoots(c *interp.Context) {
	sum := uint64(0)
	c.Roots(func(r interp.Root) {
		lo, hi := data.FromBytes(r.Type, r.Mem).Bits()
		sum += rootSum(r.Type, lo, hi)
		copy(r.Mem, data.FromBits(r.Type, lo+rootStep, hi^rootStep).Bytes())
	})
	p.log = append(p.log, sum)
}

func (p *Pair) nativeRoots(c *jit.Call) {
	sum := uint64(0)
	for f := range c.Frames() {
		for r := range f.Roots() {
			lo, hi := loadRoot(r)
			sum += rootSum(op.Type(r.Type), lo, hi)
			storeRoot(r, lo+rootStep, hi^rootStep)
		}
	}
	p.log = append(p.log, sum)
}

func loadRoot(r jit.Root) (lo, hi uint64) {
	switch op.Type(r.Type).Bytes() {
	case 1:
		return uint64(r.Load1()), 0
	case 2:
		return uint64(r.Load2()), 0
	case 4:
		return uint64(r.Load4()), 0
	case 8:
		return r.Load8(), 0
	}
	w := r.Load16()
	return w[0], w[1]
}

func storeRoot(r jit.Root, lo, hi uint64) {
	switch op.Type(r.Type).Bytes() {
	case 1:
		r.Store1(uint8(lo))
	case 2:
		r.Store2(uint16(lo))
	case 4:
		r.Store4(uint32(lo))
	case 8:
		r.Store8(lo)
	default:
		r.Store16([2]uint64{lo, hi})
	}
}
