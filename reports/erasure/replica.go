package erasure

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"habeas/reports"
	"habeas/sources"
)

// Site is where a replica is: a bucket that the store copies objects to, or that
// somebody fills. Empty fields are those of the bucket that is copied.
type Site struct {
	URL      string `json:"url"` // "s3://bucket/"
	Endpoint string `json:"endpoint,omitempty"`
	Region   string `json:"region,omitempty"`
	Profile  string `json:"profile,omitempty"` // of the credentials
}

// OpenSite gives the source at a site, to be listed and nothing else, and what lets
// go of it.
type OpenSite func(ctx context.Context, at Site) (src sources.Source, done func(), err error)

// Copies is what was found at a site of the keys that are looked for.
type Copies struct {
	Name     string `json:"name"`              // of the replica, safe to show
	Keys     int    `json:"keys"`              // that are there
	Versions int    `json:"versions"`          // of those, delete markers left out
	Unasked  string `json:"unasked,omitempty"` // why it could not be looked at; "" if it was
	Markers  int    `json:"markers,omitempty"` // delete markers of those keys
}

// Words says what was found.
func (c *Copies) Words() string {
	switch {
	case c.Unasked != "":
		return "not checked (" + c.Unasked + "): look there by hand"
	case c.Versions > 0:
		return fmt.Sprintf("it holds %s of %s of these: plan an erasure there too", plural(c.Versions, "version", "versions"), plural(c.Keys, "key", "keys"))
	}
	return "it was looked at, and holds none of these; what is on its way there may still come"
}

// lookAt counts what a site keeps of keys. The error is the context's.
func lookAt(ctx context.Context, open OpenSite, at Site, keys map[string]bool) (Copies, error) {
	c := Copies{Name: reports.Show(at.URL)}
	src, done, err := open(ctx, at)
	if err == nil {
		defer done()
		err = c.count(ctx, src, keys)
	}
	if ctx.Err() != nil {
		return c, context.Cause(ctx)
	}
	var e *sources.Error
	switch {
	case err == nil:
	case errors.As(err, &e):
		c.Unasked = reports.Show(e.Error())
	default:
		c.Unasked = "it can't be listed"
	}
	return c, nil
}

func (c *Copies) count(ctx context.Context, src sources.Source, keys map[string]bool) error {
	all, ok := src.(sources.Versioned)
	if !ok {
		return &sources.Error{Code: sources.CodeListing, Hint: "a source of this kind lists no versions"}
	}
	last := ""
	for v, err := range versionsOf(ctx, all, keys) {
		switch {
		case err != nil:
			return err
		case !keys[v.Key]:
		case v.Marker:
			c.Markers++
		default:
			c.Versions++
			if v.Key != last {
				c.Keys++
			}
			last = v.Key
		}
	}
	return nil
}

// fewKeys is up to how many keys each is listed by itself; more are picked out of
// one listing of what they have in common.
const fewKeys = 20

func versionsOf(ctx context.Context, src sources.Versioned, keys map[string]bool) iter.Seq2[sources.Version, error] {
	if len(keys) > fewKeys {
		return src.Versions(ctx, commonPrefix(keys))
	}
	return func(yield func(sources.Version, error) bool) {
		for key := range keys {
			for v, err := range src.Versions(ctx, key) {
				if err == nil && v.Key > key {
					break // keys that only begin so
				}
				if !yield(v, err) {
					return
				}
			}
		}
	}
}

func commonPrefix(keys map[string]bool) string {
	prefix, first := "", true
	for key := range keys {
		if first {
			prefix, first = key, false
		}
		for !strings.HasPrefix(key, prefix) {
			prefix = prefix[:len(prefix)-1]
		}
	}
	return prefix
}

// replicas names the places to which the store copies objects and those that rules
// name, and looks what they keep of what is planned.
func (g *planning) replicas() error {
	rules := map[string]*Replica{}
	for i := range g.Rules.Replicas {
		rules[bucketURL(g.Rules.Replicas[i].Name)] = &g.Rules.Replicas[i]
	}
	told := map[string]bool{}
	for _, t := range g.Targets {
		keys := map[string]bool{}
		for at := range g.selected {
			if at.source == t.Name() {
				keys[at.key] = true
			}
		}
		for _, name := range t.place.Replicas {
			url := bucketURL(name)
			if g.target[url] != nil || told[url] {
				continue
			}
			told[url] = true
			r := rules[url]
			if r == nil {
				r = &Replica{Name: name, Note: "the store copies objects there, and does not copy deletions of versions"}
			}
			if err := g.replica(r, keys); err != nil {
				return err
			}
		}
	}
	keys := map[string]bool{}
	for at := range g.selected {
		keys[at.key] = true
	}
	for i := range g.Rules.Replicas {
		if r := &g.Rules.Replicas[i]; !told[bucketURL(r.Name)] && g.target[bucketURL(r.Name)] == nil {
			if err := g.replica(r, keys); err != nil {
				return err
			}
		}
	}
	return nil
}

func (g *planning) replica(r *Replica, keys map[string]bool) error {
	res := Residual{What: "replica", Name: reports.Show(r.Name), Why: or(reports.Show(r.Note), "a copy that this erasure does not reach"),
		Until: after(g.Now, r.Days), Status: "open"}
	if strings.HasPrefix(r.Name, "s3://") {
		res.Site = &Site{URL: bucketURL(r.Name), Endpoint: r.Endpoint, Region: r.Region, Profile: r.Profile}
	}
	if res.Site != nil && g.OpenSite != nil && len(keys) > 0 {
		c, err := lookAt(g.ctx, g.OpenSite, *res.Site, keys)
		if err != nil {
			return err
		}
		res.Why += "; " + c.Words()
	}
	g.plan.Elsewhere = append(g.plan.Elsewhere, res)
	return nil
}

// bucketURL is the name of a bucket as a source has it, so that "s3://b" and
// "s3://b/" are one.
func bucketURL(name string) string {
	if rest, ok := strings.CutPrefix(name, "s3://"); ok && !strings.Contains(rest, "/") {
		return name + "/"
	}
	return name
}

// CheckReplicas looks again at the replicas that r names, for the keys that are gone.
func (r *Receipt) CheckReplicas(ctx context.Context, open OpenSite) ([]Copies, error) {
	keys := map[string]bool{}
	for i := range r.Items {
		if s := r.Items[i].State; s == Erased || s == Gone {
			keys[string(r.Items[i].Key)] = true
		}
	}
	var out []Copies
	for _, res := range r.Residuals {
		if res.Site == nil || len(keys) == 0 {
			continue
		}
		c, err := lookAt(ctx, open, *res.Site, keys)
		if err != nil {
			return out, err
		}
		out = append(out, c)
	}
	return out, nil
}
