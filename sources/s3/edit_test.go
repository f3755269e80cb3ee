package s3_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"habeas/sources"
	"habeas/sources/s3"
	"habeas/sources/s3/faultys3"
	"habeas/sources/s3/s3test"
)

// only lists the one current object of a source.
func only(t *testing.T, src *s3.Source) sources.Object {
	t.Helper()
	for o, err := range src.Objects(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	t.Fatal("nothing is listed")
	return sources.Object{}
}

func allVersions(t *testing.T, src *s3.Source, prefix string) []sources.Version {
	t.Helper()
	var out []sources.Version
	for v, err := range src.Versions(t.Context(), prefix) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, v)
	}
	return out
}

// TestReplaceRestores: what a PUT resets is as it was.
func TestReplaceRestores(t *testing.T) {
	old := faultys3.Object{Data: []byte("old"), Type: "image/jpeg", Class: "STANDARD_IA", Meta: map[string]string{"owner": "u7", "note": "caf\u00e9"},
		Tags: map[string]string{"team": "red & blue", "by": "x=y"}, Header: map[string]string{
			"Cache-Control": "max-age=60", "Content-Disposition": `inline; filename="a.jpg"`, "Content-Encoding": "identity", "Content-Language": "pt",
			"Expires": "Wed, 01 Jan 2031 00:00:00 GMT", "X-Amz-Storage-Class": "STANDARD_IA", "X-Amz-Server-Side-Encryption": "aws:kms",
			"X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id": "key-1", "X-Amz-Server-Side-Encryption-Bucket-Key-Enabled": "true",
			"X-Amz-Website-Redirect-Location": "/b", "X-Amz-Object-Lock-Mode": "GOVERNANCE", "X-Amz-Object-Lock-Retain-Until-Date": "2031-01-01T00:00:00Z",
			"X-Amz-Object-Lock-Legal-Hold": "ON", "X-Amz-Grant-Full-Control": `id="account-1"`,
			"X-Amz-Grant-Read": `id="account-2", uri="http://acs.amazonaws.com/groups/global/AllUsers"`, "X-Amz-Grant-Write-Acp": `id="account-3"`}}
	srv := faultys3.New(t, faultys3.Config{})
	srv.Put("k", old)
	before := srv.Object("k")
	src := source(t, srv, nil)
	if err := src.Replace(t.Context(), only(t, src), strings.NewReader("new content"), 11); err != nil {
		t.Fatal(err)
	}
	want := before
	want.Data = []byte("new content")
	want.Meta = map[string]string{"owner": "u7", "note": srv.Object("k").Meta["note"]} // as the header spells it
	if diff := cmp.Diff(want, srv.Object("k")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	c, err := src.Open(t.Context(), only(t, src))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if got := c.Object().Meta["note"]; got != "caf\u00e9" {
		t.Errorf("metadata reads %q", got)
	}
}

// TestGatewayReplace does so at the real server, as far as that keeps headers.
func TestGatewayReplace(t *testing.T) {
	srv := s3test.Start(t)
	srv.Login(t)
	srv.Bucket(t, "media")
	srv.Versioning(t, "media")
	srv.Put(t, "media", "k", []byte("old"), &s3test.PutOptions{Type: "image/jpeg", CacheControl: "max-age=60", Disposition: "inline",
		Meta: map[string]string{"owner": "u7"}, Tags: "team=red&by=x%20y"})
	src := atGateway(t, srv, "media", "", func(o *s3.Options) { o.WithTags = true })
	before := srv.Headers(t, "media", "k")
	o := only(t, src)
	if err := src.Replace(t.Context(), o, strings.NewReader("new"), 3); err != nil {
		t.Fatal(err)
	}
	after := srv.Headers(t, "media", "k")
	for name, pair := range map[string][2]any{
		"type": {*before.ContentType, *after.ContentType}, "cache": {*before.CacheControl, *after.CacheControl},
		"disposition": {*before.ContentDisposition, *after.ContentDisposition}, "meta": {before.Metadata, after.Metadata}, "class": {before.StorageClass, after.StorageClass},
	} {
		if diff := cmp.Diff(pair[0], pair[1]); diff != "" {
			t.Errorf("%s (-before +after):\n%s", name, diff)
		}
	}
	c, err := src.Open(t.Context(), only(t, src))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if diff := cmp.Diff(map[string]string{"team": "red", "by": "x y"}, c.Object().Tags); diff != "" {
		t.Error(diff)
	}
	if got := allVersions(t, src, "k"); len(got) != 2 || got[1].ETag != o.ETag {
		t.Errorf("the old content is not an old version: %+v", got)
	}
}

func TestReplaceRefuses(t *testing.T) {
	tests := []struct {
		name   string
		object faultys3.Object
	}{
		{"an Expires that is no date", faultys3.Object{Header: map[string]string{"Expires": "soon"}}},
		{"SSE-C", faultys3.Object{Header: map[string]string{"X-Amz-Server-Side-Encryption-Customer-Algorithm": "AES256"}}},
		{"metadata that can't be shown", faultys3.Object{Header: map[string]string{"X-Amz-Missing-Meta": "1"}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.object.Data = []byte("old")
			srv := faultys3.New(t, faultys3.Config{})
			srv.Put("k", test.object)
			src := source(t, srv, nil)
			wantCode(t, src.Replace(t.Context(), only(t, src), strings.NewReader("new"), 3), sources.CodeUnavailable, false, "by hand")
			if m := srv.Mutations(); len(m) != 0 {
				t.Errorf("requests were sent: %q", m)
			}
		})
	}
}

// TestStoreThatIgnoresConditions is found out before anything of a user's is
// touched.
func TestStoreThatIgnoresConditions(t *testing.T) {
	for _, versioning := range []string{"", "Suspended"} {
		srv := faultys3.New(t, faultys3.Config{IgnoreIfMatch: true, Versioning: versioning})
		srv.Put("k", faultys3.Object{Data: []byte("old")})
		src := source(t, srv, nil)
		o := only(t, src)
		wantCode(t, src.Remove(t.Context(), o), sources.CodeUnconditional, true, "If-Match")
		wantCode(t, src.Replace(t.Context(), o, strings.NewReader("new"), 3), sources.CodeUnconditional, true, "If-Match")
		for _, v := range allVersions(t, src, "k") {
			wantCode(t, src.RemoveVersion(t.Context(), v), sources.CodeUnconditional, true, "If-Match")
		}
		if got := srv.Keys(); len(got) != 1 || !slices.Equal(srv.Kept("k"), []string{"null"}) {
			t.Errorf("left: %q, %q", got, srv.Kept("k"))
		}
		if m := srv.Mutations(); slices.ContainsFunc(m, func(r string) bool { return strings.HasSuffix(r, " k") }) {
			t.Errorf("the object itself was touched: %q", m)
		}
	}
}

// TestEditsUnderFaults: whatever breaks, and even where the answer to a change
// gets lost, the change is made once and reported as it is.
func TestEditsUnderFaults(t *testing.T) {
	faults := append(faultys3.Faults(), faultys3.LostAnswer, faultys3.LostAnswer, faultys3.LostAnswer)
	for seed := range uint64(12) {
		for _, versioning := range []string{"", "Suspended", "Enabled"} {
			t.Run(fmt.Sprint(seed, versioning), func(t *testing.T) {
				srv := faultys3.New(t, faultys3.Config{Seed: seed, P: 0.4, MaxFaults: 3, Faults: faults, Versioning: versioning})
				srv.Put("k", faultys3.Object{Data: []byte("one")})
				srv.Put("k", faultys3.Object{Data: []byte("two")})
				srv.Put("k2", faultys3.Object{Data: []byte("neighbour")})
				srv.Upload("k", "u1")
				src := source(t, srv, nil)
				if err := src.Replace(t.Context(), only(t, src), strings.NewReader("three"), 5); err != nil {
					t.Fatal(err)
				}
				all := allVersions(t, src, "k")
				slices.Reverse(all)
				for _, v := range all {
					if v.Key == "k" {
						if err := src.RemoveVersion(t.Context(), v); err != nil {
							t.Errorf("%s: %v", v.Version, err)
						}
					}
				}
				for u, err := range src.Uploads(t.Context(), "k") {
					if err == nil {
						err = src.Abort(t.Context(), u)
					}
					if err != nil {
						t.Error(err)
					}
				}
				if left := srv.Kept("k"); len(left) != 0 {
					t.Errorf("left: %q", left)
				}
				if left := srv.Keys(); len(left) != 1 || left[0] != "k2" {
					t.Errorf("left: %q", left)
				}
			})
		}
	}
}

func TestLocks(t *testing.T) {
	future := time.Now().Add(1000 * time.Hour)
	tests := []struct {
		name   string
		object faultys3.Object
		bypass bool
		want   sources.Lock
		code   string
		hint   string
	}{
		{"none", faultys3.Object{}, false, sources.Lock{}, "", ""},
		{"over", faultys3.Object{LockMode: "COMPLIANCE", LockUntil: time.Unix(1e9, 0)}, false, sources.Lock{Mode: "compliance", Until: time.Unix(1e9, 0).UTC()}, "", ""},
		{"compliance", faultys3.Object{LockMode: "COMPLIANCE", LockUntil: future}, true, sources.Lock{Mode: "compliance", Until: future.UTC().Truncate(time.Second)}, sources.CodeLocked, "nobody"},
		{"governance", faultys3.Object{LockMode: "GOVERNANCE", LockUntil: future}, false, sources.Lock{Mode: "governance", Until: future.UTC().Truncate(time.Second)}, sources.CodeLocked, "Bypass"},
		{"governance, with the right", faultys3.Object{LockMode: "GOVERNANCE", LockUntil: future}, true, sources.Lock{Mode: "governance", Until: future.UTC().Truncate(time.Second)}, "", ""},
		{"hold", faultys3.Object{LegalHold: true}, true, sources.Lock{Hold: true}, sources.CodeLocked, "legal hold"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			srv := faultys3.New(t, faultys3.Config{Versioning: "Enabled", Lockable: true})
			test.object.Data = []byte("x")
			srv.Put("k", test.object)
			src := source(t, srv, func(o *s3.Options) { o.BypassGovernance = test.bypass })
			v := allVersions(t, src, "k")[0]
			got, err := src.Lock(t.Context(), v)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			err = src.RemoveVersion(t.Context(), v)
			if test.code == "" {
				if err != nil || len(srv.Kept("k")) != 0 {
					t.Errorf("%v, left %q", err, srv.Kept("k"))
				}
				return
			}
			wantCode(t, err, test.code, false, test.hint)
			if len(srv.Kept("k")) != 1 {
				t.Error("gone")
			}
		})
	}
}

