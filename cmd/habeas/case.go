package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"habeas/reports"
	"habeas/reports/audit"
	"habeas/reports/cases"
	"habeas/reports/subject"
)

// casesFlags say where cases are kept.
type casesFlags struct{ dir string }

func (f *casesFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.dir, "cases", "", "`FOLDER` of the case files (default: habeas/cases in the configuration folder)")
}

func (a *app) cases(f casesFlags) (cases.Folder, error) {
	if f.dir != "" {
		return cases.NewFolder(f.dir), nil
	}
	dir, ok := a.configFolder()
	if !ok {
		return cases.Folder{}, usage("there is no home folder to keep cases in: name a folder with --cases")
	}
	return cases.NewFolder(filepath.Join(dir, "cases")), nil
}

// caseRef names a case, for commands that work for one.
type caseRef struct {
	casesFlags
	id string
}

func (f *caseRef) add(c *cobra.Command) {
	f.casesFlags.add(c)
	c.Flags().StringVar(&f.id, "case", "", "`ID` of the case: its identifiers are looked for, and its decisions hold")
}

// load reads the case; nil if none is named.
func (a *app) loadCase(f caseRef) (*cases.Case, error) {
	if f.id == "" {
		return nil, nil
	}
	folder, err := a.cases(f.casesFlags)
	if err != nil {
		return nil, err
	}
	c, err := folder.Load(f.id)
	if err != nil {
		return nil, caseError(f.id, err)
	}
	return c, nil
}

// who joins what the flags and the case say of the person. reject are the
// findings that the case says are about somebody else.
func (a *app) who(ctx context.Context, r *recorded, f *subjectFlags, ref *caseRef, regions []string) (ids []subject.Identifier, reject []string, err error) {
	c, err := a.loadCase(*ref)
	if err != nil {
		return nil, nil, err
	}
	if c != nil {
		if len(c.Identifiers) > 0 && c.KeyID != r.run.KeyID {
			return nil, nil, usage("the identifiers of case %s were made with another fingerprint key than the record: name the person again", c.ID)
		}
		ids, reject = append(ids, c.Identifiers...), c.Decided(cases.SomebodyElse)
	}
	if err := f.load(a.stdin); err != nil {
		return nil, nil, err
	}
	given, err := f.identifiers(ctx, r.prints, regions, r.DB)
	if err != nil {
		return nil, nil, err
	}
	if ids = append(ids, given...); len(ids) == 0 {
		return nil, nil, usage("say who is looked for: --email, --phone, --name, --face-name, --serial, --owner-id, --subject or a --case that knows it")
	}
	return ids, reject, nil
}

func caseError(id string, err error) error {
	if errors.Is(err, cases.ErrNone) || errors.Is(err, cases.ErrExists) {
		return usage("%s: %s", reports.Show(id), err)
	}
	var path *os.PathError
	if errors.As(err, &path) {
		return stopped("the cases can't be kept (%s): name a writable folder with --cases", path.Err)
	}
	return usage("%s: %s", reports.Show(id), reports.Show(err.Error()))
}

func (a *app) caseCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "case",
		Short: "Keep people's requests: identity, clocks, decisions, letters",
		Long: "A case is a person's request, in a file of its own that holds no value of the\n" +
			"person: identifiers are fingerprints. Every change is logged.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(a.caseNewCommand(), a.caseShowCommand(), a.caseListCommand(), a.caseIdentifyCommand(), a.caseVerifyCommand(), a.casePauseCommand(), a.caseResumeCommand(),
		a.caseExtendCommand(), a.caseDueCommand(), a.caseDecideCommand(), a.caseCloseCommand(), a.caseLetterCommand(), a.caseTemplatesCommand())
	return c
}

// changing are the flags of each command that changes a case.
type changing struct {
	casesFlags
	auditFlags
	date string
}

func (f *changing) add(c *cobra.Command) {
	f.casesFlags.add(c)
	f.auditFlags.add(c)
	c.Flags().StringVar(&f.date, "date", "", "`DAY` on which it happened, as 2026-09-03 (default: today)")
}

// day is the day that --date names, or today where the program runs.
func (a *app) day(date string) (cases.Date, error) {
	if date == "" {
		return a.today(), nil
	}
	d, err := cases.ParseDate(date)
	if err != nil {
		return d, usage("--date: %s", err)
	}
	return d, nil
}

