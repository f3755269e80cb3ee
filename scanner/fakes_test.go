package scanner

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"habeas/detectors"
	"habeas/reports"
	"habeas/scanner/media"
	"habeas/sources"
)

// lines is a format for tests. After the line with its name each line is an
// order to the walk:
//
//	text PATH TEXT          a part with text, which stands in the file
//	view PATH TEXT          the same, said to be decoded
//	tag PATH NAME VALUE     a part with one tag
//	chunk LEAD TAIL TEXT    a part with context around it
//	nest PATH LENGTH        what follows in the file, embedded
//	packed PATH LENGTH      the same, said to be unpacked
//	problem PATH REASON     damage that the walk survives
//	stop PATH REASON        damage that it does not
//	fail                    an error of the format
//	panic                   a bug of the format
//	deaf                    from here on the walk ignores what the visitor says
type lines struct{ name string }

func (f lines) Name() string           { return f.name }
func (f lines) Match(head []byte) bool { return bytes.HasPrefix(head, []byte(f.name+"\n")) }

func (f lines) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	off := int64(len(f.name) + 1)
	deaf := false
	for off < size {
		line, err := bufio.NewReader(io.NewSectionReader(r, off, size-off)).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) && !deaf {
			return err
		}
		if line == "" {
			break
		}
		start := off
		off += int64(len(line))
		words := strings.SplitN(strings.TrimSuffix(line, "\n"), " ", 4)
		for len(words) < 4 {
			words = append(words, "")
		}
		switch words[0] {
		case "deaf":
			deaf = true
		case "nest", "packed":
			n, _ := strconv.ParseInt(words[2], 10, 64)
			s := io.NewSectionReader(r, off, n)
			if words[0] == "packed" {
				b := make([]byte, n)
				if _, err = s.ReadAt(b, 0); err != nil && !errors.Is(err, io.EOF) {
					return err
				}
				s = io.NewSectionReader(bytes.NewReader(b), 0, n)
			}
			off += n
			err = v.Nested(words[1], s)
		case "fail":
			return errors.New("no idea")
		case "stop":
			return media.Stop(words[1], media.Reason(words[2]))
		default:
			err = f.part(words, line, start, v)
		}
		if err != nil && !errors.Is(err, io.EOF) && !deaf {
			return err
		}
	}
	return nil
}

func (lines) part(words []string, line string, start int64, v media.Visitor) error {
	p := &detectors.Part{Path: words[1], Off: -1}
	switch words[0] {
	case "text", "view":
		_, text, _ := strings.Cut(strings.TrimPrefix(line, words[0]+" "), " ")
		p.Text = []byte(text)
		if words[0] == "text" {
			p.Off = start + int64(len(line)-len(text))
		}
	case "tag":
		p.Tags = []detectors.Tag{{Name: words[2], Value: words[3]}}
	case "chunk":
		p.Path = ""
		p.Lead, _ = strconv.Atoi(words[1])
		p.Tail, _ = strconv.Atoi(words[2])
		p.Text, p.Off = []byte(words[3]), 0
	case "problem":
		v.Problem(words[1], media.Reason(words[2]))
		return nil
	case "panic":
		panic("something of the object")
	default:
		return fmt.Errorf("no order")
	}
	return v.Part(p)
}

// words is a detector for tests. A word that looks like KIND:VALUE, or
// KIND:VALUE:CONFIDENCE, is a finding; "giveup" makes it fail and "burst" panic.
type words struct{}

func (words) Info() detectors.Info { return detectors.Info{Name: "words", Version: 1} }

func (words) Detect(p *detectors.Part, found func(detectors.Finding)) error {
	var err error
	detectors.EachText(p, func(text []byte, tag *detectors.Tag) {
		off := 0
		for _, w := range strings.SplitAfter(string(text), " ") {
			start := off
			off += len(w)
			switch w = strings.Trim(w, " \n"); w {
			case "giveup":
				err = errors.New("gave up")
			case "burst":
				panic("something of the text")
			}
			kind, value, ok := strings.Cut(w, ":")
			if !ok {
				continue
			}
			value, conf, _ := strings.Cut(value, ":")
			f := detectors.Finding{Kind: detectors.Kind(kind), Value: value, Confidence: 0.9, Why: "is a word", Rule: "word"}
			if c, err := strconv.ParseFloat(conf, 64); err == nil {
				f.Confidence = c
			}
			if tag != nil {
				f.Tag = tag.Name
			} else {
				f.Start, f.End = start, start+len(w)
			}
			found(f)
		}
	})
	return err
}

func testExaminer() *Examiner {
	return &Examiner{
		Formats:   []media.Format{lines{"box"}, lines{"pic"}},
		Detectors: []detectors.Detector{words{}},
		Sniff:     func([]byte) string { return "application/x-lines" },
	}
}

// faults are what happens to an object in a memSource.
type faults struct {
	listing error         // beside it in the listing
	open    []error       // of the first Opens, in order; nil opens
	read    error         // of reads behind the first byte
	change  int           // how often it changes while it is read
	vanish  bool          // Refresh finds it no more
	short   bool          // ends before its size
	block   chan struct{} // Open waits for it
}

// memSource is a source in memory.
type memSource struct {
	name   string
	broken error // ends the listing, after cut objects
	cut    int

	mu      sync.Mutex
	objects map[string]string // content by key
	etags   map[string]int
	faults  map[string]*faults
	opens   map[string]int

	opened atomic.Int64
}

func newMemSource(name string) *memSource {
	return &memSource{name: name, objects: map[string]string{}, etags: map[string]int{}, faults: map[string]*faults{}, opens: map[string]int{}}
}

