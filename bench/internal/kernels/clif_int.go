package kernels

import (
	"davit/frontend"
	"davit/ir"
	"davit/ir/op"
)

// clifNoInit is the init of kernels that need none.
func clifNoInit() string {
	return function("init", 2, func(g *gen) { g.Return(g.k(0)) })
}

func clifFib() []string {
	return []string{
		clifNoInit(),
		function("fib", 1, func(g *gen) {
			n := g.args[0]
			g.when(g.IcmpImm(op.Slt, n, 2), func() { g.Return(n) })
			a := g.call("fib", g.IsubImm(n, 1))
			b := g.call("fib", g.IsubImm(n, 2))
			g.Return(g.Iadd(a, b))
		}),
		function("run", 2, func(g *gen) { g.Return(g.call("fib", g.n)) }),
	}
}

func clifSieve() []string {
	return []string{
		clifNoInit(),
		function("run", 2, func(g *gen) {
			g.loop(g.k(0), g.n, 1, func(i ir.Value) { g.setByte(g.k(1), g.at(g.mem, i, 0), 0) })
			i := g.variable(g.k(2))
			g.while(func() ir.Value { return g.Icmp(op.Slt, g.Imul(g.get(i), g.get(i)), g.n) }, func() {
				g.when(g.byteAt(g.at(g.mem, g.get(i), 0), 0), func() {
					j := g.variable(g.Imul(g.get(i), g.get(i)))
					g.while(func() ir.Value { return g.Icmp(op.Slt, g.get(j), g.n) }, func() {
						g.setByte(g.k(0), g.at(g.mem, g.get(j), 0), 0)
						g.add(j, g.get(i))
					})
				})
				g.add(i, g.k(1))
			})
			count := g.variable(g.k(0))
			g.loop(g.k(2), g.n, 1, func(i ir.Value) { g.add(count, g.byteAt(g.at(g.mem, i, 0), 0)) })
			g.Return(g.get(count))
		}),
	}
}

// sha256State is where the state lies, behind the message; the schedule and the constants follow.
const (
	shaState    = 0
	shaSchedule = 64
	shaTable    = 64 + 256
)

func clifSHA256() []string {
	return []string{
		function("init", 2, func(g *gen) {
			rnd := g.variable(g.k(lcgSeed))
			g.loop(g.k(0), g.n, 1, func(i ir.Value) { g.setByte(g.random(rnd), g.at(g.mem, i, 0), 0) })
			area := g.Iadd(g.mem, g.n)
			for i, c := range sha256Table {
				g.store(g.Iconst(op.I32, int64(int32(c))), area, shaTable+4*int32(i))
			}
			g.Return(g.k(0))
		}),
		function("block", 2, clifSHA256Block),
		function("run", 2, func(g *gen) {
			area := g.Iadd(g.mem, g.n)
			for i, h := range sha256Start {
				g.store(g.Iconst(op.I32, int64(int32(h))), area, shaState+4*int32(i))
			}
			g.loop(g.k(0), g.n, 64, func(i ir.Value) { g.call("block", g.Iadd(g.mem, i), area) })
			sum := g.load(op.I32, area, shaState)
			for i := int32(1); i < 8; i++ {
				sum = g.Bxor(g.RotlImm(sum, 1), g.load(op.I32, area, shaState+4*i))
			}
			g.Return(g.Uextend(op.I64, sum))
		}),
	}
}

