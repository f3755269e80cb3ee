package cases

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// Regime is a law or framework with its times. The numbers are those of
//
//	gdpr             Regulation (EU) 2016/679, Article 12(3); counted by Regulation 1182/71, Article 3
//	uk               UK GDPR, Articles 12 and 12A, as the Information Commissioner counts
//	dpf              EU-US Data Privacy Framework: a reasonable time, here that of complaints
//	ccpa             Cal. Civ. 1798.130 and Cal. Code Regs. title 11, section 7021
//	shine-the-light  Cal. Civ. 1798.83
//	shield-2017      Privacy Shield, which ended in 2020: a reasonable time, here that of complaints
type Regime struct {
	Name, Title string
	Pauses      []string // reasons that stop the clock
	limits      []limit
}

// Names of clocks.
const (
	Acknowledge = "acknowledge"
	Answer      = "answer"
)

// Reasons of a pause.
const (
	ForIdentity      = "identity"
	ForClarification = "clarification"
)

// limit is one time, counted from the day of receipt.
type limit struct {
	name             string
	months, days     int // one of them
	extMonths, extTo int // in all, once extended: months or days
	business         bool
	toWorkday        bool // an end on a weekend or holiday moves to the next working day
}

// Regimes lists every regime.
func Regimes() []Regime {
	month := []limit{{name: Answer, months: 1, extMonths: 3, toWorkday: true}}
	both := []string{ForIdentity, ForClarification}
	return []Regime{
		{"gdpr", "GDPR", both, month},
		{"uk", "UK GDPR", both, month},
		{"dpf", "EU-US Data Privacy Framework", []string{ForIdentity}, []limit{{name: Answer, days: 45}}},
		{"ccpa", "CCPA", nil, []limit{{name: Acknowledge, days: 10, business: true}, {name: Answer, days: 45, extTo: 90}}},
		{"shine-the-light", "California Civil Code 1798.83", nil, []limit{{name: Answer, days: 30}}},
		{"shield-2017", "EU-US Privacy Shield (historic framework, ended 2020)", []string{ForIdentity}, []limit{{name: Answer, days: 45}}},
	}
}

// RegimeNames lists the names.
func RegimeNames() []string {
	var names []string
	for _, r := range Regimes() {
		names = append(names, r.Name)
	}
	return names
}

func regimeOf(name string) *Regime {
	for _, r := range Regimes() {
		if r.Name == name {
			return &r
		}
	}
	return nil
}

// RegimeTitle is the name of a regime in words.
func RegimeTitle(name string) string {
	if r := regimeOf(name); r != nil {
		return r.Title
	}
	return name
}

func (r *Regime) extends() bool {
	return slices.ContainsFunc(r.limits, func(l limit) bool { return l.extMonths+l.extTo > 0 })
}

// Clock is one time of a case.
type Clock struct {
	Name     string `json:"name"` // Acknowledge or Answer
	Due      Date   `json:"due"`  // if the clock stands: the earliest, should it go on today
	Left     int    `json:"days_left"`
	Standing bool   `json:"standing,omitempty"`
	Paused   int    `json:"paused_days,omitempty"`
	Rule     string `json:"rule"` // how it was counted
}

// Clocks are the times of the case, as of today. A pause that stands counts up to
// today.
func (c *Case) Clocks(h Holidays, today Date) []Clock {
	r := regimeOf(c.Regime)
	if r == nil {
		return nil
	}
	paused := 0
	for _, p := range c.Pauses {
		to := p.To
		if to.IsZero() {
			to = today
		}
		paused += max(0, to.Sub(p.From))
	}
	var out []Clock
	for _, l := range r.limits {
		d := Clock{Name: l.name, Paused: paused, Standing: c.Paused() != nil && len(r.Pauses) > 0}
		d.Due, d.Rule = l.end(c.Received, c.Extension != nil, paused, h)
		d.Left = d.Due.Sub(today)
		out = append(out, d)
	}
	return out
}

// end counts one time.
func (l limit) end(from Date, extended bool, paused int, h Holidays) (Date, string) {
	months, days := l.months, l.days
	if extended && l.extMonths+l.extTo > 0 {
		months, days = l.extMonths, l.extTo
	}
	var due Date
	var rule string
	switch {
	case l.business:
		due, rule = h.addWorkdays(from, days), fmt.Sprintf("%d business days from receipt", days)
	case months > 0:
		due, rule = from.AddMonths(months), fmt.Sprintf("%s from receipt", plural(months, "month"))
	default:
		due, rule = from.AddDays(days), fmt.Sprintf("%s from receipt", plural(days, "day"))
	}
	if extended && l.extMonths+l.extTo > 0 {
		rule += ", extended"
	}
	if paused > 0 {
		due, rule = due.AddDays(paused), rule+fmt.Sprintf(", and %s that the clock stood", plural(paused, "day"))
	}
	if l.toWorkday && !h.workday(due) {
		due, rule = h.nextWorkday(due), rule+", then the next working day"
	}
	return due, rule
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// Holidays are days beside Saturdays and Sundays on which nobody works. nil is
// none.
type Holidays map[Date]bool

// ReadHolidays reads a table: a line begins with a date as 2026-12-25; what
// follows it, empty lines and lines that begin with # are for the reader.
func ReadHolidays(r io.Reader) (Holidays, error) {
	h := Holidays{}
	lines := bufio.NewScanner(io.LimitReader(r, 1<<20))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff"))
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		day, err := ParseDate(strings.Fields(line)[0])
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		h[day] = true
	}
	if lines.Err() != nil {
		return nil, errors.New("the table of holidays has a line that is too long")
	}
	return h, nil
}

func (h Holidays) workday(d Date) bool {
	day := d.t.Weekday()
	return day != time.Saturday && day != time.Sunday && !h[d]
}

// maxHolidays in a row end a search: a table that long is no table of holidays.
const maxHolidays = 1000

func (h Holidays) nextWorkday(d Date) Date {
	for n := 0; !h.workday(d) && n < maxHolidays; n++ {
		d = d.AddDays(1)
	}
	return d
}

func (h Holidays) addWorkdays(d Date, n int) Date {
	for range n {
		d = h.nextWorkday(d.AddDays(1))
	}
	return d
}
