// Package filetest runs file tests: files of CLIF whose first lines say what to do with the functions that follow, and
// whose comments say what is to come out. The format is Cranelift's.
//
//	test run
//	set opt_level=speed
//	target x86_64 has_avx2
//
//	function %add(i32, i32) -> i32 {
//	block0(v0: i32, v1: i32):
//	    v2 = iadd v0, v1
//	    return v2
//	}
//	; run: %add(1, 2) == 3
//
// # Header
//
// A line "test CMD OPTIONS" asks for a test; [Commands] lists them. "set NAME=VALUE" changes shared settings for the
// targets below it, "target TRIPLE FLAGS" adds a target; see package settings. A test that depends on the machine runs
// once per target, another one once.
//
// # Tests
//
//	cat          filecheck over the printed functions
//	verifier     comments "error: TEXT" name the errors of the verifier, at the entity that they follow
//	print-cfg    filecheck over the control-flow graph, see flow.AppendDot
//	domtree      comments "dominates: BLOCKS", and filecheck over post-order and dominator tree, see flow.AppendDomTree
//	postdomtree  filecheck over the post-dominator tree, see flow.AppendPostDomTree
//	loops        filecheck over the loops, see flow.AppendLoops
//	safepoint    filecheck over the functions with the stack maps that ;@needs_stack_map asks for, in the mode of the
//	             setting safepoints; with precise-output line-by-line comparison
//	compile      filecheck over the machine instructions before register allocation; with precise-output line-by-line
//	             comparison of these and of the final code; with expect-fail compilation must fail
//	run          directives, executed by compiled code
//	interpret    directives, executed by package interp; with moving, every safepoint moves the objects of davit_alloc,
//	             which shows references that stack maps miss
//
// The tests compile, run and interpret take functions with a pragma ;@needs_stack_map as "test safepoint" leaves them.
//
// The tests postdomtree and loops, the option of interpret and the setting safepoints are our own. The tests unwind,
// alias-analysis, optimize and inline are known by name but not supported: files with them are skipped.
//
// Package filecheck has the patterns of filecheck. Directives are comments behind a function:
//
//	; run: %f(1, 0x1.8p3, [1 2 3 4]) == 5      or !=; several results as [5, 6]
//	; run                                      a function without parameters returns an integer other than 0
//	; print: %f(1, 0x1.8p3, [1 2 3 4])         shows the results (of "davit run")
//
// "test run" calls the function that the comment is attached to, "test interpret" the one that it names. Floats compare
// by their bits.
//
// Functions may call those of package hostfn and of package libcall.
//
// # Outcome
//
// A file passes if at least one pair of test and target ran and every pair that ran met its expectations. It is skipped
// if a pair needs a command, an opcode or an instruction set that Davit lacks, and if no pair can run on this machine.
package filetest
