package ir

import "davit/ir/op"

// MemBits are the yes-or-no properties of a memory access.
type MemBits uint8

const (
	Aligned   MemBits = 1 << iota // the address is naturally aligned
	ReadOnly                      // the memory does not change while the function runs
	CanMove                       // a load may move to wherever its operands are known
	LittleEnd                     // explicitly little-endian
	BigEnd                        // explicitly big-endian
)

// MemFlags are the properties of a memory access. The zero value is not the default: see [DefaultMem].
type MemFlags struct {
	Bits MemBits
	// Trap is the code of the trap that a bad address raises; op.NoTrap promises that the access cannot trap.
	Trap op.TrapCode
	// Region is the alias region of the memory, or NoRegion. Accesses to different regions never overlap.
	Region Region
}

// DefaultMem is an access without any flag: it may trap with heap_oob, may be unaligned, has the machine's byte order.
var DefaultMem = MemFlags{Trap: op.HeapOutOfBounds, Region: NoRegion}

// TrustedMem is an access that cannot trap and is aligned, as those to stack slots.
var TrustedMem = MemFlags{Bits: Aligned, Region: NoRegion}

// NoTrap reports whether the access cannot trap.
func (m MemFlags) NoTrap() bool { return m.Trap == op.NoTrap }

// Has reports whether all of the given bits are set.
func (m MemFlags) Has(b MemBits) bool { return m.Bits&b == b }

// MemHandle returns the handle by which an InstData names memory flags.
func (f *Func) MemHandle(m MemFlags) Value {
	for i := range f.memFlags {
		if f.memFlags[i] == m {
			return Value(i)
		}
		if i == internLinear {
			return f.memHandleIndexed(m)
		}
	}
	f.memFlags = append(f.memFlags, m)
	return Value(len(f.memFlags) - 1)
}

func (f *Func) memHandleIndexed(m MemFlags) Value {
	f.mems.cover(len(f.memFlags), func(i int) (MemFlags, bool) { return f.memFlags[i], true })
	if h, ok := f.mems.index[m]; ok {
		return Value(h)
	}
	f.memFlags = append(f.memFlags, m)
	return Value(len(f.memFlags) - 1)
}

// appendTo appends the flags as CLIF prints them, each after a space.
func (m MemFlags) appendTo(b []byte) []byte {
	switch m.Trap {
	case op.NoTrap:
		b = append(b, " notrap"...)
	case op.HeapOutOfBounds:
	default:
		b = append(append(b, ' '), m.Trap.String()...)
	}
	for _, f := range memBitNames {
		if m.Bits&f.bit != 0 {
			b = append(append(b, ' '), f.name...)
		}
	}
	if m.Region != NoRegion {
		b = append(append(b, ' '), m.Region.String()...)
	}
	return b
}

// String prints the flags as in CLIF, each after a space; the default prints as nothing.
func (m MemFlags) String() string { return string(m.appendTo(nil)) }

// memBitNames is in the order of printing.
var memBitNames = []struct {
	bit  MemBits
	name string
}{{Aligned, "aligned"}, {ReadOnly, "readonly"}, {CanMove, "can_move"}, {BigEnd, "big"}, {LittleEnd, "little"}}

// ParseMemBit returns the bit of a flag's name ("aligned", "little" and so on).
func ParseMemBit(s string) (MemBits, bool) {
	for _, f := range memBitNames {
		if f.name == s {
			return f.bit, true
		}
	}
	return 0, false
}
