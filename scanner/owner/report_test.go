package owner

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"habeas/sources"
)

// listing yields objects, an error beside those whose key starts with "denied".
func listing(keys ...string) iter.Seq2[sources.Object, error] {
	return func(yield func(sources.Object, error) bool) {
		for _, key := range keys {
			var err error
			if strings.HasPrefix(key, "denied") {
				err = &sources.Error{Code: sources.CodeDenied}
			}
			if !yield(sources.Object{Source: "s3://b", Key: key}, err) {
				return
			}
		}
	}
}

func TestTest(t *testing.T) {
	rules := parse(t, "- tag: owner\n- users/{owner}/**\n")
	report, err := Test(t.Context(), rules, listing(
		"denied/x", "other/1", "other/2", "other/3", "users/alice/1", "users/alice/2", "users/alice\x1b[2J/3", "users/bob/4", "z",
	), TestOptions{Look: func(_ context.Context, o sources.Object) (sources.Object, error) {
		if o.Key == "users/bob/4" {
			o.Tags = map[string]string{"owner": "carol"}
		}
		return o, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	want := `9 objects, 4 attributed (44.4 %) to 3 owners, 5 unattributed, 1 with conflicts
1 objects could not be looked up: rules about tags and metadata may name more owners in a scan.

1. tag owner
   named an owner for 1 (11.1 %), was the first for 1, disagreed on 0
   "users/bob/4" -> "carol"

2. template users/{owner}/**
   named an owner for 4 (44.4 %), was the first for 3, disagreed on 1
   "users/alice/1" -> "alice"
   "users/alice/2" -> "alice"
   "users/alice\x1b[2J/3" -> "alice\x1b[2J"

Conflicts: rules name different owners. Find out which is right before you act on a report.
   "users/bob/4" -> "carol" by tag owner
      but "bob" by template users/{owner}/**

Unattributed: no rule names an owner.
   "denied/x"
   "other/1"
   "z"
   "other/2"
   "other/3"
`
	var b strings.Builder
	if n, err := report.WriteTo(&b); err != nil || n != int64(b.Len()) {
		t.Errorf("WriteTo: %d, %v", n, err)
	}
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTestEnds(t *testing.T) {
	rules := parse(t, "- users/{owner}/**\n")
	denied := &sources.Error{Code: sources.CodeDeniedListing, Fatal: true}
	report, err := Test(t.Context(), rules, func(yield func(sources.Object, error) bool) {
		if yield(sources.Object{Key: "users/a/1"}, nil) {
			yield(sources.Object{}, denied)
		}
	}, TestOptions{})
	if !errors.Is(err, denied) || report.Objects != 1 {
		t.Errorf("a listing that ends early: %v, %+v", err, report)
	}

	report, err = Test(t.Context(), rules, listing("users/a/1", "users/b/1", "x"), TestOptions{Max: 2})
	if err != nil || report.Objects != 2 || !report.Stopped || report.Owners != 2 {
		t.Errorf("at most 2: %v, %+v", err, report)
	}
	report, err = Test(t.Context(), rules, listing("users/a/1", "users/b/1"), TestOptions{Max: 2})
	if err != nil || report.Stopped {
		t.Errorf("exactly 2: %v, %+v", err, report)
	}

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Test(ctx, rules, listing("x"), TestOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}

	report, err = Test(t.Context(), rules, listing(), TestOptions{})
	var b strings.Builder
	if _, werr := report.WriteTo(&b); err != nil || werr != nil || !strings.HasPrefix(b.String(), "0 objects, 0 attributed (0 %)") {
		t.Errorf("nothing listed: %v, %q", err, b.String())
	}
}

func TestTestReportJSON(t *testing.T) {
	report, err := Test(t.Context(), parse(t, "- users/{owner}/**\n"), listing("users/a/\xff", "users/a/\xfe", "x"), TestOptions{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(report)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"rules":[{"rule":"template users/{owner}/**","named":2,"won":2,"disagree":0,"examples":[` +
		`{"source":"s3://b","key":"users/a/\ufffd","owner":{"id":"a","rule":"template users/{owner}/**"},"key_base64":"dXNlcnMvYS//"},` +
		`{"source":"s3://b","key":"users/a/\ufffd","owner":{"id":"a","rule":"template users/{owner}/**"},"key_base64":"dXNlcnMvYS/+"}]}],` +
		`"objects":3,"attributed":2,"unattributed":1,"conflicts":0,"unreadable":0,"owners":1,"stopped":false,` +
		`"conflict_examples":[],"unattributed_examples":[{"source":"s3://b","key":"x"}]}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
