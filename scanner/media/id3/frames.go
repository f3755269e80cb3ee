package id3

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"io"

	"habeas/detectors"
	"habeas/scanner/media"
)

const (
	// maxFrame is how much of one frame of text is read.
	maxFrame = 1 << 20
	// maxChapters is how deep frames stand in frames: a chapter in a table.
	maxChapters = 2
)

// body is the frames of one tag: bytes of the file, or of memory where the tag
// was changed for players that took parts of it for sound.
type body struct {
	win     *media.Window
	off     int64
	end     int64
	version byte
	unsync  bool // of single frames, in version 4
	cut     bool // the file ends before the tag does
	path    string
}

// tag reads the ID3v2 tag at off, whose header begins h, and gives its length as
// far as it is present.
func (w *walk) tag(off int64, h []byte) (int64, error) {
	if len(h) < 10 {
		w.v.Problem("v2", media.Truncated)
		return w.size - off, nil
	}
	version, flags, n := h[3], h[5], synchsafe(h[6:])+10
	if (h[6]|h[7]|h[8]|h[9])&0x80 != 0 {
		w.v.Problem("v2", media.Corrupt)
	}
	b := body{win: &w.win, off: off + 10, end: off + n, version: version, path: "v2"}
	if b.end > w.size {
		w.v.Problem("v2", media.Truncated)
		b.end, b.cut = w.size, true
	}
	whole := b.end - off
	if version == 4 && flags&0x10 != 0 { // a footer
		whole = min(whole+10, w.size-off)
	}
	switch {
	case version < 2 || version > 4 || version == 2 && flags&0x40 != 0:
		w.v.Problem("v2", media.Unsupported)
		return whole, nil
	case version == 4:
		b.unsync = flags&0x80 != 0
	case flags&0x80 != 0:
		if b.end-b.off > media.MaxBlock {
			w.v.Problem("v2", media.LimitBytes)
		}
		d, err := media.ReadUpTo(w.r, b.off, min(b.end-b.off, media.MaxBlock), w.size)
		if err != nil {
			return 0, err
		}
		b.memory(resync(d))
	}
	if version > 2 && flags&0x40 != 0 {
		if err := w.skipExtended(&b); err != nil {
			return 0, err
		}
	}
	var tags []detectors.Tag
	tags, err := w.row(tags, &b, 0)
	if err != nil {
		return 0, err
	}
	return whole, w.part("v2", tags)
}

func (b *body) memory(d []byte) {
	b.win = &media.Window{R: bytes.NewReader(d), Size: int64(len(d))}
	b.off, b.end = 0, int64(len(d))
}

// synchsafe is a number of four times seven bits.
func synchsafe(b []byte) int64 {
	return int64(b[0]&0x7f)<<21 | int64(b[1]&0x7f)<<14 | int64(b[2]&0x7f)<<7 | int64(b[3]&0x7f)
}

// resync takes out the zeros that stand after bytes of 255 (2.4, 6.1).
func resync(d []byte) []byte {
	out := make([]byte, 0, len(d))
	for i := 0; i < len(d); i++ {
		out = append(out, d[i])
		if d[i] == 0xff && i+1 < len(d) && d[i+1] == 0 {
			i++
		}
	}
	return out
}

// skipExtended steps over the extended header (2.3, 3.2; 2.4, 3.2).
func (w *walk) skipExtended(b *body) error {
	h, err := b.win.At(b.off, 4)
	if err != nil || len(h) < 4 {
		return err
	}
	n := int64(binary.BigEndian.Uint32(h)) + 4
	if b.version == 4 {
		n = synchsafe(h)
	}
	if n > b.end-b.off || n < 4 {
		w.v.Problem("v2", media.Corrupt)
		return nil // frames may follow all the same; if not it is told once more
	}
	b.off += n
	return nil
}

// frame is one frame of a tag.
type frame struct {
	id    string // of four letters; those of version 2 are brought into that form
	off   int64
	size  int64
	flags byte
}

