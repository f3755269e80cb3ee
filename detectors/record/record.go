// Package record finds what only the structure of data shows: names, postal
// addresses, passwords, positions, payments and more in the columns of tables and
// the keys of records that are for them. It looks at parts with cells (CSV, JSON,
// XML, databases, logs) and at nothing else.
//
// A heading alone is a promise that values break, and a common word such as
// "name" may mean a thing. So a value must look like what its column promises, and
// doubtful columns count in records of people only: those with an e-mail
// address, a phone number, a date of birth or the like.
//
// The value of a password is never handed out: the finding says that it is there.
package record

import (
	"bytes"
	"strings"
	"unsafe"

	"habeas/detectors"
	"habeas/detectors/column"
)

// Detector finds data by columns. The zero value is ready.
type Detector struct{}

var _ detectors.Detector = (*Detector)(nil)

// New makes the detector.
func New() *Detector { return &Detector{} }

// Info implements detectors.Detector.
func (*Detector) Info() detectors.Info {
	return detectors.Info{
		Name:    "record",
		Version: 2,
		Kinds: []detectors.Kind{detectors.Name, detectors.Address, detectors.Place, detectors.Credential, detectors.GPS, detectors.PaymentTxn,
			detectors.Phone, detectors.UserAgent, detectors.CookieID, detectors.DeviceSerial},
		Finds:   "names, addresses, passwords, positions, payments and identifiers by the column or the key that they stand under",
		Example: "last_name;first_name;city",
	}
}

// Detect implements detectors.Detector. It never fails.
func (*Detector) Detect(p *detectors.Part, found func(detectors.Finding)) error {
	if len(p.Cells) == 0 {
		return nil
	}
	s := scan{part: p, found: found, kinds: map[*byte]kind{}}
	for i := 0; i < len(p.Cells); {
		end := i + 1
		for end < len(p.Cells) && p.Cells[end].Record == p.Cells[i].Record {
			end++
		}
		s.record(i, end)
		i = end
	}
	return nil
}

// kind is what is known of a column.
type kind struct {
	means  column.Meaning
	parent string // the path of keys above, "" of a heading
	thing  bool   // a column that records of things have
	money  bool   // it names the currency of an amount
}

// known is a column that was looked up.
type known struct {
	key  *byte
	kind kind
}

// scan is one look at one part.
type scan struct {
	part   *detectors.Part
	found  func(detectors.Finding)
	kinds  map[*byte]kind // by the bytes of the column's name, which cells share
	recent []known        // the columns of the record before, in order: most records have the same
	at     int            // in recent
	fields []entry        // of the record that is looked at: those that mean something
	person int            // columns of the record that only people have
	things int            // columns that only things have
	means  meanings       // of all fields
	parts  []*entry       // of the address that is looked at
}

// meanings is a set of them.
type meanings uint64

func setOf(list ...column.Meaning) (all meanings) {
	for _, m := range list {
		all |= 1 << m
	}
	return all
}

func (s meanings) has(m column.Meaning) bool { return s>>m&1 != 0 }

// any reports whether one of others is in s.
func (s meanings) any(others meanings) bool { return s&others != 0 }

// entry is a cell whose column means something.
type entry struct {
	*detectors.Cell
	kind
	at   int // of the cell in the part
	done bool
}

// tells reports whether a value is at all like what its column promises, so that
// it says something of the record.
func (s *scan) tells(c *detectors.Cell, m column.Meaning) bool {
	b := s.part.Text[c.Start:c.End]
	switch m {
	case column.Email:
		return bytes.IndexByte(b, '@') > 0
	case column.Phone, column.Birth:
		return bytes.ContainsAny(b, "0123456789")
	}
	return len(b) > 1
}

// maxFields bounds the fields of one record that are compared with each other.
const maxFields = 512

// record looks at the cells [from, to).
func (s *scan) record(from, to int) {
	s.fields, s.means, s.person, s.things, s.at = s.fields[:0], 0, 0, 0, 0
	for i := from; i < to; i++ {
		c := &s.part.Cells[i]
		k := s.kindOf(c.Column)
		if k.thing {
			s.things++
		}
		if k.means == column.Nothing {
			continue
		}
		if k.means.Person() && s.tells(c, k.means) {
			s.person++
		}
		s.fields = append(s.fields, entry{Cell: c, kind: k, at: i})
		s.means |= 1 << k.means
		if len(s.fields) == maxFields {
			s.settle()
			s.fields, s.means = s.fields[:0], 0
		}
	}
	if len(s.fields) > 0 {
		s.settle()
	}
}

