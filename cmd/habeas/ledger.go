package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"filippo.io/age"
	"github.com/spf13/cobra"

	"habeas/reports"
	"habeas/reports/audit"
	"habeas/reports/erasure"
	"habeas/reports/ledger"
)

// How long outputs are kept, in days: what tells of people's data is made again
// from a scan; a receipt is kept 24 months, as California's regulations ask for
// records of requests.
const (
	outputDays  = 30
	receiptDays = 731
)

// ledgerPath is where outputs are noted; false if there is no home folder.
func (a *app) ledgerPath() (string, bool) {
	dir, ok := a.configFolder()
	return filepath.Join(dir, "outputs.json"), ok
}

// noteOutput notes a file or folder that was made. An output that can't be noted
// is still there and of use: that is said, and no error.
func (a *app) noteOutput(kind, path, caseID string, sources []string, days int) {
	at, ok := a.ledgerPath()
	if !ok {
		return
	}
	made := a.asOf()
	err := ledger.Add(at, ledger.Output{Path: path, Kind: kind, Made: made, DestroyBy: made.AddDate(0, 0, days), Sources: sources, Case: caseID})
	if err != nil {
		fmt.Fprintf(a.stderr, "habeas: %s is not noted in the ledger of outputs (%s): destroy it yourself in time\n", reports.Show(path), reports.Show(err.Error()))
	}
}

// outputsAbout lists what the ledger has about sources.
func (a *app) outputsAbout(srcs []source) []erasure.Output {
	at, ok := a.ledgerPath()
	if !ok {
		return nil
	}
	all, err := ledger.All(at)
	if err != nil {
		fmt.Fprintf(a.stderr, "habeas: %s: the plan does not name files of ours\n", reports.Show(err.Error()))
		return nil
	}
	var out []erasure.Output
	for _, o := range all {
		about := slices.ContainsFunc(srcs, func(s source) bool { return slices.Contains(o.Sources, s.Name()) })
		if _, err := os.Lstat(o.Path); about && err == nil && o.Kind != "receipt" && o.Kind != "letter" {
			out = append(out, erasure.Output{Path: o.Path, Kind: o.Kind, SHA256: o.SHA256, DestroyBy: o.DestroyBy.Format(time.DateOnly)})
		}
	}
	return out
}

type outputsFlags struct {
	auditFlags
	json       bool
	yes        bool
	all        bool
	changed    bool
	caseID     string
	source     string
	before     string
	recipients []string
	identity   string
}

func (a *app) outputsCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "outputs",
		Short: "List, destroy or encrypt the files that habeas made",
		Long: "Records, reports, plans and receipts are noted in a ledger with a hash and a date\n" +
			"by which they are to be destroyed: 30 days, receipts 24 months.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(a.outputsListCommand(), a.outputsPurgeCommand(), a.outputsSealCommand(), a.outputsOpenCommand())
	return c
}

func (a *app) ledger() (string, []ledger.Output, error) {
	at, ok := a.ledgerPath()
	if !ok {
		return "", nil, usage("there is no home folder, and so no ledger of outputs")
	}
	all, err := ledger.All(at)
	if err != nil {
		return "", nil, stopped("%s: %s", reports.Show(at), reports.Show(err.Error()))
	}
	return at, all, nil
}

// outputLine is one line of `outputs list`.
type outputLine struct {
	ledger.Output
	State string `json:"state"` // kept, due, changed or gone
}

func (a *app) outputsListCommand() *cobra.Command {
	var f outputsFlags
	c := &cobra.Command{
		Use:     "list",
		Short:   "List what was made, with the date by which it is to be destroyed",
		Example: "  habeas outputs list --json",
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return a.outputsList(f) },
	}
	c.Flags().BoolVar(&f.json, "json", false, "print JSON")
	return c
}

func (a *app) outputsList(f outputsFlags) error {
	_, all, err := a.ledger()
	if err != nil {
		return err
	}
	out := []outputLine{}
	for _, o := range all {
		state := "kept"
		switch now, err := ledger.Hash(o.Path); {
		case errors.Is(err, os.ErrNotExist):
			state = "gone"
		case err != nil || now != o.SHA256:
			state = "changed"
		case !a.asOf().Before(o.DestroyBy):
			state = "due"
		}
		out = append(out, outputLine{o, state})
	}
	if f.json {
		return printJSON(a.stdout, out)
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	for _, o := range out {
		fmt.Fprintf(w, "%s\t%s\tmade %s\tdestroy by %s\t%s\t%s\n", o.State, o.Kind, o.Made.Format(time.DateOnly), o.DestroyBy.Format(time.DateOnly), reports.Show(o.Path), reports.Show(o.Case))
	}
	return w.Flush()
}

func (a *app) outputsPurgeCommand() *cobra.Command {
	var f outputsFlags
	c := &cobra.Command{
		Use:   "purge",
		Short: "Destroy what is past its date, or belongs to a case or a source",
		Long: "Purge prints what it would destroy; with --yes it does. Only what still has the\n" +
			"hash that was noted is destroyed: a folder into which somebody put something stays.",
		Example: "  habeas outputs purge --yes\n  habeas outputs purge --source s3://media/uploads/ --yes",
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return a.outputsPurge(f) },
	}
	f.auditFlags.add(c)
	fl := c.Flags()
	fl.BoolVar(&f.yes, "yes", false, "destroy, instead of printing what would be")
	fl.BoolVar(&f.all, "all", false, "whatever its date, receipts too")
	fl.StringVar(&f.caseID, "case", "", "`ID` of the case whose outputs are destroyed, whatever their date")
	fl.StringVar(&f.source, "source", "", "`NAME` of a source: what tells of it is destroyed, whatever its date, but for receipts")
	fl.StringVar(&f.before, "before", "", "`DATE` (2026-05-31): what was made before it is destroyed, but for receipts")
	fl.BoolVar(&f.changed, "changed", false, "destroy files that were changed since, too")
	return c
}

