package jpeg

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"habeas/scanner/media"
)

// Motion photos: a phone appends a video of the seconds around the picture, and
// says so in XMP. Google's first form gives its distance from the end of the file
// (MicroVideoOffset, with some writers MotionPhotoOffset), the second a list of everything that was appended, in order
// (Container:Directory, "Motion photo format 1.0" on developer.android.com);
// Samsung uses both. The list also names depth and gain maps, and with some
// effects the original picture.

// appended is one item of the list.
type appended struct {
	semantic, mime string
	length         int64
}

// Bounds of the list: real ones have two to six items.
const (
	maxAppended = 32
	maxPacket   = 1 << 20
)

// words that an announcement can't do without.
var announcing = [][]byte{[]byte("MicroVideo"), []byte("MotionPhoto"), []byte(":Semantic")}

// announced hands on what XMP announces.
func (w *walk) announced() error {
	for i := range w.blocks {
		b := &w.blocks[i]
		if b.kind != xmpBlock || len(b.pieces) == 0 {
			continue
		}
		p := b.pieces[0]
		if ok, err := w.mentions(p); err != nil {
			return err
		} else if !ok {
			continue
		}
		packet, err := media.ReadUpTo(w.r, p.off, min(p.n, maxPacket), w.size)
		if err != nil {
			return err
		}
		if err := w.appendices(packet); err != nil {
			return err
		}
	}
	return nil
}

// mentions looks through a packet page by page, without copying it.
func (w *walk) mentions(p piece) (bool, error) {
	const overlap = 16
	for off, end := p.off, p.off+min(p.n, maxPacket); off < end; {
		b, err := w.win.At(off, int(min(end-off, media.HeadSize)))
		if err != nil || len(b) == 0 {
			return false, err
		}
		for _, word := range announcing {
			if bytes.Contains(b, word) {
				return true, nil
			}
		}
		if off += int64(len(b)); off < end {
			off -= overlap
		}
	}
	return false, nil
}

// appendices finds each appended item from the end of the file backwards.
func (w *walk) appendices(packet []byte) error {
	list := directoryOf(packet)
	end := w.size
	for i := len(list) - 1; i > 0 && end > 0; i-- { // the first is the picture itself
		it := &list[i]
		start := end - it.length
		if it.length <= 0 || start <= 0 {
			break
		}
		if err := w.appendix(it, i+1, start, end); err != nil {
			return err
		}
		end = start
	}
	for _, name := range [...]string{"MicroVideoOffset", "MotionPhotoOffset"} {
		n, _ := property(packet, name)
		if off, err := strconv.ParseInt(n, 10, 64); err == nil && off > 0 && off < w.size {
			return w.video(w.size-off, w.size)
		}
	}
	return nil
}

// appendix hands on one item.
func (w *walk) appendix(it *appended, i int, start, end int64) error {
	if it.semantic == "MotionPhoto" || strings.HasPrefix(it.mime, "video/") {
		return w.video(start, end)
	}
	if ok, err := w.startsJPEG(start); err != nil || !ok {
		return err
	}
	path := fmt.Sprintf("trailer/item[%d]", i)
	switch it.semantic {
	case "GainMap":
		path = "trailer/gain-map"
	case "Depth":
		path = "trailer/depth-map"
	case "Original":
		path = "trailer/original"
		if err := media.HiddenCopy(w.v, path, media.HiddenOriginal, "XMP names it as the original of the picture"); err != nil {
			return err
		}
	}
	return w.give(path, start, end-start)
}

// leeway is how far from where it should be a video is looked for: a phone's own
// notes may stand around it.
const leeway = 2 << 10

// video hands on the video that begins at about start.
func (w *walk) video(start, end int64) error {
	at := start
	b, err := w.win.At(start, 12)
	if err != nil {
		return err
	}
	if !isVideo(b) {
		from := max(0, start-leeway)
		if b, err = w.win.At(from, 2*leeway); err != nil {
			return err
		}
		i := bytes.Index(b, []byte("ftyp"))
		if i < 4 || !isVideo(b[i-4:]) {
			return nil // it was cut off: the announcement alone is left
		}
		at = from + int64(i) - 4
	}
	if at >= end || w.within(at) {
		return nil
	}
	if end, err = w.videoEnd(at, end); err != nil {
		return err
	}
	const path = "trailer/motion-photo"
	if err := media.HiddenCopy(w.v, path, media.HiddenVideo, fmt.Sprintf("XMP announces it, %d bytes at the end of the file", end-at)); err != nil {
		return err
	}
	return w.give(path, at, end-at)
}

// maxVideoBoxes bounds the boxes that are looked at for the end of a video.
const maxVideoBoxes = 64

// videoEnd is where the boxes of a video that starts at off end, at most end: a
// phone's private notes may follow them.
func (w *walk) videoEnd(off, end int64) (int64, error) {
	for range maxVideoBoxes {
		b, err := w.win.At(off, 16)
		if err != nil || len(b) < 8 {
			return end, err
		}
		if !topBox(string(b[4:8])) {
			return off, nil
		}
		size := int64(binary.BigEndian.Uint32(b))
		if size == 1 && len(b) == 16 {
			size = int64(min(binary.BigEndian.Uint64(b[8:]), 1<<62))
		}
		if size < 8 || size >= end-off {
			return end, nil
		}
		off += size
	}
	return end, nil
}

// topBox tells the boxes that a video file is made of (ISO/IEC 14496-12, table 1).
func topBox(kind string) bool {
	switch kind {
	case "ftyp", "moov", "mdat", "free", "skip", "wide", "uuid", "meta", "udta", "moof", "mfra", "sidx", "styp", "pnot", "pdin", "emsg":
		return true
	}
	return false
}

func isVideo(b []byte) bool { return len(b) >= 8 && string(b[4:8]) == "ftyp" }

// directoryOf reads the list, whose items may be attributes or elements.
func directoryOf(packet []byte) (list []appended) {
	_, b, ok := bytes.Cut(packet, []byte("Directory>"))
	if !ok {
		return nil
	}
	b, _, _ = bytes.Cut(b, []byte("Directory>"))
	for _, s := range bytes.SplitN(b, []byte("<rdf:li"), maxAppended+2)[1:] {
		var it appended
		semantic, ok := property(s, "Semantic")
		if !ok || len(list) == maxAppended {
			continue
		}
		it.semantic = semantic
		it.mime, _ = property(s, "Mime")
		if n, ok := property(s, "Length"); ok {
			it.length, _ = strconv.ParseInt(n, 10, 64)
		}
		list = append(list, it)
	}
	return list
}

// property is the value of the first property of that local name in some RDF,
// written as an attribute or as an element.
func property(b []byte, name string) (string, bool) {
	for {
		i := bytes.Index(b, []byte(":"+name))
		if i < 0 {
			return "", false
		}
		b = b[i+1+len(name):]
		rest := bytes.TrimLeft(b, " \t\r\n")
		switch {
		case len(rest) > 1 && rest[0] == '=':
			if rest = bytes.TrimLeft(rest[1:], " \t\r\n"); len(rest) > 1 && (rest[0] == '"' || rest[0] == '\'') {
				if end := bytes.IndexByte(rest[1:], rest[0]); end >= 0 {
					return string(bytes.TrimSpace(rest[1 : 1+end])), true
				}
			}
		case len(rest) > 0 && rest[0] == '>':
			if end := bytes.IndexByte(rest, '<'); end > 0 {
				return string(bytes.TrimSpace(rest[1:end])), true
			}
		}
	}
}
