// Package fit reads the activities that sports watches and bicycle computers record
// (FIT, the Flexible and Interoperable Data Transfer protocol by Garmin): where
// somebody was and when, who that is and with which devices. Of a track the first
// and the last point are told; those between say the same a thousand times.
package fit

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"habeas/detectors"
	"habeas/scanner/media"
)

// New gives the format.
func New() media.Format { return format{} }

type format struct{}

var (
	_ media.Format    = format{}
	_ media.Describer = format{}
)

// Name implements media.Format.
func (format) Name() string { return "fit" }

// Describe implements media.Describer.
func (format) Describe() media.Description {
	return media.Description{
		Title: "FIT (activities of sports watches)",
		Types: "application/vnd.ant.fit",
		Reads: "first and last point with time and altitude, places of courses and of the watch, names of its user, of courses and workouts, serial numbers of devices",
		Not:   "points between; heart rates and other measures; weight, height and age; fields that apps add",
	}
}

// Match implements media.Format.
func (format) Match(head []byte) bool {
	return len(head) >= 12 && (head[0] == 12 || head[0] == 14) && string(head[8:12]) == ".FIT"
}

// The limits of one file.
const (
	maxPlaces = 100
	maxTexts  = 10_000
	locals    = 16 // definitions that hold at the same time
)

// Numbers of messages and fields (the profile of the FIT SDK).
const (
	fileID      = 0
	userProfile = 3
	sport       = 12
	session     = 18
	record      = 20
	deviceInfo  = 23
	workout     = 26
	location    = 29 // of places that the watch keeps
	course      = 31
	coursePoint = 32

	timestamp = 253
)

// place says which fields of a message are a position; 0 means a time that is not
// there.
var places = map[uint16]struct{ lat, lon, alt, time byte }{
	record: {0, 1, 2, timestamp}, session: {3, 4, 255, timestamp}, location: {1, 2, 255, timestamp}, coursePoint: {2, 3, 255, 1},
}

// texts are the fields that hold names, by message.
var texts = map[uint16]map[byte]string{
	fileID: {8: "ProductName"}, userProfile: {0: "OwnerName"}, sport: {3: "Name"}, deviceInfo: {19: "Descriptor", 27: "ProductName"}, workout: {8: "WorkoutName"}, location: {0: "PlaceName"}, course: {5: "CourseName"}, coursePoint: {6: "PointName"},
}

// serials are the fields of serial numbers.
var serials = map[uint16]byte{fileID: 3, deviceInfo: 3}

// field is one of a definition.
type field struct {
	number, size byte
	kind         byte
}

// definition is how messages of a local type are written.
type definition struct {
	known  bool
	order  binary.ByteOrder
	global uint16
	fields []field
	more   int // bytes of fields that apps add
}

// point is a position.
type point struct {
	lat, lon float64 // degrees
	alt      float64 // metres; only if high
	high     bool
	at       time.Time
}

// walk is the state of one Walk.
type walk struct {
	in          *bufio.Reader
	left        int64 // bytes of the file that is read
	definitions [locals]definition
	tags        []detectors.Tag
	told        map[string]bool
	first, last point
	points      int
	places      []point
	buf         [255 * 255]byte
}

// errCut says that a message is longer than the file.
var errCut = media.Stop("", media.Truncated)

// Walk implements media.Format. Files may follow each other.
func (format) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	src := media.NewStored(r, 0, size)
	w := &walk{in: bufio.NewReaderSize(src, 64<<10), told: map[string]bool{}}
	var err error
	for n := 0; err == nil; n++ {
		var again bool
		if again, err = w.head(n == 0); !again {
			break
		}
		err = w.messages()
	}
	if src.Err() != nil {
		return src.Err()
	}
	if err != nil {
		v.Problem("", media.ReasonOf(err))
	}
	if len(w.tags) > 0 {
		if err := v.Part(&detectors.Part{Path: "info", Tags: w.tags, Off: -1}); err != nil {
			return err
		}
	}
	if tags := w.track(); len(tags) > 0 {
		return v.Part(&detectors.Part{Path: "track", Tags: tags, Off: -1})
	}
	return nil
}

// head reads the head of a file. again is false where none follows.
func (w *walk) head(first bool) (again bool, err error) {
	b, err := w.in.Peek(12)
	if err != nil || !(format{}).Match(b) {
		if first {
			return false, errCut
		}
		return false, nil
	}
	w.left = int64(binary.LittleEndian.Uint32(b[4:]))
	_, err = w.in.Discard(int(b[0]))
	w.definitions = [locals]definition{}
	return true, err
}

// read takes n bytes of the file, which are valid until the next call.
func (w *walk) read(n int) ([]byte, error) {
	if w.left < int64(n) {
		return nil, errCut
	}
	w.left -= int64(n)
	b := w.buf[:n]
	if _, err := io.ReadFull(w.in, b); err != nil {
		return nil, errCut
	}
	return b, nil
}

