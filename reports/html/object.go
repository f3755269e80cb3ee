package html

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"unicode/utf8"

	"habeas/reports"
)

// objectView is an entry as a page shows it, with at most showFindings findings.
type objectView struct {
	*reports.Entry
	ID       string // of the element
	Target   string // JSON that names the object exactly, for decisions.json; "" if JSON can't
	Findings []findingView
	Hidden   int64
	Many     bool     // several sources: say which
	Outline  *outline // nil without a face region
	Thumb    *thumbView
	Readers  string
	Due      *dueView // nil without rules of retention
	Owners   string   // file of the owner's page, on a person's page
	Whose    string
}

type findingView struct {
	reports.Finding
	Person string // page of the person, if the value recurs with other owners
	Near   string // the cell of a position, in words
	Exact  string // what it is near to; "" without its value
	Number int    // of the box in the outline; 0 without one
}

func (h *Handler) newObjectView(e *reports.Entry, id, up string) objectView {
	v := objectView{Entry: e, ID: id, Target: target(e), Many: len(h.run.Sources) > 1}
	shown := e.Findings[:min(len(e.Findings), showFindings)]
	v.Hidden = int64(len(e.Findings) - len(shown))
	boxes := 0
	for _, f := range shown {
		one := findingView{Finding: f, Near: h.names.near(&f)}
		if h.run.WithValues {
			one.Exact = exactly(&f)
		}
		if h.people.has(f.Fingerprint) {
			one.Person = up + personFile(f.Fingerprint)
		}
		if f.Box != nil {
			boxes++
			one.Number = boxes
		}
		v.Findings = append(v.Findings, one)
	}
	v.Outline = newOutline(e, v.Findings)
	v.Due, v.Readers = h.due(e), h.readers(e)
	return v
}

// target is [source, key in base64, version, ETag].
func target(e *reports.Entry) string {
	if !utf8.ValidString(e.Source) || !utf8.ValidString(e.Version) || !utf8.ValidString(e.ETag) {
		return ""
	}
	b, err := json.Marshal([]string{e.Source, base64.StdEncoding.EncodeToString([]byte(e.Key)), e.Version, e.ETag})
	if err != nil {
		return ""
	}
	return string(b)
}

// filters are what the findings of a page can be narrowed by.
type filters struct {
	Kinds, Roles []string
	Parties      []reports.Party
	Audiences    []reports.Audience
}

func (f *filters) add(e *reports.Entry) {
	f.Audiences = insert(f.Audiences, e.Audience)
	for i := range e.Findings {
		f.Kinds = insert(f.Kinds, e.Findings[i].Kind)
		if r := e.Findings[i].Role; r != "" {
			f.Roles = insert(f.Roles, r)
		}
		f.Parties = insert(f.Parties, e.Findings[i].Party)
	}
}

// insert keeps a short list sorted, each once.
func insert[T ~string](list []T, s T) []T {
	i, ok := slices.BinarySearch(list, s)
	if ok {
		return list
	}
	return slices.Insert(list, i, s)
}
