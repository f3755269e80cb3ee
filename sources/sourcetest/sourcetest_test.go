package sourcetest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"habeas/sources"
)

// faultVariable names the fault of the source in a child process of this test.
const faultVariable = "SOURCETEST_FAULT"

// TestSuite: a right source passes.
func TestSuite(t *testing.T) {
	h := memoryHarness(os.Getenv(faultVariable))
	t.Run("source", func(t *testing.T) { Run(t, h) })
	t.Run("editor", func(t *testing.T) { RunEditor(t, h) })
}

// TestSuiteFindsFaults: a source with one fault fails, and by the check that is
// there for it. A failing test fails those that it is part of, so it runs in a
// process of its own.
func TestSuiteFindsFaults(t *testing.T) {
	faults := map[string]string{
		"by segment":           "source/order",
		"twice":                "source/order",
		"lost":                 "source/order",
		"cleaned keys":         "source/odd_keys",
		"local time":           "source/fields",
		"inclusive":            "source/resume",
		"existing only":        "source/resume",
		"silent cancel":        "source/cancel",
		"goroutine on break":   "source/break",
		"no EOF":               "source/read_at",
		"EOF before the end":   "source/read_at",
		"reads on":             "source/read_cancelled",
		"reads closed":         "source/read_after_close",
		"opens another":        "source/changed_before_open",
		"mixes":                "source/changed_between_reads",
		"short and silent":     "source/changed_between_reads",
		"bare error":           "source/vanished_before_open",
		"fatal":                "source/vanished_before_open",
		"ETag of the size":     "source/etag",
		"refreshes nothing":    "source/refresh",
		"removes any":          "editor/remove_changed",
		"replaces any":         "editor/replace_changed",
		"makes anew":           "editor/replace_vanished",
		"takes what comes":     "editor/replace_with_a_wrong_size",
		"edits when cancelled": "editor/edit_cancelled",
	}
	for fault, check := range faults {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestSuite$", "-test.v")
			cmd.Env = append(os.Environ(), faultVariable+"="+fault)
			out, err := cmd.CombinedOutput()
			var exit *exec.ExitError
			if !errors.As(err, &exit) {
				t.Fatalf("the suite passed: %v", err)
			}
			if !strings.Contains(string(out), "--- FAIL: TestSuite/"+check+" ") {
				t.Errorf("check %s did not fail:\n%s", check, out)
			}
		})
	}
}

func memoryHarness(fault string) Harness {
	return Harness{
		FileAndFolder: true,
		Big:           64 << 10,
		Many:          60,
		New: func(t *testing.T, objects map[string]string) *Store {
			m := &memory{fault: fault, entries: map[string]entry{}}
			for key, content := range objects {
				m.put(key, content)
			}
			return &Store{
				Source: m,
				Put:    func(_ *testing.T, key, content string) { m.put(key, content) },
				Delete: func(_ *testing.T, key string) { m.delete(key) },
			}
		},
	}
}

// memory is a source that holds everything in memory, right but for one fault.
type memory struct {
	fault string

	mu      sync.Mutex
	entries map[string]entry
	writes  int
}

type entry struct {
	content string
	version int
}

var (
	_ sources.Source    = (*memory)(nil)
	_ sources.Editor    = (*memory)(nil)
	_ sources.Refresher = (*memory)(nil)
)

func (m *memory) put(key, content string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.writes++
	m.entries[key] = entry{content, m.writes}
}

func (m *memory) delete(key string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.entries, key)
}

func (m *memory) get(key string) (entry, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e, ok := m.entries[key]
	return e, ok
}

func (m *memory) keys() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	keys := slices.Sorted(maps.Keys(m.entries))
	switch m.fault {
	case "by segment":
		slices.SortFunc(keys, func(a, b string) int { return slices.Compare(strings.Split(a, "/"), strings.Split(b, "/")) })
	case "twice":
		if len(keys) > 3 {
			keys = slices.Insert(keys, 2, keys[2])
		}
	case "lost":
		if len(keys) > 3 {
			keys = slices.Delete(keys, 2, 3)
		}
	}
	return keys
}

func (m *memory) Name() string { return "memory://" }

func (m *memory) object(key string, e entry) sources.Object {
	o := sources.Object{Source: m.Name(), Key: key, ETag: fmt.Sprint(e.version), Size: int64(len(e.content)), Modified: time.Unix(int64(e.version), 0).UTC()}
	switch m.fault {
	case "ETag of the size":
		o.ETag = fmt.Sprint(o.Size)
	case "local time":
		o.Modified = o.Modified.In(time.FixedZone("", 3600))
	case "cleaned keys":
		o.Key = strings.ToValidUTF8(key, "\uFFFD")
	}
	return o
}

