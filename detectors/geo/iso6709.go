package geo

import (
	"math"
	"strconv"
	"strings"
)

// point is a position in one text.
type point struct {
	lat, lon float64
	alt      *float64
	step     float64 // degrees
}

// parseISO6709 reads the text form of ISO 6709 annex H, which QuickTime, MP4 and
// Matroska use: "+37.3797-122.0307+010.5/", "+3722.78-12201.84/" or
// "+372246.8-1220150.5CRSWGS_84/". The solidus may be missing. A height is in
// metres. ok is false if s is anything else.
func parseISO6709(s string) (p point, ok bool) {
	s = strings.TrimSuffix(strings.TrimSpace(s), "/")
	if i := strings.Index(s, "CRS"); i > 0 {
		s = s[:i]
	}
	if len(s) < 5 || len(s) > 60 || s[0] != '+' && s[0] != '-' {
		return p, false
	}
	var fields []string
	start := 0
	for i := 1; i <= len(s); i++ {
		if i == len(s) || s[i] == '+' || s[i] == '-' {
			fields = append(fields, s[start:i])
			start = i
		}
	}
	if len(fields) < 2 || len(fields) > 3 {
		return p, false
	}
	lat, step, ok := isoAngle(fields[0], 2)
	lon, step2, ok2 := isoAngle(fields[1], 3)
	if !ok || !ok2 {
		return p, false
	}
	p.lat, p.lon, p.step = lat, lon, math.Min(step, step2)
	if len(fields) == 3 {
		h, err := strconv.ParseFloat(fields[2], 64)
		if err != nil {
			return p, false
		}
		p.alt = &h
	}
	return p, true
}

// isoAngle reads a sign, then degrees of width digits, and minutes and seconds of
// two digits each if they are there; the last of them may have a fraction.
// Writers leave out leading zeros, so fewer digits of degrees are taken too.
func isoAngle(s string, width int) (deg, step float64, ok bool) {
	sign := 1.0
	if s[0] == '-' {
		sign = -1
	}
	whole, fraction, point := strings.Cut(s[1:], ".")
	if whole == "" || point && fraction == "" || strings.Trim(whole+fraction, "0123456789") != "" {
		return 0, 0, false
	}
	if len(fraction) > 15 {
		fraction = fraction[:15]
	}
	tail := ""
	if point {
		tail = "." + fraction
	}
	var parts []string
	switch len(whole) {
	case width + 4:
		parts = []string{whole[:width], whole[width : width+2], whole[width+2:] + tail}
	case width + 2:
		parts = []string{whole[:width], whole[width:] + tail}
	default:
		if len(whole) > width+1 { // one digit more is a degree out of range, not minutes
			return 0, 0, false
		}
		parts = []string{whole + tail}
	}
	unit := 1.0
	for _, p := range parts {
		v, err := strconv.ParseFloat(p, 64)
		if err != nil || unit > 1 && v >= 60 {
			return 0, 0, false
		}
		deg += v / unit
		step = math.Pow(10, -float64(len(fraction))) / unit
		unit *= 60
	}
	return sign * deg, step, true
}

// parsePair reads "37.3797, -122.0307" and the like: two coordinates, latitude
// first, perhaps a height in metres behind them. Whole numbers alone are not
// taken for a position.
func parsePair(s string) (p point, ok bool) {
	s = strings.Trim(strings.TrimSpace(s), "()[]")
	if len(s) > maxAngleText || s == "" {
		return p, false
	}
	for _, sep := range []string{";", ", ", ",", " "} {
		fields := strings.Split(s, sep)
		if len(fields) < 2 || len(fields) > 3 {
			continue
		}
		a, ok := parseAngle(fields[0])
		b, ok2 := parseAngle(fields[1])
		if !ok || !ok2 || a.hemi == 'E' || a.hemi == 'W' || b.hemi == 'N' || b.hemi == 'S' {
			continue
		}
		step := math.Min(a.step, b.step)
		if step > 0.01 && (a.hemi == 0 || b.hemi == 0) {
			continue
		}
		p = point{lat: a.deg, lon: b.deg, step: step}
		if len(fields) == 3 {
			h, err := strconv.ParseFloat(strings.TrimSpace(fields[2]), 64)
			if err != nil {
				continue
			}
			p.alt = &h
		}
		return p, true
	}
	return p, false
}
