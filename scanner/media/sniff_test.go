package media

import (
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"
)

func utf16le(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

// dir is a little-endian TIFF with one directory of entries tag, value.
func dir(extra string, entries ...uint32) []byte {
	b := append([]byte("II*\x00\x08\x00\x00\x00"), byte(len(entries)/2), 0)
	for i := 0; i < len(entries); i += 2 {
		b = binary.LittleEndian.AppendUint16(b, uint16(entries[i]))
		b = binary.LittleEndian.AppendUint16(b, 4)
		b = binary.LittleEndian.AppendUint32(b, 1)
		b = binary.LittleEndian.AppendUint32(b, entries[i+1])
	}
	return append(b, extra...)
}

func TestSniff(t *testing.T) {
	ftyp := func(brands string) []byte { return []byte("\x00\x00\x00\x18ftyp" + brands) }
	for _, c := range []struct {
		name string
		head []byte
		want string
	}{
		{"nothing known", []byte("\x01\x02\x03\x04\x00\x00\x05"), "application/octet-stream"},
		{"text", []byte("Dear Ana,"), "text/plain"},
		{"text of 16 bits without a mark", utf16le("Dear Ana, see you"), "text/plain"},
		{"text of 8 bits", []byte("Gr\xfc\xdfe aus K\xf6ln"), "text/plain"},
		{"html", []byte("<!DOCTYPE html><html>"), "text/html"},
		{"jpeg", []byte("\xff\xd8\xff\xe0\x00\x10JFIF"), "image/jpeg"},
		{"png", []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"), "image/png"},
		{"pdf", []byte("%PDF-1.7\n"), "application/pdf"},
		{"webp", []byte("RIFF\x00\x00\x00\x00WEBPVP8X"), "image/webp"},
		{"long wave", []byte("RF64\xff\xff\xff\xffWAVEds64"), "audio/wav"},
		{"heic", ftyp("heic\x00\x00\x00\x00mif1heic"), "image/heic"},
		{"unknown brand, compatible with avif", ftyp("zzzz\x00\x00\x00\x00avifmiaf"), "image/avif"},
		{"mp4", ftyp("isom\x00\x00\x00\x00isommp42"), "video/mp4"},
		{"quicktime", ftyp("qt  \x00\x00\x00\x00qt  qt  "), "video/quicktime"},
		{"m4a", ftyp("M4A \x00\x00\x00\x00isommp42"), "audio/mp4"},
		{"3gp", ftyp("3gp5\x00\x00\x00\x00isom3gp5"), "video/3gpp"},
		{"cr3", ftyp("crx \x00\x00\x00\x01crx isom"), "image/x-canon-cr3"},
		{"cr2", []byte("II*\x00\x10\x00\x00\x00CR\x02\x00"), "image/x-canon-cr2"},
		{"tiff", dir("", 0x100, 640), "image/tiff"},
		{"tiff with its directory far away", []byte("II*\x00\x00\x00\xff\x7f"), "image/tiff"},
		{"tiff of a photo edited later", dir("NIKON CORPORATION", 0x10f, 8+2+12), "image/tiff"},
		{"nef", dir("NIKON CORPORATION", 0xfe, 1, 0x10f, 8+2+36, 0x14a, 99), "image/x-nikon-nef"},
		{"arw", dir("SONY", 0xfe, 1, 0x10f, 8+2+36, 0x14a, 99), "image/x-sony-arw"},
		{"dng", dir("", 0xfe, 1, 0xc612, 1), "image/x-adobe-dng"},
		{"entries past the head", []byte("MM\x00*\x00\x00\x00\x08\xff\xff\x01\x0f"), "image/tiff"},
		{"xmp", []byte("\ufeff<?xpacket begin='' id='W5M0MpCehiHzreSzNTczkc9d'?>"), "application/rdf+xml"},
		{"message", []byte("Received: by mx.example.org\r\n\twith SMTP\r\nFrom: ana@example.org\r\n\r\nhello"), "message/rfc822"},
		{"mailbox", []byte("From ana@example.org Tue Nov 24 09:00:00 2026\nFrom: ana@example.org\nSubject: x\n\n"), "application/mbox"},
		{"memo", []byte("To: Bo\nFrom: Ana\nplease ring\n"), "text/plain"},
		{"sidecar", []byte("<?xml version='1.0'?>\n<x:xmpmeta xmlns:x='adobe:ns:meta/'>"), "application/rdf+xml"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Sniff(c.head); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func FuzzSniff(f *testing.F) {
	f.Add([]byte(nil))
	f.Add(dir("NIKON", 0xfe, 1, 0x10f, 8+2+36, 0x14a, 99))
	f.Add([]byte("MM\x00*\xff\xff\xff\xff\xff"))
	f.Add([]byte("\x00\x00\x00\x14ftypzzzz"))
	f.Add(utf16le(strings.Repeat("text ", 10)))
	f.Fuzz(func(t *testing.T, head []byte) {
		if s := Sniff(head); s == "" || strings.ContainsAny(s, "; ") {
			t.Errorf("type %q", s)
		}
		if cs, mark := TextCharset(head); mark > len(head) || cs == Binary && mark > 0 {
			t.Errorf("charset %q with a mark of %d bytes", cs, mark)
		}
	})
}
