// Package thumb makes small pictures of large ones for reports: turned as the
// original is shown, without any metadata, and with regions filled or drawn. A
// worker process answers requests with Answer, since the decoders read hostile
// files; Ask is the other side.
package thumb

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"image"
	"image/jpeg"
	"io"
	"math"

	"habeas/scanner"
	"habeas/scanner/media"
	"habeas/scanner/pixels/decode"
	"habeas/scanner/pixels/raster"
)

const (
	// Long is the longer side of a small picture, pixels.
	Long = 240
	// quality of its JPEG, which has 10 kB or so.
	quality = 72
	// workPixels is how many pixels are worked on.
	workPixels = 2_000_000
	// MaxRegions of a picture are filled or drawn.
	MaxRegions = 1_000
	// MaxContent is how large an object may be, bytes.
	MaxContent = 40 << 20
)

// Region is a rectangle in shares of the stored picture, before EXIF orientation,
// from its top left corner.
type Region struct {
	X, Y, W, H float64
	Fill       bool // with black, so that nothing of it is left; else a frame is drawn
}

// Request says what is wanted of an object.
type Request struct {
	Key     string // for formats that look at names; bytes
	Regions []Region
}

// Small is a small picture. JPEG is nil where there is none, and Reason says why.
type Small struct {
	JPEG   []byte
	W, H   int // pixels, as shown
	Reason media.Reason
}

// Message codes a request with the content of the object, for Answer.
func Message(q Request, content []byte) ([]byte, error) {
	head, err := json.Marshal(q)
	if err != nil {
		return nil, err
	}
	b := make([]byte, 0, 4+len(head)+len(content))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(head)))
	return append(append(b, head...), content...), nil
}

// Parse reads a reply of Answer. The worker is not trusted: what is no JPEG of a
// small size is an error.
func Parse(reply []byte) (Small, error) {
	var s Small
	if err := json.Unmarshal(reply, &s); err != nil {
		return Small{}, errReply
	}
	if s.JPEG == nil {
		return Small{Reason: s.Reason}, nil
	}
	c, err := jpeg.DecodeConfig(bytes.NewReader(s.JPEG))
	if err != nil || c.Width != s.W || c.Height != s.H || max(s.W, s.H) > Long || bytes.Contains(s.JPEG, []byte("Exif\x00")) {
		return Small{}, errReply
	}
	return s, nil
}

var errReply = errors.New("thumb: not the reply of a worker")

// Answer makes the small picture that a message asks for. e takes the object
// apart, to know what it is and how it is turned; its Pixels and Detectors are not
// used. Answer is for a worker process.
func Answer(e *scanner.Examiner, message []byte) []byte {
	reply, err := json.Marshal(answer(e, message))
	if err != nil {
		return []byte(`{}`)
	}
	return reply
}

func answer(e *scanner.Examiner, message []byte) Small {
	if len(message) < 4 {
		return Small{Reason: media.Corrupt}
	}
	n := binary.LittleEndian.Uint32(message)
	if uint64(n) > uint64(len(message)-4) {
		return Small{Reason: media.Corrupt}
	}
	var q Request
	if err := json.Unmarshal(message[4:4+n], &q); err != nil || len(q.Regions) > MaxRegions {
		return Small{Reason: media.Corrupt}
	}
	content := message[4+n:]
	m := &maker{regions: q.Regions, size: int64(len(content)), small: Small{Reason: media.Unsupported}}
	looking := &scanner.Examiner{Formats: e.Formats, Sniff: e.Sniff, Limits: e.Limits, Now: e.Now, Pixels: m}
	job := scanner.Job{Subject: scanner.Subject{Key: q.Key}, Size: m.size}
	res, err := looking.Examine(context.Background(), job, bytes.NewReader(content))
	res.Release()
	if err != nil {
		return Small{Reason: media.Truncated}
	}
	return m.small
}

// maker is a scanner.Pixels that sees nothing and makes the small picture of the
// object itself, not of what is inside it.
type maker struct {
	regions []Region
	size    int64
	small   Small
}

