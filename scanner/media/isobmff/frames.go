package isobmff

import (
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"habeas/scanner/media"
)

const (
	// maxFrames is how many frames of a video are shown.
	maxFrames = 8
	// maxFrame is the size of the largest coded frame, bytes: 8K at the start of a
	// scene takes 4 MB.
	maxFrame = 16 << 20
	// maxConfig bounds the description of samples that goes along.
	maxConfig = 64 << 10
)

// filmTables of a track of pictures (8.2 to 8.7), for its key frames.
type filmTables struct {
	sampleTables
	handler                      string
	tkhd, mdhd, stsd, stts, stss box
}

// note remembers the boxes that are needed to take frames out.
func (t *filmTables) note(w *walk, c box) error {
	switch c.kind {
	case "tkhd":
		t.tkhd = c
	case "mdhd":
		t.mdhd = c
	case "stsd":
		t.stsd = c
	case "stts":
		t.stts = c
	case "stss":
		t.stss = c
	case "hdlr":
		h, err := w.win.At(c.body, int(min(c.size(), 12)))
		if err != nil {
			return err
		}
		if len(h) == 12 && t.handler == "" {
			t.handler = string(h[8:])
		}
	}
	return nil
}

// frames shows some key frames of the first track of pictures, evenly spread.
func (w *walk) frames() error {
	t := w.film
	if t == nil || !media.Showing(w.v) {
		return nil
	}
	if t.format == "encv" {
		return media.ShowFrame(w.v, "frame[1]", func() ([]byte, error) { return nil, media.Stop("", media.Encrypted) })
	}
	keys, err := w.keyFrames(t)
	if err != nil {
		return err
	}
	spans, err := w.stands(&t.sampleTables, keys)
	if err != nil {
		return err
	}
	times, err := w.times(t, keys)
	if err != nil {
		return err
	}
	for i, s := range spans {
		path := fmt.Sprintf("frame[%d] at %s", i+1, clock(times[i]))
		if err := media.ShowFrame(w.v, path, func() ([]byte, error) { return w.oneFrame(t, s) }); err != nil {
			return err
		}
	}
	return nil
}

// clock is a time as "00:01:02.5".
func clock(d time.Duration) string {
	tenths := d.Milliseconds() / 100
	return fmt.Sprintf("%02d:%02d:%02d.%d", tenths/36_000, tenths/600%60, tenths/10%60, tenths%10)
}

// rows reads a table of a track, without what stands before its entries.
func (w *walk) rows(b box, skip int) ([]byte, error) {
	if b.kind == "" {
		return nil, nil
	}
	d, err := media.ReadUpTo(w.win.R, b.body, min(b.size(), maxTable), w.win.Size)
	return d[min(skip, len(d)):], err
}

// keyFrames are the numbers, from 1, of up to maxFrames samples that need no other to
// be decoded: from the first to the last.
func (w *walk) keyFrames(t *filmTables) ([]uint32, error) {
	d, err := w.rows(t.stss, 8)
	if err != nil {
		return nil, err
	}
	var all []uint32
	for ; len(d) >= 4; d = d[4:] {
		all = append(all, binary.BigEndian.Uint32(d))
	}
	slices.Sort(all)
	all = slices.DeleteFunc(slices.Compact(all), func(n uint32) bool { return n == 0 })
	if t.stss.kind == "" { // all samples are such
		h, err := w.rows(t.stsz, 8)
		if err != nil || len(h) < 4 {
			return nil, err
		}
		n := binary.BigEndian.Uint32(h)
		for i := range min(n, maxFrames) {
			all = append(all, uint32(1+uint64(i)*uint64(n)/uint64(min(n, maxFrames))))
		}
	}
	if len(all) <= maxFrames {
		return all, nil
	}
	some := make([]uint32, maxFrames)
	for i := range some {
		some[i] = all[i*(len(all)-1)/(maxFrames-1)]
	}
	return some, nil
}

// stands says where samples stand, whose numbers come in order; empty for those that
// are not in the file.
func (w *walk) stands(t *sampleTables, want []uint32) ([]span, error) {
	head, err := w.rows(t.stsz, 4)
	if err != nil || len(head) < 8 {
		return nil, err
	}
	same, sizes := int64(binary.BigEndian.Uint32(head)), head[8:]
	chunks, err := w.rows(t.stsc, 0)
	if err != nil {
		return nil, err
	}
	offsets, err := w.rows(t.stc, 8)
	if err != nil {
		return nil, err
	}
	entry := 4
	if t.wide {
		entry = 8
	}
	out := make([]span, 0, len(want))
	perChunk, number := chunkRuns(chunks), uint32(0)
	for n := uint32(1); len(offsets) >= entry && len(want) > 0; n++ {
		off := int64(binary.BigEndian.Uint32(offsets))
		if t.wide {
			off = int64(min(binary.BigEndian.Uint64(offsets), 1<<62))
		}
		offsets = offsets[entry:]
		for k := perChunk(n); k > 0 && len(want) > 0; k-- {
			size := same
			if same == 0 {
				if len(sizes) < 4 {
					return out, nil
				}
				size, sizes = int64(binary.BigEndian.Uint32(sizes)), sizes[4:]
			} else if off >= w.win.Size {
				break
			}
			if number++; number == want[0] {
				want = want[1:]
				if size <= 0 || off+size > w.win.Size {
					out = append(out, span{})
				} else {
					out = append(out, span{off, size})
				}
			}
			off += size
		}
	}
	return out, nil
}

