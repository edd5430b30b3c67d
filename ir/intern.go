package ir

import "slices"

// Constants, user names and memory flags are stored once per function. Most functions have a handful of each, which a
// linear search finds faster than a map would; beyond internLinear a map takes over.
const internLinear = 16

// internIndex finds the elements of a long table by their keys. The table is open to change by others, so an index
// covers a prefix of it and every answer must be checked against the table.
type internIndex[K comparable] struct {
	index map[K]uint32
	seen  int // elements of the table that the index covers
	holes int // those of them that are no elements
	taken int // elements from the number of constants up to here are no holes
}

func (x *internIndex[K]) reset() {
	clear(x.index)
	x.seen, x.holes, x.taken = 0, 0, 0
}

// cover extends the index to n elements; key returns the key of element i, or false for a hole.
func (x *internIndex[K]) cover(n int, key func(i int) (K, bool)) {
	if n < x.seen {
		x.reset()
	}
	if x.index == nil && n > internLinear {
		x.index = map[K]uint32{}
		x.seen, x.holes = 0, 0
	}
	for ; x.seen < n; x.seen++ {
		k, ok := key(x.seen)
		if !ok {
			x.holes++
		} else if x.index != nil {
			if _, dup := x.index[k]; !dup {
				x.index[k] = uint32(x.seen)
			}
		}
	}
}

// InternConstant returns the pool constant with the given little-endian bytes, adding it when new. A new one gets as
// its number the number of constants so far, or if that is taken the first free one above it.
func (f *Func) InternConstant(data []byte) Constant {
	f.consts.cover(len(f.Constants), func(i int) (string, bool) { return string(f.Constants[i]), f.Constants[i] != nil })
	if len(f.Constants) > internLinear {
		if i, ok := f.consts.index[string(data)]; ok && slices.Equal(f.Constants[i], data) {
			return Constant(i)
		}
	} else {
		for i, c := range f.Constants {
			if c != nil && slices.Equal(c, data) {
				return Constant(i)
			}
		}
	}
	x := &f.consts
	at := min(max(len(f.Constants)-x.holes, x.taken), len(f.Constants))
	for at < len(f.Constants) && f.Constants[at] != nil {
		at++
	}
	x.taken = at
	if at == len(f.Constants) {
		f.Constants = append(f.Constants, slices.Clone(data))
		return Constant(at)
	}
	f.Constants[at] = slices.Clone(data)
	x.holes--
	if x.index != nil {
		x.index[string(data)] = uint32(at)
	}
	return Constant(at)
}

// InternUserName returns the handle of a user external name, adding it when new.
func (f *Func) InternUserName(p NamePair) UserName {
	if len(f.UserNames) <= internLinear {
		if i := slices.Index(f.UserNames, p); i >= 0 {
			return UserName(i)
		}
	} else {
		f.names.cover(len(f.UserNames), func(i int) (NamePair, bool) { return f.UserNames[i], true })
		if i, ok := f.names.index[p]; ok && f.UserNames[i] == p {
			return UserName(i)
		}
	}
	f.UserNames = append(f.UserNames, p)
	return UserName(len(f.UserNames) - 1)
}
