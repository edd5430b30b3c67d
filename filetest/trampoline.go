package filetest

import (
	"fmt"
	"strings"

	"davit/ir"
	"davit/ir/text"
)

// A trampoline lets Go call a function of any signature and calling convention: a function in CLIF, compiled by the
// compiler under test, of the signature (i64, i64) system_v. Its parameters are the address of the function to call
// and that of an array of slots of 16 bytes. It loads the arguments from the slots, makes an indirect call, and stores
// the results into the same slots from the first one on, everything least significant byte first.
func trampoline(sig *ir.Signature) (*ir.Func, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "function %%trampoline(i64, i64) system_v {\n    sig0 = %v\nblock0(v0: i64, v1: i64):\n", sig)
	n := 2
	var args []string
	for i, p := range sig.Params {
		if err := checkType(p.Type); err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "    v%d = load.%v notrap little v1+%d\n", n, p.Type, i*slotBytes)
		args = append(args, fmt.Sprintf("v%d", n))
		n++
	}
	var results []string
	for range sig.Returns {
		results = append(results, fmt.Sprintf("v%d", n))
		n++
	}
	b.WriteString("    ")
	if len(results) > 0 {
		b.WriteString(strings.Join(results, ", ") + " = ")
	}
	fmt.Fprintf(&b, "call_indirect sig0, v0(%s)\n", strings.Join(args, ", "))
	for i, r := range sig.Returns {
		if err := checkType(r.Type); err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "    store notrap little %s, v1+%d\n", results[i], i*slotBytes)
	}
	b.WriteString("    return\n}\n")
	file, errs := text.Parse([]byte(b.String()), text.Options{NoComments: true, NoPositions: true})
	if err := errs.Err(); err != nil {
		return nil, fmt.Errorf("trampoline for %v: %w", sig, err)
	}
	return file.Funcs[0].Func, nil
}