func (a *app) today() cases.Date {
	if a.env["SOURCE_DATE_EPOCH"] != "" {
		return cases.DateOf(a.asOf())
	}
	return cases.DateOf(a.now())
}

// change updates a case and logs the act. words say what happened, for the person
// at the terminal.
func (a *app) change(f *changing, id, action string, detail map[string]string, fn func(c *cases.Case, day cases.Date, by string) (string, error)) error {
	day, err := a.day(f.date)
	if err != nil {
		return err
	}
	folder, err := a.cases(f.casesFlags)
	if err != nil {
		return err
	}
	log, err := a.openAudit(f.auditFlags, "case")
	if err != nil {
		return err
	}
	defer log.Close()
	words := ""
	_, err = folder.Update(id, func(c *cases.Case) error {
		var err error
		if words, err = fn(c, day, log.actor); err != nil {
			return err
		}
		return log.log(audit.Entry{Action: action, Case: id, Detail: detail})
	})
	var exit *exitError
	switch {
	case errors.As(err, &exit):
		return err
	case err != nil:
		return caseError(id, err)
	}
	fmt.Fprintln(a.stderr, "habeas: "+words)
	return nil
}

type caseNewFlags struct {
	changing
	recordFlags
	subjectFlags
	id, kind, regime, received, note string
	regions                          []string
	seal                             []string
}

func (a *app) caseNewCommand() *cobra.Command {
	var f caseNewFlags
	c := &cobra.Command{
		Use:   "new",
		Short: "Begin a case",
		Long: "New begins a case and prints its id. What the person is known by is kept as\n" +
			"fingerprints under the key of the record; --seal-to keeps it encrypted, too.",
		Example: "  habeas case new --kind access --regime gdpr --received 2026-09-03 --email jane@example.org --record uploads.habeas",
		Args:    cobra.NoArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return a.caseNew(c.Context(), &f) },
	}
	f.changing.add(c)
	f.recordFlags.add(c)
	f.subjectFlags.add(c)
	fl := c.Flags()
	fl.StringVar(&f.id, "id", "", "`ID` of the case (default: made from the day)")
	fl.StringVar(&f.kind, "kind", "access", "what is asked for: access, portability, rectify, erase, restrict, object or disclosures")
	fl.StringVar(&f.regime, "regime", "gdpr", "under which law: "+strings.Join(cases.RegimeNames(), ", "))
	fl.StringVar(&f.received, "received", "", "`DAY` on which the request was received (default: today)")
	fl.StringVar(&f.note, "scope", "", "`WORDS` of the person on what they mean, without names")
	fl.StringSliceVar(&f.regions, "region", nil, "`COUNTRY` (PT) whose phone numbers may stand without +351; may be repeated")
	fl.StringArrayVar(&f.seal, "seal-to", nil, "age `RECIPIENT` (age1…) who can read the identifiers later; may be repeated")
	return c
}

func (a *app) caseNew(ctx context.Context, f *caseNewFlags) error {
	received, err := a.day(cmp.Or(f.received, f.date))
	if err != nil {
		return err
	}
	if f.id == "" {
		b := make([]byte, 3)
		rand.Read(b)
		f.id = "DSR-" + strings.ReplaceAll(received.String(), "-", "") + "-" + hex.EncodeToString(b)
	}
	k := &cases.Case{Schema: cases.SchemaVersion, ID: f.id, Kind: cases.Kind(f.kind), Regime: f.regime, Received: received, Scope: cases.Scope{Note: f.note}}
	if err := k.Check(); err != nil {
		return usage("%s", err)
	}
	if a.today().Before(received) {
		return usage("a request can't be received in the future")
	}
	if !f.subjectFlags.empty() {
		if err := a.identify(ctx, f.recordFlags, &f.subjectFlags, f.regions, f.seal, k); err != nil {
			return err
		}
	}
	folder, err := a.cases(f.casesFlags)
	if err != nil {
		return err
	}
	log, err := a.openAudit(f.auditFlags, "case")
	if err != nil {
		return err
	}
	defer log.Close()
	detail := map[string]string{"kind": f.kind, "regime": f.regime, "received": received.String()}
	if err := log.log(audit.Entry{Action: "case.new", Case: f.id, Count: len(k.Identifiers), Detail: detail}); err != nil {
		return err
	}
	if err := folder.Create(k); err != nil {
		return caseError(f.id, err)
	}
	_, err = fmt.Fprintln(a.stdout, k.ID)
	return err
}

