// Package ffmpeg decodes single frames of videos with the ffmpeg program (4.2 or
// newer). The program is run by whoever the caller names, on a movie of one frame
// that comes through a pipe; it opens nothing else.
package ffmpeg

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"io"

	"habeas/scanner/media"
)

// Runner runs the program on a movie and gives its output.
type Runner interface {
	Run(ctx context.Context, input []byte) ([]byte, error)
}

// Side is the longest side of what a frame becomes, pixels.
const Side = 1_920

// Arguments are those with which a Runner has to run the program: one frame from
// standard input, turned as the movie asks and made smaller than Side, to standard
// output as a PPM file.
func Arguments() []string {
	scale := fmt.Sprintf("scale=w='min(%d,iw)':h='min(%d,ih)':force_original_aspect_ratio=decrease", Side, Side)
	return []string{"-hide_banner", "-nostdin", "-loglevel", "quiet", "-threads", "1", "-protocol_whitelist", "pipe", "-f", "mov", "-i", "pipe:0",
		"-map", "0:v:0", "-frames:v", "1", "-vf", scale, "-pix_fmt", "rgb24", "-c:v", "ppm", "-threads", "1", "-f", "image2pipe", "pipe:1"}
}

// Environment is that of the program.
func Environment() []string { return []string{"LC_ALL=C"} }

// Decoder decodes frames. Its methods may be called from many goroutines.
type Decoder struct{ run Runner }

// New takes what runs the program.
func New(r Runner) *Decoder { return &Decoder{r} }

// maxMovie bounds a movie of one frame, bytes.
const maxMovie = 32 << 20

// Frame decodes a movie of one frame. What can't be decoded is a *media.Problem.
func (d *Decoder) Frame(ctx context.Context, movie *io.SectionReader) (image.Image, error) {
	if movie.Size() > maxMovie {
		return nil, media.Stop("", media.LimitBytes)
	}
	b, err := media.ReadUpTo(movie, 0, movie.Size(), movie.Size())
	if err != nil {
		return nil, err
	}
	out, err := d.run.Run(ctx, b)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, media.Stop("", media.Corrupt)
	}
	return parse(out)
}

// parse reads a PPM file: "P6", width, height, 255, and three bytes a pixel.
func parse(b []byte) (image.Image, error) {
	r := bytes.NewReader(b)
	var w, h, most int
	if _, err := fmt.Fscanf(r, "P6\n%d %d\n%d\n", &w, &h, &most); err != nil || most != 255 || w < 1 || h < 1 || w > Side || h > Side || r.Len() < 3*w*h {
		return nil, media.Stop("", media.Corrupt)
	}
	pix := b[len(b)-r.Len():]
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := range w * h {
		copy(m.Pix[4*i:], pix[3*i:3*i+3])
		m.Pix[4*i+3] = 255
	}
	return m, nil
}
