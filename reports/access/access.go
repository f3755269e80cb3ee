// Package access makes the package that a person gets who asked for their data:
// a plain answer, the data in machine-readable form, and copies of the files,
// with other people made unrecognisable.
//
// Start with Write. It reads each object twice: first to learn which values are
// other people's, then to write the copies. What it writes is looked at again
// with the same detectors, and searched for every one of those values: if one is
// left, nothing is sealed and a *Leak names the place. No value stays anywhere
// but in what is written.
//
// By default whatever is not known to be the person's is covered. Labels such as
// "Person 2" are random for each package, so that two packages can't be joined.
// Kinds that can be misused (payment cards, identity documents, credentials) are
// named and never shown.
package access

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"habeas/reports"
)

// SchemaVersion of the files in a package.
const SchemaVersion = 1

// Config says what goes into a package. Source, Check, Strip, Render, Never and
// Shuffle are needed.
type Config struct {
	Tool       string
	Case       string
	Regime     string    // in words
	Request    string    // in words
	AsOf       time.Time // of the record
	Portable   bool      // only what the person provided, without what was concluded from it (GDPR, Article 20)
	Controller Controller
	Coverage   *reports.Summary
	Objects    []Object          // in the order in which they are listed
	Mine       map[string]bool   // fingerprints of the person's own values
	Release    map[string]bool   // ids of findings that an officer decided to show
	Cover      map[string]bool   // ids of findings that an officer decided to cover
	Withhold   map[string]string // objects that stay out, by Ref, and why
	DropLeaks  bool              // keep a copy out that would show somebody else, instead of stopping

	Source  Source
	Check   Checker
	Strip   Stripper
	Render  Renderer
	Never   func(kind string) bool           // kinds that are never shown
	Shuffle func(n int, swap func(i, j int)) // random; for the labels
}

// Controller is who answers. Empty fields are left out.
type Controller struct {
	Name      string `json:"name,omitempty"`
	Officer   string `json:"officer,omitempty"`
	Contact   string `json:"contact,omitempty"`
	Authority string `json:"authority,omitempty"`
	// Information is what a person is told beside the data: purposes, recipients,
	// periods, rights.
	Information []Section `json:"information,omitempty"`
}

// Section is a group of statements.
type Section struct {
	Title string `json:"title"`
	Items []Item `json:"items"`
}

// Item is one statement. A gap is still to be completed.
type Item struct {
	Label string `json:"label"`
	Text  string `json:"text"`
	Gap   bool   `json:"gap,omitempty"`
}

// Shown is the text, or the mark of a gap.
func (i Item) Shown() string {
	if i.Gap {
		return "[officer to complete]"
	}
	return i.Text
}

// Gaps counts what is still to be completed.
func (c *Controller) Gaps() int {
	n := 0
	for _, s := range c.Information {
		for _, i := range s.Items {
			if i.Gap {
				n++
			}
		}
	}
	return n
}

// Object is one object of the package.
type Object struct {
	Entry   *reports.Entry
	Own     bool            // an upload of the person's account
	Matched map[string]bool // ids of the findings about the person; for objects of others
	Copy    bool            // hand a covered copy out although the object is another's
}

// Ref names an object in Config.Withhold.
func Ref(e *reports.Entry) string { return e.Source + "\x00" + e.Key + "\x00" + e.Version }

// Source opens the objects of the record again.
type Source interface {
	// Open gives the object of e, at exactly the version of the record, with its
	// values if they are asked for.
	Open(ctx context.Context, e *reports.Entry, values bool) (Opened, error)
}

// Opened is one object that was opened again.
type Opened interface {
	io.ReaderAt
	io.Closer
	Size() int64
	// Value is what a finding says, in the clear; ok is false if it was not found
	// again.
	Value(id string) (v Value, ok bool)
}