// identify puts the identifiers of the flags into the case.
func (a *app) identify(ctx context.Context, record recordFlags, who *subjectFlags, regions, seal []string, k *cases.Case) error {
	r, err := a.openWithKey(ctx, record)
	if err != nil {
		return err
	}
	defer r.Close()
	ids, _, err := a.who(ctx, r, who, &caseRef{}, regions)
	if err != nil {
		return err
	}
	k.Identifiers, k.KeyID = ids, r.run.KeyID
	if len(seal) > 0 {
		k.Sealed, err = who.sealed(seal)
	}
	return err
}

type caseShowFlags struct {
	casesFlags
	holidays, identity string
	json               bool
}

func (a *app) caseShowCommand() *cobra.Command {
	var f caseShowFlags
	c := &cobra.Command{
		Use:     "show ID",
		Short:   "Show a case with its clocks",
		Example: "  habeas case show DSR-12 --holidays holidays.txt",
		Args:    cobra.ExactArgs(1),
		RunE:    func(_ *cobra.Command, args []string) error { return a.caseShow(&f, args[0]) },
	}
	f.casesFlags.add(c)
	fl := c.Flags()
	fl.StringVar(&f.holidays, "holidays", "", "`FILE` of days on which nobody works, one a line as 2026-12-25")
	fl.StringVar(&f.identity, "identity", "", "age identity `FILE`: shows what was sealed with --seal-to, in the clear")
	fl.BoolVar(&f.json, "json", false, "print JSON")
	return c
}

func (a *app) caseShow(f *caseShowFlags, id string) error {
	k, err := a.loadCase(caseRef{f.casesFlags, id})
	if err != nil {
		return err
	}
	holidays, err := loadHolidays(f.holidays)
	if err != nil {
		return err
	}
	clocks := k.Clocks(holidays, a.today())
	if f.json {
		return printJSON(a.stdout, struct {
			*cases.Case
			Clocks []cases.Clock `json:"clocks"`
		}{k, clocks})
	}
	table := [][]string{{"case", k.ID}, {"request", string(k.Kind) + ", under " + cases.RegimeTitle(k.Regime)}, {"received", k.Received.String()}}
	table = append(table, clockRows(k, clocks)...)
	table = append(table, stateRows(k)...)
	if f.identity != "" {
		clear, err := unseal(k.Sealed, f.identity)
		if err != nil {
			return err
		}
		for line := range strings.Lines(clear) {
			table = append(table, []string{"sealed", reports.Show(strings.TrimSpace(line))})
		}
	}
	return printTable(a.stdout, table)
}

func clockRows(k *cases.Case, clocks []cases.Clock) [][]string {
	var rows [][]string
	for _, c := range clocks {
		left := fmt.Sprintf("%d days left", c.Left)
		switch {
		case !k.Open():
			left = "closed"
		case c.Standing:
			left = "the clock stands"
		case c.Left < 0:
			left = fmt.Sprintf("%d days over", -c.Left)
		}
		rows = append(rows, []string{c.Name + " by", fmt.Sprintf("%s (%s): %s", c.Due, left, c.Rule)})
	}
	return rows
}

func stateRows(k *cases.Case) [][]string {
	identity := "not verified: nothing is handed out"
	if id := k.Identity; id != nil {
		identity = fmt.Sprintf("verified for %s on %s by %s: %s", id.Level, id.Date, reports.Show(id.Verifier), reports.Show(id.Method))
	}
	rows := [][]string{{"identity", identity}}
	kinds := []string{}
	for _, id := range k.Identifiers {
		kinds = append(kinds, id.Kind)
	}
	rows = append(rows, []string{"known by", cmp.Or(strings.Join(kinds, ", "), "nothing yet")})
	if k.Scope.Note != "" {
		rows = append(rows, []string{"scope", reports.Show(k.Scope.Note)})
	}
	for _, p := range k.Pauses {
		rows = append(rows, []string{"paused", fmt.Sprintf("from %s to %s, for %s", p.From, cmp.Or(p.To.String(), "now"), p.Reason)})
	}
	if e := k.Extension; e != nil {
		rows = append(rows, []string{"extended", e.Date.String() + ": " + reports.Show(e.Reason)})
	}
	for _, d := range k.Decisions {
		rows = append(rows, []string{"decided", fmt.Sprintf("%s: %s %s", reports.Show(d.Finding), d.Ground, reports.Show(d.Reason))})
	}
	for _, l := range k.Letters {
		rows = append(rows, []string{"letter", fmt.Sprintf("%s on %s", l.Name, l.Date)})
	}
	if c := k.Closing; c != nil {
		rows = append(rows, []string{"closed", fmt.Sprintf("%s on %s %s", c.Outcome, c.Date, reports.Show(c.Reason))})
	}
	return rows
}

