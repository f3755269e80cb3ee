package tiff

import (
	"habeas/scanner/media"
)

// Cameras of Nikon encipher what they say of lens, shot and colours with a byte of
// the serial number and one of the shutter count, which both stand beside it in
// the note. A note that loses its serial number is enciphered anew, with that of
// number 0: programs read it as before, and it tells nothing of the number any
// more. The cipher is the one that dcraw, Exiv2 and ExifTool know.

// Fields of the note.
const (
	nikonSerial  = 0x001D
	nikonShots   = 0x00A7 // the shutter count
	nikonShot    = 0x0091 // what is enciphered: ShotInfo
	nikonColours = 0x0097
	nikonLens    = 0x0098
)

// nikonKey is the byte that a serial number enciphers with. One that is no number
// stands for a fixed byte, which depends on the model.
func nikonKey(serial []byte, model string) byte {
	serial = cutAtZero(serial)
	key := byte(0)
	for _, c := range serial {
		if c < '0' || c > '9' {
			if len(model) >= 4 && model[len(model)-4:] == " D50" {
				return 0x22
			}
			return 0x60
		}
		key = key*10 + c - '0'
	}
	return key
}

func cutAtZero(b []byte) []byte {
	for i, c := range b {
		if c == 0 {
			return b[:i]
		}
	}
	return b
}

// nikonStart is where the enciphered bytes of a field begin, by the four digits of
// its version; 0 if it has none.
func nikonStart(id uint16, version string) int64 {
	switch {
	case len(version) < 4:
	case id == nikonLens && version != "0100" && version != "0101":
		return 4
	case id == nikonShot && (version[:2] == "02" || version[:2] == "08"):
		return 4
	case id == nikonColours && (version == "0205" || version[:2] == "04" || version[:2] == "08"):
		return 4
	case id == nikonColours && (version[:2] == "02" || version[:2] == "06"):
		return 284
	}
	return 0
}

// nikonStream is what is added, by exclusive or, to the enciphered bytes.
type nikonStream struct{ ci, cj, ck byte }

func newNikonStream(serial byte, shots uint32) nikonStream {
	return nikonStream{nikonSerials[serial], nikonCounts[byte(shots)^byte(shots>>8)^byte(shots>>16)^byte(shots>>24)], 0x60}
}

func (s *nikonStream) next() byte {
	s.cj += s.ci * s.ck
	s.ck++
	return s.cj
}

// withoutSerial gives the changes that take the serial number, which e holds, out
// of a note whose directory was read, and keep the rest of it legible.
func (n *note) withoutSerial(e *entry) ([]media.Cut, error) {
	at := e.off
	if e.size <= 4 {
		at = e.pos + 8
	}
	serial, err := media.ReadUpTo(n.w.win.r, at, e.size, n.w.win.size)
	if err != nil || int64(len(serial)) < e.size {
		return nil, err
	}
	digits := make([]byte, len(serial))
	for i := range cutAtZero(serial) {
		digits[i] = '0'
	}
	cuts := []media.Cut{{Off: at, N: e.size, With: digits}}
	var shots *entry
	fields, err := n.enciphered()
	for i := range fields {
		if fields[i].id == nikonShots && fields[i].size == 4 {
			shots = &fields[i]
		}
	}
	if err != nil || shots == nil {
		return cuts, err
	}
	from := newNikonStream(nikonKey(serial, n.model), n.order.Uint32(shots.inline[:]))
	to := newNikonStream(0, n.order.Uint32(shots.inline[:]))
	for i := range fields {
		f := &fields[i]
		if f.id == nikonShots || f.off < n.off || f.off+f.size > n.end {
			continue
		}
		b, err := media.ReadUpTo(n.w.win.r, f.off, f.size, n.w.win.size)
		if err != nil {
			return nil, err
		}
		if start := nikonStart(f.id, string(b[:min(len(b), 4)])); start > 0 && start < int64(len(b)) {
			b = b[start:]
			for k, old, fresh := 0, from, to; k < len(b); k++ {
				b[k] ^= old.next() ^ fresh.next()
			}
			cuts = append(cuts, media.Cut{Off: f.off + start, N: int64(len(b)), With: b})
		}
	}
	return cuts, nil
}

// enciphered are the entries of the note that are enciphered, and the shutter
// count.
func (n *note) enciphered() (out []entry, err error) {
	dir := n.off + n.maker.dir
	b, err := n.w.win.at(dir, 2)
	if err != nil || len(b) < 2 {
		return nil, err
	}
	b, err = n.w.win.at(dir+2, 12*min(int64(n.order.Uint16(b)), maxNoteEntries))
	for ; err == nil && len(b) >= 12; b = b[12:] {
		switch e := n.entry(b); {
		case e.id == nikonShots:
			out = append(out, e)
		case e.size > 4 && (e.id == nikonShot || e.id == nikonColours || e.id == nikonLens):
			e.off += n.base
			out = append(out, e)
		}
	}
	return out, err
}

