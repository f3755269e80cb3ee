// Package s3test starts a real S3 server for a test: versitygw, built from the
// module in sources/s3/gateway at first use and kept in Go's build cache. A test
// whose server can't be built or started fails; it never skips.
//
//	srv := s3test.Start(t)
//	srv.Bucket(t, "media")
//	srv.Put(t, "media", "users/7/a.jpg", data, nil)
//	srv.Login(t) // the AWS_ variables, for the SDK's default chain
//
// What the server can't do: keys "a" and "a/b" together, keys with "//" or ending
// in "/", keys with a segment over 255 bytes; archive classes; SSE-C. Its listing
// of versions repeats a row at some page ends. For all that there is faultys3.
package s3test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// Server is one running server.
type Server struct {
	Endpoint string `json:"endpoint"`
	Region   string `json:"region"`
	// Data holds a folder for each bucket, and in it a file for each object. Files
	// written there are objects too, but without an ETag.
	Data string `json:"data"`
	Root Keys   `json:"root"`
	User Keys   `json:"user"` // has no rights until Policy grants some

	api *s3.Client
}

// Keys sign requests.
type Keys struct {
	Access string `json:"access"`
	Secret string `json:"secret"`
}

// Start runs a server until the test ends.
func Start(t testing.TB) *Server {
	t.Helper()
	bin, err := build()
	if err != nil {
		t.Fatalf("the S3 test server can't be built: %v\nNext step: run \"go build .\" in sources/s3/gateway; it needs its modules from the module proxy or the module cache.", err)
	}
	cmd := exec.Command(bin, t.TempDir())
	var stderr head
	cmd.Stderr = &stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("start %s: %v", bin, err)
	}
	t.Cleanup(func() {
		stdin.Close()
		kill := time.AfterFunc(10*time.Second, func() { cmd.Process.Kill() })
		defer kill.Stop()
		cmd.Wait()
	})
	srv := &Server{}
	line, err := bufio.NewReader(io.LimitReader(stdout, 64<<10)).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, srv)
	}
	if err != nil {
		t.Fatalf("the S3 test server does not start: %v\n%s", err, stderr.String())
	}
	srv.api = srv.client(srv.Root)
	return srv
}

func (s *Server) client(k Keys) *s3.Client {
	return s3.New(s3.Options{BaseEndpoint: aws.String(s.Endpoint), Region: s.Region, UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(k.Access, k.Secret, "")})
}

// Login sets the variables of the SDK's default chain to the administrator's keys
// for the rest of the test, which can't be parallel.
func (s *Server) Login(t testing.TB) { s.LoginAs(t, s.Root) }

// LoginAs does so for other keys.
func (s *Server) LoginAs(t testing.TB, k Keys) {
	for _, v := range s.Env(k) {
		name, value, _ := strings.Cut(v, "=")
		t.Setenv(name, value)
	}
}

// Env gives the variables that make the SDK use k and nothing of the machine's
// own configuration, for programs that a test runs.
func (s *Server) Env(k Keys) []string {
	return []string{
		"AWS_ACCESS_KEY_ID=" + k.Access, "AWS_SECRET_ACCESS_KEY=" + k.Secret, "AWS_SESSION_TOKEN=", "AWS_REGION=" + s.Region,
		"AWS_CONFIG_FILE=" + os.DevNull, "AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull, "AWS_PROFILE=",
		"AWS_EC2_METADATA_DISABLED=true", "AWS_ENDPOINT_URL=", "AWS_ENDPOINT_URL_S3=",
	}
}

// Bucket makes a bucket.
func (s *Server) Bucket(t testing.TB, name string) {
	t.Helper()
	_, err := s.api.CreateBucket(context.Background(), &s3.CreateBucketInput{Bucket: &name})
	fatal(t, "create bucket "+name, err)
}

// PutOptions are what else an uploader may say of an object.
type PutOptions struct {
	Type         string
	CacheControl string
	Disposition  string
	Meta         map[string]string
	Tags         string // as in a query: "a=1&b=2"
}