func loadHolidays(path string) (cases.Holidays, error) {
	if path == "" {
		return nil, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, usage("%s", reports.Show(err.Error()))
	}
	defer f.Close()
	h, err := cases.ReadHolidays(f)
	if err != nil {
		return nil, usage("%s: %s", reports.Show(path), err)
	}
	return h, nil
}

type caseListFlags struct {
	casesFlags
	holidays  string
	all, json bool
	within    int
}

// listed is a row of `case list` and `case due`.
type listed struct {
	Case     string      `json:"case"`
	Kind     cases.Kind  `json:"kind"`
	Regime   string      `json:"regime"`
	Received cases.Date  `json:"received"`
	Open     bool        `json:"open"`
	Verified bool        `json:"verified"`
	Clock    cases.Clock `json:"clock"`
}

func (a *app) caseListCommand() *cobra.Command {
	var f caseListFlags
	c := &cobra.Command{
		Use:     "list",
		Short:   "List the cases with their dates",
		Example: "  habeas case list --holidays holidays.txt",
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return a.caseList(&f, false) },
	}
	f.add(c)
	c.Flags().BoolVar(&f.all, "all", false, "closed ones, too")
	return c
}

func (f *caseListFlags) add(c *cobra.Command) {
	f.casesFlags.add(c)
	c.Flags().StringVar(&f.holidays, "holidays", "", "`FILE` of days on which nobody works, one a line as 2026-12-25")
	c.Flags().BoolVar(&f.json, "json", false, "print JSON")
}

func (a *app) caseDueCommand() *cobra.Command {
	var f caseListFlags
	c := &cobra.Command{
		Use:     "due",
		Short:   "List the open cases that are due, the most urgent first",
		Long:    "Due lists what is to be done within --within days. It exits with 1 if the time of\nsome case is over.",
		Example: "  habeas case due --within 14 --holidays holidays.txt",
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return a.caseList(&f, true) },
	}
	f.add(c)
	c.Flags().IntVar(&f.within, "within", 7, "`DAYS` from today")
	return c
}

func (a *app) caseList(f *caseListFlags, due bool) error {
	folder, err := a.cases(f.casesFlags)
	if err != nil {
		return err
	}
	holidays, err := loadHolidays(f.holidays)
	if err != nil {
		return err
	}
	all, err := folder.List()
	if err != nil {
		return caseError("cases", err)
	}
	rows, over := []listed{}, 0
	for _, k := range all {
		for _, c := range k.Clocks(holidays, a.today()) {
			row := listed{k.ID, k.Kind, k.Regime, k.Received, k.Open(), k.Verified(), c}
			if c.Name == cases.Acknowledge && k.Sent("acknowledge") {
				continue
			}
			if !k.Open() && (due || !f.all) || due && (c.Left > f.within || c.Standing) {
				continue
			}
			if k.Open() && c.Left < 0 && !c.Standing {
				over++
			}
			rows = append(rows, row)
		}
	}
	if due {
		sortByDue(rows)
	}
	if f.json {
		err = printJSON(a.stdout, rows)
	} else {
		err = printCases(a, rows)
	}
	if err == nil && due && over > 0 {
		err = &exitError{exitFindings, fmt.Sprintf("the time of %d clocks is over", over)}
	}
	return err
}

func printCases(a *app, rows []listed) error {
	table := [][]string{{"case", "request", "regime", "received", "clock", "due", "left", "identity"}}
	for _, r := range rows {
		left, identity := fmt.Sprint(r.Clock.Left), "verified"
		if r.Clock.Standing {
			left = "stands"
		}
		if !r.Open {
			left = "closed"
		}
		if !r.Verified {
			identity = "not verified"
		}
		table = append(table, []string{r.Case, string(r.Kind), r.Regime, r.Received.String(), r.Clock.Name, r.Clock.Due.String(), left, identity})
	}
	return printTable(a.stdout, table)
}

// oneLine refuses what would break a table or hide something in a file.
func oneLine(flag, s string) error {
	if strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) || len(s) > 1000 {
		return usage("--%s takes one line of at most 1,000 bytes", flag)
	}
	return nil
}
