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
