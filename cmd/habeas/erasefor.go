package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"habeas/reports"
	"habeas/reports/cases"
	"habeas/reports/erasure"
	"habeas/reports/subject"
)

// forWhom makes the planner's selection of a person: their accounts are erased, and
// where they stand in other owners' uploads is for somebody to decide. The case must
// say that they were identified for it.
func (a *app) forWhom(ctx context.Context, f *erasePlanFlags, p *erasure.Planner) error {
	k, err := a.loadCase(f.caseRef)
	if err != nil {
		return err
	}
	if k != nil {
		if err := mayErase(k, f); err != nil {
			return err
		}
		p.Identified = fmt.Sprintf("identified for %s on %s", k.Identity.Level, k.Identity.Date)
		if k.Scope.Note != "" {
			p.Scope = reports.Show(k.Scope.Note)
		}
	}
	if !f.ofPerson(k) {
		return nil
	}
	r, err := a.openWithKey(ctx, recordFlags{f.record, f.key})
	if err != nil {
		return err
	}
	defer r.Close()
	countries, _, err := f.sourceFlags.split()
	if err != nil {
		return err
	}
	ids, reject, err := a.who(ctx, r, &f.subjectFlags, &f.caseRef, countries)
	if err != nil {
		return err
	}
	res, err := subject.Find(ctx, findings{r.DB}, ids, subject.Options{Reject: reject})
	if err != nil {
		return tooMany(err)
	}
	selectPerson(p, ids, res)
	return nil
}

// ofPerson reports whether the plan is about a person who is looked for: one that
// flags name, or that of the case where nothing else says what is erased.
func (f *erasePlanFlags) ofPerson(k *cases.Case) bool {
	if !f.subjectFlags.empty() {
		return true
	}
	return k != nil && len(k.Identifiers) > 0 && f.of == "" && f.decisions == "" && f.oldVersions == ""
}

// mayErase refuses a case that is no reason to erase anything.
func mayErase(k *cases.Case, f *erasePlanFlags) error {
	switch {
	case !k.Open():
		return usage("case %s is closed", k.ID)
	case k.Kind != cases.Erase && k.Kind != cases.Object:
		return usage("case %s asks for %s: begin one of erasure with `habeas case new --kind erase`", k.ID, k.Kind)
	case k.Identity == nil:
		return usage("the person of case %s is not identified: record how they were with `habeas case verify %s --level erasure`; nothing was planned", k.ID, k.ID)
	case k.Identity.Level != cases.LevelErasure:
		return usage("the person of case %s is identified for %s, and erasing needs more: record it with `habeas case verify %s --level erasure`; nothing was planned",
			k.ID, k.Identity.Level, k.ID)
	case f.of != "" && !caseOwns(k, reports.Owner{ID: f.of, Tenant: f.tenant}):
		return usage("case %s is of another account than --of: leave --of out, and what the case says is planned", k.ID)
	}
	return nil
}

// caseOwns reports whether o is an account that the case names, or the case names
// none.
func caseOwns(k *cases.Case, o reports.Owner) bool {
	named := false
	for _, id := range k.Identifiers {
		if id.Kind == subject.Owner {
			if id.Owner.ID == o.ID && id.Owner.Tenant == o.Tenant {
				return true
			}
			named = true
		}
	}
	return !named
}

func selectPerson(p *erasure.Planner, ids []subject.Identifier, res *subject.Result) {
	for _, id := range ids {
		for _, t := range id.Terms {
			if t.Exact {
				p.Of.Subject = append(p.Of.Subject, t.Fingerprint)
			}
		}
	}
	slices.Sort(p.Of.Subject)
	p.Of.Subject = slices.Compact(p.Of.Subject)
	for _, acc := range res.Accounts {
		o := erasure.Account{Owner: acc.ID, Tenant: acc.Tenant}
		switch {
		case p.Of.Owner == "":
			p.Of.Owner, p.Of.Tenant = o.Owner, o.Tenant
		case o != erasure.Account{Owner: p.Of.Owner, Tenant: p.Of.Tenant}:
			p.Of.Accounts = append(p.Of.Accounts, o)
		}
	}
	p.Mentions = mentions(res)
}

// mentions are the objects that are not the person's own and tell of them, in order
// of the record, each with what it proves at best.
func mentions(res *subject.Result) []erasure.Mention {
	type at struct{ source, key string }
	index := map[at]int{}
	count := map[at]int{}
	var out []erasure.Mention
	for i := range res.Matches { // the surest first
		m := &res.Matches[i]
		if m.Own || m.Level == subject.Rejected {
			continue
		}
		o := at{m.Entry.Source, m.Entry.Key}
		count[o]++
		if _, ok := index[o]; !ok {
			index[o] = len(out)
			out = append(out, erasure.Mention{Source: o.source, Key: o.key, Why: string(m.Level)})
		}
	}
	for o, i := range index {
		out[i].Why = fmt.Sprintf("it tells of the person (%s, %s): refer it to its owner, or decide on it", out[i].Why, counted(count[o], "finding"))
	}
	slices.SortFunc(out, func(a, b erasure.Mention) int {
		return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Key, b.Key))
	})
	return out
}
