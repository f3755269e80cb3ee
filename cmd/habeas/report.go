package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"habeas/reports"
	"habeas/reports/aggregate"
	"habeas/reports/html"
	"habeas/scanner/store"
)

type reportFlags struct {
	exceptionFlags
	pageFlags
	people              int
	record, format, out string
	controller          string
	owners              ownerFlags
	thumbnails          string // one of the modes
}

func (a *app) reportCommand() *cobra.Command {
	var f reportFlags
	c := &cobra.Command{
		Use:   "report",
		Short: "Make a report from the record of a scan, without reading an object",
		Long: "Report makes any of the outputs from the record alone. Only --with-values and\n" +
			"--thumbnails read objects again, at exactly the version that was scanned; give\n" +
			"--region, --rules and --tags as they were given to the scan. Small pictures are\n" +
			"made without metadata, in a worker process.",
		Example: "  habeas report --record uploads.habeas --format html --open\n" +
			"  habeas report --record uploads.habeas --format html --since last-month.habeas\n" +
			"  habeas report --format html --controller profile.yaml --owners owners.yaml\n" +
			"  habeas report --format html --thumbnails redacted --reason 'request of 4 May'\n" +
			"  habeas report --format csv --out findings.csv\n" +
			"  habeas report --format jsonl | jq 'select(.record == \"object\") | .key'",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.report(c.Context(), f) },
	}
	f.exceptionFlags.add(c)
	f.pageFlags.add(c)
	fl := c.Flags()
	fl.StringVar(&f.record, "record", "", "`FILE` of the record (default: the only one in this folder)")
	fl.StringVarP(&f.format, "format", "f", "text", "text, html, jsonl, csv, sarif, junit, markdown, github (annotations of a workflow), aggregate or aggregate-json (counts that name nobody)")
	fl.IntVar(&f.people, "min-people", aggregate.DefaultK, "publish no number about fewer than this `NUMBER` of people, for aggregate")
	fl.StringVar(&f.controller, "controller", "", "`FILE` with the profile of the controller, for html: purposes, bases, recipients, retention (YAML, see docs/profile.md)")
	fl.StringVar(&f.owners.file, "owners", "", "`FILE` with owner rules, for html: its manifests tell when accounts were closed and last used, which retention may start from")
	fl.StringVar(&f.thumbnails, "thumbnails", noThumbnails, "small pictures, for html: none, redacted (regions that are not known to be the owner's are filled; a face that no field marks is not) or full; needs --reason or --case, and is logged")
	fl.StringVarP(&f.out, "out", "o", "", "`PATH` to write to: a folder for html (default habeas-report), else a file (default: standard output)")
	return c
}

func (a *app) report(ctx context.Context, f reportFlags) error {
	if f.format != "html" && f.format != "json" && !slices.Contains(streamFormats(), f.format) {
		return usage("--format %s: it is one of html, %s", reports.Show(f.format), strings.Join(streamFormats(), ", "))
	}
	if f.people < aggregate.MinK || f.people > aggregate.MaxK {
		return usage("--min-people %d: %s", f.people, aggregate.ErrK)
	}
	if err := f.pageFlags.check(f.format); err != nil {
		return err
	}
	if f.format != "html" && f.controller != "" {
		return usage("--controller is for --format html")
	}
	if err := f.checkThumbnails(); err != nil {
		return err
	}
	except, err := a.exceptions(&f.exceptionFlags)
	if err != nil {
		return err
	}
	db, err := openRecord(f.record)
	if err != nil {
		return err
	}
	defer db.Close()
	r := &rendering{db: db, paths: except.Paths, except: except, people: f.people}
	switch {
	case f.format == "html":
		if f.out == "" {
			f.out = "habeas-report"
		}
		if err := a.htmlReport(ctx, r, db, f); err != nil {
			return err
		}
		if f.open {
			a.openPages(ctx, f.out)
		}
		return a.noteReport(ctx, db, f.out)
	case f.out == "":
		return r.write(ctx, f.format, a.stdout)
	}
	names, err := r.writeTo(ctx, f.format, f.out)
	if err != nil {
		return notWritten(f.out, err)
	}
	fmt.Fprint(a.stderr, splitNotice(names))
	return a.noteReport(ctx, db, names...)
}

// noteReport tells the ledger of a report.
func (a *app) noteReport(ctx context.Context, db *store.DB, names ...string) error {
	run, err := db.Run(ctx)
	if err != nil {
		return err
	}
	for _, path := range names {
		a.noteOutput("report", path, "", run.Sources, outputDays)
	}
	return nil
}

// notWritten says that a report can't be written, unless something else is wrong.
func notWritten(path string, err error) error {
	var exit *exitError
	if errors.As(err, &exit) {
		return err
	}
	return reportError(path, err)
}

func (a *app) htmlReport(ctx context.Context, r *rendering, db *store.DB, f reportFlags) error {
	o := html.Options{Record: f.record}
	var err error
	if o.Controller, err = a.controller(f.controller); err != nil {
		return err
	}
	if o.Accounts, err = accounts(&f.owners); err != nil {
		return err
	}
	people := html.NewPeople()
	if err := r.replay(ctx, people); err != nil {
		return notWritten(f.out, err)
	}
	o.People = people
	if f.since != "" {
		var err error
		if o.Changes, err = r.changesSince(ctx, f.since); err != nil {
			return err
		}
	}
	small, err := a.thumbnails(ctx, &f, db)
	if err != nil {
		return err
	}
	if small != nil {
		defer small.close()
		o.Thumbnail, o.Redacted = small.small, f.thumbnails == redactedThumbnails
	}
	pages, err := html.New(f.out, o)
	if err != nil {
		return usage("%s: %s", reports.Show(f.out), reports.Show(err.Error()))
	}
	defer pages.Close()
	if f.withValues {
		err = a.clearReplay(ctx, r, pages, f.record, &f.pageFlags)
	} else {
		err = r.replay(ctx, pages)
	}
	if err != nil {
		return notWritten(f.out, err)
	}
	return nil
}
