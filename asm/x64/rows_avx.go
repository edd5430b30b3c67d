package x64

// The rows of instructions without SSE form: AVX, AVX2, FMA and AVX-512 on 128-bit vectors.
const (
	VPBLENDVB uint16 = baseAVX + iota
	VBLENDVPS
	VBLENDVPD
	VBROADCASTSS
	VBROADCASTSSr
	VPBROADCASTB
	VPBROADCASTW
	VPBROADCASTD
	VPBROADCASTQ
	VPERMILPS
	VPERMILPSi
	VPERMILPD
	VPERMILPDi
	VPSLLVD
	VPSLLVQ
	VPSRLVD
	VPSRLVQ
	VPSRAVD
	VPBLENDD
	VPDPBUSD
	VPDPBUSDS
	VPDPWSSD
	VPDPWSSDS
	VZEROUPPER

	// fused multiply-add: the digits say which operands (from 1: R[1], R[2], R[3]) are multiplied, and which is added last

	VFMADD132PS
	VFMADD132PD
	VFMADD132SS
	VFMADD132SD
	VFMSUB132PS
	VFMSUB132PD
	VFMSUB132SS
	VFMSUB132SD
	VFNMADD132PS
	VFNMADD132PD
	VFNMADD132SS
	VFNMADD132SD
	VFNMSUB132PS
	VFNMSUB132PD
	VFNMSUB132SS
	VFNMSUB132SD
	VFMADD213PS
	VFMADD213PD
	VFMADD213SS
	VFMADD213SD
	VFMSUB213PS
	VFMSUB213PD
	VFMSUB213SS
	VFMSUB213SD
	VFNMADD213PS
	VFNMADD213PD
	VFNMADD213SS
	VFNMADD213SD
	VFNMSUB213PS
	VFNMSUB213PD
	VFNMSUB213SS
	VFNMSUB213SD
	VFMADD231PS
	VFMADD231PD
	VFMADD231SS
	VFMADD231SD
	VFMSUB231PS
	VFMSUB231PD
	VFMSUB231SS
	VFMSUB231SD
	VFNMADD231PS
	VFNMADD231PD
	VFNMADD231SS
	VFNMADD231SD
	VFNMSUB231PS
	VFNMSUB231PD
	VFNMSUB231SS
	VFNMSUB231SD

	// EVEX; the suffix e marks rows that exist with VEX as well

	VPABSQ
	VPMULLQ
	VPSRAQ
	VPSRAQi
	VPSRAVQ
	VPMINSQ
	VPMINUQ
	VPMAXSQ
	VPMAXUQ
	VPRORDi
	VPRORQi
	VPROLDi
	VPROLQi
	VPRORVD
	VPRORVQ
	VPROLVD
	VPROLVQ
	VPTERNLOGD
	VPTERNLOGQ
	VCVTUDQ2PS
	VCVTUDQ2PD
	VCVTTPS2UDQ
	VCVTTPD2UDQ
	VCVTQQ2PD
	VCVTUQQ2PD
	VCVTQQ2PS
	VCVTUQQ2PS
	VCVTTPD2QQ
	VCVTTPD2UQQ
	VCVTUSI2SS
	VCVTUSI2SD
	VCVTTSS2USI
	VCVTTSD2USI
	VPERMB   // R[0] = bytes of r/m R[2] by the indices R[1]
	VPERMI2B // R[0] = bytes of R[2]:R[3] by the indices R[1]
	VPERMT2B // R[0] = bytes of R[1]:R[3] by the indices R[2]
	VPMULTISHIFTQB
	VPOPCNTB
	VPOPCNTW
	VPDPBUSDe
	VPDPBUSDSe
	VPDPWSSDe
	VPDPWSSDSe
)

