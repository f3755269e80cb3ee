package pdf

import (
	"context"
	"errors"
	"io"
	"math"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/klippa-app/go-pdfium"
	pdfiumerrors "github.com/klippa-app/go-pdfium/errors"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
	"github.com/klippa-app/go-pdfium/webassembly"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"habeas/scanner/media"
)

const (
	// memoryPages is the memory that one document may take in the engine, in
	// pages of 64 KiB: 192 MiB. Real documents stay under 64.
	memoryPages = 3_072
	// places is how many documents are open in the engine at the same time.
	places = 4
	// batchTime is how long one batch may take; only an engine that can be
	// interrupted heeds it.
	batchTime = media.MaxObjectTime / 2
	// batchPages and batchText end a batch, so that others get their turn and
	// little is held.
	batchPages = 250
	batchText  = 8 << 20
	// maxChars is how much of the text of one page is read.
	maxChars = 4 << 20
)

// engine draws the text out of pages: PDFium as WebAssembly, with no file, no
// network, no clock and no environment. Its methods may be called from many
// goroutines.
type engine struct {
	mu      sync.Mutex
	cache   string // folder for compiled code; "" for none
	pool    pdfium.Pool
	memory  memories
	failed  bool
	leave   bool // documents are read by another process
	careful bool // it can be interrupted, at four times the cost
	place   chan struct{}
}

func newEngine() *engine { return &engine{place: make(chan struct{}, places)} }

// start compiles PDFium, or loads it from the cache, unless that was done.
func (e *engine) start(careful bool) (pdfium.Pool, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.pool != nil {
		return e.pool, nil
	}
	if e.leave {
		return nil, media.Stop("", media.Elsewhere)
	}
	if e.failed {
		return nil, errEngine
	}
	p, err := e.compile(careful, e.cache)
	if err != nil && e.cache != "" {
		p, err = e.compile(careful, "") // the folder can't be written, or what is in it read
	}
	if err != nil {
		e.failed = true
		return nil, errEngine
	}
	e.pool, e.careful = p, careful
	return p, nil
}

// errEngine says that PDFium can't be had here; why is nobody's business who
// only wanted a document read.
var errEngine = media.Stop("", media.Unsupported)

func (e *engine) compile(careful bool, cache string) (pdfium.Pool, error) {
	c := wazero.NewRuntimeConfig().
		WithCoreFeatures(api.CoreFeaturesV2 | experimental.CoreFeaturesExceptionHandling).
		WithMemoryLimitPages(memoryPages).
		WithCloseOnContextDone(careful)
	if cache != "" {
		kept, err := wazero.NewCompilationCacheWithDir(cache)
		if err != nil {
			return nil, err
		}
		c = c.WithCompilationCache(kept)
	}
	ctx := context.Background()
	if n := runtime.GOMAXPROCS(0); n > 1 {
		ctx = experimental.WithCompilationWorkers(ctx, n)
	}
	return webassembly.Init(webassembly.Config{
		Context:       experimental.WithMemoryAllocator(ctx, &e.memory),
		MaxTotal:      math.MaxInt32, // places bounds them
		FSConfig:      wazero.NewFSConfig(),
		RuntimeConfig: c,
		Stdout:        io.Discard,
		Stderr:        io.Discard,
	})
}

