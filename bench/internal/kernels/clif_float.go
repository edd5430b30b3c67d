package kernels

import (
	"davit/ir"
	"davit/ir/op"
)

func clifMatmul() []string {
	// fill sets element i of an array to i mod m plus x.
	fill := func(g *gen, off int64, m int64, x float64) {
		a := g.Iadd(g.mem, g.ImulImm(g.Imul(g.n, g.n), off))
		g.loop(g.k(0), g.Imul(g.n, g.n), 1, func(i ir.Value) {
			g.store(g.Fadd(g.float(g.SremImm(i, m)), g.F64const(x)), g.at(a, i, 3), 0)
		})
	}
	return []string{
		function("init", 2, func(g *gen) {
			fill(g, 0, 7, 0.5)
			fill(g, 8, 5, -1.25)
			g.Return(g.k(0))
		}),
		function("run", 2, func(g *gen) {
			a := g.mem
			b := g.Iadd(a, g.IshlImm(g.Imul(g.n, g.n), 3))
			c := g.Iadd(b, g.IshlImm(g.Imul(g.n, g.n), 3))
			total := g.variable(g.F64const(0))
			g.loop(g.k(0), g.n, 1, func(i ir.Value) {
				row := g.Imul(i, g.n)
				g.loop(g.k(0), g.n, 1, func(j ir.Value) {
					sum := g.variable(g.F64const(0))
					g.loop(g.k(0), g.n, 1, func(k ir.Value) {
						x := g.load(op.F64, g.at(a, g.Iadd(row, k), 3), 0)
						y := g.load(op.F64, g.at(b, g.Iadd(g.Imul(k, g.n), j), 3), 0)
						g.set(sum, g.Fadd(g.get(sum), g.Fmul(x, y)))
					})
					g.store(g.get(sum), g.at(c, g.Iadd(row, j), 3), 0)
					g.set(total, g.Fadd(g.get(total), g.get(sum)))
				})
			})
			g.Return(g.bits(g.get(total)))
		}),
	}
}

// A body is seven numbers: position, velocity, mass. The bodies as they start lie behind those that move.
const (
	bodies    = 5
	bodyBytes = 7 * 8
	bodyStart = 512
	timeStep  = 0.01
)

func clifNbody() []string {
	load := func(g *gen, p ir.Value, field int32) ir.Value { return g.load(op.F64, p, 8*field) }
	return []string{
		function("init", 2, func(g *gen) {
			for i, x := range nbodyStart {
				g.store(g.F64const(x), g.mem, bodyStart+8*int32(i))
			}
			g.Return(g.k(0))
		}),
		function("advance", 2, func(g *gen) {
			end := g.IaddImm(g.mem, bodies*bodyBytes)
			dt := g.F64const(timeStep)
			g.loop(g.mem, end, bodyBytes, func(p ir.Value) {
				g.loop(g.IaddImm(p, bodyBytes), end, bodyBytes, func(q ir.Value) {
					var d [3]ir.Value
					for k := range int32(3) {
						d[k] = g.Fsub(load(g, p, k), load(g, q, k))
					}
					sq := g.Fadd(g.Fadd(g.Fmul(d[0], d[0]), g.Fmul(d[1], d[1])), g.Fmul(d[2], d[2]))
					mag := g.Fdiv(dt, g.Fmul(sq, g.Sqrt(sq)))
					mp, mq := g.Fmul(load(g, p, 6), mag), g.Fmul(load(g, q, 6), mag)
					for k := range int32(3) {
						g.store(g.Fsub(load(g, p, 3+k), g.Fmul(d[k], mq)), p, 8*(3+k))
						g.store(g.Fadd(load(g, q, 3+k), g.Fmul(d[k], mp)), q, 8*(3+k))
					}
				})
			})
			g.loop(g.mem, end, bodyBytes, func(p ir.Value) {
				for k := range int32(3) {
					g.store(g.Fadd(load(g, p, k), g.Fmul(dt, load(g, p, 3+k))), p, 8*k)
				}
			})
			g.Return(g.k(0))
		}),
		function("run", 2, func(g *gen) {
			g.loop(g.k(0), g.k(bodies*7), 1, func(i ir.Value) {
				g.store(g.load(op.F64, g.at(g.mem, i, 3), bodyStart), g.at(g.mem, i, 3), 0)
			})
			g.loop(g.k(0), g.n, 1, func(ir.Value) { g.call("advance", g.mem, g.n) })
			sum := g.variable(g.F64const(0))
			g.loop(g.k(0), g.k(bodies*7), 1, func(i ir.Value) {
				g.set(sum, g.Fadd(g.get(sum), g.load(op.F64, g.at(g.mem, i, 3), 0)))
			})
			g.Return(g.bits(g.get(sum)))
		}),
	}
}

func clifMandelbrot() []string {
	return []string{
		clifNoInit(),
		function("run", 2, func(g *gen) {
			count := g.variable(g.k(0))
			scale := g.Fdiv(g.F64const(2), g.float(g.n))
			g.loop(g.k(0), g.n, 1, func(y ir.Value) {
				ci := g.Fsub(g.Fmul(g.float(y), scale), g.F64const(1))
				g.loop(g.k(0), g.n, 1, func(x ir.Value) {
					cr := g.Fsub(g.Fmul(g.float(x), scale), g.F64const(1.5))
					zr, zi := g.variable(g.F64const(0)), g.variable(g.F64const(0))
					i := g.variable(g.k(0))
					g.while(func() ir.Value {
						size := g.Fadd(g.Fmul(g.get(zr), g.get(zr)), g.Fmul(g.get(zi), g.get(zi)))
						return g.Band(g.Fcmp(op.FLt, size, g.F64const(4)), g.IcmpImm(op.Slt, g.get(i), 50))
					}, func() {
						r, im := g.get(zr), g.get(zi)
						rr := g.Fsub(g.Fmul(r, r), g.Fmul(im, im))
						ri := g.Fmul(r, im)
						g.set(zr, g.Fadd(rr, cr))
						g.set(zi, g.Fadd(g.Fadd(ri, ri), ci))
						g.add(i, g.k(1))
					})
					g.add(count, g.get(i))
				})
			})
			g.Return(g.get(count))
		}),
	}
}

