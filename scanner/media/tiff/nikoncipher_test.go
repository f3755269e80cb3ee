package tiff

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"habeas/scanner/media"
)

const (
	lensPlain = "0204" + "a lens of 105 mm at f/2.8"
	shotPlain = "0805" + "thirty-one shots since noon"
)

// enciphers what stands behind the version.
func enciphered(plain, serial, model string, shots uint32) string {
	b := []byte(plain)
	s := newNikonStream(nikonKey([]byte(serial), model), shots)
	for i := 4; i < len(b); i++ {
		b[i] ^= s.next()
	}
	return string(b)
}

func nikonPicture(serial, model string, shots uint32) []byte {
	return noted(little, "NIKON CORPORATION", model, still([]byte("Nikon\x00\x02\x10\x00\x00MM\x00*\x00\x00\x00\x08"),
		directory(big, 8, ascii(nikonSerial, serial), raw(nikonShot, enciphered(shotPlain, serial, model, shots)),
			raw(nikonLens, enciphered(lensPlain, serial, model, shots)), longs(big, nikonShots, shots))))
}

// A cipher that is checked against itself alone could be any: this is what
// ExifTool 12.57 makes of eight zeros.
func TestNikonStreamIsThatOfCameras(t *testing.T) {
	s := newNikonStream(nikonKey([]byte("6048599\x00"), "NIKON Z 6"), 0x1234)
	var got []byte
	for range 8 {
		got = append(got, s.next())
	}
	if want := []byte("\x3d\x9c\xba\x97\x33\x8e\xa8\x81"); !bytes.Equal(got, want) {
		t.Errorf("the stream begins % x, not % x", got, want)
	}
}

func TestNikonSerialGoesAndTheLensStaysLegible(t *testing.T) {
	for _, tt := range []struct{ name, serial, model string }{
		{"digits", "6048599", "NIKON Z 6_2"},
		{"no digits", "NO 2004A", "NIKON D200"},
		{"no digits, D50", "NO 2004A", "NIKON D50"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			object := nikonPicture(tt.serial, tt.model, 4711)
			drop := dropping{names: []string{"SerialNumber"}}
			cuts, err := New().(media.Stripper).Strip(bytes.NewReader(object), int64(len(object)), drop)
			if err != nil {
				t.Fatal(err)
			}
			out, err := media.Apply(object, cuts)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(out), tt.serial) {
				t.Error("the serial number is still there")
			}
			zeros := strings.Repeat("0", len(tt.serial))
			for _, plain := range []string{lensPlain, shotPlain} {
				if !strings.Contains(string(out), enciphered(plain, zeros, tt.model, 4711)) {
					t.Errorf("%q can't be deciphered any more", plain[:4])
				}
			}
			again, err := New().(media.Stripper).Strip(bytes.NewReader(out), int64(len(out)), drop)
			if err != nil || len(again) > 0 {
				t.Errorf("a second strip changes %d places: %v", len(again), err)
			}
		})
	}
}

// dropping drops fields by name.
type dropping struct {
	media.Stripping
	names []string
}

func (d dropping) Drop(_, _, name string) bool { return slices.Contains(d.names, name) }
