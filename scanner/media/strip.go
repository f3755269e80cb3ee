package media

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"

	"habeas/detectors"
)

// Stripper is an optional ability of a Format: to leave data out and keep every
// other byte. It changes nothing itself. It lists what has to give way to what,
// so that whoever applies the list can show that nothing else changed.
type Stripper interface {
	// Strip reads the container as Walk does and gives the changes that take out
	// what s drops, in order of Off and apart from each other; none if there is
	// nothing to take out. What can't be taken out without touching the coded
	// picture, sound or text fails with a *Refusal. Any other error is a failed
	// read, or a *Problem where the container makes no sense.
	Strip(r io.ReaderAt, size int64, s Stripping) ([]Cut, error)
}

// Stripping decides what goes. One goroutine at a time calls it.
type Stripping interface {
	// Drop reports whether a field goes: path is that of its Part, relative to the
	// format, group and name are those of its Tag. Without group and name it asks
	// whether the whole block at path goes.
	Drop(path, group, name string) bool
	// Nested gives the changes inside embedded content, with offsets relative to
	// r. Paths are those that Walk hands to Visitor.Nested. Content of a format
	// that can't be stripped has no changes. also, if not nil, names fields in it
	// that go in any case, since they tell of what the container loses.
	Nested(path string, r *io.SectionReader, also func(name string) bool) ([]Cut, error)
}

// Setter is an optional ability of a Stripping: to give text fields another value.
// Formats without room for it, and those that can't write the field, fail with a
// *Refusal.
type Setter interface {
	// Set gives the value that a field is to have. ok is false for fields that stay
	// as they are.
	Set(path, group, name string) (value string, ok bool)
}

// SetOf asks s for the value of a field, if s sets any.
func SetOf(s Stripping, path, group, name string) (value string, ok bool) {
	if t, can := s.(Setter); can {
		return t.Set(path, group, name)
	}
	return "", false
}

// NoRoom is why a value that is too long is refused.
const NoRoom = "the new value is longer than the room that there is for it"

// Cut is one change: the N bytes at Off give way to With, or to N zeros.
type Cut struct {
	Off, N int64
	With   []byte
	Zero   bool // N zeros instead of With
}

// Refusal says that data can't be taken out without loss.
type Refusal struct {
	Path string // relative to the format that refuses; "" for all of it
	Why  string // one clause in words of ours: "it is signed"
}

func (e *Refusal) Error() string {
	if e.Path == "" {
		return e.Why
	}
	return fmt.Sprintf("%q: %s", e.Path, e.Why)
}

// Refuse is a Refusal for a return statement.
func Refuse(path, why string) error { return &Refusal{Path: path, Why: why} }

// size is how many bytes stand there afterwards.
func (c Cut) size() int64 {
	if c.Zero {
		return c.N
	}
	return int64(len(c.With))
}

// Growth is by how many bytes cuts make the content longer; shorter below zero.
func Growth(cuts []Cut) (n int64) {
	for _, c := range cuts {
		n += c.size() - c.N
	}
	return n
}

// Shift moves cuts that count from the start of something embedded to the offset
// at which it stands.
func Shift(cuts []Cut, by int64) []Cut {
	for i := range cuts {
		cuts[i].Off += by
	}
	return cuts
}

// NewOffset is where the byte at off stands once cuts in order are applied. A
// byte that gives way has the offset of what stands there instead.
func NewOffset(cuts []Cut, off int64) int64 {
	moved := off
	for _, c := range cuts {
		if c.Off+c.N > off {
			if c.Off < off {
				moved -= off - c.Off
			}
			break
		}
		moved += c.size() - c.N
	}
	return moved
}

// SortCuts puts cuts in order. Cuts that overlap are a mistake of the container
// that claims the same bytes twice: it is told as corrupt, and nothing is changed.
// Only two that both write zeros are joined.
func SortCuts(cuts []Cut) ([]Cut, error) {
	slices.SortStableFunc(cuts, func(a, b Cut) int { return cmp.Or(cmp.Compare(a.Off, b.Off), cmp.Compare(a.N, b.N)) })
	out := cuts[:0]
	for _, c := range cuts {
		if c.N < 0 || c.Off < 0 {
			return nil, Stop("", Corrupt)
		}
		if c.N == 0 && c.size() == 0 {
			continue
		}
		if n := len(out); n > 0 && out[n-1].Off+out[n-1].N > c.Off {
			last := &out[n-1]
			if !last.Zero || !c.Zero {
				return nil, Stop("", Corrupt)
			}
			last.N = max(last.N, c.Off+c.N-last.Off)
			continue
		}
		out = append(out, c)
	}
	return out, nil
}

