// The kernels in C: the same algorithms as in the .clif files beside this one and in davit/bench/internal/kernels. The
// program answers requests on standard input, a line each:
//
//	init NAME N          fill the memory
//	run NAME N TIMES     run so many times
//
// with "ok result=R ns=T", T in nanoseconds of processor time, or with "error" and a message.

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static uint64_t lcg(uint64_t *x) {
	*x = *x * 6364136223846793005u + 1442695040888963407u;
	return *x >> 33;
}

enum { SEED = 42 };

static int64_t float_bits(double x) {
	int64_t n;
	memcpy(&n, &x, 8);
	return n;
}

static int64_t no_init(uint8_t *mem, int64_t n) { return 0; }

int64_t fib(int64_t n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }

int64_t fib_run(uint8_t *mem, int64_t n) { return fib(n); }

int64_t sieve_run(uint8_t *prime, int64_t n) {
	for (int64_t i = 0; i < n; i++) prime[i] = 1;
	for (int64_t i = 2; i * i < n; i++) {
		if (prime[i])
			for (int64_t j = i * i; j < n; j += i) prime[j] = 0;
	}
	int64_t count = 0;
	for (int64_t i = 2; i < n; i++) count += prime[i];
	return count;
}

int64_t matmul_init(uint8_t *mem, int64_t n) {
	double *a = (double *)mem, *b = a + n * n;
	for (int64_t i = 0; i < n * n; i++) {
		a[i] = (double)(i % 7) + 0.5;
		b[i] = (double)(i % 5) - 1.25;
	}
	return 0;
}

int64_t matmul_run(uint8_t *mem, int64_t n) {
	double *a = (double *)mem, *b = a + n * n, *c = b + n * n, total = 0;
	for (int64_t i = 0; i < n; i++) {
		for (int64_t j = 0; j < n; j++) {
			double sum = 0;
			for (int64_t k = 0; k < n; k++) sum += a[i * n + k] * b[k * n + j];
			c[i * n + j] = sum;
			total += sum;
		}
	}
	return float_bits(total);
}

enum { BODIES = 5, BODY_START = 512 };

typedef struct {
	double pos[3], vel[3], mass;
} body;

static const double nbody_start[BODIES * 7] = {
	0, 0, 0, 0, 0, 0, 39.47,
	4.84, -1.16, -0.103, 0.606, 2.81, -0.025, 0.0376,
	8.34, 4.12, -0.403, -1.01, 1.82, 0.0084, 0.0112,
	12.89, -15.11, -0.223, 1.08, 0.868, -0.0108, 0.00172,
	15.37, -25.91, 0.179, 0.979, 0.594, -0.0347, 0.00203,
};

int64_t nbody_init(uint8_t *mem, int64_t n) {
	memcpy(mem + BODY_START, nbody_start, sizeof nbody_start);
	return 0;
}

void nbody_advance(body *bs) {
	const double dt = 0.01;
	for (int i = 0; i < BODIES; i++) {
		body *p = &bs[i];
		for (int j = i + 1; j < BODIES; j++) {
			body *q = &bs[j];
			double d[3];
			for (int k = 0; k < 3; k++) d[k] = p->pos[k] - q->pos[k];
			double sq = d[0] * d[0] + d[1] * d[1] + d[2] * d[2];
			double mag = dt / (sq * sqrt(sq));
			double mp = p->mass * mag, mq = q->mass * mag;
			for (int k = 0; k < 3; k++) {
				p->vel[k] -= d[k] * mq;
				q->vel[k] += d[k] * mp;
			}
		}
	}
	for (int i = 0; i < BODIES; i++)
		for (int k = 0; k < 3; k++) bs[i].pos[k] += dt * bs[i].vel[k];
}

int64_t nbody_run(uint8_t *mem, int64_t n) {
	memcpy(mem, mem + BODY_START, sizeof nbody_start);
	for (int64_t i = 0; i < n; i++) nbody_advance((body *)mem);
	double sum = 0;
	for (int i = 0; i < BODIES * 7; i++) sum += ((double *)mem)[i];
	return float_bits(sum);
}

int64_t mandelbrot_run(uint8_t *mem, int64_t n) {
	int64_t count = 0;
	double scale = 2.0 / (double)n;
	for (int64_t y = 0; y < n; y++) {
		double ci = (double)y * scale - 1;
		for (int64_t x = 0; x < n; x++) {
			double cr = (double)x * scale - 1.5, zr = 0, zi = 0;
			int64_t i = 0;
			for (; zr * zr + zi * zi < 4 && i < 50; i++) {
				double ri = zr * zi;
				zr = zr * zr - zi * zi + cr;
				zi = ri + ri + ci;
			}
			count += i;
		}
	}
	return count;
}

