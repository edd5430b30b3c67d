package kernels

import (
	"math"
	"math/bits"
	"unsafe"
)

func floatBits(x float64) int64 { return int64(math.Float64bits(x)) }

func matmulInit(mem unsafe.Pointer, n int64) int64 {
	a, b := slice[float64](mem, 0, n*n), slice[float64](mem, 8*n*n, n*n)
	for i := range a {
		a[i] = float64(i%7) + 0.5
		b[i] = float64(i%5) - 1.25
	}
	return 0
}

func matmulRun(mem unsafe.Pointer, n int64) int64 {
	a, b, c := slice[float64](mem, 0, n*n), slice[float64](mem, 8*n*n, n*n), slice[float64](mem, 16*n*n, n*n)
	total := 0.0
	for i := range n {
		for j := range n {
			sum := 0.0
			for k := range n {
				sum += a[i*n+k] * b[k*n+j]
			}
			c[i*n+j] = sum
			total += sum
		}
	}
	return floatBits(total)
}

// nbodyStart are position, velocity and mass of five bodies.
var nbodyStart = [bodies * 7]float64{
	0, 0, 0, 0, 0, 0, 39.47,
	4.84, -1.16, -0.103, 0.606, 2.81, -0.025, 0.0376,
	8.34, 4.12, -0.403, -1.01, 1.82, 0.0084, 0.0112,
	12.89, -15.11, -0.223, 1.08, 0.868, -0.0108, 0.00172,
	15.37, -25.91, 0.179, 0.979, 0.594, -0.0347, 0.00203,
}

type body struct {
	pos, vel [3]float64
	mass     float64
}

func nbodyInit(mem unsafe.Pointer, _ int64) int64 {
	copy(slice[float64](mem, bodyStart, bodies*7), nbodyStart[:])
	return 0
}

func nbodyRun(mem unsafe.Pointer, n int64) int64 {
	numbers := slice[float64](mem, 0, bodies*7)
	copy(numbers, slice[float64](mem, bodyStart, bodies*7))
	bs := (*[bodies]body)(mem)
	for range n {
		nbodyAdvance(bs)
	}
	sum := 0.0
	for _, x := range numbers {
		sum += x
	}
	return floatBits(sum)
}

func nbodyAdvance(bs *[bodies]body) {
	for i := range bs {
		p := &bs[i]
		for j := i + 1; j < bodies; j++ {
			q := &bs[j]
			dx, dy, dz := p.pos[0]-q.pos[0], p.pos[1]-q.pos[1], p.pos[2]-q.pos[2]
			sq := dx*dx + dy*dy + dz*dz
			mag := timeStep / (sq * math.Sqrt(sq))
			mp, mq := p.mass*mag, q.mass*mag
			p.vel[0] -= dx * mq
			q.vel[0] += dx * mp
			p.vel[1] -= dy * mq
			q.vel[1] += dy * mp
			p.vel[2] -= dz * mq
			q.vel[2] += dz * mp
		}
	}
	for i := range bs {
		p := &bs[i]
		for k := range 3 {
			p.pos[k] += timeStep * p.vel[k]
		}
	}
}

func mandelbrotRun(_ unsafe.Pointer, n int64) int64 {
	count := int64(0)
	scale := 2 / float64(n)
	for y := range n {
		ci := float64(y)*scale - 1
		for x := range n {
			cr := float64(x)*scale - 1.5
			zr, zi := 0.0, 0.0
			i := int64(0)
			for ; zr*zr+zi*zi < 4 && i < 50; i++ {
				ri := zr * zi
				zr, zi = zr*zr-zi*zi+cr, ri+ri+ci
			}
			count += i
		}
	}
	return count
}

func spmvSlices(mem unsafe.Pointer, n int64) (cols []uint32, vals, x, y []float64) {
	nnz := n * rowEntries
	return slice[uint32](mem, 0, nnz), slice[float64](mem, 4*nnz, nnz), slice[float64](mem, 12*nnz, n), slice[float64](mem, 12*nnz+8*n, n)
}

func spmvInit(mem unsafe.Pointer, n int64) int64 {
	cols, vals, x, _ := spmvSlices(mem, n)
	rnd := lcg(lcgSeed)
	for i := range cols {
		cols[i] = uint32(rnd.next() % n)
		vals[i] = float64(i % 11)
	}
	for i := range x {
		x[i] = float64(i) * 0.5
	}
	return 0
}

func spmvRun(mem unsafe.Pointer, n int64) int64 {
	cols, vals, x, y := spmvSlices(mem, n)
	total := 0.0
	for i := range n {
		sum := 0.0
		for k := i * rowEntries; k < (i+1)*rowEntries; k++ {
			sum += vals[k] * x[cols[k]]
		}
		y[i] = sum
		total += sum
	}
	return floatBits(total)
}

func dotInit(mem unsafe.Pointer, n int64) int64 {
	x, y := slice[float32](mem, 0, n), slice[float32](mem, 4*n, n)
	for i := range x {
		x[i] = float32(i%13 - 6)
		y[i] = float32(i % 9)
	}
	return 0
}

func dotRun(mem unsafe.Pointer, n int64) int64 {
	x, y := slice[float32](mem, 0, n), slice[float32](mem, 4*n, n)
	var s0, s1, s2, s3 float32
	for i := 0; i+3 < len(x) && i+3 < len(y); i += 4 {
		s0 += x[i] * y[i]
		s1 += x[i+1] * y[i+1]
		s2 += x[i+2] * y[i+2]
		s3 += x[i+3] * y[i+3]
	}
	return floatBits(float64(s0 + s1 + s2 + s3))
}

func blendInit(mem unsafe.Pointer, n int64) int64 {
	images := slice[byte](mem, 0, 2*n)
	rnd := lcg(lcgSeed)
	for i := range images {
		images[i] = byte(rnd.next())
	}
	return 0
}

func blendRun(mem unsafe.Pointer, n int64) int64 {
	x, y, out := slice[byte](mem, 0, n), slice[byte](mem, n, n), slice[byte](mem, 2*n, n)
	for i := range x {
		a, b := uint(x[i]), uint(y[i])
		sum := min(a+b, 255)
		diff := a - min(a, b)
		out[i] = byte((sum + diff + 1) / 2)
	}
	sum := uint64(0)
	for _, w := range slice[uint64](mem, 2*n, n/8) {
		sum = bits.RotateLeft64(sum, 1) + w
	}
	return int64(sum)
}
