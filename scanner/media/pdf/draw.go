package pdf

import (
	"fmt"
	"image"
	"io"
	"slices"
	"time"
	"unicode"

	"github.com/klippa-app/go-pdfium/enums"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"

	"habeas/scanner/media"
)

const (
	// fewLetters is the text below which a page has none to speak of.
	fewLetters = 20
	// drawnSide is the longer side of a page as it is drawn, pixels: 170 dots per
	// inch of an A4 page.
	drawnSide = 2_000
	// maxDrawn is how many pages of one document are drawn.
	maxDrawn = 200
	// drawTime is how long one page may take.
	drawTime = 20 * time.Second
	// maxRemoved bounds the objects of a page that are asked whether they are text.
	maxRemoved = 20_000
)

// letters counts the letters and digits of s, up to fewLetters.
func letters(s string) int {
	n := 0
	for _, r := range s {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			if n++; n == fewLetters {
				break
			}
		}
	}
	return n
}

// shows reports whether the pixels of a page say more than its text and the files
// on it: it has pictures that are no files, or no text and nothing else either.
func (p *page) shows() bool {
	return p.drawn > 0 || p.letters < fewLetters && p.pictures == 0 && len(p.contents) > 0
}

// draw has the pages drawn whose pixels say more than was read, and looked at.
func (f *Format) draw(w *walk) {
	doc, size := w.readable()
	drawn, broken := 0, 0
	for i := range w.pages {
		p := &w.pages[i]
		if !w.ok() {
			return
		}
		if !p.shows() || p.drawn == 0 && !w.paints(p) || !w.fresh("drawn", fmt.Sprint(p.num, p.contents)) {
			continue
		}
		at := w.path(fmt.Sprintf("page[%d]", i+1))
		drawn++
		w.err = media.Show(w.v, at, func() (image.Image, error) {
			switch {
			case drawn > maxDrawn:
				return nil, media.Stop("", media.LimitCount)
			case p.skip:
				return nil, media.Stop("", media.LimitBytes)
			case broken >= maxBroken:
				return nil, media.Stop("", media.Corrupt)
			}
			m, err := f.drawPage(w, doc, size, i)
			if err != nil {
				broken++
			}
			return m, err
		})
	}
}

// paints reports whether a page without text and pictures has anything on it: an
// empty page has a content stream, too.
func (w *walk) paints(p *page) bool {
	n := w.d.dict(ref{num: p.num})
	return slices.ContainsFunc(w.contents(n), func(o object) bool {
		s := w.d.stream(o)
		return s != nil && w.d.extent(s) >= leastPainting
	})
}

// leastPainting is the size of the shortest content, packed, that shows letters
// drawn as lines.
const leastPainting = 256

// drawPage draws the page with this index. The visitor must not be called
// meanwhile.
func (f *Format) drawPage(w *walk, doc io.ReaderAt, size int64, index int) (image.Image, error) {
	release, err := media.Hold(w.v)
	if err != nil {
		return nil, err
	}
	if release == nil {
		f.engine.place <- struct{}{}
		release = func() { <-f.engine.place }
	}
	defer release()
	w.d.src.keep = manyBlocks
	defer w.d.src.forget()
	m, reason := f.engine.draw(doc, size, index, len(w.pages), w.pages[index].letters >= fewLetters)
	if reason != "" {
		return nil, media.Stop("", reason)
	}
	return m, nil
}

// draw draws the page with this index of a document that should have total pages,
// without its text if that was read.
func (e *engine) draw(doc io.ReaderAt, size int64, index, total int, withoutText bool) (image.Image, media.Reason) {
	in, memory, err := e.instance(drawTime)
	if err != nil {
		return nil, media.ReasonOf(err)
	}
	r := &lease{r: io.NewSectionReader(doc, 0, size)}
	s := &session{in: in, b: &batch{}}
	late := make(chan struct{})
	watch := time.AfterFunc(drawTime, func() {
		defer close(late)
		if e.careful {
			_ = in.Kill()
		}
	})
	m, err := s.draw(r, size, index, total, withoutText)
	killed := !watch.Stop()
	if killed {
		<-late
	} else if cutShort(err) {
		_ = in.Kill() // nothing more is asked of it
	}
	_ = in.Close()
	memory.release()
	r.r = nil // the engine may still hold r
	switch {
	case killed && err != nil:
		return nil, media.LimitTime
	case err != nil:
		return nil, media.Corrupt
	case m == nil:
		return nil, media.Unsupported
	}
	return m, ""
}

// draw gives the page, or nil if the document is another than was walked.
func (s *session) draw(r io.ReadSeeker, size int64, index, total int, withoutText bool) (image.Image, error) {
	doc, err := s.in.OpenDocument(&requests.OpenDocument{FileReader: r, FileReaderSize: size})
	if err != nil {
		return nil, err
	}
	count, err := s.in.FPDF_GetPageCount(&requests.FPDF_GetPageCount{Document: doc.Document})
	if err != nil || count.PageCount != total {
		return nil, err
	}
	loaded, err := s.in.FPDF_LoadPage(&requests.FPDF_LoadPage{Document: doc.Document, Index: index})
	if err != nil {
		return nil, err
	}
	page := requests.Page{ByReference: &loaded.Page}
	if withoutText {
		if err := s.removeText(page); err != nil {
			return nil, err
		}
	}
	res, err := s.in.RenderPageInPixels(&requests.RenderPageInPixels{Page: page, Width: drawnSide, Height: drawnSide, RenderFlags: enums.FPDF_RENDER_FLAG_ANNOT})
	if err != nil {
		return nil, err
	}
	defer res.Cleanup()
	return copied(res.Result.RenderedImage), nil
}

// copied is m in memory of its own: the engine's goes with it.
func copied(m image.Image) image.Image {
	rgba, ok := m.(*image.RGBA)
	if !ok || rgba.Rect.Empty() {
		return nil
	}
	own := *rgba
	own.Pix = slices.Clone(rgba.Pix)
	return &own
}

// removeText takes the text off a page: it was read, and would be read again.
func (s *session) removeText(page requests.Page) error {
	n, err := s.in.FPDFPage_CountObjects(&requests.FPDFPage_CountObjects{Page: page})
	if err != nil {
		return err
	}
	var text []references.FPDF_PAGEOBJECT
	for i := range min(n.Count, maxRemoved) {
		o, err := s.in.FPDFPage_GetObject(&requests.FPDFPage_GetObject{Page: page, Index: i})
		if err != nil {
			return err
		}
		kind, err := s.in.FPDFPageObj_GetType(&requests.FPDFPageObj_GetType{PageObject: o.PageObject})
		if err != nil {
			return err
		}
		if kind.Type == enums.FPDF_PAGEOBJ_TEXT {
			text = append(text, o.PageObject)
		}
	}
	for _, o := range text {
		if _, err := s.in.FPDFPage_RemoveObject(&requests.FPDFPage_RemoveObject{Page: page, PageObject: o}); err != nil {
			return err
		}
	}
	return nil
}