// due reports whether the flags want o destroyed.
func (f *outputsFlags) due(o *ledger.Output, now, before time.Time) bool {
	proof := o.Kind == "receipt" || o.Kind == "letter"
	switch {
	case f.all:
		return true
	case f.caseID != "":
		return o.Case == f.caseID
	case f.source != "":
		return !proof && slices.Contains(o.Sources, f.source)
	case !before.IsZero():
		return !proof && o.Made.Before(before)
	}
	return !now.Before(o.DestroyBy)
}

func (a *app) outputsPurge(f outputsFlags) error {
	var before time.Time
	var err error
	if f.before != "" {
		if before, err = time.Parse(time.DateOnly, f.before); err != nil {
			return usage("--before %s is no date: write it as 2026-05-31", reports.Show(f.before))
		}
	}
	at, all, err := a.ledger()
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(o ledger.Output) bool { return !f.due(&o, a.asOf(), before) })
	if !f.yes {
		for _, o := range all {
			if _, err := fmt.Fprintf(a.stdout, "would destroy %s %s\n", o.Kind, reports.Show(o.Path)); err != nil {
				return err
			}
		}
		fmt.Fprintf(a.stderr, "habeas: nothing was destroyed; %s would be with --yes\n", counted(len(all), "output"))
		return nil
	}
	if len(all) == 0 {
		return nil
	}
	log, err := a.openAudit(f.auditFlags, "outputs purge")
	if err != nil {
		return err
	}
	defer log.Close()
	return a.destroy(f, log, at, all)
}

func (a *app) destroy(f outputsFlags, log *auditor, at string, all []ledger.Output) error {
	kept := 0
	for _, o := range all {
		if err := log.log(audit.Entry{Action: "outputs.purge", Case: o.Case, Count: 1, Detail: map[string]string{"kind": o.Kind, "sha256": o.SHA256}}); err != nil {
			return err
		}
		word := "destroyed"
		switch err := ledger.Destroy(at, o, f.changed); {
		case errors.Is(err, ledger.ErrGone):
			word = "was gone already:"
		case errors.Is(err, ledger.ErrChanged):
			kept++
			word = "kept, because it was changed since it was noted:"
		case err != nil:
			kept++
			word = "could not be destroyed (" + reports.Show(err.Error()) + "):"
		}
		if _, err := fmt.Fprintf(a.stdout, "%s %s %s\n", word, o.Kind, reports.Show(o.Path)); err != nil {
			return err
		}
	}
	if kept > 0 {
		return &exitError{exitIncomplete, fmt.Sprintf("%s could not be destroyed: look at them, and use --changed for files that were changed", counted(kept, "output"))}
	}
	return nil
}

func (a *app) outputsSealCommand() *cobra.Command {
	var f outputsFlags
	c := &cobra.Command{
		Use:   "seal FILE...",
		Short: "Encrypt records and other files with age, and remove the plain ones",
		Long: "Seal writes FILE.age for the recipients, reads it to the end, and only then\n" +
			"removes FILE. Whoever has the identity opens it with `habeas outputs open` or age.",
		Example: "  habeas outputs seal media.habeas --recipient age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p",
		Args:    cobra.MinimumNArgs(1),
		RunE:    func(_ *cobra.Command, args []string) error { return a.outputsSeal(f, args) },
	}
	f.auditFlags.add(c)
	c.Flags().StringArrayVar(&f.recipients, "recipient", nil, "age `RECIPIENT` (age1…); may be repeated")
	return c
}

