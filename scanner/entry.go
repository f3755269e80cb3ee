package scanner

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"habeas/detectors"
	"habeas/reports"
	"habeas/sources"
)

// entryOf turns the outcome of one object into its entry: from here on there
// are no values any more.
func (s *scan) entryOf(o sources.Object, res *Result, att Attribution) *reports.Entry {
	e := &reports.Entry{
		Source: o.Source, Key: o.Key, Version: o.Version, ETag: o.ETag, Size: o.Size, Modified: o.Modified,
		Type: res.Type, Format: res.Format, Pictures: res.Pictures, Unseen: res.Unseen, Coverage: res.Coverage, Reasons: res.Reasons,
		Owner: att.Owner, Conflicts: att.Conflicts, Audience: reports.Audience(o.Audience),
		Width: res.Width, Height: res.Height, Orientation: res.Orientation,
	}
	if len(res.Findings) == 0 {
		return e
	}
	if n := len(res.Findings); n > fewFindings {
		e.Findings = s.spare.take(n)
	}
	if e.Findings == nil {
		e.Findings = make([]reports.Finding, 0, len(res.Findings))
	}
	e.Findings = e.Findings[:len(res.Findings)]
	m := entryMaker{scan: s, who: newIdentity(att.Identity)}
	if len(res.Findings) > fewFindings {
		m.ids.make(len(res.Findings))
		m.places = make([]int64, 0, 2*len(res.Findings))
	}
	for i := range res.Findings {
		r := &e.Findings[i]
		m.finding(r, &res.Findings[i])
		id := m.idOf(o, &res.Findings[i])
		r.ID = m.kept.hex(id[:])
		// Two blocks of one path may say the same.
		n := 0
		if m.ids.table != nil {
			n = m.ids.before(binary.LittleEndian.Uint64(id[:]))
		} else {
			n = timesBefore(e.Findings[:i], r.ID)
		}
		if n > 0 {
			r.ID += "-" + strconv.Itoa(n)
		}
	}
	return e
}

// timesBefore counts the findings with this id, whatever number is behind it.
func timesBefore(fs []reports.Finding, id string) (n int) {
	for i := range fs {
		if rest, ok := strings.CutPrefix(fs[i].ID, id); ok && (rest == "" || rest[0] == '-') {
			n++
		}
	}
	return n
}

// fewFindings is up to how many findings looking at all before one is quicker than
// a table of them.
const fewFindings = 24

// entryMaker makes the findings of one entry.
type entryMaker struct {
	*scan
	who    identity
	ids    ids
	places []int64 // starts and ends, which the findings point at
	kept   keep    // ids and fingerprints
}

// ids counts the names of findings.
type ids struct {
	table []uint64       // a hash table of those met once or more, 0 for a free place
	again map[uint64]int // how often one came again
	zeros int            // how often 0 came
}

// make makes room for n different ids.
func (s *ids) make(n int) { s.table = make([]uint64, 1<<bits.Len(uint(2*n))) }

// before is how often id came before, once make was called.
func (s *ids) before(id uint64) int {
	if id == 0 {
		s.zeros++
		return s.zeros - 1
	}
	i := int(id) & (len(s.table) - 1)
	for s.table[i] != id && s.table[i] != 0 {
		i = (i + 1) & (len(s.table) - 1)
	}
	if s.table[i] == 0 {
		s.table[i] = id
		return 0
	}
	if s.again == nil {
		s.again = map[uint64]int{}
	}
	s.again[id]++
	return s.again[id]
}

// finding masks f.
func (m *entryMaker) finding(r *reports.Finding, f *Found) {
	*r = reports.Finding{
		Kind: string(f.Kind), Role: f.Role,
		Part: f.Part, Tag: f.Tag, Party: m.who.party(&f.Finding),
		Confidence: math.Round(f.Confidence*100) / 100, Why: safeWhy(f), Detector: f.Detector, Rule: f.Rule,
		Dummy: f.Dummy, Invalid: f.Invalid,
	}
	if start, end, ok := f.Range(); ok {
		m.places = append(m.places, start, end)
		n := len(m.places)
		r.Start, r.End = &m.places[n-2], &m.places[n-1]
	}
	if b := f.Box; b != nil {
		r.Box = &reports.Box{X: b.X, Y: b.Y, W: b.W, H: b.H}
	}
	if q := f.Quad; q != nil {
		r.Quad = new(reports.Quad)
		for i, p := range q {
			r.Quad[i] = [2]float64{p.X, p.Y}
		}
	}
	if p := f.Position; p != nil {
		if f.Kind == detectors.GPS {
			r.Cell = cellOf(p)
		}
		if !p.Time.IsZero() {
			r.Month = p.Time.UTC().Format("2006-01")
		}
	}
	h := m.hiddenOf(f, &m.kept)
	r.Mask, r.Fingerprint, r.Variant = h.mask, h.fingerprint, h.variant
}

// numbered is id, with a number behind it if it was used before.
func numbered(used map[string]int, id string) string {
	n := used[id]
	used[id]++
	if n > 0 {
		return id + "-" + strconv.Itoa(n)
	}
	return id
}

