package html

import (
	"cmp"
	"slices"
	"time"

	"habeas/reports"
	"habeas/reports/profile"
)

// showOverdue objects are listed on a page.
const showOverdue = 20

// retention counts what is due on one page, or on all.
type retention struct {
	schedule *profile.Schedule
	tally    *profile.Tally
}

func newRetention(s *profile.Schedule) retention { return retention{s, profile.NewTally()} }

// on reports whether there are rules at all.
func (r retention) on() bool { return r.schedule != nil && !r.schedule.Empty() }

func (r retention) add(e *reports.Entry) {
	if r.on() {
		r.tally.Add(e, r.schedule.Due(e))
	}
}

// retentionView is what a page shows of what is due.
type retentionView struct {
	Overdue, Later, Unknown, NoRule int64
	Rules                           []ruleCount
	Objects                         []overdueObject
	More                            int64 // overdue objects that are not listed
}

type ruleCount struct {
	Name  string
	Count int64
}

type overdueObject struct {
	profile.OverdueObject
	Owner, File string // name and page
}

// Day is the day on which the object was due.
func (o overdueObject) Day() string { return o.Due.Day.Format(time.DateOnly) }

// view is nil without rules.
func (r retention) view(up string) *retentionView {
	if !r.on() {
		return nil
	}
	c := r.tally.Counts
	v := &retentionView{Overdue: c[profile.Overdue], Later: c[profile.Later], Unknown: c[profile.Unknown], NoRule: c[profile.NoRule]}
	for name, n := range r.tally.Rules {
		v.Rules = append(v.Rules, ruleCount{name, n})
	}
	slices.SortFunc(v.Rules, func(a, b ruleCount) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Name, b.Name)) })
	for _, o := range r.tally.Overdue() {
		if len(v.Objects) == showOverdue {
			break
		}
		name := "nobody"
		if o.Owner.ID != "" {
			name = ownerRow{Owner: o.Owner}.Name()
		}
		v.Objects = append(v.Objects, overdueObject{o, name, up + ownerFile(o.Owner, 1)})
	}
	v.More = v.Overdue - int64(len(v.Objects))
	return v
}

// dueView is what an object's own lines say.
type dueView struct {
	Text string
	Late bool
}

// due is nil without rules.
func (h *Handler) due(e *reports.Entry) *dueView {
	if !h.retention.on() {
		return nil
	}
	d := h.retention.schedule.Due(e)
	switch d.State {
	case profile.Overdue:
		return &dueView{"Overdue since " + d.Day.Format(time.DateOnly) + " by the rule " + reports.Show(d.Rule), true}
	case profile.Later:
		return &dueView{"To be gone by " + d.Day.Format(time.DateOnly) + ", rule " + reports.Show(d.Rule), false}
	case profile.Unknown:
		return &dueView{"Under the rule " + reports.Show(d.Rule) + ", and when its period began is not known", false}
	}
	return &dueView{"No rule says how long it is kept", false}
}

// informationView is what the controller says beside the data.
type informationView struct {
	Intro    string
	Sections []profile.Section
	Gaps     int64
}

// information is nil without a profile.
func (h *Handler) information() *informationView {
	p := h.options.Controller
	if p == nil {
		return nil
	}
	return &informationView{Intro: p.Wording.Intro, Sections: p.Sections(true), Gaps: int64(p.Gaps())}
}
