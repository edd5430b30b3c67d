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
// # Outcome
//
// A file passes if at least one pair of test and target ran and every pair that ran met its expectations. It is skipped
// if a pair needs a command, an opcode or an instruction set that Davit lacks, and if no pair can run on this machine.
package filetest
