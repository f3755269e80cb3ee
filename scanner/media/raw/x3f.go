package raw

import (
	"encoding/binary"
	"fmt"

	"habeas/scanner/media"
)

// maxSections of an X3F; cameras write about ten.
const maxSections = 200

// x3f: the last four bytes of the file say where the directory of its sections is.
func (w *walk) x3f() error {
	le := binary.LittleEndian
	w.group = "SigmaRaw"
	b, err := w.win.At(w.win.Size-4, 4)
	if err != nil || len(b) < 4 {
		return err
	}
	dir := int64(le.Uint32(b))
	h, err := w.win.At(dir, 12)
	if err != nil {
		return err
	}
	if len(h) < 12 || string(h[:4]) != "SECd" {
		w.v.Problem("", media.Truncated) // the end of the file is somewhere else
		return nil
	}
	count := int64(le.Uint32(h[8:]))
	if count > maxSections {
		w.v.Problem("", media.LimitCount)
		count = maxSections
	}
	for i := range count {
		e, err := w.win.At(dir+12+i*12, 12)
		if err != nil {
			return err
		}
		if len(e) < 12 {
			w.v.Problem("", media.Truncated)
			return nil
		}
		off, n := int64(le.Uint32(e)), int64(le.Uint32(e[4:]))
		switch string(e[8:12]) {
		case "PROP":
			err = w.x3fProperties(off, n)
		case "IMAG", "IMA2":
			err = w.x3fImage(fmt.Sprintf("preview[%d]", i+1), off, n)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// x3fImage nests a section that is a JPEG: SECi, version, type, format 18.
func (w *walk) x3fImage(path string, off, n int64) error {
	h, err := w.win.At(off, 28)
	if err != nil || len(h) < 28 || string(h[:4]) != "SECi" || n <= 28 {
		return err
	}
	if binary.LittleEndian.Uint32(h[12:]) != 18 {
		return nil
	}
	return w.section(path, off+28, n-28)
}

// x3fNames are the properties that name people and devices.
var x3fNames = map[string]string{
	"CAMSERIAL": "SerialNumber", "CAMMANUF": "Make", "CAMMODEL": "Model", "CAMNAME": "CameraName", "FIRMVERS": "FirmwareVersion", "LENSMODEL": "LensModel",
	"OWNER": "OwnerName", "ARTIST": "Artist", "COPYRIGHT": "Copyright", "SPSN": "SerialNumber",
}

// x3fProperties reads pairs of texts in UTF-16: SECp, version, how many, encoding,
// reserved, characters in all, then for each pair where its two texts begin.
func (w *walk) x3fProperties(off, n int64) error {
	const longest = 1 << 20
	le := binary.LittleEndian
	b, err := media.ReadUpTo(w.win.R, off, min(n, longest), w.win.Size)
	if err != nil || len(b) < 24 || string(b[:4]) != "SECp" {
		return err
	}
	count := int64(le.Uint32(b[8:]))
	if le.Uint32(b[12:]) != 0 { // another encoding than UTF-16
		w.v.Problem("camera", media.Unsupported)
		return nil
	}
	pairs := b[24:]
	if count > int64(len(pairs)/8) {
		w.v.Problem("camera", media.Corrupt)
		return nil
	}
	texts := pairs[count*8:]
	for i := range count {
		name := x3fText(texts, le.Uint32(pairs[i*8:]))
		if tag := x3fNames[name]; tag != "" {
			w.tag(tag, x3fText(texts, le.Uint32(pairs[i*8+4:])))
		}
	}
	return nil
}

// x3fText is the text that begins at character at and ends at a zero.
func x3fText(texts []byte, at uint32) string {
	const longest = 1 << 10
	from := int64(at) * 2
	if from >= int64(len(texts)) {
		return ""
	}
	b := texts[from:min(from+longest, int64(len(texts)))]
	for i := 0; i+1 < len(b); i += 2 {
		if b[i] == 0 && b[i+1] == 0 {
			b = b[:i]
			break
		}
	}
	s, _ := media.AppendWide(nil, b, media.UTF16LE, true)
	return string(s)
}
