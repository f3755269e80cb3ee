package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"filippo.io/age"
	"github.com/spf13/cobra"

	"habeas/detectors"
	"habeas/reports"
	"habeas/reports/access"
	"habeas/reports/audit"
	"habeas/reports/cases"
	"habeas/reports/decisions"
	"habeas/reports/subject"
	"habeas/scanner/store"
)

type accessFlags struct {
	recordFlags
	subjectFlags
	rereadFlags
	auditFlags
	caseRef
	owners     []string
	out        string
	recipients []string
	passphrase string
	plain      bool
	portable   bool
	unread     bool
	decisions  string
	controller string
	strict     bool
	dropLeaks  bool
	json       bool
}

func (a *app) accessCommand() *cobra.Command {
	var f accessFlags
	c := &cobra.Command{
		Use:   "access",
		Short: "Make the package for a person who asks for their data",
		Long: "Access makes one sealed file for the person of a case: an answer in plain words,\n" +
			"the data as JSON Lines and GeoJSON, copies of their uploads, and a list of what\n" +
			"was covered. Data of other people is covered: masked in texts, filled solid in\n" +
			"pictures, stripped from metadata. Payment cards, identity documents and passwords\n" +
			"are named and never sent. What goes in is looked at again with all detectors, and\n" +
			"if a value of somebody else is left, nothing is written (exit 4).\n\n" +
			"The person must be verified in the case. The file is encrypted by age, to\n" +
			"--recipient or with --passphrase-file; --plain writes it in the clear.\n\n" +
			"Give --region, --rules and --tags as they were given to the scan.",
		Example: "  habeas access --owner ana --case DSR-12 --out package --recipient age1…\n" +
			"  habeas access --email jane@example.org --case DSR-13 --out package --passphrase-file secret.txt\n" +
			"  habeas access --owner ana --case DSR-14 --portable --out package --recipient age1…",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.access(c.Context(), &f) },
	}
	f.recordFlags.add(c)
	f.subjectFlags.add(c)
	f.rereadFlags.add(c)
	f.auditFlags.add(c)
	f.caseRef.add(c)
	fl := c.Flags()
	fl.StringArrayVar(&f.owners, "owner", nil, "`ID` of an account of the person: all its uploads; the same as --owner-id")
	fl.StringVarP(&f.out, "out", "o", "", "`FOLDER` for the package")
	fl.StringArrayVar(&f.recipients, "recipient", nil, "age `RECIPIENT` (age1…) who can open the package; may be repeated")
	fl.StringVar(&f.passphrase, "passphrase-file", "", "`FILE` with a passphrase that opens the package: tell it by another way than you send the package")
	fl.BoolVar(&f.plain, "plain", false, "write the package in the clear")
	fl.BoolVar(&f.portable, "portable", false, "only what the person provided, for another service (GDPR, Article 20)")
	fl.BoolVar(&f.unread, "include-unread", false, "copies also of uploads that could not be read in full: nothing is known of who is in them")
	fl.BoolVar(&f.dropLeaks, "drop-leaks", false, "keep copies out that would show somebody else, and list them, instead of stopping")
	fl.StringVar(&f.decisions, "decisions", "", "`FILE` of an officer's decisions: refer and hold keep an object out, redact covers")
	fl.StringVar(&f.controller, "controller", "", "`FILE` with the controller's profile (YAML, see docs/profile.md): what the person is told beside the data")
	fl.BoolVar(&f.strict, "strict", false, "refuse a package whose profile leaves something to complete")
	fl.BoolVar(&f.json, "json", false, "print JSON")
	return c
}

