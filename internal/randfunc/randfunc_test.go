package randfunc_test

import (
	"strings"
	"testing"

	"davit/internal/randfunc"
	"davit/ir"
	"davit/ir/op"
	"davit/ir/text"
	"davit/ir/verify"
)

func generate(seed uint64) []*ir.Func {
	c := randfunc.Default
	c.PinnedReg, c.FramePointers = true, true
	return randfunc.Generate(randfunc.FromSeed(seed), c)
}

var options = verify.Options{HasISA: true, PointerType: op.I64, EnablePinnedReg: true, PreserveFramePointers: true}

// TestValid verifies random functions, and checks that they are printed and parsed without loss and made again the same.
func TestValid(t *testing.T) {
	for seed := range uint64(100) {
		funcs, again := generate(seed), generate(seed)
		for i, f := range funcs {
			src := f.String()
			if err := verify.Func(f, options).Err(); err != nil {
				t.Fatalf("seed %d: %v\n%s", seed, err, src)
			}
			if again[i].String() != src {
				t.Fatalf("seed %d: the second time a different function:\n%s\n%s", seed, src, again[i])
			}
			file, errs := text.Parse([]byte(src), text.Options{})
			if errs.Err() != nil || file.Funcs[0].String() != src {
				t.Fatalf("seed %d: %v in\n%s", seed, errs, src)
			}
		}
	}
}

// TestOpcodes checks that random functions have every opcode but those that are left out for a reason.
func TestOpcodes(t *testing.T) {
	var seen [op.NumOpcodes]int
	types := map[op.Type]bool{}
	for seed := range uint64(400) {
		for _, f := range generate(seed) {
			for b := range f.Blocks() {
				for inst := range f.Insts(b) {
					seen[f.Data(inst).Op]++
					for _, r := range f.Results(inst) {
						types[f.ValueType(r)] = true
					}
				}
			}
		}
	}
	for o := op.None + 1; int(o) < op.NumOpcodes; o++ {
		if why := randfunc.Excluded(o); (seen[o] == 0) != (why != "") {
			t.Errorf("%v: seen %d times, excluded because %q", o, seen[o], why)
		}
	}
	if len(types) < 25 {
		t.Errorf("only %d types", len(types))
	}
}

// TestBytes checks that any bytes make a valid module, the simplest if there are none.
func TestBytes(t *testing.T) {
	for _, b := range []string{"", "\x01", "some bytes", strings.Repeat("\xff", 3000), strings.Repeat("\x07\x91\x33", 1000)} {
		for _, f := range randfunc.Generate(randfunc.FromBytes([]byte(b)), randfunc.Default) {
			if err := verify.Func(f, options).Err(); err != nil {
				t.Fatalf("%q: %v\n%s", b, err, f)
			}
		}
	}
}

func BenchmarkGenerate(b *testing.B) {
	insts := 0
	for i := range b.N {
		for _, f := range generate(uint64(i)) {
			insts += f.NumInsts()
		}
	}
	b.ReportMetric(float64(insts)/b.Elapsed().Seconds(), "insts/s")
}
