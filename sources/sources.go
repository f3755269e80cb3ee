// Package sources is the contract between the scanner and whatever holds
// uploads: a folder, a bucket. An implementation lists objects and opens them;
// it never interprets what is inside.
//
// Start with Source. A source that can also change what it holds implements
// Editor; one that keeps more of a key than its listing shows implements Versioned
// and Uploader; one that can say before a scan what would make it fail implements
// Preflighter; one that can tell who may read what it holds, Exposer. Every
// implementation passes the suite in sources/sourcetest.
package sources

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"
)

// Object is one stored thing: a file, or one version of an S3 key.
type Object struct {
	Source   string            // Name of the source that listed it: "s3://bucket/prefix" or a folder
	Key      string            // bytes, not text: any byte but NUL may be in it
	Version  string            // version id; empty where the source keeps no versions
	ETag     string            // changes when the content does; for local files it is made of inode, size and change time
	Size     int64             // bytes, as listed
	Modified time.Time         // last modification, UTC
	Meta     map[string]string // user metadata; nil until the object was opened, or where there is none
	Tags     map[string]string // object tags, when asked for
	TagCount int               // tags the object has, where the source says so without being asked for them
	Account  string            // S3 owner id or file uid: an account of the store, not a person
	Class    string            // storage class, as the source names it
	Type     string            // Content-Type the uploader claimed; never believed
	Audience string            // who may read it, one of the Audience constants, where that is known of this object; "" if it is as Exposer says of the whole source
}

// Source lists and opens objects. Methods may be called from many goroutines.
type Source interface {
	// Name identifies the source in records and reports: a URL or a cleaned
	// path. Two scans of the same place give the same name.
	Name() string

	// Objects lists in byte order of Key, each object once, starting after the
	// key after ("" lists all). An error beside an Object is that object's own
	// (it is listed and can't be read: *Error says why); an error beside the
	// zero Object ends the listing. Breaking out of the loop leaks nothing.
	Objects(ctx context.Context, after string) iter.Seq2[Object, error]

	// Open fixes one version of o. It fails with an *Error whose Code tells what
	// to report, with ErrChanged if the object is no longer the one listed.
	Open(ctx context.Context, o Object) (Content, error)
}

// Content is one version of one object: no two reads ever mix versions. A
// ReadAt that finds another version fails with ErrChanged. ReadAt may be called
// from several goroutines; the context of Open bounds every read.
type Content interface {
	io.ReaderAt
	io.Closer
	Size() int64
	// Object is the object as opened: Meta, TagCount, Type and Size are those of
	// the version that is read.
	Object() Object
}

// Preflighter is an optional ability: one cheap round trip that says in a
// sentence which permission, region or name is wrong, before a scan starts.
type Preflighter interface {
	Preflight(ctx context.Context) error
}

// Refresher is an optional ability: to look one object up again, which is what
// to open after ErrChanged. It fails with an *Error of CodeVanished if there is
// no such object any more.
type Refresher interface {
	Refresh(ctx context.Context, o Object) (Object, error)
}

// Editor is an optional ability; both methods fail with ErrChanged on any
// version but o's and leave the object as it was.
type Editor interface {
	Remove(ctx context.Context, o Object) error
	Replace(ctx context.Context, o Object, r io.Reader, size int64) error
}

// Version is one thing that a store keeps under a key: a version of the object or
// a delete marker. Object.Version is its id as the store names it, "null" included.
type Version struct {
	Object
	Latest bool // what a request that names no version gets
	Marker bool // a delete marker: it hides older versions and has no content, ETag or size
}

// Versioned is an optional ability: a store that keeps old versions and delete
// markers, which Source.Objects does not list.
type Versioned interface {
	// Versions lists all versions and markers of keys that begin with prefix, in
	// byte order of Key, those of one key newest first. Errors are as with
	// Source.Objects.
	Versions(ctx context.Context, prefix string) iter.Seq2[Version, error]

	// Lock says what keeps v from being deleted. Where the store is not allowed to
	// tell, it fails with an *Error of CodeDenied.
	Lock(ctx context.Context, v Version) (Lock, error)

	// RemoveVersion deletes exactly v for good, and nothing else. It fails with
	// ErrChanged if what stands under that id is not v any more, with an *Error of
	// CodeVanished if it is gone, of CodeLocked if a lock or hold keeps it.
	RemoveVersion(ctx context.Context, v Version) error
}

// Lock is what keeps a version from being deleted. The zero Lock keeps nothing.
type Lock struct {
	Mode  string    // LockGovernance or LockCompliance; "" for no retention
	Until time.Time // end of the retention
	Hold  bool      // legal hold, which has no end
}

// Modes of a Lock.
const (
	LockGovernance = "governance" // a special right may go around it
	LockCompliance = "compliance" // nobody may
)

// Holds reports whether l keeps a version at the time now.
func (l Lock) Holds(now time.Time) bool { return l.Hold || l.Mode != "" && now.Before(l.Until) }

// Upload is an unfinished upload in parts. Its parts hold bytes that no listing of
// objects shows. Object has Source, Key, Account, Class, and as Modified the time
// it was begun.
type Upload struct {
	Object
	ID string
}

