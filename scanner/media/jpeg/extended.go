package jpeg

import (
	"cmp"
	"encoding/binary"
	"slices"

	"habeas/scanner/media"
)

// Extended XMP (XMP specification part 3, 1.1.3.1): a packet that does not fit one
// segment is cut into pieces, each with the MD5 of the whole in hex, its full
// length and its own offset. Pieces may come in any order, before or after the
// main packet, and a file that was edited by a program that knows nothing of them
// may hold the pieces of several. The MD5 only groups them: a packet whose MD5 is
// wrong, or that the main packet does not name, is still in the file.
type extension struct {
	guid   [32]byte
	total  uint32
	at     uint32 // offset in the packet
	off, n int64  // in the file
}

const extensionHeader = 32 + 4 + 4

// extension keeps a piece. head starts behind the signature.
func (w *walk) extension(head []byte, off, n int64) {
	if len(head) < extensionHeader || n <= extensionHeader {
		w.problem(paths[extendedBlock], media.Corrupt)
		return
	}
	e := extension{
		total: binary.BigEndian.Uint32(head[32:]),
		at:    binary.BigEndian.Uint32(head[36:]),
		off:   off + extensionHeader,
		n:     n - extensionHeader,
	}
	copy(e.guid[:], head)
	if w.last(extendedBlock) == nil {
		w.add(extendedBlock, e.off, e.n, false)
	}
	w.extended = append(w.extended, e)
}

// handExtended joins the pieces of each packet in the order of their offsets and
// hands the packets out. Of one with a gap the rest is handed out too.
func (w *walk) handExtended() error {
	sortExtended(w.extended)
	for rest := w.extended; len(rest) > 0; {
		n := 1
		for n < len(rest) && rest[n].guid == rest[0].guid {
			n++
		}
		if err := w.handPacket(rest[:n]); err != nil {
			return err
		}
		rest = rest[n:]
	}
	return nil
}

func sortExtended(list []extension) {
	slices.SortStableFunc(list, func(a, b extension) int {
		return cmp.Or(slices.Compare(a.guid[:], b.guid[:]), cmp.Compare(a.at, b.at))
	})
}

func (w *walk) handPacket(pieces []extension) error {
	var out []piece
	next := int64(0)
	whole := true
	for _, e := range pieces {
		at := int64(e.at)
		switch {
		case at > next:
			whole = false // a gap
		case at+e.n <= next:
			continue // a repeated piece
		}
		skip := max(0, next-at)
		out = append(out, piece{e.off + skip, e.n - skip})
		next = at + e.n
	}
	if !whole || next != int64(pieces[0].total) {
		w.problem(paths[extendedBlock], media.Corrupt)
	}
	return w.nest(paths[extendedBlock], out)
}
