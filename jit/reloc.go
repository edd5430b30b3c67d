package jit

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"davit/asm"
)

// relocKind says how the value of a relocation is computed and written.
type relocKind struct {
	size   uint32 // of the field
	far    bool   // a call or jump, which may go through a veneer
	got    bool   // the value is that of a word with the address
	page   bool   // the value is the distance of pages of 4 KiB
	abs    bool   // the value is the address, not the distance from the field
	lo, hi int64  // the range of the value
	align  int64  // what the value must be a multiple of, 0 if of nothing
	// put writes the value into the field.
	put func(field []byte, v int64)
}

const (
	min32, max32 = math.MinInt32, math.MaxInt32
	noMin, noMax = math.MinInt64, math.MaxInt64
)

// relocKinds has the kinds that are possible in memory.
var relocKinds = map[asm.RelocKind]relocKind{
	asm.Abs8:           {size: 8, abs: true, lo: noMin, hi: noMax, put: put8},
	asm.Abs4:           {size: 4, abs: true, lo: 0, hi: math.MaxUint32, put: put4},
	asm.X86PCRel4:      {size: 4, lo: min32, hi: max32, put: put4},
	asm.X86CallPCRel4:  {size: 4, far: true, lo: min32, hi: max32, put: put4},
	asm.X86CallPLTRel4: {size: 4, far: true, lo: min32, hi: max32, put: put4},
	asm.X86GOTPCRel4:   {size: 4, got: true, lo: min32, hi: max32, put: put4},

	asm.ArmCall26:        {size: 4, far: true, lo: -1 << 27, hi: 1<<27 - 4, align: 4, put: putCall26},
	asm.ArmAdrPrelPgHi21: {size: 4, page: true, lo: -1 << 32, hi: 1<<32 - 1, put: putAdrp},
	asm.ArmAdrGotPage21:  {size: 4, page: true, got: true, lo: -1 << 32, hi: 1<<32 - 1, put: putAdrp},
	asm.ArmAddAbsLo12Nc:  {size: 4, abs: true, lo: noMin, hi: noMax, put: putLow12},
	asm.ArmLd64GotLo12Nc: {size: 4, abs: true, got: true, lo: noMin, hi: noMax, align: 8, put: putLow12of8},

	asm.RiscvCallPlt:   {size: 8, far: true, lo: min32, hi: max32 - 0x800, put: putAuipcPair},
	asm.RiscvPCRelHi20: {size: 4, lo: min32, hi: max32 - 0x800, put: putAuipc},
	asm.RiscvGotHi20:   {size: 4, got: true, lo: min32, hi: max32 - 0x800, put: putAuipc},

	asm.S390xPCRel32Dbl:  {size: 4, lo: -1 << 32, hi: 1<<32 - 2, align: 2, put: putHalves},
	asm.S390xPLTRel32Dbl: {size: 4, far: true, lo: -1 << 32, hi: 1<<32 - 2, align: 2, put: putHalves},
}

func put8(b []byte, v int64) { binary.NativeEndian.PutUint64(b, uint64(v)) }
func put4(b []byte, v int64) { binary.NativeEndian.PutUint32(b, uint32(v)) }

// or sets bits of an instruction of 4 bytes.
func or(b []byte, v uint32) {
	binary.LittleEndian.PutUint32(b, binary.LittleEndian.Uint32(b)|v)
}

func putCall26(b []byte, v int64)   { or(b, uint32(v>>2)&(1<<26-1)) }
func putAdrp(b []byte, v int64)     { or(b, uint32(v>>12&3)<<29|uint32(v>>14&(1<<19-1))<<5) }
func putLow12(b []byte, v int64)    { or(b, uint32(v&0xfff)<<10) }
func putLow12of8(b []byte, v int64) { or(b, uint32(v&0xfff>>3)<<10) }
func putAuipc(b []byte, v int64)    { or(b, uint32(v+0x800)&^0xfff) }
func putHalves(b []byte, v int64)   { binary.BigEndian.PutUint32(b, uint32(v>>1)) }

// putAuipcPair writes the two parts of a distance into auipc and jalr.
func putAuipcPair(b []byte, v int64) {
	putAuipc(b, v)
	or(b[4:], uint32(v&0xfff)<<20)
}

// relocate writes the value of one relocation into the bytes of f.
func (m *Module) relocate(b []byte, f *function, r asm.Reloc) error {
	if r.Kind == asm.RiscvPCRelLo12I {
		return m.relocateLow(b, f, r)
	}
	k, ok := relocKinds[r.Kind]
	if !ok {
		return errors.New("not possible in memory")
	}
	if r.Offset > uint32(len(b)) || uint32(len(b))-r.Offset < k.size {
		return errors.New("outside of the code")
	}
	v, err := m.relocValue(f, r, &k)
	if err != nil {
		return err
	}
	k.put(b[r.Offset:r.Offset+k.size], v)
	return nil
}

// relocValue computes the value of a relocation.
func (m *Module) relocValue(f *function, r asm.Reloc, k *relocKind) (int64, error) {
	s := f.deps[r.Symbol]
	target := int64(s.addr)
	if k.got {
		g, err := m.gotEntry(s)
		if err != nil {
			return 0, err
		}
		target = int64(g)
	}
	place := int64(f.addr) + int64(r.Offset)
	value := func() int64 {
		switch v := target + r.Addend; {
		case k.abs:
			return v
		case k.page:
			return v&^0xfff - place&^0xfff
		default:
			return v - place
		}
	}
	v := value()
	if k.far && (v < k.lo || v > k.hi) {
		veneer, err := m.veneer(s)
		if err != nil {
			return 0, err
		}
		target = int64(veneer)
		v = value()
	}
	switch {
	case k.abs && (v < k.lo || v > k.hi):
		return 0, fmt.Errorf("address %#x does not fit in %d bits", uint64(v), 8*k.size)
	case v < k.lo || v > k.hi:
		return 0, fmt.Errorf("distance %#x is not from %#x to %#x", v, k.lo, k.hi)
	case k.align != 0 && v%k.align != 0:
		return 0, fmt.Errorf("value %#x is not a multiple of %d", v, k.align)
	}
	return v, nil
}

// relocateLow completes the distance of which the nearest relocation before, to the same symbol, has written the upper part.
func (m *Module) relocateLow(b []byte, f *function, r asm.Reloc) error {
	if r.Offset > uint32(len(b)) || uint32(len(b))-r.Offset < 4 {
		return errors.New("outside of the code")
	}
	var high *asm.Reloc
	for i := range f.code.Relocs {
		h := &f.code.Relocs[i]
		if h.Offset < r.Offset && h.Symbol == r.Symbol && (h.Kind == asm.RiscvPCRelHi20 || h.Kind == asm.RiscvGotHi20) {
			high = h
		}
	}
	if high == nil {
		return errors.New("there is no upper part before it")
	}
	k := relocKinds[high.Kind]
	v, err := m.relocValue(f, *high, &k)
	if err != nil {
		return err
	}
	or(b[r.Offset:], uint32(v&0xfff)<<20)
	return nil
}
