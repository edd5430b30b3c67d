package settings

// Setting names a shared setting.
type Setting uint8

// The shared settings, in the order in which they print.
const (
	RegallocChecker Setting = iota
	RegallocVerboseLogs
	RegallocAlgorithmSetting
	OptLevelSetting
	EnableAliasAnalysis
	EnableVerifier
	IsPIC
	UseColocatedLibcalls
	EnableNaNCanonicalization
	EnablePinnedReg
	TLSModelSetting
	StackSwitchModelSetting
	LibcallCallConvSetting
	EnableLLVMABIExtensions
	EnableMultiRetImplicitSret
	UnwindInfo
	PreserveFramePointers
	MachineCodeCFGInfo
	EnableProbestack
	ProbestackSizeLog2
	ProbestackStrategySetting
	EnableHeapAccessSpectreMitigation
	EnableTableAccessSpectreMitigation
	EnableIncrementalCompilationCacheChecks
	BBPaddingLog2MinusOne
	Log2MinFunctionAlignment
	EnableCompactUnwindABI

	// Settings of our own.
	SafepointsSetting
	StackMapCheckerSetting
	NumSettings = iota
)

// Kind is the sort of value that a setting takes.
type Kind uint8

const (
	BoolKind Kind = iota
	NumKind       // 0 to 255
	EnumKind
)

type sharedRow struct {
	name  string
	kind  Kind
	def   uint8    // default of the library: 0 or 1, the number, or an index into enum
	enum  []string // EnumKind: the names, by value
	about string
}

var shared = [NumSettings]sharedRow{
	RegallocChecker:          {name: "regalloc_checker", about: "check the result of register allocation"},
	RegallocVerboseLogs:      {name: "regalloc_verbose_logs", about: "accepted, without effect"},
	RegallocAlgorithmSetting: {name: "regalloc_algorithm", kind: EnumKind, enum: regallocNames, about: "algorithm of register allocation"},
	OptLevelSetting:          {name: "opt_level", kind: EnumKind, enum: optLevelNames, about: "what to optimise for"},
	EnableAliasAnalysis:      {name: "enable_alias_analysis", def: 1, about: "remove redundant loads and stores when optimising"},
	EnableVerifier:           {name: "enable_verifier", def: 1, about: "verify the CLIF before compiling it"},
	IsPIC:                    {name: "is_pic", about: "make position-independent code"},
	UseColocatedLibcalls:     {name: "use_colocated_libcalls", about: "library functions are near enough for a direct call"},
	EnableNaNCanonicalization: {name: "enable_nan_canonicalization",
		about: "replace each NaN that arithmetic makes by the positive quiet NaN"},
	EnablePinnedReg:         {name: "enable_pinned_reg", about: "allow get_pinned_reg and set_pinned_reg"},
	TLSModelSetting:         {name: "tls_model", kind: EnumKind, enum: tlsModelNames, about: "how thread-local addresses are found"},
	StackSwitchModelSetting: {name: "stack_switch_model", kind: EnumKind, enum: stackSwitchNames, about: "how stack_switch works"},
	LibcallCallConvSetting: {name: "libcall_call_conv", kind: EnumKind, enum: libcallConvNames,
		about: "calling convention of library functions"},
	EnableLLVMABIExtensions: {name: "enable_llvm_abi_extensions", about: "allow i128 as parameters and results"},
	EnableMultiRetImplicitSret: {name: "enable_multi_ret_implicit_sret",
		about: "return what does not fit into registers through hidden memory"},
	UnwindInfo:            {name: "unwind_info", def: 1, about: "make unwind information"},
	PreserveFramePointers: {name: "preserve_frame_pointers", about: "keep a frame pointer in every function"},
	MachineCodeCFGInfo:    {name: "machine_code_cfg_info", about: "record where each block starts"},
	EnableProbestack:      {name: "enable_probestack", about: "touch each page of a large frame"},
	ProbestackSizeLog2:    {name: "probestack_size_log2", kind: NumKind, def: 12, about: "log2 of the distance of stack probes, in bytes"},
	ProbestackStrategySetting: {name: "probestack_strategy", kind: EnumKind, enum: probestackNames,
		about: "call a function that probes the stack, or probe inline"},
	EnableHeapAccessSpectreMitigation: {name: "enable_heap_access_spectre_mitigation", def: 1,
		about: "for producers of CLIF: guard heap accesses against speculation"},
	EnableTableAccessSpectreMitigation: {name: "enable_table_access_spectre_mitigation", def: 1,
		about: "for producers of CLIF: guard table accesses against speculation"},
	EnableIncrementalCompilationCacheChecks: {name: "enable_incremental_compilation_cache_checks",
		about: "accepted, without effect"},
	BBPaddingLog2MinusOne: {name: "bb_padding_log2_minus_one", kind: NumKind,
		about: "n > 0: put 2^(n-1) bytes between blocks, to test long branches"},
	Log2MinFunctionAlignment: {name: "log2_min_function_alignment", kind: NumKind, about: "log2 of the least alignment of a function"},
	EnableCompactUnwindABI:   {name: "enable_compact_unwind_abi", about: "keep frames in the shape that compact unwind information can tell"},
	SafepointsSetting: {name: "safepoints", kind: EnumKind, enum: safepointNames,
		about: "where stores and reloads for stack maps go: at definitions and uses, or where control flow needs them"},
	StackMapCheckerSetting: {name: "stack_map_checker", kind: EnumKind, enum: mapCheckNames,
		about: "prove that references are where stack maps say: in no function, in those that declare some, in all"},
}

