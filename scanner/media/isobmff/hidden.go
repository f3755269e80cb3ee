package isobmff

import (
	"encoding/binary"
	"fmt"

	"habeas/scanner/media"
)

// A HEIF file may show less than it stores: a clean aperture crops the coded
// picture, an overlay is drawn over another, and further pictures lie beside the
// primary one. Whoever opens the file sees the primary item; the rest is told of.

// pixels is what an item's properties say of its size.
type pixels struct {
	id            uint32
	width, height uint64 // ispe, 6.5.3
	cropW, cropH  uint64 // clap, 6.5.9; 0 without one
}

// seen is what a viewer shows of an item.
func (p *pixels) seen() (width, height uint64) {
	if p.cropW > 0 && p.cropH > 0 {
		return min(p.cropW, p.width), min(p.cropH, p.height)
	}
	return p.width, p.height
}

// padding is by how much a coded picture may be larger than what is shown without
// hiding anything: coders fill up blocks of pixels.
const padding = 64

// larger reports whether w x h hides more than padding around w2 x h2, in either
// orientation.
func larger(w, h, w2, h2 uint64) bool {
	more := func(w2, h2 uint64) bool {
		return w >= w2 && h >= h2 && (w-w2 > max(padding, w/50) || h-h2 > max(padding, h/50))
	}
	return more(w2, h2) || more(h2, w2)
}

// shown compares the primary picture of a meta box with the others.
func (w *walk) shown(path string, t *tables, depth int) error {
	if t.pitm.size() < 6 || t.iprp.size() == 0 {
		return nil
	}
	h, err := w.win.At(t.pitm.body, 8)
	if err != nil || len(h) < 8 {
		return err
	}
	id := uint32(binary.BigEndian.Uint16(h[4:]))
	if h[0] > 0 {
		id = binary.BigEndian.Uint32(h[4:])
	}
	sizes, links, err := w.itemSizes(path, t.iprp, depth)
	if err != nil || len(links) == 0 {
		return err
	}
	primary := pixels{id: id}
	if each(links, func(p uint32, prop int) {
		if p == id {
			primary.add(sizes, prop)
		}
	}); primary.width == 0 || primary.height == 0 {
		return nil
	}
	width, height := primary.seen()
	if p := media.PictureOf(w.v); p.Width == 0 && max(width, height) < 1<<31 {
		p.Width, p.Height = int(width), int(height) // the thumbnail in Exif is compared with it
	}
	if larger(primary.width, primary.height, width, height) {
		why := fmt.Sprintf("%d x %d pixels are stored, of which a crop shows %d x %d", primary.width, primary.height, width, height)
		if err := media.HiddenCopy(w.v, itemPath(path, id), media.HiddenOriginal, why); err != nil {
			return err
		}
	}
	return w.beside(path, t, &primary, sizes, links, depth)
}

func itemPath(path string, id uint32) string { return fmt.Sprintf("%s/item[%d]", path, id) }

// add takes over property number prop, counted from 1.
func (p *pixels) add(sizes []pixels, prop int) {
	if prop < 1 || prop > len(sizes) {
		return
	}
	s := &sizes[prop-1]
	if s.width > 0 && p.width == 0 {
		p.width, p.height = s.width, s.height
	}
	if s.cropW > 0 && p.cropW == 0 {
		p.cropW, p.cropH = s.cropW, s.cropH
	}
}

// itemSizes reads the properties that give sizes, by number, and which item has
// which (ipco and ipma in iprp; ISO/IEC 23008-12, 9.3).
func (w *walk) itemSizes(path string, iprp box, depth int) (sizes []pixels, links []byte, err error) {
	err = w.children(path, iprp.body, iprp.end, depth, func(c box) error {
		switch c.kind {
		case "ipma":
			var err error
			links, err = w.table(c)
			return err
		case "ipco":
			return w.children(path, c.body, c.end, depth+1, func(p box) error {
				var s pixels
				switch p.kind {
				case "ispe":
					if h, err := w.win.At(p.body, 12); err != nil {
						return err
					} else if len(h) == 12 && p.size() >= 12 {
						s.width, s.height = uint64(binary.BigEndian.Uint32(h[4:])), uint64(binary.BigEndian.Uint32(h[8:]))
					}
				case "clap": // width and height as fractions
					if h, err := w.win.At(p.body, 16); err != nil {
						return err
					} else if len(h) == 16 && p.size() >= 16 {
						s.cropW, s.cropH = quotient(h), quotient(h[8:])
					}
				}
				sizes = append(sizes, s)
				return nil
			})
		}
		return nil
	})
	return sizes, links, err
}

// quotient is a fraction of two numbers of 32 bits, 0 if it is none.
func quotient(b []byte) uint64 {
	n, d := binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])
	if d == 0 || n > 1<<31 || d > 1<<31 {
		return 0
	}
	return uint64(n) / uint64(d)
}

