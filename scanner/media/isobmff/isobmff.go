// Package isobmff walks the boxes of ISO base media files (ISO/IEC 14496-12) and
// of QuickTime files, from which they come: pictures (HEIF, ISO/IEC 23008-12:
// HEIC, AVIF), movies and sound (MOV, MP4, M4A, 3GP), and Canon's CR3. It reads
// box headers and the boxes, items and tracks that hold metadata, wherever in the
// file they lie; coded pictures and sound are stepped over, never read.
//
// box.go is the box walker and knows no box; items.go finds what a meta box says
// of items, movie.go goes through a moov box, userdata.go and list.go read the
// fields in it, track.go finds the samples of tracks that hold text, subtitles.go
// or positions, which are in telemetry.go, gopro.go and others; frames.go takes key frames out
// where pixels are looked at.
package isobmff

import (
	"bytes"
	"encoding/binary"
	"io"
	"strings"

	"habeas/detectors"
	"habeas/scanner/media"
)

// uuidXMP is be7acfcb-97a9-42e8-9c71-999491e3afac (XMP part 3, 1.1.4).
const uuidXMP = "\xbe\x7a\xcf\xcb\x97\xa9\x42\xe8\x9c\x71\x99\x94\x91\xe3\xaf\xac"

// New gives the format.
func New() media.Format { return format{} }

type format struct{}

var _ media.Format = format{}
var _ media.Describer = format{}

// Name implements media.Format.
func (format) Name() string { return "isobmff" }

// Describe implements media.Describer.
func (format) Describe() media.Description {
	return media.Description{
		Title: "HEIC, HEIF, AVIF, MP4, MOV, M4A, 3GP, CR3",
		Types: "image/heic, image/heif, image/avif, image/heic-sequence, image/heif-sequence, video/mp4, video/quicktime, audio/mp4, video/3gpp, video/3gpp2, image/x-canon-cr3",
		Reads: "Exif and XMP items, XMP in uuid boxes, descriptions of pictures (udes), the video of a motion photo; pictures under a crop or an overlay are told of; user data, iTunes and QuickTime metadata with cover art, Canon's and GoPro's blocks, subtitles, first and last position of GPS tracks (GoPro, camm, Apple, Sony, DJI subtitles)",
		Not:   "content credentials (C2PA); positions between the first and the last of a long GPS track; tracks in fragments; closed captions inside the picture",
	}
}

// Match implements media.Format. QuickTime files need no ftyp box: what begins
// with one of the boxes that start such a file is taken too.
func (format) Match(head []byte) bool {
	if len(head) < 8 {
		return false
	}
	size, kind := binary.BigEndian.Uint32(head), string(head[4:8])
	switch kind {
	case "ftyp":
		t := media.BrandType(head)
		if t == "" { // some brand that nobody told us of
			return len(head) < 12 || size >= 12 && size <= media.HeadSize && size%4 == 0
		}
		return !strings.HasPrefix(t, "image/jp") && t != "video/mj2"
	case "moov", "mdat", "pnot":
		return size == 0 || size == 1 || size >= 8 && !letters(head[:4])
	case "wide", "free", "skip":
		return size >= 8 && size < 1<<20 && follows(head, int64(size))
	}
	return false
}

// letters: a size of letters is a text by chance.
func letters(b []byte) bool {
	for _, c := range b {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return true
}

// follows tells whether a box that only fills space is followed by one of a
// movie, as far as head shows.
func follows(head []byte, size int64) bool {
	if size+8 > int64(len(head)) {
		return size > media.HeadSize-8
	}
	switch string(head[size+4 : size+8]) {
	case "moov", "mdat", "free", "wide", "skip", "ftyp", "pnot":
		return true
	}
	return false
}

// Walk implements media.Format.
func (format) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	w := walk{win: media.Window{R: r, Size: size}, r: r, v: v}
	if err := w.children("", 0, size, 1, w.top); err != nil && err != errDone {
		return err
	}
	if !w.content && !w.broken {
		w.v.Problem("", media.Truncated) // what says what the file holds never came
	}
	// Only now is it known whether the file was cut: what a meta box points at
	// and nobody finds is then called truncated, otherwise corrupt.
	for _, b := range w.metas {
		if err := w.meta("meta", b, 2); err != nil {
			return err
		}
	}
	if err := w.tracks(); err != nil {
		return err
	}
	return w.frames()
}

// walk is the state of one Walk.
type walk struct {
	win    media.Window
	r      io.ReaderAt // the content; win may read a part of it from memory
	v      media.Visitor
	budget *media.Budget
	metas  []box // of the file
	cut    bool  // the file ends before its boxes do
	broken bool  // a Problem was told of a row of boxes
	pixels bool  // limit.pixels was told
	steps  int   // of putting items together
	joined int64 // bytes of items that were put together
	given  map[span]bool

	content   bool  // a box was seen that says what is in the file
	movie     bool  // a moov box was seen
	samples   int64 // where the samples of a CR3 begin, if nothing stands behind them
	cutoff    bool  // the file ends inside of these
	fetched   bool  // bytes behind the first mdat were read at once
	fragments int
	list      []track // those that hold text or positions
	traks     int
	film      *filmTables // of the first track of pictures
	lines     int64       // bytes of subtitles read so far
}

