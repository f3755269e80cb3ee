// Package pixels looks at what the pictures of uploads show: text, read by
// scanner/pixels/ppocr or scanner/pixels/tesseract, and faces, found by
// scanner/pixels/blazeface or scanner/pixels/yunet. A Reader decodes a picture
// once, within bounds, turns it as EXIF asks, and shows it to both. It says where
// faces are, never whose.
package pixels

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"io"
	"sync"
	"time"

	"habeas/detectors"
	"habeas/scanner"
	"habeas/scanner/media"
	"habeas/scanner/pixels/decode"
	"habeas/scanner/pixels/faces"
	"habeas/scanner/pixels/lines"
	"habeas/scanner/pixels/raster"
)

// LineReader reads the text of a picture, line by line. more says that there were
// more lines than are read of one picture.
type LineReader interface {
	Read(ctx context.Context, m *raster.Image) (read []lines.Line, more bool, err error)
}

// FaceFinder finds the faces of a picture.
type FaceFinder interface {
	Find(ctx context.Context, m *raster.Image) ([]faces.Face, error)
}

// FrameDecoder decodes a movie of one frame.
type FrameDecoder interface {
	Frame(ctx context.Context, movie *io.SectionReader) (image.Image, error)
}

// Options say what a Reader looks for. What is nil is not looked for.
type Options struct {
	Frames FrameDecoder // nil: videos are not looked at
	Lines  LineReader
	Faces  FaceFinder
	// Model names the finder of faces: "blazeface". Likely is the score from which
	// it is seldom wrong.
	Model  string
	Likely float64
	// Name names all that decides what is seen: engines, models, languages.
	Name string
	// Time is what one picture may take, without decoding it; 0 is 30 seconds.
	Time time.Duration
}

const (
	// workPixels is the size in which a picture is kept, pixels. Text that only a
	// larger one shows is too small to be read anyway.
	workPixels = 16 << 20
	// faceSide is the longer side of the copy in which faces are looked for.
	faceSide = 1280
	// leastSide is the shorter side from which on a picture can show anything.
	leastSide = 16
	imageTime = 30 * time.Second
)

// Reader is scanner.Pixels. Its methods may be called from many goroutines.
type Reader struct {
	o    Options
	seen cache
}

var _ scanner.Pixels = (*Reader)(nil)

// New makes a Reader.
func New(o Options) *Reader {
	if o.Time == 0 {
		o.Time = imageTime
	}
	return &Reader{o: o}
}

// Hash implements scanner.Pixels.
func (r *Reader) Hash() string { return r.o.Name }

// Look implements scanner.Pixels.
func (r *Reader) Look(ctx context.Context, p scanner.Picture, seen func(scanner.Seen) error) error {
	if p.Decoded != nil {
		return r.picture(ctx, p.Decoded, 0, p.Orientation, seen)
	}
	if p.Type == media.OneFrame {
		return r.frame(ctx, p.Content, seen)
	}
	return decode.Decode(p.Type, p.Content, func(d decode.Picture) error {
		turn := p.Orientation
		if d.Turned || d.Page > 1 {
			turn = 0
		}
		return r.picture(ctx, d.Image, d.Page, turn, seen)
	})
}

// frame looks at a frame of a video.
func (r *Reader) frame(ctx context.Context, movie *io.SectionReader, seen func(scanner.Seen) error) error {
	if r.o.Frames == nil {
		return media.Stop("", media.Unsupported)
	}
	limited, cancel := context.WithTimeout(ctx, r.o.Time)
	defer cancel()
	m, err := r.o.Frames.Frame(limited, movie)
	if err != nil {
		return problem(ctx, limited, err)
	}
	return r.picture(ctx, m, 0, 0, seen)
}

// picture looks at one picture.
func (r *Reader) picture(ctx context.Context, m image.Image, page, turn int, seen func(scanner.Seen) error) error {
	if b := m.Bounds(); min(b.Dx(), b.Dy()) < leastSide {
		return seen(scanner.Seen{Page: page})
	}
	work, _ := raster.From(m, workPixels)
	if work.Plain() {
		return seen(scanner.Seen{Page: page})
	}
	key := sum(work, turn)
	s, known := r.seen.get(key)
	if !known {
		var more bool
		var err error
		if s, more, err = r.look(ctx, work.Oriented(turn), turn); err != nil {
			return err
		}
		if !more {
			r.seen.put(key, s)
		} else if err := seen(s.of(page)); err != nil {
			return err
		} else {
			return media.Stop("", media.LimitCount)
		}
	}
	return seen(s.of(page))
}

// view is what a picture shows, whatever file it stands in.
type view struct {
	lines []scanner.SeenLine
	faces []scanner.SeenFace
}