func (a *app) access(ctx context.Context, f *accessFlags) error {
	f.subjectFlags.owners = append(f.subjectFlags.owners, f.owners...)
	k, err := a.mayHandOut(f)
	if err != nil {
		return err
	}
	seal, err := f.sealer()
	if err != nil {
		return err
	}
	r, err := a.openWithKey(ctx, f.recordFlags)
	if err != nil {
		return err
	}
	defer r.Close()
	path, err := f.target(k, r.run)
	if err != nil {
		return err
	}
	cfg, err := a.packageOf(ctx, f, k, r)
	if err != nil {
		return err
	}
	again, err := a.reread(r, &f.rereadFlags, runtime.GOMAXPROCS(0))
	if err != nil {
		return err
	}
	defer again.close()
	c, err := a.newCopyist(f.inProcess, again.look)
	if err != nil {
		return err
	}
	defer c.close()
	over := overSource{again, c.planner()}
	cfg.Source, cfg.Check, cfg.Strip, cfg.Render = over, over, over, render{c}
	log, err := a.openAudit(f.auditFlags, "access")
	if err != nil {
		return err
	}
	defer log.Close()
	begun := audit.Entry{Action: "access.begun", Case: k.ID, Count: len(cfg.Objects), Detail: map[string]string{"portable": fmt.Sprint(f.portable)}}
	if err := log.log(begun); err != nil {
		return err
	}
	out, sum, err := writePackage(ctx, path, seal, cfg)
	if err != nil {
		return errors.Join(a.notSealed(err), log.log(audit.Entry{Action: "access.stopped", Case: k.ID}))
	}
	done := audit.Entry{Action: "access.sealed", Case: k.ID, Count: out.Values, Detail: map[string]string{"sha256": sum,
		"copies": fmt.Sprint(out.Copies), "covered": fmt.Sprint(out.Hidden), "sealed": fmt.Sprint(!f.plain)}}
	a.noteOutput("package", path, k.ID, r.run.Sources, outputDays)
	return errors.Join(log.log(done), a.sayPacked(f, path, sum, out))
}

// mayHandOut refuses whatever must not happen before anything is read.
func (a *app) mayHandOut(f *accessFlags) (*cases.Case, error) {
	if f.id == "" {
		return nil, usage("a package is made for a case: name it with --case (`habeas case new` begins one)")
	}
	if f.out == "" {
		return nil, usage("name a folder for the package with --out")
	}
	k, err := a.loadCase(f.caseRef)
	if err != nil {
		return nil, err
	}
	switch {
	case !k.Open():
		return nil, usage("case %s is closed", k.ID)
	case !k.Verified():
		return nil, usage("the person of case %s is not verified for their data: record how they were identified with `habeas case verify %s`; nothing was written", k.ID, k.ID)
	case k.Kind != cases.Access && k.Kind != cases.Portability:
		return nil, usage("case %s asks for %s: a package answers a case of access or portability", k.ID, k.Kind)
	}
	f.portable = f.portable || k.Kind == cases.Portability
	return k, nil
}

// sealer gives what encrypts the package.
func (f *accessFlags) sealer() (func(io.Writer) (io.WriteCloser, error), error) {
	ways := 0
	for _, set := range []bool{len(f.recipients) > 0, f.passphrase != "", f.plain} {
		if set {
			ways++
		}
	}
	if ways != 1 {
		return nil, usage("say how the package is sealed, in one way: --recipient age1…, --passphrase-file FILE, or --plain for none")
	}
	if f.plain {
		return func(w io.Writer) (io.WriteCloser, error) { return open{w}, nil }, nil
	}
	who, err := recipients(f.recipients)
	if err != nil {
		return nil, err
	}
	if f.passphrase != "" {
		b, err := readSmall(f.passphrase)
		if err != nil {
			return nil, usage("%s", reports.Show(err.Error()))
		}
		secret := strings.TrimRight(string(b), "\r\n")
		if len(secret) < minPassphrase {
			return nil, usage("%s holds a passphrase of fewer than %d characters: take a longer one", reports.Show(f.passphrase), minPassphrase)
		}
		one, err := age.NewScryptRecipient(secret)
		if err != nil {
			return nil, usage("the passphrase can't be used")
		}
		who = []age.Recipient{one}
	}
	return func(w io.Writer) (io.WriteCloser, error) { return age.Encrypt(w, who...) }, nil
}

const minPassphrase = 12

// open is a package that is not sealed.
type open struct{ io.Writer }

func (open) Close() error { return nil }

