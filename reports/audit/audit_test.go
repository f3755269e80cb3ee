package audit

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

func entry(n int) Entry {
	return Entry{Time: noon.Add(time.Duration(n) * time.Minute), Actor: "officer", Action: "erase.intent", Command: "erase apply",
		Case: "C-1", Why: "art. 17(1)(b)", Source: "s3://media/", Objects: []string{fmt.Sprintf("%032x", n)}, Count: 1,
		Detail: map[string]string{"version": fmt.Sprint("v", n)}}
}

// written makes a log of n entries.
func written(t *testing.T, n int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sub", "audit.jsonl")
	l, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for i := range n {
		if err := l.Append(entry(i)); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

func verify(t *testing.T, path string, anchors ...Head) *Report {
	t.Helper()
	r, err := Verify(path, anchors...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func lines(t *testing.T, path string) []string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return slices.Collect(strings.Lines(string(b)))
}

func put(t *testing.T, path string, ls []string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(strings.Join(ls, "")), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestAppendAndVerify(t *testing.T) {
	path := written(t, 5)
	r := verify(t, path)
	want := &Report{Entries: 5, Head: r.Head, First: noon, Last: noon.Add(4 * time.Minute)}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, name := range []string{path, path + ".head"} {
		info, err := os.Stat(name)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", filepath.Base(name), info.Mode(), err)
		}
	}
	l, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if l.Head() != r.Head {
		t.Errorf("head %v, want %v", l.Head(), r.Head)
	}
	if err := l.Append(entry(5), entry(6)); err != nil {
		t.Fatal(err)
	}
	again := verify(t, path, r.Head, l.Head())
	if !again.OK() || again.Entries != 7 {
		t.Errorf("%+v", again)
	}
}

func TestTamper(t *testing.T) {
	tests := []struct {
		name   string
		change func([]string) []string
		want   string
	}{
		{"edit of the first", func(l []string) []string { l[0] = strings.Replace(l[0], "officer", "somebod", 1); return l }, "changed"},
		{"edit in the middle", func(l []string) []string { l[2] = strings.Replace(l[2], "v2", "v9", 1); return l }, "changed"},
		{"edit of the last", func(l []string) []string { l[5] = strings.Replace(l[5], "v5", "v6", 1); return l }, "not those that were written"},
		{"a blank more", func(l []string) []string { l[5] = strings.Replace(l[5], "{", "{ ", 1); return l }, "not those that were written"},
		{"cut in the middle", func(l []string) []string { return slices.Delete(l, 2, 4) }, "entries 3 to 4 are missing"},
		{"cut at the start", func(l []string) []string { return l[1:] }, "entries 1 to 1 are missing"},
		{"cut at the end", func(l []string) []string { return l[:5] }, "the end was cut off"},
		{"emptied", func(l []string) []string { return nil }, "the end was cut off"},
		{"swapped", func(l []string) []string { l[1], l[2] = l[2], l[1]; return l }, "missing"},
		{"repeated", func(l []string) []string { return slices.Insert(l, 3, l[2]) }, "moved or inserted"},
		{"no entry", func(l []string) []string { l[3] = "hello\n"; return l }, "no entry"},
		{"empty line", func(l []string) []string { return append(l, "\n") }, "no entry"},
		{"unknown field", func(l []string) []string { l[3] = `{"x":1,` + l[3][1:]; return l }, "no entry"},
		{"very long", func(l []string) []string { l[3] = strings.Repeat("x", 3*maxLine) + "\n"; return l }, "no entry"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := written(t, 6)
			put(t, path, test.change(lines(t, path)))
			r := verify(t, path)
			if !slices.ContainsFunc(r.Problems, func(p Problem) bool { return strings.Contains(p.What, test.want) }) {
				t.Errorf("problems %v, want one with %q", r.Problems, test.want)
			}
			before := lines(t, path)
			if l, err := Open(path); err == nil {
				l.Close()
				t.Error("opened for more entries")
			} else if !errors.Is(err, ErrBroken) {
				t.Error(err)
			}
			if diff := cmp.Diff(before, lines(t, path)); diff != "" {
				t.Error("changed by Open")
			}
		})
	}
}

func TestNewChain(t *testing.T) {
	// All of it written anew, with its head: only a head noted elsewhere shows it.
	path := written(t, 4)
	noted := verify(t, path).Head
	other := written(t, 6)
	for _, end := range []string{"", ".head"} {
		if err := os.Rename(other+end, path+end); err != nil {
			t.Fatal(err)
		}
	}
	if r := verify(t, path, noted); !r.OK() {
		t.Errorf("the same first entries: %v", r.Problems)
	}
	noted.Hash = hashOf([]byte("another"))
	if r := verify(t, path, noted); r.OK() {
		t.Error("a noted head that is not in the chain passes")
	}
	if r := verify(t, path, Head{Seq: 70, Hash: noted.Hash}); r.OK() {
		t.Error("a noted head after the end passes")
	}
}

func TestHeadFileGone(t *testing.T) {
	path := written(t, 2)
	if err := os.Remove(path + ".head"); err != nil {
		t.Fatal(err)
	}
	if r := verify(t, path); r.OK() {
		t.Error("no problem")
	}
	if _, err := Open(path); !errors.Is(err, ErrBroken) {
		t.Errorf("open: %v", err)
	}
}

// TestCrash cuts the log and the head at every point that a crash during the last
// append can leave, and goes on.
func TestCrash(t *testing.T) {
	path := written(t, 3)
	log, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, err := os.ReadFile(path + ".head")
	if err != nil {
		t.Fatal(err)
	}
	l, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Append(entry(3)); err != nil {
		t.Fatal(err)
	}
	l.Close()
	after, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	cuts := []int{len(after), len(after)}
	for n := len(log); n < len(after); n += 7 {
		cuts = append(cuts, n)
	}
	for try, n := range cuts {
		tornHead := slices.Clone(head)
		if try%2 == 0 {
			// The slot that was being written: the older one.
			copy(tornHead[slotLen:], bytes.Repeat([]byte("0"), 30))
		}
		put(t, path, []string{string(after[:n])})
		if err := os.WriteFile(path+".head", tornHead, 0o600); err != nil {
			t.Fatal(err)
		}
		if r := verify(t, path); !r.OK() || r.Torn != int64(n-len(log)) && n < len(after) {
			t.Fatalf("cut at %d: %+v", n, r)
		}
		l, err := Open(path)
		if err != nil {
			t.Fatalf("cut at %d: %v", n, err)
		}
		if _, err := l.Entries("erase."); err != nil {
			t.Fatalf("cut at %d: %v", n, err)
		}
		if err := l.Append(entry(4)); err != nil {
			t.Fatal(err)
		}
		l.Close()
		r := verify(t, path)
		want := int64(4)
		if n > len(log) {
			want = 5 // the note, or the entry that came through
		}
		if !r.OK() || r.Entries != want || r.Torn != 0 {
			t.Errorf("cut at %d: %+v, want %d entries", n, r, want)
		}
	}
}

func TestTwoWriters(t *testing.T) {
	path := written(t, 1)
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			l, err := Open(path)
			if err != nil {
				t.Error(err)
				return
			}
			defer l.Close()
			for i := range 10 {
				if err := l.Append(entry(i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	if r := verify(t, path); !r.OK() || r.Entries != 41 {
		t.Errorf("%+v", r)
	}
}

func TestRefused(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Entry)
	}{
		{"no time", func(e *Entry) { e.Time = time.Time{} }},
		{"no actor", func(e *Entry) { e.Actor = "" }},
		{"no action", func(e *Entry) { e.Action = "" }},
		{"action with a blank", func(e *Entry) { e.Action = "erase all" }},
		{"a key for an object", func(e *Entry) { e.Objects = []string{"users/ana/a.jpg"} }},
		{"an address for an object", func(e *Entry) { e.Objects = []string{"ana@example.org"} }},
		{"a long reason", func(e *Entry) { e.Why = strings.Repeat("x", maxText+1) }},
		{"no UTF-8", func(e *Entry) { e.Case = "\xff" }},
		{"two lines", func(e *Entry) { e.Actor = "a\nb" }},
		{"misnamed detail", func(e *Entry) { e.Detail = map[string]string{"Name": "x"} }},
		{"many objects", func(e *Entry) { e.Objects = make([]string, maxObjects+1) }},
	}
	path := written(t, 1)
	l, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e := entry(1)
			test.change(&e)
			if err := l.Append(entry(2), e); err == nil {
				t.Error("taken")
			}
		})
	}
	if err := l.Append(make([]Entry, maxBatch+1)...); err == nil {
		t.Error("too many at once are taken")
	}
	if r := verify(t, path); !r.OK() || r.Entries != 1 {
		t.Errorf("%+v", r)
	}
}

func TestParseHead(t *testing.T) {
	h := Head{Seq: 12, Hash: none}
	if got, err := ParseHead(h.String()); err != nil || got != h {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []string{"", "12", ":" + none, "0:" + none, "x:" + none, "1:abcd", "1:" + none[:62] + "zz"} {
		if _, err := ParseHead(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestEntries(t *testing.T) {
	path := written(t, 2)
	l, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	hold := entry(7)
	hold.Action = "hold.add"
	if err := l.Append(hold); err != nil {
		t.Fatal(err)
	}
	got, err := l.Entries("hold.")
	if err != nil || len(got) != 1 {
		t.Fatalf("%d entries, %v", len(got), err)
	}
	if diff := cmp.Diff(hold, got[0]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	put(t, path, slices.Delete(lines(t, path), 0, 1))
	if _, err := l.Entries("hold."); !errors.Is(err, ErrBroken) {
		t.Errorf("after a cut: %v", err)
	}
}
