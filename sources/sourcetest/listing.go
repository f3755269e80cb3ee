package sourcetest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"habeas/sources"
)

// orderKeys are where orders by segment, by rune or without case differ from the
// order of bytes: '/' (0x2f) sorts after ' ', '-' and '.', and before '0'.
var orderKeys = []string{
	"a", "a b", "a-b", "a.b", "a/b", "a/b/c", "a/b.c", "a/b-c/d", "a/b/d", "a0", "ab", "B", "Z/z", "Za",
	"_", "b.d/x", "b/x", "b0/x", "b-/y", "b!", "b!/x", "c/a/x", "c/a.x", "c/a-x/y", "c.", "c/",
	"\u00e9", "e\u0301", "\uffee", "\U0001F600", "z\xff", "z\xffa/b", "z\xff.b", "z\xc3\xa9",
}

// oddKeys are keys that a careless source loses, doubles or renames.
func oddKeys() []string {
	return []string{
		"space in name", " lead", "trail ", "two  blanks", "tab\tin", "new\nline", "cr\rin", "crlf\r\nin",
		"esc\x1b[2J", "\x01", "bell\x07", "del\x7f", "\xff", "\xfe", "mid\x80dle", "cut\xc3", "\xed\xa0\x80",
		"caf\u00e9", "cafe\u0301", "\u00a0nbsp", "\u202egpj.exe", "\u2028", "\ufeffbom", "\U0001F600",
		"..a", "a..", "...", "....", "x/..b/c", "x/b../c", "x/.../c", ".hidden", "dir/.hidden", ".dir/x",
		"..", "../up", "x/../y", "./here", "x/./y", "/root", "//", "x//y", "folder/", "x/folder//",
		"back\\slash", "x\\..\\y", "quote'\"`", "<b>&amp;", "%41", "%2F", "%00", "%zz", "a+b", "a+b c", "a%2Bb",
		"?q=1&r", "#frag", "*", "[x]", "{y}", "~", "$HOME", "$(id)", "a:b", "C:x", "-rf", "@at", "=1+1", "a,b;c",
		"CON", "aux.txt", "nul", "trailing.", "users/alice/x", "users/alice2/x", "users/alice-x/x",
		strings.Repeat("n", 255),
		strings.Repeat("\u00e9", 127),
		strings.Repeat("0123456789abcde/", 63) + "0123456789abcdef", // 1,024 bytes: the longest key of S3
	}
}

// holdable gives the keys that the store can hold together.
func (h Harness) holdable(keys []string) map[string]string {
	objects := map[string]string{}
	for _, k := range keys {
		if h.Holds(k) {
			objects[k] = "content of " + fmt.Sprintf("%q", k)
		}
	}
	if h.FileAndFolder {
		return objects
	}
	for folder := range maps.Clone(objects) {
		for k := range objects {
			if strings.HasPrefix(k, folder+"/") {
				delete(objects, folder)
				break
			}
		}
	}
	return objects
}

func sortedKeys(objects map[string]string) []string { return slices.Sorted(maps.Keys(objects)) }

// list gives every object after a key, and fails t on any error.
func list(t *testing.T, s sources.Source, after string) []sources.Object {
	t.Helper()
	var objects []sources.Object
	for o, err := range s.Objects(t.Context(), after) {
		if err != nil {
			t.Fatalf("listing after %q: %q: %v", after, o.Key, err)
		}
		objects = append(objects, o)
	}
	return objects
}

func keysOf(objects []sources.Object) []string {
	keys := []string{}
	for _, o := range objects {
		keys = append(keys, o.Key)
	}
	return keys
}

// find gives the listed object of key.
func find(t *testing.T, s sources.Source, key string) sources.Object {
	t.Helper()
	for _, o := range list(t, s, "") {
		if o.Key == key {
			return o
		}
	}
	t.Fatalf("%q is not listed", key)
	return sources.Object{}
}

