package op

import (
	"math/bits"
	"strconv"
	"strings"
)

// Type is the type of an SSA value: a scalar integer (i8 to i128) or float (f16 to f128), a vector of a power of two of
// those, or a dynamic vector, whose number of lanes is a multiple known only at run time.
//
// Encoding: a scalar is 0x74 to 0x7c; a vector adds log2(lanes)<<4; a dynamic vector adds 0x80 more (and its lanes are
// the minimum).
type Type uint16

// The scalar types, and the vector types of 16 bytes and less that machines support.
const (
	Invalid Type = 0

	I8   Type = 0x74
	I16  Type = 0x75
	I32  Type = 0x76
	I64  Type = 0x77
	I128 Type = 0x78
	F16  Type = 0x79
	F32  Type = 0x7a
	F64  Type = 0x7b
	F128 Type = 0x7c

	I8X2  = I8 + 0x10
	I8X4  = I8 + 0x20
	I8X8  = I8 + 0x30
	I8X16 = I8 + 0x40
	I16X2 = I16 + 0x10
	I16X4 = I16 + 0x20
	I16X8 = I16 + 0x30
	I32X2 = I32 + 0x10
	I32X4 = I32 + 0x20
	I64X2 = I64 + 0x10
	F16X2 = F16 + 0x10
	F16X4 = F16 + 0x20
	F16X8 = F16 + 0x30
	F32X2 = F32 + 0x10
	F32X4 = F32 + 0x20
	F64X2 = F64 + 0x10
)

const (
	firstVector  Type = 0x80
	firstDynamic Type = 0x100
	endDynamic   Type = 0x180
	maxLog2Lanes      = 8
	dynamicBit   Type = 0x80
)

// laneInfo has a row per scalar type, by its distance from I8.
var laneInfo = [...]struct {
	name string
	bits uint8
}{{"i8", 8}, {"i16", 16}, {"i32", 32}, {"i64", 64}, {"i128", 128}, {"f16", 16}, {"f32", 32}, {"f64", 64}, {"f128", 128}}

// Lane returns the type of one lane; a scalar is its own lane.
func (t Type) Lane() Type {
	if t < firstVector {
		return t
	}
	return t&0x0f | 0x70
}

// log2Lanes returns log2 of the (minimum) number of lanes.
func (t Type) log2Lanes() uint {
	if t < firstVector {
		return 0
	}
	if t >= firstDynamic {
		t -= dynamicBit
	}
	return uint(t-0x70) >> 4
}

// Lanes returns the number of lanes: 1 for a scalar, the minimum number for a dynamic vector.
func (t Type) Lanes() int { return 1 << t.log2Lanes() }

// LaneBits returns the width of one lane in bits; 0 for what is no type.
func (t Type) LaneBits() int {
	i := t.Lane() - I8
	if int(i) >= len(laneInfo) || t >= endDynamic {
		return 0
	}
	return int(laneInfo[i].bits)
}

// Bits returns the width of the whole type in bits (the minimum width of a dynamic vector).
func (t Type) Bits() int { return t.LaneBits() << t.log2Lanes() }

// Bytes returns the size of the type in memory, in bytes.
func (t Type) Bytes() int { return (t.Bits() + 7) / 8 }

// IsValid reports whether t is a type of CLIF.
func (t Type) IsValid() bool {
	return t.LaneBits() != 0 && (t < firstVector || t.log2Lanes() > 0)
}

// IsVector reports whether t is a vector of a fixed number of lanes.
func (t Type) IsVector() bool { return t >= firstVector && t < firstDynamic }

// IsDynamic reports whether t is a dynamic vector.
func (t Type) IsDynamic() bool { return t >= firstDynamic }

// IsScalar reports whether t is a scalar.
func (t Type) IsScalar() bool { return t >= I8 && t <= F128 }

// IsInt reports whether t is a scalar integer.
func (t Type) IsInt() bool { return t >= I8 && t <= I128 }

// IsFloat reports whether t is a scalar float.
func (t Type) IsFloat() bool { return t >= F16 && t <= F128 }

// LaneIsInt reports whether the lanes of t are integers.
func (t Type) LaneIsInt() bool { return t.Lane().IsInt() }

// LaneIsFloat reports whether the lanes of t are floats.
func (t Type) LaneIsFloat() bool { return t.Lane().IsFloat() }

