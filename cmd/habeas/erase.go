package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"habeas/reports"
	"habeas/reports/audit"
	"habeas/reports/decisions"
	"habeas/reports/erasure"
	"habeas/reports/keptfile"
	"habeas/scanner"
	"habeas/scanner/store"
	"habeas/sources"
)

func (a *app) eraseCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "erase",
		Short: "Erase what a store keeps of an owner or of decided objects, and prove it",
		Long: "Erase works in three steps. `erase plan` lists every version, delete marker and\n" +
			"unfinished upload that would go, and changes nothing. `erase apply` carries out\n" +
			"exactly that plan, once somebody approved its hash, and writes a signed receipt.\n" +
			"`erase verify` looks again. See docs/erasure.md.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(a.erasePlanCommand(), a.eraseApplyCommand(), a.eraseVerifyCommand())
	return c
}

type erasePlanFlags struct {
	sourceFlags
	ownerFlags
	auditFlags
	subjectFlags
	caseRef
	of, tenant  string
	decisions   string
	oldVersions string
	copies      string
	record      string
	key         string
	holds       string
	ground      string
	out         string
	validFor    time.Duration
	compare     int64
}

func (a *app) erasePlanCommand() *cobra.Command {
	var f erasePlanFlags
	c := &cobra.Command{
		Use:   "plan PATH|s3://BUCKET/PREFIX...",
		Short: "List what would be erased, and what stands in the way; changes nothing",
		Long: "Plan lists what the sources keep: old versions, delete markers and unfinished\n" +
			"uploads too. It takes everything of the owner named with --of, by the same owner\n" +
			"rules as a scan, or what --decisions wants deleted, with sidecars and derivatives.\n" +
			"With --case alone, or --subject, it takes the accounts of that person; where the\n" +
			"person stands in the uploads of others, the plan only names it, for you to refer\n" +
			"or decide. A case must say that the person was identified for erasure.\n" +
			"What another owner has of it, what is held or locked, and what is out of reach is\n" +
			"named in the plan and not deleted. The plan's hash is what `erase apply --approve`\n" +
			"wants.",
		Example: "  habeas erase plan s3://media/uploads/ --owner 'users/{owner}/**' --case DSR-12 --record media.habeas -o plan.json\n" +
			"  habeas erase plan s3://media/uploads/ --owner 'users/{owner}/**' --of u-1042 --ground 'account closed' -o plan.json\n" +
			"  habeas erase plan s3://media/ --decisions decisions.json --record media.habeas --copies copies.yaml -o plan.json",
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return a.erasePlan(c.Context(), &f, args) },
	}
	f.sourceFlags.add(c)
	f.ownerFlags.add(c)
	f.auditFlags.add(c)
	f.subjectFlags.add(c)
	f.caseRef.add(c)
	fl := c.Flags()
	fl.StringVar(&f.of, "of", "", "`OWNER` whose objects are erased, exactly as the owner rules name them")
	fl.StringVar(&f.tenant, "tenant", "", "`TENANT` of that owner, where the rules name tenants")
	fl.StringVar(&f.decisions, "decisions", "", "`FILE` of an officer's decisions: whole objects to delete, and what must be kept")
	fl.StringVar(&f.oldVersions, "old-versions", "", "`FILE` that `habeas strip` wrote: the old versions in it are erased")
	fl.StringVar(&f.copies, "copies", "", "`FILE` that says where copies are: derivatives, replicas, CDN, backups (YAML, see docs/erasure.md)")
	fl.StringVar(&f.record, "record", "", "`FILE` of the record of a scan: tells which sidecars belong to an object, and where a person stands (default for those: the only one in this folder)")
	fl.StringVar(&f.key, "key", "", "`FILE` of the fingerprint key (default: habeas/key in the configuration folder)")
	fl.StringVar(&f.holds, "holds", "", "`FILE` of the register of holds (default: habeas/holds.json in the configuration folder)")
	fl.StringVar(&f.ground, "ground", "", "`WORDS`: why it is erased, for the audit log and the receipt")
	fl.StringVarP(&f.out, "out", "o", "erase-plan.json", "`FILE` to write the plan to")
	fl.DurationVar(&f.validFor, "valid-for", 72*time.Hour, "`TIME` in which the plan may be carried out, at most 168h")
	fl.Int64Var(&f.compare, "compare", 1<<30, "most `BYTES` that are read to find the same content under other owners")
	fl.BoolVar(&f.bypass, "bypass-governance", false, "reckon with going around governance locks")
	return c
}

const maxValid = 7 * 24 * time.Hour

