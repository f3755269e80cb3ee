package main

import (
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"habeas/reports"
	"habeas/reports/subject"
)

type findFlags struct {
	recordFlags
	subjectFlags
	ownersFile string
	caseRef
	regions   []string
	referrals bool
	json      bool
}

func (a *app) findCommand() *cobra.Command {
	var f findFlags
	c := &cobra.Command{
		Use:   "find",
		Short: "Find a person across all owners, from the record alone",
		Long: "Find looks a person up by what they say of themselves, in the fingerprints of a\n" +
			"record; it reads no object and logs no value. Matches are verified (an address,\n" +
			"number or account of the person), likely (near such a one) or possible (a name\n" +
			"alone): the last two are for you to decide. Values that many owners hold merge\n" +
			"nobody. What is found in other owners' uploads is summed up for a referral.",
		Example: "  habeas find --email jane@example.org --name 'Jane Doe' --record uploads.habeas\n" +
			"  habeas find --subject - --referrals --owners owners.yaml < jane.txt\n" +
			"  habeas find --case DSR-12 --json",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.find(c.Context(), &f) },
	}
	f.recordFlags.add(c)
	f.subjectFlags.add(c)
	f.caseRef.add(c)
	fl := c.Flags()
	fl.StringVar(&f.ownersFile, "owners", "", "`FILE` of owner rules: its manifests say whom to contact")
	fl.StringSliceVar(&f.regions, "region", nil, "`COUNTRY` (PT) whose phone numbers may stand without +351; may be repeated")
	fl.BoolVar(&f.referrals, "referrals", false, "print the referral list alone: nothing else of other owners")
	fl.BoolVar(&f.json, "json", false, "print JSON")
	return c
}

func (a *app) find(ctx context.Context, f *findFlags) error {
	r, err := a.openWithKey(ctx, f.recordFlags)
	if err != nil {
		return err
	}
	defer r.Close()
	ids, reject, err := a.who(ctx, r, &f.subjectFlags, &f.caseRef, f.regions)
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
	sum, err := r.Summary(ctx)
	if err != nil {
		return err
	}
	if f.json {
		return printJSON(a.stdout, newFound(r.run, sum, ids, res, f.referrals))
	}
	if f.referrals {
		return printReferrals(a.stdout, res)
	}
	return printFound(a.stdout, sum, res)
}

// addContacts says whom to ask, from the manifests of a file of owner rules.
func addContacts(res *subject.Result, file string) error {
	if file == "" {
		return nil
	}
	rules, err := (&ownerFlags{file: file}).load()
	if err != nil {
		return err
	}
	for i := range res.Referrals {
		if id := rules.IdentityOf(res.Referrals[i].Owner, res.Referrals[i].Tenant); id != nil {
			res.Referrals[i].Contact = id.Contact
		}
	}
	return nil
}

// found is what `find --json` prints, described in docs/requests.md.
type found struct {
	Schema    int                `json:"schema"`
	Tool      string             `json:"tool"`
	AsOf      string             `json:"as_of"` // of the record, RFC 3339
	Complete  bool               `json:"complete"`
	KeyID     string             `json:"key_id"`
	Searched  []searched         `json:"searched,omitempty"`
	Verified  int                `json:"verified"`
	Likely    int                `json:"likely"`
	Possible  int                `json:"possible"`
	Matches   []foundMatch       `json:"matches,omitempty"`
	Shared    []subject.Shared   `json:"shared"`
	Accounts  []subject.Account  `json:"accounts,omitempty"`
	Referrals []subject.Referral `json:"referrals"`
	Coverage  map[string]int64   `json:"coverage"`
}

// searched is one identifier by its fingerprints: the proof of the search.
type searched struct {
	Kind  string         `json:"kind"`
	Terms []subject.Term `json:"terms,omitempty"`
	Owner string         `json:"owner,omitempty"`
}

type foundMatch struct {
	subject.Match
	Source    string `json:"source"`
	Key       string `json:"key"`
	KeyBase64 string `json:"key_base64,omitempty"`
	Version   string `json:"version,omitempty"`
	ETag      string `json:"etag,omitempty"`
	Owner     string `json:"owner"`
	Tenant    string `json:"tenant,omitempty"`
}

