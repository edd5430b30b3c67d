package x64_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"davit/compile"
	"davit/ir/op"
	"davit/ir/text"
)

// TestPairs compiles an opcode together with one that uses its result, for all types: where the second takes the first
// in, what the target lacks must be an error that says so, and nothing else may go wrong.
func TestPairs(t *testing.T) {
	uses := map[op.Type][]use{}
	for _, ty := range allTypes {
		uses[ty] = append(uses[ty], use{"store %s, v0", ""})
		if ty.IsInt() && ty.IsScalar() {
			uses[ty] = append(uses[ty], use{"brif %s, block1, block2", ""}, use{"trapz %s, user1", ""}, use{"trapnz %s, user2", ""})
		}
	}
	all := subjects()
	for i := range all {
		s := &all[i]
		for k, ty := range s.args {
			uses[ty] = append(uses[ty], use{s.useOf(k), s.operandsBut(k)})
		}
	}
	var ctx compile.Context
	targets := make([]compile.Target, 0, 2)
	for _, level := range []string{"baseline", "icelake-server"} {
		target, err := compile.NewTarget("x86_64", levelFlags(t, level))
		if err != nil {
			t.Fatal(err)
		}
		targets = append(targets, target)
	}
	pairs, failed := 0, 0
	for i := range all {
		s := &all[i]
		result := s.op.Info().Results[0].Resolve(s.ctrl)
		for k, u := range uses[result] {
			// The first uses are those that are no subjects.
			if k >= 4 && !*every && (i*7+k)%89 != 0 {
				continue
			}
			src := s.pair(s.imm[(i+k)%len(s.imm)], u)
			pairs++
			for _, target := range targets {
				if err := compileText(t, &ctx, src, target); err != nil && failed < 20 {
					failed++
					t.Errorf("%v\n%s", err, src)
				}
			}
		}
	}
	t.Logf("%d pairs", pairs)
}

// use is an instruction with %s for one operand, and the loads of its others.
type use struct{ inst, loads string }

// useOf returns the instruction with %s for argument k.
func (s *subject) useOf(k int) string {
	ops := make([]any, len(s.args))
	for j := range ops {
		ops[j] = fmt.Sprintf("v%d", 30+j)
	}
	ops[k] = "%s"
	results := make([]string, len(s.op.Info().Results))
	for j := range results {
		results[j] = fmt.Sprintf("v%d", 40+j)
	}
	inst := fmt.Sprintf("%s = %s%s %s\n", strings.Join(results, ", "), s.op, s.suffix(), fmt.Sprintf(s.imm[0], ops...))
	for _, r := range results {
		inst += fmt.Sprintf("    store %s, v0+64\n", r)
	}
	return inst
}

// operandsBut returns loads of the arguments but k.
func (s *subject) operandsBut(k int) string {
	var b strings.Builder
	for j, t := range s.args {
		if j != k {
			fmt.Fprintf(&b, "    v%d = load.%s v0+%d\n", 30+j, t, 16*j)
		}
	}
	return b.String()
}

// pair returns a function in which u uses the first result of s.
func (s *subject) pair(imm string, u use) string {
	var b strings.Builder
	b.WriteString("function %f(i64) {\nblock0(v0: i64):\n")
	ops := make([]any, len(s.args))
	for k, t := range s.args {
		ops[k] = fmt.Sprintf("v%d", 10+k)
		fmt.Fprintf(&b, "    v%d = load.%s v0+%d\n", 10+k, t, 16*k)
	}
	results := make([]string, len(s.op.Info().Results))
	for k := range results {
		results[k] = fmt.Sprintf("v%d", 20+k)
	}
	b.WriteString(u.loads)
	fmt.Fprintf(&b, "    %s = %s%s %s\n    %s\n", strings.Join(results, ", "), s.op, s.suffix(), fmt.Sprintf(imm, ops...), fmt.Sprintf(u.inst, "v20"))
	if strings.HasPrefix(u.inst, "brif") {
		b.WriteString("block1:\n    trap user3\nblock2:\n")
	}
	b.WriteString("    return\n}\n")
	return b.String()
}

// compileText compiles a function and returns an error unless that succeeds or is not supported.
func compileText(tb testing.TB, ctx *compile.Context, src string, target compile.Target) error {
	file, errs := text.Parse([]byte(src), text.Options{})
	if len(errs) > 0 {
		tb.Fatalf("%v\n%s", errs[0], src)
	}
	_, err := ctx.Compile(file.Funcs[0].Func, target)
	var lacking *compile.Unsupported
	if errors.As(err, &lacking) {
		return nil
	}
	return err
}
