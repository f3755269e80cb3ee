package jpeg

import (
	"io"
	"slices"
)

// FLIR's thermal cameras keep a file of their own in APP1, cut into numbered
// segments in order: "FLIR", a NUL, a 1, the number of the segment and the number
// of the last. The layout is ExifTool's finding (FLIR.pm).
const (
	flirSig    = "FLIR\x00"
	flirHeader = 8
)

// gathered is content in pieces, read as one: what is wanted of it is far less
// than what it holds.
type gathered struct {
	r      io.ReaderAt
	pieces []piece
	starts []int64 // of each piece in the whole
	size   int64
}

func gather(r io.ReaderAt, pieces []piece) *gathered {
	g := &gathered{r: r, pieces: pieces, starts: make([]int64, len(pieces))}
	for i, p := range pieces {
		g.starts[i] = g.size
		g.size += p.n
	}
	return g
}

// ReadAt reads across pieces.
func (g *gathered) ReadAt(b []byte, off int64) (n int, err error) {
	if off < 0 || off >= g.size {
		return 0, io.EOF
	}
	i, ok := slices.BinarySearch(g.starts, off)
	if !ok {
		i--
	}
	for ; i < len(g.pieces) && n < len(b); i++ {
		skip := off + int64(n) - g.starts[i]
		want := int(min(g.pieces[i].n-skip, int64(len(b)-n)))
		m, err := g.r.ReadAt(b[n:n+want], g.pieces[i].off+skip)
		if n += m; m < want {
			return n, err
		}
	}
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

// flir hands on the file in the segments.
func (w *walk) flir(b *block) error {
	g := gather(w.r, b.pieces)
	return w.v.Nested(paths[flirBlock], io.NewSectionReader(g, 0, g.size))
}