// Value is a personal datum in the clear.
type Value struct {
	Text     string
	Position *reports.Position
	// Person is the same for the spellings of one name, and for a name in a text
	// and on a face: they get one label. "" where nothing joins.
	Person string
}

// Checker looks at bytes as a scan would.
type Checker interface {
	Check(ctx context.Context, content io.ReaderAt, size int64) ([]Found, error)
}

// Found is what a Checker finds.
type Found struct {
	Kind, Fingerprint, Variant string
	Text                       string // in the clear
	Part, Tag                  string
	Invalid                    bool
}

// Stripper takes findings out of a file without touching anything else.
type Stripper interface {
	// Strip gives content without these findings. It fails where that can't be
	// done; the error is for a person and quotes nothing.
	Strip(ctx context.Context, e *reports.Entry, content io.ReaderAt, size int64, drop []*reports.Finding) (io.ReaderAt, int64, error)
}

// Renderer makes copies that are no longer the file itself. Its errors are for a
// person and quote nothing.
type Renderer interface {
	// Cover gives a picture coded anew, turned as it is shown, without metadata and
	// with boxes filled, and its MIME type, which need not be the one before.
	Cover(ctx context.Context, e *reports.Entry, content io.ReaderAt, size int64, boxes []reports.Box) (picture []byte, mime string, err error)
	// Text gives the text of a document, all of it.
	Text(ctx context.Context, e *reports.Entry, content io.ReaderAt, size int64) ([]byte, error)
}

// Outcome counts what went into a package.
type Outcome struct {
	Objects    int `json:"objects"`        // listed
	Own        int `json:"own_objects"`    // of these, uploads of the person's accounts
	Copies     int `json:"copies"`         // files handed out
	Covered    int `json:"covered_copies"` // of these, changed to cover others
	Withheld   int `json:"without_copy"`   // objects without a copy
	Values     int `json:"values"`         // shown
	Hidden     int `json:"covered"`        // findings of other people, covered
	NeverShown int `json:"never_shown"`    // findings of kinds that are never shown
	Missing    int `json:"not_found"`      // findings that were not found again
	Positions  int `json:"positions"`      // in locations.geojson
	People     int `json:"other_people"`   // other people with a label
}

// Leak says that something would have been handed out that must not be. It names
// the place, not the value.
type Leak struct {
	Member string // of the package
	Object string // key of the object; "" for a file that is no copy
	Part   string // where in it; "" if it was found by its bytes
	Kind   string
}

func (l *Leak) Error() string {
	where := "a value"
	if l.Part != "" {
		where = "at " + reports.Show(l.Part)
	}
	of := ""
	if l.Object != "" {
		of = " (" + reports.Show(l.Object) + ")"
	}
	return fmt.Sprintf("%s%s: %s, a %s of somebody else", l.Member, of, where, l.Kind)
}

// Leaks are all copies that would have shown somebody else.
type Leaks []*Leak

// maxLeaks bounds how many are named.
const maxLeaks = 20

func (l Leaks) Error() string {
	var all []string
	for _, one := range l[:min(len(l), maxLeaks)] {
		all = append(all, one.Error())
	}
	if n := len(l) - len(all); n > 0 {
		all = append(all, fmt.Sprintf("and %d more", n))
	}
	return strings.Join(all, "; ")
}

// ErrNothing says that there is nothing to hand out.
var ErrNothing = errors.New("there is nothing to hand out")

// Write writes the package as a ZIP archive. With an error, a *Leak or Leaks among
// them, what was written is no package and must be thrown away.
func Write(ctx context.Context, w io.Writer, c Config) (*Outcome, error) {
	if len(c.Objects) == 0 {
		return nil, ErrNothing
	}
	b := &builder{Config: c, allowed: map[string]bool{}, hidden: map[string]string{}, labels: map[string]string{}}
	b.decide()
	if err := b.learn(ctx); err != nil {
		return nil, err
	}
	b.coverPlaces()
	b.label()
	b.archive = newArchive(w, c.AsOf)
	for i := range b.items {
		if err := b.copyOf(ctx, &b.items[i]); err != nil {
			return nil, err
		}
	}
	if len(b.leaks) > 0 {
		return nil, b.leaks
	}
	if err := b.describe(ctx); err != nil {
		return nil, err
	}
	return &b.out, b.archive.close()
}