var avxRows = [groupSize]Row{
	VPBLENDVB - baseAVX:      {"vpblendvb", fVXXMX, 0, AVX, 0, vexRow | p66 | m0F3A | t16 | 0x4c},
	VBLENDVPS - baseAVX:      {"vblendvps", fVXXMX, 0, AVX, 0, vexRow | p66 | m0F3A | t16 | 0x4a},
	VBLENDVPD - baseAVX:      {"vblendvpd", fVXXMX, 0, AVX, 0, vexRow | p66 | m0F3A | t16 | 0x4b},
	VBROADCASTSS - baseAVX:   {"vbroadcastss", fXm, 0, AVX, 0, vexRow | p66 | m0F38 | t4 | 0x18},
	VBROADCASTSSr - baseAVX:  {"vbroadcastss", fXX, 0, AVX2, 0, vexRow | p66 | m0F38 | 0x18},
	VPBROADCASTB - baseAVX:   {"vpbroadcastb", fXM, 0, AVX2, 0, vexRow | p66 | m0F38 | t1 | 0x78},
	VPBROADCASTW - baseAVX:   {"vpbroadcastw", fXM, 0, AVX2, 0, vexRow | p66 | m0F38 | t2 | 0x79},
	VPBROADCASTD - baseAVX:   {"vpbroadcastd", fXM, 0, AVX2, 0, vexRow | p66 | m0F38 | t4 | 0x58},
	VPBROADCASTQ - baseAVX:   {"vpbroadcastq", fXM, 0, AVX2, 0, vexRow | p66 | m0F38 | t8 | 0x59},
	VPERMILPS - baseAVX:      {"vpermilps", fVXXM, 0, AVX, 0, vexRow | p66 | m0F38 | t16 | 0x0c},
	VPERMILPSi - baseAVX:     {"vpermilps", fXMI, 0, AVX, 0, vexRow | p66 | m0F3A | t16 | 0x04},
	VPERMILPD - baseAVX:      {"vpermilpd", fVXXM, 0, AVX, 0, vexRow | p66 | m0F38 | t16 | 0x0d},
	VPERMILPDi - baseAVX:     {"vpermilpd", fXMI, 0, AVX, 0, vexRow | p66 | m0F3A | t16 | 0x05},
	VPSLLVD - baseAVX:        {"vpsllvd", fVXXM, 0, AVX2, 0, vexRow | p66 | m0F38 | t16 | 0x47},
	VPSLLVQ - baseAVX:        {"vpsllvq", fVXXM, 0, AVX2, 0, vexRow | w1 | p66 | m0F38 | t16 | 0x47},
	VPSRLVD - baseAVX:        {"vpsrlvd", fVXXM, 0, AVX2, 0, vexRow | p66 | m0F38 | t16 | 0x45},
	VPSRLVQ - baseAVX:        {"vpsrlvq", fVXXM, 0, AVX2, 0, vexRow | w1 | p66 | m0F38 | t16 | 0x45},
	VPSRAVD - baseAVX:        {"vpsravd", fVXXM, 0, AVX2, 0, vexRow | p66 | m0F38 | t16 | 0x46},
	VPBLENDD - baseAVX:       {"vpblendd", fVXXMI, 0, AVX2, 0, vexRow | p66 | m0F3A | t16 | 0x02},
	VPDPBUSD - baseAVX:       {"vpdpbusd", fFMA, 0, AVXVNNI, 0, vexRow | p66 | m0F38 | t16 | 0x50},
	VPDPBUSDS - baseAVX:      {"vpdpbusds", fFMA, 0, AVXVNNI, 0, vexRow | p66 | m0F38 | t16 | 0x51},
	VPDPWSSD - baseAVX:       {"vpdpwssd", fFMA, 0, AVXVNNI, 0, vexRow | p66 | m0F38 | t16 | 0x52},
	VPDPWSSDS - baseAVX:      {"vpdpwssds", fFMA, 0, AVXVNNI, 0, vexRow | p66 | m0F38 | t16 | 0x53},
	VZEROUPPER - baseAVX:     {"vzeroupper", fNone, 0, AVX, 0, vexRow | m0F | 0x77},
	VFMADD132PS - baseAVX:    {"vfmadd132ps", fFMA, 0, FMA, 0, vexRow | p66 | m0F38 | t16 | 0x98},
	VFMADD132PD - baseAVX:    {"vfmadd132pd", fFMA, 0, FMA, 0, vexRow | w1 | p66 | m0F38 | t16 | 0x98},
	VFMADD132SS - baseAVX:    {"vfmadd132ss", fFMA, 0, FMA, 0, vexRow | p66 | m0F38 | t4 | 0x99},
	VFMADD132SD - baseAVX:    {"vfmadd132sd", fFMA, 0, FMA, 0, vexRow | w1 | p66 | m0F38 | t8 | 0x99},
	VFMSUB132PS - baseAVX:    {"vfmsub132ps", fFMA, 0, FMA, 0, vexRow | p66 | m0F38 | t16 | 0x9a},
	VFMSUB132PD - baseAVX:    {"vfmsub132pd", fFMA, 0, FMA, 0, vexRow | w1 | p66 | m0F38 | t16 | 0x9a},
	VFMSUB132SS - baseAVX:    {"vfmsub132ss", fFMA, 0, FMA, 0, vexRow | p66 | m0F38 | t4 | 0x9b},
	VFMSUB132SD - baseAVX:    {"vfmsub132sd", fFMA, 0, FMA, 0, vexRow | w1 | p66 | m0F38 | t8 | 0x9b},
	VFNMADD132PS - baseAVX:   {"vfnmadd132ps", fFMA, 0, FMA, 0, vexRow | p66 | m0F38 | t16 | 0x9c},
	VFNMADD132PD - baseAVX:   {"vfnmadd132pd", fFMA, 0, FMA, 0, vexRow | w1 | p66 | m0F38 | t16 | 0x9c},
	VFNMADD132SS - baseAVX:   {"vfnmadd132ss", fFMA, 0, FMA, 0, vexRow | p66 | m0F38 | t4 | 0x9d},
	VFNMADD132SD - baseAVX:   {"vfnmadd132sd", fFMA, 0, FMA, 0, vexRow | w1 | p66 | m0F38 | t8 | 0x9d},
	VFNMSUB132PS - baseAVX:   {"vfnmsub132ps", fFMA, 0, FMA, 0, vexRow | p66 | m0F38 | t16 | 0x9e},
	VFNMSUB132PD - baseAVX:   {"vfnmsub132pd", fFMA, 0, FMA, 0, vexRow | w1 | p66 | m0F38 | t16 | 0x9e},
	VFNMSUB132SS - baseAVX:   {"vfnmsub132ss", fFMA, 0, FMA, 0, vexRow | p66 | m0F38 | t4 | 0x9f},
	VFNMSUB132SD - baseAVX:   {"vfnmsub132sd", fFMA, 0, FMA, 0, vexRow | w1 | p66 | m0F38 | t8 | 0x9f},
	VFMADD213PS - baseAVX:    {"vfmadd213ps", fFMA, 0, FMA, 0, vexRow | p66 | m0F38 | t16 | 0xa8},
	VFMADD213PD - baseAVX:    {"vfmadd213pd", fFMA, 0, FMA, 0, vexRow | w1 | p66 | m0F38 | t16 | 0xa8},
	VFMADD213SS - baseAVX:    {"vfmadd213ss", fFMA, 0, FMA, 0, vexRow | p66 | m0F38 | t4 | 0xa9},
	VFMADD213SD - baseAVX:    {"vfmadd213sd", fFMA, 0, FMA, 0, vexRow | w1 | p66 | m0F38 | t8 | 0xa9},
	VFMSUB213PS - baseAVX:    {"vfmsub213ps", fFMA, 0, FMA, 0, vexRow | p66 | m0F38 | t16 | 0xaa},
	VFMSUB213PD - baseAVX:    {"vfmsub213pd", fFMA, 0, FMA, 0, vexRow | w1 | p66 | m0F38 | t16 | 0xaa},
	VFMSUB213SS - baseAVX:    {"vfmsub213ss", fFMA, 0, FMA, 0, vexRow | p66 | m0F38 | t4 | 0xab},
	VFMSUB213SD - baseAVX:    {"vfmsub213sd", fFMA, 0, FMA, 0, vexRow | w1 | p66 | m0F38 | t8 | 0xab},
	VFNMADD213PS - baseAVX:   {"vfnmadd213ps", fFMA, 0, FMA, 0, vexRow | p66 | m0F38 | t16 | 0xac},
	VFNMADD213PD - baseAVX:   {"vfnmadd213pd", fFMA, 0, FMA, 0, vexRow | w1 | p66 | m0F38 | t16 | 0xac},
	VFNMADD213SS - baseAVX:   {"vfnmadd213ss", fFMA, 0, FMA, 0, vexRow | p66 | m0F38 | t4 | 0xad},
	VFNMADD213SD - baseAVX:   {"vfnmadd213sd", fFMA, 0, FMA, 0, vexRow | w1 | p66 | m0F38 | t8 | 0xad},
	VFNMSUB213PS - baseAVX:   {"vfnmsub213ps", fFMA, 0, FMA, 0, vexRow | p66 | m0F38 | t16 | 0xae},
	VFNMSUB213PD - baseAVX:   {"vfnmsub213pd", fFMA, 0, FMA, 0, vexRow | w1 | p66 | m0F38 | t16 | 0xae},
	VFNMSUB213SS - baseAVX:   {"vfnmsub213ss", fFMA, 0, FMA, 0, vexRow | p66 | m0F38 | t4 | 0xaf},
	VFNMSUB213SD - baseAVX:   {"vfnmsub213sd", fFMA, 0, FMA, 0, vexRow | w1 | p66 | m0F38 | t8 | 0xaf},
	VFMADD231PS - baseAVX:    {"vfmadd231ps", fFMA, 0, FMA, 0, vexRow | p66 | m0F38 | t16 | 0xb8},
	VFMADD231PD - baseAVX:    {"vfmadd231pd", fFMA, 0, FMA, 0, vexRow | w1 | p66 | m0F38 | t16 | 0xb8},
	VFMADD231SS - baseAVX:    {"vfmadd231ss", fFMA, 0, FMA, 0, vexRow | p66 | m0F38 | t4 | 0xb9},
	VFMADD231SD - baseAVX:    {"vfmadd231sd", fFMA, 0, FMA, 0, vexRow | w1 | p66 | m0F38 | t8 | 0xb9},
	VFMSUB231PS - baseAVX:    {"vfmsub231ps", fFMA, 0, FMA, 0, vexRow | p66 | m0F38 | t16 | 0xba},
	VFMSUB231PD - baseAVX:    {"vfmsub231pd", fFMA, 0, FMA, 0, vexRow | w1 | p66 | m0F38 | t16 | 0xba},
	VFMSUB231SS - baseAVX:    {"vfmsub231ss", fFMA, 0, FMA, 0, vexRow | p66 | m0F38 | t4 | 0xbb},
	VFMSUB231SD - baseAVX:    {"vfmsub231sd", fFMA, 0, FMA, 0, vexRow | w1 | p66 | m0F38 | t8 | 0xbb},
	VFNMADD231PS - baseAVX:   {"vfnmadd231ps", fFMA, 0, FMA, 0, vexRow | p66 | m0F38 | t16 | 0xbc},
	VFNMADD231PD - baseAVX:   {"vfnmadd231pd", fFMA, 0, FMA, 0, vexRow | w1 | p66 | m0F38 | t16 | 0xbc},
	VFNMADD231SS - baseAVX:   {"vfnmadd231ss", fFMA, 0, FMA, 0, vexRow | p66 | m0F38 | t4 | 0xbd},
	VFNMADD231SD - baseAVX:   {"vfnmadd231sd", fFMA, 0, FMA, 0, vexRow | w1 | p66 | m0F38 | t8 | 0xbd},
	VFNMSUB231PS - baseAVX:   {"vfnmsub231ps", fFMA, 0, FMA, 0, vexRow | p66 | m0F38 | t16 | 0xbe},
	VFNMSUB231PD - baseAVX:   {"vfnmsub231pd", fFMA, 0, FMA, 0, vexRow | w1 | p66 | m0F38 | t16 | 0xbe},
	VFNMSUB231SS - baseAVX:   {"vfnmsub231ss", fFMA, 0, FMA, 0, vexRow | p66 | m0F38 | t4 | 0xbf},
	VFNMSUB231SD - baseAVX:   {"vfnmsub231sd", fFMA, 0, FMA, 0, vexRow | w1 | p66 | m0F38 | t8 | 0xbf},
	VPABSQ - baseAVX:         {"vpabsq", fXM, 0, AVX512VL, 0, evex | t16 | w1 | p66 | m0F38 | 0x1f},
	VPMULLQ - baseAVX:        {"vpmullq", fVXXM, 0, AVX512DQ, Commutes, evex | t16 | w1 | p66 | m0F38 | 0x40},
	VPSRAQ - baseAVX:         {"vpsraq", fVXXM, 0, AVX512VL, 0, evex | t16 | w1 | p66 | m0F | 0xe2},
	VPSRAQi - baseAVX:        {"vpsraq", fVMI, 0, AVX512VL, 0, evex | t16 | w1 | d4 | p66 | m0F | 0x72},
	VPSRAVQ - baseAVX:        {"vpsravq", fVXXM, 0, AVX512VL, 0, evex | t16 | w1 | p66 | m0F38 | 0x46},
	VPMINSQ - baseAVX:        {"vpminsq", fVXXM, 0, AVX512VL, Commutes, evex | t16 | w1 | p66 | m0F38 | 0x39},
	VPMINUQ - baseAVX:        {"vpminuq", fVXXM, 0, AVX512VL, Commutes, evex | t16 | w1 | p66 | m0F38 | 0x3b},
	VPMAXSQ - baseAVX:        {"vpmaxsq", fVXXM, 0, AVX512VL, Commutes, evex | t16 | w1 | p66 | m0F38 | 0x3d},
	VPMAXUQ - baseAVX:        {"vpmaxuq", fVXXM, 0, AVX512VL, Commutes, evex | t16 | w1 | p66 | m0F38 | 0x3f},
	VPRORDi - baseAVX:        {"vprord", fVMI, 0, AVX512VL, 0, evex | t16 | d0 | p66 | m0F | 0x72},
	VPRORQi - baseAVX:        {"vprorq", fVMI, 0, AVX512VL, 0, evex | t16 | w1 | d0 | p66 | m0F | 0x72},
	VPROLDi - baseAVX:        {"vprold", fVMI, 0, AVX512VL, 0, evex | t16 | d1 | p66 | m0F | 0x72},
	VPROLQi - baseAVX:        {"vprolq", fVMI, 0, AVX512VL, 0, evex | t16 | w1 | d1 | p66 | m0F | 0x72},
	VPRORVD - baseAVX:        {"vprorvd", fVXXM, 0, AVX512VL, 0, evex | t16 | p66 | m0F38 | 0x14},
	VPRORVQ - baseAVX:        {"vprorvq", fVXXM, 0, AVX512VL, 0, evex | t16 | w1 | p66 | m0F38 | 0x14},
	VPROLVD - baseAVX:        {"vprolvd", fVXXM, 0, AVX512VL, 0, evex | t16 | p66 | m0F38 | 0x15},
	VPROLVQ - baseAVX:        {"vprolvq", fVXXM, 0, AVX512VL, 0, evex | t16 | w1 | p66 | m0F38 | 0x15},
	VPTERNLOGD - baseAVX:     {"vpternlogd", fFMAI, 0, AVX512VL, 0, evex | t16 | p66 | m0F3A | 0x25},
	VPTERNLOGQ - baseAVX:     {"vpternlogq", fFMAI, 0, AVX512VL, 0, evex | t16 | w1 | p66 | m0F3A | 0x25},
	VCVTUDQ2PS - baseAVX:     {"vcvtudq2ps", fXM, 0, AVX512VL, 0, evex | t16 | pF2 | m0F | 0x7a},
	VCVTUDQ2PD - baseAVX:     {"vcvtudq2pd", fXM, 0, AVX512VL, 0, evex | t8 | pF3 | m0F | 0x7a},
	VCVTTPS2UDQ - baseAVX:    {"vcvttps2udq", fXM, 0, AVX512VL, 0, evex | t16 | m0F | 0x78},
	VCVTTPD2UDQ - baseAVX:    {"vcvttpd2udq", fXM, 0, AVX512VL, 0, evex | t16 | w1 | m0F | 0x78},
	VCVTQQ2PD - baseAVX:      {"vcvtqq2pd", fXM, 0, AVX512DQ, 0, evex | t16 | w1 | pF3 | m0F | 0xe6},
	VCVTUQQ2PD - baseAVX:     {"vcvtuqq2pd", fXM, 0, AVX512DQ, 0, evex | t16 | w1 | pF3 | m0F | 0x7a},
	VCVTQQ2PS - baseAVX:      {"vcvtqq2ps", fXM, 0, AVX512DQ, 0, evex | t16 | w1 | m0F | 0x5b},
	VCVTUQQ2PS - baseAVX:     {"vcvtuqq2ps", fXM, 0, AVX512DQ, 0, evex | t16 | w1 | pF2 | m0F | 0x7a},
	VCVTTPD2QQ - baseAVX:     {"vcvttpd2qq", fXM, 0, AVX512DQ, 0, evex | t16 | w1 | p66 | m0F | 0x7a},
	VCVTTPD2UQQ - baseAVX:    {"vcvttpd2uqq", fXM, 0, AVX512DQ, 0, evex | t16 | w1 | p66 | m0F | 0x78},
	VCVTUSI2SS - baseAVX:     {"vcvtusi2ss", fVXXR, lq, AVX512F, suffix, evex | tSize | wz | pF3 | m0F | 0x7b},
	VCVTUSI2SD - baseAVX:     {"vcvtusi2sd", fVXXR, lq, AVX512F, suffix, evex | tSize | wz | pF2 | m0F | 0x7b},
	VCVTTSS2USI - baseAVX:    {"vcvttss2usi", fRXM, lq, AVX512F, 0, evex | t4 | wz | pF3 | m0F | 0x78},
	VCVTTSD2USI - baseAVX:    {"vcvttsd2usi", fRXM, lq, AVX512F, 0, evex | t8 | wz | pF2 | m0F | 0x78},
	VPERMB - baseAVX:         {"vpermb", fVXXM, 0, AVX512VBMI, 0, evex | t16 | p66 | m0F38 | 0x8d},
	VPERMI2B - baseAVX:       {"vpermi2b", fFMA, 0, AVX512VBMI, 0, evex | t16 | p66 | m0F38 | 0x75},
	VPERMT2B - baseAVX:       {"vpermt2b", fFMA, 0, AVX512VBMI, 0, evex | t16 | p66 | m0F38 | 0x7d},
	VPMULTISHIFTQB - baseAVX: {"vpmultishiftqb", fVXXM, 0, AVX512VBMI, 0, evex | t16 | w1 | p66 | m0F38 | 0x83},
	VPOPCNTB - baseAVX:       {"vpopcntb", fXM, 0, AVX512BITALG, 0, evex | t16 | p66 | m0F38 | 0x54},
	VPOPCNTW - baseAVX:       {"vpopcntw", fXM, 0, AVX512BITALG, 0, evex | t16 | w1 | p66 | m0F38 | 0x54},
	VPDPBUSDe - baseAVX:      {"vpdpbusd", fFMA, 0, AVX512VNNI, 0, evex | t16 | p66 | m0F38 | 0x50},
	VPDPBUSDSe - baseAVX:     {"vpdpbusds", fFMA, 0, AVX512VNNI, 0, evex | t16 | p66 | m0F38 | 0x51},
	VPDPWSSDe - baseAVX:      {"vpdpwssd", fFMA, 0, AVX512VNNI, 0, evex | t16 | p66 | m0F38 | 0x52},
	VPDPWSSDSe - baseAVX:     {"vpdpwssds", fFMA, 0, AVX512VNNI, 0, evex | t16 | p66 | m0F38 | 0x53},
}
