package scanner

import (
	"context"
	"errors"
	"io"
	"maps"
	"path"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	"habeas/detectors"
	"habeas/reports"
	"habeas/scanner/media"
)

// minConfidence is what a finding needs to be reported.
const minConfidence = 0.4

// Examiner takes one object apart and shows every piece to every detector. Its
// methods may be called from many goroutines; its fields must not change then.
type Examiner struct {
	Formats   []media.Format // asked in this order
	Detectors []detectors.Detector
	Sniff     func(head []byte) string // MIME type by content; nil leaves Result.Type empty

	// Views shows what a part says once an encoding in it (percent, base64,
	// quoted-printable) is undone: it calls look with each view, and with what makes
	// a finding in the view one of the part, or drops it. nil for none.
	Views func(p *detectors.Part, look func(view *detectors.Part, place Placer))

	// Pixels looks at what pictures show; nil only counts them.
	Pixels Pixels

	Limits Limits           // zero fields: those of scanner/media
	Now    func() time.Time // for Limits.Time; nil sets no limit of time

	once   sync.Once
	chosen *selectors
	walks  sync.Pool     // of *walk, with the scratch of one that has ended
	large  spares[Found] // with room for more than crowd
	texts  spares[byte]
	cells  spares[detectors.Cell]
}

// maxRecycled is how many findings the memory kept for those of other objects takes.
const maxRecycled = 16 << 10

// recycle takes back the memory of findings.
func (e *Examiner) recycle(all []Found) {
	if cap(all) <= maxRecycled {
		e.large.give(all)
	}
}

// walk gives a walk with nothing in it but scratch.
func (e *Examiner) walk() *walk {
	e.once.Do(func() { e.chosen = newSelectors(e.Detectors) })
	w, ok := e.walks.Get().(*walk)
	if !ok {
		w = &walk{scratch: new(scratch)}
		w.fields.known = e.chosen
		w.taken = w.take
		w.viewed = w.lookAtView
	}
	return w
}

// Placer gives a finding in a view of a part the place that it has in the part.
// It reports false for one that the part itself shows.
type Placer func(detectors.Finding) (detectors.Finding, bool)

// Limits are what one object may cost.
type Limits struct {
	Depth    int           // containers inside containers
	Members  int           // nested things and parts
	Text     int64         // bytes of text shown to the detectors
	Reads    int64         // bytes read, re-reads counted
	Findings int           // findings
	Time     time.Duration // of work, without waiting for reads

	PixelTime time.Duration // of work on the pixels of pictures, not counted in Time
}

// withDefaults fills the zero fields in.
func (l Limits) withDefaults() Limits {
	if l.Depth == 0 {
		l.Depth = media.MaxDepth
	}
	if l.Members == 0 {
		l.Members = media.MaxMembers
	}
	if l.Text == 0 {
		l.Text = media.MaxText
	}
	if l.Reads == 0 {
		l.Reads = media.MaxObjectReads
	}
	if l.Findings == 0 {
		l.Findings = media.MaxFindings
	}
	if l.Time == 0 {
		l.Time = media.MaxObjectTime
	}
	if l.PixelTime == 0 {
		l.PixelTime = media.MaxPixelTime
	}
	return l
}

// Pacer is an optional ability of the content given to Examine, for a Runner
// that has many objects share one CPU.
type Pacer interface {
	// Waited is how long this object has waited so far, for reads or for its
	// turn: Limits.Time does not count it.
	Waited() time.Duration
	// Crowd is called once, when the object has more findings than most: it may
	// wait for others like it to be done. Its error ends the examination.
	Crowd() error
}

// crowd is how many findings an object may hold before Pacer.Crowd is called.
// Thousands of objects with fewer fit in memory at the same time.
const crowd = 1_000

// Examine takes the object apart. The error is a failed read of content,
// unchanged, or the context's; the Result then holds what was found before it.
// A panic of a format or a detector is recovered here and nowhere else: the
// object is then failed, crashed.
func (e *Examiner) Examine(ctx context.Context, job Job, content io.ReaderAt) (Result, error) {
	w := e.walk()
	*w = walk{e: e, scratch: w.scratch, cancelled: ctx.Err, limits: e.Limits.withDefaults(), regions: job.Regions}
	w.content = &counted{w: w, r: content, size: job.Size}
	w.pacer, _ = content.(Pacer)
	w.res.Findings = w.all[:0]
	if e.Pixels != nil {
		w.pixels = func(p Picture, seen func(Seen) error) error { return e.Pixels.Look(ctx, p, seen) }
	}
	if e.Now != nil {
		w.started = e.Now()
	}
	err := w.run(job)
	w.res.Findings = joinFaces(w.res.Findings)
	w.res.Reasons = sortReasons(slices.Collect(maps.Keys(w.noted)))
	w.res.Coverage = cover(&w.res)
	res := w.res
	if !w.crashed { // what a panic left behind is not used again
		if res.Findings = w.leave(); len(res.Findings) > crowd {
			res.OnRecycle(e.recycle)
		}
		e.walks.Put(w)
	}
	return res, err
}