// Uploader is an optional ability: a store that keeps unfinished uploads.
type Uploader interface {
	// Uploads lists the unfinished uploads of keys that begin with prefix, in
	// byte order of Key. Errors are as with Source.Objects.
	Uploads(ctx context.Context, prefix string) iter.Seq2[Upload, error]

	// Abort deletes the parts of exactly u. It fails with an *Error of
	// CodeVanished if there is no such upload any more.
	Abort(ctx context.Context, u Upload) error
}

// Place is where a source really is, beyond its name: two stores may both have a
// bucket of one name.
type Place struct {
	Endpoint   string   // base URL; "folder" for the file system
	Region     string   // "" where there are none
	Container  string   // bucket, or absolute path of the folder
	Account    string   // who owns the container, as the store says it; "" if it doesn't
	Versioning string   // "enabled", "suspended", "off", or "unknown"
	Locks      bool     // the container can lock versions
	MFADelete  bool     // deleting a version needs a second factor
	Replicas   []string // containers that the store copies objects to, sorted
	Unknown    []string // what could not be asked, as permissions to grant: "s3:GetReplicationConfiguration"
}

// Placed is an optional ability: to say where the source really is. A plan of
// deletions is bound to that.
type Placed interface {
	Place(ctx context.Context) (Place, error)
}

// Exposure is who may read what a source holds, as the store itself tells it.
type Exposure struct {
	Audience string   // one of the Audience constants
	Because  []string // codes of what makes it so: one of the Opened constants; sorted
	Unknown  []string // what could not be asked, as permissions to grant ("s3:GetBucketPolicyStatus"), or what the store does not answer; sorted
}

// Audiences, from the widest. What can't be asked is never guessed: it makes an
// exposure unknown, unless what could be asked is enough to call it public.
const (
	AudiencePublic  = "public"  // anyone on the internet
	AudienceShared  = "shared"  // others than the account that holds it: every user of the machine, other accounts of the store
	AudiencePrivate = "private" // the account that holds it, and whom its own rights let in
	AudienceUnknown = "unknown"
)

// Codes of Exposure.Because.
const (
	BecausePolicy    = "bucket-policy"       // the policy of the bucket grants reading to everybody
	BecauseBucketACL = "bucket-acl"          // the access list of the bucket grants it to others
	BecauseUnsigned  = "unsigned"            // it was read without credentials
	BecauseObjectACL = "object-acls"         // objects may have access lists of their own, which are not asked for
	BecauseBlocked   = "public-access-block" // a public access block stops what policy or access list would grant
	BecauseNoGrant   = "no-grant"            // neither policy nor access lists grant anything to everybody
	BecauseMode      = "file-mode"           // the mode bits of the folder, and of all above it, let every user of the machine in
	BecauseClosed    = "folder-mode"         // the mode bits of a folder let in none but its user and group
)

// Exposer is an optional ability: to say who may read what the source holds. It
// only asks; a store that refuses or does not know a question is no error but an
// answer with Unknown. The error is the context's, or one by which nothing else
// of the source could be asked either.
type Exposer interface {
	Exposure(ctx context.Context) (Exposure, error)
}

// ErrChanged says that the object is not the version that was listed or opened.
var ErrChanged = errors.New("object changed")

// Error is a failure with the reason code that reports show. Err may hold bytes
// from outside: it is for errors.Is and errors.As, and never printed raw.
type Error struct {
	Code  string // one of the Code constants
	Fatal bool   // no other object of this source can succeed either: the scan of it stops, state kept
	Hint  string // what the user should do next, one sentence, may be empty
	Err   error
}

// Codes of Error, in the vocabulary of coverage.
const (
	CodeDenied        = "denied"         // no permission on this object
	CodeVanished      = "vanished"       // listed, then gone
	CodeChanged       = "changed"        // changed under every retry
	CodeArchived      = "archived"       // in a storage class that needs a restore first
	CodeNeedsKey      = "needs-key"      // encrypted with a key the caller must supply (SSE-C)
	CodeRequesterPays = "requester-pays" // readable only by who accepts the bill
	CodeChecksum      = "checksum"       // bytes do not match the checksum that was stored
	CodeUnavailable   = "unavailable"    // still failing after every retry and the second pass
	CodeNotRegular    = "not-regular"    // symlink, FIFO, socket or device: not opened
	CodeTooDeep       = "limit.depth"    // a folder nested deeper than the source goes
	CodeListing       = "listing"        // the listing can't be trusted or continued
	CodeCredentials   = "credentials"    // missing, wrong or expired
	CodeNoSuchBucket  = "no-such-bucket" // also: no such folder
	CodeWrongRegion   = "wrong-region"   //
	CodeEndpoint      = "endpoint"       // can't be reached, or doesn't speak S3
	CodeDeniedListing = "denied-listing" // no permission to list
	CodeDeniedAll     = "denied-all"     // every object refused so far
	CodeBudget        = "budget"         // what the user allowed is used up
	CodeClockSkew     = "clock-skew"     // this machine's clock is off
	CodeLocked        = "locked"         // a retention or legal hold keeps the version
	CodeUnconditional = "unconditional"  // the store ignores conditions, so that a change could hit another version
)

// Error names the code and the hint, and nothing that came from outside.
func (e *Error) Error() string {
	if e.Hint != "" {
		return fmt.Sprintf("%s: %s", e.Code, e.Hint)
	}
	return e.Code
}

// Unwrap gives the cause, for errors.Is.
func (e *Error) Unwrap() error { return e.Err }
