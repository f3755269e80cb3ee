package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"habeas/reports"
	"habeas/reports/exceptions"
	"habeas/reports/html"
	"habeas/scanner"
	"habeas/scanner/store"
	"habeas/sources"
)

type scanFlags struct {
	pixelFlags
	sourceFlags
	ownerFlags
	exceptionFlags
	rules           string
	record          string
	report          string
	noReport        bool
	key             string
	workers         int
	inFlight        int
	inProcess       bool
	failOn          []string
	maxUnattributed float64
	allowIncomplete bool
	json            bool
	quiet           bool

	dryRun      bool
	prices      string
	maxBytes    int64
	maxRequests int64
	maxCost     float64

	// fingerprint gives the fingerprint key; nil for the user's own.
	fingerprint func() ([]byte, error)
	discard     bool // the record goes when the command ends
}

func (a *app) scanCommand() *cobra.Command {
	var f scanFlags
	c := &cobra.Command{
		Use:   "scan PATH|s3://BUCKET/PREFIX...",
		Short: "Scan folders and buckets, and report what is in them and whose it is",
		Long: "Scan lists every object, opens what changed since the record was last written,\n" +
			"and makes a report with a page for each owner. A scan that was interrupted goes\n" +
			"on when the same command is run again.\n\n" + exitCodes,
		Example: "  habeas scan uploads --owner 'users/{owner}/**'\n" +
			"  habeas scan s3://media/uploads/ --owners owners.yaml --report out\n" +
			"  habeas scan fixtures --fail-on email:0.8 --fail-on gps --no-report",
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return a.scan(c.Context(), &f, args) },
	}
	f.sourceFlags.add(c)
	f.ownerFlags.add(c)
	f.pixelFlags.add(c)
	f.exceptionFlags.add(c)
	fl := c.Flags()
	fl.StringVar(&f.rules, "rules", "", "`FILE` of rules of your own for what is to be found (YAML, see docs/rules.md)")
	fl.StringVar(&f.record, "record", "", "`FILE` that keeps the scan's results (default: named after the source, in this folder)")
	fl.StringVar(&f.report, "report", "habeas-report", "`FOLDER` for the HTML report")
	fl.BoolVar(&f.noReport, "no-report", false, "write no HTML report")
	fl.StringVar(&f.key, "key", "", "`FILE` of the fingerprint key (default: habeas/key in the configuration folder, made at first use)")
	fl.IntVar(&f.workers, "workers", runtime.GOMAXPROCS(0), "worker `PROCESSES`")
	fl.IntVar(&f.inFlight, "in-flight", 0, "`OBJECTS` read at the same time (default 256 for buckets, 32 for folders)")
	fl.BoolVar(&f.inProcess, "in-process", false, "parse in this process: faster to start, and one hostile file can end the scan")
	fl.StringArrayVar(&f.failOn, "fail-on", nil, "exit with 1 if there is a finding of `KIND[:CONFIDENCE]`, or any; may be repeated")
	fl.Float64Var(&f.maxUnattributed, "max-unattributed", 100, "exit with 1 if more than this `PERCENT` of the objects have no owner")
	fl.BoolVar(&f.allowIncomplete, "allow-incomplete", false, "exit with 0 even if some object was not read in full")
	fl.BoolVar(&f.dryRun, "dry-run", false, "open nothing: print from the listing what a first scan would take in requests, bytes, money and time")
	fl.StringVar(&f.prices, "prices", "", "`FILE` with what the store charges (default: Amazon S3's list prices, see docs/s3.md)")
	fl.Int64Var(&f.maxBytes, "max-bytes", 0, "stop after reading about this many `BYTES`, to go on another time")
	fl.Int64Var(&f.maxRequests, "max-requests", 0, "stop after this many `REQUESTS`, to go on another time")
	fl.Float64Var(&f.maxCost, "max-cost", 0, "stop before requests and bytes cost more than this `AMOUNT`, to go on another time")
	fl.BoolVar(&f.json, "json", false, "print the results as JSON Lines instead of a summary")
	fl.BoolVarP(&f.quiet, "quiet", "q", false, "print no progress")
	return c
}

func (a *app) scan(ctx context.Context, f *scanFlags, args []string) error {
	return a.scanInto(ctx, f, args, (*scanning).report)
}