// leave gives the findings, and lets go of everything but scratch.
func (w *walk) leave() []Found {
	found := w.res.Findings
	if len(found) <= crowd {
		w.all = found[:0]
		found = slices.Clone(found)
		clear(w.all[:len(found)])
	} else {
		w.all = nil
	}
	if len(found) == 0 {
		found = nil
	}
	w.fields.forget()
	w.kept = keep{}
	*w = walk{scratch: w.scratch}
	return found
}

// errStop ends a walk that a limit has stopped; the reason is noted by then.
var errStop = errors.New("the examination was stopped")

// maxReasons bounds the reasons of one object. Beyond it a code is noted once,
// without its place.
const maxReasons = 64

// walk is the examination of one object.
type walk struct {
	e         *Examiner
	cancelled func() error // the context's Err
	limits    Limits
	regions   []string
	content   *counted
	pacer     Pacer // nil if the content is none
	started   time.Time

	res       Result
	noted     map[reports.Reason]bool
	budget    media.Budget
	members   int
	text      int64
	pixels    func(Picture, func(Seen) error) error // nil: pictures are only counted
	pixelTime time.Duration                         // spent on pixels

	stopped error // once set, every call of the formats gets it
	crashed bool
	crowded bool // Pacer.Crowd was called

	*scratch

	// Of the part that is being looked at:
	part     *detectors.Part
	off      int64
	base     int64           // of the content that the part is of, in the object; -1 if that was decoded
	view     *detectors.Part // what the detectors see: part, or a view of it
	place    Placer          // of the view; nil for part itself
	detector string          // the name of the one that looks
	line     *SeenLine       // that the part is; nil for what is written
	failed   error           // of the look at a view
}

// scratch is what the walk of one object after the other uses: a photo is done in a
// tenth of a millisecond, of which making these anew would be a good part.
type scratch struct {
	head    [media.HeadSize]byte
	found   []Found // of the part that is looked at
	all     []Found // those before
	settler settler
	columns columns
	kept    keep
	fields  selection
	memo    detectors.Memo
	taken   func(detectors.Finding)       // take
	viewed  func(*detectors.Part, Placer) // lookAtView
}

// run looks at everything; its error is a failed read.
func (w *walk) run(job Job) (err error) {
	defer func() {
		if recover() != nil { // its value may quote the object
			w.note("", codeCrashed)
			w.crashed = true
			err = w.content.err
		}
	}()
	for _, p := range subjectParts(job.Subject) {
		p.Regions = job.Regions
		if w.look(p, -1, -1) != nil {
			return w.content.err
		}
	}
	w.walkRoot(job)
	return w.content.err
}

// walkRoot finds the format of the content and has it walked. What goes wrong is
// noted, or in w.content.err.
func (w *walk) walkRoot(job Job) {
	size := job.Size
	head, err := w.readHead(w.content, size)
	if err != nil {
		return
	}
	if w.e.Sniff != nil {
		w.res.Type = w.e.Sniff(head)
	}
	if size == 0 {
		return
	}
	if cut := media.CutStart(path.Ext(job.Subject.Key), head); cut != "" && int64(len(head)) == size {
		w.res.Type = cut
		w.note("", string(media.Truncated))
	}
	if p := objectPart(job.Subject, w.res.Type); w.look(p, -1, -1) != nil {
		return
	}
	mime := w.res.Type
	f := w.match(head)
	if f == nil {
		if len(w.noted) == 0 {
			w.note("", codeUnsupported)
		}
		if isPicture(mime) || isVideo(mime) {
			w.res.Pictures++
			w.res.Unseen++
		}
		return
	}
	w.res.Format = f.Name()
	root := &frame{w: w, path: f.Name()}
	_ = w.walkShown(f, mime, io.NewSectionReader(w.content, 0, size), root, nil)
	if isPicture(mime) {
		w.res.setPicture(root.Picture())
	}
}

// setPicture keeps how large the picture is, and how it is to be turned.
func (r *Result) setPicture(p *media.Picture) {
	r.Width, r.Height = p.Size()
	if p.Orientation >= 1 && p.Orientation <= 8 {
		r.Orientation = p.Orientation
	}
}

