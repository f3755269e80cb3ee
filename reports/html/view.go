package html

import (
	"cmp"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"strings"
	"time"

	"habeas/reports"
)

//go:embed templates/*.tmpl style.css
var files embed.FS

// templates parses what is embedded. The only text that is not escaped is our
// own style, and the policy that names its hash.
func templates() (*template.Template, error) {
	css, err := files.ReadFile("style.css")
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(css)
	policy := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; img-src data:; base-uri 'none'; form-action 'none'"
	return template.New("").Funcs(template.FuncMap{
		"csp": func() string { return policy }, "style": func() template.CSS { return template.CSS(css) },
		"show": reports.Show, "time": stamp, "number": number, "bytes": byteWords, "plural": plural,
		"kind": kindWords, "party": partyWords, "coverage": coverageWords, "reason": reasonWords, "place": placeWords,
		"value": func(f reports.Finding) string { return reports.Show(valueText(&f)) }, "percent": percent,
		"join":  func(s []string) string { return strings.Join(s, ", ") },
		"len64": func(s []subject) int64 { return int64(len(s)) },
	}).ParseFS(files, "templates/*.tmpl")
}

// kindCount is a row of a table of kinds. Distinct is 0 for kinds that have no
// fingerprints.
type kindCount struct {
	Kind                               string
	Findings, Distinct, Objects, Third int64
	More                               bool // Distinct was counted up to keepSubjects
	seen                               map[string]bool
}

func countKinds(m map[string]*kindCount, e *reports.Entry) {
	inObject := map[string]bool{}
	for i := range e.Findings {
		f := &e.Findings[i]
		if !f.Counted() {
			continue
		}
		k := m[f.Kind]
		if k == nil {
			k = &kindCount{Kind: f.Kind, seen: map[string]bool{}}
			m[f.Kind] = k
		}
		k.Findings++
		if f.Party == reports.PartyThird {
			k.Third++
		}
		if !inObject[f.Kind] {
			inObject[f.Kind] = true
			k.Objects++
		}
		if f.Fingerprint == "" || k.seen[f.Fingerprint] {
			continue
		}
		if len(k.seen) == keepSubjects {
			k.More = true
			continue
		}
		k.seen[f.Fingerprint] = true
		k.Distinct++
	}
}

func sortKinds(m map[string]*kindCount) []kindCount {
	out := make([]kindCount, 0, len(m))
	for _, k := range m {
		out = append(out, *k)
	}
	slices.SortFunc(out, func(a, b kindCount) int {
		return cmp.Or(cmp.Compare(b.Findings, a.Findings), cmp.Compare(a.Kind, b.Kind))
	})
	return out
}

// bar is coverage as a picture with the same numbers in words.
type bar struct {
	Listed, Complete, Partial, Skipped, Failed int64
	Text                                       string
	Segments                                   []segment
}

// segment is a stretch of the bar, in thousandths.
type segment struct {
	Class string
	X, W  string
}

func newBar(s *reports.Summary) bar {
	b := bar{Listed: s.Listed, Complete: s.Coverage["complete"], Partial: s.Coverage["partial"], Skipped: s.Coverage["skipped"], Failed: s.Coverage["failed"]}
	b.Text = fmt.Sprintf("%s listed: %s complete, %s partial, %s skipped, %s failed", number(b.Listed), number(b.Complete), number(b.Partial), number(b.Skipped), number(b.Failed))
	x := 0.0
	for _, p := range []struct {
		class string
		n     int64
	}{{"complete", b.Complete}, {"partial", b.Partial}, {"skipped", b.Skipped}, {"failed", b.Failed}} {
		if p.n == 0 {
			continue
		}
		w := 1000 * float64(p.n) / float64(b.Listed)
		b.Segments = append(b.Segments, segment{p.class, strconv.FormatFloat(x, 'f', 2, 64), strconv.FormatFloat(w, 'f', 2, 64)})
		x += w
	}
	return b
}