static const uint32_t sha256_start[8] = {
	0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

static const uint32_t sha256_table[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

int64_t sha256_init(uint8_t *mem, int64_t n) {
	uint64_t x = SEED;
	for (int64_t i = 0; i < n; i++) mem[i] = lcg(&x);
	return 0;
}

#define ROTR(x, n) ((x) >> (n) | (x) << (32 - (n)))

void sha256_block(const uint8_t *block, uint32_t *state) {
	uint32_t w[64];
	for (int i = 0; i < 16; i++) {
		uint32_t x;
		memcpy(&x, block + 4 * i, 4);
		w[i] = __builtin_bswap32(x);
	}
	for (int i = 16; i < 64; i++) {
		uint32_t w15 = w[i - 15], w2 = w[i - 2];
		uint32_t s0 = ROTR(w15, 7) ^ ROTR(w15, 18) ^ w15 >> 3;
		uint32_t s1 = ROTR(w2, 17) ^ ROTR(w2, 19) ^ w2 >> 10;
		w[i] = w[i - 16] + s0 + w[i - 7] + s1;
	}
	uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6], h = state[7];
	for (int i = 0; i < 64; i++) {
		uint32_t s1 = ROTR(e, 6) ^ ROTR(e, 11) ^ ROTR(e, 25);
		uint32_t t1 = h + s1 + ((e & f) ^ (~e & g)) + sha256_table[i] + w[i];
		uint32_t s0 = ROTR(a, 2) ^ ROTR(a, 13) ^ ROTR(a, 22);
		uint32_t t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
		h = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
	}
	state[0] += a, state[1] += b, state[2] += c, state[3] += d, state[4] += e, state[5] += f, state[6] += g, state[7] += h;
}

int64_t sha256_run(uint8_t *mem, int64_t n) {
	uint32_t state[8];
	memcpy(state, sha256_start, sizeof state);
	for (int64_t i = 0; i < n; i += 64) sha256_block(mem + i, state);
	uint32_t sum = state[0];
	for (int i = 1; i < 8; i++) sum = ROTR(sum, 31) ^ state[i];
	return sum;
}

void quicksort_sort(int64_t *lo, int64_t *hi) {
	if (lo >= hi) return;
	int64_t pivot = lo[(hi - lo) / 2], *i = lo, *j = hi;
	while (i <= j) {
		while (*i < pivot) i++;
		while (*j > pivot) j--;
		if (i <= j) {
			int64_t x = *i;
			*i++ = *j;
			*j-- = x;
		}
	}
	quicksort_sort(lo, j);
	quicksort_sort(i, hi);
}

int64_t quicksort_run(uint8_t *mem, int64_t n) {
	int64_t *a = (int64_t *)(mem + 8), sum = 0;
	uint64_t x = SEED;
	for (int64_t i = 0; i < n; i++) a[i] = lcg(&x);
	quicksort_sort(a, a + n - 1);
	for (int64_t i = 0; i < n; i++) sum = (uint64_t)sum + (uint64_t)a[i] * (uint64_t)(i + 1);
	return sum;
}

enum { SLOTS = 1 << 15 };

typedef struct {
	int64_t key, value;
} hash_entry;

static hash_entry *hashtable_slot(hash_entry *table, int64_t key) {
	uint64_t h = (uint64_t)key * 0x9e3779b97f4a7c15u >> 49;
	while (table[h].key != key && table[h].key) h = (h + 1) & (SLOTS - 1);
	return &table[h];
}

int64_t hashtable_run(uint8_t *mem, int64_t n) {
	hash_entry *table = (hash_entry *)mem;
	memset(table, 0, SLOTS * sizeof *table);
	uint64_t x = SEED;
	for (int64_t i = 0; i < n; i++) {
		int64_t key = lcg(&x) | 1;
		hash_entry *e = hashtable_slot(table, key);
		e->key = key;
		e->value += i;
	}
	x = SEED;
	int64_t sum = 0;
	for (int64_t i = 0; i < n; i++) sum += hashtable_slot(table, lcg(&x) | 1)->value;
	return sum;
}

typedef struct node {
	int64_t key;
	struct node *child[2];
} node;

int64_t bintree_sum(const node *p, int64_t depth) {
	return p ? p->key * depth + bintree_sum(p->child[0], depth + 1) + bintree_sum(p->child[1], depth + 1) : 0;
}

int64_t bintree_run(uint8_t *mem, int64_t n) {
	node **root = (node **)mem, *next = (node *)(mem + 8);
	*root = NULL;
	uint64_t x = SEED;
	for (int64_t i = 0; i < n; i++) {
		int64_t key = lcg(&x);
		node **link = root;
		while (*link) link = &(*link)->child[key >= (*link)->key];
		*next = (node){key, {NULL, NULL}};
		*link = next++;
	}
	return bintree_sum(*root, 1);
}

enum { PATTERN = 8 };

int64_t strsearch_init(uint8_t *mem, int64_t n) {
	uint64_t x = SEED;
	for (int64_t i = 0; i < n; i++) mem[i] = (lcg(&x) & 3) + 'a';
	memcpy(mem + n, mem + n / 2, PATTERN);
	return 0;
}

int64_t strsearch_run(uint8_t *text, int64_t n) {
	const uint8_t *pattern = text + n;
	int64_t sum = 0;
	for (int64_t i = 0; i < n - PATTERN; i++) {
		int64_t j = 0;
		while (j < PATTERN && text[i + j] == pattern[j]) j++;
		if (j >= PATTERN) sum += i;
	}
	return sum;
}

int64_t crc32_init(uint8_t *mem, int64_t n) {
	uint32_t *table = (uint32_t *)mem;
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t c = i;
		for (int k = 0; k < 8; k++) c = c & 1 ? c >> 1 ^ 0xedb88320 : c >> 1;
		table[i] = c;
	}
	uint64_t x = SEED;
	for (int64_t i = 0; i < n; i++) mem[1024 + i] = lcg(&x);
	return 0;
}

