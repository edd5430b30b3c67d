package reduce

import (
	"bytes"
	"context"
)

// Lines returns a small text for which holds is true, as it is for src, by leaving out lines, then words, then bytes.
func Lines(ctx context.Context, src []byte, holds func(src []byte) bool, progress func(tests, size int)) []byte {
	l := &liner{ctx: ctx, holds: holds, progress: progress, src: src}
	for changed := true; changed && ctx.Err() == nil; {
		changed = l.drop(bytes.SplitAfter(l.src, []byte("\n")))
		changed = l.drop(words(l.src)) || changed
		if len(l.src) <= maxBytes {
			changed = l.drop(split(l.src)) || changed
		}
	}
	return l.src
}

// maxBytes bounds the text that is shrunk byte by byte.
const maxBytes = 4096

type liner struct {
	ctx      context.Context
	holds    func([]byte) bool
	progress func(tests, size int)
	src      []byte
	tests    int
}

// drop leaves out parts of the text, in ever smaller groups.
func (l *liner) drop(parts [][]byte) bool {
	changed := false
	for size := len(parts); size > 0; size = half(size) {
		for lo := 0; lo < len(parts); {
			hi := min(lo+size, len(parts))
			rest := append(append([][]byte{}, parts[:lo]...), parts[hi:]...)
			src := bytes.Join(rest, nil)
			if len(src) == len(l.src) || !l.try(src) {
				lo = hi
				continue
			}
			parts, changed = rest, true
		}
	}
	return changed
}

func (l *liner) try(src []byte) bool {
	if l.ctx.Err() != nil {
		return false
	}
	l.tests++
	ok := l.holds(src)
	if ok {
		l.src = src
	}
	if l.progress != nil {
		l.progress(l.tests, len(l.src))
	}
	return ok
}

// words splits text before each word that follows white space.
func words(src []byte) [][]byte {
	var out [][]byte
	start := 0
	for i := 1; i < len(src); i++ {
		if isSpace(src[i-1]) && !isSpace(src[i]) {
			out = append(out, src[start:i])
			start = i
		}
	}
	return append(out, src[start:])
}

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

func split(src []byte) [][]byte {
	out := make([][]byte, len(src))
	for i := range src {
		out[i] = src[i : i+1]
	}
	return out
}
