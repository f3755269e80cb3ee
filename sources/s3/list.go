package s3

import (
	"context"
	"errors"
	"iter"
	"net/url"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"habeas/sources"
)

// maxIdlePages is how many pages may bring no new key before a listing counts as
// a loop. Deleted keys leave some empty pages on real stores.
const maxIdlePages = 100

// How far Preflight goes: it shall not take as long as a scan may.
const (
	probeTries = 4
	probeKeys  = 10
)

var errOrder = errors.New("keys out of order, or outside the prefix")

// Objects lists with ListObjectsV2, in pages of up to 1,000 keys; the next page is
// fetched while the caller works on one. A key that comes twice is skipped. A key
// out of order ends the listing: resuming by key would lose objects on such a
// store (S3 directory buckets are one). An object in an archive class that is not
// restored comes with an error of its own.
func (s *Source) Objects(ctx context.Context, after string) iter.Seq2[sources.Object, error] {
	return func(yield func(sources.Object, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		pages := make(chan page, 1)
		var fetching sync.WaitGroup
		fetching.Go(func() {
			defer close(pages)
			s.pages(ctx, after, pages)
		})
		defer fetching.Wait()
		defer cancel()
		l := lister{s: s, after: after}
		for p := range pages {
			for i := range p.objects {
				if ctx.Err() != nil {
					yield(sources.Object{}, ctx.Err())
					return
				}
				o, skip, err := l.next(&p.objects[i], p.plain)
				if skip {
					continue
				}
				if !yield(o, err) || o.Key == "" {
					return
				}
			}
			if p.err != nil {
				yield(sources.Object{}, p.err)
				return
			}
		}
		if ctx.Err() != nil {
			yield(sources.Object{}, ctx.Err())
		}
	}
}

// page is one answer, keys decoded; err ends the listing after its objects.
type page struct {
	objects []types.Object
	plain   bool   // keys came as XML text, which can't hold every byte
	next    string // token of the next page; empty on the last
	err     error
}

// pages fetches one page after the other until the last, an error or the end of
// ctx.
func (s *Source) pages(ctx context.Context, after string, out chan<- page) {
	token, last, idle := "", "", 0
	for {
		p := s.page(ctx, s.prefix, token, after, 0, 0)
		if n := len(p.objects); p.err == nil && p.next != "" && (n == 0 || *p.objects[n-1].Key <= last) {
			if idle++; idle > maxIdlePages {
				p.err = fatal(sources.CodeListing, "the store's listing goes in circles: it can't be scanned as it is", errMalformed)
			}
		} else if n > 0 {
			last, idle = *p.objects[n-1].Key, 0
		}
		select {
		case out <- p:
		case <-ctx.Done():
			return
		}
		if p.err != nil || p.next == "" {
			return
		}
		token = p.next
	}
}

// page fetches one page; size 0 is as many keys as the store gives, limit 0 as
// many tries as a scan has.
func (s *Source) page(ctx context.Context, prefix, token, after string, size int32, limit int) page {
	in := &awss3.ListObjectsV2Input{
		Bucket:       aws.String(s.bucket),
		EncodingType: types.EncodingTypeUrl, // XML can't hold every byte of a key
	}
	if prefix != "" {
		in.Prefix = aws.String(prefix)
	}
	if size > 0 {
		in.MaxKeys = aws.Int32(size)
	}
	if s.opts.RequesterPays {
		in.RequestPayer = types.RequestPayerRequester
	}
	if token != "" {
		in.ContinuationToken = aws.String(token)
	}
	if after != "" {
		in.StartAfter = aws.String(after)
	}
	var p page
	err := s.call(ctx, opList, limit, func(ctx context.Context, c *conn, _ *tries) error {
		out, err := s.list(ctx, c, in)
		if err != nil {
			return bodyError(err)
		}
		p, err = readPage(out, token, size > 0)
		return err
	})
	if err != nil {
		return page{err: err}
	}
	return p
}

// list asks for the owner of each object, and for what tells a restored one from
// one that still is in the archive. A store that refuses to hear of either is
// asked without, from then on.
func (s *Source) list(ctx context.Context, c *conn, in *awss3.ListObjectsV2Input) (*awss3.ListObjectsV2Output, error) {
	for {
		bare := s.bareList.Load()
		in.FetchOwner, in.OptionalObjectAttributes = nil, nil
		if !bare {
			in.FetchOwner = aws.Bool(true)
			in.OptionalObjectAttributes = []types.OptionalObjectAttributes{types.OptionalObjectAttributesRestoreStatus}
		}
		s.stats.lists.Add(1)
		out, err := c.api.ListObjectsV2(ctx, in)
		var api smithy.APIError
		if bare || !errors.As(err, &api) || api.ErrorCode() != "NotImplemented" && api.ErrorCode() != "InvalidArgument" {
			return out, err
		}
		s.bareList.Store(true)
	}
}

// readPage checks that out is a whole page. The SDK takes any XML for one: an
// error with status 200 would be an empty bucket.
func readPage(out *awss3.ListObjectsV2Output, token string, probe bool) (page, error) {
	if out.IsTruncated == nil || out.Name == nil && out.KeyCount == nil && out.MaxKeys == nil {
		return page{}, errMalformed
	}
	p := page{objects: out.Contents}
	if *out.IsTruncated && !probe {
		p.next = aws.ToString(out.NextContinuationToken)
		if p.next == "" || p.next == token {
			return page{}, errMalformed
		}
	}
	p.plain = out.EncodingType != types.EncodingTypeUrl
	for i := range p.objects {
		key := aws.ToString(p.objects[i].Key)
		if !p.plain {
			k, err := url.QueryUnescape(key)
			if err != nil {
				return page{}, errMalformed
			}
			key = k
		}
		if key == "" {
			return page{}, errMalformed
		}
		p.objects[i].Key = &key
	}
	return p, nil
}

// lister checks the order of keys and turns them into objects.
type lister struct {
	s     *Source
	after string // some stores ignore StartAfter
	last  string
}

// next gives the object to yield, with its own error or beside the zero Object
// the one that ends the listing.
func (l *lister) next(in *types.Object, plain bool) (o sources.Object, skip bool, err error) {
	key := *in.Key
	switch {
	case plain && key < l.last && mangled(key):
		return sources.Object{}, false, fatal(sources.CodeListing, "the store can't list keys with control characters, and holds one: rename it, then resume the scan", errOrder)
	case key < l.last || !strings.HasPrefix(key, l.s.prefix):
		return sources.Object{}, false, fatal(sources.CodeListing,
			"the store lists keys out of order or outside the prefix, so that some would be missed: directory buckets can't be scanned", errOrder)
	case key == l.last || key <= l.after:
		l.last = key
		return sources.Object{}, true, nil
	}
	l.last = key
	o = l.s.object(in)
	switch {
	case archived(in):
		err = &sources.Error{Code: sources.CodeArchived, Hint: "restore the object, then scan again"}
	case plain && mangled(key):
		// Under this name there may be nothing to read, or another object.
		err = &sources.Error{Code: sources.CodeUnavailable, Hint: "the store can't list the object's key as it is: rename it"}
	}
	return o, false, err
}

// mangled holds for keys in which the store replaced what XML can't hold.
func mangled(key string) bool { return strings.ContainsRune(key, utf8.RuneError) }

func (s *Source) object(in *types.Object) sources.Object {
	o := sources.Object{
		Source: s.Name(), Key: *in.Key, ETag: bareETag(aws.ToString(in.ETag)),
		Size: max(0, aws.ToInt64(in.Size)), Modified: utc(in.LastModified), Class: string(in.StorageClass),
	}
	if in.Owner != nil {
		o.Account = aws.ToString(in.Owner.ID)
	}
	return o
}

// archived holds for the classes that must be restored before a GET. GLACIER_IR
// can be read at once. Objects of INTELLIGENT_TIERING may be archived too, which
// only a GET tells.
func archived(in *types.Object) bool {
	if in.StorageClass != types.ObjectStorageClassGlacier && in.StorageClass != types.ObjectStorageClassDeepArchive {
		return false
	}
	r := in.RestoreStatus
	return r == nil || aws.ToBool(r.IsRestoreInProgress) || r.RestoreExpiryDate == nil
}

// Refresh looks o up in the listing and gives it as it is now: what to open after
// ErrChanged. It fails with an *sources.Error of code vanished if it is gone. An
// object with a version id never changes.
func (s *Source) Refresh(ctx context.Context, o sources.Object) (sources.Object, error) {
	if o.Version != "" {
		return o, nil
	}
	// Not a HEAD: its errors have no body, so that an expired token looks like a
	// bad request and a missing permission like a missing object.
	p := s.page(ctx, o.Key, "", "", 1, 0)
	var e *sources.Error
	if errors.As(p.err, &e) && e.Code == sources.CodeListing {
		// One look-up that failed too often is this object's gap, not the scan's end.
		return sources.Object{}, &sources.Error{Code: sources.CodeUnavailable, Hint: "scan again later: only what is missing is read", Err: e.Err}
	}
	if p.err != nil {
		return sources.Object{}, p.err
	}
	if len(p.objects) == 0 || *p.objects[0].Key != o.Key {
		return sources.Object{}, &sources.Error{Code: sources.CodeVanished}
	}
	now := s.object(&p.objects[0])
	if archived(&p.objects[0]) {
		return now, &sources.Error{Code: sources.CodeArchived, Hint: "restore the object, then scan again"}
	}
	return now, nil
}

// Preflight lists a few keys and reads one byte of the first that can be read. Its
// error says in one sentence what to change. It tries some objects, since one of
// them may be closed for a reason of its own.
func (s *Source) Preflight(ctx context.Context) error {
	p := s.page(ctx, s.prefix, "", "", probeKeys, probeTries)
	if p.err != nil {
		return p.err
	}
	var refused *sources.Error
	for i := range p.objects {
		if archived(&p.objects[i]) {
			continue
		}
		err := s.probe(ctx, s.object(&p.objects[i]))
		var e *sources.Error
		switch {
		case !errors.As(err, &e) || e.Fatal:
			return err
		case refused == nil && (e.Code == sources.CodeDenied || e.Code == sources.CodeRequesterPays):
			refused = e
		}
	}
	if refused != nil {
		return &sources.Error{Code: refused.Code, Fatal: true, Hint: "keys can be listed, but reading them is refused: " + refused.Hint, Err: refused.Err}
	}
	return nil
}

// probe reads a byte and, if they are wanted, the tags of one object.
func (s *Source) probe(ctx context.Context, o sources.Object) error {
	c := s.content(ctx, o)
	defer c.Close()
	if err := c.open(1, probeTries); err != nil {
		return err
	}
	if !s.opts.WithTags {
		return nil
	}
	_, err := s.tags(ctx, o)
	return err
}

// bareETag drops the quotes, which some stores leave out.
func bareETag(etag string) string {
	if len(etag) >= 2 && etag[0] == '"' && etag[len(etag)-1] == '"' {
		return etag[1 : len(etag)-1]
	}
	return etag
}

func utc(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}
