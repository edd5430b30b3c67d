package settings

import "fmt"

// Arch is an instruction set architecture.
type Arch uint8

const (
	NoArch Arch = iota
	X86_64
	AArch64
	RISCV64
	S390X
	Pulley32
	Pulley64
	Pulley32BE
	Pulley64BE
	numArchs
)

var archNames = [numArchs]string{"no architecture", "x86_64", "aarch64", "riscv64", "s390x", "pulley32", "pulley64", "pulley32be", "pulley64be"}

// String returns the name of the architecture as in a target triple.
func (a Arch) String() string {
	if a >= numArchs {
		return fmt.Sprintf("arch(%d)", uint8(a))
	}
	return archNames[a]
}

// IsPulley reports whether a is a variant of Pulley, a byte code that this project recognises but has no compiler for.
func (a Arch) IsPulley() bool { return a >= Pulley32 }

// BigEndian reports whether the most significant byte comes first in memory.
func (a Arch) BigEndian() bool { return a == S390X || a == Pulley32BE || a == Pulley64BE }

// PointerBits returns the width of an address.
func (a Arch) PointerBits() int {
	if a == Pulley32 || a == Pulley32BE {
		return 32
	}
	return 64
}

// Feature names a flag of one architecture. The high byte is the [Arch], the low byte the position of the bit.
type Feature uint16

// Arch returns the architecture of the feature.
func (x Feature) Arch() Arch { return Arch(x >> 8) }

func (x Feature) bit() uint64 { return 1 << (x & 63) }

// String returns the name of the feature, as in "has_avx2".
func (x Feature) String() string {
	if t := isaOf(x.Arch()); int(x&0xff) < len(t.features) {
		return t.features[x&0xff].name
	}
	return fmt.Sprintf("feature(%#x)", uint16(x))
}

// The features of x86_64. SSE2 is the floor.
const (
	HasSSE3 = Feature(X86_64)<<8 + iota
	HasSSSE3
	HasCmpxchg16b
	HasSSE41
	HasSSE42
	HasAVX
	HasAVX2
	HasFMA
	HasAVXVNNI
	HasAVX512BITALG
	HasAVX512DQ
	HasAVX512VL
	HasAVX512VBMI
	HasAVX512F
	HasAVX512VNNI
	HasPOPCNT
	HasBMI1
	HasBMI2
	HasLZCNT
)

// The features of aarch64. ARMv8.0 is the floor.
const (
	HasLSE = Feature(AArch64)<<8 + iota
	HasPAuth
	HasFP16
	HasDotProd
	HasI8MM
	SignReturnAddressAll
	SignReturnAddress
	SignReturnAddressWithBKey
	UseBTI
	UseCSDB
)

// The features of riscv64.
const (
	HasM = Feature(RISCV64)<<8 + iota
	HasA
	HasF
	HasD
	HasZicsr
	HasZifencei
	HasZfa
	HasZfhmin
	HasZfh
	HasV
	HasZvfh
	HasZca
	HasZcd
	HasZcb
	HasZbkb
	HasZba
	HasZbb
	HasZbc
	HasZbs
	HasZicond
	HasZvbb
	HasZvl32b // the larger ones follow, each twice the one before, to HasZvl65536b
	HasZvl64b
	HasZvl128b
	HasZvl256b
	HasZvl512b
	HasZvl1024b
	HasZvl2048b
	HasZvl4096b
	HasZvl8192b
	HasZvl16384b
	HasZvl32768b
	HasZvl65536b
)

// The features of s390x. z14 is the floor.
const (
	HasMIE3 = Feature(S390X)<<8 + iota
	HasVXRSExt2
	HasMIE4
	HasVXRSExt3
)

// The flags of Pulley.
const (
	PulleyPointer64 = Feature(Pulley64)<<8 + iota // pointer_width=pointer64
	PulleyBigEndian
)

type featureRow struct {
	name  string
	def   bool
	enum  []string // the names of clear and set, for a flag that is spelled as an enumeration
	about string
}

// presetRow enables features: those of the presets that it builds on, then its own.
type presetRow struct {
	names    []string
	base     []string
	features []Feature
}

type isaTable struct {
	features []featureRow
	presets  []presetRow
}

func isaOf(a Arch) *isaTable {
	if a >= numArchs {
		return &isaTables[NoArch]
	}
	return &isaTables[a]
}

