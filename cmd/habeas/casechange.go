package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"habeas/reports"
	"habeas/reports/cases"
	"habeas/reports/subject"
)

func (a *app) caseVerifyCommand() *cobra.Command {
	var f changing
	var level, method, agent string
	c := &cobra.Command{
		Use:   "verify ID",
		Short: "Record how the person was identified",
		Long: "Verify records by which method the person was identified, when and by whom. It\n" +
			"takes no copy of a document. Nothing is handed out in a case without it.",
		Example: "  habeas case verify DSR-12 --level specific --method 'answered from the registered address'",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if method == "" {
				return usage("say by which --method the person was identified")
			}
			if err := cmp.Or(oneLine("method", method), oneLine("agent", agent)); err != nil {
				return err
			}
			return a.change(&f, args[0], "case.verify", map[string]string{"level": level}, func(k *cases.Case, day cases.Date, by string) (string, error) {
				if !k.Open() {
					return "", fmt.Errorf("the case is closed")
				}
				k.Identity = &cases.Identity{Level: level, Method: method, Date: day, Verifier: by, Agent: agent}
				return "the person is identified for " + level, nil
			})
		},
	}
	f.add(c)
	fl := c.Flags()
	fl.StringVar(&level, "level", cases.LevelSpecific, "for what: categories (of data alone), specific (the data) or erasure")
	fl.StringVar(&method, "method", "", "`WORDS` on how, without values")
	fl.StringVar(&agent, "agent", "", "`WORDS` on how an agent's authority was shown")
	return c
}

type caseIdentifyFlags struct {
	changing
	recordFlags
	subjectFlags
	regions []string
	seal    []string
}

func (a *app) caseIdentifyCommand() *cobra.Command {
	var f caseIdentifyFlags
	c := &cobra.Command{
		Use:   "identify ID",
		Short: "Say anew what the person is known by",
		Long: "Identify replaces what the person of the case is known by. It takes the record of\n" +
			"the identity check back: whether it covers the new identifiers is to be checked.",
		Example: "  habeas case identify DSR-12 --email jane@example.org --owner-id jane --record uploads.habeas",
		Args:    cobra.ExactArgs(1),
		RunE:    func(c *cobra.Command, args []string) error { return a.caseIdentify(c.Context(), &f, args[0]) },
	}
	f.changing.add(c)
	f.recordFlags.add(c)
	f.subjectFlags.add(c)
	c.Flags().StringSliceVar(&f.regions, "region", nil, "`COUNTRY` (PT) whose phone numbers may stand without +351; may be repeated")
	c.Flags().StringArrayVar(&f.seal, "seal-to", nil, "age `RECIPIENT` (age1…) who can read the identifiers later; may be repeated")
	return c
}

func (a *app) caseIdentify(ctx context.Context, f *caseIdentifyFlags, id string) error {
	fresh := &cases.Case{}
	if err := a.identify(ctx, f.recordFlags, &f.subjectFlags, f.regions, f.seal, fresh); err != nil {
		return err
	}
	return a.change(&f.changing, id, "case.identify", nil, func(k *cases.Case, _ cases.Date, _ string) (string, error) {
		if !k.Open() {
			return "", fmt.Errorf("the case is closed")
		}
		k.Identifiers, k.KeyID, k.Sealed, k.Identity = fresh.Identifiers, fresh.KeyID, fresh.Sealed, nil
		return "the person is known by this now: record the identity check with `habeas case verify`", nil
	})
}

func (a *app) casePauseCommand() *cobra.Command {
	var f changing
	var reason string
	c := &cobra.Command{
		Use:     "pause ID",
		Short:   "Stop the clock: the person is asked for something",
		Example: "  habeas case pause DSR-12 --reason identity",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			return a.change(&f, args[0], "case.pause", map[string]string{"reason": reason}, func(k *cases.Case, day cases.Date, _ string) (string, error) {
				return "the clock stands from " + day.String(), k.Pause(day, reason)
			})
		},
	}
	f.add(c)
	c.Flags().StringVar(&reason, "reason", "", "identity or clarification")
	return c
}

