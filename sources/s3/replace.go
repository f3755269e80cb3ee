package s3

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"habeas/sources"
)

const (
	// maxPut is what S3 takes in one request. An upload in parts has a condition
	// too, but is another object: other ETag, other checksum, other part sizes.
	maxPut = 5 << 30
	// maxHeld bounds what is read into memory from a reader that can't seek. The
	// whole content is read before any of it is sent: it must be of its size, and
	// a request that broke is sent again.
	maxHeld = 64 << 20
)

// Replace puts size bytes of r in the place of o's content, with one request that
// names o's ETag. Everything that a PUT would reset is restored by the same
// request: Content-Type and the other content headers, user metadata, tags,
// grants, storage class, encryption, redirect, retention and legal hold. What
// can't be restored is a reason not to replace. In a bucket that keeps versions
// the old content stays, as an old version: it is deleted by RemoveVersion.
//
// A reader that is not an io.ReadSeeker is held in memory, up to 64 MiB.
func (s *Source) Replace(ctx context.Context, o sources.Object, r io.Reader, size int64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if !s.mine(o.Key) {
		return &sources.Error{Code: sources.CodeVanished}
	}
	if o.ETag == "" {
		return changedError()
	}
	if size > maxPut {
		return &sources.Error{Code: sources.CodeUnavailable, Hint: "content over 5 GiB can't be replaced in one request: upload it again in parts"}
	}
	body, sum, err := wholeBody(ctx, r, size)
	if err != nil {
		return err
	}
	in, err := s.restored(ctx, o)
	if err != nil {
		return err
	}
	if err := s.conditional(ctx, "PUT"); err != nil {
		return err
	}
	in.Bucket, in.Key, in.IfMatch = &s.bucket, &o.Key, aws.String(quoteETag(o.ETag))
	in.ContentLength, in.ContentMD5 = &size, aws.String(base64.StdEncoding.EncodeToString(sum))
	sent := 0
	err = s.call(ctx, opEdit, 0, func(ctx context.Context, c *conn, _ *tries) error {
		if _, err := body.Seek(0, io.SeekStart); err != nil {
			return err
		}
		sent++
		s.stats.edits.Add(1)
		in.Body = body
		_, err := c.api.PutObject(ctx, in)
		return bodyErrorOrNil(err)
	})
	if sent > 1 && errors.Is(err, sources.ErrChanged) && s.written(ctx, o.Key, sum) {
		return nil // the answer to the first request was lost
	}
	return err
}

// written reports whether the object of key has content of that MD5 by now.
func (s *Source) written(ctx context.Context, key string, sum []byte) bool {
	now, err := s.Refresh(ctx, sources.Object{Key: key})
	return err == nil && now.ETag == hex.EncodeToString(sum)
}

// wholeBody makes sure that r has exactly size bytes before any of it is sent.
func wholeBody(ctx context.Context, r io.Reader, size int64) (io.ReadSeeker, []byte, error) {
	bad := func(err error) (io.ReadSeeker, []byte, error) {
		if ctx.Err() != nil {
			return nil, nil, ctx.Err()
		}
		return nil, nil, &sources.Error{Code: sources.CodeUnavailable, Err: err, Hint: "the new content could not be read whole, so the old one stays: try again"}
	}
	seeker, ok := r.(io.ReadSeeker)
	if !ok {
		if size > maxHeld {
			return bad(fmt.Errorf("content of more than %d bytes that can't be read twice", maxHeld))
		}
		b, err := io.ReadAll(io.LimitReader(r, size+1))
		if err != nil {
			return bad(err)
		}
		seeker = bytes.NewReader(b)
	}
	start, err := seeker.Seek(0, io.SeekCurrent)
	if err != nil {
		return bad(err)
	}
	h := md5.New()
	n, err := io.Copy(h, io.LimitReader(seeker, size+1))
	if err != nil {
		return bad(err)
	}
	if n != size {
		return bad(errors.New("content is not of the size that was announced"))
	}
	return &section{seeker, start}, h.Sum(nil), nil
}

// section is a ReadSeeker whose start is where the caller's stood.
type section struct {
	io.ReadSeeker
	start int64
}

func (s *section) Seek(off int64, whence int) (int64, error) {
	if whence == io.SeekStart {
		off += s.start
	}
	at, err := s.ReadSeeker.Seek(off, whence)
	return at - s.start, err
}

