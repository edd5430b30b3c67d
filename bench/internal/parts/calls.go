package parts

import (
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"davit/bench/internal/measure"
	"davit/bench/internal/peer"
	"davit/bench/internal/report"
	"davit/engine"
	"davit/ir/text"
	"davit/jit"
)

// Calls measures what it costs to go from Go into compiled code and back.
func Calls(e *Env) (*report.Section, error) {
	s := &report.Section{Title: "Calls", Text: `
"call" is a call from Go of a compiled function that adds two integers; "host call" is a call from a compiled loop of a function
in Go; "trap" is a compiled function that divides by zero, with the error that Go gets. wazero runs the same as WebAssembly.`}
	t := &report.Table{Head: []string{"nanoseconds", "call", "host call", "trap"}}
	long := time.Duration(e.pick(200, 20)) * time.Millisecond
	t.Add("Go, a function that is not inlined", goCall(long), "", "")
	rows, err := davitCalls(long)
	if err != nil {
		s.Missing = append(s.Missing, "calls of compiled code: "+err.Error())
	}
	for _, r := range rows {
		t.Add(r...)
	}
	row, err := wazeroCalls(long)
	if err != nil {
		return nil, err
	}
	t.Add(row...)
	if r, err := cgoCalls(e); err != nil {
		s.Missing = append(s.Missing, "cgo: "+err.Error())
	} else {
		t.Add("cgo", r.Float("call"), r.Float("callback"), "")
	}
	s.Items = append(s.Items, t)
	return s, nil
}

// batch is how many calls are timed at once.
const batch = 10_000

func perCall(long time.Duration, work func()) float64 {
	return float64(measure.Times(long, work)) / batch
}

//go:noinline
func add(x, y int64) int64 { return x + y }

func goCall(long time.Duration) float64 {
	sum := int64(0)
	return perCall(long, func() {
		for range batch {
			sum = add(sum, 1)
		}
	})
}

const callsCLIF = `
function %add(i64, i64) -> i64 system_v {
block0(v0: i64, v1: i64):
    v2 = iadd v0, v1
    return v2
}
function %div(i64, i64) -> i64 system_v {
block0(v0: i64, v1: i64):
    v2 = sdiv v0, v1
    return v2
}
function %typed(i64) -> i64 system_v {
    fn0 = %hostTyped(i64) -> i64 system_v
block0(v0: i64):
    v1 = iconst.i64 0
    jump block1(v0, v1)
block1(v2: i64, v3: i64):
    v4 = call fn0(v3)
    v5 = iconst.i64 -1
    v6 = iadd v2, v5
    brif v6, block1(v6, v4), block2
block2:
    return v4
}
function %raw(i64) -> i64 system_v {
    fn0 = %hostRaw(i64) -> i64 system_v
block0(v0: i64):
    v1 = iconst.i64 0
    jump block1(v0, v1)
block1(v2: i64, v3: i64):
    v4 = call fn0(v3)
    v5 = iconst.i64 -1
    v6 = iadd v2, v5
    brif v6, block1(v6, v4), block2
block2:
    return v4
}
`

// davitCalls measures both interfaces: Go functions with their types, and words.
func davitCalls(long time.Duration) (rows [][]any, err error) {
	eng, err := engine.New(nil)
	if err != nil {
		return nil, err
	}
	defer eng.Close()
	file, errs := text.Parse([]byte(callsCLIF), text.Options{})
	if err := errs.Err(); err != nil {
		return nil, err
	}
	m := eng.Module
	one := jit.SystemV([]jit.Kind{jit.I64}, []jit.Kind{jit.I64})
	if err := m.HostRaw("hostRaw", one, func(c *jit.Call) { c.Results()[0] = c.Args()[0] + 1 }); err != nil {
		return nil, err
	}
	if err := m.Host("hostTyped", func(x int64) int64 { return x + 1 }); err != nil {
		return nil, err
	}
	for _, f := range file.Funcs {
		if err := eng.Add(f.Func); err != nil {
			return nil, err
		}
	}
	if err := eng.Link(); err != nil {
		return nil, err
	}
	typedAdd, err := jit.Func[func(int64, int64) int64](m, "add")
	if err != nil {
		return nil, err
	}
	fns := map[string]*jit.Function{}
	for _, name := range []string{"add", "div", "typed", "raw"} {
		if fns[name], err = m.Lookup(name); err != nil {
			return nil, err
		}
	}
	var w [2]uint64
	words := func(name string, a, b uint64) error {
		w = [2]uint64{a, b}
		n := len(fns[name].Signature().Params)
		return fns[name].CallWords(w[:n])
	}
	sum := int64(0)
	typed := perCall(long, func() {
		for range batch {
			sum = typedAdd(sum, 1)
		}
	})
	addWords := fns["add"]
	raw := perCall(long, func() {
		for range batch {
			w[1] = 1
			addWords.CallWords(w[:])
		}
	})
	trap := float64(measure.Times(long, func() { words("div", 1, 0) }))
	rows = append(rows, []any{"Davit, typed", typed, perCall(long, func() { words("typed", batch, 0) }), ""})
	rows = append(rows, []any{"Davit, words", raw, perCall(long, func() { words("raw", batch, 0) }), trap})
	return rows, nil
}

