package dicom

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"flag"
	goimage "image"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"habeas/scanner/media"
	"habeas/scanner/media/mediatest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// writer writes elements in one of the forms.
type writer struct {
	order binary.AppendByteOrder
	plain bool
}

func (w writer) u16(ns ...int) (s string) {
	for _, n := range ns {
		s += string(w.order.AppendUint16(nil, uint16(n)))
	}
	return s
}

func (w writer) u32(n int) string { return string(w.order.AppendUint32(nil, uint32(n))) }

// el is an element; n replaces its length if it is not 0.
func (w writer) el(group, number int, kind, value string, n int) string {
	if len(value)%2 == 1 {
		value += " "
	}
	if n == 0 {
		n = len(value)
	}
	h := w.u16(group, number)
	switch {
	case w.plain || group == 0xfffe:
		return h + w.u32(n) + value
	case longKinds[kind]:
		return h + kind + "\x00\x00" + w.u32(n) + value
	}
	return h + kind + w.u16(n) + value
}

func (w writer) item(s string) string { return w.el(0xfffe, 0xe000, "", s, 0) }

// end is a mark of an end, which has no length.
func (w writer) end(number int) string { return w.u16(0xfffe, number) + w.u32(0) }

// file puts the head of PS3.10 before a data set.
func file(syntax, set string) []byte {
	w := writer{order: binary.LittleEndian}
	return []byte(strings.Repeat("\x00", preamble) + prefix + w.el(2, 0x10, "UI", syntax+"\x00", 0) + set)
}

const (
	jpeg     = "\xff\xd8\xff\xe0\x00\x04xx\xff\xd9"
	explicit = "1.2.840.10008.1.2.1"
)

// set is a data set with what matters.
func (w writer) set() string {
	address := w.el(0x0040, 0x1103, "LO", "+1 202 555 0143", 0)
	return w.el(8, 5, "CS", "ISO_IR 100", 0) + w.el(8, 0x18, "UI", "1.2.3", 0) + w.el(8, 0x20, "DA", "20261124", 0) + w.el(8, 0x90, "PN", "Beispiel^Bo^Q^Dr", 0) +
		w.el(8, 0x1070, "PN", "Ejemplo^Cy\\Fay", 0) + w.el(9, 0x10, "LO", "ACME 1.1", 0) + w.el(9, 0x1010, "UN", "mail of fay@example.org", 0) + w.el(9, 0x1012, "UN", "1.2.840.1", 0) + w.el(9, 0x1011, "UN", "\x01\x02\x03\x04", 0) +
		w.el(0x10, 0x10, "PN", "Exemplo^Zo\xeb=Ex^Z=", 0) + w.el(0x10, 0x20, "LO", "P-10023", 0) + w.el(0x10, 0x30, "DA", "19840506", 0) + w.el(0x10, 0x4000, "LT", "likes \\ and /", 0) +
		w.el(0x18, 0x1000, "LO", "SN-998877", 0) +
		w.el(0x40, 0x1101, "SQ", w.item(w.el(8, 0x100, "SH", "C-1", 0)+w.el(8, 0x104, "LO", "a meaning", 0)+address), 0) +
		w.el(0x40, 0xa730, "SQ", w.el(0xfffe, 0xe000, "", w.el(0x40, 0xa123, "PN", "Ana^Text", 0), open)+w.end(0xe00d)+w.end(0xe0dd), open)
}

func (w writer) pixels(photometric string, samples, allocated int, bits string) string {
	return w.el(0x28, 2, "US", w.u16(samples), 0) + w.el(0x28, 4, "CS", photometric, 0) + w.el(0x28, 0x10, "US", w.u16(2), 0) + w.el(0x28, 0x11, "US", w.u16(2), 0) +
		w.el(0x28, 0x100, "US", w.u16(allocated), 0) + w.el(0x7fe0, 0x10, "OW", bits, 0)
}

func samples() map[string][]byte {
	little, plain, big := writer{order: binary.LittleEndian}, writer{order: binary.LittleEndian, plain: true}, writer{order: binary.BigEndian}
	var packed bytes.Buffer
	z, err := flate.NewWriter(&packed, flate.BestCompression)
	if err == nil {
		_, _ = z.Write([]byte(little.set())) // a buffer takes everything
		_ = z.Close()
	}
	unknown := little.el(9, 0x1020, "UN", plain.item(plain.el(0x10, 0x10, "", "Hidden^Di", 0))+plain.end(0xe0dd), open) + little.el(0x10, 0x2154, "SH", "+1 202 555 0144", 0)
	return map[string][]byte{
		"explicit": file(explicit, little.set()+little.pixels("MONOCHROME2", 1, 8, "\x00\x40\x80\xff")),
		"implicit": file(implicitLittle, plain.set()),
		"big end":  file(explicitBig, big.set()+big.pixels("MONOCHROME2", 1, 16, "\x00\x01\x00\x02\x00\x03\x00\x04")),
		"deflated": file(deflated, packed.String()),
		"unknown":  file(explicit, unknown),
		"coded": file("1.2.840.10008.1.2.4.50", little.el(0x42, 0x11, "OB", "%PDF-1.7 of Ana", 0)+
			little.el(0x7fe0, 0x10, "OB", little.item("")+little.item(jpeg)+little.item("\x01\x02\x03\x04\x05\x06")+little.end(0xe0dd), open)+little.el(0xfffc, 0xfffc, "OB", "pad", 0)),
		"japanese": file(explicit, little.el(8, 5, "CS", "\\ISO 2022 IR 87", 0)+little.el(0x10, 0x10, "PN", "Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B", 0)),
		"korean":   file(explicit, little.el(8, 5, "CS", "\\ISO 2022 IR 149", 0)+little.el(0x10, 0x10, "PN", "\x1b$)C\xb1\xe8^\x1b$)C\xc8\xf1\xc1\xdf", 0)),
	}
}

