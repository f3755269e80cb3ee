//go:build browser

package browsertest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"habeas/reports"
	"habeas/reports/html"
	"habeas/reports/reportstest"
)

// TestNothingIsAskedForAndNothingSaid opens every page of an ordinary report from
// file://.
func TestNothingIsAskedForAndNothingSaid(t *testing.T) {
	b := start(t)
	tb := b.tab(t)
	for _, p := range pagesOf(t, build(t, scan())) {
		tb.open(p)
		if kept := eval[int](tb, `localStorage.length + sessionStorage.length + document.cookie.length`); kept != 0 {
			t.Errorf("%s keeps something in the browser", filepath.Base(p))
		}
	}
	tb.silent()
	b.closed(t)
}

// TestThePolicyHolds tries what an injected text would try. It leaves out an
// injected frame and a preconnect, for which Chromium opens a connection ahead
// that no policy of a page forbids: nothing must be injected in the first place.
func TestThePolicyHolds(t *testing.T) {
	b := start(t)
	tb := b.tab(t)
	tb.open(ownerPage(t, build(t, scan()), "ana"))
	eval[bool](tb, `(async () => {
		const s = document.createElement('script'); s.textContent = 'window.pwned = 1'; document.body.append(s);
		const d = document.createElement('div'); d.innerHTML = '<img src="https://example.org/x.png" onerror="window.pwned = 1"><p style="color:red">x</p>'; document.body.append(d);
		await fetch('https://example.org/').catch(() => 0);
		await new Promise(r => setTimeout(r, 500));
		return true;
	})()`)
	if eval[bool](tb, `window.pwned !== undefined`) {
		t.Error("an injected script ran")
	}
	b.closed(t)
	tb.mu.Lock()
	defer tb.mu.Unlock()
	if len(tb.said) < 4 {
		t.Errorf("the policy refused %d things, want 4 or more: this test would see no message", len(tb.said))
	}
}

// TestHostileStringsAreText opens pages full of hostile strings, uses every
// control, and compares what stands in the document with reports.Show.
func TestHostileStringsAreText(t *testing.T) {
	b := start(t)
	tb := b.tab(t)
	entries := hostileScan()
	dir := build(t, entries)
	for _, p := range pagesOf(t, dir) {
		tb.open(p)
		if eval[bool](tb, `window.pwned !== undefined`) {
			t.Fatalf("a script of an uploader ran on %s", filepath.Base(p))
		}
	}
	page := ownerPage(t, dir, "mallory")
	shown := map[string][]string{}
	for n := 1; ; n++ {
		if n > 1 {
			page = strings.TrimSuffix(ownerPage(t, dir, "mallory"), ".html") + "-" + string(rune('0'+n)) + ".html"
			if _, err := os.Stat(page); err != nil {
				break
			}
		}
		tb.open(page)
		for key, texts := range eval[map[string][]string](tb, `Object.fromEntries([...document.querySelectorAll('article')].map(a =>
			[a.querySelector('h4 bdi').textContent, [...a.querySelectorAll('li:first-child bdi')].map(b => b.textContent)]))`) {
			shown[key] = texts
		}
		use(tb)
		if eval[bool](tb, `window.pwned !== undefined`) {
			t.Fatal("a script of an uploader ran when a control was used")
		}
	}
	for _, e := range entries {
		if e.Owner.ID != "mallory" {
			continue
		}
		f := e.Findings[0]
		var want []string
		for _, s := range []string{f.Mask, f.Part, f.Tag, f.Why} {
			want = append(want, reports.Show(s))
		}
		if got := shown[reports.Show(e.Key)]; !slices.Equal(got, want) {
			t.Errorf("%.60q: shown as %.200q", e.Key, got)
		}
	}
	tb.silent()
	b.closed(t)
}

