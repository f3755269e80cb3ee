package isobmff

import (
	"encoding/binary"

	"habeas/scanner/media"
)

const (
	// maxSamples bounds the samples of one track: an hour of telemetry at 30 a
	// second.
	maxSamples = 110_000
	// maxTable is how much of one sample table is read.
	maxTable = 4 << 20
	// maxTracks bounds the tracks whose samples are looked at.
	maxTracks = 64
	// nearby samples are read with what lies between them.
	nearby = 64 << 10
)

// track is one whose samples hold text or positions.
type track struct {
	path    string
	format  string // four letters of the sample description
	config  []byte // the sample description
	samples []span
}

// tables of one track (8.6, 8.7).
type sampleTables struct {
	format          string
	config          []byte
	stsz, stsc, stc box
	wide            bool // stc is co64
}

// readers are the formats of samples that are read.
var readers = map[string]func(*walk, *track) error{
	"gpmd": (*walk).gopro,
	"camm": (*walk).camm,
	"mebx": (*walk).timedMetadata,
	"rtmd": (*walk).sony,
	"djmd": (*walk).dji,
	"tx3g": (*walk).subtitles, "text": (*walk).subtitles, "sbtl": (*walk).subtitles, "wvtt": (*walk).subtitles, "stpp": (*walk).subtitles,
}

// trak looks whether a track holds metadata of its own, and remembers it if its
// samples do.
func (w *walk) trak(path string, b box) error {
	var film filmTables
	t := &film.sampleTables
	if err := w.trakBox(path, b, 3, &film); err != nil {
		return err
	}
	if film.handler == "vide" && w.film == nil && t.stsz.kind != "" && t.stc.kind != "" {
		w.film = &film
	}
	read := readers[t.format]
	if read == nil || t.stsz.kind == "" || t.stc.kind == "" {
		return nil
	}
	if len(w.list) == maxTracks {
		w.v.Problem(path, media.LimitCount)
		return nil
	}
	samples, err := w.locate(path, t)
	if err != nil || len(samples) == 0 {
		return err
	}
	w.list = append(w.list, track{path: path, format: t.format, config: t.config, samples: samples})
	return nil
}

// trakBox goes down to the sample tables.
func (w *walk) trakBox(path string, b box, depth int, t *filmTables) error {
	return w.children(path, b.body, b.end, depth, func(c box) error {
		if err := t.note(w, c); err != nil {
			return err
		}
		entry := int64(4)
		switch c.kind {
		case "mdia", "minf", "stbl":
			return w.trakBox(path, c, depth+1, t)
		case "udta":
			return w.userData(path+"/udta", c, depth+1)
		case "meta":
			return w.meta(path+"/meta", c, depth+1)
		case "uuid":
			return w.uuid(path+"/uuid", c, depth+1)
		case "stsd":
			return w.description(c, &t.sampleTables)
		case "stsz":
			t.stsz = c
			return w.sizes(path, c)
		case "stsc":
			t.stsc, entry = c, 12
		case "stco":
			t.stc = c
		case "co64":
			t.stc, t.wide, entry = c, true, 8
		case "stts", "ctts":
			entry = 8
		case "stss":
		default:
			return w.descend(path, c, depth+1)
		}
		return w.counted(path, c, 4, entry)
	})
}

// counted tells whether a table is as long as its count, at skip, claims.
func (w *walk) counted(path string, c box, skip, entry int64) error {
	h, err := w.win.At(c.body, int(min(c.size(), skip+4)))
	if err != nil {
		return err
	}
	if int64(len(h)) < skip+4 || int64(binary.BigEndian.Uint32(h[skip:]))*entry > c.size()-skip-4 {
		w.v.Problem(path, w.lost())
	}
	return nil
}

func (w *walk) sizes(path string, c box) error {
	h, err := w.win.At(c.body, int(min(c.size(), 8)))
	if err != nil {
		return err
	}
	if len(h) == 8 && binary.BigEndian.Uint32(h[4:]) != 0 {
		return nil // all samples have one size
	}
	return w.counted(path, c, 8, 4)
}