// freeBefore is what may stand before the samples of a CR3: a free box aligns them.
const freeBefore = 256

// top takes a box of the file itself.
func (w *walk) top(b box) error {
	switch b.kind {
	case "ftyp", "styp", "mdat", "free", "skip", "wide", "pnot":
	default:
		w.content = true
	}
	switch b.kind {
	case "meta":
		w.metas = append(w.metas, b)
	case "moov":
		return w.moov(b)
	case "mdat":
		return w.behind(b)
	case "moof":
		return w.fragment(b)
	case "udta": // some writers put it here
		return w.userData("udta", b, 2)
	case "uuid":
		if err := w.uuid("uuid", b, 2); err != nil || b.end > w.samples || b.end < w.samples-freeBefore {
			return err
		}
		if w.cutoff {
			w.broken = true
			w.v.Problem("", media.Truncated)
		}
		return errDone
	case "mpvd": // a motion photo's video
		if err := media.HiddenCopy(w.v, "mpvd", media.HiddenVideo, "it has a box of its own beside the picture"); err != nil {
			return err
		}
		return w.section("mpvd", b.body, b.end)
	}
	return nil
}

func (w *walk) section(path string, off, end int64) error {
	if end <= off {
		return nil
	}
	return w.v.Nested(path, io.NewSectionReader(w.r, off, end-off))
}

func (w *walk) memory(path string, d []byte) error {
	if len(d) == 0 {
		return nil
	}
	return w.v.Nested(path, io.NewSectionReader(bytes.NewReader(d), 0, int64(len(d))))
}

// part hands out fields, if there are any.
func (w *walk) part(path string, tags []detectors.Tag) error {
	if len(tags) == 0 {
		return nil
	}
	return w.v.Part(&detectors.Part{Path: path, Tags: tags, Off: -1})
}

// meta reads a MetaBox (8.11.1), or Apple's atom of that name, which has no
// version and flags. Its children may come in any order, so they are looked up
// first.
func (w *walk) meta(path string, b box, depth int) error {
	off := b.body + 4 // version and flags
	if h, err := w.win.At(b.body, 8); err != nil {
		return err
	} else if len(h) == 8 && !zeros(h[:4]) {
		off = b.body
	}
	var t tables
	err := w.children(path, off, b.end, depth, func(c box) error {
		switch c.kind {
		case "iinf":
			t.iinf = c
		case "iloc":
			t.iloc = c
		case "iref":
			t.iref = c
		case "idat":
			t.idat = c
		case "keys":
			t.keys = c
		case "ilst":
			t.ilst = c
		case "pitm":
			t.pitm = c
		case "iprp":
			t.iprp = c
			return w.properties(c, depth+1)
		case "meta":
			return w.meta(path, c, depth+1)
		case "udta":
			return w.userData(path+"/udta", c, depth+1)
		case "uuid":
			return w.uuid(path+"/uuid", c, depth+1)
		case "xml ":
			return w.xml(path+"/xml", c)
		case "ID32":
			return w.id32(path+"/id3", c)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := w.itemList(path, t.keys, t.ilst, depth+1); err != nil {
		return err
	}
	if err := w.shown(path, &t, depth+1); err != nil {
		return err
	}
	return w.items(&t)
}

// properties reads ipco inside iprp (ISO/IEC 23008-12, 9.3).
func (w *walk) properties(b box, depth int) error {
	return w.children("meta", b.body, b.end, depth, func(c box) error {
		if c.kind != "ipco" {
			return nil
		}
		return w.children("meta", c.body, c.end, depth+1, w.property)
	})
}

func (w *walk) property(b box) error {
	switch b.kind {
	case "ispe": // 6.5.3: version and flags, width, height
		h, err := w.win.At(b.body, 12)
		if err != nil || len(h) < 12 || b.size() < 12 || w.pixels {
			return err
		}
		if uint64(binary.BigEndian.Uint32(h[4:]))*uint64(binary.BigEndian.Uint32(h[8:])) > media.MaxPixels {
			w.pixels = true
			w.v.Problem("", media.LimitPixels)
		}
	case "udes": // 6.5.20: version and flags, then language, name, description, tags
		d, err := media.ReadUpTo(w.win.R, b.body, min(b.size(), 1<<20), w.win.Size)
		if err != nil || len(d) < 4 {
			return err
		}
		var tags []detectors.Tag
		for i, s := range bytes.SplitN(d[4:], []byte{0}, 5) {
			v := strings.TrimSpace(strings.ToValidUTF8(string(bytes.Trim(s, "\x00")), "\uFFFD"))
			if name := [...]string{"", "Name", "Description", "Tags", ""}[i]; name != "" && v != "" {
				tags = append(tags, detectors.Tag{Group: "HEIF", Name: name, Value: v})
			}
		}
		if len(tags) > 0 {
			return w.part("meta/udes", tags)
		}
	}
	return nil
}