func wantKeys(t *testing.T, what string, want, got []string) {
	t.Helper()
	if len(want) == 0 && len(got) == 0 {
		return
	}
	if diff := cmp.Diff(quote(want), quote(got)); diff != "" {
		t.Errorf("%s: keys (-want +got):\n%s", what, diff)
	}
}

func quote(keys []string) []string {
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = fmt.Sprintf("%q", k)
	}
	return out
}

func (h Harness) testEmpty(t *testing.T) {
	st := h.New(t, map[string]string{})
	wantKeys(t, "empty", nil, keysOf(list(t, st.Source, "")))
	wantKeys(t, "empty, resumed", nil, keysOf(list(t, st.Source, "m")))
}

func (h Harness) testOrder(t *testing.T) {
	objects := h.holdable(orderKeys)
	st := h.New(t, objects)
	wantKeys(t, "order", sortedKeys(objects), keysOf(list(t, st.Source, "")))
	wantKeys(t, "order, again", sortedKeys(objects), keysOf(list(t, st.Source, "")))
}

func (h Harness) testOddKeys(t *testing.T) {
	objects := h.holdable(oddKeys())
	st := h.New(t, objects)
	wantKeys(t, "odd keys", sortedKeys(objects), keysOf(list(t, st.Source, "")))
	for _, o := range list(t, st.Source, "") {
		if got := readAll(t, st.Source, o); got != objects[o.Key] {
			t.Errorf("%q: content %q, want %q", o.Key, got, objects[o.Key])
		}
	}
}

// testFields opens each object inside the loop that lists, as the scanner does.
func (h Harness) testFields(t *testing.T) {
	objects := map[string]string{"f/one": "1", "f/three": "333", "g": strings.Repeat("g", 70_000)}
	st := h.New(t, objects)
	name := st.Source.Name()
	if name == "" || name != st.Source.Name() {
		t.Errorf("Name() is empty or changes: %q", name)
	}
	seen := 0
	for o, err := range st.Source.Objects(t.Context(), "") {
		if err != nil {
			t.Fatalf("listing: %v", err)
		}
		seen++
		want := int64(len(objects[o.Key]))
		if o.Source != name {
			t.Errorf("%q: Source %q, want Name() %q", o.Key, o.Source, name)
		}
		if o.Size != want {
			t.Errorf("%q: Size %d, want %d", o.Key, o.Size, want)
		}
		if o.ETag == "" {
			t.Errorf("%q: no ETag", o.Key)
		}
		if o.Modified.IsZero() || o.Modified.Location() != time.UTC {
			t.Errorf("%q: Modified %v is not a time in UTC", o.Key, o.Modified)
		}
		c := open(t, st.Source, o)
		got := c.Object()
		if c.Size() != want || got.Size != want {
			t.Errorf("%q: opened Size() %d and Object().Size %d, want %d", o.Key, c.Size(), got.Size, want)
		}
		if got.Key != o.Key || got.Source != o.Source || got.ETag != o.ETag || got.Version != o.Version {
			t.Errorf("%q: opened as another object: (-listed +opened)\n%s", o.Key, cmp.Diff(o, got))
		}
		closeContent(t, c)
	}
	if seen != len(objects) {
		t.Errorf("%d objects listed, want %d", seen, len(objects))
	}
}

// testResume resumes after each key, and after keys that do not exist: just
// before and after each, its prefixes, and the ends.
func (h Harness) testResume(t *testing.T) {
	objects := h.holdable(orderKeys)
	st := h.New(t, objects)
	keys := sortedKeys(objects)
	afters := map[string]bool{"!": true, "zz": true, "\xff": true, "\xff\xff/x": true, "a/": true, "a/b/": true, "a//": true, "c": true}
	for _, k := range keys {
		afters[k], afters[k+"!"], afters[k+"/"], afters[k+"0"], afters[k+"/\xff"] = true, true, true, true, true
		afters[k[:len(k)-1]+string([]byte{k[len(k)-1] - 1})] = true
		if i := strings.IndexByte(k, '/'); i > 0 {
			afters[k[:i]], afters[k[:i+1]], afters[k[:i]+"0"], afters[k[:i]+"."] = true, true, true, true
		}
	}
	delete(afters, "")
	for after := range afters {
		i, found := slices.BinarySearch(keys, after)
		if found {
			i++
		}
		wantKeys(t, fmt.Sprintf("after %q", after), keys[i:], keysOf(list(t, st.Source, after)))
	}
}

