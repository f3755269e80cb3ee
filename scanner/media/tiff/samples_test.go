package tiff

import "bytes"

// sample is a made file with what is special about it.
type sample struct {
	name, made string
	object     []byte
}

func gps() *node {
	o := little
	return &node{fields: []field{
		{0x00, typeByte, 4, []byte{2, 3, 0, 0}},
		ascii(0x01, "S"), rats(o, 0x02, 33, 1, 51, 1, 3594, 100),
		ascii(0x03, "E"), rats(o, 0x04, 151, 1, 12, 1, 4013, 100),
		{0x05, typeByte, 1, []byte{0}}, rats(o, 0x06, 582, 10),
		rats(o, 0x07, 7, 1, 8, 1, 9, 1), raw(0x1B, "ASCII\x00\x00\x00GPS"), ascii(0x1D, "2024:05:06"),
		rats(o, 0x1F, 5, 2),
	}}
}

func phone() []byte {
	o := little
	return withJPEG(o, build(o, &node{
		fields: []field{ascii(0x010E, "a walk with Ana Exemplo"), ascii(0x010F, "Maker"), ascii(0x0110, "Phone 1"), shorts(o, 0x0112, 6), ascii(0x0132, "2024:05:06 07:08:09")},
		subs: map[uint16][]*node{
			tagExifIFD: {{
				fields: []field{ascii(0x9003, "2024:05:06 07:08:09"), ascii(0x9011, "+10:00"), shorts(o, 0xA002, 4000), raw(0x9286, "UNICODE\x00A\x00n\x00a\x00 \x00\x16\x20"), raw(tagMakerNote, "a note of the maker")},
				subs:   map[uint16][]*node{tagInteropIFD: {{fields: []field{ascii(1, "R98")}}}},
			}},
			tagGPSIFD: {gps()},
		},
		next: &node{fields: append(jpegAt(o), shorts(o, tagCompression, 6))},
	}))
}

func camera() []byte {
	o := big
	return build(o, &node{
		fields: []field{
			ascii(0x013B, "Ren\xE9e Exemple"), ascii(0x8298, "Ana Exemplo\x00Otto Beispiel"), ascii(0x013C, "Otto's laptop   "),
			xp(0x9C9B, "Тест"), xp(0x9C9C, "call +44 20 7946 0123"), xp(0x9C9D, "Zoë Muster"), xp(0x9C9E, "one;two"), xp(0x9C9F, "ζ"),
			ascii(0xC62F, "DNG-0042"), ascii(0x7FF1, "left by nobody@example.org"), ascii(0x7FF2, "\x01\x02\x03\x04\x05"),
		},
		subs: map[uint16][]*node{tagExifIFD: {{fields: []field{
			ascii(0xA430, "Ana Exemplo"), ascii(0xA431, "BODY-0042"), ascii(0xA435, "LENS-0042"), ascii(0xA433, "Lenses & Co"),
			ascii(0xA436, "An exemplary title"), ascii(0xA437, "Ren\u00e9e Exemple"), {0xA438, typeUTF8, 6, []byte("Zo\xc3\xab M")}, ascii(0xA439, "1.02"),
			rats(o, 0xA432, 24, 1, 70, 1, 0, 0, 28, 10), ascii(0xA420, "00112233445566778899aabbccddeeff"),
			raw(0x9286, "UNICODE\x00\x00O\x00t\x00t\x00o"), shorts(o, 0x9214, 10, 20, 30, 40),
		}}}},
	})
}

func swapped(s string) string {
	b := []byte(s + "\x00\x00\x00"[:(4-len(s)%4)%4])
	for i := 0; i < len(b); i += 4 {
		b[i], b[i+1], b[i+2], b[i+3] = b[i+3], b[i+2], b[i+1], b[i]
	}
	return string(b)
}

const (
	iptcBlock = "\x1c\x02\x50\x00\x0bAna Exemplo"
	xmpBlock  = `<x:xmpmeta xmlns:x="adobe:ns:meta/"/>`
	irbBlock  = "8BIM\x04\x04\x00\x00\x00\x00\x00\x10" + iptcBlock
)

