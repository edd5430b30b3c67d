//go:build cgo

package main

// A file that exports functions to C cannot define any in its preamble.

/*
#include <stdint.h>

extern int64_t callback(int64_t x);

int64_t call_go(int64_t n) {
	int64_t sum = 0;
	for (int64_t i = 0; i < n; i++) sum = callback(sum);
	return sum;
}
*/
import "C"
