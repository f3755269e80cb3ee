// Package detectors is the contract between the scanner and the detectors: one
// package per family below this one, listed in detectors/all. A detector looks
// at one Part of an object and reports the personal data that it finds there.
//
// Every detector passes detectors/detectortest.
package detectors

import (
	"time"
	"unsafe"
)

// Kind is what a finding is. The vocabulary is the same in every output.
type Kind string

const (
	GPS            Kind = "gps"   // a position
	Place          Kind = "place" // a named place
	Address        Kind = "address"
	Name           Kind = "name" // Role says its part in the object
	Face           Kind = "face" // a region of the picture that shows a person, named or not
	Email          Kind = "email"
	Phone          Kind = "phone"
	URL            Kind = "url"
	DeviceSerial   Kind = "device_serial"
	IP             Kind = "ip"
	MAC            Kind = "mac"
	UserAgent      Kind = "user_agent"
	CookieID       Kind = "cookie_id"
	PaymentCard    Kind = "payment_card"
	IBAN           Kind = "iban"
	BankAccount    Kind = "bank_account" // that is no IBAN, and the number of its bank
	PaymentTxn     Kind = "payment_txn"
	NationalID     Kind = "national_id"
	Passport       Kind = "passport"
	DrivingLicence Kind = "driving_licence"
	DateOfBirth    Kind = "date_of_birth"
	Credential     Kind = "credential"
	Renamed        Kind = "renamed"     // the object calls itself another type than it is; Value is words of ours
	HiddenCopy     Kind = "hidden_copy" // a copy in the file that may show more than what is seen; Value is words of ours
)

// Kinds lists the vocabulary.
func Kinds() []Kind {
	return []Kind{GPS, Place, Address, Name, Face, Email, Phone, URL, DeviceSerial, IP, MAC, UserAgent, CookieID,
		PaymentCard, IBAN, BankAccount, PaymentTxn, NationalID, Passport, DrivingLicence, DateOfBirth, Credential, HiddenCopy, Renamed}
}

// Roles of a Name.
const (
	RoleCreator   = "creator"   // artist, by-line, photographer
	RoleOwner     = "owner"     // of the camera or the document
	RolePerson    = "person"    // shown or spoken of
	RoleCopyright = "copyright" // holder
	RoleAuthor    = "author"
	RoleEditor    = "editor" // caption writer, last modified by
	RoleSender    = "sender"
	RoleRecipient = "recipient"
	RoleContact   = "contact"
)

// Part is a decoded piece of an object: a metadata block, a text, a page.
// It is valid during the call only, and nobody changes it.
type Part struct {
	Path string // "jpeg/app1/exif", "text", "key"
	Tags []Tag  // decoded fields, in file order; none for running text
	Text []byte // UTF-8; nil for blocks of tags
	Off  int64  // of Text in the object; -1 if it was decoded from something else

	// Pieces are stretches of a decoded Text that stand byte for byte in the content
	// that the format walks, in order of Start and apart from each other; nil where
	// none does, or where all of it does and Off says where.
	Pieces []Piece

	// Lead and Tail are the bytes at the start and the end of Text that only
	// give context, where a long text comes in overlapping chunks. A finding
	// belongs to the chunk in which it starts between them: the scanner drops the
	// others, so that no value is lost or doubled at an edge.
	Lead, Tail int

	// Regions are the likely countries of the object's people as ISO 3166-1
	// alpha-2, best first: from the user, the tenant, or what else the object says.
	Regions []string

	// Cells are the values that Text, or a stretch of it, holds as a table, as
	// records or as a log, in order of Start and apart from each other; nil for
	// text without such structure. The names of their columns are context that
	// stands far from the value. The scanner puts the line and the column of a
	// finding into its path: "csv/line[12]/email".
	Cells []Cell

	// Memo is where detectors keep what they work out about Text, for the next ones
	// to use; nil where each works for itself.
	Memo *Memo
}

// Memo is room for what one detector works out about the Text of a part and others
// can use. Who shows parts gives all detectors of a part the same one, and sets
// Fresh to false for every part. It may be used for one part after another, by one
// goroutine at a time.
type Memo struct {
	Kept  any  // of the helper package that the detectors share
	Fresh bool // Kept speaks of the part that is shown
}

// Piece is a stretch of Part.Text, [Start, End), and where it stands in the content.
type Piece struct {
	Start, End int
	Off        int64
}

// Cell is one value of a table, a record or a log.
type Cell struct {
	Start, End int // byte range in Part.Text, without quotes and blanks around it; never empty

	// Record numbers what the value belongs to, a row or an object, within the
	// part and those that continue it: the values of one person share it. Line is the line
	// of the object in which the value begins, from 1; 0 where it has no lines, as
	// a database, and then Record is the number of the row, from 1.
	Record, Line int

	// Column is the heading, or the path of keys with dots between (those within a
	// key are "_") and "[]" for the items of a list, as written: "E-Mail", "users[].phone". "" where there is none.
	Column string

	// Value is what the cell says where escapes or doubled quotes make that
	// something else than Text[Start:End]; "" where they don't.
	Value string
}

// CellAt is the cell that holds position pos of Text, nil if none does.
func (p *Part) CellAt(pos int) *Cell {
	if i := p.CellNear(pos, 0); i < len(p.Cells) && p.Cells[i].Start <= pos {
		return &p.Cells[i]
	}
	return nil
}

