package media

import (
	"io"
	"sort"
)

// Spliced is content with cuts made, read without writing it anywhere. It may be
// read from several goroutines if what it is made of may.
type Spliced struct {
	r      io.ReaderAt
	size   int64
	pieces []splicedPiece
}

type splicedPiece struct {
	start int64 // in the result
	n     int64
	from  int64  // in r; -1 for with or zeros
	with  []byte // nil for zeros
}

// NewSpliced shows r, size bytes long, with cuts made, which are in order.
func NewSpliced(r io.ReaderAt, size int64, cuts []Cut) (*Spliced, error) {
	s := &Spliced{r: r}
	add := func(p splicedPiece) {
		if p.n > 0 {
			p.start = s.size
			s.pieces = append(s.pieces, p)
			s.size += p.n
		}
	}
	at := int64(0)
	for _, c := range cuts {
		if c.Off < at || c.N < 0 || c.N > size-c.Off {
			return nil, Stop("", Corrupt)
		}
		add(splicedPiece{n: c.Off - at, from: at})
		add(splicedPiece{n: c.size(), from: -1, with: c.With})
		at = c.Off + c.N
	}
	add(splicedPiece{n: size - at, from: at})
	return s, nil
}

// Size is how many bytes there are.
func (s *Spliced) Size() int64 { return s.size }

// ReadAt implements io.ReaderAt.
func (s *Spliced) ReadAt(b []byte, off int64) (n int, err error) {
	if off < 0 || off >= s.size {
		return 0, io.EOF
	}
	i := sort.Search(len(s.pieces), func(i int) bool { return s.pieces[i].start+s.pieces[i].n > off })
	for ; i < len(s.pieces) && n < len(b); i++ {
		p := &s.pieces[i]
		skip := off + int64(n) - p.start
		want := int(min(p.n-skip, int64(len(b)-n)))
		to := b[n : n+want]
		switch {
		case p.from >= 0:
			m, err := s.r.ReadAt(to, p.from+skip)
			if m < want {
				return n + m, err
			}
		case p.with != nil:
			copy(to, p.with[skip:])
		default:
			clear(to)
		}
		n += want
	}
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

// Compose gives the cuts that do at once what first does to content of size
// bytes and second to its result. Both are in order.
func Compose(size int64, first, second []Cut) ([]Cut, error) {
	a, err := NewSpliced(nil, size, first)
	if err != nil {
		return nil, err
	}
	b, err := NewSpliced(nil, a.size, second)
	if err != nil {
		return nil, err
	}
	var out []Cut
	at := int64(0)         // up to there the content is spoken for
	var gap []splicedPiece // what stands before the next byte that stays
	settle := func(to int64) {
		if c, ok := cutOf(gap, at, to); ok {
			out = append(out, c)
		}
		gap = gap[:0]
	}
	i := 0
	for _, p := range b.pieces {
		if p.from < 0 {
			gap = append(gap, p)
			continue
		}
		for i > 0 && a.pieces[i].start > p.from {
			i--
		}
		for off, end := p.from, p.from+p.n; off < end; i++ {
			q := a.pieces[i]
			skip := off - q.start
			if skip >= q.n {
				continue
			}
			n := min(q.n-skip, end-off)
			off += n
			if q.from < 0 {
				piece := splicedPiece{n: n, from: -1}
				if q.with != nil {
					piece.with = q.with[skip : skip+n]
				}
				gap = append(gap, piece)
			} else {
				settle(q.from + skip)
				at = q.from + skip + n
			}
			if off == end {
				break
			}
		}
	}
	settle(size)
	return out, nil
}

// cutOf puts pieces that are no content in the place of the bytes from at to to.
func cutOf(pieces []splicedPiece, at, to int64) (Cut, bool) {
	c := Cut{Off: at, N: to - at}
	n, zero := int64(0), true
	for _, p := range pieces {
		n += p.n
		zero = zero && p.with == nil
	}
	if c.N == 0 && n == 0 {
		return c, false
	}
	if zero && n == c.N {
		c.Zero = true
		return c, true
	}
	c.With = make([]byte, 0, n)
	for _, p := range pieces {
		if p.with != nil {
			c.With = append(c.With, p.with...)
		} else {
			c.With = append(c.With, make([]byte, p.n)...)
		}
	}
	return c, true
}
