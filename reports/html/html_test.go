package html

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	xhtml "golang.org/x/net/html"

	"habeas/reports"
	"habeas/reports/reportstest"
)

// build plays entries into a fresh folder and gives its pages by name.
func build(t *testing.T, entries []*reports.Entry) (string, map[string][]byte) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "report")
	write(t, dir, entries)
	return dir, read(t, dir)
}

func read(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	pages := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".html") {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		pages[filepath.ToSlash(rel)], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return pages
}

func write(t *testing.T, dir string, entries []*reports.Entry) {
	t.Helper()
	people := NewPeople()
	if err := reportstest.PlayEntries(people, reportstest.Run(), entries); err != nil {
		t.Fatal(err)
	}
	h, err := New(dir, Options{Record: "uploads.habeas", People: people})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	if err := reportstest.PlayEntries(h, reportstest.Run(), entries); err != nil {
		t.Fatal(err)
	}
}

// text is what a reader of the page sees.
func text(page []byte) string {
	var b strings.Builder
	z := xhtml.NewTokenizer(bytes.NewReader(page))
	hidden := false
	for {
		switch z.Next() {
		case xhtml.ErrorToken:
			return strings.Join(strings.Fields(b.String()), " ")
		case xhtml.StartTagToken:
			name, _ := z.TagName()
			hidden = string(name) == "style" || string(name) == "script"
		case xhtml.EndTagToken:
			hidden = false
		case xhtml.TextToken:
			if !hidden {
				b.Write(z.Text())
				b.WriteByte(' ')
			}
		}
	}
}

// TestPagesHoldNothingForeign: no attribute that runs or loads, no link out of the
// report, and every script and style is one that the policy pins.
func TestPagesHoldNothingForeign(t *testing.T) {
	_, pages := build(t, reportstest.Entries())
	tags := strings.Fields("html head meta title style script body a header nav h1 h2 h3 h4 p bdi b i br small span time main div section article footer svg rect circle text line " +
		"ul ol li table caption thead tbody tr th td details summary form fieldset legend label input select option button dialog code figure figcaption path")
	for name, page := range pages {
		var policy string
		z := xhtml.NewTokenizer(bytes.NewReader(page))
		for tt := z.Next(); tt != xhtml.ErrorToken; tt = z.Next() {
			if tt != xhtml.StartTagToken && tt != xhtml.SelfClosingTagToken {
				continue
			}
			tok := z.Token()
			if !slices.Contains(tags, tok.Data) {
				t.Errorf("%s: a <%s>", name, tok.Data)
			}
			for _, a := range tok.Attr {
				if strings.HasPrefix(a.Key, "on") || slices.Contains([]string{"style", "src", "action", "formaction", "srcdoc", "xlink:href"}, a.Key) {
					t.Errorf("%s: attribute %s", name, a.Key)
				}
				if a.Key == "href" && (strings.Contains(a.Val, ":") || strings.HasPrefix(a.Val, "/")) {
					t.Errorf("%s: leaves the report: %q", name, a.Val)
				}
				if a.Key == "content" && strings.HasPrefix(a.Val, "default-src") {
					policy = a.Val
				}
			}
			if tok.Data == "script" || tok.Data == "style" {
				z.Next()
				if text := string(z.Text()); !strings.Contains(policy, pin(text)) {
					t.Errorf("%s: a <%s> that the policy does not pin", name, tok.Data)
				}
			}
		}
		if !strings.HasPrefix(policy, "default-src 'none'; script-src 'sha256-") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: policy %q", name, policy)
		}
	}
}

func TestHostileStringsAreShownAsText(t *testing.T) {
	_, pages := build(t, reportstest.Entries())
	for _, s := range reportstest.Hostile() {
		found := false
		want := strings.Join(strings.Fields(reports.Show(s)), " ")
		for _, page := range pages {
			found = found || strings.Contains(text(page), want)
		}
		if !found {
			t.Errorf("%.40q is on no page", s)
		}
	}
}

func TestLinksLead(t *testing.T) {
	dir, pages := large(t)
	href := regexp.MustCompile(`href="([^"#]+)"`)
	for name, page := range pages {
		for _, m := range href.FindAllSubmatch(page, -1) {
			to := filepath.Join(dir, filepath.Dir(filepath.FromSlash(name)), filepath.FromSlash(string(m[1])))
			if _, err := os.Stat(to); err != nil {
				t.Errorf("%s links to %s, which is not there", name, m[1])
			}
		}
	}
}

