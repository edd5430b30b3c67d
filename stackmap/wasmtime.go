package stackmap

import (
	"encoding/binary"
	"fmt"
	"math/bits"

	"davit/ir/op"
)

// The layout of the section .wasmtime.stackmap, in unsigned 32-bit numbers: the number n of safepoints; n return addresses,
// ascending, from the start of the text; n indices into the data; the data, which has for each safepoint the size of the
// frame, a number of words, and these words. Bit b of the words stands for a root of type i32 at offset 4*b. Safepoints
// without roots are left out.

// AppendWasmtime appends the safepoints of t in the layout of Wasmtime. It is an error if a root is not of type i32, is
// derived, or does not lie at a multiple of 4: the layout has no way to say it.
func AppendWasmtime(dst []byte, t *Table) ([]byte, error) {
	n, err := countRoots(t)
	if err != nil {
		return dst, err
	}
	le := binary.LittleEndian
	base := len(dst)
	dst = le.AppendUint32(dst, uint32(n))
	dst = append(dst, make([]byte, 8*n)...)
	data := len(dst)
	k := 0
	for f, err := range t.Funcs() {
		if err != nil {
			return dst[:base], err
		}
		for pc, m := range t.Safepoints(f) {
			if m == nil {
				return dst[:base], t.Validate()
			}
			if m.Len() == 0 {
				continue
			}
			le.PutUint32(dst[base+4+4*k:], pc)
			le.PutUint32(dst[base+4+4*n+4*k:], uint32(len(dst)-data)/4)
			k++
			if dst, err = appendRecord(dst, m); err != nil {
				return dst[:base], fmt.Errorf("stackmap: safepoint at %#x: %w", pc, err)
			}
		}
	}
	return dst, nil
}

// countRoots returns how many safepoints have roots.
func countRoots(t *Table) (n int, err error) {
	for f, err := range t.Funcs() {
		if err != nil {
			return 0, err
		}
		for _, m := range t.Safepoints(f) {
			if m == nil {
				return 0, t.Validate()
			}
			if m.Len() > 0 {
				n++
			}
		}
	}
	return n, nil
}

func appendRecord(dst []byte, m *Map) ([]byte, error) {
	le := binary.LittleEndian
	dst = le.AppendUint32(dst, m.FrameSize)
	count := len(dst)
	dst = le.AppendUint32(dst, 0)
	words := 0
	for r := range m.Roots() {
		if r.Type != op.I32 || r.Derived() || r.Offset%4 != 0 {
			return dst, fmt.Errorf("root of type %v at offset %d: the layout has plain i32 at multiples of 4 only", r.Type, r.Offset)
		}
		bit := int(r.Offset / 4)
		for ; words <= bit/32; words++ {
			dst = le.AppendUint32(dst, 0)
		}
		at := count + 4 + bit/32*4
		le.PutUint32(dst[at:], le.Uint32(dst[at:])|1<<(bit%32))
	}
	le.PutUint32(dst[count:], uint32(words))
	return dst, nil
}

// WasmtimeTable reads a section in the layout of Wasmtime in place.
type WasmtimeTable struct {
	b []byte
	n int
}

// OpenWasmtime returns the table in b, which must not change while it is in use. It checks that the arrays fit and that
// the return addresses ascend; records are checked when they are read.
func OpenWasmtime(b []byte) (*WasmtimeTable, error) {
	if len(b) < 4 || len(b)%4 != 0 {
		return nil, &FormatError{len(b), fmt.Sprintf("%d bytes, expected a multiple of 4 and at least 4", len(b))}
	}
	n := u32(b, 0)
	if uint64(n)*8+4 > uint64(len(b)) {
		return nil, &FormatError{0, fmt.Sprintf("%d safepoints in %d bytes", n, len(b))}
	}
	t := &WasmtimeTable{b, int(n)}
	for i := 1; i < t.n; i++ {
		if t.pc(i-1) >= t.pc(i) {
			return nil, &FormatError{4 + 4*i, fmt.Sprintf("return address %#x after %#x", t.pc(i), t.pc(i-1))}
		}
	}
	return t, nil
}

