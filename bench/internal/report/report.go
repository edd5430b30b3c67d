// Package report holds the results of measurements as tables and plots, and writes them as Markdown and SVG.
package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// Section is a part of a report.
type Section struct {
	Title string
	Text  string // what was measured and how
	Items []Item // in order
	// Missing says what could not be measured, and why.
	Missing []string
}

// Item is a table or a plot.
type Item interface {
	// markdown writes the item. Plots are in the folder dir, relative to the report.
	markdown(w io.Writer, dir string)
}

// Table is a table; the first column is aligned left, all others right.
type Table struct {
	Title string
	Head  []string
	Rows  [][]string
	Note  string // stands below
}

// Add adds a row: strings, numbers or whatever else prints itself.
func (t *Table) Add(cells ...any) {
	row := make([]string, len(cells))
	for i, c := range cells {
		switch c := c.(type) {
		case float64:
			row[i] = Number(c)
		default:
			row[i] = fmt.Sprint(c)
		}
	}
	t.Rows = append(t.Rows, row)
}

func (t *Table) markdown(w io.Writer, _ string) {
	if t.Title != "" {
		fmt.Fprintf(w, "**%s**\n\n", t.Title)
	}
	line := func(cells []string) { fmt.Fprintf(w, "| %s |\n", strings.Join(cells, " | ")) }
	line(t.Head)
	fmt.Fprintf(w, "|---|%s\n", strings.Repeat("---:|", len(t.Head)-1))
	for _, r := range t.Rows {
		line(r)
	}
	fmt.Fprintln(w)
	if t.Note != "" {
		fmt.Fprintf(w, "%s\n\n", t.Note)
	}
}

// Number prints x with three significant digits or more, thousands set apart; "–" if it is no number.
func Number(x float64) string {
	switch a := max(x, -x); {
	case x != x:
		return "–"
	case a == 0:
		return "0"
	case a < 10:
		return fmt.Sprintf("%.2f", x)
	case a < 100:
		return fmt.Sprintf("%.1f", x)
	}
	s := fmt.Sprintf("%.0f", x)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// WriteMarkdown writes sections below a heading; plots are said to be in the folder dir.
func WriteMarkdown(w io.Writer, sections []*Section, dir string) {
	for _, s := range sections {
		fmt.Fprintf(w, "## %s\n\n", s.Title)
		if s.Text != "" {
			fmt.Fprintf(w, "%s\n\n", strings.TrimSpace(s.Text))
		}
		for _, it := range s.Items {
			it.markdown(w, dir)
		}
		for i, m := range s.Missing {
			if !slices.Contains(s.Missing[:i], m) {
				fmt.Fprintf(w, "- Not measured: %s\n", m)
			}
		}
		if len(s.Missing) > 0 {
			fmt.Fprintln(w)
		}
	}
}