func (a *app) caseResumeCommand() *cobra.Command {
	var f changing
	c := &cobra.Command{
		Use:     "resume ID",
		Short:   "Let the clock go on: the person has answered",
		Example: "  habeas case resume DSR-12 --date 2026-09-13",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			return a.change(&f, args[0], "case.resume", nil, func(k *cases.Case, day cases.Date, _ string) (string, error) {
				return "the clock goes on from " + day.String(), k.Resume(day)
			})
		},
	}
	f.add(c)
	return c
}

func (a *app) caseExtendCommand() *cobra.Command {
	var f changing
	var reason, holidays string
	c := &cobra.Command{
		Use:     "extend ID",
		Short:   "Take the more time that the law allows",
		Example: "  habeas case extend DSR-12 --reason 'many uploads to look through'",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			h, err := loadHolidays(holidays)
			if err := cmp.Or(err, oneLine("reason", reason)); err != nil {
				return err
			}
			return a.change(&f, args[0], "case.extend", nil, func(k *cases.Case, day cases.Date, _ string) (string, error) {
				return "the time is extended: send the person the letter `extend`", k.Extend(day, reason, h)
			})
		},
	}
	f.add(c)
	c.Flags().StringVar(&reason, "reason", "", "`WORDS` that the person is told")
	c.Flags().StringVar(&holidays, "holidays", "", "`FILE` of days on which nobody works")
	return c
}

func (a *app) caseDecideCommand() *cobra.Command {
	var f changing
	var d cases.Decision
	c := &cobra.Command{
		Use:   "decide ID",
		Short: "Decide about a finding: whether it is the person, and what is shown of others",
		Long: "Decide records what becomes of one finding in the answer to this case:\n\n" +
			"  is-the-same  a likely or possible match is about the person\n" +
			"  not-them     it is about somebody else\n" +
			"  consent      the other person agreed to its disclosure\n" +
			"  reasonable   disclosure without consent is reasonable; --reason says why\n" +
			"  redact       it is masked, which is the default for other people\n" +
			"  withhold     the whole object stays out\n",
		Example: "  habeas case decide DSR-12 --finding 3f9a0c1d2e4b5a69 --ground not-them --reason 'a namesake'",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := oneLine("reason", d.Reason); err != nil {
				return err
			}
			return a.change(&f, args[0], "case.decide", map[string]string{"ground": d.Ground, "finding": d.Finding}, func(k *cases.Case, day cases.Date, by string) (string, error) {
				d.Date, d.By = day, by
				return "decided", k.Decide(d)
			})
		},
	}
	f.add(c)
	fl := c.Flags()
	fl.StringVar(&d.Finding, "finding", "", "`ID` of the finding")
	fl.StringVar(&d.Ground, "ground", "", strings.Join(cases.Grounds(), ", "))
	fl.StringVar(&d.Reason, "reason", "", "`WORDS` on why, without values")
	return c
}

func (a *app) caseCloseCommand() *cobra.Command {
	var f changing
	var outcome, reason string
	c := &cobra.Command{
		Use:     "close ID",
		Short:   "End a case",
		Example: "  habeas case close DSR-12 --outcome answered",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := oneLine("reason", reason); err != nil {
				return err
			}
			return a.change(&f, args[0], "case.close", map[string]string{"outcome": outcome}, func(k *cases.Case, day cases.Date, _ string) (string, error) {
				return "closed", k.Close(day, outcome, reason)
			})
		},
	}
	f.add(c)
	c.Flags().StringVar(&outcome, "outcome", "", strings.Join(cases.Outcomes(), ", "))
	c.Flags().StringVar(&reason, "reason", "", "`WORDS` on why, without values")
	return c
}

type caseLetterFlags struct {
	changing
	recordFlags
	templates, holidays, reason, to, out string
	controller                           string
	ownersFile                           string
	draft                                bool
}

