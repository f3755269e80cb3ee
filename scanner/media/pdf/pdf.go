// Package pdf reads documents in PDF: ISO 32000-2. It walks the structure itself
// (cross-references, objects, metadata, forms, notes, links, attachments,
// pictures, earlier revisions) and has the text of pages drawn by PDFium, which
// runs as WebAssembly without any file, network or clock. What PDFium would spend
// is measured before it is asked.
package pdf

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"habeas/scanner/media"
)

// Format reads PDF. It holds the compiled engine, which starts with the first
// page that has text; its methods may be called from many goroutines.
type Format struct{ engine *engine }

var (
	_ media.Format    = (*Format)(nil)
	_ media.Describer = (*Format)(nil)
	_ media.Warmer    = (*Format)(nil)
)

// New makes the format. Nothing is compiled yet.
func New() *Format { return &Format{engine: newEngine()} }

// Name implements media.Format.
func (*Format) Name() string { return "pdf" }

// headerWithin is where the header must begin: implementations look for it in the
// first kilobyte.
const headerWithin = 1 << 10

// Match implements media.Format. What stands before the header is
// blank, binary junk or a job header for a printer, so that a text about PDF is
// none.
func (*Format) Match(head []byte) bool {
	i := bytes.Index(head[:min(len(head), headerWithin+8)], []byte("%PDF-"))
	if i < 0 || i >= headerWithin || len(head) < i+6 || head[i+5] < '0' || head[i+5] > '9' {
		return false
	}
	before := bytes.TrimLeft(head[:i], "\xef\xbb\xbf \t\r\n\x00")
	if len(before) == 0 || bytes.HasPrefix(before, []byte("%!PS")) {
		return true
	}
	// Mail and text that carry a document have formats of their own; but where the
	// file ends like a document or binary stands next to the header, it is one.
	after := head[i:min(len(head), i+64)]
	for _, c := range after {
		if c >= 0x80 {
			return true
		}
	}
	return bytes.Contains(head[i:], []byte(" obj"))
}

// Describe implements media.Describer.
func (*Format) Describe() media.Description {
	return media.Description{
		Title: "PDF",
		Types: "application/pdf",
		Reads: "text of pages, document information, XMP, notes and links, form fields, XFA, signatures, bookmarks, scripts, attachments, JPEG pictures, earlier revisions, also encrypted under the empty password; where pixels are looked at, pages without text and pages with other pictures as they are drawn",
		Not:   "3D and rich media, private data of programs, alternative texts of tags, documents that need a password",
	}
}

// KeepIn implements media.Warmer.
func (f *Format) KeepIn(dir string) {
	f.engine.mu.Lock()
	f.engine.cache = dir
	f.engine.mu.Unlock()
}

// Warm implements media.Warmer. An engine that can't be interrupted is four times
// as fast: for processes that are ended from outside.
func (f *Format) Warm(patient bool) error {
	_, err := f.engine.start(patient)
	return err
}

// Leave implements media.Warmer.
func (f *Format) Leave() {
	f.engine.mu.Lock()
	f.engine.leave = true
	f.engine.mu.Unlock()
}

// Walk implements media.Format.
func (f *Format) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	src := newSource(r, size)
	if src.at(0, 1); src.err != nil {
		return src.err
	}
	d := open(src, size, media.BudgetOf(v))
	w := &walk{v: v, r: r, d: d, told: map[uint64]bool{}, visited: map[uint32]bool{}}
	if d.crypt != nil && d.crypt.locked {
		if d.crypt.clearMetadata {
			w.metadata("xmp", d.dict(d.trailer["Root"])["Metadata"])
		}
		return w.end(media.Stop("", media.Encrypted))
	}
	w.structure()
	f.texts(w)
	f.draw(w)
	w.notes()
	if w.ok() && !d.rebuilt {
		f.revisions(w)
	}
	return w.end(nil)
}

// end is what Walk returns: a failed read, what the visitor said, or else.
func (w *walk) end(err error) error {
	switch {
	case w.d.src.err != nil:
		return w.d.src.err
	case w.err != nil:
		return w.err
	}
	return err
}

// notes tells what was wrong with the structure.
func (w *walk) notes() {
	for _, reason := range slices.Sorted(maps.Keys(w.d.notes)) {
		w.v.Problem(strings.TrimSuffix(w.under, "/"), reason)
	}
}

// maxBroken is how many pages may break the engine before the rest is given up.
const maxBroken = 3

// texts hands out the text of the pages.
func (f *Format) texts(w *walk) {
	want, any := w.wanted()
	if !any || !w.ok() {
		return
	}
	broken := 0
	doc, size := w.readable()
	for from := 0; w.ok(); {
		b, err := f.batch(w, doc, size, from, want)
		if err != nil {
			w.err = err
			return
		}
		if b.reason == media.Corrupt && size != w.d.size {
			doc, size = w.d.src, w.d.size // perhaps it knows better how to repair it
			continue
		}
		if b.reason != "" {
			w.v.Problem(strings.TrimSuffix(w.under, "/"), b.reason)
			for i := range w.pages {
				w.shown(i)
			}
			return
		}
		for _, p := range b.pages {
			at := fmt.Sprintf("page[%d]", p.index+1)
			if p.reason != "" {
				w.v.Problem(w.path(at), p.reason)
			}
			w.text(at, running(p.text))
			if b.total == len(w.pages) {
				w.pages[p.index].letters = letters(p.text)
			}
		}
		if b.stopped != "" {
			w.v.Problem(w.path(fmt.Sprintf("page[%d]", b.next)), b.stopped)
			if b.total == len(w.pages) {
				w.shown(b.next - 1)
			}
			if broken++; broken >= maxBroken || b.stopped == media.LimitTime {
				return
			}
		}
		if from = b.next; from >= b.total || from >= maxPages {
			return
		}
	}
}

// readable is the document as the engine shall see it.
func (w *walk) readable() (doc io.ReaderAt, size int64) {
	if !w.d.rebuilt {
		return w.d.src, w.d.size
	}
	var nums []uint32
	for _, p := range w.pages {
		nums = append(nums, p.num)
	}
	p := &patched{src: w.d.src, size: w.d.size, tail: w.d.repaired(nums)}
	return p, p.size + int64(len(p.tail))
}

// batch reads some pages while it holds a place.
func (f *Format) batch(w *walk, doc io.ReaderAt, size int64, from int, want func(int, int) bool) (batch, error) {
	release, err := media.Hold(w.v)
	if err != nil {
		return batch{}, err
	}
	if release == nil {
		f.engine.place <- struct{}{}
		release = func() { <-f.engine.place }
	}
	defer release()
	src := w.d.src
	src.keep = manyBlocks
	defer src.forget()
	return f.engine.read(doc, size, from, want), nil
}

// wanted says which pages the engine shall read, and whether there are any.
func (w *walk) wanted() (want func(page, total int) bool, any bool) {
	read := make([]bool, len(w.pages))
	costly := false
	for i, p := range w.pages {
		read[i] = p.fonts && !p.skip && w.fresh("contents", fmt.Sprint(p.contents))
		if p.fonts && !p.skip && !read[i] {
			w.pages[i].letters = fewLetters // they were told
		}
		costly = costly || p.skip
		any = any || read[i]
	}
	return func(page, total int) bool {
		if total == len(read) {
			return read[page]
		}
		return !costly // it counts otherwise
	}, any
}
