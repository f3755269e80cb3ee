package compare

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"habeas/reports"
	"habeas/reports/reportstest"
)

func scans(a, b []*reports.Entry) *Scans {
	older, newer := reportstest.Run(), reportstest.Run()
	return &Scans{older, newer, Objects(stream(a...), stream(b...), OptionsFor(older, newer))}
}

func TestWriteText(t *testing.T) {
	mail := finding("email", "aa", "text")
	was, is := entry("s", "b.txt", "", mail), entry("s", "b.txt", "")
	is.Owner.ID, is.Coverage = "ben", reports.Partial
	var b bytes.Buffer
	if err := scans([]*reports.Entry{entry("s", "a.txt", ""), was}, []*reports.Entry{is, entry("s", "c.txt", "", mail, mail)}).WriteText(&b); err != nil {
		t.Fatal(err)
	}
	const want = `before  uploads, as of 2026-05-04 03:02 UTC
after   uploads, as of 2026-05-04 03:02 UTC

          new  gone  changed  still there
objects   1    1     1        0
findings  2    1              0
  email   2    1              0
objects with another owner than before: 1

gone  a.txt

changed  b.txt, now of ben, complete before and partial now
  - email  m  text

new  c.txt
  + email  m  text
  + email  m  text
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
}

func TestWriteTextSaysWhatCannotBeCompared(t *testing.T) {
	s := scans(nil, nil)
	s.Old.KeyID, s.Old.Complete = "other", false
	var b bytes.Buffer
	if err := s.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"different fingerprint keys", "INCOMPLETE"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in %s", want, b.String())
		}
	}
}

func TestWriteTextIsBoundedAndSafe(t *testing.T) {
	var many []*reports.Entry
	for range 20 {
		many = append(many, reportstest.Entries()...)
	}
	var b bytes.Buffer
	if err := scans(nil, many).WriteText(&b); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsFunc(b.String(), func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }) {
		t.Error("holds what can't be printed")
	}
	if b.Len() > 100<<10 || !strings.Contains(b.String(), "objects more; --json has them all") {
		t.Errorf("%d bytes", b.Len())
	}
}

func TestWriteJSON(t *testing.T) {
	es := reportstest.Entries()
	var b bytes.Buffer
	if err := scans(es[1:], es).WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(&b)
	var records []string
	for {
		var l struct {
			Record   string
			Status   Status
			Findings json.RawMessage
		}
		if err := dec.Decode(&l); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		records = append(records, l.Record+" "+string(l.Status))
	}
	if diff := cmp.Diff([]string{"diff ", "object new", "summary "}, records); diff != "" {
		t.Error(diff)
	}
}

func TestWriteErrors(t *testing.T) {
	broken := errors.New("broken")
	bad := func() *Scans {
		s := scans(nil, nil)
		s.Objects = func(yield func(Object, error) bool) { yield(Object{}, broken) }
		return s
	}
	if err := bad().WriteText(io.Discard); !errors.Is(err, broken) {
		t.Error(err)
	}
	if err := bad().WriteJSON(io.Discard); !errors.Is(err, broken) {
		t.Error(err)
	}
}
