package s3_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"habeas/sources"
	"habeas/sources/s3"
	"habeas/sources/s3/faultys3"
	"habeas/sources/s3/s3test"
)

func TestExposure(t *testing.T) {
	const everybody = "http://acs.amazonaws.com/groups/global/AllUsers"
	const both = "IgnorePublicAcls,RestrictPublicBuckets"
	answer := func(audience string, because []string, unknown ...string) sources.Exposure {
		return sources.Exposure{Audience: audience, Because: because, Unknown: unknown}
	}
	tests := map[string]struct {
		access faultys3.Access
		refuse []string // questions that are answered with 403
		want   sources.Exposure
	}{
		"no such questions":           {faultys3.Access{}, nil, answer("unknown", nil, "s3:GetBucketPolicyStatus")},
		"as Amazon makes buckets":     {faultys3.Access{Policy: "none", Block: both, Ownership: "BucketOwnerEnforced"}, nil, answer("private", []string{"no-grant"})},
		"policy for named ones":       {faultys3.Access{Policy: "private", Block: "none", Ownership: "BucketOwnerEnforced"}, nil, answer("private", []string{"no-grant"})},
		"public policy":               {faultys3.Access{Policy: "public", Block: "none", Ownership: "BucketOwnerEnforced"}, nil, answer("public", []string{"bucket-policy"})},
		"public policy, no blocks":    {faultys3.Access{Policy: "public"}, nil, answer("public", []string{"bucket-policy"})},
		"public policy, blocked":      {faultys3.Access{Policy: "public", Block: both, Ownership: "BucketOwnerEnforced"}, nil, answer("private", []string{"public-access-block"})},
		"public list":                 {faultys3.Access{Policy: "none", Block: "none", Ownership: "none", Grantee: everybody}, nil, answer("public", []string{"bucket-acl"})},
		"public list, no force":       {faultys3.Access{Policy: "none", Block: "none", Ownership: "BucketOwnerEnforced", Grantee: everybody}, nil, answer("private", []string{"no-grant"})},
		"public list, ignored":        {faultys3.Access{Policy: "none", Block: both, Ownership: "none", Grantee: everybody}, nil, answer("private", []string{"public-access-block"})},
		"list for an account":         {faultys3.Access{Policy: "none", Block: both, Ownership: "none", Grantee: "account-2"}, nil, answer("shared", []string{"bucket-acl"})},
		"lists of objects":            {faultys3.Access{Policy: "none", Block: "none", Ownership: "none"}, nil, answer("unknown", []string{"object-acls"})},
		"policy refused":              {faultys3.Access{Policy: "none", Block: both, Ownership: "BucketOwnerEnforced"}, []string{"policyStatus"}, answer("unknown", nil, "s3:GetBucketPolicyStatus")},
		"block refused":               {faultys3.Access{Policy: "public", Block: both, Ownership: "BucketOwnerEnforced"}, []string{"publicAccessBlock"}, answer("unknown", []string{"bucket-policy"}, "s3:GetBucketPublicAccessBlock")},
		"list refused, policy public": {faultys3.Access{Policy: "public", Block: "none", Ownership: "none"}, []string{"acl"}, answer("public", []string{"bucket-policy"})},
		"all refused": {faultys3.Access{Policy: "public"}, []string{"policyStatus", "publicAccessBlock", "ownershipControls", "acl"},
			answer("unknown", nil, "s3:GetBucketAcl", "s3:GetBucketOwnershipControls", "s3:GetBucketPolicyStatus", "s3:GetBucketPublicAccessBlock")},
	}
	t.Setenv("AWS_ACCESS_KEY_ID", "key")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			srv := faultys3.New(t, faultys3.Config{Access: tt.access, Before: func(r *http.Request, _, _ string, _ int) *faultys3.Answer {
				for _, q := range tt.refuse {
					if r.URL.Query().Has(q) {
						return &faultys3.Answer{Status: http.StatusForbidden, Code: "AccessDenied"}
					}
				}
				return nil
			}})
			got, err := source(t, srv, func(o *s3.Options) { o.Anonymous = false }).Exposure(t.Context())
			if d := cmp.Diff(tt.want, got); err != nil || d != "" {
				t.Errorf("%v\n%s", err, d)
			}
			if m := srv.Mutations(); len(m) != 0 {
				t.Errorf("asking changed something: %q", m)
			}
		})
	}
}

func TestExposureAtARealServer(t *testing.T) {
	srv := s3test.Start(t)
	srv.Login(t)
	exposure := func(bucket string) sources.Exposure {
		t.Helper()
		src, err := s3.New(t.Context(), s3.Options{URL: "s3://" + bucket, Endpoint: srv.Endpoint})
		if err != nil {
			t.Fatal(err)
		}
		defer src.Close()
		e, err := src.Exposure(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	for _, b := range []string{"closed", "open", "shared"} {
		srv.Bucket(t, b)
	}
	srv.Publish(t, "open")
	srv.Grant(t, "shared", "s3:GetObject")
	want := map[string]sources.Exposure{
		"closed": {Audience: sources.AudiencePrivate, Because: []string{sources.BecauseNoGrant}},
		"open":   {Audience: sources.AudiencePublic, Because: []string{sources.BecausePolicy}},
		"shared": {Audience: sources.AudiencePrivate, Because: []string{sources.BecauseNoGrant}},
	}
	got := map[string]sources.Exposure{}
	for b := range want {
		got[b] = exposure(b)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	srv.LoginAs(t, srv.User)
	if e := exposure("shared"); e.Audience != sources.AudienceUnknown || len(e.Unknown) == 0 {
		t.Errorf("without the rights to ask: %+v", e)
	}
}