// OptLevel says what to optimise for.
type OptLevel uint8

const (
	OptNone OptLevel = iota
	OptSpeed
	OptSpeedAndSize
)

var optLevelNames = []string{"none", "speed", "speed_and_size"}

// String returns the name of the level.
func (l OptLevel) String() string { return optLevelNames[l] }

// RegallocAlgorithm is the algorithm of register allocation.
type RegallocAlgorithm uint8

const (
	Backtracking RegallocAlgorithm = iota // good code
	SinglePass                            // quick compilation
)

var regallocNames = []string{"backtracking", "single_pass"}

// String returns the name of the algorithm.
func (a RegallocAlgorithm) String() string { return regallocNames[a] }

// TLSModel says how thread-local addresses are found.
type TLSModel uint8

const (
	TLSNone TLSModel = iota
	TLSElfGD
	TLSMachO
	TLSCoff
)

var tlsModelNames = []string{"none", "elf_gd", "macho", "coff"}

// String returns the name of the model.
func (m TLSModel) String() string { return tlsModelNames[m] }

// StackSwitchModel says how stack_switch works.
type StackSwitchModel uint8

const (
	StackSwitchNone StackSwitchModel = iota
	StackSwitchBasic
	StackSwitchUpdateWindowsTIB
)

var stackSwitchNames = []string{"none", "basic", "update_windows_tib"}

// String returns the name of the model.
func (m StackSwitchModel) String() string { return stackSwitchNames[m] }

// LibcallCallConv is the calling convention of library functions.
type LibcallCallConv uint8

const (
	LibcallISADefault LibcallCallConv = iota
	LibcallFast
	LibcallSystemV
	LibcallWindowsFastcall
	LibcallAppleAarch64
	LibcallProbestack
	LibcallPreserveAll
)

var libcallConvNames = []string{"isa_default", "fast", "system_v", "windows_fastcall", "apple_aarch64", "probestack", "preserve_all"}

// String returns the name of the convention.
func (c LibcallCallConv) String() string { return libcallConvNames[c] }

// ProbestackStrategy says how stack pages are touched.
type ProbestackStrategy uint8

const (
	ProbestackOutline ProbestackStrategy = iota
	ProbestackInline
)

var probestackNames = []string{"outline", "inline"}

// String returns the name of the strategy.
func (s ProbestackStrategy) String() string { return probestackNames[s] }

// Safepoints says where the stores and reloads of declared references are placed; see package frontend/safepoint, which has
// the same modes. Late code executes a sixth fewer of them on random programs with loops and cold blocks, and is about
// as large; the pass takes half as long again, a tenth of compile time in all. So early is the default.
type Safepoints uint8

const (
	EarlySafepoints Safepoints = iota
	LateSafepoints
)

var safepointNames = []string{"early", "late"}

// String returns the name of the mode.
func (s Safepoints) String() string { return safepointNames[s] }

// StackMapChecker says of which functions it is proved that references are where their stack maps say.
type StackMapChecker uint8

const (
	CheckNoMaps       StackMapChecker = iota
	CheckDeclaredMaps                 // functions that declare references
	CheckAllMaps
)

var mapCheckNames = []string{"off", "declared", "all"}

// String returns the name of the choice.
func (c StackMapChecker) String() string { return mapCheckNames[c] }
