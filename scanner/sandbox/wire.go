package sandbox

import (
	"encoding/binary"
	"maps"
	"math"
	"slices"
	"time"

	"habeas/detectors"
	"habeas/reports"
	"habeas/scanner"
	"habeas/scanner/media"
)

// The coding of jobs and results is our own, because gob and JSON cost more than
// examining a photo does: strings with a length before them, numbers as varints.

// appendJob codes all of a job but its first bytes, which follow. Its own length
// comes first.
func appendJob(b []byte, j *scanner.Job) []byte {
	start := len(b)
	b = append(b, 0, 0, 0, 0)
	b = binary.AppendVarint(b, j.Size)
	b = appendString(appendString(b, j.Key), j.Claimed)
	for _, m := range []map[string]string{j.Meta, j.Tags} {
		b = binary.AppendUvarint(b, uint64(len(m)))
		for _, k := range slices.Sorted(maps.Keys(m)) {
			b = appendString(appendString(b, k), m[k])
		}
	}
	b = binary.AppendUvarint(b, uint64(len(j.Regions)))
	for _, r := range j.Regions {
		b = appendString(b, r)
	}
	binary.LittleEndian.PutUint32(b[start:], uint32(len(b)-start-4))
	return b
}

// decodeJob gives the job and the first bytes of its content, a piece of b.
func decodeJob(b []byte) (j scanner.Job, head []byte, ok bool) {
	if len(b) < 4 {
		return j, nil, false
	}
	n := binary.LittleEndian.Uint32(b)
	b = b[4:]
	if uint64(n) > uint64(len(b)) {
		return j, nil, false
	}
	d := decoder{s: string(b[:n])}
	b = b[n:]
	j.Size = d.varint()
	j.Key = d.string()
	j.Claimed = d.string()
	for _, m := range []*map[string]string{&j.Meta, &j.Tags} {
		for n := d.count(); n > 0 && !d.bad; n-- {
			if *m == nil {
				*m = map[string]string{}
			}
			k := d.string()
			(*m)[k] = d.string()
		}
	}
	for n := d.count(); n > 0 && !d.bad; n-- {
		j.Regions = append(j.Regions, d.string())
	}
	return j, b, !d.bad && d.s == ""
}

// Bits of a coded finding.
const (
	bitDummy = 1 << iota
	bitInvalid
	bitBox
	bitPosition
	bitAltitude
	bitTime
	bitSamePart // as the finding before
	bitDoubtful
)

// Bits of a coded result.
const (
	bitReadFailed = 1 << iota // it ended with a failed read
	bitCrowded                // it holds a place until it is let go of
)

// appendResult codes r.
func appendResult(b []byte, r *scanner.Result, bits byte) []byte {
	b = append(b, bits)
	b = appendString(b, r.Type)
	b = appendString(b, r.Format)
	b = appendString(b, string(r.Coverage))
	for _, n := range [...]int{r.Parts, r.Pictures, r.Unseen, r.Width, r.Height, r.Orientation} {
		b = binary.AppendUvarint(b, uint64(n))
	}
	b = binary.AppendUvarint(b, uint64(len(r.Reasons)))
	for _, x := range r.Reasons {
		b = appendString(appendString(b, x.Code), x.Part)
	}
	b = binary.AppendUvarint(b, uint64(len(r.Findings)))
	part := ""
	for i := range r.Findings {
		f := &r.Findings[i]
		b = appendFound(b, f, f.Part == part)
		part = f.Part
	}
	return b
}

func appendFound(b []byte, f *scanner.Found, samePart bool) []byte {
	bits := byte(0)
	set := func(on bool, bit byte) {
		if on {
			bits |= bit
		}
	}
	p := f.Position
	set(f.Dummy, bitDummy)
	set(f.Invalid, bitInvalid)
	set(f.Box != nil, bitBox)
	set(p != nil, bitPosition)
	set(p != nil && p.Altitude != nil, bitAltitude)
	set(p != nil && !p.Time.IsZero(), bitTime)
	set(samePart, bitSamePart)
	set(f.Doubtful, bitDoubtful)
	b = append(b, bits)
	if !samePart {
		b = appendString(b, f.Part)
	}
	for _, s := range [...]string{string(f.Kind), f.Role, f.Value, f.Canonical, f.Tag, f.Why, f.Rule, f.Detector} {
		b = appendString(b, s)
	}
	b = binary.AppendVarint(b, f.Off)
	b = binary.AppendVarint(b, f.At)
	b = binary.AppendVarint(b, int64(f.Start))
	b = binary.AppendVarint(b, int64(f.End))
	b = appendFloats(b, f.Confidence)
	if x := f.Box; x != nil {
		b = appendFloats(b, x.X, x.Y, x.W, x.H)
	}
	// Only what has a box may have a quad, too.
	if f.Box != nil {
		b = appendQuad(b, f.Quad)
	}
	if p != nil {
		b = appendFloats(b, p.Lat, p.Lon, p.Precision)
		if p.Altitude != nil {
			b = appendFloats(b, *p.Altitude)
		}
		if !p.Time.IsZero() {
			b = binary.AppendVarint(b, p.Time.Unix())
			b = binary.AppendVarint(b, int64(p.Time.Nanosecond()))
		}
	}
	return b
}

