package main

import (
	"context"
	"errors"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"habeas/reports"
	"habeas/sources"
	"habeas/sources/local"
	"habeas/sources/s3"
)

// sourceFlags say how to reach what is to be read, for every command that reads.
type sourceFlags struct {
	endpoint      string
	pathStyle     bool
	regions       []string
	profile       string
	anonymous     bool
	requesterPays bool
	tags          bool

	allow  func(s3.Request) bool // nil allows every request
	bypass bool                  // go around governance locks: only what erases may set it
}

func (f *sourceFlags) add(c *cobra.Command) {
	fl := c.Flags()
	fl.StringVar(&f.endpoint, "endpoint", "", "base `URL` of a store other than Amazon's")
	fl.BoolVar(&f.pathStyle, "path-style", false, "put the bucket into the path of a request instead of its host")
	fl.StringSliceVar(&f.regions, "region", nil, "`REGION` of the bucket (eu-west-1), or a country (PT) whose phone numbers may stand without +351; may be repeated")
	fl.StringVar(&f.profile, "profile", "", "`NAME` of a profile in the shared AWS configuration")
	fl.BoolVar(&f.anonymous, "anonymous", false, "send unsigned requests, for public buckets")
	fl.BoolVar(&f.requesterPays, "requester-pays", false, "accept the bill for requests and transfer")
	fl.BoolVar(&f.tags, "tags", false, "read object tags: one more request for each object that has any")
}

var (
	countryCode  = regexp.MustCompile(`^[A-Za-z]{2}$`)
	bucketRegion = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
)

// split tells countries from the region of the bucket.
func (f *sourceFlags) split() (countries []string, region string, err error) {
	for _, r := range f.regions {
		switch {
		case countryCode.MatchString(r):
			countries = append(countries, strings.ToUpper(r))
		case !bucketRegion.MatchString(r):
			return nil, "", usage("--region %s is neither a bucket's region (eu-west-1) nor a country (PT)", reports.Show(r))
		case region != "":
			return nil, "", usage("--region names two regions of buckets: scan them one after the other")
		default:
			region = r
		}
	}
	return countries, region, nil
}

// source is a Source with what else a command may want of it.
type source struct {
	sources.Source
	s3 *s3.Source // nil for folders
}

func (s source) Close() error {
	if c, ok := s.Source.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// s3Cache bounds what all open objects of a bucket hold of their bytes, in the
// scanning process: a head of 64 KiB for each of 256, and more for long texts.
const s3Cache = 64 << 20

// open makes the sources of args, sorted by name, each once. Nothing is read yet.
func (f *sourceFlags) open(ctx context.Context, args []string) ([]source, error) {
	_, region, err := f.split()
	if err != nil {
		return nil, err
	}
	var out []source
	for _, arg := range args {
		var s source
		if strings.HasPrefix(arg, "s3://") {
			s.s3, err = s3.New(ctx, s3.Options{URL: arg, Endpoint: f.endpoint, PathStyle: f.pathStyle, Region: region, Profile: f.profile,
				Anonymous: f.anonymous, RequesterPays: f.requesterPays, WithTags: f.tags, CacheBytes: s3Cache, Allow: f.allow, BypassGovernance: f.bypass})
			s.Source = s.s3
		} else {
			s.Source, err = local.New(arg, local.Options{})
		}
		if err != nil {
			return nil, notStarted(arg, err)
		}
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b source) int { return strings.Compare(a.Name(), b.Name()) })
	out = slices.CompactFunc(out, func(a, b source) bool { return a.Name() == b.Name() })
	return out, nil
}

// preflight fails with one sentence if a source can't be read.
func preflight(ctx context.Context, all []source) error {
	for _, s := range all {
		if p, ok := s.Source.(sources.Preflighter); ok {
			if err := p.Preflight(ctx); err != nil {
				return notStarted(s.Name(), err)
			}
		}
	}
	return nil
}

// notStarted is the error of a source that was refused before anything was read:
// 2 where the command names what is not there, 4 where the store says no.
func notStarted(name string, err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	var e *sources.Error
	if !errors.As(err, &e) {
		return usage("%s: %s", reports.Show(name), reports.Show(err.Error()))
	}
	code := exitStopped
	if e.Code == sources.CodeNoSuchBucket {
		code = exitUsage
	}
	return &exitError{code, reports.Show(name) + ": " + reports.Show(e.Error())}
}

func parseEpoch(s string) (time.Time, error) {
	sec, err := strconv.ParseInt(s, 10, 64)
	return time.Unix(sec, 0).UTC(), err
}
