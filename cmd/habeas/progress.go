package main

import (
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"habeas/scanner"
)

// progress shows how far a scan is, on a terminal only.
type progress struct {
	bar *progressbar.ProgressBar // nil: nobody watches
}

func (a *app) progress(quiet bool) *progress {
	f, ok := a.stderr.(*os.File)
	if quiet || !ok || !term.IsTerminal(int(f.Fd())) {
		return &progress{}
	}
	return &progress{newBar(a.stderr)}
}

func newBar(w io.Writer) *progressbar.ProgressBar {
	return progressbar.NewOptions64(-1, progressbar.OptionSetWriter(w), progressbar.OptionSetDescription("listing"),
		progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString("objects"),
		progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish(), progressbar.OptionSetRenderBlankState(true))
}

// event implements scanner.Config.Progress. While the listing goes on the total
// is not known, and the bar is a count.
func (p *progress) event(e scanner.Event) {
	if p.bar == nil || e.Entry != nil && e.Recorded%64 != 0 {
		return
	}
	if !e.Listing && p.bar.GetMax64() != e.Listed {
		p.bar.ChangeMax64(e.Listed)
		p.bar.Describe("reading")
	}
	// What it fails on is drawing, which stops nothing.
	_ = p.bar.Set64(e.Carried + e.Recorded)
}

func (p *progress) end() {
	if p.bar != nil {
		_ = p.bar.Finish()
	}
}
