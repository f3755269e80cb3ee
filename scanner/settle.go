package scanner

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"habeas/detectors"
)

// One run of digits can be a card, an account or a phone, not all of them. The
// detectors don't know of each other, so their claims are settled here, part by
// part: of two overlapping findings of competing kinds the surer one stays, if
// it covers more than half of the other.
//
//	card 4111 1111 1111 1111     payment_card 0.95   stays
//	     4111 1111 11            phone 0.5           goes: all of it lies in the card
//
// E-mail addresses, URLs and names compete with no other kind: an address may
// well hold a phone number. Of two findings of one kind in a text, where one
// holds the other, the longer stays: the shorter is what can be seen of it
// through an encoding, or a name without its surname.
var competing = map[detectors.Kind]bool{
	detectors.PaymentCard: true,
	detectors.IBAN:        true,
	detectors.BankAccount: true,
	detectors.NationalID:  true,
	detectors.Passport:    true,
	detectors.Phone:       true,
	detectors.IP:          true,
	detectors.GPS:         true,
	detectors.MAC:         true,
}

// maxSettle bounds how many neighbours a finding is compared with. More of them
// in one tag or over one run of digits come from no real upload.
const maxSettle = 256

// settler settles one part after the other. The zero settler is ready.
type settler struct {
	order []spot
	kept  []*Found
	lost  []bool
}

// spot is a finding with what its place is compared by first: its start, or, of one
// in a tag, more than any start.
type spot struct {
	start int
	at    int // among the findings as they came
	f     *Found
}

// settle drops what loses, and all but the surest of equal findings, from the
// findings of one part. The order of what is left is tag, start, end, kind; it is
// valid until the next call, and points into fs.
func (s *settler) settle(fs []Found) []*Found {
	s.sort(fs)
	kept := hideSecrets(s.kept)
	s.lost = append(s.lost[:0], make([]bool, len(kept))...)
	any := false
	for i, f := range kept {
		a := &f.Finding
		for j := i + 1; j < min(len(kept), i+maxSettle); j++ {
			b := &kept[j].Finding
			if a.Tag == "" && b.Start >= a.End || a.Tag != b.Tag {
				break
			}
			switch {
			case beats(a, b):
				s.lost[j], any = true, true
			case beats(b, a):
				s.lost[i], any = true, true
			}
		}
	}
	if !any {
		return kept
	}
	n := 0
	for i, f := range kept {
		if !s.lost[i] {
			kept[n] = f
			n++
		}
	}
	return kept[:n]
}

// sort puts the findings into kept by place, each once.
func (s *settler) sort(fs []Found) {
	s.order, s.kept = s.order[:0], s.kept[:0]
	sorted := true
	for i := range fs {
		p := spot{fs[i].Start, i, &fs[i]}
		if fs[i].Tag != "" {
			p.start = math.MaxInt
		}
		sorted = sorted && (i == 0 || bySpot(s.order[i-1], p) < 0)
		s.order = append(s.order, p)
	}
	if !sorted {
		slices.SortFunc(s.order, bySpot)
	}
	for _, p := range s.order {
		if n := len(s.kept); n > 0 && samePlaceAndValue(s.kept[n-1], p.f) {
			continue
		}
		s.kept = append(s.kept, p.f)
	}
}

// forget lets go of what the last part held.
func (s *settler) forget() {
	clear(s.order)
	clear(s.kept)
}

func bySpot(a, b spot) int {
	if a.start != b.start {
		return cmp.Compare(a.start, b.start)
	}
	return cmp.Or(byPlace(a.f, b.f), cmp.Compare(a.at, b.at))
}

// beats reports whether a is why b can't be what it claims.
func beats(a, b *detectors.Finding) bool {
	switch {
	case a.Invalid:
		return false
	case a.Kind == b.Kind:
		return a.Tag == "" && a.Start <= b.Start && b.End <= a.End && a.End-a.Start > b.End-b.Start && b.End > b.Start
	case !competing[a.Kind] || !competing[b.Kind] || a.Confidence <= b.Confidence:
		return false
	}
	if a.Tag != "" {
		// A finding in a tag has no range; its value stands as it is in the tag.
		return b.Value != "" && strings.Contains(a.Value, b.Value)
	}
	common := min(a.End, b.End) - max(a.Start, b.Start)
	return 2*common > b.End-b.Start
}

// hideSecrets drops what overlaps a secret whose value no output may hold: a
// password that looks like an e-mail address would get out as one. fs is in order
// of place.
func hideSecrets(fs []*Found) []*Found {
	var secrets []*Found
	for _, f := range fs {
		if secret(&f.Finding) {
			secrets = append(secrets, f)
		}
	}
	if secrets == nil {
		return fs
	}
	next := 0 // secrets before it end before everything that follows
	return slices.DeleteFunc(fs, func(f *Found) bool {
		if secret(&f.Finding) {
			return false
		}
		for next < len(secrets) && before(secrets[next], f) {
			next++
		}
		if next == len(secrets) {
			return false
		}
		s := secrets[next]
		return s.Tag == f.Tag && (f.Tag != "" || s.Start < f.End)
	})
}

// before reports whether all of secret s stands before f starts.
func before(s, f *Found) bool {
	if s.Tag != f.Tag {
		return s.Tag < f.Tag
	}
	return f.Tag == "" && s.End <= f.Start
}

// secret reports whether f is one whose value no output may hold.
func secret(f *detectors.Finding) bool { return f.Kind == detectors.Credential && f.Value == "" }

// byPlace is the order of findings within a part. Of equal findings the surest
// comes first.
func byPlace(a, b *Found) int {
	if a.Tag != b.Tag {
		return strings.Compare(a.Tag, b.Tag)
	}
	return cmp.Or(
		cmp.Compare(a.Start, b.Start),
		cmp.Compare(a.End, b.End),
		strings.Compare(string(a.Kind), string(b.Kind)),
		strings.Compare(a.Role, b.Role),
		strings.Compare(a.Value, b.Value),
		compareBoxes(a.Box, b.Box),
		comparePositions(a.Position, b.Position),
		-cmp.Compare(a.Confidence, b.Confidence),
		strings.Compare(a.Detector, b.Detector),
		strings.Compare(a.Rule, b.Rule),
	)
}

// samePlaceAndValue reports whether two detectors, or two rules of one, found
// the same thing.
func samePlaceAndValue(a, b *Found) bool {
	return a.Start == b.Start && a.Tag == b.Tag && a.End == b.End && a.Kind == b.Kind && a.Role == b.Role &&
		a.Value == b.Value && compareBoxes(a.Box, b.Box) == 0 && comparePositions(a.Position, b.Position) == 0
}

func compareBoxes(a, b *detectors.Box) int {
	if a == nil || b == nil {
		return compareNil(a == nil, b == nil)
	}
	return cmp.Or(cmp.Compare(a.X, b.X), cmp.Compare(a.Y, b.Y), cmp.Compare(a.W, b.W), cmp.Compare(a.H, b.H))
}

func comparePositions(a, b *detectors.Position) int {
	if a == nil || b == nil {
		return compareNil(a == nil, b == nil)
	}
	return cmp.Or(cmp.Compare(a.Lat, b.Lat), cmp.Compare(a.Lon, b.Lon), a.Time.Compare(b.Time))
}

func compareNil(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}