// scanInto checks everything that can be wrong before it writes anything, scans,
// and has report tell what was found.
func (a *app) scanInto(ctx context.Context, f *scanFlags, args []string, report func(*scanning, context.Context, scanner.Outcome) error) error {
	fail, err := parseFailOn(f.failOn)
	if err != nil {
		return err
	}
	if f.workers < 1 || f.inFlight < 0 {
		return usage("--workers takes a number from 1, --in-flight one from 0")
	}
	rules, err := f.ownerFlags.load()
	if err != nil {
		return err
	}
	f.tags = f.tags || rules.wantTags
	countries, _, err := f.split()
	if err != nil {
		return err
	}
	l, err := newLook(countries, f.rules)
	if err != nil {
		return err
	}
	if !f.dryRun { // which looks at nothing
		if l.pixels, err = a.pixelSetup(f.pixelFlags); err != nil {
			return err
		}
	}
	except, err := a.exceptions(&f.exceptionFlags)
	if err != nil {
		return err
	}
	limit, err := f.newBudget()
	if err != nil {
		return err
	}
	if limit != nil {
		f.allow = limit.allow
	}
	srcs, err := f.sourceFlags.open(ctx, args)
	if err != nil {
		return err
	}
	defer closeAll(srcs)
	if f.dryRun {
		return a.dryRun(ctx, f, srcs)
	}
	if f.record == "" {
		f.record = recordName(srcs)
	}
	if err := f.checkOutputs(srcs); err != nil {
		return err
	}
	if err := preflight(ctx, srcs); err != nil {
		return err
	}
	if err := anything(ctx, f.record, srcs); err != nil {
		return err
	}
	cfg, err := a.config(f, srcs, rules, l)
	if err != nil {
		return err
	}
	if err := checkBaseline(except, cfg.FingerprintKey); err != nil {
		return err
	}
	db, err := store.Create(f.record)
	if err != nil {
		return recordError(f.record, err)
	}
	defer db.Close()
	s := &scanning{app: a, flags: f, srcs: srcs, db: db, cfg: cfg, rules: rules, look: l, fail: fail, limit: limit, except: except, tell: report}
	return s.run(ctx)
}

// checkOutputs fails if the outputs can't be written, or lie in what is scanned.
func (f *scanFlags) checkOutputs(srcs []source) error {
	outputs := []string{f.record}
	if !f.noReport {
		outputs = append(outputs, f.report)
	}
	for _, out := range outputs {
		abs, err := filepath.Abs(out)
		if err != nil {
			return err
		}
		for _, s := range srcs {
			rel, err := filepath.Rel(s.Name(), abs)
			if s.s3 == nil && err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
				return usage("%s would lie inside the folder that is scanned: name places outside it with --record and --report", reports.Show(out))
			}
		}
	}
	if f.noReport {
		return nil
	}
	if err := html.Check(f.report); err != nil {
		return usage("%s: %s", reports.Show(f.report), reports.Show(err.Error()))
	}
	return nil
}

// anything fails if a first scan would find no object at all: nobody scans
// nothing on purpose. Where a record is, its objects may well be gone.
func anything(ctx context.Context, record string, srcs []source) error {
	if _, err := os.Stat(record); err == nil {
		return nil
	}
	var names []string
	for _, s := range srcs {
		for o, err := range s.Objects(ctx, "") {
			if err != nil && o.Key == "" {
				return notStarted(s.Name(), err)
			}
			return nil
		}
		names = append(names, reports.Show(s.Name()))
	}
	return usage("%s: there is no object: check the path or prefix", strings.Join(names, ", "))
}

// config is the engine's, all but what needs the record.
func (a *app) config(f *scanFlags, srcs []source, rules *ownerRules, l look) (scanner.Config, error) {
	key, err := a.fingerprintKey(f)
	if err != nil {
		return scanner.Config{}, err
	}
	id, err := keyID(key)
	if err != nil {
		return scanner.Config{}, err
	}
	cfg := scanner.Config{Owners: rules, FingerprintKey: key, Regions: l.countries, InFlight: f.inFlight}
	cfg.Set = scanner.SetHash(version(), examiner(l).Hash(), l.hash(), rules.Hash(), id, strings.Join(l.countries, ","), fmt.Sprint(f.tags))
	for _, s := range srcs {
		cfg.Sources = append(cfg.Sources, s.Source)
		if s.s3 != nil && cfg.InFlight == 0 {
			cfg.InFlight = bucketInFlight
		}
	}
	return cfg, nil
}

