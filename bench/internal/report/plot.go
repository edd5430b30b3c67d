package report

import (
	"fmt"
	"image/color"
	"io"
	"os"
	"path/filepath"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

// Plot is a diagram, saved as NAME.svg.
type Plot struct {
	Name, Title string
	X, Y        string // what the axes show
	LogX, LogY  bool
	Series      []Series // lines through points
	Bars        []Series // or bars side by side, a group per label
	Labels      []string // of the groups of bars
	Mark        float64  // a horizontal line, if not 0
}

// Series is one line of a plot, or the bars of one kind.
type Series struct {
	Name string
	X, Y []float64
	Dots bool // no line; in the color of the series before
}

func (p *Plot) markdown(w io.Writer, dir string) {
	fmt.Fprintf(w, "![%s](%s/%s.svg)\n\n", p.Title, dir, p.Name)
}

// colors are told apart by most people, also in grey.
var colors = []color.Color{
	color.RGBA{0x00, 0x72, 0xb2, 0xff}, color.RGBA{0xd5, 0x5e, 0x00, 0xff}, color.RGBA{0x00, 0x9e, 0x73, 0xff},
	color.RGBA{0xcc, 0x79, 0xa7, 0xff}, color.RGBA{0xe6, 0x9f, 0x00, 0xff}, color.RGBA{0x56, 0xb4, 0xe9, 0xff},
	color.RGBA{0x40, 0x40, 0x40, 0xff},
}

// SavePlots writes the plots of the sections into the folder dir.
func SavePlots(sections []*Section, dir string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	for _, s := range sections {
		for _, it := range s.Items {
			if p, ok := it.(*Plot); ok {
				if err := p.save(filepath.Join(dir, p.Name+".svg")); err != nil {
					return fmt.Errorf("plot %s: %w", p.Name, err)
				}
			}
		}
	}
	return nil
}

func (p *Plot) save(path string) error {
	g := plot.New()
	g.Title.Text, g.X.Label.Text, g.Y.Label.Text = p.Title, p.X, p.Y
	g.Legend.Top = true
	g.BackgroundColor = color.White
	if p.LogX {
		g.X.Scale, g.X.Tick.Marker = plot.LogScale{}, plot.LogTicks{Prec: -1}
	}
	if p.LogY {
		g.Y.Scale, g.Y.Tick.Marker = plot.LogScale{}, plot.LogTicks{Prec: -1}
	}
	g.Add(plotter.NewGrid())
	next := 0
	for _, s := range p.Series {
		if !s.Dots {
			next++
		}
		if err := addLine(g, s, colors[max(0, next-1)%len(colors)]); err != nil {
			return err
		}
	}
	width := 18 * vg.Centimeter
	if len(p.Bars) > 0 {
		if err := p.addBars(g); err != nil {
			return err
		}
		width = max(width, vg.Length(len(p.Labels)+3)*1.6*vg.Centimeter)
	}
	if p.Mark != 0 {
		line := plotter.NewFunction(func(float64) float64 { return p.Mark })
		line.Dashes = []vg.Length{vg.Points(4), vg.Points(3)}
		g.Add(line)
	}
	return g.Save(width, 10*vg.Centimeter, path)
}

func addLine(g *plot.Plot, s Series, c color.Color) error {
	points := make(plotter.XYs, len(s.X))
	for i := range points {
		points[i] = plotter.XY{X: s.X[i], Y: s.Y[i]}
	}
	if len(points) == 0 {
		return nil
	}
	line, dots, err := plotter.NewLinePoints(points)
	if err != nil {
		return err
	}
	line.Color, dots.Color = c, c
	line.Width = vg.Points(1.5)
	if s.Dots {
		g.Add(dots)
		return nil
	}
	g.Add(line, dots)
	g.Legend.Add(s.Name, line, dots)
	return nil
}

func (p *Plot) addBars(g *plot.Plot) error {
	width := vg.Points(28) / vg.Length(len(p.Bars))
	for i, s := range p.Bars {
		bars, err := plotter.NewBarChart(plotter.Values(s.Y), width)
		if err != nil {
			return err
		}
		bars.Color = colors[i%len(colors)]
		bars.LineStyle.Width = 0
		bars.Offset = width * (vg.Length(i) - vg.Length(len(p.Bars)-1)/2)
		g.Add(bars)
		g.Legend.Add(s.Name, bars)
	}
	g.NominalX(p.Labels...)
	g.Y.Min = 0
	return nil
}