// large is a report of 1,201 owners, one of whom has 1,700 objects; it is made
// once for all tests that only read it.
func large(t *testing.T) (string, map[string][]byte) {
	t.Helper()
	largeOnce.Do(func() {
		dir := filepath.Join(testDir, "large")
		write(t, dir, many(1700, 1200))
		largeDir = dir
	})
	return largeDir, read(t, largeDir)
}

var (
	largeOnce         sync.Once
	largeDir, testDir string
)

func TestMain(m *testing.M) {
	var err error
	if testDir, err = os.MkdirTemp("", "habeas-html-*"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	if err := os.RemoveAll(testDir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// many gives one owner n objects, and other owners one each.
func many(n, owners int) []*reports.Entry {
	var out []*reports.Entry
	one := small()
	for i := range n {
		e := *one
		e.Key, e.Owner = fmt.Sprintf("a/%05d", i), reports.Owner{ID: "a", Rule: "r"}
		out = append(out, &e)
	}
	for i := range owners {
		e := *one
		e.Key, e.Owner = fmt.Sprintf("b/%05d", i), reports.Owner{ID: fmt.Sprintf("owner %04d", i), Rule: "r"}
		out = append(out, &e)
	}
	return out
}

// small is an entry without the long strings.
func small() *reports.Entry {
	all := reportstest.Entries()
	return all[slices.IndexFunc(all, func(e *reports.Entry) bool { return e.Key == "users/ana/b.txt" })]
}

func TestEveryObjectIsOnExactlyOnePage(t *testing.T) {
	_, pages := large(t)
	articles := 0
	for name, page := range pages {
		n := bytes.Count(page, []byte("<article"))
		if n > pageObjects {
			t.Errorf("%s: %d objects", name, n)
		}
		articles += n
	}
	if articles != 1700+1200 {
		t.Errorf("%d objects on the pages, want 2900", articles)
	}
	if _, ok := pages["owners-3.html"]; !ok {
		t.Error("1,201 owners do not have three pages")
	}
}

func TestOwnerPageBeginsWithTheAnswer(t *testing.T) {
	_, pages := build(t, reportstest.Entries())
	page := text(pages[ownerFile(reports.Owner{ID: "ana"}, 1)])
	for _, want := range []string{"Uploads of ana",
		"In 3 objects that this owner uploaded there are 4 findings of personal data: 1 × e-mail address, 1 × face region, 1 × position and 1 × name. 2 of them are about somebody other than the owner.",
		"1 of 3 objects was not read in full, so more may be in them.", "around Sunnyvale, California, US", "j***@e***.org", "values masked"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in %s", want, page)
		}
	}
	if strings.Contains(page, "users/ben/") {
		t.Error("another owner's object is on the page")
	}
	lost := text(pages["unattributed.html"])
	if !strings.Contains(lost, "lost/cold.bin") || !strings.Contains(lost, "Objects without an owner") {
		t.Errorf("unattributed: %s", lost)
	}
	cover := text(pages["coverage.html"])
	if !strings.Contains(cover, "archived: 1 object") || !strings.Contains(cover, "lost/cold.bin") {
		t.Errorf("coverage: %s", cover)
	}
}

func TestSameScanSameBytes(t *testing.T) {
	_, a := build(t, reportstest.Entries())
	_, b := build(t, reportstest.Entries())
	if len(a) != len(b) {
		t.Fatal("different pages")
	}
	for name := range a {
		if !bytes.Equal(a[name], b[name]) {
			t.Errorf("%s differs", name)
		}
	}
}

func TestReportIsSwappedAndPrivate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "report")
	write(t, dir, many(600, 0))
	write(t, dir, reportstest.Entries())
	if _, err := os.Stat(filepath.Join(dir, "owners-2.html")); err == nil {
		t.Error("a page of the old report is still there")
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		fi, err := d.Info()
		if err == nil && fi.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s is readable by others: %v", path, fi.Mode())
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	left, err := os.ReadDir(filepath.Dir(dir))
	if err != nil || len(left) != 1 {
		t.Errorf("left beside the report: %v %v", left, err)
	}
}

func TestForeignFolderIsLeftAlone(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "thesis.doc"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := New(dir, Options{}); err != ErrForeign {
		t.Errorf("%v", err)
	}
	if _, err := New(filepath.Join(dir, "thesis.doc", "report"), Options{}); err == nil {
		t.Error("a file was taken for a folder")
	}
}
