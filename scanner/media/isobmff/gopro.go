package isobmff

import (
	"encoding/binary"
	"math"
	"strings"
	"time"

	"habeas/scanner/media"
)

// klv is one entry of GoPro's metadata format (github.com/gopro/gpmf-parser,
// "GPMF KLV"): four letters, a type, the bytes of one element and how many there
// are, then the values, padded to four bytes.
type klv struct {
	key  string
	kind byte // 0 for a row of entries
	size int  // of one element
	n    int
	data []byte
}

// entries calls fn for each entry of d, and stops where it makes no sense.
func entries(d []byte, fn func(klv)) {
	for len(d) >= 8 {
		e := klv{key: string(d[:4]), kind: d[4], size: int(d[5]), n: int(binary.BigEndian.Uint16(d[6:]))}
		length := min(e.size*e.n, len(d)-8)
		if zeros(d[:8]) {
			return
		}
		e.data = d[8 : 8+length]
		d = d[min(8+(length+3)&^3, len(d)):]
		fn(e)
	}
}

// goproText are the fields that say whose camera it was.
var goproText = map[string]string{"CASN": "CameraSerialNumber", "MINF": "Model", "FMWR": "FirmwareVersion", "DVNM": "DeviceName", "OREN": ""}

// goproSettings reads the GPMF box of user data.
func (w *walk) goproSettings(path string, b box) error {
	d, err := media.ReadUpTo(w.win.R, b.body, min(b.size(), maxField), w.win.Size)
	if err != nil {
		return err
	}
	var c course
	goproTexts(d, &c, 0)
	return w.part(path, c.extra)
}

func goproTexts(d []byte, c *course, depth int) {
	entries(d, func(e klv) {
		switch {
		case e.kind == 0 && depth < 4:
			goproTexts(e.data, c, depth+1)
		case e.kind == 'c' && goproText[e.key] != "":
			c.note(goproText[e.key], media.Legacy(e.data))
		}
	})
}

// gopro reads the positions of a gpmd track.
func (w *walk) gopro(t *track) error { return w.survey(t, goproSample) }

// goproSample reads one sample: devices, in them streams, in them the values.
// What the receiver said itself (GPRI of the Karma) counts only where nothing
// else does.
func goproSample(d []byte, c *course) {
	var main, raw []fix
	var stream func(d []byte, depth int)
	stream = func(d []byte, depth int) {
		var s goproStream
		entries(d, func(e klv) {
			switch {
			case e.kind == 0 && (e.key == "DEVC" || e.key == "STRM") && depth < 4:
				stream(e.data, depth+1)
			case e.key == "GPRI":
				raw = append(raw, s.fixes(e)...)
			case e.key == "GPS5" || e.key == "GPS9" || e.key == "GLPI":
				main = append(main, s.fixes(e)...)
			default:
				s.set(e)
				if e.kind == 'c' && goproText[e.key] != "" {
					c.note(goproText[e.key], media.Legacy(e.data))
				}
			}
		})
	}
	stream(d, 0)
	if len(main) == 0 {
		main = raw
	}
	for _, f := range main {
		c.add(f)
	}
}

// goproStream is what stands before the values of a stream.
type goproStream struct {
	scale []float64
	kinds string // of a structure
	time  string
	void  bool
}

func (s *goproStream) set(e klv) {
	switch e.key {
	case "SCAL":
		s.scale = nil
		if n := width(e.kind); n > 0 {
			for d := e.data; len(d) >= n && len(s.scale) < 32; d = d[n:] {
				s.scale = append(s.scale, numeric(e.kind, d))
			}
		}
	case "TYPE":
		if e.kind == 'c' && len(e.data) <= 32 {
			s.kinds = strings.TrimRight(string(e.data), "\x00")
		}
	case "GPSU": // yymmddhhmmss.sss
		s.time = ""
		if t, err := time.Parse("060102150405.999", strings.TrimRight(string(e.data[:min(len(e.data), 24)]), "\x00 ")); err == nil {
			s.time = t.Format("2006-01-02T15:04:05.999Z")
		}
	case "GPSF": // 0 none, 2 and 3 dimensions
		s.void = len(e.data) >= 4 && binary.BigEndian.Uint32(e.data) == 0
	}
}

// fixes reads the positions of one entry.
func (s *goproStream) fixes(e klv) []fix {
	kinds, lat := "lllll", 0
	switch e.key {
	case "GPS9":
		kinds = "lllllllSS"
	case "GLPI":
		kinds, lat = "LllllsssS", 1
	case "GPRI":
		kinds, lat = "JlllSSSSBB", 1
	}
	if e.kind == '?' && s.kinds != "" {
		kinds = s.kinds
	}
	size := 0
	for _, k := range []byte(kinds) {
		size += width(k)
	}
	if size != e.size || len(kinds) < lat+3 {
		return nil
	}
	var all []fix
	for d := e.data; len(d) >= size; d = d[size:] {
		var v [16]float64
		at := 0
		for i := 0; i < len(kinds) && i < len(v); i++ {
			v[i] = numeric(kinds[i], d[at:]) / s.divisor(i)
			at += width(kinds[i])
		}
		alt := v[lat+2]
		f := fix{lat: digits(v[lat]), lon: digits(v[lat+1]), alt: &alt, time: s.time, void: s.void}
		if e.key == "GPS9" { // days since 2000, seconds of the day; fix
			f.void = v[8] == 0
			if v[5] > 0 && v[5] < 60_000 {
				day := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(v[5]))
				f.time = day.Add(time.Duration(min(max(v[6], 0), 86_400) * float64(time.Second))).Format("2006-01-02T15:04:05.999Z")
			}
		}
		all = append(all, f)
	}
	return all
}

func (s *goproStream) divisor(i int) float64 {
	d := 1.0
	switch {
	case len(s.scale) == 1:
		d = s.scale[0]
	case i < len(s.scale):
		d = s.scale[i]
	}
	if d == 0 {
		return 1
	}
	return d
}

// digits rounds off what division added: receivers know seven digits or so.
func digits(deg float64) float64 { return math.Round(deg*1e9) / 1e9 }

// width is the bytes of a type of GPMF; 0 for types that are no numbers.
func width(kind byte) int {
	switch kind {
	case 'b', 'B':
		return 1
	case 's', 'S':
		return 2
	case 'l', 'L', 'f', 'q':
		return 4
	case 'j', 'J', 'd', 'Q':
		return 8
	}
	return 0
}

func numeric(kind byte, d []byte) float64 {
	if len(d) < width(kind) {
		return math.NaN()
	}
	switch kind {
	case 'b':
		return float64(int8(d[0]))
	case 'B':
		return float64(d[0])
	case 's':
		return float64(int16(binary.BigEndian.Uint16(d)))
	case 'S':
		return float64(binary.BigEndian.Uint16(d))
	case 'l', 'q':
		return float64(int32(binary.BigEndian.Uint32(d)))
	case 'L':
		return float64(binary.BigEndian.Uint32(d))
	case 'f':
		return float64(math.Float32frombits(binary.BigEndian.Uint32(d)))
	case 'j', 'Q':
		return float64(int64(binary.BigEndian.Uint64(d)))
	case 'J':
		return float64(binary.BigEndian.Uint64(d))
	case 'd':
		return math.Float64frombits(binary.BigEndian.Uint64(d))
	}
	return math.NaN()
}
