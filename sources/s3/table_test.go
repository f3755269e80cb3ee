package s3_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"habeas/sources"
	"habeas/sources/s3"
	"habeas/sources/s3/faultys3"
	"habeas/sources/s3/s3test"
)

// first lists and gives the first object.
func first(t *testing.T, src *s3.Source) sources.Object {
	t.Helper()
	for o, err := range src.Objects(t.Context(), "") {
		if err != nil {
			t.Fatalf("listing: %v (%v)", err, errors.Unwrap(err))
		}
		return o
	}
	t.Fatal("nothing listed")
	return sources.Object{}
}

// wantClean fails t if an error shows more than codes and words of ours.
func wantClean(t *testing.T, err error) {
	t.Helper()
	for ; err != nil; err = errors.Unwrap(err) {
		text := fmt.Sprintf("%v %+v", err, err)
		var e *sources.Error
		for _, secret := range []string{"quoted content", "X-Amz-Signature", "AKIA", "hidden-key"} {
			if strings.Contains(text, secret) {
				t.Errorf("error shows %q: %s", secret, text)
			}
		}
		if !errors.As(err, &e) {
			return // below our own errors nobody prints
		}
	}
}

// TestGetAnswers is the table of what an answer to a GET means.
func TestGetAnswers(t *testing.T) {
	tests := []struct {
		name    string
		answer  faultys3.Answer
		times   int // that the answer is given before the object is; 0 means always
		code    string
		fatal   bool
		changed bool
		gets    int64 // 0: not looked at
		hint    string
	}{
		{name: "throttled twice", answer: faultys3.Answer{Status: 503, Code: "SlowDown"}, times: 2, gets: 3},
		{name: "429 twice", answer: faultys3.Answer{Status: 429, Code: "Whatever"}, times: 2, gets: 3},
		{name: "500 eleven times", answer: faultys3.Answer{Status: 500, Code: "InternalError"}, times: 11, gets: 12},
		{name: "500 without a body", answer: faultys3.Answer{Status: 500, Raw: " "}, times: 2, gets: 3},
		{name: "504 page of a proxy", answer: faultys3.Answer{Status: 504, Raw: "<html>quoted content"}, times: 2, gets: 3},
		{name: "request timeout", answer: faultys3.Answer{Status: 400, Code: "RequestTimeout"}, times: 2, gets: 3},
		{name: "reset before headers", answer: faultys3.Answer{Reset: true}, times: 3},
		{name: "always 500", answer: faultys3.Answer{Status: 500, Code: "InternalError", Message: "quoted content"}, code: sources.CodeUnavailable},
		{name: "always reset", answer: faultys3.Answer{Reset: true}, code: sources.CodeUnavailable},
		{name: "changed", answer: faultys3.Answer{Status: 412, Code: "PreconditionFailed"}, code: sources.CodeChanged, changed: true, gets: 1},
		{name: "shrunk", answer: faultys3.Answer{Status: 416, Code: "InvalidRange"}, code: sources.CodeChanged, changed: true, gets: 1},
		{name: "vanished", answer: faultys3.Answer{Status: 404, Code: "NoSuchKey"}, code: sources.CodeVanished, gets: 1},
		{name: "vanished version", answer: faultys3.Answer{Status: 404, Code: "NoSuchVersion"}, code: sources.CodeVanished, gets: 1},
		{name: "delete marker", answer: faultys3.Answer{Status: 405, Code: "MethodNotAllowed"}, code: sources.CodeVanished, gets: 1},
		{name: "denied", answer: faultys3.Answer{Status: 403, Code: "AccessDenied", Message: "quoted content"}, code: sources.CodeDenied, gets: 1, hint: "s3:GetObject"},
		{name: "denied with a code of its own", answer: faultys3.Answer{Status: 403, Code: "<quoted content>"}, code: sources.CodeDenied, gets: 1},
		{name: "KMS key refused", answer: faultys3.Answer{Status: 403, Code: "AccessDenied", Message: "not authorized to perform: kms:Decrypt"}, code: sources.CodeDenied, gets: 1, hint: "kms:Decrypt"},
		{name: "KMS key disabled", answer: faultys3.Answer{Status: 400, Code: "KMS.DisabledException"}, code: sources.CodeDenied, gets: 1, hint: "kms:Decrypt"},
		{name: "archived", answer: faultys3.Answer{Status: 403, Code: "InvalidObjectState"}, code: sources.CodeArchived, gets: 1, hint: "restore"},
		{name: "SSE-C", answer: faultys3.Answer{Status: 400, Code: "InvalidRequest"}, code: sources.CodeNeedsKey, gets: 1},
		{name: "requester pays", answer: faultys3.Answer{Status: 403, Code: "AccessDenied", Message: "Requester Pays"}, code: sources.CodeRequesterPays, gets: 1, hint: "--requester-pays"},
		{name: "unknown access key", answer: faultys3.Answer{Status: 403, Code: "InvalidAccessKeyId", Message: "AKIA"}, code: sources.CodeCredentials, fatal: true, gets: 1},
		{name: "key rewritten by a proxy", answer: faultys3.Answer{Status: 403, Code: "SignatureDoesNotMatch"}, code: sources.CodeUnavailable, gets: 1},
		{name: "key rewritten to another bucket", answer: faultys3.Answer{Status: 404, Code: "NoSuchBucket"}, code: sources.CodeUnavailable, gets: 1},
		{name: "page of a firewall", answer: faultys3.Answer{Status: 400, Raw: "<html>quoted content"}, code: sources.CodeUnavailable, gets: 4},
		{name: "redirected", answer: faultys3.Answer{Status: 302, Raw: "<html>quoted content"}, code: sources.CodeUnavailable, gets: 4},
		{name: "expired token", answer: faultys3.Answer{Status: 400, Code: "ExpiredToken"}, code: sources.CodeCredentials, fatal: true, hint: "sign in"},
		{name: "clock skew", answer: faultys3.Answer{Status: 403, Code: "RequestTimeTooSkewed", Header: map[string]string{"Date": "Mon, 06 May 2030 12:00:00 GMT"}}, code: sources.CodeClockSkew, fatal: true, gets: 2, hint: "behind"},
		{name: "other region", answer: faultys3.Answer{Status: 301, Code: "PermanentRedirect", Header: map[string]string{"X-Amz-Bucket-Region": "eu-west-3"}}, code: sources.CodeWrongRegion, fatal: true, gets: 2, hint: "eu-west-3"},
		{name: "other region, unnamed", answer: faultys3.Answer{Status: 301, Code: "PermanentRedirect"}, code: sources.CodeWrongRegion, fatal: true, gets: 1, hint: "--region"},
		{name: "other region, once", answer: faultys3.Answer{Status: 301, Code: "PermanentRedirect", Header: map[string]string{"X-Amz-Bucket-Region": "eu-west-3"}}, times: 1, gets: 2},
		{name: "signed for another region", answer: faultys3.Answer{Status: 400, Code: "AuthorizationHeaderMalformed", Message: "the region 'us-east-1' is wrong; expecting 'ap-southeast-2'"}, times: 1, gets: 2},
		{name: "no region at all", answer: faultys3.Answer{Status: 301, Code: "PermanentRedirect", Header: map[string]string{"X-Amz-Bucket-Region": "quoted content"}}, code: sources.CodeWrongRegion, fatal: true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var given atomic.Int64
			srv := faultys3.New(t, faultys3.Config{Before: func(_ *http.Request, op, _ string, _ int) *faultys3.Answer {
				if op != "get" || test.times > 0 && given.Add(1) > int64(test.times) {
					return nil
				}
				return &test.answer
			}})
			srv.Put("hidden-key", faultys3.Object{Data: []byte("content")})
			src := source(t, srv, nil)
			o := first(t, src)
			b, err := readAll(t.Context(), src, o)
			if st := src.Stats(); test.gets > 0 && st.Gets != test.gets {
				t.Errorf("%d GETs, want %d", st.Gets, test.gets)
			}
			if test.code == "" {
				if err != nil || string(b) != "content" {
					t.Errorf("read %q, %v", b, err)
				}
				return
			}
			wantCode(t, err, test.code, test.fatal, test.hint)
			wantClean(t, err)
			if errors.Is(err, sources.ErrChanged) != test.changed {
				t.Errorf("ErrChanged: %v", !test.changed)
			}
		})
	}
}

