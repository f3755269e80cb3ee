package main

import (
	"fmt"

	"habeas/reports"
	"habeas/reports/erasure"
	"habeas/scanner"
)

// revived finds objects that were erased and are back: from a backup, a replica,
// or because somebody uploaded them again.
type revived struct {
	prints  *scanner.Fingerprints
	objects map[string]erasure.Tombstone // by fingerprint of source and key
	content map[string]erasure.Tombstone // by fingerprint of ETag and size
	foreign int                          // made with other keys
	back    []string                     // lines to print, at most shownItems
	count   int
}

var _ reports.Brief = (*revived)(nil)

// revivals prepares the look for erased objects; nil if nothing was erased.
func (a *app) revivals(key []byte) (*revived, error) {
	path, ok := a.tombstones()
	if !ok || key == nil {
		return nil, nil
	}
	all, err := erasure.ReadTombstones(path)
	if err != nil {
		return nil, stopped("%s can't be read (%s): move it away to scan without looking for what was erased", reports.Show(path), reports.Show(err.Error()))
	}
	if len(all) == 0 {
		return nil, nil
	}
	prints, err := scanner.NewFingerprints(key)
	if err != nil {
		return nil, err
	}
	r := &revived{prints: prints, objects: map[string]erasure.Tombstone{}, content: map[string]erasure.Tombstone{}}
	for _, t := range all {
		if t.KeyID != prints.KeyID() {
			r.foreign++
			continue
		}
		r.objects[t.Object] = t
		if t.Content != "" {
			r.content[t.Content] = t
		}
	}
	return r, nil
}

// Brief implements reports.Brief.
func (r *revived) Brief() {}

// Begin implements reports.Handler.
func (r *revived) Begin(*reports.Run) error { return nil }

// Entry implements reports.Handler.
func (r *revived) Entry(e *reports.Entry) error {
	t, found := r.objects[r.prints.Object(e.Source, e.Key)]
	what := "an object stands again where one was erased"
	if id := erasure.ContentID(e.ETag, e.Size); id != "" {
		if same, ok := r.content[r.prints.Content(id)]; ok {
			t, found, what = same, true, "it has the content of an object that was erased"
		}
	}
	if !found {
		return nil
	}
	if r.count++; r.count <= shownItems {
		of := ""
		if t.Case != "" {
			of = ", case " + reports.Show(t.Case)
		}
		r.back = append(r.back, fmt.Sprintf("%s %s: %s on %s%s", reports.Show(e.Source), reports.Show(e.Key), what, t.At.Format("2006-01-02"), of))
	}
	return nil
}

// End implements reports.Handler.
func (r *revived) End(*reports.Summary) error { return nil }

// say prints what came back.
func (r *revived) say(a *app) {
	if r == nil {
		return
	}
	for _, line := range r.back {
		fmt.Fprintf(a.stderr, "habeas: back after its erasure: %s\n", line)
	}
	if more := r.count - len(r.back); more > 0 {
		fmt.Fprintf(a.stderr, "habeas: and %d more are back after their erasure\n", more)
	}
	if r.foreign > 0 {
		fmt.Fprintf(a.stderr, "habeas: %d erased objects were noted under another fingerprint key, and can't be recognised with this one\n", r.foreign)
	}
}