func (a *app) caseLetterCommand() *cobra.Command {
	var f caseLetterFlags
	c := &cobra.Command{
		Use:   "letter ID " + strings.Join(cases.LetterNames(), "|"),
		Short: "Write a letter of a case from its template",
		Long: "Letter fills in a template and records, by its hash, that it went out; --draft\n" +
			"only shows it. The words come from templates that you can edit: `habeas case\n" +
			"templates` writes them out. A letter with gaps is refused unless it is a draft.\n" +
			"For answer and refer the record is searched by the identifiers of the case.",
		Example: "  habeas case letter DSR-12 acknowledge --controller profile.yaml --draft\n" +
			"  habeas case letter DSR-12 refer --owners owners.yaml --record uploads.habeas --out letter.txt",
		Args: cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error { return a.caseLetter(c.Context(), &f, args[0], args[1]) },
	}
	f.changing.add(c)
	f.recordFlags.add(c)
	fl := c.Flags()
	fl.StringVar(&f.templates, "templates", "", "`FOLDER` of templates of your own, over the built-in ones")
	fl.StringVar(&f.holidays, "holidays", "", "`FILE` of days on which nobody works")
	fl.StringVar(&f.reason, "reason", "", "`WORDS` for the letter (default: those of the extension or the closing)")
	fl.StringVar(&f.to, "to", "", "`NAME` of whom it goes to; not recorded")
	fl.StringVarP(&f.out, "out", "o", "", "`FILE` to write to (default: standard output)")
	fl.StringVar(&f.controller, "controller", "", "`FILE` with the controller's profile (YAML, see docs/profile.md): who answers, and where to complain")
	fl.StringVar(&f.ownersFile, "owners", "", "`FILE` of owner rules: its manifests say whom to refer to")
	fl.BoolVar(&f.draft, "draft", false, "record nothing")
	return c
}

func (a *app) caseLetter(ctx context.Context, f *caseLetterFlags, id, name string) error {
	if !slices.Contains(cases.LetterNames(), name) {
		return usage("there is no letter %s: it is one of %s", reports.Show(name), strings.Join(cases.LetterNames(), ", "))
	}
	letters, err := cases.LoadLetters(f.templates)
	if err != nil {
		return usage("%s", reports.Show(err.Error()))
	}
	k, err := a.loadCase(caseRef{f.casesFlags, id})
	if err != nil {
		return err
	}
	text, err := a.fillIn(ctx, f, letters, k, name)
	if err != nil {
		return err
	}
	if cases.Gaps(text) && !f.draft {
		return usage("the letter has gaps to fill in: see them with --draft, complete the profile that --controller names, and give --reason where the letter needs one")
	}
	write := func() error { return writeOut(a, f.out, text) }
	if f.draft {
		return write()
	}
	sum := sha256.Sum256(text)
	hash := hex.EncodeToString(sum[:])
	return a.change(&f.changing, id, "case.letter", map[string]string{"letter": name, "sha256": hash}, func(k *cases.Case, day cases.Date, _ string) (string, error) {
		k.Letters = append(k.Letters, cases.Letter{Name: name, Date: day, SHA256: hash})
		if err := write(); err != nil {
			return "", err
		}
		if f.out != "" {
			a.noteOutput("letter", f.out, id, nil, receiptDays)
		}
		return "the letter " + name + " is recorded", nil
	})
}

func writeOut(a *app, path string, text []byte) error {
	if path == "" {
		_, err := a.stdout.Write(text)
		return err
	}
	if err := writeFile(path, func(w io.Writer) error { _, err := w.Write(text); return err }); err != nil {
		return stopped("%s can't be written: %s", reports.Show(path), reports.Show(err.Error()))
	}
	return nil
}