func TestListAnswers(t *testing.T) {
	tests := []struct {
		name   string
		answer faultys3.Answer
		code   string
		hint   string
	}{
		{"denied", faultys3.Answer{Status: 403, Code: "AccessDenied"}, sources.CodeDeniedListing, "s3:ListBucket"},
		{"no bucket", faultys3.Answer{Status: 404, Code: "NoSuchBucket"}, sources.CodeNoSuchBucket, `"b"`},
		{"404 of something else", faultys3.Answer{Status: 404, Raw: "<html>quoted content</html>"}, sources.CodeNoSuchBucket, "endpoint"},
		{"html", faultys3.Answer{Status: 200, Raw: "<html><body>quoted content</body></html>"}, sources.CodeListing, "speaks S3"},
		{"text", faultys3.Answer{Status: 200, Raw: "quoted content"}, sources.CodeListing, "speaks S3"},
		{"always busy", faultys3.Answer{Status: 503, Code: "SlowDown"}, sources.CodeListing, ""},
		{"always reset", faultys3.Answer{Reset: true}, sources.CodeEndpoint, "reached"},
		{"not implemented", faultys3.Answer{Status: 501, Code: "NotImplemented"}, sources.CodeListing, "S3"},
		{"bad request", faultys3.Answer{Status: 400, Code: "InvalidArgument"}, sources.CodeListing, "ListObjectsV2"},
		{"unknown access key", faultys3.Answer{Status: 403, Code: "InvalidAccessKeyId"}, sources.CodeCredentials, "AWS_PROFILE"},
		{"requester pays", faultys3.Answer{Status: 403, Code: "AccessDenied", Message: "requester pays"}, sources.CodeRequesterPays, "--requester-pays"},
		{"found elsewhere", faultys3.Answer{Status: 302, Header: map[string]string{"Location": "https://example.com/login"}, Raw: "go"}, sources.CodeEndpoint, "S3"},
		{"redirected to another host", faultys3.Answer{Status: 307, Header: map[string]string{"Location": "http://127.0.0.2:1/x"}, Raw: "go"}, sources.CodeEndpoint, "redirects"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			srv := faultys3.New(t, faultys3.Config{Before: func(*http.Request, string, string, int) *faultys3.Answer { return &test.answer }})
			src := source(t, srv, nil)
			err := src.Preflight(t.Context())
			wantCode(t, err, test.code, true, test.hint)
			wantClean(t, err)
			n := 0
			for o, err := range src.Objects(t.Context(), "") {
				n++
				wantCode(t, err, test.code, true)
				if o.Key != "" {
					t.Errorf("error beside %q", o.Key)
				}
			}
			if n != 1 {
				t.Errorf("%d answers of the listing, want the error alone", n)
			}
		})
	}
}

