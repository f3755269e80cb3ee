package main

import (
	"context"
	"fmt"
	"iter"
	"os"

	"github.com/spf13/cobra"

	"habeas/reports"
	"habeas/scanner"
	"habeas/scanner/owner"
	"habeas/sources"
)

// ownerFlags say whose an object is.
type ownerFlags struct {
	file      string
	templates []string
}

func (f *ownerFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.file, "owners", "", "`FILE` of owner rules (YAML, see docs/owners.md)")
	c.Flags().StringArrayVar(&f.templates, "owner", nil, "`RULE` that names the owner in a key, as users/{owner}/**, or preset:NAME; may be repeated, first match wins")
}

// ownerRules is owner.Rules as the engine wants it.
type ownerRules struct {
	*owner.Rules
	wantTags bool // rules of the user's own need tags: reading them is worth the requests
}

var _ scanner.Attributor = ownerRules{}

// load reads the rules; without any it takes owner.Default.
func (f *ownerFlags) load() (*ownerRules, error) {
	switch {
	case f.file != "" && len(f.templates) > 0:
		return nil, usage("--owners and --owner both say whose objects are: write all rules into the file")
	case f.file != "":
		file, err := os.Open(f.file)
		if err != nil {
			return nil, usage("%s", reports.Show(err.Error()))
		}
		defer file.Close()
		rules, err := owner.Parse(file, f.file)
		if err != nil {
			return nil, usage("%s", reports.Show(err.Error()))
		}
		return &ownerRules{rules, rules.NeedsTags()}, nil
	case len(f.templates) > 0:
		rules, err := owner.FromTemplates(f.templates)
		if err != nil {
			return nil, usage("--owner: %s", reports.Show(err.Error()))
		}
		return &ownerRules{rules, rules.NeedsTags()}, nil
	default:
		return &ownerRules{owner.Default(), false}, nil
	}
}

// Attribute implements scanner.Attributor.
func (r ownerRules) Attribute(o sources.Object) scanner.Attribution {
	a := r.Rules.Attribute(o)
	out := scanner.Attribution{Owner: reports.Owner{ID: a.Owner.ID, Tenant: a.Owner.Tenant, Rule: a.Owner.Rule}}
	for _, c := range a.Conflicts {
		out.Conflicts = append(out.Conflicts, reports.Conflict{ID: c.ID, Tenant: c.Tenant, Rule: c.Rule})
	}
	if id := a.Identity; id != nil {
		out.Identity = &scanner.Identity{Emails: id.Emails, Phones: id.Phones, Names: id.Names, Serials: id.Serials}
	}
	return out
}

func (a *app) ownersCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "owners",
		Short: "Work with the rules that say whose an object is",
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(a.ownersTestCommand())
	return c
}

type ownersTestFlags struct {
	sourceFlags
	ownerFlags
	json            bool
	maxUnattributed float64
}

func (a *app) ownersTestCommand() *cobra.Command {
	var f ownersTestFlags
	c := &cobra.Command{
		Use:   "test PATH|s3://BUCKET/PREFIX...",
		Short: "Show how the owner rules fit, from the listing, before a scan",
		Long: "Test lists the objects and shows, for each rule, how many it attributes, with\n" +
			"examples, where rules disagree, and what is left without an owner. It opens an\n" +
			"object only if a rule needs its metadata or tags.",
		Example: "  habeas owners test --owner 'users/{owner}/**' uploads",
		Args:    cobra.MinimumNArgs(1),
		RunE:    func(c *cobra.Command, args []string) error { return a.ownersTest(c.Context(), &f, args) },
	}
	f.sourceFlags.add(c)
	f.ownerFlags.add(c)
	c.Flags().BoolVar(&f.json, "json", false, "print JSON")
	c.Flags().Float64Var(&f.maxUnattributed, "max-unattributed", 100, "exit with 1 if more than this `PERCENT` of the objects have no owner")
	return c
}

func (a *app) ownersTest(ctx context.Context, f *ownersTestFlags, args []string) error {
	rules, err := f.load()
	if err != nil {
		return err
	}
	f.tags = f.tags || rules.wantTags
	srcs, err := f.open(ctx, args)
	if err != nil {
		return err
	}
	defer closeAll(srcs)
	if err := preflight(ctx, srcs); err != nil {
		return err
	}
	report, err := owner.Test(ctx, rules.Rules, objectsOf(ctx, srcs), owner.TestOptions{Look: lookIn(srcs)})
	if err != nil {
		return fmt.Errorf("listing ended early: %w", err)
	}
	if f.json {
		err = printJSON(a.stdout, report)
	} else {
		_, err = report.WriteTo(a.stdout)
	}
	if err != nil {
		return err
	}
	if share := 100 * float64(report.Unattributed) / float64(max(1, report.Objects)); share > f.maxUnattributed {
		return &exitError{exitFindings, fmt.Sprintf("%d of %d objects have no owner, more than --max-unattributed allows", report.Unattributed, report.Objects)}
	}
	return nil
}

// objectsOf lists one source after the other.
func objectsOf(ctx context.Context, srcs []source) iter.Seq2[sources.Object, error] {
	return func(yield func(sources.Object, error) bool) {
		for _, s := range srcs {
			for o, err := range s.Objects(ctx, "") {
				if !yield(o, err) {
					return
				}
			}
		}
	}
}

// lookIn opens an object of a bucket for its metadata and tags. Files have none.
func lookIn(srcs []source) func(context.Context, sources.Object) (sources.Object, error) {
	buckets := map[string]source{}
	for _, s := range srcs {
		if s.s3 != nil {
			buckets[s.Name()] = s
		}
	}
	return func(ctx context.Context, o sources.Object) (sources.Object, error) {
		s, ok := buckets[o.Source]
		if !ok {
			return o, nil
		}
		content, err := s.Open(ctx, o)
		if err != nil {
			return o, err
		}
		defer content.Close()
		return content.Object(), nil
	}
}
