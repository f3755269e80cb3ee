package reports

import (
	"slices"
	"strings"
)

// Audience is who may read an object.
type Audience string

// Audiences, from the widest.
const (
	AudiencePublic  Audience = "public"  // anybody, without an account
	AudienceShared  Audience = "shared"  // others than the account that holds it: every user of the machine, other accounts of the store
	AudiencePrivate Audience = "private" // the account that holds it, and whom its own rights let in
	AudienceUnknown Audience = "unknown" // could not be asked, or was not
)

// Audiences lists all, from the widest.
func Audiences() []Audience {
	return []Audience{AudiencePublic, AudienceShared, AudienceUnknown, AudiencePrivate}
}

// Weight is by how much an audience makes a risk larger: what is not known stands
// between the two that are not public.
func (a Audience) Weight() float64 {
	switch a {
	case AudiencePublic:
		return 3
	case AudienceShared:
		return 2
	case AudiencePrivate:
		return 1
	}
	return 1.5
}

// Words says who it is.
func (a Audience) Words() string {
	switch a {
	case AudiencePublic:
		return "anyone"
	case AudienceShared:
		return "others than its account"
	case AudiencePrivate:
		return "only its own account"
	}
	return "not known"
}

// Exposure is who may read what a source holds, as far as the store itself told
// when it was scanned.
type Exposure struct {
	Source   string   `json:"source"`
	Audience Audience `json:"audience"`
	Because  []string `json:"because,omitempty"` // codes of what makes it so
	Unknown  []string `json:"unknown,omitempty"` // rights that were missing to ask: "s3:GetBucketPolicyStatus"
}

// because are the codes of Exposure.Because in words.
func because(code string) string {
	switch code {
	case "bucket-policy":
		return "the bucket policy"
	case "bucket-acl":
		return "the access list of the bucket"
	case "unsigned":
		return "it was scanned without credentials"
	case "object-acls":
		return "objects may have access lists of their own, which are not asked for"
	case "public-access-block":
		return "a public access block stops what the bucket grants"
	case "no-grant":
		return "neither the bucket policy nor access lists let everybody in"
	case "file-mode":
		return "the mode bits of the files"
	case "folder-mode":
		return "the mode bits of a folder"
	}
	return ""
}

// Words is one sentence without a full stop, safe to show: "anyone may read this,
// without an account: the bucket policy".
func (e Exposure) Words() string {
	var why []string
	for _, code := range e.Because {
		if w := because(code); w != "" {
			why = append(why, w)
		}
	}
	reason := ""
	if len(why) > 0 {
		reason = ": " + strings.Join(why, ", ")
	}
	switch e.Audience {
	case AudiencePublic:
		return "anyone may read this, without an account" + reason
	case AudienceShared:
		if slices.Contains(e.Because, "file-mode") {
			return "every user of the machine that holds it may read this" + reason
		}
		return "other accounts may read this" + reason
	case AudiencePrivate:
		return "only the account that holds it, and whom it lets in, may read this" + reason
	}
	if len(e.Unknown) > 0 {
		return "who may read this is not known: not answered are " + Show(strings.Join(e.Unknown, ", ")) + opened(why)
	}
	return "who may read this is not known" + reason
}

// opened says what would let everybody in, if what could not be asked does not
// stop it.
func opened(why []string) string {
	if len(why) == 0 {
		return ""
	}
	return "; " + strings.Join(why, ", ") + " would let everybody in"
}

// Exposure is that of the source of this name; unknown if none was recorded.
func (r *Run) Exposure(source string) Exposure {
	for _, e := range r.Exposures {
		if e.Source == source {
			return e
		}
	}
	return Exposure{Source: source, Audience: AudienceUnknown}
}