func (v view) of(page int) scanner.Seen {
	return scanner.Seen{Page: page, Lines: v.lines, Faces: v.faces}
}

// look shows m to the reader of text and the finder of faces.
func (r *Reader) look(ctx context.Context, m *raster.Image, turn int) (v view, more bool, err error) {
	limited, cancel := context.WithTimeout(ctx, r.o.Time)
	defer cancel()
	if r.o.Lines != nil {
		var read []lines.Line
		if read, more, err = r.o.Lines.Read(limited, m); err != nil {
			return v, false, problem(ctx, limited, err)
		}
		for _, l := range read {
			v.lines = append(v.lines, scanner.SeenLine{Text: l.Text, Quad: share(l.Quad, m, turn), Confidence: l.Confidence, At: l.At, Doubts: l.Doubts})
		}
	}
	if r.o.Faces != nil {
		found, err := r.Faces(limited, m)
		if err != nil {
			return v, false, problem(ctx, limited, err)
		}
		for _, f := range found {
			v.faces = append(v.faces, r.face(f, m, turn, len(found)))
		}
	}
	return v, more, nil
}

// problem sorts out why a picture was not looked at: the scan ends, it took too
// long, or a model can't take it.
func problem(ctx, limited context.Context, err error) error {
	var p *media.Problem
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case limited.Err() != nil:
		return media.Stop("", media.LimitTime)
	case errors.As(err, &p):
		return p
	}
	return media.Stop("", media.Unsupported)
}

// Faces finds the faces of a picture that is turned as it is to be shown, in its
// pixels, for whoever blots them out. A Reader without a finder gives none.
func (r *Reader) Faces(ctx context.Context, m *raster.Image) ([]faces.Face, error) {
	if r.o.Faces == nil {
		return nil, nil
	}
	small, scale := m, 1.0
	if m.Long() > faceSide {
		small = m.Fit(faceSide, 1)
		scale = float64(m.W) / float64(small.W)
	}
	found, err := r.o.Faces.Find(ctx, small)
	for i, f := range found {
		found[i] = faces.Face{X: f.X * scale, Y: f.Y * scale, W: f.W * scale, H: f.H * scale, Score: f.Score}
	}
	return found, err
}

// face is f as the scanner takes it.
func (r *Reader) face(f faces.Face, m *raster.Image, turn, count int) scanner.SeenFace {
	q := raster.Quad{{X: f.X, Y: f.Y}, {X: f.X + f.W, Y: f.Y}, {X: f.X + f.W, Y: f.Y + f.H}, {X: f.X, Y: f.Y + f.H}}
	word := "possibly"
	if f.Score >= r.o.Likely {
		word = "likely"
	}
	return scanner.SeenFace{
		Box: share(q, m, turn).Bounds(), Score: f.Score, Rule: r.o.Model,
		Why: fmt.Sprintf("%s a face in the pixels, one of %d, %.1f %% of the picture", word, count, 100*f.W*f.H/float64(m.W*m.H)),
	}
}

// share brings q, in pixels of the picture as shown, to shares of it as stored.
func share(q raster.Quad, m *raster.Image, turn int) detectors.Quad {
	var out detectors.Quad
	for i, p := range q {
		s := raster.Stored(turn, raster.Point{X: p.X / float64(m.W), Y: p.Y / float64(m.H)})
		out[i] = detectors.Point{X: min(max(s.X, 0), 1), Y: min(max(s.Y, 0), 1)}
	}
	return out
}

// sum names pixels.
func sum(m *raster.Image, turn int) [sha256.Size]byte {
	h := sha256.New()
	var n [9]byte
	binary.LittleEndian.PutUint32(n[:], uint32(m.W))
	binary.LittleEndian.PutUint32(n[4:], uint32(m.H))
	n[8] = byte(turn)
	_, _ = h.Write(n[:])
	_, _ = h.Write(m.Pix)
	return [sha256.Size]byte(h.Sum(nil))
}

// maxSeen is how many pictures are remembered: the same logo, the same forwarded
// screenshot is read once.
const maxSeen = 512

// cache remembers what pictures show, by their pixels.
type cache struct {
	mu    sync.Mutex
	known map[[sha256.Size]byte]view
	order [][sha256.Size]byte // the oldest first
}

func (c *cache) get(key [sha256.Size]byte) (view, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	v, ok := c.known[key]
	return v, ok
}

func (c *cache) put(key [sha256.Size]byte, v view) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known == nil {
		c.known = map[[sha256.Size]byte]view{}
	}
	if len(c.order) >= maxSeen {
		delete(c.known, c.order[0])
		c.order = c.order[1:]
	}
	c.known[key] = v
	c.order = append(c.order, key)
}
