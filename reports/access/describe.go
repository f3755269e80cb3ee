package access

import (
	"bytes"
	"cmp"
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
	"unicode"

	"habeas/reports"
)

//go:embed schema/*.json
var schemas embed.FS

// Schemas are the JSON Schemas (2020-12) of the files in a package, by name.
func Schemas() (map[string][]byte, error) {
	names, err := fs.Glob(schemas, "schema/*.json")
	if err != nil {
		return nil, err
	}
	all := map[string][]byte{}
	for _, n := range names {
		if all[path.Base(n)], err = schemas.ReadFile(n); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// objectRow is a line of objects.jsonl.
type objectRow struct {
	Object   int      `json:"object"`
	Account  string   `json:"account"` // own or another
	Source   string   `json:"source,omitempty"`
	Key      string   `json:"key,omitempty"`
	Version  string   `json:"version,omitempty"`
	Size     int64    `json:"size"`
	Modified string   `json:"modified"`
	Type     string   `json:"type,omitempty"`
	Coverage string   `json:"coverage"`
	Reasons  []string `json:"reasons,omitempty"`
	Copy     string   `json:"copy"` // original, covered, text or none
	File     string   `json:"file,omitempty"`
	SHA256   string   `json:"sha256,omitempty"`
	Why      string   `json:"why,omitempty"`
}

// findingRow is a line of findings.jsonl.
type findingRow struct {
	Finding    string            `json:"finding"`
	Object     int               `json:"object"`
	Kind       string            `json:"kind"`
	Role       string            `json:"role,omitempty"`
	State      string            `json:"state"` // shown, covered, never_shown or not_found
	Value      string            `json:"value,omitempty"`
	Position   *reports.Position `json:"position,omitempty"`
	Label      string            `json:"label,omitempty"` // of somebody else
	Part       string            `json:"part"`
	Tag        string            `json:"tag,omitempty"`
	Start      *int64            `json:"start,omitempty"`
	End        *int64            `json:"end,omitempty"`
	Month      string            `json:"month,omitempty"`
	Basis      string            `json:"basis"` // provided (in the person's upload) or other_source
	Confidence float64           `json:"confidence,omitempty"`
	Why        string            `json:"why,omitempty"`
}

// redaction is an entry of redactions.json.
type redaction struct {
	Object int    `json:"object"`
	Kind   string `json:"kind"`
	Label  string `json:"label,omitempty"`
	Part   string `json:"part"`
	Ground string `json:"ground"` // others or never_shown
}

// describe writes everything but the copies.
func (b *builder) describe(ctx context.Context) error {
	var objects, rows bytes.Buffer
	var features []feature
	kinds := map[string]*category{}
	for i := range b.items {
		it := &b.items[i]
		if b.Portable && !it.Own {
			continue
		}
		if err := line(&objects, b.objectRow(it)); err != nil {
			return err
		}
		for k := range it.treat {
			row, ok := b.findingRow(it, k)
			if !ok {
				continue
			}
			b.count(kinds, it, &row)
			if row.Position != nil {
				features = append(features, newFeature(&row))
			}
			if b.Portable && row.State != "shown" {
				continue
			}
			if err := line(&rows, row); err != nil {
				return err
			}
		}
	}
	b.out.Positions = len(features)
	var err error
	if b.ours, err = vocabulary(); err != nil {
		return err
	}
	a := &answer{Outcome: &b.out, Case: b.Case, Regime: b.Regime, AsOf: b.AsOf, Portable: b.Portable, Controller: b.Controller, Coverage: b.Coverage,
		Kinds: sorted(kinds), Items: b.items}
	page, err := a.html(b)
	if err != nil {
		return err
	}
	files := [][2]string{{"README.txt", a.text()}, {"answer.html", page}, {"objects.jsonl", objects.String()}, {"findings.jsonl", rows.String()}}
	for _, j := range []struct {
		name string
		v    any
	}{{"locations.geojson", collection{"FeatureCollection", append([]feature{}, features...)}},
		{"redactions.json", redactions{SchemaVersion, append([]redaction{}, b.redact...)}}, {"controller.json", b.Controller}} {
		text, err := json.MarshalIndent(j.v, "", "  ")
		if err != nil {
			return err
		}
		files = append(files, [2]string{j.name, string(text) + "\n"})
	}
	for _, f := range files {
		if err := b.put(ctx, f[0], f[1]); err != nil {
			return err
		}
	}
	return b.finish(ctx)
}

// finish writes the schemas, the manifest and the checksums.
func (b *builder) finish(ctx context.Context) error {
	all, err := Schemas()
	if err != nil {
		return err
	}
	var names []string
	for n := range all {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		if err := b.archive.text("schema/"+n, string(all[n])); err != nil {
			return err
		}
	}
	m, err := json.MarshalIndent(b.manifest(), "", "  ")
	if err != nil {
		return err
	}
	if err := b.put(ctx, "manifest.json", string(m)+"\n"); err != nil {
		return err
	}
	return b.put(ctx, "SHA256SUMS", b.archive.sums())
}

type redactions struct {
	Schema     int         `json:"schema"`
	Redactions []redaction `json:"redactions"`
}

// manifest is manifest.json.
type manifest struct {
	Schema   int              `json:"schema"`
	Tool     string           `json:"tool"`
	Case     string           `json:"case"`
	Regime   string           `json:"regime"`
	AsOf     string           `json:"as_of"`
	Portable bool             `json:"portable"`
	Counts   map[string]int   `json:"counts"`
	Searched map[string]int64 `json:"searched"`
	Files    []packed         `json:"files"`
}

func (b *builder) manifest() manifest {
	o := &b.out
	m := manifest{Schema: SchemaVersion, Tool: b.Tool, Case: b.Case, Regime: b.Regime, AsOf: b.AsOf.UTC().Format(time.RFC3339), Portable: b.Portable,
		Counts: map[string]int{"objects": o.Objects, "own_objects": o.Own, "copies": o.Copies, "covered_copies": o.Covered, "without_copy": o.Withheld,
			"values": o.Values, "covered": o.Hidden, "never_shown": o.NeverShown, "not_found": o.Missing, "positions": o.Positions, "other_people": o.People},
		Searched: map[string]int64{}, Files: b.archive.files}
	if b.Coverage != nil {
		m.Searched["listed"] = b.Coverage.Listed
		for k, n := range b.Coverage.Coverage {
			m.Searched[k] = n
		}
	}
	return m
}

// vocabulary is all that our own files say whatever the objects hold, in lower
// case: a value that is one of our words, as a person called "Value", is no leak
// where the word stands. What comes from the objects went through clean.
func vocabulary() ([]byte, error) {
	all, err := Schemas()
	if err != nil {
		return nil, err
	}
	ours := []byte(answerPage + answerStyle)
	for _, text := range all {
		ours = append(ours, text...)
	}
	a := &answer{Outcome: &Outcome{Own: 2, Objects: 4, Hidden: 2, Withheld: 2, NeverShown: 2, Missing: 2}, Coverage: reports.NewSummary()}
	ours = append(ours, a.text()...)
	for kind, words := range kindNames() {
		ours = append(ours, kind+" "+words...)
	}
	ours = append(ours, " creator owner person copyright author editor sender recipient contact somebody"...)
	return lower(ours), nil
}

// put writes a file of ours, searched for what must not be in it, by its bytes
// and as a scan would.
func (b *builder) put(ctx context.Context, name, text string) error {
	hits, err := b.search.all([]byte(text))
	if err != nil {
		return err
	}
	for _, h := range hits {
		if !bytes.Contains(b.ours, h.p.b) {
			return &Leak{Member: name, Kind: h.p.secret.kind}
		}
	}
	found, err := b.Check.Check(ctx, strings.NewReader(text), int64(len(text)))
	if err != nil {
		return err
	}
	for _, f := range found {
		// What is in none of the objects, as an officer's address, is nobody's secret.
		if !f.Invalid && b.hidden[f.Fingerprint] != "" && !b.allowed[f.Fingerprint] {
			return &Leak{Member: name, Part: f.Part, Kind: f.Kind}
		}
	}
	return b.archive.text(name, text)
}

func (b *builder) objectRow(it *item) objectRow {
	e := it.Entry
	row := objectRow{Object: it.number, Account: "another", Size: e.Size, Modified: e.Modified.UTC().Format(time.RFC3339), Type: e.Type,
		Coverage: string(e.Coverage), Copy: it.state, File: it.file, SHA256: it.sum, Why: it.why}
	for _, r := range e.Reasons {
		if !slices.Contains(row.Reasons, r.Code) {
			row.Reasons = append(row.Reasons, r.Code)
		}
	}
	if it.Own {
		// Of another account neither the name of the file nor where it lies.
		row.Account, row.Source, row.Key, row.Version = "own", e.Source, b.clean(e.Key), e.Version
	}
	return row
}

// clean is a string from outside with labels instead of what must not be in it,
// valid and without control characters.
func (b *builder) clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || !unicode.IsPrint(r) {
			return '\ufffd'
		}
		return r
	}, s)
	hits, err := b.search.all([]byte(s))
	if err != nil {
		return ""
	}
	var out strings.Builder
	pos := int64(0)
	for _, h := range hits {
		if h.off >= pos {
			out.WriteString(s[pos:h.off] + labelOf(h.p.secret))
		}
		pos = max(pos, h.end)
	}
	return out.String() + s[min(pos, int64(len(s))):]
}

