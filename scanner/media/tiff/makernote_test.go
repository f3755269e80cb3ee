package tiff

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"habeas/detectors"
	"habeas/scanner/media"
	"habeas/scanner/media/mediatest"
)

// All names and numbers in these notes are made up; the notes are laid out as
// those of cameras are.

// directory writes a directory that stands at off, as its offsets count.
func directory(o binary.AppendByteOrder, off uint32, fields ...field) []byte {
	b := o.AppendUint16(nil, uint16(len(fields)))
	var values []byte
	first := off + 2 + 12*uint32(len(fields)) + 4
	for _, f := range fields {
		b = o.AppendUint16(b, f.id)
		b = o.AppendUint16(b, f.typ)
		b = o.AppendUint32(b, f.count)
		if len(f.data) > 4 {
			b = o.AppendUint32(b, first+uint32(len(values)))
			values = append(values, f.data...)
		} else {
			b = append(append(b, f.data...), make([]byte, 4-len(f.data))...)
		}
	}
	return append(o.AppendUint32(b, 0), values...)
}

// noted is a picture of a camera with a note, which is made for the place where
// it will stand.
func noted(o binary.AppendByteOrder, make, model string, note func(at uint32) []byte) []byte {
	object := func(n []byte) []byte {
		return build(o, &node{
			fields: []field{ascii(0x010F, make), ascii(0x0110, model)},
			subs:   map[uint16][]*node{tagExifIFD: {{fields: []field{raw(tagMakerNote, string(n))}}}},
		})
	}
	marked := bytes.Repeat([]byte{0xA5}, len(note(0)))
	return object(note(uint32(bytes.Index(object(marked), marked))))
}

// still ignores where it stands.
func still(b ...[]byte) func(uint32) []byte {
	return func(uint32) []byte { return slices.Concat(b...) }
}

func canonNote(at uint32) []byte {
	return directory(little, at, ascii(0x0006, "IMG:Camera 1 JPEG"), ascii(0x0009, "Ana Exemplo"), longs(little, 0x000C, 330042017),
		ascii(0x0096, "ZX0042017\xFF\xFF"), raw(0x4019, "\x00\x00\x12\x34\x56\x00\x00"))
}

// moved is a Canon note that stood elsewhere once, as its footer tells.
func moved(uint32) []byte {
	return append(canonNote(5000), "II*\x00\x88\x13\x00\x00"...)
}

func sonyBlock(off int, number ...byte) string {
	b := make([]byte, 0x200)
	for i, c := range number {
		x := int(c)
		b[off+i] = byte(x * x * x % 249)
	}
	return string(b)
}

func fujiRecords() string {
	b := make([]byte, 16+62)
	o := binary.LittleEndian
	o.PutUint32(b[0:], 16)
	o.PutUint32(b[4:], 62)
	rec := b[16:]
	o.PutUint32(rec[30:], 11)
	o.PutUint32(rec[34:], uint32(len(b)))
	o.PutUint32(rec[54:], 8)
	o.PutUint32(rec[58:], uint32(len(b)+11))
	return string(b) + "Ana Exemplo" + "20120304"
}

func panasonicFaceBlock() string {
	b := make([]byte, 4+3*48)
	b[0] = 2
	copy(b[4:], "Ana")
	copy(b[4+48:], "Otto")
	copy(b[4+96:], "nobody: only two are known")
	return string(b)
}

// adobe wraps a note as Adobe's DNG converter does.
func adobe(order string, stood uint32, note []byte) string {
	b := append([]byte("Adobe\x00Pad \x00\x00\x00\x03abc\x00MakN"), binary.BigEndian.AppendUint32(nil, uint32(6+len(note)))...)
	b = append(b, order...)
	return string(append(binary.BigEndian.AppendUint32(b, stood), note...))
}

func equipment(at uint32) []byte {
	return directory(little, at, ascii(0x0101, "BHP242017       "), ascii(0x0102, "4046110042017001"), ascii(0x0202, "233042017"))
}

func olympusNote() []byte {
	head := []byte("OLYMPUS\x00II\x03\x00")
	main := directory(little, 12, field{0x2010, typeIFD, 1, little.AppendUint32(nil, 12+18)})
	return slices.Concat(head, main, equipment(12+18))
}

