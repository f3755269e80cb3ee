package ppocr

import (
	"context"
	"errors"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"habeas/scanner/pixels/lines"
	"habeas/scanner/pixels/onnx"
	"habeas/scanner/pixels/raster"
)

const (
	recHeight = 48
	recLeast  = 320  // width with which the recogniser was trained
	recMost   = 3200 // of the longest line
	// minLine is the mean confidence below which what was read is no text.
	minLine = 0.5
	// sureLine is the mean below which a line is read upside down, too.
	sureLine = 0.75
	// maxFlips is how many lines in a row are turned round in vain before it is
	// taken that none stands on its head.
	maxFlips = 4
)

// flipping remembers whether it pays to turn lines round.
type flipping struct{ left int }

// line reads what stands in q.
func (r *Reader) line(ctx context.Context, m *raster.Image, q raster.Quad, f *flipping) (lines.Line, error) {
	l, err := r.recognise(ctx, m, q)
	if err != nil {
		return lines.Line{}, err
	}
	if w, h := q.Size(); l.Confidence < sureLine && f.left > 0 && w > 2*h {
		back, err := r.recognise(ctx, m, q.Flip())
		if err != nil {
			return lines.Line{}, err
		}
		f.left--
		if back.Confidence > l.Confidence+0.1 {
			l, f.left = back, maxFlips
		}
	}
	if l.Confidence < minLine {
		return lines.Line{}, nil
	}
	l.Mend()
	return l, nil
}

// recognise reads q in one direction.
func (r *Reader) recognise(ctx context.Context, m *raster.Image, q raster.Quad) (lines.Line, error) {
	lineW, lineH := q.Size()
	w := min(max(int(math.Ceil(recHeight*lineW/max(lineH, 1))), recHeight/2), recMost)
	cut := m.Crop(q, w, recHeight)
	wide := max((w+31)/32*32, recLeast)
	t := onnx.Tensor{Shape: []int64{1, 3, recHeight, int64(wide)}, Data: make([]float32, 3*recHeight*wide)}
	for c := range 3 {
		for y := range recHeight {
			row := t.Data[(c*recHeight+y)*wide:]
			for x := range w {
				row[x] = float32(cut.Pix[3*(y*w+x)+2-c])/127.5 - 1
			}
		}
	}
	out, err := r.rec.Run(ctx, t)
	if err != nil {
		return lines.Line{}, err
	}
	if len(out) != 1 || len(out[0].Shape) != 3 || out[0].Shape[2] != int64(len(r.chars)) {
		return lines.Line{}, errors.New("ppocr: the recogniser does not fit the dictionary")
	}
	l := r.decode(out[0].Data, float64(wide)/float64(w))
	l.Quad = q
	return l, nil
}

// faintSpace is the probability of a space behind a letter, and before another or
// a digit, from which there is one although a blank is likelier: the network is
// shy of spaces. Within words it stays under that; around the marks of addresses
// it does not.
const faintSpace = 0.15

// decode takes the likeliest class of each step, and of equal ones in a row the
// first: greedy decoding of a CTC network's output. stretch is how much longer
// than the line the steps are.
func (r *Reader) decode(steps []float32, stretch float64) lines.Line {
	classes := len(r.chars)
	count := len(steps) / classes
	d := decoding{stretch: stretch / float64(count)}
	last, sum, n, end := 0, 0.0, 0, 0.0
	for t := range count {
		row := steps[t*classes : (t+1)*classes]
		best, second := two(row)
		switch {
		case best == 0:
			if s := row[classes-1]; s > d.space {
				d.space, d.spaceAt = s, t
			}
		case best != last:
			if d.space >= faintSpace && d.letter && wordly(r.chars[best]) {
				d.put(" ", d.spaceAt)
			}
			d.space = 0
			if lines.Alike(r.chars[best], r.chars[second]) && row[second] > doubtful {
				d.line.Doubts = append(d.line.Doubts, d.text.Len())
			}
			d.put(r.chars[best], t)
			sum += float64(row[best])
			n++
			end = d.share(float64(t) + 2)
		}
		last = best
	}
	l := d.line
	l.Text = d.text.String()
	l.At = append(l.At, end)
	if n > 0 {
		l.Confidence = sum / float64(n)
	}
	if trimmed := strings.TrimRight(l.Text, " "); len(trimmed) < len(l.Text) {
		l.Text, l.At = trimmed, append(l.At[:len(trimmed)], end)
	}
	return l
}

// decoding is a line on its way out of the network.
type decoding struct {
	line    lines.Line
	text    strings.Builder
	letter  bool    // the last character is one
	space   float32 // the largest probability of one since the last character
	spaceAt int     // the step that has it
	stretch float64
}

// put appends a character that starts at step t.
func (d *decoding) put(char string, t int) {
	c, _ := utf8.DecodeRuneInString(char)
	d.letter = unicode.IsLetter(c)
	d.text.WriteString(char)
	for range len(char) {
		d.line.At = append(d.line.At, d.share(float64(t)))
	}
}

// wordly reports whether a character may begin a word or a number.
func wordly(char string) bool {
	c, _ := utf8.DecodeRuneInString(char)
	return unicode.IsLetter(c) || unicode.IsDigit(c)
}

// share is where step t is, as a share of the line.
func (d *decoding) share(t float64) float64 { return min(t*d.stretch, 1) }

// two are the likeliest class and the next that is no blank.
func two(row []float32) (best, second int) {
	second = -1
	for i, p := range row {
		switch {
		case p > row[best]:
			if best != 0 {
				second = best
			}
			best = i
		case i != best && i != 0 && (second < 0 || p > row[second]):
			second = i
		}
	}
	return best, max(second, 0)
}

// doubtful is the probability from which the second choice is a doubt.
const doubtful = 0.05
