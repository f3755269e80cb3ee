// Package s3 is the source for buckets: it lists one prefix of one bucket and
// reads its objects by ranges. It speaks to Amazon S3 and to stores that answer
// like it.
//
// Start with New. A Source lists once per scan, opens an object with a single
// ranged GET that brings the head, the user metadata and the tag count, and
// reads further ranges only where the caller asks for them. Every request names
// the ETag it expects, so two reads of one Content never mix versions. Failed
// requests are repeated here, not in the SDK: see call.go for the loop, gate.go
// for what all requests share, and classify.go for the table of what is
// repeated, skipped or fatal. A Source changes nothing unless Remove, Replace,
// RemoveVersion or Abort is called.
//
// Credentials come from the SDK's default chain and from nowhere else.
package s3

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"habeas/sources"
)

// Options says which objects to list and how to reach them. URL is required;
// the zero value of everything else works.
type Options struct {
	// URL is "s3://bucket" or "s3://bucket/prefix". The prefix is taken byte for
	// byte, as it stands: no percent decoding, and no slash is added to it, so
	// "s3://b/users/alice" also lists users/alice2. End it in "/" for a folder.
	URL string

	Endpoint      string // base URL of a store other than Amazon's; empty asks the SDK
	PathStyle     bool   // the bucket in the path; already so with an Endpoint outside amazonaws.com
	VirtualHost   bool   // the bucket in the host name, even with such an Endpoint
	Region        string // empty asks the SDK, then us-east-1; a wrong one is corrected once
	Profile       string // of the shared configuration files; empty asks the SDK
	Anonymous     bool   // send unsigned requests
	RequesterPays bool   // accept the bill for requests and transfer
	WithTags      bool   // fetch object tags: one more request for each object that has any

	// BypassGovernance deletes versions under a governance lock, if the caller has
	// the right to s3:BypassGovernanceRetention.
	BypassGovernance bool

	MaxInFlight int   // requests at once, all workers together; 0 means 256
	HeadSize    int   // bytes of the first GET, or half of them (see headOf); 0 means 64 KiB
	CacheBytes  int64 // bytes that all open contents together may cache; 0 means 256 MiB

	IdleTimeout time.Duration // without a byte before a request counts as failed; 0 means 30 s
	RetryTime   time.Duration // a request is given up after 12 tries, but not before this; 0 means 30 s
	OutageTime  time.Duration // without any answer before the source counts as gone; 0 means 5 min

	// Allow is asked before every request, repetitions included; false ends the
	// scan of the source with code budget. It is called from many goroutines. nil
	// allows all.
	Allow func(Request) bool

	Clock Clock // for tests; nil is the system's
}

// Request is what Options.Allow is asked about.
type Request struct {
	List bool  // a listing, which stores charge more for
	Read int64 // bytes of bodies that the source has read so far
}

// Clock is the time that retries are measured in.
type Clock interface {
	Now() time.Time
	// Sleep returns after d, or with the error of ctx if that ends first.
	Sleep(ctx context.Context, d time.Duration) error
}

// The defaults of Options.
const (
	// 256 requests are what a store 40 ms away needs to keep two cores busy with
	// 64 KiB ranges; s5cmd has the same default.
	defaultInFlight = 256
	// Of camera files, 64 KiB hold all metadata but previews and trailers.
	defaultHead   = 64 << 10
	defaultCache  = 256 << 20
	defaultIdle   = 30 * time.Second
	defaultRetry  = 30 * time.Second
	defaultOutage = 5 * time.Minute
	defaultRegion = "us-east-1"
)

func (o *Options) applyDefaults() {
	if o.MaxInFlight <= 0 {
		o.MaxInFlight = defaultInFlight
	}
	if o.HeadSize <= 0 {
		o.HeadSize = defaultHead
	}
	if o.CacheBytes <= 0 {
		o.CacheBytes = defaultCache
	}
	if o.IdleTimeout <= 0 {
		o.IdleTimeout = defaultIdle
	}
	if o.RetryTime <= 0 {
		o.RetryTime = defaultRetry
	}
	if o.OutageTime <= 0 {
		o.OutageTime = defaultOutage
	}
	if o.Clock == nil {
		o.Clock = systemClock{}
	}
}

// Source is one prefix of one bucket. Its methods may be called from many
// goroutines.
type Source struct {
	opts           Options
	bucket, prefix string
	allowed        netip.Addr // the address that the user named as Endpoint, if it is one
	gate           *gate

	mu        sync.Mutex // guards what follows
	conn      *conn
	refreshes int // of credentials, without a success since
	failures  int // in a row, over all requests
	failing   time.Time

	succeeded atomic.Bool  // some object could be read
	denials   atomic.Int64 // in a row
	countSent atomic.Bool  // the store sends x-amz-tagging-count
	bareList  atomic.Bool  // the store lists only if asked for nothing special
	cached    atomic.Int64 // bytes in the blocks of open contents
	stats     counters

	editing sync.Mutex // guards what follows
	place   *sources.Place
	heeds   map[string]bool // whether the store heeds If-Match, by method
}

