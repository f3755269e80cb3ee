package main

import (
	"bufio"
	"context"
	"errors"

	"github.com/spf13/cobra"

	"habeas/reports"
	"habeas/reports/compare"
	"habeas/scanner/store"
)

func (a *app) diffCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "Show what changed from one scan to another",
		Long: "Diff compares the records of two scans: objects that are new, gone, changed or\n" +
			"still there, and the findings that came and went with them. A finding that\n" +
			"moved within its object is the same finding. Records of one source each are compared\n" +
			"whatever the source is called, so that a copy can be compared with the original.",
		Example: "  habeas diff before.habeas after.habeas\n" +
			"  habeas diff --json before.habeas after.habeas | jq 'select(.status == \"new\") | .key'",
		Args: cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error { return a.diff(c.Context(), args[0], args[1], asJSON) },
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON Lines, with every object that is not the same")
	return c
}

func (a *app) diff(ctx context.Context, older, newer string, asJSON bool) error {
	scans := compare.Scans{}
	var dbs [2]*store.DB
	for i, path := range []string{older, newer} {
		db, err := openRecord(path)
		if err != nil {
			return err
		}
		defer db.Close()
		run, err := db.Run(ctx)
		if err != nil {
			return usage("%s holds no scan yet: run `habeas scan` first", reports.Show(path))
		}
		dbs[i] = db
		if i == 0 {
			scans.Old = &run
		} else {
			scans.New = &run
		}
	}
	entries := func(db *store.DB) func(reports.Handler) error {
		return func(h reports.Handler) error { return db.Replay(ctx, h) }
	}
	scans.Objects = compare.Objects(compare.Entries(entries(dbs[0])), compare.Entries(entries(dbs[1])), compare.OptionsFor(scans.Old, scans.New))
	w := bufio.NewWriter(a.stdout)
	write := scans.WriteText
	if asJSON {
		write = scans.WriteJSON
	}
	if err := errors.Join(write(w), w.Flush()); err != nil {
		return stopped("the comparison can't be finished: %s", reports.Show(err.Error()))
	}
	return nil
}