func (a *app) outputsSeal(f outputsFlags, files []string) error {
	if len(f.recipients) == 0 {
		return usage("name who may open it with --recipient: an age recipient (age1…), which `age-keygen` makes")
	}
	to, err := recipients(f.recipients)
	if err != nil {
		return err
	}
	log, err := a.openAudit(f.auditFlags, "outputs seal")
	if err != nil {
		return err
	}
	defer log.Close()
	for _, path := range files {
		if err := a.sealOne(log, path, to); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) sealOne(log *auditor, path string, to []age.Recipient) error {
	if strings.HasSuffix(path, ".age") {
		return usage("%s is sealed already", reports.Show(path))
	}
	for _, end := range []string{"-wal", "-journal"} {
		if info, err := os.Stat(path + end); err == nil && info.Size() > 0 {
			return usage("%s is in use, or a scan was killed: run `habeas report` on it once, then seal it", reports.Show(path))
		}
	}
	in, err := os.Open(path)
	if err != nil {
		return usage("%s", reports.Show(err.Error()))
	}
	defer in.Close()
	if info, err := in.Stat(); err != nil || !info.Mode().IsRegular() {
		return usage("%s is no file: seal files one by one", reports.Show(path))
	}
	if _, err := os.Lstat(path + ".age"); err == nil {
		return usage("%s.age is there already: move it away", reports.Show(path))
	}
	if err := log.log(audit.Entry{Action: "outputs.seal", Count: 1}); err != nil {
		return err
	}
	err = writeFile(path+".age", func(w io.Writer) error {
		sealed, err := age.Encrypt(w, to...)
		if err != nil {
			return err
		}
		_, err = io.Copy(sealed, in)
		return errors.Join(err, sealed.Close())
	})
	if err != nil {
		return fileError(path+".age", err)
	}
	a.renote(path, path+".age")
	if err := os.Remove(path); err != nil {
		return stopped("%s.age is written, and the plain file can't be removed (%s): remove it yourself", reports.Show(path), reports.Show(err.Error()))
	}
	_, err = fmt.Fprintf(a.stdout, "%s\n", reports.Show(path+".age"))
	return err
}

// renote moves an entry of the ledger to the name that its file has now, with the
// hash that it has now and the dates that it had.
func (a *app) renote(from, to string) {
	at, all, err := a.ledger()
	if err != nil {
		return // no ledger, and nothing to move
	}
	abs, err := filepath.Abs(from)
	if err != nil {
		return
	}
	for _, o := range all {
		if o.Path != abs {
			continue
		}
		o.Path = to
		err := ledger.Add(at, o)
		if to != from {
			err = errors.Join(err, ledger.Forget(at, abs))
		}
		if err != nil {
			fmt.Fprintf(a.stderr, "habeas: %s is not noted in the ledger of outputs (%s): destroy it yourself in time\n", reports.Show(to), reports.Show(err.Error()))
		}
	}
}

func (a *app) outputsOpenCommand() *cobra.Command {
	var f outputsFlags
	c := &cobra.Command{
		Use:     "open FILE.age...",
		Short:   "Decrypt what seal encrypted, and remove the encrypted file",
		Example: "  habeas outputs open media.habeas.age --identity key.txt",
		Args:    cobra.MinimumNArgs(1),
		RunE:    func(_ *cobra.Command, args []string) error { return a.outputsOpen(f, args) },
	}
	f.auditFlags.add(c)
	c.Flags().StringVar(&f.identity, "identity", "", "`FILE` of age identities")
	return c
}

func (a *app) outputsOpen(f outputsFlags, files []string) error {
	if f.identity == "" {
		return usage("name the file of your age identity with --identity")
	}
	in, err := os.Open(f.identity)
	if err != nil {
		return usage("%s", reports.Show(err.Error()))
	}
	ids, err := age.ParseIdentities(in)
	in.Close()
	if err != nil {
		return usage("%s holds no age identities", reports.Show(f.identity))
	}
	log, err := a.openAudit(f.auditFlags, "outputs open")
	if err != nil {
		return err
	}
	defer log.Close()
	for _, path := range files {
		if err := a.openOne(log, path, ids); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) openOne(log *auditor, path string, ids []age.Identity) error {
	plain, ok := strings.CutSuffix(path, ".age")
	if !ok {
		return usage("%s does not end in .age", reports.Show(path))
	}
	if _, err := os.Lstat(plain); err == nil {
		return usage("%s is there already: move it away", reports.Show(plain))
	}
	in, err := os.Open(path)
	if err != nil {
		return usage("%s", reports.Show(err.Error()))
	}
	defer in.Close()
	r, err := age.Decrypt(in, ids...)
	if err != nil {
		return usage("%s can't be opened with these identities", reports.Show(path))
	}
	if err := log.log(audit.Entry{Action: "outputs.open", Count: 1}); err != nil {
		return err
	}
	if err := writeFile(plain, func(w io.Writer) error { _, err := io.Copy(w, r); return err }); err != nil {
		return stopped("%s is damaged, or %s can't be written", reports.Show(path), reports.Show(plain))
	}
	a.renote(path, plain)
	if err := os.Remove(path); err != nil {
		return stopped("%s is written, and the sealed file can't be removed (%s)", reports.Show(plain), reports.Show(err.Error()))
	}
	_, err = fmt.Fprintf(a.stdout, "%s\n", reports.Show(plain))
	return err
}