// Padded makes cuts in content of size bytes keep that size: what they take
// away is made up for by fill at the end. ok is false if they make it longer.
func Padded(cuts []Cut, size int64, fill byte) (padded []Cut, ok bool) {
	n := -Growth(cuts)
	if n <= 0 {
		return cuts, n == 0
	}
	if k := len(cuts) - 1; !cuts[k].Zero && cuts[k].Off+cuts[k].N == size {
		cuts[k].With = append(bytes.Clone(cuts[k].With), bytes.Repeat([]byte{fill}, int(n))...)
		return cuts, true
	}
	return append(cuts, Cut{Off: size, With: bytes.Repeat([]byte{fill}, int(n))}), true
}

// Apply gives content with the cuts made, which are in order.
func Apply(b []byte, cuts []Cut) ([]byte, error) {
	var out bytes.Buffer
	if _, err := Splice(&out, bytes.NewReader(b), int64(len(b)), cuts); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// Splice writes r, size bytes long, with the cuts made, which are in order, and
// gives the number of bytes written.
func Splice(w io.Writer, r io.ReaderAt, size int64, cuts []Cut) (n int64, err error) {
	at := int64(0)
	buf := make([]byte, min(size, spliceBuffer)+1)
	keep := func(to int64) error {
		k, err := io.CopyBuffer(onlyWriter{w}, io.NewSectionReader(r, at, to-at), buf)
		n += k
		if err == nil && k < to-at {
			err = Stop("", Truncated)
		}
		at = to
		return err
	}
	for _, c := range cuts {
		if c.Off < at || c.N < 0 || c.N > size-c.Off {
			return n, Stop("", Corrupt)
		}
		if err := keep(c.Off); err != nil {
			return n, err
		}
		var k int64
		if c.Zero {
			k, err = io.CopyBuffer(onlyWriter{w}, io.LimitReader(nulls{}, c.N), buf)
		} else {
			k, err = io.Copy(onlyWriter{w}, bytes.NewReader(c.With))
		}
		if n += k; err != nil {
			return n, err
		}
		at = c.Off + c.N
	}
	return n, keep(size)
}

const spliceBuffer = 64 << 10

// onlyWriter hides the other abilities of a writer, so that the buffer is used.
type onlyWriter struct{ io.Writer }

// nulls reads as many zeros as one likes.
type nulls struct{}

func (nulls) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

// AsRefusal gives the Refusal in err, nil if there is none.
func AsRefusal(err error) *Refusal {
	if r, ok := errors.AsType[*Refusal](err); ok {
		return r
	}
	return nil
}

// Spread places cuts in content that was joined from pieces of r, each a range
// of bytes, without changing its size, back in the pieces. ok is false for
// cuts that change sizes.
func Spread(cuts []Cut, pieces []Range) (out []Cut, ok bool) {
	for _, c := range cuts {
		if c.size() != c.N {
			return nil, false
		}
		base, with := int64(0), c.With
		for _, p := range pieces {
			from, to := max(c.Off, base), min(c.Off+c.N, base+p.N)
			if from < to {
				k := Cut{Off: p.Off + from - base, N: to - from, Zero: c.Zero}
				if !c.Zero {
					k.With, with = with[:to-from], with[to-from:]
				}
				out = append(out, k)
			}
			base += p.N
		}
	}
	return out, true
}

// Range is a stretch of bytes.
type Range struct{ Off, N int64 }

// Deaf is a Visitor that hears nothing, for a Stripper that uses parts of its
// Walk.
type Deaf struct{}

// Part implements Visitor.
func (Deaf) Part(*detectors.Part) error { return nil }

// Nested implements Visitor.
func (Deaf) Nested(string, *io.SectionReader) error { return nil }

// Problem implements Visitor.
func (Deaf) Problem(string, Reason) {}

// Coder is an optional ability of a Format: to tell where the coded pictures and
// sound stand that Strip never touches.
type Coder interface {
	// Coded gives the ranges in an order that depends on the content alone, not on
	// where it stands.
	Coded(r io.ReaderAt, size int64) ([]Range, error)
}