func TestListDefects(t *testing.T) {
	tests := []struct {
		defect faultys3.ListDefect
		after  string
		prefix string
		want   int    // objects
		code   string // of the error that ends it
	}{
		{faultys3.ListUnsorted, "", "", 0, sources.CodeListing},
		{faultys3.ListDuplicates, "", "", 25, ""},
		{faultys3.ListLoops, "", "", 20, sources.CodeListing},
		{faultys3.ListSameToken, "", "", 10, sources.CodeListing},
		{faultys3.ListNoToken, "", "", 0, sources.CodeListing},
		{faultys3.ListEmptyPages, "", "", 10, sources.CodeListing},
		{faultys3.ListErrorIn200, "", "", 0, sources.CodeListing},
		{faultys3.ListBadEncoding, "", "", 0, sources.CodeListing},
		{faultys3.ListAll, "k11", "", 13, ""},
		{faultys3.ListNoPrefix, "", "k2", 0, sources.CodeListing},
		{faultys3.ListNotEncoded, "", "", 25, ""},
	}
	for _, test := range tests {
		t.Run(string(test.defect), func(t *testing.T) {
			t.Parallel()
			srv := faultys3.New(t, faultys3.Config{PageSize: 10, Listing: test.defect})
			for i := range 25 {
				srv.Put(fmt.Sprintf("k%02d", i), faultys3.Object{})
			}
			src := source(t, srv, func(o *s3.Options) { o.URL += "/" + test.prefix })
			n, last := 0, ""
			var end error
			for o, err := range src.Objects(t.Context(), test.after) {
				if err != nil {
					end = err
					continue
				}
				if o.Key <= last {
					t.Errorf("%q after %q", o.Key, last)
				}
				last = o.Key
				n++
			}
			if test.code != "" {
				wantCode(t, end, test.code, true)
			} else if end != nil {
				t.Error(end)
			}
			if n < test.want || test.code == "" && n != test.want {
				t.Errorf("%d objects, want %d", n, test.want)
			}
		})
	}
}

