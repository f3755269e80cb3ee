package face

import (
	"math"
	"strings"

	"habeas/detectors"
)

// box is the region's rectangle, cut to the image; nil if it has none that could
// be true. sure is false where its units were guessed.
func (r *region) box() (b *detectors.Box, sure bool) {
	x, y, w, h, sure := r.schema.box(r)
	return clip(x, y, w, h), sure
}

// clip cuts a rectangle to the image. One that is empty, no number, or that
// reaches half an image beyond the edge is nonsense.
func clip(x, y, w, h float64) *detectors.Box {
	if !finite(x) || !finite(y) || !finite(w) || !finite(h) || !(w > 0) || !(h > 0) ||
		w > 1.5 || h > 1.5 || x < -0.5 || y < -0.5 || x+w > 1.5 || y+h > 1.5 {
		return nil
	}
	right, bottom := min(x+w, 1), min(y+h, 1)
	x, y = max(x, 0), max(y, 0)
	if right-x <= 0 || bottom-y <= 0 {
		return nil
	}
	return &detectors.Box{X: x, Y: y, W: right - x, H: bottom - y}
}

// areaBox reads stArea: the centre, with width and height or a diameter.
func areaBox(r *region) (x, y, w, h float64, sure bool) {
	area := ""
	for _, name := range []string{"area", "dlyarea", "algarea"} { // of ACDSee's two the one that a person drew
		if r.fields[name+"/x"] != nil {
			area = name + "/"
			break
		}
	}
	x, _ = number(r.fields[area+"x"])
	y, _ = number(r.fields[area+"y"])
	w, okW := number(r.fields[area+"w"])
	h, okH := number(r.fields[area+"h"])
	pixW, pixH := r.pixels()
	if d, ok := number(r.fields[area+"d"]); ok && (!okW || !okH) {
		w, h = d, d
		if pixW > 0 && pixH > 0 && d <= 1.5 {
			h = d * pixW / pixH // a circle on an image that is no square
		}
	}
	unit := ""
	if t := r.fields[area+"unit"]; t != nil {
		unit = strings.ToLower(t.Value)
	}
	sure = true
	isPixels := strings.HasPrefix(unit, "pixel")
	if !isPixels && max(x+w/2, y+h/2) > 1.5 && pixW > 0 && pixH > 0 && x <= pixW && y <= pixH {
		isPixels, sure = true, false // pixels whatever the unit says
	}
	if isPixels {
		x, w, y, h = x/pixW, w/pixW, y/pixH, h/pixH // no size known: infinite, and no box
	}
	return x - w/2, y - h/2, w, h, sure
}

// rectangleBox reads Microsoft's "x, y, w, h" from the top left, in shares.
func rectangleBox(r *region) (x, y, w, h float64, sure bool) {
	nan := math.NaN()
	t := r.fields["rectangle"]
	if t == nil || len(t.Value) > 200 {
		return nan, nan, nan, nan, true
	}
	fields := strings.Split(t.Value, ",")
	if len(fields) == 8 { // decimal commas: "0,14, 0,22, 0,12, 0,16"
		for i := range 4 {
			fields[i] = fields[2*i] + "." + strings.TrimSpace(fields[2*i+1])
		}
		fields = fields[:4]
	}
	if len(fields) != 4 {
		if fields = strings.FieldsFunc(t.Value, func(c rune) bool { return c == ' ' || c == ';' || c == '\t' }); len(fields) != 4 {
			return nan, nan, nan, nan, true
		}
	}
	var v [4]float64
	for i, s := range fields {
		n, ok := parse(strings.TrimSuffix(strings.TrimSpace(s), ","))
		if !ok {
			return nan, nan, nan, nan, true
		}
		v[i] = n
	}
	return v[0], v[1], v[2], v[3], true
}

// boundaryBox reads IPTC's RegionBoundary: a rectangle from the top left, the
// box around a circle (rbRx is a share of the width), or that around a polygon.
func boundaryBox(r *region) (x, y, w, h float64, sure bool) {
	const b = "regionboundary/"
	pixW, pixH := r.pixels()
	x, _ = number(r.fields[b+"rbx"])
	y, _ = number(r.fields[b+"rby"])
	w, _ = number(r.fields[b+"rbw"])
	h, _ = number(r.fields[b+"rbh"])
	unit := ""
	if t := r.fields[b+"rbunit"]; t != nil {
		unit = strings.ToLower(t.Value)
	}
	isPixels := strings.HasPrefix(unit, "pixel")
	if rx, ok := number(r.fields[b+"rbrx"]); ok && !finite(w) {
		ry := rx
		if !isPixels && pixW > 0 && pixH > 0 {
			ry = rx * pixW / pixH
		}
		x, y, w, h = x-rx, y-ry, 2*rx, 2*ry
	} else if len(r.points) >= 3 {
		x, y, w, h = around(r.points)
	}
	if isPixels {
		x, w, y, h = x/pixW, w/pixW, y/pixH, h/pixH
	}
	return x, y, w, h, true
}

// around is the rectangle around points.
func around(points []point) (x, y, w, h float64) {
	lo, hi := points[0], points[0]
	for _, p := range points[1:] {
		lo = point{min(lo.x, p.x), min(lo.y, p.y)}
		hi = point{max(hi.x, p.x), max(hi.y, p.y)}
	}
	return lo.x, lo.y, hi.x - lo.x, hi.y - lo.y
}
