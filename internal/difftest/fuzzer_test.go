//go:build linux && amd64

package difftest

import (
	"context"
	"os"
	"strconv"
	"testing"
	"time"

	"davit/compile"
	"davit/internal/randfunc"
	"davit/settings"
)

// number returns the number in an environment variable.
func number(name string, def int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return def
}

// limited runs a seed with a bound for compiled code that does not end.
func limited(z *Fuzzer, seed uint64) Result {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	return z.Run(ctx, seed)
}

func report(t *testing.T, f *Finding) {
	t.Helper()
	if err := f.Shrink(context.Background(), func() {}); err != nil {
		t.Error(err)
	}
	t.Fatalf("%v", f)
}

// TestRandom compares the modules of DAVIT_FUZZ_MODULES seeds from DAVIT_FUZZ_SEED on.
func TestRandom(t *testing.T) {
	z, err := NewFuzzer()
	if err != nil {
		t.Fatal(err)
	}
	first, n := uint64(number("DAVIT_FUZZ_SEED", 0)), uint64(number("DAVIT_FUZZ_MODULES", 300))
	functions, calls := map[string]int{}, 0
	for i := range n {
		seed := first + i
		r := limited(z, seed)
		functions[r.Level] += r.Functions
		calls += r.Calls
		if r.Lacking != "" {
			t.Errorf("seed %d, level %s: %s", seed, r.Level, r.Lacking)
		}
		if r.Limits > r.Calls/2 {
			t.Errorf("seed %d: %d of %d calls did not end", seed, r.Limits, r.Calls)
		}
		if r.Finding != nil {
			report(t, r.Finding)
		}
		if i+1 == n || i%10_000 == 9999 {
			t.Logf("%d modules, functions by level %v, %d calls", i+1, functions, calls)
		}
	}
}

// TestRules checks that random functions use every selection rule, with few exceptions.
func TestRules(t *testing.T) {
	modules := number("DAVIT_FUZZ_MODULES", 0)
	if modules < 10000 {
		t.Skip("needs DAVIT_FUZZ_MODULES of at least 10000")
	}
	z, err := NewFuzzer()
	if err != nil {
		t.Fatal(err)
	}
	trace := z.Trace()
	for seed := range uint64(modules) {
		limited(z, seed)
	}
	for _, r := range trace.Unused(compile.Rules(settings.X86_64)) {
		switch r.Opcode {
		case "debugtrap", "tls_value", "stack_switch": // see randfunc
		default:
			t.Errorf("%s: rule %s is not used", r.Pos(), r.Name)
		}
	}
}

// FuzzDiff lets the fuzzer make the choices.
func FuzzDiff(f *testing.F) {
	z, err := NewFuzzer()
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte{})
	f.Add([]byte("\x03\x00\x05\x06\x02\x07any bytes make a module"))
	f.Fuzz(func(t *testing.T, b []byte) {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if r := z.RunBytes(ctx, b); r.Finding != nil {
			report(t, r.Finding)
		}
	})
}

// TestStable checks that random functions depend on nothing that is not defined.
func TestStable(t *testing.T) {
	z, err := NewFuzzer("baseline")
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(number("DAVIT_FUZZ_MODULES", 60)) {
		src := randfunc.FromSeed(seed)
		fl, _, support := z.chooseFlags(src, &z.levels[0])
		funcs := randfunc.Generate(src, configFor(src, &fl, support))
		target, err := compile.NewTarget("x86_64", &fl)
		if err != nil {
			t.Fatal(err)
		}
		p, err := NewPair(&z.ctx, target, funcs, len(funcs), randomOptions(true))
		if err != nil {
			t.Fatal(err)
		}
		for i, f := range funcs {
			in := randomInput(src, &f.Sig)
			want := p.Interpret(i, &in)
			if what, _ := p.Undefined(i, &in, &want); want.Limit == nil && what != "" {
				t.Fatalf("seed %d: %v %s\n%v", seed, f.Name, what, funcs)
			}
		}
		p.Close()
	}
}