// target is the file to write. It must be new, and no object of the record's own
// sources.
func (f *accessFlags) target(k *cases.Case, run reports.Run) (string, error) {
	abs, err := filepath.Abs(f.out)
	if err != nil {
		return "", err
	}
	for _, s := range run.Sources {
		rel, err := filepath.Rel(s, abs)
		if !strings.HasPrefix(s, "s3://") && err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
			return "", usage("%s lies inside the folder that was scanned: name a place outside it with --out", reports.Show(f.out))
		}
	}
	name := string(cases.Access) + "-" + k.ID + ".zip"
	if f.portable {
		name = string(cases.Portability) + "-" + k.ID + ".zip"
	}
	if !f.plain {
		name += ".age"
	}
	path := filepath.Join(f.out, name)
	if _, err := os.Lstat(path); err == nil {
		return "", usage("%s is there already: move it away first", reports.Show(path))
	}
	if err := os.MkdirAll(f.out, 0o700); err != nil {
		return "", usage("%s", reports.Show(err.Error()))
	}
	return path, nil
}

// writePackage writes through a temporary name: a package that was stopped leaves
// nothing.
func writePackage(ctx context.Context, path string, seal func(io.Writer) (io.WriteCloser, error), cfg access.Config) (out *access.Outcome, sum string, err error) {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".package-*") // 0600
	if err != nil {
		return nil, "", err
	}
	defer os.Remove(tmp.Name())
	h := sha256.New()
	w, err := seal(io.MultiWriter(tmp, h))
	if err == nil {
		out, err = access.Write(ctx, w, cfg)
	}
	if err == nil {
		err = w.Close()
	}
	if err == nil {
		err = tmp.Sync()
	}
	if err := errors.Join(err, tmp.Close()); err != nil {
		return nil, "", err
	}
	return out, hex.EncodeToString(h.Sum(nil)), os.Rename(tmp.Name(), path)
}

// notSealed says why there is no package.
func (a *app) notSealed(err error) error {
	var leak *access.Leak
	var leaks access.Leaks
	var exit *exitError
	switch {
	case errors.As(err, &leaks):
		return stopped("nothing was written: the package would have shown %s; --drop-leaks keeps these copies out, a decision (refer or hold) in --decisions single ones", leaks.Error())
	case errors.As(err, &leak):
		return stopped("nothing was written: the package would have shown %s", leak.Error())
	case errors.Is(err, access.ErrNothing):
		return usage("there is nothing to hand out: `habeas find --case` shows what was found, `habeas case letter ... answer` says so to the person")
	case errors.As(err, &exit), errors.Is(err, context.Canceled):
		return err
	}
	return stopped("the package can't be written: %s", reports.Show(err.Error()))
}

func (a *app) sayPacked(f *accessFlags, path, sum string, out *access.Outcome) error {
	if f.plain {
		fmt.Fprintln(a.stderr, "habeas: the package is not encrypted: mind where it goes")
	}
	if f.json {
		return printJSON(a.stdout, struct {
			Package string `json:"package"`
			SHA256  string `json:"sha256"`
			*access.Outcome
		}{path, sum, out})
	}
	_, err := fmt.Fprintf(a.stdout, "%s\n  %d uploads of the person, %d objects of others\n  %d values shown, %d of other people covered, %d of kinds that are never sent\n"+
		"  %d copies, %d of them changed to cover others, %d objects without a copy\n  sha256 %s\n",
		reports.Show(path), out.Own, out.Objects-out.Own, out.Values, out.Hidden, out.NeverShown, out.Copies, out.Covered, out.Withheld, sum)
	return err
}

