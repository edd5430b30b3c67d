package x64

// The rows of SSE instructions, most of which have an AVX form under [VEX].
const (

	// moves, loads and stores

	MOVAPS uint16 = baseSSE + iota
	MOVAPSmr
	MOVAPD
	MOVAPDmr
	MOVDQA
	MOVDQAmr
	MOVUPS
	MOVUPSmr
	MOVUPD
	MOVUPDmr
	MOVDQU
	MOVDQUmr
	MOVSS
	MOVSSr // R[0] = lane 0 of R[2], the rest of R[1]
	MOVSSmr
	MOVSD
	MOVSDr // R[0] = lane 0 of R[2], the rest of R[1]
	MOVSDmr
	MOVD  // R[0] = r/m R[1], 4 or 8 bytes, zero-extended
	MOVDr // general-purpose R[0] = low 4 or 8 bytes of R[1]
	MOVQ  // R[0] = low 8 bytes of r/m R[1], zero-extended
	MOVQmr
	MOVLPS // R[0] = R[1] with the low half from memory
	MOVLPSmr
	MOVHPS // R[0] = R[1] with the high half from memory
	MOVHPSmr
	MOVLPD
	MOVLPDmr
	MOVHPD
	MOVHPDmr
	MOVLHPS
	MOVHLPS
	MOVDDUP
	MOVSHDUP
	MOVSLDUP
	MOVMSKPS
	MOVMSKPD
	PMOVMSKB

	// floating-point arithmetic

	ADDPS
	ADDPD
	ADDSS
	ADDSD
	MULPS
	MULPD
	MULSS
	MULSD
	SUBPS
	SUBPD
	SUBSS
	SUBSD
	MINPS
	MINPD
	MINSS
	MINSD
	DIVPS
	DIVPD
	DIVSS
	DIVSD
	MAXPS
	MAXPD
	MAXSS
	MAXSD
	SQRTPS
	SQRTPD
	SQRTSS
	SQRTSD
	ANDPS
	ANDPD
	ANDNPS
	ANDNPD
	ORPS
	ORPD
	XORPS
	XORPD
	CMPPS
	CMPPD
	CMPSS
	CMPSD
	UCOMISS
	UCOMISD
	COMISS
	COMISD
	SHUFPS
	SHUFPD
	UNPCKLPS
	UNPCKLPD
	UNPCKHPS
	UNPCKHPD
	BLENDPS
	BLENDPD
	BLENDVPS
	BLENDVPD
	INSERTPS
	EXTRACTPS
	ROUNDPS
	ROUNDPD
	ROUNDSS
	ROUNDSD

	// conversions

	CVTSI2SS
	CVTSI2SD
	CVTTSS2SI
	CVTSS2SI
	CVTTSD2SI
	CVTSD2SI
	CVTSS2SD
	CVTSD2SS
	CVTDQ2PS
	CVTTPS2DQ
	CVTPS2DQ
	CVTDQ2PD
	CVTTPD2DQ
	CVTPD2DQ
	CVTPS2PD
	CVTPD2PS

	// packed integers

	PADDB
	PADDW
	PADDD
	PADDQ
	PSUBB
	PSUBW
	PSUBD
	PSUBQ
	PADDSB
	PADDSW
	PADDUSB
	PADDUSW
	PSUBSB
	PSUBSW
	PSUBUSB
	PSUBUSW
	PAVGB
	PAVGW
	PMULLW
	PMULHW
	PMULHUW
	PMULUDQ
	PMADDWD
	PSADBW
	PAND
	PANDN
	POR
	PXOR
	PCMPEQB
	PCMPEQW
	PCMPEQD
	PCMPGTB
	PCMPGTW
	PCMPGTD
	PMINUB
	PMINSW
	PMAXUB
	PMAXSW
	PUNPCKLBW
	PUNPCKLWD
	PUNPCKLDQ
	PUNPCKLQDQ
	PUNPCKHBW
	PUNPCKHWD
	PUNPCKHDQ
	PUNPCKHQDQ
	PACKSSWB
	PACKSSDW
	PACKUSWB
	PSLLW
	PSLLD
	PSLLQ
	PSRLW
	PSRLD
	PSRLQ
	PSRAW
	PSRAD
	PSLLWi
	PSRLWi
	PSRAWi
	PSLLDi
	PSRLDi
	PSRADi
	PSLLQi
	PSRLQi
	PSLLDQi
	PSRLDQi
	PSHUFB
	PHADDW
	PHADDD
	PMADDUBSW
	PMULHRSW
	PMULDQ
	PCMPEQQ
	PACKUSDW
	PCMPGTQ
	PMINSB
	PMINSD
	PMINUW
	PMINUD
	PMAXSB
	PMAXSD
	PMAXUW
	PMAXUD
	PMULLD
	PABSB
	PABSW
	PABSD
	PMOVSXBW
	PMOVSXBD
	PMOVSXBQ
	PMOVSXWD
	PMOVSXWQ
	PMOVSXDQ
	PMOVZXBW
	PMOVZXBD
	PMOVZXBQ
	PMOVZXWD
	PMOVZXWQ
	PMOVZXDQ
	PSHUFD
	PSHUFLW
	PSHUFHW
	PALIGNR
	PBLENDW
	PBLENDVB
	PTEST
	PINSRB
	PINSRW
	PINSRD
	PEXTRB
	PEXTRW  // registers only
	PEXTRWm // R[0] r/m = lane; for memory
	PEXTRD
)

