package x64

import (
	"testing"

	"davit/asm"
)

// benchInsts is a mixture as in compiled code: moves, arithmetic, loads and stores, compares, some floating point.
func benchInsts() []asm.Inst {
	return []asm.Inst{
		{Op: MOV, Size: 8, R: [4]asm.Reg{RAX, RDI}},
		{Op: ADDi, Size: 8, R: [4]asm.Reg{RAX, RAX}, Imm: 16},
		{Op: MOV, Size: 4, R: [4]asm.Reg{RCX}, Mem: asm.MemReg, Base: RAX, Disp: 8, Trap: 1},
		{Op: ADD, Size: 4, R: [4]asm.Reg{RCX, RCX, RSI}},
		{Op: CMPi, Size: 4, R: [4]asm.Reg{RCX}, Imm: 100},
		{Op: MOVmr, Size: 8, R: [4]asm.Reg{RCX}, Mem: asm.MemSlot, Disp: 8},
		{Op: LEA, Size: 8, R: [4]asm.Reg{RDX}, Mem: asm.MemReg, Base: RAX, Index: RCX, Scale: 3, Disp: 64},
		{Op: MOV, Size: 8, R: [4]asm.Reg{R9}, Mem: asm.MemSpill, Disp: 3},
		{Op: MOVi, Size: 8, R: [4]asm.Reg{R10}, Imm: 12345},
		{Op: MOVZXb, Size: 4, R: [4]asm.Reg{RDX}, Mem: asm.MemReg, Base: R9, Index: R10},
		{Op: SHLi, Size: 8, R: [4]asm.Reg{RDX, RDX}, Imm: 3},
		{Op: SUB, Size: 8, R: [4]asm.Reg{RDX, RDX, R9}},
		{Op: ADDSD, R: [4]asm.Reg{XMM0, XMM0, XMM1}},
		{Op: MULSD | VEX, R: [4]asm.Reg{XMM2, XMM0, XMM1}},
		{Op: TEST, Size: 8, R: [4]asm.Reg{RDX, RDX}},
		{Op: CMOVCC, Size: 8, CC: CCE, R: [4]asm.Reg{RAX, RAX, RDX}},
	}
}

func BenchmarkEncode(b *testing.B) {
	insts := benchInsts()
	var buf asm.Buffer
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		buf.Reset(Target, 0)
		for range 64 {
			for i := range insts {
				if err := Encode(&buf, &insts[i], &testFrame); err != nil {
					b.Fatal(err)
				}
			}
		}
		n += 64 * len(insts)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/inst")
}

func BenchmarkPrint(b *testing.B) {
	insts := benchInsts()
	p := Printer{Frame: &testFrame}
	var text []byte
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		for i := range insts {
			text = p.Append(text[:0], &insts[i])
		}
		n += len(insts)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/inst")
}

func TestEncodeDoesNotAllocate(t *testing.T) {
	insts := benchInsts()
	var buf asm.Buffer
	run := func() {
		buf.Reset(Target, 0)
		for i := range insts {
			if err := Encode(&buf, &insts[i], &testFrame); err != nil {
				t.Fatal(err)
			}
		}
	}
	run()
	if n := testing.AllocsPerRun(10, run); n != 0 {
		t.Errorf("%v allocations for %d instructions", n, len(insts))
	}
}