// use works every control of a page of objects.
func use(tb *tab) {
	eval[bool](tb, `(() => {
		const set = (el, v) => { el.value = v; el.dispatchEvent(new Event('input', { bubbles: true })); el.dispatchEvent(new Event('change', { bubbles: true })); };
		for (const id of ['f-kind', 'f-role', 'f-party', 'f-who', 'f-done']) {
			const s = document.getElementById(id);
			if (s) for (const o of [...s.options]) set(s, o.value);
			if (s) set(s, '');
		}
		set(document.getElementById('f-text'), '<script>');
		set(document.getElementById('f-text'), '');
		for (const b of document.querySelectorAll('.each')) b.click();
		for (const s of document.querySelectorAll('.f-do')) set(s, 'strip');
		for (const r of document.querySelectorAll('input[value=keep]')) r.click();
		for (const n of document.querySelectorAll('fieldset.d input[type=text]')) set(n, '</script><img src=x onerror="window.pwned=1">');
		document.getElementById('b-go').click();
		document.getElementById('ask-yes').click();
		return true;
	})()`)
}

// axeTags are all of them: none contains another.
const axeTags = `['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']`

func TestAxe(t *testing.T) {
	path := os.Getenv("HABEAS_AXE")
	if path == "" {
		t.Fatal("HABEAS_AXE names no axe.min.js")
	}
	axe, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b := start(t)
	dir := build(t, scan())
	pages := []string{ownerPage(t, dir, "dan"), peopleOf(pagesOf(t, dir))[0]}
	for _, name := range []string{"index.html", "coverage.html", "people.html", "conflicts.html"} {
		pages = append(pages, filepath.Join(dir, name))
	}
	for _, c := range []struct {
		name   string
		width  int64
		media  string
		look   []*emulation.MediaFeature
		script string
	}{
		{"light", 1280, "", feature("prefers-color-scheme", "light"), ""},
		{"dark", 1280, "", feature("prefers-color-scheme", "dark"), ""},
		{"dark by choice", 1280, "", feature("prefers-color-scheme", "light"), `document.documentElement.dataset.theme = 'dark'`},
		{"forced colours", 1280, "", feature("forced-colors", "active"), ""},
		{"print", 800, "print", nil, ""},
		{"320 px", 320, "", nil, ""},
		{"200 % text", 1280, "", nil, `document.documentElement.style.fontSize = '200%'`},
	} {
		t.Run(c.name, func(t *testing.T) {
			tb := b.tab(t)
			tb.do(chromedp.EmulateViewport(c.width, 900))
			call(tb, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: c.media, Features: c.look})
			for _, p := range pages {
				tb.open(p)
				eval[bool](tb, c.script+`; for (const d of document.querySelectorAll('details')) d.open = true; true`)
				if strings.Contains(p, "/owners/") || strings.Contains(p, "/people/") {
					// The bar of decisions floats over targets that a scroll uncovers, and blocks
					// out of sight are not laid out: axe can't scroll, so here both stand still.
					// That the bar hides no focus is what tabTo sees to.
					eval[bool](tb, `document.getElementById('progress').style.position = 'static';
						for (const b of document.querySelectorAll('.block')) b.style.contentVisibility = 'visible';
						document.querySelector('.each').click(); document.querySelector('article:nth-of-type(2) input[value=delete]').click(); true`)
				}
				eval[bool](tb, string(axe)+`;true`)
				for _, v := range violations(tb) {
					t.Errorf("%s: %s", filepath.Base(p), v)
				}
				if wide := eval[string](tb, `document.scrollingElement.scrollWidth <= innerWidth ? '' : document.scrollingElement.scrollWidth + ' px: ' +
					[...document.querySelectorAll('main *')].filter(e => !e.closest('.scroll') && e.getBoundingClientRect().right > innerWidth).map(e => e.outerHTML.slice(0, 80)).slice(0, 3)`); wide != "" {
					t.Errorf("%s is wider than the window: %s", filepath.Base(p), wide)
				}
			}
		})
	}
	b.closed(t)
}

func peopleOf(pages []string) []string {
	return slices.DeleteFunc(slices.Clone(pages), func(p string) bool { return !strings.Contains(p, "/people/") })
}

func feature(name, value string) []*emulation.MediaFeature {
	return []*emulation.MediaFeature{{Name: name, Value: value}}
}

func violations(tb *tab) []string {
	got := eval[string](tb, `axe.run({ runOnly: { type: 'tag', values: `+axeTags+` } }).then(r => ({
		v: r.violations.flatMap(v => v.nodes.slice(0, 3).map(n => v.id + ': ' + n.html.slice(0, 160) + ' ' + n.failureSummary.slice(0, 200))), passes: r.passes.length })).then(JSON.stringify)`)
	var r struct {
		V      []string `json:"v"`
		Passes int      `json:"passes"`
	}
	if err := json.Unmarshal([]byte(got), &r); err != nil {
		tb.t.Fatal(err)
	}
	if r.Passes < 5 {
		tb.t.Errorf("only %d rules passed: axe did not look", r.Passes)
	}
	return r.V
}

