package sourcetest

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"habeas/sources"
)

// versions lists what is kept of keys that begin with prefix.
func versions(t *testing.T, src sources.Source, prefix string) []sources.Version {
	t.Helper()
	v, ok := src.(sources.Versioned)
	if !ok {
		t.Fatalf("%T is no sources.Versioned", src)
	}
	var out []sources.Version
	for have, err := range v.Versions(t.Context(), prefix) {
		if err != nil {
			t.Fatalf("versions: %v", err)
		}
		out = append(out, have)
	}
	return out
}

// kept makes a store in which d/k has two versions and a marker, and neighbours
// that are alike in prefix, case and Unicode form have one each.
func (h Harness) kept(t *testing.T) (*Store, sources.Versioned) {
	t.Helper()
	objects := map[string]string{"d/k": "one"}
	for _, k := range neighbours() {
		if h.Holds(k) {
			objects[k] = "neighbour"
		}
	}
	st := h.New(t, objects)
	st.Put(t, "d/k", "two")
	st.Hide(t, "d/k")
	v, ok := st.Source.(sources.Versioned)
	if !ok {
		t.Fatalf("%T is no sources.Versioned", st.Source)
	}
	return st, v
}

func neighbours() []string { return []string{"d/K", "d/k2", "d/k.xmp", "d/k\u00e9", "d/ke\u0301", "d"} }

// wantNeighbours fails t unless every neighbour has its one version and content.
func (h Harness) wantNeighbours(t *testing.T, st *Store) {
	t.Helper()
	for _, k := range neighbours() {
		if !h.Holds(k) || k == "d" && !h.FileAndFolder {
			continue
		}
		if got := of(versions(t, st.Source, k), k); len(got) != 1 || got[0].Marker || !got[0].Latest {
			t.Errorf("%q has %d versions", k, len(got))
			continue
		}
		if got := readAll(t, st.Source, find(t, st.Source, k)); got != "neighbour" {
			t.Errorf("%q reads %d bytes of something else", k, len(got))
		}
	}
}

// of keeps those of exactly key.
func of(all []sources.Version, key string) []sources.Version {
	return slices.DeleteFunc(all, func(v sources.Version) bool { return v.Key != key })
}

// pruned is h without "d", which is no file where it is a folder.
func (h Harness) pruned() Harness {
	holds := h.Holds
	h.Holds = func(k string) bool { return holds(k) && (k != "d" || h.FileAndFolder) }
	return h
}

func (h Harness) testVersions(t *testing.T) {
	h = h.pruned()
	st, _ := h.kept(t)
	got := of(versions(t, st.Source, "d/k"), "d/k")
	if len(got) != 3 {
		t.Fatalf("%d versions and markers, want 3", len(got))
	}
	if !got[0].Marker || !got[0].Latest || got[1].Marker || got[1].Latest || got[2].Marker || got[2].Latest {
		t.Errorf("not the marker, which is the latest, and then two versions: %+v", got)
	}
	ids := map[string]bool{}
	for i, v := range got {
		if v.Version == "" || v.Source != st.Source.Name() || v.Modified.IsZero() {
			t.Errorf("version %d is %+v", i, v)
		}
		ids[v.Version] = true
	}
	if len(ids) != 3 || got[1].Size != 3 || got[1].ETag == "" || got[1].ETag == got[2].ETag {
		t.Errorf("%+v", got)
	}
	if got := readAll(t, st.Source, got[2].Object); got != "one" {
		t.Error("the oldest is not what was stored first")
	}
	all := versions(t, st.Source, "")
	if !slices.IsSortedFunc(all, func(a, b sources.Version) int { return strings.Compare(a.Key, b.Key) }) {
		t.Error("not in order of key")
	}
	if below := versions(t, st.Source, "d/k"); slices.ContainsFunc(below, func(v sources.Version) bool { return !strings.HasPrefix(v.Key, "d/k") }) {
		t.Error("keys outside the prefix are listed")
	}
}

func (h Harness) testVersionsOfOddKeys(t *testing.T) {
	objects := map[string]string{}
	for _, k := range []string{"a b+c%20d", "é\u0301/\u202e", "q?x=1&y#z", "tab\there", "ctl\x01x", "../up", strings.Repeat("long/", 200)} {
		if h.Holds(k) {
			objects[k] = "x"
		}
	}
	st := h.New(t, objects)
	got := versions(t, st.Source, "")
	if len(got) != len(objects) {
		t.Fatalf("%d versions of %d objects", len(got), len(objects))
	}
	for _, v := range got {
		if objects[v.Key] == "" {
			t.Errorf("%q was never stored", v.Key)
		}
		if err := st.Source.(sources.Versioned).RemoveVersion(t.Context(), v); err != nil {
			t.Errorf("%q: %v", v.Key, err)
		}
	}
	if left := versions(t, st.Source, ""); len(left) != 0 {
		t.Errorf("%d versions are left", len(left))
	}
}

