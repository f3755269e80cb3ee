package exceptions

import (
	"bufio"
	"cmp"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"slices"

	"habeas/reports"
)

// maxBaseline bounds a baseline file: about half a million findings.
const maxBaseline = 128 << 20

// Baseline are the findings that are known.
type Baseline struct {
	Schema int    `json:"schema"` // 1
	What   string `json:"habeas"` // "baseline"
	KeyID  string `json:"key_id"` // of the fingerprint key under which it was made
	// Key is the fingerprint key itself in hex, if it was made for this baseline
	// alone; "" if it is the user's, which is never written.
	Key      string  `json:"key,omitempty"`
	Findings []Known `json:"findings"` // in order of path, kind, part and name
}

// Known is a finding of a baseline, or several that are the same. Path, kind and
// part are for people; the name decides.
type Known struct {
	Path  string `json:"path"` // made safe to show
	Kind  string `json:"kind"`
	Part  string `json:"part"` // made safe to show
	Name  string `json:"name"` // of object, place and value
	Count int    `json:"count"`
}

// ErrNotBaseline is the error of ReadBaseline for anything else.
var ErrNotBaseline = errors.New("it is not a baseline of this version: write one with `habeas baseline write`")

// ReadBaseline reads what Write wrote.
func ReadBaseline(r io.Reader) (*Baseline, error) {
	var b Baseline
	dec := json.NewDecoder(io.LimitReader(r, maxBaseline))
	if err := dec.Decode(&b); err != nil || b.Schema != 1 || b.What != "baseline" {
		return nil, ErrNotBaseline // the library's own words may quote the file
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, ErrNotBaseline
	}
	if _, err := b.FingerprintKey(); err != nil {
		return nil, err
	}
	for _, k := range b.Findings {
		if k.Name == "" || k.Count < 1 {
			return nil, ErrNotBaseline
		}
	}
	return &b, nil
}

// FingerprintKey is the key that the baseline was made for; nil if it is the user's.
func (b *Baseline) FingerprintKey() ([]byte, error) {
	if b.Key == "" {
		return nil, nil
	}
	key, err := hex.DecodeString(b.Key)
	if err != nil || len(key) < 32 {
		return nil, ErrNotBaseline
	}
	return key, nil
}

// counts says how often each name may occur.
func (b *Baseline) counts() map[string]int {
	left := make(map[string]int, len(b.Findings))
	for _, k := range b.Findings {
		left[k.Name] += k.Count
	}
	return left
}

// Write writes JSON with a line for each finding, so that a change of the file can
// be read as one.
func (b *Baseline) Write(w io.Writer) error {
	buf := bufio.NewWriter(w)
	enc := func(v any) {
		j, err := json.Marshal(v)
		if err != nil { // none of the types can fail
			j = []byte("null")
		}
		buf.Write(j)
	}
	buf.WriteString("{\"schema\":1,\"habeas\":\"baseline\",\"key_id\":")
	enc(b.KeyID)
	if b.Key != "" {
		buf.WriteString(",\"key\":")
		enc(b.Key)
	}
	buf.WriteString(",\"findings\":[")
	for i, k := range b.Findings {
		if i > 0 {
			buf.WriteByte(',')
		}
		buf.WriteByte('\n')
		enc(k)
	}
	buf.WriteString("\n]}\n")
	return buf.Flush()
}

// Collector is a handler that makes a baseline of all that counts, and of notes. Put it behind
// Rules without a baseline, so that what is suppressed stays out of it.
type Collector struct {
	paths reports.Paths
	known map[string]*Known
	keyID string
}

var _ reports.Handler = (*Collector)(nil)

// NewCollector names objects as paths does.
func NewCollector(paths reports.Paths) *Collector {
	return &Collector{paths: paths, known: map[string]*Known{}}
}

// Begin implements reports.Handler.
func (c *Collector) Begin(r *reports.Run) error {
	c.keyID = r.KeyID
	return nil
}

// Entry implements reports.Handler.
func (c *Collector) Entry(e *reports.Entry) error {
	where, _ := c.paths.Of(e.Source, e.Key)
	for i := range e.Findings {
		f := &e.Findings[i]
		if f.Dummy || f.Invalid || f.Suppressed != nil {
			continue
		}
		name := valueName(where, f)
		if k := c.known[name]; k != nil {
			k.Count++
			continue
		}
		c.known[name] = &Known{Path: reports.Show(where), Kind: f.Kind, Part: reports.Show(f.Part), Name: name, Count: 1}
	}
	return nil
}

// End implements reports.Handler.
func (c *Collector) End(*reports.Summary) error { return nil }

// Baseline is what was collected. key is the fingerprint key if it was made for
// this baseline; nil for the user's own.
func (c *Collector) Baseline(key []byte) *Baseline {
	b := &Baseline{Schema: 1, What: "baseline", KeyID: c.keyID, Key: hex.EncodeToString(key)}
	for _, k := range c.known {
		b.Findings = append(b.Findings, *k)
	}
	slices.SortFunc(b.Findings, func(a, b Known) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Part, b.Part), cmp.Compare(a.Name, b.Name))
	})
	return b
}
