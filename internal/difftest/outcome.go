package difftest

import (
	"bytes"
	"fmt"
	"slices"

	"davit/ir/data"
)

// Outcome is what a call did.
type Outcome struct {
	Results []data.Value
	Trap    string   // code and function, or exception with tag and payload; empty if the call returned
	Memory  [][]byte // the data, in the order of Options.Data
	Log     []uint64 // what the host was shown
	// Wild says that the interpreter trapped because of an access to Addr, where there is no memory.
	Wild   bool
	Addr   uint64
	Broken bool // by an instruction that promises not to trap
	// Limit says why the call has no outcome: it took too long, for one.
	Limit error

	names []string // of Memory
}

// outcome collects what is left behind after a call.
func (p *Pair) outcome(fn int, o *Outcome) {
	if o.Trap == "" {
		for i, r := range p.funcs[fn].Sig.Returns {
			o.Results = append(o.Results, data.FromBytes(r.Type, p.slots.bytes[i*slotBytes:][:slotBytes]))
		}
	}
	for _, s := range p.data {
		o.Memory = append(o.Memory, bytes.Clone(s.bytes))
		o.names = append(o.names, s.name)
	}
	o.Log = slices.Clone(p.log)
}

// Compare describes the first thing in which two outcomes differ; it is empty if they are the same.
func Compare(compiled, interpreted *Outcome) string {
	switch {
	case compiled.Limit != nil:
		return fmt.Sprintf("compiled code: %v", compiled.Limit)
	case compiled.Trap != interpreted.Trap:
		return fmt.Sprintf("compiled code ends with %s, the interpreter with %s", orReturn(compiled), orReturn(interpreted))
	case !slices.Equal(compiled.Log, interpreted.Log):
		return fmt.Sprintf("compiled code shows the host %x, the interpreter %x", compiled.Log, interpreted.Log)
	}
	for i, r := range compiled.Results {
		if r != interpreted.Results[i] {
			return fmt.Sprintf("result %d of compiled code is %v, of the interpreter %v", i, r, interpreted.Results[i])
		}
	}
	for k, b := range compiled.Memory {
		if w := interpreted.Memory[k]; !bytes.Equal(b, w) {
			i := 0
			for b[i] == w[i] {
				i++
			}
			return fmt.Sprintf("byte %d of %s is %#x after compiled code, %#x after the interpreter", i, compiled.names[k], b[i], w[i])
		}
	}
	return ""
}

func orReturn(o *Outcome) string {
	if o.Trap == "" {
		return "a return"
	}
	return o.Trap
}
