package s3

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"habeas/sources"
)

// nullVersion is the id of what was written while the bucket kept no versions.
// Unlike any other id it can be given to new content.
const nullVersion = "null"

// Remove deletes o if it still is what a request without a version gets. In a
// bucket that keeps versions this only hides it behind a delete marker; with a
// version id in o, that version is deleted for good, as RemoveVersion does.
func (s *Source) Remove(ctx context.Context, o sources.Object) error {
	if o.Version != "" {
		return s.RemoveVersion(ctx, sources.Version{Object: o})
	}
	if !s.mine(o.Key) {
		return &sources.Error{Code: sources.CodeVanished}
	}
	if o.ETag == "" {
		return changedError() // an edit must name its version
	}
	if err := s.conditional(ctx, "DELETE"); err != nil {
		return err
	}
	// Stores answer a deletion of what is not there with success.
	switch now, err := s.Refresh(ctx, o); {
	case err != nil:
		var e *sources.Error
		if !errors.As(err, &e) || e.Code != sources.CodeArchived {
			return err
		}
	case now.ETag != o.ETag:
		return changedError()
	}
	return s.delete(ctx, o, &awss3.DeleteObjectInput{Bucket: &s.bucket, Key: &o.Key, IfMatch: aws.String(quoteETag(o.ETag)), RequestPayer: s.payer()})
}

// RemoveVersion deletes by version id, which names one content for ever. The id
// "null" does not: what stands under it is deleted on the condition that its ETag
// is still v's, at a store that is known to heed that.
func (s *Source) RemoveVersion(ctx context.Context, v sources.Version) error {
	in := &awss3.DeleteObjectInput{Bucket: &s.bucket, Key: &v.Key, VersionId: optional(v.Version), RequestPayer: s.payer()}
	if s.opts.BypassGovernance {
		in.BypassGovernanceRetention = aws.Bool(true)
	}
	if v.Version == "" || v.Version == nullVersion {
		place, err := s.Place(ctx)
		if err != nil {
			return err
		}
		if place.Versioning == "off" {
			in.VersionId = nil // the one content there is
		}
		if !v.Marker {
			if v.ETag == "" {
				return changedError()
			}
			in.IfMatch = aws.String(quoteETag(v.ETag))
			if err := s.conditional(ctx, "DELETE"); err != nil {
				return err
			}
		}
	}
	if err := s.present(ctx, v); err != nil {
		return err
	}
	return s.unlocked(ctx, v, s.delete(ctx, v.Object, in))
}

// mine holds for keys below the prefix of the source: no other is ever changed.
func (s *Source) mine(key string) bool { return key != "" && strings.HasPrefix(key, s.prefix) }

// present fails unless exactly v is listed: it is the last look before a deletion.
func (s *Source) present(ctx context.Context, v sources.Version) error {
	for have, err := range s.Versions(ctx, v.Key) {
		switch {
		case err != nil:
			return err
		case have.Key != v.Key:
			return &sources.Error{Code: sources.CodeVanished}
		case have.Version != v.Version && !(v.Version == "" && have.Version == nullVersion):
			continue
		case have.ETag != v.ETag || have.Marker != v.Marker || !have.Marker && have.Size != v.Size,
			have.Version == nullVersion && !v.Modified.IsZero() && !v.Modified.Equal(have.Modified):
			return changedError()
		default:
			return nil
		}
	}
	return &sources.Error{Code: sources.CodeVanished}
}

// delete sends one deletion. A repetition after an answer that got lost may find
// the object gone: that was us, or somebody with the same wish.
func (s *Source) delete(ctx context.Context, o sources.Object, in *awss3.DeleteObjectInput) error {
	sent := 0
	err := s.call(ctx, opEdit, 0, func(ctx context.Context, c *conn, _ *tries) error {
		sent++
		s.stats.edits.Add(1)
		out, err := c.api.DeleteObject(ctx, in)
		if err != nil {
			return bodyError(err)
		}
		if id := aws.ToString(in.VersionId); id != "" && out.VersionId != nil && *out.VersionId != id {
			return errMalformed
		}
		return nil
	})
	var e *sources.Error
	if sent > 1 && errors.As(err, &e) && e.Code == sources.CodeVanished {
		return nil
	}
	return err
}

// unlocked looks behind a refused deletion: stores word a lock in several ways.
func (s *Source) unlocked(ctx context.Context, v sources.Version, err error) error {
	var e *sources.Error
	if !errors.As(err, &e) || e.Code == sources.CodeVanished || errors.Is(err, sources.ErrChanged) || e.Fatal {
		return err
	}
	if l, lerr := s.Lock(ctx, v); lerr == nil && l.Holds(s.now()) {
		return &sources.Error{Code: sources.CodeLocked, Err: e.Err, Hint: lockHint(l)}
	}
	return err
}

