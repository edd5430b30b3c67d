//go:build !unix

package measure

import "time"

var start = time.Now()

// cpu is the time since the start: there is no better measure here.
func cpu() time.Duration { return time.Since(start) }
