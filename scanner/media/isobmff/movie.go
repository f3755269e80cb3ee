package isobmff

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"habeas/scanner/media"
)

// errDone ends the row of a file's boxes early; it never leaves Walk.
var errDone = errors.New("the rest holds nothing to read")

const (
	// maxFetch is how much is read at once of a moov box, or of what follows the
	// first mdat, which mostly is one: a single request over a network. Longer
	// ones are read from header to header.
	maxFetch = 1 << 20
	// smallBox is a box worth no read of its own.
	smallBox = 64 << 10
	// maxFragments are looked at in a row before the index at the end of the
	// file is trusted that there is nothing but fragments.
	maxFragments = 3
)

// fetched is content with one run of its bytes in memory.
type fetched struct {
	r   io.ReaderAt
	off int64
	b   []byte
}

func (f *fetched) ReadAt(b []byte, off int64) (int, error) {
	if i := off - f.off; i >= 0 && i < int64(len(f.b)) && int64(len(b)) <= int64(len(f.b))-i {
		return copy(b, f.b[i:]), nil
	}
	return f.r.ReadAt(b, off)
}

// fetch reads n bytes at off into memory, for the headers that are looked at next.
func (w *walk) fetch(off, n int64) error {
	b, err := media.ReadUpTo(w.r, off, n, w.win.Size)
	if err != nil {
		return err
	}
	w.win = media.Window{R: &fetched{r: w.r, off: off, b: b}, Size: w.win.Size}
	return nil
}

// behind prepares for what follows an mdat box when no moov came before it.
func (w *walk) behind(b box) error {
	left := w.win.Size - b.end
	if w.movie || w.fetched || left <= 0 || b.size() < smallBox {
		return nil
	}
	w.fetched = true
	return w.fetch(b.end, min(left, maxFetch))
}

// fragment steps over the parts of a fragmented file (8.8). When a few came and
// the file ends with an index of them (8.8.10, 8.8.11), the rest is skipped:
// it would be one read each.
func (w *walk) fragment(b box) error {
	if w.fragments++; w.fragments != maxFragments || !w.movie {
		return w.descend("moof", b, 2)
	}
	h, err := w.win.At(w.win.Size-16, 16)
	if err != nil || len(h) < 16 || string(h[4:8]) != "mfro" {
		return err
	}
	if index := int64(binary.BigEndian.Uint32(h[12:])); index < w.win.Size-b.end {
		return errDone
	}
	return nil
}

// moov reads the movie box (8.2.1).
func (w *walk) moov(b box) error {
	w.movie = true
	if f, ok := w.win.R.(*fetched); b.size() <= maxFetch && !(ok && f.off <= b.body && b.end <= f.off+int64(len(f.b))) && b.size() > 4<<10 {
		if err := w.fetch(b.body, b.size()); err != nil {
			return err
		}
	}
	return w.children("moov", b.body, b.end, 2, func(c box) error {
		switch c.kind {
		case "trak":
			w.traks++
			return w.trak(fmt.Sprintf("moov/trak[%d]", w.traks), c)
		case "udta":
			return w.userData("moov/udta", c, 3)
		case "meta":
			return w.meta("moov/meta", c, 3)
		case "uuid":
			return w.uuid("moov/uuid", c, 3)
		case "XMP_":
			return w.section("moov/xmp", c.body, c.end)
		case "cmov":
			w.v.Problem("moov", media.Unsupported) // a compressed movie header, of the nineties
		}
		return w.descend("moov", c, 3)
	})
}

// containers are boxes that hold only boxes and nothing to read: they are gone
// through to see that they are sound.
var containers = map[string]bool{"edts": true, "dinf": true, "gmhd": true, "mvex": true, "tref": true, "traf": true, "mfra": true, "clip": true, "matt": true, "minf": true, "mdia": true, "stbl": true, "trak": true, "udta": true, "moov": true}

func (w *walk) descend(path string, b box, depth int) error {
	if b.kind != "moof" && !containers[b.kind] {
		return nil
	}
	return w.children(path, b.body, b.end, depth, func(c box) error { return w.descend(path, c, depth+1) })
}

// uuid reads the boxes that say by 16 bytes what they are.
func (w *walk) uuid(path string, b box, depth int) error {
	switch b.uuid {
	case uuidXMP:
		return w.section(path+"/xmp", b.body, b.end)
	case uuidCanon:
		return w.canon(path, b, depth)
	case uuidPreview:
		if b.size() > 8 { // a count stands before the box
			b.body += 8
			return w.canon(path, b, depth)
		}
	}
	return nil
}

// id32 hands on ID3 in a box (mp4ra.org): version and flags, language, tag.
func (w *walk) id32(path string, b box) error {
	return w.section(path, b.body+6, b.end)
}

// xml hands on the document of an xml box (8.11.2). Sony's cameras say there who
// they are.
func (w *walk) xml(path string, b box) error {
	off := b.body + 4
	d, err := media.ReadUpTo(w.r, off, min(b.end-off, 1<<20), w.win.Size)
	if err != nil || len(d) == 0 {
		return err
	}
	tags, sony := nonRealTimeMeta(d)
	if err := w.part(path, tags); err != nil || sony {
		return err
	}
	if strings.Contains(string(d[:min(len(d), 1<<10)]), "<x:xmpmeta") {
		path = strings.TrimSuffix(path, "/xml") + "/xmp"
	}
	return w.section(path, off, b.end)
}