// Int returns the scalar integer type of the given width in bits, or Invalid.
func Int(width int) Type {
	switch width {
	case 8, 16, 32, 64, 128:
		return I8 + Type(bits.TrailingZeros(uint(width))-3)
	}
	return Invalid
}

// Float returns the scalar float type of the given width in bits, or Invalid.
func Float(width int) Type {
	switch width {
	case 16, 32, 64, 128:
		return F16 + Type(bits.TrailingZeros(uint(width))-4)
	}
	return Invalid
}

// Vector returns the vector of n lanes of a scalar type, or Invalid if n is no power of two from 2 to 256.
func Vector(lane Type, n int) Type {
	if !lane.IsScalar() || n < 2 || n > 1<<maxLog2Lanes || n&(n-1) != 0 {
		return Invalid
	}
	return lane + Type(bits.TrailingZeros(uint(n)))<<4
}

// withLane returns t with its lanes replaced by lane and its number of lanes shifted by shift.
func (t Type) withLane(lane Type, shift int) Type {
	if lane == Invalid {
		return Invalid
	}
	n := int(t.log2Lanes()) + shift
	if n < 0 || n > maxLog2Lanes {
		return Invalid
	}
	r := lane + Type(n)<<4
	if t.IsDynamic() && n > 0 {
		r += dynamicBit
	}
	return r
}

// sameClass returns the scalar of t's lane class (integer or float) with the given width.
func (t Type) sameClass(width int) Type {
	if t.LaneIsFloat() {
		return Float(width)
	}
	return Int(width)
}

// Truthy returns the type of a comparison of two values of type t: i8 for scalars, integers of the same width and
// number of lanes for vectors.
func (t Type) Truthy() Type {
	if t.IsScalar() {
		return I8
	}
	return t.AsInt()
}

// AsInt returns t with its lanes replaced by integers of the same width.
func (t Type) AsInt() Type { return t.withLane(Int(t.LaneBits()), 0) }

// Half returns t with lanes of half the width, or Invalid.
func (t Type) Half() Type { return t.withLane(t.sameClass(t.LaneBits()/2), 0) }

// Double returns t with lanes of twice the width, or Invalid.
func (t Type) Double() Type { return t.withLane(t.sameClass(t.LaneBits()*2), 0) }

// Split returns t with twice as many lanes of half the width, or Invalid.
func (t Type) Split() Type { return t.withLane(t.sameClass(t.LaneBits()/2), 1) }

// Merge returns t with half as many lanes of twice the width, or Invalid.
func (t Type) Merge() Type { return t.withLane(t.sameClass(t.LaneBits()*2), -1) }

// Fixed returns the vector that holds the minimum number of lanes of a dynamic vector.
func (t Type) Fixed() Type {
	if t.IsDynamic() {
		return t - dynamicBit
	}
	return t
}

// Dynamic returns the dynamic vector whose minimum is the vector t, or Invalid.
func (t Type) Dynamic() Type {
	if !t.IsVector() || t.Bits() > 256 {
		return Invalid
	}
	return t + dynamicBit
}

// String returns the name of the type in CLIF, such as "i32", "f64x2" or "i32x4xN".
func (t Type) String() string {
	i := t.Lane() - I8
	if int(i) >= len(laneInfo) {
		return "invalid"
	}
	s := laneInfo[i].name
	if t < firstVector {
		return s
	}
	s += "x" + strconv.Itoa(t.Lanes())
	if t.IsDynamic() {
		s += "xN"
	}
	return s
}

// ParseType returns the scalar or vector type of a name. The name of a dynamic vector ("i32x4xN") is accepted too.
func ParseType(s string) (Type, bool) {
	dyn := false
	if base, ok := strings.CutSuffix(s, "xN"); ok {
		s, dyn = base, true
	}
	name, lanes, isVec := strings.Cut(s, "x")
	var lane Type
	for i, l := range laneInfo {
		if l.name == name {
			lane = I8 + Type(i)
		}
	}
	if lane == Invalid {
		return Invalid, false
	}
	t := lane
	if isVec {
		n, err := strconv.ParseUint(lanes, 10, 16)
		if err != nil || lanes[0] == '0' || lanes[0] == '+' {
			return Invalid, false
		}
		if n > 1 {
			t = Vector(lane, int(n))
		}
	}
	if dyn {
		t = t.Dynamic()
	}
	return t, t != Invalid
}