func (f *erasePlanFlags) check() error {
	switch {
	case f.of == "" && f.decisions == "" && f.oldVersions == "" && f.subjectFlags.empty() && f.id == "":
		return usage("say what is to be erased: all of an owner's with --of, a person's with --case or --subject, or what an officer decided with --decisions, or what a strip left with --old-versions")
	case f.of != "" && !f.subjectFlags.empty():
		return usage("--of names an account and --subject and its like a person: take one of them (--owner-id names accounts of a person)")
	case f.tenant != "" && f.of == "":
		return usage("--tenant needs the owner too: name it with --of")
	case f.ground == "" && f.id == "":
		return usage("say why it is erased with --ground, or for which case with --case: it goes into the plan and the audit log (a number of another system goes into --ground)")
	case f.validFor <= 0 || f.validFor > maxValid:
		return usage("--valid-for is at most 168h: what is there changes")
	}
	return nil
}

func (a *app) erasePlan(ctx context.Context, f *erasePlanFlags, args []string) error {
	if err := f.check(); err != nil {
		return err
	}
	rules, err := f.ownerFlags.load()
	if err != nil {
		return err
	}
	f.tags = f.tags || rules.wantTags
	p := &erasure.Planner{Of: erasure.Selection{Owner: f.of, Tenant: f.tenant}, Tool: "habeas " + version(), Case: f.id, Ground: f.ground,
		OwnerRules: rules.Hash(), Now: a.now().UTC().Truncate(time.Second), BypassGovernance: f.bypass, Compare: f.compare}
	p.Expires = p.Now.Add(f.validFor)
	if p.Holds, err = a.readHolds(f.holds); err != nil {
		return err
	}
	if err := f.readFiles(ctx, p); err != nil {
		return err
	}
	if err := a.forWhom(ctx, f, p); err != nil {
		return err
	}
	if p.Of.Empty() && len(p.Mentions) == 0 {
		return usage("nothing says what is to be erased: the record knows neither an account of the person nor an object that tells of them")
	}
	srcs, err := f.sourceFlags.open(ctx, args)
	if err != nil {
		return err
	}
	defer closeAll(srcs)
	if err := preflight(ctx, srcs); err != nil {
		return err
	}
	if p.Targets, err = targets(ctx, srcs); err != nil {
		return err
	}
	p.Owner, p.OpenSite = ownerOf(rules, srcs), f.openSite
	p.Outputs = a.outputsAbout(srcs)
	plan, err := p.Plan(ctx)
	if err != nil {
		return eraseError(err)
	}
	return a.writePlan(f, plan)
}

// readFiles reads what the flags name.
func (f *erasePlanFlags) readFiles(ctx context.Context, p *erasure.Planner) error {
	var err error
	if f.decisions != "" {
		if p.Of.Decisions, err = hashed(f.decisions, func(r io.Reader) error {
			p.File, err = decisions.Read(r)
			return err
		}); err != nil {
			return err
		}
	}
	if f.oldVersions != "" {
		if p.Of.Stripped, err = hashed(f.oldVersions, func(r io.Reader) error {
			p.Old, err = erasure.ReadOldVersions(r)
			return err
		}); err != nil {
			return err
		}
	}
	if f.copies != "" {
		if _, err = hashed(f.copies, func(r io.Reader) error {
			p.Rules, err = erasure.ReadRules(r)
			return err
		}); err != nil {
			return err
		}
	}
	if f.record != "" {
		p.SidecarOf, err = sidecarsOf(ctx, f.record)
	}
	return err
}