func (m *memory) Objects(ctx context.Context, after string) iter.Seq2[sources.Object, error] {
	return func(yield func(sources.Object, error) bool) {
		keys := m.keys()
		if _, ok := m.get(after); m.fault == "existing only" && after != "" && !ok {
			return
		}
		for _, key := range keys {
			if err := ctx.Err(); err != nil {
				if m.fault != "silent cancel" {
					yield(sources.Object{}, err)
				}
				return
			}
			e, ok := m.get(key)
			if !ok || key < after || key == after && m.fault != "inclusive" {
				continue
			}
			if !yield(m.object(key, e), nil) {
				if m.fault == "goroutine on break" {
					go func() { select {} }()
				}
				return
			}
		}
	}
}

// current gives what is now under o's key, if it is o's version.
func (m *memory) current(o sources.Object) (entry, error) {
	e, ok := m.get(o.Key)
	switch {
	case !ok && m.fault == "bare error":
		return e, errors.New("no such key")
	case !ok:
		return e, &sources.Error{Code: sources.CodeVanished, Fatal: m.fault == "fatal"}
	case fmt.Sprint(e.version) != o.ETag && m.fault != "ETag of the size":
		return e, sources.ErrChanged
	}
	return e, nil
}

func (m *memory) Open(ctx context.Context, o sources.Object) (sources.Content, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	e, err := m.current(o)
	if err != nil && !(m.fault == "opens another" && errors.Is(err, sources.ErrChanged)) {
		return nil, err
	}
	return &memoryContent{ctx: ctx, m: m, o: m.object(o.Key, e)}, nil
}

func (m *memory) Refresh(ctx context.Context, o sources.Object) (sources.Object, error) {
	if err := ctx.Err(); err != nil {
		return sources.Object{}, err
	}
	e, ok := m.get(o.Key)
	if !ok {
		return sources.Object{}, &sources.Error{Code: sources.CodeVanished}
	}
	if m.fault == "refreshes nothing" {
		return o, nil
	}
	return m.object(o.Key, e), nil
}

func (m *memory) Remove(ctx context.Context, o sources.Object) error {
	if err := ctx.Err(); err != nil && m.fault != "edits when cancelled" {
		return err
	}
	if _, err := m.current(o); err != nil && !(m.fault == "removes any" && errors.Is(err, sources.ErrChanged)) {
		return err
	}
	m.delete(o.Key)
	return nil
}

func (m *memory) Replace(ctx context.Context, o sources.Object, r io.Reader, size int64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	b, err := io.ReadAll(io.LimitReader(r, size+1))
	if m.fault != "takes what comes" {
		if err != nil {
			return err
		}
		if int64(len(b)) != size {
			return errors.New("wrong size")
		}
	}
	_, err = m.current(o)
	if err != nil && !(m.fault == "replaces any" && errors.Is(err, sources.ErrChanged)) && !(m.fault == "makes anew" && !errors.Is(err, sources.ErrChanged)) {
		return err
	}
	m.put(o.Key, string(b))
	return nil
}

type memoryContent struct {
	ctx    context.Context
	m      *memory
	o      sources.Object
	closed bool
}

func (c *memoryContent) Size() int64            { return c.o.Size }
func (c *memoryContent) Object() sources.Object { return c.o }

func (c *memoryContent) Close() error {
	c.closed = true
	return nil
}

func (c *memoryContent) ReadAt(b []byte, off int64) (int, error) {
	fault := c.m.fault
	switch {
	case c.closed && fault != "reads closed":
		return 0, os.ErrClosed
	case c.ctx.Err() != nil && fault != "reads on":
		return 0, c.ctx.Err()
	case off < 0:
		return 0, errors.New("negative offset")
	}
	e, err := c.m.current(c.o)
	if err != nil && fault != "mixes" && fault != "short and silent" {
		return 0, err
	}
	if fault == "short and silent" && err != nil {
		return 0, io.EOF
	}
	if off >= int64(len(e.content)) {
		if fault == "no EOF" {
			return 0, nil
		}
		return 0, io.EOF
	}
	n := copy(b, e.content[off:])
	if n < len(b) && fault != "no EOF" {
		return n, io.EOF
	}
	if fault == "EOF before the end" && off > 0 {
		return n, io.EOF
	}
	return n, nil
}