func (m *memSource) put(key, content string) { m.objects[key], m.etags[key] = content, m.etags[key]+1 }

func (m *memSource) Name() string { return m.name }

func (m *memSource) object(key string) sources.Object {
	m.mu.Lock()
	defer m.mu.Unlock()
	return sources.Object{
		Source: m.name, Key: key, ETag: strconv.Itoa(m.etags[key]), Size: int64(len(m.objects[key])),
		Modified: time.Date(2024, 5, 6, 7, 8, m.etags[key], 0, time.UTC),
	}
}

func (m *memSource) Objects(ctx context.Context, after string) iter.Seq2[sources.Object, error] {
	return func(yield func(sources.Object, error) bool) {
		m.mu.Lock()
		keys := slices.Sorted(maps.Keys(m.objects))
		m.mu.Unlock()
		for i, key := range keys {
			if m.broken != nil && i == m.cut {
				yield(sources.Object{}, m.broken)
				return
			}
			if key <= after {
				continue
			}
			var err error
			if f := m.faults[key]; f != nil {
				err = f.listing
			}
			if ctx.Err() != nil || !yield(m.object(key), err) {
				return
			}
		}
	}
}

func (m *memSource) Open(ctx context.Context, o sources.Object) (sources.Content, error) {
	m.opened.Add(1)
	m.mu.Lock()
	m.opens[o.Key]++
	n := m.opens[o.Key]
	f := m.faults[o.Key]
	m.mu.Unlock()
	if f == nil {
		f = &faults{}
	}
	if f.block != nil {
		select {
		case <-f.block:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if n <= len(f.open) && f.open[n-1] != nil {
		return nil, f.open[n-1]
	}
	now := m.object(o.Key)
	if now.ETag != o.ETag {
		return nil, sources.ErrChanged
	}
	o.Meta = map[string]string{"by": "email:meta@" + o.Key}
	return &memContent{m: m, o: o, data: m.objects[o.Key], f: f}, nil
}

func (m *memSource) Refresh(_ context.Context, o sources.Object) (sources.Object, error) {
	if f := m.faults[o.Key]; f != nil && f.vanish {
		return sources.Object{}, &sources.Error{Code: sources.CodeVanished}
	}
	now := m.object(o.Key)
	now.Version = "as HEAD tells"
	return now, nil
}

type memContent struct {
	m    *memSource
	o    sources.Object
	data string
	f    *faults
}

func (c *memContent) Object() sources.Object { return c.o }
func (c *memContent) Size() int64            { return int64(len(c.data)) }
func (c *memContent) Close() error           { return nil }

func (c *memContent) ReadAt(b []byte, off int64) (int, error) {
	c.m.mu.Lock()
	changes := c.f.change > 0
	if changes {
		c.f.change--
		c.m.etags[c.o.Key]++
	}
	c.m.mu.Unlock()
	switch {
	case changes:
		return 0, sources.ErrChanged
	case c.f.read != nil && off+int64(len(b)) > 1:
		return 0, c.f.read
	case c.f.short && off+int64(len(b)) >= int64(len(c.data)):
		n, _ := strings.NewReader(c.data[:len(c.data)-1]).ReadAt(b, off)
		return n, io.EOF
	}
	return strings.NewReader(c.data).ReadAt(b, off)
}

// memRecorder is a record in memory.
type memRecorder struct {
	fail error // of the next Commit

	mu      sync.Mutex
	records map[Ref]Record
	commits int
	largest int
	written int
}

func newMemRecorder() *memRecorder { return &memRecorder{records: map[Ref]Record{}} }

func (m *memRecorder) sorted(source string) []Record {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []Record
	for ref, r := range m.records {
		if source == "" || ref.Source == source {
			all = append(all, r)
		}
	}
	slices.SortFunc(all, func(a, b Record) int {
		return cmp.Or(strings.Compare(a.Entry.Source, b.Entry.Source), strings.Compare(a.Entry.Key, b.Entry.Key), strings.Compare(a.Entry.Version, b.Entry.Version))
	})
	return all
}

func (m *memRecorder) Stored(_ context.Context, source string) iter.Seq2[Stored, error] {
	all := m.sorted(source)
	return func(yield func(Stored, error) bool) {
		for _, r := range all {
			e := r.Entry
			if !yield(Stored{Key: e.Key, Version: e.Version, ETag: e.ETag, Size: e.Size, Modified: e.Modified, Audience: string(e.Audience), Set: r.Set, Coverage: e.Coverage, Reasons: e.Reasons}, nil) {
				return
			}
		}
	}
}

func (m *memRecorder) Commit(_ context.Context, b Batch) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return m.fail
	}
	m.commits++
	m.largest = max(m.largest, len(b.Records)+len(b.Gone))
	m.written += len(b.Records)
	for _, r := range b.Records {
		e := *r.Entry
		e.Findings = slices.Clone(e.Findings)
		r.Entry = &e
		m.records[Ref{e.Source, e.Key, e.Version}] = r
	}
	for _, ref := range b.Gone {
		delete(m.records, ref)
	}
	return nil
}

// entries are what the record holds, in order.
func (m *memRecorder) entries() []*reports.Entry {
	var out []*reports.Entry
	for _, r := range m.sorted("") {
		out = append(out, r.Entry)
	}
	return out
}

// states are coverage and reasons by key.
func (m *memRecorder) states() map[string]string {
	out := map[string]string{}
	for _, e := range m.entries() {
		var codes []string
		for _, r := range e.Reasons {
			codes = append(codes, r.Code)
		}
		out[e.Key] = strings.TrimSpace(string(e.Coverage) + " " + strings.Join(codes, ","))
	}
	return out
}
