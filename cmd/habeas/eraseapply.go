package main

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"habeas/reports"
	"habeas/reports/audit"
	"habeas/reports/erasure"
	"habeas/reports/keptfile"
	"habeas/scanner"
)

type eraseApplyFlags struct {
	sourceFlags
	auditFlags
	approve   string
	approvers []string
	maxDelete int
	holds     string
	key       string
	signKey   string
	record    string
	receipt   string
	letter    string
	quiet     bool

	journal string // beside the plan
}

func (a *app) eraseApplyCommand() *cobra.Command {
	var f eraseApplyFlags
	c := &cobra.Command{
		Use:   "apply PLAN",
		Short: "Carry out an approved plan, and write a signed receipt",
		Long: "Apply without --approve prints what the plan would delete, and changes nothing.\n" +
			"With the plan's hash it deletes exactly what the plan names: each version is looked\n" +
			"at again just before, announced in the audit log, and looked for afterwards. There\n" +
			"is no undo. A wrong, edited, expired or foreign plan, an unreadable register of\n" +
			"holds or audit log: nothing is deleted, and the exit code is 4. Run again after an\n" +
			"interruption, it goes on. It exits with 3 if something of the plan is still there.",
		Example: "  habeas erase apply plan.json\n" +
			"  habeas erase apply plan.json --approve 4b8f0c2d11aa --approver 'second officer'",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return a.eraseApply(c.Context(), &f, args[0]) },
	}
	f.sourceFlags.add(c)
	f.auditFlags.add(c)
	fl := c.Flags()
	fl.StringVar(&f.approve, "approve", "", "`HASH` of the plan, at least its first 12 digits: without it nothing is deleted")
	fl.StringArrayVar(&f.approvers, "approver", nil, "`NAME` of somebody else who approved the plan, for the receipt; may be repeated")
	fl.IntVar(&f.maxDelete, "max-delete", erasure.DefaultMaxDelete, "refuse a plan that deletes more than this `NUMBER` of items")
	fl.StringVar(&f.holds, "holds", "", "`FILE` of the register of holds (default: habeas/holds.json in the configuration folder)")
	fl.StringVar(&f.key, "key", "", "`FILE` of the fingerprint key (default: habeas/key in the configuration folder)")
	fl.StringVar(&f.signKey, "signing-key", "", "`FILE` of the key that signs receipts (default: habeas/signing-key in the configuration folder, made at first use)")
	fl.StringVar(&f.record, "record", "", "`FILE` of the record of a scan: what is gone is taken out of it")
	fl.StringVar(&f.receipt, "receipt", "", "`FILE` for the officer's signed receipt (default: the plan's name with .receipt.json)")
	fl.StringVar(&f.letter, "letter", "", "`FILE` for the subject's copy of the receipt (default: the plan's name with .letter.txt)")
	fl.BoolVar(&f.bypass, "bypass-governance", false, "go around governance locks, with the right to s3:BypassGovernanceRetention")
	fl.BoolVarP(&f.quiet, "quiet", "q", false, "print no progress")
	return c
}

// readPlan reads a plan's file, and gives its hash.
func readPlan(path string) ([]byte, string, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, "", usage("%s", reports.Show(err.Error()))
	}
	defer file.Close()
	b, err := io.ReadAll(io.LimitReader(file, erasure.MaxPlan))
	if err != nil {
		return nil, "", usage("%s", reports.Show(err.Error()))
	}
	return b, erasure.HashOf(b), nil
}