func TestArchiveClasses(t *testing.T) {
	srv := faultys3.New(t, faultys3.Config{})
	data := []byte("content")
	srv.Put("a", faultys3.Object{Data: data, Fate: faultys3.Archived})
	srv.Put("b", faultys3.Object{Data: data, Class: "DEEP_ARCHIVE"})
	srv.Put("c", faultys3.Object{Data: data, Class: "GLACIER_IR"})
	srv.Put("d", faultys3.Object{Data: data, Class: "GLACIER", Restored: true})
	srv.Put("e", faultys3.Object{Data: data, Fate: faultys3.TierArchived})
	src := source(t, srv, nil)
	res := run(t, src, 1)
	for key, want := range map[string]string{"a": "archived", "b": "archived", "c": "", "d": "", "e": "archived"} {
		if got := res.codes[key]; got != want {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
	if res.objects["b"].Class != "DEEP_ARCHIVE" || res.objects["a"].Account != "account-1" {
		t.Errorf("listed as %+v", res.objects["b"])
	}
}

func TestFates(t *testing.T) {
	srv := faultys3.New(t, faultys3.Config{})
	big := []byte(strings.Repeat("x", 300_000))
	for _, f := range []faultys3.Fate{faultys3.Denied, faultys3.KMSDenied, faultys3.Vanished, faultys3.NeedsKey,
		faultys3.RequesterPays, faultys3.Broken, faultys3.Churning, faultys3.Readable} {
		srv.Put("small/"+string(f), faultys3.Object{Data: []byte("content"), Fate: f})
		srv.Put("big/"+string(f), faultys3.Object{Data: big, Fate: f})
	}
	srv.Put("corrupt", faultys3.Object{Data: []byte("content"), Fate: faultys3.Corrupt})
	check(t, srv, run(t, source(t, srv, nil), 8))

	t.Run("requester pays", func(t *testing.T) {
		src := source(t, srv, func(o *s3.Options) { o.RequesterPays = true; o.URL += "/small/requester-pays" })
		if b, err := readAll(t.Context(), src, first(t, src)); string(b) != "content" {
			t.Errorf("%q, %v", b, err)
		}
	})
}

// TestDeniedAll: 51 refusals in a row are a policy's fault, unless something was
// readable.
func TestDeniedAll(t *testing.T) {
	for _, readable := range []bool{false, true} {
		srv := faultys3.New(t, faultys3.Config{})
		for i := range 60 {
			srv.Put(fmt.Sprintf("k%02d", i), faultys3.Object{Fate: faultys3.Denied})
		}
		if readable {
			srv.Put("a", faultys3.Object{})
		}
		src := source(t, srv, nil)
		fatals := 0
		for o, err := range src.Objects(t.Context(), "") {
			if err != nil {
				t.Fatal(err)
			}
			var e *sources.Error
			if _, err := src.Open(t.Context(), o); errors.As(err, &e) && e.Fatal {
				fatals++
				wantCode(t, err, sources.CodeDeniedAll, true, "s3:GetObject")
			}
		}
		if want := map[bool]int{false: 10, true: 0}[readable]; fatals != want {
			t.Errorf("readable %v: %d of 60 said it is all, want %d", readable, fatals, want)
		}
	}
}

// TestBareList: some stores know neither owners nor restore states.
func TestBareList(t *testing.T) {
	srv := faultys3.New(t, faultys3.Config{PageSize: 2, Before: func(r *http.Request, _, _ string, _ int) *faultys3.Answer {
		if r.Header.Get("X-Amz-Optional-Object-Attributes") != "" || r.URL.Query().Has("fetch-owner") {
			return &faultys3.Answer{Status: 501, Code: "NotImplemented"}
		}
		return nil
	}})
	for _, key := range []string{"a", "b", "c"} {
		srv.Put(key, faultys3.Object{})
	}
	src := source(t, srv, nil)
	check(t, srv, run(t, src, 1))
	if st := src.Stats(); st.Lists != 3 || st.Retries != 0 {
		t.Errorf("%+v, want one request refused and two pages", st)
	}
}

// TestPreflightLooksFurther: the first object may be closed for itself.
func TestPreflightLooksFurther(t *testing.T) {
	srv := faultys3.New(t, faultys3.Config{})
	srv.Put("a", faultys3.Object{Data: []byte("x"), Fate: faultys3.Archived})
	srv.Put("b", faultys3.Object{Data: []byte("x"), Fate: faultys3.KMSDenied})
	wantCode(t, source(t, srv, nil).Preflight(t.Context()), sources.CodeDenied, true, "kms:Decrypt")
	srv.Put("c", faultys3.Object{Data: []byte("x")})
	if err := source(t, srv, nil).Preflight(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestGoneForAll: with a listing that fails too, it is not the object's key.
func TestGoneForAll(t *testing.T) {
	for code, want := range map[string]string{"SignatureDoesNotMatch": sources.CodeCredentials, "NoSuchBucket": sources.CodeNoSuchBucket} {
		var gone atomic.Bool
		srv := faultys3.New(t, faultys3.Config{Before: func(*http.Request, string, string, int) *faultys3.Answer {
			if !gone.Load() {
				return nil
			}
			return &faultys3.Answer{Status: 403, Code: code}
		}})
		srv.Put("k", faultys3.Object{})
		src := source(t, srv, nil)
		o := first(t, src)
		gone.Store(true)
		_, err := src.Open(t.Context(), o)
		wantCode(t, err, want, true)
	}
}

// TestGone: a store that went silent for good ends the scan, long before each
// object has been tried to the end.
func TestGone(t *testing.T) {
	srv := faultys3.New(t, faultys3.Config{Outage: faultys3.Outage{After: 3, For: 1000 * time.Hour}})
	for i := range 200 {
		srv.Put(fmt.Sprintf("k%03d", i), faultys3.Object{})
	}
	src := source(t, srv, func(o *s3.Options) { o.OutageTime = time.Minute })
	for o := range src.Objects(t.Context(), "") {
		var e *sources.Error
		_, err := src.Open(t.Context(), o)
		if errors.As(err, &e) && e.Fatal {
			wantCode(t, err, sources.CodeEndpoint, true, "resume")
			return
		}
	}
	t.Errorf("never gave up; %+v", src.Stats())
}

// TestRefreshCredentials: an expired token is read again from where it came.
func TestRefreshCredentials(t *testing.T) {
	var srv *faultys3.Server
	key := func(name string) {
		(&s3test.Server{Region: "us-east-1"}).LoginAs(t, s3test.Keys{Access: name, Secret: "x"})
	}
	key("old")
	srv = faultys3.New(t, faultys3.Config{Before: func(r *http.Request, op, _ string, _ int) *faultys3.Answer {
		if op == "get" && strings.Contains(r.Header.Get("Authorization"), "Credential=old/") {
			return &faultys3.Answer{Status: 400, Code: "ExpiredToken"}
		}
		return nil
	}})
	srv.Put("k", faultys3.Object{Data: []byte("content")})
	src := source(t, srv, func(o *s3.Options) { o.Anonymous = false })
	o := first(t, src)
	_, err := src.Open(t.Context(), o)
	wantCode(t, err, sources.CodeCredentials, true, "sign in")
	if got := src.Stats().Gets; got != 2 {
		t.Errorf("%d GETs, want one more with fresh credentials", got)
	}
	src = source(t, srv, func(o *s3.Options) { o.Anonymous = false })
	key("new")
	if b, err := readAll(t.Context(), src, o); string(b) != "content" {
		t.Errorf("after renewal: %q, %v", b, err)
	}
}

// TestClockSkew: the second try is signed with the store's time.
func TestClockSkew(t *testing.T) {
	(&s3test.Server{Region: "us-east-1"}).LoginAs(t, s3test.Keys{Access: "a", Secret: "x"})
	ahead := time.Now().Add(3 * time.Hour)
	srv := faultys3.New(t, faultys3.Config{Before: func(r *http.Request, _, _ string, _ int) *faultys3.Answer {
		signed, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
		if err != nil || ahead.Sub(signed).Abs() > 15*time.Minute {
			return &faultys3.Answer{Status: 403, Code: "RequestTimeTooSkewed", Header: map[string]string{"Date": ahead.UTC().Format(http.TimeFormat)}}
		}
		return nil
	}})
	srv.Put("k", faultys3.Object{Data: []byte("content")})
	src := source(t, srv, func(o *s3.Options) { o.Anonymous = false })
	first(t, src)
	if st := src.Stats(); st.Lists != 2 {
		t.Errorf("%d listings, want 2", st.Lists)
	}
}

// TestRedirectWithinFamily follows 307 on the same host.
func TestRedirectWithinFamily(t *testing.T) {
	srv := faultys3.New(t, faultys3.Config{Before: func(r *http.Request, _, _ string, _ int) *faultys3.Answer {
		if r.URL.Query().Has("again") {
			return nil
		}
		return &faultys3.Answer{Status: 307, Header: map[string]string{"Location": r.URL.RequestURI() + "&again"}, Raw: "go"}
	}})
	srv.Put("k", faultys3.Object{})
	src := source(t, srv, nil)
	for o, err := range src.Objects(t.Context(), "") {
		if o.Key != "k" || err != nil {
			t.Errorf("%q, %v", o.Key, err)
		}
	}
}

func TestEndpoints(t *testing.T) {
	tls := httptest.NewTLSServer(http.NotFoundHandler())
	defer tls.Close()
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	tests := []struct{ name, endpoint, hint string }{
		{"unknown certificate", tls.URL, "AWS_CA_BUNDLE"},
		{"https to http", "https" + strings.TrimPrefix(plain.URL, "http"), "http://"},
		{"nobody there", "http://127.0.0.1:1", "reached"},
		{"no scheme", "example.com", "https://"},
		{"other scheme", "ftp://example.com", "https://"},
		{"credentials inside", "https://user:secret@example.com", "profile"},
		{"query", "https://example.com/?X-Amz-Signature=1", "query"},
		{"no host", "https://", "https://"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			src, err := s3.New(t.Context(), s3.Options{URL: "s3://b", Endpoint: test.endpoint, Anonymous: true, Clock: faultys3.NewClock(200)})
			if err == nil {
				err = src.Preflight(t.Context())
			}
			wantCode(t, err, sources.CodeEndpoint, true, test.hint)
			wantClean(t, err)
		})
	}
}