func (t *WasmtimeTable) pc(i int) uint32 { return u32(t.b, 4+4*i) }

// Len returns the number of safepoints.
func (t *WasmtimeTable) Len() int { return t.n }

// At returns the return address and the frame size of safepoint i, and appends its roots to dst.
func (t *WasmtimeTable) At(i int, dst []Root) (pc, frame uint32, roots []Root, err error) {
	pc = t.pc(i)
	at := 4 + 8*t.n + 4*int(u32(t.b, 4+4*t.n+4*i))
	if at > len(t.b)-8 {
		return pc, 0, dst, &FormatError{4 + 4*t.n + 4*i, fmt.Sprintf("record of return address %#x at byte %d of %d", pc, at, len(t.b))}
	}
	frame = u32(t.b, at)
	words := u32(t.b, at+4)
	if uint64(words) > uint64(len(t.b)-at-8)/4 {
		return pc, 0, dst, &FormatError{at + 4, fmt.Sprintf("bitmap of %d words", words)}
	}
	for w := range int(words) {
		for x := u32(t.b, at+8+4*w); x != 0; x &= x - 1 {
			off := 4 * uint64(32*w+bits.TrailingZeros32(x))
			if off+4 > uint64(frame) {
				return pc, 0, dst, &FormatError{at, fmt.Sprintf("root at offset %d of a frame of %d bytes", off, frame)}
			}
			dst = append(dst, Root{op.I32, uint32(off), NoBase})
		}
	}
	return pc, frame, dst, nil
}

// Lookup finds the safepoint with return address pc and appends its roots to dst. The error is ErrNoMap if there is none:
// in this layout that stands for a call without roots as well as for a map that was lost.
func (t *WasmtimeTable) Lookup(pc uint32, dst []Root) (frame uint32, roots []Root, err error) {
	lo, hi := 0, t.n
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if t.pc(mid) < pc {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo == t.n || t.pc(lo) != pc {
		return 0, dst, ErrNoMap
	}
	_, frame, roots, err = t.At(lo, dst)
	return frame, roots, err
}

// Span is the place of a function in the text, in bytes.
type Span struct{ Start, Size uint32 }

// AddWasmtime adds the safepoints of a table in the layout of Wasmtime. The layout does not say where functions are: funcs
// does, in ascending order; if it is nil, everything up to the last return address counts as one function. The functions are
// not complete.
func (w *Writer) AddWasmtime(t *WasmtimeTable, funcs []Span) error {
	if t.n == 0 {
		return nil
	}
	if funcs == nil {
		last := t.pc(t.n - 1)
		if last == ^uint32(0) {
			return fmt.Errorf("stackmap: return address %#x at the end of the address space", last)
		}
		funcs = []Span{{0, last + 1}}
	}
	var roots []Root
	i := 0
	for _, f := range funcs {
		if i == t.n || uint64(t.pc(i)) >= uint64(f.Start)+uint64(f.Size) {
			continue
		}
		_, frame, _, err := t.At(i, roots[:0])
		if err != nil {
			return err
		}
		if err := w.Begin(f.Start, f.Size, frame, false); err != nil {
			return err
		}
		for ; i < t.n && uint64(t.pc(i)) < uint64(f.Start)+uint64(f.Size); i++ {
			pc, frame, rs, err := t.At(i, roots[:0])
			if err == nil && pc < f.Start {
				err = fmt.Errorf("stackmap: return address %#x lies in no function", pc)
			}
			if err != nil {
				w.open = false
				return err
			}
			w.SafepointFrame(pc-f.Start, frame, rs)
			roots = rs
		}
		if err := w.End(); err != nil {
			return err
		}
	}
	if i < t.n {
		return fmt.Errorf("stackmap: return address %#x lies in no function", t.pc(i))
	}
	return nil
}