func (a *app) eraseApply(ctx context.Context, f *eraseApplyFlags, path string) error {
	b, hash, err := readPlan(path)
	if err != nil {
		return err
	}
	if f.approve != "" && !erasure.Approves(f.approve, hash) {
		return stopped("the plan is not approved: --approve must name the hash of this very file, at least its first 12 digits; if the file was edited, make a new plan")
	}
	plan, err := erasure.DecodePlan(b)
	if err != nil {
		return eraseError(err)
	}
	if f.approve == "" {
		return printPlan(a.stdout, plan, hash, path)
	}
	base := strings.TrimSuffix(path, ".json")
	if f.receipt == "" {
		f.receipt = base + ".receipt.json"
	}
	if f.letter == "" {
		f.letter = base + ".letter.txt"
	}
	prints, err := a.prints(f.key)
	if err != nil {
		return err
	}
	sign, err := a.signingKey(f.signKey)
	if err != nil {
		return err
	}
	srcs, err := f.sourceFlags.open(ctx, sourcesOf(plan))
	if err != nil {
		return err
	}
	defer closeAll(srcs)
	open, err := targets(ctx, srcs)
	if err != nil {
		return err
	}
	log, err := a.openAudit(f.auditFlags, "erase apply")
	if err != nil {
		return err
	}
	defer log.Close()
	holds, err := a.checkedHolds(f.holds, log)
	if err != nil {
		return err
	}
	f.journal = base + ".journal"
	journal, err := erasure.OpenJournal(f.journal, hash)
	if err != nil {
		return eraseError(err)
	}
	defer journal.Close()
	act := &erasure.Apply{Plan: plan, Hash: hash, Approval: f.approve, Targets: open, Audit: log.log, Journal: journal, Fingerprint: prints.Object,
		Holds: holds.read, Now: a.now, MaxDelete: f.maxDelete, Bypass: f.bypass, Progress: a.eraseProgress(f.quiet)}
	return (&erasing{a, f, act, log, prints, sign}).run(ctx)
}

// erasing is one run of `erase apply`.
type erasing struct {
	*app
	flags  *eraseApplyFlags
	act    *erasure.Apply
	log    *auditor
	prints *scanner.Fingerprints
	sign   ed25519.PrivateKey
}

func (e *erasing) run(ctx context.Context) error {
	out, err := e.act.Run(ctx)
	var refused *erasure.Error
	switch {
	case errors.As(err, &refused):
		return eraseError(err)
	case err != nil && ctx.Err() != nil:
		return &exitError{exitInterrupted, "interrupted: what is done is kept in the journal beside the plan; run the same command again to go on"}
	case err != nil:
		_, why := explain(ctx, err)
		return stopped("%s; what is done is kept in the journal beside the plan: run the same command again to go on", why)
	}
	ctx = context.WithoutCancel(ctx)
	receipt, err := e.act.NewReceipt(out, e.log.actor, e.flags.approvers, e.log.Head())
	if err != nil {
		return eraseError(err)
	}
	signed, err := receipt.Sign(e.sign)
	if err != nil {
		return err
	}
	if err := keptfile.WriteBytes(e.flags.receipt, signed, nil); err != nil {
		return fileError(e.flags.receipt, err)
	}
	if err := keptfile.WriteBytes(e.flags.letter, []byte(receipt.Letter()), nil); err != nil {
		return fileError(e.flags.letter, err)
	}
	if err := e.remember(receipt); err != nil {
		return err
	}
	if e.flags.record != "" {
		n, err := forget(ctx, e.flags.record, e.act.Plan, out)
		if err != nil {
			return err
		}
		e.renote(e.flags.record, e.flags.record)
		fmt.Fprintf(e.stderr, "habeas: %s taken out of the record %s\n", counted(n, "object"), reports.Show(e.flags.record))
	}
	of := sourcesOf(e.act.Plan)
	e.noteOutput("receipt", e.flags.receipt, receipt.Case, of, receiptDays)
	e.noteOutput("letter", e.flags.letter, receipt.Case, of, receiptDays)
	e.noteOutput("journal", e.flags.journal, receipt.Case, of, outputDays)
	return e.print(receipt)
}

// remember keeps fingerprints of what was erased, so that a scan can tell when it
// comes back.
func (e *erasing) remember(r *erasure.Receipt) error {
	path, ok := e.tombstones()
	if !ok {
		return nil // there is no place to keep them
	}
	if err := erasure.AddTombstones(path, r.Tombstones(e.prints.KeyID(), e.prints.Object, e.prints.Content)); err != nil {
		return stopped("what was erased can't be noted for later scans (%s); the receipt is written", reports.Show(err.Error()))
	}
	return nil
}

// tombstones is where it is kept what was erased.
func (a *app) tombstones() (string, bool) {
	dir, ok := a.configFolder()
	return filepath.Join(dir, "erased.jsonl"), ok
}

