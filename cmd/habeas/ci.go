package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"

	"github.com/spf13/cobra"

	"habeas/reports"
	"habeas/reports/aggregate"
	"habeas/reports/exceptions"
	"habeas/reports/github"
	"habeas/reports/terminal"
	"habeas/scanner"
)

// checkFlags are those of the commands that look at files of a repository.
type checkFlags struct {
	sourceFlags
	exceptionFlags
	rules, key, record string
	workers            int
	inProcess          bool
	allowIncomplete    bool
	quiet              bool
}

func (f *checkFlags) add(c *cobra.Command) {
	f.sourceFlags.add(c)
	fl := c.Flags()
	fl.StringVar(&f.rules, "rules", "", "`FILE` of rules of your own for what is to be found (YAML, see docs/rules.md)")
	fl.StringVar(&f.key, "key", "", "`FILE` of the fingerprint key (default: the baseline's own, or none)")
	fl.IntVar(&f.workers, "workers", runtime.GOMAXPROCS(0), "worker `PROCESSES`")
	fl.BoolVar(&f.inProcess, "in-process", false, "parse in this process: faster to start, and one hostile file can end the scan")
	fl.BoolVar(&f.allowIncomplete, "allow-incomplete", false, "exit with 0 even if some object was not read in full")
	fl.BoolVarP(&f.quiet, "quiet", "q", false, "print no progress")
}

type ciFlags struct {
	checkFlags
	failOn []string
	out    []string
	strict bool
	github bool
	json   bool
}

func (a *app) ciCommand() *cobra.Command {
	var f ciFlags
	c := &cobra.Command{
		Use:   "ci PATH...",
		Short: "Fail a build whose files hold personal data",
		Long: "Ci scans the files of a repository, as fixtures and samples, and exits with 1 if\n" +
			"they hold personal data that is neither in the baseline nor suppressed. Made-up\n" +
			"values that are reserved for that (example.org, 555-01xx) never fail. It needs no\n" +
			"owners, and keeps no record unless asked to.\n\n" +
			"In a workflow of GitHub Actions it also prints annotations and adds a summary to\n" +
			"the page of the run. docs/ci.md has examples.\n\n" + exitCodes,
		Example: "  habeas ci fixtures\n" +
			"  habeas ci fixtures --baseline .habeas-baseline.json --suppressions .habeas-suppressions.yaml\n" +
			"  habeas ci fixtures samples --fail-on gps --fail-on email:0.5 --out sarif=habeas.sarif --out junit=habeas.xml",
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if !c.Flags().Changed("github") {
				f.github = a.env["GITHUB_ACTIONS"] == "true"
			}
			return a.ci(c.Context(), &f, args)
		},
	}
	f.checkFlags.add(c)
	f.exceptionFlags.add(c)
	fl := c.Flags()
	fl.StringVar(&f.record, "record", "", "`FILE` that keeps the scan's results, for reports and for the next run (default: none)")
	fl.StringArrayVar(&f.failOn, "fail-on", []string{anyKind + ":0.8"}, "exit with 1 if there is a finding of `KIND[:CONFIDENCE]`, or any; may be repeated")
	fl.StringArrayVar(&f.out, "out", nil, "also write the report `FORMAT=FILE`, as sarif=habeas.sarif; may be repeated")
	fl.BoolVar(&f.strict, "strict", false, "exit with 1 also if a suppression expired or is unused, or findings of the baseline are gone")
	fl.BoolVar(&f.github, "github", false, "print annotations for GitHub Actions (default: if GITHUB_ACTIONS is true)")
	fl.BoolVar(&f.json, "json", false, "print the results as JSON Lines instead of a summary")
	return c
}

func (a *app) ci(ctx context.Context, f *ciFlags, args []string) error {
	outs, err := parseOutputs(f.out)
	if err != nil {
		return err
	}
	return a.check(ctx, &f.checkFlags, f.failOn, nil, args, func(s *scanning, ctx context.Context, _ scanner.Outcome) error {
		return s.tellCI(ctx, f, outs)
	})
}