func samples() []sample {
	o := little
	preview := func(f ...field) *node { return &node{fields: append(f, jpegAt(o)...)} }
	strip := func(f ...field) []byte {
		n := &node{fields: f}
		return build(o, n)
	}
	return []sample{
		{"phone", "a phone's picture: IFD0, Exif, Interoperability, GPS, thumbnail", phone()},
		{"camera", "big endian: owner, serials, XP tags, comment in UTF-16, copyright of two, unknown tags", camera()},
		{"prefixed", "the Exif mark of JPEG before the header", append([]byte("Exif\x00\x00"), phone()...)},
		{"big", "BigTIFF with an inline and a far value", buildBig(o, ascii(0x010F, "Maker"), ascii(0x013B, "Ana Exemplo, the first of them"), ascii(0xA431, "SN-0042"))},
		{"rw2", "Panasonic RAW: a whole JPEG under a private tag", buildMagic(o, 0x55, &node{fields: []field{raw(tagPanasonicJPEG, thumbnail), ascii(0x010F, "Maker")}})},
		{"orf", "Olympus RAW: another magic", buildMagic(o, 'R'|'O'<<8, &node{fields: []field{ascii(0x013B, "Ana Exemplo")}})},
		{"dng", "previews in SubIFDs, and one of raw pixels", withJPEG(o, build(o, &node{
			fields: []field{ascii(0xC614, "Camera 1"), longs(o, tagSubfileType, 1)},
			subs:   map[uint16][]*node{tagSubIFDs: {preview(longs(o, tagSubfileType, 1)), {fields: []field{longs(o, tagSubfileType, 0), shorts(o, tagCompression, 1)}}, preview()}},
		}))},
		{"blocks", "XMP, IPTC as bytes, Photoshop resources", strip(raw(tagXMP, xmpBlock), raw(tagIPTC, iptcBlock), raw(tagPhotoshop, irbBlock))},
		{"iptc-long", "IPTC as swapped 32 bit numbers", strip(field{tagIPTC, typeLong, uint32(len(swapped(iptcBlock)) / 4), []byte(swapped(iptcBlock))})},
		{"geotiff", "tie point, scale and names of GeoTIFF", strip(doubles(o, 0x830E, 0.5, 0.5, 0), doubles(o, 0x8482, 0, 0, 0, 13.5, 52.5, 0), ascii(0x87B1, "WGS 84|"))},
		{"string-degrees", "a position as text", build(o, &node{subs: map[uint16][]*node{tagGPSIFD: {{fields: []field{
			ascii(0x01, "N"), ascii(0x02, "52,50.5684N"), ascii(0x03, "E"), ascii(0x04, "52,00000,50,00000,34,01180")}}}}})},
		{"comments", "character codes: none, undefined, mangled, Japanese", build(o, &node{
			fields: []field{raw(0x9286, "no code before this"), raw(0x9286, "\x00\x00\x00\x00\x00\x00\x00\x00undefined"), raw(0x9286, "\x00\x00\x00IICSAmangled"), raw(0x9286, "JIS\x00\x00\x00\x00\x00\x1b$BF|K\\\x1b(B"), raw(0x9286, "ASCII\x00\x00\x00\x00\x00\x00"), raw(0x9286, "\x00\x00\x00\x00\x00\x00\x00\x00\x01\x02\x03\xff")},
		})},
		{"numbers-for-text", "serial numbers as numbers, names as bytes", strip(longs(o, 0xA431, 4200042), field{0x013B, typeByte, 4, []byte("Ana\x00")}, shorts(o, 0xA435, 4, 2))},
	}
}

