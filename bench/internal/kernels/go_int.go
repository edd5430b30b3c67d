package kernels

import (
	"encoding/binary"
	"math/bits"
	"unsafe"
)

func fibRun(_ unsafe.Pointer, n int64) int64 { return fib(n) }

func fib(n int64) int64 {
	if n < 2 {
		return n
	}
	return fib(n-1) + fib(n-2)
}

func sieveRun(mem unsafe.Pointer, n int64) int64 {
	prime := slice[byte](mem, 0, n)
	for i := range prime {
		prime[i] = 1
	}
	for i := int64(2); i*i < n; i++ {
		if prime[i] != 0 {
			for j := i * i; j < n; j += i {
				prime[j] = 0
			}
		}
	}
	count := int64(0)
	for _, p := range prime[2:] {
		count += int64(p)
	}
	return count
}

var sha256Start = [8]uint32{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19}

var sha256Table = [64]uint32{
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
}

func sha256Init(mem unsafe.Pointer, n int64) int64 {
	rnd := lcg(lcgSeed)
	for i := range slice[byte](mem, 0, n) {
		slice[byte](mem, 0, n)[i] = byte(rnd.next())
	}
	return 0
}

func sha256Run(mem unsafe.Pointer, n int64) int64 {
	msg := slice[byte](mem, 0, n)
	state := sha256Start
	for i := int64(0); i < n; i += 64 {
		sha256Block(msg[i:i+64], &state)
	}
	sum := state[0]
	for _, h := range state[1:] {
		sum = bits.RotateLeft32(sum, 1) ^ h
	}
	return int64(sum)
}

func sha256Block(block []byte, state *[8]uint32) {
	var w [64]uint32
	for i := range 16 {
		w[i] = binary.BigEndian.Uint32(block[4*i:])
	}
	for i := 16; i < 64; i++ {
		w15, w2 := w[i-15], w[i-2]
		s0 := bits.RotateLeft32(w15, -7) ^ bits.RotateLeft32(w15, -18) ^ w15>>3
		s1 := bits.RotateLeft32(w2, -17) ^ bits.RotateLeft32(w2, -19) ^ w2>>10
		w[i] = w[i-16] + s0 + w[i-7] + s1
	}
	a, b, c, d, e, f, g, h := state[0], state[1], state[2], state[3], state[4], state[5], state[6], state[7]
	for i := range 64 {
		s1 := bits.RotateLeft32(e, -6) ^ bits.RotateLeft32(e, -11) ^ bits.RotateLeft32(e, -25)
		t1 := h + s1 + (e&f ^ ^e&g) + sha256Table[i] + w[i]
		s0 := bits.RotateLeft32(a, -2) ^ bits.RotateLeft32(a, -13) ^ bits.RotateLeft32(a, -22)
		t2 := s0 + (a&b ^ a&c ^ b&c)
		a, b, c, d, e, f, g, h = t1+t2, a, b, c, d+t1, e, f, g
	}
	state[0] += a
	state[1] += b
	state[2] += c
	state[3] += d
	state[4] += e
	state[5] += f
	state[6] += g
	state[7] += h
}

func quicksortRun(mem unsafe.Pointer, n int64) int64 {
	a := slice[int64](mem, 8, n)
	rnd := lcg(lcgSeed)
	for i := range a {
		a[i] = rnd.next()
	}
	quicksort(a)
	sum := int64(0)
	for i, x := range a {
		sum += x * int64(i+1)
	}
	return sum
}

func quicksort(a []int64) {
	if len(a) < 2 {
		return
	}
	pivot := a[(len(a)-1)/2]
	i, j := 0, len(a)-1
	for i <= j {
		for a[i] < pivot {
			i++
		}
		for a[j] > pivot {
			j--
		}
		if i <= j {
			a[i], a[j] = a[j], a[i]
			i++
			j--
		}
	}
	quicksort(a[:j+1])
	quicksort(a[i:])
}

type hashEntry struct{ key, value int64 }

func hashtableRun(mem unsafe.Pointer, n int64) int64 {
	table := slice[hashEntry](mem, 0, tableSlots)
	clear(table)
	rnd := lcg(lcgSeed)
	for i := range n {
		key := rnd.next() | 1
		e := hashtableSlot(table, key)
		e.key = key
		e.value += i
	}
	rnd = lcgSeed
	sum := int64(0)
	for range n {
		sum += hashtableSlot(table, rnd.next()|1).value
	}
	return sum
}

func hashtableSlot(table []hashEntry, key int64) *hashEntry {
	h := uint64(key) * 0x9e3779b97f4a7c15 >> 49
	for {
		e := &table[h]
		if e.key == key || e.key == 0 {
			return e
		}
		h = (h + 1) & (tableSlots - 1)
	}
}

