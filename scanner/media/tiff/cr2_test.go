package tiff

import (
	"encoding/binary"
	"testing"

	"habeas/scanner/media/mediatest"
)

// cr2 is a picture whose first directory holds one strip of JPEG; mark stands
// behind the header.
func cr2(mark string) []byte {
	le := binary.LittleEndian
	b := append([]byte("II*\x00\x10\x00\x00\x00"), mark...)
	b = le.AppendUint16(b, 3)
	for _, e := range [][2]uint32{{0x0103, 6}, {0x0111, 16 + 2 + 36 + 4}, {0x0117, 4}} {
		b = le.AppendUint16(b, uint16(e[0]))
		b = le.AppendUint16(b, 4)
		b = le.AppendUint32(b, 1)
		b = le.AppendUint32(b, e[1])
	}
	return append(le.AppendUint32(b, 0), "\xff\xd8\xff\xd9"...)
}

// The preview of Canon's raw pictures is handed on, though nothing but the mark
// tells it from a picture that is stored as JPEG.
func TestPreviewOfCR2(t *testing.T) {
	for mark, want := range map[string]int{"CR\x02\x00\x00\x00\x00\x00": 1, "\x00\x00\x00\x00\x00\x00\x00\x00": 0} {
		v := mediatest.Walk(t, New(), cr2(mark))
		if len(v.Blocks) != want {
			t.Errorf("%q: %d blocks", mark, len(v.Blocks))
		}
		if want == 1 && len(v.Blocks) == 1 && v.Blocks[0].Path != "ifd0/preview" {
			t.Errorf("path %q", v.Blocks[0].Path)
		}
	}
}
