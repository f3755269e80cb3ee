package scanner

import (
	"context"
	"errors"
	"io"

	"habeas/detectors"
	"habeas/reports"
	"habeas/sources"
)

// Rereader gets values back that a record does not hold: it opens an object of
// the record at its source once more and looks at it as the scan did. What it
// finds stays in memory. Its methods may be called from many goroutines.
type Rereader struct {
	Runner  Runner
	Regions []string // those of the scan: they decide how phone numbers are read

	prints *Fingerprints
}

// NewRereader needs the key that the record was made with: by it findings are
// matched.
func NewRereader(r Runner, key []byte, regions []string) (*Rereader, error) {
	if r == nil {
		return nil, errors.New("reread: no runner")
	}
	prints, err := NewFingerprints(key)
	if err != nil {
		return nil, err
	}
	return &Rereader{Runner: r, Regions: regions, prints: prints}, nil
}

// Fingerprints are those of the key.
func (r *Rereader) Fingerprints() *Fingerprints { return r.prints }

// Reread is one object that was read again.
type Reread struct {
	// Values are the findings of the record that were found again, by their id,
	// in the clear.
	Values map[string]Found
	// Missing are the ids of those that were not: other detectors, rules or
	// countries than the scan's look at it now.
	Missing []string
	// New are the findings that the record does not hold.
	New      []Found
	Coverage reports.Coverage
	Type     string // MIME type by content
}

// Reread opens the object of e in src, at exactly the version and ETag that e
// has, and gives its values. It fails with sources.ErrChanged if the object is
// another one now, with the error of src if it can't be read, or with a
// *RunnerError.
func (r *Rereader) Reread(ctx context.Context, src sources.Source, e *reports.Entry) (*Reread, error) {
	content, err := OpenRecorded(ctx, src, e)
	if err != nil {
		return nil, err
	}
	defer content.Close()
	return r.RereadContent(ctx, content, e)
}

// RereadContent is Reread of an object that OpenRecorded has opened; content
// stays open.
func (r *Rereader) RereadContent(ctx context.Context, content sources.Content, e *reports.Entry) (*Reread, error) {
	o := content.Object()
	job := Job{Subject: Subject{Key: e.Key, Meta: o.Meta, Tags: o.Tags, Claimed: o.Type, Regions: r.Regions}, Size: content.Size()}
	res, err := r.Runner.Run(ctx, job, content)
	defer res.Release()
	if err != nil {
		return nil, err
	}
	return r.match(e, &res), nil
}

// Find looks at bytes that are in no record, as a package before it is sealed.
func (r *Rereader) Find(ctx context.Context, job Job, content io.ReaderAt) ([]Found, reports.Coverage, error) {
	job.Regions = r.Regions
	res, err := r.Runner.Run(ctx, job, content)
	defer res.Release()
	return res.Findings, res.Coverage, err
}

// match joins what was found with what the record has.
func (r *Rereader) match(e *reports.Entry, res *Result) *Reread {
	s := &scan{prints: r.prints}
	o := sources.Object{Source: e.Source, Key: e.Key, Version: e.Version}
	byID := map[string]Found{}
	ids := map[string]int{}
	for i := range res.Findings {
		f := &res.Findings[i]
		byID[numbered(ids, s.nameOf(o, f))] = *f
	}
	out := &Reread{Values: map[string]Found{}, Coverage: res.Coverage, Type: res.Type}
	for i := range e.Findings {
		id := e.Findings[i].ID
		f, ok := byID[id]
		if !ok || string(f.Kind) != e.Findings[i].Kind {
			out.Missing = append(out.Missing, id)
			continue
		}
		out.Values[id] = f
		delete(byID, id)
	}
	seen := map[string]int{}
	for i := range res.Findings {
		f := &res.Findings[i]
		if _, ok := byID[numbered(seen, s.nameOf(o, f))]; ok {
			out.New = append(out.New, *f)
		}
	}
	return out
}

// OpenRecorded opens the object of e in src, and no other version of it: it fails
// with sources.ErrChanged where the record is of another.
func OpenRecorded(ctx context.Context, src sources.Source, e *reports.Entry) (sources.Content, error) {
	if src.Name() != e.Source {
		return nil, errors.New("reread: the object is of another source")
	}
	if e.ETag == "" && e.Version == "" {
		// Nothing tells this object from what may have taken its place.
		return nil, sources.ErrChanged
	}
	o := sources.Object{Source: e.Source, Key: e.Key, Version: e.Version, ETag: e.ETag, Size: e.Size, Modified: e.Modified}
	content, err := src.Open(ctx, o)
	if err != nil {
		return nil, err
	}
	if got := content.Object(); got.ETag != "" && got.ETag != e.ETag || content.Size() != e.Size {
		return nil, errors.Join(sources.ErrChanged, content.Close())
	}
	return content, nil
}

// NeverRevealed reports whether values of kind stay masked in everything but
// `habeas inspect`: who sees one can pay, travel or log in with it.
func NeverRevealed(kind detectors.Kind) bool {
	switch kind {
	case detectors.PaymentCard, detectors.IBAN, detectors.BankAccount, detectors.NationalID, detectors.Passport, detectors.DrivingLicence, detectors.Credential:
		return true
	}
	return false
}

// Prints are the fingerprints of a finding, as Finding.Fingerprint and
// Finding.Variant of a report.
func (r *Rereader) Prints(f *Found) (fingerprint, variant string) {
	fingerprint = r.prints.Of(f.Kind, f.canonical())
	if v := Variant(f.Kind, f.canonical()); v != "" {
		variant = r.prints.Of(f.Kind, v)
	}
	return fingerprint, variant
}

// PersonOf is the same for all spellings of a name, whether of a text or of a
// face; "" for what is no name. It is a value in the clear.
func PersonOf(f *Found) string {
	if f.Kind != detectors.Name && f.Kind != detectors.Face {
		return ""
	}
	return latinName(f.canonical())
}
