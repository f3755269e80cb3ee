//go:build browser

package browsertest

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/google/go-cmp/cmp"

	"habeas/reports/decisions"
)

// tabTo presses Tab (or Shift+Tab) until the element has the focus, and fails if
// the focus is ever not to be seen or lies under the bar of decisions.
func (tb *tab) tabTo(selector string, back bool) {
	tb.t.Helper()
	var mod []chromedp.KeyOption
	if back {
		mod = append(mod, chromedp.KeyModifiers(kb.ModifierShift))
	}
	for range 400 {
		tb.do(chromedp.KeyEvent(kb.Tab, mod...))
		if where := eval[string](tb, `(async () => {
			for (let i = 0; i < 3; i++) await new Promise(r => requestAnimationFrame(r));
			const el = document.activeElement;
			if (el === document.body) return '';
			const label = el.closest('label') || el;
			const seen = [el, label].some(e => { const s = getComputedStyle(e); return s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2; });
			const r = el.getBoundingClientRect(), bar = document.getElementById('progress').getBoundingClientRect();
			if (!seen) return 'no outline: ' + el.outerHTML.slice(0, 120);
			if (r.bottom < 0 || r.top > innerHeight) return 'out of sight: ' + el.outerHTML.slice(0, 120);
			if (!el.closest('#progress') && r.top >= bar.top && r.bottom <= bar.bottom) return 'under the bar: ' + el.outerHTML.slice(0, 120);
			return '';
		})()`); where != "" {
			tb.t.Fatalf("focus: %s", where)
		}
		if eval[bool](tb, `document.activeElement.matches(`+quote(selector)+`)`) {
			return
		}
	}
	tb.t.Fatalf("Tab does not lead to %s", selector)
}

func (tb *tab) keys(keys ...string) {
	tb.t.Helper()
	for _, k := range keys {
		tb.do(chromedp.KeyEvent(k))
	}
}

func (tb *tab) text(id string) string {
	tb.t.Helper()
	return eval[string](tb, `document.getElementById(`+quote(id)+`).textContent`)
}

