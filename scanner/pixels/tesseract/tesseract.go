// Package tesseract reads text in pictures with the tesseract program (4 or 5):
// for scripts that other models lack, and where nothing else can be had. The
// program is run by whoever the caller names.
package tesseract

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"

	"habeas/scanner/media"
	"habeas/scanner/pixels/lines"
	"habeas/scanner/pixels/raster"
)

// Runner runs the program on a picture and gives its output.
type Runner interface {
	Run(ctx context.Context, input []byte) ([]byte, error)
}

// Arguments are those with which a Runner has to run the program: a picture from
// standard input, text with its places to standard output. languages are names
// of installed data joined by "+": "eng+deu". turned says that the data named Turns
// is installed: pictures that lie on a side or stand on their head are read, too.
func Arguments(languages string, turned bool) []string {
	mode := "3" // find the parts of the page by itself
	if turned {
		mode = "1" // and how it is turned
	}
	return []string{"stdin", "stdout", "-l", languages, "--psm", mode, "tsv"}
}

// Turns is the name of the data by which the program tells how a picture is turned.
const Turns = "osd"

// Environment is that of the program. One thread: there are as many workers as
// CPUs.
func Environment() []string { return []string{"OMP_THREAD_LIMIT=1", "LC_ALL=C"} }

// ValidLanguages reports whether s can be handed to the program: names of
// languages and scripts, as tesseract --list-langs prints them.
func ValidLanguages(s string) bool {
	for name := range strings.SplitSeq(s, "+") {
		if name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_/") != "" || strings.HasPrefix(name, "/") {
			return false
		}
	}
	return true
}

const (
	// enlargeTo is the longer side up to which a picture is shown at twice its
	// size: the program wants letters of 20 pixels and more.
	enlargeTo = 2_400
	// mostPixels bounds what the program is shown.
	mostPixels = 24_000_000
	maxLines   = 400
	minWord    = 0.1 // confidence
)

// Reader reads pictures. Its methods may be called from many goroutines.
type Reader struct{ run Runner }

// New takes what runs the program.
func New(r Runner) *Reader { return &Reader{r} }

// Read gives the lines of m from the top. more says that there are further ones,
// beyond what is read of one picture.
func (r *Reader) Read(ctx context.Context, m *raster.Image) (read []lines.Line, more bool, err error) {
	straight, back := level(m)
	big := straight
	switch {
	case big.Long() <= enlargeTo:
		big = big.Resize(2*big.W, 2*big.H)
	case big.W*big.H > mostPixels:
		big = big.Resize(big.W/2, big.H/2)
	}
	out, err := r.run.Run(ctx, graymap(big))
	if ctx.Err() != nil {
		return nil, false, ctx.Err()
	}
	if err != nil {
		return nil, false, media.Stop("", media.Corrupt)
	}
	scale := float64(straight.W) / float64(big.W)
	words := parse(out)
	for i := 0; i < len(words); {
		n := i + 1
		for n < len(words) && words[n].line == words[i].line {
			n++
		}
		if len(read) == maxLines {
			return read, true, nil
		}
		l := lineOf(words[i:n], scale)
		for k, p := range l.Quad {
			l.Quad[k] = back(p)
		}
		read = append(read, l)
		i = n
	}
	return read, false, nil
}

// graymap is m as a PGM file.
func graymap(m *raster.Image) []byte {
	b := fmt.Appendf(nil, "P5 %d %d 255\n", m.W, m.H)
	for i := 0; i < len(m.Pix); i += 3 {
		// ITU-R BT.601, as the program itself would.
		b = append(b, byte((299*int(m.Pix[i])+587*int(m.Pix[i+1])+114*int(m.Pix[i+2])+500)/1000))
	}
	return b
}

// word is a word of the program's output.
type word struct {
	line       string // block, paragraph and line
	x, y, w, h float64
	confidence float64
	text       string
}

// parse reads the words of a table of twelve columns.
func parse(out []byte) []word {
	var words []word
	for row := range bytes.Lines(out) {
		cells := strings.Split(strings.TrimRight(string(row), "\r\n"), "\t")
		if len(cells) != 12 || cells[0] != "5" || strings.TrimSpace(cells[11]) == "" {
			continue
		}
		w := word{line: strings.Join(cells[1:5], "."), text: strings.ToValidUTF8(strings.TrimSpace(cells[11]), "\uFFFD")}
		ok := true
		for i, to := range []*float64{&w.x, &w.y, &w.w, &w.h, &w.confidence} {
			var err error
			if *to, err = strconv.ParseFloat(cells[6+i], 64); err != nil {
				ok = false
			}
		}
		if w.confidence /= 100; ok && w.confidence >= minWord && w.w > 0 && w.h > 0 {
			words = append(words, w)
		}
	}
	return words
}

// lineOf puts the words of one line together.
func lineOf(words []word, scale float64) lines.Line {
	x0, y0, x1, y1 := words[0].x, words[0].y, words[0].x+words[0].w, words[0].y+words[0].h
	for _, w := range words[1:] {
		x0, y0, x1, y1 = min(x0, w.x), min(y0, w.y), max(x1, w.x+w.w), max(y1, w.y+w.h)
	}
	var l lines.Line
	var b strings.Builder
	for i, w := range words {
		if i > 0 {
			b.WriteByte(' ')
			l.At = append(l.At, (w.x-x0)/(x1-x0))
		}
		for k := range len(w.text) {
			l.At = append(l.At, (w.x-x0+w.w*float64(k)/float64(len(w.text)))/(x1-x0))
		}
		b.WriteString(w.text)
		l.Confidence += w.confidence / float64(len(words))
	}
	last := words[len(words)-1]
	l.At = append(l.At, (last.x+last.w-x0)/(x1-x0))
	l.Text = b.String()
	q := raster.Quad{{X: x0, Y: y0}, {X: x1, Y: y0}, {X: x1, Y: y1}, {X: x0, Y: y1}}
	l.Quad = q.Scale(scale, scale)
	l.Mend()
	return l
}