// builder is one Write.
type builder struct {
	Config
	items   []item
	allowed map[string]bool   // fingerprints that may stand in a copy
	hidden  map[string]string // fingerprints that must not, and their kind
	secrets []secret          // values that must not, in the clear
	labels  map[string]string // by person
	search  *search
	archive *archive
	out     Outcome
	redact  []redaction
	leaks   Leaks
	ours    []byte // see vocabulary
}

// item is one object under way.
type item struct {
	*Object
	number int
	treat  []treatment // by finding
	values []Value     // by finding
	missed []bool      // by finding
	file   string      // of the copy in the package
	sum    string
	size   int64
	state  string // original, covered or none
	why    string // there is no copy, or what was covered
}

// treatment is what becomes of a finding.
type treatment int

const (
	show  treatment = iota
	cover           // other people's
	never           // never shown, whoever's it is
	drop            // no personal datum: a note, an invalid value
)

// secret is a value that must not get out.
type secret struct {
	text, kind, person, label string
}

// personal are the kinds that are taken for somebody else's unless they are
// known to be the person's.
func personal(kind string) bool {
	return slices.Contains([]string{"email", "phone", "name", "face", "address", "date_of_birth", "cookie_id", "payment_txn"}, kind)
}

// decide settles what becomes of each finding, by the record alone.
func (b *builder) decide() {
	for i := range b.Objects {
		o := &b.Objects[i]
		it := item{Object: o, number: i + 1, treat: make([]treatment, len(o.Entry.Findings)), values: make([]Value, len(o.Entry.Findings)),
			missed: make([]bool, len(o.Entry.Findings))}
		others := b.madeByOthers(o)
		for k := range o.Entry.Findings {
			it.treat[k] = b.treat(o, &o.Entry.Findings[k], others)
		}
		b.items = append(b.items, it)
	}
	// A value that is the person's in one place is so everywhere, and the other way
	// round: what is covered once is covered in every copy.
	for i := range b.items {
		b.mark(&b.items[i])
	}
}

func (b *builder) mark(it *item) {
	for k := range it.treat {
		f := &it.Entry.Findings[k]
		for _, print := range []string{f.Fingerprint, f.Variant} {
			switch {
			case print == "":
			case it.treat[k] == show && print == f.Fingerprint:
				b.allowed[print] = true
			case (it.treat[k] == cover || it.treat[k] == never) && !b.Mine[print]:
				b.hidden[print] = f.Kind
			}
		}
	}
}

// madeByOthers reports whether somebody else made the file: its camera and places
// are then theirs.
func (b *builder) madeByOthers(o *Object) bool {
	return slices.ContainsFunc(o.Entry.Findings, func(f reports.Finding) bool {
		maker := f.Kind == "name" && slices.Contains([]string{"creator", "owner", "author", "sender"}, f.Role)
		return maker && f.Party == reports.PartyThird && !b.mine(&f)
	})
}

func (b *builder) mine(f *reports.Finding) bool {
	return b.Mine[f.Fingerprint] && f.Fingerprint != "" || b.Release[f.ID]
}

func (b *builder) treat(o *Object, f *reports.Finding, others bool) treatment {
	switch {
	case f.Invalid || f.Note():
		return drop
	case b.Never(f.Kind):
		return never
	case b.Cover[f.ID]:
		return cover
	case b.Release[f.ID]:
		return show
	case !o.Own:
		if o.Matched[f.ID] {
			return show
		}
		return cover
	case b.mine(f) || f.Party == reports.PartyOwner:
		return show
	case f.Party == reports.PartyThird, personal(f.Kind):
		return cover
	case others && slices.Contains([]string{"gps", "place", "device_serial"}, f.Kind):
		return cover
	}
	return show
}