// restored reads what the object has besides content.
func (s *Source) restored(ctx context.Context, o sources.Object) (*awss3.PutObjectInput, error) {
	old, err := s.headers(ctx, o)
	if err != nil {
		return nil, err
	}
	if aws.ToInt32(old.MissingMeta) > 0 || old.SSECustomerAlgorithm != nil {
		return nil, &sources.Error{Code: sources.CodeUnavailable, Hint: "the object has metadata or a key that can't be read, and would lose it: replace it by hand"}
	}
	in := &awss3.PutObjectInput{
		CacheControl: old.CacheControl, ContentDisposition: old.ContentDisposition, ContentEncoding: old.ContentEncoding,
		ContentLanguage: old.ContentLanguage, ContentType: old.ContentType, Metadata: old.Metadata,
		StorageClass: types.StorageClass(old.StorageClass), ServerSideEncryption: old.ServerSideEncryption, SSEKMSKeyId: old.SSEKMSKeyId,
		BucketKeyEnabled: old.BucketKeyEnabled, WebsiteRedirectLocation: old.WebsiteRedirectLocation,
		ObjectLockMode: old.ObjectLockMode, ObjectLockRetainUntilDate: old.ObjectLockRetainUntilDate,
		ObjectLockLegalHoldStatus: old.ObjectLockLegalHoldStatus, RequestPayer: s.payer(),
	}
	if v := aws.ToString(old.ExpiresString); v != "" {
		t, err := http.ParseTime(v)
		if err != nil {
			return nil, &sources.Error{Code: sources.CodeUnavailable, Hint: "the object has an Expires header that is no date, and would lose it: replace it by hand"}
		}
		in.Expires = &t
	}
	o.Version = aws.ToString(old.VersionId)
	tags, err := s.tags(ctx, o)
	if err != nil && !unsupported(err) {
		return nil, err
	}
	if len(tags) > 0 {
		in.Tagging = aws.String(tagging(tags))
	}
	return in, s.grants(ctx, o, in)
}

// tagging writes tags as the header wants them.
func tagging(tags map[string]string) string {
	var b strings.Builder
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		if b.Len() > 0 {
			b.WriteByte('&')
		}
		b.WriteString(url.QueryEscape(k) + "=" + url.QueryEscape(tags[k]))
	}
	return b.String()
}

// headers gets the headers of o, which must be what a request without a version
// gets: a PUT replaces that.
func (s *Source) headers(ctx context.Context, o sources.Object) (*awss3.GetObjectOutput, error) {
	in := &awss3.GetObjectInput{Bucket: &s.bucket, Key: &o.Key, IfMatch: aws.String(quoteETag(o.ETag)), RequestPayer: s.payer()}
	if o.Size > 0 {
		in.Range = aws.String("bytes=0-0")
	}
	var old *awss3.GetObjectOutput
	err := s.call(ctx, opGet, 0, func(ctx context.Context, c *conn, _ *tries) error {
		s.stats.gets.Add(1)
		out, err := c.api.GetObject(ctx, in)
		if err != nil {
			return err
		}
		defer out.Body.Close()
		if bareETag(aws.ToString(out.ETag)) != o.ETag || o.Version != "" && aws.ToString(out.VersionId) != o.Version {
			return errVersion
		}
		old = out
		return nil
	})
	return old, err
}

// grants gives in the grants of o, if anybody but its owner has any. They go with
// the request itself: an object is never readable by fewer or more than before.
func (s *Source) grants(ctx context.Context, o sources.Object, in *awss3.PutObjectInput) error {
	var acl *awss3.GetObjectAclOutput
	err := s.ask(ctx, "s3:GetObjectAcl", func(ctx context.Context, c *conn) error {
		out, err := c.api.GetObjectAcl(ctx, &awss3.GetObjectAclInput{Bucket: &s.bucket, Key: &o.Key, VersionId: optional(o.Version), RequestPayer: s.payer()})
		acl = out
		return err
	})
	if unsupported(err) {
		return nil // the store has no grants on objects
	}
	if err != nil || acl == nil {
		return err
	}
	owner := account(acl.Owner)
	fields := map[types.Permission]**string{types.PermissionFullControl: &in.GrantFullControl, types.PermissionRead: &in.GrantRead,
		types.PermissionReadAcp: &in.GrantReadACP, types.PermissionWriteAcp: &in.GrantWriteACP}
	others := false
	list := map[types.Permission][]string{}
	for _, g := range acl.Grants {
		who := ""
		switch {
		case g.Grantee == nil:
		case aws.ToString(g.Grantee.ID) != "":
			who = `id="` + *g.Grantee.ID + `"`
			others = others || *g.Grantee.ID != owner
		case aws.ToString(g.Grantee.URI) != "":
			who, others = `uri="`+*g.Grantee.URI+`"`, true
		}
		if who == "" || strings.Count(who, `"`) != 2 || fields[g.Permission] == nil {
			return &sources.Error{Code: sources.CodeUnavailable, Hint: "the object has a grant that can't be restored: replace it by hand"}
		}
		list[g.Permission] = append(list[g.Permission], who)
	}
	if !others {
		return nil // what an object has that nobody shared; buckets without grants accept nothing else
	}
	for p, who := range list {
		*fields[p] = aws.String(strings.Join(who, ", "))
	}
	return nil
}

// unsupported reports whether a store does not know what was asked about.
func unsupported(err error) bool {
	var f *fault
	if !errors.As(err, &f) {
		return false
	}
	return f.status == http.StatusNotImplemented || f.status == http.StatusMethodNotAllowed || f.code == "NotImplemented"
}