// want waits until the element says part: what follows a key may come a task later.
func (tb *tab) want(id, part string) {
	tb.t.Helper()
	got := ""
	for range 50 {
		if got = tb.text(id); strings.Contains(got, part) {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	tb.t.Errorf("#%s says %q, want %q in it", id, got, part)
}

// export presses the button that has the focus, and gives the file.
func (tb *tab) export(folder string) []byte {
	tb.t.Helper()
	path := filepath.Join(folder, "decisions.json")
	if err := os.RemoveAll(path); err != nil {
		tb.t.Fatal(err)
	}
	tb.keys(kb.Enter)
	for range 100 {
		if b, err := os.ReadFile(path); err == nil && bytes.HasSuffix(b, []byte("]}\n")) {
			return b
		}
		time.Sleep(100 * time.Millisecond)
	}
	tb.t.Fatal("no file was downloaded")
	return nil
}

// downloadTo lets files through.
func (tb *tab) downloadTo(folder string) {
	tb.t.Helper()
	call(tb, cdpbrowser.SetDownloadBehavior, cdpbrowser.SetDownloadBehaviorParams{Behavior: cdpbrowser.SetDownloadBehaviorBehaviorAllow, DownloadPath: folder})
}

// choose answers the file picker that the focused button opens.
func (tb *tab) choose(path string) {
	tb.t.Helper()
	call(tb, page.SetInterceptFileChooserDialog, page.SetInterceptFileChooserDialogParams{Enabled: true})
	tb.keys(kb.Enter)
	select {
	case ev := <-tb.chooser:
		call(tb, dom.SetFileInputFiles, dom.SetFileInputFilesParams{Files: []string{path}, BackendNodeID: ev.BackendNodeID})
	case <-time.After(30 * time.Second):
		tb.t.Fatal("no file picker opened")
	}
	for range 100 {
		if s := tb.text("done"); strings.Contains(s, "Took over") || strings.Contains(s, "not taken over") {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	tb.t.Fatalf("the import said %q", tb.text("done"))
}

// TestDecideByKeyboard does the whole work of an officer without a mouse, and
// reads what she exported.
func TestDecideByKeyboard(t *testing.T) {
	b := start(t)
	tb := b.tab(t)
	downloads := t.TempDir()
	tb.downloadTo(downloads)
	dir := build(t, scan())
	page := ownerPage(t, dir, "dan")
	tb.open(page)
	tb.want("done", "0 of 40 objects with findings on this page decided.")

	// Narrow to one object and decide on it, with reason and note.
	tb.tabTo("#f-text", false)
	tb.keys("003 a photo")
	tb.want("shown", "Shown: 1 of 40 objects and 4 of ")
	tb.tabTo("article:not([hidden]) input[value=keep]", false)
	tb.keys(kb.ArrowRight, kb.ArrowRight, kb.ArrowRight)
	if got := eval[string](tb, `document.querySelector('article:not([hidden]) input:checked').value`); got != "delete" {
		t.Fatalf("the arrow keys chose %q", got)
	}
	tb.tabTo("article:not([hidden]) .why select", false)
	tb.keys(kb.ArrowDown)
	tb.tabTo("article:not([hidden]) .why input", false)
	tb.keys("as agreed – “yes” <b>&")
	tb.want("done", "1 of 40 objects")

	// All objects with a passport number that is counted: hold them.
	tb.tabTo("#tools button[type=reset]", true)
	tb.keys(kb.Enter)
	tb.want("shown", "Shown: 40 of 40 objects")
	tb.tabTo("#f-kind", true)
	tb.keys("payment c")
	tb.want("shown", "Shown: 10 of 40 objects and 10 of ")
	tb.tabTo("#b-do", false)
	tb.keys("H")
	tb.tabTo("#b-why", false)
	tb.keys(kb.ArrowDown)
	tb.tabTo("#b-go", false)
	tb.keys(kb.Enter)
	tb.want("ask-text", "“Hold” for 10 objects")
	tb.keys(kb.Enter)
	tb.want("done", "“Hold” was set for 10 objects.")
	if !eval[bool](tb, `document.activeElement.id === 'b-go'`) {
		t.Error("the focus is lost after the question")
	}

	// The same by finding: strip the payment card numbers.
	tb.tabTo("#b-do", true)
	tb.keys("S")
	tb.tabTo("#b-of", false)
	tb.keys(kb.ArrowDown)
	tb.tabTo("#b-go", false)
	tb.keys(kb.Enter)
	tb.want("ask-text", "“Strip” for 10 findings")
	tb.keys(kb.Escape)
	tb.keys(kb.Enter, kb.Enter)
	tb.want("done", "“Strip” was set for 10 findings.")

	// One finding by itself.
	tb.tabTo("#tools button[type=reset]", true)
	tb.keys(kb.Enter)
	tb.tabTo("article .each", false)
	tb.keys(kb.Enter)
	tb.tabTo("article .f-do", true)
	tb.keys("R")
	// And the next one that nobody looked at.
	tb.tabTo("#next", false)
	tb.keys(kb.Enter)
	if !eval[bool](tb, `document.activeElement.matches('input[type=radio]') && !document.activeElement.closest('article').classList.contains('done')`) {
		t.Error("Next undecided leads elsewhere")
	}
	tb.keys(" ")
	tb.tabTo("#export", false)
	file := tb.export(downloads)

	got, err := decisions.Read(bytes.NewReader(file))
	if err != nil {
		t.Fatalf("the exported file: %v", err)
	}
	var again bytes.Buffer
	if err := decisions.Write(&again, got); err != nil || !bytes.Equal(again.Bytes(), file) {
		t.Errorf("the page does not write what the program does (%v): %s", err, cmp.Diff(again.String(), string(file)))
	}
	count := map[string]int{}
	for _, d := range got.Decisions {
		what := "object"
		if d.Finding != "" {
			what = "finding"
		}
		count[fmt.Sprintf("%s %s %s", d.Action, what, d.Reason)]++
		if d.Action == decisions.Delete && (d.Note != "as agreed – “yes” <b>&" || d.Key != "users/cleo/003 a photo & more.jpg" || d.ETag != "e1") {
			t.Errorf("%+v", d)
		}
	}
	want := map[string]int{"delete object not_needed": 1, "hold object legal_duty_keep": 10, "strip finding ": 10, "redact finding ": 1, "keep object ": 1}
	if diff := cmp.Diff(want, count); diff != "" {
		t.Error(diff)
	}

	// On a fresh page the file brings everything back.
	tb.open(page)
	tb.want("done", "0 of 40")
	tb.tabTo("#import", false)
	tb.choose(filepath.Join(downloads, "decisions.json"))
	tb.want("done", fmt.Sprintf("Took over %d decisions for this page.", len(got.Decisions)))
	tb.tabTo("#export", false)
	if again := tb.export(downloads); !bytes.Equal(again, file) {
		t.Error("imported and exported, the file differs")
	}
	tb.silent()
	b.closed(t)
}

// TestOtherPagesDecisionsAreKept: a file goes from page to page and grows.
func TestOtherPagesDecisionsAreKept(t *testing.T) {
	b := start(t)
	tb := b.tab(t)
	downloads := t.TempDir()
	tb.downloadTo(downloads)
	f := &decisions.File{AsOf: time.Date(2026, 5, 4, 3, 2, 0, 0, time.UTC), KeyID: "0123abcd"}
	for i, h := range hostile() {
		if len(h) < 1000 {
			f.Decisions = append(f.Decisions, decisions.Decision{Source: "elsewhere", Key: h, ETag: strings.ToValidUTF8(h, "?"), Action: decisions.Actions()[i%6].Action, Note: "n"})
		}
	}
	f.Decisions = append(f.Decisions,
		decisions.Decision{Source: "uploads", Key: "users/ana/a.jpg", ETag: "e1", Action: decisions.Delete},
		decisions.Decision{Source: "uploads", Key: "users/ana/b.txt", ETag: "old", Action: decisions.Delete})
	var in bytes.Buffer
	if err := decisions.Write(&in, f); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "in.json")
	if err := os.WriteFile(path, in.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	tb.open(ownerPage(t, build(t, scan()), "ana"))
	tb.tabTo("#import", false)
	tb.choose(path)
	tb.want("done", "Took over 1 decision for this page. 1 decision is about bytes that have changed since, and left out.")
	tb.tabTo("#export", false)
	out := tb.export(downloads)
	got, err := decisions.Read(bytes.NewReader(out))
	if err != nil {
		t.Fatal(err)
	}
	f.Decisions = slices.DeleteFunc(f.Decisions, func(d decisions.Decision) bool { return d.ETag == "old" })
	var want bytes.Buffer
	if err := decisions.Write(&want, f); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(out, want.Bytes()) {
		t.Errorf("other pages' decisions changed: %d of %d: %s", len(got.Decisions), len(f.Decisions), cmp.Diff(want.String(), string(out)))
	}
	tb.silent()
}

func TestBadFilesAreRefused(t *testing.T) {
	b := start(t)
	tb := b.tab(t)
	page := ownerPage(t, build(t, scan()), "ana")
	head := `{"schema":1,"habeas":"decisions","as_of":"2026-05-04T03:02:00Z","key_id":"k","decisions":[`
	good := `{"source":"uploads","key_base64":"YQ==","decision":"keep"}`
	for name, c := range map[string]struct{ in, say string }{
		"no JSON":     {"<script>", "not valid JSON"},
		"another":     {`{"schema":1,"habeas":"plan","decisions":[]}`, "holds no decisions"},
		"null":        {`null`, "holds no decisions"},
		"unknown":     {head + strings.Replace(good, "keep", "toString", 1) + "]}", "decision 1 is none"},
		"field":       {head + strings.Replace(good, "source", "__proto__", 1) + "]}", "decision 1 has a field"},
		"reason":      {head + strings.Replace(good, `"keep"`, `"keep","reason":"constructor"`, 1) + "]}", "reason that does not fit"},
		"twice":       {head + good + "," + good + "]}", "decision 2 is about what was decided"},
		"not base64":  {head + strings.Replace(good, "YQ==", "é", 1) + "]}", "not base64"},
		"not objects": {head + "null]}", "decision 1 is none"},
	} {
		path := filepath.Join(t.TempDir(), "in.json")
		if err := os.WriteFile(path, []byte(c.in), 0o600); err != nil {
			t.Fatal(err)
		}
		tb.open(page)
		tb.tabTo("#import", true)
		tb.choose(path)
		if got := tb.text("done"); !strings.Contains(got, "not taken over") || !strings.Contains(got, c.say) {
			t.Errorf("%s: %q", name, got)
		}
	}
	tb.silent()
}

// TestLeavingAsksFirst: decisions that were not exported are not lost unasked.
func TestLeavingAsksFirst(t *testing.T) {
	b := start(t)
	tb := b.tab(t)
	dir := build(t, scan())
	tb.open(ownerPage(t, dir, "ana"))
	tb.tabTo("article input[value=keep]", false)
	tb.keys(" ")
	tb.open(filepath.Join(dir, "index.html"))
	tb.mu.Lock()
	asked := slices.Contains(tb.dialogs, "beforeunload")
	tb.mu.Unlock()
	if !asked {
		t.Error("the page was left without a question")
	}
	tb.silent()
}
