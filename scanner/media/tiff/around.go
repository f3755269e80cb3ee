package tiff

import (
	"math"

	"habeas/scanner/media"
)

// Sizes that Exif gives for the picture (Exif 3.0, 4.6.6).
const (
	tagPixelX = 0xA002
	tagPixelY = 0xA003
)

// share tells the container around an Exif block what the block says of the
// picture, and compares a copy with the picture that it is a copy of.
func (w *walk) share() error {
	p := media.PictureOf(w.v)
	var lat, lon coordinate
	for i := range w.entries {
		e := &w.entries[i]
		switch w.dirs[e.dir].kind {
		case exifDir:
			to := &p.ExifWidth
			switch {
			case e.id != tagPixelX && e.id != tagPixelY:
				continue
			case e.id == tagPixelY:
				to = &p.ExifHeight
			}
			n, _, err := w.integer(e, 0)
			if err != nil {
				return err
			}
			if *to == 0 {
				*to = int(min(n, math.MaxInt32))
			}
		case imageDir:
			if e.id == tagOrientation && e.dir == 0 && p.Orientation == 0 {
				n, _, err := w.integer(e, 0)
				if err != nil {
					return err
				}
				if n >= 1 && n <= 8 {
					p.Orientation = int(n)
				}
			}
		case gpsDir:
			if err := w.coordinate(e, &lat, &lon); err != nil {
				return err
			}
		}
	}
	if p.Located || !lat.known || !lon.known || lat.degrees == 0 && lon.degrees == 0 {
		return nil
	}
	p.Located, p.Latitude, p.Longitude = true, lat.signed(), lon.signed()
	if o := p.Outer; o != nil && o.Located && elsewhere(o, p) {
		return media.HiddenCopy(w.v, "", media.HiddenPlace, "its own Exif block has another position than that of the picture around it")
	}
	return nil
}

// coordinate is half a position.
type coordinate struct {
	degrees float64
	known   bool
	minus   bool // south or west
}

func (c coordinate) signed() float64 {
	if c.minus {
		return -c.degrees
	}
	return c.degrees
}

// coordinate reads e if it is part of where the camera was.
func (w *walk) coordinate(e *entry, lat, lon *coordinate) error {
	c := lat
	switch e.id {
	case gpsLatitude - 1, gpsLatitude:
	case gpsLongitude - 1, gpsLongitude:
		c = lon
	default:
		return nil
	}
	b, err := w.bytes(e)
	if err != nil || len(b) == 0 {
		return err
	}
	if e.id == gpsLatitude-1 || e.id == gpsLongitude-1 {
		c.minus = b[0] == 'S' || b[0] == 'W'
		return nil
	}
	if e.typ != typeRational && e.typ != typeSRational || c.known {
		return nil
	}
	kept := len(w.nums)
	nums := w.numbers(e.typ, b)
	scale := 1.0
	for _, n := range nums[:min(3, len(nums))] {
		c.degrees += n * scale
		scale /= 60
	}
	w.nums = w.nums[:kept]
	c.known = len(nums) > 0 && math.Abs(c.degrees) <= 180
	return nil
}

// apart is how many degrees of latitude make another place: 200 m. What less
// there is between two copies of one position is rounding.
const apart = 0.002

func elsewhere(a, b *media.Picture) bool {
	d := math.Abs(a.Longitude - b.Longitude)
	d = min(d, 360-d) * math.Cos(a.Latitude*math.Pi/180)
	return math.Hypot(a.Latitude-b.Latitude, d) > apart
}
