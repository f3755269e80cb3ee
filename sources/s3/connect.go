package s3

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go/logging"

	"habeas/sources"
)

// conn is one SDK client with one set of credentials and one region. A source
// gets another when either turns out to be wrong.
type conn struct {
	api      *awss3.Client
	http     *http.Client // shared by all conns of a source
	region   string
	endpoint string // as the options or the SDK's configuration name it; empty is Amazon's
	moved    bool
}

// connect asks the SDK's default chain (environment, shared files, container,
// instance) for everything that the options leave open. It is called again when
// credentials expire: whoever renewed them in a file is then heard.
func (s *Source) connect(ctx context.Context, region string) (*conn, error) {
	// The SDK's retries spend from a quota of tokens that an outage of two seconds
	// empties, after which objects are lost at once; the loop in call.go spends time.
	load := []func(*config.LoadOptions) error{config.WithClientLogMode(0), config.WithLogger(logging.Nop{})}
	if region != "" {
		load = append(load, config.WithRegion(region))
	}
	if s.opts.Profile != "" {
		load = append(load, config.WithSharedConfigProfile(s.opts.Profile))
	}
	if s.opts.Anonymous {
		load = append(load, config.WithCredentialsProvider(aws.AnonymousCredentials{}))
	}
	cfg, err := config.LoadDefaultConfig(ctx, load...)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, fatal(sources.CodeCredentials, "the AWS configuration can't be read: check the profile's name and ~/.aws/config", err)
	}
	if cfg.Region == "" {
		cfg.Region = defaultRegion
	}
	if !s.opts.Anonymous && cfg.Credentials != nil {
		cfg.Credentials = aws.NewCredentialsCache(chain{cfg.Credentials})
	}
	c := &conn{region: cfg.Region}
	if s.conn != nil {
		c.http = s.conn.http
	} else {
		base, ok := cfg.HTTPClient.(*awshttp.BuildableClient)
		if !ok {
			base = awshttp.NewBuildableClient()
		}
		c.http = s.httpClient(base.GetTransport())
	}
	c.api = awss3.NewFromConfig(cfg, func(o *awss3.Options) {
		o.Retryer = aws.NopRetryer{}
		o.HTTPClient = c.http
		// Asked for where a whole body is read, see open.go: some stores send the
		// checksum of the whole object with a part of it.
		o.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
		// Older stores refuse the trailing checksum that the SDK adds to a PUT.
		o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
		if s.opts.Endpoint != "" {
			o.BaseEndpoint = aws.String(s.opts.Endpoint)
		}
		c.endpoint = aws.ToString(o.BaseEndpoint)
		o.UsePathStyle = s.pathStyle(c.endpoint)
	})
	return c, nil
}

// pathStyle: most stores other than Amazon's have no DNS name for each bucket.
func (s *Source) pathStyle(endpoint string) bool {
	if s.opts.PathStyle || s.opts.VirtualHost || endpoint == "" {
		return s.opts.PathStyle && !s.opts.VirtualHost
	}
	u, err := url.Parse(endpoint)
	return err == nil && !strings.HasSuffix(strings.ToLower(u.Hostname()), ".amazonaws.com")
}

// chain marks a failure to get credentials, which is another failure than the
// store's not accepting them.
type chain struct{ aws.CredentialsProvider }

func (c chain) Retrieve(ctx context.Context) (aws.Credentials, error) {
	v, err := c.CredentialsProvider.Retrieve(ctx)
	if err != nil {
		return v, &chainError{err}
	}
	return v, nil
}

type chainError struct{ err error }

func (e *chainError) Error() string { return "no credentials" }
func (e *chainError) Unwrap() error { return e.err }

func (s *Source) current() *conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conn
}

// renew replaces used, unless another request did so already. It gives false if
// the credentials were renewed before and nothing succeeded since.
func (s *Source) renew(ctx context.Context, used *conn) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn != used {
		return true, nil
	}
	if s.refreshes > 0 || s.opts.Anonymous {
		return false, nil
	}
	c, err := s.connect(ctx, used.region)
	if err != nil {
		return false, err
	}
	s.refreshes++
	c.moved = used.moved
	s.conn = c
	return true, nil
}

// move replaces used by a connection to region, once in the life of a source.
func (s *Source) move(ctx context.Context, used *conn, region string) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn != used {
		return true, nil
	}
	if used.moved || region == used.region {
		return false, nil
	}
	c, err := s.connect(ctx, region)
	if err != nil {
		return false, err
	}
	c.moved = true
	s.conn = c
	return true, nil
}