// findingRow is the row of finding k; ok is false if it has none.
func (b *builder) findingRow(it *item, k int) (row findingRow, ok bool) {
	f, v := &it.Entry.Findings[k], it.values[k]
	t := it.treat[k]
	if t == cover && f.Fingerprint != "" && b.allowed[f.Fingerprint] {
		t = show
	}
	if t == drop || !it.Own && t != show {
		return row, false // what others' uploads say of others is not the person's business
	}
	row = findingRow{Finding: f.ID, Object: it.number, Kind: f.Kind, Role: f.Role, Part: b.clean(f.Part), Tag: b.clean(f.Tag), Start: f.Start, End: f.End,
		Basis: "other_source"}
	if it.Own {
		row.Basis = "provided"
	}
	if !b.Portable {
		row.Confidence, row.Why = f.Confidence, b.clean(f.Why)
	}
	switch {
	case t == never:
		row.State = "never_shown"
	case it.missed[k]:
		row.State = "not_found"
	case t == cover:
		row.State, row.Label = "covered", cmp.Or(b.labels[b.personOf(f, v)], "somebody")
	default:
		row.State, row.Value, row.Position, row.Month = "shown", b.clean(v.Text), v.Position, f.Month
	}
	return row, true
}

// count adds a row to the totals and to the list of redactions.
func (b *builder) count(kinds map[string]*category, it *item, row *findingRow) {
	c := kinds[row.Kind]
	if c == nil {
		c = &category{Kind: row.Kind, objects: map[int]bool{}}
		kinds[row.Kind] = c
	}
	switch row.State {
	case "shown":
		b.out.Values++
		c.Shown++
		c.objects[it.number] = true
		return
	case "not_found":
		b.out.Missing++
		return
	case "never_shown":
		b.out.NeverShown++
		c.Never++
		c.objects[it.number] = true
		b.redact = append(b.redact, redaction{it.number, row.Kind, "", row.Part, "never_shown"})
	default:
		b.out.Hidden++
		c.Covered++
		b.redact = append(b.redact, redaction{it.number, row.Kind, row.Label, row.Part, "others"})
	}
}