func TestGatewayLocks(t *testing.T) {
	srv := s3test.Start(t)
	srv.Login(t)
	srv.LockableBucket(t, "locked")
	for _, k := range []string{"held", "kept", "governed", "free"} {
		srv.Put(t, "locked", k, []byte(k), nil)
	}
	srv.Hold(t, "locked", "held")
	srv.Retain(t, "locked", "kept", "COMPLIANCE")
	srv.Retain(t, "locked", "governed", "GOVERNANCE")
	src := atGateway(t, srv, "locked", "", nil)
	place, err := src.Place(t.Context())
	if err != nil || !place.Locks || place.Versioning != "enabled" || place.Account == "" {
		t.Errorf("%+v, %v", place, err)
	}
	for _, v := range allVersions(t, src, "") {
		l, err := src.Lock(t.Context(), v)
		if err != nil {
			t.Fatal(err)
		}
		if want := v.Key != "free"; l.Holds(time.Now()) != want {
			t.Errorf("%s: %+v", v.Key, l)
		}
		err = src.RemoveVersion(t.Context(), v)
		if v.Key == "free" {
			if err != nil {
				t.Error(err)
			}
			continue
		}
		wantCode(t, err, sources.CodeLocked, false, "keeps the version")
	}
	if got := allVersions(t, src, ""); len(got) != 3 {
		t.Errorf("%d are left", len(got))
	}
}

