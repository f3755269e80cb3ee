package zip

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"

	"habeas/scanner/media"
)

// salvage makes a directory of the local headers that it finds from the front,
// for archives that were cut or whose own directory can't be believed.
func (w *walk) salvage() ([]entry, error) {
	var dir []entry
	for from := int64(0); ; {
		at, sig, err := w.seek(from, localSig, centralSig)
		if err != nil || sig != localSig {
			return dir, err
		}
		if len(dir) == media.MaxMembers {
			w.v.Problem("", media.LimitCount)
			return dir, nil
		}
		e, next, err := w.local(at)
		if err != nil {
			return dir, err
		}
		if e.data > 0 {
			dir = append(dir, e)
		}
		from = next
	}
}

// local reads one local header, and says where to look for the next. The entry
// has no data if the header is cut or none.
func (w *walk) local(at int64) (e entry, next int64, err error) {
	h, err := media.ReadUpTo(w.r, at, 30, w.size)
	if err != nil || len(h) < 30 {
		return e, at + 4, err
	}
	n, m := int64(u16(h[26:])), int64(u16(h[28:]))
	b, err := media.ReadUpTo(w.r, at+30, n+m, w.size)
	if err != nil || int64(len(b)) < n+m {
		return e, at + 4, err
	}
	e = entry{
		flags: u16(h[6:]), method: u16(h[8:]), crc: u32(h[14:]),
		packed: int64(u32(h[18:])), full: int64(u32(h[22:])), at: at,
	}
	e.name = name(b[:n], e.flags&flagUTF8 != 0)
	extra64(b[n:], &e.full, &e.packed)
	data := at + 30 + n + m
	if e.packed < 0 || e.flags&flagDescriptor != 0 && e.packed == 0 {
		e.sizesUnknown = true
		next, err = w.dataEnd(data)
		e.packed, e.data = next-data, data
		return e, next, err
	}
	e.data = data
	next = data + e.packed
	if next > w.size { // cut, or a lie: what stands on it is found twice then
		return e, data, nil
	}
	sig, err := media.ReadUpTo(w.r, next, 2, w.size)
	if err == nil && string(sig) != "PK" {
		next = data
	}
	return e, next, err
}

// dataEnd finds the end of data whose size stands behind them: a descriptor that
// counts them rightly (4.3.9), else the next header.
func (w *walk) dataEnd(data int64) (int64, error) {
	for at := data; ; {
		p, sig, err := w.seek(at, localSig, centralSig, spanSig)
		if err != nil || sig != spanSig {
			return p, err
		}
		b, err := media.ReadUpTo(w.r, p+8, 8, w.size)
		if err != nil {
			return p, err
		}
		if len(b) == 8 && (int64(u32(b)) == p-data || binary.LittleEndian.Uint64(b) == uint64(p-data)) {
			return p, nil
		}
		at = p + 4
	}
}

// seek finds the first of some signatures at or behind at. It gives the size of
// the archive and "" where there is none.
func (w *walk) seek(at int64, sigs ...string) (int64, string, error) {
	for at < w.size {
		b, err := w.block(at)
		if err != nil {
			return w.size, "", err
		}
		if len(b) < 4 {
			break
		}
		best, found := len(b), ""
		for _, sig := range sigs {
			if i := bytes.Index(b[:min(len(b), best+3)], []byte(sig)); i >= 0 && i < best {
				best, found = i, sig
			}
		}
		if found != "" {
			return at + int64(best), found, nil
		}
		at += int64(len(b)) - 3 // a signature may lie across the edge
	}
	return w.size, "", nil
}

// block is what is at hand from at on, read if it is too little.
func (w *walk) block(at int64) ([]byte, error) {
	if i := at - w.r.off; i >= 0 && i+64 <= int64(len(w.r.buf)) || i >= 0 && w.r.off+int64(len(w.r.buf)) == w.size && i <= int64(len(w.r.buf)) {
		return w.r.buf[i:], nil
	}
	b, err := w.r.load(at)
	if len(b) > 0 || errors.Is(err, io.EOF) {
		err = nil
	}
	return b, err
}
