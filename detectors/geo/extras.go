package geo

import (
	"math"
	"strconv"
	"strings"
	"time"

	"habeas/detectors"
)

// heightOf reads an altitude and its Ref: 0 above and 1 below sea level. Of 2 and
// 3 (above and below the ellipsoid, Exif 3.0) the sea level is not known.
func heightOf(t, ref *detectors.Tag) *float64 {
	h, ok := valueOf(t)
	if !ok {
		return nil
	}
	if ref != nil {
		text := strings.ToLower(ref.Value)
		code, _ := valueOf(ref)
		switch {
		case code == 2 || code == 3 || strings.Contains(text, "ellips"):
			return nil
		case code == 1 || strings.Contains(text, "below"):
			h = -math.Abs(h)
		}
	}
	return &h
}

// sane leaves out heights where nothing flies or digs.
func sane(h *float64) *float64 {
	if h == nil || math.IsNaN(*h) || *h < -12_000 || *h > 100_000 {
		return nil
	}
	v := *h
	return &v
}

// valueOf is the one number of a field: "1125/10", "112.5 m", or Nums.
func valueOf(t *detectors.Tag) (float64, bool) {
	switch {
	case t == nil:
		return 0, false
	case len(t.Nums) > 0:
		return t.Nums[0], !math.IsNaN(t.Nums[0]) && !math.IsInf(t.Nums[0], 0)
	}
	text, _, _ := strings.Cut(strings.TrimSpace(t.Value), " ")
	if text == "" || len(text) > maxAngleText || numberEnd(text, 0) == 0 {
		return 0, false
	}
	n, ok := readNumber(text[:numberEnd(text, 0)])
	return n.value, ok && !math.IsNaN(n.value) && !math.IsInf(n.value, 0)
}

// timeOf is the time of the fix in UTC: a date stamp and a time stamp of Exif, or
// the one date and time of XMP. Without a date it is unknown.
func timeOf(date, clock *detectors.Tag) time.Time {
	if clock == nil {
		return time.Time{}
	}
	if t := stampOf(clock.Value); !t.IsZero() {
		return t
	}
	if date == nil {
		return time.Time{}
	}
	day, ok := dayOf(date.Value)
	if !ok {
		return time.Time{}
	}
	hms := clock.Nums
	if len(hms) != 3 {
		hms = clockOf(clock.Value)
	}
	if len(hms) != 3 || !(hms[0] >= 0 && hms[0] < 24 && hms[1] >= 0 && hms[1] < 60) {
		return time.Time{}
	}
	s := hms[2]
	if math.IsNaN(s) {
		s = 0
	}
	if s < 0 || s >= 61 {
		return time.Time{}
	}
	// To the millisecond: receivers know no better, and 0.1 s has no exact form.
	return day.Add(time.Duration(hms[0])*time.Hour + time.Duration(hms[1])*time.Minute + time.Duration(math.Round(s*1000))*time.Millisecond)
}

// dayOf reads "2024:05:17" and the forms of those who didn't read the standard.
func dayOf(s string) (time.Time, bool) {
	s = strings.TrimSpace(s)
	for _, layout := range []string{"2006:01:02", "2006-01-02", "2006/01/02", "2006.01.02", "2006:1:2", "20060102"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, plausible(t)
		}
	}
	return time.Time{}, false
}

// stampOf reads a date with a time. One without zone is UTC, as GPS time is.
func stampOf(s string) time.Time {
	s = strings.TrimSpace(s)
	if len(s) < len("2006-01-02T15:04") || len(s) > 40 {
		return time.Time{}
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02T15:04Z07:00", "2006-01-02T15:04", "2006:01:02 15:04:05.999999999Z07:00", "2006:01:02 15:04:05.999999999", "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999"} {
		if t, err := time.Parse(layout, s); err == nil && plausible(t) {
			return t.UTC()
		}
	}
	return time.Time{}
}

// plausible: GPS counts from 1980; what is before, or far ahead, is no fix.
func plausible(t time.Time) bool { return t.Year() >= 1980 && t.Year() < 2200 }

// clockOf reads "16:22:31.5", "16/1 22/1 31/1" and decimal commas as those of
// coordinates.
func clockOf(s string) []float64 {
	if len(s) > maxAngleText {
		return nil
	}
	s = strings.TrimSuffix(strings.TrimSpace(s), "Z")
	nums, ok := numbersOf(s)
	if !ok {
		return nil
	}
	parts, _, ok := sexagesimal(nums)
	if !ok {
		return nil
	}
	if len(parts) == 2 {
		parts = append(parts, 0)
	}
	return parts
}

// metres formats a length for Why.
func metres(m float64) string {
	switch {
	case m >= 1000:
		return strconv.FormatFloat(m/1000, 'f', 0, 64) + " km"
	case m >= 1:
		return strconv.FormatFloat(m, 'f', 0, 64) + " m"
	}
	return "less than a metre"
}
