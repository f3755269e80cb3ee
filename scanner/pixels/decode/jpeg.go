package decode

import (
	"encoding/binary"
	"io"

	"habeas/scanner/media"
)

// jpegMemory is what image/jpeg would take for a file, from its frame header
// (T.81 B.2.2): planes of samples and, if it is progressive, four bytes for each
// coefficient.
func jpegMemory(r *io.SectionReader) (int64, error) {
	win := media.Window{R: r, Size: r.Size()}
	off := int64(2)
	for range media.MaxSegments {
		b, err := win.At(off, 4)
		if err != nil {
			return 0, err
		}
		if len(b) < 4 {
			return 0, io.ErrUnexpectedEOF
		}
		marker := b[1]
		switch {
		case b[0] != 0xFF || marker == 0x00:
			off++ // image/jpeg looks for the next marker, too
			continue
		case marker == 0xFF:
			off++
			continue
		case marker == 0x01 || marker >= 0xD0 && marker <= 0xD8:
			off += 2
			continue
		case marker == 0xDA || marker == 0xD9:
			return 0, media.Stop("", media.Corrupt)
		case marker >= 0xC0 && marker <= 0xC2:
			return frameMemory(&win, off+4, marker == 0xC2)
		case marker >= 0xC3 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC:
			return 0, media.Stop("", media.Unsupported)
		}
		off += 2 + int64(binary.BigEndian.Uint16(b[2:]))
	}
	return 0, media.Stop("", media.LimitSegs)
}

func frameMemory(win *media.Window, off int64, progressive bool) (int64, error) {
	b, err := win.At(off, 6+3*4)
	if err != nil {
		return 0, err
	}
	if len(b) < 6 {
		return 0, io.ErrUnexpectedEOF
	}
	h, w, n := int64(binary.BigEndian.Uint16(b[1:])), int64(binary.BigEndian.Uint16(b[3:])), int(b[5])
	if n < 1 || n > 4 || len(b) < 6+3*n {
		return 0, media.Stop("", media.Corrupt)
	}
	var maxH, maxV, samples int64 = 1, 1, 0
	for i := range n {
		maxH, maxV = max(maxH, int64(b[7+3*i]>>4)), max(maxV, int64(b[7+3*i]&15))
	}
	for i := range n {
		samples += int64(b[7+3*i]>>4) * int64(b[7+3*i]&15)
	}
	units := ((w + 8*maxH - 1) / (8 * maxH)) * ((h + 8*maxV - 1) / (8 * maxV))
	need := units * samples * 64
	if progressive {
		need *= 5
	}
	if n == 4 {
		need += w * h * 4 // CMYK comes in a picture of its own
	}
	return need, nil
}
