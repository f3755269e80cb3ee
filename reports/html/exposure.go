package html

import (
	"slices"
	"strings"

	"habeas/reports"
)

// exposureWords says who may read the objects that sum counts: how many there are
// of each audience, and what the sources told.
func exposureWords(r *reports.Run, sum *reports.Summary, names []string) []string {
	var out, counts []string
	for _, a := range reports.Audiences() {
		if n := sum.Exposure[string(a)]; n > 0 {
			counts = append(counts, countWords(n, "object", "objects")+": "+a.Words())
		}
	}
	if len(counts) > 1 {
		out = append(out, "Who may read them: "+strings.Join(counts, "; ")+".")
	}
	for _, name := range names {
		w := r.Exposure(name).Words()
		if len(names) > 1 {
			w = reports.Show(name) + ": " + w
		}
		out = append(out, upper(w)+".")
	}
	return out
}

// upper makes the first letter of a sentence a capital.
func upper(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// exposureRow is a source on the overview.
type exposureRow struct {
	Source   string
	Audience reports.Audience
	Words    string
}

func exposureRows(r *reports.Run) []exposureRow {
	var out []exposureRow
	for _, name := range r.Sources {
		e := r.Exposure(name)
		out = append(out, exposureRow{name, e.Audience, upper(e.Words()) + "."})
	}
	return out
}

// readers is who may read one object, in words; short, since the top of the page
// says why.
func (h *Handler) readers(e *reports.Entry) string {
	if e.Audience == reports.AudiencePrivate && h.run.Exposure(e.Source).Audience == reports.AudienceShared {
		return "only its user and group, by the mode bits of the file or its folder"
	}
	return e.Audience.Words()
}

// Readers are the audiences that the page's objects have, from the widest.
func (f filters) Readers() []reports.Audience {
	return slices.DeleteFunc(reports.Audiences(), func(a reports.Audience) bool { return !slices.Contains(f.Audiences, a) })
}