// fillIn makes the text of a letter.
func (a *app) fillIn(ctx context.Context, f *caseLetterFlags, letters *cases.Letters, k *cases.Case, name string) ([]byte, error) {
	day, err := a.day(f.date)
	if err != nil {
		return nil, err
	}
	h, err := loadHolidays(f.holidays)
	if err != nil {
		return nil, err
	}
	who, _, err := a.answering(f.controller, k.Regime)
	if err != nil {
		return nil, err
	}
	d := cases.LetterData{Case: k, Today: day, Reason: f.reason, To: f.to, Controller: who}
	for _, c := range k.Clocks(h, day) {
		if c.Name == cases.Answer {
			d.Due = c.Due
		}
	}
	switch {
	case d.Reason != "":
	case name == "extend" && k.Extension != nil:
		d.Reason = k.Extension.Reason
	case name == "refuse" && k.Closing != nil:
		d.Reason = k.Closing.Reason
	}
	if name == "answer" || name == "refer" {
		if err := a.searchFor(ctx, f, k, &d); err != nil {
			return nil, err
		}
	}
	var b bytes.Buffer
	if err := letters.Write(&b, name, d); err != nil {
		return nil, usage("%s", reports.Show(err.Error()))
	}
	return b.Bytes(), nil
}

// searchFor looks the person of the case up for an answer or a referral.
func (a *app) searchFor(ctx context.Context, f *caseLetterFlags, k *cases.Case, d *cases.LetterData) error {
	if len(k.Identifiers) == 0 {
		return usage("case %s does not know whom to look for: begin it with --email and the like", k.ID)
	}
	if !k.Verified() {
		return usage("the person of case %s is not verified: nothing about them is told yet (`habeas case verify`)", k.ID)
	}
	r, err := a.openWithKey(ctx, f.recordFlags)
	if err != nil {
		return err
	}
	defer r.Close()
	ids, reject, err := a.who(ctx, r, &subjectFlags{}, &caseRef{f.casesFlags, k.ID}, nil)
	if err != nil {
		return err
	}
	res, err := subject.Find(ctx, findings{r.DB}, ids, subject.Options{Reject: reject})
	if err != nil {
		return tooMany(err)
	}
	if err := addContacts(res, f.ownersFile); err != nil {
		return err
	}
	for _, ref := range res.Referrals {
		if ref.Verified > 0 || ref.Likely > 0 {
			d.Referrals = append(d.Referrals, ref)
		}
	}
	sum, err := r.Summary(ctx)
	if err != nil {
		return err
	}
	d.Search = newSearch(r.run, sum, res)
	return nil
}

func newSearch(run reports.Run, sum *reports.Summary, res *subject.Result) *cases.Search {
	c := sum.Coverage
	s := &cases.Search{AsOf: cases.DateOf(run.AsOf).Long(), Listed: sum.Listed, Complete: c[string(reports.Complete)], Partial: c[string(reports.Partial)],
		Skipped: c[string(reports.Skipped)], Failed: c[string(reports.Failed)],
		Verified: res.Count(subject.Verified), Likely: res.Count(subject.Likely), Possible: res.Count(subject.Possible)}
	seen := map[*reports.Entry]bool{}
	for _, m := range res.Matches {
		if m.Level == subject.Verified && !seen[m.Entry] {
			seen[m.Entry] = true
			s.Objects++
			if m.Own {
				s.OwnObjects++
			}
		}
	}
	return s
}

func (a *app) caseTemplatesCommand() *cobra.Command {
	var out string
	c := &cobra.Command{
		Use:   "templates",
		Short: "Write the templates of letters out, to edit them",
		Long: "Templates writes the built-in templates into a folder and overwrites nothing.\n" +
			"law.txt holds all that letters say of the law: have it read by your lawyer.",
		Example: "  habeas case templates --out letters",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			names, err := cases.WriteTemplates(out)
			if err != nil {
				return stopped("the templates can't be written: %s", reports.Show(err.Error()))
			}
			for _, n := range names {
				if _, err := fmt.Fprintln(a.stdout, n); err != nil {
					return err
				}
			}
			if len(names) == 0 {
				fmt.Fprintln(a.stderr, "habeas: all templates are there already; nothing was overwritten")
			}
			return nil
		},
	}
	c.Flags().StringVarP(&out, "out", "o", "letters", "`FOLDER` to write to")
	return c
}

func sortByDue(rows []listed) {
	slices.SortStableFunc(rows, func(a, b listed) int { return strings.Compare(a.Clock.Due.String(), b.Clock.Due.String()) })
}