func noteSamples() []sample {
	o := little
	nikon := slices.Concat([]byte("Nikon\x00\x02\x10\x00\x00MM\x00*\x00\x00\x00\x08"),
		directory(big, 8, ascii(0x001D, "3042017"), raw(0x0039, "0100\x01IRL\x00The Spire"+strings.Repeat("\x00", 61)), raw(0x00A7, "\x00\x00\x00\x07")))
	fuji := slices.Concat([]byte("FUJIFILM\x0c\x00\x00\x00"), directory(little, 12, ascii(0x0010, "FPX 20042017     593733303530130420173012"), raw(0x4282, fujiRecords())))
	phase := slices.Concat([]byte("IIIITwaR\x0c\x00\x00\x00"), o.AppendUint32(nil, 2), make([]byte, 4),
		o.AppendUint32(o.AppendUint32(o.AppendUint32(o.AppendUint32(nil, 0x0100), 4), 4), 0),
		o.AppendUint32(o.AppendUint32(o.AppendUint32(o.AppendUint32(nil, 0x0102), 1), 9), 12+8+32), []byte("AB042017\x00"))
	reconyx := make([]byte, 0x60)
	copy(reconyx, "RECONYXUF\x00")
	copy(reconyx[0x4B:], "U420042017")
	kodakSub := append([]byte("MM"), directory(big, 2, ascii(0xFA19, "KCXFA42004201"))...)
	return []sample{
		{"note-canon", "owner and three serial numbers, offsets from the header", noted(o, "Canon", "Canon EOS 500X", canonNote)},
		{"note-canon-1d", "a number of six digits", noted(o, "Canon", "Canon EOS-1D Mark IX", func(at uint32) []byte { return directory(o, at, longs(o, 0x000C, 4217)) })},
		{"note-canon-d30", "a number in hex and digits", noted(o, "Canon", "Canon EOS D30", func(at uint32) []byte { return directory(o, at, longs(o, 0x000C, 0x1234<<16|567)) })},
		{"note-canon-5d", "an internal number behind other bytes", noted(o, "Canon", "Canon EOS 5D Mark IX", func(at uint32) []byte {
			return directory(o, at, raw(0x0096, "\x01\x02\x00\x00\x00\x00\x00\x00\x00ZX0042017\x00"), raw(0x4019, "\x00\x00\x00\x00\x07"))
		})},
		{"note-canon-moved", "a note that an editor moved, with its footer", noted(o, "Canon", "Canon EOS 500X", moved)},
		{"note-canon-nobody", "an owner of blanks, a serial number of 0", noted(o, "Canon", "Canon 1", func(at uint32) []byte {
			return directory(o, at, ascii(0x0009, strings.Repeat(" ", 31)), longs(o, 0x000C, 0))
		})},
		{"note-nikon", "a header of its own, big endian in a little endian file", noted(o, "NIKON CORPORATION", "NIKON D42", still(nikon))},
		{"note-nikon-plain", "no header", noted(o, "NIKON", "E4200", func(at uint32) []byte { return directory(o, at, ascii(0x00A0, "NO= 2004201A")) })},
		{"note-olympus", "Equipment in a directory below", noted(big, "OLYMPUS CORPORATION", "E-42", still(olympusNote()))},
		{"note-olympus-old", "a serial number in the note, offsets from the header", noted(o, "OLYMPUS OPTICAL CO.,LTD", "C42Z", func(at uint32) []byte {
			return append([]byte("OLYMP\x00\x01\x00"), directory(o, at+8, ascii(0x0404, "042017123"))...)
		})},
		{"note-panasonic", "names of faces, of a baby, of places", noted(o, "Panasonic", "DMC-42", func(at uint32) []byte {
			return append([]byte("Panasonic\x00\x00\x00"), directory(o, at+12, raw(0x0025, "F421001010042\x00\x00\x00"), ascii(0x0052, "08JG1201042     "), raw(0x0061, panasonicFaceBlock()),
				raw(0x0066, "Zo\xc3\xab\x00\x00"), raw(0x0067, "---\x00\x00"), raw(0x0069, "Ireland\x00"), raw(0x006D, "Galway\x00junk"))...)
		})},
		{"note-fuji", "a number and a face, always little endian", noted(big, "FUJIFILM", "FinePix F42", still(fuji))},
		{"note-sony", "a plain number and a substituted one", noted(o, "SONY", "ILCE-6000", func(at uint32) []byte {
			return append([]byte("SONY DSC \x00\x00\x00"), directory(o, at+12, ascii(0x2031, "17204204"), raw(0x9050, sonyBlock(0x7C, 1, 2, 3, 204)))...)
		})},
		{"note-sony-unknown", "a model of which nobody knows where the number is", noted(o, "SONY", "ILCE-99", func(at uint32) []byte {
			return directory(o, at, raw(0x9050, sonyBlock(0x7C, 1, 2, 3, 204)))
		})},
		{"note-pentax", "AOC, offsets from the header", noted(big, "PENTAX", "K-42", func(at uint32) []byte {
			return append([]byte("AOC\x00MM"), directory(big, at+6, longs(big, 0x0215, 1, 2, 3, 4, 8042017), ascii(0x0229, "4204217"), ascii(0x022E, "Ana Exemplo"))...)
		})},
		{"note-ricoh-pentax", "Pentax's fields under Ricoh's name", noted(o, "RICOH IMAGING COMPANY, LTD.", "GR 42", still(append([]byte("RICOH\x00II"), directory(o, 8, ascii(0x0229, "4204218"))...)))},
		{"note-ricoh", "a number in bytes", noted(o, "RICOH", "Caplio 42", func(at uint32) []byte {
			return append([]byte("Ricoh\x00\x00\x00"), directory(o, at+8, raw(0x0005, "\x01\x42\x00\x17\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x09"))...)
		})},
		{"note-samsung", "a place, a face, serial numbers, offsets from the note", noted(o, "SAMSUNG", "NX42", still(directory(o, 0, raw(0x0031, "Galway\x00"), ascii(0x0123, "Ana"), ascii(0xA002, "A42CNY0X4201"), ascii(0xA005, "LENS4201"))))},
		{"note-leica", "Panasonic's fields", noted(o, "LEICA", "V-LUX 42", func(at uint32) []byte {
			return append([]byte("LEICA\x00\x00\x00"), directory(o, at+8, raw(0x0025, "F421001010043\x00\x00\x00"))...)
		})},
		{"note-leica-m8", "a number of seven digits", noted(o, "Leica Camera AG", "M8 Digital Camera", still(append([]byte("LEICA\x00\x00\x00"), directory(o, 0, longs(o, 0x0303, 3042017))...)))},
		{"note-leica-x", "an internal number", noted(o, "LEICA CAMERA AG", "X42", still(append([]byte("LEICA\x00\x05\x00"), directory(o, 8, longs(o, 0x0305, 4204217), raw(0x0500, "L421304200042\x00"))...)))},
		{"note-motorola", "a phone's number", noted(big, "motorola", "Moto 42", still(append([]byte("MOT\x00\x00\x00\x00\x00"), directory(big, 8, ascii(0x5501, "ZY42042017"))...)))},
		{"note-sigma", "a number", noted(o, "SIGMA", "SIGMA DP42", func(at uint32) []byte {
			return append([]byte("SIGMA\x00\x00\x00\x01\x00"), directory(o, at+10, ascii(0x0002, "01042017"))...)
		})},
		{"note-reconyx", "a trap's number", noted(o, "RECONYX", "HC42", still(reconyx))},
		{"note-phaseone", "a back's number", noted(o, "Phase One", "P42", still(phase))},
		{"note-hp", "a label and a number", noted(o, "Hewlett-Packard", "HP 42", still([]byte("IIII\x04\x00\x00\x00\x00\x00\x00\x00SERIAL NUMBER:CN42042017\x00\x00")))},
		{"note-kodak", "a number first", noted(o, "EASTMAN KODAK COMPANY", "KODAK 42", still([]byte("KCGMB42004201\x00\x00\x00rest of the note")))},
		{"note-kodak-directory", "a number in a directory below", noted(o, "EASTMAN KODAK COMPANY", "KODAK 42", func(at uint32) []byte {
			return directory(o, at, raw(0x0001, "some setting"), raw(0xFC00, string(kodakSub)))
		})},
		{"note-nintendo", "four bytes", noted(o, "Nintendo", "Nintendo 3DS", func(at uint32) []byte {
			return directory(o, at, raw(0x1101, strings.Repeat("\x00", 0x18)+"\xAB\x42\x00\x17rest"))
		})},
		{"note-dng", "what Adobe's converter keeps of a note", build(o, &node{fields: []field{ascii(0x010F, "Canon"), ascii(0x0110, "Canon EOS 500X"), raw(tagDNGPrivate, adobe("II", 5000, canonNote(5000)))}})},
		{"note-apple", "nothing that is looked for", noted(big, "Apple", "iPhone", still(append([]byte("Apple iOS\x00\x00\x01MM"), directory(big, 14, ascii(0x0009, "not a name"))...)))},
		{"note-unknown", "of a maker nobody knows", noted(o, "Maker", "Camera 1", canonNote)},
	}
}

