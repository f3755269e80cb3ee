// Package ebml reads Matroska and WebM (RFC 9559), which are written in EBML (RFC
// 8794): general information, tags, chapters and attached files, found through the
// index at the start of the file (SeekHead) wherever they stand. Of the streams
// only text subtitles of short files are read.
//
// element.go reads EBML and knows no element; segment.go finds the parts of a
// segment and reads them; subtitles.go goes through clusters.
package ebml

import (
	"bytes"
	"io"

	"habeas/scanner/media"
)

// New gives the format.
func New() media.Format { return format{} }

type format struct{}

var _ media.Format = format{}
var _ media.Describer = format{}

// Name implements media.Format.
func (format) Name() string { return "ebml" }

// Describe implements media.Describer.
func (format) Describe() media.Description {
	return media.Description{
		Title: "Matroska, WebM",
		Types: "video/x-matroska, audio/x-matroska, video/webm, audio/webm",
		Reads: "segment information, tags, chapters, names of tracks, attached files and covers; text subtitles of files up to 32 MiB",
		Not:   "subtitles of longer files, which are called unsupported; tags behind the clusters of a file without index, unless they stand near its end",
	}
}

// mark begins every EBML document.
const mark = "\x1a\x45\xdf\xa3"

// Match implements media.Format.
func (format) Match(head []byte) bool { return bytes.HasPrefix(head, []byte(mark)) }

// maxHeader is far above what an EBML header takes, which is about 40 bytes.
const maxHeader = 64 << 10

// Walk implements media.Format.
func (format) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	w := &walk{win: media.Window{R: r, Size: size}, r: r, v: v, visited: map[int64]bool{}}
	e, why, err := w.element(0, size)
	switch {
	case err != nil:
		return err
	case e.id == 0:
		v.Problem("", why)
		return nil
	case e.unknown || why != "" && e.claimed > maxHeader:
		v.Problem("", media.Corrupt)
		return nil
	case why != "":
		v.Problem("", why)
		return nil
	}
	// Nothing is read from the header, but one that is damaged tells of a file that is.
	if err := w.children("ebml", e, 1, func(element) error { return nil }); err != nil {
		return err
	}
	segments := 0
	for off := e.end; off < size; {
		e, why, err := w.element(off, size)
		if err != nil {
			return err
		}
		if e.id == 0 {
			v.Problem("", why)
			return nil
		}
		if e.id != idSegment {
			if why != "" || segments == 0 && e.id != idVoid && e.id != idEBML && e.id != idCRC {
				v.Problem("", media.Corrupt)
				return nil
			}
			off = e.end
			continue
		}
		if segments++; segments > maxSegments {
			v.Problem("", media.LimitCount)
			return nil
		}
		if why != "" {
			w.cut = true
			v.Problem("", why)
		}
		if err := w.segment(e); err != nil {
			return err
		}
		off = e.end
	}
	if segments == 0 {
		v.Problem("", media.Truncated)
	}
	return nil
}

// maxSegments of one file; nearly all have one.
const maxSegments = 64

// walk is the state of one Walk.
type walk struct {
	win     media.Window
	r       io.ReaderAt
	v       media.Visitor
	cut     bool // the file ends before its segment does
	visited map[int64]bool
	files   int
	steps   int // elements of the whole file
	tags    int
	texts   map[uint64]bool // tracks of text subtitles, by number
	tracks  int
}
