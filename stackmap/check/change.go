package check

import "encoding/binary"

// What the instructions of a block do with a place, as far as that depends on what it held at the start of the block.
const (
	wasRead    uint8 = 1 << iota // read before it was written
	wasWritten                   // holds something else at the end
	wasAged                      // not written before a safepoint that makes it old
	wasMapped                    // not written before a safepoint whose map names it
)

// reads notes that a place is read.
func (s *machine) reads(p int) { s.mark[p] |= ^s.mark[p] >> 1 & wasRead }

// writes notes that a place is written.
func (s *machine) writes(p int) { s.mark[p] |= wasWritten }

// ones has a one in each byte.
const ones = 0x0101010101010101

// word returns the first 8 bytes of a row.
func word(row []uint8) uint64 { return binary.LittleEndian.Uint64(row) }

func setWord(row []uint8, x uint64) { binary.LittleEndian.PutUint64(row, x) }

// join adds what the places hold to the start of a block, and reports whether that was new.
func (s *machine) join(to int) bool {
	into, news := s.rows[to*s.width:][:s.width], s.news[to*s.width:][:s.width]
	isNew, wasDone := s.state[to] == blockNew, s.state[to] >= blockChanged
	changed := isNew
	for row := s.row; len(row) >= 8 && len(into) >= 8 && len(news) >= 8; row, into, news = row[8:], into[8:], news[8:] {
		x := word(into)
		y := word(row) &^ x
		if y == 0 {
			continue
		}
		setWord(into, x|y)
		changed = true
		if wasDone {
			setWord(news, y|word(news))
		}
	}
	switch {
	case isNew:
		s.state[to] = blockReached
	case changed && wasDone:
		s.state[to] = blockChanged
	}
	return changed
}

// passChange passes on what is new at the start of a block that was gone over before: it leaves in row what is new at the
// end. It reports false if an instruction reads some of it, or if a stack map names a place where it is wrong.
func (s *machine) passChange(b int) bool {
	news, marks := s.news[b*s.width:][:s.width], s.marks[b*s.width:][:s.width]
	for i := 0; i < s.width; i += 8 {
		x := word(news[i:])
		if x != 0 {
			m := word(marks[i:])
			isNew := (x + 0x7f*ones) >> 7
			isWrong := x>>2 | x>>3 // mayOld, mayBlank
			if isNew&m&ones != 0 || isWrong&(m>>3)&ones != 0 {
				return false
			}
			x &^= m >> 1 & ones * 0xff // wasWritten
			x |= (x | x>>1) & (m >> 2) & ones * uint64(mayOld)
		}
		setWord(s.row[i:], x)
	}
	clear(news)
	return true
}