func brokenNotes() []sample {
	o := little
	whole := noted(o, "Canon", "Canon EOS 500X", canonNote)
	many := directory(o, 0, slices.Repeat([]field{ascii(0x0009, "Ana Exemplo")}, 1000)...)
	self := func(uint32) []byte {
		return append([]byte("OLYMPUS\x00II\x03\x00"), directory(o, 12, field{0x2010, typeIFD, 1, o.AppendUint32(nil, 12)})...)
	}
	wild := func(id uint16, typ uint16, count, off uint32) func(uint32) []byte {
		return func(uint32) []byte {
			b := o.AppendUint16(nil, 1)
			b = o.AppendUint16(o.AppendUint16(b, id), typ)
			return append(o.AppendUint32(o.AppendUint32(b, count), off), make([]byte, 40)...)
		}
	}
	return []sample{
		{"cut", "cut within the note", whole[:len(whole)-30]},
		{"count FFFF", "65,535 entries", noted(o, "Canon", "C", still([]byte("\xFF\xFF"), make([]byte, 40)))},
		{"the same owner 1,000 times", "", noted(o, "Canon", "C", still(many))},
		{"directory in itself", "", noted(o, "OLYMPUS CORPORATION", "E", self)},
		{"offset far", "", noted(o, "Canon", "C", wild(0x0009, typeASCII, 32, 0xFFFFFFF0))},
		{"size wraps", "", noted(o, "Canon", "C", wild(0x0009, typeDouble, 0x20000001, 8))},
		{"all of the file", "", noted(o, "NIKON", "C", wild(0x001D, typeASCII, 150, 0))},
		{"fuji pointer far", "", noted(o, "FUJIFILM", "C", still([]byte("FUJIFILM\xF0\xFF\xFF\xFF"), make([]byte, 40)))},
		{"phase one far", "", noted(o, "Phase One", "P", still([]byte("IIIITwaR\xF0\xFF\xFF\xFF"), make([]byte, 40)))},
		{"phase one many", "", noted(o, "Phase One", "P", still([]byte("IIIITwaR\x0C\x00\x00\x00\xFF\xFF\xFF\xFF"), make([]byte, 40)))},
		{"fuji faces far", "", noted(o, "FUJIFILM", "C", still([]byte("FUJIFILM\x0c\x00\x00\x00"), directory(o, 12, raw(0x4282, "\x10\x00\x00\x00\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"+strings.Repeat("\xFF", 70)))))},
		{"binary owner", "", noted(o, "Canon", "C", func(at uint32) []byte { return directory(o, at, raw(0x0009, "\x01\x02\x03\x04\x05\x06\x07\x08")) })},
		{"adobe far", "", build(o, &node{fields: []field{ascii(0x010F, "Canon"), raw(tagDNGPrivate, "Adobe\x00MakN\xFF\xFF\xFF\xFFII\x00\x00\x00\x00\x05\x00 and more")}})},
		{"adobe loop", "", build(o, &node{fields: []field{ascii(0x010F, "Canon"), raw(tagDNGPrivate, "Adobe\x00"+strings.Repeat("Pad \x00\x00\x00\x00", 100))}})},
	}
}

