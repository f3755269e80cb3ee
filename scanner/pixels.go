package scanner

import (
	"context"
	"fmt"
	"image"
	"io"
	"slices"
	"strings"

	"habeas/detectors"
	"habeas/scanner/media"
)

// Pixels looks at what pictures show: text and faces. Its methods may be called
// from many goroutines.
type Pixels interface {
	// Hash names what is looked for and with which models: two with the same Hash
	// see the same.
	Hash() string
	// Look calls seen for each picture of p. It ends with what seen returned, the
	// context's error, a failed read of the content, or a *media.Problem: why
	// pixels were not looked at, or not all of them.
	Look(ctx context.Context, p Picture, seen func(Seen) error) error
}

// Picture is what Pixels looks at: a file, or a picture that is decoded.
type Picture struct {
	Type        string            // MIME type by content; "" if Decoded
	Content     *io.SectionReader // the file; nil if Decoded
	Decoded     image.Image
	Orientation int // EXIF, 1 to 8; 0 for none
}

// Seen is what one picture shows.
type Seen struct {
	Page  int // of a file with several pictures, from 1; 0 of others
	Lines []SeenLine
	Faces []SeenFace
}

// SeenLine is one line of text in a picture.
type SeenLine struct {
	Text       string
	Quad       detectors.Quad
	Confidence float64   // 0 to 1
	At         []float64 // for each byte of Text the share of the line's length where its character starts; one more for the end
	Doubts     []int     // bytes of Text whose character may be another that looks like it, in order
}

// SeenFace is one face in a picture.
type SeenFace struct {
	Box   detectors.Box
	Score float64 // 0 to 1
	Why   string  // in words of ours
	Rule  string  // the model: "blazeface"
}

// pixelsDetector is Found.Detector of what is seen and no text.
const pixelsDetector = "pixels"

// inPixels is the step of a path below which things are seen, not written.
const inPixels = "pixels"

// shown is a picture that was met.
type shown struct {
	path, mime string
	r          *io.SectionReader
	picture    *media.Picture
	in         *frame // of its walk
}

// gathering holds the copies of one picture that stand inside it, thumbnails and
// previews, until it is known whether the picture itself could be looked at.
type gathering struct{ copies []shown }

const (
	// maxCopies is how many copies of a picture are kept in mind.
	maxCopies = 16
	// maxKept is the size of a copy that was decoded from something else, bytes:
	// it is held in memory.
	maxKept = 16 << 20
	// goodCopy is the longer side of a copy that stands for a picture without a
	// decoder, pixels.
	goodCopy = 640
)

// isPicture and isVideo tell by the MIME type what has pixels. Drawings have none
// of their own.
func isPicture(mime string) bool {
	switch mime {
	case "image/svg+xml", "image/emf", "image/wmf":
		return false
	}
	return strings.HasPrefix(mime, "image/")
}
func isVideo(mime string) bool { return strings.HasPrefix(mime, "video/") }

// add keeps a copy in mind.
func (g *gathering) add(w *walk, s shown) {
	if len(g.copies) < maxCopies && (w.content.baseOf(s.r) >= 0 || s.r.Size() <= maxKept) {
		g.copies = append(g.copies, s)
	}
}

// show looks at a picture, and at its copies where they show more or it can't be
// looked at.
func (w *walk) show(s shown, g *gathering) {
	w.res.Pictures++
	if w.pixels == nil {
		w.res.Unseen++
		return
	}
	err := w.lookAt(s)
	if w.content.err != nil || w.stopped != nil {
		w.res.Unseen++
		return
	}
	good := err == nil
	if isVideo(s.mime) {
		if s.in.frames == 0 {
			w.res.Unseen++
		}
		w.noteProblem(s.path, err)
		return
	}
	var best *shown
	for i := range g.copies {
		c := &g.copies[i]
		if c.picture.Orientation == 0 {
			c.picture.Orientation = s.picture.Orientation
		}
		same := media.SameShape(s.picture.Width, s.picture.Height, c.picture.Width, c.picture.Height)
		switch {
		case !same:
			w.noteProblem(c.path, w.lookAt(*c))
		case best == nil || c.r.Size() > best.r.Size():
			best = c
		}
	}
	if !good && best != nil {
		copied := w.lookAt(*best)
		good = copied == nil && max(best.picture.Width, best.picture.Height) >= goodCopy
	}
	if !good {
		w.res.Unseen++
		w.noteProblem(s.path, err)
	}
}

// noteProblem notes why the pixels at path were not looked at.
func (w *walk) noteProblem(path string, err error) {
	if err != nil && w.content.err == nil && w.stopped == nil {
		w.note(join(path, inPixels), string(media.ReasonOf(err)))
	}
}

