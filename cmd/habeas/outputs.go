package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"

	"habeas/reports"
	"habeas/reports/html"
	"habeas/reports/jsonl"
	"habeas/reports/terminal"
)

// grouped sends one replay by owner to several handlers.
type grouped []reports.Handler

var (
	_ reports.Handler = grouped{}
	_ reports.Grouped = grouped{}
)

func (g grouped) GroupByOwner() {}

// brief is a group of handlers that only count.
type brief struct{ grouped }

var _ reports.Brief = brief{}

func (brief) Brief() {}

func (g grouped) Begin(r *reports.Run) error {
	return g.each(func(h reports.Handler) error { return h.Begin(r) })
}

func (g grouped) Entry(e *reports.Entry) error {
	return g.each(func(h reports.Handler) error { return h.Entry(e) })
}

func (g grouped) End(s *reports.Summary) error {
	return g.each(func(h reports.Handler) error { return h.End(s) })
}

func (g grouped) each(fn func(reports.Handler) error) error {
	for _, h := range g {
		if err := fn(h); err != nil {
			return err
		}
	}
	return nil
}

// outputs replays the record for what wants it by owner, for the pages, which must
// know before who recurs, and for JSON Lines.
func (s *scanning) outputs(ctx context.Context) error {
	all := grouped{s.fail}
	back, err := s.revivals(s.cfg.FingerprintKey)
	if err != nil {
		return err
	}
	if back != nil {
		all = append(all, back)
	}
	if !s.flags.json {
		all = append(all, terminal.New(s.stdout))
	}
	people := html.NewPeople()
	if !s.flags.noReport {
		all = append(all, people)
	}
	var counting reports.Handler = all
	if s.flags.noReport {
		counting = brief{all}
	}
	if err := s.db.Replay(ctx, s.except.Handler(counting)); err != nil {
		return reportError(s.flags.report, err)
	}
	back.say(s.app)
	if !s.flags.noReport {
		if err := s.pages(ctx, people); err != nil {
			return reportError(s.flags.report, err)
		}
	}
	if !s.flags.json {
		return nil
	}
	w := bufio.NewWriter(s.stdout)
	if err := s.db.Replay(ctx, s.except.Handler(jsonl.New(w))); err != nil {
		return reportError("stdout", err)
	}
	return w.Flush()
}

func (s *scanning) pages(ctx context.Context, people *html.People) error {
	pages, err := html.New(s.flags.report, html.Options{Record: s.flags.record, People: people})
	if err != nil {
		return err
	}
	defer pages.Close()
	return s.db.Replay(ctx, s.except.Handler(pages))
}

func reportError(path string, err error) error {
	return stopped("the report %s can't be written (%s): the scan itself is kept, and `habeas report` writes its report again", reports.Show(path), reports.Show(err.Error()))
}

// writeFile writes path, 0600, through a temporary name: the old file or the new
// one is there, never a half.
func writeFile(path string, write func(io.Writer) error) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".habeas-*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	w := bufio.NewWriterSize(tmp, 64<<10)
	if err := errors.Join(write(w), w.Flush(), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}
