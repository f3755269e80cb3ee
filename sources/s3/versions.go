package s3

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"habeas/sources"
)

// marker is where a page of versions or uploads goes on: behind an id of a key.
type marker struct{ key, id string }

// Versions lists with ListObjectVersions below the source's own prefix; prefix is
// of whole keys and may name any. A row that comes twice is skipped.
func (s *Source) Versions(ctx context.Context, prefix string) iter.Seq2[sources.Version, error] {
	return listed(ctx, s, prefix, s.versionPage, func(v *sources.Version) (*sources.Object, string) { return &v.Object, v.Version })
}

// Uploads lists with ListMultipartUploads.
func (s *Source) Uploads(ctx context.Context, prefix string) iter.Seq2[sources.Upload, error] {
	return listed(ctx, s, prefix, s.uploadPage, func(u *sources.Upload) (*sources.Object, string) { return &u.Object, u.ID })
}

// keptPage is one answer, keys decoded.
type keptPage[T any] struct {
	rows  []T
	plain bool // keys came as XML text
	next  *marker
}

// listed pages through what page gives and checks the order of keys.
func listed[T any](ctx context.Context, s *Source, prefix string, page func(context.Context, string, marker) (keptPage[T], error),
	object func(*T) (*sources.Object, string)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		var at, last marker
		if !strings.HasPrefix(prefix, s.prefix) && !strings.HasPrefix(s.prefix, prefix) {
			return // nothing of this source
		}
		if len(prefix) < len(s.prefix) {
			prefix = s.prefix
		}
		for {
			p, err := page(ctx, prefix, at)
			if err != nil {
				yield(zero, err)
				return
			}
			for i := range p.rows {
				o, id := object(&p.rows[i])
				switch {
				case ctx.Err() != nil:
					yield(zero, ctx.Err())
					return
				case o.Key < last.key || !strings.HasPrefix(o.Key, prefix):
					yield(zero, fatal(sources.CodeListing, "the store lists versions out of order or outside the prefix, so that some would be missed", errOrder))
					return
				case p.plain && mangled(o.Key):
					yield(zero, fatal(sources.CodeListing, "the store can't list keys with control characters, and holds one: rename it", errOrder))
					return
				case o.Key == last.key && id == last.id:
					continue
				}
				last = marker{o.Key, id}
				if !yield(p.rows[i], nil) {
					return
				}
			}
			if p.next == nil {
				return
			}
			if p.next.key < at.key || *p.next == at {
				yield(zero, fatal(sources.CodeListing, "the store's listing of versions goes in circles", errMalformed))
				return
			}
			at = *p.next
		}
	}
}

func (s *Source) versionPage(ctx context.Context, prefix string, at marker) (keptPage[sources.Version], error) {
	in := &awss3.ListObjectVersionsInput{Bucket: aws.String(s.bucket), Prefix: optional(prefix), EncodingType: types.EncodingTypeUrl,
		KeyMarker: optional(at.key), VersionIdMarker: optional(at.id), RequestPayer: s.payer()}
	var p keptPage[sources.Version]
	err := s.call(ctx, opList, 0, func(ctx context.Context, c *conn, _ *tries) error {
		s.stats.lists.Add(1)
		out, err := c.api.ListObjectVersions(ctx, in)
		if err != nil {
			return bodyError(err)
		}
		p, err = s.readVersions(out)
		return err
	})
	return p, permission(err, "s3:ListBucketVersions")
}

func (s *Source) readVersions(out *awss3.ListObjectVersionsOutput) (keptPage[sources.Version], error) {
	var p keptPage[sources.Version]
	if out.IsTruncated == nil || out.Name == nil && out.MaxKeys == nil {
		return p, errMalformed // an error with status 200 would be a bucket without versions
	}
	d := decoder{plain: out.EncodingType != types.EncodingTypeUrl}
	p.plain = d.plain
	for _, v := range out.Versions {
		p.rows = append(p.rows, sources.Version{Latest: aws.ToBool(v.IsLatest), Object: sources.Object{Source: s.Name(), Key: d.key(v.Key),
			Version: aws.ToString(v.VersionId), ETag: bareETag(aws.ToString(v.ETag)), Size: max(0, aws.ToInt64(v.Size)), Modified: utc(v.LastModified),
			Class: string(v.StorageClass), Account: account(v.Owner)}})
	}
	for _, m := range out.DeleteMarkers {
		p.rows = append(p.rows, sources.Version{Latest: aws.ToBool(m.IsLatest), Marker: true, Object: sources.Object{Source: s.Name(), Key: d.key(m.Key),
			Version: aws.ToString(m.VersionId), Modified: utc(m.LastModified), Account: account(m.Owner)}})
	}
	if aws.ToBool(out.IsTruncated) {
		p.next = &marker{d.key(out.NextKeyMarker), aws.ToString(out.NextVersionIdMarker)}
	}
	if d.failed {
		return p, errMalformed
	}
	// The store's order is newest first; the SDK gives versions and markers apart.
	slices.SortStableFunc(p.rows, func(a, b sources.Version) int {
		latest := 0
		if a.Latest != b.Latest {
			latest = 1
			if a.Latest {
				latest = -1
			}
		}
		return cmp.Or(cmp.Compare(a.Key, b.Key), latest, b.Modified.Compare(a.Modified))
	})
	return p, nil
}