// check scans as f says and has tell report it. key is the fingerprint key; nil for
// that of f.
func (a *app) check(ctx context.Context, f *checkFlags, failOn []string, key []byte, args []string, tell func(*scanning, context.Context, scanner.Outcome) error) error {
	flags := &scanFlags{sourceFlags: f.sourceFlags, exceptionFlags: f.exceptionFlags, rules: f.rules, record: f.record, noReport: true,
		workers: f.workers, inProcess: f.inProcess, failOn: failOn, maxUnattributed: 100, allowIncomplete: f.allowIncomplete, quiet: f.quiet}
	flags.fingerprint = func() ([]byte, error) {
		if key != nil {
			return key, nil
		}
		return a.checkKey(f)
	}
	if flags.record == "" {
		dir, err := os.MkdirTemp("", "habeas-ci-") // 0700
		if err != nil {
			return stopped("there is no place for temporary files (%s): set TMPDIR, or name a file with --record", reports.Show(err.Error()))
		}
		defer os.RemoveAll(dir)
		flags.record, flags.discard = filepath.Join(dir, "record"), true
	}
	return a.scanInto(ctx, flags, args, tell)
}

// checkKey is the key that the baseline was made with. Without a baseline there is
// none: fingerprints that differ from run to run help nobody.
func (a *app) checkKey(f *checkFlags) ([]byte, error) {
	path := f.key
	if path == "" {
		if f.baseline == "" {
			return nil, nil
		}
		b, err := readBaseline(f.baseline)
		if err != nil {
			return nil, err
		}
		key, err := b.FingerprintKey()
		if key != nil || err != nil {
			return key, err
		}
		if path, err = a.keyPath(""); err != nil {
			return nil, err
		}
	}
	if _, err := os.Stat(path); err != nil {
		return nil, usage("there is no fingerprint key at %s: name the one of the baseline with --key", reports.Show(path))
	}
	key, _, err := loadKey(path)
	return key, err
}

// tellCI writes every report of a check and decides the exit code.
func (s *scanning) tellCI(ctx context.Context, f *ciFlags, outs []outFile) error {
	lines := newLineFinder(ctx, s.srcs)
	defer lines.close()
	r := &rendering{db: s.db, paths: s.except.Paths, except: s.except, fails: s.fail.fails, lines: lines.lines, people: aggregate.DefaultK}
	if err := r.replay(ctx, brief{grouped{s.fail}}); err != nil {
		return ciError("the results", err)
	}
	stdout := s.stdout
	var plain *github.Plain
	if f.github && !f.json {
		plain = github.NewPlain(s.stdout)
		stdout = plain
	}
	var err error
	if f.json {
		err = r.write(ctx, "jsonl", stdout)
	} else {
		err = r.replay(ctx, terminal.NewFailing(stdout, terminal.FailingOptions{Paths: r.paths, Fails: r.fails, Lines: r.lines, Name: exceptions.Place}))
	}
	if plain != nil {
		err = errors.Join(err, plain.Close())
	}
	if err != nil {
		return ciError("standard output", err)
	}
	for _, o := range outs {
		if err := s.writeOut(ctx, r, o); err != nil {
			return err
		}
	}
	if f.github && !f.json {
		if err := s.tellGitHub(ctx, r); err != nil {
			return err
		}
	}
	return s.verdict(f)
}

func (s *scanning) writeOut(ctx context.Context, r *rendering, o outFile) error {
	names, err := r.writeTo(ctx, o.format, o.path)
	if err != nil {
		return ciError(o.path, err)
	}
	fmt.Fprint(s.stderr, splitNotice(names))
	return nil
}

// tellGitHub prints annotations, and adds the summary to the page of the run.
func (s *scanning) tellGitHub(ctx context.Context, r *rendering) error {
	if err := r.write(ctx, "github", s.stdout); err != nil {
		return ciError("standard output", err)
	}
	path := s.env["GITHUB_STEP_SUMMARY"]
	if path == "" {
		return nil
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return ciError(path, err)
	}
	// What the step wrote before stays, and its last line may not have ended.
	_, err = io.WriteString(file, "\n")
	if err := errors.Join(err, r.write(ctx, "markdown", file), file.Close()); err != nil {
		return ciError(path, err)
	}
	return nil
}

// verdict is the exit code of a check.
func (s *scanning) verdict(f *ciFlags) error {
	if s.fail.hits > 0 {
		return &exitError{exitFindings, s.fail.count() + " at or over --fail-on"}
	}
	if n := len(s.fail.sum.Notices); n > 0 && f.strict {
		return &exitError{exitFindings, "the baseline or the suppressions are out of date, and --strict is set: " + s.fail.sum.Notices[0]}
	}
	if n := s.fail.incomplete(); n > 0 && !f.allowIncomplete {
		return &exitError{exitIncomplete, fmt.Sprintf("%d objects were not read in full (--allow-incomplete accepts that)", n)}
	}
	return nil
}

func ciError(path string, err error) error {
	var exit *exitError
	if errors.As(err, &exit) {
		return err
	}
	return stopped("%s can't be written (%s): free space, or name another file", reports.Show(path), reports.Show(err.Error()))
}