var (
	_ sources.Source      = (*Source)(nil)
	_ sources.Preflighter = (*Source)(nil)
	_ sources.Refresher   = (*Source)(nil)
	_ sources.Editor      = (*Source)(nil)
	_ sources.Versioned   = (*Source)(nil)
	_ sources.Uploader    = (*Source)(nil)
	_ sources.Placed      = (*Source)(nil)
	_ sources.Exposer     = (*Source)(nil)
)

// New makes a Source. It sends nothing yet: Preflight does. It fails with an
// *sources.Error if the options contradict themselves or the shared
// configuration can't be read.
func New(ctx context.Context, o Options) (*Source, error) {
	o.applyDefaults()
	bucket, prefix, err := parseURL(o.URL)
	if err != nil {
		return nil, err
	}
	s := &Source{opts: o, bucket: bucket, prefix: prefix, gate: newGate(o.MaxInFlight, o.Clock)}
	if o.Endpoint != "" {
		host, err := endpointHost(o.Endpoint)
		if err != nil {
			return nil, err
		}
		// Not an address: the zero Addr, which no dialled address equals.
		s.allowed, _ = netip.ParseAddr(host)
	}
	s.conn, err = s.connect(ctx, o.Region)
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Name is "s3://bucket/prefix". It does not tell endpoints apart: two stores
// with a bucket of the same name need two records.
func (s *Source) Name() string { return "s3://" + s.bucket + "/" + s.prefix }

// Close lets go of idle connections. Contents that are open stay so.
func (s *Source) Close() error {
	s.current().http.CloseIdleConnections()
	return nil
}

// Stats counts what a Source sent and received so far.
type Stats struct {
	Lists, Gets, Heads, TagGets int64 // requests sent, repetitions included
	Edits                       int64 // requests that change something, repetitions included
	BytesRead                   int64 // of bodies, repetitions included
	Retries                     int64 // requests sent again
	Throttles                   int64 // answers that asked to slow down
}

type counters struct {
	lists, gets, heads, tagGets, edits, bytes, retries, throttles atomic.Int64
}

// Stats may be called at any time.
func (s *Source) Stats() Stats {
	return Stats{
		Lists: s.stats.lists.Load(), Gets: s.stats.gets.Load(), Heads: s.stats.heads.Load(), TagGets: s.stats.tagGets.Load(),
		Edits: s.stats.edits.Load(), BytesRead: s.stats.bytes.Load(), Retries: s.stats.retries.Load(), Throttles: s.stats.throttles.Load(),
	}
}

// parseURL takes "s3://bucket/prefix" apart. It does not use net/url, which
// would read "?", "#" and "%" in a prefix as something else than bytes.
func parseURL(u string) (bucket, prefix string, err error) {
	rest, ok := strings.CutPrefix(u, "s3://")
	if !ok {
		return "", "", &sources.Error{Code: sources.CodeNoSuchBucket, Fatal: true, Hint: "write the source as s3://bucket/prefix"}
	}
	bucket, prefix, _ = strings.Cut(rest, "/")
	if !bucketName(bucket) {
		return "", "", &sources.Error{Code: sources.CodeNoSuchBucket, Fatal: true,
			Hint: "write the source as s3://bucket/prefix; for an access point, use its alias as the bucket"}
	}
	if strings.IndexByte(prefix, 0) >= 0 {
		return "", "", &sources.Error{Code: sources.CodeNoSuchBucket, Fatal: true, Hint: "a prefix can't hold a NUL byte"}
	}
	return bucket, prefix, nil
}

// bucketName lets through what any store allows, old names with capitals and
// underscores included; the store itself says if there is none of that name.
func bucketName(b string) bool {
	if b == "" || len(b) > 255 || b == "." || b == ".." {
		return false
	}
	for i := range len(b) {
		c := b[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '-' || c == '_') {
			return false
		}
	}
	return true
}

// endpointHost checks the base URL of a store and gives its host name.
func endpointHost(endpoint string) (string, error) {
	bad := func(hint string) (string, error) {
		return "", &sources.Error{Code: sources.CodeEndpoint, Fatal: true, Hint: hint}
	}
	u, err := url.Parse(endpoint)
	switch {
	case err != nil, u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "":
		return bad("write the endpoint as https://host or http://host:port")
	case u.User != nil:
		return bad("credentials don't belong into the endpoint: use a profile or the AWS_ variables")
	case u.RawQuery != "" || u.Fragment != "":
		return bad("write the endpoint without a query")
	}
	return u.Hostname(), nil
}

// endpointName is what error hints call the place that requests go to.
func (s *Source) endpointName() string {
	endpoint := s.current().endpoint
	if endpoint == "" {
		return "Amazon S3"
	}
	u, err := url.Parse(endpoint)
	if err != nil {
		return "the endpoint"
	}
	return fmt.Sprintf("%q", u.Scheme+"://"+u.Host)
}

// jitter is a random duration in [0, d): spreading waits over the whole range
// keeps clients that failed together from coming back together.
func jitter(d time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	return rand.N(d)
}

type systemClock struct{}

func (systemClock) Now() time.Time { return time.Now() }

func (systemClock) Sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
