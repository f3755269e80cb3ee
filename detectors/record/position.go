package record

import (
	"math"
	"strconv"
	"strings"
	"time"

	"habeas/detectors"
	"habeas/detectors/column"
)

// metresPerDegree of latitude.
const metresPerDegree = 111_320

// places are the meanings of columns that make a position.
var places = setOf(column.Latitude, column.Longitude, column.Position)

// positions pairs latitudes and longitudes of one parent, in order.
func (s *scan) positions() {
	for i := range s.fields {
		lat := &s.fields[i]
		if lat.done || lat.means != column.Latitude {
			continue
		}
		for k := range s.fields {
			lon := &s.fields[k]
			if lon.means == column.Longitude && !lon.done && lon.parent == lat.parent {
				lat.done, lon.done = true, true
				s.coordinates(lat, lon)
				break
			}
		}
	}
	s.geoJSON()
}

// coordinates reports a latitude with its longitude.
func (s *scan) coordinates(lat, lon *entry) {
	a, step, ok := degrees(s.value(lat.Cell), lat.Column)
	b, step2, ok2 := degrees(s.value(lon.Cell), lon.Column)
	if !ok || !ok2 {
		return
	}
	p := detectors.Position{Lat: a, Lon: b, Precision: math.Max(step, step2) * metresPerDegree}
	start, end := lat.Start, lat.End
	if lat.at+1 == lon.at || lon.at+1 == lat.at {
		start, end = min(lat.Start, lon.Start), max(lat.End, lon.End)
	}
	for i := range s.fields {
		f := &s.fields[i]
		switch {
		case f.means == column.Altitude && f.parent == lat.parent:
			if h, err := strconv.ParseFloat(s.value(f.Cell), 64); err == nil && h > -12_000 && h < 100_000 {
				p.Altitude = &h
			}
		case f.means == column.Date || f.means == column.Time:
			if p.Time.IsZero() {
				p.Time = timeOf(s.value(f.Cell))
			}
		}
	}
	s.position(p, start, end, "the columns for latitude and longitude")
}

// geoJSON reports the point that an array of two or three numbers is (RFC 7946
// section 3.1.1: longitude first).
func (s *scan) geoJSON() {
	for i := range s.fields {
		f := &s.fields[i]
		if f.done || f.means != column.Position || !strings.HasSuffix(f.Column, "[]") || strings.HasSuffix(f.Column, "[][]") {
			continue
		}
		end := i + 1
		for end < len(s.fields) && s.fields[end].Column == f.Column && neighbours(&s.fields[end-1], &s.fields[end]) {
			end++
		}
		for k := i; k < end; k++ {
			s.fields[k].done = true
		}
		if n := end - i; n != 2 && n != 3 {
			continue
		}
		b, step, ok := degrees(s.value(f.Cell), "")
		a, step2, ok2 := degrees(s.value(s.fields[i+1].Cell), "")
		if ok && ok2 {
			s.position(detectors.Position{Lat: a, Lon: b, Precision: math.Max(step, step2) * metresPerDegree}, f.Start, s.fields[end-1].End, "the coordinates of a point of GeoJSON")
		}
	}
}

// pair reports both coordinates in one value: "53.27, -9.05".
func (s *scan) pair(f *entry) {
	v := s.value(f.Cell)
	if len(v) > 64 {
		return
	}
	v = strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(v, "geo:"), "POINT"), ")"))
	lat, lon, ok := strings.Cut(strings.TrimPrefix(v, "("), ",")
	if !ok {
		lat, lon, ok = strings.Cut(v, " ")
	}
	a, step, ok1 := degrees(strings.TrimSpace(strings.TrimSuffix(lat, "°")), "")
	b, step2, ok2 := degrees(strings.TrimSpace(strings.TrimSuffix(lon, "°")), "")
	if ok && ok1 && ok2 && strings.ContainsRune(v, '.') {
		s.position(detectors.Position{Lat: a, Lon: b, Precision: math.Max(step, step2) * metresPerDegree}, f.Start, f.End, "the column for a position")
	}
}

func (s *scan) position(p detectors.Position, start, end int, why string) {
	if math.Abs(p.Lat) > 90 || math.Abs(p.Lon) > 180 || math.Abs(p.Lat) < 1e-7 && math.Abs(p.Lon) < 1e-7 {
		return
	}
	confidence := 0.7
	if s.person > 0 {
		confidence, why = 0.9, why+" in a record of a person"
	}
	s.give(detectors.Finding{Kind: detectors.GPS, Position: &p, Start: start, End: end, Confidence: confidence, Rule: "position-columns", Why: why})
}

// degrees reads a coordinate, and the step of its last digit. Columns named E7
// hold ten-millionths.
func degrees(v, name string) (deg, step float64, ok bool) {
	if len(v) > 32 {
		return 0, 0, false
	}
	if strings.Count(v, ",") == 1 && !strings.Contains(v, ".") {
		v = strings.Replace(v, ",", ".", 1)
	}
	deg, err := strconv.ParseFloat(v, 64)
	if err != nil || math.IsNaN(deg) || math.IsInf(deg, 0) || strings.ContainsAny(v, "xXpP_") {
		return 0, 0, false
	}
	if strings.HasSuffix(strings.ToLower(name), "e7") {
		return deg / 1e7, 1e-7, true
	}
	_, decimals, _ := strings.Cut(v, ".")
	return deg, math.Pow10(-min(len(decimals), 12)), math.Abs(deg) <= 180
}

// timeOf reads a time of RFC 3339, or seconds or milliseconds since 1970; zero if
// it is none.
func timeOf(v string) time.Time {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05", "2006-01-02T15:04:05"} {
		if len(v) < 10 || v[4] != '-' {
			break // all begin so
		}
		if t, err := time.Parse(layout, v); err == nil && t.Year() >= 1980 && t.Year() < 2200 {
			return t.UTC()
		}
	}
	n, err := strconv.ParseInt(v, 10, 64)
	switch {
	case err != nil:
		return time.Time{}
	case len(v) == 10:
		return time.Unix(n, 0).UTC()
	case len(v) == 13:
		return time.UnixMilli(n).UTC()
	}
	return time.Time{}
}
