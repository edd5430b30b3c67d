//go:build linux && (amd64 || arm64 || riscv64 || s390x)

package native

import (
	"fmt"
	"testing"
)

// Writing a function of 256 bytes: through a second view, or by making the page writable and executable again. The second
// way would also stop whoever runs code of the same page.
func BenchmarkWriteCode(b *testing.B) {
	const n, size = 1 << 20, 256
	exec, err := Reserve(n)
	if err != nil {
		b.Fatal(err)
	}
	write, err := MapCode(exec, n)
	if err != nil {
		b.Fatal(err)
	}
	code := make([]byte, size)
	put := func(addr uintptr) { copy((*[size]byte)(Ptr(addr))[:], code) }
	b.Run("view", func(b *testing.B) {
		for i := range b.N {
			off := uintptr(i*size) % n
			put(write + off)
			SyncCode(exec+off, write+off, size)
		}
	})
	plain, err := Reserve(n)
	if err != nil {
		b.Fatal(err)
	}
	for _, batch := range []int{1, 16} {
		b.Run(fmt.Sprint("protect-", batch), func(b *testing.B) {
			for i := 0; i < b.N; i += batch {
				off := uintptr(i*size) % n &^ 4095
				if err := Protect(plain+off, 4096, Read|Write); err != nil {
					b.Fatal(err)
				}
				for k := range batch {
					put(plain + off + uintptr(k*size)%4096)
				}
				if err := Protect(plain+off, 4096, Read|Exec); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