func TestMakerNotes(t *testing.T) {
	for _, s := range noteSamples() {
		t.Run(s.name, func(t *testing.T) {
			mediatest.Golden(t, *update, New(), s.name, s.made, s.object)
			if v := mediatest.Walk(t, New(), s.object); len(v.Problems) > 0 {
				t.Errorf("problems %v", v.Problems)
			}
		})
	}
}

// TestBrokenNotes: what is wrong with a note is not told, costs little, and
// leaves the rest of the file as it is.
func TestBrokenNotes(t *testing.T) {
	for _, s := range brokenNotes() {
		v := mediatest.Walk(t, New(), s.object)
		if len(v.Problems) > 0 {
			t.Errorf("%s: problems %v", s.name, v.Problems)
		}
		if v.Tag("Make") == "" {
			t.Errorf("%s: the rest was lost", s.name)
		}
		for _, p := range v.Parts {
			if p.Path == "makernote" && len(p.Tags) > 2*len(canonFields) {
				t.Errorf("%s: %d tags", s.name, len(p.Tags))
			}
		}
		checkAllocation(t, s.object)
	}
}

func TestCubeRoot(t *testing.T) {
	for x := range 256 {
		want := byte(x)
		c := want
		if x < 249 {
			c = byte(x * x * x % 249)
		}
		if got := cubeRoot(c); got != want {
			t.Errorf("%d comes back as %d", want, got)
		}
	}
}