// packageOf says what goes into the package.
func (a *app) packageOf(ctx context.Context, f *accessFlags, k *cases.Case, r *recorded) (access.Config, error) {
	cfg := access.Config{Tool: "habeas " + version(), Case: k.ID, Regime: cases.RegimeTitle(k.Regime), AsOf: r.run.AsOf, Portable: f.portable, DropLeaks: f.dropLeaks,
		Mine: map[string]bool{}, Release: map[string]bool{}, Cover: map[string]bool{}, Withhold: map[string]string{},
		Never: func(kind string) bool { return neverRevealed(detectors.Kind(kind)) }, Shuffle: rand.Shuffle}
	who, told, err := a.answering(f.controller, k.Regime)
	if err != nil {
		return cfg, err
	}
	cfg.Controller = access.Controller{Name: who.Name, Officer: who.Officer, Contact: who.Email, Authority: who.Authority, Information: told}
	if n := cfg.Controller.Gaps(); n > 0 && f.strict {
		return cfg, usage("%d things that the person is to be told are missing: complete the profile that --controller names", n)
	} else if n > 0 {
		fmt.Fprintf(a.stderr, "habeas: %d things that the person is to be told stand as `to complete` in the answer: --controller names the profile that says them\n", n)
	}
	ids, reject, err := a.theCases(ctx, f, k, r)
	if err != nil {
		return cfg, err
	}
	res, err := subject.Find(ctx, findings{r.DB}, ids, subject.Options{Reject: reject})
	if err != nil {
		return cfg, tooMany(err)
	}
	p := picking{cfg: &cfg, k: k, flags: f, own: map[reports.Owner]bool{}, matched: map[string]bool{}}
	p.identifiers(ids, res)
	for _, acc := range res.Accounts {
		if !p.own[reports.Owner{ID: acc.ID, Tenant: acc.Tenant}] {
			fmt.Fprintf(a.stderr, "habeas: account %s seems to be the person's (%s): its uploads are in with --owner, once you are sure\n", ownerName(acc.Owner), acc.Why)
		}
	}
	if err := p.decided(); err != nil {
		return cfg, err
	}
	if err := p.collect(ctx, r, res); err != nil {
		return cfg, tooMany(err)
	}
	cfg.Coverage, err = r.Summary(ctx)
	return cfg, err
}

// theCases are the identifiers of the case. Flags may name some of them and no
// others: the identity check was about these.
func (a *app) theCases(ctx context.Context, f *accessFlags, k *cases.Case, r *recorded) ([]subject.Identifier, []string, error) {
	if len(k.Identifiers) == 0 {
		return nil, nil, usage("case %s does not know the person: say what they are known by with `habeas case identify %s`, then record the identity check", k.ID, k.ID)
	}
	ids, reject, err := a.who(ctx, r, &subjectFlags{}, &f.caseRef, nil)
	if err != nil || f.subjectFlags.empty() {
		return ids, reject, err
	}
	given, _, err := a.who(ctx, r, &f.subjectFlags, &caseRef{}, f.countries())
	if err != nil {
		return nil, nil, err
	}
	for _, g := range given {
		known := slices.ContainsFunc(ids, func(id subject.Identifier) bool {
			return id.Kind == g.Kind && id.Owner == g.Owner && slices.Equal(id.Terms, g.Terms)
		})
		if !known {
			return nil, nil, usage("one %s is none of case %s, whose person was verified without it: add it with `habeas case identify %s` and record the identity check again", g.Kind, k.ID, k.ID)
		}
	}
	return given, reject, nil
}

// countries are those of --region.
func (f *accessFlags) countries() []string {
	countries, _, _ := f.split() // what is wrong with them is told when the sources are opened
	return countries
}

// picking chooses the objects of a package.
type picking struct {
	cfg     *access.Config
	k       *cases.Case
	flags   *accessFlags
	own     map[reports.Owner]bool // accounts that were given
	matched map[string]bool        // ids of findings about the person
	copies  map[string]bool        // objects of others of which a covered copy goes out, by Ref
}