// walkShown has f walk r, and what it shows looked at. Where it stands inside a
// picture, whose copies go to around, it is one of them.
func (w *walk) walkShown(f media.Format, mime string, r *io.SectionReader, in *frame, around *gathering) error {
	if isPicture(mime) {
		in.copies = new(gathering)
	}
	err := w.ended(f.Walk(r, r.Size(), in), in.path)
	if err != nil || !isPicture(mime) && !isVideo(mime) {
		return err
	}
	s := shown{path: in.path, mime: mime, r: r, picture: in.Picture(), in: in}
	if around != nil {
		around.add(w, s)
		return nil
	}
	w.show(s, in.copies)
	if w.content.err != nil {
		return w.content.err
	}
	return w.stopped
}

// match is the first format that knows head; nil if none does.
func (w *walk) match(head []byte) media.Format {
	for _, f := range w.e.Formats {
		if f.Match(head) {
			return f
		}
	}
	return nil
}

// readHead reads up to media.HeadSize bytes. They are valid until the next call.
func (w *walk) readHead(r io.ReaderAt, size int64) ([]byte, error) {
	b := w.head[:min(size, media.HeadSize)]
	if len(b) == 0 {
		return nil, nil
	}
	n, err := r.ReadAt(b, 0)
	if err != nil && n < len(b) && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return b[:n], nil
}

// ended sorts out the error of a walk: nil lets the walk around it go on.
func (w *walk) ended(err error, path string) error {
	switch {
	case w.content.err != nil:
		// Even where the format took it for damage.
		return w.content.err
	case w.stopped != nil:
		return w.stopped
	case err == nil:
		return nil
	}
	if p, ok := errors.AsType[*media.Problem](err); ok {
		path = join(path, p.Path)
	}
	// Not a read of the content: that would be in w.content.err.
	w.note(path, string(media.ReasonOf(err)))
	return nil
}

// check is called before each piece of work.
func (w *walk) check() error {
	if w.content.err != nil {
		return w.content.err
	}
	if w.stopped != nil {
		return w.stopped
	}
	if err := w.cancelled(); err != nil {
		w.content.err = err
		return err
	}
	if w.overtime() {
		return w.stop("", codeLimitTime)
	}
	return nil
}

// overtime reports whether the object has had its time.
func (w *walk) overtime() bool {
	if w.e.Now == nil {
		return false
	}
	spent := w.e.Now().Sub(w.started)
	spent -= w.pixelTime
	if w.pacer != nil && spent > w.limits.Time {
		spent -= w.pacer.Waited()
	}
	return spent > w.limits.Time
}

// clock is the time of work so far: without waiting for reads.
func (w *walk) clock() time.Duration {
	if w.e.Now == nil {
		return 0
	}
	t := w.e.Now().Sub(w.started)
	if w.pacer != nil {
		t -= w.pacer.Waited()
	}
	return t
}

// hold waits for a place among the objects that take much memory, if the Runner
// bounds them.
func (w *walk) hold() (func(), error) {
	if err := w.check(); err != nil {
		return nil, err
	}
	h, ok := w.pacer.(media.Holder)
	if !ok {
		return nil, nil
	}
	release, err := h.Hold()
	if err != nil && w.content.err == nil {
		w.content.err = err
	}
	return release, err
}

// count counts one nested thing or part.
func (w *walk) count(path string) error {
	if w.members++; w.members > w.limits.Members {
		return w.stop(path, string(media.LimitCount))
	}
	return nil
}

// stop notes a reason and ends the examination.
func (w *walk) stop(path, code string) error {
	w.note(path, code)
	w.stopped = errStop
	return errStop
}

// note records a reason.
func (w *walk) note(path, code string) {
	if code == ReasonElsewhere && w.stopped == nil {
		w.stopped = errStop
	}
	r := reports.Reason{Code: code, Part: clean(path)}
	if len(w.noted) >= maxReasons {
		r.Part = ""
	}
	if w.noted == nil {
		w.noted = map[reports.Reason]bool{}
	}
	w.noted[r] = true
}

// look shows one part, and what is encoded in it, to every detector. off is that
// of its text in the object, or -1, and base that of the content that it is of.
func (w *walk) look(p *detectors.Part, off, base int64) error {
	w.part, w.off, w.base = p, off, base
	defer w.settlePart()
	err := w.detect(p, nil)
	if err != nil || w.e.Views == nil {
		return err
	}
	w.failed = nil
	w.e.Views(p, w.viewed)
	return w.failed
}

// lookAtView shows a view of the part to every detector.
func (w *walk) lookAtView(v *detectors.Part, place Placer) {
	if w.failed == nil {
		w.failed = w.detect(v, place)
	}
}

