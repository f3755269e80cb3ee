package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"slices"

	"habeas/reports"
	"habeas/reports/decisions"
	"habeas/scanner/store"
	"habeas/scanner/strip"
	"habeas/sources"
)

// chosen is what an officer's decisions say to strip, by object.
type chosen struct {
	objects map[object]*choice
}

type object struct{ source, key string }

// choice is what goes from one object: all metadata, or single findings.
type choice struct {
	version, etag string
	whole, met    bool
	findings      []strip.Finding
}

// readChosen reads the decisions and finds in the record what they are about.
func readChosen(ctx context.Context, f *stripFlags) (c *chosen, err error) {
	in, err := os.Open(f.decisions)
	if err != nil {
		return nil, usage("%s", reports.Show(err.Error()))
	}
	defer in.Close()
	file, err := decisions.Read(in)
	if err != nil {
		return nil, usage("%s: %s", reports.Show(f.decisions), reports.Show(err.Error()))
	}
	c = &chosen{objects: map[object]*choice{}}
	var db *store.DB
	defer func() {
		if db != nil {
			err = errors.Join(err, db.Close())
		}
	}()
	for _, d := range file.Decisions {
		if d.Action != decisions.Strip {
			continue
		}
		at := object{d.Source, d.Key}
		o := c.objects[at]
		if o == nil {
			o = &choice{version: d.Version, etag: d.ETag}
			c.objects[at] = o
		}
		if o.version != d.Version || o.etag != d.ETag {
			return nil, usage("%s: two versions of one object are to be stripped: only the current one can", reports.Show(f.decisions))
		}
		if d.Finding == "" {
			o.whole = true
			continue
		}
		if db == nil {
			if db, err = openRecord(f.record); err != nil {
				return nil, err
			}
		}
		if err := o.add(ctx, db, d.Finding); err != nil {
			return nil, err
		}
	}
	if len(c.objects) == 0 {
		return nil, usage("%s: no decision says strip", reports.Show(f.decisions))
	}
	return c, nil
}

// add finds the place of a finding in the record.
func (o *choice) add(ctx context.Context, db *store.DB, id string) error {
	found := false
	err := db.Select(ctx, store.Selection{Finding: id}, func(e *reports.Entry) error {
		for i := range e.Findings {
			if f := &e.Findings[i]; f.ID == id {
				found = true
				o.findings = append(o.findings, strip.Finding{Part: f.Part, Tag: f.Tag})
			}
		}
		return nil
	})
	if err == nil && !found {
		err = usage("the record holds no finding %s, which a decision names: name the record of the same scan with --record", reports.Show(id))
	}
	return err
}

// names are the sources that the decisions name.
func (c *chosen) names() []string {
	var out []string
	for o := range c.objects {
		if !slices.Contains(out, o.source) {
			out = append(out, o.source)
		}
	}
	slices.Sort(out)
	return out
}

// has reports whether o is to be stripped, and notes that it was met.
func (c *chosen) has(source string, o sources.Object) bool {
	ch := c.objects[object{source, o.Key}]
	if ch != nil {
		ch.met = true
	}
	return ch != nil
}

// unmet is how many objects were not met.
func (c *chosen) unmet() (n int) {
	for _, ch := range c.objects {
		if !ch.met {
			n++
		}
	}
	return n
}

// what goes from o. stale says that the decision is about another version.
func (c *chosen) what(source string, o sources.Object) (kinds []strip.Kind, single []strip.Finding, stale bool) {
	ch := c.objects[object{source, o.Key}]
	if ch.version != "" && ch.version != o.Version || ch.etag != "" && ch.etag != o.ETag {
		return nil, nil, true
	}
	if ch.whole {
		kinds = []strip.Kind{strip.All}
	}
	return kinds, ch.findings, false
}

// oldVersions is the list of versions that still hold what was stripped.
type oldVersions struct {
	file *os.File
	enc  *json.Encoder
	n    int
}

// oldVersion is one line of it, described in docs/schema.md.
type oldVersion struct {
	Schema  int    `json:"schema"`
	Source  string `json:"source"`
	Key     string `json:"key_base64"`
	Version string `json:"version"`
	ETag    string `json:"etag"`
	Why     string `json:"why"`
}

// queue adds the versions of o that are not the current one to the list: each may
// hold what was stripped. A bucket without versions has none.
func (st *stripping) queue(ctx context.Context, src source, o sources.Object) error {
	kept, ok := src.Source.(sources.Versioned)
	if !ok {
		return nil
	}
	for v, err := range kept.Versions(ctx, o.Key) {
		if err != nil {
			return stopped("%s is stripped, but its old versions can't be listed (%s): they still hold what was stripped", reports.Show(o.Key), reports.Show(err.Error()))
		}
		if v.Key != o.Key { // the first of the prefix is the key itself
			break
		}
		if v.Latest || v.Marker {
			continue
		}
		if err := st.noteOld(src.Name(), v.Object); err != nil {
			return stopped("the list of old versions can't be written: %s", reports.Show(err.Error()))
		}
	}
	return nil
}

func (st *stripping) noteOld(source string, o sources.Object) error {
	if st.old == nil {
		f, err := os.OpenFile(st.f.oldVersions, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		st.old = &oldVersions{file: f, enc: json.NewEncoder(f)}
	}
	st.old.n++
	return st.old.enc.Encode(oldVersion{Schema: 1, Source: source, Key: base64.StdEncoding.EncodeToString([]byte(o.Key)),
		Version: o.Version, ETag: o.ETag, Why: "stripped"})
}

func (o *oldVersions) close() error { return errors.Join(o.file.Sync(), o.file.Close()) }
