package isobmff

import (
	"encoding/binary"
	"math"
	"strconv"
	"strings"
	"time"

	"habeas/scanner/media"
)

// camm reads the positions of Google's camera motion track (the CAMM
// specification): 2 bytes reserved, 2 of type, values, all little-endian.
func (w *walk) camm(t *track) error {
	return w.survey(t, func(d []byte, c *course) {
		if len(d) < 4 {
			return
		}
		float := func(at int) float64 { return math.Float64frombits(binary.LittleEndian.Uint64(d[at:])) }
		switch kind := binary.LittleEndian.Uint16(d[2:]); {
		case kind == 5 && len(d) >= 28: // latitude, longitude, height
			alt := float(20)
			c.add(fix{lat: float(4), lon: float(12), alt: &alt})
		case kind == 6 && len(d) >= 60: // time, kind of fix, latitude, longitude, height, errors and speeds
			alt := float64(math.Float32frombits(binary.LittleEndian.Uint32(d[32:])))
			f := fix{lat: float(16), lon: float(24), alt: &alt, void: binary.LittleEndian.Uint32(d[12:]) == 0}
			// Seconds since 6 January 1980; writers use those of 1970 too.
			if s := float(4); s > 1 && s < 4e9 {
				start := time.Date(1980, 1, 6, 0, 0, 0, 0, time.UTC)
				if s > 1.5e9 {
					start = time.Unix(0, 0).UTC()
				}
				f.time = start.Add(time.Duration(s * float64(time.Second))).Format("2006-01-02T15:04:05.999Z")
			}
			c.add(f)
		}
	})
}

// timedMetadata reads positions of Apple's timed metadata (QuickTime File
// Format, "Timed Metadata"): the sample description says which number stands for
// which key.
func (w *walk) timedMetadata(t *track) error {
	keys := timedKeys(t.config)
	wanted := false
	for _, k := range keys {
		wanted = wanted || k == "GPSCoordinates"
	}
	if !wanted {
		return nil
	}
	return w.survey(t, func(d []byte, c *course) {
		for len(d) >= 8 {
			n := int64(binary.BigEndian.Uint32(d))
			if n < 8 || n > int64(len(d)) {
				return
			}
			if keys[binary.BigEndian.Uint32(d[4:])] == "GPSCoordinates" {
				if f, ok := iso6709(media.Legacy(d[8:n])); ok {
					c.add(f)
				}
			}
			d = d[n:]
		}
	})
}

// timedKeys reads the entry mebx of stsd: after 8 bytes of header and 8 of the
// sample entry come boxes; in keys one for each number, in it keyd with the
// namespace and the key.
func timedKeys(d []byte) map[uint32]string {
	keys := map[uint32]string{}
	boxes(d[min(16, len(d)):], func(kind string, d []byte) {
		if kind != "keys" {
			return
		}
		boxes(d, func(number string, d []byte) {
			boxes(d, func(kind string, d []byte) {
				if kind == "keyd" && len(d) > 4 {
					keys[binary.BigEndian.Uint32([]byte(number))] = keyName(string(d[4:]))
				}
			})
		})
	})
	return keys
}

// boxes calls fn for the boxes of a block in memory.
func boxes(d []byte, fn func(kind string, body []byte)) {
	for len(d) >= 8 {
		n := int64(binary.BigEndian.Uint32(d))
		if n < 8 || n > int64(len(d)) {
			return
		}
		fn(string(d[4:8]), d[8:n])
		d = d[n:]
	}
}

// iso6709 reads "+37.3797-122.0307+010.5/", degrees with decimals, as Apple
// writes it.
func iso6709(s string) (f fix, ok bool) {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "/")
	if len(s) < 4 || len(s) > 60 {
		return f, false
	}
	var parts []float64
	for start, i := 0, 1; i <= len(s); i++ {
		if i == len(s) || s[i] == '+' || s[i] == '-' {
			v, err := strconv.ParseFloat(s[start:i], 64)
			if err != nil {
				return f, false
			}
			parts = append(parts, v)
			start = i
		}
	}
	if len(parts) < 2 || len(parts) > 3 {
		return f, false
	}
	f = fix{lat: parts[0], lon: parts[1]}
	if len(parts) == 3 {
		f.alt = &parts[2]
	}
	return f, true
}