// Put uploads an object; o may be nil.
func (s *Server) Put(t testing.TB, bucket, key string, content []byte, o *PutOptions) {
	t.Helper()
	in := &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: bytes.NewReader(content)}
	if o != nil {
		in.Metadata = o.Meta
		if o.Type != "" {
			in.ContentType = &o.Type
		}
		if o.CacheControl != "" {
			in.CacheControl = &o.CacheControl
		}
		if o.Disposition != "" {
			in.ContentDisposition = &o.Disposition
		}
		if o.Tags != "" {
			in.Tagging = &o.Tags
		}
	}
	_, err := s.api.PutObject(context.Background(), in)
	fatal(t, "put", err)
}

// Delete removes an object; in a bucket with versions it leaves a marker.
func (s *Server) Delete(t testing.TB, bucket, key string) {
	t.Helper()
	_, err := s.api.DeleteObject(context.Background(), &s3.DeleteObjectInput{Bucket: &bucket, Key: &key})
	fatal(t, "delete", err)
}

// Versioning makes a bucket keep versions.
func (s *Server) Versioning(t testing.TB, bucket string) {
	t.Helper()
	_, err := s.api.PutBucketVersioning(context.Background(), &s3.PutBucketVersioningInput{Bucket: &bucket,
		VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled}})
	fatal(t, "versioning", err)
}

// LockableBucket makes a bucket that keeps versions and can lock them.
func (s *Server) LockableBucket(t testing.TB, name string) {
	t.Helper()
	_, err := s.api.CreateBucket(context.Background(), &s3.CreateBucketInput{Bucket: &name, ObjectLockEnabledForBucket: aws.Bool(true)})
	fatal(t, "create bucket "+name, err)
}

// Hold sets the legal hold of the newest version of a key.
func (s *Server) Hold(t testing.TB, bucket, key string) {
	t.Helper()
	_, err := s.api.PutObjectLegalHold(context.Background(), &s3.PutObjectLegalHoldInput{Bucket: &bucket, Key: &key,
		LegalHold: &types.ObjectLockLegalHold{Status: types.ObjectLockLegalHoldStatusOn}})
	fatal(t, "legal hold", err)
}

// Retain locks the newest version of a key for a day; mode is GOVERNANCE or
// COMPLIANCE.
func (s *Server) Retain(t testing.TB, bucket, key, mode string) {
	t.Helper()
	_, err := s.api.PutObjectRetention(context.Background(), &s3.PutObjectRetentionInput{Bucket: &bucket, Key: &key,
		Retention: &types.ObjectLockRetention{Mode: types.ObjectLockRetentionMode(mode), RetainUntilDate: aws.Time(time.Now().Add(24 * time.Hour))}})
	fatal(t, "retention", err)
}

// Begin begins an upload in parts, with one part, and gives its id.
func (s *Server) Begin(t testing.TB, bucket, key string) string {
	t.Helper()
	ctx := context.Background()
	out, err := s.api.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: &bucket, Key: &key})
	fatal(t, "begin an upload", err)
	_, err = s.api.UploadPart(ctx, &s3.UploadPartInput{Bucket: &bucket, Key: &key, UploadId: out.UploadId, PartNumber: aws.Int32(1), Body: bytes.NewReader([]byte("part"))})
	fatal(t, "upload a part", err)
	return *out.UploadId
}

// Headers gives what the newest version of a key has besides content.
func (s *Server) Headers(t testing.TB, bucket, key string) *s3.HeadObjectOutput {
	t.Helper()
	out, err := s.api.HeadObject(context.Background(), &s3.HeadObjectInput{Bucket: &bucket, Key: &key})
	fatal(t, "head", err)
	return out
}

// Versions counts the versions and delete markers of a key.
func (s *Server) Versions(t testing.TB, bucket, key string) (versions, markers int) {
	t.Helper()
	out, err := s.api.ListObjectVersions(context.Background(), &s3.ListObjectVersionsInput{Bucket: &bucket, Prefix: &key})
	fatal(t, "list versions", err)
	for _, v := range out.Versions {
		if aws.ToString(v.Key) == key {
			versions++
		}
	}
	for _, m := range out.DeleteMarkers {
		if aws.ToString(m.Key) == key {
			markers++
		}
	}
	return versions, markers
}

