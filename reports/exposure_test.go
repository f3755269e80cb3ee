package reports

import "testing"

func TestExposureInWords(t *testing.T) {
	tests := map[string]struct {
		e    Exposure
		want string
	}{
		"public": {Exposure{Audience: AudiencePublic, Because: []string{"bucket-policy"}}, "anyone may read this, without an account: the bucket policy"},
		"shared": {Exposure{Audience: AudienceShared, Because: []string{"bucket-acl"}}, "other accounts may read this: the access list of the bucket"},
		"folder": {Exposure{Audience: AudienceShared, Because: []string{"file-mode"}}, "every user of the machine that holds it may read this: the mode bits of the files"},
		"closed": {Exposure{Audience: AudiencePrivate, Because: []string{"no-grant"}}, "only the account that holds it, and whom it lets in, may read this: neither the bucket policy nor access lists let everybody in"},
		"a right is missing": {Exposure{Audience: AudienceUnknown, Unknown: []string{"s3:GetBucketPolicyStatus"}},
			"who may read this is not known: not answered are s3:GetBucketPolicyStatus"},
		"a right is missing, and the policy is public": {Exposure{Audience: AudienceUnknown, Because: []string{"bucket-policy"}, Unknown: []string{"s3:GetBucketPublicAccessBlock"}},
			"who may read this is not known: not answered are s3:GetBucketPublicAccessBlock; the bucket policy would let everybody in"},
		"lists of objects": {Exposure{Audience: AudienceUnknown, Because: []string{"object-acls"}},
			"who may read this is not known: objects may have access lists of their own, which are not asked for"},
		"never asked": {Exposure{}, "who may read this is not known"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := tt.e.Words(); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

func TestWiderAudiencesWeighMore(t *testing.T) {
	all := Audiences()
	for i, a := range all[1:] {
		if all[i].Weight() <= a.Weight() {
			t.Errorf("%s weighs %v and %s %v", all[i], all[i].Weight(), a, a.Weight())
		}
	}
}
