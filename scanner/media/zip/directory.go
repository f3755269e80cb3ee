package zip

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"habeas/scanner/media"
)

// entry is one member as its header describes it.
type entry struct {
	name          string // valid UTF-8
	method, flags uint16
	crc           uint32
	packed, full  int64
	at            int64 // of the local header
	data          int64 // of the data; 0 until the local header was read
	over          bool  // lies on another member
	sizesUnknown  bool  // full and crc are: they stand behind the data
}

func (e *entry) isFolder() bool { return strings.HasSuffix(e.name, "/") && e.full == 0 }

const (
	flagEncrypted  = 1 << 0
	flagDescriptor = 1 << 3
	flagStrong     = 1 << 6
	flagUTF8       = 1 << 11
	flagMasked     = 1 << 13
)

// tailSize holds the end record, its comment and most directories.
const tailSize = 22 + 64<<10

// directory reads the central directory, or goes through the local headers
// where there is none to be believed.
func (w *walk) directory() ([]entry, error) {
	off := max(w.size-tailSize, 0)
	if w.size <= aheadSize {
		off = 0 // the whole of it: the members need it too
	}
	tail, err := media.ReadUpTo(w.r.r, off, w.size-off, w.size)
	if err != nil {
		return nil, err
	}
	w.r.off, w.r.buf = off, tail
	end, i, ok := findEnd(tail)
	if !ok {
		w.v.Problem("", media.Truncated)
		return w.salvage()
	}
	if err := w.zip64(&end, off+int64(i)); err != nil {
		return nil, err
	}
	endAt := off + int64(i)
	if end.at64 > 0 {
		endAt = end.at64
	}
	start := endAt - end.size
	if end.size < 0 || start < 0 || end.size > media.MaxBlock {
		return w.distrust()
	}
	// Offsets count from the start of the archive, which something may stand before.
	w.base = start - end.off
	if end.off < 0 || w.base < 0 {
		return w.distrust()
	}
	b, err := media.ReadUpTo(w.r, start, end.size, w.size)
	if err != nil {
		return nil, err
	}
	w.comment = name([]byte(end.comment), true)
	dir, left := w.entries(b)
	if len(dir) < media.MaxMembers && (left > 0 || int64(len(dir)) != end.count) {
		w.v.Problem("", media.Corrupt)
	}
	if len(dir) == 0 && end.size > 0 {
		return w.salvage()
	}
	return dir, nil
}

// distrust goes through the local headers of an archive whose end lies.
func (w *walk) distrust() ([]entry, error) {
	w.v.Problem("", media.Corrupt)
	return w.salvage()
}

// endRecord is the end of central directory record (4.3.16).
type endRecord struct {
	count, size, off int64
	comment          string
	at64             int64 // of the zip64 record, 0 if there is none
}

// findEnd finds the last end record whose comment fits, else the last one.
func findEnd(tail []byte) (r endRecord, at int, ok bool) {
	for rest, n := tail, 0; n < 64; n++ { // more of them are no archive's
		i := bytes.LastIndex(rest, []byte(endSig))
		if i < 0 {
			break
		}
		if b := tail[i:]; len(b) >= 22 {
			n := int(binary.LittleEndian.Uint16(b[20:]))
			if !ok || n == len(b)-22 {
				r = endRecord{
					count: int64(binary.LittleEndian.Uint16(b[10:])),
					size:  int64(binary.LittleEndian.Uint32(b[12:])),
					off:   int64(binary.LittleEndian.Uint32(b[16:])),
				}
				r.comment = string(b[22:min(22+n, len(b))])
				at = i
			}
			ok = true
			if n == len(b)-22 {
				return r, at, true
			}
		}
		rest = rest[:i]
	}
	return r, at, ok
}

