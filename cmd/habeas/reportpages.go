package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"habeas/detectors"
	"habeas/reports"
	"habeas/reports/audit"
	"habeas/reports/compare"
	"habeas/reports/html"
	"habeas/scanner"
)

// pageFlags are those of `report --format html` alone.
type pageFlags struct {
	rereadFlags
	auditFlags
	open, withValues           bool
	since, key, reason, caseID string
}

func (f *pageFlags) add(c *cobra.Command) {
	f.rereadFlags.add(c)
	f.auditFlags.add(c)
	fl := c.Flags()
	fl.BoolVar(&f.open, "open", false, "open the pages in this computer's viewer, for html")
	fl.StringVar(&f.since, "since", "", "`FILE` of the record of an earlier scan: the pages say what changed, for html")
	fl.BoolVar(&f.withValues, "with-values", false, "read the objects again and show values in the clear, for html; needs --reason or --case, and is logged")
	fl.StringVar(&f.key, "key", "", "`FILE` of the fingerprint key, for --with-values (default: habeas/key in the configuration folder)")
	fl.StringVar(&f.reason, "reason", "", "`WORDS` for the audit log: why values are needed in the clear")
	fl.StringVar(&f.caseID, "case", "", "`ID` of the case that they are needed for")
}

// check refuses what fits only pages, and values that nobody says a reason for.
func (f *pageFlags) check(format string) error {
	switch {
	case format != "html" && (f.open || f.since != "" || f.withValues):
		return usage("--open, --since and --with-values are for --format html")
	case f.withValues && f.reason == "" && f.caseID == "":
		return usage("say why values are needed in the clear with --reason, or for which case with --case: it goes into the audit log")
	}
	return nil
}

// changesSince compares the record with an earlier one.
func (r *rendering) changesSince(ctx context.Context, older string) (*html.Changes, error) {
	db, err := openRecord(older)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	was := &rendering{db: db, except: r.except}
	var runs [2]reports.Run
	for i, one := range []*rendering{was, r} {
		first := &firstRun{}
		if err := one.replay(ctx, first); err != nil && !errors.Is(err, errSeen) {
			return nil, err
		}
		runs[i] = first.run
	}
	o := compare.OptionsFor(&runs[0], &runs[1])
	changes := html.NewChanges(&runs[0], o)
	entries := func(one *rendering) func(reports.Handler) error {
		return func(h reports.Handler) error { return one.replay(ctx, h) }
	}
	for object, err := range compare.Objects(compare.Entries(entries(was)), compare.Entries(entries(r)), o) {
		if err != nil {
			return nil, err
		}
		changes.Add(&object)
	}
	return changes, nil
}

// firstRun takes the head of a replay, and ends it.
type firstRun struct{ run reports.Run }

var errSeen = errors.New("seen")

func (f *firstRun) Begin(r *reports.Run) error {
	f.run = *r
	return errSeen
}

func (f *firstRun) Entry(*reports.Entry) error { return errSeen }

func (f *firstRun) End(*reports.Summary) error { return nil }

// inTheClear fills in the values of findings on their way to next, by reading
// each object again. An object that changed or can't be read stays masked. Kinds
// that are never shown stay masked too.
type inTheClear struct {
	ctx    context.Context
	next   reports.Handler
	again  *rereading
	masked int64 // objects that stay so
}

var (
	_ reports.Handler = (*inTheClear)(nil)
	_ reports.Grouped = (*inTheClear)(nil)
)

func (c *inTheClear) GroupByOwner() {}

func (c *inTheClear) Begin(r *reports.Run) error {
	run := *r
	run.WithValues = true
	return c.next.Begin(&run)
}

func (c *inTheClear) Entry(e *reports.Entry) error {
	if len(e.Findings) == 0 {
		return c.next.Entry(e)
	}
	src, err := c.again.source(c.ctx, e.Source)
	if err != nil {
		return err
	}
	got, err := c.again.Reread(c.ctx, src, e)
	var broken *scanner.RunnerError
	switch {
	case errors.Is(err, context.Canceled), errors.As(err, &broken):
		return rereadError(e, err)
	case err != nil:
		c.masked++
		return c.next.Entry(e)
	}
	clear := *e
	clear.Findings = slices.Clone(e.Findings)
	for i := range clear.Findings {
		f := &clear.Findings[i]
		if v, ok := got.Values[f.ID]; ok && !scanner.NeverRevealed(detectors.Kind(f.Kind)) {
			f.Value, f.Position = strings.ToValidUTF8(v.Value, "\ufffd"), positionOf(&v)
		}
	}
	return c.next.Entry(&clear)
}

func (c *inTheClear) End(s *reports.Summary) error { return c.next.End(s) }

// clearReplay replays into pages with values, after it was logged.
func (a *app) clearReplay(ctx context.Context, r *rendering, pages reports.Handler, record string, f *pageFlags) error {
	known, err := a.openWithKey(ctx, recordFlags{record: record, key: f.key})
	if err != nil {
		return err
	}
	defer known.Close()
	sum, err := known.Summary(ctx)
	if err != nil {
		return recordError(record, err)
	}
	log, err := a.openAudit(f.auditFlags, "report --with-values")
	if err != nil {
		return err
	}
	defer log.Close()
	if err := log.log(audit.Entry{Action: "report.values", Case: f.caseID, Why: f.reason, Source: strings.Join(known.run.Sources, ", "), Count: int(sum.Findings)}); err != nil {
		return err
	}
	again, err := a.reread(known, &f.rereadFlags, 1)
	if err != nil {
		return err
	}
	defer again.close()
	clear := &inTheClear{ctx: ctx, next: pages, again: again}
	if err := r.replay(ctx, clear); err != nil {
		return err
	}
	if clear.masked > 0 {
		fmt.Fprintf(a.stderr, "habeas: %d of the objects changed or can't be read any more: their values stay masked\n", clear.masked)
	}
	return nil
}

// openPages shows a page in the system's viewer, which goes on after us.
func (a *app) openPages(ctx context.Context, dir string) {
	path, err := filepath.Abs(filepath.Join(dir, "index.html"))
	if err == nil {
		name, args := viewer(runtime.GOOS, path)
		err = exec.CommandContext(ctx, name, args...).Run()
	}
	if err != nil {
		fmt.Fprintf(a.stderr, "habeas: no viewer could be started: open %s yourself\n", reports.Show(filepath.Join(dir, "index.html")))
	}
}

// viewer is the program that opens a file on a system.
func viewer(system, path string) (string, []string) {
	switch system {
	case "darwin":
		return "open", []string{path}
	case "windows":
		return "rundll32", []string{"url.dll,FileProtocolHandler", path}
	default:
		return "xdg-open", []string{path}
	}
}
