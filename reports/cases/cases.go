// Package cases keeps what is done about a person's request: what was asked and
// under which law, how the person was identified, the clocks with their pauses
// and extensions, what was decided, and which letters went out.
//
// Start with New and Folder. A case is one small file, 0600. It holds no value of
// the person: identifiers are fingerprints, and letters are recorded by their
// hash. What the person's name and address are stays where letters are sent from.
//
// The package knows deadlines, no law: the words of letters, and all that they say
// of rights and remedies, stand in templates that an officer can edit.
package cases

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"habeas/reports/subject"
)

// SchemaVersion of a case file.
const SchemaVersion = 1

// Kind is what is asked for.
type Kind string

const (
	Access      Kind = "access"
	Portability Kind = "portability"
	Rectify     Kind = "rectify"
	Erase       Kind = "erase"
	Restrict    Kind = "restrict"
	Object      Kind = "object"
	Disclosures Kind = "disclosures" // what was disclosed for direct marketing: Cal. Civ. 1798.83
)

// Kinds lists every kind.
func Kinds() []Kind {
	return []Kind{Access, Portability, Rectify, Erase, Restrict, Object, Disclosures}
}

// Case is one request.
type Case struct {
	Schema   int    `json:"schema"`
	ID       string `json:"id"`
	Kind     Kind   `json:"kind"`
	Regime   string `json:"regime"` // a name of Regimes
	Received Date   `json:"received"`

	KeyID       string               `json:"key_id,omitempty"` // of the key that the fingerprints were made with
	Identifiers []subject.Identifier `json:"identifiers,omitempty"`
	Sealed      string               `json:"sealed,omitempty"` // the identifiers in the clear, encrypted by age (armored)

	Identity  *Identity  `json:"identity,omitempty"`
	Scope     Scope      `json:"scope,omitzero"`
	Pauses    []Pause    `json:"pauses,omitempty"`
	Extension *Extension `json:"extension,omitempty"`
	Decisions []Decision `json:"decisions,omitempty"`
	Letters   []Letter   `json:"letters,omitempty"`
	Closing   *Closing   `json:"closing,omitempty"`
}

// Identity says how the person was identified. It never holds a copy of a
// document.
type Identity struct {
	Level    string `json:"level"`  // one of Levels
	Method   string `json:"method"` // "answered from the registered address"
	Date     Date   `json:"date"`
	Verifier string `json:"verifier"`
	Agent    string `json:"agent,omitempty"` // how an agent's authority was shown
}

// Levels of identification: for categories of data alone, for the data itself,
// and for erasing it.
const (
	LevelCategories = "categories"
	LevelSpecific   = "specific"
	LevelErasure    = "erasure"
)

// Scope narrows what was asked for. Zero fields narrow nothing.
type Scope struct {
	Sources []string `json:"sources,omitempty"`
	Kinds   []string `json:"kinds,omitempty"`
	From    Date     `json:"from,omitzero"`
	To      Date     `json:"to,omitzero"`
	Note    string   `json:"note,omitempty"`
}

// Pause stops the clock.
type Pause struct {
	From   Date   `json:"from"`
	To     Date   `json:"to,omitzero"` // the day it went on; zero while it stands
	Reason string `json:"reason"`      // identity or clarification
}

// Extension is more time, which the person was told of.
type Extension struct {
	Date   Date   `json:"date"`
	Reason string `json:"reason"`
}

// Decision is about one finding that concerns somebody beside the person.
type Decision struct {
	Finding string `json:"finding"`
	Ground  string `json:"ground"` // one of Grounds
	Reason  string `json:"reason,omitempty"`
	Date    Date   `json:"date"`
	By      string `json:"by"`
}

// Grounds of a Decision.
const (
	Consent      = "consent"     // the other person agreed to disclosure
	Reasonable   = "reasonable"  // disclosure without consent is reasonable; the reason says why
	Redact       = "redact"      // it is masked
	Withhold     = "withhold"    // the whole object stays out
	SomebodyElse = "not-them"    // the finding is about somebody else
	Confirmed    = "is-the-same" // a likely or possible match is about the person
)