// each calls fn with the items and the numbers of their properties in an ipma.
func each(links []byte, fn func(id uint32, prop int)) {
	f := fields{d: links}
	head := f.uint(4)
	wide, narrow := 2, head&1 == 0
	if head>>24 > 0 {
		wide = 4
	}
	for n := f.uint(4); n > 0 && !f.short; n-- {
		id := uint32(f.uint(wide))
		for k := f.uint(1); k > 0 && !f.short; k-- {
			if narrow {
				fn(id, int(f.uint(1)&0x7F))
			} else {
				fn(id, int(f.uint(2)&0x7FFF))
			}
		}
	}
}

// maxBeside bounds how many other pictures are told of.
const maxBeside = 16

// beside tells of pictures that hold more than the primary one shows.
func (w *walk) beside(path string, t *tables, primary *pixels, sizes []pixels, links []byte, depth int) error {
	width, height := primary.seen()
	var bigger []pixels
	var last pixels
	end := func() {
		if last.id != primary.id && last.width > 0 && len(bigger) < maxBeside && larger(last.width, last.height, width, height) {
			bigger = append(bigger, last)
		}
	}
	each(links, func(id uint32, prop int) {
		if id != last.id {
			end()
			last = pixels{id: id}
		}
		last.add(sizes, prop)
	})
	end()
	made, helpers, err := w.relations(path, t.iref, primary.id, depth)
	if err != nil || len(bigger) == 0 && (len(made) == 0 || len(made) > maxBeside) {
		return err
	}
	kind, err := w.itemKind(path, t.iinf, primary.id, depth)
	if err != nil {
		return err
	}
	tell := func(id uint32, name, why string) error {
		return media.HiddenCopy(w.v, itemPath(path, id), name, why)
	}
	if kind == "iovl" && len(made) > 0 {
		if err := tell(made[0], media.HiddenOriginal, "other pictures are laid over it (iovl)"); err != nil {
			return err
		}
	}
	for i := range bigger {
		b := &bigger[i]
		why := fmt.Sprintf("it has %d x %d pixels, the picture that is shown %d x %d", b.width, b.height, width, height)
		var err error
		switch {
		case contains(helpers, b.id):
		case !contains(made, b.id):
			err = tell(b.id, media.HiddenPicture, why)
		case kind == "iden" || kind == "iovl" && b.id != made[0]:
			err = tell(b.id, media.HiddenOriginal, why)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func contains(list []uint32, id uint32) bool {
	for _, x := range list {
		if x == id {
			return true
		}
	}
	return false
}

// relations reads iref: the items that id is made from, and those that only help
// to show others: depth, transparency, thumbnails, tiles of another picture.
func (w *walk) relations(path string, iref box, id uint32, depth int) (made, helpers []uint32, err error) {
	if iref.size() < 4 {
		return nil, nil, nil
	}
	h, err := w.win.At(iref.body, 4)
	if err != nil || len(h) < 4 {
		return nil, nil, err
	}
	wide := 2
	if h[0] > 0 {
		wide = 4
	}
	err = w.children(path, iref.body+4, iref.end, depth, func(c box) error {
		if c.kind != "dimg" && c.kind != "auxl" && c.kind != "thmb" || len(helpers)+len(made) > maxItems {
			return nil
		}
		d, err := w.table(c)
		if err != nil {
			return err
		}
		f := fields{d: d}
		from := uint32(f.uint(wide))
		if c.kind != "dimg" {
			helpers = append(helpers, from)
			return nil
		}
		for n := f.uint(2); n > 0 && !f.short && len(helpers)+len(made) <= maxItems; n-- {
			if to := uint32(f.uint(wide)); from == id {
				made = append(made, to)
			} else {
				helpers = append(helpers, to)
			}
		}
		return nil
	})
	return made, helpers, err
}

// itemKind is the type of an item, "" if iinf does not have it.
func (w *walk) itemKind(path string, iinf box, id uint32, depth int) (kind string, err error) {
	if iinf.size() < 6 {
		return "", nil
	}
	h, err := w.win.At(iinf.body, 4)
	if err != nil || len(h) < 4 {
		return "", err
	}
	off := iinf.body + 6
	if h[0] > 0 {
		off += 2
	}
	err = w.children(path, off, iinf.end, depth, func(c box) error {
		if c.kind != "infe" || kind != "" {
			return nil
		}
		d, err := w.win.At(c.body, int(min(c.size(), 16)))
		if err != nil || len(d) < 4 || d[0] < 2 {
			return err
		}
		f := fields{d: d[4:]}
		wide := 2
		if d[0] > 2 {
			wide = 4
		}
		if it := uint32(f.uint(wide)); it == id {
			f.uint(2)
			kind = f.take(4)
		}
		return nil
	})
	return kind, err
}
