// Package erasure deletes what a store keeps of an owner or of decided objects,
// and proves it: plan, approve, apply, verify, receipt.
//
// A Planner lists, and changes nothing. It makes a Plan: each version, delete
// marker and unfinished upload with what is to become of it and why, bound to the
// place, the time and a hash of its bytes. Apply carries out exactly that Plan
// once somebody approved its hash: per key, oldest version first, each looked at
// again just before, announced in the audit log, written to a Journal, and
// looked for afterwards. Killed at any point and run again it ends in the same
// state. A Receipt says what became of each item and what stays open; it is
// signed.
//
// What decides which bytes are deleted is exact: source, key in bytes, version
// id, ETag, size. Nothing here compares keys or owners by prefix, case or
// Unicode form.
package erasure

import (
	"context"
	"errors"
	"fmt"
	"time"

	"habeas/sources"
)

// State is what became of an item. Each item ends in exactly one.
type State string

// The states.
const (
	Erased  State = "erased"  // deleted by us, and not there any more when we looked
	Gone    State = "gone"    // not there any more when we came
	Changed State = "changed" // another content or marker stands there: untouched
	Locked  State = "locked"  // kept by a retention or legal hold of the store
	Held    State = "held"    // kept by a hold of the register
	Denied  State = "denied"  // the store refuses the deletion
	Failed  State = "failed"  // the store failed, or still shows it afterwards
	Hiding  State = "hiding"  // a delete marker that must stay while versions behind it do
	Kept    State = "kept"    // the plan keeps it
	Open    State = "open"    // not come to
)

// done reports whether s is where an item ends whatever is tried again.
func (s State) done() bool { return s == Erased || s == Gone || s == Changed || s == Kept }

// Error is a refusal: nothing was changed by what failed with it. Its text says
// what to do next and holds nothing from outside.
type Error struct{ Text string }

func (e *Error) Error() string { return e.Text }

func refuse(format string, args ...any) error { return &Error{fmt.Sprintf(format, args...)} }

// Target is a source that can be looked at as a whole, and edited.
type Target struct {
	src       sources.Source
	versioned sources.Versioned // nil for a source that keeps one version
	uploader  sources.Uploader  // nil where there are no unfinished uploads
	editor    sources.Editor    // nil if it is versioned and nothing else
	place     sources.Place
}

// NewTarget fails if src can't be edited, or can't say where it is.
func NewTarget(ctx context.Context, src sources.Source) (*Target, error) {
	t := &Target{src: src}
	t.versioned, _ = src.(sources.Versioned)
	t.uploader, _ = src.(sources.Uploader)
	t.editor, _ = src.(sources.Editor)
	placed, ok := src.(sources.Placed)
	if !ok || t.versioned == nil && t.editor == nil {
		return nil, refuse("nothing can be erased in a source of this kind")
	}
	var err error
	t.place, err = placed.Place(ctx)
	return t, err
}

// Name is that of the source.
func (t *Target) Name() string { return t.src.Name() }

// each calls fn with every version and marker of the target, those of one key
// together and newest first.
func (t *Target) each(ctx context.Context, fn func([]sources.Version) error) error {
	var group []sources.Version
	flush := func() error {
		if len(group) == 0 {
			return nil
		}
		err := fn(group)
		group = nil
		return err
	}
	for v, err := range t.all(ctx) {
		if err != nil && v.Key == "" {
			return err
		}
		if len(group) > 0 && group[0].Key != v.Key {
			if err := flush(); err != nil {
				return err
			}
		}
		group = append(group, v)
	}
	return flush()
}

// all lists versions; a source that keeps one version has each object as one.
func (t *Target) all(ctx context.Context) func(yield func(sources.Version, error) bool) {
	if t.versioned != nil {
		return t.versioned.Versions(ctx, "")
	}
	return func(yield func(sources.Version, error) bool) {
		for o, err := range t.src.Objects(ctx, "") {
			if !yield(sources.Version{Object: o, Latest: true}, err) {
				return
			}
		}
	}
}

// of gives what is kept of exactly key, newest first.
func (t *Target) of(ctx context.Context, key string) ([]sources.Version, error) {
	var out []sources.Version
	if t.versioned != nil {
		for v, err := range t.versioned.Versions(ctx, key) {
			if err != nil {
				return nil, err
			}
			if v.Key != key {
				break
			}
			out = append(out, v)
		}
		return out, nil
	}
	if r, ok := t.src.(sources.Refresher); ok {
		o, err := r.Refresh(ctx, sources.Object{Source: t.Name(), Key: key})
		var e *sources.Error
		switch {
		case errors.As(err, &e) && e.Code == sources.CodeVanished:
			return nil, nil
		case err != nil:
			return nil, err
		}
		return []sources.Version{{Object: o, Latest: true}}, nil
	}
	for v, err := range t.all(ctx) {
		if err != nil && v.Key == "" {
			return nil, err
		}
		if v.Key == key {
			out = append(out, v)
		}
	}
	return out, nil
}

// uploads gives the unfinished uploads whose keys begin with prefix.
func (t *Target) uploads(ctx context.Context, prefix string) ([]sources.Upload, error) {
	var out []sources.Upload
	if t.uploader == nil {
		return nil, nil
	}
	for u, err := range t.uploader.Uploads(ctx, prefix) {
		if err != nil {
			return nil, err
		}
		out = append(out, u)
	}
	return out, nil
}

func (t *Target) lock(ctx context.Context, v sources.Version) (sources.Lock, error) {
	if t.versioned == nil || !t.place.Locks || v.Marker {
		return sources.Lock{}, nil
	}
	return t.versioned.Lock(ctx, v)
}

func (t *Target) remove(ctx context.Context, v sources.Version) error {
	if t.versioned != nil {
		return t.versioned.RemoveVersion(ctx, v)
	}
	return t.editor.Remove(ctx, v.Object)
}

// stateOf reads what a failed deletion means; fatal errors end the run.
func stateOf(err error) (State, string, error) {
	var e *sources.Error
	switch {
	case err == nil:
		return Erased, "", nil
	case errors.Is(err, sources.ErrChanged):
		return Changed, "", nil
	case !errors.As(err, &e) || e.Fatal:
		return "", "", err
	case e.Code == sources.CodeVanished:
		return Gone, "", nil
	case e.Code == sources.CodeLocked:
		return Locked, e.Hint, nil
	case e.Code == sources.CodeDenied:
		return Denied, e.Hint, nil
	}
	return Failed, e.Error(), nil
}

// until is how a Lock is written for people.
func lockText(l sources.Lock) string {
	switch {
	case l.Hold:
		return "legal hold of the store"
	case l.Mode == sources.LockCompliance:
		return "compliance lock until " + l.Until.Format(time.DateOnly)
	}
	return "governance lock until " + l.Until.Format(time.DateOnly)
}
