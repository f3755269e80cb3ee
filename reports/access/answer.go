package access

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"strings"
	"time"

	"habeas/reports"
)

//go:embed answer.tmpl
var answerPage string

//go:embed answer.css
var answerStyle string

// answer is what the person reads first: the same figures in text and HTML.
type answer struct {
	*Outcome
	Case, Regime string
	AsOf         time.Time
	Portable     bool
	Controller   Controller
	Coverage     *reports.Summary
	Kinds        []*category
	Items        []item
}

// shownRows bounds the table of the page; findings.jsonl has them all.
const shownRows = 1000

// Whole reports whether everything that is there was read.
func (a *answer) Whole() bool {
	return a.Coverage != nil && a.Coverage.Coverage[string(reports.Complete)] == a.Coverage.Listed
}

// Found reports whether anything about the person was found.
func (a *answer) Found() bool { return a.Values+a.Own+a.NeverShown > 0 }

// Verdict is the answer in a sentence.
func (a *answer) Verdict() string {
	switch {
	case a.Found():
		return "Yes, we hold personal information about you."
	case a.Whole():
		return "We found no personal information about you."
	}
	return "We found no personal information about you in what could be read."
}

// Searched says how much was looked at.
func (a *answer) Searched() string {
	if a.Coverage == nil {
		return ""
	}
	c := a.Coverage.Coverage
	return fmt.Sprintf("We searched %d stored objects as they were on %s: %d were read in full, %d in part, %d are of types that are not read, %d could not be read.",
		a.Coverage.Listed, a.AsOf.UTC().Format("2 January 2006"), c[string(reports.Complete)], c[string(reports.Partial)], c[string(reports.Skipped)], c[string(reports.Failed)])
}

// Sentences are what the person should know, each once.
func (a *answer) Sentences() []string {
	s := []string{a.Verdict()}
	if a.Own > 0 {
		s = append(s, fmt.Sprintf("Your account holds %s.", plural(a.Own, "upload")))
	}
	if n := a.Objects - a.Own; n > 0 && !a.Portable {
		s = append(s, fmt.Sprintf("In %s of other accounts something about you was found. You get what it says about you, and not the files: they are other people's.", plural(n, "upload")))
	}
	s = append(s, fmt.Sprintf("This package holds %s and %s.", plural(a.Values, "value"), plural(a.Copies, "copy")))
	if a.Covered+a.Hidden > 0 {
		s = append(s, fmt.Sprintf("Data of other people is covered: %s, in %s that had to be changed for it. redactions.json lists each. \"Person 1\" and the like are random labels.",
			plural(a.Hidden, "value"), plural(a.Covered, "copy")))
	}
	if a.Withheld > 0 {
		s = append(s, fmt.Sprintf("%s without a copy: objects.jsonl says why.", sentence(plural(a.Withheld, "object"))))
	}
	if a.NeverShown > 0 {
		s = append(s, fmt.Sprintf("We also hold %s of kinds that are never sent, as payment cards, identity documents and passwords. The table says how many.", plural(a.NeverShown, "value")))
	}
	if a.Missing > 0 {
		s = append(s, fmt.Sprintf("%s could not be read again and are listed without the value.", sentence(plural(a.Missing, "value"))))
	}
	return append(s, a.Searched(), "We look at what is stored with files and written in them. We do not recognise faces or voices.")
}

func sentence(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	if s, ok := strings.CutSuffix(what, "y"); ok {
		return fmt.Sprintf("%d %sies", n, s)
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// text is README.txt.
func (a *answer) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\nReference %s. Under %s. As of %s.\n\n", a.title(), a.Case, a.Regime, a.AsOf.UTC().Format("2 January 2006"))
	for _, s := range a.Sentences() {
		if s != "" {
			b.WriteString(s + "\n")
		}
	}
	b.WriteString("\nWhat we hold about you\n")
	for _, c := range a.Kinds {
		fmt.Fprintf(&b, "  %-32s %5d of yours in %d objects, %d of others covered, %d never sent\n", c.Words(), c.Shown, c.Objects(), c.Covered, c.Never)
	}
	b.WriteString("\nWhat is in this package\n" +
		"  answer.html         this answer, for a browser; it loads nothing from the network\n" +
		"  files/              copies of your uploads\n" +
		"  objects.jsonl       every upload, with the name of its copy\n" +
		"  findings.jsonl      every piece of data, with where it stands\n" +
		"  locations.geojson   positions, for a map program\n" +
		"  redactions.json     what was covered, where and why\n" +
		"  manifest.json       counts and checksums; schema/ describes all JSON files\n" +
		"  SHA256SUMS          checksums: sha256sum -c SHA256SUMS\n")
	for _, s := range a.Controller.Information {
		b.WriteString("\n" + s.Title + "\n")
		for _, i := range s.Items {
			fmt.Fprintf(&b, "  %s: %s\n", i.Label, i.Shown())
		}
	}
	if c := a.Controller; c.Name+c.Officer+c.Contact != "" {
		fmt.Fprintf(&b, "\nWhom to ask: %s\n", strings.Join(nonEmpty(c.Name, c.Officer, c.Contact), ", "))
		if c.Authority != "" {
			fmt.Fprintf(&b, "Where to complain: %s\n", c.Authority)
		}
	}
	return b.String()
}

func nonEmpty(all ...string) []string {
	var out []string
	for _, s := range all {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}

func (a *answer) title() string {
	if a.Portable {
		return "The data that you gave us"
	}
	return "Your personal information"
}

// pageRow is a row of the page's table.
type pageRow struct {
	Kind, Value, Where string
	Object             int
	File               string
}

// html is answer.html.
func (a *answer) html(b *builder) (string, error) {
	t, err := template.New("answer").Parse(answerPage)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(answerStyle))
	data := struct {
		*answer
		Title, CSP string
		Style      template.CSS
		Rows       []pageRow
		More       int
	}{answer: a, Title: a.title(), Style: template.CSS(answerStyle),
		CSP: "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'"}
	for i := range a.Items {
		it := &a.Items[i]
		for k := range it.treat {
			row, ok := b.findingRow(it, k)
			if !ok || row.State != "shown" || b.Portable && !it.Own {
				continue
			}
			if len(data.Rows) == shownRows {
				data.More++
				continue
			}
			value := row.Value
			if p := row.Position; p != nil {
				value = fmt.Sprintf("%.6f, %.6f", p.Lat, p.Lon)
			}
			data.Rows = append(data.Rows, pageRow{kindWords(row.Kind), value, strings.Join(nonEmpty(row.Part, row.Tag), ", "), row.Object, it.file})
		}
	}
	var out bytes.Buffer
	err = t.Execute(&out, data)
	return out.String(), err
}

// kindWords name a kind for the person.
func kindWords(kind string) string {
	if w, ok := kindNames()[kind]; ok {
		return w
	}
	return kind
}

func kindNames() map[string]string {
	return map[string]string{"gps": "positions", "place": "places", "address": "postal addresses", "name": "names", "face": "marked faces",
		"email": "e-mail addresses", "phone": "phone numbers", "url": "web addresses", "device_serial": "serial numbers of devices", "ip": "network addresses",
		"mac": "hardware addresses", "user_agent": "browser identifications", "cookie_id": "cookies", "payment_card": "payment cards", "iban": "bank accounts (IBAN)", "bank_account": "bank accounts",
		"payment_txn": "payments", "national_id": "national identity numbers", "passport": "passport numbers", "driving_licence": "driving licences",
		"date_of_birth": "dates of birth", "credential": "passwords and keys"}
}
