package gc

// The nursery: where objects are made. It lies in one range of addresses, so that one comparison tells young objects from
// old ones.
//
// Objects are made in eden, by compiled code itself. A collection of the nursery copies the live ones to the survivor
// space, and those that have survived once before to the old space. With stress, eden and survivor space move on in the
// range after each collection, and what they leave behind is inaccessible until they come round again.
type youngSpace struct {
	mem        *region
	base, size uintptr // the whole range

	eden      span // where objects are made; the allocation pointer is in the context
	survivors span // objects that have survived once
	to        span // during a collection: the survivor space to be
	toFree    uintptr

	slots int // with stress: number of slots that the range is divided into; else 0
	slot  int // the last one taken
}

// span is a range of addresses. Of a space with objects, it is the part that they take.
type span struct{ lo, hi uintptr }

func (s span) size() uintptr { return s.hi - s.lo }

const (
	survivorShare = 4       // a survivor space has so much of eden
	slotBytes     = 1 << 14 // with stress: size of eden and of a survivor space
	minSlots      = 64
)

// youngBytes returns the size of the range for a nursery that can grow to n bytes.
func youngBytes(n uintptr, stress bool) uintptr {
	if stress {
		return minSlots * slotBytes
	}
	return n + 2*(n/survivorShare)
}

// init makes a nursery of n bytes that can grow to most bytes.
func (y *youngSpace) init(mem *region, base, n, most uintptr, stress bool) error {
	y.mem, y.base, y.size = mem, base, youngBytes(most, stress)
	if stress {
		y.slots = minSlots
		err := y.nextEden()
		y.survivors = span{y.eden.lo, y.eden.lo}
		return err
	}
	y.eden = span{base, base + n}
	y.survivors = span{base + most, base + most}
	return mem.open(base, y.size)
}

func (y *youngSpace) contains(a uintptr) bool { return a-y.base < y.size }

// nextSlot opens the next slot of the range that is not in use.
func (y *youngSpace) nextSlot() (span, error) {
	for {
		y.slot = (y.slot + 1) % y.slots
		lo := y.base + uintptr(y.slot)*slotBytes
		if lo != y.eden.lo && lo != y.survivors.lo {
			return span{lo, lo + slotBytes}, y.mem.open(lo, slotBytes)
		}
	}
}

// nextEden moves eden to another slot, full of poison.
func (y *youngSpace) nextEden() (err error) {
	if y.eden, err = y.nextSlot(); err == nil {
		fill(y.eden, poison)
	}
	return err
}

// begin prepares a collection: it chooses the survivor space to be. If everything leaves the nursery, that is empty.
func (y *youngSpace) begin(most uintptr, empty bool) (err error) {
	if empty {
		y.to = span{y.survivors.lo, y.survivors.lo}
	} else if y.slots > 0 {
		if y.to, err = y.nextSlot(); err != nil {
			return err
		}
	} else {
		a, b := y.base+most, y.base+most+most/survivorShare
		y.to = span{a, a + y.eden.size()/survivorShare}
		if y.survivors.lo == a {
			y.to = span{b, b + y.eden.size()/survivorShare}
		}
	}
	y.toFree = y.to.lo
	return nil
}

// end makes the survivor space to be the current one, and with stress leaves eden for another place if it has been used.
func (y *youngSpace) end(used bool) error {
	old := y.survivors
	y.survivors = span{y.to.lo, y.toFree}
	if y.slots == 0 {
		return nil
	}
	if old.size() > 0 {
		if err := y.mem.shut(old.lo, slotBytes); err != nil {
			return err
		}
	}
	if !used {
		return nil
	}
	if err := y.mem.shut(y.eden.lo, slotBytes); err != nil {
		return err
	}
	return y.nextEden()
}
