package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"habeas/reports"
	"habeas/reports/csv"
	"habeas/reports/html"
	"habeas/reports/jsonl"
	"habeas/reports/terminal"
	"habeas/scanner/store"
)

type reportFlags struct {
	record, format, out string
}

func (a *app) reportCommand() *cobra.Command {
	var f reportFlags
	c := &cobra.Command{
		Use:   "report",
		Short: "Make a report from the record of a scan, without reading an object",
		Example: "  habeas report --record uploads.habeas --format html --out habeas-report\n" +
			"  habeas report --format csv --out findings.csv\n" +
			"  habeas report --format jsonl | jq 'select(.record == \"object\") | .key'",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.report(c.Context(), f) },
	}
	fl := c.Flags()
	fl.StringVar(&f.record, "record", "", "`FILE` of the record (default: the only one in this folder)")
	fl.StringVarP(&f.format, "format", "f", "text", "text, html, jsonl or csv")
	fl.StringVarP(&f.out, "out", "o", "", "`PATH` to write to: a folder for html (default habeas-report), else a file (default: standard output)")
	return c
}

func (a *app) report(ctx context.Context, f reportFlags) error {
	if !slices.Contains([]string{"text", "html", "jsonl", "json", "csv"}, f.format) {
		return usage("--format %s: it is one of text, html, jsonl, csv", reports.Show(f.format))
	}
	db, err := openRecord(f.record)
	if err != nil {
		return err
	}
	defer db.Close()
	if f.format == "html" {
		return a.htmlReport(ctx, db, f)
	}
	write := func(w io.Writer) error {
		b := bufio.NewWriter(w)
		return errors.Join(db.Replay(ctx, streamHandler(f.format, b)), b.Flush())
	}
	if f.out == "" {
		return write(a.stdout)
	}
	if err := writeFile(f.out, write); err != nil {
		return reportError(f.out, err)
	}
	return nil
}

func (a *app) htmlReport(ctx context.Context, db *store.DB, f reportFlags) error {
	if f.out == "" {
		f.out = "habeas-report"
	}
	people := html.NewPeople()
	if err := db.Replay(ctx, people); err != nil {
		return recordError(f.record, err)
	}
	pages, err := html.New(f.out, html.Options{Record: f.record, People: people})
	if err != nil {
		return usage("%s: %s", reports.Show(f.out), reports.Show(err.Error()))
	}
	defer pages.Close()
	if err := db.Replay(ctx, pages); err != nil {
		return reportError(f.out, err)
	}
	return nil
}

func streamHandler(format string, w io.Writer) reports.Handler {
	switch format {
	case "csv":
		return csv.New(w)
	case "text":
		return terminal.New(w)
	default:
		return jsonl.New(w)
	}
}