// nikonSerials and nikonCounts are the tables of the cipher.
const (
	nikonSerials = "" +
		"\xc1\xbf\x6d\x0d\x59\xc5\x13\x9d\x83\x61\x6b\x4f\xc7\x7f\x3d\x3d\x53\x59\xe3\xc7\xe9\x2f\x95\xa7\x95\x1f\xdf\x7f\x2b\x29\xc7\x0d" +
		"\xdf\x07\xef\x71\x89\x3d\x13\x3d\x3b\x13\xfb\x0d\x89\xc1\x65\x1f\xb3\x0d\x6b\x29\xe3\xfb\xef\xa3\x6b\x47\x7f\x95\x35\xa7\x47\x4f" +
		"\xc7\xf1\x59\x95\x35\x11\x29\x61\xf1\x3d\xb3\x2b\x0d\x43\x89\xc1\x9d\x9d\x89\x65\xf1\xe9\xdf\xbf\x3d\x7f\x53\x97\xe5\xe9\x95\x17" +
		"\x1d\x3d\x8b\xfb\xc7\xe3\x67\xa7\x07\xf1\x71\xa7\x53\xb5\x29\x89\xe5\x2b\xa7\x17\x29\xe9\x4f\xc5\x65\x6d\x6b\xef\x0d\x89\x49\x2f" +
		"\xb3\x43\x53\x65\x1d\x49\xa3\x13\x89\x59\xef\x6b\xef\x65\x1d\x0b\x59\x13\xe3\x4f\x9d\xb3\x29\x43\x2b\x07\x1d\x95\x59\x59\x47\xfb" +
		"\xe5\xe9\x61\x47\x2f\x35\x7f\x17\x7f\xef\x7f\x95\x95\x71\xd3\xa3\x0b\x71\xa3\xad\x0b\x3b\xb5\xfb\xa3\xbf\x4f\x83\x1d\xad\xe9\x2f" +
		"\x71\x65\xa3\xe5\x07\x35\x3d\x0d\xb5\xe9\xe5\x47\x3b\x9d\xef\x35\xa3\xbf\xb3\xdf\x53\xd3\x97\x53\x49\x71\x07\x35\x61\x71\x2f\x43" +
		"\x2f\x11\xdf\x17\x97\xfb\x95\x3b\x7f\x6b\xd3\x25\xbf\xad\xc7\xc5\xc5\xb5\x8b\xef\x2f\xd3\x07\x6b\x25\x49\x95\x25\x49\x6d\x71\xc7"
	nikonCounts = "" +
		"\xa7\xbc\xc9\xad\x91\xdf\x85\xe5\xd4\x78\xd5\x17\x46\x7c\x29\x4c\x4d\x03\xe9\x25\x68\x11\x86\xb3\xbd\xf7\x6f\x61\x22\xa2\x26\x34" +
		"\x2a\xbe\x1e\x46\x14\x68\x9d\x44\x18\xc2\x40\xf4\x7e\x5f\x1b\xad\x0b\x94\xb6\x67\xb4\x0b\xe1\xea\x95\x9c\x66\xdc\xe7\x5d\x6c\x05" +
		"\xda\xd5\xdf\x7a\xef\xf6\xdb\x1f\x82\x4c\xc0\x68\x47\xa1\xbd\xee\x39\x50\x56\x4a\xdd\xdf\xa5\xf8\xc6\xda\xca\x90\xca\x01\x42\x9d" +
		"\x8b\x0c\x73\x43\x75\x05\x94\xde\x24\xb3\x80\x34\xe5\x2c\xdc\x9b\x3f\xca\x33\x45\xd0\xdb\x5f\xf5\x52\xc3\x21\xda\xe2\x22\x72\x6b" +
		"\x3e\xd0\x5b\xa8\x87\x8c\x06\x5d\x0f\xdd\x09\x19\x93\xd0\xb9\xfc\x8b\x0f\x84\x60\x33\x1c\x9b\x45\xf1\xf0\xa3\x94\x3a\x12\x77\x33" +
		"\x4d\x44\x78\x28\x3c\x9e\xfd\x65\x57\x16\x94\x6b\xfb\x59\xd0\xc8\x22\x36\xdb\xd2\x63\x98\x43\xa1\x04\x87\x86\xf7\xa6\x26\xbb\xd6" +
		"\x59\x4d\xbf\x6a\x2e\xaa\x2b\xef\xe6\x78\xb6\x4e\xe0\x2f\xdc\x7c\xbe\x57\x19\x32\x7e\x2a\xd0\xb8\xba\x29\x00\x3c\x52\x7d\xa8\x49" +
		"\x3b\x2d\xeb\x25\x49\xfa\xa3\xaa\x39\xa7\xc5\xa7\x50\x11\x36\xfb\xc6\x67\x4a\xf5\xa5\x12\x65\x7e\xb0\xdf\xaf\x4e\xb3\x61\x7f\x2f"
)
