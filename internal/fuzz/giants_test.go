package fuzz

import (
	"davit/ir/text"
	"davit/ir/verify"
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestGiants sends inputs made to be slow, to nest deeply or to need much memory through everything.
func TestGiants(t *testing.T) {
	const n = 10_000
	// In the format, %[1]d is the number of the line and %[2]d the one before.
	repeat := func(format string) string {
		var b strings.Builder
		for i := 1; i <= n; i++ {
			fmt.Fprintf(&b, format, i, i-1)
		}
		return b.String()
	}
	in := func(preamble, body string) string {
		return "test compile\ntarget x86_64\nfunction %f(i32) -> i32 {\n" + preamble + "block0(v0: i32):\n" + body + "}\n"
	}
	withContext := func(preamble, body string) string {
		return "function %f(i64 vmctx, i32) -> i32 {\ngv0 = vmctx\n" + preamble + "block0(v50000: i64, v0: i32):\n" + body + "}\n"
	}
	ret := func(v any) string { return fmt.Sprintf("return v%v\n", v) }
	check, err := newInput()
	if err != nil {
		t.Fatal(err)
	}
	tests, err := newTest()
	if err != nil {
		t.Fatal(err)
	}
	for name, src := range map[string]string{
		"bad: nesting":       in("", strings.Repeat("[(<{", n)),
		"nested patterns":    in("", ret(0)) + "; check: $(a=" + strings.Repeat("{{(", n) + "\n; check: {{" + strings.Repeat("(", n) + "}}\n",
		"nested arguments":   in("", ret(0)) + "; run: %f(" + strings.Repeat("[", n) + ") == " + strings.Repeat("[", n) + "\n",
		"repetition":         in("", ret(0)) + "; check: {{" + strings.Repeat("(x{1000}){1000}", 10) + "}}\n",
		"long arguments":     in("", ret(0)) + "; run: %f(" + strings.Repeat("1,", n) + "1) == 1\n",
		"bad: minus":         in("", strings.Repeat("-", n)),
		"long line":          in("", strings.Repeat(" ", 10*n)+ret(0)),
		"long name":          "function %" + strings.Repeat("x", n) + "() {\nblock0:\nreturn\n}\n",
		"bad: long numbers":  in("", "v"+strings.Repeat("9", n)+" = iconst.i64 "+strings.Repeat("9", n)),
		"bad: invalid UTF-8": in("", strings.Repeat("\xff\xc3(", n)),
		"bad: zeros":         strings.Repeat("\x00", n),
		"bad: lanes": in("", "v1 = splat.i32x"+strings.Repeat("9", 100)+" v0\nv2 = splat.i8x4294967296 v0\nv3 = vconst.i8x65536 [0]\nv4 = splat.i32x256 v0\n"+
			"v5 = iadd v4, v4\n"+ret(0)),
		"wide": in("", "v1 = splat.i32x256 v0\n"+ret(0)) + "function %g(i64x256, i8x256) -> i64x256 {\nblock0(v0: i64x256, v1: i8x256):\n" +
			"v2 = iadd v0, v0\nv3 = popcnt v1\nreturn v2\n}\n",
		"bad: same name":  in("", strings.Repeat("v1 = iadd v0, v0\n", n)+ret(1)),
		"bad: same block": in("", "jump block1\n"+strings.Repeat("block1:\njump block1\n", n)),
		"bad: same slot":  in(strings.Repeat("ss0 = explicit_slot 4294967295, align = 2147483648\n", n), ret(0)),
		"slots":           in(repeat("ss%[2]d = explicit_slot 4294967295\n"), "v1 = stack_addr.i64 ss9\n"+ret(0)),
		"small slots":     in(repeat("ss%[2]d = explicit_slot 8\n"), repeat("v%[1]d = stack_addr.i64 ss%[2]d\nstore v0, v%[1]d\n")+ret(0)),
		"br_table":        in("", "br_table v0, block1(v0), ["+strings.Repeat("block1(v0),", 10*n)+"block1(v0)]\nblock1(v1: i32):\n"+ret(1)),
		"targets": in("", "br_table v0, block1, ["+repeat("block%[1]d, ")+"block1]\n"+
			repeat("block%[1]d:\nv%[1]d = iconst.i32 %[1]d\nreturn v%[1]d\n")),
		"chain":      in("", repeat("v%[1]d = iadd v%[2]d, v0\n")+ret(n)),
		"tree":       in("", repeat("v%[1]d = ireduce.i8 v0\n")+"v50000 = iadd v1, v2\n"+ret(0)),
		"deep":       in("", repeat("v%[1]d = select v%[2]d, v%[2]d, v0\n")+ret(n)),
		"live":       in("", repeat("v%[1]d = iconst.i32 %[1]d\n")+repeat("v3%05[1]d = iadd v%[1]d, v0\n")+ret(0)),
		"pressure":   in("", repeat("v%[1]d = iconst.i32 %[1]d\n")+pressure(n)),
		"constants":  in("", repeat("v%[1]d = vconst.i32x4 0x%032[1]x\n")+ret(0)),
		"aliases":    in("", repeat("v%[1]d -> v%[2]d\n")+ret(n)),
		"blocks":     in("", repeat("jump block%[1]d(v%[2]d)\nblock%[1]d(v%[1]d: i32):\n")+ret(n)),
		"nested ifs": in("", repeat("brif v0, block%[1]d, block30000\nblock%[1]d:\n")+"jump block30000\nblock30000:\n"+ret(0)),
		"nested loops": in("", repeat("jump block%[1]d\nblock%[1]d:\n")+fmt.Sprintf("jump block4%05d\n", n)+
			repeat("block4%05[1]d:\nbrif v0, block%[1]d, block4%05[2]d\n")+"block400000:\n"+ret(0)),
		"params":                "function %f(i32" + strings.Repeat(", i32", n) + ") {\nblock0(v0: i32" + repeat(", v%[1]d: i32") + "):\nreturn\n}\n",
		"signature":             "function %f() -> i32" + strings.Repeat(", i32", n) + " {\nblock0:\ntrap user1\n}\n",
		"args":                  in("sig0 = (i32"+strings.Repeat(", i32", n)+") fast\nfn0 = %g sig0\n", "call fn0(v0"+strings.Repeat(", v0", n)+")\n"+ret(0)),
		"results":               in("sig0 = () -> i8"+strings.Repeat(", i8", n-1)+"\nfn0 = %g sig0\n", "v1"+repeat(", v%[1]d0")[len(", v10"):]+" = call fn0()\n"+ret(0)),
		"calls":                 in("fn0 = %g(i32) -> i32\n", repeat("v%[1]d = call fn0(v%[2]d)\n")+ret(n)),
		"references":            in("fn0 = %g(i32) -> i32\n", ";@needs_stack_map v0\n"+repeat("v%[1]d = call fn0(v%[2]d)\n")+ret(n)),
		"handlers":              in("sig0 = (i32) -> i32 tail\nfn0 = %g sig0\n", "try_call fn0(v0), sig0, block1(ret0), ["+strings.Repeat("tag1: block1(exn0),", n)+"]\nblock1(v1: i32):\n"+ret(1)),
		"global":                withContext(repeat("gv%[1]d = load.i64 notrap aligned gv%[2]d+8\n"), ret(0)),
		"limit":                 withContext(repeat("gv%[1]d = load.i64 notrap aligned gv%[2]d+8\n")+fmt.Sprintf("stack_limit = gv%d\n", n), ret(0)),
		"functions":             strings.Repeat("function %f() {block0: return}\n", n),
		"bad: unclosed":         strings.Repeat("function %f() {block0: v1 = iconst.i32 1\n", n),
		"bad: sparse":           strings.Repeat("function %f() {\nss65535 = explicit_slot 4294967295\nblock65535(v65535: i32): return }\n", 100),
		"bad: test lines":       strings.Repeat("test run\ntest compile\ntarget x86_64\nset oops\n", n) + in("", ret(0)),
		"bad: targets of tests": strings.Repeat("target x86_64\n", n/10) + "test cat\n" + in("", ret(0)),
		"comments":              strings.Repeat(";\n", n),
	} {
		start := time.Now()
		file, errs := text.Parse([]byte(src), text.Options{})
		if bad := strings.HasPrefix(name, "bad: "); bad != (len(errs) > 0) {
			t.Errorf("%s: %v", name, errs)
		}
		for _, f := range file.Funcs {
			if strings.HasPrefix(name, "bad: ") {
				break
			}
			if err := verify.Func(f.Func, verify.Options{}).Err(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		done := time.AfterFunc(limit, func() { panic(name + " takes too long") })
		for _, c := range []checker{check, tests} {
			if msg, trace := c([]byte(src), 1); msg != "" {
				t.Errorf("%s: %s\n%s", name, msg, trace)
			}
		}
		done.Stop()
		t.Logf("%s: %v", name, time.Since(start))
	}
}

// pressure adds the values from v1 to vn, the last one first.
func pressure(n int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "v%d = iadd v1, v2\n", 2*n)
	for i := range n {
		fmt.Fprintf(&b, "v%d = iadd v%d, v%d\n", 2*n+1+i, 2*n+i, n-i)
	}
	fmt.Fprintf(&b, "return v%d\n", 3*n)
	return b.String()
}