// TestTheAnswerFitsOnePrintedPage measures what stands above the page break, on
// A4 and on Letter with the margins of the style.
func TestTheAnswerFitsOnePrintedPage(t *testing.T) {
	b := start(t)
	tb := b.tab(t)
	dir := build(t, scan())
	for _, paper := range []struct {
		name          string
		width, height int64
	}{{"A4", 688, 1016}, {"Letter", 710, 950}} {
		tb.do(chromedp.EmulateViewport(paper.width, paper.height))
		call(tb, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
		for _, owner := range []string{"dan", "cleo"} {
			tb.open(ownerPage(t, dir, owner))
			if bottom := eval[float64](tb, `document.querySelector('.front').getBoundingClientRect().bottom`); bottom > float64(paper.height) || bottom < 100 {
				t.Errorf("%s, %s: the answer is %v px high, the paper %d", owner, paper.name, bottom, paper.height)
			}
		}
	}
}

// TestFindAnOwner narrows the overview.
func TestFindAnOwner(t *testing.T) {
	b := start(t)
	tb := b.tab(t)
	tb.open(filepath.Join(build(t, scan()), "index.html"))
	tb.do(chromedp.Focus(chromedp.CSS("#find")), chromedp.KeyEvent("CLE"))
	if got := eval[string](tb, `document.getElementById('found').textContent`); got != "1 of 4 on this page" {
		t.Errorf("found %q", got)
	}
	if got := eval[int](tb, `[...document.querySelectorAll('#rows tbody tr')].filter(r => r.checkVisibility()).length`); got != 1 {
		t.Errorf("%d rows are seen", got)
	}
	tb.silent()
}

// TestTheLookTravels: a look that was chosen holds on the next page, and nothing
// is kept.
func TestTheLookTravels(t *testing.T) {
	b := start(t)
	tb := b.tab(t)
	tb.open(filepath.Join(build(t, scan()), "index.html"))
	tb.do(chromedp.Focus(chromedp.CSS("#theme")), chromedp.KeyEvent(" "), chromedp.KeyEvent(" "))
	tb.do(chromedp.Focus(chromedp.CSS("#rows tbody a")), chromedp.KeyEvent("\r"), chromedp.WaitReady(chromedp.CSS("#progress:not([hidden])")))
	if got := eval[string](tb, `document.documentElement.dataset.theme + ' ' + document.getElementById('theme').textContent`); got != "dark Look: dark" {
		t.Errorf("on the next page: %s", got)
	}
	tb.silent()
}

// TestValuesHide: a report with values shows them while somebody looks, and never
// in print.
func TestValuesHide(t *testing.T) {
	b := start(t)
	tb := b.tab(t)
	entries := scan()
	for _, e := range entries {
		if e.Owner.ID == "ana" {
			e.Findings[0].Value = "in the clear"
		}
	}
	run := reportstest.Run()
	run.WithValues = true
	dir := filepath.Join(t.TempDir(), "report")
	h, err := html.New(dir, html.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	if err := reportstest.PlayEntries(h, run, entries); err != nil {
		t.Fatal(err)
	}
	tb.open(ownerPage(t, dir, "ana"))
	seen := func() bool {
		return eval[bool](tb, `[...document.querySelectorAll('.val')].some(v => v.checkVisibility())`)
	}
	if seen() {
		t.Error("values are seen before anybody asked")
	}
	tb.do(chromedp.Focus(chromedp.CSS("#values")), chromedp.KeyEvent(" "))
	if !seen() || eval[string](tb, `document.getElementById('values').getAttribute('aria-pressed')`) != "true" {
		t.Error("the button shows no values")
	}
	call(tb, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
	if seen() || !eval[bool](tb, `document.querySelector('bdi:has(+ .val)').checkVisibility()`) {
		t.Error("in print the values are seen, or the masks are not")
	}
	call(tb, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{})
	eval[bool](tb, `dispatchEvent(new Event('blur'))`)
	if seen() {
		t.Error("values are seen when nobody looks")
	}
	tb.silent()
}