// canonical is the detector's own canonical form, or the value.
func (f *Found) canonical() string {
	if f.Canonical != "" {
		return f.Canonical
	}
	return f.Value
}

// idOf names a finding by its place and value. It goes into records, so the
// value is hashed under the fingerprint key; without one it is left out, because
// a plain hash of a phone number is as good as the number.
func (s *scan) idOf(o sources.Object, f *Found) (id [8]byte) {
	if s.prints == nil {
		sum := sha256.Sum256(appendSpot(nil, o, f))
		copy(id[:], sum[:])
		return id
	}
	sum := s.prints.hash(func(b []byte) []byte {
		b = append(append(appendSpot(b, o, f), 0), f.canonical()...)
		if p := f.Position; p != nil {
			b = appendNumbers(b, p.Lat, p.Lon)
		}
		if x := f.Box; x != nil {
			b = appendNumbers(b, x.X, x.Y, x.W, x.H)
		}
		return b
	})
	copy(id[:], sum[:])
	return id
}

// nameOf is idOf as reports have it.
func (s *scan) nameOf(o sources.Object, f *Found) string {
	id := s.idOf(o, f)
	return hex.EncodeToString(id[:])
}

// appendSpot adds where f stands.
func appendSpot(b []byte, o sources.Object, f *Found) []byte {
	b = append(b, "finding"...)
	for _, s := range [...]string{o.Source, o.Version, string(f.Kind), f.Role, f.Tag} {
		b = append(append(b, 0), s...)
	}
	b = strconv.AppendInt(append(b, 0), int64(f.Start)+max(f.Off, 0), 10)
	b = append(append(b, 0), f.Part...)
	return append(append(b, 0), o.Key...)
}

func appendNumbers(b []byte, xs ...float64) []byte {
	for _, x := range xs {
		b = strconv.AppendFloat(append(b, 0), x, 'g', -1, 64)
	}
	return b
}

// safeWhy is f.Why. A detector must not quote the value in it; should one do so
// nevertheless, the explanation goes, not the secret.
func safeWhy(f *Found) string {
	if len(f.Value) >= 4 && containsFold(f.Why, f.Value) {
		return ""
	}
	return f.Why
}

// containsFold is strings.Contains of both in lower case.
func containsFold(s, part string) bool {
	if part == "" {
		return true
	}
	for i := range len(s) - len(part) + 1 {
		if s[i] >= utf8.RuneSelf {
			break
		}
		n := 0
		for n < len(part) && lower(s[i+n]) == lower(part[n]) && part[n] < utf8.RuneSelf {
			n++
		}
		if n == len(part) {
			return true
		}
	}
	if isASCII(s) && isASCII(part) {
		return false
	}
	return strings.Contains(strings.ToLower(s), strings.ToLower(part))
}

// lower is an ASCII letter in lower case.
func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// identity is what is known of an owner, ready to compare.
type identity struct {
	known  bool
	values map[detectors.Kind][]string // canonical
}

// newIdentity prepares what the owner rules know; nil is nothing.
func newIdentity(id *Identity) identity {
	if id == nil {
		return identity{}
	}
	set := identity{known: true, values: map[detectors.Kind][]string{}}
	for kind, values := range map[detectors.Kind][]string{
		detectors.Email: id.Emails, detectors.Phone: id.Phones, detectors.Name: id.Names, detectors.DeviceSerial: id.Serials,
	} {
		for _, v := range values {
			if c := comparable(kind, v); c != "" {
				set.values[kind] = append(set.values[kind], c)
			}
		}
	}
	return set
}

// party says whose f is. An address, number or name that is none of the owner's
// known ones is a third party's. Other kinds tell nothing: an owner has cameras
// and places that nobody registered.
func (id identity) party(f *detectors.Finding) reports.Party {
	kind, value := f.Kind, f.Canonical
	if value == "" {
		value = f.Value
	}
	if kind == detectors.Face {
		kind = detectors.Name
	}
	known := id.values[kind]
	if len(known) == 0 {
		return reports.PartyUnknown
	}
	c := comparable(kind, value)
	switch {
	case c == "":
		return reports.PartyUnknown
	case slices.Contains(known, c):
		return reports.PartyOwner
	case kind == detectors.DeviceSerial:
		return reports.PartyUnknown
	case f.Role == detectors.RoleCopyright && slices.ContainsFunc(known, func(name string) bool { return holds(c, name) }):
		return reports.PartyOwner
	}
	return reports.PartyThird
}

// holds reports whether all words of name are in text, a copyright notice that
// names its holder among years and signs. Both are words in order.
func holds(text, name string) bool {
	words := strings.Fields(text)
	for _, w := range strings.Fields(name) {
		if !slices.Contains(words, w) {
			return false
		}
	}
	return true
}

// comparable is Canonical; of a name its words in order, since "Silva, Ana" is
// "Ana Silva".
func comparable(kind detectors.Kind, value string) string {
	c := Canonical(kind, value)
	if kind != detectors.Name {
		return c
	}
	words := strings.FieldsFunc(c, func(r rune) bool { return r == ' ' || r == ',' })
	slices.Sort(words)
	return strings.Join(words, " ")
}
