package vobject

import (
	"fmt"
	"io"
	"strings"

	"habeas/scanner/media"
)

// NewCalendar gives the format of calendars.
func NewCalendar() media.Format { return calendars{} }

type calendars struct{}

var _ media.Format = calendars{}
var _ media.Describer = calendars{}

// Name implements media.Format.
func (calendars) Name() string { return "ical" }

// Describe implements media.Describer.
func (calendars) Describe() media.Description {
	return media.Description{
		Title: "Calendars (ICS)",
		Types: "text/calendar",
		Reads: "every property of events, tasks, journals and alarms: who takes part, places, positions, texts; embedded files",
		Not:   "time zones and recurrence rules, which say nothing of people",
	}
}

// Match implements media.Format.
func (calendars) Match(head []byte) bool { return begins(head, "BEGIN:VCALENDAR") }

// Walk implements media.Format.
func (calendars) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	in, err := newLines(r, size, v)
	if err != nil {
		return err
	}
	w := calendarWalk{in: in, v: v, count: map[string]int{}}
	return w.file()
}

// maxOpen components inside of each other; the standard has three.
const maxOpen = 20

type calendarWalk struct {
	in    *lines
	v     media.Visitor
	count map[string]int // of components by kind
	open  []object
}

func (w *calendarWalk) file() error {
	for {
		p, ok, err := w.in.next()
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		switch p.name {
		case "BEGIN":
			if len(w.open) == maxOpen {
				w.v.Problem(w.open[len(w.open)-1].path, media.LimitDepth)
				return w.close(0)
			}
			w.begin(p.value)
		case "END":
			err = w.close(max(len(w.open)-1, 0))
		default:
			err = w.property(&p)
		}
		if err != nil {
			return err
		}
	}
	if len(w.open) > 0 {
		w.v.Problem(w.open[len(w.open)-1].path, media.Truncated)
	}
	return w.close(0)
}

// components are the paths of what a calendar holds.
var componentPaths = map[string]string{"VEVENT": "event", "VTODO": "task", "VJOURNAL": "journal", "VFREEBUSY": "busy", "VALARM": "alarm", "VCALENDAR": "", "VTIMEZONE": "zone"}

func (w *calendarWalk) begin(kind string) {
	name, ok := componentPaths[strings.ToUpper(strings.TrimSpace(kind))]
	if !ok {
		name = "component"
	}
	path := name
	if name != "" {
		w.count[name]++
		path = fmt.Sprintf("%s[%d]", name, w.count[name])
	}
	w.open = append(w.open, object{in: w.in, group: "iCalendar", path: path})
}

// close gives the components that are open beyond the first n.
func (w *calendarWalk) close(n int) error {
	for len(w.open) > n {
		last := len(w.open) - 1
		if err := w.open[last].give(w.v); err != nil {
			return err
		}
		w.open = w.open[:last]
	}
	return nil
}

// silent are properties that say nothing of people: times, states, rules,
// identifiers, which only look like addresses.
var silent = map[string]bool{
	"VERSION": true, "PRODID": true, "UID": true, "X-WR-RELCALID": true, "RELATED-TO": true, "CALSCALE": true, "METHOD": true, "DTSTAMP": true, "DTSTART": true, "DTEND": true, "DUE": true, "DURATION": true, "COMPLETED": true,
	"CREATED": true, "LAST-MODIFIED": true, "SEQUENCE": true, "STATUS": true, "TRANSP": true, "CLASS": true, "PRIORITY": true, "RRULE": true, "EXRULE": true, "RDATE": true, "EXDATE": true,
	"RECURRENCE-ID": true, "TRIGGER": true, "ACTION": true, "REPEAT": true, "TZID": true, "TZNAME": true, "TZOFFSETFROM": true, "TZOFFSETTO": true, "TZURL": true,
	"FREEBUSY": true, "PERCENT-COMPLETE": true, "X-WR-TIMEZONE": true, "X-LIC-LOCATION": true, "ACKNOWLEDGED": true, "REFRESH-INTERVAL": true, "X-PUBLISHED-TTL": true,
}

// calendarTags are the names of tags for properties that hold a text.
var calendarTags = map[string]string{
	"URL": "URL", "X-WR-CALNAME": "CalendarName", "X-WR-CALDESC": "CalendarDescription",
}

// property adds what a line says.
func (w *calendarWalk) property(p *property) error {
	if silent[p.name] {
		return nil
	}
	if len(w.open) == 0 {
		w.open = append(w.open, object{in: w.in, group: "iCalendar"})
	}
	c := &w.open[len(w.open)-1]
	if c.held > maxHeld {
		if err := c.give(w.v); err != nil {
			return err
		}
	}
	switch p.name {
	case "ATTENDEE", "ORGANIZER", "CALENDAR-ADDRESS":
		w.attendee(c, p)
	case "GEO":
		c.add("Geo", position(p.plain()))
	case "X-APPLE-STRUCTURED-LOCATION":
		c.add("Geo", position(p.plain()))
		c.add("Address", unescape(p.get("X-ADDRESS")))
		c.add("Location", unescape(p.get("X-TITLE")))
	case "ATTACH", "IMAGE", "STRUCTURED-DATA":
		if b, ok := p.binary(); ok {
			return nested(w.v, strings.TrimPrefix(c.path+"/attachment", "/"), b)
		}
		c.add("Attachment", p.text())
		c.add("FileName", unescape(p.get("FILENAME")))
	default:
		name := calendarTags[p.name]
		if name == "" {
			name = vocabulary(p.name)
		}
		c.add(name, p.text())
	}
	return nil
}

// attendee adds who takes part: the value is an address, CN the name (RFC 5545,
// section 3.8.4).
func (w *calendarWalk) attendee(c *object, p *property) {
	name := vocabulary(p.name)
	addr := address(p.text())
	if mail := p.get("EMAIL"); mail != "" && !strings.Contains(addr, "@") {
		addr = mail
	}
	cn := strings.Join(strings.Fields(strings.Trim(unescape(p.get("CN")), "'\" ")), " ")
	if strings.HasPrefix(strings.ToLower(addr), "invalid:") {
		addr = "" // what programs put where an address must be and none is known
	}
	switch {
	case cn == "" || strings.EqualFold(cn, addr):
		c.add(name, addr)
	case addr == "":
		c.add(name, cn)
	default:
		c.add(name, cn+" <"+addr+">")
	}
	for _, q := range p.params {
		switch q.name {
		case "SENT-BY":
			c.add("SentBy", address(q.value))
		case "DELEGATED-TO", "DELEGATED-FROM":
			c.add("Delegate", address(q.value))
		}
	}
}
