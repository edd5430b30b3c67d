package jit

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"davit/jit/internal/native"
)

// JitDump makes Link write functions with their code to the file jit-PID.dump in a directory, /tmp if dir is empty, for the
// profiler perf: after "perf record -k mono" and "perf inject --jit", reports and annotations have the code as it was at the
// time, also that of addresses which were used again. locate says which line of which file a source location of a function
// is; without it the file is named as the function, and the source location is the line.
//
// The format is that of tools/perf/Documentation/jitdump-specification.txt in the Linux kernel.
func JitDump(dir string, locate func(function string, source uint32) (file string, line int)) Option {
	return func(o *options) {
		o.jitDump = &dumpOptions{dir, locate}
		if dir == "" {
			o.jitDump.dir = "/tmp"
		}
		if locate == nil {
			o.jitDump.locate = func(function string, source uint32) (string, int) { return function, int(source) }
		}
	}
}

type dumpOptions struct {
	dir    string
	locate func(string, uint32) (string, int)
}

// jitDumps are the files of the process, by directory.
var jitDumps struct {
	sync.Mutex
	files map[string]*os.File
	index uint64 // of functions
}

const (
	dumpMagic      = 0x4a695444
	dumpHeaderSize = 40

	recordLoad  = 0
	recordDebug = 2
)

// openDump starts the file. Mapping it is how perf gets to know of it.
func openDump(dir string) (*os.File, error) {
	f, err := os.Create(filepath.Join(dir, fmt.Sprintf("jit-%d.dump", os.Getpid())))
	if err != nil {
		return nil, err
	}
	var b []byte
	for _, v := range []uint32{dumpMagic, 1, dumpHeaderSize, uint32(elfMachines[runtime.GOARCH]), 0, uint32(os.Getpid())} {
		b = binary.NativeEndian.AppendUint32(b, v)
	}
	b = binary.NativeEndian.AppendUint64(b, native.Monotonic())
	b = binary.NativeEndian.AppendUint64(b, 0) // flags
	if _, err = f.Write(b); err == nil {
		err = native.MapMarker(int(f.Fd()))
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// dump appends functions that are about to be committed.
func (o *dumpOptions) dump(fs []*function) error {
	jitDumps.Lock()
	defer jitDumps.Unlock()
	file := jitDumps.files[o.dir]
	if file == nil {
		var err error
		if file, err = openDump(o.dir); err != nil {
			return fmt.Errorf("jit: dump for perf: %w", err)
		}
		if jitDumps.files == nil {
			jitDumps.files = map[string]*os.File{}
		}
		jitDumps.files[o.dir] = file
	}
	var b bytes.Buffer
	for _, f := range fs {
		o.debugRecord(&b, f.placed)
		jitDumps.index++
		body := binary.NativeEndian.AppendUint32(nil, uint32(os.Getpid()))
		body = binary.NativeEndian.AppendUint32(body, uint32(native.ThreadID()))
		for _, v := range []uint64{uint64(f.addr), uint64(f.addr), uint64(f.size), jitDumps.index} {
			body = binary.NativeEndian.AppendUint64(body, v)
		}
		body = append(append(body, f.name...), 0)
		body = append(body, bytesAt(f.addr, f.size)...)
		record(&b, recordLoad, body)
	}
	if _, err := file.Write(b.Bytes()); err != nil {
		return fmt.Errorf("jit: dump for perf: %w", err)
	}
	return nil
}

// debugRecord writes the source locations of a function, which come before its code.
func (o *dumpOptions) debugRecord(b *bytes.Buffer, f *placed) {
	if len(f.code.SrcLocs) == 0 {
		return
	}
	body := binary.NativeEndian.AppendUint64(nil, uint64(f.addr))
	body = binary.NativeEndian.AppendUint64(body, uint64(len(f.code.SrcLocs)))
	for _, s := range f.code.SrcLocs {
		file, line := o.locate(f.name, s.Loc)
		body = binary.NativeEndian.AppendUint64(body, uint64(f.addr)+uint64(s.Start))
		body = binary.NativeEndian.AppendUint32(body, uint32(line))
		body = binary.NativeEndian.AppendUint32(body, 0)
		body = append(append(body, file...), 0)
	}
	record(b, recordDebug, body)
}

// record writes a record with its head.
func record(b *bytes.Buffer, id uint32, body []byte) {
	head := binary.NativeEndian.AppendUint32(nil, id)
	head = binary.NativeEndian.AppendUint32(head, uint32(16+len(body)))
	b.Write(binary.NativeEndian.AppendUint64(head, native.Monotonic()))
	b.Write(body)
}
