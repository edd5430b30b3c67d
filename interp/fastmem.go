package interp

import (
	"encoding/binary"

	"davit/ir/op"
)

// fastMemory sets the special function of a little-endian load or store of a scalar of up to 64 bits through a 64-bit
// pointer.
func (d *decoder) fastMemory(in *inst, m *memAccess, reg shape) {
	if d.m.opts.general || m.big || m.mask != ^uint64(0) || m.shape.lanes != 1 || m.shape.bits > 64 || reg.words != 1 {
		return
	}
	if d.data.Op.Has(op.CanStore) {
		in.exec = map[uint]execFn{8: fastStore8, 16: fastStore16, 32: fastStore32, 64: fastStore64}[m.shape.bits]
		return
	}
	if m.sign {
		in.b, in.c = uint32(64-m.shape.bits), uint32(64-reg.bits)
		in.exec = map[uint]execFn{8: fastLoadS8, 16: fastLoadS16, 32: fastLoadS32}[m.shape.bits]
		return
	}
	in.exec = map[uint]execFn{8: fastLoad8, 16: fastLoad16, 32: fastLoad32, 64: fastLoad64}[m.shape.bits]
}

func fastLoad8(t *thread, r []uint64, in *inst, pc int) int {
	addr := r[in.a] + in.imm
	b := t.mem.read(addr, 1)
	if len(b) < 1 {
		return t.badAccess(in, pc, addr)
	}
	r[in.d] = uint64(b[0])
	return pc + 1
}

func fastLoad16(t *thread, r []uint64, in *inst, pc int) int {
	addr := r[in.a] + in.imm
	b := t.mem.read(addr, 2)
	if len(b) < 2 || addr&in.x.mem.align != 0 {
		return t.badAccess(in, pc, addr)
	}
	r[in.d] = uint64(binary.LittleEndian.Uint16(b))
	return pc + 1
}

func fastLoad32(t *thread, r []uint64, in *inst, pc int) int {
	addr := r[in.a] + in.imm
	b := t.mem.read(addr, 4)
	if len(b) < 4 || addr&in.x.mem.align != 0 {
		return t.badAccess(in, pc, addr)
	}
	r[in.d] = uint64(binary.LittleEndian.Uint32(b))
	return pc + 1
}

func fastLoad64(t *thread, r []uint64, in *inst, pc int) int {
	addr := r[in.a] + in.imm
	b := t.mem.read(addr, 8)
	if len(b) < 8 || addr&in.x.mem.align != 0 {
		return t.badAccess(in, pc, addr)
	}
	r[in.d] = binary.LittleEndian.Uint64(b)
	return pc + 1
}

// fastLoadS8, fastLoadS16 and fastLoadS32 extend by the sign to the width of the result, which is 64 - in.c.
func fastLoadS8(t *thread, r []uint64, in *inst, pc int) int {
	return signExtendLoaded(fastLoad8(t, r, in, pc), r, in)
}

func fastLoadS16(t *thread, r []uint64, in *inst, pc int) int {
	return signExtendLoaded(fastLoad16(t, r, in, pc), r, in)
}

func fastLoadS32(t *thread, r []uint64, in *inst, pc int) int {
	return signExtendLoaded(fastLoad32(t, r, in, pc), r, in)
}

func signExtendLoaded(next int, r []uint64, in *inst) int {
	r[in.d] = uint64(int64(r[in.d]<<(in.b&63))>>(in.b&63)) << (in.c & 63) >> (in.c & 63)
	return next
}

func fastStore8(t *thread, r []uint64, in *inst, pc int) int {
	addr := r[in.b] + in.imm
	b := t.mem.write(addr, 1)
	if len(b) < 1 {
		return t.badAccess(in, pc, addr)
	}
	b[0] = byte(r[in.a])
	return pc + 1
}

func fastStore16(t *thread, r []uint64, in *inst, pc int) int {
	addr := r[in.b] + in.imm
	b := t.mem.write(addr, 2)
	if len(b) < 2 || addr&in.x.mem.align != 0 {
		return t.badAccess(in, pc, addr)
	}
	binary.LittleEndian.PutUint16(b, uint16(r[in.a]))
	return pc + 1
}

func fastStore32(t *thread, r []uint64, in *inst, pc int) int {
	addr := r[in.b] + in.imm
	b := t.mem.write(addr, 4)
	if len(b) < 4 || addr&in.x.mem.align != 0 {
		return t.badAccess(in, pc, addr)
	}
	binary.LittleEndian.PutUint32(b, uint32(r[in.a]))
	return pc + 1
}

func fastStore64(t *thread, r []uint64, in *inst, pc int) int {
	addr := r[in.b] + in.imm
	b := t.mem.write(addr, 8)
	if len(b) < 8 || addr&in.x.mem.align != 0 {
		return t.badAccess(in, pc, addr)
	}
	binary.LittleEndian.PutUint64(b, r[in.a])
	return pc + 1
}
