package kernels

import (
	"os"
	"path/filepath"
	"testing"
	"unsafe"

	"davit/engine"
	"davit/ir/text"
	"davit/jit"
	"davit/settings"
)

// memory returns aligned memory for k.
func memory(k *Kernel) unsafe.Pointer {
	b := make([]byte, k.Memory+8192)
	at := 4096 - uintptr(unsafe.Pointer(&b[0]))%4096
	return unsafe.Pointer(&b[at])
}

// TestFiles checks that the files are what the generators make. DAVIT_BLESS=1 writes them.
func TestFiles(t *testing.T) {
	for i := range All {
		k := &All[i]
		path := filepath.Join("..", "..", "kernels", k.Name+".clif")
		want := k.CLIF()
		if os.Getenv("DAVIT_BLESS") != "" {
			if err := os.WriteFile(path, []byte(want), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Errorf("%s is out of date; DAVIT_BLESS=1 writes it (%v)", path, err)
		}
	}
}

// TestResults compares compiled code with Go, twice, as each run must undo what the one before did.
func TestResults(t *testing.T) {
	for i := range All {
		k := &All[i]
		for _, algorithm := range []string{"backtracking", "single_pass"} {
			t.Run(k.Name+"/"+algorithm, func(t *testing.T) { testResult(t, k, algorithm) })
		}
	}
}

func testResult(t *testing.T, k *Kernel, algorithm string) {
	file, errs := text.Parse([]byte(k.CLIF()), text.Options{})
	if err := errs.Err(); err != nil {
		t.Fatal(err)
	}
	flags := settings.Native()
	if err := flags.Set("regalloc_algorithm=" + algorithm); err != nil {
		t.Fatal(err)
	}
	e, err := engine.New(&flags)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	for _, f := range file.Funcs {
		if err := e.Add(f.Func); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Link(); err != nil {
		t.Skip(err)
	}
	mem, other := memory(k), memory(k)
	k.Init(mem, k.N)
	call(t, e, "init", other, k.N)
	for range 2 {
		if got, want := call(t, e, "run", other, k.N), k.Run(mem, k.N); got != want {
			t.Errorf("compiled code returns %#x, Go %#x", got, want)
		}
	}
}

func call(t *testing.T, e *engine.Engine, name string, mem unsafe.Pointer, n int64) int64 {
	t.Helper()
	f, err := jit.Func[func(int64, int64) int64](e.Module, name)
	if err != nil {
		t.Fatal(err)
	}
	return f(int64(uintptr(mem)), n)
}
