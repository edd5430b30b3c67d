package report_test

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"davit/bench/internal/report"
)

func TestNumber(t *testing.T) {
	for x, want := range map[float64]string{
		0: "0", 1.234: "1.23", 12.34: "12.3", 123.4: "123", 1234567: "1,234,567", -1234: "-1,234", -123: "-123", math.NaN(): "–",
	} {
		if got := report.Number(x); got != want {
			t.Errorf("%v prints as %q; want %q", x, got, want)
		}
	}
}

func TestReport(t *testing.T) {
	tab := &report.Table{Title: "Speed", Head: []string{"what", "ns"}, Note: "Low is good."}
	tab.Add("parse", 1234.5)
	s := &report.Section{Title: "Compile", Text: "How long.", Missing: []string{"the moon"}}
	s.Items = append(s.Items, tab, &report.Plot{
		Name: "p", Title: "Growth", LogX: true, LogY: true, Mark: 3,
		Series: []report.Series{{Name: "a", X: []float64{1, 10}, Y: []float64{2, 20}}, {Name: "none"}},
	}, &report.Plot{Name: "b", Title: "Bars", Labels: []string{"x", "y"}, Bars: []report.Series{{Name: "a", Y: []float64{1, 2}}}})
	var b strings.Builder
	report.WriteMarkdown(&b, []*report.Section{s}, "plots")
	want := "## Compile\n\nHow long.\n\n**Speed**\n\n| what | ns |\n|---|---:|\n| parse | 1,234 |\n\nLow is good.\n\n" +
		"![Growth](plots/p.svg)\n\n![Bars](plots/b.svg)\n\n- Not measured: the moon\n\n"
	if b.String() != want {
		t.Errorf("got:\n%s\nwant:\n%s", b.String(), want)
	}
	dir := t.TempDir()
	if err := report.SavePlots([]*report.Section{s}, dir); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"p", "b"} {
		if svg, err := os.ReadFile(filepath.Join(dir, name+".svg")); err != nil || !strings.Contains(string(svg), "<svg") {
			t.Errorf("%s.svg: %v", name, err)
		}
	}
}