// Grounds lists them.
func Grounds() []string {
	return []string{Consent, Reasonable, Redact, Withhold, SomebodyElse, Confirmed}
}

// Letter is one letter that went out.
type Letter struct {
	Name   string `json:"name"`
	Date   Date   `json:"date"`
	SHA256 string `json:"sha256"`
}

// Closing ends a case.
type Closing struct {
	Date    Date   `json:"date"`
	Outcome string `json:"outcome"` // one of Outcomes
	Reason  string `json:"reason,omitempty"`
}

// Outcomes of a case.
func Outcomes() []string {
	return []string{"answered", "refused", "withdrawn", "not-found", "not-identified"}
}

var idForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// ValidID reports whether s can name a case, and so a file.
func ValidID(s string) bool { return idForm.MatchString(s) }

// Check says in a sentence what is wrong with a case; nil if nothing is.
func (c *Case) Check() error {
	switch {
	case c.Schema != SchemaVersion:
		return fmt.Errorf("the case has schema %d, this program knows %d", c.Schema, SchemaVersion)
	case !ValidID(c.ID):
		return errors.New("a case's id has 1 to 64 letters, digits, dots, hyphens and underscores, and begins with a letter or digit")
	case !slices.Contains(Kinds(), c.Kind):
		return fmt.Errorf("the kind of a request is one of %v", Kinds())
	case regimeOf(c.Regime) == nil:
		return fmt.Errorf("the regime is one of %v", RegimeNames())
	case c.Received.IsZero():
		return errors.New("the case lacks the day on which the request was received")
	}
	for i, p := range c.Pauses {
		if p.From.Before(c.Received) || !p.To.IsZero() && p.To.Before(p.From) || p.To.IsZero() && i < len(c.Pauses)-1 {
			return errors.New("a pause ends before it begins, or begins before the request or while another one stands")
		}
	}
	if id := c.Identity; id != nil && !slices.Contains([]string{LevelCategories, LevelSpecific, LevelErasure}, id.Level) {
		return errors.New("the level of identification is categories, specific or erasure")
	}
	return nil
}

// Open reports whether the case is not closed.
func (c *Case) Open() bool { return c.Closing == nil }

// Paused is the pause that stands; nil if none does.
func (c *Case) Paused() *Pause {
	if n := len(c.Pauses); n > 0 && c.Pauses[n-1].To.IsZero() {
		return &c.Pauses[n-1]
	}
	return nil
}

// Verified reports whether the person was identified well enough to be given the
// data itself.
func (c *Case) Verified() bool {
	return c.Identity != nil && (c.Identity.Level == LevelSpecific || c.Identity.Level == LevelErasure)
}

// Pause stops the clock from a day on.
func (c *Case) Pause(from Date, reason string) error {
	r := regimeOf(c.Regime)
	switch {
	case !c.Open():
		return errors.New("the case is closed")
	case c.Paused() != nil:
		return errors.New("the clock stands already")
	case r == nil || !slices.Contains(r.Pauses, reason):
		if r != nil && len(r.Pauses) == 0 {
			return fmt.Errorf("under %s nothing stops the clock", c.Regime)
		}
		return errors.New("the clock stops for identity or clarification alone")
	case from.Before(c.Received):
		return errors.New("the clock can't stop before the request was received")
	}
	if n := len(c.Pauses); n > 0 && from.Before(c.Pauses[n-1].To) {
		return errors.New("the clock still stood on that day")
	}
	c.Pauses = append(c.Pauses, Pause{From: from, Reason: reason})
	return nil
}

// Resume lets the clock go on from a day on.
func (c *Case) Resume(to Date) error {
	p := c.Paused()
	switch {
	case p == nil:
		return errors.New("the clock goes: there is nothing to resume")
	case to.Before(p.From):
		return errors.New("the clock can't go on before it was stopped")
	}
	p.To = to
	return nil
}

