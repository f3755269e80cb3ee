package s3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"habeas/sources"
)

// maxSkip is how far into a body we read to get at a part of it, from a store
// that ignores ranges.
const maxSkip = 256 << 20

// Open reads the head of o with one GET, which brings everything else that is to
// know about it: user metadata, tag count, type, and the size as it is. An object
// no larger than the head is read without a range, so that a checksum that was
// stored with it can be checked.
func (s *Source) Open(ctx context.Context, o sources.Object) (sources.Content, error) {
	c := s.content(ctx, o)
	err := s.readable(c.open(headOf(o.Key, o.Size, s.opts.HeadSize), 0))
	if err == nil && s.opts.WithTags && (c.obj.TagCount > 0 || !s.countSent.Load() && s.current().endpoint != "") {
		// Amazon leaves the count out where it is zero; other stores may never send it.
		c.obj.Tags, err = s.tags(c.ctx, c.obj)
		c.obj.TagCount = max(c.obj.TagCount, len(c.obj.Tags))
	}
	if err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// FirstRead is how many bytes the first GET asks for of an object of this key and
// size, where Options.HeadSize is not set.
func FirstRead(key string, size int64) int64 { return min(int64(headOf(key, size, defaultHead)), size) }

// headOf is how much the first GET asks for, by what the key promises: n where all that is read stands at the start. What is read to its end, or at both ends,
// comes whole if a GET for each end, of n bytes each, would bring all of it
// too. Of Canon's CR3 three times as much is asked for: a block of 64 KiB, most
// of it padding, stands before the preview.
func headOf(key string, size int64, n int) int {
	switch ending := strings.ToLower(path.Ext(key)); {
	case ending == ".cr3":
		return 3 * n
	case ending == "" || atStart[ending] || size > 2*int64(n):
		return n
	}
	return 2 * n
}

// atStart are endings of formats that mostly hold at their start what is read.
var atStart = map[string]bool{
	".jpg": true, ".jpeg": true, ".jpe": true, ".heic": true, ".heif": true, ".hif": true, ".avif": true, ".jxl": true, ".psd": true,
	".dng": true, ".nef": true, ".arw": true, ".cr2": true, ".orf": true, ".rw2": true, ".raf": true, ".pef": true, ".srw": true,
	".mov": true, ".mp4": true, ".m4v": true, ".3gp": true, ".m4a": true, ".mkv": true, ".webm": true, ".avi": true, ".flac": true, ".ogg": true, ".opus": true,
}

// open reads up to n bytes from the start. An attempt that breaks starts over:
// that costs at most the head, and nothing can mix.
func (c *content) open(n, limit int) error {
	s, listed := c.s, c.obj
	whole := listed.Size <= int64(n)
	in := c.get(listed.ETag)
	if whole {
		in.ChecksumMode = types.ChecksumModeEnabled
	} else {
		in.Range = aws.String(byteRange(0, int64(n)))
	}
	return s.call(c.ctx, opGet, limit, func(ctx context.Context, conn *conn, _ *tries) error {
		s.stats.gets.Add(1)
		out, err := conn.api.GetObject(ctx, in)
		if err != nil {
			return err
		}
		defer out.Body.Close()
		if listed.ETag != "" && bareETag(aws.ToString(out.ETag)) != listed.ETag {
			return errVersion // the store ignores If-Match
		}
		size, err := bodySpan(out, 0)
		if err != nil {
			return err
		}
		if size < 0 {
			size = listed.Size
		}
		b := make([]byte, min(int64(n), size))
		if m, err := io.ReadFull(out.Body, b); err != nil && (err != io.EOF || m < len(b)) {
			return bodyError(err)
		}
		if whole && int64(len(b)) == size {
			// The checksum is compared at the end, and there must be one.
			if m, err := out.Body.Read(make([]byte, 1)); m > 0 {
				return errVersion
			} else if err != nil && err != io.EOF {
				return bodyError(err)
			}
		}
		c.opened(out, size, b)
		return nil
	})
}

// opened takes what the first answer says.
func (c *content) opened(out *awss3.GetObjectOutput, size int64, head []byte) {
	c.size = size
	c.etag = bareETag(aws.ToString(out.ETag))
	c.obj.Size = size
	c.obj.Type = aws.ToString(out.ContentType)
	if c.obj.ETag == "" {
		c.obj.ETag = c.etag
	}
	c.modified = aws.ToTime(out.LastModified)
	if out.TagCount != nil {
		c.s.countSent.Store(true)
		c.obj.TagCount = int(max(0, *out.TagCount))
	}
	c.obj.Meta = userMeta(out.Metadata)
	c.add(block{off: 0, b: head})
	c.next = int64(len(head))
}

// get is a request for this version of the object, and no other.
func (c *content) get(etag string) *awss3.GetObjectInput {
	in := &awss3.GetObjectInput{Bucket: aws.String(c.s.bucket), Key: aws.String(c.obj.Key)}
	if etag != "" {
		in.IfMatch = aws.String(quoteETag(etag))
	}
	if c.obj.Version != "" {
		in.VersionId = aws.String(c.obj.Version)
	}
	if c.s.opts.RequesterPays {
		in.RequestPayer = types.RequestPayerRequester
	}
	return in
}

// same compares an answer with the first one: some stores ignore If-Match, and
// files laid into a store from behind have no ETag at all. For those the time of
// last modification must do, and not as If-Unmodified-Since: the header has whole
// seconds, which a store that keeps nanoseconds takes for an older version.
func (c *content) same(out *awss3.GetObjectOutput) bool {
	if bareETag(aws.ToString(out.ETag)) != c.etag {
		return false
	}
	return c.etag != "" || aws.ToTime(out.LastModified).Equal(c.modified)
}

// fill reads b from off, and goes on where a body broke off.
func (c *content) fill(b []byte, off int64) error {
	s, n := c.s, 0
	return s.call(c.ctx, opGet, 0, func(ctx context.Context, conn *conn, t *tries) error {
		in := c.get(c.etag)
		from := off + int64(n)
		in.Range = aws.String(byteRange(from, int64(len(b)-n)))
		s.stats.gets.Add(1)
		out, err := conn.api.GetObject(ctx, in)
		if err != nil {
			return err
		}
		defer out.Body.Close()
		if !c.same(out) {
			return errVersion
		}
		size, err := bodySpan(out, from)
		if err != nil {
			return err
		}
		if size >= 0 && size != c.size {
			return errVersion
		}
		if status(out) == http.StatusOK && from > 0 {
			if from > maxSkip {
				return errSkips
			}
			if _, err := io.CopyN(io.Discard, out.Body, from); err != nil {
				return bodyError(err)
			}
		}
		m, err := io.ReadFull(out.Body, b[n:])
		if n += m; m >= 32<<10 {
			t.progressed()
		}
		if n == len(b) {
			return nil
		}
		return bodyError(err)
	})
}

// bodySpan gives the size of the whole object as the answer to a request for
// bytes from off says it, or -1. It fails if the answer starts elsewhere.
func bodySpan(out *awss3.GetObjectOutput, off int64) (int64, error) {
	if status(out) == http.StatusOK {
		if out.ContentLength == nil {
			return -1, nil
		}
		return *out.ContentLength, nil
	}
	// RFC 9110, section 14.4: "bytes first-last/size", size may be "*".
	span, ok := strings.CutPrefix(aws.ToString(out.ContentRange), "bytes ")
	first, rest, ok1 := strings.Cut(span, "-")
	_, total, ok2 := strings.Cut(rest, "/")
	if from, err := strconv.ParseInt(first, 10, 64); !ok || !ok1 || !ok2 || err != nil || from != off {
		return 0, errMalformed
	}
	if total == "*" {
		return -1, nil
	}
	size, err := strconv.ParseInt(total, 10, 64)
	if err != nil || size < 0 {
		return 0, errMalformed
	}
	return size, nil
}

// status is 200 where a store ignored the range.
func status(out *awss3.GetObjectOutput) int {
	if r, ok := awsmiddleware.GetRawResponse(out.ResultMetadata).(*smithyhttp.Response); ok && r.Response != nil {
		return r.StatusCode
	}
	if out.ContentRange == nil {
		return http.StatusOK
	}
	return http.StatusPartialContent
}

// tags fetches the tags of the version that o is.
func (s *Source) tags(ctx context.Context, o sources.Object) (map[string]string, error) {
	in := &awss3.GetObjectTaggingInput{Bucket: aws.String(s.bucket), Key: aws.String(o.Key)}
	if o.Version != "" {
		in.VersionId = aws.String(o.Version)
	}
	if s.opts.RequesterPays {
		in.RequestPayer = types.RequestPayerRequester
	}
	var tags map[string]string
	err := s.call(ctx, opTags, 0, func(ctx context.Context, c *conn, _ *tries) error {
		s.stats.tagGets.Add(1)
		out, err := c.api.GetObjectTagging(ctx, in)
		if err != nil {
			return bodyError(err)
		}
		tags = nil
		for _, t := range out.TagSet {
			if tags == nil {
				tags = map[string]string{}
			}
			tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
		}
		return nil
	})
	var e *sources.Error
	if errors.As(err, &e) && e.Err != nil {
		var f *fault
		if errors.As(e.Err, &f) && f.code == "NoSuchTagSet" {
			return nil, nil
		}
	}
	return tags, err
}

// userMeta decodes values that S3 had to encode for a header: RFC 2047 words,
// where the uploader's value was not US-ASCII.
func userMeta(in map[string]string) map[string]string {
	if len(in) == 0 {
		return nil
	}
	out := make(map[string]string, len(in))
	var words mime.WordDecoder
	for k, v := range in {
		if d, err := words.DecodeHeader(v); err == nil {
			v = d
		}
		out[k] = v
	}
	return out
}

func byteRange(off, n int64) string { return fmt.Sprintf("bytes=%d-%d", off, off+n-1) }

// quoteETag writes an ETag as the header wants it; a weak one stays as it is.
func quoteETag(etag string) string {
	if strings.HasPrefix(etag, `W/"`) {
		return etag
	}
	return `"` + etag + `"`
}