func lockHint(l sources.Lock) string {
	switch {
	case l.Hold:
		return "a legal hold keeps the version: who set it must release it"
	case l.Mode == sources.LockGovernance:
		return "a governance lock keeps the version until " + l.Until.Format("2006-01-02") + ", unless somebody with the right to s3:BypassGovernanceRetention deletes it"
	}
	return "a compliance lock keeps the version until " + l.Until.Format("2006-01-02") + ", and nobody can go around it"
}

// Abort deletes the parts of u by its id, which no other upload ever gets.
func (s *Source) Abort(ctx context.Context, u sources.Upload) error {
	if !s.mine(u.Key) {
		return &sources.Error{Code: sources.CodeVanished}
	}
	sent := 0
	err := s.call(ctx, opEdit, 0, func(ctx context.Context, c *conn, _ *tries) error {
		sent++
		s.stats.edits.Add(1)
		_, err := c.api.AbortMultipartUpload(ctx, &awss3.AbortMultipartUploadInput{Bucket: &s.bucket, Key: &u.Key, UploadId: &u.ID, RequestPayer: s.payer()})
		return bodyErrorOrNil(err)
	})
	var f *fault
	var e *sources.Error
	gone := errors.As(err, &f) && f.code == "NoSuchUpload" || errors.As(err, &e) && e.Code == sources.CodeVanished
	switch {
	case gone && sent > 1:
		return nil
	case gone:
		return &sources.Error{Code: sources.CodeVanished}
	}
	return err
}

// conditional fails unless the store heeds If-Match on requests of method. Some
// stores take the header and ignore it, and then a deletion would hit whatever is
// there by now. It is tried on a key of our own that nobody else can have, once in
// the life of a source, and before anything of a user's is touched.
func (s *Source) conditional(ctx context.Context, method string) error {
	s.editing.Lock()
	defer s.editing.Unlock()
	heeds, known := s.heeds[method]
	if !known {
		var err error
		if heeds, err = s.probeCondition(ctx, method); err != nil {
			return err
		}
		if s.heeds == nil {
			s.heeds = map[string]bool{}
		}
		s.heeds[method] = heeds
	}
	if !heeds {
		return &sources.Error{Code: sources.CodeUnconditional, Fatal: true,
			Hint: "the store ignores If-Match, so that a change could hit another version than the one that was looked at: turn on versioning, or use another store"}
	}
	return nil
}

// probeCondition sends a conditional request for a key that does not exist. Where
// that succeeds, a DELETE proves nothing: an object is then made to try it on.
// Nothing of either stays.
func (s *Source) probeCondition(ctx context.Context, method string) (heeds bool, err error) {
	key := s.prefix + ".habeas-" + strings.ToLower(rand.Text())
	wrong := aws.String(`"00000000000000000000000000000000"`)
	put := func(cond *string) error {
		return s.edit(ctx, func(ctx context.Context, c *conn) error {
			_, err := c.api.PutObject(ctx, &awss3.PutObjectInput{Bucket: &s.bucket, Key: &key, IfMatch: cond, RequestPayer: s.payer()})
			return err
		})
	}
	remove := func(cond, version *string) error {
		return s.edit(ctx, func(ctx context.Context, c *conn) error {
			_, err := c.api.DeleteObject(ctx, &awss3.DeleteObjectInput{Bucket: &s.bucket, Key: &key, IfMatch: cond, VersionId: version, RequestPayer: s.payer()})
			return err
		})
	}
	first := remove
	if method == "PUT" {
		first = func(cond, _ *string) error { return put(cond) }
	}
	if refused, err := refusal(first(wrong, nil)); refused || err != nil {
		return refused, err
	}
	if method != "PUT" {
		if err := put(nil); err != nil {
			return false, err
		}
		if heeds, err = refusal(remove(wrong, nil)); err != nil {
			return false, err
		}
	}
	return heeds, s.clear(ctx, key, remove)
}

// clear removes every version and marker of a key of our own.
func (s *Source) clear(ctx context.Context, key string, remove func(cond, version *string) error) error {
	for v, err := range s.Versions(ctx, key) {
		if err != nil {
			return err
		}
		if v.Key != key {
			break
		}
		if err := remove(nil, &v.Version); err != nil {
			return err
		}
	}
	return nil
}

func (s *Source) edit(ctx context.Context, send func(context.Context, *conn) error) error {
	return s.call(ctx, opEdit, 0, func(ctx context.Context, c *conn, _ *tries) error {
		s.stats.edits.Add(1)
		return bodyErrorOrNil(send(ctx, c))
	})
}

// refusal reports whether err is what a store says that heeds a condition which
// does not hold.
func refusal(err error) (bool, error) {
	var e *sources.Error
	if errors.Is(err, sources.ErrChanged) || errors.As(err, &e) && e.Code == sources.CodeVanished {
		return true, nil
	}
	return false, err
}

func bodyErrorOrNil(err error) error {
	if err == nil {
		return nil
	}
	return bodyError(err)
}

func changedError() error {
	return &sources.Error{Code: sources.CodeChanged, Err: sources.ErrChanged}
}