var _ scanner.Pixels = (*maker)(nil)

// Hash implements scanner.Pixels.
func (m *maker) Hash() string { return "thumb" }

// Look implements scanner.Pixels.
func (m *maker) Look(_ context.Context, p scanner.Picture, _ func(scanner.Seen) error) error {
	if p.Content == nil || p.Content.Size() != m.size || m.small.JPEG != nil {
		return nil
	}
	err := decode.Decode(p.Type, p.Content, func(d decode.Picture) error {
		turn := p.Orientation
		switch {
		case d.Turned && len(m.regions) > 0:
			// Where the regions are in a picture that its decoder may have turned
			// is not certain, and a face that is missed is worse than no picture.
			return media.Stop("", media.Unsupported)
		case d.Turned:
			turn = 0
		}
		s, err := makeSmall(d.Image, turn, m.regions)
		if err != nil {
			return err
		}
		m.small = s
		return io.EOF // only the first page
	})
	if m.small.JPEG == nil {
		m.small.Reason = media.ReasonOf(err)
	}
	return nil
}

// makeSmall marks the regions on the stored picture, turns it and makes it small.
func makeSmall(src image.Image, turn int, regions []Region) (Small, error) {
	if src.Bounds().Empty() {
		return Small{}, media.Stop("", media.Corrupt)
	}
	work, _ := raster.From(src, workPixels)
	for _, r := range regions {
		if r.Fill {
			fill(work, r)
		}
	}
	if work.Long() > Long {
		work = work.Fit(Long, 1)
	}
	for _, r := range regions {
		if !r.Fill {
			frame(work, r)
		}
	}
	work = work.Oriented(turn)
	var b bytes.Buffer
	if err := jpeg.Encode(&b, picture{work}, &jpeg.Options{Quality: quality}); err != nil {
		return Small{}, err
	}
	return Small{JPEG: b.Bytes(), W: work.W, H: work.H}, nil
}

// box is r in whole pixels of m, rounded outwards, with grow shares of its size
// around it.
func box(m *raster.Image, r Region, grow float64) image.Rectangle {
	at := func(share float64, side int) float64 {
		if !(share > 0) { // NaN too
			return 0
		}
		return min(share, 1) * float64(side)
	}
	gx, gy := grow*math.Abs(r.W), grow*math.Abs(r.H)
	out := image.Rect(int(at(r.X-gx, m.W)), int(at(r.Y-gy, m.H)), int(math.Ceil(at(r.X+r.W+gx, m.W))), int(math.Ceil(at(r.Y+r.H+gy, m.H))))
	return out.Intersect(image.Rect(0, 0, m.W, m.H))
}

// fillMargin is how much more than the region is filled: regions are drawn by
// hand, and chins and hair tell who somebody is.
const fillMargin = 0.15

func fill(m *raster.Image, r Region) {
	b := box(m, r, fillMargin)
	for y := b.Min.Y; y < b.Max.Y; y++ {
		clear(m.Pix[3*(y*m.W+b.Min.X) : 3*(y*m.W+b.Max.X)])
	}
}

// frame draws a line of white beside one of black: it can be seen on anything.
func frame(m *raster.Image, r Region) {
	b := box(m, r, 0)
	for i, v := range []byte{255, 0} {
		in := b.Inset(i)
		for x := in.Min.X; x < in.Max.X; x++ {
			dot(m, x, in.Min.Y, v)
			dot(m, x, in.Max.Y-1, v)
		}
		for y := in.Min.Y; y < in.Max.Y; y++ {
			dot(m, in.Min.X, y, v)
			dot(m, in.Max.X-1, y, v)
		}
	}
}

func dot(m *raster.Image, x, y int, v byte) {
	if x < 0 || y < 0 || x >= m.W || y >= m.H {
		return
	}
	i := 3 * (y*m.W + x)
	m.Pix[i], m.Pix[i+1], m.Pix[i+2] = v, v, v
}
