package sqlite

import (
	"bytes"
	"database/sql"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"habeas/scanner/media"
	"habeas/scanner/media/mediatest"
)

// beside is the file with a suffix that the engine keeps beside a database while it
// is in use.
func beside(t testing.TB, suffix string, statements ...string) []byte {
	t.Helper()
	file := filepath.Join(t.TempDir(), "x.db")
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(file + suffix)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func logged(t testing.TB) []byte {
	return beside(t, "-wal", "PRAGMA journal_mode=WAL", "PRAGMA page_size=1024", people, "CREATE TABLE other (a, b)",
		"INSERT INTO people VALUES (1, 'Ana Silva', 'ana@example.org', 7)", "INSERT INTO people VALUES (2, 'Bo', 'bo@example.org', 8)",
		"UPDATE people SET mail='new@example.org' WHERE id=2", "DELETE FROM people WHERE id=1", "INSERT INTO other VALUES (5, 'note')")
}

func journaled(t testing.TB) []byte {
	list := append([]string{"PRAGMA page_size=1024", "PRAGMA synchronous=OFF", "PRAGMA cache_size=1", "PRAGMA cache_spill=1", people}, fill(1, 60)...)
	return beside(t, "-journal", append(list, "BEGIN", "UPDATE people SET mail='gone'", "INSERT INTO people SELECT id+1000, name, mail, code FROM people")...)
}

func TestWAL(t *testing.T) {
	b := logged(t)
	if !NewWAL().Match(b) {
		t.Fatal("not recognised")
	}
	v := mediatest.Walk(t, NewWAL(), b)
	got := shown(v)
	for _, want := range []string{"people/1/name=Ana Silva", "people/1/mail=ana@example.org", "mail=bo@example.org", "mail=new@example.org", "other/1/b=note"} {
		if !slices.ContainsFunc(got, func(s string) bool { return strings.HasSuffix(s, want) }) {
			t.Errorf("%s is missing in %q", want, got)
		}
	}
	if n := strings.Count(strings.Join(got, " "), "ana@example.org"); n != 1 {
		t.Errorf("a row in many pages is told %d times", n)
	}
	if len(v.Problems) > 0 {
		t.Errorf("problems: %v", v.Problems)
	}
}

func TestJournal(t *testing.T) {
	b := journaled(t)
	if !NewJournal().Match(b) {
		t.Fatal("not recognised")
	}
	v := mediatest.Walk(t, NewJournal(), b)
	if got := strings.Join(shown(v), " "); !strings.Contains(got, "=p001@example.org") || !strings.Contains(got, "=Person 030") {
		t.Errorf("%s", v.Dump())
	}
}

func TestLogProblems(t *testing.T) {
	w, j := logged(t), journaled(t)
	size := func(b []byte, at int, n uint32) []byte {
		b = bytes.Clone(b)
		binary.BigEndian.PutUint32(b[at:], n)
		return b
	}
	for name, c := range map[string]struct {
		f      media.Format
		object []byte
		want   []media.Reason
	}{
		"log":                {NewWAL(), w, nil},
		"log cut":            {NewWAL(), w[:len(w)-100], []media.Reason{media.Truncated}},
		"log's head cut":     {NewWAL(), w[:20], []media.Reason{media.Truncated}},
		"log of odd pages":   {NewWAL(), size(w, 8, 1000), []media.Reason{media.Corrupt}},
		"head alone":         {NewWAL(), w[:32], nil},
		"journal's head cut": {NewJournal(), j[:20], []media.Reason{media.Truncated}},
		"journal of none":    {NewJournal(), size(j, 24, 3), []media.Reason{media.Corrupt}},
		"more than there is": {NewJournal(), size(j, 8, 1<<20), []media.Reason{media.Truncated}},
	} {
		t.Run(name, func(t *testing.T) {
			if d := cmp.Diff(c.want, mediatest.Walk(t, c.f, c.object).Reasons()); d != "" {
				t.Errorf("reasons (-want +got):\n%s", d)
			}
		})
	}
}

func FuzzWAL(f *testing.F) {
	b := logged(f)
	mediatest.Fuzz(f, NewWAL(), b, b[:len(b)/2], bytes.ReplaceAll(b, []byte{leafTable, 0, 0}, []byte{leafTable, 0xff, 0xff}))
}

func FuzzJournal(f *testing.F) {
	b := journaled(f)
	mediatest.Fuzz(f, NewJournal(), b, b[:len(b)/2])
}