func (s *Source) uploadPage(ctx context.Context, prefix string, at marker) (keptPage[sources.Upload], error) {
	in := &awss3.ListMultipartUploadsInput{Bucket: aws.String(s.bucket), Prefix: optional(prefix), EncodingType: types.EncodingTypeUrl,
		KeyMarker: optional(at.key), UploadIdMarker: optional(at.id), RequestPayer: s.payer()}
	var p keptPage[sources.Upload]
	err := s.call(ctx, opList, 0, func(ctx context.Context, c *conn, _ *tries) error {
		s.stats.lists.Add(1)
		out, err := c.api.ListMultipartUploads(ctx, in)
		if err != nil {
			return bodyError(err)
		}
		if out.IsTruncated == nil || out.Bucket == nil && out.MaxUploads == nil {
			return errMalformed
		}
		d := decoder{plain: out.EncodingType != types.EncodingTypeUrl}
		p = keptPage[sources.Upload]{plain: d.plain}
		for _, u := range out.Uploads {
			p.rows = append(p.rows, sources.Upload{ID: aws.ToString(u.UploadId), Object: sources.Object{Source: s.Name(), Key: d.key(u.Key),
				Modified: utc(u.Initiated), Class: string(u.StorageClass), Account: account(u.Owner)}})
		}
		if aws.ToBool(out.IsTruncated) {
			p.next = &marker{d.key(out.NextKeyMarker), aws.ToString(out.NextUploadIdMarker)}
		}
		if d.failed {
			return errMalformed
		}
		return nil
	})
	return p, permission(err, "s3:ListBucketMultipartUploads")
}

// decoder undoes the encoding of keys that was asked for, if it was made.
type decoder struct {
	plain, failed bool
}

func (d *decoder) key(s *string) string {
	k := aws.ToString(s)
	if !d.plain {
		u, err := url.QueryUnescape(k)
		d.failed = d.failed || err != nil
		k = u
	}
	d.failed = d.failed || k == ""
	return k
}

