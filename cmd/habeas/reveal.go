package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"habeas/detectors"
	"habeas/reports"
	"habeas/reports/audit"
	"habeas/scanner"
	"habeas/scanner/store"
	"habeas/sources"
)

type revealFlags struct {
	recordFlags
	rereadFlags
	auditFlags
	reason, caseID string
	json           bool
}

func (a *app) revealCommand() *cobra.Command {
	var f revealFlags
	c := &cobra.Command{
		Use:   "reveal FINDING-ID...",
		Short: "Show the value of a finding, read from the source again",
		Long: "Reveal opens the object of a finding at exactly the version that was scanned, and\n" +
			"prints the value. It writes who asked and why into the audit log first, and keeps\n" +
			"nothing. It fails if the object changed since the scan. Payment cards, IBANs,\n" +
			"identity documents and credentials stay masked.\n\n" +
			"Give --region, --rules and --tags as they were given to the scan.",
		Example: "  habeas reveal 3f9a0c1d2e4b5a69 --record uploads.habeas --reason 'complaint of 4 May'",
		Args:    cobra.MinimumNArgs(1),
		RunE:    func(c *cobra.Command, args []string) error { return a.reveal(c.Context(), &f, args) },
	}
	f.recordFlags.add(c)
	f.rereadFlags.add(c)
	f.auditFlags.add(c)
	c.Flags().StringVar(&f.reason, "reason", "", "`WORDS` for the audit log: why the value is needed")
	c.Flags().StringVar(&f.caseID, "case", "", "`ID` of the case that it is needed for")
	c.Flags().BoolVar(&f.json, "json", false, "print one line of JSON a finding")
	return c
}

func (a *app) reveal(ctx context.Context, f *revealFlags, ids []string) error {
	if f.reason == "" && f.caseID == "" {
		return usage("say why the value is needed with --reason, or for which case with --case: it goes into the audit log")
	}
	r, err := a.openWithKey(ctx, f.recordFlags)
	if err != nil {
		return err
	}
	defer r.Close()
	log, err := a.openAudit(f.auditFlags, "reveal")
	if err != nil {
		return err
	}
	defer log.Close()
	again, err := a.reread(r, &f.rereadFlags, 1)
	if err != nil {
		return err
	}
	defer again.close()
	for _, id := range ids {
		if err := a.revealOne(ctx, f, r, again, log, id); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) revealOne(ctx context.Context, f *revealFlags, r *recorded, again *rereading, log *auditor, id string) error {
	e, finding, err := entryOf(ctx, r, id)
	if err != nil {
		return err
	}
	src, err := again.source(ctx, e.Source)
	if err != nil {
		return err
	}
	act := audit.Entry{Action: "reveal", Case: f.caseID, Why: f.reason, Source: e.Source, Objects: []string{finding.ID},
		Count: 1, Detail: map[string]string{"kind": finding.Kind}}
	if scanner.NeverRevealed(detectors.Kind(finding.Kind)) {
		act.Action = "reveal.refused"
		return errors.Join(log.log(act), a.printRevealed(f.json, e, finding, nil, "values of this kind are never shown"))
	}
	if err := log.log(act); err != nil {
		return err
	}
	got, err := again.Reread(ctx, src, e)
	if err != nil {
		return rereadError(e, err)
	}
	v, ok := got.Values[finding.ID]
	if !ok {
		return stopped("%s: the finding is not found again in the very same bytes: give --region, --rules and --tags as to the scan, or scan again with this version of habeas", reports.Show(e.Key))
	}
	return a.printRevealed(f.json, e, finding, &v, "")
}

// entryOf is the object with the finding of this id, and the finding.
func entryOf(ctx context.Context, r *recorded, id string) (e *reports.Entry, f *reports.Finding, err error) {
	err = r.Select(ctx, store.Selection{Finding: id}, func(one *reports.Entry) error {
		for i := range one.Findings {
			if one.Findings[i].ID == id && e == nil {
				e, f = one, &one.Findings[i]
			}
		}
		return nil
	})
	if err == nil && e == nil {
		err = usage("the record holds no finding %s: `habeas report --format jsonl` and the report's pages show their ids", reports.Show(id))
	}
	return e, f, err
}

// rereadError says in one sentence why an object of the record can't be read as
// it was scanned.
func rereadError(e *reports.Entry, err error) error {
	var exit *exitError
	var broken *scanner.RunnerError
	var se *sources.Error
	switch {
	case errors.As(err, &exit), errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &broken):
		return stopped("%s", broken.Msg)
	case errors.Is(err, sources.ErrChanged):
		return stopped("%s changed since the scan: scan again", reports.Show(e.Key))
	case errors.As(err, &se) && se.Code == sources.CodeVanished:
		return stopped("%s is gone since the scan: scan again", reports.Show(e.Key))
	case errors.As(err, &se):
		return stopped("%s: %s", reports.Show(e.Key), reports.Show(se.Error()))
	}
	return stopped("%s can't be read: scan again", reports.Show(e.Key))
}

// revealed is the line of `reveal --json`.
type revealed struct {
	Finding  string            `json:"finding"`
	Source   string            `json:"source"`
	Key      string            `json:"key"`
	Kind     string            `json:"kind"`
	Mask     string            `json:"mask"`
	Value    string            `json:"value,omitempty"`
	Position *reports.Position `json:"position,omitempty"`
	Withheld string            `json:"withheld,omitempty"` // why there is no value
}

func (a *app) printRevealed(asJSON bool, e *reports.Entry, f *reports.Finding, v *scanner.Found, withheld string) error {
	out := revealed{Finding: f.ID, Source: e.Source, Key: strings.ToValidUTF8(e.Key, "\ufffd"), Kind: f.Kind, Mask: f.Mask, Withheld: withheld}
	shown := f.Mask + "  (" + withheld + ")"
	if v != nil {
		out.Value, out.Position, shown = strings.ToValidUTF8(v.Value, "\ufffd"), positionOf(v), shownValue(v)
	}
	if asJSON {
		return printLine(a.stdout, out)
	}
	_, err := fmt.Fprintf(a.stdout, "%s  %s  %s\n  in %s, %s\n", f.ID, f.Kind, reports.Show(shown), reports.Show(e.Key), reports.Show(placeOf(f)))
	return err
}

// positionOf is the position of a finding with its value; nil if it has none.
func positionOf(v *scanner.Found) *reports.Position {
	p := v.Position
	if p == nil {
		return nil
	}
	out := &reports.Position{Lat: rounded(p.Lat, 7), Lon: rounded(p.Lon, 7), Altitude: p.Altitude, Precision: rounded(p.Precision, 2)}
	if !p.Time.IsZero() {
		out.Time = p.Time.UTC().Format("2006-01-02T15:04:05Z07:00")
	}
	return out
}

// placeOf says where in its object a finding stands.
func placeOf(f *reports.Finding) string {
	switch {
	case f.Tag != "":
		return f.Part + ", " + f.Tag
	case f.Start != nil && f.End != nil:
		return fmt.Sprintf("%s, bytes %d-%d", f.Part, *f.Start, *f.End)
	}
	return f.Part
}
