package sqlite

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"habeas/scanner/media"
	"habeas/scanner/media/mediatest"
)

// deletedOf are the cells that a walk tells as deleted.
func deletedOf(v *mediatest.Visit) []string {
	out := shown(v)
	out = slices.DeleteFunc(out, func(s string) bool { return !strings.HasPrefix(s, "deleted") })
	slices.Sort(out)
	if len(out) == 0 {
		return nil
	}
	return out
}

// fill inserts rows from..to-1 of a table of people.
func fill(from, to int) (list []string) {
	for i := from; i < to; i++ {
		list = append(list, fmt.Sprintf("INSERT INTO people VALUES (%d, 'Person %03d', 'p%03d@example.org', %d)", i, i, i, 1000+i))
	}
	return list
}

const people = "CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, mail TEXT, code INTEGER)"

func TestDeleted(t *testing.T) {
	plain := func(statements ...string) []string {
		return append([]string{"PRAGMA secure_delete=OFF", "PRAGMA page_size=1024", people}, statements...)
	}
	for name, c := range map[string]struct {
		made []string
		want []string
	}{
		"nothing deleted": {plain(fill(1, 40)...), nil},
		"one in the middle": {plain(append(fill(1, 6), "DELETE FROM people WHERE id=3")...),
			[]string{"deleted/people/1/code=1003", "deleted/people/1/mail=p003@example.org", "deleted/people/1/name=Person 003"}},
		"the last one": {plain(append(fill(1, 6), "DELETE FROM people WHERE id=5")...),
			[]string{"deleted/people/1/code=1005", "deleted/people/1/mail=p005@example.org", "deleted/people/1/name=Person 005"}},
		"two beside each other": {plain(append(fill(1, 8), "DELETE FROM people WHERE id=3", "DELETE FROM people WHERE id=4")...),
			[]string{"deleted/people/1/code=1004", "deleted/people/1/mail=p004@example.org", "deleted/people/1/name=Person 004", "deleted/people/2/code=1003", "deleted/people/2/mail=p003@example.org", "deleted/people/2/name=Person 003"}},
		"changed": {plain(append(fill(1, 4), "UPDATE people SET name='Somebody with a longer name' WHERE id=2")...),
			[]string{"deleted/people/1/code=1002", "deleted/people/1/mail=p002@example.org", "deleted/people/1/name=Person 002"}},
		"large numbers of rows": {plain("INSERT INTO people VALUES (70000000, 'Ana Silva', 'ana@example.org', 7)", "INSERT INTO people VALUES (70000001, 'Bo', 'bo@example.org', 8)", "DELETE FROM people WHERE id=70000000"),
			[]string{"deleted/people/1/code=7", "deleted/people/1/mail=ana@example.org", "deleted/people/1/name=Ana Silva"}},
		"wide text": {[]string{"PRAGMA secure_delete=OFF", "PRAGMA encoding='UTF-16le'", "CREATE TABLE t (name TEXT, mail TEXT)", "INSERT INTO t VALUES ('Zoë', 'zoe@example.org')", "INSERT INTO t VALUES ('Bo', 'bo@example.org')", "DELETE FROM t WHERE name='Zoë'"},
			[]string{"deleted/t/1/mail=zoe@example.org", "deleted/t/1/name=Zoë"}},
		"erased by the engine": {[]string{"PRAGMA secure_delete=ON", people, "INSERT INTO people VALUES (1, 'Ana', 'ana@example.org', 2)", "INSERT INTO people VALUES (2, 'Bo', 'bo@example.org', 2)", "DELETE FROM people WHERE id=1"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			v := mediatest.Walk(t, New(), made(t, c.made...))
			if d := cmp.Diff(c.want, deletedOf(v)); d != "" {
				t.Errorf("deleted (-want +got):\n%s", d)
			}
			if len(v.Problems) > 0 {
				t.Errorf("problems: %v", v.Problems)
			}
			if told := v.Tag(media.HiddenRows) != ""; told != (c.want != nil) {
				t.Errorf("told of: %v", told)
			}
		})
	}
}

// A table that was emptied leaves whole pages, and a table that was dropped its last
// rows under no name.
func TestFreePages(t *testing.T) {
	for name, last := range map[string]string{"emptied": "DELETE FROM people", "dropped": "DROP TABLE people"} {
		statements := append([]string{"PRAGMA secure_delete=OFF", "PRAGMA page_size=1024", people, "CREATE INDEX by_mail ON people (mail)"}, fill(1, 200)...)
		v := mediatest.Walk(t, New(), made(t, append(statements, last)...))
		mails := map[string]bool{}
		for _, s := range deletedOf(v) {
			if i := strings.Index(s, "=p"); i >= 0 {
				mails[s[i+1:]] = true
			}
		}
		if len(mails) < 190 {
			t.Errorf("%s: %d of 199 mails", name, len(mails))
		}
		if len(v.Problems) > 0 {
			t.Errorf("%s: problems: %v", name, v.Problems)
		}
	}
}

// A long value that was deleted leaves text in the pages that it flowed over into.
func TestOverflown(t *testing.T) {
	v := mediatest.Walk(t, New(), made(t, "PRAGMA secure_delete=OFF", "PRAGMA page_size=512", "CREATE TABLE notes (note TEXT)",
		"INSERT INTO notes VALUES ('"+strings.Repeat("long ", 500)+"ana@example.org "+strings.Repeat("long ", 500)+"')", "DELETE FROM notes"))
	if !strings.Contains(v.Dump(), "deleted/page[") {
		t.Error(v.Dump())
	}
}

func TestDeletedHostile(t *testing.T) {
	b := made(t, append([]string{"PRAGMA secure_delete=OFF", "PRAGMA page_size=1024", people}, append(fill(1, 100), "DELETE FROM people")...)...)
	trunk := binary.BigEndian.Uint32(b[32:])
	if trunk == 0 {
		t.Fatal("no page is free")
	}
	loop := slices.Clone(b)
	binary.BigEndian.PutUint32(loop[(int(trunk)-1)*1024:], trunk)
	binary.BigEndian.PutUint32(loop[36:], 1<<31)
	far := slices.Clone(b)
	binary.BigEndian.PutUint32(far[32:], 1<<31)
	many := slices.Clone(b)
	binary.BigEndian.PutUint32(many[(int(trunk)-1)*1024+4:], 1<<31)
	for name, object := range map[string][]byte{"loop": loop, "far": far, "many": many} {
		if v := mediatest.Walk(t, New(), object); v.Err != nil {
			t.Errorf("%s: %v", name, v.Err)
		}
	}
}

// TestTypesEnd: types are read only as far as their values have room, so that a page
// of the same byte again and again is not read anew to its end from each place.
func TestTypesEnd(t *testing.T) {
	for _, b := range []byte{1, 6, 14, 80, 127} {
		types, size := typesOf(bytes.Repeat([]byte{b}, 60_000), 100)
		if len(types) > 100 || size != -1 {
			t.Errorf("%d again and again: %d types of %d bytes", b, len(types), size)
		}
	}
	s := rests{room: 0}
	if s.mayRead() || !s.over {
		t.Error("what may not be read is not told")
	}
}
