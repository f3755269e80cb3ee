package decode

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"testing"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"

	"habeas/scanner/media"
)

// drawn is a small picture with a slope in it.
func drawn() image.Image {
	m := image.NewRGBA(image.Rect(0, 0, 40, 24))
	for i := range 40 * 24 {
		m.Set(i%40, i/40, color.RGBA{uint8(6 * (i % 40)), uint8(9 * (i / 40)), 80, 255})
	}
	return m
}

func encoded(t *testing.T, f func(io.Writer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := f(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// decoded gives the sizes of the pictures and why there are no more.
func decoded(mime string, b []byte) (sizes []image.Point, r media.Reason, err error) {
	err = Decode(mime, io.NewSectionReader(bytes.NewReader(b), 0, int64(len(b))), func(p Picture) error {
		sizes = append(sizes, p.Image.Bounds().Size())
		return nil
	})
	var p *media.Problem
	if errors.As(err, &p) {
		return sizes, p.Reason, nil
	}
	return sizes, "", err
}

// chunk is a PNG chunk.
func chunk(name string, data []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	b = append(append(b, name...), data...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

// pngBomb claims w by h pixels of 16 bits and holds zeros, packed.
func pngBomb(t *testing.T, w, h uint32, zeros int) []byte {
	head := binary.BigEndian.AppendUint32(nil, w)
	head = append(binary.BigEndian.AppendUint32(head, h), 16, 6, 0, 0, 0)
	data := encoded(t, func(out io.Writer) error {
		z := zlib.NewWriter(out)
		if _, err := z.Write(make([]byte, zeros)); err != nil {
			return err
		}
		return z.Close()
	})
	b := append([]byte("\x89PNG\r\n\x1a\n"), chunk("IHDR", head)...)
	return append(append(b, chunk("IDAT", data)...), chunk("IEND", nil)...)
}

// heicHead is the start of a HEIC file whose picture claims w by h pixels.
func heicHead(w, h uint32) []byte {
	boxed := func(name string, data []byte) []byte {
		return append(append(binary.BigEndian.AppendUint32(nil, uint32(8+len(data))), name...), data...)
	}
	ispe := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(make([]byte, 4), w), h)
	meta := append(make([]byte, 4), boxed("iprp", boxed("ipco", boxed("ispe", ispe)))...)
	return append(boxed("ftyp", []byte("heic\x00\x00\x00\x00mif1heic")), boxed("meta", meta)...)
}

func TestDecode(t *testing.T) {
	jpg := encoded(t, func(w io.Writer) error { return jpeg.Encode(w, drawn(), nil) })
	tif := encoded(t, func(w io.Writer) error { return tiff.Encode(w, drawn(), nil) })
	whole := []image.Point{{X: 40, Y: 24}}
	bomb := bytes.Clone(jpg)
	sof := bytes.Index(bomb, []byte{0xff, 0xc0})
	copy(bomb[sof+5:], []byte{0xff, 0xff, 0xff, 0xff})
	for name, c := range map[string]struct {
		mime string
		in   []byte
		want []image.Point
		why  media.Reason
	}{
		"jpeg":               {"image/jpeg", jpg, whole, ""},
		"png":                {"image/png", encoded(t, func(w io.Writer) error { return png.Encode(w, drawn()) }), whole, ""},
		"gif":                {"image/gif", encoded(t, func(w io.Writer) error { return gif.Encode(w, drawn(), nil) }), whole, ""},
		"bmp":                {"image/bmp", encoded(t, func(w io.Writer) error { return bmp.Encode(w, drawn()) }), whole, ""},
		"tiff":               {"image/tiff", tif, whole, ""},
		"jpeg xl":            {"image/jxl", []byte("\xff\x0a"), nil, media.Unsupported},
		"raw":                {"image/x-canon-cr2", tif, nil, media.Unsupported},
		"big tiff":           {"image/tiff", []byte("II+\x00\x08\x00\x00\x00"), nil, media.Unsupported},
		"empty":              {"image/jpeg", nil, nil, media.Truncated},
		"cut jpeg":           {"image/jpeg", jpg[:len(jpg)/2], nil, media.Truncated},
		"cut tiff":           {"image/tiff", tif[:6], nil, media.Truncated},
		"damaged png":        {"image/png", []byte("\x89PNG\r\n\x1a\nxxxxxxxxxxxxxxxx"), nil, media.Truncated},
		"png of 10^10":       {"image/png", pngBomb(t, 100_000, 100_000, 1<<20), nil, media.LimitPixels},
		"png of 16 bits":     {"image/png", pngBomb(t, 14_000, 14_000, 1<<20), nil, media.LimitPixels},
		"png that lies":      {"image/png", pngBomb(t, 1_000, 1_000, 100), nil, media.Corrupt},
		"jpeg of 65,535":     {"image/jpeg", bomb, nil, media.LimitPixels},
		"heic of 10^10":      {"image/heic", heicHead(100_000, 100_000), nil, media.LimitPixels},
		"heic without sizes": {"image/heic", heicHead(0, 0), nil, media.Corrupt},
		"cut heic":           {"image/heic", heicHead(4_000, 3_000), nil, media.Corrupt},
		"cut avif":           {"image/avif", heicHead(400, 300), nil, media.Corrupt},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sizes, why, err := decoded(c.mime, c.in)
			if err != nil || why != c.why || len(sizes) != len(c.want) || len(sizes) > 0 && sizes[0] != c.want[0] {
				t.Errorf("%v, %q, %v; want %v, %q", sizes, why, err, c.want, c.why)
			}
		})
	}
}

func TestPagesOfTIFF(t *testing.T) {
	one := encoded(t, func(w io.Writer) error { return tiff.Encode(w, drawn(), nil) })
	// The encoder writes the directory last. A second file behind the first has its
	// directory linked, with offsets that still count from its own start: so the
	// second page is the first once more.
	ifd := binary.LittleEndian.Uint32(one[4:])
	n := binary.LittleEndian.Uint16(one[ifd:])
	end := ifd + 2 + 12*uint32(n)
	two := append(bytes.Clone(one), one[ifd:]...)
	binary.LittleEndian.PutUint32(two[end:], uint32(len(one)))
	binary.LittleEndian.PutUint32(two[uint32(len(one))+end-ifd:], ifd) // a circle
	sizes, why, err := decoded("image/tiff", two)
	if err != nil || why != "" || len(sizes) != 2 {
		t.Errorf("%v, %q, %v", sizes, why, err)
	}
}

func TestFailedReadsStay(t *testing.T) {
	broken := errors.New("the wire broke")
	r := io.NewSectionReader(failing{broken}, 0, 1000)
	for _, mime := range []string{"image/jpeg", "image/tiff", "image/heic"} {
		if err := Decode(mime, r, func(Picture) error { return nil }); !errors.Is(err, broken) {
			t.Errorf("%s: %v", mime, err)
		}
	}
}

type failing struct{ err error }

func (f failing) ReadAt([]byte, int64) (int, error) { return 0, f.err }

func FuzzDecode(f *testing.F) {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, drawn(), nil); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes(), uint8(0))
	f.Add(heicHead(400, 300), uint8(1))
	f.Add([]byte("II*\x00\x08\x00\x00\x00\x01\x00"), uint8(2))
	mimes := []string{"image/jpeg", "image/heic", "image/tiff", "image/png", "image/gif", "image/bmp", "image/webp"}
	f.Fuzz(func(t *testing.T, in []byte, which uint8) {
		if len(in) > 1<<16 {
			return
		}
		if _, _, err := decoded(mimes[int(which)%len(mimes)], in); err != nil {
			t.Errorf("an error that is no reason: %v", err)
		}
	})
}