// clifSHA256Block processes one block: args are the block and the area of state, schedule and constants.
func clifSHA256Block(g *gen) {
	block, area := g.args[0], g.args[1]
	rot := func(x ir.Value, n int64) ir.Value { return g.RotrImm(x, n) }
	xor3 := func(x, y, z ir.Value) ir.Value { return g.Bxor(g.Bxor(x, y), z) }
	g.loop(g.k(0), g.k(64), 4, func(i ir.Value) {
		w := g.Bswap(g.load(op.I32, g.Iadd(block, i), 0))
		g.store(w, g.Iadd(area, i), shaSchedule)
	})
	g.loop(g.k(64), g.k(256), 4, func(i ir.Value) {
		p := g.Iadd(area, i)
		w15, w2 := g.load(op.I32, p, shaSchedule-60), g.load(op.I32, p, shaSchedule-8)
		s0 := xor3(rot(w15, 7), rot(w15, 18), g.UshrImm(w15, 3))
		s1 := xor3(rot(w2, 17), rot(w2, 19), g.UshrImm(w2, 10))
		w := g.Iadd(g.Iadd(g.load(op.I32, p, shaSchedule-64), s0), g.Iadd(g.load(op.I32, p, shaSchedule-28), s1))
		g.store(w, p, shaSchedule)
	})
	var v [8]frontend.Variable
	for i := range v {
		v[i] = g.variable(g.load(op.I32, area, shaState+4*int32(i)))
	}
	g.loop(g.k(0), g.k(256), 4, func(i ir.Value) {
		var x [8]ir.Value
		for i := range x {
			x[i] = g.get(v[i])
		}
		a, b, c, d, e, f, gg, h := x[0], x[1], x[2], x[3], x[4], x[5], x[6], x[7]
		p := g.Iadd(area, i)
		s1 := xor3(rot(e, 6), rot(e, 11), rot(e, 25))
		ch := g.Bxor(g.Band(e, f), g.Band(g.Bnot(e), gg))
		t1 := g.Iadd(g.Iadd(g.Iadd(h, s1), g.Iadd(ch, g.load(op.I32, p, shaTable))), g.load(op.I32, p, shaSchedule))
		s0 := xor3(rot(a, 2), rot(a, 13), rot(a, 22))
		maj := xor3(g.Band(a, b), g.Band(a, c), g.Band(b, c))
		for i, y := range []ir.Value{g.Iadd(t1, g.Iadd(s0, maj)), a, b, c, g.Iadd(d, t1), e, f, gg} {
			g.set(v[i], y)
		}
	})
	for i := range v {
		off := shaState + 4*int32(i)
		g.store(g.Iadd(g.load(op.I32, area, off), g.get(v[i])), area, off)
	}
	g.Return(g.k(0))
}

func clifQuicksort() []string {
	return []string{
		clifNoInit(),
		// sort sorts the words from lo to hi, both addresses included.
		function("sort", 2, func(g *gen) {
			lo, hi := g.args[0], g.args[1]
			g.when(g.Icmp(op.Uge, lo, hi), func() { g.Return(g.k(0)) })
			middle := g.Iadd(lo, g.BandImm(g.UshrImm(g.Isub(hi, lo), 1), -8))
			pivot := g.load(op.I64, middle, 0)
			i, j := g.variable(lo), g.variable(hi)
			g.while(func() ir.Value { return g.Icmp(op.Ule, g.get(i), g.get(j)) }, func() {
				g.while(func() ir.Value { return g.Icmp(op.Slt, g.load(op.I64, g.get(i), 0), pivot) }, func() { g.add(i, g.k(8)) })
				g.while(func() ir.Value { return g.Icmp(op.Sgt, g.load(op.I64, g.get(j), 0), pivot) }, func() { g.add(j, g.k(-8)) })
				g.when(g.Icmp(op.Ule, g.get(i), g.get(j)), func() {
					x, y := g.load(op.I64, g.get(i), 0), g.load(op.I64, g.get(j), 0)
					g.store(y, g.get(i), 0)
					g.store(x, g.get(j), 0)
					g.add(i, g.k(8))
					g.add(j, g.k(-8))
				})
			})
			g.call("sort", lo, g.get(j))
			g.call("sort", g.get(i), hi)
			g.Return(g.k(0))
		}),
		function("run", 2, func(g *gen) {
			rnd := g.variable(g.k(lcgSeed))
			a := g.IaddImm(g.mem, 8) // j may go one below
			g.loop(g.k(0), g.n, 1, func(i ir.Value) { g.store(g.random(rnd), g.at(a, i, 3), 0) })
			g.call("sort", a, g.at(a, g.IsubImm(g.n, 1), 3))
			sum := g.variable(g.k(0))
			g.loop(g.k(0), g.n, 1, func(i ir.Value) {
				g.add(sum, g.Imul(g.load(op.I64, g.at(a, i, 3), 0), g.IaddImm(i, 1)))
			})
			g.Return(g.get(sum))
		}),
	}
}

