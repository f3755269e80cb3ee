package sandbox

import (
	"encoding/binary"
	"maps"
	"math"
	"slices"
	"time"
	"unsafe"

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

// A result is coded as what is said of the whole, and then one finding after the
// other. It is cut between findings into frames of about pieceSize: no buffer then
// grows with the number of findings, on either side.

// pieceSize is how many bytes of a result, or a few more, go into one frame.
const pieceSize = 60 << 10

// sayings is how many of what findings share, kind, role, why, rule, detector and
// confidence, are named by a number once they were coded.
const sayings = 32

// freshSaying marks the number of one that follows.
const freshSaying = 0x80

// saying is what many findings share.
type saying struct {
	kind                      detectors.Kind
	role, why, rule, detector string
	confidence                float64
}

// place is where s is remembered: both sides know it.
func (s *saying) place() byte {
	n := len(s.why) + 3*len(s.kind) + 7*len(s.rule) + 11*len(s.role)
	if s.why != "" {
		n += int(s.why[len(s.why)/2])
	}
	return byte(n % sayings)
}

// encoder codes one result.
type encoder struct {
	b    []byte
	part string // of the finding before
	said [sayings]saying
}

// result codes r and calls send with each piece but the last, which it gives. A
// piece is valid until the next. The error is that of send.
func (e *encoder) result(r *scanner.Result, bits byte, send func(piece []byte) error) ([]byte, error) {
	e.head(r, bits)
	for i := range r.Findings {
		if len(e.b) >= pieceSize {
			if err := send(e.b); err != nil {
				return nil, err
			}
			e.b = e.b[:0]
		}
		e.found(&r.Findings[i])
	}
	return e.b, nil
}

// head codes what is said of the whole.
func (e *encoder) head(r *scanner.Result, bits byte) {
	b := append(e.b, bits)
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
	e.b = binary.AppendUvarint(b, uint64(len(r.Findings)))
}

// codedSize is no less than the bytes of r, coded.
func codedSize(r *scanner.Result) int {
	const each = 512 // numbers and the lengths of strings, with a box, a quad and a position
	n := each
	for _, x := range r.Reasons {
		n += len(x.Code) + len(x.Part) + 20
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		n += len(f.Part) + len(f.Value) + len(f.Canonical) + len(f.Tag) + len(f.Role) + len(f.Why) + len(f.Rule) + len(f.Detector) + len(f.Kind)
		if f.Box != nil || f.Position != nil {
			n += each
		} else {
			n += each / 4
		}
	}
	return n
}

func (e *encoder) found(f *scanner.Found) {
	bits := byte(0)
	set := func(on bool, bit byte) {
		if on {
			bits |= bit
		}
	}
	p := f.Position
	samePart := f.Part == e.part
	set(f.Dummy, bitDummy)
	set(f.Invalid, bitInvalid)
	set(f.Box != nil, bitBox)
	set(p != nil, bitPosition)
	set(p != nil && p.Altitude != nil, bitAltitude)
	set(p != nil && !p.Time.IsZero(), bitTime)
	set(samePart, bitSamePart)
	set(f.Doubtful, bitDoubtful)
	b := e.saying(append(e.b, bits), f)
	if !samePart {
		b = appendString(b, f.Part)
		e.part = f.Part
	}
	b = appendString(appendString(appendString(b, f.Value), f.Canonical), f.Tag)
	b = binary.AppendVarint(b, f.Off)
	b = binary.AppendVarint(b, f.At)
	b = binary.AppendVarint(b, int64(f.Start))
	b = binary.AppendVarint(b, int64(f.End))
	if x := f.Box; x != nil {
		b = appendFloats(b, x.X, x.Y, x.W, x.H)
		// Only what has a box may have a quad, too.
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
	e.b = b
}

// saying codes what f shares with others.
func (e *encoder) saying(b []byte, f *scanner.Found) []byte {
	s := saying{f.Kind, f.Role, f.Why, f.Rule, f.Detector, f.Confidence}
	n := s.place()
	if e.said[n] == s { // never so for a confidence that is no number
		return append(b, n)
	}
	e.said[n] = s
	b = append(b, n|freshSaying)
	for _, x := range [...]string{string(s.kind), s.role, s.why, s.rule, s.detector} {
		b = appendString(b, x)
	}
	return appendFloats(b, s.confidence)
}

// decodeResult reads what an encoder wrote, and puts the findings into the memory of
// into where that is enough. Strings of the result are pieces of the pieces, which
// must not change any more. The worker is not trusted: ok is false where it wrote something else.
func decodeResult(pieces [][]byte, into []scanner.Found) (r scanner.Result, bits byte, ok bool) {
	all := 0
	for _, p := range pieces {
		all += len(p)
	}
	d := decoder{more: pieces}
	d.next()
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
	// A finding takes 9 bytes at least, so that a count alone can't claim memory.
	n := d.uvarint()
	if n > media.MaxFindings || n > uint64(all/9) {
		d.fail()
	}
	if n > 0 && !d.bad {
		r.Findings = into[:0]
		if uint64(cap(into)) < n {
			r.Findings = make([]scanner.Found, 0, n)
		}
	}
	for ; n > 0 && !d.bad; n-- {
		if d.s == "" {
			d.next()
		}
		r.Findings = append(r.Findings, scanner.Found{})
		d.found(&r.Findings[len(r.Findings)-1])
	}
	switch r.Coverage {
	case reports.Complete, reports.Partial, reports.Skipped, reports.Failed:
	default:
		d.fail()
	}
	if d.bad || d.s != "" || len(d.more) > 0 {
		return scanner.Result{}, 0, false
	}
	return r, bits, true
}

// found reads a finding.
func (d *decoder) found(f *scanner.Found) {
	bits := d.byte()
	s := d.saying()
	f.Kind, f.Role, f.Why, f.Rule, f.Detector, f.Confidence = s.kind, s.role, s.why, s.rule, s.detector, s.confidence
	if bits&bitSamePart == 0 {
		d.part = d.string()
	}
	f.Part = d.part
	f.Value, f.Canonical, f.Tag = d.string(), d.string(), d.string()
	f.Off = d.varint()
	f.At = d.varint()
	f.Start, f.End = int(d.varint()), int(d.varint())
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
}

// saying reads what a finding shares with others.
func (d *decoder) saying() *saying {
	n := d.byte()
	s := &d.said[n%sayings]
	if n&freshSaying != 0 {
		s.kind = detectors.Kind(d.string())
		s.role, s.why, s.rule, s.detector = d.string(), d.string(), d.string(), d.string()
		s.confidence = d.float()
	}
	return s
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
	s    string
	bad  bool
	more [][]byte // what follows s

	part string // of the finding before
	said [sayings]saying
}

func (d *decoder) fail() { d.s, d.more, d.bad = "", nil, true }

// next goes on to the next piece; it is bad where there is none.
func (d *decoder) next() {
	if len(d.more) == 0 || len(d.more[0]) == 0 {
		d.fail()
		return
	}
	b := d.more[0]
	d.s, d.more = unsafe.String(unsafe.SliceData(b), len(b)), d.more[1:]
}

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