// broken are damaged in a way that must be told, and lose nothing else.
func broken() []sample {
	o := little
	good := ascii(0x013B, "Ana Exemplo")
	at := func(b []byte, off int, v ...byte) []byte {
		b = bytes.Clone(b)
		copy(b[off:], v)
		return b
	}
	plain := build(o, &node{fields: []field{good}})
	two := build(o, &node{fields: []field{good}, next: &node{fields: []field{ascii(0x0131, "Edit 1")}}})
	zero := &node{fields: []field{{0x02, typeRational, 0, nil}, ascii(0x1D, "2024:05:06")}}
	return []sample{
		{"zero-count", "a GPS tag without values beside sound ones", build(o, &node{fields: []field{good, {0x0131, typeASCII, 0, nil}}, subs: map[uint16][]*node{tagGPSIFD: {zero}}})},
		{"bad-type", "an entry of type 20", build(o, &node{fields: []field{{0x0131, 20, 1, []byte{1, 0, 0, 0}}, good}})},
		{"cut-text", "the last text runs over the end", plain[:len(plain)-6]},
		{"cut-ifd", "cut within the second entry", phone()[:30]},
		{"cut-header", "cut within the header", phone()[:6]},
		{"self-loop", "IFD0 is its own successor", at(plain, 22, 8)},
		{"two-loop", "IFD1 leads back to IFD0", at(two, len(two)-12, 8)},
		{"offset-in-header", "IFD0 at offset 0", at(plain, 4, 0)},
		{"offset-far", "a value 4 GiB away", at(plain, 18, 0xFF, 0xFF, 0xFF, 0xFF)},
		{"count-huge", "a rational with a count whose size wraps at 32 bits", build(o, &node{fields: []field{good, {0x011A, typeRational, 0x20000001, make([]byte, 8)}}})},
		{"entries-huge", "65,535 entries claimed", at(plain, 8, 0xFF, 0xFF)},
		{"nan", "a latitude over 0", build(o, &node{subs: map[uint16][]*node{tagGPSIFD: {{fields: []field{ascii(1, "N"), rats(o, 2, 48, 0, 0, 0, 0, 0), ascii(3, "E"), rats(o, 4, 2, 1, 0, 1, 0, 1)}}}}})},
		{"out-of-range", "a latitude of 4,000 degrees", build(o, &node{subs: map[uint16][]*node{tagGPSIFD: {{fields: []field{ascii(1, "N"), rats(o, 2, 4000, 1, 0, 1, 0, 1)}}}}})},
		{"many-pixels", "ten gigapixels", build(o, &node{fields: []field{longs(o, tagImageWidth, 100000), longs(o, tagImageHeight, 100000), good}})},
		{"cut-strip", "pixels over the end", build(o, &node{fields: []field{longs(o, tagStripOffsets, 20), longs(o, tagStripCounts, 1000), good}})},
		{"cut-thumbnail", "a thumbnail over the end", phone()[:len(phone())-3]},
		{"fanout", "200 SubIFDs, all of them IFD0", build(o, &node{fields: []field{good, longs(o, tagSubIFDs, repeat(8, 200)...)}})},
	}
}

func repeat(v uint32, n int) []uint32 {
	r := make([]uint32, n)
	for i := range r {
		r[i] = v
	}
	return r
}

// bombs are small files that make an unguarded reader loop, allocate without end,
// or die.
func bombs() []sample {
	o := little
	wrap := func(count uint32, typ uint16) []byte { // count times size wraps to a few bytes at 32 bits
		return build(o, &node{fields: []field{{0x011A, typ, count, make([]byte, 16)}, ascii(0x013B, "Ana Exemplo")}})
	}
	var many []field
	for i := range 4000 { // each claims the same 60 KiB as bytes
		many = append(many, field{uint16(0x0100 + i), typeByte, 60 << 10, nil})
	}
	overlap := build(o, &node{fields: many})
	for i := range many {
		little.(interface{ PutUint32([]byte, uint32) }).PutUint32(overlap[10+12*i+8:], 8)
	}
	overlap = append(overlap, make([]byte, 16<<10)...)
	names := bytes.Clone(overlap) // the same with texts that are wanted
	for i := range many {
		copy(names[10+12*i:], []byte{0x3B, 0x01, typeASCII, 0})
	}
	for i := 8 + 2 + 12*len(many) + 4; i < len(names); i++ {
		names[i] = 'x'
	}
	chain := []byte("II*\x00\x08\x00\x00\x00")
	for i := range 5000 {
		chain = append(chain, 0, 0)
		chain = o.AppendUint32(chain, uint32(8+6*(i+1)))
	}
	pages := []byte("II*\x00\x08\x00\x00\x00")
	for i := range 500 {
		pages = append(pages, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 1, 0, 0, 0)
		pages = o.AppendUint32(pages, uint32(8+18*(i+1)))
	}
	return []sample{
		{"16GiB", "a rational count that wraps", wrap(0x20000001, typeRational)},
		{"16GiB-double", "a double count that wraps", wrap(0x20000001, typeDouble)},
		{"8GiB-short", "a short count that wraps", wrap(0x80000002, typeShort)},
		{"max-count", "the largest count", wrap(0xFFFFFFFF, typeASCII)},
		{"type-20", "datatype 20", wrap(1, 20)},
		{"loop", "two directories in a ring", []byte("II*\x00\x08\x00\x00\x00\x01\x00\x0f\x01\x02\x00\x02\x00\x00\x00A\x00\x00\x00\x1a\x00\x00\x00\x00\x00\x08\x00\x00\x00")},
		{"overlap", "4,000 values on the same bytes", overlap},
		{"overlap-text", "4,000 names on the same bytes", names},
		{"chain", "5,000 empty directories", chain},
		{"pages", "500 directories of one entry", pages},
		{"big-entries", "BigTIFF with 2^63 entries", append([]byte("II+\x00\x08\x00\x00\x00\x10\x00\x00\x00\x00\x00\x00\x00"), 0, 0, 0, 0, 0, 0, 0, 0x80)},
	}
}
