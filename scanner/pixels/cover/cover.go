// Package cover makes copies of pictures in which regions are filled with black:
// decoded and coded anew, turned as the original is shown, and without any
// metadata, so that nothing of what was there is left. A worker process answers
// requests with Answer, since the decoders read hostile files; Message and Parse
// are the other side.
package cover

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"math"

	"habeas/scanner"
	"habeas/scanner/media"
	"habeas/scanner/pixels/decode"
)

const (
	// MaxRegions of a picture are filled.
	MaxRegions = 10_000
	// maxPixels of a copy, of all frames together; each takes four bytes while it
	// is made.
	maxPixels = 64 << 20
	// quality of a JPEG.
	quality = 92
	// margin is by how much of its size a region grows on each side: boxes of faces
	// often end at the hair line.
	margin = 0.15
)

// Region is a rectangle in shares of the stored picture, before EXIF orientation,
// from its top left corner.
type Region struct{ X, Y, W, H float64 }

// Copy is a covered picture.
type Copy struct {
	Content []byte
	Type    string       // MIME: image/jpeg, image/png or image/gif
	Reason  media.Reason // why there is none
	Pages   bool         // there is none since the file has several pictures
}

type request struct {
	Key     []byte   `json:"key"` // for formats that look at names
	Regions []Region `json:"regions"`
}

// Message codes a request, for Answer.
func Message(key string, regions []Region) ([]byte, error) {
	return json.Marshal(request{[]byte(key), regions})
}

var errReply = errors.New("cover: not the reply of a worker")

// Parse reads a reply of Answer. The worker is not trusted: what is neither a
// copy nor a reason is an error.
func Parse(reply []byte) (Copy, error) {
	var c Copy
	if json.Unmarshal(reply, &c) != nil || (len(c.Content) == 0) == (c.Reason == "" && !c.Pages) {
		return Copy{}, errReply
	}
	marks := map[string]string{"image/jpeg": "\xff\xd8\xff", "image/png": "\x89PNG", "image/gif": "GIF8"}
	if len(c.Content) > 0 && (marks[c.Type] == "" || !bytes.HasPrefix(c.Content, []byte(marks[c.Type]))) {
		return Copy{}, errReply
	}
	return c, nil
}

// Answer makes the copy that a request asks for. e takes the object apart, to know
// what it is and how it is turned; its Pixels and Detectors are not used.
func Answer(e *scanner.Examiner, message []byte, content io.ReaderAt, size int64) []byte {
	c := Copy{Reason: media.Corrupt}
	var q request
	if json.Unmarshal(message, &q) == nil && len(q.Regions) <= MaxRegions {
		m := &maker{regions: q.Regions, size: size, copy: Copy{Reason: media.Unsupported}}
		looking := &scanner.Examiner{Formats: e.Formats, Sniff: e.Sniff, Limits: e.Limits, Now: e.Now, Pixels: m}
		job := scanner.Job{Subject: scanner.Subject{Key: string(q.Key)}, Size: size}
		res, err := looking.Examine(context.Background(), job, content)
		res.Release()
		if c = m.copy; err != nil {
			c = Copy{Reason: media.Truncated}
		}
	}
	b, err := json.Marshal(c)
	if err != nil {
		return nil // the other side takes it for a dead worker's
	}
	return b
}

// maker is a scanner.Pixels that sees nothing and makes the copy of the object
// itself, not of what is inside it.
type maker struct {
	regions []Region
	size    int64
	copy    Copy
	done    bool
}

var _ scanner.Pixels = (*maker)(nil)

// Hash implements scanner.Pixels.
func (m *maker) Hash() string { return "cover" }

// Look implements scanner.Pixels.
func (m *maker) Look(_ context.Context, p scanner.Picture, _ func(scanner.Seen) error) error {
	if p.Content == nil || p.Content.Size() != m.size || m.done {
		return nil
	}
	m.done = true
	var err error
	if p.Type == "image/gif" {
		m.copy, err = animation(p.Content, m.regions)
	} else {
		m.copy, err = m.still(p)
	}
	if err != nil {
		m.copy = Copy{Reason: media.ReasonOf(err)}
	}
	return nil
}

// still covers a file of one picture. One of several is refused: a copy of the
// first alone would be no copy of the file.
func (m *maker) still(p scanner.Picture) (c Copy, err error) {
	n := 0
	err = decode.Decode(p.Type, p.Content, func(d decode.Picture) error {
		if n++; n > 1 {
			return io.EOF
		}
		b := d.Image.Bounds()
		if b.Empty() || int64(b.Dx())*int64(b.Dy()) > maxPixels {
			return media.Stop("", media.LimitPixels)
		}
		canvas := image.NewRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
		draw.Draw(canvas, canvas.Bounds(), d.Image, b.Min, draw.Src)
		turn := p.Orientation
		regions := m.regions
		if d.Turned {
			// The decoder has turned the picture, and not every program that writes
			// regions counts from the same side: each is filled wherever it can be.
			turn, regions = 0, anyWay(regions)
		}
		for _, r := range regions {
			draw.Draw(canvas, r.in(canvas.Bounds()), image.NewUniform(color.Black), image.Point{}, draw.Src)
		}
		c, err = coded(turned(canvas, turn), p.Type)
		return err
	})
	if n > 1 {
		return Copy{Pages: true}, nil
	}
	return c, err
}