// learn reads all values, so that every copy can be searched for each of them.
func (b *builder) learn(ctx context.Context) error {
	for i := range b.items {
		if err := b.learnOne(ctx, &b.items[i]); err != nil {
			return err
		}
	}
	return nil
}

func (b *builder) learnOne(ctx context.Context, it *item) error {
	if len(it.treat) == 0 {
		return nil
	}
	o, err := b.Source.Open(ctx, it.Entry, true)
	if err != nil {
		return err
	}
	defer o.Close()
	for k := range it.treat {
		f := &it.Entry.Findings[k]
		v, ok := o.Value(f.ID)
		it.missed[k] = !ok
		switch it.treat[k] {
		case show:
			it.values[k] = v
		case cover, never:
			it.values[k] = Value{Person: v.Person}
			if ok && v.Text != "" && (f.Fingerprint == "" || !b.allowed[f.Fingerprint]) {
				s := secret{text: v.Text, kind: f.Kind}
				if it.Own || it.Copy {
					s.person = b.personOf(f, v) // who else is in others' uploads gets no label: nothing is said of them
				}
				b.secrets = append(b.secrets, s)
			}
		}
	}
	return nil
}

// coverPlaces covers what is shown as a place and covered as somebody's address: a
// street stands in fields of both kinds.
func (b *builder) coverPlaces() {
	addresses := map[string]bool{}
	plain := func(s string) string { return strings.ToLower(strings.TrimSpace(s)) }
	for _, s := range b.secrets {
		if s.kind == "address" {
			addresses[plain(s.text)] = true
		}
	}
	for i := range b.items {
		it := &b.items[i]
		for k := range it.treat {
			f := &it.Entry.Findings[k]
			if it.treat[k] != show || f.Kind != "place" || b.mine(f) || !addresses[plain(it.values[k].Text)] {
				continue
			}
			it.treat[k], it.values[k] = cover, Value{}
			if f.Fingerprint != "" {
				delete(b.allowed, f.Fingerprint)
				b.hidden[f.Fingerprint] = f.Kind
			}
		}
	}
}

// personOf joins what is said of one person.
func (b *builder) personOf(f *reports.Finding, v Value) string {
	switch {
	case v.Person != "":
		return "name " + v.Person
	case f.Fingerprint != "":
		return f.Kind + " " + f.Fingerprint
	}
	return ""
}

// label gives the other people their labels, in random order.
func (b *builder) label() {
	var people []string
	seen := map[string]bool{}
	for _, s := range b.secrets {
		if s.person != "" && !seen[s.person] && !b.Never(s.kind) {
			seen[s.person] = true
			people = append(people, s.person)
		}
	}
	slices.Sort(people)
	b.Shuffle(len(people), func(i, j int) { people[i], people[j] = people[j], people[i] })
	for i, p := range people {
		b.labels[p] = fmt.Sprintf("Person %d", i+1)
	}
	b.out.People = len(people)
	b.secrets = b.withoutOwn()
	for i := range b.secrets {
		b.secrets[i].label = b.labels[b.secrets[i].person]
	}
	b.search = newSearch(b.secrets)
}

// withoutOwn are the secrets that are no piece of what the person is shown: to
// cover the family name of another would cover the person's own.
func (b *builder) withoutOwn() []secret {
	var shown strings.Builder
	for i := range b.items {
		for k, v := range b.items[i].values {
			if b.items[i].treat[k] == show {
				shown.WriteString(strings.ToLower(v.Text) + "\n")
			}
		}
	}
	own := shown.String()
	return slices.DeleteFunc(b.secrets, func(s secret) bool { return strings.Contains(own, strings.ToLower(strings.TrimSpace(s.text))) })
}
