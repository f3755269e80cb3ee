package geomap

import (
	"cmp"
	"fmt"
	"html"
	"html/template"
	"math"
	"slices"
	"strings"

	"habeas/reports/places"
	"habeas/reports/places/earth"
)

// The field of a close-up.
const (
	closeWide = 320.0
	closeHigh = 240.0
	// leastKM is how wide a close-up is at least: the coast is true to about a
	// kilometre, and a narrower one would promise more.
	leastKM = 30
	// mostSpots are drawn: those with most positions.
	mostSpots  = 200
	mostLabels = 7
)

// frame turns degrees beside the middle into the field.
type frame struct {
	lat, lon   float64 // of the middle
	wide, high float64 // degrees from there to the sides
}

// newFrame holds all spots of c with some room around them.
func newFrame(c *cluster) frame {
	f := frame{lat: c.lat, lon: c.lon}
	scale := max(math.Cos(c.lat*math.Pi/180), 0.05) // at a pole a map like this ends
	halfKM := leastKM / 2.0
	for _, s := range c.spots {
		dx, dy := math.Abs(eastward(c.lon, s.lon))*earth.KM*scale, math.Abs(s.lat-c.lat)*earth.KM
		halfKM = max(halfKM, 1.3*dx, 1.3*dy*closeWide/closeHigh)
	}
	if c.cell {
		halfKM = max(halfKM, leastKM)
	}
	f.wide = min(halfKM/(earth.KM*scale), 180)
	f.high = min(halfKM*closeHigh/closeWide/earth.KM, 90)
	return f
}

// km is how wide the field is.
func (f frame) km() float64 {
	return 2 * f.high * earth.KM * closeWide / closeHigh
}

func (f frame) x(d float64) float64 { return (d/f.wide + 1) * closeWide / 2 }
func (f frame) y(d float64) float64 { return (1 - d/f.high) * closeHigh / 2 }

// closeUp draws one cluster: land and borders, towns, the spots, and a scale.
func closeUp(id string, n int, c *cluster) template.HTML {
	f := newFrame(c)
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="map-close" id="%s-%d" viewBox="0 0 %s %s" role="img" aria-label="%s">`, html.EscapeString(id), n+1, short(closeWide), short(closeHigh),
		html.EscapeString(fmt.Sprintf("Close-up, %s wide, of %s, seen from above: %s", places.Distance(f.km()), counted(c.count, "position", "positions"), c.place)))
	b.WriteString(`<path class="map-land map-line" d="`)
	for _, ring := range earth.Land(f.lat, f.lon, f.wide*1.02, f.high*1.02) {
		f.polygon(&b, ring)
	}
	b.WriteString(`"/>`)
	var names strings.Builder
	f.spots(&b, c, f.towns(&names))
	b.WriteString(names.String())
	f.scale(&b)
	b.WriteString(`</svg>`)
	return template.HTML(b.String()) // numbers, words of ours, and names that are escaped
}

// polygon writes a ring, without the points that can't be told from their
// neighbours.
func (f frame) polygon(b *strings.Builder, ring []earth.XY) {
	const least = 0.4
	var px, py float64
	for i, p := range ring {
		x, y := f.x(p.X), f.y(p.Y)
		switch {
		case i == 0:
			fmt.Fprintf(b, "M%.1f %.1fL", x, y)
		case i < len(ring)-1 && math.Abs(x-px)+math.Abs(y-py) < least:
			continue
		default:
			fmt.Fprintf(b, "%.1f %.1f ", x, y)
		}
		px, py = x, y
	}
	b.WriteString("z")
}

// label is the space that a text takes.
type label struct{ x0, y0, x1, y1 float64 }

func (l label) meets(o label) bool { return l.x0 < o.x1 && o.x0 < l.x1 && l.y0 < o.y1 && o.y0 < l.y1 }

const (
	textHigh = 11.0
	textWide = 5.6 // a letter, about
)

