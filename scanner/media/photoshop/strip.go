package photoshop

import (
	"bytes"
	"crypto/md5"
	"encoding/binary"
	"io"

	"habeas/scanner/media"
)

var _ media.Stripper = format{}

// idDigest is the MD5 of the IPTC resource, by which Photoshop sees that another
// program changed it.
const idDigest = 0x0425

// entry is one resource that Strip looks at.
type entry struct {
	id            uint16
	start, at, n  int64 // where it begins, where its data stand and how long they are
	lengthAt, end int64
}

// Strip implements media.Stripper: resources go as a whole or lose something of
// what is in them; the others move up, and lengths say so.
func (format) Strip(r io.ReaderAt, size int64, s media.Stripping) ([]media.Cut, error) {
	w := &walk{r: r, size: size, v: media.Deaf{}, win: &media.Window{R: r, Size: size}}
	head, err := w.win.At(0, 4)
	if err != nil {
		return nil, err
	}
	start, end, err := w.section()
	if err != nil {
		return nil, err
	}
	isFile := string(head) == fileSig
	if !isFile && s.Drop("", "", "") {
		return []media.Cut{{N: size}}, nil
	}
	list, err := w.list(start, end)
	if err != nil {
		return nil, err
	}
	var cuts []media.Cut
	var news []byte // the IPTC as it will be, if it changes
	for _, res := range list {
		k, err := w.without(res, s)
		if err != nil {
			return nil, err
		}
		if res.id == idIPTC && len(k) > 0 {
			if news, err = w.changed(res, k); err != nil {
				return nil, err
			}
			if news == nil {
				news = []byte{}
			}
		}
		cuts = append(cuts, k...)
	}
	for _, res := range list {
		switch {
		case res.id != idDigest || news == nil:
		case len(news) == 0:
			cuts = append(cuts, media.Cut{Off: res.start, N: res.end - res.start})
		case res.n == md5.Size:
			sum := md5.Sum(news)
			cuts = append(cuts, media.Cut{Off: res.at, N: res.n, With: sum[:]})
		}
	}
	if cuts, err = media.SortCuts(cuts); err != nil || len(cuts) == 0 || !isFile {
		return cuts, err
	}
	length := uint32(end - start + media.Growth(cuts))
	return media.SortCuts(append(cuts, media.Cut{Off: start - 4, N: 4, With: binary.BigEndian.AppendUint32(nil, length)}))
}

// changed is what stands in a resource once its cuts are made.
func (w *walk) changed(res entry, cuts []media.Cut) ([]byte, error) {
	if cuts[0].Off == res.start {
		return nil, nil // all of it goes
	}
	b, err := media.ReadUpTo(w.r, res.at, res.n, w.size)
	if err != nil {
		return nil, err
	}
	var inner []media.Cut
	for _, c := range cuts {
		if c.Off >= res.at && c.Off < res.at+res.n {
			c.Off -= res.at
			inner = append(inner, c)
		}
	}
	return media.Apply(b, inner)
}

// list gives the resources between off and end, up to the first that makes no
// sense.
func (w *walk) list(off, end int64) (list []entry, err error) {
	for range media.MaxSegments {
		b, err := w.win.At(off, 7)
		if err != nil || len(b) < 7 || end-off < minResource || !known(string(b[:4])) {
			return list, err
		}
		res := entry{id: binary.BigEndian.Uint16(b[4:]), start: off}
		name := 1 + int64(b[6])
		res.lengthAt = off + 6 + name + name&1
		if b, err = w.win.At(res.lengthAt, 4); err != nil || len(b) < 4 {
			return list, err
		}
		res.at, res.n = res.lengthAt+4, int64(binary.BigEndian.Uint32(b))
		if res.n > end-res.at {
			return list, nil
		}
		res.end = min(res.at+res.n+res.n&1, end)
		list, off = append(list, res), res.end
	}
	return nil, media.Stop("", media.LimitSegs)
}

// without gives the cuts in one resource.
func (w *walk) without(res entry, s media.Stripping) ([]media.Cut, error) {
	whole := []media.Cut{{Off: res.start, N: res.end - res.start}}
	var path string
	skip := int64(0)
	switch res.id {
	case idIPTC:
		path = "iptc"
	case idExif, idExif3:
		path = "exif"
	case idXMP:
		path = "xmp"
	case idThumbnail, idThumb5:
		path, skip = "thumbnail", thumbnailHeader
	case idCaption:
		if s.Drop("", "Photoshop", "Caption") {
			return whole, nil
		}
	case idURL:
		if s.Drop("", "Photoshop", "URL") {
			return whole, nil
		}
	case idURLs:
		if s.Drop("", "Photoshop", "URL_List") {
			return whole, nil
		}
	}
	if path == "" || res.n <= skip {
		return nil, nil
	}
	if s.Drop(path, "", "") {
		return whole, nil
	}
	n := res.n - skip
	cuts, err := s.Nested(path, io.NewSectionReader(w.r, res.at+skip, n), nil)
	if err != nil || len(cuts) == 0 {
		return nil, err
	}
	if skip > 0 { // the sizes in the header of a thumbnail stay right
		var ok bool
		if cuts, ok = media.Padded(cuts, n, 0); !ok {
			return nil, media.Stop(path, media.Corrupt)
		}
		return media.Shift(cuts, res.at+skip), nil
	}
	rest := n + media.Growth(cuts)
	if rest == 0 {
		return whole, nil
	}
	cuts = media.Shift(cuts, res.at)
	if rest != n {
		cuts = append(cuts, media.Cut{Off: res.lengthAt, N: 4, With: binary.BigEndian.AppendUint32(nil, uint32(rest))})
	}
	if pad := bytes.Repeat([]byte{0}, int(rest&1)); res.end-res.at-res.n != rest&1 {
		cuts = append(cuts, media.Cut{Off: res.at + res.n, N: res.end - res.at - res.n, With: pad})
	}
	return media.SortCuts(cuts)
}

var _ media.Coder = format{}

// Coded implements media.Coder: the layers and the picture of a file.
func (format) Coded(r io.ReaderAt, size int64) ([]media.Range, error) {
	w := &walk{r: r, size: size, v: media.Deaf{}, win: &media.Window{R: r, Size: size}}
	head, err := w.win.At(0, 4)
	if err != nil || string(head) != fileSig {
		return nil, err
	}
	_, end, err := w.section()
	if err != nil || end >= size {
		return nil, err
	}
	return []media.Range{{N: 26}, {Off: end, N: size - end}}, nil
}