// coded is a photo as JPEG, anything else as PNG.
func coded(m *image.RGBA, mime string) (Copy, error) {
	var b bytes.Buffer
	switch mime {
	case "image/jpeg", "image/heic", "image/heif", "image/avif", "image/heic-sequence", "image/heif-sequence":
		if m.Opaque() {
			err := jpeg.Encode(&b, m, &jpeg.Options{Quality: quality})
			return Copy{Content: b.Bytes(), Type: "image/jpeg"}, err
		}
	}
	err := png.Encode(&b, m)
	return Copy{Content: b.Bytes(), Type: "image/png"}, err
}

// in is r in pixels of a picture, grown by the margin.
func (r Region) in(b image.Rectangle) image.Rectangle {
	w, h := float64(b.Dx()), float64(b.Dy())
	at := func(share, size float64) int {
		if !(share > 0) { // NaN too
			return 0
		}
		return int(min(share, 1) * size)
	}
	gx, gy := margin*math.Abs(r.W), margin*math.Abs(r.H)
	return image.Rect(
		b.Min.X+at(r.X-gx, w), b.Min.Y+at(r.Y-gy, h),
		b.Min.X+at(r.X+r.W+gx, w)+1, b.Min.Y+at(r.Y+r.H+gy, h)+1).Intersect(b)
}

// anyWay gives regions as they would stand in the picture turned and mirrored in
// each of the eight ways.
func anyWay(regions []Region) []Region {
	var out []Region
	for _, r := range regions {
		for _, r := range []Region{r, {r.Y, r.X, r.H, r.W}} {
			for _, x := range []float64{r.X, 1 - r.X - r.W} {
				for _, y := range []float64{r.Y, 1 - r.Y - r.H} {
					out = append(out, Region{x, y, r.W, r.H})
				}
			}
		}
	}
	return out
}

// turned is a picture as EXIF's orientation has it shown (CIPA DC-008, 4.6.4).
func turned(m *image.RGBA, orientation int) *image.RGBA {
	if orientation < 2 || orientation > 8 {
		return m
	}
	w, h := m.Rect.Dx(), m.Rect.Dy()
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	if orientation >= 5 {
		out = image.NewRGBA(image.Rect(0, 0, h, w))
	}
	for y := range h {
		for x := range w {
			tx, ty := x, y
			switch orientation {
			case 2:
				tx = w - 1 - x
			case 3:
				tx, ty = w-1-x, h-1-y
			case 4:
				ty = h - 1 - y
			case 5:
				tx, ty = y, x
			case 6:
				tx, ty = h-1-y, x
			case 7:
				tx, ty = h-1-y, w-1-x
			case 8:
				tx, ty = y, w-1-x
			}
			copy(out.Pix[out.PixOffset(tx, ty):][:4], m.Pix[m.PixOffset(x, y):][:4])
		}
	}
	return out
}

// animation covers each picture of a GIF in its own pixels and colours.
func animation(content *io.SectionReader, regions []Region) (Copy, error) {
	if content.Size() > maxPixels {
		return Copy{}, media.Stop("", media.LimitBytes)
	}
	if err := countFrames(content); err != nil {
		return Copy{}, err
	}
	g, err := gif.DecodeAll(io.NewSectionReader(content, 0, content.Size()))
	if err != nil {
		return Copy{}, media.Stop("", media.Corrupt)
	}
	whole := image.Rect(0, 0, g.Config.Width, g.Config.Height)
	for i := range g.Image {
		m := g.Image[i]
		fill := image.NewUniform(darkest(m.Palette))
		for _, r := range regions {
			draw.Draw(m, r.in(whole).Intersect(m.Bounds()), fill, image.Point{}, draw.Src)
		}
	}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, g); err != nil {
		return Copy{}, media.Stop("", media.Corrupt)
	}
	return Copy{Content: b.Bytes(), Type: "image/gif"}, nil
}

// darkest is the darkest colour of a palette that hides what is below it.
func darkest(p color.Palette) color.Color {
	best, least := color.Color(color.Black), uint32(math.MaxUint32)
	for _, c := range p {
		if r, g, b, a := c.RGBA(); a == 0xffff && r+g+b < least {
			best, least = c, r+g+b
		}
	}
	return best
}

// countFrames walks the blocks of a GIF (GIF89a, 1990) and fails where its frames
// together have more than maxPixels, before a decoder makes room for them.
func countFrames(r *io.SectionReader) error {
	b, err := media.ReadUpTo(r, 0, r.Size(), r.Size()) // at most maxPixels bytes
	if err != nil {
		return err
	}
	table := func(flags byte) int { // bytes of a colour table
		if flags&0x80 == 0 {
			return 0
		}
		return 3 << (flags&7 + 1)
	}
	if len(b) < 13 {
		return media.Stop("", media.Truncated)
	}
	at, pixels := 13+table(b[10]), int64(0)
	for at < len(b) {
		switch b[at] {
		case ';':
			return nil
		case '!':
			at += 2
		case ',':
			if at+10 > len(b) {
				return media.Stop("", media.Truncated)
			}
			w, h := int64(b[at+5])|int64(b[at+6])<<8, int64(b[at+7])|int64(b[at+8])<<8
			if pixels += w * h; pixels > maxPixels {
				return media.Stop("", media.LimitPixels)
			}
			at += 11 + table(b[at+9])
		default:
			return media.Stop("", media.Corrupt)
		}
		for at < len(b) && b[at] != 0 {
			at += 1 + int(b[at])
		}
		at++
	}
	return media.Stop("", media.Truncated)
}
