package jit

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"davit/asm"
	"davit/ir/op"
)

// Disassemble writes what the module has in memory, in order of addresses: each function with its instructions, and where they
// are, traps, stack maps, exception tables and source locations. A function whose asm.Code has a Listing is shown by that;
// others are decoded, as far as golang.org/x/arch knows the instructions.
func (m *Module) Disassemble(w io.Writer) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return m.errClosed("Disassemble")
	}
	out := bufio.NewWriter(w)
	fs := make([]*placed, 0, len(m.res.funcs))
	for f := range m.res.funcs {
		fs = append(fs, f)
	}
	slices.SortFunc(fs, func(a, b *placed) int {
		if a.addr < b.addr {
			return -1
		}
		return 1
	})
	for i, f := range fs {
		if i > 0 {
			fmt.Fprintln(out)
		}
		fmt.Fprintf(out, "%s: %d bytes at %#x, frame of %d bytes", f.name, f.size, f.addr, f.code.FrameSize)
		if f.code.FramePointer {
			fmt.Fprint(out, " with frame pointer")
		}
		fmt.Fprintln(out)
		if f.code.Listing != "" {
			fmt.Fprint(out, f.code.Listing)
			if !strings.HasSuffix(f.code.Listing, "\n") {
				fmt.Fprintln(out)
			}
			continue
		}
		m.list(out, f)
	}
	return out.Flush()
}

// list decodes a function. m.mu is held.
func (m *Module) list(out *bufio.Writer, f *placed) {
	end := uint32(f.size)
	if f.code.CodeSize > 0 {
		end = f.code.CodeSize
	}
	b := bytesAt(f.addr, int(end))
	last := uint32(NoSource)
	for off := uint32(0); off < end; {
		if s := f.source(off); s != last {
			if s != NoSource {
				fmt.Fprintf(out, "        ; @%04x\n", s)
			}
			last = s
		}
		text, n := decode(b[off:], uint64(f.addr)+uint64(off), m.nameAt)
		fmt.Fprintf(out, "%6x  %-24x  %s", off, b[off:off+uint32(n)], text)
		if t := f.trapCode(off); t != UnannouncedFault {
			fmt.Fprintf(out, " ; trap: %s", t)
		}
		fmt.Fprintln(out)
		off += uint32(n)
		f.listAfter(out, off)
	}
}

// listAfter writes the tables that are keyed by a return address.
func (f *placed) listAfter(out *bufio.Writer, off uint32) {
	if sm := f.stackMap(off); sm != nil {
		fmt.Fprintf(out, "        ; stack map at %#x: frame_size=%d, sp offsets:%s\n", off, sm.FrameSize, mapEntries(sm))
	}
	if site := f.callSite(off); site != nil {
		fmt.Fprintf(out, "        ; handlers at %#x:", off)
		for _, h := range site.Handlers {
			switch h.Kind {
			case asm.HandlerTag:
				fmt.Fprintf(out, " tag%d: %#x", h.Tag, h.Target)
			case asm.HandlerDefault:
				fmt.Fprintf(out, " default: %#x", h.Target)
			default:
				fmt.Fprintf(out, " context sp+%d", h.Target)
			}
		}
		fmt.Fprintln(out)
	}
}

// mapEntries prints the entries of a map, grouped by type.
func mapEntries(sm *asm.StackMap) string {
	var b strings.Builder
	for i, e := range sm.Entries {
		if i == 0 || e.Type != sm.Entries[i-1].Type {
			if i > 0 {
				b.WriteByte('}')
			}
			fmt.Fprintf(&b, " %v {", op.Type(e.Type))
		} else {
			b.WriteString(", ")
		}
		fmt.Fprint(&b, sm.SlotArea+e.Offset)
	}
	if len(sm.Entries) > 0 {
		b.WriteByte('}')
	}
	return b.String()
}

// nameAt returns the symbol that an address belongs to, and where it starts.
func (m *Module) nameAt(addr uint64) (name string, start uint64) {
	if f := theArena.find(uintptr(addr)); f != nil {
		return f.name, uint64(f.addr)
	}
	for name, s := range m.symbols {
		size := uint64(max(s.size, 1))
		if s.kind == symSlot {
			size = slotStubSize
		}
		if a := uint64(s.addr); a != 0 && addr >= a && addr < a+size {
			return name, a
		}
	}
	return "", 0
}
