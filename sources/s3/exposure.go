package s3

import (
	"context"
	"errors"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"habeas/sources"
)

// Rights that the questions about who may read need.
const (
	rightBlock     = "s3:GetBucketPublicAccessBlock"
	rightPolicy    = "s3:GetBucketPolicyStatus"
	rightOwnership = "s3:GetBucketOwnershipControls"
	rightACL       = "s3:GetBucketAcl"
)

// access is what the store told about who may read the bucket.
type access struct {
	ignoresACLs, restricts bool // of a public access block
	policyPublic           bool
	noACLs                 bool // access lists have no force
	aclPublic, aclOthers   bool // the bucket's own list grants to everybody, to other accounts
	unknown                []string
}

// Exposure asks four questions about the bucket as a whole: for its public access
// block, whether its policy is public, whether access lists have force, and for its
// own access list. Objects are not asked, which would be a request for each: where
// their access lists have force, the answer is unknown. A website adds nothing: it
// serves what policy and lists grant. Blocks of the whole account can't be asked
// with the rights of a bucket, so that public may be too much said there.
func (s *Source) Exposure(ctx context.Context) (sources.Exposure, error) {
	if s.opts.Anonymous {
		return sources.Exposure{Audience: sources.AudiencePublic, Because: []string{sources.BecauseUnsigned}}, nil
	}
	var a access
	for _, q := range []struct {
		right    string
		optional bool // a store that does not know the question has no such thing
		send     func(context.Context, *conn) error
	}{
		{rightBlock, true, func(ctx context.Context, c *conn) error { return s.askBlock(ctx, c, &a) }},
		{rightPolicy, false, func(ctx context.Context, c *conn) error { return s.askPolicy(ctx, c, &a) }},
		{rightOwnership, true, func(ctx context.Context, c *conn) error { return s.askOwnership(ctx, c, &a) }},
		{rightACL, false, func(ctx context.Context, c *conn) error { return s.askACL(ctx, c, &a) }},
	} {
		err := s.ask(ctx, q.right, q.send)
		var e *sources.Error
		switch {
		case err == nil:
		case !errors.As(err, &e) || e.Fatal:
			return sources.Exposure{}, err
		case !q.optional || e.Code == sources.CodeDenied:
			a.unknown = append(a.unknown, q.right)
		}
	}
	return a.exposure(), nil
}

// exposure draws the conclusion. Whatever could not be asked makes it unknown, if
// it could turn the answer.
func (a *access) exposure() sources.Exposure {
	missing := func(rights ...string) []string {
		return slices.DeleteFunc(slices.Clone(rights), func(r string) bool { return !slices.Contains(a.unknown, r) })
	}
	grants := a.policyPublic && !a.restricts
	lists := a.aclPublic && !a.noACLs && !a.ignoresACLs
	switch {
	case grants && len(missing(rightBlock)) == 0:
		return sources.Exposure{Audience: sources.AudiencePublic, Because: []string{sources.BecausePolicy}}
	case lists && len(missing(rightBlock, rightOwnership)) == 0:
		return sources.Exposure{Audience: sources.AudiencePublic, Because: []string{sources.BecauseBucketACL}}
	case len(a.unknown) > 0:
		e := sources.Exposure{Audience: sources.AudienceUnknown, Unknown: slices.Sorted(slices.Values(a.unknown))}
		if grants {
			e.Because = append(e.Because, sources.BecausePolicy)
		}
		if lists {
			e.Because = append(e.Because, sources.BecauseBucketACL)
		}
		slices.Sort(e.Because)
		return e
	case !a.noACLs && !a.ignoresACLs:
		return sources.Exposure{Audience: sources.AudienceUnknown, Because: []string{sources.BecauseObjectACL}}
	case a.aclOthers && !a.noACLs:
		return sources.Exposure{Audience: sources.AudienceShared, Because: []string{sources.BecauseBucketACL}}
	case a.policyPublic || a.aclPublic && !a.noACLs:
		return sources.Exposure{Audience: sources.AudiencePrivate, Because: []string{sources.BecauseBlocked}}
	}
	return sources.Exposure{Audience: sources.AudiencePrivate, Because: []string{sources.BecauseNoGrant}}
}

func (s *Source) askBlock(ctx context.Context, c *conn, a *access) error {
	out, err := c.api.GetPublicAccessBlock(ctx, &awss3.GetPublicAccessBlockInput{Bucket: &s.bucket})
	if err == nil && out.PublicAccessBlockConfiguration != nil {
		a.ignoresACLs = aws.ToBool(out.PublicAccessBlockConfiguration.IgnorePublicAcls)
		a.restricts = aws.ToBool(out.PublicAccessBlockConfiguration.RestrictPublicBuckets)
	}
	return err
}

func (s *Source) askPolicy(ctx context.Context, c *conn, a *access) error {
	out, err := c.api.GetBucketPolicyStatus(ctx, &awss3.GetBucketPolicyStatusInput{Bucket: &s.bucket})
	if err != nil {
		return err
	}
	if out.PolicyStatus == nil || out.PolicyStatus.IsPublic == nil {
		a.unknown = append(a.unknown, rightPolicy) // an answer that says nothing must not pass for "not public"
		return nil
	}
	a.policyPublic = *out.PolicyStatus.IsPublic
	return nil
}

func (s *Source) askOwnership(ctx context.Context, c *conn, a *access) error {
	out, err := c.api.GetBucketOwnershipControls(ctx, &awss3.GetBucketOwnershipControlsInput{Bucket: &s.bucket})
	if err == nil && out.OwnershipControls != nil {
		a.noACLs = slices.ContainsFunc(out.OwnershipControls.Rules, func(r types.OwnershipControlsRule) bool {
			return r.ObjectOwnership == types.ObjectOwnershipBucketOwnerEnforced
		})
	}
	return err
}

// Groups of an access list that are everybody: anyone at all, and anyone who has an
// account at Amazon, which everybody can have.
const (
	allUsers = "http://acs.amazonaws.com/groups/global/AllUsers"
	anyUser  = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
)

func (s *Source) askACL(ctx context.Context, c *conn, a *access) error {
	out, err := c.api.GetBucketAcl(ctx, &awss3.GetBucketAclInput{Bucket: &s.bucket})
	if err != nil {
		return err
	}
	owner := account(out.Owner)
	for _, g := range out.Grants {
		if g.Grantee == nil || g.Permission != types.PermissionRead && g.Permission != types.PermissionFullControl {
			continue
		}
		switch uri := aws.ToString(g.Grantee.URI); {
		case uri == allUsers || uri == anyUser:
			a.aclPublic = true
		case uri == "" && aws.ToString(g.Grantee.ID) != owner:
			a.aclOthers = true
		}
	}
	return nil
}