// settle looks at the fields of a record, first at those that go together.
func (s *scan) settle() {
	if s.means.has(column.FirstName) && s.means.has(column.LastName) {
		s.names()
	}
	if s.means.any(postalParts) {
		s.addresses()
	}
	if s.means.any(places) {
		s.positions()
	}
	if s.means.has(column.Amount) && s.means.has(column.Date) && s.means.any(parties) {
		s.payment()
	}
	for i := range s.fields {
		if f := &s.fields[i]; !f.done {
			s.single(f)
		}
	}
}

// single looks at a field on its own.
func (s *scan) single(f *entry) {
	switch f.means {
	case column.FullName, column.Name, column.Account, column.Sender, column.Recipient, column.Author, column.Contact, column.Holder, column.FirstName, column.LastName:
		s.name(f)
	case column.Postal:
		s.postal(f)
	case column.Password, column.Secret:
		s.secret(f)
	case column.Phone:
		s.phone(f)
	case column.Position:
		s.pair(f)
	case column.UserAgent:
		s.userAgent(f)
	case column.Cookie:
		s.cookie(f)
	case column.Serial:
		s.serial(f)
	}
}

// kindOf looks a column up, once for each.
func (s *scan) kindOf(name string) kind {
	if name == "" {
		return kind{}
	}
	key := unsafe.StringData(name)
	at := s.at
	s.at++
	if at < len(s.recent) && s.recent[at].key == key {
		return s.recent[at].kind
	}
	k, ok := s.kinds[key]
	if !ok {
		k = s.lookUp(name)
		if len(s.kinds) < maxColumns {
			s.kinds[key] = k
		}
	}
	switch {
	case at < len(s.recent):
		s.recent[at] = known{key, k}
	case at == len(s.recent) && at < maxFields:
		s.recent = append(s.recent, known{key, k})
	}
	return k
}

func (*scan) lookUp(name string) kind {
	k := kind{means: column.Means(name)}
	if i := strings.LastIndexByte(name, '.'); i > 0 {
		k.parent = name[:i]
	}
	k.thing = k.means == column.Nothing && things[strings.ToLower(column.Leaf(name))]
	k.money = k.means == column.Amount && inCurrency(name)
	return k
}

// maxColumns bounds the columns that are remembered.
const maxColumns = 16 << 10

// things are columns of records that have a name and are about no person.
var things = set(`price|sku|quantity|qty|stock|version|license|licence|dependencies|filename|file_name|filesize|file_size|path|mimetype|mime_type|content_type|url|href|src|color|colour|weight|width|height|isbn|ean|upc|asin|manufacturer|brand|model|category|population|area|capital|iso|iso2|iso3|continent|elevation|icao|iata|latitude|preis|menge|artikelnummer|prix|quantité|precio|cantidad|type|kind|namespace|image|command|script|function|class|method|module|package|unit|units|default|required|datatype|data_type|format`)

func set(list string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.SplitSeq(list, "|") {
		m[w] = true
	}
	return m
}

// value is what a cell says, during the call only: most values are looked at and
// left.
func (s *scan) value(c *detectors.Cell) string {
	if c.Value != "" {
		return c.Value
	}
	b := s.part.Text[c.Start:c.End]
	return unsafe.String(unsafe.SliceData(b), len(b)) // nobody changes it
}

// report hands out a finding that stands in a cell.
func (s *scan) report(c *detectors.Cell, f detectors.Finding) {
	f.Start, f.End = c.Start, c.End
	s.give(f)
}

// give hands out a finding with copies of what value gave.
func (s *scan) give(f detectors.Finding) {
	f.Value, f.Canonical = strings.Clone(f.Value), strings.Clone(f.Canonical)
	s.found(f)
}

// neighbours reports whether no other cell stands between two fields.
func neighbours(a, b *entry) bool { return b.at == a.at+1 }