// times are when samples are shown, whose numbers come in order: when they are
// decoded, which for key frames is nearly the same.
func (w *walk) times(t *filmTables, numbers []uint32) ([]time.Duration, error) {
	out := make([]time.Duration, len(numbers))
	h, err := w.rows(t.mdhd, 0)
	if err != nil || len(h) < 24 {
		return out, err
	}
	scale := uint64(binary.BigEndian.Uint32(h[12:]))
	if h[0] == 1 {
		scale = uint64(binary.BigEndian.Uint32(h[20:]))
	}
	d, err := w.rows(t.stts, 8)
	if err != nil || scale == 0 {
		return out, err
	}
	first, ticks := uint64(1), uint64(0)
	for i := 0; len(d) >= 8 && i < len(numbers); d = d[8:] {
		count, delta := uint64(binary.BigEndian.Uint32(d)), uint64(binary.BigEndian.Uint32(d[4:]))
		for i < len(numbers) && uint64(numbers[i]) < first+count {
			at := float64(ticks+(uint64(numbers[i])-first)*delta) / float64(scale)
			out[i] = time.Duration(min(at, 1e6) * float64(time.Second))
			i++
		}
		first += count
		ticks += min(count*delta, 1<<60)
	}
	return out, nil
}

// oneFrame is a movie of the frame that stands in s: the description of the track
// and its turn as they are, the tables anew.
func (w *walk) oneFrame(t *filmTables, s span) ([]byte, error) {
	switch {
	case s.n == 0:
		return nil, media.Stop("", media.Truncated)
	case s.n > maxFrame:
		return nil, media.Stop("", media.LimitBytes)
	}
	stsd, err := media.ReadUpTo(w.win.R, t.stsd.off, min(t.stsd.end-t.stsd.off, maxConfig), w.win.Size)
	if err != nil {
		return nil, err
	}
	tkhd, err := media.ReadUpTo(w.win.R, t.tkhd.off, min(t.tkhd.end-t.tkhd.off, maxConfig), w.win.Size)
	if err != nil {
		return nil, err
	}
	data, err := w.sample(s, s.n)
	switch {
	case err != nil:
		return nil, err
	case int64(len(stsd)) != t.stsd.end-t.stsd.off || int64(len(tkhd)) != t.tkhd.end-t.tkhd.off || int64(len(data)) != s.n:
		return nil, media.Stop("", media.Corrupt)
	}
	const scale = 1000 // of time: one frame of a second
	number := func(n ...int) []byte {
		var b []byte
		for _, v := range n {
			b = binary.BigEndian.AppendUint32(b, uint32(v))
		}
		return b
	}
	file := made("ftyp", []byte("isom"), number(512), []byte("isomiso2"))
	// The offset of the frame stands in a table before it, of the same length
	// whatever it is.
	build := func(off int) []byte {
		table := made("stbl", stsd, made("stts", number(0, 1, 1, scale)), made("stsc", number(0, 1, 1, 1, 1)),
			made("stsz", number(0, 0, 1, len(data))), made("stco", number(0, 1, off)))
		// The data are in the file itself (8.7.2).
		ref := made("dinf", made("dref", number(0, 1), made("url ", number(1))))
		information := made("minf", made("vmhd", number(1, 0, 0)), ref, table)
		track := made("mdia", made("mdhd", number(0, 0, 0, scale, scale, 0x55c40000)), made("hdlr", number(0, 0), []byte("vide"), number(0, 0, 0), []byte{0}), information)
		head := made("mvhd", number(0, 0, 0, scale, scale, 0x10000, 0x1000000, 0, 0, 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000, 0, 0, 0, 0, 0, 0, 2))
		return made("moov", head, made("trak", tkhd, track))
	}
	moov := build(len(file) + len(build(0)) + 8)
	return append(append(file, moov...), made("mdat", data)...), nil
}

// made is a box.
func made(kind string, bodies ...[]byte) []byte {
	n := 8
	for _, b := range bodies {
		n += len(b)
	}
	b := append(binary.BigEndian.AppendUint32(make([]byte, 0, n), uint32(n)), kind...)
	for _, body := range bodies {
		b = append(b, body...)
	}
	return b
}
