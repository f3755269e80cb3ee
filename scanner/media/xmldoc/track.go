package xmldoc

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"habeas/detectors"
)

// maxTracks bounds the tracks of one file whose ends are told.
const maxTracks = 100

// point is a place on a track, as written.
type point struct {
	lat, lon, ele, time string
}

// line is a track: its ends.
type line struct {
	kind        string // the element that it is
	first, last point
	points      int
}

// track collects the ends of the tracks of GPX 1.1, KML 2.3 and TCX 2.
type track struct {
	kind   string // "GPX", "KML", "TCX"; "" for other files
	lines  []line
	now    point // the point that is open
	within bool  // a point is open
}

// start tells a file of tracks by its root.
func (t *track) start(root string) {
	switch root {
	case "gpx":
		t.kind = "GPX"
	case "kml":
		t.kind = "KML"
	case "TrainingCenterDatabase":
		t.kind = "TCX"
	}
}

// starts are the elements that begin a track, and points those that are its points.
var (
	starts = map[string]bool{"trk": true, "rte": true, "LineString": true, "LinearRing": true, "Track": true, "Point": true, "Lap": true, "Activity": true}
	points = map[string]bool{"trkpt": true, "rtept": true, "wpt": true, "Trackpoint": true}
)

// open is told of each element.
func (t *track) open(name string) {
	switch {
	case t.kind == "":
	case points[name]:
		t.now, t.within = point{}, true
		if name == "wpt" { // each is a place of its own
			t.lines = append(t.lines, line{kind: name})
		}
	case starts[name]:
		t.lines = append(t.lines, line{kind: name})
	}
	if len(t.lines) > maxTracks {
		t.lines = t.lines[:maxTracks]
	}
}

// close is told of the end of each element.
func (t *track) close(name string) {
	if t.within && points[name] {
		t.within = false
		t.add(t.now)
	}
}

// add is one more point of the last track.
func (t *track) add(p point) {
	if p.lat == "" || p.lon == "" {
		return
	}
	if len(t.lines) == 0 {
		t.lines = append(t.lines, line{})
	}
	l := &t.lines[len(t.lines)-1]
	if l.points == 0 {
		l.first = p
	}
	l.last = p
	l.points++
}

// attribute is told of each attribute, and reports whether it belongs to a point.
func (t *track) attribute(name string, value []byte) bool {
	if !t.within || len(value) > 32 {
		return false
	}
	switch name {
	case "lat":
		t.now.lat = string(value)
	case "lon":
		t.now.lon = string(value)
	default:
		return false
	}
	return true
}

// content is told of each run of character data, and reports whether it belongs
// to a point.
func (t *track) content(element string, b []byte) bool {
	if t.kind == "KML" {
		return t.coordinates(element, b)
	}
	if !t.within || len(b) > 40 {
		return false
	}
	switch element {
	case "ele", "AltitudeMeters":
		t.now.ele = string(b)
	case "time", "Time":
		t.now.time = string(b)
	case "LatitudeDegrees":
		t.now.lat = string(b)
	case "LongitudeDegrees":
		t.now.lon = string(b)
	default:
		return false
	}
	return true
}

// coordinates reads "lon,lat,alt lon,lat,alt" and Google's "lon lat alt".
func (t *track) coordinates(element string, b []byte) bool {
	switch element {
	case "coordinates":
		for len(b) > 0 {
			b = bytes.TrimLeft(b, " \t\r\n")
			n := bytes.IndexAny(b, " \t\r\n")
			if n < 0 {
				n = len(b)
			}
			if n > 0 && n < 100 {
				t.tuple(strings.Split(string(b[:n]), ","))
			}
			b = b[n:]
		}
		return true
	case "coord":
		if len(b) < 100 {
			t.tuple(strings.Fields(string(b)))
		}
		return true
	}
	return false
}

func (t *track) tuple(parts []string) {
	if len(parts) < 2 {
		return
	}
	p := point{lon: parts[0], lat: parts[1]}
	if len(parts) > 2 {
		p.ele = parts[2]
	}
	t.add(p)
}

// tags are the ends of all tracks, under the names that positions have in
// metadata.
func (t *track) tags() (tags []detectors.Tag) {
	n := 0
	for _, l := range t.lines {
		if l.points == 0 {
			continue
		}
		n++
		ends := []point{l.first, l.last}
		if l.points == 1 {
			ends = ends[:1]
		}
		for i, p := range ends {
			name := fmt.Sprintf("Track[%d]/Point[%d]/", n, i+1)
			tags = t.tag(tags, name+"GPSLatitude", p.lat)
			tags = t.tag(tags, name+"GPSLongitude", p.lon)
			tags = t.tag(tags, name+"GPSAltitude", p.ele)
			tags = t.tag(tags, name+"GPSDateTime", p.time)
		}
	}
	return tags
}

func (t *track) tag(tags []detectors.Tag, name, value string) []detectors.Tag {
	value = strings.Trim(strings.ToValidUTF8(value, ""), "\x00 \t\r\n")
	if value == "" {
		return tags
	}
	tag := detectors.Tag{Group: t.kind, Name: name, Value: value}
	if x, err := strconv.ParseFloat(value, 64); err == nil {
		tag.Nums = []float64{x}
	}
	return append(tags, tag)
}
