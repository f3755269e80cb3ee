package sqlite

import (
	"bytes"
	"database/sql"
	"encoding/binary"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	_ "modernc.org/sqlite"

	"habeas/scanner/media"
	"habeas/scanner/media/mediatest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// made is a database that a real engine wrote.
func made(t testing.TB, statements ...string) []byte {
	t.Helper()
	file := filepath.Join(t.TempDir(), "x.db")
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	statements = append([]string{"PRAGMA synchronous=OFF"}, statements...)
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// shown is each cell of a walk as part/row/column=value.
func shown(v *mediatest.Visit) (out []string) {
	for i := range v.Parts {
		p := &v.Parts[i]
		for _, c := range p.Cells {
			out = append(out, fmt.Sprintf("%s/%d/%s=%s", p.Path, c.Record, c.Column, p.Text[c.Start:c.End]))
		}
	}
	return out
}

func TestRows(t *testing.T) {
	for _, c := range []struct {
		name       string
		statements []string
		want       []string
	}{
		{"types", []string{"CREATE TABLE people (id INTEGER PRIMARY KEY, \"full name\" TEXT, [age] INT, score REAL, x BLOB, `y` NULL, phone)",
			"INSERT INTO people VALUES (7, 'Ana Silva', 42, 1.5, NULL, NULL, 442079460018), (9, 'Zoë', -1, 2, x'00ff', 'z', 0), (10, '', 1, 300000, CAST('a text' AS BLOB), NULL, 1)"},
			[]string{"people/1/id=7", "people/1/full name=Ana Silva", "people/1/age=42", "people/1/score=1.5", "people/1/phone=442079460018",
				"people/2/id=9", "people/2/full name=Zoë", "people/2/age=-1", "people/2/score=2", "people/2/y=z", "people/2/phone=0",
				"people/3/id=10", "people/3/age=1", "people/3/score=300000", "people/3/x=a text", "people/3/phone=1"}},
		{"utf-16", []string{"PRAGMA encoding='UTF-16le'", "CREATE TABLE t (name)", "INSERT INTO t VALUES ('Ana'), ('山田')"}, []string{"t/1/name=Ana", "t/2/name=山田"}},
		{"utf-16, other order", []string{"PRAGMA encoding='UTF-16be'", "CREATE TABLE t (name)", "INSERT INTO t VALUES ('Ana')"}, []string{"t/1/name=Ana"}},
		{"without row numbers", []string{"CREATE TABLE t (a TEXT, b TEXT, c TEXT, PRIMARY KEY (c, a)) WITHOUT ROWID", "INSERT INTO t VALUES ('1','2','3')"}, []string{"t/1/c=3", "t/1/a=1", "t/1/b=2"}},
		{"key as an item", []string{"CREATE TABLE t (a INTEGER NOT NULL, b DECIMAL(10,2) DEFAULT (1+2) -- a comment, with a comma\n, PRIMARY KEY (a), CHECK (a > 0))", "INSERT INTO t(a) VALUES (5)"}, []string{"t/1/a=5", "t/1/b=3"}},
		{"computed columns", []string{"CREATE TABLE t (a, b AS (a||'x') VIRTUAL, c AS (a||'y') STORED, d)", "INSERT INTO t(a,d) VALUES ('1','2')"}, []string{"t/1/a=1", "t/1/c=1y", "t/1/d=2"}},
		{"column added later", []string{"CREATE TABLE t (a)", "INSERT INTO t VALUES (1)", "ALTER TABLE t ADD COLUMN b", "INSERT INTO t VALUES (2,3)"}, []string{"t/1/a=1", "t/2/a=2", "t/2/b=3"}},
		{"other things", []string{"CREATE TABLE \"a/b\" (x)", "CREATE INDEX i ON \"a/b\" (x)", "CREATE VIEW w AS SELECT x FROM \"a/b\"", "INSERT INTO \"a/b\" VALUES ('v')"}, []string{"a_b/1/x=v"}},
		{"empty", []string{"CREATE TABLE t (a)"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := made(t, c.statements...)
			if !New().Match(b[:min(len(b), media.HeadSize)]) {
				t.Error("no match")
			}
			v := mediatest.Walk(t, New(), b)
			if d := cmp.Diff(c.want, shown(v)); d != "" {
				t.Errorf("cells (-want +got):\n%s", d)
			}
			if len(v.Problems) > 0 {
				t.Errorf("problems %v", v.Problems)
			}
		})
	}
}

// big has interior pages, and values that flow over into other pages.
func big(t testing.TB) []byte {
	return made(t, "PRAGMA page_size=512", "CREATE TABLE t (id INTEGER PRIMARY KEY, name, note)", "CREATE TABLE w (k TEXT PRIMARY KEY, v) WITHOUT ROWID",
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 3000) INSERT INTO t SELECT i, 'Name ' || i, CASE WHEN i % 100 = 0 THEN replace(hex(zeroblob(2000)), '0', 'x') || i ELSE i END FROM n",
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 1000) INSERT INTO w SELECT printf('%04d', i) || replace(hex(zeroblob(200)), '0', 'k'), 'v' || i FROM n")
}

func TestBig(t *testing.T) {
	b := big(t)
	v := mediatest.Walk(t, New(), b)
	if len(v.Problems) > 0 {
		t.Errorf("problems %v", v.Problems)
	}
	rows, long, keyed := 0, 0, 0
	for _, s := range shown(v) {
		switch {
		case strings.HasPrefix(s, "t/") && strings.Contains(s, "/name="):
			if rows++; s != fmt.Sprintf("t/%d/name=Name %d", rows, rows) {
				t.Fatalf("row %d is %.80s", rows, s)
			}
		case strings.Contains(s, "/note=x"):
			if long++; !strings.HasSuffix(s, fmt.Sprintf("xx%d", long*100)) || len(s) < 4000 {
				t.Fatalf("a long value is damaged: %d bytes", len(s))
			}
		case strings.HasPrefix(s, "w/") && strings.Contains(s, "/v=v"):
			if keyed++; s != fmt.Sprintf("w/%d/v=v%d", keyed, keyed) {
				t.Fatalf("row %d is %.80s", keyed, s)
			}
		}
	}
	if rows != 3000 || long != 30 || keyed != 1000 {
		t.Errorf("%d rows, %d long values, %d rows without numbers", rows, long, keyed)
	}
	if v.Read > 2*int64(len(b)) {
		t.Errorf("%d bytes read of %d", v.Read, len(b))
	}
}

func TestBlobs(t *testing.T) {
	picture := append([]byte("\xff\xd8\xff\xe0"), make([]byte, 100)...)
	b := made(t, "CREATE TABLE t (id INTEGER PRIMARY KEY, photo BLOB)", fmt.Sprintf("INSERT INTO t VALUES (1, x'%x'), (2, x'00010203')", picture))
	v := mediatest.Walk(t, New(), b)
	if d := cmp.Diff([]mediatest.Block{{Path: "t/row[1]/photo", Data: picture}}, v.Blocks); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestHostile(t *testing.T) {
	plain := made(t, "PRAGMA page_size=512", "CREATE TABLE t (a)", "INSERT INTO t VALUES ('ana@example.org')")
	large := big(t)
	changed := func(b []byte, at int, with ...byte) []byte {
		b = bytes.Clone(b)
		copy(b[at:], with)
		return b
	}
	loop := bytes.Clone(large) // the root of t is its own right child
	binary.BigEndian.PutUint32(loop[512+8:], 2)
	for _, c := range []struct {
		name   string
		object []byte
		want   []media.Reason
	}{
		{"header cut", plain[:60], []media.Reason{media.Truncated}},
		{"cut", plain[:512], []media.Reason{media.Truncated}},
		{"large, cut", large[:len(large)/2], []media.Reason{media.Truncated}},
		{"page size 3", changed(plain, 16, 0, 3), []media.Reason{media.Corrupt}},
		{"page size 0", changed(plain, 16, 0, 0), []media.Reason{media.Corrupt}},
		{"all reserved", changed(plain, 20, 255), []media.Reason{media.Corrupt}},
		{"no tree", changed(plain, 100, 7), []media.Reason{media.Corrupt}},
		{"many cells", changed(plain, 103, 0xff, 0xff), []media.Reason{media.Corrupt}},
		{"loop", loop, []media.Reason{media.Corrupt}},
		{"zeros", append(append([]byte{}, plain[:100]...), make([]byte, 924)...), []media.Reason{media.Corrupt}},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := mediatest.Walk(t, New(), c.object)
			if d := cmp.Diff(c.want, v.Reasons()); d != "" {
				t.Errorf("reasons (-want +got):\n%s", d)
			}
		})
	}
}

