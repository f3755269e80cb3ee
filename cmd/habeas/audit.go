package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/spf13/cobra"

	"habeas/reports"
	"habeas/reports/audit"
)

// auditFlags say where acts are logged and who acts, for every command whose acts
// are.
type auditFlags struct {
	path  string
	actor string
}

func (f *auditFlags) add(c *cobra.Command) {
	fl := c.Flags()
	fl.StringVar(&f.path, "audit", "", "`FILE` of the audit log (default: habeas/audit.jsonl in the configuration folder)")
	fl.StringVar(&f.actor, "actor", "", "`NAME` of who acts, for the audit log (default: your account on this machine)")
}

// auditPath is where the audit log is unless --audit names another place.
func (a *app) auditPath(flag string) (string, error) {
	if flag != "" {
		return flag, nil
	}
	dir, ok := a.configFolder()
	if !ok {
		return "", usage("there is no home folder to keep the audit log in: name a file with --audit")
	}
	return filepath.Join(dir, "audit.jsonl"), nil
}

// auditor appends to the audit log in the name of one actor and command.
type auditor struct {
	*audit.Log
	app            *app
	actor, command string
}

// openAudit opens the log for entries of command. An act must not happen if its
// entry can't be written.
func (a *app) openAudit(f auditFlags, command string) (*auditor, error) {
	path, err := a.auditPath(f.path)
	if err != nil {
		return nil, err
	}
	actor := f.actor
	for _, name := range []string{"USER", "LOGNAME", "USERNAME"} {
		if actor == "" {
			actor = a.env[name]
		}
	}
	if actor == "" {
		return nil, usage("who acts is not known: name yourself with --actor, for the audit log")
	}
	l, err := audit.Open(path)
	if errors.Is(err, audit.ErrBroken) {
		return nil, stopped("%s: %s", reports.Show(path), err)
	}
	if err != nil {
		return nil, stopped("the audit log can't be written (%s): nothing is done without it", reports.Show(err.Error()))
	}
	return &auditor{Log: l, app: a, actor: actor, command: command}, nil
}

// log appends e, with time, actor and command filled in.
func (a *auditor) log(entries ...audit.Entry) error {
	for i := range entries {
		entries[i].Time, entries[i].Actor, entries[i].Command = a.app.now(), a.actor, a.command
	}
	if err := a.Append(entries...); err != nil {
		return stopped("the audit log can't be written (%s): nothing is done without it", reports.Show(err.Error()))
	}
	return nil
}

func (a *app) auditCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "audit",
		Short: "Check the log of what was done with personal data",
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(a.auditVerifyCommand())
	return c
}

type auditVerifyFlags struct {
	path   string
	expect []string
	json   bool
}

func (a *app) auditVerifyCommand() *cobra.Command {
	var f auditVerifyFlags
	c := &cobra.Command{
		Use:   "verify",
		Short: "Check that no entry of the audit log was cut, changed or moved",
		Long: "Verify checks each entry against the one before it, and the end against the head\n" +
			"file. Whoever may write both files could make a new chain: a head that was noted\n" +
			"elsewhere, as each receipt of an erasure does, shows that with --expect.\n" +
			"It exits with 1 if the log is not whole.",
		Example: "  habeas audit verify\n" +
			"  habeas audit verify --audit case-12.jsonl --expect 41:9f86d081…",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return a.auditVerify(f) },
	}
	fl := c.Flags()
	fl.StringVar(&f.path, "audit", "", "`FILE` of the audit log (default: habeas/audit.jsonl in the configuration folder)")
	fl.StringArrayVar(&f.expect, "expect", nil, "`NUMBER:HASH` of a head that was noted earlier; may be repeated")
	fl.BoolVar(&f.json, "json", false, "print JSON")
	return c
}

func (a *app) auditVerify(f auditVerifyFlags) error {
	path, err := a.auditPath(f.path)
	if err != nil {
		return err
	}
	var anchors []audit.Head
	for _, s := range f.expect {
		h, err := audit.ParseHead(s)
		if err != nil {
			return usage("--expect %s: %s", reports.Show(s), err)
		}
		anchors = append(anchors, h)
	}
	r, err := audit.Verify(path, anchors...)
	if errors.Is(err, fs.ErrNotExist) {
		return usage("%s: there is no such audit log: name one with --audit", reports.Show(path))
	}
	if err != nil {
		return usage("%s", reports.Show(err.Error()))
	}
	if f.json {
		r.Problems = append([]audit.Problem{}, r.Problems...) // an empty list, not null
		err = printJSON(a.stdout, r)
	} else {
		err = a.printAudit(path, r)
	}
	if err != nil || r.OK() {
		return err
	}
	return &exitError{exitFindings, "the audit log is not whole: keep both files as they are, and go on in another one with --audit"}
}

func (a *app) printAudit(path string, r *audit.Report) error {
	for _, p := range r.Problems {
		where := "the log"
		if p.Line > 0 {
			where = fmt.Sprintf("line %d", p.Line)
		}
		if _, err := fmt.Fprintf(a.stdout, "%s: %s\n", where, p.What); err != nil {
			return err
		}
	}
	if !r.OK() {
		return nil
	}
	span := ""
	if r.Entries > 0 {
		span = fmt.Sprintf(", from %s to %s", r.First.Format("2006-01-02"), r.Last.Format("2006-01-02"))
	}
	if r.Torn > 0 {
		span += "; a last line that a crash left unfinished is not counted"
	}
	_, err := fmt.Fprintf(a.stdout, "%s is whole: %d entries%s\nhead %s\n", reports.Show(path), r.Entries, span, r.Head)
	return err
}