int64_t crc32_run(uint8_t *mem, int64_t n) {
	const uint32_t *table = (uint32_t *)mem;
	uint32_t crc = ~0u;
	for (int64_t i = 0; i < n; i++) crc = table[(crc ^ mem[1024 + i]) & 255] ^ crc >> 8;
	return (uint32_t)~crc;
}

enum { ROW = 8 };

int64_t spmv_init(uint8_t *mem, int64_t n) {
	uint32_t *cols = (uint32_t *)mem;
	double *vals = (double *)(mem + 4 * ROW * n), *v = vals + ROW * n;
	uint64_t x = SEED;
	for (int64_t i = 0; i < ROW * n; i++) {
		cols[i] = lcg(&x) % (uint64_t)n;
		vals[i] = (double)(i % 11);
	}
	for (int64_t i = 0; i < n; i++) v[i] = (double)i * 0.5;
	return 0;
}

int64_t spmv_run(uint8_t *mem, int64_t n) {
	const uint32_t *cols = (uint32_t *)mem;
	double *vals = (double *)(mem + 4 * ROW * n), *x = vals + ROW * n, *y = x + n, total = 0;
	for (int64_t i = 0; i < n; i++) {
		double sum = 0;
		for (int64_t k = i * ROW; k < (i + 1) * ROW; k++) sum += vals[k] * x[cols[k]];
		y[i] = sum;
		total += sum;
	}
	return float_bits(total);
}