// lookAt looks at one picture. An error that is neither in w.content nor in
// w.stopped is the picture's own.
func (w *walk) lookAt(s shown) error {
	if isVideo(s.mime) {
		if s.in.frames == 0 && s.in.unframed == nil {
			return media.Stop("", media.Unsupported) // nobody took frames out of it
		}
		return s.in.unframed
	}
	return w.see(s.path, Picture{Type: s.mime, Content: s.r, Orientation: s.picture.Orientation})
}

// see has a picture looked at, and what it shows examined.
func (w *walk) see(path string, p Picture) error {
	if err := w.check(); err != nil {
		return err
	}
	if w.pixelTime > w.limits.PixelTime {
		return media.Stop("", media.LimitTime)
	}
	release, err := w.hold()
	if err != nil {
		return err
	}
	clock := w.clock()
	var all []Seen
	err = w.pixels(p, func(s Seen) error {
		all = append(all, s)
		return w.check()
	})
	w.pixelTime += w.clock() - clock
	if release != nil {
		release()
	}
	for i := range all {
		if err := w.examineSeen(path, &all[i]); err != nil {
			return err
		}
	}
	return err
}

// examineSeen shows the lines to the detectors and takes the faces.
func (w *walk) examineSeen(path string, s *Seen) error {
	at := join(path, inPixels)
	if s.Page > 0 {
		at = fmt.Sprintf("%s/page[%d]", at, s.Page)
	}
	defer func() { w.line = nil }()
	regions := w.regions
	if len(regions) == 0 && showsContact(s.Lines) {
		regions = numberedRegions()
	}
	for i := range s.Lines {
		if err := w.count(path); err != nil {
			return err
		}
		w.res.Parts++
		w.line = &s.Lines[i]
		p := detectors.Part{Path: fmt.Sprintf("%s/line[%d]", at, i+1), Text: []byte(w.line.Text), Off: -1, Regions: regions}
		if before := labelOf(s.Lines, i); before != "" {
			p.Text, p.Lead = append([]byte(before), p.Text...), len(before)
		}
		if err := w.look(&p, -1, -1); err != nil {
			return err
		}
	}
	w.line = nil
	for _, f := range s.Faces {
		if len(w.res.Findings) >= w.limits.Findings {
			return w.stop(at, codeLimitFound)
		}
		box := f.Box
		w.res.Findings = append(w.res.Findings, Found{Off: -1, Part: clean(at), Detector: pixelsDetector,
			Finding: detectors.Finding{Kind: detectors.Face, Box: &box, Confidence: f.Score, Why: f.Why, Rule: f.Rule}})
	}
	return nil
}

// numberedRegions are countries whose national numbers are looked for in pictures
// that show how to reach somebody, where nobody said which to expect: those where
// most people write numbers without the country's.
func numberedRegions() []string {
	return []string{"US", "GB", "DE", "FR", "ES", "IT", "SE", "PT", "NL", "IN", "AU", "JP", "BR"}
}

// showsContact reports whether lines say how to reach somebody: an address, or a
// word that stands before numbers.
func showsContact(lines []SeenLine) bool {
	for _, l := range lines {
		text := strings.ToLower(l.Text)
		for _, w := range []string{"@", "phone", "tel", "mobile", "fax", "call", "contact", "whatsapp"} {
			if strings.Contains(text, w) {
				return true
			}
		}
	}
	return false
}

const (
	// maxLabel is the length up to which a line may be a label, bytes.
	maxLabel = 40
	// maxLabelled bounds the lines among which a label is looked for.
	maxLabelled = 500
)

// labelOf is what stands before a line of digits, to its left or at the head of
// its column, as context for it: "Phone: ". Where nothing does, an address on the
// line above or below makes it one of a contact. "" where there is none either.
func labelOf(lines []SeenLine, i int) string {
	if len(lines) > maxLabelled || strings.Trim(lines[i].Text, "0123456789 +-()./") != "" {
		return ""
	}
	box := lines[i].Quad.Bounds()
	beside, above := "", ""
	besideGap, aboveGap := 2.0, 2.0
	for k := range lines {
		b := lines[k].Quad.Bounds()
		switch {
		case !isLabel(lines[k].Text):
		case min(b.Y+b.H, box.Y+box.H)-max(b.Y, box.Y) > min(b.H, box.H)/2 && b.X+b.W <= box.X+box.W/2:
			if gap := max(box.X-b.X-b.W, 0); gap < besideGap {
				beside, besideGap = lines[k].Text, gap
			}
		case min(b.X+b.W, box.X+box.W)-max(b.X, box.X) > min(b.W, box.W)*0.3 && b.Y < box.Y:
			if gap := box.Y - b.Y; gap < aboveGap {
				above, aboveGap = lines[k].Text, gap
			}
		}
	}
	context := ""
	if besideAddress(lines, i) {
		context = "contact: "
	}
	for _, label := range []string{above, beside} { // what stands nearest to the number counts most
		if label != "" {
			context += strings.TrimRight(label, ": ") + ": "
		}
	}
	return context
}

