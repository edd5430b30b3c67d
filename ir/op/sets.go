package op

import "sync"

// TypeSet is a named set of types.
type TypeSet uint8

// The sets that appear in the opcode table.
const (
	SetNone        TypeSet = iota
	SetScalarInt           // i8 to i128
	SetInt8to64            // i8 to i64
	SetInt16to64           // i16 to i64
	SetInt16to128          // i16 to i128
	SetI64                 // i64
	SetAddr                // i32 and i64
	SetScalarFloat         // f16 to f128
	SetInt                 // integers, scalar or vector
	SetIntVector           // integer vectors
	SetFloat               // floats, scalar or vector
	SetVector              // vectors
	SetAny                 // scalars and vectors
	SetIntDyn              // SetInt and dynamic integer vectors
	SetFloatDyn            // SetFloat and dynamic float vectors
	SetVectorDyn           // vectors, also dynamic
	SetAnyDyn              // every type
	SetNarrowable          // integer vectors with lanes of 16 to 64 bits, 2 to 8 of them, also dynamic
	SetWidenable           // integer vectors with lanes of 8 to 32 bits, 2 to 16 of them, also dynamic
	SetQ                   // vectors of 4 or 8 lanes of i16 or i32
	SetDynVector           // dynamic vectors
	numSets
)

// setInfo describes a set as a product: lane widths (as bits 8 to 128 of a mask), numbers of lanes, and whether vectors
// of a fixed number of lanes and dynamic vectors are in it.
var setInfo = [numSets]struct {
	ints, floats       int // masks of widths in bits: 8|16|32|64|128
	minLanes, maxLanes int
	dynamic            bool // dynamic vectors too
	onlyDynamic        bool
	name               string
}{
	SetScalarInt:   {248, 0, 1, 1, false, false, "i8 to i128"},
	SetInt8to64:    {120, 0, 1, 1, false, false, "i8 to i64"},
	SetInt16to64:   {112, 0, 1, 1, false, false, "i16 to i64"},
	SetInt16to128:  {240, 0, 1, 1, false, false, "i16 to i128"},
	SetI64:         {64, 0, 1, 1, false, false, "i64"},
	SetAddr:        {96, 0, 1, 1, false, false, "i32 or i64"},
	SetScalarFloat: {0, 240, 1, 1, false, false, "f16 to f128"},
	SetInt:         {248, 0, 1, 256, false, false, "scalar or vector integer"},
	SetIntVector:   {248, 0, 2, 256, false, false, "integer vector"},
	SetFloat:       {0, 240, 1, 256, false, false, "scalar or vector float"},
	SetVector:      {248, 240, 2, 256, false, false, "vector"},
	SetAny:         {248, 240, 1, 256, false, false, "scalar or vector"},
	SetIntDyn:      {248, 0, 1, 256, true, false, "scalar, vector or dynamic vector integer"},
	SetFloatDyn:    {0, 240, 1, 256, true, false, "scalar, vector or dynamic vector float"},
	SetVectorDyn:   {248, 240, 2, 256, true, false, "vector or dynamic vector"},
	SetAnyDyn:      {248, 240, 1, 256, true, false, "any type"},
	SetNarrowable:  {112, 0, 2, 8, true, false, "integer vector with 2 to 8 lanes of 16 to 64 bits"},
	SetWidenable:   {56, 0, 2, 16, true, false, "integer vector with 2 to 16 lanes of 8 to 32 bits"},
	SetQ:           {48, 0, 4, 8, false, false, "vector of 4 or 8 lanes of i16 or i32"},
	SetDynVector:   {248, 240, 2, 256, true, true, "dynamic vector"},
}

// Has reports whether t is in the set.
func (s TypeSet) Has(t Type) bool {
	i := &setInfo[s]
	mask := i.ints
	if t.LaneIsFloat() {
		mask = i.floats
	}
	if mask&t.LaneBits() == 0 || t.Lanes() < i.minLanes || t.Lanes() > i.maxLanes {
		return false
	}
	if t.IsDynamic() {
		return i.dynamic
	}
	return !i.onlyDynamic
}

// String describes the set in words.
func (s TypeSet) String() string { return setInfo[s].name }

var byName = sync.OnceValue(func() map[string]Opcode {
	m := make(map[string]Opcode, NumOpcodes)
	for o := None + 1; int(o) < NumOpcodes; o++ {
		m[infos[o].Name] = o
	}
	return m
})
