package geomap

import (
	"bytes"
	"compress/flate"
	"fmt"
	"html"
	"html/template"
	"io"
	"math"
	"strconv"
	"strings"
	"sync"

	_ "embed"
)

//go:embed world.bin
var packedWorld []byte

// maxUnpacked bounds the paths as compiled in; they have 41 kB.
const maxUnpacked = 1 << 20

// paths are the land and the borders of the world as SVG path data, on a field
// of worldWide by worldHigh.
type paths struct{ land, borders string }

var drawn = sync.OnceValue(func() paths {
	// A test unpacks what is compiled in.
	b, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(packedWorld)), maxUnpacked))
	if err != nil {
		return paths{}
	}
	land, borders, _ := strings.Cut(string(b), "\n")
	return paths{land, borders}
})

// The field of the world: 0, 0 is the North Pole at the antimeridian.
const (
	worldWide = 2000.0
	worldHigh = 1000.0
	perDegree = worldWide / 360
)

// view is what a viewBox shows.
type view struct{ x, y, w, h float64 }

func (v view) String() string {
	return short(v.x) + " " + short(v.y) + " " + short(v.w) + " " + short(v.h)
}

// short writes a number with two decimals at most.
func short(x float64) string { return strconv.FormatFloat(math.Round(x*100)/100+0, 'f', -1, 64) }

// wholeWorld leaves out Antarctica unless somebody was there.
func wholeWorld(clusters []*cluster) view {
	const north, south = 84, -58
	for _, c := range clusters {
		if c.lat < south || c.lat > north {
			return view{0, 0, worldWide, worldHigh}
		}
	}
	return view{0, (90 - north) * perDegree, worldWide, (north - south) * perDegree}
}

// zoomed is a view of some 30 degrees around c that stays within the world.
func zoomed(c *cluster, whole view) view {
	v := view{w: 30 * perDegree}
	v.h = v.w * whole.h / whole.w
	v.x = min(max((c.lon+180)*perDegree-v.w/2, 0), worldWide-v.w)
	v.y = min(max((90-c.lat)*perDegree-v.h/2, whole.y), whole.y+whole.h-v.h)
	return v
}

// world draws the map with a mark for each spot and, above it, the buttons.
func world(id string, clusters []*cluster, count int64) template.HTML {
	whole := wholeWorld(clusters)
	var b strings.Builder
	b.WriteString(`<figure class="map">`)
	buttons(&b, id, clusters, whole)
	p := drawn()
	fmt.Fprintf(&b, `<svg class="map-world" id="%s" viewBox="%s" role="img" aria-label="%s">`, html.EscapeString(id), whole,
		html.EscapeString(fmt.Sprintf("Map of the world with %s; the table of places says the same in words", counted(count, "position", "positions"))))
	fmt.Fprintf(&b, `<path class="map-land" d="%s"/><path class="map-line" vector-effect="non-scaling-stroke" d="%s"/>`, p.land, p.borders)
	marks := 0
	for _, c := range clusters {
		if marks += len(c.spots); marks > maxMarks && !c.loose() {
			marks -= len(c.spots) - 1
			mark(&b, c, c.lat, c.lon, c.count)
			continue
		}
		if marks > maxMarks {
			break
		}
		for _, s := range c.spots {
			mark(&b, c, s.lat, s.lon, s.count)
		}
	}
	b.WriteString(`</svg></figure>`)
	return template.HTML(b.String()) // numbers, words of ours, and names that are escaped
}

// mark is a point, or a cell in its true size; a line around either keeps it
// visible on a map of the world.
func mark(b *strings.Builder, c *cluster, lat, lon float64, count int64) {
	x, y := (lon+180)*perDegree, (90-lat)*perDegree
	if c.cell {
		const half = cellHalf * perDegree
		fmt.Fprintf(b, `<path class="map-cell" vector-effect="non-scaling-stroke" d="M%s %sh%sv%sh%sz">`, short(x-half), short(y-half), short(2*half), short(2*half), short(-2*half))
	} else {
		fmt.Fprintf(b, `<path class="map-point" vector-effect="non-scaling-stroke" d="M%s %sh0">`, short(x), short(y))
	}
	fmt.Fprintf(b, `<title>%s: %s</title></path>`, html.EscapeString(c.place), counted(count, "position", "positions"))
}

// buttons are hidden until the script that makes them work shows them.
func buttons(b *strings.Builder, id string, clusters []*cluster, whole view) {
	fmt.Fprintf(b, `<div class="map-zoom" role="group" aria-label="Zoom of the map" data-map-zoom="%s" hidden><button type="button" aria-pressed="true" data-viewbox="%s">World</button>`, html.EscapeString(id), whole)
	seen := map[string]bool{}
	for _, c := range clusters {
		if len(seen) == maxClose || c.loose() && len(seen) > 0 {
			break
		}
		if !seen[c.title] {
			seen[c.title] = true
			fmt.Fprintf(b, `<button type="button" aria-pressed="false" data-viewbox="%s">%s</button>`, zoomed(c, whole), html.EscapeString(c.title))
		}
	}
	b.WriteString(`</div>`)
}