int64_t base64_init(uint8_t *mem, int64_t n) {
	memcpy(mem, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", 64);
	uint64_t x = SEED;
	for (int64_t i = 0; i < n; i++) mem[64 + i] = lcg(&x);
	return 0;
}

int64_t base64_run(uint8_t *mem, int64_t n) {
	const uint8_t *alphabet = mem, *src = mem + 64;
	uint8_t *dst = mem + 64 + n, *out = dst;
	for (int64_t i = 0; i < n; i += 3, out += 4) {
		uint64_t w = (uint64_t)src[i] << 16 | (uint64_t)src[i + 1] << 8 | src[i + 2];
		for (int k = 0; k < 4; k++) out[k] = alphabet[w >> (18 - 6 * k) & 63];
	}
	int64_t sum = 0;
	for (; dst < out; dst++) sum = (uint64_t)sum * 31 + *dst;
	return sum;
}

enum { CODE = 256, HALT = 0, ADD, SUB, MUL, XOR, ADDI, SHR, JUMP };

static const uint8_t interp_program[][4] = {
	{MUL, 2, 1, 1}, {XOR, 0, 0, 2}, {SHR, 3, 0, 3}, {ADD, 0, 0, 3}, {ADDI, 1, 1, 255}, {JUMP, 1, 0, 0}, {HALT, 0, 0, 0},
};

int64_t interp_init(uint8_t *mem, int64_t n) {
	memcpy(mem + CODE, interp_program, sizeof interp_program);
	return 0;
}

int64_t interp_run(uint8_t *mem, int64_t n) {
	int64_t *r = (int64_t *)mem;
	const uint8_t *code = mem + CODE, *p = code;
	memset(r, 0, 64);
	r[1] = n;
	for (;;) {
		const uint8_t *in = p;
		p += 4;
		switch (in[0]) {
		case ADD: r[in[1]] = (uint64_t)r[in[2]] + (uint64_t)r[in[3]]; break;
		case SUB: r[in[1]] = (uint64_t)r[in[2]] - (uint64_t)r[in[3]]; break;
		case MUL: r[in[1]] = (uint64_t)r[in[2]] * (uint64_t)r[in[3]]; break;
		case XOR: r[in[1]] = r[in[2]] ^ r[in[3]]; break;
		case ADDI: r[in[1]] = (uint64_t)r[in[2]] + (uint64_t)(int8_t)in[3]; break;
		case SHR: r[in[1]] = (uint64_t)r[in[2]] >> (in[3] & 63); break;
		case JUMP: p = r[in[1]] ? code + 4 * in[2] : p; break;
		default: return r[0];
		}
	}
}

int64_t dot_init(uint8_t *mem, int64_t n) {
	float *x = (float *)mem, *y = x + n;
	for (int64_t i = 0; i < n; i++) {
		x[i] = (float)(i % 13 - 6);
		y[i] = (float)(i % 9);
	}
	return 0;
}

int64_t dot_run(uint8_t *mem, int64_t n) {
	const float *x = (float *)mem, *y = x + n;
	float s[4] = {0};
	for (int64_t i = 0; i < n; i += 4)
		for (int k = 0; k < 4; k++) s[k] += x[i + k] * y[i + k];
	return float_bits(s[0] + s[1] + s[2] + s[3]);
}

int64_t blend_init(uint8_t *mem, int64_t n) {
	uint64_t x = SEED;
	for (int64_t i = 0; i < 2 * n; i++) mem[i] = lcg(&x);
	return 0;
}

int64_t blend_run(uint8_t *mem, int64_t n) {
	const uint8_t *x = mem, *y = mem + n;
	uint8_t *restrict out = mem + 2 * n;
	for (int64_t i = 0; i < n; i++) {
		unsigned a = x[i], b = y[i], sum = a + b > 255 ? 255 : a + b, diff = a > b ? a - b : 0;
		out[i] = (sum + diff + 1) / 2;
	}
	uint64_t sum = 0;
	for (int64_t i = 0; i < n; i += 8) {
		uint64_t w;
		memcpy(&w, out + i, 8);
		sum = (sum << 1 | sum >> 63) + w;
	}
	return (int64_t)sum;
}

typedef int64_t program(uint8_t *, int64_t);

static const struct {
	const char *name;
	program *init, *run;
} kernels[] = {
	{"fib", no_init, fib_run}, {"sieve", no_init, sieve_run}, {"matmul", matmul_init, matmul_run},
	{"nbody", nbody_init, nbody_run}, {"mandelbrot", no_init, mandelbrot_run}, {"sha256", sha256_init, sha256_run},
	{"quicksort", no_init, quicksort_run}, {"hashtable", no_init, hashtable_run}, {"bintree", no_init, bintree_run},
	{"strsearch", strsearch_init, strsearch_run}, {"crc32", crc32_init, crc32_run}, {"spmv", spmv_init, spmv_run},
	{"base64", base64_init, base64_run}, {"interp", interp_init, interp_run}, {"dot", dot_init, dot_run},
	{"blend", blend_init, blend_run},
};

static int64_t now(void) {
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int main(void) {
	uint8_t *mem = aligned_alloc(4096, 1 << 21);
	char what[16], name[32];
	long long n, times;
	memset(mem, 0, 1 << 21);
	while (scanf("%15s %31s %lld", what, name, &n) == 3) {
		int64_t result = 0, start;
		size_t k = 0;
		times = 1;
		if (what[0] == 'r' && scanf("%lld", &times) != 1) return 1;
		while (k < sizeof kernels / sizeof *kernels && strcmp(kernels[k].name, name)) k++;
		if (k == sizeof kernels / sizeof *kernels) {
			printf("error no kernel %s\n", name);
			fflush(stdout);
			continue;
		}
		program *volatile f = what[0] == 'r' ? kernels[k].run : kernels[k].init;
		start = now();
		for (long long i = 0; i < times; i++) result = f(mem, n);
		printf("ok result=%lld ns=%lld\n", (long long)result, (long long)(now() - start));
		fflush(stdout);
	}
	return 0;
}