// detect collects what the detectors find in the part or in a view of it.
func (w *walk) detect(v *detectors.Part, place Placer) error {
	w.text += int64(max(len(v.Text)-v.Lead-v.Tail, 0))
	if w.text > w.limits.Text {
		return w.stop(v.Path, string(media.LimitBytes))
	}
	w.view, w.place = v, place
	v.Memo, w.memo.Fresh = &w.memo, false
	w.fields.choose(v)
	for i, d := range w.e.Detectors {
		shown := w.fields.shown(i, v)
		if shown == nil {
			continue
		}
		w.detector = w.fields.known.names[i]
		if err := d.Detect(shown, w.taken); err != nil && w.stopped == nil {
			// What makes a detector give up is the time that a pattern takes.
			w.note(v.Path, codeLimitTime)
		}
		if len(v.Text) > quick || i == len(w.e.Detectors)-1 {
			if err := w.check(); err != nil {
				return err
			}
		} else if w.stopped != nil {
			return w.stopped
		}
	}
	return nil
}

// quick is the length of a text that all detectors have looked at in no time,
// bytes: the clock is not asked after each of them.
const quick = 16 << 10

// take is what the detectors call with a finding.
func (w *walk) take(f detectors.Finding) {
	if !(f.Confidence >= minConfidence) || w.stopped != nil {
		return
	}
	if w.place != nil {
		var ok bool
		if f, ok = w.place(f); !ok {
			return
		}
	}
	if f.Tag == "" {
		f.End = min(max(f.End, 0), len(w.part.Text))
		f.Start = min(max(f.Start, 0), f.End)
	}
	n := len(w.res.Findings) + len(w.found)
	if n >= w.limits.Findings {
		_ = w.stop(w.part.Path, codeLimitFound)
		return
	}
	// Settling a part drops some, so that the number may be passed more than once.
	if n == crowd && w.pacer != nil && !w.crowded {
		w.crowded = true
		if err := w.pacer.Crowd(); err != nil && w.content.err == nil {
			w.content.err = err
			return
		}
	}
	f.Value, f.Canonical, f.Tag = w.kept.own(f.Value, f.Canonical, f.Tag)
	w.found = append(w.found, Found{Finding: f, Off: w.off, At: w.at(&f), Detector: w.detector})
}

// at is where the value of f stands in the object although its text was decoded
// or it was found in a tag, from 1; 0 if that is not known.
func (w *walk) at(f *detectors.Finding) int64 {
	if w.place != nil || w.base < 0 {
		return 0
	}
	if f.Tag != "" {
		for i := range w.part.Tags {
			t := &w.part.Tags[i]
			if t.At == 0 || t.Name != f.Tag || f.Value == "" {
				continue
			}
			if n := strings.Index(t.Value, f.Value); n >= 0 {
				return w.base + t.At + int64(n)
			}
		}
		return 0
	}
	if w.off >= 0 || f.End <= f.Start {
		return 0
	}
	i := sort.Search(len(w.part.Pieces), func(i int) bool { return w.part.Pieces[i].End > f.Start })
	if i == len(w.part.Pieces) || w.part.Pieces[i].Start > f.Start || w.part.Pieces[i].End < f.End {
		return 0
	}
	return w.base + w.part.Pieces[i].Off + int64(f.Start-w.part.Pieces[i].Start) + 1
}

// grow makes room for n more findings.
func (w *walk) grow(n int) {
	have := w.res.Findings
	if cap(have)-len(have) >= n {
		return
	}
	if len(have)+n > crowd {
		if all := w.e.large.take(len(have) + n); all != nil {
			w.res.Findings = append(all, have...)
			return
		}
	}
	w.res.Findings = slices.Grow(have, max(len(have), n)) // long lists grow in small steps by themselves
}

// settlePart moves what the current part gave to the result: settled, and of a
// chunk only what starts in the chunk's own bytes.
func (w *walk) settlePart() {
	p := w.part
	if p == nil || len(w.found) == 0 {
		return
	}
	path := clean(p.Path)
	settled := w.settler.settle(w.found)
	w.grow(len(settled))
	for _, f := range settled {
		if f.Tag == "" && len(p.Text) > 0 && (f.Start < p.Lead || f.Start >= len(p.Text)-p.Tail) {
			continue // the chunk before or after has it
		}
		f.Part = w.columns.placed(path, p, f)
		if w.line != nil {
			w.line.placeInPicture(f, p.Lead)
		}
		w.res.Findings = append(w.res.Findings, *f)
	}
	w.settler.forget()
	clear(w.found)
	w.found = w.found[:0]
}
