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
	return dir, pages
}

func write(t *testing.T, dir string, entries []*reports.Entry) {
	t.Helper()
	h, err := New(dir)
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
			hidden = string(name) == "style"
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

func TestPagesHoldNothingActive(t *testing.T) {
	_, pages := build(t, reportstest.Entries())
	allowed := map[string]bool{"html": true, "head": true, "meta": true, "title": true, "style": true, "body": true, "a": true, "header": true, "nav": true,
		"h1": true, "h2": true, "h3": true, "p": true, "bdi": true, "span": true, "time": true, "main": true, "div": true, "section": true, "svg": true, "rect": true,
		"ul": true, "li": true, "b": true, "table": true, "caption": true, "thead": true, "tbody": true, "tr": true, "th": true, "td": true, "article": true, "br": true, "footer": true}
	for name, page := range pages {
		z := xhtml.NewTokenizer(bytes.NewReader(page))
		for tt := z.Next(); tt != xhtml.ErrorToken; tt = z.Next() {
			if tt != xhtml.StartTagToken && tt != xhtml.SelfClosingTagToken {
				continue
			}
			tok := z.Token()
			if !allowed[tok.Data] {
				t.Errorf("%s: a <%s>", name, tok.Data)
			}
			for _, a := range tok.Attr {
				if strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "src" {
					t.Errorf("%s: attribute %s", name, a.Key)
				}
				if a.Key == "href" && (strings.Contains(a.Val, ":") || strings.HasPrefix(a.Val, "/")) {
					t.Errorf("%s: leaves the report: %q", name, a.Val)
				}
			}
		}
		if !bytes.Contains(page, []byte(`content="default-src &#39;none&#39;; style-src &#39;sha256-`)) {
			t.Errorf("%s: no content security policy", name)
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
	dir, pages := build(t, many(1700))
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

// many gives one owner n objects, and 1,200 owners one each.
func many(n int) []*reports.Entry {
	var out []*reports.Entry
	one := small()
	for i := range n {
		e := *one
		e.Key, e.Owner = fmt.Sprintf("a/%05d", i), reports.Owner{ID: "a", Rule: "r"}
		out = append(out, &e)
	}
	for i := range 1200 {
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
	_, pages := build(t, many(1700))
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
		"In 3 objects that this owner uploaded there are 4 findings of personal data: 1 × e-mail address, 1 × face region, 1 × position, 1 × name. 2 are about somebody other than the owner.",
		"1 of 3 objects was not read in full, so more may be in them.", "37.3° N, 122.1° W", "j***@e***.org", "values masked"} {
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
	write(t, dir, many(600))
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
	if _, err := New(dir); err != ErrForeign {
		t.Errorf("%v", err)
	}
	if _, err := New(filepath.Join(dir, "thesis.doc", "report")); err == nil {
		t.Error("a file was taken for a folder")
	}
}
