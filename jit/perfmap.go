package jit

import (
	"fmt"
	"os"
	"strings"
	"sync"
)

// PerfMap makes Link write the addresses and names of functions to /tmp/perf-PID.map, where the profiler perf looks for
// the symbols of code that is in no file. The format is a line per function: start and size in hexadecimal, the name.
// Addresses that are used again appear again; perf takes the last line. The file stays after the process has ended.
func PerfMap() Option { return func(o *options) { o.perfMap = true } }

// perfMap is the file of the process, which all modules append to.
var perfMap struct {
	sync.Mutex
	file *os.File
}

// writePerfMap appends the functions that are about to be committed.
func writePerfMap(fs []*function) error {
	var b strings.Builder
	for _, f := range fs {
		fmt.Fprintf(&b, "%x %x %s\n", f.addr, f.size, strings.ReplaceAll(f.name, "\n", " "))
	}
	perfMap.Lock()
	defer perfMap.Unlock()
	if perfMap.file == nil {
		name := fmt.Sprintf("/tmp/perf-%d.map", os.Getpid())
		file, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
		if err != nil {
			return fmt.Errorf("jit: %w", err)
		}
		perfMap.file = file
	}
	if _, err := perfMap.file.WriteString(b.String()); err != nil {
		return fmt.Errorf("jit: %w", err)
	}
	return nil
}
