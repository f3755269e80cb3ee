package scanner

import (
	"bytes"
	"image"
	"io"
	"strings"

	"habeas/detectors"
	"habeas/scanner/media"
)

// maxPath bounds the bytes of a path: names in an archive are as long as their
// writer likes, and every finding carries one.
const maxPath = 2 << 10

// frame is the Visitor of one walk: the content's own, or that of something
// nested in it.
type frame struct {
	w     *walk
	path  string // of everything in it
	depth int    // 0 for the content itself
	base  int64  // where its bytes start in the content; -1 if they were decoded

	copies         *gathering     // of the picture that is walked; nil if none is
	picture, outer *media.Picture // of this walk, once asked for; of the one around it

	frames   int   // of the video that is walked, looked at
	unframed error // why one of them, the first, was not
}

var (
	_ media.Visitor  = (*frame)(nil)
	_ media.Budgeter = (*frame)(nil)
	_ media.Holder   = (*frame)(nil)
	_ media.Pictured = (*frame)(nil)
	_ media.Unseer   = (*frame)(nil)
	_ media.Shower   = (*frame)(nil)
	_ media.Lender   = (*frame)(nil)
)

// Budget is the one budget of the object.
func (f *frame) Budget() *media.Budget { return &f.w.budget }

// Hold waits for a place among the objects that take much memory, if the Runner
// bounds them.
func (f *frame) Hold() (func(), error) { return f.w.hold() }

// Lend gives memory for text, of a walk that has ended.
func (f *frame) Lend() *media.Scratch {
	return &media.Scratch{Text: f.w.e.texts.take(0), Cells: f.w.e.cells.take(0)}
}

// Memory that is kept for other texts takes at most so much.
const (
	maxCells = 64 << 10
	maxText  = 512 << 10 // bytes
)

// TakeBack keeps the memory for another walk.
func (f *frame) TakeBack(s *media.Scratch) {
	if n := cap(s.Cells); n > 0 && n <= maxCells {
		f.w.e.cells.give(s.Cells[:0])
	}
	if n := cap(s.Text); n > 0 && n <= maxText {
		f.w.e.texts.give(s.Text[:0])
	}
}

// Picture is that of the container being walked: its metadata blocks share it.
func (f *frame) Picture() *media.Picture {
	if f.picture == nil {
		f.picture = &media.Picture{Outer: f.outer}
	}
	return f.picture
}

// Unseen counts a picture that can't be looked at.
func (f *frame) Unseen(path string) {
	f.w.res.Pictures++
	f.w.res.Unseen++
	if f.w.pixels != nil {
		f.w.noteProblem(join(f.path, path), media.Stop("", media.Unsupported))
	}
}

// Showing reports whether pictures are looked at.
func (f *frame) Showing() bool { return f.w.pixels != nil }

// Show looks at a picture that draw gives, or only counts it.
func (f *frame) Show(path string, draw func() (image.Image, error)) error {
	w := f.w
	if err := w.check(); err != nil {
		return err
	}
	w.res.Pictures++
	if w.pixels == nil {
		w.res.Unseen++
		return nil
	}
	full := join(f.path, path)
	m, err := draw()
	if err == nil {
		err = w.see(full, Picture{Decoded: m})
	}
	if err != nil {
		w.res.Unseen++
		w.noteProblem(full, err)
	}
	if w.content.err != nil {
		return w.content.err
	}
	return w.stopped
}

// ShowFrame looks at a frame of the video that is walked.
func (f *frame) ShowFrame(path string, film func() ([]byte, error)) error {
	w := f.w
	if err := w.check(); err != nil {
		return err
	}
	if w.pixels == nil || f.unframed != nil && media.ReasonOf(f.unframed) != media.Corrupt {
		return nil // what ends one of the others ends this one, too
	}
	b, err := film()
	if err == nil {
		r := io.NewSectionReader(bytes.NewReader(b), 0, int64(len(b)))
		err = w.see(join(f.path, path), Picture{Type: media.OneFrame, Content: r})
	}
	switch {
	case w.content.err != nil:
		return w.content.err
	case w.stopped != nil:
		return w.stopped
	case err == nil:
		f.frames++
	case f.unframed == nil:
		f.unframed = err
	}
	return nil
}

// Part shows one piece to the detectors.
func (f *frame) Part(p *detectors.Part) error {
	w := f.w
	if err := w.check(); err != nil {
		return err
	}
	if err := w.count(f.path); err != nil {
		return err
	}
	w.res.Parts++
	q := *p
	q.Path = join(f.path, p.Path)
	if q.Regions == nil {
		q.Regions = w.regions
	}
	off := int64(-1)
	if p.Off >= 0 && f.base >= 0 {
		off = f.base + p.Off
	}
	return w.look(&q, off, f.base)
}

// Nested sniffs and walks what is embedded.
func (f *frame) Nested(path string, r *io.SectionReader) error {
	w := f.w
	if err := w.check(); err != nil {
		return err
	}
	if err := w.count(f.path); err != nil {
		return err
	}
	full := join(f.path, path)
	size := r.Size()
	if size == 0 {
		return nil
	}
	if f.depth+1 > w.limits.Depth {
		w.note(full, string(media.LimitDepth))
		return nil
	}
	head, err := w.readHead(r, size)
	if err != nil {
		return w.ended(err, full)
	}
	format := w.match(head)
	if format == nil {
		w.note(full, codeUnsupported)
		return nil
	}
	if !isBlock(path) {
		full = join(full, format.Name())
	}
	sub := &frame{w: w, path: full, depth: f.depth + 1, base: w.content.baseOf(r), outer: f.picture}
	if isBlock(path) {
		sub.picture, sub.copies = f.Picture(), f.copies
		return w.ended(format.Walk(r, size, sub), full)
	}
	mime := ""
	if w.e.Sniff != nil {
		mime = w.e.Sniff(head)
	}
	return w.walkShown(format, mime, r, sub, f.copies)
}

// Problem records that something was not read in full.
func (f *frame) Problem(path string, r media.Reason) {
	f.w.note(join(f.path, path), string(r))
}

// isBlock reports whether path names a metadata block, which needs no name of
// the format that walks it.
func isBlock(path string) bool {
	switch path[strings.LastIndexByte(path, '/')+1:] {
	case "exif", "xmp", "iptc", "irb":
		return true
	}
	return false
}

// join puts two paths together; either may be empty.
func join(a, b string) string {
	switch {
	case b == "":
		return a
	case a == "":
		return b
	}
	return a + "/" + b
}

// clean makes a path valid UTF-8 of bounded length. Of a long one its start and
// its end stay.
func clean(path string) string {
	path = strings.ToValidUTF8(path, "\uFFFD")
	if len(path) <= maxPath {
		return path
	}
	const half = maxPath/2 - 4
	return strings.ToValidUTF8(path[:half], "") + "…" + strings.ToValidUTF8(path[len(path)-half:], "")
}
