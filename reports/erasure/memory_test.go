package erasure

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"habeas/sources"
)

// memory is a bucket in memory. It keeps what was ever in it, and who removed it.
type memory struct {
	versioning string
	locks      bool
	place      sources.Place
	now        time.Time
	ids        int
	rows       map[string][]*row // newest first
	parts      map[string][]*row // unfinished uploads
	all        []*row
	mutations  int // by whoever uses it as a source

	// before and after stand around each change made through the source: an error
	// ends the run there.
	before, after func() error
	// meanwhile is what others do before each request.
	meanwhile func()
}

type row struct {
	v       sources.Version
	upload  string
	lock    sources.Lock
	denied  bool
	removed string // "" while it is there, "tool" or "other"
	added   string
}

var (
	_ sources.Source    = (*memory)(nil)
	_ sources.Editor    = (*memory)(nil)
	_ sources.Versioned = (*memory)(nil)
	_ sources.Uploader  = (*memory)(nil)
	_ sources.Placed    = (*memory)(nil)
)

func newMemory(versioning string) *memory {
	return &memory{versioning: versioning, locks: versioning == "enabled", now: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC),
		place: sources.Place{Endpoint: "https://s3.example.org", Region: "eu-west-1", Container: "media", Account: "account-1", Versioning: versioning, Locks: versioning == "enabled"},
		rows:  map[string][]*row{}, parts: map[string][]*row{}}
}

func (m *memory) Name() string { return "s3://media/" }

func (m *memory) Place(context.Context) (sources.Place, error) { return m.place, nil }

// add puts a version or marker on top.
func (m *memory) add(key, content, who string, marker bool) *row {
	m.now = m.now.Add(time.Second)
	id := "null"
	if m.versioning == "enabled" {
		m.ids++
		id = fmt.Sprintf("v%06d", m.ids)
	} else {
		for _, r := range m.rows[key] {
			if r.v.Version == "null" {
				m.drop(key, r, who)
			}
		}
	}
	r := &row{added: who, v: sources.Version{Marker: marker, Object: sources.Object{Source: m.Name(), Key: key, Version: id, Modified: m.now}}}
	if !marker {
		r.v.ETag, r.v.Size = HashOf([]byte(content))[:32], int64(len(content))
	}
	m.rows[key] = slices.Insert(m.rows[key], 0, r)
	m.all = append(m.all, r)
	return r
}

func (m *memory) drop(key string, r *row, who string) {
	r.removed = who
	m.rows[key] = slices.DeleteFunc(slices.Clone(m.rows[key]), func(o *row) bool { return o == r })
}

// hide is a deletion that names no version.
func (m *memory) hide(key, who string) {
	if m.versioning == "off" {
		for _, r := range m.rows[key] {
			m.drop(key, r, who)
		}
		return
	}
	m.add(key, "", who, true)
}

func (m *memory) begin(key string) *row {
	m.now = m.now.Add(time.Second)
	m.ids++
	r := &row{upload: fmt.Sprintf("u%06d", m.ids), v: sources.Version{Object: sources.Object{Source: m.Name(), Key: key, Modified: m.now}}}
	m.parts[key] = append(m.parts[key], r)
	m.all = append(m.all, r)
	return r
}

func (m *memory) step() {
	if m.meanwhile != nil {
		m.meanwhile()
	}
}

func (m *memory) Versions(_ context.Context, prefix string) iter.Seq2[sources.Version, error] {
	m.step()
	return func(yield func(sources.Version, error) bool) {
		for _, key := range slices.Sorted(maps.Keys(m.rows)) {
			if !strings.HasPrefix(key, prefix) {
				continue
			}
			for i, r := range slices.Clone(m.rows[key]) {
				v := r.v
				v.Latest = i == 0
				if !yield(v, nil) {
					return
				}
			}
		}
	}
}

func (m *memory) Objects(ctx context.Context, after string) iter.Seq2[sources.Object, error] {
	return func(yield func(sources.Object, error) bool) {
		for v, err := range m.Versions(ctx, "") {
			if v.Latest && !v.Marker && v.Key > after && !yield(v.Object, err) {
				return
			}
		}
	}
}

func (m *memory) Uploads(_ context.Context, prefix string) iter.Seq2[sources.Upload, error] {
	m.step()
	return func(yield func(sources.Upload, error) bool) {
		for _, key := range slices.Sorted(maps.Keys(m.parts)) {
			for _, r := range slices.Clone(m.parts[key]) {
				if strings.HasPrefix(key, prefix) && !yield(sources.Upload{Object: r.v.Object, ID: r.upload}, nil) {
					return
				}
			}
		}
	}
}

func (m *memory) Lock(_ context.Context, v sources.Version) (sources.Lock, error) {
	m.step()
	for _, r := range m.rows[v.Key] {
		if r.v.Version == v.Version {
			return r.lock, nil
		}
	}
	return sources.Lock{}, nil
}

// change runs do between the hooks.
func (m *memory) change(do func() error) error {
	m.step()
	if m.before != nil {
		if err := m.before(); err != nil {
			return err
		}
	}
	if err := do(); err != nil {
		return err
	}
	m.mutations++
	if m.after != nil {
		return m.after()
	}
	return nil
}

func (m *memory) RemoveVersion(_ context.Context, v sources.Version) error {
	return m.change(func() error {
		for _, r := range m.rows[v.Key] {
			switch {
			case r.v.Version != v.Version:
			case r.v.ETag != v.ETag || r.v.Marker != v.Marker || !r.v.Modified.Equal(v.Modified):
				return &sources.Error{Code: sources.CodeChanged, Err: sources.ErrChanged}
			case r.lock.Holds(m.now):
				return &sources.Error{Code: sources.CodeLocked, Hint: "a lock keeps it"}
			case r.denied:
				return &sources.Error{Code: sources.CodeDenied, Hint: "grant s3:DeleteObjectVersion"}
			default:
				m.drop(v.Key, r, "tool")
				return nil
			}
		}
		return &sources.Error{Code: sources.CodeVanished}
	})
}

func (m *memory) Abort(_ context.Context, u sources.Upload) error {
	return m.change(func() error {
		for i, r := range m.parts[u.Key] {
			if r.upload == u.ID {
				r.removed = "tool"
				m.parts[u.Key] = slices.Delete(slices.Clone(m.parts[u.Key]), i, i+1)
				return nil
			}
		}
		return &sources.Error{Code: sources.CodeVanished}
	})
}

func (m *memory) Remove(_ context.Context, o sources.Object) error {
	return m.change(func() error {
		if now := m.rows[o.Key]; len(now) == 0 || now[0].v.Marker || now[0].v.ETag != o.ETag {
			return &sources.Error{Code: sources.CodeChanged, Err: sources.ErrChanged}
		}
		m.hide(o.Key, "tool")
		return nil
	})
}

func (m *memory) Replace(context.Context, sources.Object, io.Reader, int64) error {
	return errors.New("nothing here replaces")
}

func (m *memory) Open(context.Context, sources.Object) (sources.Content, error) {
	return nil, &sources.Error{Code: sources.CodeDenied}
}

// left describes what is there, for comparing two buckets.
func (m *memory) left() []string {
	var out []string
	for _, r := range m.all {
		if r.removed == "" {
			out = append(out, fmt.Sprintf("%q %s%s %s %v", r.v.Key, r.v.Version, r.upload, r.v.ETag, r.v.Marker))
		}
	}
	slices.SortFunc(out, cmp.Compare)
	return out
}