func TestPlace(t *testing.T) {
	srv := faultys3.New(t, faultys3.Config{Versioning: "Suspended", MFADelete: true, Replicas: []string{"media-eu", "media-ap"}})
	src := source(t, srv, nil)
	got, err := src.Place(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := sources.Place{Endpoint: srv.Endpoint, Region: got.Region, Container: faultys3.Bucket, Account: "account-1", Versioning: "suspended",
		MFADelete: true, Replicas: []string{"s3://media-ap", "s3://media-eu"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestRefusedQuestions: what may not be asked is named, and a lock that may not be
// read is no free pass.
func TestRefusedQuestions(t *testing.T) {
	srv := faultys3.New(t, faultys3.Config{Versioning: "Enabled", Before: refuse("versioning", "object-lock", "retention", "acl", "replication")})
	srv.Put("k", faultys3.Object{Data: []byte("x")})
	src := source(t, srv, nil)
	got, err := src.Place(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"s3:GetBucketVersioning", "s3:GetBucketObjectLockConfiguration", "s3:GetReplicationConfiguration", "s3:GetBucketAcl"}; !slices.Equal(got.Unknown, want) {
		t.Errorf("unknown %q, want %q", got.Unknown, want)
	}
	_, err = src.Lock(t.Context(), allVersions(t, src, "k")[0])
	wantCode(t, err, sources.CodeDenied, false, "s3:GetObjectRetention")

	srv = faultys3.New(t, faultys3.Config{Versioning: "Enabled", Before: refuse("versions")})
	for _, err := range source(t, srv, nil).Versions(t.Context(), "") {
		wantCode(t, err, sources.CodeDeniedListing, true, "s3:ListBucketVersions")
	}
}

// TestVersionsStayBelowThePrefix: a source never shows, and so never deletes, what
// is outside of its own prefix.
func TestVersionsStayBelowThePrefix(t *testing.T) {
	srv := faultys3.New(t, faultys3.Config{Versioning: "Enabled"})
	for _, k := range []string{"users/a/x", "users/ab/x", "users/a", "other"} {
		srv.Put(k, faultys3.Object{Data: []byte("x")})
	}
	src := source(t, srv, func(o *s3.Options) { o.URL = srv.URL() + "/users/a/" })
	for prefix, want := range map[string]int{"": 1, "users/": 1, "users/a/": 1, "users/a/x": 1, "users/ab": 0, "other": 0} {
		if got := allVersions(t, src, prefix); len(got) != want {
			t.Errorf("%q: %d versions, want %d", prefix, len(got), want)
		}
	}
	if err := src.RemoveVersion(t.Context(), sources.Version{Object: sources.Object{Key: "other", Version: "v0004", ETag: faultys3.ETag([]byte("x")), Size: 1}}); err == nil {
		t.Error("what is outside of the prefix is deleted")
	}
	var e *sources.Error
	if err := src.Abort(t.Context(), sources.Upload{Object: sources.Object{Key: "other"}, ID: "none"}); !errors.As(err, &e) || e.Code != sources.CodeVanished {
		t.Errorf("abort: %v", err)
	}
}

// refuse answers questions of these kinds with AccessDenied.
func refuse(kinds ...string) func(*http.Request, string, string, int) *faultys3.Answer {
	return func(r *http.Request, _, _ string, _ int) *faultys3.Answer {
		for _, k := range kinds {
			if r.URL.Query().Has(k) {
				return &faultys3.Answer{Status: http.StatusForbidden, Code: "AccessDenied", Message: "Access Denied"}
			}
		}
		return nil
	}
}
