//go:build !unix

package gc

import (
	"errors"
	"runtime"
)

type region struct{ base uintptr }

var errNoMemory = errors.New("gc: no heaps on " + runtime.GOOS)

func reserve(uintptr) (region, error)          { return region{}, errNoMemory }
func (r *region) bytes(addr, n uintptr) []byte { return nil }
func (r *region) open(addr, n uintptr) error   { return errNoMemory }
func (r *region) shut(addr, n uintptr) error   { return errNoMemory }
func (r *region) discard(addr, n uintptr) bool { return false }
func (r *region) release() error               { return nil }