// zip64 takes the numbers of the zip64 end record (4.3.14) where r says that
// there are any.
func (w *walk) zip64(r *endRecord, at int64) error {
	if r.count != 0xffff && r.size != 0xffffffff && r.off != 0xffffffff || at < 20 {
		return nil
	}
	b, err := media.ReadUpTo(w.r, at-20, 20, w.size)
	if err != nil || len(b) < 20 || string(b[:4]) != locatorSig {
		return err
	}
	// The offset in the locator is wrong where something stands before the archive.
	for _, p := range []int64{int64(binary.LittleEndian.Uint64(b[8:])), at - 20 - 56} {
		if p < 0 || p > at-20 {
			continue
		}
		b, err := media.ReadUpTo(w.r, p, 56, w.size)
		if err != nil {
			return err
		}
		if len(b) == 56 && string(b[:4]) == end64Sig {
			r.count = int64(binary.LittleEndian.Uint64(b[32:]))
			r.size = int64(binary.LittleEndian.Uint64(b[40:]))
			r.off = int64(binary.LittleEndian.Uint64(b[48:]))
			r.at64 = p
			return nil
		}
	}
	return nil
}

// entries reads the directory's headers (4.3.12), and how many bytes are left
// that are none.
func (w *walk) entries(b []byte) (dir []entry, left int) {
	for len(b) >= 46 && string(b[:4]) == centralSig {
		n, m, k := int(u16(b[28:])), int(u16(b[30:])), int(u16(b[32:]))
		if 46+n+m+k > len(b) {
			break
		}
		if len(dir) == media.MaxMembers {
			w.v.Problem("", media.LimitCount)
			return dir, len(b)
		}
		e := entry{
			flags: u16(b[8:]), method: u16(b[10:]), crc: u32(b[16:]),
			packed: int64(u32(b[20:])), full: int64(u32(b[24:])), at: int64(u32(b[42:])),
		}
		e.name = name(b[46:46+n], e.flags&flagUTF8 != 0)
		extra64(b[46+n:46+n+m], &e.full, &e.packed, &e.at)
		e.at += w.base
		dir = append(dir, e)
		b = b[46+n+m+k:]
	}
	return dir, len(b)
}

// extra64 takes from the zip64 field (4.5.3) those numbers that did not fit, in
// its order.
func extra64(extra []byte, numbers ...*int64) {
	for len(extra) >= 4 {
		id, n := u16(extra), int(u16(extra[2:]))
		extra = extra[4:]
		if n > len(extra) {
			return
		}
		if id == 1 {
			b := extra[:n]
			for _, p := range numbers {
				if *p == 0xffffffff && len(b) >= 8 {
					*p = int64(binary.LittleEndian.Uint64(b))
					b = b[8:]
				}
			}
		}
		extra = extra[n:]
	}
}

// name is a member's name as valid UTF-8: code page 437 where it does not say
// that it is UTF-8 and is not (appendix D).
func name(b []byte, isUTF8 bool) string {
	if utf8.Valid(b) {
		return string(b)
	}
	if isUTF8 {
		return strings.ToValidUTF8(string(b), "\uFFFD")
	}
	s, err := charmap.CodePage437.NewDecoder().Bytes(b)
	if err != nil {
		return strings.ToValidUTF8(string(b), "\uFFFD")
	}
	return string(s)
}

// placed is an entry beside the one that stands before it in the file.
type placed struct {
	*entry
	prev *entry
}

// sortedByPlace pairs each member with the last one before it that is not
// itself upon another.
func sortedByPlace(dir []entry) []placed {
	ps := make([]placed, len(dir))
	for i := range dir {
		ps[i].entry = &dir[i]
	}
	if !slices.IsSortedFunc(ps, func(a, b placed) int { return cmp.Compare(a.at, b.at) }) {
		slices.SortStableFunc(ps, func(a, b placed) int { return cmp.Compare(a.at, b.at) })
	}
	var far *entry // of those so far the one that ends last
	for i := range ps {
		ps[i].prev = far
		if e := ps[i].entry; far == nil || e.at+e.packed >= far.at+far.packed {
			far = e
		}
	}
	return ps
}

func u16(b []byte) uint16 { return binary.LittleEndian.Uint16(b) }
func u32(b []byte) uint32 { return binary.LittleEndian.Uint32(b) }
