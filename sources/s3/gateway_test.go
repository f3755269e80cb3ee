package s3_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"habeas/sources"
	"habeas/sources/s3"
	"habeas/sources/s3/s3test"
	"habeas/sources/sourcetest"
)

// gatewayHolds: the real server keeps objects as files, and lists keys as plain
// XML, which has no control characters but three, whatever encoding was asked for.
func gatewayHolds(key string) bool {
	if len(key) > 1024 || !utf8.ValidString(key) {
		return false
	}
	for _, r := range key {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' {
			return false
		}
	}
	for part := range strings.SplitSeq(key, "/") {
		if part == "" || part == "." || part == ".." || len(part) > 255 {
			return false
		}
	}
	return true
}

// atGateway makes a Source over a bucket of the real server.
func atGateway(t *testing.T, srv *s3test.Server, bucket, prefix string, change func(*s3.Options)) *s3.Source {
	t.Helper()
	o := s3.Options{URL: "s3://" + bucket + "/" + prefix, Endpoint: srv.Endpoint}
	if change != nil {
		change(&o)
	}
	src, err := s3.New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { src.Close() })
	return src
}

// plant writes objects as files, which is much faster than uploads.
func plant(t *testing.T, srv *s3test.Server, bucket string, objects map[string]string) {
	t.Helper()
	for key, content := range objects {
		path := filepath.Join(srv.Data, bucket, key)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestGatewayContract(t *testing.T) {
	sourcetest.Run(t, gateway(t, false))
}

func TestGatewayEditorContract(t *testing.T) {
	sourcetest.RunEditor(t, gateway(t, false))
}

func TestGatewayVersionedContract(t *testing.T) {
	sourcetest.RunVersioned(t, gateway(t, true))
}

// gateway makes buckets of the real server.
func gateway(t *testing.T, versioned bool) sourcetest.Harness {
	srv := s3test.Start(t)
	srv.Login(t)
	buckets := 0
	return sourcetest.Harness{Holds: gatewayHolds, Big: 1 << 20, Many: 2100, New: func(t *testing.T, objects map[string]string) *sourcetest.Store {
		buckets++
		b := fmt.Sprintf("contract-%d", buckets)
		srv.Bucket(t, b)
		if versioned {
			srv.Versioning(t, b)
		}
		if len(objects) > 500 {
			plant(t, srv, b, objects)
		} else {
			for key, content := range objects {
				srv.Put(t, b, key, []byte(content), nil)
			}
		}
		return &sourcetest.Store{
			Source: atGateway(t, srv, b, "", nil),
			Put:    func(t *testing.T, key, content string) { srv.Put(t, b, key, []byte(content), nil) },
			Delete: func(t *testing.T, key string) { srv.Delete(t, b, key) },
			Hide:   func(t *testing.T, key string) { srv.Delete(t, b, key) },
			Begin:  func(t *testing.T, key string) { srv.Begin(t, b, key) },
		}
	}}
}

// wantCode fails t unless err is an *sources.Error of that code, with a next step
// in it and no secret.
func wantCode(t *testing.T, err error, code string, isFatal bool, words ...string) {
	t.Helper()
	var e *sources.Error
	if !errors.As(err, &e) {
		t.Fatalf("error %v, want code %s", err, code)
	}
	if e.Code != code || e.Fatal != isFatal {
		t.Errorf("code %s, fatal %v, want %s, %v (%v; %v)", e.Code, e.Fatal, code, isFatal, e, e.Err)
	}
	for _, w := range words {
		if !strings.Contains(e.Hint, w) {
			t.Errorf("hint %q does not say %q", e.Hint, w)
		}
	}
}

func TestGateway(t *testing.T) {
	srv := s3test.Start(t)
	srv.Login(t)
	srv.Bucket(t, "media")
	meta := map[string]string{"owner": "u7", "note": "plain"}
	srv.Put(t, "media", "users/alice/a.jpg", []byte(strings.Repeat("a", 100_000)), &s3test.PutOptions{Type: "image/jpeg", Meta: meta, Tags: "team=red&by=x y"})
	srv.Put(t, "media", "users/alice2/b.txt", []byte("b"), nil)
	srv.Put(t, "media", "zero", nil, nil)
	plant(t, srv, "media", map[string]string{"planted/file": strings.Repeat("p", 200_000)})

	t.Run("preflight", func(t *testing.T) {
		if err := atGateway(t, srv, "media", "", nil).Preflight(t.Context()); err != nil {
			t.Error(err)
		}
	})
	t.Run("prefix is bytes", func(t *testing.T) {
		for prefix, want := range map[string]int{"": 4, "users/alice": 2, "users/alice/": 1, "nothing": 0} {
			src := atGateway(t, srv, "media", prefix, nil)
			if err := src.Preflight(t.Context()); err != nil {
				t.Errorf("%q: %v", prefix, err)
			}
			n := 0
			for o, err := range src.Objects(t.Context(), "") {
				if err != nil {
					t.Fatal(err)
				}
				if o.Account == "" {
					t.Errorf("%q: no account", o.Key)
				}
				n++
			}
			if n != want {
				t.Errorf("%q: %d objects, want %d", prefix, n, want)
			}
		}
	})
	t.Run("head brings metadata, type, tags", func(t *testing.T) {
		src := atGateway(t, srv, "media", "users/alice/", func(o *s3.Options) { o.WithTags = true })
		for o, err := range src.Objects(t.Context(), "") {
			if err != nil {
				t.Fatal(err)
			}
			c, err := src.Open(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			got := c.Object()
			if got.Meta["owner"] != "u7" || got.Type != "image/jpeg" || got.TagCount != 2 || got.Tags["team"] != "red" || got.Tags["by"] != "x y" {
				t.Errorf("opened as %+v", got)
			}
		}
		if st := src.Stats(); st.Lists != 1 || st.Gets != 1 || st.Heads != 0 || st.TagGets != 1 || st.BytesRead < 65536 || st.BytesRead > 80_000 {
			t.Errorf("requests: %+v", st)
		}
	})
	t.Run("file without an ETag", func(t *testing.T) {
		src := atGateway(t, srv, "media", "planted/", nil)
		for o, err := range src.Objects(t.Context(), "") {
			if err != nil {
				t.Fatal(err)
			}
			b, err := readAll(t.Context(), src, o)
			if err != nil || len(b) != 200_000 {
				t.Errorf("%d bytes, %v", len(b), err)
			}
		}
	})
	t.Run("wrong bucket", func(t *testing.T) {
		wantCode(t, atGateway(t, srv, "nosuch", "", nil).Preflight(t.Context()), sources.CodeNoSuchBucket, true, "nosuch", "endpoint")
	})
	t.Run("anonymous", func(t *testing.T) {
		err := atGateway(t, srv, "media", "", func(o *s3.Options) { o.Anonymous = true }).Preflight(t.Context())
		wantCode(t, err, sources.CodeDeniedListing, true, "s3:ListBucket", "credentials")
	})
	t.Run("wrong secret", func(t *testing.T) {
		srv.LoginAs(t, s3test.Keys{Access: srv.Root.Access, Secret: "wrong" + srv.Root.Secret})
		err := atGateway(t, srv, "media", "", nil).Preflight(t.Context())
		wantCode(t, err, sources.CodeCredentials, true, "secret")
		if text := fmt.Sprintf("%v %+v %v", err, err, errors.Unwrap(err)); strings.Contains(text, srv.Root.Secret) || strings.Contains(text, srv.Root.Access) {
			t.Errorf("a key is in %q", text)
		}
	})
	t.Run("unknown key", func(t *testing.T) {
		srv.LoginAs(t, s3test.Keys{Access: "nobody", Secret: "nothing"})
		wantCode(t, atGateway(t, srv, "media", "", nil).Preflight(t.Context()), sources.CodeCredentials, true, "AWS_PROFILE")
	})
	t.Run("no credentials", func(t *testing.T) {
		srv.LoginAs(t, s3test.Keys{})
		wantCode(t, atGateway(t, srv, "media", "", nil).Preflight(t.Context()), sources.CodeCredentials, true, "--anonymous")
	})
	t.Run("second user", func(t *testing.T) {
		srv.LoginAs(t, srv.User)
		wantCode(t, atGateway(t, srv, "media", "", nil).Preflight(t.Context()), sources.CodeDeniedListing, true, "s3:ListBucket")
		srv.Grant(t, "media", "s3:ListBucket")
		wantCode(t, atGateway(t, srv, "media", "", nil).Preflight(t.Context()), sources.CodeDenied, true, "s3:GetObject")
		srv.Grant(t, "media", "s3:ListBucket", "s3:GetObject")
		src := atGateway(t, srv, "media", "users/alice/", nil)
		if err := src.Preflight(t.Context()); err != nil {
			t.Error(err)
		}
		tagged := atGateway(t, srv, "media", "users/alice/", func(o *s3.Options) { o.WithTags = true })
		wantCode(t, tagged.Preflight(t.Context()), sources.CodeDenied, true, "s3:GetObjectTagging")
	})
}

// TestGatewayVersions: the listing shows current versions only, a delete marker
// hides a key, and a version id opens the old content.
func TestGatewayVersions(t *testing.T) {
	srv := s3test.Start(t)
	srv.Login(t)
	srv.Bucket(t, "kept")
	srv.Versioning(t, "kept")
	for _, content := range []string{"one", "two", "three"} {
		srv.Put(t, "kept", "k", []byte(content), nil)
	}
	srv.Put(t, "kept", "gone", []byte("x"), nil)
	src := atGateway(t, srv, "kept", "", nil)
	var listed []sources.Object
	for o, err := range src.Objects(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		listed = append(listed, o)
	}
	srv.Delete(t, "kept", "gone")
	if len(listed) != 2 {
		t.Fatalf("%d listed", len(listed))
	}
	gone := listed[slices.IndexFunc(listed, func(o sources.Object) bool { return o.Key == "gone" })]
	_, err := src.Open(t.Context(), gone)
	wantCode(t, err, sources.CodeVanished, false)
	if _, err := src.Refresh(t.Context(), gone); err == nil {
		t.Error("refreshed what is gone")
	}
	k := listed[slices.IndexFunc(listed, func(o sources.Object) bool { return o.Key == "k" })]
	if b, err := readAll(t.Context(), src, k); string(b) != "three" || err != nil {
		t.Errorf("%q, %v", b, err)
	}
}
