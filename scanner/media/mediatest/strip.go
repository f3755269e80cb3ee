package mediatest

import (
	"bytes"
	"errors"
	"hash/fnv"
	"io"
	"regexp"
	"testing"

	"habeas/scanner/media"
)

// Drop is a Stripping for tests. Its zero value drops nothing.
type Drop struct {
	Fields func(path, group, name string) bool // nil drops none
	Blocks func(path string) bool              // nil drops none
	Inside func(path string, r *io.SectionReader) []media.Cut
}

var _ media.Stripping = Drop{}

// Drop implements media.Stripping.
func (d Drop) Drop(path, group, name string) bool {
	if name != "" {
		return d.Fields != nil && d.Fields(path, group, name)
	}
	return d.Blocks != nil && d.Blocks(path)
}

// Nested implements media.Stripping.
func (d Drop) Nested(path string, r *io.SectionReader, _ func(string) bool) ([]media.Cut, error) {
	if d.Inside == nil {
		return nil, nil
	}
	return d.Inside(path, r), nil
}

// Stripped is object without what d drops. It fails t if f can't, if what f gives
// can't be applied, or if stripping the result once more changes it.
func Stripped(t testing.TB, f media.Format, object []byte, d media.Stripping) []byte {
	t.Helper()
	out, err := strip(t, f, object, d)
	if err != nil {
		t.Fatalf("%s: %v", f.Name(), err)
	}
	again, err := strip(t, f, out, d)
	if err != nil || !bytes.Equal(again, out) {
		t.Fatalf("%s: stripping it once more changes it (%v)", f.Name(), err)
	}
	return out
}

// strip applies what Strip gives.
func strip(t testing.TB, f media.Format, object []byte, d media.Stripping) ([]byte, error) {
	t.Helper()
	s, ok := f.(media.Stripper)
	if !ok {
		t.Fatalf("%s is no Stripper", f.Name())
	}
	cuts, err := s.Strip(bytes.NewReader(object), int64(len(object)), d)
	if err != nil {
		return nil, err
	}
	out, err := media.Apply(object, cuts)
	if err != nil {
		t.Fatalf("%s: its cuts can't be applied: %v", f.Name(), err)
	}
	return out, nil
}

// settles reports whether stripping again and again comes to an end. Damage may
// bring something new to light each time.
func settles(t testing.TB, f media.Format, name string, out []byte, d Drop) {
	t.Helper()
	for range 16 {
		again, err := strip(t, f, out, d)
		if err != nil || bytes.Equal(again, out) {
			return
		}
		out = again
	}
	t.Errorf("%s, %s: each time it is stripped it changes", f.Name(), name)
}

var numbers = regexp.MustCompile(`\[\d+\]`)

// abuseStrip strips any bytes in several ways. What can't be stripped must be
// refused in words of ours; stripping what was stripped must come to an end.
func abuseStrip(t testing.TB, f media.Format, object []byte) {
	t.Helper()
	s, ok := f.(media.Stripper)
	if !ok {
		return
	}
	fields := func(string, string, string) bool { return true }
	blocks := func(string) bool { return true }
	some := func(path, group, name string) bool {
		h := fnv.New32a()
		// Items of lists have other numbers once one is gone.
		_, _ = io.WriteString(h, path+group+numbers.ReplaceAllString(name, ""))
		return h.Sum32()&1 == 0
	}
	blank := func(_ string, r *io.SectionReader) []media.Cut { return []media.Cut{{N: r.Size(), Zero: true}} }
	shorter := func(_ string, r *io.SectionReader) []media.Cut { return []media.Cut{{Off: r.Size() - 1, N: 1}} }
	for name, d := range map[string]Drop{
		"nothing":        {},
		"fields":         {Fields: fields},
		"some fields":    {Fields: some},
		"everything":     {Fields: fields, Blocks: blocks},
		"what is inside": {Inside: blank},
		"shorter":        {Fields: some, Inside: shorter},
	} {
		out, err := strip(t, f, object, d)
		if err != nil {
			var p *media.Problem
			if media.AsRefusal(err) == nil && !errors.As(err, &p) {
				t.Errorf("%s, %s: strip failed though nothing failed to be read: %v", f.Name(), name, err)
			}
			continue
		}
		if name == "nothing" && !bytes.Equal(out, object) {
			t.Errorf("%s: stripped of nothing it changed", f.Name())
		}
		if d.Inside == nil {
			settles(t, f, name, out, d)
		}
	}
	if len(object) > 0 {
		var p *media.Problem // of an object that is too short to be read at all
		if _, err := s.Strip(failingReader{}, int64(len(object)), Drop{}); err != nil && !errors.Is(err, errSource) && media.AsRefusal(err) == nil && !(len(object) < 16 && errors.As(err, &p)) {
			t.Errorf("%s: the source's error came back from strip as %v", f.Name(), err)
		}
	}
	c, ok := f.(media.Coder)
	if !ok {
		return
	}
	ranges, err := c.Coded(bytes.NewReader(object), int64(len(object)))
	for _, r := range ranges {
		if err == nil && (r.Off < 0 || r.N < 0 || r.Off+r.N > int64(len(object))) {
			t.Errorf("%s: coded data at %d, %d bytes of %d", f.Name(), r.Off, r.N, len(object))
		}
	}
}