// category is what is held of one kind.
type category struct {
	Kind                  string
	Shown, Covered, Never int
	objects               map[int]bool
}

// Objects is in how many objects the person's data of the kind stands.
func (c *category) Objects() int { return len(c.objects) }

// Words name the kind.
func (c *category) Words() string { return kindWords(c.Kind) }

func sorted(kinds map[string]*category) []*category {
	var all []*category
	for _, c := range kinds {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b *category) int { return strings.Compare(a.Kind, b.Kind) })
	return all
}

// feature and collection are GeoJSON (RFC 7946): longitude first.
type feature struct {
	Type       string         `json:"type"`
	Geometry   geometry       `json:"geometry"`
	Properties map[string]any `json:"properties"`
}

type geometry struct {
	Type        string    `json:"type"`
	Coordinates []float64 `json:"coordinates"`
}

type collection struct {
	Type     string    `json:"type"`
	Features []feature `json:"features"`
}

func newFeature(row *findingRow) feature {
	p := row.Position
	at := []float64{p.Lon, p.Lat}
	if p.Altitude != nil {
		at = append(at, *p.Altitude)
	}
	f := feature{"Feature", geometry{"Point", at}, map[string]any{"finding": row.Finding, "object": row.Object}}
	if p.Time != "" {
		f.Properties["time"] = p.Time
	}
	return f
}

func line(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("a line of JSON: %w", err)
	}
	return nil
}