func TestGolden(t *testing.T) {
	for name, object := range samples() {
		t.Run(name, func(t *testing.T) {
			mediatest.Golden(t, *update, New(), strings.ReplaceAll(name, " ", "-"), "written by the test "+name, object)
		})
	}
}

func TestProblems(t *testing.T) {
	w := writer{order: binary.LittleEndian}
	whole := samples()["explicit"]
	for name, c := range map[string]struct {
		object []byte
		want   []media.Reason
	}{
		"whole":             {whole, nil},
		"head only":         {whole[:132], []media.Reason{media.Truncated}},
		"cut in a value":    {whole[:300], []media.Reason{media.Truncated}},
		"cut in a head":     {append(bytes.Clone(whole), 0xe0, 0x7f, 0x10), []media.Reason{media.Truncated}},
		"no element":        {file(explicit, "\x08\x00\x05\x00\x01\x02\x03\x04\x05\x06\x07\x08"), []media.Reason{media.Corrupt}},
		"fragments cut":     {file(explicit, w.el(0x7fe0, 0x10, "OB", w.item(jpeg), open)), []media.Reason{media.Truncated}},
		"fragment too long": {file(explicit, w.el(0x7fe0, 0x10, "OB", w.el(0xfffe, 0xe000, "", jpeg, 5000), open)), []media.Reason{media.Truncated}},
		"not deflated":      {file(deflated, "\xff\xff\xff"), []media.Reason{media.Corrupt, media.Truncated}},
	} {
		t.Run(name, func(t *testing.T) {
			if d := cmp.Diff(c.want, mediatest.Walk(t, New(), c.object).Reasons()); d != "" {
				t.Errorf("reasons (-want +got):\n%s", d)
			}
		})
	}
}

// looker keeps the pictures that it is shown.
type looker struct {
	mediatest.Visit
	seen []goimage.Image
	bad  error
}

func (*looker) Showing() bool { return true }

func (l *looker) Show(_ string, draw func() (goimage.Image, error)) error {
	m, err := draw()
	if err != nil {
		l.bad = err
		return nil
	}
	l.seen = append(l.seen, m)
	return nil
}

func (*looker) ShowFrame(string, func() ([]byte, error)) error { return nil }

func TestPicture(t *testing.T) {
	w := writer{order: binary.LittleEndian}
	for name, c := range map[string]struct {
		set  string
		want []byte // grey, or red, green, blue and opacity, of each pixel
	}{
		"grey":          {w.pixels("MONOCHROME2", 1, 8, "\x10\x20\x30\x40"), []byte{0, 85, 170, 255}},
		"inverted":      {w.pixels("MONOCHROME1", 1, 8, "\x10\x20\x30\x40"), []byte{255, 170, 85, 0}},
		"16 bits":       {w.pixels("MONOCHROME2", 1, 16, w.u16(1000, 2000, 3000, 4000)), []byte{0, 85, 170, 255}},
		"signed":        {w.el(0x28, 0x103, "US", w.u16(1), 0) + w.pixels("MONOCHROME2", 1, 16, w.u16(65436, 0, 0, 100)), []byte{0, 127, 127, 255}},
		"one shade":     {w.pixels("MONOCHROME2", 1, 8, "\x10\x10\x10\x10"), []byte{0, 0, 0, 0}},
		"colours":       {w.pixels("RGB", 3, 8, "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c"), []byte{1, 2, 3, 255, 4, 5, 6, 255, 7, 8, 9, 255, 10, 11, 12, 255}},
		"planes":        {w.el(0x28, 6, "US", w.u16(1), 0) + w.pixels("RGB", 3, 8, "\x01\x04\x07\x0a\x02\x05\x08\x0b\x03\x06\x09\x0c"), []byte{1, 2, 3, 255, 4, 5, 6, 255, 7, 8, 9, 255, 10, 11, 12, 255}},
		"too few bytes": {w.pixels("MONOCHROME2", 1, 8, "\x10\x20"), nil},
		"other colours": {w.pixels("PALETTE COLOR", 1, 8, "\x10\x20\x30\x40"), nil},
	} {
		t.Run(name, func(t *testing.T) {
			l := &looker{}
			b := file(explicit, c.set)
			if err := New().Walk(bytes.NewReader(b), int64(len(b)), l); err != nil || l.bad != nil {
				t.Fatal(err, l.bad)
			}
			var got []byte
			for _, m := range l.seen {
				switch m := m.(type) {
				case *goimage.Gray:
					got = append(got, m.Pix...)
				case *goimage.NRGBA:
					got = append(got, m.Pix...)
				}
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("pixels (-want +got):\n%s", d)
			}
		})
	}
}

func FuzzWalk(f *testing.F) {
	var seeds [][]byte
	for _, s := range samples() {
		seeds = append(seeds, s, s[:len(s)*2/3], bytes.ReplaceAll(s, []byte("\x04\x00"), []byte("\xff\xff")))
	}
	slices.SortFunc(seeds, bytes.Compare)
	mediatest.Fuzz(f, New(), seeds...)
}

func BenchmarkWalk(b *testing.B) {
	object := samples()["explicit"]
	b.SetBytes(int64(len(object)))
	b.ReportAllocs()
	for b.Loop() {
		if err := New().Walk(bytes.NewReader(object), int64(len(object)), mediatest.Discard{}); err != nil {
			b.Fatal(err)
		}
	}
}