// fingerprintKey is the key of f, which is made at first use.
func (a *app) fingerprintKey(f *scanFlags) ([]byte, error) {
	if f.fingerprint != nil {
		return f.fingerprint()
	}
	path, err := a.keyPath(f.key)
	if err != nil {
		return nil, err
	}
	key, made, err := loadKey(path)
	if made && err == nil {
		fmt.Fprintf(a.stderr, "habeas: made a fingerprint key at %s: keep it, values of scans made with different keys can't be joined\n", reports.Show(path))
	}
	return key, err
}

// keyID names a fingerprint key; "" for none.
func keyID(key []byte) (string, error) {
	if key == nil {
		return "", nil
	}
	prints, err := scanner.NewFingerprints(key)
	if err != nil {
		return "", usage("%s", err)
	}
	return prints.KeyID(), nil
}

// bucketInFlight is what a store 40 ms away needs to keep the workers busy.
const bucketInFlight = 256

// scanning is one scan with all that belongs to it.
type scanning struct {
	*app
	flags *scanFlags
	srcs  []source
	db    *store.DB
	cfg   scanner.Config
	rules *ownerRules
	look  look
	fail  *failOn
	limit *budget // nil for none

	except *exceptions.Rules
	tell   func(*scanning, context.Context, scanner.Outcome) error
}

func (s *scanning) run(ctx context.Context) error {
	begin, err := s.describe(ctx)
	if err != nil {
		return err
	}
	if err := s.db.Begin(ctx, begin); err != nil {
		return recordError(s.flags.record, err)
	}
	out, err := s.engine(ctx)
	if errors.Is(err, errBudget) || err == nil && budgetUsed(out) {
		return s.partial(context.WithoutCancel(ctx), out)
	}
	if err != nil {
		return s.unfinished(ctx, out, err)
	}
	if err := s.sourceErrors(out); err != nil {
		return err
	}
	// Everything is recorded: an interrupt now must not leave half a report.
	ctx = context.WithoutCancel(ctx)
	if err := s.db.Finish(ctx); err != nil {
		return recordError(s.flags.record, err)
	}
	return s.tell(s, ctx, out)
}

func (s *scanning) describe(ctx context.Context) (reports.Run, error) {
	id, err := keyID(s.cfg.FingerprintKey)
	if err != nil {
		return reports.Run{}, err
	}
	r := reports.Run{Schema: reports.SchemaVersion, Tool: "habeas " + version(), AsOf: s.asOf(), OwnerRules: s.rules.String(), KeyID: id}
	for _, src := range s.cfg.Sources {
		r.Sources = append(r.Sources, src.Name())
		e, err := scanner.ExposureOf(ctx, src)
		if err != nil {
			return r, &exitError{exitInterrupted, "interrupted before anything was read"}
		}
		r.Exposures = append(r.Exposures, e)
	}
	if s.look.pixels != nil {
		r.Pixels = s.look.pixels.words
	}
	for _, d := range examiner(s.look).Detectors {
		r.Detectors = append(r.Detectors, d.Info().Name)
	}
	return r, nil
}

// engine runs the scan itself, with workers and a progress bar around it.
func (s *scanning) engine(ctx context.Context) (scanner.Outcome, error) {
	runner, end, err := s.runner(s.flags.workers, s.flags.inProcess, s.look)
	if err != nil {
		return scanner.Outcome{}, err
	}
	defer end()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	bar := s.progress(s.flags.quiet)
	defer bar.end()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	cfg := s.cfg
	cfg.Runner, cfg.Recorder, cfg.Tick, cfg.Progress = runner, s.db, tick.C, s.limit.watch(bar.event, cancel)
	return scanner.Scan(ctx, cfg)
}

// budgetUsed reports whether a source was stopped because the budget is used up,
// and none for another reason.
func budgetUsed(out scanner.Outcome) bool {
	used := false
	for _, src := range out.Sources {
		var e *sources.Error
		if src.Err != nil && !(errors.As(src.Err, &e) && e.Code == sources.CodeBudget) {
			return false
		}
		used = used || src.Err != nil
	}
	return used
}

// partial reports what is there after the budget was used up. The record stays
// marked as incomplete.
func (s *scanning) partial(ctx context.Context, out scanner.Outcome) error {
	if err := s.outputs(ctx); err != nil {
		return err
	}
	return &exitError{exitIncomplete, fmt.Sprintf("what the scan may cost is used up: %d objects are recorded in %s; run the same command with more to go on",
		out.Carried+out.Recorded, reports.Show(s.flags.record))}
}