// objectView is an entry with at most showFindings findings.
type objectView struct {
	*reports.Entry
	Findings   []reports.Finding
	Hidden     int64
	WithValues bool
	Many       bool // several sources: say which
}

func newObjectView(e *reports.Entry, withValues, many bool) objectView {
	shown := e.Findings[:min(len(e.Findings), showFindings)]
	return objectView{Entry: e, Findings: shown, Hidden: int64(len(e.Findings) - len(shown)), WithValues: withValues, Many: many}
}

func incompleteText(s *reports.Summary) string {
	n := s.Listed - s.Coverage["complete"]
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%s of %s %s not read in full, so more may be in them.", number(n), countWords(s.Listed, "object", "objects"), plural(n, "was", "were"))
}

func stamp(t time.Time) template.HTML {
	t = t.UTC()
	return template.HTML(`<time datetime="` + t.Format(time.RFC3339) + `">` + t.Format("2006-01-02 15:04 UTC") + `</time>`) // digits only
}

// number groups thousands by commas.
func number(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func plural(n int64, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

func countWords(n int64, one, many string) string { return number(n) + " " + plural(n, one, many) }

func byteWords(n int64) string {
	if n < 1000 {
		return countWords(n, "byte", "bytes")
	}
	f, unit := float64(n), ""
	for _, unit = range []string{"kB", "MB", "GB", "TB", "PB"} {
		if f /= 1000; f < 999.5 {
			break
		}
	}
	if f < 9.95 {
		return strconv.FormatFloat(f, 'f', 1, 64) + " " + unit
	}
	return strconv.FormatFloat(f, 'f', 0, 64) + " " + unit
}

// kindWords names a kind for somebody who is no engineer.
func kindWords(kind string) string {
	names := map[string]string{
		"gps": "position", "place": "place name", "address": "postal address", "name": "name", "face": "face region",
		"email": "e-mail address", "phone": "phone number", "url": "personal link", "device_serial": "device serial number",
		"ip": "IP address", "mac": "hardware address", "user_agent": "browser signature", "cookie_id": "cookie or session id",
		"payment_card": "payment card number", "iban": "bank account (IBAN)", "payment_txn": "payment", "national_id": "national id number",
		"passport": "passport number", "driving_licence": "driving licence number", "date_of_birth": "date of birth", "credential": "credential", "hidden_copy": "hidden copy", "renamed": "wrong name",
	}
	return cmp.Or(names[kind], kind)
}

func partyWords(p reports.Party) string {
	switch p {
	case reports.PartyOwner:
		return "the owner"
	case reports.PartyThird:
		return "somebody else"
	default:
		return "not known"
	}
}

func coverageWords(c reports.Coverage) string {
	switch c {
	case reports.Complete:
		return "Read in full"
	case reports.Partial:
		return "Read in part"
	case reports.Skipped:
		return "Not read"
	default:
		return "Could not be read"
	}
}

func reasonWords(code string) string {
	for _, r := range reports.Reasons() {
		if r.Code == code {
			return r.Meaning
		}
	}
	return ""
}

func placeWords(f reports.Finding) string {
	if f.Start == nil || f.End == nil {
		return ""
	}
	return fmt.Sprintf(" bytes %d–%d", *f.Start, *f.End)
}

func valueText(f *reports.Finding) string {
	if f.Position != nil {
		return strconv.FormatFloat(f.Position.Lat, 'f', 6, 64) + ", " + strconv.FormatFloat(f.Position.Lon, 'f', 6, 64)
	}
	return cmp.Or(f.Value, f.Mask)
}

// cellName gives the south-west corner with letters for the hemispheres.
func cellName(c reports.Cell) string {
	return degrees(c.Lat, "N", "S") + ", " + degrees(c.Lon, "E", "W")
}

func degrees(d float64, plus, minus string) string {
	if d < 0 {
		d, plus = -d, minus
	}
	return strconv.FormatFloat(d, 'f', 1, 64) + "° " + plus
}

func percent(f float64) string { return strconv.Itoa(int(f*100+0.5)) + " %" }