func newFound(run reports.Run, sum *reports.Summary, ids []subject.Identifier, res *subject.Result, referrals bool) found {
	out := found{Schema: 1, Tool: run.Tool, AsOf: run.AsOf.UTC().Format("2006-01-02T15:04:05Z"), Complete: run.Complete, KeyID: run.KeyID,
		Verified: res.Count(subject.Verified), Likely: res.Count(subject.Likely), Possible: res.Count(subject.Possible),
		Shared: res.Shared, Referrals: res.Referrals, Coverage: sum.Coverage}
	if referrals {
		return out
	}
	for _, id := range ids {
		out.Searched = append(out.Searched, searched{id.Kind, id.Terms, id.Owner.ID})
	}
	out.Accounts = res.Accounts
	for _, m := range res.Matches {
		e := m.Entry
		fm := foundMatch{Match: m, Source: e.Source, Key: strings.ToValidUTF8(e.Key, "\ufffd"), Version: e.Version, ETag: e.ETag, Owner: e.Owner.ID, Tenant: e.Owner.Tenant}
		if !utf8.ValidString(e.Key) {
			fm.KeyBase64 = base64.StdEncoding.EncodeToString([]byte(e.Key))
		}
		out.Matches = append(out.Matches, fm)
	}
	return out
}

// printFound shows the result to an officer.
func printFound(w io.Writer, sum *reports.Summary, res *subject.Result) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%d verified, %d likely, %d possible\n", res.Count(subject.Verified), res.Count(subject.Likely), res.Count(subject.Possible))
	if len(res.Matches) == 0 {
		b.WriteString("nothing was found within what was read\n")
	}
	b.WriteString(coverageLine(sum) + "\n")
	for _, s := range res.Shared {
		fmt.Fprintf(&b, "not used to join: one %s, in the uploads of %d owners: %s\n", s.Kind, s.Owners, s.Why)
	}
	for _, acc := range res.Accounts {
		fmt.Fprintf(&b, "account %s: %s\n", ownerName(acc.Owner), acc.Why)
	}
	level := subject.Level("")
	for i := range res.Matches {
		m := &res.Matches[i]
		if m.Level != level {
			level = m.Level
			fmt.Fprintf(&b, "\n%s\n", headings()[level])
		}
		fmt.Fprintf(&b, "  %s  (%s)\n", reports.Show(m.Entry.Key), ownerName(m.Entry.Owner))
		if f := m.Finding; f != nil {
			fmt.Fprintf(&b, "    %s %s  %s, finding %s\n", f.Kind, reports.Show(f.Mask), reports.Show(placeOf(f)), f.ID)
		}
		fmt.Fprintf(&b, "    %s\n", m.Why)
	}
	if len(res.Referrals) > 0 {
		b.WriteString("\nOther owners to refer the person to (`--referrals` prints this alone)\n")
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return err
	}
	if len(res.Referrals) == 0 {
		return nil
	}
	return printReferrals(w, res)
}

func headings() map[subject.Level]string {
	return map[subject.Level]string{
		subject.Verified: "Verified: the person's own address, number or account",
		subject.Likely:   "Likely: decide before it goes into an answer",
		subject.Possible: "Possible: a name alone, or a shared value; to be reviewed",
		subject.Rejected: "Rejected: somebody else, as was decided",
	}
}

func printReferrals(w io.Writer, res *subject.Result) error {
	table := [][]string{{"owner", "tenant", "contact", "objects", "verified", "likely", "possible"}}
	for _, r := range res.Referrals {
		owner := "(nobody)"
		if r.Owner != "" {
			owner = reports.Show(r.Owner)
		}
		table = append(table, []string{owner, cmp.Or(reports.Show(r.Tenant), "-"), cmp.Or(reports.Show(r.Contact), "unknown"), fmt.Sprint(r.Objects),
			fmt.Sprint(r.Verified), fmt.Sprint(r.Likely), fmt.Sprint(r.Possible)})
	}
	return printTable(w, table)
}

// coverageLine says how much was searched: "nothing found" is never said without.
func coverageLine(s *reports.Summary) string {
	c := s.Coverage
	return fmt.Sprintf("searched: %d objects listed = %d complete + %d partial + %d skipped + %d failed",
		s.Listed, c[string(reports.Complete)], c[string(reports.Partial)], c[string(reports.Skipped)], c[string(reports.Failed)])
}

func ownerName(o reports.Owner) string {
	switch {
	case o.ID == "":
		return "nobody's"
	case o.Tenant != "":
		return reports.Show(o.ID) + " of " + reports.Show(o.Tenant)
	}
	return reports.Show(o.ID)
}
