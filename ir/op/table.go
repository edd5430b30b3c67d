package op

var infos = [...]Info{
	Jump: {
		Name: "jump", Format: FmtJump, Flags: IsBranch | IsTerminator,
		Doc: "go to block, passing block args",
	},
	Brif: {
		Name: "brif", Format: FmtBrif, Ctrl: SetScalarInt, From: FromArg0, Args: []TypeRule{{Kind: Same}}, Flags: IsBranch | IsTerminator,
		Doc: "c!=0 → first target, else second",
	},
	BrTable: {
		Name: "br_table", Format: FmtBranchTable, Args: []TypeRule{{Kind: Concrete, Type: I32}}, Flags: IsBranch | IsTerminator,
		Doc: "unsigned index x into inline table; x ≥ len → default target (the one before `[`). Targets may take args",
	},
	Debugtrap: {
		Name: "debugtrap", Format: FmtNullAry, Flags: CanLoad | CanStore | SideEffects,
		Doc: "breakpoint (int3/brk); continues; acts as memory fence for alias analysis",
	},
	Trap: {
		Name: "trap", Format: FmtTrap, Flags: IsTerminator | CanTrap,
		Doc: "unconditional trap with code",
	},
	Trapz: {
		Name: "trapz", Format: FmtCondTrap, Ctrl: SetScalarInt, From: FromArg0, Args: []TypeRule{{Kind: Same}}, Flags: CanTrap | Idempotent,
		Doc: "trap if c==0",
	},
	Trapnz: {
		Name: "trapnz", Format: FmtCondTrap, Ctrl: SetScalarInt, From: FromArg0, Args: []TypeRule{{Kind: Same}}, Flags: CanTrap | Idempotent,
		Doc: "trap if c!=0",
	},
	Return: {
		Name: "return", Format: FmtMultiAry, Flags: IsReturn | IsTerminator | VariableArgs,
		Doc: "return values; types must equal signature returns",
	},
	Call: {
		Name: "call", Format: FmtCall, Flags: IsCall | VariableResults | VariableArgs,
		Doc: "direct call; result types = callee sig returns",
	},
	CallIndirect: {
		Name: "call_indirect", Format: FmtCallIndirect, Ctrl: SetAddr, From: FromArg0, Args: []TypeRule{{Kind: Same}}, Flags: IsCall | VariableResults | VariableArgs,
		Doc: "call through address; first operand is the sig",
	},
	ReturnCall: {
		Name: "return_call", Format: FmtCall, Flags: IsReturn | IsTerminator | IsCall | VariableArgs,
		Doc: "tail call (terminator); callee CC must be `tail` and equal caller CC; returns must match caller's",
	},
	ReturnCallIndirect: {
		Name: "return_call_indirect", Format: FmtCallIndirect, Ctrl: SetAddr, From: FromArg0, Args: []TypeRule{{Kind: Same}}, Flags: IsReturn | IsTerminator | IsCall | VariableArgs,
		Doc: "indirect tail call (terminator)",
	},
	FuncAddr: {
		Name: "func_addr", Format: FmtFuncAddr, Ctrl: SetAddr, From: FromSuffix, Results: []TypeRule{{Kind: Same}},
		Doc: "absolute address of declared function",
	},
	TryCall: {
		Name: "try_call", Format: FmtTryCall, Flags: IsBranch | IsTerminator | IsCall | VariableArgs,
		Doc: "direct call as terminator with exception table; normal target gets `retN`, handler targets get `exnN`",
	},
	TryCallIndirect: {
		Name: "try_call_indirect", Format: FmtTryCallIndirect, Ctrl: SetAddr, From: FromArg0, Args: []TypeRule{{Kind: Same}}, Flags: IsBranch | IsTerminator | IsCall | VariableArgs,
		Doc: "indirect form; no sig operand up front (sig is in the table)",
	},
	Splat: {
		Name: "splat", Format: FmtUnary, Ctrl: SetVectorDyn, From: FromSuffix, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: LaneOf}},
		Doc: "broadcast scalar to all lanes",
	},
	Swizzle: {
		Name: "swizzle", Format: FmtBinary, Results: []TypeRule{{Kind: Concrete, Type: I8X16}}, Args: []TypeRule{{Kind: Concrete, Type: I8X16}, {Kind: Concrete, Type: I8X16}},
		Doc: "byte select: a[i]= y[i]<16 ? x[y[i]] : 0",
	},
	X86Pshufb: {
		Name: "x86_pshufb", Format: FmtBinary, Results: []TypeRule{{Kind: Concrete, Type: I8X16}}, Args: []TypeRule{{Kind: Concrete, Type: I8X16}, {Kind: Concrete, Type: I8X16}},
		Doc: "byte select: y[i]&0x80 ? 0 : x[y[i]&15]",
	},
	Insertlane: {
		Name: "insertlane", Format: FmtTernaryImm8, Ctrl: SetVectorDyn, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: LaneOf}},
		Doc: "copy of x with lane Idx := y (operand order x, y, Idx)",
	},
	Extractlane: {
		Name: "extractlane", Format: FmtBinaryImm8, Ctrl: SetVectorDyn, From: FromArg0, Results: []TypeRule{{Kind: LaneOf}}, Args: []TypeRule{{Kind: Same}},
		Doc: "lane Idx as scalar",
	},
	Smin: {
		Name: "smin", Format: FmtBinary, Ctrl: SetInt, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}}, Flags: Commutative,
		Doc: "signed min (lane-wise)",
	},
	Umin: {
		Name: "umin", Format: FmtBinary, Ctrl: SetInt, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}}, Flags: Commutative,
		Doc: "unsigned min",
	},
	Smax: {
		Name: "smax", Format: FmtBinary, Ctrl: SetInt, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}}, Flags: Commutative,
		Doc: "signed max",
	},
	Umax: {
		Name: "umax", Format: FmtBinary, Ctrl: SetInt, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}}, Flags: Commutative,
		Doc: "unsigned max",
	},
	AvgRound: {
		Name: "avg_round", Format: FmtBinary, Ctrl: SetIntVector, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}}, Flags: Commutative,
		Doc: "unsigned (x+y+1)>>1 without intermediate overflow",
	},
	UaddSat: {
		Name: "uadd_sat", Format: FmtBinary, Ctrl: SetIntVector, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}}, Flags: Commutative,
		Doc: "unsigned saturating add",
	},
	SaddSat: {
		Name: "sadd_sat", Format: FmtBinary, Ctrl: SetIntVector, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}}, Flags: Commutative,
		Doc: "signed saturating add",
	},
	UsubSat: {
		Name: "usub_sat", Format: FmtBinary, Ctrl: SetIntVector, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}},
		Doc: "unsigned saturating sub (floor 0)",
	},
	SsubSat: {
		Name: "ssub_sat", Format: FmtBinary, Ctrl: SetIntVector, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}},
		Doc: "signed saturating sub",
	},
	Load: {
		Name: "load", Format: FmtLoad, Ctrl: SetAnyDyn, From: FromSuffix, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: InSet, Set: SetAddr}}, Flags: CanLoad,
		Doc: "load ctrl type from p+off",
	},
	Store: {
		Name: "store", Format: FmtStore, Ctrl: SetAnyDyn, From: FromArg0, Args: []TypeRule{{Kind: Same}, {Kind: InSet, Set: SetAddr}}, Flags: CanStore,
		Doc: "store x to p+off",
	},
	Uload8: {
		Name: "uload8", Format: FmtLoad, Ctrl: SetInt16to64, From: FromSuffix, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: InSet, Set: SetAddr}}, Flags: CanLoad,
		Doc: "load i8, zero-extend",
	},
	Sload8: {
		Name: "sload8", Format: FmtLoad, Ctrl: SetInt16to64, From: FromSuffix, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: InSet, Set: SetAddr}}, Flags: CanLoad,
		Doc: "load i8, sign-extend",
	},
	Istore8: {
		Name: "istore8", Format: FmtStore, Ctrl: SetInt16to64, From: FromArg0, Args: []TypeRule{{Kind: Same}, {Kind: InSet, Set: SetAddr}}, Flags: CanStore,
		Doc: "store low 8 bits",
	},
	Uload16: {
		Name: "uload16", Format: FmtLoad, Ctrl: SetAddr, From: FromSuffix, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: InSet, Set: SetAddr}}, Flags: CanLoad,
		Doc: "load i16, zero-extend",
	},
	Sload16: {
		Name: "sload16", Format: FmtLoad, Ctrl: SetAddr, From: FromSuffix, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: InSet, Set: SetAddr}}, Flags: CanLoad,
		Doc: "load i16, sign-extend",
	},
	Istore16: {
		Name: "istore16", Format: FmtStore, Ctrl: SetAddr, From: FromArg0, Args: []TypeRule{{Kind: Same}, {Kind: InSet, Set: SetAddr}}, Flags: CanStore,
		Doc: "store low 16 bits",
	},
	Uload32: {
		Name: "uload32", Format: FmtLoad, Ctrl: SetAddr, From: FromArg0, Results: []TypeRule{{Kind: Concrete, Type: I64}}, Args: []TypeRule{{Kind: Same}}, Flags: CanLoad,
		Doc: "load i32, zext to i64 (ctrl type is the ADDRESS type)",
	},
	Sload32: {
		Name: "sload32", Format: FmtLoad, Ctrl: SetAddr, From: FromArg0, Results: []TypeRule{{Kind: Concrete, Type: I64}}, Args: []TypeRule{{Kind: Same}}, Flags: CanLoad,
		Doc: "load i32, sext to i64 (ctrl type is the ADDRESS type)",
	},
	Istore32: {
		Name: "istore32", Format: FmtStore, Ctrl: SetI64, From: FromArg0, Args: []TypeRule{{Kind: Concrete, Type: I64}, {Kind: InSet, Set: SetAddr}}, Flags: CanStore,
		Doc: "store low 32 bits of i64",
	},
	StackSwitch: {
		Name: "stack_switch", Format: FmtTernary, Ctrl: SetAddr, From: FromArg1, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}, {Kind: Same}}, Flags: IsCall | CanLoad | CanStore | SideEffects,
		Doc: "store current context at arg0, load context from arg1, pass payload arg2, result = payload received when resumed (x64 Linux only, `stack_switch_model=basic`)",
	},
	Uload8x8: {
		Name: "uload8x8", Format: FmtLoad, Ctrl: SetAddr, From: FromArg0, Results: []TypeRule{{Kind: Concrete, Type: I16X8}}, Args: []TypeRule{{Kind: Same}}, Flags: CanLoad,
		Doc: "load 8×i8, zext → i16x8 (ctrl = address type)",
	},
	Sload8x8: {
		Name: "sload8x8", Format: FmtLoad, Ctrl: SetAddr, From: FromArg0, Results: []TypeRule{{Kind: Concrete, Type: I16X8}}, Args: []TypeRule{{Kind: Same}}, Flags: CanLoad,
		Doc: "load 8×i8, sext → i16x8",
	},
	Uload16x4: {
		Name: "uload16x4", Format: FmtLoad, Ctrl: SetAddr, From: FromArg0, Results: []TypeRule{{Kind: Concrete, Type: I32X4}}, Args: []TypeRule{{Kind: Same}}, Flags: CanLoad,
		Doc: "load 4×i16, zext → i32x4",
	},
	Sload16x4: {
		Name: "sload16x4", Format: FmtLoad, Ctrl: SetAddr, From: FromArg0, Results: []TypeRule{{Kind: Concrete, Type: I32X4}}, Args: []TypeRule{{Kind: Same}}, Flags: CanLoad,
		Doc: "load 4×i16, sext → i32x4",
	},
	Uload32x2: {
		Name: "uload32x2", Format: FmtLoad, Ctrl: SetAddr, From: FromArg0, Results: []TypeRule{{Kind: Concrete, Type: I64X2}}, Args: []TypeRule{{Kind: Same}}, Flags: CanLoad,
		Doc: "load 2×i32, zext → i64x2",
	},
	Sload32x2: {
		Name: "sload32x2", Format: FmtLoad, Ctrl: SetAddr, From: FromArg0, Results: []TypeRule{{Kind: Concrete, Type: I64X2}}, Args: []TypeRule{{Kind: Same}}, Flags: CanLoad,
		Doc: "load 2×i32, sext → i64x2",
	},
	StackAddr: {
		Name: "stack_addr", Format: FmtStackAddr, Ctrl: SetAddr, From: FromSuffix, Results: []TypeRule{{Kind: Same}},
		Doc: "address of stack slot + offset",
	},
	DynamicStackAddr: {
		Name: "dynamic_stack_addr", Format: FmtDynamicStackAddr, Ctrl: SetAddr, From: FromSuffix, Results: []TypeRule{{Kind: Same}},
		Doc: "address of dynamic stack slot",
	},
	SymbolValue: {
		Name: "symbol_value", Format: FmtUnaryGlobalValue, Ctrl: SetAnyDyn, From: FromSuffix, Results: []TypeRule{{Kind: Same}},
		Doc: "address of symbol gv (result type must equal gv type = pointer)",
	},
	TlsValue: {
		Name: "tls_value", Format: FmtUnaryGlobalValue, Ctrl: SetAnyDyn, From: FromSuffix, Results: []TypeRule{{Kind: Same}},
		Doc: "address of TLS symbol gv (needs tls_model)",
	},
	GetPinnedReg: {
		Name: "get_pinned_reg", Format: FmtNullAry, Ctrl: SetAddr, From: FromSuffix, Results: []TypeRule{{Kind: Same}}, Flags: SideEffects,
		Doc: "read pinned register (needs enable_pinned_reg; x64 r15, arm64 x21)",
	},
	SetPinnedReg: {
		Name: "set_pinned_reg", Format: FmtUnary, Ctrl: SetAddr, From: FromArg0, Args: []TypeRule{{Kind: Same}}, Flags: SideEffects,
		Doc: "write pinned register",
	},
	GetFramePointer: {
		Name: "get_frame_pointer", Format: FmtNullAry, Ctrl: SetAddr, From: FromSuffix, Results: []TypeRule{{Kind: Same}},
		Doc: "FP (needs preserve_frame_pointers)",
	},
	GetStackPointer: {
		Name: "get_stack_pointer", Format: FmtNullAry, Ctrl: SetAddr, From: FromSuffix, Results: []TypeRule{{Kind: Same}},
		Doc: "SP",
	},
	GetReturnAddress: {
		Name: "get_return_address", Format: FmtNullAry, Ctrl: SetAddr, From: FromSuffix, Results: []TypeRule{{Kind: Same}},
		Doc: "return address of this frame (needs preserve_frame_pointers)",
	},
	GetExceptionHandlerAddress: {
		Name: "get_exception_handler_address", Format: FmtExceptionHandlerAddress, Ctrl: SetAddr, From: FromSuffix, Results: []TypeRule{{Kind: Same}},
		Doc: "PC of handler #index of the try_call ending `block`",
	},
	Iconst: {
		Name: "iconst", Format: FmtUnaryImm, Ctrl: SetInt8to64, From: FromSuffix, Results: []TypeRule{{Kind: Same}},
		Doc: "integer constant; scalar i8..i64 only (no i128, no vectors despite doc text)",
	},
	F16const: {
		Name: "f16const", Format: FmtUnaryIeee16, Results: []TypeRule{{Kind: Concrete, Type: F16}},
		Doc: "f16 constant",
	},
	F32const: {
		Name: "f32const", Format: FmtUnaryIeee32, Results: []TypeRule{{Kind: Concrete, Type: F32}},
		Doc: "f32 constant",
	},
	F64const: {
		Name: "f64const", Format: FmtUnaryIeee64, Results: []TypeRule{{Kind: Concrete, Type: F64}},
		Doc: "f64 constant",
	},
	F128const: {
		Name: "f128const", Format: FmtUnaryConst, Results: []TypeRule{{Kind: Concrete, Type: F128}},
		Doc: "f128 constant (stored in constant pool, prints as constN)",
	},
	Vconst: {
		Name: "vconst", Format: FmtUnaryConst, Ctrl: SetVector, From: FromSuffix, Results: []TypeRule{{Kind: Same}},
		Doc: "vector constant from pool; size of constant must equal type size",
	},
	Shuffle: {
		Name: "shuffle", Format: FmtShuffle, Results: []TypeRule{{Kind: Concrete, Type: I8X16}}, Args: []TypeRule{{Kind: Concrete, Type: I8X16}, {Kind: Concrete, Type: I8X16}},
		Doc: "byte shuffle of concat(a,b) by 16-byte immediate, each 0..31 (0-15 a, 16-31 b)",
	},
	Nop: {
		Name: "nop", Format: FmtNullAry,
		Doc: "nothing (no machine code)",
	},
	Select: {
		Name: "select", Format: FmtTernary, Ctrl: SetAny, From: FromArg1, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: InSet, Set: SetScalarInt}, {Kind: Same}, {Kind: Same}},
		Doc: "c!=0 ? x : y, whole value (c any scalar int)",
	},
	SelectSpectreGuard: {
		Name: "select_spectre_guard", Format: FmtTernary, Ctrl: SetAny, From: FromArg1, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: InSet, Set: SetScalarInt}, {Kind: Same}, {Kind: Same}},
		Doc: "same as select, guaranteed branch-free/no value speculation",
	},
	Bitselect: {
		Name: "bitselect", Format: FmtTernary, Ctrl: SetAny, From: FromArg1, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}, {Kind: Same}},
		Doc: "(c&x)|(~c&y) bitwise, any type incl. floats",
	},
	Blendv: {
		Name: "blendv", Format: FmtTernary, Ctrl: SetAny, From: FromArg1, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}, {Kind: Same}},
		Doc: "x86 blendv: per-lane select by top bit of c lane (x if set)",
	},
	VanyTrue: {
		Name: "vany_true", Format: FmtUnary, Ctrl: SetVector, From: FromArg0, Results: []TypeRule{{Kind: Concrete, Type: I8}}, Args: []TypeRule{{Kind: Same}},
		Doc: "1 if any lane (as int bits) non-zero, else 0",
	},
	VallTrue: {
		Name: "vall_true", Format: FmtUnary, Ctrl: SetVector, From: FromArg0, Results: []TypeRule{{Kind: Concrete, Type: I8}}, Args: []TypeRule{{Kind: Same}},
		Doc: "1 if every lane non-zero, else 0",
	},
	VhighBits: {
		Name: "vhigh_bits", Format: FmtUnary, Ctrl: SetInt8to64, From: FromSuffix, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: InSet, Set: SetVector}},
		Doc: "bit i of result = MSB of lane i (zero-extended to ctrl int type)",
	},
	Icmp: {
		Name: "icmp", Format: FmtIntCompare, Ctrl: SetIntDyn, From: FromArg0, Results: []TypeRule{{Kind: TruthyOf}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}},
		Doc: "compare by intcc; scalar → i8 0/1; vector → lanes all-ones/0",
	},
	Iadd: {
		Name: "iadd", Format: FmtBinary, Ctrl: SetIntDyn, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}}, Flags: Commutative,
		Doc: "wrapping add",
	},
	Isub: {
		Name: "isub", Format: FmtBinary, Ctrl: SetIntDyn, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}},
		Doc: "wrapping sub",
	},
	Ineg: {
		Name: "ineg", Format: FmtUnary, Ctrl: SetIntDyn, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}},
		Doc: "wrapping negate",
	},
	Iabs: {
		Name: "iabs", Format: FmtUnary, Ctrl: SetIntDyn, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}},
		Doc: "wrapping absolute value (MIN → MIN)",
	},
	Imul: {
		Name: "imul", Format: FmtBinary, Ctrl: SetIntDyn, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}}, Flags: Commutative,
		Doc: "wrapping multiply (low half)",
	},
	Umulhi: {
		Name: "umulhi", Format: FmtBinary, Ctrl: SetIntDyn, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}}, Flags: Commutative,
		Doc: "unsigned multiply, high half",
	},
	Smulhi: {
		Name: "smulhi", Format: FmtBinary, Ctrl: SetIntDyn, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}}, Flags: Commutative,
		Doc: "signed multiply, high half",
	},
	SqmulRoundSat: {
		Name: "sqmul_round_sat", Format: FmtBinary, Ctrl: SetQ, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}}, Flags: Commutative,
		Doc: "Q-format: sat((x*y + (1<<(Q-1))) >> Q), Q = lane bits−1",
	},
	X86Pmulhrsw: {
		Name: "x86_pmulhrsw", Format: FmtBinary, Ctrl: SetQ, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}}, Flags: Commutative,
		Doc: "same without saturation for MIN*MIN (i16: result MIN)",
	},
	Udiv: {
		Name: "udiv", Format: FmtBinary, Ctrl: SetScalarInt, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}}, Flags: CanTrap | Idempotent,
		Doc: "unsigned divide; y==0 → trap int_divz",
	},
	Sdiv: {
		Name: "sdiv", Format: FmtBinary, Ctrl: SetScalarInt, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}}, Flags: CanTrap | Idempotent,
		Doc: "signed divide toward zero; y==0 → int_divz; MIN/−1 → int_ovf",
	},
	Urem: {
		Name: "urem", Format: FmtBinary, Ctrl: SetScalarInt, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}}, Flags: CanTrap | Idempotent,
		Doc: "unsigned remainder; y==0 → int_divz",
	},
	Srem: {
		Name: "srem", Format: FmtBinary, Ctrl: SetScalarInt, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}}, Flags: CanTrap | Idempotent,
		Doc: "signed remainder, sign of dividend; y==0 → int_divz; MIN%−1 = 0 natively (the Rust interpreter traps int_ovf)",
	},
	SaddOverflowCin: {
		Name: "sadd_overflow_cin", Format: FmtTernary, Ctrl: SetScalarInt, From: FromArg1, Results: []TypeRule{{Kind: Same}, {Kind: Concrete, Type: I8}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}, {Kind: Concrete, Type: I8}},
		Doc: "x+y+(c≠0), out = signed overflow",
	},
	UaddOverflowCin: {
		Name: "uadd_overflow_cin", Format: FmtTernary, Ctrl: SetScalarInt, From: FromArg1, Results: []TypeRule{{Kind: Same}, {Kind: Concrete, Type: I8}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}, {Kind: Concrete, Type: I8}},
		Doc: "x+y+(c≠0), out = unsigned carry",
	},
	UaddOverflow: {
		Name: "uadd_overflow", Format: FmtBinary, Ctrl: SetScalarInt, From: FromArg0, Results: []TypeRule{{Kind: Same}, {Kind: Concrete, Type: I8}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}}, Flags: Commutative,
		Doc: "x+y, of = carry",
	},
	SaddOverflow: {
		Name: "sadd_overflow", Format: FmtBinary, Ctrl: SetScalarInt, From: FromArg0, Results: []TypeRule{{Kind: Same}, {Kind: Concrete, Type: I8}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}}, Flags: Commutative,
		Doc: "x+y, of = signed overflow",
	},
	UsubOverflow: {
		Name: "usub_overflow", Format: FmtBinary, Ctrl: SetScalarInt, From: FromArg0, Results: []TypeRule{{Kind: Same}, {Kind: Concrete, Type: I8}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}},
		Doc: "x−y, of = borrow",
	},
	SsubOverflow: {
		Name: "ssub_overflow", Format: FmtBinary, Ctrl: SetScalarInt, From: FromArg0, Results: []TypeRule{{Kind: Same}, {Kind: Concrete, Type: I8}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}},
		Doc: "x−y, of = signed overflow",
	},
	UmulOverflow: {
		Name: "umul_overflow", Format: FmtBinary, Ctrl: SetInt8to64, From: FromArg0, Results: []TypeRule{{Kind: Same}, {Kind: Concrete, Type: I8}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}}, Flags: Commutative,
		Doc: "low half of x*y, of = high half ≠ 0",
	},
	SmulOverflow: {
		Name: "smul_overflow", Format: FmtBinary, Ctrl: SetInt8to64, From: FromArg0, Results: []TypeRule{{Kind: Same}, {Kind: Concrete, Type: I8}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}}, Flags: Commutative,
		Doc: "low half, of = signed overflow",
	},
	UaddOverflowTrap: {
		Name: "uadd_overflow_trap", Format: FmtIntAddTrap, Ctrl: SetAddr, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}}, Flags: CanTrap | Idempotent | Commutative,
		Doc: "x+y, trap `code` on unsigned carry",
	},
	SsubOverflowBin: {
		Name: "ssub_overflow_bin", Format: FmtTernary, Ctrl: SetScalarInt, From: FromArg1, Results: []TypeRule{{Kind: Same}, {Kind: Concrete, Type: I8}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}, {Kind: Concrete, Type: I8}},
		Doc: "x−(y+(b≠0)), out = signed overflow",
	},
	UsubOverflowBin: {
		Name: "usub_overflow_bin", Format: FmtTernary, Ctrl: SetScalarInt, From: FromArg1, Results: []TypeRule{{Kind: Same}, {Kind: Concrete, Type: I8}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}, {Kind: Concrete, Type: I8}},
		Doc: "x−(y+(b≠0)), out = borrow",
	},
	Band: {
		Name: "band", Format: FmtBinary, Ctrl: SetAny, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}}, Flags: Commutative,
		Doc: "bitwise and (ints, floats, vectors)",
	},
	Bor: {
		Name: "bor", Format: FmtBinary, Ctrl: SetAny, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}}, Flags: Commutative,
		Doc: "bitwise or",
	},
	Bxor: {
		Name: "bxor", Format: FmtBinary, Ctrl: SetAny, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}}, Flags: Commutative,
		Doc: "bitwise xor",
	},
	Bnot: {
		Name: "bnot", Format: FmtUnary, Ctrl: SetAny, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}},
		Doc: "bitwise not",
	},
	Rotl: {
		Name: "rotl", Format: FmtBinary, Ctrl: SetIntDyn, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: InSet, Set: SetScalarInt}},
		Doc: "rotate left; amount (any scalar int) modulo LANE bits, same for all lanes",
	},
	Rotr: {
		Name: "rotr", Format: FmtBinary, Ctrl: SetIntDyn, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: InSet, Set: SetScalarInt}},
		Doc: "rotate right",
	},
	Ishl: {
		Name: "ishl", Format: FmtBinary, Ctrl: SetIntDyn, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: InSet, Set: SetScalarInt}},
		Doc: "shift left; amount masked to lane bits",
	},
	Ushr: {
		Name: "ushr", Format: FmtBinary, Ctrl: SetIntDyn, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: InSet, Set: SetScalarInt}},
		Doc: "logical shift right; amount masked",
	},
	Sshr: {
		Name: "sshr", Format: FmtBinary, Ctrl: SetIntDyn, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: InSet, Set: SetScalarInt}},
		Doc: "arithmetic shift right; amount masked",
	},
	Bitrev: {
		Name: "bitrev", Format: FmtUnary, Ctrl: SetScalarInt, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}},
		Doc: "reverse bit order",
	},
	Clz: {
		Name: "clz", Format: FmtUnary, Ctrl: SetScalarInt, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}},
		Doc: "leading zeros (0 → width)",
	},
	Cls: {
		Name: "cls", Format: FmtUnary, Ctrl: SetScalarInt, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}},
		Doc: "leading bits equal to sign bit, excluding it (0/−1 → width−1)",
	},
	Ctz: {
		Name: "ctz", Format: FmtUnary, Ctrl: SetScalarInt, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}},
		Doc: "trailing zeros (0 → width)",
	},
	Bswap: {
		Name: "bswap", Format: FmtUnary, Ctrl: SetInt16to128, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}},
		Doc: "reverse bytes",
	},
	Popcnt: {
		Name: "popcnt", Format: FmtUnary, Ctrl: SetIntDyn, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}},
		Doc: "count ones (lane-wise)",
	},
	Fcmp: {
		Name: "fcmp", Format: FmtFloatCompare, Ctrl: SetFloatDyn, From: FromArg0, Results: []TypeRule{{Kind: TruthyOf}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}},
		Doc: "compare by floatcc; result as icmp (vector lanes are ints of lane width)",
	},
	Fadd: {
		Name: "fadd", Format: FmtBinary, Ctrl: SetFloatDyn, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}}, Flags: Commutative,
		Doc: "IEEE add",
	},
	Fsub: {
		Name: "fsub", Format: FmtBinary, Ctrl: SetFloatDyn, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}},
		Doc: "IEEE sub",
	},
	Fmul: {
		Name: "fmul", Format: FmtBinary, Ctrl: SetFloatDyn, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}}, Flags: Commutative,
		Doc: "IEEE mul",
	},
	Fdiv: {
		Name: "fdiv", Format: FmtBinary, Ctrl: SetFloatDyn, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}},
		Doc: "IEEE div",
	},
	Sqrt: {
		Name: "sqrt", Format: FmtUnary, Ctrl: SetFloatDyn, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}},
		Doc: "IEEE sqrt",
	},
	Fma: {
		Name: "fma", Format: FmtTernary, Ctrl: SetFloatDyn, From: FromArg1, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}, {Kind: Same}},
		Doc: "x*y+z single rounding",
	},
	Fneg: {
		Name: "fneg", Format: FmtUnary, Ctrl: SetFloatDyn, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}},
		Doc: "flip sign bit (bitwise)",
	},
	Fabs: {
		Name: "fabs", Format: FmtUnary, Ctrl: SetFloatDyn, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}},
		Doc: "clear sign bit (bitwise)",
	},
	Fcopysign: {
		Name: "fcopysign", Format: FmtBinary, Ctrl: SetFloatDyn, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}},
		Doc: "x with sign of y (bitwise)",
	},
	Fmin: {
		Name: "fmin", Format: FmtBinary, Ctrl: SetFloatDyn, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}}, Flags: Commutative,
		Doc: "min; any NaN → quiet NaN; −0 < +0",
	},
	Fmax: {
		Name: "fmax", Format: FmtBinary, Ctrl: SetFloatDyn, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}}, Flags: Commutative,
		Doc: "max; any NaN → quiet NaN; −0 < +0",
	},
	Ceil: {
		Name: "ceil", Format: FmtUnary, Ctrl: SetFloatDyn, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}},
		Doc: "round toward +inf",
	},
	Floor: {
		Name: "floor", Format: FmtUnary, Ctrl: SetFloatDyn, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}},
		Doc: "round toward −inf",
	},
	Trunc: {
		Name: "trunc", Format: FmtUnary, Ctrl: SetFloatDyn, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}},
		Doc: "round toward zero",
	},
	Nearest: {
		Name: "nearest", Format: FmtUnary, Ctrl: SetFloatDyn, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}},
		Doc: "round to nearest, ties to even",
	},
	Bitcast: {
		Name: "bitcast", Format: FmtLoadNoOffset, Ctrl: SetAnyDyn, From: FromSuffix, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: InSet, Set: SetAnyDyn}},
		Doc: "reinterpret bits, equal size; only `little`/`big` flags allowed; byte-order flag mandatory if lane count changes",
	},
	ScalarToVector: {
		Name: "scalar_to_vector", Format: FmtUnary, Ctrl: SetVector, From: FromSuffix, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: LaneOf}},
		Doc: "lane 0 := s, other lanes 0",
	},
	Bmask: {
		Name: "bmask", Format: FmtUnary, Ctrl: SetScalarInt, From: FromSuffix, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: InSet, Set: SetScalarInt}},
		Doc: "x≠0 → all ones, else 0 (result width independent of x width)",
	},
	Ireduce: {
		Name: "ireduce", Format: FmtUnary, Ctrl: SetScalarInt, From: FromSuffix, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: WiderThan}},
		Doc: "truncate to narrower int",
	},
	Snarrow: {
		Name: "snarrow", Format: FmtBinary, Ctrl: SetNarrowable, From: FromArg0, Results: []TypeRule{{Kind: SplitOf}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}},
		Doc: "signed-saturate lanes to half width; low half of result from x, high half from y",
	},
	Unarrow: {
		Name: "unarrow", Format: FmtBinary, Ctrl: SetNarrowable, From: FromArg0, Results: []TypeRule{{Kind: SplitOf}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}},
		Doc: "signed input, saturate to unsigned half width",
	},
	Uunarrow: {
		Name: "uunarrow", Format: FmtBinary, Ctrl: SetNarrowable, From: FromArg0, Results: []TypeRule{{Kind: SplitOf}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}},
		Doc: "unsigned input, saturate to unsigned half width",
	},
	SwidenLow: {
		Name: "swiden_low", Format: FmtUnary, Ctrl: SetWidenable, From: FromArg0, Results: []TypeRule{{Kind: MergeOf}}, Args: []TypeRule{{Kind: Same}},
		Doc: "sign-extend low half of lanes",
	},
	SwidenHigh: {
		Name: "swiden_high", Format: FmtUnary, Ctrl: SetWidenable, From: FromArg0, Results: []TypeRule{{Kind: MergeOf}}, Args: []TypeRule{{Kind: Same}},
		Doc: "sign-extend high half",
	},
	UwidenLow: {
		Name: "uwiden_low", Format: FmtUnary, Ctrl: SetWidenable, From: FromArg0, Results: []TypeRule{{Kind: MergeOf}}, Args: []TypeRule{{Kind: Same}},
		Doc: "zero-extend low half",
	},
	UwidenHigh: {
		Name: "uwiden_high", Format: FmtUnary, Ctrl: SetWidenable, From: FromArg0, Results: []TypeRule{{Kind: MergeOf}}, Args: []TypeRule{{Kind: Same}},
		Doc: "zero-extend high half",
	},
	IaddPairwise: {
		Name: "iadd_pairwise", Format: FmtBinary, Ctrl: SetWidenable, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}},
		Doc: "adjacent pair sums of x in low half, of y in high half (wrapping)",
	},
	X86Pmaddubsw: {
		Name: "x86_pmaddubsw", Format: FmtBinary, Results: []TypeRule{{Kind: Concrete, Type: I16X8}}, Args: []TypeRule{{Kind: Concrete, Type: I8X16}, {Kind: Concrete, Type: I8X16}},
		Doc: "signed bytes of x times unsigned bytes of y, adjacent sums saturated to i16",
	},
	Uextend: {
		Name: "uextend", Format: FmtUnary, Ctrl: SetScalarInt, From: FromSuffix, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: NarrowerThan}},
		Doc: "zero-extend to strictly wider int",
	},
	Sextend: {
		Name: "sextend", Format: FmtUnary, Ctrl: SetScalarInt, From: FromSuffix, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: NarrowerThan}},
		Doc: "sign-extend to strictly wider int",
	},
	Fpromote: {
		Name: "fpromote", Format: FmtUnary, Ctrl: SetScalarFloat, From: FromSuffix, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: NarrowerThan}},
		Doc: "exact convert to strictly wider float",
	},
	Fdemote: {
		Name: "fdemote", Format: FmtUnary, Ctrl: SetScalarFloat, From: FromSuffix, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: WiderThan}},
		Doc: "convert to strictly narrower float, nearest-even",
	},
	Fvdemote: {
		Name: "fvdemote", Format: FmtUnary, Results: []TypeRule{{Kind: Concrete, Type: F32X4}}, Args: []TypeRule{{Kind: Concrete, Type: F64X2}},
		Doc: "f64x2 → f32x4 low lanes, high two lanes 0.0",
	},
	FvpromoteLow: {
		Name: "fvpromote_low", Format: FmtUnary, Results: []TypeRule{{Kind: Concrete, Type: F64X2}}, Args: []TypeRule{{Kind: Concrete, Type: F32X4}},
		Doc: "low two f32 lanes → f64x2",
	},
	FcvtToUint: {
		Name: "fcvt_to_uint", Format: FmtUnary, Ctrl: SetScalarInt, From: FromSuffix, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: InSet, Set: SetScalarFloat}}, Flags: CanTrap | Idempotent,
		Doc: "truncating; NaN → trap bad_toint; out of range → trap int_ovf",
	},
	FcvtToSint: {
		Name: "fcvt_to_sint", Format: FmtUnary, Ctrl: SetScalarInt, From: FromSuffix, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: InSet, Set: SetScalarFloat}}, Flags: CanTrap | Idempotent,
		Doc: "truncating; NaN → trap bad_toint; out of range → trap int_ovf",
	},
	FcvtToUintSat: {
		Name: "fcvt_to_uint_sat", Format: FmtUnary, Ctrl: SetInt, From: FromSuffix, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: InSet, Set: SetFloatDyn}},
		Doc: "truncating, saturating; NaN → 0",
	},
	FcvtToSintSat: {
		Name: "fcvt_to_sint_sat", Format: FmtUnary, Ctrl: SetInt, From: FromSuffix, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: InSet, Set: SetFloatDyn}},
		Doc: "truncating, saturating; NaN → 0",
	},
	X86Cvtt2dq: {
		Name: "x86_cvtt2dq", Format: FmtUnary, Ctrl: SetInt, From: FromSuffix, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: InSet, Set: SetFloatDyn}},
		Doc: "truncating; NaN/out-of-range lanes → INT_MIN",
	},
	FcvtFromUint: {
		Name: "fcvt_from_uint", Format: FmtUnary, Ctrl: SetFloat, From: FromSuffix, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: InSet, Set: SetInt}},
		Doc: "unsigned int → float, nearest-even",
	},
	FcvtFromSint: {
		Name: "fcvt_from_sint", Format: FmtUnary, Ctrl: SetFloat, From: FromSuffix, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: InSet, Set: SetInt}},
		Doc: "signed int → float, nearest-even",
	},
	Isplit: {
		Name: "isplit", Format: FmtUnary, Ctrl: SetInt16to128, From: FromArg0, Results: []TypeRule{{Kind: HalfOf}, {Kind: HalfOf}}, Args: []TypeRule{{Kind: Same}},
		Doc: "(low half, high half)",
	},
	Iconcat: {
		Name: "iconcat", Format: FmtBinary, Ctrl: SetInt8to64, From: FromArg0, Results: []TypeRule{{Kind: DoubleOf}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}},
		Doc: "lo | hi<<width (double width)",
	},
	AtomicRmw: {
		Name: "atomic_rmw", Format: FmtAtomicRmw, Ctrl: SetScalarInt, From: FromSuffix, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: InSet, Set: SetAddr}, {Kind: Same}}, Flags: CanLoad | CanStore | SideEffects,
		Doc: "seq-cst read-modify-write, returns OLD value; nand = ~(old & x)",
	},
	AtomicCas: {
		Name: "atomic_cas", Format: FmtAtomicCas, Ctrl: SetScalarInt, From: FromArg2, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: InSet, Set: SetAddr}, {Kind: Same}, {Kind: Same}}, Flags: CanLoad | CanStore | SideEffects,
		Doc: "seq-cst compare-and-swap (p, expected, new), returns OLD value",
	},
	AtomicLoad: {
		Name: "atomic_load", Format: FmtLoadNoOffset, Ctrl: SetScalarInt, From: FromSuffix, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: InSet, Set: SetAddr}}, Flags: CanLoad | SideEffects,
		Doc: "seq-cst load",
	},
	AtomicStore: {
		Name: "atomic_store", Format: FmtStoreNoOffset, Ctrl: SetScalarInt, From: FromArg0, Args: []TypeRule{{Kind: Same}, {Kind: InSet, Set: SetAddr}}, Flags: CanStore | SideEffects,
		Doc: "seq-cst store (x, p)",
	},
	Fence: {
		Name: "fence", Format: FmtNullAry, Flags: SideEffects,
		Doc: "seq-cst fence",
	},
	ExtractVector: {
		Name: "extract_vector", Format: FmtBinaryImm8, Ctrl: SetDynVector, From: FromArg0, Results: []TypeRule{{Kind: FixedOf}}, Args: []TypeRule{{Kind: Same}},
		Doc: "128-bit sub-vector #imm of a dynamic vector (imm 0 only in practice)",
	},
	SequencePoint: {
		Name: "sequence_point", Format: FmtNullAry, Flags: SideEffects,
		Doc: "no code; side-effect barrier that can carry debug tags",
	},
}
