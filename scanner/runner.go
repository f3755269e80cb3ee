package scanner

import (
	"context"
	"io"

	"habeas/detectors"
	"habeas/reports"
)

// Subject is what an object says of itself beside its content. It is looked at
// like the content: people put names and addresses into keys and tags.
type Subject struct {
	Key  string            // bytes
	Meta map[string]string // user metadata
	Tags map[string]string
	// Claimed is the Content-Type that came with the object; never believed.
	Claimed string
	// Regions are the likely countries of the object's people, ISO 3166-1
	// alpha-2, best first; a format that knows better overrides them.
	Regions []string
}

// Job is one object to be taken apart.
type Job struct {
	Subject
	Size int64 // of the content, bytes
}

// Result is what taking one object apart gave. The values in it are in the
// clear: it lives in memory and in the pipes to worker processes only.
type Result struct {
	Type     string           // MIME type by content; "" if nothing could be read
	Format   string           // the Format that walked the content; "" if none did
	Coverage reports.Coverage // of the content
	Reasons  []reports.Reason // why it is not Complete; sorted, each once
	Findings []Found          // by part in the order of the walk, then tag, then start
	Parts    int              // parts of the content that were looked at
	Pictures int              // pictures and videos in it, without small copies of others
	Unseen   int              // of these, whose pixels were not looked at

	Width, Height int // of the picture that the object itself is, pixels as stored; 0 if unknown
	Orientation   int // of it: EXIF, 1 to 8; 0 if nothing says so

	release func()
	recycle func([]Found)
}

// Found is one finding and where it stands.
type Found struct {
	detectors.Finding
	Part     string // full path: "jpeg/app1/exif", "key", "meta", "tag"
	Off      int64  // of the Part's text in the object; -1 where it was decoded from something else
	At       int64  // where the value stands in the object although its text was decoded, or it was found in a tag, from 1; 0 if that is not known
	Detector string // Info.Name of the detector
}

// Release tells the Runner that the caller has let go of the findings. Results
// with very many findings hold a place that others wait for; Release gives it
// back. Every Result of a Runner must be released; more than once does no harm.
func (r *Result) Release() {
	if r.release != nil {
		r.release()
		r.release = nil
	}
}

// OnRelease sets what Release calls, for implementations of Runner.
func (r *Result) OnRelease(f func()) { r.release = f }

// Recycle gives the memory of Findings back to the Runner, and leaves none:
// nobody may look at them any more, but their strings stay as they are. To call
// it is a favour to the next object.
func (r *Result) Recycle() {
	all := r.Findings
	r.Findings = nil
	if r.recycle != nil {
		clear(all)
		r.recycle(all[:0])
		r.recycle = nil
	}
}

// OnRecycle sets what Recycle calls with empty memory, for implementations of Runner.
func (r *Result) OnRecycle(f func(empty []Found)) { r.recycle = f }

// Runner takes objects apart. Run is called from many goroutines, and each call
// may read content at any time until it returns.
//
// Its error is one of three: a failed read of content, unchanged (the Result
// then holds what was found before it); the context's; or a *RunnerError, after
// which no object can be examined at all. What an object does to a parser is not
// an error but coverage: failed, crashed.
type Runner interface {
	Run(ctx context.Context, job Job, content io.ReaderAt) (Result, error)
}

// RunnerError says that the Runner itself is broken: the scan can't go on.
type RunnerError struct {
	Msg string // says what to do; nothing that came from an object
	Err error  // the cause; may be nil
}

// Error gives the message alone.
func (e *RunnerError) Error() string { return e.Msg }

// Unwrap gives the cause, for errors.Is.
func (e *RunnerError) Unwrap() error { return e.Err }

// InProcess is the Runner without worker processes: for tests, for one file
// (inspect), and for systems that can't limit a process. A parser that asks for
// too much memory takes the whole program with it.
type InProcess struct{ Examiner *Examiner }

var _ Runner = InProcess{}

// Run examines the object in this process.
func (p InProcess) Run(ctx context.Context, job Job, content io.ReaderAt) (Result, error) {
	return p.Examiner.Examine(ctx, job, content)
}
