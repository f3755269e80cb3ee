//go:build browser

package browsertest

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"habeas/reports"
	"habeas/reports/html"
	"habeas/reports/reportstest"
)

// chromium finds the browser, and fails where there is none.
func chromium(t testing.TB) string {
	t.Helper()
	if path := os.Getenv("HABEAS_CHROMIUM"); path != "" {
		return path
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatal("no Chromium: install it, or name it in HABEAS_CHROMIUM")
	return ""
}

// browser is one Chromium whose every connection goes to a listener that counts
// and refuses. All tests share it.
type browser struct {
	ctx     context.Context
	stop    func()
	sockets atomic.Int64
	asked   sync.Map // first line of what was asked for
}

// updaters are whom Chromium asks for updates of itself, whatever its flags say. No
// page of ours names them.
var updaters = []string{"update.googleapis.com", "redirector.gvt1.com"}

var shared struct {
	sync.Once
	*browser
	err error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if shared.browser != nil {
		shared.stop()
	}
	os.Exit(code)
}

func start(t testing.TB) *browser {
	t.Helper()
	path := chromium(t)
	shared.Do(func() { shared.browser, shared.err = launch(path) })
	if shared.err != nil {
		t.Fatalf("start Chromium: %v", shared.err)
	}
	return shared.browser
}

func launch(path string) (*browser, error) {
	b := &browser{}
	proxy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	go b.refuse(proxy)
	profile, err := os.MkdirTemp("", "habeas-chromium-*")
	if err != nil {
		return nil, err
	}
	// Not chromedp's own set of flags: it switches off what keeps pages apart.
	opts := []chromedp.ExecAllocatorOption{chromedp.ExecPath(path), chromedp.UserDataDir(profile), chromedp.NoSandbox,
		chromedp.Flag("headless", "new"), chromedp.Flag("proxy-server", "http://"+proxy.Addr().String()), chromedp.Flag("proxy-bypass-list", "<-loopback>"),
		chromedp.Flag("gaia-url", "http://127.0.0.1:9"), chromedp.Flag("disable-features", "OptimizationHints,OptimizationGuideModelDownloading,NetworkTimeServiceQuerying,MediaRouter,Translate,AutofillServerCommunication")}
	for _, quiet := range strings.Fields("disable-gpu no-first-run no-default-browser-check disable-background-networking disable-component-update disable-sync " +
		"disable-default-apps disable-extensions disable-component-extensions-with-background-pages disable-domain-reliability disable-dev-shm-usage mute-audio hide-scrollbars") {
		opts = append(opts, chromedp.Flag(quiet, true))
	}
	alloc, stopAlloc := chromedp.NewExecAllocator(context.Background(), opts...)
	ctx, stopTab := chromedp.NewContext(alloc)
	b.ctx = ctx
	b.stop = func() {
		stopTab()
		stopAlloc()
		proxy.Close()
		os.RemoveAll(profile)
	}
	if err := chromedp.Do(ctx); err != nil {
		b.stop()
		return nil, err
	}
	return b, nil
}

// refuse counts every connection but the updater's, and closes it.
func (b *browser) refuse(proxy net.Listener) {
	for {
		c, err := proxy.Accept()
		if err != nil {
			return
		}
		line := make([]byte, 200)
		n := 0
		if c.SetReadDeadline(time.Now().Add(time.Second)) == nil {
			n, _ = c.Read(line)
		}
		first, _, _ := strings.Cut(string(line[:n]), "\r\n")
		_, host, _ := strings.Cut(first, " ")
		host = strings.TrimPrefix(host, "http://")
		if !slices.ContainsFunc(updaters, func(u string) bool { return strings.HasPrefix(host, u) }) {
			b.sockets.Add(1)
			b.asked.Store(first, true)
		}
		c.Close()
	}
}

// tab is one page, with everything it said.
type tab struct {
	t   testing.TB
	ctx context.Context

	mu       sync.Mutex
	said     []string // console, log, exceptions, dialogs
	requests []string // that are not for the file itself
	dialogs  []string // by type
	chooser  chan *page.EventFileChooserOpened
}

func (b *browser) tab(t testing.TB) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 10*time.Minute)
	t.Cleanup(cancel)
	tb := &tab{t: t, ctx: ctx, chooser: make(chan *page.EventFileChooserOpened, 1)}
	if err := chromedp.Listen(ctx, tb.hear); err != nil {
		t.Fatal(err)
	}
	call(tb, network.Enable, network.EnableParams{})
	call(tb, log.Enable, cdp.Empty{})
	call(tb, runtime.Enable, cdp.Empty{})
	call(tb, page.Enable, page.EnableParams{})
	tb.do(chromedp.EmulateViewport(1280, 900))
	return tb
}

