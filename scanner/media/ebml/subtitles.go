package ebml

import (
	"strings"

	"habeas/scanner/media"
)

const (
	// maxSubtitled is how long a file may be whose clusters are gone through for
	// subtitles: they lie between pictures and sound, all over it.
	maxSubtitled = 32 << 20
	// maxLine is how much of one subtitle is read.
	maxLine = 64 << 10

	idBlockGroup  = 0xa0
	idBlock       = 0xa1
	idSimpleBlock = 0xa3
	idTimestamp   = 0xe7
)

// subtitles reads the text tracks of a short segment as running text.
func (w *walk) subtitles(s, first element) error {
	if len(w.texts) == 0 || first.id == 0 {
		return nil
	}
	if s.size() > maxSubtitled {
		w.v.Problem("subtitles", media.Unsupported)
		w.texts = nil
		return nil
	}
	text := media.NewRunning(w.v, "subtitles")
	err := w.clusters(s, first.off, text)
	w.texts = nil
	if end := text.End(); err == nil {
		err = end
	}
	return err
}

// clusters goes through all clusters of s from off. Those without a length end at
// the next one, so that their blocks are taken for blocks of the segment.
func (w *walk) clusters(s element, off int64, text *media.Running) error {
	for off < s.end {
		if w.steps++; w.steps > maxSteps {
			w.v.Problem("subtitles", media.LimitCount)
			return nil
		}
		e, why, err := w.element(off, s.end)
		if err != nil {
			return err
		}
		switch {
		case e.id == 0 || e.unknown && e.id != idCluster:
			if why != "" && !w.cut {
				w.v.Problem("subtitles", why)
			}
			return nil
		case e.id == idCluster || e.id == idBlockGroup: // into it
			off = e.body
			continue
		case e.id == idSimpleBlock || e.id == idBlock:
			if err := w.block(e, text); err != nil {
				return err
			}
		}
		off = e.end
	}
	return nil
}

// block reads a block of one of the text tracks (10.1): number, time, flags, text.
func (w *walk) block(e element, text *media.Running) error {
	h, err := w.win.At(e.body, int(min(e.size(), 12)))
	if err != nil {
		return err
	}
	number, n := vint(h, false)
	if n == 0 || !w.texts[number] || e.size() <= int64(n+3) {
		return nil
	}
	at := e.body + int64(n+3)
	d, err := media.ReadUpTo(w.r, at, min(e.end-at, maxLine), w.win.Size)
	if err != nil {
		return err
	}
	text.WriteString(strings.TrimRight(string(d), "\x00\r\n") + "\n")
	return nil
}
