package main

import (
	"context"
	"errors"
	"io"

	"habeas/detectors"
	"habeas/reports"
	"habeas/reports/access"
	"habeas/scanner"
	"habeas/scanner/media"
	"habeas/scanner/strip"
	"habeas/sources"
)

// overSource lets a package read objects again, look at its own copies, and strip
// them. Its methods are called by one goroutine.
type overSource struct {
	*rereading
	strip strip.Planner
}

var (
	_ access.Source   = overSource{}
	_ access.Checker  = overSource{}
	_ access.Stripper = overSource{}
)

func neverRevealed(k detectors.Kind) bool { return scanner.NeverRevealed(k) }

// reopened is an object of the record, with its values if they were asked for.
type reopened struct {
	sources.Content
	values map[string]scanner.Found
}

// Open implements access.Source.
func (o overSource) Open(ctx context.Context, e *reports.Entry, values bool) (access.Opened, error) {
	src, err := o.source(ctx, e.Source)
	if err != nil {
		return nil, err
	}
	content, err := scanner.OpenRecorded(ctx, src, e)
	if err != nil {
		return nil, rereadError(e, err)
	}
	out := reopened{Content: content}
	if values {
		got, err := o.RereadContent(ctx, content, e)
		if err != nil {
			return nil, errors.Join(rereadError(e, err), content.Close())
		}
		out.values = got.Values
	}
	return out, nil
}

// Value implements access.Opened.
func (r reopened) Value(id string) (access.Value, bool) {
	f, ok := r.values[id]
	if !ok {
		return access.Value{}, false
	}
	return access.Value{Text: f.Value, Position: positionOf(&f), Person: scanner.PersonOf(&f)}, true
}

// Check implements access.Checker.
func (o overSource) Check(ctx context.Context, content io.ReaderAt, size int64) ([]access.Found, error) {
	found, _, err := o.Find(ctx, scanner.Job{Size: size}, content)
	if err != nil {
		return nil, err
	}
	out := make([]access.Found, len(found))
	for i := range found {
		f := &found[i]
		out[i] = access.Found{Kind: string(f.Kind), Text: f.Value, Part: f.Part, Tag: f.Tag, Invalid: f.Invalid}
		out[i].Fingerprint, out[i].Variant = o.Prints(f)
	}
	return out, nil
}

// Strip implements access.Stripper.
func (o overSource) Strip(ctx context.Context, e *reports.Entry, content io.ReaderAt, size int64, drop []*reports.Finding) (io.ReaderAt, int64, error) {
	req := strip.Request{Size: size, Subject: scanner.Subject{Regions: o.look.countries}}
	for _, f := range drop {
		req.Findings = append(req.Findings, strip.Finding{Part: f.Part, Tag: f.Tag})
	}
	plan, err := o.strip.Plan(ctx, req, content)
	if err != nil {
		if r := media.AsRefusal(err); r != nil {
			return nil, 0, errors.New("what it says of others can't be taken out of it")
		}
		return nil, 0, err
	}
	return plan.After, plan.After.Size(), nil
}