// CellNear is the index of the first cell that ends behind position pos of Text,
// len(p.Cells) if none does. It looks near the cell with the index i first, which
// makes a difference where there are many: the answer to the question before.
func (p *Part) CellNear(pos, i int) int {
	lo, hi := 0, len(p.Cells)
	if i > 0 && i < hi {
		for n := 1; ; n *= 2 {
			if p.Cells[i].End > pos {
				hi = i
				if i -= n; i < lo {
					break
				}
			} else if lo = i + 1; lo == hi {
				break
			} else if i += n; i >= hi {
				break
			}
		}
	}
	for lo < hi {
		m := int(uint(lo+hi) >> 1)
		if p.Cells[m].End <= pos {
			lo = m + 1
		} else {
			hi = m
		}
	}
	return lo
}

// Tag is one decoded field of a metadata block.
type Tag struct {
	Group string    // the table it stands in: IFD0, ExifIFD, GPS, IFD1, IPTC, PNG, meta, tag; XMP for all of XMP
	Name  string    // ExifTool's name where it has one ("GPSLatitude"); for XMP the path with well-known prefixes: "mwg-rs:Regions/mwg-rs:RegionList[1]/mwg-rs:Name", list items from 1
	Value string    // valid UTF-8, trailing NUL and blanks cut
	At    int64     // where Value stands in the content that the format walks, as it is, from 1; 0 where it doesn't or that is not known
	Nums  []float64 // the numbers of a numeric field; a rational with denominator 0 is NaN
}

// Finding is one personal datum of one kind at one place in one part.
type Finding struct {
	Kind      Kind
	Role      string // of a Name: one of the Role constants
	Value     string // as it stands, in the clear; "" for an unnamed face, for a position, and for a secret that no output may hold
	Canonical string // the form that equal values share (E.164, lower-case domain); "" means Value
	Tag       string // Tag.Name; "" if found in Text
	Start     int    // byte range in Part.Text, [Start, End); both 0 if found in a tag
	End       int

	Confidence float64 // 0 to 1; below 0.4 nothing is reported
	Why        string  // for an officer: "Luhn valid; 'card no.' 3 words before". Quotes words of ours or of the text's context, never the value
	Rule       string  // the rule inside the detector, for suppressions: "mwg-region"

	Dummy   bool // a test or documentation value: reported and marked, not counted
	Invalid bool // a value that claims to be of Kind and can't be one (GPS 0,0): never counted as a Kind

	Position *Position // of a GPS
	Box      *Box      // of a Face, and of what is read from the pixels of a picture
	Quad     *Quad     // of what is read from the pixels of a picture; Box is around it
	Doubtful bool      // some characters of Value may be others that look like them
}

// Position is a place on Earth, WGS 84.
type Position struct {
	Lat, Lon  float64   // degrees, north and east positive, in range
	Altitude  *float64  // metres, above sea level; nil if unknown
	Time      time.Time // of the fix, UTC; zero if unknown
	Precision float64   // metres that the notation can tell apart, or the receiver's own error if it says; 0 if unknown
}

// Box is a rectangle in shares of the stored image, before EXIF orientation is
// applied; X and Y are its top left corner.
type Box struct {
	X, Y, W, H float64
}

// Point is a place in a picture, in shares of the stored image, as Box.
type Point struct{ X, Y float64 }

// Quad is a rectangle that need not be upright: the corners of a piece of text,
// from the start of its upper edge and clockwise as the text is read.
type Quad [4]Point

// Bounds is the upright rectangle around q.
func (q Quad) Bounds() Box {
	lo, hi := q[0], q[0]
	for _, p := range q[1:] {
		lo = Point{min(lo.X, p.X), min(lo.Y, p.Y)}
		hi = Point{max(hi.X, p.X), max(hi.Y, p.Y)}
	}
	return Box{lo.X, lo.Y, hi.X - lo.X, hi.Y - lo.Y}
}

// Cut is the piece of q between two shares of its length.
func (q Quad) Cut(from, to float64) Quad {
	along := func(a, b Point, t float64) Point { return Point{a.X + (b.X-a.X)*t, a.Y + (b.Y-a.Y)*t} }
	return Quad{along(q[0], q[1], from), along(q[0], q[1], to), along(q[3], q[2], to), along(q[3], q[2], from)}
}

// Detector finds data of one family. Methods are called from many goroutines.
type Detector interface {
	Info() Info
	// Detect reports what p holds, in no particular order. It keeps nothing of p
	// and changes nothing in it. An error says that the detector could not look
	// at all of p; it never quotes the text.
	Detect(p *Part, found func(Finding)) error
}

// Selector is an optional ability of a Detector that judges fields by their
// names: a photo has hundreds, of which it can use a few. The scanner remembers
// the answers, shows Detect the fields that are selected, in their order, and
// does not call it for a part that has neither one nor Text.
type Selector interface {
	Detector
	// Selects tells whether a field of this group and name can matter to Detect,
	// whatever its value. The answer never changes.
	Selects(group, name string) bool
}

// ValueSelector is an optional ability of a Selector that knows some values by
// their form: it is asked about the fields that Selects refuses.
type ValueSelector interface {
	Selector
	SelectsValue(value string) bool
}

// Info is what a detector says of itself; tables in the README and `habeas
// detectors` are made from it.
type Info struct {
	Name    string // the package's name: "email"
	Version int    // raised whenever the detector would find something else: stored objects are then read again
	Kinds   []Kind
	Finds   string // one line, plain words
	Example string // a made-up value, or tag
}

// EachText calls fn for the running text of p and for the value of each tag. tag
// is nil for the running text. It saves detectors of text the difference.
func EachText(p *Part, fn func(text []byte, tag *Tag)) {
	if len(p.Text) > 0 {
		fn(p.Text, nil)
	}
	for i := range p.Tags {
		if t := &p.Tags[i]; t.Value != "" {
			// The bytes of the string itself: a copy for each tag and detector would
			// be most of what a clean photo costs. Detectors change nothing.
			fn(unsafe.Slice(unsafe.StringData(t.Value), len(t.Value)), t)
		}
	}
}