var isaTables = [numArchs]isaTable{
	X86_64: {
		features: []featureRow{
			HasSSE3 & 0xff:         {name: "has_sse3", about: "SSE3"},
			HasSSSE3 & 0xff:        {name: "has_ssse3", about: "SSSE3"},
			HasCmpxchg16b & 0xff:   {name: "has_cmpxchg16b", about: "CMPXCHG16B"},
			HasSSE41 & 0xff:        {name: "has_sse41", about: "SSE4.1"},
			HasSSE42 & 0xff:        {name: "has_sse42", about: "SSE4.2"},
			HasAVX & 0xff:          {name: "has_avx", about: "AVX"},
			HasAVX2 & 0xff:         {name: "has_avx2", about: "AVX2"},
			HasFMA & 0xff:          {name: "has_fma", about: "fused multiply-add"},
			HasAVXVNNI & 0xff:      {name: "has_avx_vnni", about: "AVX-VNNI"},
			HasAVX512BITALG & 0xff: {name: "has_avx512bitalg", about: "AVX-512 BITALG"},
			HasAVX512DQ & 0xff:     {name: "has_avx512dq", about: "AVX-512 DQ"},
			HasAVX512VL & 0xff:     {name: "has_avx512vl", about: "AVX-512 VL"},
			HasAVX512VBMI & 0xff:   {name: "has_avx512vbmi", about: "AVX-512 VBMI"},
			HasAVX512F & 0xff:      {name: "has_avx512f", about: "AVX-512 F"},
			HasAVX512VNNI & 0xff:   {name: "has_avx512vnni", about: "AVX-512 VNNI"},
			HasPOPCNT & 0xff:       {name: "has_popcnt", about: "POPCNT"},
			HasBMI1 & 0xff:         {name: "has_bmi1", about: "BMI1"},
			HasBMI2 & 0xff:         {name: "has_bmi2", about: "BMI2"},
			HasLZCNT & 0xff:        {name: "has_lzcnt", about: "LZCNT"},
		},
		presets: x86Presets,
	},
	AArch64: {features: []featureRow{
		HasLSE & 0xff:                    {name: "has_lse", about: "atomics of ARMv8.1 (LSE)"},
		HasPAuth & 0xff:                  {name: "has_pauth", about: "pointer authentication"},
		HasFP16 & 0xff:                   {name: "has_fp16", about: "half-precision arithmetic"},
		HasDotProd & 0xff:                {name: "has_dotprod", about: "dot products"},
		HasI8MM & 0xff:                   {name: "has_i8mm", about: "8-bit matrix products"},
		SignReturnAddressAll & 0xff:      {name: "sign_return_address_all", about: "sign return addresses in leaf functions too"},
		SignReturnAddress & 0xff:         {name: "sign_return_address", about: "sign return addresses"},
		SignReturnAddressWithBKey & 0xff: {name: "sign_return_address_with_bkey", about: "sign with key B"},
		UseBTI & 0xff:                    {name: "use_bti", about: "mark branch targets"},
		UseCSDB & 0xff:                   {name: "use_csdb", about: "stop speculation with CSDB"},
	}},
	RISCV64: {
		features: []featureRow{
			HasM & 0xff:         {name: "has_m", def: true, about: "multiplication and division"},
			HasA & 0xff:         {name: "has_a", def: true, about: "atomics"},
			HasF & 0xff:         {name: "has_f", def: true, about: "single precision"},
			HasD & 0xff:         {name: "has_d", def: true, about: "double precision"},
			HasZicsr & 0xff:     {name: "has_zicsr", def: true, about: "control and status registers"},
			HasZifencei & 0xff:  {name: "has_zifencei", def: true, about: "instruction-fetch fence"},
			HasZfa & 0xff:       {name: "has_zfa", about: "additional floating point"},
			HasZfhmin & 0xff:    {name: "has_zfhmin", about: "half precision, minimal"},
			HasZfh & 0xff:       {name: "has_zfh", about: "half precision"},
			HasV & 0xff:         {name: "has_v", about: "vectors"},
			HasZvfh & 0xff:      {name: "has_zvfh", about: "half precision in vectors"},
			HasZca & 0xff:       {name: "has_zca", about: "compressed instructions"},
			HasZcd & 0xff:       {name: "has_zcd", about: "compressed double-precision loads and stores"},
			HasZcb & 0xff:       {name: "has_zcb", about: "more compressed instructions"},
			HasZbkb & 0xff:      {name: "has_zbkb", about: "bit manipulation for cryptography"},
			HasZba & 0xff:       {name: "has_zba", about: "address generation"},
			HasZbb & 0xff:       {name: "has_zbb", about: "basic bit manipulation"},
			HasZbc & 0xff:       {name: "has_zbc", about: "carry-less products"},
			HasZbs & 0xff:       {name: "has_zbs", about: "single bits"},
			HasZicond & 0xff:    {name: "has_zicond", about: "conditional operations"},
			HasZvbb & 0xff:      {name: "has_zvbb", about: "bit manipulation in vectors"},
			HasZvl32b & 0xff:    {name: "has_zvl32b", about: "vector registers of 32 bits or more"},
			HasZvl64b & 0xff:    {name: "has_zvl64b", about: "vector registers of 64 bits or more"},
			HasZvl128b & 0xff:   {name: "has_zvl128b", about: "vector registers of 128 bits or more"},
			HasZvl256b & 0xff:   {name: "has_zvl256b", about: "vector registers of 256 bits or more"},
			HasZvl512b & 0xff:   {name: "has_zvl512b", about: "vector registers of 512 bits or more"},
			HasZvl1024b & 0xff:  {name: "has_zvl1024b", about: "vector registers of 1024 bits or more"},
			HasZvl2048b & 0xff:  {name: "has_zvl2048b", about: "vector registers of 2048 bits or more"},
			HasZvl4096b & 0xff:  {name: "has_zvl4096b", about: "vector registers of 4096 bits or more"},
			HasZvl8192b & 0xff:  {name: "has_zvl8192b", about: "vector registers of 8192 bits or more"},
			HasZvl16384b & 0xff: {name: "has_zvl16384b", about: "vector registers of 16384 bits or more"},
			HasZvl32768b & 0xff: {name: "has_zvl32768b", about: "vector registers of 32768 bits or more"},
			HasZvl65536b & 0xff: {name: "has_zvl65536b", about: "vector registers of 65536 bits"},
		},
		presets: []presetRow{
			{[]string{"has_c"}, nil, []Feature{HasZca, HasZcd}},
			{[]string{"zvl32b"}, nil, []Feature{HasZvl32b}},
			{[]string{"zvl64b"}, []string{"zvl32b"}, []Feature{HasZvl64b}},
			{[]string{"zvl128b"}, []string{"zvl64b"}, []Feature{HasZvl128b}},
			{[]string{"zvl256b"}, []string{"zvl128b"}, []Feature{HasZvl256b}},
			{[]string{"zvl512b"}, []string{"zvl256b"}, []Feature{HasZvl512b}},
			{[]string{"zvl1024b"}, []string{"zvl512b"}, []Feature{HasZvl1024b}},
			{[]string{"zvl2048b"}, []string{"zvl1024b"}, []Feature{HasZvl2048b}},
			{[]string{"zvl4096b"}, []string{"zvl2048b"}, []Feature{HasZvl4096b}},
			{[]string{"zvl8192b"}, []string{"zvl4096b"}, []Feature{HasZvl8192b}},
			{[]string{"zvl16384b"}, []string{"zvl8192b"}, []Feature{HasZvl16384b}},
			{[]string{"zvl32768b"}, []string{"zvl16384b"}, []Feature{HasZvl32768b}},
			{[]string{"zvl65536b"}, []string{"zvl32768b"}, []Feature{HasZvl65536b}},
		},
	},
	S390X: {
		features: []featureRow{
			HasMIE3 & 0xff:     {name: "has_mie3", about: "miscellaneous-instruction extensions 3"},
			HasVXRSExt2 & 0xff: {name: "has_vxrs_ext2", about: "vector enhancements 2"},
			HasMIE4 & 0xff:     {name: "has_mie4", about: "miscellaneous-instruction extensions 4"},
			HasVXRSExt3 & 0xff: {name: "has_vxrs_ext3", about: "vector enhancements 3"},
		},
		presets: []presetRow{
			{[]string{"arch13", "arch14", "z15", "z16"}, nil, []Feature{HasMIE3, HasVXRSExt2}},
			{[]string{"arch15", "z17"}, []string{"arch13"}, []Feature{HasMIE4, HasVXRSExt3}},
		},
	},
	Pulley32:   {features: pulleyFeatures},
	Pulley64:   {features: pulleyFeatures},
	Pulley32BE: {features: pulleyFeatures},
	Pulley64BE: {features: pulleyFeatures},
}

