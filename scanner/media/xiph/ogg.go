package xiph

import (
	"bytes"
	"encoding/binary"
	"io"

	"habeas/scanner/media"
)

// NewOgg gives the format Ogg (RFC 3533).
func NewOgg() media.Format { return ogg{} }

type ogg struct{}

var _ media.Format = ogg{}
var _ media.Describer = ogg{}

// Name implements media.Format.
func (ogg) Name() string { return "ogg" }

// Describe implements media.Describer.
func (ogg) Describe() media.Description {
	return media.Description{
		Title: "Ogg: Vorbis, Opus, Speex, Theora, FLAC",
		Types: "audio/ogg, video/ogg, audio/opus, application/ogg",
		Reads: "comments of each stream that starts with the file, with pictures",
		Not:   "streams that start later (chained files), subtitles (Kate)",
	}
}

// Match implements media.Format.
func (ogg) Match(head []byte) bool {
	return len(head) >= 5 && string(head[:4]) == "OggS" && head[4] < ' '
}

const (
	// maxPages bounds the pages that are looked at for comments: 64 MiB of pages
	// of full length.
	maxPages = 4_000
	// maxStreams bounds the streams of one file.
	maxStreams = 64
	// maxHeaders bounds the packets at the start of a stream that are collected.
	maxHeaders = 16
)

// stream is one of the streams in the file, up to its comments.
type stream struct {
	packet  []byte
	packets int // complete ones
	flac    int // header packets to come, of FLAC
	done    bool
}

type oggWalk struct {
	*reader
	win     media.Window
	r       io.ReaderAt
	streams map[uint32]*stream
	order   []*stream
	open    int // streams that wait for their comments
	held    int64
}

// Walk implements media.Format.
func (ogg) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	w := &oggWalk{reader: &reader{v: v}, win: media.Window{R: r, Size: size}, r: r, streams: map[uint32]*stream{}}
	begun := true // streams may still begin
	off := int64(0)
	for n := 0; begun || w.open > 0; n++ {
		if n == maxPages {
			v.Problem("", media.LimitSegs)
			return nil
		}
		h, err := w.win.At(off, 27+255)
		if err != nil {
			return err
		}
		if len(h) == 0 && off > 0 && w.open == 0 {
			return nil
		}
		if len(h) >= 4 && string(h[:4]) != "OggS" {
			v.Problem("", media.Corrupt)
			break
		}
		if len(h) < 27 || len(h) < 27+int(h[26]) {
			v.Problem("", media.Truncated)
			break
		}
		begun = h[5]&2 != 0
		lacing := bytes.Clone(h[27 : 27+int(h[26])])
		length := 0
		for _, l := range lacing {
			length += int(l)
		}
		at := off + 27 + int64(len(lacing))
		s := w.stream(binary.LittleEndian.Uint32(h[14:]), begun)
		if err := w.page(s, lacing, at, length); err != nil {
			return err
		}
		if off = at + int64(length); off > size {
			v.Problem("", media.Truncated)
			break
		}
	}
	// What came of comments before the file broke off.
	for _, s := range w.order {
		if !s.done && len(s.packet) > 0 {
			s.packets++
			if err := w.packet(s, media.Truncated); err != nil {
				return err
			}
		}
	}
	return nil
}

// stream is that of a serial number; nil for one whose start was not seen.
func (w *oggWalk) stream(serial uint32, begins bool) *stream {
	s := w.streams[serial]
	if s == nil && begins && len(w.streams) < maxStreams {
		s = &stream{}
		w.streams[serial] = s
		w.order = append(w.order, s)
		w.open++
	}
	return s
}

// page adds the bytes of one page to the packets of its stream. A segment of less
// than 255 bytes ends a packet.
func (w *oggWalk) page(s *stream, lacing []byte, at int64, length int) error {
	if s == nil || s.done {
		return nil
	}
	d, err := media.ReadUpTo(w.r, at, int64(length), w.win.Size)
	if err != nil {
		return err
	}
	if w.held += int64(len(d)); w.held > media.MaxBlock {
		w.v.Problem("comments", media.LimitBytes)
		w.close(s)
		return nil
	}
	for _, l := range lacing {
		n := min(int(l), len(d))
		s.packet = append(s.packet, d[:n]...)
		whole := n == int(l)
		d = d[n:]
		if l == 255 || !whole {
			continue
		}
		s.packets++
		if err := w.packet(s, media.Corrupt); err != nil {
			return err
		}
		s.packet = s.packet[:0]
		if s.done {
			break
		}
	}
	return nil
}

func (w *oggWalk) close(s *stream) {
	if !s.done {
		s.done, s.packet = true, nil
		w.open--
	}
}

// marks begin the packets of comments.
var marks = []string{"\x03vorbis", "OpusTags", "\x81theora", "\x81kate\x00\x00\x00", "OVP80\x02 "}

// packet looks at one packet of a stream for comments.
func (w *oggWalk) packet(s *stream, lost media.Reason) error {
	p := s.packet
	if s.packets == 1 {
		return w.first(s, p, lost)
	}
	for _, m := range marks {
		if bytes.HasPrefix(p, []byte(m)) {
			w.close(s)
			return w.comments(p[len(m):], lost)
		}
	}
	switch {
	case s.flac > 0 && len(p) >= 4:
		s.flac--
		kind, last := p[0]&0x7f, p[0]&0x80 != 0
		if last || s.flac == 0 {
			defer w.close(s)
		}
		return w.block(bytes.NewReader(p), kind, 4, int64(len(p))-4, lost)
	case s.flac == -1: // Speex: nothing marks them
		w.close(s)
		return w.comments(p, lost)
	case s.packets >= maxHeaders:
		w.close(s)
	}
	return nil
}

// first looks at the packet that tells what a stream is.
func (w *oggWalk) first(s *stream, p []byte, lost media.Reason) error {
	switch {
	case bytes.HasPrefix(p, []byte("\x7fFLAC")) && len(p) >= 9:
		// How many header packets follow; 0 if that is unknown.
		if s.flac = int(binary.BigEndian.Uint16(p[7:])); s.flac == 0 {
			s.flac = maxHeaders
		}
	case bytes.HasPrefix(p, []byte("Speex   ")):
		s.flac = -1
	case bytes.HasPrefix(p, []byte("fishead\x00")), bytes.HasPrefix(p, []byte("CELT")), bytes.HasPrefix(p, []byte("BBCD")):
		w.close(s)
	}
	// A careless writer puts all headers in one packet.
	if i := bytes.Index(p, []byte("\x03vorbis")); i >= 0 {
		w.close(s)
		return w.comments(p[i+7:], lost)
	}
	return nil
}
