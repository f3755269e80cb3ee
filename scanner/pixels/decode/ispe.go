package decode

import (
	"encoding/binary"
	"io"

	"habeas/scanner/media"
)

// way is where the sizes of pictures stand in a HEIF file (ISO/IEC 23008-12).
var way = []string{"meta", "iprp", "ipco", "ispe"}

// largest is the number of pixels of the largest picture that a HEIF file
// declares; 0 if it declares none.
func largest(r *io.SectionReader) (int64, error) {
	s := sizes{win: media.Window{R: r, Size: r.Size()}}
	err := s.walk(0, r.Size(), 0)
	return s.pixels, err
}

// sizes looks for boxes along way.
type sizes struct {
	win    media.Window
	pixels int64
	boxes  int
}

func (s *sizes) walk(off, end int64, depth int) error {
	for off+8 <= end {
		if s.boxes++; s.boxes > media.MaxBoxes {
			return media.Stop("", media.LimitCount)
		}
		b, err := s.win.At(off, 16)
		if err != nil {
			return err
		}
		if len(b) < 8 {
			return nil
		}
		size, head := int64(binary.BigEndian.Uint32(b)), int64(8)
		switch {
		case size == 0:
			size = end - off
		case size == 1 && len(b) == 16:
			size, head = int64(binary.BigEndian.Uint64(b[8:])), 16
		}
		if size < head || size > end-off {
			return nil // cut off, or nonsense: what came before counts
		}
		if name := string(b[4:8]); name == way[depth] {
			if err := s.box(name, off+head, off+size, depth); err != nil {
				return err
			}
		}
		off += size
	}
	return nil
}

// box is a box on the way.
func (s *sizes) box(name string, off, end int64, depth int) error {
	switch name {
	case "ispe":
		b, err := s.win.At(off, 12)
		if err != nil || len(b) < 12 {
			return err
		}
		w, h := int64(binary.BigEndian.Uint32(b[4:])), int64(binary.BigEndian.Uint32(b[8:]))
		if w > 1<<20 || h > 1<<20 {
			w, h = 1<<20, 1<<20
		}
		s.pixels = max(s.pixels, w*h)
		return nil
	case "meta":
		off += 4 // version and flags
	}
	return s.walk(off, end, depth+1)
}