// hashed reads a file and gives the hash of its bytes.
func hashed(path string, read func(io.Reader) error) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", usage("%s", reports.Show(err.Error()))
	}
	defer file.Close()
	h := sha256.New()
	in := io.TeeReader(file, h)
	if err := read(bufio.NewReader(in)); err != nil {
		return "", usage("%s: %s", reports.Show(path), reports.Show(err.Error()))
	}
	if _, err := io.Copy(io.Discard, in); err != nil {
		return "", usage("%s", reports.Show(err.Error()))
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// sidecars is a handler that keeps which object is whose sidecar.
type sidecars map[object]string

var _ reports.Brief = sidecars{}

func (sidecars) Brief()                     {}
func (sidecars) Begin(*reports.Run) error   { return nil }
func (sidecars) End(*reports.Summary) error { return nil }
func (s sidecars) Entry(e *reports.Entry) error {
	if e.SidecarOf != "" {
		s[object{e.Source, e.Key}] = e.SidecarOf
	}
	return nil
}

func sidecarsOf(ctx context.Context, record string) (func(source, key string) string, error) {
	db, err := openRecord(record)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	all := sidecars{}
	if err := db.Replay(ctx, all); err != nil {
		return nil, recordError(record, err)
	}
	return func(source, key string) string { return all[object{source, key}] }, nil
}

// openSite opens a replica with what the flags say, where the site says nothing
// else.
func (f *sourceFlags) openSite(ctx context.Context, at erasure.Site) (sources.Source, func(), error) {
	g := *f
	countries, _, err := f.split()
	if err != nil {
		return nil, nil, err
	}
	if at.Endpoint != "" {
		g.endpoint = at.Endpoint
	}
	if at.Region != "" {
		g.regions = append(countries, at.Region)
	}
	if at.Profile != "" {
		g.profile = at.Profile
	}
	srcs, err := g.open(ctx, []string{at.URL})
	if err != nil {
		return nil, nil, err
	}
	return srcs[0].Source, func() { closeAll(srcs) }, nil
}

func targets(ctx context.Context, srcs []source) ([]*erasure.Target, error) {
	var out []*erasure.Target
	for _, s := range srcs {
		t, err := erasure.NewTarget(ctx, s.Source)
		if err != nil {
			return nil, notStarted(s.Name(), err)
		}
		out = append(out, t)
	}
	return out, nil
}

// ownerOf asks the owner rules. What has content is opened if a rule needs its
// metadata or tags.
func ownerOf(rules *ownerRules, srcs []source) func(context.Context, sources.Version) (erasure.Owner, error) {
	look := lookIn(srcs)
	deep := rules.wantTags || rules.NeedsMeta()
	return func(ctx context.Context, v sources.Version) (erasure.Owner, error) {
		o, unread := v.Object, false
		if deep && !v.Marker {
			opened, err := look(ctx, o)
			var e *sources.Error
			switch {
			case err == nil:
				o = opened
			case !errors.As(err, &e) || e.Fatal:
				return erasure.Owner{}, err
			default:
				unread = true // whose it is, is not sure
			}
		}
		at := rules.Attribute(o)
		return erasure.Owner{ID: at.Owner.ID, Tenant: at.Owner.Tenant, Disputed: unread || len(at.Conflicts) > 0}, nil
	}
}

// eraseError gives a refusal its exit code: nothing was changed.
func eraseError(err error) error {
	var refused *erasure.Error
	if errors.As(err, &refused) {
		return stopped("%s", refused.Error())
	}
	return err
}

func (a *app) writePlan(f *erasePlanFlags, plan *erasure.Plan) error {
	log, err := a.openAudit(f.auditFlags, "erase plan")
	if err != nil {
		return err
	}
	defer log.Close()
	b, hash, err := plan.Encode()
	if err != nil {
		return err
	}
	err = keptfile.WriteBytes(f.out, b, func() error {
		return log.log(audit.Entry{Action: "erase.plan", Case: plan.Case, Why: plan.Ground, Count: plan.Deletes, Detail: map[string]string{"plan": hash}})
	})
	if err != nil {
		return fileError(f.out, err)
	}
	a.noteOutput("plan", f.out, plan.Case, sourcesOf(plan), outputDays)
	return printPlan(a.stdout, plan, hash, f.out)
}

func fileError(path string, err error) error {
	var exit *exitError
	if errors.As(err, &exit) {
		return err
	}
	return stopped("%s can't be written (%s)", reports.Show(path), reports.Show(err.Error()))
}

func sourcesOf(p *erasure.Plan) []string {
	var out []string
	for _, pl := range p.Places {
		out = append(out, pl.Source)
	}
	return out
}

// prints makes the fingerprints that name objects in logs.
func (a *app) prints(flag string) (*scanner.Fingerprints, error) {
	path, err := a.keyPath(flag)
	if err != nil {
		return nil, err
	}
	key, made, err := loadKey(path)
	if err != nil {
		return nil, err
	}
	if made {
		fmt.Fprintf(a.stderr, "habeas: made a fingerprint key at %s: keep it, values of scans made with different keys can't be joined\n", reports.Show(path))
	}
	return scanner.NewFingerprints(key)
}

// forget takes what is gone out of a record.
func forget(ctx context.Context, record string, p *erasure.Plan, out []erasure.Outcome) (int, error) {
	left := map[object]bool{}
	all := map[object]bool{}
	for i := range p.Items {
		at := object{p.Items[i].Source, string(p.Items[i].Key)}
		all[at] = true
		if s := out[i].State; s != erasure.Erased && s != erasure.Gone {
			left[at] = true
		}
	}
	var gone []scanner.Ref
	for at := range all {
		if !left[at] {
			gone = append(gone, scanner.Ref{Source: at.source, Key: at.key})
		}
	}
	db, err := store.Create(record)
	if err != nil {
		return 0, recordError(record, err)
	}
	err = db.Forget(ctx, gone)
	if err = errors.Join(err, db.Close()); err != nil {
		return 0, recordError(record, err)
	}
	return len(gone), nil
}
