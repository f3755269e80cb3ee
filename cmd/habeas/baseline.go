package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"habeas/reports"
	"habeas/reports/exceptions"
	"habeas/scanner"
)

type baselineFlags struct {
	checkFlags
	suppressions string
	out          string
}

func (a *app) baselineCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "baseline",
		Short: "Work with the findings that are known",
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(a.baselineWriteCommand())
	return c
}

func (a *app) baselineWriteCommand() *cobra.Command {
	var f baselineFlags
	c := &cobra.Command{
		Use:   "write [PATH...]",
		Short: "Write what is there now into a baseline, so that only new findings fail",
		Long: "Write scans the files and writes their findings, without the values, into a\n" +
			"baseline; what is suppressed stays out of it. Commit the file beside what it\n" +
			"is about: it holds a fingerprint key of its own, by which guesses at the values can be\n" +
			"tried, so that it is for those who may see the files themselves.\n\n" +
			"With --record it takes the findings of a scan, whose key is the user's and stays\n" +
			"where it is.",
		Example: "  habeas baseline write fixtures --out .habeas-baseline.json\n" +
			"  habeas baseline write --record uploads.habeas --out uploads.baseline.json",
		RunE: func(c *cobra.Command, args []string) error { return a.writeBaseline(c.Context(), &f, args) },
	}
	f.checkFlags.add(c)
	c.Flags().StringVar(&f.suppressions, "suppressions", "", "`FILE` of findings that are none to act on (YAML, see docs/ci.md)")
	c.Flags().StringVar(&f.record, "record", "", "`FILE` of the record of a scan, instead of paths")
	c.Flags().StringVarP(&f.out, "out", "o", ".habeas-baseline.json", "`FILE` to write")
	return c
}

func (a *app) writeBaseline(ctx context.Context, f *baselineFlags, args []string) error {
	if (f.record == "") == (len(args) == 0) {
		return usage("name either the paths to scan or, with --record, the record of a scan")
	}
	f.checkFlags.suppressions = f.suppressions
	if f.record != "" {
		except, err := a.exceptions(&f.exceptionFlags)
		if err != nil {
			return err
		}
		db, err := openRecord(f.record)
		if err != nil {
			return err
		}
		defer db.Close()
		return a.collectBaseline(ctx, &rendering{db: db, paths: except.Paths, except: except}, f.out, nil)
	}
	key, err := a.baselineKey(f)
	if err != nil {
		return err
	}
	own := key
	if f.key != "" {
		own = nil // the user's, which is never written
	}
	return a.check(ctx, &f.checkFlags, nil, key, args, func(s *scanning, ctx context.Context, _ scanner.Outcome) error {
		r := &rendering{db: s.db, paths: s.except.Paths, except: s.except}
		if err := r.replay(ctx, brief{grouped{s.fail}}); err != nil {
			return err
		}
		if err := a.collectBaseline(ctx, r, f.out, own); err != nil {
			return err
		}
		if n := s.fail.incomplete(); n > 0 && !f.allowIncomplete {
			return &exitError{exitIncomplete, fmt.Sprintf("%d objects were not read in full: what may be in them is not in the baseline (--allow-incomplete accepts that)", n)}
		}
		return nil
	})
}

// baselineKey is the key of the file that is written again, or a new one.
func (a *app) baselineKey(f *baselineFlags) ([]byte, error) {
	if f.key != "" {
		key, _, err := loadKey(f.key)
		return key, err
	}
	if _, err := os.Stat(f.out); errors.Is(err, fs.ErrNotExist) {
		key := make([]byte, scanner.MinKey)
		rand.Read(key)
		return key, nil
	}
	b, err := readBaseline(f.out) // nothing else is written over
	if err != nil {
		return nil, err
	}
	key, err := b.FingerprintKey()
	if err == nil && key == nil {
		err = usage("%s was made with the key of a user: name that with --key, or write to another file", reports.Show(f.out))
	}
	return key, err
}

func (a *app) collectBaseline(ctx context.Context, r *rendering, out string, key []byte) error {
	c := exceptions.NewCollector(r.paths)
	if err := r.replay(ctx, c); err != nil {
		return err
	}
	b := c.Baseline(key)
	if err := writeFile(out, b.Write); err != nil {
		return ciError(out, err)
	}
	n := 0
	for _, k := range b.Findings {
		n += k.Count
	}
	fmt.Fprintf(a.stderr, "habeas: %s holds %d findings: look at each once before you commit it\n", reports.Show(out), n)
	return nil
}
