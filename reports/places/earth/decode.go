package earth

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"io"
	"math"
)

// maxUnpacked bounds the data as compiled in; they have 2 MB.
const maxUnpacked = 8 << 20

// errData says that the data compiled in are damaged, which a test rules out.
var errData = errors.New("the borders can't be unpacked")

// decode reads what reports/places/gen writes: the grid, then arcs as steps from
// point to point, then shapes as rings of arcs.
func decode(packed []byte) (*world, error) {
	b, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(packed)), maxUnpacked))
	if err != nil {
		return nil, err
	}
	r := reader{b: b}
	w := &world{grid: grid{sx: r.float(), sy: r.float(), tx: r.float(), ty: r.float()}}
	w.arcs = make([]arc, r.count())
	for i := range w.arcs {
		points := make([]point, r.count())
		var at point
		for k := range points {
			at.x += int32(r.signed())
			at.y += int32(r.signed())
			points[k] = at
		}
		w.arcs[i].points = points
		w.cut(int32(i))
	}
	w.shapes = make([]shape, r.count())
	for i := range w.shapes {
		s := &w.shapes[i]
		s.code = r.text()
		s.rings = make([][]int32, r.count())
		for k := range s.rings {
			s.rings[k] = make([]int32, r.count())
			for j := range s.rings[k] {
				s.rings[k][j] = int32(r.signed())
			}
		}
		if !w.bound(int32(i)) {
			return nil, errData
		}
	}
	if r.bad || len(r.b) > 0 {
		return nil, errData
	}
	return w, nil
}

// bound tells the arcs of shape i that they bound it.
func (w *world) bound(i int32) bool {
	for _, ring := range w.shapes[i].rings {
		for _, k := range ring {
			k = max(k, ^k)
			if int(k) >= len(w.arcs) {
				return false
			}
			w.arcs[k].shapes = append(w.arcs[k].shapes, i)
		}
	}
	return true
}

// cut makes the pieces of arc i.
func (w *world) cut(i int32) {
	points := w.arcs[i].points
	for from := 0; from < len(points)-1; from += pieceEdges {
		to := min(from+pieceEdges, len(points)-1)
		in := bounds{points[from].x, points[from].y, points[from].x, points[from].y, false}
		for k := from + 1; k <= to; k++ {
			p := points[k]
			in.wide = in.wide || math.Abs(float64(p.x-points[k-1].x)) > w.grid.around()/2
			in = bounds{min(in.x0, p.x), min(in.y0, p.y), max(in.x1, p.x), max(in.y1, p.y), in.wide}
		}
		first, last := w.grid.column(float64(in.x0)), w.grid.column(float64(in.x1))
		if in.wide {
			first, last = 0, columns-1
		}
		for c := first; c <= last; c++ {
			w.columns[c] = append(w.columns[c], int32(len(w.pieces)))
		}
		w.pieces = append(w.pieces, piece{i, int32(from), int32(to), in})
	}
}

// reader takes numbers and texts off the front of b. Once bad it gives zeros.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) take(n int) []byte {
	if n < 0 || n > len(r.b) {
		r.b, r.bad = nil, true
		return nil
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

// count is a number of things that take a byte each at least.
func (r *reader) count() int {
	v, n := binary.Uvarint(r.b)
	if n <= 0 || v > uint64(len(r.b)) {
		r.b, r.bad = nil, true
		return 0
	}
	r.take(n)
	return int(v)
}

func (r *reader) signed() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.b, r.bad = nil, true
		return 0
	}
	r.take(n)
	return v
}

func (r *reader) text() string { return string(r.take(r.count())) }

func (r *reader) float() float64 {
	b := r.take(8)
	if len(b) < 8 {
		return 0
	}
	return math.Float64frombits(binary.LittleEndian.Uint64(b))
}