// messages reads all of one file, and the checksum behind it.
func (w *walk) messages() error {
	for w.left > 0 {
		h, err := w.read(1)
		if err != nil {
			return err
		}
		switch kind := h[0]; {
		case kind&0x80 != 0: // with the time in the head
			err = w.message(kind >> 5 & 3)
		case kind&0x40 != 0:
			err = w.define(kind&0xf, kind&0x20 != 0)
		default:
			err = w.message(kind & 0xf)
		}
		if err != nil {
			return err
		}
	}
	if _, err := w.in.Discard(2); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

func (w *walk) define(local byte, more bool) error {
	b, err := w.read(5)
	if err != nil {
		return err
	}
	d := definition{known: true, order: binary.LittleEndian}
	if b[1] == 1 {
		d.order = binary.BigEndian
	}
	d.global = d.order.Uint16(b[2:])
	if b, err = w.read(3 * int(b[4])); err != nil {
		return err
	}
	for ; len(b) >= 3; b = b[3:] {
		d.fields = append(d.fields, field{b[0], b[1], b[2]})
	}
	if more {
		if b, err = w.read(1); err != nil {
			return err
		}
		if b, err = w.read(3 * int(b[0])); err != nil {
			return err
		}
		for ; len(b) >= 3; b = b[3:] {
			d.more += int(b[1])
		}
	}
	w.definitions[local] = d
	return nil
}

func (w *walk) message(local byte) error {
	d := &w.definitions[local]
	if !d.known {
		return media.Stop("", media.Corrupt)
	}
	n := d.more
	for _, f := range d.fields {
		n += int(f.size)
	}
	if n > len(w.buf) {
		return media.Stop("", media.Corrupt)
	}
	b, err := w.read(n)
	if err != nil {
		return err
	}
	spot, hasPlace := places[d.global]
	var p point
	var lat, lon bool
	for _, f := range d.fields {
		value := b[:f.size]
		b = b[f.size:]
		switch {
		case texts[d.global][f.number] != "" && f.kind&0x1f == 7:
			w.text(texts[d.global][f.number], media.FieldValue(cutZero(value)))
		case f.number == 3 && serials[d.global] == 3 && f.size == 4:
			if n := d.order.Uint32(value); n != 0 && n != 1<<32-1 {
				w.text("SerialNumber", strconv.FormatUint(uint64(n), 10))
			}
		case !hasPlace:
		case f.number == spot.lat && f.size == 4:
			p.lat, lat = degrees(d.order.Uint32(value))
		case f.number == spot.lon && f.size == 4:
			p.lon, lon = degrees(d.order.Uint32(value))
		case f.number == spot.alt && f.size == 2:
			n := d.order.Uint16(value)
			p.alt, p.high = float64(n)/5-500, n != 1<<16-1
		case f.number == spot.time && f.size == 4:
			if n := d.order.Uint32(value); n != 1<<32-1 {
				const epoch = 631065600 // the last day of 1989
				p.at = time.Unix(epoch+int64(n), 0).UTC()
			}
		}
	}
	if lat && lon {
		w.add(d.global, p)
	}
	return nil
}

// degrees are those of a position in semicircles, 2^31 of which are 180 degrees.
func degrees(n uint32) (float64, bool) {
	return float64(int32(n)) * 180 / (1 << 31), n != 1<<31-1
}

func cutZero(b []byte) string {
	for i, c := range b {
		if c == 0 {
			return string(b[:i])
		}
	}
	return string(b)
}

// text adds a tag, unless it was told before.
func (w *walk) text(name, s string) {
	if s == "" || w.told[name+"="+s] || len(w.tags) >= maxTexts {
		return
	}
	w.told[name+"="+s] = true
	w.tags = append(w.tags, detectors.Tag{Group: "FIT", Name: name, Value: s})
}

func (w *walk) add(message uint16, p point) {
	switch {
	case message == record:
		if w.points == 0 {
			w.first = p
		}
		w.last = p
		w.points++
	case message != session && len(w.places) < maxPlaces:
		w.places = append(w.places, p)
	case message == session && w.points == 0:
		w.first, w.last, w.points = p, p, 1
	}
}

// track tells the ends of the track and the places, under the names that positions
// have in metadata.
func (w *walk) track() (tags []detectors.Tag) {
	if w.points > 0 {
		tags = w.first.tags(tags, "Track[1]/Point[1]/")
	}
	if w.points > 1 {
		tags = w.last.tags(tags, "Track[1]/Point[2]/")
	}
	for i, p := range w.places {
		tags = p.tags(tags, fmt.Sprintf("Track[%d]/Point[1]/", i+2))
	}
	return tags
}

func (p point) tags(tags []detectors.Tag, path string) []detectors.Tag {
	number := func(name string, x float64, digits int) {
		tags = append(tags, detectors.Tag{Group: "FIT", Name: path + name, Value: strconv.FormatFloat(x, 'f', digits, 64), Nums: []float64{x}})
	}
	number("GPSLatitude", p.lat, 7)
	number("GPSLongitude", p.lon, 7)
	if p.high {
		number("GPSAltitude", p.alt, 1)
	}
	if !p.at.IsZero() {
		tags = append(tags, detectors.Tag{Group: "FIT", Name: path + "GPSDateTime", Value: p.at.Format(time.RFC3339)})
	}
	return tags
}
