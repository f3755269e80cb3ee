package main

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"habeas/reports"
	"habeas/reports/audit"
	"habeas/reports/html"
	"habeas/scanner"
	"habeas/scanner/media"
	"habeas/scanner/pixels/thumb"
	"habeas/scanner/sandbox"
	"habeas/scanner/store"
	"habeas/sources"
)

// What --thumbnails may say.
const (
	noThumbnails       = "none"
	redactedThumbnails = "redacted"
	fullThumbnails     = "full"
)

// checkThumbnails refuses what fits only pages, and pictures that nobody says a
// reason for.
func (f *reportFlags) checkThumbnails() error {
	switch {
	case f.thumbnails != noThumbnails && f.thumbnails != redactedThumbnails && f.thumbnails != fullThumbnails:
		return usage("--thumbnails %s: it is one of none, redacted, full", reports.Show(f.thumbnails))
	case f.thumbnails == noThumbnails:
		return nil
	case f.format != "html":
		return usage("--thumbnails is for --format html")
	case f.reason == "" && f.caseID == "":
		return usage("say why the pictures are needed with --reason, or for which case with --case: it goes into the audit log")
	}
	return nil
}

// thumbnails makes small pictures of the objects of a record.
type thumbnails struct {
	ctx     context.Context // of the one report that they are for
	flags   *reportFlags
	known   []string // sources of the record
	srcs    map[string]source
	servant *sandbox.Servant
}

// thumbnails logs that pictures are read, and then gets ready to. close must be
// called. It is nil where no pictures are wanted.
func (a *app) thumbnails(ctx context.Context, f *reportFlags, db *store.DB) (*thumbnails, error) {
	if f.thumbnails == noThumbnails {
		return nil, nil
	}
	run, err := db.Run(ctx)
	if err != nil {
		return nil, stopped("the record can't be read (%s): run `habeas scan` again", reports.Show(err.Error()))
	}
	self, err := os.Executable()
	if err != nil {
		return nil, stopped("this program can't find its own file to start a worker for pictures: leave --thumbnails out")
	}
	log, err := a.openAudit(f.auditFlags, "report")
	if err != nil {
		return nil, err
	}
	for _, name := range run.Sources {
		e := audit.Entry{Action: "report.thumbnails", Case: f.caseID, Why: f.reason, Source: name, Detail: map[string]string{"mode": f.thumbnails}}
		if err := log.log(e); err != nil {
			return nil, errors.Join(err, log.Close())
		}
	}
	if err := log.Close(); err != nil {
		return nil, err
	}
	return &thumbnails{ctx: ctx, flags: f, known: run.Sources, srcs: map[string]source{},
		servant: sandbox.NewServant([]string{self, workerName, "--small-pictures"})}, nil
}

func (t *thumbnails) close() {
	for _, s := range t.srcs {
		_ = s.Close() // nothing was written through it
	}
	_ = t.servant.Close() // it has no more to say
}

// small is html.Options.Thumbnail.
func (t *thumbnails) small(e *reports.Entry) (*html.Thumbnail, error) {
	if !strings.HasPrefix(e.Type, "image/") || e.Type == "image/svg+xml" {
		return nil, nil
	}
	if e.Size > thumb.MaxContent {
		return &html.Thumbnail{Reason: string(media.LimitBytes)}, nil
	}
	content, code, err := t.read(e)
	if err != nil || code != "" {
		return &html.Thumbnail{Reason: code}, err
	}
	q, ok := t.request(e)
	if !ok {
		return &html.Thumbnail{Reason: string(media.LimitCount)}, nil
	}
	message, err := thumb.Message(q, content)
	if err != nil {
		return &html.Thumbnail{Reason: string(media.Invalid)}, nil // a region that is no rectangle
	}
	reply, err := t.servant.Ask(t.ctx, message)
	if errors.Is(err, sandbox.ErrServant) {
		return &html.Thumbnail{Reason: "crashed"}, nil
	}
	if err != nil {
		return nil, err
	}
	s, err := thumb.Parse(reply)
	if err != nil {
		return &html.Thumbnail{Reason: "crashed"}, nil // whatever it is, it is no worker of ours any more
	}
	return &html.Thumbnail{JPEG: s.JPEG, W: s.W, H: s.H, Reason: string(s.Reason)}, nil
}

// request has the regions of e. Those of somebody else are filled in a redacted
// picture, and those of nobody knows whom.
func (t *thumbnails) request(e *reports.Entry) (thumb.Request, bool) {
	q := thumb.Request{Key: e.Key}
	for i := range e.Findings {
		f := &e.Findings[i]
		if f.Box == nil {
			continue
		}
		q.Regions = append(q.Regions, thumb.Region{X: f.Box.X, Y: f.Box.Y, W: f.Box.W, H: f.Box.H,
			Fill: t.flags.thumbnails == redactedThumbnails && f.Party != reports.PartyOwner})
	}
	return q, len(q.Regions) <= thumb.MaxRegions
}

// read is the content of e, of exactly the version of the record, or the code of
// why it can't be had. An error ends the report.
func (t *thumbnails) read(e *reports.Entry) ([]byte, string, error) {
	s, err := t.source(e.Source)
	if err != nil {
		return nil, "", err
	}
	content, err := scanner.OpenRecorded(t.ctx, s, e)
	if err != nil {
		return nil, codeOf(err), fatal(t.ctx, err)
	}
	defer content.Close()
	b := make([]byte, content.Size()) // what the source has, at most thumb.MaxContent
	if _, err := io.ReadFull(io.NewSectionReader(content, 0, content.Size()), b); err != nil {
		return nil, codeOf(err), fatal(t.ctx, err)
	}
	return b, "", nil
}

func (t *thumbnails) source(name string) (source, error) {
	if s, ok := t.srcs[name]; ok {
		return s, nil
	}
	srcs, err := t.flags.sourceFlags.open(t.ctx, []string{name})
	if err != nil {
		return source{}, err
	}
	t.srcs[name] = srcs[0]
	return srcs[0], nil
}

// codeOf is why an object can't be read, in the vocabulary of coverage.
func codeOf(err error) string {
	var e *sources.Error
	switch {
	case errors.Is(err, sources.ErrChanged):
		return sources.CodeChanged
	case errors.As(err, &e):
		return e.Code
	}
	return sources.CodeUnavailable
}

// fatal is err where no other object can be read either.
func fatal(ctx context.Context, err error) error {
	var e *sources.Error
	if errors.As(err, &e) && e.Fatal {
		return stopped("pictures can't be read: %s", reports.Show(e.Error()))
	}
	return ctx.Err()
}
