package main

import (
	"cmp"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"habeas/reports"
	"habeas/reports/jsonl"
)

// scanned is a record of testdata/uploads, and what it says as JSON Lines, in order
// of key.
func scanned(t *testing.T) (record string, all []jsonl.Object) {
	t.Helper()
	record = filepath.Join(t.TempDir(), "uploads.habeas")
	code, out, talk := habeas(t, nil, "scan", filepath.Join(testdata(t), "uploads"), "--owners", filepath.Join(testdata(t), "owners.yaml"),
		"--no-report", "--record", record, "--in-process", "--json", "--allow-incomplete")
	if code != exitDone {
		t.Fatalf("exit code %d: %s", code, talk)
	}
	for _, o := range objects(t, out) {
		all = append(all, o)
	}
	slices.SortFunc(all, func(a, b jsonl.Object) int { return cmp.Compare(a.Key, b.Key) })
	return record, all
}

// rows are the results of a query as text.
func rows(t *testing.T, db *sql.DB, query string) [][]string {
	t.Helper()
	r, err := db.Query(query)
	if err != nil {
		t.Fatalf("%v\n%s", err, query)
	}
	defer r.Close()
	names, err := r.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var out [][]string
	for r.Next() {
		values := make([]any, len(names))
		cells := make([]sql.NullString, len(names))
		for i := range values {
			values[i] = &cells[i]
		}
		if err := r.Scan(values...); err != nil {
			t.Fatal(err)
		}
		var row []string
		for _, c := range cells {
			row = append(row, c.String)
		}
		out = append(out, row)
	}
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// group counts in order of first appearance of its names.
type group struct {
	names  []string
	counts map[string]int
	within map[string]map[string]bool
}

func (g *group) add(name, in string) {
	if g.counts == nil {
		g.counts, g.within = map[string]int{}, map[string]map[string]bool{}
	}
	if g.counts[name] == 0 {
		g.names = append(g.names, name)
		g.within[name] = map[string]bool{}
	}
	g.counts[name]++
	g.within[name][in] = true
}

// sorted are the names, largest count first, then by name.
func (g *group) sorted(size func(name string) int) []string {
	slices.SortFunc(g.names, func(a, b string) int { return cmp.Or(cmp.Compare(size(b), size(a)), cmp.Compare(a, b)) })
	return g.names
}

func (g *group) count(name string) int { return g.counts[name] }

// answers are the ten queries of docs/record.md, computed from the JSON Lines.
func answers(all []jsonl.Object) [][][]string {
	var covered, kinds, owners, shared, codes, cells group
	bytes := map[string]int64{}
	owned, months := map[string]map[string]bool{}, map[string][]string{}
	var third, ana, nobody, strip [][]string
	ownerOf := func(o jsonl.Object) reports.Owner {
		if o.Owner == nil {
			return reports.Owner{}
		}
		return *o.Owner
	}
	for _, o := range all {
		owner := ownerOf(o)
		covered.add(string(o.Coverage), o.Key)
		bytes[string(o.Coverage)] += o.Size
		for _, r := range o.Reasons {
			codes.add(r.Code, o.Key)
		}
		if owner.ID == "" {
			nobody = append(nobody, []string{o.Key, fmt.Sprint(o.Size), string(o.Coverage)})
		}
		var strips []string
		for _, f := range o.Findings {
			if !f.Counted() {
				continue
			}
			kinds.add(f.Kind, o.Key)
			if owner.ID != "" {
				owners.add(owner.Tenant+"\x00"+owner.ID, o.Key)
			}
			if f.Party == reports.PartyThird {
				third = append(third, []string{o.Key, f.Kind, f.Mask, f.Part})
			}
			if f.Fingerprint != "" && owner.ID != "" {
				name := f.Kind + "\x00" + f.Mask + "\x00" + f.Fingerprint
				shared.add(name, o.Key)
				if owned[name] == nil {
					owned[name] = map[string]bool{}
				}
				owned[name][owner.Tenant+"\x00"+owner.ID] = true
			}
			if f.Kind == "gps" {
				name := fmt.Sprint(f.Cell.Lat) + "\x00" + fmt.Sprint(f.Cell.Lon)
				cells.add(name, o.Key)
				months[name] = append(months[name], f.Month)
			}
			if owner.ID == "ana" && owner.Tenant == "" {
				ana = append(ana, []string{o.Key, f.Kind, f.Mask, f.Part, f.Tag, fmt.Sprint(f.Confidence)})
			}
			if (f.Kind == "gps" || f.Kind == "device_serial") && f.Tag != "" && !slices.Contains(strips, f.Kind) {
				strips = append(strips, f.Kind)
			}
		}
		if len(strips) > 0 {
			strip = append(strip, []string{o.Key, strings.Join(strips, ",")})
		}
	}
	var out [10][][]string
	slices.Sort(covered.names)
	for _, c := range covered.names {
		out[0] = append(out[0], []string{c, fmt.Sprint(covered.counts[c]), fmt.Sprint(bytes[c])})
	}
	for _, k := range kinds.sorted(kinds.count) {
		out[1] = append(out[1], []string{k, fmt.Sprint(kinds.counts[k]), fmt.Sprint(len(kinds.within[k]))})
	}
	for _, o := range owners.sorted(owners.count) {
		tenant, id, _ := strings.Cut(o, "\x00")
		out[2] = append(out[2], []string{tenant, id, fmt.Sprint(owners.counts[o]), fmt.Sprint(len(owners.within[o]))})
	}
	out[3] = third
	for _, v := range shared.sorted(func(name string) int { return len(owned[name]) }) {
		if n := len(owned[v]); n > 1 {
			parts := strings.Split(v, "\x00")
			out[4] = append(out[4], []string{parts[0], parts[1], fmt.Sprint(n), fmt.Sprint(len(shared.within[v]))})
		}
	}
	for _, c := range codes.sorted(func(name string) int { return len(codes.within[name]) }) {
		out[5] = append(out[5], []string{c, fmt.Sprint(len(codes.within[c]))})
	}
	for _, c := range cells.sorted(cells.count) {
		lat, lon, _ := strings.Cut(c, "\x00")
		slices.Sort(months[c])
		out[6] = append(out[6], []string{lat, lon, fmt.Sprint(cells.counts[c]), months[c][0], months[c][len(months[c])-1]})
	}
	out[7], out[8], out[9] = ana, nobody, strip
	return out[:]
}

func TestTheQueriesOfTheRecordsDocument(t *testing.T) {
	record, all := scanned(t)
	db, err := sql.Open("sqlite", "file:"+record+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	doc := readDoc(t, "record.md")
	queries := blocks(doc, "sql")
	want := answers(all)
	if len(queries) != len(want) {
		t.Fatalf("%d queries", len(queries))
	}
	for i, q := range queries {
		if len(want[i]) == 0 {
			t.Errorf("query %d would prove nothing: it is to find nothing", i+1)
		}
		if diff := gocmp.Diff(want[i], rows(t, db, q)); diff != "" {
			t.Errorf("query %d (-JSON Lines +SQL):\n%s", i+1, diff)
		}
	}
	describesTheSchema(t, db, doc)
}

// describesTheSchema fails if the document lacks a table, a view or a column.
func describesTheSchema(t *testing.T, db *sql.DB, doc string) {
	t.Helper()
	for _, table := range rows(t, db, `SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'`) {
		_, section, ok := strings.Cut(doc, "\n### "+table[0]+"\n")
		if !ok {
			t.Errorf("docs/record.md does not describe %s", table[0])
			continue
		}
		section, _, _ = strings.Cut(section, "\n#")
		for _, column := range rows(t, db, `SELECT name FROM pragma_table_info('`+table[0]+`')`) {
			if !strings.Contains(section, "`"+column[0]+"`") {
				t.Errorf("docs/record.md does not describe %s.%s", table[0], column[0])
			}
		}
	}
	for _, pragma := range []string{"application_id"} {
		if id := rows(t, db, `PRAGMA `+pragma)[0][0]; !strings.Contains(doc, id) {
			t.Errorf("docs/record.md does not say that %s is %s", pragma, id)
		}
	}
}

func readDoc(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(repo, "docs", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// blocks are the code blocks of a language in a Markdown text.
func blocks(doc, language string) []string {
	var out []string
	for _, m := range regexp.MustCompile("(?s)```"+language+"\n(.*?)```").FindAllStringSubmatch(doc, -1) {
		out = append(out, m[1])
	}
	return out
}
