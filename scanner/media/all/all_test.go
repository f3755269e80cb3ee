package all

import (
	"slices"
	"strings"
	"testing"

	"habeas/scanner/media"
)

func first(head string) string {
	for _, f := range Formats() {
		if f.Match([]byte(head)) {
			return f.Name()
		}
	}
	return ""
}

// Each kind of content goes to the format that knows it best.
func TestMatchOrder(t *testing.T) {
	for _, c := range []struct{ name, head, want string }{
		{"jpeg", "\xff\xd8\xff\xe1\x00\x10Exif\x00\x00", "jpeg"},
		{"pdf", "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "pdf"},
		{"png", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "png"},
		{"webp", "RIFF\x10\x00\x00\x00WEBPVP8 ", "riff"},
		{"heic", "\x00\x00\x00\x14ftypheic\x00\x00\x00\x00mif1", "isobmff"},
		{"mov without ftyp", "\x00\x00\x00\x6cmoov\x00\x00\x00\x64mvhd", "isobmff"},
		{"mp3", "ID3\x03\x00\x00\x00\x00\x00\x34TIT2", "id3"},
		{"flac", "fLaC\x00\x00\x00\x22", "flac"},
		{"ogg", "OggS\x00\x02", "ogg"},
		{"matroska", "\x1a\x45\xdf\xa3\xa3", "ebml"},
		{"wma", "\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c", "asf"},
		{"aiff", "FORM\x00\x00\x00\x04AIFF", "iff"},
		{"mp4", "\x00\x00\x00\x14ftypisom\x00\x00\x00\x00mp42", "isobmff"},
		{"tiff", "II*\x00\x08\x00\x00\x00", "tiff"},
		{"gif", "GIF89a\x01\x00\x01\x00\x80\x00\x00", "gif"},
		{"jxl", "\x00\x00\x00\x0cJXL \r\n\x87\n", "jxl"},
		{"jp2", "\x00\x00\x00\x0cjP  \r\n\x87\n", "jp2"},
		{"raf", "FUJIFILMCCD-RAW 0201", "raw"},
		{"crw", "II\x1a\x00\x00\x00HEAPCCDR\x02\x00\x01\x00", "raw"},
		{"bmp", "BM\x3a\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00\x28\x00\x00\x00", "bmp"},
		{"ico", "\x00\x00\x01\x00\x01\x00\x10\x10\x00\x00\x01\x00\x20\x00\x08\x00\x00\x00\x16\x00\x00\x00", "ico"},
		{"svg", "<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>", "svg"},
		{"card", "BEGIN:VCARD\nFN:Ana\n", "vcard"},
		{"calendar", "BEGIN:VCALENDAR\r\n", "ical"},
		{"message", "From: ana@example.org\r\nTo: bo@example.com\r\n\r\nhello", "mail"},
		{"mailbox", "From ana@example.org Tue Nov 24 09:00:00 2026\nFrom: ana@example.org\nSubject: x\n\n", "mbox"},
		{"xmp", "<?xpacket begin='' id='W5M0MpCehiHzreSzNTczkc9d'?>", "xmp"},
		{"xml", "<?xml version='1.0'?><note>for Ana</note>", "xml"},
		{"track", "<gpx version='1.1'><trk><trkseg>", "xml"},
		{"json", "{\"a\": [1, 2]}", "json"},
		{"json lines", "{\"a\": 1}\n{\"a\": 2}\n", "json"},
		{"access log", "192.0.2.7 - - [10/Oct/2000:13:55:36 -0700] \"GET / HTTP/1.1\" 200 2326\n", "accesslog"},
		{"table", "id;name\n1;Ana\n", "csv"},
		{"text", "Dear Ana,\n", "text"},
		{"text that begins like RIFF", "RIFF is a format of Microsoft's", "text"},
		{"nothing", "", "text"},
		{"binary", "\x01\x00\x02\x00\x03\x00\x04\x00", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := first(c.head); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestDescriptions(t *testing.T) {
	var names []string
	for _, f := range Formats() {
		names = append(names, f.Name())
		if strings.ToLower(f.Name()) != f.Name() || strings.Contains(f.Name(), "/") {
			t.Errorf("%q is no name for a format", f.Name())
		}
		d, ok := f.(media.Describer)
		if !ok {
			t.Errorf("%s does not describe itself", f.Name())
			continue
		}
		if d := d.Describe(); d.Title == "" || d.Reads == "" {
			t.Errorf("%s: description has gaps: %+v", f.Name(), d)
		}
	}
	if slices.Sort(names); len(slices.Compact(slices.Clone(names))) != len(names) {
		t.Errorf("names are not unique: %q", names)
	}
	if fs := Formats(); fs[len(fs)-1].Name() != "text" {
		t.Error("text does not stand last")
	}
}