// Grant gives the second user actions on a bucket and all its objects, in place
// of what it was granted before: "s3:ListBucket", "s3:GetObject".
func (s *Server) Grant(t testing.TB, bucket string, actions ...string) {
	t.Helper()
	type statement struct {
		Effect, Resource string
		Principal        map[string][]string
		Action           []string
	}
	policy := struct {
		Version   string
		Statement []statement
	}{Version: "2012-10-17"}
	for _, a := range actions {
		resource := "arn:aws:s3:::" + bucket
		if a != "s3:ListBucket" {
			resource += "/*"
		}
		policy.Statement = append(policy.Statement, statement{"Allow", resource, map[string][]string{"AWS": {s.User.Access}}, []string{a}})
	}
	body, err := json.Marshal(policy)
	fatal(t, "policy", err)
	_, err = s.api.PutBucketPolicy(context.Background(), &s3.PutBucketPolicyInput{Bucket: &bucket, Policy: aws.String(string(body))})
	fatal(t, "put policy", err)
}

// Publish lets everybody read the objects of a bucket, in place of what its policy
// was before.
func (s *Server) Publish(t testing.TB, bucket string) {
	t.Helper()
	policy := fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::%s/*"}]}`, bucket)
	_, err := s.api.PutBucketPolicy(context.Background(), &s3.PutBucketPolicyInput{Bucket: &bucket, Policy: &policy})
	fatal(t, "put policy", err)
}

func fatal(t testing.TB, what string, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// build gives the server's binary. It lies in Go's build cache under a name made
// of its sources and the Go version, so that all test packages share one.
func build() (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 9*time.Minute)
	defer cancel()
	root, err := goTool(ctx, "", "list", "-m", "-f", "{{.Dir}}", "habeas")
	if err != nil {
		return "", err
	}
	env, err := goTool(ctx, "", "env", "GOCACHE", "GOVERSION")
	if err != nil {
		return "", err
	}
	cache, version, _ := strings.Cut(env, "\n")
	src := filepath.Join(root, "sources", "s3", "gateway")
	sum := sha256.New()
	fmt.Fprintln(sum, version)
	for _, name := range []string{"go.mod", "go.sum", "main.go"} {
		b, err := os.ReadFile(filepath.Join(src, name))
		if err != nil {
			return "", err
		}
		fmt.Fprintln(sum, len(b))
		sum.Write(b)
	}
	dir := filepath.Join(cache, "habeas-gateway")
	bin := filepath.Join(dir, hex.EncodeToString(sum.Sum(nil)[:8])+".exe")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	unlock, err := lock(ctx, bin+".lock", func() bool { return exists(bin) })
	if err != nil {
		return "", err
	}
	defer unlock()
	if exists(bin) {
		return bin, nil
	}
	tmp := fmt.Sprintf("%s.%d", bin, os.Getpid())
	defer os.Remove(tmp)
	if _, err := goTool(ctx, src, "build", "-o", tmp, "."); err != nil {
		return "", err
	}
	return bin, os.Rename(tmp, bin)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// lock keeps two test packages from building the same at once on few cores. A lock
// older than any build is one whose owner died.
func lock(ctx context.Context, path string, done func() bool) (func(), error) {
	for !done() {
		err := os.Mkdir(path, 0o700)
		if err == nil {
			return func() { os.Remove(path) }, nil
		}
		if !errors.Is(err, os.ErrExist) {
			return nil, err
		}
		if fi, err := os.Stat(path); err == nil && time.Since(fi.ModTime()) > 10*time.Minute {
			os.Remove(path)
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("another process has been building it for minutes; if none is, remove %s: %w", path, ctx.Err())
		case <-time.After(100 * time.Millisecond):
		}
	}
	return func() {}, nil
}

// goTool runs the go command, apart from the main module's flags and workspace.
func goTool(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	if dir != "" {
		cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off", "CGO_ENABLED=0")
	}
	var stderr head
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go %s: %w\n%s", args[0], err, stderr.String())
	}
	return strings.TrimSpace(string(out)), nil
}

// head keeps the first few kilobytes that a process says.
type head struct{ b []byte }

func (h *head) Write(p []byte) (int, error) {
	h.b = append(h.b, p[:min(len(p), max(0, 4<<10-len(h.b)))]...)
	return len(p), nil
}

func (h *head) String() string { return string(h.b) }