// tableSlots is the size of the hash table, in entries of two words: key and value.
const tableSlots = 1 << 15

func clifHashtable() []string {
	// slot is the address of the entry of key, or of the empty one where it belongs.
	slot := func(g *gen, key ir.Value) ir.Value {
		h := g.variable(g.UshrImm(g.ImulImm(key, -7046029254386353131), 49))
		p := g.variable(g.at(g.mem, g.get(h), 4))
		g.while(func() ir.Value {
			have := g.load(op.I64, g.get(p), 0)
			return g.Band(g.Icmp(op.Ne, have, key), g.Icmp(op.Ne, have, g.k(0)))
		}, func() {
			g.set(h, g.BandImm(g.IaddImm(g.get(h), 1), tableSlots-1))
			g.set(p, g.at(g.mem, g.get(h), 4))
		})
		return g.get(p)
	}
	return []string{
		clifNoInit(),
		function("run", 2, func(g *gen) {
			g.loop(g.k(0), g.k(2*tableSlots), 1, func(i ir.Value) { g.store(g.k(0), g.at(g.mem, i, 3), 0) })
			rnd := g.variable(g.k(lcgSeed))
			g.loop(g.k(0), g.n, 1, func(i ir.Value) {
				key := g.BorImm(g.random(rnd), 1)
				p := slot(g, key)
				g.store(key, p, 0)
				g.store(g.Iadd(g.load(op.I64, p, 8), i), p, 8)
			})
			g.set(rnd, g.k(lcgSeed))
			sum := g.variable(g.k(0))
			g.loop(g.k(0), g.n, 1, func(ir.Value) {
				key := g.BorImm(g.random(rnd), 1)
				g.add(sum, g.load(op.I64, slot(g, key), 8))
			})
			g.Return(g.get(sum))
		}),
	}
}

func clifBintree() []string {
	// A node is three words: key, left, right.
	return []string{
		clifNoInit(),
		function("sum", 2, func(g *gen) {
			node, depth := g.args[0], g.args[1]
			g.when(g.IcmpImm(op.Eq, node, 0), func() { g.Return(g.k(0)) })
			next := g.IaddImm(depth, 1)
			left := g.call("sum", g.load(op.I64, node, 8), next)
			right := g.call("sum", g.load(op.I64, node, 16), next)
			g.Return(g.Iadd(g.Imul(g.load(op.I64, node, 0), depth), g.Iadd(left, right)))
		}),
		function("run", 2, func(g *gen) {
			rnd := g.variable(g.k(lcgSeed))
			free := g.variable(g.IaddImm(g.mem, 8)) // the first word is the root
			g.store(g.k(0), g.mem, 0)
			g.loop(g.k(0), g.n, 1, func(ir.Value) {
				key := g.random(rnd)
				link := g.variable(g.mem)
				g.while(func() ir.Value { return g.load(op.I64, g.get(link), 0) }, func() {
					node := g.load(op.I64, g.get(link), 0)
					right := g.Icmp(op.Sge, key, g.load(op.I64, node, 0))
					g.set(link, g.Iadd(g.IaddImm(node, 8), g.IshlImm(g.Uextend(op.I64, right), 3)))
				})
				node := g.get(free)
				g.store(key, node, 0)
				g.store(g.k(0), node, 8)
				g.store(g.k(0), node, 16)
				g.store(node, g.get(link), 0)
				g.add(free, g.k(24))
			})
			g.Return(g.call("sum", g.load(op.I64, g.mem, 0), g.k(1)))
		}),
	}
}

const patternLength = 8