// bintreeNode refers to other nodes by their number, less one.
type bintreeNode struct {
	key         int64
	left, right int64
}

func bintreeRun(mem unsafe.Pointer, n int64) int64 {
	nodes := slice[bintreeNode](mem, 8, n)
	root := int64(0)
	rnd := lcg(lcgSeed)
	for i := range n {
		key := rnd.next()
		link := &root
		for *link != 0 {
			node := &nodes[*link-1]
			if key >= node.key {
				link = &node.right
			} else {
				link = &node.left
			}
		}
		nodes[i] = bintreeNode{key: key}
		*link = i + 1
	}
	return bintreeSum(nodes, root, 1)
}

func bintreeSum(nodes []bintreeNode, node, depth int64) int64 {
	if node == 0 {
		return 0
	}
	p := &nodes[node-1]
	return p.key*depth + bintreeSum(nodes, p.left, depth+1) + bintreeSum(nodes, p.right, depth+1)
}

func strsearchInit(mem unsafe.Pointer, n int64) int64 {
	text := slice[byte](mem, 0, n+patternLength)
	rnd := lcg(lcgSeed)
	for i := range text[:n] {
		text[i] = byte(rnd.next()&3) + 'a'
	}
	copy(text[n:], text[n/2:n/2+patternLength])
	return 0
}

func strsearchRun(mem unsafe.Pointer, n int64) int64 {
	text, pattern := slice[byte](mem, 0, n), slice[byte](mem, n, patternLength)
	sum := int64(0)
	for i := range n - patternLength {
		j := int64(0)
		for j < patternLength && text[i+j] == pattern[j] {
			j++
		}
		if j >= patternLength {
			sum += i
		}
	}
	return sum
}

func crc32Init(mem unsafe.Pointer, n int64) int64 {
	table := slice[uint32](mem, 0, 256)
	for i := range table {
		c := uint32(i)
		for range 8 {
			if c&1 != 0 {
				c = c>>1 ^ crcPolynomial
			} else {
				c >>= 1
			}
		}
		table[i] = c
	}
	data := slice[byte](mem, 1024, n)
	rnd := lcg(lcgSeed)
	for i := range data {
		data[i] = byte(rnd.next())
	}
	return 0
}

func crc32Run(mem unsafe.Pointer, n int64) int64 {
	table := (*[256]uint32)(mem)
	crc := ^uint32(0)
	for _, b := range slice[byte](mem, 1024, n) {
		crc = table[byte(crc)^b] ^ crc>>8
	}
	return int64(^crc)
}

func base64Init(mem unsafe.Pointer, n int64) int64 {
	copy(slice[byte](mem, 0, 64), base64Alphabet)
	data := slice[byte](mem, 64, n)
	rnd := lcg(lcgSeed)
	for i := range data {
		data[i] = byte(rnd.next())
	}
	return 0
}

func base64Run(mem unsafe.Pointer, n int64) int64 {
	alphabet := (*[64]byte)(mem)
	src, dst := slice[byte](mem, 64, n), slice[byte](mem, 64+n, n/3*4)
	out := dst
	for len(src) >= 3 {
		w := uint(src[0])<<16 | uint(src[1])<<8 | uint(src[2])
		out[3] = alphabet[w&63]
		out[0] = alphabet[w>>18&63]
		out[1] = alphabet[w>>12&63]
		out[2] = alphabet[w>>6&63]
		src, out = src[3:], out[4:]
	}
	sum := int64(0)
	for _, b := range dst {
		sum = sum*31 + int64(b)
	}
	return sum
}

func interpInit(mem unsafe.Pointer, _ int64) int64 {
	copy(slice[[4]byte](mem, interpCode, int64(len(interpProgram))), interpProgram)
	return 0
}

func interpRun(mem unsafe.Pointer, n int64) int64 {
	regs := slice[int64](mem, 0, 8)
	code := slice[[4]byte](mem, interpCode, int64(len(interpProgram)))
	clear(regs)
	regs[1] = n
	pc := 0
	for {
		in := &code[pc]
		pc++
		switch in[0] {
		case iAdd:
			regs[in[1]] = regs[in[2]] + regs[in[3]]
		case iSub:
			regs[in[1]] = regs[in[2]] - regs[in[3]]
		case iMul:
			regs[in[1]] = regs[in[2]] * regs[in[3]]
		case iXor:
			regs[in[1]] = regs[in[2]] ^ regs[in[3]]
		case iAddImm:
			regs[in[1]] = regs[in[2]] + int64(int8(in[3]))
		case iShr:
			regs[in[1]] = int64(uint64(regs[in[2]]) >> (in[3] & 63))
		case iJump:
			if regs[in[1]] != 0 {
				pc = int(in[2])
			}
		default:
			return regs[0]
		}
	}
}