// unfinished says how to go on after the scan as a whole was ended.
func (s *scanning) unfinished(ctx context.Context, out scanner.Outcome, err error) error {
	kept := fmt.Sprintf("%d objects are recorded in %s; run the same command again to go on", out.Carried+out.Recorded, reports.Show(s.flags.record))
	if s.flags.discard {
		kept = "nothing is kept (--record keeps what is done)"
	}
	var runner *scanner.RunnerError
	switch {
	case ctx.Err() != nil:
		return &exitError{exitInterrupted, "interrupted: " + kept}
	case errors.As(err, &runner):
		return stopped("%s: %s", runner.Msg, kept)
	default:
		return stopped("the record %s can't be written (%s): free space or name another file with --record; %s", reports.Show(s.flags.record), reports.Show(err.Error()), kept)
	}
}

// sourceErrors says which source could not be scanned to its end.
func (s *scanning) sourceErrors(out scanner.Outcome) error {
	var msgs []string
	for _, src := range out.Sources {
		if src.Err == nil {
			continue
		}
		why := "can't be listed"
		var e *sources.Error
		if errors.As(src.Err, &e) {
			why = e.Error()
		}
		msgs = append(msgs, reports.Show(src.Name)+": "+reports.Show(why))
	}
	if len(msgs) == 0 {
		return nil
	}
	if s.flags.discard {
		return stopped("%s", strings.Join(msgs, "; "))
	}
	return stopped("%s; what is done is kept in %s, and `habeas report` shows it", strings.Join(msgs, "; "), reports.Show(s.flags.record))
}

// note tells the ledger what was made.
func (s *scanning) note() {
	var names []string
	for _, src := range s.srcs {
		names = append(names, src.Name())
	}
	s.noteOutput("record", s.flags.record, "", names, outputDays)
	if !s.flags.noReport {
		s.noteOutput("report", s.flags.report, "", names, outputDays)
	}
}

// report prints the summary, writes the pages and decides the exit code.
func (s *scanning) report(ctx context.Context, out scanner.Outcome) error {
	if err := s.outputs(ctx); err != nil {
		return err
	}
	s.note()
	fmt.Fprintf(s.stderr, "habeas: %d of %d objects were unchanged since the last scan, %d bytes read; the record is %s\n", out.Carried, out.Listed, out.Bytes, reports.Show(s.flags.record))
	for _, src := range s.srcs {
		if src.s3 != nil {
			n := src.s3.Stats()
			fmt.Fprintf(s.stderr, "habeas: %s took %d LIST and %d GET requests (%d for tags), %d of them repeated, which brought %d bytes\n", reports.Show(src.Name()), n.Lists, n.Gets+n.TagGets, n.TagGets, n.Retries, n.BytesRead)
		}
	}
	if !s.flags.noReport {
		fmt.Fprintf(s.stderr, "habeas: the report is %s\n", reports.Show(filepath.Join(s.flags.report, "index.html")))
	}
	if msg := s.fail.verdict(s.flags.maxUnattributed); msg != "" {
		return &exitError{exitFindings, msg}
	}
	if n := s.fail.incomplete(); n > 0 && !s.flags.allowIncomplete {
		return &exitError{exitIncomplete, fmt.Sprintf("%d objects were not read in full: the report says which and why (--allow-incomplete accepts that)", n)}
	}
	return nil
}

func closeAll(srcs []source) {
	for _, s := range srcs {
		// Nothing was written through a source: there is nothing to lose.
		_ = s.Close()
	}
}

func recordError(path string, err error) error {
	var perr *os.PathError
	if errors.As(err, &perr) {
		return stopped("the record %s can't be made (%s): name a writable file with --record", reports.Show(path), perr.Err)
	}
	return stopped("%s: %s", reports.Show(path), reports.Show(err.Error()))
}

var notInName = regexp.MustCompile(`[^A-Za-z0-9._]+`)

// recordName names the record after what is scanned.
func recordName(srcs []source) string {
	name := srcs[0].Name()
	if srcs[0].s3 == nil {
		name = filepath.Base(name)
	}
	name = strings.Trim(notInName.ReplaceAllString(name, "-"), "-.")
	if name == "" {
		name = "scan"
	}
	if len(srcs) > 1 {
		name = fmt.Sprintf("%s-and-%d-more", name, len(srcs)-1)
	}
	return name[:min(len(name), 100)] + ".habeas"
}