// besideAddress reports whether the line directly above or below line i has a mail
// address, as on a card.
func besideAddress(lines []SeenLine, i int) bool {
	box := lines[i].Quad.Bounds()
	for k := range lines {
		b := lines[k].Quad.Bounds()
		overlap := min(b.X+b.W, box.X+box.W) - max(b.X, box.X)
		apart := max(b.Y-box.Y-box.H, box.Y-b.Y-b.H)
		if k != i && strings.Contains(lines[k].Text, "@") && overlap > min(b.W, box.W)*0.3 && apart < 2*max(b.H, box.H) {
			return true
		}
	}
	return false
}

// isLabel reports whether a line may be a label: a line that may hold a value
// itself is none, and neither is the end of a sentence.
func isLabel(s string) bool {
	if strings.HasSuffix(s, ".") && len(s) > len("Telef.") {
		return false
	}
	return len(s) <= maxLabel && len(s) > 0 && !strings.ContainsAny(s, "@0123456789+/\\")
}

// placeInPicture gives a finding in a line its place in the picture, and says how
// sure the reading is. lead is the length of the context before the line.
func (l *SeenLine) placeInPicture(f *Found, lead int) {
	from, to := f.Start-lead, f.End-lead
	if f.Tag != "" || from < 0 || to > len(l.Text) || to <= from || len(l.At) != len(l.Text)+1 {
		return
	}
	q := l.Quad.Cut(l.At[from], l.At[to])
	box := q.Bounds()
	f.Quad, f.Box = &q, &box
	f.Confidence *= l.Confidence
	doubts := 0
	for _, d := range l.Doubts {
		if d >= from && d < to {
			doubts++
		}
	}
	f.Why += "; read from the pixels"
	if doubts > 0 {
		f.Doubtful = true
		f.Why += fmt.Sprintf(", %d of its characters may be others that look alike", doubts)
	}
}

// joinFaces drops faces that were seen where a region of the metadata stands: the
// region knows more. What is left is marked as nobody's.
func joinFaces(found []Found) []Found {
	if !slices.ContainsFunc(found, func(f Found) bool { return f.Detector == pixelsDetector }) {
		return found
	}
	var regions []*Found
	for i := range found {
		if f := &found[i]; f.Kind == detectors.Face && f.Detector != pixelsDetector && f.Box != nil {
			regions = append(regions, f)
		}
	}
	joined := make([]bool, len(found))
	for i := range found {
		f := &found[i]
		if f.Kind != detectors.Face || f.Detector != pixelsDetector {
			continue
		}
		picture := f.Part[:max(strings.LastIndex(f.Part, "/"+inPixels), 0)]
		r := regionAt(regions[:min(len(regions), maxSettle)], picture, f.Box)
		if r == nil {
			f.Why += "; no region names it: possibly of a third party"
			continue
		}
		joined[i] = true
		if !strings.HasSuffix(r.Why, seenThere) {
			r.Why += seenThere
		}
	}
	kept := found[:0]
	for i, f := range found {
		if !joined[i] {
			kept = append(kept, f)
		}
	}
	return kept
}

const seenThere = "; the pixels show a face there"

// regionAt is the region of a picture that a face stands in.
func regionAt(regions []*Found, picture string, face *detectors.Box) *Found {
	for _, r := range regions {
		if strings.HasPrefix(r.Part, picture+"/") && oneFace(r.Box, face) {
			return r
		}
	}
	return nil
}

// oneFace reports whether a region and a face are of one person: the middle of
// each lies in the other, or they have much in common. Regions are drawn by hand,
// some around the hair, some around the eyes.
func oneFace(a, b *detectors.Box) bool {
	w, h := min(a.X+a.W, b.X+b.W)-max(a.X, b.X), min(a.Y+a.H, b.Y+b.H)-max(a.Y, b.Y)
	if w <= 0 || h <= 0 {
		return false
	}
	return w*h >= 0.3*(a.W*a.H+b.W*b.H-w*h) || holdsMiddle(a, b) && holdsMiddle(b, a)
}

func holdsMiddle(a, b *detectors.Box) bool {
	x, y := b.X+b.W/2, b.Y+b.H/2
	return a.X <= x && x <= a.X+a.W && a.Y <= y && y <= a.Y+a.H
}