func (tb *tab) hear(ev any) {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	switch ev := ev.(type) {
	case *runtime.EventConsoleAPICalled:
		tb.said = append(tb.said, fmt.Sprintf("console: %s", ev.Type))
	case *runtime.EventExceptionThrown:
		tb.said = append(tb.said, "exception: "+ev.ExceptionDetails.Text)
	case *log.EventEntryAdded:
		// A page that a test changed by script, and not by hand, may not ask before it is left.
		if strings.HasPrefix(ev.Entry.Text, "Blocked attempt to show a 'beforeunload'") {
			return
		}
		tb.said = append(tb.said, "log: "+ev.Entry.Text)
	case *network.EventRequestWillBeSent:
		if u, err := url.Parse(ev.Request.URL); err != nil || u.Scheme != "file" && u.Scheme != "blob" {
			tb.requests = append(tb.requests, ev.Request.URL)
		}
	case *page.EventJavascriptDialogOpening:
		tb.dialogs = append(tb.dialogs, string(ev.Type))
		go func() { // the listener itself must not wait
			if _, err := chromedp.Call(tb.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true}); err != nil {
				tb.t.Error(err)
			}
		}()
	case *page.EventFileChooserOpened:
		select {
		case tb.chooser <- ev:
		default:
		}
	}
}

func (tb *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	tb.t.Helper()
	if err := chromedp.Do(tb.ctx, actions...); err != nil {
		tb.t.Fatal(err)
	}
}

func (tb *tab) open(file string) {
	tb.t.Helper()
	tb.do(chromedp.Navigate("file://"+filepath.ToSlash(file)), chromedp.WaitReady(chromedp.CSS("footer")))
}

// eval runs script, which may be a promise, and gives its value.
func eval[T any](tb *tab, script string) T {
	tb.t.Helper()
	out, err := chromedp.Run(tb.ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		tb.t.Fatal(err)
	}
	return out
}

// call runs one command of the protocol.
func call[P, R any](tb *tab, cmd cdp.Command[P, R], p P) R {
	tb.t.Helper()
	out, err := chromedp.Call(tb.ctx, cmd, p)
	if err != nil {
		tb.t.Fatal(err)
	}
	return out
}

// silent fails if the page said or asked for anything.
func (tb *tab) silent() {
	tb.t.Helper()
	tb.mu.Lock()
	defer tb.mu.Unlock()
	for _, s := range tb.said {
		tb.t.Errorf("the page said: %s", s)
	}
	for _, r := range tb.requests {
		tb.t.Errorf("the page asked for %.200s", r)
	}
	for _, d := range tb.dialogs {
		if d != "beforeunload" {
			tb.t.Errorf("a dialog: %s", d)
		}
	}
}

// closed fails if anything knocked at the proxy.
func (b *browser) closed(t testing.TB) {
	t.Helper()
	if n := b.sockets.Load(); n > 0 {
		b.asked.Range(func(k, _ any) bool { t.Errorf("asked: %v", k); return true })
		t.Errorf("%d connections", n)
	}
}

// build writes a report and gives its folder.
func build(t testing.TB, entries []*reports.Entry) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "report")
	people := html.NewPeople()
	if err := reportstest.PlayEntries(people, reportstest.Run(), entries); err != nil {
		t.Fatal(err)
	}
	h, err := html.New(dir, html.Options{Record: "uploads.habeas", People: people})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	if err := reportstest.PlayEntries(h, reportstest.Run(), entries); err != nil {
		t.Fatal(err)
	}
	return dir
}

// pagesOf lists the pages of a report, sorted.
func pagesOf(t testing.TB, dir string) []string {
	t.Helper()
	var out []string
	for _, pattern := range []string{"*.html", "owners/*.html", "people/*.html"} {
		found, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, found...)
	}
	slices.Sort(out)
	return out
}

// ownerPage is the page of the owner called name.
func ownerPage(t testing.TB, dir, name string) string {
	t.Helper()
	for _, p := range pagesOf(t, dir) {
		b, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(b), "<h1>Uploads of <bdi>"+name+"</bdi></h1>") {
			return p
		}
	}
	t.Fatalf("no page of %s", name)
	return ""
}

// quote is s as a literal of JavaScript.
func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		return `""`
	}
	return string(b)
}
