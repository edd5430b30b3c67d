package gc

import "unsafe"

// Access to memory outside of the Go heap.

// ptr converts an address outside of the Go heap to a pointer.
func ptr(a uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&a)) }

func loadWord(a uintptr) Word { return *(*Word)(ptr(a)) }

func storeWord(a uintptr, w Word) { *(*Word)(ptr(a)) = w }

func loadHeader(a uintptr) header { return *(*header)(ptr(a)) }

func storeHeader(a uintptr, h header) { *(*header)(ptr(a)) = h }

// memory returns n bytes at address a.
func memory(a, n uintptr) []byte { return unsafe.Slice((*byte)(ptr(a)), n) }

// addrOf returns the address of bytes outside of the Go heap.
func addrOf(b []byte) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(b))) }

// words returns the words of a span.
func words(s span) []Word { return unsafe.Slice((*Word)(ptr(s.lo)), s.size()/8) }

// copyObject copies n bytes, a multiple of 8 and more than 0.
func copyObject(to, from, n uintptr) {
	if n > 64 {
		copy(memory(to, n), memory(from, n))
		return
	}
	for i := uintptr(0); i < n; i += 8 {
		storeWord(to+i, loadWord(from+i))
	}
}

// poison is what memory without meaning is filled with under stress: no tag rule takes it for the address of an object.
const poison = 0xdbdb_dbdb_dbdb_dbdb

func fill(s span, w Word) {
	ws := words(s)
	for i := range ws {
		ws[i] = w
	}
}