var sseRows = [groupSize]Row{
	MOVAPS - baseSSE:     {"movaps", fXM, 0, Base, Moves | AlignedMem | alignedVEX, m0F | 0x28},
	MOVAPSmr - baseSSE:   {"movaps", fmX, 0, Base, AlignedMem | alignedVEX, m0F | 0x29},
	MOVAPD - baseSSE:     {"movapd", fXM, 0, Base, Moves | AlignedMem | alignedVEX, p66 | m0F | 0x28},
	MOVAPDmr - baseSSE:   {"movapd", fmX, 0, Base, AlignedMem | alignedVEX, p66 | m0F | 0x29},
	MOVDQA - baseSSE:     {"movdqa", fXM, 0, Base, Moves | AlignedMem | alignedVEX, p66 | m0F | 0x6f},
	MOVDQAmr - baseSSE:   {"movdqa", fmX, 0, Base, AlignedMem | alignedVEX, p66 | m0F | 0x7f},
	MOVUPS - baseSSE:     {"movups", fXM, 0, Base, Moves, m0F | t16 | 0x10},
	MOVUPSmr - baseSSE:   {"movups", fmX, 0, Base, 0, m0F | t16 | 0x11},
	MOVUPD - baseSSE:     {"movupd", fXM, 0, Base, Moves, p66 | m0F | t16 | 0x10},
	MOVUPDmr - baseSSE:   {"movupd", fmX, 0, Base, 0, p66 | m0F | t16 | 0x11},
	MOVDQU - baseSSE:     {"movdqu", fXM, 0, Base, Moves, pF3 | m0F | t16 | 0x6f},
	MOVDQUmr - baseSSE:   {"movdqu", fmX, 0, Base, 0, pF3 | m0F | t16 | 0x7f},
	MOVSS - baseSSE:      {"movss", fXm, 0, Base, 0, pF3 | m0F | t4 | 0x10},
	MOVSSr - baseSSE:     {"movss", fXXX, 0, Base, 0, pF3 | m0F | 0x10},
	MOVSSmr - baseSSE:    {"movss", fmX, 0, Base, 0, pF3 | m0F | t4 | 0x11},
	MOVSD - baseSSE:      {"movsd", fXm, 0, Base, 0, pF2 | m0F | t8 | 0x10},
	MOVSDr - baseSSE:     {"movsd", fXXX, 0, Base, 0, pF2 | m0F | 0x10},
	MOVSDmr - baseSSE:    {"movsd", fmX, 0, Base, 0, pF2 | m0F | t8 | 0x11},
	MOVD - baseSSE:       {"-/-/movd/movq", fXR, lq, Base, 0, wz | p66 | m0F | tSize | 0x6e},
	MOVDr - baseSSE:      {"-/-/movd/movq", fRX, lq, Base, 0, wz | p66 | m0F | 0x7e},
	MOVQ - baseSSE:       {"movq", fXM, 0, Base, 0, pF3 | m0F | t8 | 0x7e},
	MOVQmr - baseSSE:     {"movq", fmX, 0, Base, 0, p66 | m0F | t8 | 0xd6},
	MOVLPS - baseSSE:     {"movlps", fXXm, 0, Base, 0, m0F | t8 | 0x12},
	MOVLPSmr - baseSSE:   {"movlps", fmX, 0, Base, 0, m0F | t8 | 0x13},
	MOVHPS - baseSSE:     {"movhps", fXXm, 0, Base, 0, m0F | t8 | 0x16},
	MOVHPSmr - baseSSE:   {"movhps", fmX, 0, Base, 0, m0F | t8 | 0x17},
	MOVLPD - baseSSE:     {"movlpd", fXXm, 0, Base, 0, p66 | m0F | t8 | 0x12},
	MOVLPDmr - baseSSE:   {"movlpd", fmX, 0, Base, 0, p66 | m0F | t8 | 0x13},
	MOVHPD - baseSSE:     {"movhpd", fXXm, 0, Base, 0, p66 | m0F | t8 | 0x16},
	MOVHPDmr - baseSSE:   {"movhpd", fmX, 0, Base, 0, p66 | m0F | t8 | 0x17},
	MOVLHPS - baseSSE:    {"movlhps", fXXX, 0, Base, 0, m0F | 0x16},
	MOVHLPS - baseSSE:    {"movhlps", fXXX, 0, Base, 0, m0F | 0x12},
	MOVDDUP - baseSSE:    {"movddup", fXM, 0, SSE3, 0, pF2 | m0F | t8 | 0x12},
	MOVSHDUP - baseSSE:   {"movshdup", fXM, 0, SSE3, AlignedMem, pF3 | m0F | 0x16},
	MOVSLDUP - baseSSE:   {"movsldup", fXM, 0, SSE3, AlignedMem, pF3 | m0F | 0x12},
	MOVMSKPS - baseSSE:   {"movmskps", fRX2, 0, Base, intOperand, m0F | 0x50},
	MOVMSKPD - baseSSE:   {"movmskpd", fRX2, 0, Base, intOperand, p66 | m0F | 0x50},
	PMOVMSKB - baseSSE:   {"pmovmskb", fRX2, 0, Base, intOperand, p66 | m0F | 0xd7},
	ADDPS - baseSSE:      {"addps", fXXM, 0, Base, AlignedMem | Commutes | shortens, m0F | 0x58},
	ADDPD - baseSSE:      {"addpd", fXXM, 0, Base, AlignedMem | Commutes | shortens, p66 | m0F | 0x58},
	ADDSS - baseSSE:      {"addss", fXXM, 0, Base, 0, pF3 | m0F | t4 | 0x58},
	ADDSD - baseSSE:      {"addsd", fXXM, 0, Base, 0, pF2 | m0F | t8 | 0x58},
	MULPS - baseSSE:      {"mulps", fXXM, 0, Base, AlignedMem | Commutes | shortens, m0F | 0x59},
	MULPD - baseSSE:      {"mulpd", fXXM, 0, Base, AlignedMem | Commutes | shortens, p66 | m0F | 0x59},
	MULSS - baseSSE:      {"mulss", fXXM, 0, Base, 0, pF3 | m0F | t4 | 0x59},
	MULSD - baseSSE:      {"mulsd", fXXM, 0, Base, 0, pF2 | m0F | t8 | 0x59},
	SUBPS - baseSSE:      {"subps", fXXM, 0, Base, AlignedMem, m0F | 0x5c},
	SUBPD - baseSSE:      {"subpd", fXXM, 0, Base, AlignedMem, p66 | m0F | 0x5c},
	SUBSS - baseSSE:      {"subss", fXXM, 0, Base, 0, pF3 | m0F | t4 | 0x5c},
	SUBSD - baseSSE:      {"subsd", fXXM, 0, Base, 0, pF2 | m0F | t8 | 0x5c},
	MINPS - baseSSE:      {"minps", fXXM, 0, Base, AlignedMem, m0F | 0x5d},
	MINPD - baseSSE:      {"minpd", fXXM, 0, Base, AlignedMem, p66 | m0F | 0x5d},
	MINSS - baseSSE:      {"minss", fXXM, 0, Base, 0, pF3 | m0F | t4 | 0x5d},
	MINSD - baseSSE:      {"minsd", fXXM, 0, Base, 0, pF2 | m0F | t8 | 0x5d},
	DIVPS - baseSSE:      {"divps", fXXM, 0, Base, AlignedMem, m0F | 0x5e},
	DIVPD - baseSSE:      {"divpd", fXXM, 0, Base, AlignedMem, p66 | m0F | 0x5e},
	DIVSS - baseSSE:      {"divss", fXXM, 0, Base, 0, pF3 | m0F | t4 | 0x5e},
	DIVSD - baseSSE:      {"divsd", fXXM, 0, Base, 0, pF2 | m0F | t8 | 0x5e},
	MAXPS - baseSSE:      {"maxps", fXXM, 0, Base, AlignedMem, m0F | 0x5f},
	MAXPD - baseSSE:      {"maxpd", fXXM, 0, Base, AlignedMem, p66 | m0F | 0x5f},
	MAXSS - baseSSE:      {"maxss", fXXM, 0, Base, 0, pF3 | m0F | t4 | 0x5f},
	MAXSD - baseSSE:      {"maxsd", fXXM, 0, Base, 0, pF2 | m0F | t8 | 0x5f},
	SQRTPS - baseSSE:     {"sqrtps", fXM, 0, Base, AlignedMem, m0F | 0x51},
	SQRTPD - baseSSE:     {"sqrtpd", fXM, 0, Base, AlignedMem, p66 | m0F | 0x51},
	SQRTSS - baseSSE:     {"sqrtss", fXXMo, 0, Base, 0, pF3 | m0F | t4 | 0x51},
	SQRTSD - baseSSE:     {"sqrtsd", fXXMo, 0, Base, 0, pF2 | m0F | t8 | 0x51},
	ANDPS - baseSSE:      {"andps", fXXM, 0, Base, AlignedMem | Commutes | shortens, m0F | 0x54},
	ANDPD - baseSSE:      {"andpd", fXXM, 0, Base, AlignedMem | Commutes | shortens, p66 | m0F | 0x54},
	ANDNPS - baseSSE:     {"andnps", fXXM, 0, Base, AlignedMem, m0F | 0x55},
	ANDNPD - baseSSE:     {"andnpd", fXXM, 0, Base, AlignedMem, p66 | m0F | 0x55},
	ORPS - baseSSE:       {"orps", fXXM, 0, Base, AlignedMem | Commutes | shortens, m0F | 0x56},
	ORPD - baseSSE:       {"orpd", fXXM, 0, Base, AlignedMem | Commutes | shortens, p66 | m0F | 0x56},
	XORPS - baseSSE:      {"xorps", fXXM, 0, Base, AlignedMem | Commutes | shortens, m0F | 0x57},
	XORPD - baseSSE:      {"xorpd", fXXM, 0, Base, AlignedMem | Commutes | shortens, p66 | m0F | 0x57},
	CMPPS - baseSSE:      {"cmp%ps", fXXMI, 0, Base, AlignedMem | predName, m0F | 0xc2},
	CMPPD - baseSSE:      {"cmp%pd", fXXMI, 0, Base, AlignedMem | predName, p66 | m0F | 0xc2},
	CMPSS - baseSSE:      {"cmp%ss", fXXMI, 0, Base, predName, pF3 | m0F | t4 | 0xc2},
	CMPSD - baseSSE:      {"cmp%sd", fXXMI, 0, Base, predName, pF2 | m0F | t8 | 0xc2},
	UCOMISS - baseSSE:    {"ucomiss", fSXM, 0, Base, wf, m0F | t4 | 0x2e},
	UCOMISD - baseSSE:    {"ucomisd", fSXM, 0, Base, wf, p66 | m0F | t8 | 0x2e},
	COMISS - baseSSE:     {"comiss", fSXM, 0, Base, wf, m0F | t4 | 0x2f},
	COMISD - baseSSE:     {"comisd", fSXM, 0, Base, wf, p66 | m0F | t8 | 0x2f},
	SHUFPS - baseSSE:     {"shufps", fXXMI, 0, Base, AlignedMem, m0F | 0xc6},
	SHUFPD - baseSSE:     {"shufpd", fXXMI, 0, Base, AlignedMem, p66 | m0F | 0xc6},
	UNPCKLPS - baseSSE:   {"unpcklps", fXXM, 0, Base, AlignedMem, m0F | 0x14},
	UNPCKLPD - baseSSE:   {"unpcklpd", fXXM, 0, Base, AlignedMem, p66 | m0F | 0x14},
	UNPCKHPS - baseSSE:   {"unpckhps", fXXM, 0, Base, AlignedMem, m0F | 0x15},
	UNPCKHPD - baseSSE:   {"unpckhpd", fXXM, 0, Base, AlignedMem, p66 | m0F | 0x15},
	BLENDPS - baseSSE:    {"blendps", fXXMI, 0, SSE41, AlignedMem, p66 | m0F3A | 0xc},
	BLENDPD - baseSSE:    {"blendpd", fXXMI, 0, SSE41, AlignedMem, p66 | m0F3A | 0xd},
	BLENDVPS - baseSSE:   {"blendvps", fXXMx0, 0, SSE41, AlignedMem | noVEX, p66 | m0F38 | 0x14},
	BLENDVPD - baseSSE:   {"blendvpd", fXXMx0, 0, SSE41, AlignedMem | noVEX, p66 | m0F38 | 0x15},
	INSERTPS - baseSSE:   {"insertps", fXXMI, 0, SSE41, 0, p66 | m0F3A | t4 | 0x21},
	EXTRACTPS - baseSSE:  {"extractps", fDXI, 0, SSE41, intOperand, p66 | m0F3A | t4 | 0x17},
	ROUNDPS - baseSSE:    {"roundps", fXMI, 0, SSE41, AlignedMem, p66 | m0F3A | 0x08},
	ROUNDPD - baseSSE:    {"roundpd", fXMI, 0, SSE41, AlignedMem, p66 | m0F3A | 0x09},
	ROUNDSS - baseSSE:    {"roundss", fXXMIo, 0, SSE41, 0, p66 | m0F3A | t4 | 0x0a},
	ROUNDSD - baseSSE:    {"roundsd", fXXMIo, 0, SSE41, 0, p66 | m0F3A | t8 | 0x0b},
	CVTSI2SS - baseSSE:   {"cvtsi2ss", fXXR, lq, Base, suffix, wz | pF3 | m0F | tSize | 0x2a},
	CVTSI2SD - baseSSE:   {"cvtsi2sd", fXXR, lq, Base, suffix, wz | pF2 | m0F | tSize | 0x2a},
	CVTTSS2SI - baseSSE:  {"cvttss2si", fRXM, lq, Base, 0, wz | pF3 | m0F | t4 | 0x2c},
	CVTSS2SI - baseSSE:   {"cvtss2si", fRXM, lq, Base, 0, wz | pF3 | m0F | t4 | 0x2d},
	CVTTSD2SI - baseSSE:  {"cvttsd2si", fRXM, lq, Base, 0, wz | pF2 | m0F | t8 | 0x2c},
	CVTSD2SI - baseSSE:   {"cvtsd2si", fRXM, lq, Base, 0, wz | pF2 | m0F | t8 | 0x2d},
	CVTSS2SD - baseSSE:   {"cvtss2sd", fXXMo, 0, Base, 0, pF3 | m0F | t4 | 0x5a},
	CVTSD2SS - baseSSE:   {"cvtsd2ss", fXXMo, 0, Base, 0, pF2 | m0F | t8 | 0x5a},
	CVTDQ2PS - baseSSE:   {"cvtdq2ps", fXM, 0, Base, AlignedMem, m0F | 0x5b},
	CVTTPS2DQ - baseSSE:  {"cvttps2dq", fXM, 0, Base, AlignedMem, pF3 | m0F | 0x5b},
	CVTPS2DQ - baseSSE:   {"cvtps2dq", fXM, 0, Base, AlignedMem, p66 | m0F | 0x5b},
	CVTDQ2PD - baseSSE:   {"cvtdq2pd", fXM, 0, Base, 0, pF3 | m0F | t8 | 0xe6},
	CVTTPD2DQ - baseSSE:  {"cvttpd2dq", fXM, 0, Base, AlignedMem, p66 | m0F | 0xe6},
	CVTPD2DQ - baseSSE:   {"cvtpd2dq", fXM, 0, Base, AlignedMem, pF2 | m0F | 0xe6},
	CVTPS2PD - baseSSE:   {"cvtps2pd", fXM, 0, Base, 0, m0F | t8 | 0x5a},
	CVTPD2PS - baseSSE:   {"cvtpd2ps", fXM, 0, Base, AlignedMem, p66 | m0F | 0x5a},
	PADDB - baseSSE:      {"paddb", fXXM, 0, Base, AlignedMem | Commutes | shortens, p66 | m0F | 0xfc},
	PADDW - baseSSE:      {"paddw", fXXM, 0, Base, AlignedMem | Commutes | shortens, p66 | m0F | 0xfd},
	PADDD - baseSSE:      {"paddd", fXXM, 0, Base, AlignedMem | Commutes | shortens, p66 | m0F | 0xfe},
	PADDQ - baseSSE:      {"paddq", fXXM, 0, Base, AlignedMem | Commutes | shortens, p66 | m0F | 0xd4},
	PSUBB - baseSSE:      {"psubb", fXXM, 0, Base, AlignedMem, p66 | m0F | 0xf8},
	PSUBW - baseSSE:      {"psubw", fXXM, 0, Base, AlignedMem, p66 | m0F | 0xf9},
	PSUBD - baseSSE:      {"psubd", fXXM, 0, Base, AlignedMem, p66 | m0F | 0xfa},
	PSUBQ - baseSSE:      {"psubq", fXXM, 0, Base, AlignedMem, p66 | m0F | 0xfb},
	PADDSB - baseSSE:     {"paddsb", fXXM, 0, Base, AlignedMem | Commutes | shortens, p66 | m0F | 0xec},
	PADDSW - baseSSE:     {"paddsw", fXXM, 0, Base, AlignedMem | Commutes | shortens, p66 | m0F | 0xed},
	PADDUSB - baseSSE:    {"paddusb", fXXM, 0, Base, AlignedMem | Commutes | shortens, p66 | m0F | 0xdc},
	PADDUSW - baseSSE:    {"paddusw", fXXM, 0, Base, AlignedMem | Commutes | shortens, p66 | m0F | 0xdd},
	PSUBSB - baseSSE:     {"psubsb", fXXM, 0, Base, AlignedMem, p66 | m0F | 0xe8},
	PSUBSW - baseSSE:     {"psubsw", fXXM, 0, Base, AlignedMem, p66 | m0F | 0xe9},
	PSUBUSB - baseSSE:    {"psubusb", fXXM, 0, Base, AlignedMem, p66 | m0F | 0xd8},
	PSUBUSW - baseSSE:    {"psubusw", fXXM, 0, Base, AlignedMem, p66 | m0F | 0xd9},
	PAVGB - baseSSE:      {"pavgb", fXXM, 0, Base, AlignedMem | Commutes | shortens, p66 | m0F | 0xe0},
	PAVGW - baseSSE:      {"pavgw", fXXM, 0, Base, AlignedMem | Commutes | shortens, p66 | m0F | 0xe3},
	PMULLW - baseSSE:     {"pmullw", fXXM, 0, Base, AlignedMem | Commutes | shortens, p66 | m0F | 0xd5},
	PMULHW - baseSSE:     {"pmulhw", fXXM, 0, Base, AlignedMem | Commutes | shortens, p66 | m0F | 0xe5},
	PMULHUW - baseSSE:    {"pmulhuw", fXXM, 0, Base, AlignedMem | Commutes | shortens, p66 | m0F | 0xe4},
	PMULUDQ - baseSSE:    {"pmuludq", fXXM, 0, Base, AlignedMem | Commutes | shortens, p66 | m0F | 0xf4},
	PMADDWD - baseSSE:    {"pmaddwd", fXXM, 0, Base, AlignedMem | Commutes | shortens, p66 | m0F | 0xf5},
	PSADBW - baseSSE:     {"psadbw", fXXM, 0, Base, AlignedMem | Commutes | shortens, p66 | m0F | 0xf6},
	PAND - baseSSE:       {"pand", fXXM, 0, Base, AlignedMem | Commutes | shortens, p66 | m0F | 0xdb},
	PANDN - baseSSE:      {"pandn", fXXM, 0, Base, AlignedMem, p66 | m0F | 0xdf},
	POR - baseSSE:        {"por", fXXM, 0, Base, AlignedMem | Commutes | shortens, p66 | m0F | 0xeb},
	PXOR - baseSSE:       {"pxor", fXXM, 0, Base, AlignedMem | Commutes | shortens, p66 | m0F | 0xef},
	PCMPEQB - baseSSE:    {"pcmpeqb", fXXM, 0, Base, AlignedMem | Commutes | shortens, p66 | m0F | 0x74},
	PCMPEQW - baseSSE:    {"pcmpeqw", fXXM, 0, Base, AlignedMem | Commutes | shortens, p66 | m0F | 0x75},
	PCMPEQD - baseSSE:    {"pcmpeqd", fXXM, 0, Base, AlignedMem | Commutes | shortens, p66 | m0F | 0x76},
	PCMPGTB - baseSSE:    {"pcmpgtb", fXXM, 0, Base, AlignedMem, p66 | m0F | 0x64},
	PCMPGTW - baseSSE:    {"pcmpgtw", fXXM, 0, Base, AlignedMem, p66 | m0F | 0x65},
	PCMPGTD - baseSSE:    {"pcmpgtd", fXXM, 0, Base, AlignedMem, p66 | m0F | 0x66},
	PMINUB - baseSSE:     {"pminub", fXXM, 0, Base, AlignedMem | Commutes | shortens, p66 | m0F | 0xda},
	PMINSW - baseSSE:     {"pminsw", fXXM, 0, Base, AlignedMem | Commutes | shortens, p66 | m0F | 0xea},
	PMAXUB - baseSSE:     {"pmaxub", fXXM, 0, Base, AlignedMem | Commutes | shortens, p66 | m0F | 0xde},
	PMAXSW - baseSSE:     {"pmaxsw", fXXM, 0, Base, AlignedMem | Commutes | shortens, p66 | m0F | 0xee},
	PUNPCKLBW - baseSSE:  {"punpcklbw", fXXM, 0, Base, AlignedMem, p66 | m0F | 0x60},
	PUNPCKLWD - baseSSE:  {"punpcklwd", fXXM, 0, Base, AlignedMem, p66 | m0F | 0x61},
	PUNPCKLDQ - baseSSE:  {"punpckldq", fXXM, 0, Base, AlignedMem, p66 | m0F | 0x62},
	PUNPCKLQDQ - baseSSE: {"punpcklqdq", fXXM, 0, Base, AlignedMem, p66 | m0F | 0x6c},
	PUNPCKHBW - baseSSE:  {"punpckhbw", fXXM, 0, Base, AlignedMem, p66 | m0F | 0x68},
	PUNPCKHWD - baseSSE:  {"punpckhwd", fXXM, 0, Base, AlignedMem, p66 | m0F | 0x69},
	PUNPCKHDQ - baseSSE:  {"punpckhdq", fXXM, 0, Base, AlignedMem, p66 | m0F | 0x6a},
	PUNPCKHQDQ - baseSSE: {"punpckhqdq", fXXM, 0, Base, AlignedMem, p66 | m0F | 0x6d},
	PACKSSWB - baseSSE:   {"packsswb", fXXM, 0, Base, AlignedMem, p66 | m0F | 0x63},
	PACKSSDW - baseSSE:   {"packssdw", fXXM, 0, Base, AlignedMem, p66 | m0F | 0x6b},
	PACKUSWB - baseSSE:   {"packuswb", fXXM, 0, Base, AlignedMem, p66 | m0F | 0x67},
	PSLLW - baseSSE:      {"psllw", fXXM, 0, Base, AlignedMem, p66 | m0F | 0xf1},
	PSLLD - baseSSE:      {"pslld", fXXM, 0, Base, AlignedMem, p66 | m0F | 0xf2},
	PSLLQ - baseSSE:      {"psllq", fXXM, 0, Base, AlignedMem, p66 | m0F | 0xf3},
	PSRLW - baseSSE:      {"psrlw", fXXM, 0, Base, AlignedMem, p66 | m0F | 0xd1},
	PSRLD - baseSSE:      {"psrld", fXXM, 0, Base, AlignedMem, p66 | m0F | 0xd2},
	PSRLQ - baseSSE:      {"psrlq", fXXM, 0, Base, AlignedMem, p66 | m0F | 0xd3},
	PSRAW - baseSSE:      {"psraw", fXXM, 0, Base, AlignedMem, p66 | m0F | 0xe1},
	PSRAD - baseSSE:      {"psrad", fXXM, 0, Base, AlignedMem, p66 | m0F | 0xe2},
	PSLLWi - baseSSE:     {"psllw", fXXI, 0, Base, 0, d6 | p66 | m0F | 0x71},
	PSRLWi - baseSSE:     {"psrlw", fXXI, 0, Base, 0, d2 | p66 | m0F | 0x71},
	PSRAWi - baseSSE:     {"psraw", fXXI, 0, Base, 0, d4 | p66 | m0F | 0x71},
	PSLLDi - baseSSE:     {"pslld", fXXI, 0, Base, 0, d6 | p66 | m0F | 0x72},
	PSRLDi - baseSSE:     {"psrld", fXXI, 0, Base, 0, d2 | p66 | m0F | 0x72},
	PSRADi - baseSSE:     {"psrad", fXXI, 0, Base, 0, d4 | p66 | m0F | 0x72},
	PSLLQi - baseSSE:     {"psllq", fXXI, 0, Base, 0, d6 | p66 | m0F | 0x73},
	PSRLQi - baseSSE:     {"psrlq", fXXI, 0, Base, 0, d2 | p66 | m0F | 0x73},
	PSLLDQi - baseSSE:    {"pslldq", fXXI, 0, Base, 0, d7 | p66 | m0F | 0x73},
	PSRLDQi - baseSSE:    {"psrldq", fXXI, 0, Base, 0, d3 | p66 | m0F | 0x73},
	PSHUFB - baseSSE:     {"pshufb", fXXM, 0, SSSE3, AlignedMem, p66 | m0F38}, // opcode 00
	PHADDW - baseSSE:     {"phaddw", fXXM, 0, SSSE3, AlignedMem, p66 | m0F38 | 0x01},
	PHADDD - baseSSE:     {"phaddd", fXXM, 0, SSSE3, AlignedMem, p66 | m0F38 | 0x02},
	PMADDUBSW - baseSSE:  {"pmaddubsw", fXXM, 0, SSSE3, AlignedMem, p66 | m0F38 | 0x04},
	PMULHRSW - baseSSE:   {"pmulhrsw", fXXM, 0, SSSE3, AlignedMem | Commutes | shortens, p66 | m0F38 | 0x0b},
	PMULDQ - baseSSE:     {"pmuldq", fXXM, 0, SSE41, AlignedMem | Commutes | shortens, p66 | m0F38 | 0x28},
	PCMPEQQ - baseSSE:    {"pcmpeqq", fXXM, 0, SSE41, AlignedMem | Commutes | shortens, p66 | m0F38 | 0x29},
	PACKUSDW - baseSSE:   {"packusdw", fXXM, 0, SSE41, AlignedMem, p66 | m0F38 | 0x2b},
	PCMPGTQ - baseSSE:    {"pcmpgtq", fXXM, 0, SSE42, AlignedMem, p66 | m0F38 | 0x37},
	PMINSB - baseSSE:     {"pminsb", fXXM, 0, SSE41, AlignedMem | Commutes | shortens, p66 | m0F38 | 0x38},
	PMINSD - baseSSE:     {"pminsd", fXXM, 0, SSE41, AlignedMem | Commutes | shortens, p66 | m0F38 | 0x39},
	PMINUW - baseSSE:     {"pminuw", fXXM, 0, SSE41, AlignedMem | Commutes | shortens, p66 | m0F38 | 0x3a},
	PMINUD - baseSSE:     {"pminud", fXXM, 0, SSE41, AlignedMem | Commutes | shortens, p66 | m0F38 | 0x3b},
	PMAXSB - baseSSE:     {"pmaxsb", fXXM, 0, SSE41, AlignedMem | Commutes | shortens, p66 | m0F38 | 0x3c},
	PMAXSD - baseSSE:     {"pmaxsd", fXXM, 0, SSE41, AlignedMem | Commutes | shortens, p66 | m0F38 | 0x3d},
	PMAXUW - baseSSE:     {"pmaxuw", fXXM, 0, SSE41, AlignedMem | Commutes | shortens, p66 | m0F38 | 0x3e},
	PMAXUD - baseSSE:     {"pmaxud", fXXM, 0, SSE41, AlignedMem | Commutes | shortens, p66 | m0F38 | 0x3f},
	PMULLD - baseSSE:     {"pmulld", fXXM, 0, SSE41, AlignedMem | Commutes | shortens, p66 | m0F38 | 0x40},
	PABSB - baseSSE:      {"pabsb", fXM, 0, SSSE3, AlignedMem, p66 | m0F38 | 0x1c},
	PABSW - baseSSE:      {"pabsw", fXM, 0, SSSE3, AlignedMem, p66 | m0F38 | 0x1d},
	PABSD - baseSSE:      {"pabsd", fXM, 0, SSSE3, AlignedMem, p66 | m0F38 | 0x1e},
	PMOVSXBW - baseSSE:   {"pmovsxbw", fXM, 0, SSE41, 0, p66 | m0F38 | t8 | 0x20},
	PMOVSXBD - baseSSE:   {"pmovsxbd", fXM, 0, SSE41, 0, p66 | m0F38 | t4 | 0x21},
	PMOVSXBQ - baseSSE:   {"pmovsxbq", fXM, 0, SSE41, 0, p66 | m0F38 | t2 | 0x22},
	PMOVSXWD - baseSSE:   {"pmovsxwd", fXM, 0, SSE41, 0, p66 | m0F38 | t8 | 0x23},
	PMOVSXWQ - baseSSE:   {"pmovsxwq", fXM, 0, SSE41, 0, p66 | m0F38 | t4 | 0x24},
	PMOVSXDQ - baseSSE:   {"pmovsxdq", fXM, 0, SSE41, 0, p66 | m0F38 | t8 | 0x25},
	PMOVZXBW - baseSSE:   {"pmovzxbw", fXM, 0, SSE41, 0, p66 | m0F38 | t8 | 0x30},
	PMOVZXBD - baseSSE:   {"pmovzxbd", fXM, 0, SSE41, 0, p66 | m0F38 | t4 | 0x31},
	PMOVZXBQ - baseSSE:   {"pmovzxbq", fXM, 0, SSE41, 0, p66 | m0F38 | t2 | 0x32},
	PMOVZXWD - baseSSE:   {"pmovzxwd", fXM, 0, SSE41, 0, p66 | m0F38 | t8 | 0x33},
	PMOVZXWQ - baseSSE:   {"pmovzxwq", fXM, 0, SSE41, 0, p66 | m0F38 | t4 | 0x34},
	PMOVZXDQ - baseSSE:   {"pmovzxdq", fXM, 0, SSE41, 0, p66 | m0F38 | t8 | 0x35},
	PSHUFD - baseSSE:     {"pshufd", fXMI, 0, Base, AlignedMem, p66 | m0F | 0x70},
	PSHUFLW - baseSSE:    {"pshuflw", fXMI, 0, Base, AlignedMem, pF2 | m0F | 0x70},
	PSHUFHW - baseSSE:    {"pshufhw", fXMI, 0, Base, AlignedMem, pF3 | m0F | 0x70},
	PALIGNR - baseSSE:    {"palignr", fXXMI, 0, SSSE3, AlignedMem, p66 | m0F3A | 0x0f},
	PBLENDW - baseSSE:    {"pblendw", fXXMI, 0, SSE41, AlignedMem, p66 | m0F3A | 0x0e},
	PBLENDVB - baseSSE:   {"pblendvb", fXXMx0, 0, SSE41, AlignedMem | noVEX, p66 | m0F38 | 0x10},
	PTEST - baseSSE:      {"ptest", fSXM, 0, SSE41, AlignedMem | wf, p66 | m0F38 | 0x17},
	PINSRB - baseSSE:     {"pinsrb", fXXRI, 0, SSE41, intOperand, p66 | m0F3A | t1 | 0x20},
	PINSRW - baseSSE:     {"pinsrw", fXXRI, 0, Base, intOperand, p66 | m0F | t2 | 0xc4},
	PINSRD - baseSSE:     {"-/-/pinsrd/pinsrq", fXXRI, lq, SSE41, 0, wz | p66 | m0F3A | tSize | 0x22},
	PEXTRB - baseSSE:     {"pextrb", fDXI, 0, SSE41, intOperand, p66 | m0F3A | t1 | 0x14},
	PEXTRW - baseSSE:     {"pextrw", fRX2I, 0, Base, intOperand, p66 | m0F | 0xc5},
	PEXTRWm - baseSSE:    {"pextrw", fDXI, 0, SSE41, intOperand, p66 | m0F3A | t2 | 0x15},
	PEXTRD - baseSSE:     {"-/-/pextrd/pextrq", fDXI, lq, SSE41, 0, wz | p66 | m0F3A | tSize | 0x16},
}