// row goes through the frames of b.
func (w *walk) row(tags []detectors.Tag, b *body, depth int) ([]detectors.Tag, error) {
	for b.off < b.end {
		if w.frames++; w.frames > media.MaxMembers*2 {
			w.v.Problem(b.path, media.LimitCount)
			return tags, nil
		}
		f, ok, err := w.header(b)
		if err != nil || !ok {
			return tags, err
		}
		b.off = f.off + f.size
		if tags, err = w.frame(tags, b, f, depth); err != nil {
			return tags, err
		}
	}
	return tags, nil
}

// header reads the head of the frame at b.off; ok is false at the end of the
// row: where padding begins, or what can't be a frame.
func (w *walk) header(b *body) (f frame, ok bool, err error) {
	head := 10
	if b.version == 2 {
		head = 6
	}
	h, err := b.win.At(b.off, int(min(int64(head), b.end-b.off)))
	if err != nil || len(h) == 0 || h[0] == 0 {
		return f, false, err
	}
	if len(h) < head {
		if !b.cut && len(bytes.Trim(h, "\x00 \xff")) > 0 {
			w.v.Problem(b.path, media.Corrupt)
		}
		return f, false, nil
	}
	letters := 4
	if b.version == 2 {
		letters = 3
	}
	f.id, f.off = string(h[:letters]), b.off+int64(head)
	switch b.version {
	case 2:
		f.size = int64(h[3])<<16 | int64(h[4])<<8 | int64(h[5])
	case 3:
		f.size, f.flags = int64(binary.BigEndian.Uint32(h[4:])), h[9]
	default:
		size := [4]byte(h[4:8])
		f.flags = h[9]
		if f.size, err = w.size4(b, size); err != nil {
			return f, false, err
		}
	}
	if letters == 4 && f.id[3] == 0 { // a name of version 2 in a later tag
		f.id = f.id[:3]
	}
	if !isID(f.id) {
		w.v.Problem(b.path, media.Corrupt)
		return f, false, nil
	}
	if n := old[f.id]; n != "" {
		f.id = n
	}
	if f.size > b.end-f.off {
		if !b.cut {
			w.v.Problem(b.path, media.Corrupt)
		}
		f.size = b.end - f.off
	}
	return f, true, nil
}

// size4 reads a length of version 4: synchsafe, but for writers that did not
// know. Where both readings differ, the one that ends at a frame, at padding or
// at the end of the tag is right.
func (w *walk) size4(b *body, d [4]byte) (int64, error) {
	safe, plain := synchsafe(d[:]), int64(binary.BigEndian.Uint32(d[:]))
	if safe == plain {
		return safe, nil
	}
	if (d[0]|d[1]|d[2]|d[3])&0x80 != 0 {
		return plain, nil
	}
	for _, n := range []int64{safe, plain} {
		at := b.off + 10 + n
		if at == b.end {
			return n, nil
		}
		if at > b.end {
			continue
		}
		h, err := w.peek(b, at)
		if err != nil {
			return 0, err
		}
		if len(h) == 4 && (isID(string(h)) || string(h) == "\x00\x00\x00\x00") {
			return n, nil
		}
	}
	return safe, nil
}

// peek reads four bytes without moving the window.
func (w *walk) peek(b *body, at int64) ([]byte, error) {
	return media.ReadUpTo(b.win.R, at, 4, b.win.Size)
}

func isID(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return false
		}
	}
	return len(s) >= 3
}

