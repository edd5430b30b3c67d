package native

import (
	"errors"
	"sync/atomic"
	"unsafe"
)

// Samples of compiled code, taken by the signal handler at each tick of the runtime's profiler that finds a thread in it: the
// program counter, and, on amd64, the words at the top of the stack, and the return addresses of the chain of frame pointers,
// with a zero at the end.

// sampleStack is the number of words of the stack in a sample.
const sampleStack = 8

// Sample is the state of a thread in compiled code.
type Sample struct {
	PC    uintptr
	Stack [sampleStack]uintptr // from the stack pointer upwards
	Chain []uintptr            // return addresses
}

// sampleWords is the size of a sample.
const sampleWords = 1 << (sampleShift - 3)

const sampleShift = 9

// profile is where samples go. Assembly knows the fields.
var profile profileBuffer

type profileBuffer struct {
	samples uintptr // address, 0 while no samples are taken
	next    uintptr // number of samples that there were, also those that had no room
	room    uintptr // number of samples that fit
}

var errProfiling = errors.New("samples are being taken already")

// StartSampling begins to take samples, n at most.
func StartSampling(n int) error {
	if atomic.LoadUintptr(&profile.samples) != 0 {
		return errProfiling
	}
	addr, err := Reserve(uintptr(n) << sampleShift)
	if err == nil {
		err = Protect(addr, uintptr(n)<<sampleShift, Read|Write)
	}
	if err != nil {
		return err
	}
	profile.next, profile.room = 0, uintptr(n)
	atomic.StoreUintptr(&profile.samples, addr)
	return nil
}

// StopSampling returns the samples, and how many more there were.
func StopSampling() (samples []Sample, lost int) {
	addr := atomic.SwapUintptr(&profile.samples, 0)
	if addr == 0 {
		return nil, 0
	}
	Barrier() // no handler uses the buffer any more but those that are in it
	n := atomic.LoadUintptr(&profile.next)
	if n > profile.room {
		n, lost = profile.room, int(n-profile.room)
	}
	for i := range n {
		words := unsafe.Slice((*uintptr)(Ptr(addr+i<<sampleShift)), sampleWords)
		s := Sample{PC: words[0], Stack: [sampleStack]uintptr(words[1:])}
		for _, pc := range words[1+sampleStack:] {
			if pc == 0 {
				break
			}
			s.Chain = append(s.Chain, pc)
		}
		samples = append(samples, s)
	}
	return samples, lost // the buffer is kept: a late handler may still write to it
}