// towns writes the names of the largest towns, without one over another.
func (f frame) towns(b *strings.Builder) []label {
	// The corner of the scale is taken.
	taken := []label{{0, closeHigh - 26, 130, closeHigh}}
	for _, t := range places.Towns(f.lat, f.lon, f.wide*0.96, f.high*0.94, 4*mostLabels) {
		if len(taken) > mostLabels {
			break
		}
		x, y := f.x(t.At.X), f.y(t.At.Y)
		w := float64(len([]rune(t.Name))) * textWide
		l := label{x - 3, y - textHigh, x + 6 + w, y + 4}
		anchor, tx := "start", x+5
		if l.x1 > closeWide {
			l.x0, l.x1 = x-6-w, x+3
			anchor, tx = "end", x-5
		}
		if l.x0 < 0 || l.y0 < 0 || slices.ContainsFunc(taken, l.meets) {
			continue
		}
		taken = append(taken, l)
		fmt.Fprintf(b, `<circle class="map-town" cx="%.1f" cy="%.1f" r="1.8"/><text class="map-text" x="%.1f" y="%.1f" text-anchor="%s" font-size="%s">%s</text>`,
			x, y, tx, y+3.5, anchor, short(textHigh-1), html.EscapeString(t.Name))
	}
	return taken
}

// stack is what is drawn of spots that lie so near each other that they can't be
// told apart.
type stack struct {
	x, y  float64
	count int64
}

// stacks of points are those within a dot of each other; cells stay apart.
func (f frame) stacks(c *cluster) []stack {
	const near = 9
	all := slices.Clone(c.spots)
	slices.SortStableFunc(all, func(a, b *spot) int { return cmp.Compare(b.count, a.count) })
	var out []stack
	for _, s := range all {
		x, y := f.x(eastward(f.lon, s.lon)), f.y(s.lat-f.lat)
		i := -1
		if !c.cell {
			i = slices.IndexFunc(out, func(o stack) bool { return math.Hypot(o.x-x, o.y-y) < near })
		}
		switch {
		case i >= 0:
			out[i].count += s.count
		case len(out) < mostSpots:
			out = append(out, stack{x, y, s.count})
		}
	}
	return out
}

// spots writes the stacks, and the count of each beside it where there is room.
func (f frame) spots(b *strings.Builder, c *cluster, taken []label) {
	stacks := f.stacks(c)
	for _, s := range slices.Backward(stacks) {
		title := `<title>` + counted(s.count, "position", "positions") + `</title>`
		if c.cell {
			w, h := cellHalf/f.wide*closeWide, cellHalf/f.high*closeHigh
			fmt.Fprintf(b, `<rect class="map-cell" x="%.1f" y="%.1f" width="%.1f" height="%.1f">%s</rect>`, s.x-w/2, s.y-h/2, w, h, title)
		} else {
			fmt.Fprintf(b, `<circle class="map-point" cx="%.1f" cy="%.1f" r="%.1f">%s</circle>`, s.x, s.y, 3+min(math.Log2(float64(s.count)), 5), title)
		}
	}
	for _, s := range stacks {
		s.number(b, &taken)
	}
}

func (s stack) number(b *strings.Builder, taken *[]label) {
	if s.count < 2 {
		return
	}
	text := fmt.Sprint(s.count)
	half := float64(len(text)) * textWide / 2
	for _, base := range []float64{s.y - 11, s.y + 19} { // above, else below
		l := label{s.x - half - 1, base - textHigh + 2, s.x + half + 1, base + 1}
		if l.y0 < 0 || l.y1 > closeHigh || slices.ContainsFunc(*taken, l.meets) {
			continue
		}
		*taken = append(*taken, l)
		fmt.Fprintf(b, `<text class="map-text map-count" x="%.1f" y="%.1f" text-anchor="middle" font-size="%s">%s</text>`, s.x, base, short(textHigh-1), text)
		return
	}
}

// scale writes a bar of a round length, at most a third of the field.
func (f frame) scale(b *strings.Builder) {
	km := 1.0
	for _, n := range []float64{2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000} {
		if n <= f.km()/3 {
			km = n
		}
	}
	fmt.Fprintf(b, `<path class="map-scale" d="M8 %sv4h%.1fv-4"/><text class="map-text" x="10" y="%s" font-size="%s">%s km</text>`,
		short(closeHigh-12), km/f.km()*closeWide, short(closeHigh-14), short(textHigh-1), short(km))
}