func (e *erasing) print(r *erasure.Receipt) error {
	w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "receipt\t%s\n", r.ID)
	for _, s := range []erasure.State{erasure.Erased, erasure.Gone, erasure.Changed, erasure.Locked, erasure.Held, erasure.Denied, erasure.Failed, erasure.Hiding, erasure.Kept} {
		if n := r.Counts[s]; n > 0 {
			fmt.Fprintf(w, "%s\t%d\n", s, n)
		}
	}
	if r.Appeared > 0 {
		fmt.Fprintf(w, "appeared since\t%d\n", r.Appeared)
	}
	fmt.Fprintf(w, "conflicts\t%d\n", len(r.Conflicts))
	fmt.Fprintf(w, "open elsewhere\t%d\n", len(r.Residuals))
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(e.stderr, "habeas: the receipt is %s, the subject's copy %s\n", reports.Show(e.flags.receipt), reports.Show(e.flags.letter))
	if !r.Complete {
		return &exitError{exitIncomplete, "not everything that the plan deletes is gone: the receipt says what is left and why"}
	}
	return nil
}

// eraseProgress counts keys on the terminal, at most every hundredth.
func (a *app) eraseProgress(quiet bool) func(done, total int) {
	if quiet {
		return nil
	}
	last := -1
	return func(done, total int) {
		if pct := done * 100 / max(1, total); pct != last && pct%10 == 0 {
			last = pct
			fmt.Fprintf(a.stderr, "habeas: %d of %d items\n", done, total)
		}
	}
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// shownItems is how many items, conflicts and residuals are printed: the plan's
// file has all.
const shownItems = 20

// printPlan says what a plan would do.
func printPlan(out io.Writer, p *erasure.Plan, hash, path string) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "plan\t%s\nhash\t%s\n", reports.Show(path), hash)
	if p.Case != "" {
		fmt.Fprintf(w, "case\t%s\n", reports.Show(p.Case))
	}
	if p.Identified != "" {
		fmt.Fprintf(w, "person\t%s\n", reports.Show(p.Identified))
	}
	if p.Scope != "" {
		fmt.Fprintf(w, "scope\t%s\n", reports.Show(p.Scope))
	}
	for _, pl := range p.Places {
		fmt.Fprintf(w, "place\t%s at %s, versioning %s\n", reports.Show(pl.Source), reports.Show(pl.Endpoint), pl.Versioning)
	}
	fmt.Fprintf(w, "expires\t%s\ndeletes\t%s, %d bytes\nkeeps\t%s\nconflicts\t%d\nout of reach\t%d\n", p.Expires.UTC().Format("2006-01-02 15:04 UTC"),
		counted(p.Deletes, "item"), p.Bytes, counted(len(p.Items)-p.Deletes, "item"), len(p.Conflicts), len(p.Elsewhere))
	if err := w.Flush(); err != nil {
		return err
	}
	w = tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for i := range p.Items[:min(len(p.Items), shownItems)] {
		it := &p.Items[i]
		does, why := "delete", it.Expect
		if !it.Delete {
			does, why = "keep", it.Keep
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", does, it.What, it.Shown, reports.Show(it.Version+it.Upload), it.Why, reports.Show(why))
	}
	if n := len(p.Items) - shownItems; n > 0 {
		fmt.Fprintf(w, "…\tand %d more in the plan's file\n", n)
	}
	for i := range p.Conflicts[:min(len(p.Conflicts), shownItems)] {
		c := &p.Conflicts[i]
		fmt.Fprintf(w, "conflict\t\t%s\t\t%s\t%s\n", c.Shown, reports.Show(c.Owner), c.Why)
	}
	for i := range p.Elsewhere[:min(len(p.Elsewhere), shownItems)] {
		r := &p.Elsewhere[i]
		fmt.Fprintf(w, "out of reach\t%s\t%s\t%s\t\t%s\n", r.What, r.Name, r.Until, r.Why)
	}
	for _, n := range p.Notes {
		fmt.Fprintf(w, "note\t%s\n", n)
	}
	for i := range p.Outputs {
		fmt.Fprintf(w, "our own\t%s\t%s\tdestroy by %s\n", p.Outputs[i].Kind, reports.Show(p.Outputs[i].Path), p.Outputs[i].DestroyBy)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "nothing was changed; to carry it out: habeas erase apply %s --approve %s\n", reports.Show(path), hash[:16])
	return err
}

type eraseVerifyFlags struct {
	sourceFlags
	signKey   string
	publicKey string
	offline   bool
	json      bool
}

