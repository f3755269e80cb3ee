package pdf

import (
	"io"

	"habeas/scanner/media"
)

// maxRow bounds a row of predicted samples: the widest pictures stay under.
const maxRow = 8 << 20

// predict undoes the predictor that the parameters of a filter ask for (7.4.4.4).
func (d *document) predict(parms dict, r io.Reader) (io.Reader, error) {
	get := func(key name, missing int64) int64 {
		if v, ok := d.resolve(parms[key]).(float64); ok {
			return number(v)
		}
		return missing
	}
	kind := get("Predictor", 1)
	if kind <= 1 {
		return r, nil
	}
	colors, bits, columns := get("Colors", 1), get("BitsPerComponent", 8), get("Columns", 1)
	if colors < 1 || colors > 32 || bits < 1 || bits > 16 || columns < 1 || columns > maxRow {
		return nil, media.Stop("", media.Corrupt)
	}
	row := (colors*bits*columns + 7) / 8
	if row > maxRow {
		return nil, media.Stop("", media.Corrupt)
	}
	p := &predictor{r: r, png: kind >= 10, row: int(row), pixel: int(max(colors*bits/8, 1))}
	if !p.png && bits != 8 {
		return nil, media.Stop("", media.Unsupported) // of pictures, which nobody asks for
	}
	return p, nil
}

// predictor undoes the predictors of PNG, and that of TIFF for samples of a byte.
// Its rows grow with what there is to read.
type predictor struct {
	r          io.Reader
	png        bool
	row, pixel int
	prev, cur  []byte
	out        []byte // of cur, not yet given
	err        error
}

func (p *predictor) Read(b []byte) (int, error) {
	for len(p.out) == 0 {
		if p.err != nil {
			return 0, p.err
		}
		p.next()
	}
	n := copy(b, p.out)
	p.out = p.out[n:]
	return n, nil
}

// next reads a row; the last may be short.
func (p *predictor) next() {
	kind := byte(2)
	if p.png {
		var k [1]byte
		if _, p.err = io.ReadFull(p.r, k[:]); p.err != nil {
			return
		}
		if kind = k[0]; kind > 4 {
			p.err = errBroken
			return
		}
	}
	p.prev, p.cur = p.cur, p.prev[:0]
	for len(p.cur) < p.row && p.err == nil {
		n := min(p.row-len(p.cur), 4<<10)
		at := len(p.cur)
		p.cur = append(p.cur, make([]byte, n)...)
		n, p.err = io.ReadFull(p.r, p.cur[at:])
		p.cur = p.cur[:at+n]
	}
	if p.err == io.ErrUnexpectedEOF {
		p.err = io.EOF // writers leave the last row short
	}
	p.undo(kind)
	p.out = p.cur
}

// undo adds to each sample what its neighbours foretell.
func (p *predictor) undo(kind byte) {
	above := func(i int) int {
		if i >= 0 && i < len(p.prev) {
			return int(p.prev[i])
		}
		return 0
	}
	for i := range p.cur {
		left, corner := 0, 0
		if i >= p.pixel {
			left, corner = int(p.cur[i-p.pixel]), above(i-p.pixel)
		}
		up := above(i)
		switch {
		case !p.png || kind == 1:
			p.cur[i] += byte(left)
		case kind == 2:
			p.cur[i] += byte(up)
		case kind == 3:
			p.cur[i] += byte((left + up) / 2)
		case kind == 4:
			p.cur[i] += byte(paeth(left, up, corner))
		}
	}
}

func paeth(a, b, c int) int {
	pa, pb, pc := abs(b-c), abs(a-c), abs(a+b-2*c)
	if pa <= pb && pa <= pc {
		return a
	}
	if pb <= pc {
		return b
	}
	return c
}

func abs(v int) int {
	if v < 0 {
		return -v
	}
	return v
}