// description reads the first entry of stsd (8.5.2).
func (w *walk) description(c box, t *sampleTables) error {
	h, err := w.win.At(c.body, int(min(c.size(), 16)))
	if err != nil || len(h) < 16 {
		return err
	}
	t.format = string(h[12:16])
	if t.format == "mebx" {
		t.config, err = media.ReadUpTo(w.win.R, c.body+8, min(c.size()-8, smallBox), w.win.Size)
	}
	return err
}

// locate lists the samples of a track, as far as they are present.
func (w *walk) locate(path string, t *sampleTables) ([]span, error) {
	read := func(b box) ([]byte, error) {
		if b.kind == "" {
			return nil, nil
		}
		return media.ReadUpTo(w.win.R, b.body, min(b.size(), maxTable), w.win.Size)
	}
	sizes, err := read(t.stsz)
	if err != nil {
		return nil, err
	}
	chunks, err := read(t.stsc)
	if err != nil {
		return nil, err
	}
	offsets, err := read(t.stc)
	if err != nil || len(sizes) < 12 || len(offsets) < 8 {
		return nil, err
	}
	entry := 4
	if t.wide {
		entry = 8
	}
	same, count := int64(binary.BigEndian.Uint32(sizes[4:])), int64(binary.BigEndian.Uint32(sizes[8:]))
	sizes, offsets = sizes[12:], offsets[8:]
	var all []span
	missing := false
	perChunk := chunkRuns(chunks)
	for n := uint32(1); len(offsets) >= entry && count > 0; n++ {
		off := int64(binary.BigEndian.Uint32(offsets))
		if t.wide {
			off = int64(min(binary.BigEndian.Uint64(offsets), 1<<62))
		}
		offsets = offsets[entry:]
		for k := perChunk(n); k > 0 && count > 0; k-- {
			size := same
			if same == 0 {
				if len(sizes) < 4 {
					return all, nil // counted told of it
				}
				size, sizes = int64(binary.BigEndian.Uint32(sizes)), sizes[4:]
			}
			count--
			if off+size > w.win.Size {
				missing = true
				break
			}
			if len(all) == maxSamples {
				w.v.Problem(path, media.LimitCount)
				return all, nil
			}
			if size > 0 {
				all = append(all, span{off, size})
			}
			off += size
		}
	}
	if missing {
		w.v.Problem(path, w.lost())
	}
	return all, nil
}

// chunkRuns gives the number of samples in a chunk, from 1 (8.7.4). It is asked
// for chunks in order.
func chunkRuns(d []byte) func(chunk uint32) uint32 {
	if len(d) > 8 {
		d = d[8:]
	} else {
		d = nil
	}
	samples := uint32(1)
	return func(chunk uint32) uint32 {
		for len(d) >= 12 && binary.BigEndian.Uint32(d) <= chunk {
			samples = binary.BigEndian.Uint32(d[4:])
			d = d[12:]
		}
		return samples
	}
}

// tracks reads the samples of the tracks that hold text or positions.
func (w *walk) tracks() error {
	for i := range w.list {
		t := &w.list[i]
		if err := readers[t.format](w, t); err != nil {
			return err
		}
	}
	return nil
}

// sample reads one sample, up to limit bytes.
func (w *walk) sample(s span, limit int64) ([]byte, error) {
	return media.ReadUpTo(w.r, s.off, min(s.n, limit), w.win.Size)
}

// each reads samples in order, those that lie near each other at once, and calls
// fn with their bytes, which are valid during the call. It stops after reads
// requests or limit bytes and then reports false.
func (w *walk) each(samples []span, reads int, limit int64, fn func([]byte) error) (all bool, err error) {
	for len(samples) > 0 {
		if reads--; reads < 0 {
			return false, nil
		}
		first := samples[0]
		n, end := 1, first.off+first.n
		for n < len(samples) {
			s := samples[n]
			if s.off < end || s.off-end > nearby || s.off+s.n-first.off > maxFetch {
				break
			}
			end = s.off + s.n
			n++
		}
		if limit -= end - first.off; limit < 0 {
			return false, nil
		}
		d, err := media.ReadUpTo(w.r, first.off, end-first.off, w.win.Size)
		if err != nil {
			return false, err
		}
		for _, s := range samples[:n] {
			at := s.off - first.off
			if at >= int64(len(d)) {
				break
			}
			if err := fn(d[at:min(at+s.n, int64(len(d)))]); err != nil {
				return false, err
			}
		}
		samples = samples[n:]
	}
	return true, nil
}
