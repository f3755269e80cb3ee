// Package phone finds telephone numbers of every region in text: international
// ones ("+44 20 7946 0018", "tel:", "00 44") by their plan alone, national ones
// ("020 7946 0018") where a region is known or a word before them says what they
// are.
//
// A number is looked for in four steps: a vector scan finds clusters of six
// digits or more; a cluster is split into groups at the separators that people
// write in numbers; the longest row of groups that is a valid number of its plan
// is taken; what stands around it decides whether it is one. The plans are those
// of libphonenumber (https://github.com/google/libphonenumber), compiled ahead
// into one automaton over digits, and so are the ways in which its formats group
// them.
package phone

import (
	"sync/atomic"

	"habeas/detectors"
	"habeas/detectors/column"
	"habeas/detectors/digits"
	"habeas/detectors/textscan"
)

// Options says what a detector may assume.
type Options struct {
	// Regions are the countries whose national numbers are expected where a part
	// names none, ISO 3166-1 alpha-2, best first. Unknown ones are ignored.
	Regions []string

	Words *textscan.Lexicon // to share with other detectors; nil for one of its own
}

// Detector finds telephone numbers. Make it with New; it may be used from many
// goroutines.
type Detector struct {
	regions []int16 // places in the table of regions
	words   textscan.Lists
	indexes textscan.Indexes
	starts  [len(regions)]atomic.Pointer[starts] // made when a region is first looked for
}

var _ detectors.Glancer = (*Detector)(nil)

// New makes a detector.
func New(o Options) *Detector {
	d := &Detector{words: o.Words.Join(labelWords, looseWords, otherWords)}
	for _, id := range o.Regions {
		if at := regionOf(id); at >= 0 {
			d.regions = append(d.regions, int16(at))
		}
	}
	return d
}

// Info says what the detector finds.
func (d *Detector) Info() detectors.Info {
	return detectors.Info{
		Name: "phone", Version: 3, Kinds: []detectors.Kind{detectors.Phone},
		Finds:   "telephone numbers of every region, with extensions; numbers reserved for fiction are marked as dummies",
		Example: "+44 20 7946 0018",
	}
}

// MayHold implements detectors.Glancer.
func (*Detector) MayHold(g *detectors.Glance) bool { return g.Digits >= minDigits }

// Detect reports the telephone numbers in p.
func (d *Detector) Detect(p *detectors.Part, found func(detectors.Finding)) error {
	s := scan{detector: d, part: p, found: found}
	s.words, s.begins = textscan.NewReader(d.words), digits.NewBeginnings(hintStart)
	detectors.EachText(p, func(text []byte, tag *detectors.Tag) {
		if len(text) < minDigits {
			return
		}
		ix := d.indexes.Of(p, text, tag)
		defer d.indexes.Done(ix)
		s.reset(text, tag, ix)
		rows := ix.Rows()
		for i := range rows {
			if r := &rows[i]; tag != nil || !s.nothing(r) {
				clusters.In(text, r, s.cluster)
			}
		}
	})
	return nil
}

const (
	minDigits = 6  // of a cluster: nothing shorter is taken for a number
	maxGap    = 5  // bytes between two groups of digits: " – " with an en dash
	maxGroups = 24 // of digits looked at together

	maxNational = 17 // digits of a number without '+', with what is dialled before it
)

// scan is the state of one text.
type scan struct {
	detector *Detector
	part     *detectors.Part
	found    func(detectors.Finding)

	text    []byte
	tag     *detectors.Tag
	table   column.Table
	tabular bool // table is one
	ix      *textscan.Index
	words   textscan.Reader
	begins  digits.Beginnings // of words that speak of telephone numbers
	row     chain             // the groups that are looked at

	headings column.Memory[heading]

	regions   [12]int16 // places in the table of regions, best first
	nRegions  int
	lengthsOf [12]uint32 // of their numbers: bit i for i digits
	startsOf  [12]*starts
	lengths   uint32 // of any of them
	given     int    // how many of them were not guessed from the text
	asked     bool
}

func (s *scan) reset(text []byte, tag *detectors.Tag, ix *textscan.Index) {
	s.text, s.tag, s.asked = text, tag, false
	s.ix = ix
	s.words.Reset(ix)
	s.begins.Reset(ix, text)
	s.table.ResetPart(s.part, text, tag)
	s.tabular = s.table.Any()
}

// clusters are where a number may stand: digits with the marks between groups that
// gapOf knows.
var clusters = digits.NewClusters(true, minDigits, maxGap)
