package ebml

import (
	"math/bits"
	"strings"

	"habeas/detectors"
	"habeas/scanner/media"
)

// element is one element of EBML (RFC 8794, 4). Its body ends where the bytes
// that hold it end, whatever it claims.
type element struct {
	id        uint32 // with its marker bits; 0 for none
	off       int64
	body, end int64
	claimed   int64 // length as written
	unknown   bool  // no length: it ends where something begins that can't be in it
}

func (e element) size() int64 { return e.end - e.body }

// vint reads a number of 1 to 8 bytes, whose leading zero bits say how many
// follow (RFC 8794, 4.1). n is 0 where b holds none.
func vint(b []byte, keep bool) (v uint64, n int) {
	if len(b) == 0 || b[0] == 0 {
		return 0, 0
	}
	n = bits.LeadingZeros8(b[0]) + 1
	if n > len(b) {
		return 0, 0
	}
	v = uint64(b[0])
	if !keep {
		v &= 1<<(8-n) - 1
	}
	for _, c := range b[1:n] {
		v = v<<8 | uint64(c)
	}
	return v, n
}

// element reads the head of the element at off, inside of what ends at end. why
// tells what is wrong with it; the id is 0 where there is no element at all.
func (w *walk) element(off, end int64) (e element, why media.Reason, err error) {
	h, err := w.win.At(off, int(min(12, end-off)))
	if err != nil {
		return e, "", err
	}
	id, n := vint(h, true)
	if n == 0 || n > 4 {
		if n == 0 && len(h) < 4 && len(h) > 0 && h[0] != 0 {
			return e, w.short(end), nil
		}
		return e, media.Corrupt, nil
	}
	length, m := vint(h[n:], false)
	if m == 0 {
		if len(h)-n < 8 {
			return e, w.short(end), nil
		}
		return e, media.Corrupt, nil
	}
	e = element{id: uint32(id), off: off, body: off + int64(n+m)}
	switch {
	case length == 1<<(7*m)-1:
		e.unknown, e.end = true, end
	case length > uint64(end-e.body):
		e.end, e.claimed, why = end, int64(length), w.short(end)
	default:
		e.end, e.claimed = e.body+int64(length), int64(length)
	}
	return e, why, nil
}

// short is what an element that runs past end means: at the end of the file it
// is cut, elsewhere lengths contradict each other.
func (w *walk) short(end int64) media.Reason {
	if end == w.win.Size {
		return media.Truncated
	}
	return media.Corrupt
}

const (
	// maxSteps bounds the elements of one file.
	maxSteps = 1_000_000
	// maxString is how much of one text is read.
	maxString = 1 << 20
)

// children calls fn for each element in e. Elements without a length may stand at
// the top only, where segment goes through them.
func (w *walk) children(path string, e element, depth int, fn func(element) error) error {
	if depth > media.MaxBoxDepth {
		w.v.Problem(path, media.LimitDepth)
		return nil
	}
	for off := e.body; off < e.end; {
		if w.steps++; w.steps > maxSteps {
			w.v.Problem(path, media.LimitCount)
			return nil
		}
		c, why, err := w.element(off, e.end)
		if err != nil {
			return err
		}
		if c.id == 0 || c.unknown {
			if c.unknown {
				why = media.Corrupt
			}
			w.v.Problem(path, why)
			return nil
		}
		if why != "" {
			w.v.Problem(path, why)
		}
		if err := fn(c); err != nil {
			return err
		}
		off = c.end
	}
	return nil
}

// text is the value of an element that holds a string.
func (w *walk) text(path string, e element) (string, error) {
	n := e.size()
	if n > maxString {
		w.v.Problem(path, media.LimitBytes)
		n = maxString
	}
	b, err := media.ReadUpTo(w.r, e.body, n, w.win.Size)
	if err != nil {
		return "", err
	}
	s, _, _ := strings.Cut(string(b), "\x00")
	return media.FieldValue(s), nil
}

// number is the value of an element that holds an unsigned integer.
func (w *walk) number(e element) (v uint64, err error) {
	b, err := w.win.At(e.body, int(min(e.size(), 8)))
	for _, c := range b {
		v = v<<8 | uint64(c)
	}
	return v, err
}

// add keeps a field that says something.
func (w *walk) add(tags []detectors.Tag, path, name string, e element) ([]detectors.Tag, error) {
	value, err := w.text(path, e)
	if err != nil || value == "" || name == "" {
		return tags, err
	}
	if w.tags++; w.tags > media.MaxMembers {
		return tags, nil
	}
	return append(tags, detectors.Tag{Group: "Matroska", Name: name, Value: value}), nil
}

func (w *walk) part(path string, tags []detectors.Tag) error {
	if len(tags) == 0 {
		return nil
	}
	return w.v.Part(&detectors.Part{Path: path, Tags: tags, Off: -1})
}
