package filetest

import (
	"errors"
	"os"
	"slices"
	"strings"

	"davit/ir/text"
)

// blessing is new expected output of a function.
type blessing struct {
	fn    *text.Function
	lines []string
}

// rewrite puts the output noted by precise into a file, in place of the comments that hold the expectations.
func rewrite(path string, src []byte, file *text.File, blessed map[*text.Function][]string) error {
	var bs []blessing
	for _, fn := range file.Funcs {
		if lines, ok := blessed[fn]; ok && !slices.Equal(lines, expectedLines(fn)) {
			bs = append(bs, blessing{fn, lines})
		}
	}
	if len(bs) == 0 {
		return nil
	}
	if path == stdin {
		return errors.New("standard input cannot be rewritten")
	}
	return os.WriteFile(path, []byte(blessText(string(src), bs)), 0o666)
}

// blessText removes the comments with expectations of the blessed functions from src, and adds their new output behind
// them. All lines of the result end as the first one of src does.
func blessText(src string, bs []blessing) string {
	end := "\n"
	if i := strings.IndexByte(src, '\n'); i > 0 && src[i-1] == '\r' {
		end = "\r\n"
	}
	lines := strings.Split(strings.ReplaceAll(src, "\r\n", "\n"), "\n")
	drop := make([]bool, len(lines))
	after := map[int][]string{} // index of a line: what comes behind it
	for _, b := range bs {
		for _, c := range b.fn.Comments {
			if !isExpectation(c) {
				continue
			}
			at := c.Pos.Line - 1
			lines[at] = strings.TrimRight(lines[at][:c.Pos.Col-1], " \t")
			drop[at] = lines[at] == ""
		}
		// Blank lines between the expectation and what follows it come back as one.
		last := b.fn.End.Line - 1
		for at := last + 1; at < len(lines)-1 && strings.TrimSpace(lines[at]) == ""; at++ {
			drop[at] = true
		}
		var text []string
		for _, l := range b.lines {
			if l == "" {
				text = append(text, ";")
				continue
			}
			text = append(text, "; "+l)
		}
		if rest := slices.IndexFunc(lines[last+1:], func(l string) bool { return strings.TrimSpace(l) != "" }); rest >= 0 {
			text = append(text, "")
		}
		after[last] = text
	}
	var out []string
	for i, l := range lines {
		if !drop[i] {
			out = append(out, l)
		}
		out = append(out, after[i]...)
	}
	if out[len(out)-1] != "" {
		out = append(out, "")
	}
	return strings.Join(out, end)
}
