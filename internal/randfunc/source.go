package randfunc

import (
	"encoding/binary"
	"math/rand/v2"
)

// Source is where random choices come from: a seed, or bytes that a fuzzer chooses. It returns the same choices each
// time.
type Source struct {
	pcg  *rand.PCG
	data []byte
}

// FromSeed returns an endless source.
func FromSeed(seed uint64) *Source { return &Source{pcg: rand.NewPCG(seed, 0x6461766974)} }

// FromBytes returns a source that reads its choices from b, and zeros after that, which stand for the simplest choice.
func FromBytes(b []byte) *Source { return &Source{data: b} }

// Uint64 returns any number.
func (s *Source) Uint64() uint64 {
	if s.pcg != nil {
		return s.pcg.Uint64()
	}
	var b [8]byte
	s.data = s.data[copy(b[:], s.data):]
	return binary.LittleEndian.Uint64(b[:])
}

// N returns a number from 0 to n-1; n must not be zero.
func (s *Source) N(n int) int {
	switch {
	case n == 1:
		return 0
	case s.pcg != nil || n > 256:
		return int(s.Uint64() >> 1 % uint64(n))
	case len(s.data) == 0:
		return 0
	}
	b := s.data[0]
	s.data = s.data[1:]
	return int(b) % n
}

// Chance is true n times out of 100; with bytes at their end, never.
func (s *Source) Chance(n int) bool { return s.N(100) >= 100-n }

// Pick returns one of the elements of a list that is not empty.
func Pick[T any](s *Source, list []T) T { return list[s.N(len(list))] }