// permission names in a refused listing the right that this one needs.
func permission(err error, name string) error {
	var e *sources.Error
	if errors.As(err, &e) && e.Code == sources.CodeDeniedListing {
		return &sources.Error{Code: e.Code, Fatal: true, Err: e.Err, Hint: "listing is refused: grant " + name + " on the bucket to whoever plans and erases"}
	}
	return err
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func account(o *types.Owner) string {
	if o == nil {
		return ""
	}
	return aws.ToString(o.ID)
}

func (s *Source) payer() types.RequestPayer {
	if s.opts.RequesterPays {
		return types.RequestPayerRequester
	}
	return ""
}

// Lock asks for the retention and the legal hold of v: two requests, in buckets
// that can lock at all. A HEAD would leave both out where they may not be read.
func (s *Source) Lock(ctx context.Context, v sources.Version) (sources.Lock, error) {
	place, err := s.Place(ctx)
	if err != nil || v.Marker || !place.Locks {
		return sources.Lock{}, err // a marker can't be locked
	}
	var l sources.Lock
	err = s.ask(ctx, "s3:GetObjectRetention", func(ctx context.Context, c *conn) error {
		out, err := c.api.GetObjectRetention(ctx, &awss3.GetObjectRetentionInput{Bucket: &s.bucket, Key: &v.Key, VersionId: optional(v.Version), RequestPayer: s.payer()})
		if err == nil && out.Retention != nil {
			l.Mode, l.Until = strings.ToLower(string(out.Retention.Mode)), utc(out.Retention.RetainUntilDate)
		}
		return err
	})
	if err != nil {
		return sources.Lock{}, err
	}
	err = s.ask(ctx, "s3:GetObjectLegalHold", func(ctx context.Context, c *conn) error {
		out, err := c.api.GetObjectLegalHold(ctx, &awss3.GetObjectLegalHoldInput{Bucket: &s.bucket, Key: &v.Key, VersionId: optional(v.Version), RequestPayer: s.payer()})
		if err == nil && out.LegalHold != nil {
			l.Hold = out.LegalHold.Status == types.ObjectLockLegalHoldStatusOn
		}
		return err
	})
	return l, err
}

// nothingThere are the codes by which a store says that a question has no answer.
var nothingThere = []string{"NoSuchObjectLockConfiguration", "ObjectLockConfigurationNotFoundError", "ObjectLockConfigurationNotFound",
	"ReplicationConfigurationNotFoundError", "NoSuchReplicationConfiguration",
	"NoSuchBucketPolicy", "NoSuchPublicAccessBlockConfiguration", "OwnershipControlsNotFoundError",
	"InvalidRequest"} // of the lock of an object in a bucket that can't lock

// ask sends one question about an object or the bucket. "There is none" is no
// error, and leaves what the answer would have set.
func (s *Source) ask(ctx context.Context, right string, send func(context.Context, *conn) error) error {
	err := s.call(ctx, opBucket, 0, func(ctx context.Context, c *conn, _ *tries) error {
		s.stats.heads.Add(1)
		if err := send(ctx, c); err != nil {
			return bodyError(err)
		}
		return nil
	})
	var f *fault
	if errors.As(err, &f) && slices.Contains(nothingThere, f.code) {
		return nil
	}
	var e *sources.Error
	if errors.As(err, &e) && e.Code == sources.CodeDenied {
		return s.wrapDenied(e, right)
	}
	return err
}

func (s *Source) wrapDenied(e *sources.Error, right string) error {
	return &sources.Error{Code: e.Code, Err: e.Err, Hint: "grant " + right + " to whoever plans and erases"}
}

// Place asks once: for versioning, object lock, replication and the owner. What
// it may not ask is named in Unknown.
func (s *Source) Place(ctx context.Context) (sources.Place, error) {
	s.editing.Lock()
	defer s.editing.Unlock()
	if s.place != nil {
		return *s.place, nil
	}
	p := sources.Place{Endpoint: s.current().endpoint, Container: s.bucket, Versioning: "unknown"}
	if p.Endpoint == "" {
		p.Endpoint = "https://s3.amazonaws.com"
	}
	questions := []struct {
		right string
		send  func(context.Context, *conn) error
	}{
		{"s3:GetBucketVersioning", func(ctx context.Context, c *conn) error { return s.askVersioning(ctx, c, &p) }},
		{"s3:GetBucketObjectLockConfiguration", func(ctx context.Context, c *conn) error { return s.askLocks(ctx, c, &p) }},
		{"s3:GetReplicationConfiguration", func(ctx context.Context, c *conn) error { return s.askReplicas(ctx, c, &p) }},
		{"s3:GetBucketAcl", func(ctx context.Context, c *conn) error {
			out, err := c.api.GetBucketAcl(ctx, &awss3.GetBucketAclInput{Bucket: &s.bucket})
			if err == nil {
				p.Account = account(out.Owner)
			}
			return err
		}},
	}
	for _, q := range questions {
		err := s.ask(ctx, q.right, q.send)
		var e *sources.Error
		switch {
		case err == nil:
		case !errors.As(err, &e) || e.Fatal:
			return sources.Place{}, err
		default:
			p.Unknown = append(p.Unknown, q.right)
		}
	}
	if slices.Contains(p.Unknown, "s3:GetBucketObjectLockConfiguration") {
		p.Locks = true // ask for each version then
	}
	p.Region = s.current().region // after the answers, which may have moved us
	s.place = &p
	return p, nil
}

func (s *Source) askVersioning(ctx context.Context, c *conn, p *sources.Place) error {
	out, err := c.api.GetBucketVersioning(ctx, &awss3.GetBucketVersioningInput{Bucket: &s.bucket})
	if err != nil {
		return err
	}
	switch out.Status {
	case types.BucketVersioningStatusEnabled:
		p.Versioning = "enabled"
	case types.BucketVersioningStatusSuspended:
		p.Versioning = "suspended"
	case "":
		p.Versioning = "off"
	}
	p.MFADelete = out.MFADelete == types.MFADeleteStatusEnabled
	return nil
}

func (s *Source) askLocks(ctx context.Context, c *conn, p *sources.Place) error {
	out, err := c.api.GetObjectLockConfiguration(ctx, &awss3.GetObjectLockConfigurationInput{Bucket: &s.bucket})
	if err == nil && out.ObjectLockConfiguration != nil {
		p.Locks = out.ObjectLockConfiguration.ObjectLockEnabled == types.ObjectLockEnabledEnabled
	}
	return err
}

func (s *Source) askReplicas(ctx context.Context, c *conn, p *sources.Place) error {
	out, err := c.api.GetBucketReplication(ctx, &awss3.GetBucketReplicationInput{Bucket: &s.bucket})
	if err != nil || out.ReplicationConfiguration == nil {
		return err
	}
	p.Replicas = nil
	for _, r := range out.ReplicationConfiguration.Rules {
		if r.Destination != nil && r.Destination.Bucket != nil {
			p.Replicas = append(p.Replicas, "s3://"+strings.TrimPrefix(*r.Destination.Bucket, "arn:aws:s3:::"))
		}
	}
	slices.Sort(p.Replicas)
	p.Replicas = slices.Compact(p.Replicas)
	return nil
}

// now is the source's clock, in UTC.
func (s *Source) now() time.Time { return s.opts.Clock.Now().UTC() }
