package gc

import "golang.org/x/sys/unix"

// mapNoReserve asks for addresses that do not count as memory.
const mapNoReserve = unix.MAP_NORESERVE

// discardZeroes says that discarded memory reads as zero.
const discardZeroes = true
