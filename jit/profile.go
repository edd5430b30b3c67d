package jit

import (
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"
	"time"

	"davit/jit/internal/native"
)

// CPU profiles of compiled code.
//
// The Go profiler attributes time in compiled code to the Go function that called it. While it runs, the same ticks can be
// recorded here, with the functions of compiled code. The result is a profile in the format of pprof; a function that is gone
// when the profile ends is not named.

// Profile is a CPU profile of compiled code. Samples are taken while the Go profiler runs: see runtime/pprof.
type Profile struct {
	start   time.Time
	took    time.Duration
	samples []sample
	lost    int
}

// sample is a stack of places, innermost first, and how often it was seen.
type sample struct {
	places []Location
	n      int64
}

// maxSamples is enough for half an hour of ten processors at the usual rate.
const maxSamples = 100 << 10

// profileHz is the rate of the Go profiler unless runtime.SetCPUProfileRate has set another one.
const profileHz = 100

// StartProfile begins to record ticks of the Go profiler that find a thread in compiled code. There is one such profile at a
// time. It needs a module without NoSignals.
func StartProfile() (*Profile, error) {
	if err := theArena.start(); err != nil {
		return nil, err
	}
	native.HookAsync()
	if err := native.StartSampling(maxSamples); err != nil {
		return nil, fmt.Errorf("jit: profile: %w", err)
	}
	return &Profile{start: time.Now()}, nil
}

// Stop ends the recording.
func (p *Profile) Stop() {
	stacks, lost := native.StopSampling()
	p.took, p.lost = time.Since(p.start), lost
	index := map[string]int{}
	for i := range stacks {
		var s sample
		key := ""
		for i, pc := range sampleFrames(&stacks[i]) {
			fn := theArena.find(pc)
			if fn == nil {
				break // the thunk that Go came in by, or one that leads to Go
			}
			off := uint32(pc - fn.addr)
			at := off
			if i > 0 {
				at--
			}
			l := Location{fn.name, off, fn.source(at)}
			s.places = append(s.places, l)
			key += fmt.Sprintf("%s+%d;", l.Func, l.Offset)
		}
		if len(s.places) == 0 {
			s.places = []Location{{Func: "entry and exit", Source: NoSource}}
		}
		i, ok := index[key]
		if !ok {
			i = len(p.samples)
			index[key] = i
			p.samples = append(p.samples, s)
		}
		p.samples[i].n++
	}
}

// sampleFrames returns the program counters of a sample, innermost first. The caller of a function that keeps no frame pointer is
// not in the chain, but its return address is near the stack pointer.
func sampleFrames(s *native.Sample) []uintptr {
	pcs := []uintptr{s.PC}
	if fn := theArena.find(s.PC); fn != nil && !fn.code.FramePointer {
		if i := (fn.unwindAt(uint32(s.PC-fn.addr)).CFA - linkBytes) / 8; i >= 0 && int(i) < len(s.Stack) && s.Stack[i] != 0 {
			pcs = append(pcs, s.Stack[i])
		}
	}
	return append(pcs, s.Chain...)
}

// Functions returns how many samples found a function of a name at work, itself and not what it called.
func (p *Profile) Functions() map[string]int64 {
	n := map[string]int64{}
	for _, s := range p.samples {
		n[s.places[0].Func] += s.n
	}
	return n
}

// Write writes the profile for go tool pprof. Source locations stand for lines.
func (p *Profile) Write(w io.Writer) error {
	e := &protoProfile{strings: map[string]uint64{"": 0}, list: []string{""}, functions: map[string]uint64{}, locations: map[Location]uint64{}}
	for _, v := range [][2]string{{"samples", "count"}, {"cpu", "nanoseconds"}} {
		e.message(1, e.valueType(v[0], v[1]))
	}
	const period = uint64(time.Second / profileHz)
	for _, s := range p.samples {
		var ids, b []byte
		for _, l := range s.places {
			ids = binary.AppendUvarint(ids, e.location(l))
		}
		b = appendBytes(b, 1, ids)
		b = appendBytes(b, 2, binary.AppendUvarint(binary.AppendUvarint(nil, uint64(s.n)), uint64(s.n)*period))
		e.message(2, b)
	}
	e.b = appendInt(e.b, 9, uint64(p.start.UnixNano()))
	e.b = appendInt(e.b, 10, uint64(p.took))
	e.message(11, e.valueType("cpu", "nanoseconds"))
	e.b = appendInt(e.b, 12, period)
	for _, s := range e.list {
		e.b = appendBytes(e.b, 6, []byte(s))
	}
	z := gzip.NewWriter(w)
	if _, err := z.Write(e.b); err != nil {
		return err
	}
	return z.Close()
}

// protoProfile writes the message Profile of pprof's profile.proto. Its fields are numbered as there.
type protoProfile struct {
	b         []byte
	strings   map[string]uint64
	list      []string
	functions map[string]uint64
	locations map[Location]uint64
}

// appendInt appends a field that is a number.
func appendInt(b []byte, field int, v uint64) []byte {
	return binary.AppendUvarint(binary.AppendUvarint(b, uint64(field)<<3), v)
}

// appendBytes appends a field of bytes: a string, a message, or packed numbers.
func appendBytes(b []byte, field int, v []byte) []byte {
	b = binary.AppendUvarint(b, uint64(field)<<3|2)
	return append(binary.AppendUvarint(b, uint64(len(v))), v...)
}

func (e *protoProfile) message(field int, m []byte) { e.b = appendBytes(e.b, field, m) }

func (e *protoProfile) str(s string) uint64 {
	i, ok := e.strings[s]
	if !ok {
		i = uint64(len(e.list))
		e.strings[s] = i
		e.list = append(e.list, s)
	}
	return i
}

func (e *protoProfile) valueType(kind, unit string) []byte {
	return appendInt(appendInt(nil, 1, e.str(kind)), 2, e.str(unit))
}

// location returns the number of a place, after writing it when it is new.
func (e *protoProfile) location(l Location) uint64 {
	if id, ok := e.locations[l]; ok {
		return id
	}
	fn, ok := e.functions[l.Func]
	if !ok {
		fn = uint64(len(e.functions) + 1)
		e.functions[l.Func] = fn
		b := appendInt(nil, 1, fn)
		b = appendInt(b, 2, e.str(l.Func))
		b = appendInt(b, 3, e.str(l.Func))
		e.message(5, appendInt(b, 4, e.str("compiled code")))
	}
	id := uint64(len(e.locations) + 1)
	e.locations[l] = id
	line := appendInt(nil, 1, fn)
	if l.Source != NoSource {
		line = appendInt(line, 2, uint64(l.Source))
	}
	b := appendInt(nil, 1, id)
	b = appendInt(b, 3, uint64(fn<<32)|uint64(l.Offset)+1)
	e.message(4, appendBytes(b, 4, line))
	return id
}