// callsWasm is a module with the functions add, loop and div, of which loop calls the imported function host in a loop.
var callsWasm = []byte{
	0, 'a', 's', 'm', 1, 0, 0, 0,
	// types: (i64 i64) -> i64, (i64) -> i64
	1, 12, 2, 0x60, 2, 0x7e, 0x7e, 1, 0x7e, 0x60, 1, 0x7e, 1, 0x7e,
	// import "e" "host", of type 1
	2, 10, 1, 1, 'e', 4, 'h', 'o', 's', 't', 0, 1,
	// functions of types 0, 1, 0
	3, 4, 3, 0, 1, 0,
	// exports
	7, 20, 3, 3, 'a', 'd', 'd', 0, 1, 4, 'l', 'o', 'o', 'p', 0, 2, 3, 'd', 'i', 'v', 0, 3,
	// code
	10, 44, 3,
	7, 0, 0x20, 0, 0x20, 1, 0x7c, 0x0b, // local.get 0, local.get 1, i64.add
	26, 1, 1, 0x7e, // a local i64
	0x03, 0x40, // loop
	0x20, 1, 0x10, 0, 0x21, 1, // local 1 = host(local 1)
	0x20, 0, 0x42, 1, 0x7d, 0x22, 0, // local 0 -= 1
	0x50, 0x45, 0x0d, 0, 0x0b, // i64.eqz, i32.eqz, br_if 0, end
	0x20, 1, 0x0b, // local.get 1
	7, 0, 0x20, 0, 0x20, 1, 0x7f, 0x0b, // i64.div_s
}

func wazeroCalls(long time.Duration) ([]any, error) {
	ctx := context.Background()
	r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfig())
	defer r.Close(ctx)
	host := api.GoFunc(func(_ context.Context, stack []uint64) { stack[0]++ })
	i64 := []api.ValueType{api.ValueTypeI64}
	_, err := r.NewHostModuleBuilder("e").NewFunctionBuilder().WithGoFunction(host, i64, i64).Export("host").Instantiate(ctx)
	if err != nil {
		return nil, err
	}
	m, err := r.Instantiate(ctx, callsWasm)
	if err != nil {
		return nil, err
	}
	stack := make([]uint64, 2)
	run := func(f api.Function, a, b uint64) error {
		stack[0], stack[1] = a, b
		return f.CallWithStack(ctx, stack)
	}
	add, loop, div := m.ExportedFunction("add"), m.ExportedFunction("loop"), m.ExportedFunction("div")
	if err := run(loop, 3, 0); err != nil || stack[0] != 3 {
		return nil, err
	}
	call := perCall(long, func() {
		for range batch {
			stack[1] = 1
			add.CallWithStack(ctx, stack)
		}
	})
	hostCall := perCall(long, func() { run(loop, batch, 0) })
	trap := float64(measure.Times(long, func() { run(div, 1, 0) }))
	return []any{"wazero", call, hostCall, trap}, nil
}

// cgoCalls builds and runs the program that measures cgo.
func cgoCalls(e *Env) (peer.Reply, error) {
	path := filepath.Join(e.Temp, "cgocalls")
	cmd := exec.Command("go", "build", "-o", path, "./cmd/cgocalls")
	cmd.Dir = e.Bench
	if err := cmd.Run(); err != nil {
		return nil, err
	}
	r, err := peer.Once(path)
	if err != nil {
		return nil, errors.New("it needs a C compiler, and CGO_ENABLED not to be 0")
	}
	return r, nil
}