// decodeResult reads what appendResult wrote. The worker is not trusted: ok is
// false where it wrote something else.
func decodeResult(b []byte) (r scanner.Result, bits byte, ok bool) {
	d := decoder{s: string(b)}
	bits = d.byte()
	r.Type = d.string()
	r.Format = d.string()
	r.Coverage = reports.Coverage(d.string())
	for _, n := range [...]*int{&r.Parts, &r.Pictures, &r.Unseen, &r.Width, &r.Height, &r.Orientation} {
		*n = int(d.uvarint())
	}
	for n := d.count(); n > 0 && !d.bad; n-- {
		r.Reasons = append(r.Reasons, reports.Reason{Code: d.string(), Part: d.string()})
	}
	n := d.count()
	if n > media.MaxFindings {
		d.fail()
	}
	// A finding takes 24 bytes at least, so that a count alone can't claim memory.
	if n > 0 && !d.bad {
		r.Findings = make([]scanner.Found, 0, min(n, len(d.s)/24+1))
	}
	part := ""
	for ; n > 0 && !d.bad; n-- {
		f := decodeFound(&d, part)
		part = f.Part
		r.Findings = append(r.Findings, f)
	}
	switch r.Coverage {
	case reports.Complete, reports.Partial, reports.Skipped, reports.Failed:
	default:
		d.fail()
	}
	if d.bad || d.s != "" {
		return scanner.Result{}, 0, false
	}
	return r, bits, true
}

func decodeFound(d *decoder, part string) scanner.Found {
	bits := d.byte()
	f := scanner.Found{Part: part}
	if bits&bitSamePart == 0 {
		f.Part = d.string()
	}
	f.Kind = detectors.Kind(d.string())
	for _, s := range [...]*string{&f.Role, &f.Value, &f.Canonical, &f.Tag, &f.Why, &f.Rule, &f.Detector} {
		*s = d.string()
	}
	f.Off = d.varint()
	f.At = d.varint()
	f.Start, f.End = int(d.varint()), int(d.varint())
	f.Confidence = d.float()
	f.Dummy, f.Invalid, f.Doubtful = bits&bitDummy != 0, bits&bitInvalid != 0, bits&bitDoubtful != 0
	if bits&bitBox != 0 {
		f.Box = &detectors.Box{X: d.float(), Y: d.float(), W: d.float(), H: d.float()}
		f.Quad = decodeQuad(d)
	}
	if bits&bitPosition != 0 {
		p := &detectors.Position{Lat: d.float(), Lon: d.float(), Precision: d.float()}
		if bits&bitAltitude != 0 {
			a := d.float()
			p.Altitude = &a
		}
		if bits&bitTime != 0 {
			sec := d.varint()
			p.Time = time.Unix(sec, d.varint()).UTC()
		}
		f.Position = p
	}
	return f
}

// appendQuad codes a quad, or that there is none.
func appendQuad(b []byte, q *detectors.Quad) []byte {
	if q == nil {
		return append(b, 0)
	}
	b = append(b, 1)
	for _, p := range q {
		b = appendFloats(b, p.X, p.Y)
	}
	return b
}

func decodeQuad(d *decoder) *detectors.Quad {
	if d.byte() == 0 {
		return nil
	}
	var q detectors.Quad
	for i := range q {
		q[i] = detectors.Point{X: d.float(), Y: d.float()}
	}
	return &q
}

func appendString(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendFloats(b []byte, xs ...float64) []byte {
	for _, x := range xs {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(x))
	}
	return b
}

// decoder takes values off the front of s. Its strings are pieces of s. Once bad
// it gives zero values.
type decoder struct {
	s   string
	bad bool
}

func (d *decoder) fail() { d.s, d.bad = "", true }

func (d *decoder) byte() byte {
	if d.s == "" {
		d.fail()
		return 0
	}
	c := d.s[0]
	d.s = d.s[1:]
	return c
}

func (d *decoder) uvarint() uint64 {
	var x uint64
	for i := 0; i < binary.MaxVarintLen64; i++ {
		c := d.byte()
		x |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			return x
		}
	}
	d.fail()
	return 0
}

func (d *decoder) varint() int64 {
	u := d.uvarint()
	x := int64(u >> 1)
	if u&1 != 0 {
		x = ^x
	}
	return x
}

// count is a number of things that take a byte each at least.
func (d *decoder) count() int {
	n := d.uvarint()
	if n > uint64(len(d.s)) {
		d.fail()
		return 0
	}
	return int(n)
}

func (d *decoder) string() string {
	n := d.count()
	s := d.s[:n]
	d.s = d.s[n:]
	return s
}

func (d *decoder) float() float64 {
	if len(d.s) < 8 {
		d.fail()
		return 0
	}
	x := binary.LittleEndian.Uint64([]byte(d.s[:8]))
	d.s = d.s[8:]
	return math.Float64frombits(x)
}
