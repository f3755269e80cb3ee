package all

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"testing"

	"habeas/scanner/media"
	"habeas/scanner/media/mediatest"
)

// le writes numbers of two and four bytes after each other, little end first.
func le(parts ...any) []byte {
	var b bytes.Buffer
	for _, p := range parts {
		switch p := p.(type) {
		case string:
			b.WriteString(p)
		case uint16, uint32, []byte:
			_ = binary.Write(&b, binary.LittleEndian, p) // a buffer takes everything
		}
	}
	return b.Bytes()
}

// ifd is a TIFF with one directory: tag, type, number, value of each entry.
func ifd(entries ...[4]uint32) []byte {
	b := le("II", uint16(42), uint32(8), uint16(len(entries)))
	for _, e := range entries {
		b = append(b, le(uint16(e[0]), uint16(e[1]), e[2], e[3])...)
	}
	return append(b, 0, 0, 0, 0)
}

func riffOf(form string, chunks ...[]byte) []byte {
	body := []byte(form)
	for _, c := range chunks {
		body = append(body, c...)
	}
	return append(le("RIFF", uint32(len(body))), body...)
}

// TestSizeOfPictures: each format says how large the picture is that it stores, and
// a block inside it does not overrule that.
func TestSizeOfPictures(t *testing.T) {
	const width, height = 48, 30
	m := image.NewPaletted(image.Rect(0, 0, width, height), color.Palette{color.Black, color.White})
	encoded := map[string][]byte{}
	for name, encode := range map[string]func(*bytes.Buffer) error{
		"png":  func(b *bytes.Buffer) error { return png.Encode(b, m) },
		"jpeg": func(b *bytes.Buffer) error { return jpeg.Encode(b, m, nil) },
		"gif":  func(b *bytes.Buffer) error { return gif.Encode(b, m, nil) },
	} {
		var b bytes.Buffer
		if err := encode(&b); err != nil {
			t.Fatal(err)
		}
		encoded[name] = b.Bytes()
	}
	stale := ifd([4]uint32{0x0100, 4, 1, 999}, [4]uint32{0x0101, 4, 1, 777}, [4]uint32{0x0112, 3, 1, 6})
	extended := le("VP8X", uint32(10), []byte{8, 0, 0, 0, width - 1, 0, 0, height - 1, 0, 0})
	tests := map[string]struct {
		object []byte
		in     media.Picture // what the container around it said before
		want   [3]int        // width, height, orientation
	}{
		"png":                   {encoded["png"], media.Picture{}, [3]int{width, height, 0}},
		"jpeg":                  {encoded["jpeg"], media.Picture{}, [3]int{width, height, 0}},
		"gif":                   {encoded["gif"], media.Picture{}, [3]int{width, height, 0}},
		"bmp, top first":        {le("BM", uint32(58), uint32(0), uint32(54), uint32(40), uint32(width), uint32(1<<32-height), uint16(1), uint16(24), uint32(0), make([]byte, 24)), media.Picture{}, [3]int{width, height, 0}},
		"webp":                  {riffOf("WEBP", extended), media.Picture{}, [3]int{width, height, 0}},
		"tiff, turned":          {ifd([4]uint32{0x0100, 4, 1, width}, [4]uint32{0x0101, 4, 1, height}, [4]uint32{0x0112, 3, 1, 6}), media.Picture{}, [3]int{width, height, 6}},
		"a block that is stale": {stale, media.Picture{FullWidth: width, FullHeight: height}, [3]int{width, height, 6}},
		"tiff, absurd":          {ifd([4]uint32{0x0100, 4, 1, 1<<32 - 1}, [4]uint32{0x0101, 4, 1, 2}), media.Picture{}, [3]int{}},
		"png, no pixels":        {bytes.Replace(encoded["png"], []byte{0, 0, 0, width, 0, 0, 0, height}, make([]byte, 8), 1), media.Picture{}, [3]int{}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			for _, f := range Formats() {
				if !f.Match(tt.object[:min(len(tt.object), 4096)]) {
					continue
				}
				p := mediatest.WalkIn(t, f, tt.object, tt.in).Picture()
				w, h := p.Size()
				if got := [3]int{w, h, p.Orientation}; got != tt.want {
					t.Errorf("%s says %v, want %v", f.Name(), got, tt.want)
				}
				return
			}
			t.Error("no format knows it")
		})
	}
}