// The sparse matrix has rowEntries entries per row: columns (i32), then values, then the vector, then the result.
const rowEntries = 8

// spmvParts are the addresses of the parts.
func spmvParts(g *gen) (cols, vals, x, y ir.Value) {
	nnz := g.ImulImm(g.n, rowEntries)
	cols = g.mem
	vals = g.Iadd(cols, g.IshlImm(nnz, 2))
	x = g.Iadd(vals, g.IshlImm(nnz, 3))
	y = g.Iadd(x, g.IshlImm(g.n, 3))
	return cols, vals, x, y
}

func clifSpmv() []string {
	return []string{
		function("init", 2, func(g *gen) {
			cols, vals, x, _ := spmvParts(g)
			rnd := g.variable(g.k(lcgSeed))
			g.loop(g.k(0), g.ImulImm(g.n, rowEntries), 1, func(i ir.Value) {
				g.store(g.Ireduce(op.I32, g.Urem(g.random(rnd), g.n)), g.at(cols, i, 2), 0)
				g.store(g.float(g.SremImm(i, 11)), g.at(vals, i, 3), 0)
			})
			g.loop(g.k(0), g.n, 1, func(i ir.Value) { g.store(g.Fmul(g.float(i), g.F64const(0.5)), g.at(x, i, 3), 0) })
			g.Return(g.k(0))
		}),
		function("run", 2, func(g *gen) {
			cols, vals, x, y := spmvParts(g)
			total := g.variable(g.F64const(0))
			g.loop(g.k(0), g.n, 1, func(i ir.Value) {
				sum := g.variable(g.F64const(0))
				first := g.ImulImm(i, rowEntries)
				g.loop(first, g.IaddImm(first, rowEntries), 1, func(k ir.Value) {
					col := g.Uload32(ir.TrustedMem, g.at(cols, k, 2), 0)
					v := g.load(op.F64, g.at(vals, k, 3), 0)
					g.set(sum, g.Fadd(g.get(sum), g.Fmul(v, g.load(op.F64, g.at(x, col, 3), 0))))
				})
				g.store(g.get(sum), g.at(y, i, 3), 0)
				g.set(total, g.Fadd(g.get(total), g.get(sum)))
			})
			g.Return(g.bits(g.get(total)))
		}),
	}
}

func clifDot() []string {
	return []string{
		function("init", 2, func(g *gen) {
			half := g.at(g.mem, g.n, 2)
			g.loop(g.k(0), g.n, 1, func(i ir.Value) {
				g.store(g.FcvtFromSint(op.F32, g.IsubImm(g.SremImm(i, 13), 6)), g.at(g.mem, i, 2), 0)
				g.store(g.FcvtFromSint(op.F32, g.SremImm(i, 9)), g.at(half, i, 2), 0)
			})
			g.Return(g.k(0))
		}),
		function("run", 2, func(g *gen) {
			half := g.at(g.mem, g.n, 2)
			sum := g.variable(g.Splat(op.F32X4, g.F32const(0)))
			g.loop(g.k(0), g.n, 4, func(i ir.Value) {
				x, y := g.load(op.F32X4, g.at(g.mem, i, 2), 0), g.load(op.F32X4, g.at(half, i, 2), 0)
				g.set(sum, g.Fadd(g.get(sum), g.Fmul(x, y)))
			})
			v := g.get(sum)
			s := g.Fadd(g.Fadd(g.Fadd(g.Extractlane(v, 0), g.Extractlane(v, 1)), g.Extractlane(v, 2)), g.Extractlane(v, 3))
			g.Return(g.bits(g.Fpromote(op.F64, s)))
		}),
	}
}

func clifBlend() []string {
	return []string{
		// Two images and the result.
		function("init", 2, func(g *gen) {
			rnd := g.variable(g.k(lcgSeed))
			g.loop(g.k(0), g.IshlImm(g.n, 1), 1, func(i ir.Value) { g.setByte(g.random(rnd), g.at(g.mem, i, 0), 0) })
			g.Return(g.k(0))
		}),
		function("run", 2, func(g *gen) {
			second := g.Iadd(g.mem, g.n)
			out := g.Iadd(second, g.n)
			g.loop(g.k(0), g.n, 16, func(i ir.Value) {
				x, y := g.load(op.I8X16, g.Iadd(g.mem, i), 0), g.load(op.I8X16, g.Iadd(second, i), 0)
				g.store(g.AvgRound(g.UaddSat(x, y), g.UsubSat(x, y)), g.Iadd(out, i), 0)
			})
			sum := g.variable(g.k(0))
			g.loop(g.k(0), g.n, 8, func(i ir.Value) {
				g.set(sum, g.Iadd(g.RotlImm(g.get(sum), 1), g.load(op.I64, g.Iadd(out, i), 0)))
			})
			g.Return(g.get(sum))
		}),
	}
}