// frame reads one frame.
func (w *walk) frame(tags []detectors.Tag, b *body, f frame, depth int) ([]detectors.Tag, error) {
	if f.size == 0 || !known(f.id) {
		return tags, nil
	}
	in := *b
	in.off, in.end = f.off, f.off+f.size
	plain, err := w.unpack(&in, f)
	if err != nil || !plain {
		return tags, err
	}
	switch f.id {
	case "APIC", "GEOB", "RVA2":
		return tags, w.attached(&in, f.id)
	case "CHAP", "CTOC":
		return w.chapter(tags, &in, f.id, depth)
	}
	n := in.end - in.off
	if n > maxFrame {
		w.v.Problem(b.path, media.LimitBytes)
		n = maxFrame
	}
	var d []byte
	if n <= 1<<10 {
		d, err = in.win.At(in.off, int(n))
	} else {
		d, err = media.ReadUpTo(in.win.R, in.off, n, in.win.Size)
	}
	if err != nil || len(d) == 0 {
		return tags, err
	}
	if f.id == "PRIV" {
		if owner, packet, ok := bytes.Cut(d, []byte{0}); ok && string(owner) == "XMP" {
			return tags, w.v.Nested(b.path+"/xmp", io.NewSectionReader(bytes.NewReader(bytes.Clone(packet)), 0, int64(len(packet))))
		}
	}
	return values(tags, f.id, d), nil
}

// unpack undoes what the flags of a frame say was done to it (2.3, 3.3.1; 2.4,
// 4.1). ok is false where it can't be read.
func (w *walk) unpack(in *body, f frame) (ok bool, err error) {
	var skip int64
	packed, locked, unsync := false, false, false
	switch in.version {
	case 3:
		packed, locked = f.flags&0x80 != 0, f.flags&0x40 != 0
		if packed {
			skip += 4
		}
		if f.flags&0x20 != 0 {
			skip++
		}
	case 4:
		packed, locked, unsync = f.flags&0x08 != 0, f.flags&0x04 != 0, f.flags&0x02 != 0 || in.unsync
		if f.flags&0x40 != 0 {
			skip++
		}
		if f.flags&0x01 != 0 {
			skip += 4
		}
	}
	if locked {
		w.v.Problem(in.path, media.Encrypted)
		return false, nil
	}
	if in.off += skip; in.off >= in.end {
		w.v.Problem(in.path, media.Corrupt)
		return false, nil
	}
	if !packed && !unsync {
		return true, nil
	}
	if in.end-in.off > media.MaxBlock {
		w.v.Problem(in.path, media.LimitBytes)
		return false, nil
	}
	d, err := media.ReadUpTo(in.win.R, in.off, in.end-in.off, in.win.Size)
	if err != nil {
		return false, err
	}
	if unsync {
		d = resync(d)
	}
	if packed {
		d = w.inflate(in.path, d)
	}
	in.memory(d)
	return len(d) > 0, nil
}

func (w *walk) inflate(path string, d []byte) []byte {
	if w.budget == nil {
		w.budget = media.BudgetOf(w.v)
	}
	z, err := media.NewInflater(w.budget, bytes.NewReader(d), func(r io.Reader) (io.Reader, error) { return zlib.NewReader(r) })
	if err != nil {
		w.v.Problem(path, media.ReasonOf(err))
		return nil
	}
	out, err := media.ReadBlock(z)
	if err != nil {
		w.v.Problem(path, media.ReasonOf(err))
	}
	return out
}

// chapter reads the frames in a chapter or a table of them (ID3v2 Chapter Frame
// Addendum): a name, then times or other names.
func (w *walk) chapter(tags []detectors.Tag, in *body, id string, depth int) ([]detectors.Tag, error) {
	if depth == maxChapters {
		w.v.Problem(in.path, media.LimitDepth)
		return tags, nil
	}
	d, err := media.ReadUpTo(in.win.R, in.off, min(in.end-in.off, 4<<10), in.win.Size)
	if err != nil {
		return tags, err
	}
	at := bytes.IndexByte(d, 0) + 1
	if id == "CHAP" {
		at += 16
	} else if at+2 <= len(d) {
		n := int(d[at+1])
		for at += 2; n > 0 && at < len(d); n-- {
			i := bytes.IndexByte(d[at:], 0)
			if i < 0 {
				break
			}
			at += i + 1
		}
	}
	in.off += int64(at)
	return w.row(tags, in, depth+1)
}
