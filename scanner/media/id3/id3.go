// Package id3 reads the tags of sound files: ID3v2 (id3.org, 2.2 to 2.4), ID3v1
// with its extension, APEv2 and Lyrics3, at either end of whatever carries them:
// MP3, AAC, Monkey's Audio, WavPack, Musepack, TTA, DSF and others. Sound is never
// read.
//
// id3.go finds the tags, frames.go goes through ID3v2 and values.go decodes its
// frames, ape.go reads APEv2.
package id3

import (
	"bytes"
	"encoding/binary"
	"io"

	"habeas/detectors"
	"habeas/scanner/media"
)

// New gives the format.
func New() media.Format { return format{} }

type format struct{}

var _ media.Format = format{}
var _ media.Describer = format{}

// Name implements media.Format.
func (format) Name() string { return "id3" }

// Describe implements media.Describer.
func (format) Describe() media.Description {
	return media.Description{
		Title: "MP3, AAC, APE, WavPack, Musepack, TTA, DSF",
		Types: "audio/mpeg, audio/aac, audio/ape, audio/x-wavpack, audio/x-musepack, audio/x-tta, audio/x-dsf",
		Reads: "ID3v2.2 to 2.4 with pictures, attached files, comments, lyrics and chapters; ID3v1, APEv2, Lyrics3",
		Not:   "tags between the frames of a stream; headers of WavPack and others that hold no text",
	}
}

// magics begin files that carry tags of this package.
var magics = []string{"MAC ", "wvpk", "MPCK", "MP+", "TTA1", "TTA2", "OFR ", "tBaK", "DSD ", "APETAGEX", "3DI\x04"}

// Match implements media.Format.
func (format) Match(head []byte) bool {
	if len(head) >= 4 && string(head[:3]) == "ID3" && head[3] < 0x10 {
		return true
	}
	for _, m := range magics {
		if bytes.HasPrefix(head, []byte(m)) && (len(m) > 4 || binarySoon(head)) {
			return true
		}
	}
	return stream(head)
}

// binarySoon tells a file from a text that begins with the same letters.
func binarySoon(head []byte) bool {
	for _, c := range head[:min(len(head), 64)] {
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' && c != '\f' {
			return true
		}
	}
	return false
}

// Walk implements media.Format.
func (format) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	w := &walk{win: media.Window{R: r, Size: size}, r: r, size: size, v: v}
	off, err := w.leading()
	if err != nil {
		return err
	}
	return w.trailing(off)
}

// walk is the state of one Walk.
type walk struct {
	win    media.Window
	r      io.ReaderAt
	size   int64
	v      media.Visitor
	budget *media.Budget
	frames int // of the whole file
	covers int
	files  int
}

// maxRow bounds the tags in a row at either end.
const maxRow = 16

// leading reads the tags at the start and gives where they end.
func (w *walk) leading() (off int64, err error) {
	for range maxRow {
		h, err := w.win.At(off, 32)
		if err != nil {
			return off, err
		}
		switch {
		case len(h) >= 3 && string(h[:3]) == "ID3":
			n, err := w.tag(off, h)
			if err != nil {
				return off, err
			}
			off += n
		case len(h) == 32 && string(h[:8]) == "APETAGEX":
			n := 32 + int64(binary.LittleEndian.Uint32(h[12:]))
			if err := w.ape(off+32, min(off+n, w.size), n > w.size-off); err != nil {
				return off, err
			}
			off += n
		case off > 0 && w.other(h):
			return w.size, w.v.Nested("audio", io.NewSectionReader(w.r, off, w.size-off))
		case off > 0 && len(h) >= 7 && int64(frameSize(h)) > w.size-off, off > 0 && len(h) < 7 && isSync(h):
			w.v.Problem("", media.Truncated) // inside the first frame of sound
			return off, nil
		case len(h) >= 28 && string(h[:4]) == "DSD ": // DSF: where its ID3 is
			at := binary.LittleEndian.Uint64(h[20:])
			if at < 28 || at >= uint64(w.size) {
				return w.size, nil
			}
			h, err := w.win.At(int64(at), 10)
			if err != nil || len(h) < 3 || string(h[:3]) != "ID3" {
				return w.size, err
			}
			_, err = w.tag(int64(at), h)
			return w.size, err
		default:
			return off, nil
		}
		if off >= w.size {
			return w.size, nil
		}
	}
	return off, nil
}

// other tells a container that stands behind an ID3 tag.
func (w *walk) other(h []byte) bool {
	for _, m := range []string{"fLaC", "OggS", "RIFF", "FORM", "0&\xb2u\x8ef\xcf\x11"} {
		if bytes.HasPrefix(h, []byte(m)) {
			return true
		}
	}
	return len(h) > 8 && string(h[4:8]) == "ftyp"
}

