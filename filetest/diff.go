package filetest

import (
	"fmt"
	"strings"
)

// Comparing expected and actual output, line by line.
//
// Idea: take common lines off both ends, then compute a longest common subsequence of what is left by dynamic
// programming. If that is too large, show both sides as they are.
//
// Cost: the product of the numbers of lines that are left, at most maxCells.
const maxCells = 4 << 20

// contextLines is how many unchanged lines a diff shows around a change.
const contextLines = 3

// diff shows how got differs from want: unchanged lines start with "  ", missing ones with "- ", unexpected ones with
// "+ "; the middle of long unchanged stretches is left out.
func diff(want, got []string) string {
	head := 0
	for head < len(want) && head < len(got) && want[head] == got[head] {
		head++
	}
	tail := 0
	for tail < len(want)-head && tail < len(got)-head && want[len(want)-1-tail] == got[len(got)-1-tail] {
		tail++
	}
	lines := marked(nil, "  ", want[:head])
	lines = diffMiddle(lines, want[head:len(want)-tail], got[head:len(got)-tail])
	lines = marked(lines, "  ", want[len(want)-tail:])
	return elide(lines)
}

func marked(lines []string, mark string, more []string) []string {
	for _, m := range more {
		lines = append(lines, mark+m)
	}
	return lines
}

func diffMiddle(lines, a, b []string) []string {
	if len(a)*len(b) > maxCells {
		return marked(marked(lines, "- ", a), "+ ", b)
	}
	// common[i*w+k] is the length of the longest common subsequence of a[i:] and b[k:].
	w := len(b) + 1
	common := make([]int32, (len(a)+1)*w)
	for i := len(a) - 1; i >= 0; i-- {
		for k := len(b) - 1; k >= 0; k-- {
			if a[i] == b[k] {
				common[i*w+k] = common[(i+1)*w+k+1] + 1
			} else {
				common[i*w+k] = max(common[(i+1)*w+k], common[i*w+k+1])
			}
		}
	}
	i, k := 0, 0
	for i < len(a) && k < len(b) {
		switch {
		case a[i] == b[k]:
			lines = append(lines, "  "+a[i])
			i++
			k++
		case common[(i+1)*w+k] >= common[i*w+k+1]:
			lines = append(lines, "- "+a[i])
			i++
		default:
			lines = append(lines, "+ "+b[k])
			k++
		}
	}
	return marked(marked(lines, "- ", a[i:]), "+ ", b[k:])
}

// elide leaves out unchanged lines that are far from changes.
func elide(lines []string) string {
	keep := make([]bool, len(lines))
	for i, l := range lines {
		if l[0] != ' ' {
			for k := max(0, i-contextLines); k <= min(len(lines)-1, i+contextLines); k++ {
				keep[k] = true
			}
		}
	}
	var b strings.Builder
	for i := 0; i < len(lines); i++ {
		if keep[i] {
			b.WriteString("  " + strings.TrimRight(lines[i], " ") + "\n")
			continue
		}
		n := i
		for i+1 < len(lines) && !keep[i+1] {
			i++
		}
		fmt.Fprintf(&b, "    ... %d unchanged\n", i-n+1)
	}
	return strings.TrimSuffix(b.String(), "\n")
}