func hiddenIn(v *mediatest.Visit) (tags []detectors.Tag) {
	for _, p := range v.Parts {
		for _, tag := range p.Tags {
			if tag.Group == media.Hidden {
				tags = append(tags, detectors.Tag{Name: tag.Name})
			}
		}
	}
	return tags
}

// TestShare: the container learns the size and the place, and a copy from
// elsewhere is told of.
func TestShare(t *testing.T) {
	b := build(little, &node{subs: map[uint16][]*node{
		tagGPSIFD:  {gps()},
		tagExifIFD: {{fields: []field{shorts(little, tagPixelX, 4000), longs(little, tagPixelY, 3000)}}},
	}})
	v := mediatest.WalkIn(t, New(), b, media.Picture{})
	p := v.Picture()
	if p.ExifWidth != 4000 || p.ExifHeight != 3000 || !p.Located || p.Latitude > -33.85 || p.Longitude < 151.2 {
		t.Errorf("shared: %+v", p)
	}
	at := func(lat, lon float64) media.Picture {
		return media.Picture{Outer: &media.Picture{Located: true, Latitude: lat, Longitude: lon}}
	}
	place := []detectors.Tag{{Name: media.HiddenPlace}}
	for name, tt := range map[string]struct {
		in   media.Picture
		want []detectors.Tag
	}{
		"same place":      {at(p.Latitude, p.Longitude), nil},
		"a few metres":    {at(p.Latitude+0.0001, p.Longitude-0.0001), nil},
		"another country": {at(48.5, 2.25), place},
		"a street on":     {at(p.Latitude, p.Longitude+0.01), place},
		"unknown":         {media.Picture{Outer: &media.Picture{}}, nil},
	} {
		if d := cmp.Diff(tt.want, hiddenIn(mediatest.WalkIn(t, New(), b, tt.in))); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}

func FuzzMakerNotes(f *testing.F) {
	for _, s := range slices.Concat(noteSamples(), brokenNotes()) {
		f.Add(s.object)
	}
	f.Fuzz(func(t *testing.T, object []byte) {
		mediatest.Abuse(t, New(), object)
		checkAllocation(t, object)
	})
}

func BenchmarkMakerNotes(b *testing.B) {
	object := noteSamples()[0].object
	b.ReportAllocs()
	for b.Loop() {
		if err := New().Walk(bytes.NewReader(object), int64(len(object)), mediatest.Discard{}); err != nil {
			b.Fatal(err)
		}
	}
}
