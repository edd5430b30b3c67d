//go:build !(s390x || ppc64 || mips || mips64)

package gc

// bigEndian is 1 if the byte at a word's address holds its highest bits.
const bigEndian = 0