func clifStrsearch() []string {
	return []string{
		// The text is of four letters; the pattern behind it is taken from its middle.
		function("init", 2, func(g *gen) {
			rnd := g.variable(g.k(lcgSeed))
			g.loop(g.k(0), g.n, 1, func(i ir.Value) {
				g.setByte(g.IaddImm(g.BandImm(g.random(rnd), 3), 'a'), g.at(g.mem, i, 0), 0)
			})
			middle := g.at(g.mem, g.UshrImm(g.n, 1), 0)
			pattern := g.Iadd(g.mem, g.n)
			for i := range int32(patternLength) {
				g.setByte(g.byteAt(middle, i), pattern, i)
			}
			g.Return(g.k(0))
		}),
		function("run", 2, func(g *gen) {
			pattern := g.Iadd(g.mem, g.n)
			sum := g.variable(g.k(0))
			g.loop(g.k(0), g.IsubImm(g.n, patternLength), 1, func(i ir.Value) {
				p := g.at(g.mem, i, 0)
				j := g.variable(g.k(0))
				g.while(func() ir.Value {
					same := g.Icmp(op.Eq, g.byteAt(g.Iadd(p, g.get(j)), 0), g.byteAt(g.Iadd(pattern, g.get(j)), 0))
					return g.Band(same, g.IcmpImm(op.Slt, g.get(j), patternLength))
				}, func() { g.add(j, g.k(1)) })
				g.when(g.IcmpImm(op.Sge, g.get(j), patternLength), func() { g.add(sum, i) })
			})
			g.Return(g.get(sum))
		}),
	}
}

const crcPolynomial = 0xedb88320

func clifCRC32() []string {
	return []string{
		// The table lies in front of the bytes.
		function("init", 2, func(g *gen) {
			g.loop(g.k(0), g.k(256), 1, func(i ir.Value) {
				c := g.variable(i)
				g.loop(g.k(0), g.k(8), 1, func(ir.Value) {
					x := g.get(c)
					half := g.UshrImm(x, 1)
					g.set(c, g.Select(g.BandImm(x, 1), g.BxorImm(half, crcPolynomial), half))
				})
				g.store(g.Ireduce(op.I32, g.get(c)), g.at(g.mem, i, 2), 0)
			})
			rnd := g.variable(g.k(lcgSeed))
			g.loop(g.k(0), g.n, 1, func(i ir.Value) { g.setByte(g.random(rnd), g.at(g.mem, i, 0), 1024) })
			g.Return(g.k(0))
		}),
		function("run", 2, func(g *gen) {
			crc := g.variable(g.Iconst(op.I32, -1))
			g.loop(g.k(0), g.n, 1, func(i ir.Value) {
				b := g.Uload8(op.I32, ir.TrustedMem, g.at(g.mem, i, 0), 1024)
				at := g.Uextend(op.I64, g.BandImm(g.Bxor(g.get(crc), b), 255))
				g.set(crc, g.Bxor(g.load(op.I32, g.at(g.mem, at, 2), 0), g.UshrImm(g.get(crc), 8)))
			})
			g.Return(g.Uextend(op.I64, g.Bnot(g.get(crc))))
		}),
	}
}

const base64Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

func clifBase64() []string {
	return []string{
		// Alphabet, input, output.
		function("init", 2, func(g *gen) {
			for i, c := range []byte(base64Alphabet) {
				g.setByte(g.k(int64(c)), g.mem, int32(i))
			}
			rnd := g.variable(g.k(lcgSeed))
			g.loop(g.k(0), g.n, 1, func(i ir.Value) { g.setByte(g.random(rnd), g.at(g.mem, i, 0), 64) })
			g.Return(g.k(0))
		}),
		function("run", 2, func(g *gen) {
			src := g.IaddImm(g.mem, 64)
			dst := g.variable(g.Iadd(src, g.n))
			sum := g.variable(g.k(0))
			g.loop(g.k(0), g.n, 3, func(i ir.Value) {
				p := g.Iadd(src, i)
				w := g.Bor(g.Bor(g.IshlImm(g.byteAt(p, 0), 16), g.IshlImm(g.byteAt(p, 1), 8)), g.byteAt(p, 2))
				for k := range int32(4) {
					digit := g.BandImm(g.UshrImm(w, int64(18-6*k)), 63)
					g.setByte(g.byteAt(g.Iadd(g.mem, digit), 0), g.get(dst), k)
				}
				g.add(dst, g.k(4))
			})
			g.loop(g.Iadd(src, g.n), g.get(dst), 1, func(p ir.Value) { g.set(sum, g.Iadd(g.ImulImm(g.get(sum), 31), g.byteAt(p, 0))) })
			g.Return(g.get(sum))
		}),
	}
}

