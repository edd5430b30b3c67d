//go:build !amd64

package libcall

// probestack is empty: code for this machine does not call it.
var probestack []byte