// identifiers takes what is the person's: what they gave, unless many hold it.
func (p *picking) identifiers(ids []subject.Identifier, res *subject.Result) {
	shared := map[int]bool{}
	for _, s := range res.Shared {
		shared[s.Index] = true
	}
	for i, id := range ids {
		if id.Kind == subject.Owner {
			p.own[reports.Owner{ID: id.Owner.ID, Tenant: id.Owner.Tenant}] = true
			continue
		}
		for _, t := range id.Terms {
			if !shared[i] {
				p.cfg.Mine[t.Fingerprint] = true
			}
		}
	}
	confirmed := p.k.Decided(cases.Confirmed)
	for _, m := range res.Matches {
		if f := m.Finding; f != nil && (m.Level == subject.Verified || slices.Contains(confirmed, f.ID)) {
			p.matched[f.ID] = true
		}
	}
}

// decided takes in what was decided, in the case and in the file.
func (p *picking) decided() error {
	for _, d := range p.k.Decisions {
		switch d.Ground {
		case cases.Consent, cases.Reasonable:
			p.cfg.Release[d.Finding] = true
		case cases.Redact, cases.SomebodyElse:
			p.cfg.Cover[d.Finding] = true
		}
	}
	p.copies = map[string]bool{}
	if p.flags.decisions == "" {
		return nil
	}
	file, err := os.Open(p.flags.decisions)
	if err != nil {
		return usage("%s", reports.Show(err.Error()))
	}
	defer file.Close()
	all, err := decisions.Read(file)
	if err != nil {
		return usage("%s: %s", reports.Show(p.flags.decisions), reports.Show(err.Error()))
	}
	for _, d := range all.Decisions {
		ref := access.Ref(&reports.Entry{Source: d.Source, Key: d.Key, Version: d.Version})
		switch {
		case d.Finding != "" && (d.Action == decisions.Redact || d.Action == decisions.Strip):
			p.cfg.Cover[d.Finding] = true
		case d.Finding != "":
		case d.Action == decisions.Refer || d.Action == decisions.Hold:
			p.cfg.Withhold[ref] = "an officer decided to " + string(d.Action) + " it"
		case d.Action == decisions.Redact:
			p.copies[ref] = true
		}
	}
	return nil
}

// collect takes the objects: uploads of the person's accounts, and objects of
// others with a finding about the person.
func (p *picking) collect(ctx context.Context, r *recorded, res *subject.Result) error {
	seen := map[string]bool{}
	take := func(e *reports.Entry) error {
		own := p.own[reports.Owner{ID: e.Owner.ID, Tenant: e.Owner.Tenant}] && e.Owner.ID != ""
		o := access.Object{Entry: e, Own: own, Matched: map[string]bool{}, Copy: p.copies[access.Ref(e)]}
		for i := range e.Findings {
			id := e.Findings[i].ID
			o.Matched[id] = p.matched[id]
			own = own || p.matched[id]
		}
		if !own || !o.Own && p.flags.portable || seen[access.Ref(e)] {
			return nil
		}
		seen[access.Ref(e)] = true
		p.withhold(e)
		p.cfg.Objects = append(p.cfg.Objects, o)
		return nil
	}
	for o := range p.own {
		if err := r.Select(ctx, store.Selection{Owner: &o}, take); err != nil {
			return err
		}
	}
	prints := map[string]bool{}
	for _, m := range res.Matches {
		if m.Finding != nil && p.matched[m.Finding.ID] {
			prints[m.Finding.Fingerprint] = true
		}
	}
	for print := range prints {
		if err := r.Select(ctx, store.Selection{Fingerprints: []string{print}}, take); err != nil {
			return err
		}
	}
	slices.SortFunc(p.cfg.Objects, func(a, b access.Object) int { return strings.Compare(access.Ref(a.Entry), access.Ref(b.Entry)) })
	return nil
}

// withhold keeps an object out that could not be read in full, or that a decision
// of the case keeps out.
func (p *picking) withhold(e *reports.Entry) {
	if e.Coverage != reports.Complete && !p.flags.unread {
		p.cfg.Withhold[access.Ref(e)] = "it could not be read in full, so that nobody knows who is in it"
	}
	for _, id := range p.k.Decided(cases.Withhold) {
		if slices.ContainsFunc(e.Findings, func(f reports.Finding) bool { return f.ID == id }) {
			p.cfg.Withhold[access.Ref(e)] = "an officer decided to withhold it"
		}
	}
}
