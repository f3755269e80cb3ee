package reports_test

import (
	"net/url"
	"strings"
	"testing"

	"habeas/reports"
	"habeas/reports/reportstest"
)

func TestPaths(t *testing.T) {
	for _, tc := range []struct {
		name, root, source, key, path, uri string
		below                              bool
	}{
		{"below", "/home/me/repo", "/home/me/repo/fixtures", "a/b c.jpg", "fixtures/a/b c.jpg", "fixtures/a/b%20c.jpg", true},
		{"the root itself", "/home/me/repo", "/home/me/repo", "a.jpg", "a.jpg", "a.jpg", true},
		{"a single file", "/home/me/repo", "/home/me/repo/a.jpg", "a.jpg", "a.jpg", "a.jpg", true},
		{"elsewhere", "/home/me/repo", "/mnt/x", "a.jpg", "/mnt/x/a.jpg", "file:///mnt/x/a.jpg", false},
		{"a name that only begins like it", "/home/me/repo", "/home/me/repo2", "a", "/home/me/repo2/a", "file:///home/me/repo2/a", false},
		{"no root", "", "/mnt/x", "a", "/mnt/x/a", "file:///mnt/x/a", false},
		{"the whole disk", "/", "/mnt/x", "a", "mnt/x/a", "mnt/x/a", true},
		{"bucket", "/home/me", "s3://media/users/", "users/a b", "s3://media/users/a b", "s3://media/users/a%20b", false},
		{"dots", "/home/me", "s3://media/", "../../etc/./p", "s3://media/../../etc/./p", "s3://media/%2E%2E/%2E%2E/etc/%2E/p", false},
		{"windows", `C:\repo`, `C:\repo\fix`, "a/b", "fix/a/b", "fix/a/b", true},
		{"windows, elsewhere", `C:\repo`, `D:\fix`, "a", "D:/fix/a", "file:///D%3A/fix/a", false},
		{"a share", `\\host\share`, `\\host\share\fix`, "a", "fix/a", "fix/a", true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := reports.Paths{Root: tc.root}
			path, below := p.Of(tc.source, tc.key)
			if uri := p.URI(tc.source, tc.key); path != tc.path || below != tc.below || uri != tc.uri {
				t.Errorf("%q %v %q", path, below, uri)
			}
		})
	}
}

func TestSourceNames(t *testing.T) {
	p := reports.Paths{Root: "/repo"}
	for in, want := range map[string]string{"/repo/fix/a": "fix/a", "/repo": ".", "/repo2": "/repo2", "s3://b/x/": "s3://b/x/"} {
		if got := p.Source(in); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
	if got := (reports.Paths{}).Source("/repo"); got != "/repo" {
		t.Error(got)
	}
}

func TestURIHoldsTheBytesOfTheKey(t *testing.T) {
	p := reports.Paths{Root: "/r"}
	for _, key := range reportstest.Hostile() {
		uri := p.URI("/r/uploads", key)
		if strings.ContainsFunc(uri, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"<>\^{|}:?#[]@`, r) }) {
			t.Errorf("%q holds what a URI can't", uri)
		}
		back, err := url.PathUnescape(uri)
		if err != nil || back != "uploads/"+key {
			t.Errorf("%q: %q, %v", key, back, err)
		}
	}
}

func TestSameForgetsLines(t *testing.T) {
	a := reports.Finding{Kind: "email", Part: "csv/line[2]/mail", Fingerprint: "x"}
	b := a
	b.Part = "csv/line[30]/mail"
	if a.Same(true) != b.Same(true) {
		t.Error("another line is another finding")
	}
	b.Fingerprint = "y"
	if a.Same(true) == b.Same(true) || a.Same(false) != b.Same(false) {
		t.Error("the value")
	}
	b = a
	b.Part = "csv/line[2]/phone"
	if a.Same(false) == b.Same(false) {
		t.Error("another column is the same")
	}
}

func TestLine(t *testing.T) {
	for part, want := range map[string]int{"csv/line[12]/email": 12, "csv/line[12]": 12, "text": 0, "zip/a.csv/csv/line[3]/x": 0,
		"csv/line[]": 0, "csv/line[1x]": 0, "csv/line[99999999999999999999]": 0, "csv/row[3]": 0} {
		if got := (&reports.Finding{Part: part}).Line(); got != want {
			t.Errorf("%s: %d", part, got)
		}
	}
}