// manyKeys are spread over folders of uneven size, some as deep as they are many.
func (h Harness) manyKeys() map[string]string {
	objects := map[string]string{}
	for i := range h.Many {
		switch {
		case i%3 == 0:
			objects[fmt.Sprintf("flat/%06d", i)] = "x"
		case i%3 == 1:
			objects[fmt.Sprintf("by/%02d/%d", i%89, i)] = "y"
		default:
			objects[fmt.Sprintf("by.%d/%d", i%7, i)] = ""
		}
	}
	return objects
}

func (h Harness) testMany(t *testing.T) {
	objects := h.manyKeys()
	st := h.New(t, objects)
	keys := sortedKeys(objects)
	wantKeys(t, "many", keys, keysOf(list(t, st.Source, "")))
	for _, i := range []int{0, 1, h.Many / 3, h.Many/2 + 1, h.Many - 2, h.Many - 1} {
		wantKeys(t, fmt.Sprintf("many after number %d", i), keys[i+1:], keysOf(list(t, st.Source, keys[i])))
	}
}

func (h Harness) testBreak(t *testing.T) {
	objects := h.manyKeys()
	st := h.New(t, objects)
	keys := sortedKeys(objects)
	before := goroutines()
	for _, n := range []int{1, 2, h.Many / 2} {
		var got []string
		for o, err := range st.Source.Objects(t.Context(), "") {
			if err != nil {
				t.Fatalf("listing: %v", err)
			}
			if got = append(got, o.Key); len(got) == n {
				break
			}
		}
		wantKeys(t, fmt.Sprintf("first %d", n), keys[:n], got)
	}
	wantNoMoreGoroutines(t, before)
}

// testCancel: a listing that was cut short must never look like a whole one.
func (h Harness) testCancel(t *testing.T) {
	objects := h.manyKeys()
	st := h.New(t, objects)
	before := goroutines()
	for _, n := range []int{0, 1, 10} {
		ctx, cancel := context.WithCancel(t.Context())
		if n == 0 {
			cancel()
		}
		listed := 0
		var end error
		for o, err := range st.Source.Objects(ctx, "") {
			if end != nil {
				t.Errorf("cancelled after %d: %q follows the error that ended the listing", n, o.Key)
				break
			}
			if err != nil {
				if o.Key != "" {
					t.Errorf("cancelled after %d: the error stands beside %q, want the zero Object", n, o.Key)
				}
				end = err
				continue
			}
			if listed++; listed == n {
				cancel()
			}
		}
		cancel()
		if !errors.Is(end, context.Canceled) {
			t.Errorf("cancelled after %d: the listing of %d of %d ended with %v, want context.Canceled", n, listed, len(objects), end)
		}
		if listed == len(objects) {
			t.Errorf("cancelled after %d: all %d were listed", n, listed)
		}
	}
	wantNoMoreGoroutines(t, before)
}

func (h Harness) testListingsAtOnce(t *testing.T) {
	objects := h.holdable(orderKeys)
	st := h.New(t, objects)
	got := make([][]string, 8)
	errs := make([]error, len(got))
	var wg sync.WaitGroup
	for i := range got {
		wg.Go(func() {
			for o, err := range st.Source.Objects(t.Context(), "") {
				if err != nil {
					errs[i] = err
					return
				}
				got[i] = append(got[i], o.Key)
			}
		})
	}
	wg.Wait()
	for i := range got {
		if errs[i] != nil {
			t.Errorf("listing %d: %v", i, errs[i])
		}
		wantKeys(t, fmt.Sprintf("listing %d", i), sortedKeys(objects), got[i])
	}
}