// trailing reads the tags at the end, from the last to the first. start is where
// what belongs to the start ends.
func (w *walk) trailing(start int64) error {
	end := w.size
	if end-start < 32 {
		return nil
	}
	// One read for what stands last in most files.
	if _, err := w.win.At(max(start, end-4096), 1); err != nil {
		return err
	}
	for range maxRow {
		was := end
		for _, f := range []func(start, end int64) (int64, error){w.version1, w.apeFooter, w.lyrics, w.footer} {
			n, err := f(start, end)
			if err != nil {
				return err
			}
			end -= n
		}
		if end == was {
			return nil
		}
	}
	return nil
}

// version1 reads ID3v1: 128 bytes, and the 227 of its extension before them.
func (w *walk) version1(start, end int64) (int64, error) {
	if end-start < 128 {
		return 0, nil
	}
	d, err := w.win.At(end-128, 128)
	if err != nil || len(d) < 128 || string(d[:3]) != "TAG" {
		return 0, err
	}
	d = bytes.Clone(d)
	long, n := [3]string{}, int64(128)
	if end-start >= 128+227 {
		x, err := w.win.At(end-128-227, 227)
		if err != nil {
			return 0, err
		}
		if len(x) == 227 && string(x[:4]) == "TAG+" {
			for i := range long {
				long[i] = fixed(x[4+60*i : 64+60*i])
			}
			n += 227
		}
	}
	comment := d[97:127]
	if d[125] == 0 && d[126] != 0 { // a track number
		comment = d[97:125]
	}
	var tags []detectors.Tag
	tags = add(tags, "Title", fixed(d[3:33])+long[0])
	tags = add(tags, "Artist", fixed(d[33:63])+long[1])
	tags = add(tags, "Album", fixed(d[63:93])+long[2])
	tags = add(tags, "Year", fixed(d[93:97]))
	tags = add(tags, "Comment", fixed(comment))
	return n, w.part("v1", tags)
}

// fixed is a field of fixed length up to its first NUL.
func fixed(b []byte) string {
	b, _, _ = bytes.Cut(b, []byte{0})
	return media.Legacy(b)
}

// lyrics reads Lyrics3v2 (id3.org/Lyrics3v2): fields of three letters and five
// digits of length, then six digits and an end mark.
func (w *walk) lyrics(start, end int64) (int64, error) {
	h, err := w.win.At(end-15, 15)
	if err != nil || len(h) < 15 || string(h[6:]) != "LYRICS200" {
		return 0, err
	}
	n, ok := digits(h[:6])
	if !ok || n < 11 || int64(n)+15 > end-start {
		w.v.Problem("lyrics", media.Corrupt)
		return 0, nil
	}
	d, err := media.ReadUpTo(w.r, end-15-int64(n), int64(n), w.size)
	if err != nil {
		return 0, err
	}
	d = bytes.TrimPrefix(d, []byte("LYRICSBEGIN"))
	var tags []detectors.Tag
	for len(d) >= 8 {
		size, ok := digits(d[3:8])
		if !ok {
			w.v.Problem("lyrics", media.Corrupt)
			break
		}
		size = min(size, len(d)-8)
		if name := lyricsNames[string(d[:3])]; name != "" {
			tags = add(tags, name, media.Legacy(d[8:8+size]))
		}
		d = d[8+size:]
	}
	return int64(n) + 15, w.part("lyrics", tags)
}

var lyricsNames = map[string]string{"LYR": "Lyrics", "INF": "Comment", "AUT": "Lyricist", "EAL": "Album", "EAR": "Artist", "ETT": "Title", "IMG": "ImageLink"}

func digits(b []byte) (n int, ok bool) {
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}

// footer reads an ID3v2.4 tag that stands at the end of the file (2.4, 3.4).
func (w *walk) footer(start, end int64) (int64, error) {
	h, err := w.win.At(end-10, 10)
	if err != nil || len(h) < 10 || string(h[:3]) != "3DI" {
		return 0, err
	}
	n := synchsafe(h[6:]) + 20
	if n > end-start {
		w.v.Problem("v2", media.Corrupt)
		return 0, nil
	}
	if h, err = w.win.At(end-n, 10); err != nil || len(h) < 10 || string(h[:3]) != "ID3" {
		return 0, err
	}
	_, err = w.tag(end-n, h)
	return n, err
}

func (w *walk) part(path string, tags []detectors.Tag) error {
	if len(tags) == 0 {
		return nil
	}
	return w.v.Part(&detectors.Part{Path: path, Tags: tags, Off: -1})
}

// maxTags bounds the fields of one tag.
const maxTags = media.MaxMembers

// add keeps a field that says something.
func add(tags []detectors.Tag, name, value string) []detectors.Tag {
	value = media.FieldValue(value)
	if name == "" || value == "" || len(tags) >= maxTags {
		return tags
	}
	return append(tags, detectors.Tag{Group: "ID3", Name: name, Value: value})
}
