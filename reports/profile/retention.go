package profile

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"habeas/reports"
)

// period is a length of time by the calendar.
type period struct{ years, months, days int }

var errPeriod = errors.New("no period")

// parsePeriod reads "30 days", "6 weeks", "1 month" or "2 years".
func parsePeriod(s string) (period, error) {
	count, unit, ok := strings.Cut(s, " ")
	n, err := strconv.Atoi(count)
	if !ok || err != nil || n < 1 || n > 99_999 || strconv.Itoa(n) != count {
		return period{}, errPeriod
	}
	switch strings.TrimSuffix(unit, "s") {
	case "day":
		return period{days: n}, nil
	case "week":
		return period{days: 7 * n}, nil
	case "month":
		return period{months: n}, nil
	case "year":
		return period{years: n}, nil
	}
	return period{}, errPeriod
}

// after is the day a period after t. A day that its month does not have is the
// last one of that month: a month after 31 January is 28 February.
func (p period) after(t time.Time) time.Time {
	t = t.UTC()
	y, m, d := t.Date()
	first := time.Date(y+p.years, m+time.Month(p.months), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(d, last)-1+p.days)
}

// text says a rule in words.
func (r *Rule) text() string {
	from := map[string]string{"modified": "the last change of the object", "closed_at": "the closing of the account", "last_seen": "the last use of the account"}[r.From]
	what := "objects"
	if r.Source != "" || r.Prefix != "" {
		what += " in " + joined(" below ", strings.TrimRight(r.Source, "/"), r.Prefix)
	}
	if len(r.Kinds) > 0 {
		what += " that hold " + strings.Join(r.Kinds, " or ")
	}
	return fmt.Sprintf("%s: %s after %s%s", what, r.Keep, from, labelled("; ", r.Ground))
}

// State is what retention says of an object.
type State string

const (
	NoRule  State = "no_rule" // no rule fits it
	Unknown State = "unknown" // a rule fits, and when its period began is not known
	Later   State = "later"   // its day is to come
	Overdue State = "overdue" // its day is past
)

// Due is when an object is to go.
type Due struct {
	State  State
	Rule   string    // its name; "" for NoRule
	Ground string    // of the rule
	Day    time.Time // first day on which it should be gone, UTC; zero for NoRule and Unknown
}

// Account is what is known of an owner's account. Times are zero if unknown.
type Account struct{ Closed, LastSeen time.Time }

// Schedule tells when objects are due. It does not change.
type Schedule struct {
	rules    []Rule
	periods  []period
	asOf     time.Time
	accounts func(reports.Owner) Account
}

// NewSchedule is that of p, whose rules are those of Parse, on the day of asOf.
// accounts tells what is known of an owner; nil knows nothing.
func NewSchedule(p *Profile, asOf time.Time, accounts func(reports.Owner) Account) *Schedule {
	s := &Schedule{asOf: asOf.UTC(), accounts: accounts}
	if p == nil {
		return s
	}
	for _, r := range p.Retention {
		if length, err := parsePeriod(r.Keep); err == nil {
			s.rules, s.periods = append(s.rules, r), append(s.periods, length)
		}
	}
	return s
}

// Empty reports whether there is no rule at all.
func (s *Schedule) Empty() bool { return len(s.rules) == 0 }

// Due is that of e, by the first rule that fits.
func (s *Schedule) Due(e *reports.Entry) Due {
	for i := range s.rules {
		r := &s.rules[i]
		if !r.fits(e) {
			continue
		}
		d := Due{State: Unknown, Rule: r.Name, Ground: r.Ground}
		from := s.from(r, e)
		if from.IsZero() {
			return d
		}
		d.Day = s.periods[i].after(from)
		d.State = Later
		if !s.asOf.Before(d.Day) {
			d.State = Overdue
		}
		return d
	}
	return Due{State: NoRule}
}

func (r *Rule) fits(e *reports.Entry) bool {
	if !within(r.Source, r.Prefix, e.Source, e.Key) {
		return false
	}
	return len(r.Kinds) == 0 || slices.ContainsFunc(e.Findings, func(f reports.Finding) bool {
		return (f.Counted() || f.Note()) && slices.Contains(r.Kinds, f.Kind)
	})
}

func (s *Schedule) from(r *Rule, e *reports.Entry) time.Time {
	if r.From == "modified" {
		return e.Modified
	}
	if s.accounts == nil || e.Owner.ID == "" {
		return time.Time{}
	}
	a := s.accounts(e.Owner)
	if r.From == "closed_at" {
		return a.Closed
	}
	return a.LastSeen
}

// maxOverdue objects are kept by a Tally, the longest overdue.
const maxOverdue = 100

// Tally counts what is due, in bounded memory. One goroutine uses it.
type Tally struct {
	Counts  map[State]int64
	Rules   map[string]int64 // overdue objects by the name of the rule
	overdue []OverdueObject
}

// OverdueObject is an object that should be gone.
type OverdueObject struct {
	Source, Key, Version string
	Owner                reports.Owner
	Due                  Due
}

// NewTally has counted nothing.
func NewTally() *Tally { return &Tally{Counts: map[State]int64{}, Rules: map[string]int64{}} }

// Add takes an object and when it is due.
func (t *Tally) Add(e *reports.Entry, d Due) {
	t.Counts[d.State]++
	if d.State != Overdue {
		return
	}
	t.Rules[d.Rule]++
	o := OverdueObject{e.Source, e.Key, e.Version, e.Owner, d}
	i, _ := slices.BinarySearchFunc(t.overdue, o, compareOverdue)
	if i == maxOverdue {
		return
	}
	t.overdue = slices.Insert(t.overdue, i, o)
	t.overdue = t.overdue[:min(len(t.overdue), maxOverdue)]
}

func compareOverdue(a, b OverdueObject) int {
	return cmp.Or(a.Due.Day.Compare(b.Due.Day), cmp.Compare(a.Source, b.Source), cmp.Compare(a.Key, b.Key), cmp.Compare(a.Version, b.Version))
}

// Overdue are the objects that are longest overdue, at most 100, longest first.
func (t *Tally) Overdue() []OverdueObject { return t.overdue }
