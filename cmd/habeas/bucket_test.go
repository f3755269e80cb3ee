package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"habeas/cmd/fixtures/fixture"
	"habeas/reports/jsonl"
	"habeas/sources/s3/s3test"
)

// program runs habeas as a process of its own, in dir.
func program(t *testing.T, dir string, env []string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, args...)
	cmd.Dir = dir
	cmd.Env = append([]string{asProgram + "=1", "HOME=" + dir, "PATH=" + os.Getenv("PATH"), "SOURCE_DATE_EPOCH=1777777777"}, env...)
	return cmd
}

// output runs cmd and fails the test unless it exits with code.
func output(t *testing.T, cmd *exec.Cmd, code int) (stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != code {
		t.Fatalf("%v ended with %v, want exit code %d\n%s", cmd.Args[1:], err, code, errs.String())
	}
	return out.String(), errs.String()
}

// objects are the object lines of JSON Lines output by key. It fails if a key
// comes twice.
func objects(t *testing.T, out string) map[string]jsonl.Object {
	t.Helper()
	got := map[string]jsonl.Object{}
	for line := range strings.Lines(out) {
		if !strings.HasPrefix(line, `{"record":"object"`) {
			continue
		}
		var o jsonl.Object
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			t.Fatal(err)
		}
		if _, twice := got[o.Key]; twice {
			t.Errorf("%q is listed twice", o.Key)
		}
		got[o.Key] = o
	}
	return got
}

// fill writes files into the folder behind a bucket, as the server keeps them.
func fill(t *testing.T, srv *s3test.Server, bucket string, files map[string][]byte) {
	t.Helper()
	srv.Bucket(t, bucket)
	for name, content := range files {
		path := filepath.Join(srv.Data, bucket, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestBucketAndFolderGiveTheSameFindings(t *testing.T) {
	srv := s3test.Start(t)
	files, err := fixture.Uploads()
	if err != nil {
		t.Fatal(err)
	}
	fill(t, srv, "uploads", files)
	dir, data := t.TempDir(), testdata(t)
	rules := []string{"--owners", filepath.Join(data, "owners.yaml"), "--no-report", "--json"}
	bucket, _ := output(t, program(t, dir, srv.Env(srv.Root), append([]string{"scan", "s3://uploads", "--endpoint", srv.Endpoint}, rules...)...), exitIncomplete)
	folder, _ := output(t, program(t, dir, nil, append([]string{"scan", filepath.Join(data, "uploads")}, rules...)...), exitIncomplete)
	got, want := objects(t, bucket), objects(t, folder)
	if len(want) != len(files) {
		t.Fatalf("%d objects of %d files", len(want), len(files))
	}
	for _, all := range []map[string]jsonl.Object{got, want} {
		for k, o := range all {
			// What names the place, and not what is in it.
			o.Source, o.ETag, o.Modified, o.Version, o.Exposure = "", "", time.Time{}, "", ""
			for i := range o.Findings {
				o.Findings[i].ID = ""
			}
			all[k] = o
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-folder +bucket):\n%s", diff)
	}
}

func testdata(t *testing.T) string {
	t.Helper()
	d, err := filepath.Abs("../../testdata")
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// many is how many objects the tests of scale have.
const many = 20_000

func TestTwentyThousandObjectsInABucket(t *testing.T) {
	srv := s3test.Start(t)
	picture, err := fixture.Picture(32, 32, 1)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for n := range many {
		files[fmt.Sprintf("users/u%03d/%05d.jpg", n%200, n)] = fixture.Photo(picture, n)
	}
	fill(t, srv, "many", files)
	dir := t.TempDir()
	scan := func(record string, more ...string) *exec.Cmd {
		args := append([]string{"scan", "s3://many", "--endpoint", srv.Endpoint, "--no-report", "--json", "--record", record}, more...)
		return program(t, dir, srv.Env(srv.Root), args...)
	}
	whole, _ := output(t, scan("whole"), exitDone)
	got := objects(t, whole)
	if missing := keysMissing(files, got); len(missing) > 0 {
		t.Errorf("%d keys are missing, as %q", len(missing), missing[0])
	}
	for k, o := range got {
		if o.Coverage != "complete" || len(o.Findings) == 0 || o.Owner == nil {
			t.Fatalf("%s: %+v", k, o)
		}
	}

	again, talk := output(t, scan("whole"), exitDone)
	if again != whole {
		t.Error("the second scan gives other bytes")
	}
	if want := fmt.Sprintf("%d of %d objects were unchanged", many, many); !strings.Contains(talk, want) || !strings.Contains(talk, "0 bytes read") {
		t.Errorf("the second scan read bodies: %s", talk)
	}

	for _, workers := range []string{"1", "64"} {
		if other, _ := output(t, scan("w"+workers, "--workers", workers), exitDone); other != whole {
			t.Errorf("%s workers give other bytes", workers)
		}
	}

	killed := 0
	for try := range 4 {
		cmd := scan("killed")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(300+rand.IntN(2200*(try+1))) * time.Millisecond)
		if err := cmd.Process.Kill(); err == nil {
			killed++
		}
		_ = cmd.Wait() // killed, or done before
	}
	resumed, talk := output(t, scan("killed"), exitDone)
	if resumed != whole {
		t.Error("killed and resumed, the scan gives other bytes")
	}
	t.Logf("killed %d times; %s", killed, talk)
}

func keysMissing(want map[string][]byte, got map[string]jsonl.Object) []string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(want)) {
		if _, ok := got[k]; !ok {
			out = append(out, k)
		}
	}
	return out
}

func TestWhatABucketCanRefuse(t *testing.T) {
	srv := s3test.Start(t)
	fill(t, srv, "uploads", map[string][]byte{"a.txt": []byte("hello")})
	wrong := srv.Root
	wrong.Secret = "not the secret of it"
	for _, c := range []struct {
		name string
		env  []string
		args []string
		code int
		want string
	}{
		{"no such bucket", srv.Env(srv.Root), []string{"s3://nowhere", "--endpoint", srv.Endpoint}, exitUsage, `has no bucket "nowhere": check its name and the endpoint`},
		{"wrong secret", srv.Env(wrong), []string{"s3://uploads", "--endpoint", srv.Endpoint}, exitStopped, "credentials: "},
		{"no right to list", srv.Env(srv.User), []string{"s3://uploads", "--endpoint", srv.Endpoint}, exitStopped, "grant s3:ListBucket"},
		{"nobody listens", srv.Env(srv.Root), []string{"s3://uploads", "--endpoint", "http://127.0.0.1:1"}, exitStopped, "endpoint: "},
		{"nothing has the prefix", srv.Env(srv.Root), []string{"s3://uploads/b/", "--endpoint", srv.Endpoint}, exitUsage, "there is no object"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			_, talk := output(t, program(t, dir, c.env, append([]string{"scan", "--no-report"}, c.args...)...), c.code)
			lines := strings.Split(strings.TrimSpace(regexp.MustCompile(`habeas: made a fingerprint.*\n`).ReplaceAllString(talk, "")), "\n")
			if len(lines) != 1 || !strings.Contains(talk, c.want) {
				t.Errorf("%q", talk)
			}
			left, err := filepath.Glob(filepath.Join(dir, "*"))
			if err != nil || slices.ContainsFunc(left, func(p string) bool { return filepath.Base(p) != ".config" }) {
				t.Errorf("left behind: %v %v", left, err)
			}
		})
	}
}