func TestGolden(t *testing.T) {
	b := made(t, "PRAGMA page_size=512", "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, mail TEXT)", "INSERT INTO users VALUES (1, 'Ana Silva', 'ana@example.org')")
	mediatest.Golden(t, *update, New(), "users.db", "a table that SQLite wrote", b)
}

func FuzzWalk(f *testing.F) {
	mediatest.Fuzz(f, New(), made(f, "PRAGMA page_size=512", "CREATE TABLE t (a, b)", "INSERT INTO t VALUES ('ana@example.org', zeroblob(2000))"),
		made(f, "PRAGMA page_size=512", "CREATE TABLE t (a PRIMARY KEY, b) WITHOUT ROWID", "INSERT INTO t VALUES (1, 2), (3, zeroblob(600))"), []byte(magic),
		made(f, append([]string{"PRAGMA secure_delete=OFF", "PRAGMA page_size=512", people}, append(fill(1, 20), "DELETE FROM people WHERE id % 3 = 0", "DELETE FROM people WHERE id > 12")...)...))
}

func BenchmarkWalk(b *testing.B) {
	object := big(b)
	r := bytes.NewReader(object)
	b.SetBytes(int64(len(object)))
	b.ReportAllocs()
	for b.Loop() {
		if err := New().Walk(r, int64(len(object)), mediatest.Discard{}); err != nil {
			b.Fatal(err)
		}
	}
}