var pulleyFeatures = []featureRow{
	PulleyPointer64 & 0xff: {name: "pointer_width", enum: []string{"pointer32", "pointer64"}, about: "width of an address"},
	PulleyBigEndian & 0xff: {name: "big_endian", about: "most significant byte first"},
}

// x86Presets are the CPUs and levels of x86_64; a preset stands after those that it builds on.
var x86Presets = []presetRow{
	{[]string{"baseline", "opteron", "k8", "athlon64", "athlon-fx", "x86-64"}, nil, nil},
	{[]string{"sse3"}, nil, []Feature{HasSSE3}},
	{[]string{"ssse3"}, []string{"sse3"}, []Feature{HasSSSE3}},
	{[]string{"sse41"}, []string{"ssse3"}, []Feature{HasSSE41}},
	{[]string{"sse42"}, []string{"sse41"}, []Feature{HasSSE42}},

	{[]string{"nocona", "core2", "opteron-sse3", "k8-sse3", "athlon64-sse3"}, []string{"sse3"}, []Feature{HasCmpxchg16b}},
	{[]string{"penryn"}, []string{"sse41"}, []Feature{HasCmpxchg16b}},
	{[]string{"atom", "bonnell"}, []string{"ssse3"}, []Feature{HasCmpxchg16b}},
	{[]string{"silvermont", "slm", "goldmont", "goldmont-plus", "tremont"}, []string{"atom", "sse42"}, []Feature{HasPOPCNT}},
	{[]string{"alderlake", "sierraforest", "grandridge", "raptorlake", "meteorlake"}, []string{"tremont"},
		[]Feature{HasBMI1, HasBMI2, HasLZCNT, HasFMA, HasAVXVNNI}},
	{[]string{"nehalem", "corei7", "westmere"}, []string{"sse42"}, []Feature{HasPOPCNT, HasCmpxchg16b}},
	{[]string{"sandybridge", "corei7-avx", "ivybridge", "core-avx-i"}, []string{"westmere"}, []Feature{HasAVX}},
	{[]string{"haswell", "core-avx2", "broadwell", "skylake"}, []string{"ivybridge"},
		[]Feature{HasAVX2, HasBMI1, HasBMI2, HasFMA, HasLZCNT}},
	{[]string{"knl", "knm"}, nil,
		[]Feature{HasPOPCNT, HasAVX512F, HasFMA, HasBMI1, HasBMI2, HasLZCNT, HasCmpxchg16b}},
	{[]string{"skylake-avx512", "skx"}, []string{"broadwell"}, []Feature{HasAVX512F, HasAVX512DQ, HasAVX512VL}},
	{[]string{"cascadelake", "cooperlake"}, []string{"skx"}, []Feature{HasAVX512VNNI}},
	{[]string{"cannonlake"}, []string{"skylake"}, []Feature{HasAVX512F, HasAVX512DQ, HasAVX512VL, HasAVX512VBMI}},
	{[]string{"icelake-client", "icelake", "icelake-server", "tigerlake", "sapphirerapids", "graniterapids"},
		[]string{"cannonlake"}, []Feature{HasAVX512BITALG, HasAVX512VNNI}},

	{[]string{"barcelona", "amdfam10"}, nil, []Feature{HasPOPCNT, HasLZCNT, HasCmpxchg16b}},
	{[]string{"btver1"}, []string{"ssse3"}, []Feature{HasLZCNT, HasPOPCNT, HasCmpxchg16b}},
	{[]string{"btver2"}, []string{"btver1"}, []Feature{HasAVX, HasBMI1}},
	{[]string{"bdver1"}, []string{"ssse3"}, []Feature{HasLZCNT, HasPOPCNT, HasCmpxchg16b}},
	{[]string{"bdver2", "bdver3"}, []string{"bdver1"}, []Feature{HasBMI1}},
	{[]string{"bdver4"}, []string{"bdver2"}, []Feature{HasAVX2, HasBMI2}},
	{[]string{"znver1", "znver2", "znver3"}, []string{"sse42"},
		[]Feature{HasPOPCNT, HasBMI1, HasBMI2, HasLZCNT, HasFMA, HasCmpxchg16b}},
	{[]string{"znver4"}, []string{"znver3"},
		[]Feature{HasAVX512BITALG, HasAVX512DQ, HasAVX512F, HasAVX512VBMI, HasAVX512VL}},

	{[]string{"x86-64-v2"}, []string{"sse42"}, []Feature{HasPOPCNT, HasCmpxchg16b}},
	{[]string{"x86-64-v3"}, []string{"x86-64-v2"}, []Feature{HasBMI1, HasBMI2, HasFMA, HasLZCNT, HasAVX2}},
	{[]string{"x86-64-v4"}, []string{"x86-64-v3"}, []Feature{HasAVX512DQ, HasAVX512VL}},
}
