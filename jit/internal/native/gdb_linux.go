//go:build linux && (amd64 || arm64 || riscv64 || s390x)

package native

import (
	"sync"
	"unsafe"
)

// The interface of gdb for code that programs make: a list of object files in memory, and a function that is called after each
// change, at which gdb stops. See "JIT Compilation Interface" in its manual.

func registerCode()

func descriptor() uintptr

// gdbDescriptor is the head of the list.
type gdbDescriptor struct {
	version, action uint32
	relevant, first uintptr
}

// DebugFile is an object file that gdb knows of.
type DebugFile struct {
	next, prev uintptr
	addr       uintptr
	size       uint64

	image []byte
}

const (
	gdbNothing = iota
	gdbRegister
	gdbUnregister
)

// debugFiles keeps what only gdb's list refers to. Objects of the heap do not move.
var debugFiles struct {
	sync.Mutex
	all map[uintptr]*DebugFile
}

// RegisterDebugFile tells gdb of an object file.
func RegisterDebugFile(image []byte) *DebugFile {
	debugFiles.Lock()
	defer debugFiles.Unlock()
	d := (*gdbDescriptor)(Ptr(descriptor()))
	f := &DebugFile{next: d.first, addr: uintptr(unsafe.Pointer(&image[0])), size: uint64(len(image)), image: image}
	at := uintptr(unsafe.Pointer(f))
	if debugFiles.all == nil {
		debugFiles.all = map[uintptr]*DebugFile{}
	}
	debugFiles.all[at] = f
	if n := debugFiles.all[d.first]; n != nil {
		n.prev = at
	}
	d.first = at
	notifyGDB(d, gdbRegister, at)
	return f
}

// Unregister tells gdb that the code is gone.
func (f *DebugFile) Unregister() {
	debugFiles.Lock()
	defer debugFiles.Unlock()
	d := (*gdbDescriptor)(Ptr(descriptor()))
	at := uintptr(unsafe.Pointer(f))
	if p := debugFiles.all[f.prev]; p != nil {
		p.next = f.next
	} else {
		d.first = f.next
	}
	if n := debugFiles.all[f.next]; n != nil {
		n.prev = f.prev
	}
	notifyGDB(d, gdbUnregister, at)
	delete(debugFiles.all, at)
}

func notifyGDB(d *gdbDescriptor, action uint32, at uintptr) {
	d.action, d.relevant = action, at
	registerCode()
	d.action, d.relevant = gdbNothing, 0
}