// Registers of the interpreted machine are words at the start of memory; the program starts at interpCode. An instruction
// is four bytes: operation, destination, two sources. A jump goes to instruction number b if register a is not 0.
const interpCode = 256

const (
	iHalt = iota
	iAdd
	iSub
	iMul
	iXor
	iAddImm
	iShr
	iJump
	numInterp
)

// interpProgram computes something in a loop that runs as often as register 1 says.
var interpProgram = [][4]byte{
	{iMul, 2, 1, 1}, {iXor, 0, 0, 2}, {iShr, 3, 0, 3}, {iAdd, 0, 0, 3}, {iAddImm, 1, 1, 255}, {iJump, 1, 0, 0}, {iHalt, 0, 0, 0},
}

func clifInterp() []string {
	return []string{
		function("init", 2, func(g *gen) {
			for i, in := range interpProgram {
				for k, b := range in {
					g.setByte(g.k(int64(b)), g.mem, int32(interpCode+4*i+k))
				}
			}
			g.Return(g.k(0))
		}),
		function("run", 2, func(g *gen) {
			for i := range int32(8) {
				g.store(g.k(0), g.mem, 8*i)
			}
			g.store(g.n, g.mem, 8)
			code := g.IaddImm(g.mem, interpCode)
			pc := g.variable(code)
			head := g.CreateBlock()
			g.Jump(head)
			g.SwitchToBlock(head)
			p := g.get(pc)
			reg := func(field int32) ir.Value { return g.at(g.mem, g.byteAt(p, field), 3) }
			val := func(field int32) ir.Value { return g.load(op.I64, reg(field), 0) }
			var blocks [numInterp]ir.Block
			var calls []ir.BlockCall
			for i := range blocks {
				blocks[i] = g.CreateBlock()
				calls = append(calls, g.Target(blocks[i]))
			}
			g.BrTable(g.Uload8(op.I32, ir.TrustedMem, p, 0), calls[0], calls...)
			arm := func(i int, body func()) {
				g.SealBlock(blocks[i])
				g.SwitchToBlock(blocks[i])
				body()
				if !g.IsFilled() {
					g.Jump(head)
				}
			}
			compute := func(i int, f func(x, y ir.Value) ir.Value) {
				arm(i, func() {
					g.store(f(val(2), val(3)), reg(1), 0)
					g.set(pc, g.IaddImm(p, 4))
				})
			}
			compute(iAdd, g.Iadd)
			compute(iSub, g.Isub)
			compute(iMul, g.Imul)
			compute(iXor, g.Bxor)
			arm(iAddImm, func() {
				imm := g.Sload8(op.I64, ir.TrustedMem, p, 3)
				g.store(g.Iadd(val(2), imm), reg(1), 0)
				g.set(pc, g.IaddImm(p, 4))
			})
			arm(iShr, func() {
				g.store(g.Ushr(val(2), g.byteAt(p, 3)), reg(1), 0)
				g.set(pc, g.IaddImm(p, 4))
			})
			arm(iJump, func() {
				to := g.at(code, g.byteAt(p, 2), 2)
				g.set(pc, g.Select(val(1), to, g.IaddImm(p, 4)))
			})
			arm(iHalt, func() { g.Return(g.load(op.I64, g.mem, 0)) })
			g.SealBlock(head)
		}),
	}
}