// instance is PDFium for one document, which may wait so long for it. Once it was
// closed the memory must be released.
func (e *engine) instance(wait time.Duration) (pdfium.Pdfium, *memory, error) {
	pool, err := e.start(true)
	if err != nil {
		return nil, nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.memory.last = nil
	in, err := pool.GetInstance(wait)
	m := e.memory.last
	if err != nil {
		m.release()
		return nil, nil, errEngine
	}
	return in, m, nil
}

// batch is what one opening of a document gave.
type batch struct {
	pages   []pageText
	next    int          // the first page that was not looked at
	total   int          // pages that the engine sees
	reason  media.Reason // why the document was not read at all
	stopped media.Reason // why the page before next was not
}

// pageText is the text of a page, or why there is none.
type pageText struct {
	index  int // from 0
	text   string
	reason media.Reason
}

// read opens the document and reads the text of the pages that are wanted, from
// the page from on, until there is much of it. The visitor must not be called
// meanwhile: the caller holds a place.
func (e *engine) read(doc io.ReaderAt, size int64, from int, want func(page, total int) bool) batch {
	b := batch{next: from}
	in, memory, err := e.instance(batchTime)
	if err != nil {
		b.reason = media.ReasonOf(err)
		return b
	}
	r := &lease{r: io.NewSectionReader(doc, 0, size)}
	s := &session{in: in, b: &b}
	late := make(chan struct{})
	watch := time.AfterFunc(batchTime, func() {
		defer close(late)
		if e.careful {
			_ = in.Kill()
		}
	})
	s.run(r, size, want)
	killed := !watch.Stop()
	if killed {
		<-late
	}
	if s.broken && !killed {
		_ = in.Kill() // nothing more is asked of it
	}
	if killed && e.careful {
		b.late()
	}
	_ = in.Close()
	memory.release()
	r.r = nil // the engine may still hold r
	return b
}

// late says why the last page was not read.
func (b *batch) late() {
	switch {
	case b.total == 0:
		b.reason = media.LimitTime
	case b.stopped != "":
		b.stopped = media.LimitTime
	}
}

// lease is a reader that can be taken away.
type lease struct{ r *io.SectionReader }

// Read implements io.Reader.
func (l *lease) Read(p []byte) (int, error) {
	if l.r == nil {
		return 0, io.EOF
	}
	return l.r.Read(p)
}

// Seek implements io.Seeker.
func (l *lease) Seek(off int64, whence int) (int64, error) {
	if l.r == nil {
		return 0, io.EOF
	}
	return l.r.Seek(off, whence)
}

// session is one opening of a document.
type session struct {
	in     pdfium.Pdfium
	b      *batch
	broken bool // a call was cut short: nothing holds any more
}

func (s *session) run(r io.ReadSeeker, size int64, want func(page, total int) bool) {
	doc, err := s.in.OpenDocument(&requests.OpenDocument{FileReader: r, FileReaderSize: size})
	if err != nil {
		switch {
		case errors.Is(err, pdfiumerrors.ErrPassword), errors.Is(err, pdfiumerrors.ErrSecurity):
			s.b.reason = media.Encrypted
		default:
			s.b.reason = media.Corrupt
			s.broken = cutShort(err)
		}
		return
	}
	count, err := s.in.FPDF_GetPageCount(&requests.FPDF_GetPageCount{Document: doc.Document})
	if err != nil || count.PageCount <= 0 {
		s.b.reason, s.broken = media.Corrupt, err != nil
		return
	}
	s.b.total = count.PageCount
	read, bytes := 0, 0
	for s.b.next < min(s.b.total, maxPages) && read < batchPages && bytes < batchText && !s.broken {
		i := s.b.next
		s.b.next++
		if !want(i, s.b.total) {
			continue
		}
		p := s.page(doc.Document, i)
		if s.broken {
			s.b.stopped = p.reason
			return
		}
		s.b.pages = append(s.b.pages, p)
		read++
		bytes += len(p.text)
	}
}

// page reads the text of one page.
func (s *session) page(doc references.FPDF_DOCUMENT, i int) (out pageText) {
	out.index = i
	failed := func(err error) bool {
		if err == nil {
			return false
		}
		out.reason, out.text = media.Corrupt, ""
		s.broken = s.broken || cutShort(err)
		if s.broken && strings.Contains(err.Error(), "unreachable") {
			out.reason = media.LimitBytes // PDFium gives up when it gets no more memory
		}
		return true
	}
	p, err := s.in.FPDF_LoadPage(&requests.FPDF_LoadPage{Document: doc, Index: i})
	if failed(err) {
		return out
	}
	t, err := s.in.FPDFText_LoadPage(&requests.FPDFText_LoadPage{Page: requests.Page{ByReference: &p.Page}})
	if failed(err) {
		return out
	}
	n, err := s.in.FPDFText_CountChars(&requests.FPDFText_CountChars{TextPage: t.TextPage})
	if failed(err) {
		return out
	}
	if n.Count > 0 {
		got, err := s.in.FPDFText_GetText(&requests.FPDFText_GetText{TextPage: t.TextPage, Count: min(n.Count, maxChars)})
		if failed(err) {
			return out
		}
		out.text = got.Text
		if n.Count > maxChars {
			out.reason = media.LimitBytes
		}
	}
	_, err = s.in.FPDFText_ClosePage(&requests.FPDFText_ClosePage{TextPage: t.TextPage})
	if err == nil {
		_, err = s.in.FPDF_ClosePage(&requests.FPDF_ClosePage{Page: p.Page})
	}
	s.broken = s.broken || cutShort(err)
	return out
}

// cutShort tells a call that PDFium did not return from, which leaves it in no
// defined state, from one that it returned an error of.
func cutShort(err error) bool {
	if err == nil || errors.Is(err, pdfiumerrors.ErrPage) || errors.Is(err, pdfiumerrors.ErrFormat) || errors.Is(err, pdfiumerrors.ErrFile) {
		return false
	}
	m := err.Error()
	return strings.Contains(m, "wasm") || strings.Contains(m, "module closed") || strings.Contains(m, "panic") || strings.Contains(m, "closed")
}
