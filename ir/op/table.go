package op

var infos = [...]Info{
	Jump: {
		Name: "jump", Format: FmtJump, Flags: IsBranch | IsTerminator,
		Doc: "goes on at the target block, whose parameters get the arguments",
	},
	Brif: {
		Name: "brif", Format: FmtBrif, Ctrl: SetScalarInt, From: FromArg0, Args: []TypeRule{{Kind: Same}}, Flags: IsBranch | IsTerminator,
		Doc: "goes on at the first block if c is not zero, at the second one if it is",
	},
	BrTable: {
		Name: "br_table", Format: FmtBranchTable, Args: []TypeRule{{Kind: Concrete, Type: I32}}, Flags: IsBranch | IsTerminator,
		Doc: "goes on at the target that x, as an unsigned number counted from 0, selects from the table. If the table is too short for x, it goes on at the default target, which is written before the table",
	},
	Debugtrap: {
		Name: "debugtrap", Format: FmtNullAry, Flags: CanLoad | CanStore | SideEffects,
		Doc: "stops in a debugger, if one is attached, and goes on afterwards. No memory access is moved across it",
	},
	Trap: {
		Name: "trap", Format: FmtTrap, Flags: IsTerminator | CanTrap,
		Doc: "ends the program with the trap code",
	},
	Trapz: {
		Name: "trapz", Format: FmtCondTrap, Ctrl: SetScalarInt, From: FromArg0, Args: []TypeRule{{Kind: Same}}, Flags: CanTrap | Idempotent,
		Doc: "traps with the code if c is zero",
	},
	Trapnz: {
		Name: "trapnz", Format: FmtCondTrap, Ctrl: SetScalarInt, From: FromArg0, Args: []TypeRule{{Kind: Same}}, Flags: CanTrap | Idempotent,
		Doc: "traps with the code if c is not zero",
	},
	Return: {
		Name: "return", Format: FmtMultiAry, Flags: IsReturn | IsTerminator | VariableArgs,
		Doc: "leaves the function with the given results, which must have the types of its signature",
	},
	Call: {
		Name: "call", Format: FmtCall, Flags: IsCall | VariableResults | VariableArgs,
		Doc: "calls a declared function. Its results are those of the callee's signature",
	},
	CallIndirect: {
		Name: "call_indirect", Format: FmtCallIndirect, Ctrl: SetAddr, From: FromArg0, Args: []TypeRule{{Kind: Same}}, Flags: IsCall | VariableResults | VariableArgs,
		Doc: "calls the function at an address, by a declared signature",
	},
	ReturnCall: {
		Name: "return_call", Format: FmtCall, Flags: IsReturn | IsTerminator | IsCall | VariableArgs,
		Doc: "leaves the function by calling another one in its place, in constant stack space. Both must have the convention tail and the same results",
	},
	ReturnCallIndirect: {
		Name: "return_call_indirect", Format: FmtCallIndirect, Ctrl: SetAddr, From: FromArg0, Args: []TypeRule{{Kind: Same}}, Flags: IsReturn | IsTerminator | IsCall | VariableArgs,
		Doc: "leaves the function by calling the function at an address in its place, by a declared signature",
	},
	FuncAddr: {
		Name: "func_addr", Format: FmtFuncAddr, Ctrl: SetAddr, From: FromSuffix, Results: []TypeRule{{Kind: Same}},
		Doc: "gives the address of a declared function",
	},
	TryCall: {
		Name: "try_call", Format: FmtTryCall, Flags: IsBranch | IsTerminator | IsCall | VariableArgs,
		Doc: "calls a declared function and goes on at the normal target, which may take its results as ret0, ret1 and so on. If the callee throws, it goes on at the handler for the tag, which may take the payload as exn0 and exn1",
	},
	TryCallIndirect: {
		Name: "try_call_indirect", Format: FmtTryCallIndirect, Ctrl: SetAddr, From: FromArg0, Args: []TypeRule{{Kind: Same}}, Flags: IsBranch | IsTerminator | IsCall | VariableArgs,
		Doc: "does what try_call does with the function at an address; the signature stands in the exception table",
	},
	Splat: {
		Name: "splat", Format: FmtUnary, Ctrl: SetVectorDyn, From: FromSuffix, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: LaneOf}},
		Doc: "gives a vector of which every lane is x",
	},
	Swizzle: {
		Name: "swizzle", Format: FmtBinary, Results: []TypeRule{{Kind: Concrete, Type: I8X16}}, Args: []TypeRule{{Kind: Concrete, Type: I8X16}, {Kind: Concrete, Type: I8X16}},
		Doc: "gives, for each byte of y, the byte of x with that number, or 0 if the number is above 15",
	},
	X86Pshufb: {
		Name: "x86_pshufb", Format: FmtBinary, Results: []TypeRule{{Kind: Concrete, Type: I8X16}}, Args: []TypeRule{{Kind: Concrete, Type: I8X16}, {Kind: Concrete, Type: I8X16}},
		Doc: "gives, for each byte of y, the byte of x that its low four bits number, or 0 if its top bit is set",
	},
	Insertlane: {
		Name: "insertlane", Format: FmtTernaryImm8, Ctrl: SetVectorDyn, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: LaneOf}},
		Doc: "gives x with lane n replaced by y",
	},
	Extractlane: {
		Name: "extractlane", Format: FmtBinaryImm8, Ctrl: SetVectorDyn, From: FromArg0, Results: []TypeRule{{Kind: LaneOf}}, Args: []TypeRule{{Kind: Same}},
		Doc: "gives lane n of x",
	},
	Smin: {
		Name: "smin", Format: FmtBinary, Ctrl: SetInt, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}}, Flags: Commutative,
		Doc: "gives the smaller of two signed integers, lane by lane",
	},
	Umin: {
		Name: "umin", Format: FmtBinary, Ctrl: SetInt, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}}, Flags: Commutative,
		Doc: "gives the smaller of two unsigned integers, lane by lane",
	},
	Smax: {
		Name: "smax", Format: FmtBinary, Ctrl: SetInt, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}}, Flags: Commutative,
		Doc: "gives the greater of two signed integers, lane by lane",
	},
	Umax: {
		Name: "umax", Format: FmtBinary, Ctrl: SetInt, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}}, Flags: Commutative,
		Doc: "gives the greater of two unsigned integers, lane by lane",
	},
	AvgRound: {
		Name: "avg_round", Format: FmtBinary, Ctrl: SetIntVector, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}}, Flags: Commutative,
		Doc: "gives the mean of two unsigned integers, lane by lane, rounded up. The sum in between does not overflow",
	},
	UaddSat: {
		Name: "uadd_sat", Format: FmtBinary, Ctrl: SetIntVector, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}}, Flags: Commutative,
		Doc: "adds unsigned integers, lane by lane. A sum that is too large becomes the greatest number",
	},
	SaddSat: {
		Name: "sadd_sat", Format: FmtBinary, Ctrl: SetIntVector, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}}, Flags: Commutative,
		Doc: "adds signed integers, lane by lane. A sum out of range becomes the least or the greatest number",
	},
	UsubSat: {
		Name: "usub_sat", Format: FmtBinary, Ctrl: SetIntVector, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}},
		Doc: "subtracts unsigned integers, lane by lane. A difference below zero becomes zero",
	},
	SsubSat: {
		Name: "ssub_sat", Format: FmtBinary, Ctrl: SetIntVector, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}},
		Doc: "subtracts signed integers, lane by lane. A difference out of range becomes the least or the greatest number",
	},
	Load: {
		Name: "load", Format: FmtLoad, Ctrl: SetAnyDyn, From: FromSuffix, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: InSet, Set: SetAddr}}, Flags: CanLoad,
		Doc: "reads a value of the type of the result from memory at p plus an offset",
	},
	Store: {
		Name: "store", Format: FmtStore, Ctrl: SetAnyDyn, From: FromArg0, Args: []TypeRule{{Kind: Same}, {Kind: InSet, Set: SetAddr}}, Flags: CanStore,
		Doc: "writes x to memory at p plus an offset",
	},
	Uload8: {
		Name: "uload8", Format: FmtLoad, Ctrl: SetInt16to64, From: FromSuffix, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: InSet, Set: SetAddr}}, Flags: CanLoad,
		Doc: "reads 8 bits and extends them with zeros",
	},
	Sload8: {
		Name: "sload8", Format: FmtLoad, Ctrl: SetInt16to64, From: FromSuffix, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: InSet, Set: SetAddr}}, Flags: CanLoad,
		Doc: "reads 8 bits and extends them with their sign",
	},
	Istore8: {
		Name: "istore8", Format: FmtStore, Ctrl: SetInt16to64, From: FromArg0, Args: []TypeRule{{Kind: Same}, {Kind: InSet, Set: SetAddr}}, Flags: CanStore,
		Doc: "writes the low 8 bits of x",
	},
	Uload16: {
		Name: "uload16", Format: FmtLoad, Ctrl: SetAddr, From: FromSuffix, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: InSet, Set: SetAddr}}, Flags: CanLoad,
		Doc: "reads 16 bits and extends them with zeros",
	},
	Sload16: {
		Name: "sload16", Format: FmtLoad, Ctrl: SetAddr, From: FromSuffix, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: InSet, Set: SetAddr}}, Flags: CanLoad,
		Doc: "reads 16 bits and extends them with their sign",
	},
	Istore16: {
		Name: "istore16", Format: FmtStore, Ctrl: SetAddr, From: FromArg0, Args: []TypeRule{{Kind: Same}, {Kind: InSet, Set: SetAddr}}, Flags: CanStore,
		Doc: "writes the low 16 bits of x",
	},
	Uload32: {
		Name: "uload32", Format: FmtLoad, Ctrl: SetAddr, From: FromArg0, Results: []TypeRule{{Kind: Concrete, Type: I64}}, Args: []TypeRule{{Kind: Same}}, Flags: CanLoad,
		Doc: "reads 32 bits and extends them with zeros to i64. The controlling type is that of the address",
	},
	Sload32: {
		Name: "sload32", Format: FmtLoad, Ctrl: SetAddr, From: FromArg0, Results: []TypeRule{{Kind: Concrete, Type: I64}}, Args: []TypeRule{{Kind: Same}}, Flags: CanLoad,
		Doc: "reads 32 bits and extends them with their sign to i64. The controlling type is that of the address",
	},
	Istore32: {
		Name: "istore32", Format: FmtStore, Ctrl: SetI64, From: FromArg0, Args: []TypeRule{{Kind: Concrete, Type: I64}, {Kind: InSet, Set: SetAddr}}, Flags: CanStore,
		Doc: "writes the low 32 bits of an i64",
	},
	StackSwitch: {
		Name: "stack_switch", Format: FmtTernary, Ctrl: SetAddr, From: FromArg1, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}, {Kind: Same}}, Flags: IsCall | CanLoad | CanStore | SideEffects,
		Doc: "continues on another stack: saves the present context at x, takes up the one at y, and hands over z. The result is what is handed over when the saved context is taken up again",
	},
	Uload8x8: {
		Name: "uload8x8", Format: FmtLoad, Ctrl: SetAddr, From: FromArg0, Results: []TypeRule{{Kind: Concrete, Type: I16X8}}, Args: []TypeRule{{Kind: Same}}, Flags: CanLoad,
		Doc: "reads eight bytes and extends each with zeros to a lane of i16x8. The controlling type is that of the address",
	},
	Sload8x8: {
		Name: "sload8x8", Format: FmtLoad, Ctrl: SetAddr, From: FromArg0, Results: []TypeRule{{Kind: Concrete, Type: I16X8}}, Args: []TypeRule{{Kind: Same}}, Flags: CanLoad,
		Doc: "reads eight bytes and extends each with its sign to a lane of i16x8. The controlling type is that of the address",
	},
	Uload16x4: {
		Name: "uload16x4", Format: FmtLoad, Ctrl: SetAddr, From: FromArg0, Results: []TypeRule{{Kind: Concrete, Type: I32X4}}, Args: []TypeRule{{Kind: Same}}, Flags: CanLoad,
		Doc: "reads four times 16 bits and extends each with zeros to a lane of i32x4. The controlling type is that of the address",
	},
	Sload16x4: {
		Name: "sload16x4", Format: FmtLoad, Ctrl: SetAddr, From: FromArg0, Results: []TypeRule{{Kind: Concrete, Type: I32X4}}, Args: []TypeRule{{Kind: Same}}, Flags: CanLoad,
		Doc: "reads four times 16 bits and extends each with its sign to a lane of i32x4. The controlling type is that of the address",
	},
	Uload32x2: {
		Name: "uload32x2", Format: FmtLoad, Ctrl: SetAddr, From: FromArg0, Results: []TypeRule{{Kind: Concrete, Type: I64X2}}, Args: []TypeRule{{Kind: Same}}, Flags: CanLoad,
		Doc: "reads twice 32 bits and extends each with zeros to a lane of i64x2. The controlling type is that of the address",
	},
	Sload32x2: {
		Name: "sload32x2", Format: FmtLoad, Ctrl: SetAddr, From: FromArg0, Results: []TypeRule{{Kind: Concrete, Type: I64X2}}, Args: []TypeRule{{Kind: Same}}, Flags: CanLoad,
		Doc: "reads twice 32 bits and extends each with its sign to a lane of i64x2. The controlling type is that of the address",
	},
	StackAddr: {
		Name: "stack_addr", Format: FmtStackAddr, Ctrl: SetAddr, From: FromSuffix, Results: []TypeRule{{Kind: Same}},
		Doc: "gives the address of a stack slot plus an offset",
	},
	DynamicStackAddr: {
		Name: "dynamic_stack_addr", Format: FmtDynamicStackAddr, Ctrl: SetAddr, From: FromSuffix, Results: []TypeRule{{Kind: Same}},
		Doc: "gives the address of a stack slot for a dynamic vector",
	},
	SymbolValue: {
		Name: "symbol_value", Format: FmtUnaryGlobalValue, Ctrl: SetAnyDyn, From: FromSuffix, Results: []TypeRule{{Kind: Same}},
		Doc: "gives the address of a symbol",
	},
	TlsValue: {
		Name: "tls_value", Format: FmtUnaryGlobalValue, Ctrl: SetAnyDyn, From: FromSuffix, Results: []TypeRule{{Kind: Same}},
		Doc: "gives the address of a thread-local symbol. The setting tls_model says how",
	},
	GetPinnedReg: {
		Name: "get_pinned_reg", Format: FmtNullAry, Ctrl: SetAddr, From: FromSuffix, Results: []TypeRule{{Kind: Same}}, Flags: SideEffects,
		Doc: "reads the register that the setting enable_pinned_reg reserves for the program",
	},
	SetPinnedReg: {
		Name: "set_pinned_reg", Format: FmtUnary, Ctrl: SetAddr, From: FromArg0, Args: []TypeRule{{Kind: Same}}, Flags: SideEffects,
		Doc: "writes the register that the setting enable_pinned_reg reserves for the program",
	},
	GetFramePointer: {
		Name: "get_frame_pointer", Format: FmtNullAry, Ctrl: SetAddr, From: FromSuffix, Results: []TypeRule{{Kind: Same}},
		Doc: "gives the frame pointer. The setting preserve_frame_pointers must be on",
	},
	GetStackPointer: {
		Name: "get_stack_pointer", Format: FmtNullAry, Ctrl: SetAddr, From: FromSuffix, Results: []TypeRule{{Kind: Same}},
		Doc: "gives the stack pointer",
	},
	GetReturnAddress: {
		Name: "get_return_address", Format: FmtNullAry, Ctrl: SetAddr, From: FromSuffix, Results: []TypeRule{{Kind: Same}},
		Doc: "gives the address to which the function returns. The setting preserve_frame_pointers must be on",
	},
	GetExceptionHandlerAddress: {
		Name: "get_exception_handler_address", Format: FmtExceptionHandlerAddress, Ctrl: SetAddr, From: FromSuffix, Results: []TypeRule{{Kind: Same}},
		Doc: "gives the address of the code of a handler, by its index in the exception table of the try_call that ends the block",
	},
	Iconst: {
		Name: "iconst", Format: FmtUnaryImm, Ctrl: SetInt8to64, From: FromSuffix, Results: []TypeRule{{Kind: Same}},
		Doc: "gives an integer. For i128, extend or concatenate; for vectors, see vconst",
	},
	F16const: {
		Name: "f16const", Format: FmtUnaryIeee16, Results: []TypeRule{{Kind: Concrete, Type: F16}},
		Doc: "gives a float of 16 bits",
	},
	F32const: {
		Name: "f32const", Format: FmtUnaryIeee32, Results: []TypeRule{{Kind: Concrete, Type: F32}},
		Doc: "gives a float of 32 bits",
	},
	F64const: {
		Name: "f64const", Format: FmtUnaryIeee64, Results: []TypeRule{{Kind: Concrete, Type: F64}},
		Doc: "gives a float of 64 bits",
	},
	F128const: {
		Name: "f128const", Format: FmtUnaryConst, Results: []TypeRule{{Kind: Concrete, Type: F128}},
		Doc: "gives a float of 128 bits, which lies in the constant pool",
	},
	Vconst: {
		Name: "vconst", Format: FmtUnaryConst, Ctrl: SetVector, From: FromSuffix, Results: []TypeRule{{Kind: Same}},
		Doc: "gives a vector, which lies in the constant pool",
	},
	Shuffle: {
		Name: "shuffle", Format: FmtShuffle, Results: []TypeRule{{Kind: Concrete, Type: I8X16}}, Args: []TypeRule{{Kind: Concrete, Type: I8X16}, {Kind: Concrete, Type: I8X16}},
		Doc: "gives, for each byte of the mask, the byte with that number of x, numbered 0 to 15, and y, numbered 16 to 31",
	},
	Nop: {
		Name: "nop", Format: FmtNullAry,
		Doc: "does nothing, and no code is made for it",
	},
	Select: {
		Name: "select", Format: FmtTernary, Ctrl: SetAny, From: FromArg1, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: InSet, Set: SetScalarInt}, {Kind: Same}, {Kind: Same}},
		Doc: "gives y if x is not zero, else z. Vectors are taken as a whole",
	},
	SelectSpectreGuard: {
		Name: "select_spectre_guard", Format: FmtTernary, Ctrl: SetAny, From: FromArg1, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: InSet, Set: SetScalarInt}, {Kind: Same}, {Kind: Same}},
		Doc: "gives y if x is not zero, else z, by code without a branch, so that no processor speculates on the choice",
	},
	Bitselect: {
		Name: "bitselect", Format: FmtTernary, Ctrl: SetAny, From: FromArg1, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}, {Kind: Same}},
		Doc: "gives, bit by bit, that of y where x has a one, and that of z where it has a zero",
	},
	Blendv: {
		Name: "blendv", Format: FmtTernary, Ctrl: SetAny, From: FromArg1, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}, {Kind: Same}},
		Doc: "gives, lane by lane, that of y where the top bit of the lane of x is set, else that of z",
	},
	VanyTrue: {
		Name: "vany_true", Format: FmtUnary, Ctrl: SetVector, From: FromArg0, Results: []TypeRule{{Kind: Concrete, Type: I8}}, Args: []TypeRule{{Kind: Same}},
		Doc: "gives 1 if a lane of x has any bit set, else 0",
	},
	VallTrue: {
		Name: "vall_true", Format: FmtUnary, Ctrl: SetVector, From: FromArg0, Results: []TypeRule{{Kind: Concrete, Type: I8}}, Args: []TypeRule{{Kind: Same}},
		Doc: "gives 1 if every lane of x has a bit set, else 0",
	},
	VhighBits: {
		Name: "vhigh_bits", Format: FmtUnary, Ctrl: SetInt8to64, From: FromSuffix, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: InSet, Set: SetVector}},
		Doc: "gives an integer of which bit i is the top bit of lane i of x",
	},
	Icmp: {
		Name: "icmp", Format: FmtIntCompare, Ctrl: SetIntDyn, From: FromArg0, Results: []TypeRule{{Kind: TruthyOf}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}},
		Doc: "compares integers. Of scalars it gives 1 or 0 as i8, of vectors lanes of all ones or all zeros",
	},
	Iadd: {
		Name: "iadd", Format: FmtBinary, Ctrl: SetIntDyn, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}}, Flags: Commutative,
		Doc: "adds integers, lane by lane. What does not fit is dropped",
	},
	Isub: {
		Name: "isub", Format: FmtBinary, Ctrl: SetIntDyn, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}},
		Doc: "subtracts y from x, lane by lane. What does not fit is dropped",
	},
	Ineg: {
		Name: "ineg", Format: FmtUnary, Ctrl: SetIntDyn, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}},
		Doc: "gives zero minus x, lane by lane. The least number stays as it is",
	},
	Iabs: {
		Name: "iabs", Format: FmtUnary, Ctrl: SetIntDyn, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}},
		Doc: "gives the absolute value of a signed integer, lane by lane. The least number stays as it is",
	},
	Imul: {
		Name: "imul", Format: FmtBinary, Ctrl: SetIntDyn, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}}, Flags: Commutative,
		Doc: "multiplies integers, lane by lane, and gives the low half of the product",
	},
	Umulhi: {
		Name: "umulhi", Format: FmtBinary, Ctrl: SetIntDyn, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}}, Flags: Commutative,
		Doc: "multiplies unsigned integers, lane by lane, and gives the high half of the product",
	},
	Smulhi: {
		Name: "smulhi", Format: FmtBinary, Ctrl: SetIntDyn, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}}, Flags: Commutative,
		Doc: "multiplies signed integers, lane by lane, and gives the high half of the product",
	},
	SqmulRoundSat: {
		Name: "sqmul_round_sat", Format: FmtBinary, Ctrl: SetQ, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}}, Flags: Commutative,
		Doc: "multiplies signed fractions, lane by lane: the product is shifted right by one less than the width of a lane, rounded to nearest, halves up, and -1 times -1 becomes the greatest number",
	},
	X86Pmulhrsw: {
		Name: "x86_pmulhrsw", Format: FmtBinary, Ctrl: SetQ, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}}, Flags: Commutative,
		Doc: "does what sqmul_round_sat does, but -1 times -1 wraps around to -1",
	},
	Udiv: {
		Name: "udiv", Format: FmtBinary, Ctrl: SetScalarInt, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}}, Flags: CanTrap | Idempotent,
		Doc: "divides unsigned integers. It traps with int_divz if y is zero",
	},
	Sdiv: {
		Name: "sdiv", Format: FmtBinary, Ctrl: SetScalarInt, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}}, Flags: CanTrap | Idempotent,
		Doc: "divides signed integers and rounds toward zero. It traps with int_divz if y is zero, and with int_ovf if the least number is divided by -1",
	},
	Urem: {
		Name: "urem", Format: FmtBinary, Ctrl: SetScalarInt, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}}, Flags: CanTrap | Idempotent,
		Doc: "gives the remainder of an unsigned division. It traps with int_divz if y is zero",
	},
	Srem: {
		Name: "srem", Format: FmtBinary, Ctrl: SetScalarInt, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}}, Flags: CanTrap | Idempotent,
		Doc: "gives the remainder of a signed division, with the sign of x; that of the least number and -1 is 0. It traps with int_divz if y is zero",
	},
	SaddOverflowCin: {
		Name: "sadd_overflow_cin", Format: FmtTernary, Ctrl: SetScalarInt, From: FromArg1, Results: []TypeRule{{Kind: Same}, {Kind: Concrete, Type: I8}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}, {Kind: Concrete, Type: I8}},
		Doc: "adds x, y and 1 if z is not zero, and tells whether the signed sum is out of range",
	},
	UaddOverflowCin: {
		Name: "uadd_overflow_cin", Format: FmtTernary, Ctrl: SetScalarInt, From: FromArg1, Results: []TypeRule{{Kind: Same}, {Kind: Concrete, Type: I8}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}, {Kind: Concrete, Type: I8}},
		Doc: "adds x, y and 1 if z is not zero, and gives the carry",
	},
	UaddOverflow: {
		Name: "uadd_overflow", Format: FmtBinary, Ctrl: SetScalarInt, From: FromArg0, Results: []TypeRule{{Kind: Same}, {Kind: Concrete, Type: I8}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}}, Flags: Commutative,
		Doc: "adds unsigned integers and gives the carry",
	},
	SaddOverflow: {
		Name: "sadd_overflow", Format: FmtBinary, Ctrl: SetScalarInt, From: FromArg0, Results: []TypeRule{{Kind: Same}, {Kind: Concrete, Type: I8}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}}, Flags: Commutative,
		Doc: "adds signed integers and tells whether the sum is out of range",
	},
	UsubOverflow: {
		Name: "usub_overflow", Format: FmtBinary, Ctrl: SetScalarInt, From: FromArg0, Results: []TypeRule{{Kind: Same}, {Kind: Concrete, Type: I8}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}},
		Doc: "subtracts unsigned integers and gives the borrow",
	},
	SsubOverflow: {
		Name: "ssub_overflow", Format: FmtBinary, Ctrl: SetScalarInt, From: FromArg0, Results: []TypeRule{{Kind: Same}, {Kind: Concrete, Type: I8}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}},
		Doc: "subtracts signed integers and tells whether the difference is out of range",
	},
	UmulOverflow: {
		Name: "umul_overflow", Format: FmtBinary, Ctrl: SetInt8to64, From: FromArg0, Results: []TypeRule{{Kind: Same}, {Kind: Concrete, Type: I8}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}}, Flags: Commutative,
		Doc: "gives the low half of an unsigned product and tells whether the high half is not zero",
	},
	SmulOverflow: {
		Name: "smul_overflow", Format: FmtBinary, Ctrl: SetInt8to64, From: FromArg0, Results: []TypeRule{{Kind: Same}, {Kind: Concrete, Type: I8}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}}, Flags: Commutative,
		Doc: "gives the low half of a signed product and tells whether the product is out of range",
	},
	UaddOverflowTrap: {
		Name: "uadd_overflow_trap", Format: FmtIntAddTrap, Ctrl: SetAddr, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}}, Flags: CanTrap | Idempotent | Commutative,
		Doc: "adds unsigned integers and traps with the code if there is a carry",
	},
	SsubOverflowBin: {
		Name: "ssub_overflow_bin", Format: FmtTernary, Ctrl: SetScalarInt, From: FromArg1, Results: []TypeRule{{Kind: Same}, {Kind: Concrete, Type: I8}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}, {Kind: Concrete, Type: I8}},
		Doc: "subtracts from x first y, then 1 if z is not zero, and tells whether the signed difference is out of range",
	},
	UsubOverflowBin: {
		Name: "usub_overflow_bin", Format: FmtTernary, Ctrl: SetScalarInt, From: FromArg1, Results: []TypeRule{{Kind: Same}, {Kind: Concrete, Type: I8}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}, {Kind: Concrete, Type: I8}},
		Doc: "subtracts from x first y, then 1 if z is not zero, and gives the borrow",
	},
	Band: {
		Name: "band", Format: FmtBinary, Ctrl: SetAny, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}}, Flags: Commutative,
		Doc: "gives the ones that x and y have in common. Floats are taken as bits",
	},
	Bor: {
		Name: "bor", Format: FmtBinary, Ctrl: SetAny, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}}, Flags: Commutative,
		Doc: "gives the ones of x and y together. Floats are taken as bits",
	},
	Bxor: {
		Name: "bxor", Format: FmtBinary, Ctrl: SetAny, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}}, Flags: Commutative,
		Doc: "gives ones where x and y differ. Floats are taken as bits",
	},
	Bnot: {
		Name: "bnot", Format: FmtUnary, Ctrl: SetAny, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}},
		Doc: "gives ones for zeros and zeros for ones. Floats are taken as bits",
	},
	Rotl: {
		Name: "rotl", Format: FmtBinary, Ctrl: SetIntDyn, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: InSet, Set: SetScalarInt}},
		Doc: "rotates each lane of x to the left by y modulo the width of a lane",
	},
	Rotr: {
		Name: "rotr", Format: FmtBinary, Ctrl: SetIntDyn, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: InSet, Set: SetScalarInt}},
		Doc: "rotates each lane of x to the right by y modulo the width of a lane",
	},
	Ishl: {
		Name: "ishl", Format: FmtBinary, Ctrl: SetIntDyn, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: InSet, Set: SetScalarInt}},
		Doc: "shifts each lane of x to the left by y modulo the width of a lane",
	},
	Ushr: {
		Name: "ushr", Format: FmtBinary, Ctrl: SetIntDyn, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: InSet, Set: SetScalarInt}},
		Doc: "shifts each lane of x to the right by y modulo the width of a lane, with zeros coming in",
	},
	Sshr: {
		Name: "sshr", Format: FmtBinary, Ctrl: SetIntDyn, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: InSet, Set: SetScalarInt}},
		Doc: "shifts each lane of x to the right by y modulo the width of a lane, with copies of the sign coming in",
	},
	Bitrev: {
		Name: "bitrev", Format: FmtUnary, Ctrl: SetScalarInt, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}},
		Doc: "reverses the order of the bits",
	},
	Clz: {
		Name: "clz", Format: FmtUnary, Ctrl: SetScalarInt, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}},
		Doc: "counts the zeros above the highest one; all bits if x is zero",
	},
	Cls: {
		Name: "cls", Format: FmtUnary, Ctrl: SetScalarInt, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}},
		Doc: "counts the bits below the sign bit that equal it, down to the first that does not",
	},
	Ctz: {
		Name: "ctz", Format: FmtUnary, Ctrl: SetScalarInt, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}},
		Doc: "counts the zeros below the lowest one; all bits if x is zero",
	},
	Bswap: {
		Name: "bswap", Format: FmtUnary, Ctrl: SetInt16to128, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}},
		Doc: "reverses the order of the bytes",
	},
	Popcnt: {
		Name: "popcnt", Format: FmtUnary, Ctrl: SetIntDyn, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}},
		Doc: "counts the ones in each lane",
	},
	Fcmp: {
		Name: "fcmp", Format: FmtFloatCompare, Ctrl: SetFloatDyn, From: FromArg0, Results: []TypeRule{{Kind: TruthyOf}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}},
		Doc: "compares floats. Of scalars it gives 1 or 0 as i8, of vectors lanes of all ones or all zeros. With a NaN, the conditions eq, lt, le, gt, ge, one and ord do not hold, and the others do",
	},
	Fadd: {
		Name: "fadd", Format: FmtBinary, Ctrl: SetFloatDyn, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}}, Flags: Commutative,
		Doc: "adds floats, rounded to nearest, ties to even",
	},
	Fsub: {
		Name: "fsub", Format: FmtBinary, Ctrl: SetFloatDyn, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}},
		Doc: "subtracts floats, rounded to nearest, ties to even",
	},
	Fmul: {
		Name: "fmul", Format: FmtBinary, Ctrl: SetFloatDyn, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}}, Flags: Commutative,
		Doc: "multiplies floats, rounded to nearest, ties to even",
	},
	Fdiv: {
		Name: "fdiv", Format: FmtBinary, Ctrl: SetFloatDyn, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}},
		Doc: "divides floats, rounded to nearest, ties to even",
	},
	Sqrt: {
		Name: "sqrt", Format: FmtUnary, Ctrl: SetFloatDyn, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}},
		Doc: "gives the square root, rounded to nearest, ties to even",
	},
	Fma: {
		Name: "fma", Format: FmtTernary, Ctrl: SetFloatDyn, From: FromArg1, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}, {Kind: Same}},
		Doc: "gives the product of x and y plus z, rounded once",
	},
	Fneg: {
		Name: "fneg", Format: FmtUnary, Ctrl: SetFloatDyn, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}},
		Doc: "flips the sign bit, of NaNs too",
	},
	Fabs: {
		Name: "fabs", Format: FmtUnary, Ctrl: SetFloatDyn, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}},
		Doc: "clears the sign bit, of NaNs too",
	},
	Fcopysign: {
		Name: "fcopysign", Format: FmtBinary, Ctrl: SetFloatDyn, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}},
		Doc: "gives x with the sign bit of y",
	},
	Fmin: {
		Name: "fmin", Format: FmtBinary, Ctrl: SetFloatDyn, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}}, Flags: Commutative,
		Doc: "gives the smaller of two floats, where -0.0 is smaller than 0.0. If one is a NaN, the result is a quiet NaN",
	},
	Fmax: {
		Name: "fmax", Format: FmtBinary, Ctrl: SetFloatDyn, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}}, Flags: Commutative,
		Doc: "gives the greater of two floats, where 0.0 is greater than -0.0. If one is a NaN, the result is a quiet NaN",
	},
	Ceil: {
		Name: "ceil", Format: FmtUnary, Ctrl: SetFloatDyn, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}},
		Doc: "rounds to an integer, up",
	},
	Floor: {
		Name: "floor", Format: FmtUnary, Ctrl: SetFloatDyn, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}},
		Doc: "rounds to an integer, down",
	},
	Trunc: {
		Name: "trunc", Format: FmtUnary, Ctrl: SetFloatDyn, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}},
		Doc: "rounds to an integer, toward zero",
	},
	Nearest: {
		Name: "nearest", Format: FmtUnary, Ctrl: SetFloatDyn, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}},
		Doc: "rounds to the nearest integer, ties to the even one",
	},
	Bitcast: {
		Name: "bitcast", Format: FmtLoadNoOffset, Ctrl: SetAnyDyn, From: FromSuffix, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: InSet, Set: SetAnyDyn}},
		Doc: "takes the bits of x for a value of another type of the same size. If the number of lanes changes, the flag little or big must say which lane lies where",
	},
	ScalarToVector: {
		Name: "scalar_to_vector", Format: FmtUnary, Ctrl: SetVector, From: FromSuffix, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: LaneOf}},
		Doc: "gives a vector with x in lane 0 and zeros in the others",
	},
	Bmask: {
		Name: "bmask", Format: FmtUnary, Ctrl: SetScalarInt, From: FromSuffix, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: InSet, Set: SetScalarInt}},
		Doc: "gives all ones if x is not zero, else zero. The widths need not be the same",
	},
	Ireduce: {
		Name: "ireduce", Format: FmtUnary, Ctrl: SetScalarInt, From: FromSuffix, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: WiderThan}},
		Doc: "drops the high bits of an integer",
	},
	Snarrow: {
		Name: "snarrow", Format: FmtBinary, Ctrl: SetNarrowable, From: FromArg0, Results: []TypeRule{{Kind: SplitOf}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}},
		Doc: "narrows the signed lanes of x, for the low half of the result, and of y, for the high half, to half their width. What is out of range becomes the least or the greatest number",
	},
	Unarrow: {
		Name: "unarrow", Format: FmtBinary, Ctrl: SetNarrowable, From: FromArg0, Results: []TypeRule{{Kind: SplitOf}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}},
		Doc: "narrows the signed lanes of x and y to unsigned ones of half the width. What is out of range becomes zero or the greatest number",
	},
	Uunarrow: {
		Name: "uunarrow", Format: FmtBinary, Ctrl: SetNarrowable, From: FromArg0, Results: []TypeRule{{Kind: SplitOf}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}},
		Doc: "narrows the unsigned lanes of x and y to half their width. What is out of range becomes the greatest number",
	},
	SwidenLow: {
		Name: "swiden_low", Format: FmtUnary, Ctrl: SetWidenable, From: FromArg0, Results: []TypeRule{{Kind: MergeOf}}, Args: []TypeRule{{Kind: Same}},
		Doc: "extends the lanes of the low half of x with their signs to twice the width",
	},
	SwidenHigh: {
		Name: "swiden_high", Format: FmtUnary, Ctrl: SetWidenable, From: FromArg0, Results: []TypeRule{{Kind: MergeOf}}, Args: []TypeRule{{Kind: Same}},
		Doc: "extends the lanes of the high half of x with their signs to twice the width",
	},
	UwidenLow: {
		Name: "uwiden_low", Format: FmtUnary, Ctrl: SetWidenable, From: FromArg0, Results: []TypeRule{{Kind: MergeOf}}, Args: []TypeRule{{Kind: Same}},
		Doc: "extends the lanes of the low half of x with zeros to twice the width",
	},
	UwidenHigh: {
		Name: "uwiden_high", Format: FmtUnary, Ctrl: SetWidenable, From: FromArg0, Results: []TypeRule{{Kind: MergeOf}}, Args: []TypeRule{{Kind: Same}},
		Doc: "extends the lanes of the high half of x with zeros to twice the width",
	},
	IaddPairwise: {
		Name: "iadd_pairwise", Format: FmtBinary, Ctrl: SetWidenable, From: FromArg0, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}},
		Doc: "adds neighbouring lanes: those of x for the low half of the result, those of y for the high half. What does not fit is dropped",
	},
	X86Pmaddubsw: {
		Name: "x86_pmaddubsw", Format: FmtBinary, Results: []TypeRule{{Kind: Concrete, Type: I16X8}}, Args: []TypeRule{{Kind: Concrete, Type: I8X16}, {Kind: Concrete, Type: I8X16}},
		Doc: "multiplies signed bytes of x by unsigned bytes of y and adds neighbouring products, as signed numbers of 16 bits. A sum out of range becomes the least or the greatest number",
	},
	Uextend: {
		Name: "uextend", Format: FmtUnary, Ctrl: SetScalarInt, From: FromSuffix, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: NarrowerThan}},
		Doc: "extends an integer with zeros",
	},
	Sextend: {
		Name: "sextend", Format: FmtUnary, Ctrl: SetScalarInt, From: FromSuffix, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: NarrowerThan}},
		Doc: "extends an integer with its sign",
	},
	Fpromote: {
		Name: "fpromote", Format: FmtUnary, Ctrl: SetScalarFloat, From: FromSuffix, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: NarrowerThan}},
		Doc: "converts a float to a wider type, exactly",
	},
	Fdemote: {
		Name: "fdemote", Format: FmtUnary, Ctrl: SetScalarFloat, From: FromSuffix, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: WiderThan}},
		Doc: "converts a float to a narrower type, rounded to nearest, ties to even",
	},
	Fvdemote: {
		Name: "fvdemote", Format: FmtUnary, Results: []TypeRule{{Kind: Concrete, Type: F32X4}}, Args: []TypeRule{{Kind: Concrete, Type: F64X2}},
		Doc: "converts two floats of 64 bits to the low lanes of f32x4, whose high lanes become 0.0",
	},
	FvpromoteLow: {
		Name: "fvpromote_low", Format: FmtUnary, Results: []TypeRule{{Kind: Concrete, Type: F64X2}}, Args: []TypeRule{{Kind: Concrete, Type: F32X4}},
		Doc: "converts the two low lanes of f32x4 to floats of 64 bits",
	},
	FcvtToUint: {
		Name: "fcvt_to_uint", Format: FmtUnary, Ctrl: SetScalarInt, From: FromSuffix, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: InSet, Set: SetScalarFloat}}, Flags: CanTrap | Idempotent,
		Doc: "converts a float, rounded toward zero, to an unsigned integer. It traps with bad_toint for a NaN, and with int_ovf if the rounded number is out of range",
	},
	FcvtToSint: {
		Name: "fcvt_to_sint", Format: FmtUnary, Ctrl: SetScalarInt, From: FromSuffix, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: InSet, Set: SetScalarFloat}}, Flags: CanTrap | Idempotent,
		Doc: "converts a float, rounded toward zero, to a signed integer. It traps with bad_toint for a NaN, and with int_ovf if the rounded number is out of range",
	},
	FcvtToUintSat: {
		Name: "fcvt_to_uint_sat", Format: FmtUnary, Ctrl: SetInt, From: FromSuffix, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: InSet, Set: SetFloatDyn}},
		Doc: "converts floats, rounded toward zero, to unsigned integers, lane by lane. A NaN becomes 0, what is out of range zero or the greatest number",
	},
	FcvtToSintSat: {
		Name: "fcvt_to_sint_sat", Format: FmtUnary, Ctrl: SetInt, From: FromSuffix, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: InSet, Set: SetFloatDyn}},
		Doc: "converts floats, rounded toward zero, to signed integers, lane by lane. A NaN becomes 0, what is out of range the least or the greatest number",
	},
	X86Cvtt2dq: {
		Name: "x86_cvtt2dq", Format: FmtUnary, Ctrl: SetInt, From: FromSuffix, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: InSet, Set: SetFloatDyn}},
		Doc: "converts floats, rounded toward zero, to signed integers, lane by lane. NaNs and what is out of range become the least number",
	},
	FcvtFromUint: {
		Name: "fcvt_from_uint", Format: FmtUnary, Ctrl: SetFloat, From: FromSuffix, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: InSet, Set: SetInt}},
		Doc: "converts unsigned integers to floats, lane by lane, rounded to nearest, ties to even",
	},
	FcvtFromSint: {
		Name: "fcvt_from_sint", Format: FmtUnary, Ctrl: SetFloat, From: FromSuffix, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: InSet, Set: SetInt}},
		Doc: "converts signed integers to floats, lane by lane, rounded to nearest, ties to even",
	},
	Isplit: {
		Name: "isplit", Format: FmtUnary, Ctrl: SetInt16to128, From: FromArg0, Results: []TypeRule{{Kind: HalfOf}, {Kind: HalfOf}}, Args: []TypeRule{{Kind: Same}},
		Doc: "gives the low and the high half of an integer",
	},
	Iconcat: {
		Name: "iconcat", Format: FmtBinary, Ctrl: SetInt8to64, From: FromArg0, Results: []TypeRule{{Kind: DoubleOf}}, Args: []TypeRule{{Kind: Same}, {Kind: Same}},
		Doc: "gives the integer of twice the width with x as its low and y as its high half",
	},
	AtomicRmw: {
		Name: "atomic_rmw", Format: FmtAtomicRmw, Ctrl: SetScalarInt, From: FromSuffix, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: InSet, Set: SetAddr}, {Kind: Same}}, Flags: CanLoad | CanStore | SideEffects,
		Doc: "replaces the integer at p by the result of an operation on it and x, in one step, and gives the old one. All atomic operations have one order that all threads agree on",
	},
	AtomicCas: {
		Name: "atomic_cas", Format: FmtAtomicCas, Ctrl: SetScalarInt, From: FromArg2, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: InSet, Set: SetAddr}, {Kind: Same}, {Kind: Same}}, Flags: CanLoad | CanStore | SideEffects,
		Doc: "replaces the integer at p by y if it equals x, in one step, and gives the old one",
	},
	AtomicLoad: {
		Name: "atomic_load", Format: FmtLoadNoOffset, Ctrl: SetScalarInt, From: FromSuffix, Results: []TypeRule{{Kind: Same}}, Args: []TypeRule{{Kind: InSet, Set: SetAddr}}, Flags: CanLoad | SideEffects,
		Doc: "reads an integer that other threads may write to",
	},
	AtomicStore: {
		Name: "atomic_store", Format: FmtStoreNoOffset, Ctrl: SetScalarInt, From: FromArg0, Args: []TypeRule{{Kind: Same}, {Kind: InSet, Set: SetAddr}}, Flags: CanStore | SideEffects,
		Doc: "writes an integer that other threads may read",
	},
	Fence: {
		Name: "fence", Format: FmtNullAry, Flags: SideEffects,
		Doc: "keeps the memory accesses before it before those behind it, as seen by all threads",
	},
	ExtractVector: {
		Name: "extract_vector", Format: FmtBinaryImm8, Ctrl: SetDynVector, From: FromArg0, Results: []TypeRule{{Kind: FixedOf}}, Args: []TypeRule{{Kind: Same}},
		Doc: "gives the part of 128 bits with number n of a dynamic vector",
	},
	SequencePoint: {
		Name: "sequence_point", Format: FmtNullAry, Flags: SideEffects,
		Doc: "marks a place that can carry debug tags. Nothing with an effect is moved across it, and no code is made for it",
	},
}
