package scanner

import (
	"errors"
	"fmt"
	"io"

	"habeas/scanner/media"
)

// Dropper decides what goes from an object: path is that of the Part, from the
// name of the object's format on ("jpeg/app1/exif"), group and name are those of
// the Tag. Without group and name it asks for the whole block at path.
type Dropper interface {
	Drop(path, group, name string) bool
}

// Cuts gives the changes that take out of content what d drops, and the name of
// the format, "" for one that is not known. A format that can't do it without
// loss fails with a *media.Refusal; one whose structure makes no sense with a
// *media.Problem. What is embedded in a format that can't be stripped stays.
func (e *Examiner) Cuts(content io.ReaderAt, size int64, d Dropper) (cuts []media.Cut, format string, err error) {
	defer func() {
		if recover() != nil { // its value may quote the object
			cuts, err = nil, media.Refuse("", "its parts could not be told apart")
		}
	}()
	root := &stripping{e: e, d: d, budget: &media.Budget{}}
	f, err := root.match(io.NewSectionReader(content, 0, size))
	if err != nil || f == nil {
		return nil, "", err
	}
	root.path = f.Name()
	s, ok := f.(media.Stripper)
	if !ok {
		return nil, f.Name(), media.Refuse("", "data can't be taken out of this format without loss")
	}
	cuts, err = s.Strip(content, size, root)
	if err == nil {
		cuts, err = real(content, cuts)
	}
	return cuts, f.Name(), under(f.Name(), err)
}

// under puts the path of the format before that of a refusal.
func under(path string, err error) error {
	if r := media.AsRefusal(err); r != nil {
		return &media.Refusal{Path: join(path, r.Path), Why: r.Why}
	}
	if p, ok := errors.AsType[*media.Problem](err); ok {
		return &media.Problem{Path: join(path, p.Path), Reason: p.Reason}
	}
	return err
}

// real leaves out the cuts that would change nothing.
func real(r io.ReaderAt, cuts []media.Cut) ([]media.Cut, error) {
	out := cuts[:0]
	for _, c := range cuts {
		if !c.Zero && int64(len(c.With)) == c.N {
			b, err := media.ReadUpTo(r, c.Off, c.N, c.Off+c.N)
			if err != nil {
				return nil, err
			}
			if string(b) == string(c.With) {
				continue
			}
		}
		out = append(out, c)
	}
	return out, nil
}

// stripping is the media.Stripping of one container.
type stripping struct {
	e      *Examiner
	d      Dropper
	path   string
	depth  int
	budget *media.Budget
	also   func(name string) bool
}

var (
	_ media.Stripping = (*stripping)(nil)
	_ media.Budgeter  = (*stripping)(nil)
	_ media.Setter    = (*stripping)(nil)
)

// Budget is the one budget of the object.
func (s *stripping) Budget() *media.Budget { return s.budget }

// Drop asks the Dropper with the full path.
func (s *stripping) Drop(path, group, name string) bool {
	if name != "" && s.also != nil && s.also(name) {
		return true
	}
	return s.d.Drop(join(s.path, path), group, name)
}

// Set asks the Dropper with the full path, if it sets fields.
func (s *stripping) Set(path, group, name string) (string, bool) {
	if t, ok := s.d.(media.Setter); ok {
		return t.Set(join(s.path, path), group, name)
	}
	return "", false
}

func (s *stripping) match(r *io.SectionReader) (media.Format, error) {
	head := make([]byte, min(r.Size(), media.HeadSize))
	n, err := r.ReadAt(head, 0)
	if err != nil && n < len(head) && !errors.Is(err, io.EOF) {
		return nil, err
	}
	for _, f := range s.e.Formats {
		if f.Match(head[:n]) {
			return f, nil
		}
	}
	return nil, nil
}

// Nested sniffs what is embedded and strips it.
func (s *stripping) Nested(path string, r *io.SectionReader, also func(string) bool) ([]media.Cut, error) {
	if r.Size() == 0 {
		return nil, nil
	}
	full := join(s.path, path)
	if s.depth+1 > s.e.Limits.withDefaults().Depth {
		return nil, media.Refuse(path, fmt.Sprintf("containers stand in it deeper than %d", s.e.Limits.withDefaults().Depth))
	}
	f, err := s.match(r)
	if err != nil || f == nil {
		return nil, err
	}
	strip, ok := f.(media.Stripper)
	if !ok {
		return nil, nil
	}
	if !isBlock(path) {
		full = join(full, f.Name())
	}
	cuts, err := strip.Strip(r, r.Size(), &stripping{e: s.e, d: s.d, path: full, depth: s.depth + 1, budget: s.budget, also: also})
	if r := media.AsRefusal(err); r != nil {
		return nil, &media.Refusal{Path: join(path, r.Path), Why: r.Why}
	}
	if _, ok := errors.AsType[*media.Problem](err); ok {
		// It is left as it is: what the next look still finds in it makes the whole
		// block go.
		return nil, nil
	}
	return cuts, err
}