func (a *app) eraseVerifyCommand() *cobra.Command {
	var f eraseVerifyFlags
	c := &cobra.Command{
		Use:   "verify RECEIPT",
		Short: "Check a receipt's signature, and look in the store for what should be gone",
		Long: "Verify checks the signature of a receipt against your signing key, or against the\n" +
			"one named with --public-key, and lists each key of the receipt again. It exits\n" +
			"with 1 if something that was erased is there, and with 3 if copies are left in a\n" +
			"replica.",
		Example: "  habeas erase verify plan.receipt.json",
		Args:    cobra.ExactArgs(1),
		RunE:    func(c *cobra.Command, args []string) error { return a.eraseVerify(c.Context(), &f, args[0]) },
	}
	f.sourceFlags.add(c)
	fl := c.Flags()
	fl.StringVar(&f.signKey, "signing-key", "", "`FILE` of your signing key (default: habeas/signing-key in the configuration folder)")
	fl.StringVar(&f.publicKey, "public-key", "", "`HEX` of the key that must have signed the receipt")
	fl.BoolVar(&f.offline, "offline", false, "check the signature only")
	fl.BoolVar(&f.json, "json", false, "print JSON")
	return c
}

type verified struct {
	Receipt   string         `json:"receipt"`
	PublicKey string         `json:"public_key"`
	Audit     audit.Head     `json:"audit_head"`
	Looked    bool           `json:"looked"`
	Back      []erasure.Back `json:"back"`
	// Replicas are those that could be looked at, with what they still hold.
	Replicas []erasure.Copies `json:"replicas,omitempty"`
	Open     int              `json:"residuals_open"`
}

func (a *app) eraseVerify(ctx context.Context, f *eraseVerifyFlags, path string) error {
	b, _, err := readPlan(path)
	if err != nil {
		return err
	}
	r, pub, err := erasure.OpenReceipt(b)
	if err != nil {
		return eraseError(err)
	}
	want := f.publicKey
	if want == "" {
		key, err := a.signingKey(f.signKey)
		if err != nil {
			return err
		}
		mine, ok := key.Public().(ed25519.PublicKey)
		if !ok {
			return usage("the signing key is no Ed25519 key")
		}
		want = hex.EncodeToString(mine)
	}
	if !strings.EqualFold(want, hex.EncodeToString(pub)) {
		return stopped("the receipt was signed with another key (%s): name the one that you trust with --public-key", hex.EncodeToString(pub))
	}
	v := verified{Receipt: r.ID, PublicKey: hex.EncodeToString(pub), Audit: r.Audit, Looked: !f.offline, Back: []erasure.Back{}, Open: len(r.Residuals)}
	if !f.offline {
		if err := a.lookAgain(ctx, f, r, &v); err != nil {
			return err
		}
	}
	return a.printVerified(f, &v)
}

func (a *app) lookAgain(ctx context.Context, f *eraseVerifyFlags, r *erasure.Receipt, v *verified) error {
	var names []string
	for _, p := range r.Places {
		names = append(names, p.Source)
	}
	srcs, err := f.sourceFlags.open(ctx, names)
	if err != nil {
		return err
	}
	defer closeAll(srcs)
	all, err := targets(ctx, srcs)
	if err != nil {
		return err
	}
	back, err := r.Check(ctx, all)
	v.Back = append(v.Back, back...)
	if err != nil {
		return eraseError(err)
	}
	v.Replicas, err = r.CheckReplicas(ctx, f.sourceFlags.openSite)
	return err
}

func (a *app) printVerified(f *eraseVerifyFlags, v *verified) error {
	if f.json {
		if err := printJSON(a.stdout, v); err != nil {
			return err
		}
	} else {
		looked := "nothing of what it says is gone is there"
		if f.offline {
			looked = "the store was not asked"
		}
		if len(v.Back) > 0 {
			looked = counted(len(v.Back), "item") + " that it says is gone is there again"
		}
		if _, err := fmt.Fprintf(a.stdout, "%s is signed with %s\n%s; %d residuals are open\naudit head %s\n", v.Receipt, v.PublicKey, looked, v.Open, v.Audit); err != nil {
			return err
		}
		for _, b := range v.Back {
			if _, err := fmt.Fprintf(a.stdout, "%d  %s: %s\n", b.N, b.Shown, b.What); err != nil {
				return err
			}
		}
		for _, c := range v.Replicas {
			if _, err := fmt.Fprintf(a.stdout, "replica %s: %s\n", c.Name, c.Words()); err != nil {
				return err
			}
		}
	}
	if len(v.Back) > 0 {
		return &exitError{exitFindings, "something that was erased is there again"}
	}
	for _, c := range v.Replicas {
		if c.Versions > 0 {
			return &exitError{exitIncomplete, "copies of what was erased are left in a replica"}
		}
	}
	return nil
}