// sony reads positions in Sony's real time metadata: a header whose length stands
// first, then tag, length, value. Tags from 0x8500 are those of Exif's GPS
// directory; 0x060e and others hold more such rows.
func (w *walk) sony(t *track) error {
	return w.survey(t, func(d []byte, c *course) {
		if len(d) < 2 {
			return
		}
		d = d[min(int(binary.BigEndian.Uint16(d)), len(d)):]
		var g sonyGPS
		for len(d) >= 4 {
			tag, n := binary.BigEndian.Uint16(d), int(binary.BigEndian.Uint16(d[2:]))
			if tag == 0x060e { // a key of 16 bytes: what follows is a row again
				d = d[min(20, len(d)):]
				continue
			}
			if n > len(d)-4 {
				break
			}
			if tag == 0 && n == 0 {
				break
			}
			g.set(tag, d[4:4+n])
			if tag == 0x8114 {
				c.note("SerialNumber", media.Legacy(d[4:4+n]))
			}
			d = d[4+n:]
		}
		if f, ok := g.fix(); ok {
			c.add(f)
		}
	})
}

type sonyGPS struct {
	lat, lon       float64
	hasLat, hasLon bool
	south, west    bool
	void           bool
	clock          string
	day            string
}

func (g *sonyGPS) set(tag uint16, v []byte) {
	switch tag {
	case 0x8501:
		g.south = len(v) > 0 && v[0] == 'S'
	case 0x8502:
		g.lat, g.hasLat = rationals(v)
	case 0x8503:
		g.west = len(v) > 0 && v[0] == 'W'
	case 0x8504:
		g.lon, g.hasLon = rationals(v)
	case 0x8507:
		if len(v) >= 24 {
			part := func(i int) string {
				n := binary.BigEndian.Uint32(v[i:]) / max(binary.BigEndian.Uint32(v[i+4:]), 1)
				return strconv.Itoa(int(100 + n%100))[1:]
			}
			g.clock = part(0) + ":" + part(8) + ":" + part(16)
		}
	case 0x8509:
		g.void = len(v) > 0 && v[0] == 'V'
	case 0x851d:
		g.day = strings.ReplaceAll(media.Legacy(v), ":", "-")
	}
}

func (g *sonyGPS) fix() (f fix, ok bool) {
	if !g.hasLat || !g.hasLon {
		return f, false
	}
	f = fix{lat: g.lat, lon: g.lon, void: g.void}
	if g.south {
		f.lat = -f.lat
	}
	if g.west {
		f.lon = -f.lon
	}
	if d := strings.TrimRight(g.day, "\x00 "); d != "" && g.clock != "" {
		f.time = d + "T" + g.clock + "Z"
	}
	return f, true
}

// rationals reads degrees, minutes and seconds.
func rationals(v []byte) (deg float64, ok bool) {
	if len(v) < 24 {
		return 0, false
	}
	unit := 1.0
	for i := 0; i < 24; i += 8 {
		if den := binary.BigEndian.Uint32(v[i+4:]); den != 0 {
			deg += float64(binary.BigEndian.Uint32(v[i:])) / float64(den) / unit
		}
		unit *= 60
	}
	return digits(deg), true
}

// dji reads positions in DJI's metadata, which is written as Protocol Buffers
// with a schema for each model. In all of them a position is a message whose
// first field says degrees or radians and whose second and third are latitude and
// longitude as floating point numbers.
func (w *walk) dji(t *track) error {
	return w.survey(t, func(d []byte, c *course) { djiMessage(d, c, 0) })
}

func djiMessage(d []byte, c *course, depth int) {
	var numbers [4]float64
	var has [4]bool
	unit, simple := uint64(0), true
	for len(d) > 0 {
		key, n := binary.Uvarint(d)
		if n <= 0 || key>>3 == 0 {
			return
		}
		d = d[n:]
		switch field := key >> 3; key & 7 {
		case 0:
			v, n := binary.Uvarint(d)
			if n <= 0 {
				return
			}
			d = d[n:]
			if field == 1 {
				unit = v
			}
		case 1:
			if len(d) < 8 {
				return
			}
			if field < 4 {
				numbers[field], has[field] = math.Float64frombits(binary.LittleEndian.Uint64(d)), true
			}
			d = d[8:]
		case 5:
			if len(d) < 4 {
				return
			}
			d = d[4:]
		case 2:
			size, n := binary.Uvarint(d)
			if n <= 0 || size > uint64(len(d)-n) {
				return
			}
			body := d[n : n+int(size)]
			d = d[n+int(size):]
			if depth < 8 && size > 1 {
				djiMessage(body, c, depth+1)
			}
			simple = false
		default:
			return
		}
	}
	if !simple || !has[2] || !has[3] || has[1] || unit > 1 {
		return
	}
	f := fix{lat: numbers[2], lon: numbers[3]}
	if unit == 0 {
		f.lat, f.lon = digits(f.lat*180/math.Pi), digits(f.lon*180/math.Pi)
	}
	c.add(f)
}
