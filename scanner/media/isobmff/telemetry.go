package isobmff

import (
	"fmt"
	"math"
	"strconv"

	"habeas/detectors"
)

// fix is one position of a track.
type fix struct {
	lat, lon float64
	alt      *float64
	time     string // as XMP writes it; "" if unknown
	void     bool   // the receiver had none
}

// usable: receivers write zeros, or numbers that are out of range, without a fix.
func (f *fix) usable() bool {
	return math.Abs(f.lat) <= 90 && math.Abs(f.lon) <= 180 && (math.Abs(f.lat) > 1e-7 || math.Abs(f.lon) > 1e-7)
}

// course sums up the positions of a track: it is reported by its first and its
// last one, how many there are and how far they spread.
type course struct {
	stale                    *fix // the first that the receiver did not vouch for, before any other
	first, last              fix
	n                        int
	south, north, west, east float64
	extra                    []detectors.Tag // other fields, each name once
}

func (c *course) add(f fix) {
	if !f.usable() {
		return
	}
	if f.void { // where it was when it was last used, or nonsense
		if c.n == 0 && c.stale == nil {
			c.stale = &f
		}
		return
	}
	if c.n == 0 {
		c.first = f
		c.south, c.north, c.west, c.east = f.lat, f.lat, f.lon, f.lon
	}
	c.last = f
	c.n++
	c.south, c.north = min(c.south, f.lat), max(c.north, f.lat)
	c.west, c.east = min(c.west, f.lon), max(c.east, f.lon)
}

// join adds the positions of what comes later in the track.
func (c *course) join(o *course) {
	for _, t := range o.extra {
		c.note(t.Name, t.Value)
	}
	switch {
	case o.n == 0:
		if c.n == 0 && c.stale == nil {
			c.stale = o.stale
		}
		return
	case c.n == 0:
		extra, stale := c.extra, c.stale
		*c = *o
		c.extra = extra
		if stale != nil {
			c.stale = stale
		}
		return
	}
	c.last = o.last
	c.n += o.n
	c.south, c.north = min(c.south, o.south), max(c.north, o.north)
	c.west, c.east = min(c.west, o.west), max(c.east, o.east)
}

// note keeps a field that is no position.
func (c *course) note(name, value string) {
	for i := range c.extra {
		if c.extra[i].Name == name {
			return
		}
	}
	if len(c.extra) < 32 {
		c.extra = add(c.extra, name, value)
	}
}

// groupTrack is the group of the fields that sum up a track. First/... and Last/...
// are its ends, Unconfirmed/... is what the receiver gave before it had a fix.
const groupTrack = "GPSTrack"

// course hands out what a track says. counted tells that all of it was read.
func (w *walk) course(path string, c *course, counted bool) error {
	tags := c.extra
	if c.stale != nil {
		tags = ends(tags, "Unconfirmed/", *c.stale)
	}
	if c.n > 0 {
		tags = ends(tags, "First/", c.first)
		if c.n > 1 {
			tags = ends(tags, "Last/", c.last)
		}
		text := func(name, value string, nums ...float64) {
			tags = append(tags, detectors.Tag{Group: groupTrack, Name: name, Value: value, Nums: nums})
		}
		about := ""
		if !counted {
			about = "more than "
		}
		text("Fixes", about+strconv.Itoa(c.n), float64(c.n))
		text("Bounds", fmt.Sprintf("latitude %.7f to %.7f, longitude %.7f to %.7f", c.south, c.north, c.west, c.east), c.south, c.west, c.north, c.east)
	}
	return w.part(path, tags)
}

func ends(tags []detectors.Tag, which string, f fix) []detectors.Tag {
	number := func(name string, v float64) {
		tags = append(tags, detectors.Tag{Group: groupTrack, Name: which + name, Value: strconv.FormatFloat(v, 'f', -1, 64), Nums: []float64{v}})
	}
	number("GPSLatitude", f.lat)
	number("GPSLongitude", f.lon)
	if f.alt != nil && !math.IsNaN(*f.alt) && !math.IsInf(*f.alt, 0) {
		number("GPSAltitude", *f.alt)
	}
	if f.time != "" {
		tags = append(tags, detectors.Tag{Group: groupTrack, Name: which + "GPSDateTime", Value: f.time})
	}
	if f.void {
		tags = append(tags, detectors.Tag{Group: groupTrack, Name: which + "GPSStatus", Value: "V"})
	}
	return tags
}

const (
	// wholeTrack is a track so short that all of it is read.
	wholeTrack = 2 << 20
	// tries is how many samples are looked at from either end of a longer one
	// for a position; receivers need time for the first.
	tries = 12
	// between is how many samples are looked at between the ends.
	between = 2
	// maxSample is how much of one sample of telemetry is read.
	maxSample = 256 << 10
)

// survey reads the samples of a telemetry track: all of a short one, of a long
// one those at its ends and a few between them, since each costs a read.
func (w *walk) survey(t *track, decode func(d []byte, c *course)) error {
	var c course
	s := t.samples
	stretch, most := s[len(s)-1].off+s[len(s)-1].n-s[0].off, 0
	if stretch >= 0 && stretch <= wholeTrack {
		most = 64
	}
	all, err := w.each(s, most, wholeTrack, func(d []byte) error {
		decode(d, &c)
		return nil
	})
	if err != nil {
		return err
	}
	if all {
		return w.course(t.path+"/gps", &c, true)
	}
	c = course{}
	look := func(i int, c *course) error {
		d, err := w.sample(s[i], maxSample)
		if err == nil {
			decode(d, c)
		}
		return err
	}
	i := 0
	for ; i < len(s) && i < tries && c.n == 0; i++ {
		if err := look(i, &c); err != nil {
			return err
		}
	}
	// From the end backwards: the last sample with a position, its last one.
	var end course
	j := len(s) - 1
	for k := 0; j >= i && k < tries && end.n == 0; j, k = j-1, k+1 {
		if err := look(j, &end); err != nil {
			return err
		}
	}
	for k := 1; k <= between && c.n > 0 && j-i > between; k++ {
		if err := look(i+(j-i)*k/(between+1), &c); err != nil {
			return err
		}
	}
	c.join(&end)
	return w.course(t.path+"/gps", &c, i >= len(s))
}