func (h Harness) testRemoveVersion(t *testing.T) {
	h = h.pruned()
	st, e := h.kept(t)
	all := of(versions(t, st.Source, "d/k"), "d/k")
	if err := e.RemoveVersion(t.Context(), all[1]); err != nil {
		t.Fatal(err)
	}
	left := of(versions(t, st.Source, "d/k"), "d/k")
	if len(left) != 2 || left[0].Version != all[0].Version || left[1].Version != all[2].Version {
		t.Errorf("left: %+v", left)
	}
	h.wantNeighbours(t, st)
	// Without its marker, what is left is seen again.
	if err := e.RemoveVersion(t.Context(), all[0]); err != nil {
		t.Fatal(err)
	}
	if got := readAll(t, st.Source, find(t, st.Source, "d/k")); got != "one" {
		t.Error("what a marker hid does not come back without it")
	}
}

func (h Harness) testRemoveOldestFirst(t *testing.T) {
	h = h.pruned()
	st, e := h.kept(t)
	all := of(versions(t, st.Source, "d/k"), "d/k")
	slices.Reverse(all)
	for _, v := range all {
		if err := e.RemoveVersion(t.Context(), v); err != nil {
			t.Fatal(err)
		}
		for o, err := range st.Source.Objects(t.Context(), "") {
			if err != nil || o.Key == "d/k" {
				t.Errorf("the hidden key is listed, or %v", err)
			}
		}
	}
	if left := of(versions(t, st.Source, "d/k"), "d/k"); len(left) > 0 {
		t.Errorf("left: %+v", left)
	}
	h.wantNeighbours(t, st)
}

func (h Harness) testRemoveVersionGone(t *testing.T) {
	h = h.pruned()
	st, e := h.kept(t)
	all := of(versions(t, st.Source, "d/k"), "d/k")
	if err := e.RemoveVersion(t.Context(), all[2]); err != nil {
		t.Fatal(err)
	}
	wantVanished(t, "remove twice", e.RemoveVersion(t.Context(), all[2]))
	none := all[1]
	none.Key = "d/none"
	wantVanished(t, "remove of a key that never was", e.RemoveVersion(t.Context(), none))
	if left := of(versions(t, st.Source, "d/k"), "d/k"); len(left) != 2 {
		t.Errorf("left: %+v", left)
	}
	h.wantNeighbours(t, st)
}

func (h Harness) testRemoveVersionChanged(t *testing.T) {
	h = h.pruned()
	st, e := h.kept(t)
	wrong := of(versions(t, st.Source, "d/k"), "d/k")[1]
	wrong.ETag = "0123456789abcdef0123456789abcdef"
	if err := e.RemoveVersion(t.Context(), wrong); !errors.Is(err, sources.ErrChanged) {
		t.Errorf("remove of a version with another ETag: %v, want ErrChanged", err)
	}
	if left := of(versions(t, st.Source, "d/k"), "d/k"); len(left) != 3 {
		t.Errorf("left: %+v", left)
	}
}

func (h Harness) testUploads(t *testing.T) {
	st := h.New(t, map[string]string{"d/other": "x"})
	u, ok := st.Source.(sources.Uploader)
	if !ok || st.Begin == nil {
		t.Fatalf("%T is no sources.Uploader, or nothing can begin an upload", st.Source)
	}
	uploads := func(prefix string) (out []sources.Upload) {
		for have, err := range u.Uploads(t.Context(), prefix) {
			if err != nil {
				t.Fatalf("uploads: %v", err)
			}
			out = append(out, have)
		}
		return out
	}
	if got := uploads(""); len(got) != 0 {
		t.Errorf("%d uploads before any", len(got))
	}
	for _, k := range []string{"d/up", "d/up", "d/up2"} {
		st.Begin(t, k)
	}
	got := uploads("d/up")
	if len(got) != 3 || got[0].Key != "d/up" || got[1].Key != "d/up" || got[2].Key != "d/up2" || got[0].ID == got[1].ID || got[0].Modified.IsZero() {
		t.Fatalf("uploads: %+v", got)
	}
	if err := u.Abort(t.Context(), got[0]); err != nil {
		t.Fatal(err)
	}
	wantVanished(t, "abort twice", u.Abort(t.Context(), got[0]))
	if left := uploads(""); len(left) != 2 || left[0].ID != got[1].ID || left[1].ID != got[2].ID {
		t.Errorf("left: %+v", left)
	}
	wantKeys(t, "after an abort", []string{"d/other"}, keysOf(list(t, st.Source, "")))
}

func (h Harness) testPlace(t *testing.T) {
	st := h.New(t, map[string]string{"k": "x"})
	p, ok := st.Source.(sources.Placed)
	if !ok {
		t.Fatalf("%T is no sources.Placed", st.Source)
	}
	one, err := p.Place(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if one.Endpoint == "" || one.Container == "" || one.Versioning != "enabled" {
		t.Errorf("%+v", one)
	}
}
