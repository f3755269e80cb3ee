package geomap

import (
	"fmt"
	"slices"
	"time"
)

// when is on which days of the week and at which hours positions were taken, by
// the sun.
type when struct {
	hours [2][24]int64 // Monday to Friday, and weekends
	days  []int64      // different days, since 1970; at most maxDays
	year  [12]int64    // positions by month of the year
}

// maxDays of one place are told apart: enough to say that it was many.
const maxDays = 64

func (w *when) add(t time.Time, lon float64) {
	t = t.UTC().Add(time.Duration(lon / 15 * float64(time.Hour)))
	weekend := 0
	if d := t.Weekday(); d == time.Saturday || d == time.Sunday {
		weekend = 1
	}
	w.hours[weekend][t.Hour()]++
	w.year[t.Month()-1]++
	w.day(floorDiv(t.Unix(), 24*60*60))
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func (w *when) day(d int64) {
	if i, found := slices.BinarySearch(w.days, d); !found && len(w.days) < maxDays {
		w.days = slices.Insert(w.days, i, d)
	}
}

func (w *when) merge(o *when) {
	for k := range w.hours {
		for h := range w.hours[k] {
			w.hours[k][h] += o.hours[k][h]
		}
	}
	for i := range w.year {
		w.year[i] += o.year[i]
	}
	for _, d := range o.days {
		w.day(d)
	}
}

// between counts from hour a to before hour b, over midnight if b is less.
func (w *when) between(weekend, a, b int) int64 {
	var n int64
	for h := a; h != b; h = (h + 1) % 24 {
		n += w.hours[weekend][h]
	}
	return n
}

// timed is how many positions have a time.
func (w *when) timed() int64 {
	var n int64
	for k := range w.hours {
		for _, c := range w.hours[k] {
			n += c
		}
	}
	return n
}

// night is from 21 to 7 o'clock, of any day.
func (w *when) night() int64 { return w.between(0, 21, 7) + w.between(1, 21, 7) }

// What a guess needs at least. Fewer would be told by chance.
const (
	nightsHome = 4  // positions at night
	daysHome   = 3  // different days
	timesWork  = 6  // positions with a time
	daysWork   = 4  // different days
	termTimes  = 12 // positions with a time, to tell a school from work
	termMonths = 6  // different months of the year, for the same
)

// judge says of the clusters, most positions first, what they look like.
func judge(clusters []*cluster, values bool) {
	var all, months int64
	nights := int64(0)
	for _, c := range clusters {
		all += c.count
		nights += c.when.night()
		months = max(months, int64(c.months))
	}
	home := homeOf(clusters, nights)
	if home != nil && values {
		home.likely = "likely home"
		home.evidence = fmt.Sprintf("%d of %s with a time between 21:00 and 07:00 were taken here, on %s", home.when.night(), counted(nights, "position", "positions"), daysText(&home.when))
	}
	for _, c := range clusters {
		if values && c != home && !c.loose() {
			c.work()
		}
	}
	if len(clusters) == 0 || clusters[0].loose() || clusters[0].likely != "" {
		return
	}
	c := clusters[0]
	if len(clusters) > 1 && clusters[1].count == c.count {
		return // none stands out
	}
	c.likely = "most often"
	c.evidence = fmt.Sprintf("%d of %s", c.count, counted(all, "position", "positions"))
	if c.months > 1 {
		c.evidence += fmt.Sprintf(", in %d different months", c.months)
	}
	if values && c.when.timed() == 0 {
		c.evidence += "; without times of day nothing more can be told"
	}
}

// homeOf is where most nights were, if it is most of them.
func homeOf(clusters []*cluster, nights int64) *cluster {
	var best *cluster
	for _, c := range clusters {
		if best == nil || c.when.night() > best.when.night() {
			best = c
		}
	}
	if best == nil || best.loose() || best.when.night() < nightsHome || 2*best.when.night() < nights || len(best.when.days) < daysHome {
		return nil
	}
	return best
}

// work tells a place that was photographed on workdays by day and hardly ever
// else.
func (c *cluster) work() {
	w := &c.when
	timed, by := w.timed(), w.between(0, 8, 18)
	if timed < timesWork || len(w.days) < daysWork || 5*by < 4*timed {
		return
	}
	c.likely = "likely work or school"
	c.evidence = fmt.Sprintf("%d of %s with a time were taken from Monday to Friday between 08:00 and 18:00, on %s", by, counted(timed, "position", "positions"), daysText(w))
	free, names := []int{6, 7}, "July or August"
	if c.lat < 0 {
		free, names = []int{11, 0}, "December or January"
	}
	months := 0
	for _, n := range w.year {
		if n > 0 {
			months++
		}
	}
	if timed >= termTimes && months >= termMonths && w.between(0, 7, 16) == timed && w.year[free[0]]+w.year[free[1]] == 0 {
		c.likely = "likely school"
		c.evidence += fmt.Sprintf("; none after 16:00, and none in %s", names)
	}
}

func daysText(w *when) string {
	if len(w.days) == maxDays {
		return fmt.Sprintf("at least %d different days", maxDays)
	}
	return counted(int64(len(w.days)), "day", "different days")
}

func counted(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