// Extend takes more time. It must happen before the first time is over.
func (c *Case) Extend(day Date, reason string, h Holidays) error {
	r := regimeOf(c.Regime)
	switch {
	case !c.Open():
		return errors.New("the case is closed")
	case r == nil || !r.extends():
		return fmt.Errorf("under %s there is no more time to take", c.Regime)
	case c.Extension != nil:
		return errors.New("the time was extended already")
	case reason == "":
		return errors.New("an extension needs a reason, which the person is told")
	}
	for _, d := range c.Clocks(h, day) {
		if d.Name == Answer && d.Due.Before(day) {
			return errors.New("the time is over: it can't be extended any more")
		}
	}
	c.Extension = &Extension{day, reason}
	return nil
}

// Decide records what becomes of one finding; a later decision replaces an
// earlier one.
func (c *Case) Decide(d Decision) error {
	switch {
	case !c.Open():
		return errors.New("the case is closed")
	case d.Finding == "" || !slices.Contains(Grounds(), d.Ground):
		return fmt.Errorf("a decision names a finding and a ground, one of %v", Grounds())
	case d.Ground == Reasonable && d.Reason == "":
		return errors.New("reasonable without consent needs the reason why")
	}
	c.Decisions = slices.DeleteFunc(c.Decisions, func(old Decision) bool { return old.Finding == d.Finding })
	c.Decisions = append(c.Decisions, d)
	return nil
}

// Sent reports whether a letter of this name went out.
func (c *Case) Sent(letter string) bool {
	return slices.ContainsFunc(c.Letters, func(l Letter) bool { return l.Name == letter })
}

// Decided are the findings that were decided on a ground.
func (c *Case) Decided(ground string) []string {
	var ids []string
	for _, d := range c.Decisions {
		if d.Ground == ground {
			ids = append(ids, d.Finding)
		}
	}
	return ids
}

// Close ends the case.
func (c *Case) Close(day Date, outcome, reason string) error {
	switch {
	case !c.Open():
		return errors.New("the case is closed already")
	case !slices.Contains(Outcomes(), outcome):
		return fmt.Errorf("the outcome is one of %v", Outcomes())
	case outcome == "refused" && reason == "":
		return errors.New("a refusal needs a reason, which the person is told")
	}
	c.Closing = &Closing{day, outcome, reason}
	return nil
}

// Date is a day of the calendar, without a zone.
type Date struct{ t time.Time }

// DateOf is the day of t in its zone.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{time.Date(y, m, d, 0, 0, 0, 0, time.UTC)}
}

// ParseDate reads 2026-09-03.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, errors.New("a date is written as 2026-09-03")
	}
	return Date{t}, nil
}

// String gives 2026-09-03; "" for no date.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return d.t.Format(time.DateOnly)
}

// Long gives "3 September 2026".
func (d Date) Long() string { return d.t.Format("2 January 2006") }

// IsZero reports whether d is no date.
func (d Date) IsZero() bool { return d.t.IsZero() }

// Before reports whether d comes before o.
func (d Date) Before(o Date) bool { return d.t.Before(o.t) }

// AddDays gives the day n days later.
func (d Date) AddDays(n int) Date { return Date{d.t.AddDate(0, 0, n)} }

// AddMonths gives the same day n months later, or that month's last day.
func (d Date) AddMonths(n int) Date {
	y, m, day := d.t.Date()
	first := time.Date(y, m+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return Date{first.AddDate(0, 0, min(day, last)-1)}
}

// Sub is the number of days from o to d.
func (d Date) Sub(o Date) int { return int(d.t.Sub(o.t).Hours() / 24) }

// MarshalText implements encoding.TextMarshaler.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Date) UnmarshalText(b []byte) error {
	got, err := ParseDate(string(b))
	*d = got
	return err
}
