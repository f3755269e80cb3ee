package main

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"habeas/cmd/fixtures/fixture"
)

// Where the photo of this test was taken, and how a tool would print it.
const (
	winLat, winLon = 48.8584, 2.2945
	winShown       = "48.858"
)

// winner is a file out of which habeas reads a position, and ExifTool none or a
// wrong one.
type winner struct {
	name    string
	content []byte
	depends bool // on the version of ExifTool: not compared
}

// TestBetterThanExifTool names what is read here and not by ExifTool. Where that
// is installed, and CI sees to it that it is, it shows that it does not: a version
// that learns one of these fails the test, and the line goes.
func TestBetterThanExifTool(t *testing.T) {
	tool, err := exec.LookPath("exiftool")
	if err != nil && slices.Contains(strings.Split(os.Getenv("HABEAS_NO_SKIP"), ","), "exiftool") {
		t.Fatal("HABEAS_NO_SKIP names exiftool, and it is not installed")
	}
	for _, w := range winners(t) {
		t.Run(w.name, func(t *testing.T) {
			dir := t.TempDir()
			file := filepath.Join(dir, w.name)
			if err := os.WriteFile(file, w.content, 0o600); err != nil {
				t.Fatal(err)
			}
			code, out, talk := habeas(t, nil, "inspect", "--json", "--in-process", file)
			if code != exitDone || !hasPosition(t, out) {
				t.Errorf("exit code %d, the position was not found: %s", code, talk)
			}
			if tool == "" || w.depends {
				return
			}
			shown, _ := exec.Command(tool, "-n", "-j", "-a", "-G1", "-struct", "-ee", file).Output()
			if strings.Contains(string(shown), winShown) {
				t.Errorf("ExifTool finds it too: %s", shown)
			}
		})
	}
}

// TestOneBadFileNeverEndsARun: a film whose sample table is cut ends a run of
// ExifTool that looks for positions in films (-ee), with all files behind it.
func TestOneBadFileNeverEndsARun(t *testing.T) {
	dir := t.TempDir()
	picture, err := fixture.Picture(64, 48, 1)
	if err != nil {
		t.Fatal(err)
	}
	photo := fixture.JPEG(picture, fixture.Exif{HasGPS: true, Lat: winLat, Lon: winLon}.Bytes(), nil, nil, "")
	for name, content := range map[string][]byte{"a.mp4": cutTable(), "b.jpg": photo} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	code, out, talk := habeas(t, nil, "inspect", "--json", "--in-process", dir)
	if lines := strings.Count(out, "\n"); code != exitIncomplete || lines != 2 || !hasPosition(t, out) {
		t.Errorf("exit code %d, %d objects: %s", code, lines, talk)
	}
	if tool, err := exec.LookPath("exiftool"); err == nil {
		shown, _ := exec.Command(tool, "-ee", "-n", "-j", filepath.Join(dir, "a.mp4"), filepath.Join(dir, "b.jpg")).Output()
		if strings.Contains(string(shown), winShown) {
			t.Errorf("ExifTool reads on: %s", shown)
		}
	}
}

// hasPosition tells whether inspect printed the position of this test.
func hasPosition(t *testing.T, out string) bool {
	t.Helper()
	for line := range strings.Lines(out) {
		var o struct {
			Findings []struct{ Lat, Lon float64 }
		}
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			t.Fatal(err)
		}
		for _, f := range o.Findings {
			if max(f.Lat-winLat, winLat-f.Lat, f.Lon-winLon, winLon-f.Lon) < 1e-5 {
				return true
			}
		}
	}
	return false
}

func winners(t *testing.T) []winner {
	t.Helper()
	picture, err := fixture.Picture(64, 48, 1)
	if err != nil {
		t.Fatal(err)
	}
	exif := fixture.Exif{HasGPS: true, Lat: winLat, Lon: winLon}.Bytes()
	photo := fixture.JPEG(picture, exif, nil, nil, "")
	plain, err := fixture.PNG(8, 8, exif, nil, map[string]string{"Raw profile type exif": rawProfile(exif)})
	if err != nil {
		t.Fatal(err)
	}
	return []winner{
		{"photo-in.docx", zipped(t, "", photo, "word/media/image1.jpg", "[Content_Types].xml", "word/document.xml"), false},
		{"photo-in.xlsx", zipped(t, "", photo, "xl/media/image1.jpg", "[Content_Types].xml", "xl/workbook.xml"), false},
		{"photo-in.pptx", zipped(t, "", photo, "ppt/media/image1.jpg", "[Content_Types].xml", "ppt/presentation.xml"), false},
		{"photo-in.odt", zipped(t, "application/vnd.oasis.opendocument.text", photo, "Pictures/1.jpg", "META-INF/manifest.xml", "content.xml"), false},
		{"photo-in.epub", zipped(t, "application/epub+zip", photo, "OEBPS/cover.jpg", "META-INF/container.xml"), false},
		{"photo-in.zip", zipped(t, "", photo, "holiday/1.jpg"), false},
		{"photo-in.eml", attached(photo), false},
		{"both-chunk-and-profile.png", plain, true}, // 13.58 was seen to print neither of another such file; 12.57 reads this one
		{"string-degrees.jpg", fixture.JPEG(picture, stringDegrees(), nil, nil, ""), false},
	}
}

// zipped is a package: what it says it is, the photo, and empty parts beside it.
func zipped(t *testing.T, kind string, photo []byte, name string, parts ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	put := func(name string, method uint16, content []byte) {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: method})
		if err == nil {
			_, err = w.Write(content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if kind != "" {
		put("mimetype", zip.Store, []byte(kind))
	}
	for _, p := range parts {
		put(p, zip.Deflate, []byte(`<?xml version="1.0"?><x/>`))
	}
	put(name, zip.Deflate, photo)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// attached is a message with the photo.
func attached(photo []byte) []byte {
	var b bytes.Buffer
	b.WriteString("From: ana@example.org\r\nTo: bo@example.com\r\nDate: Mon, 1 Jun 2026 10:00:00 +0000\r\nSubject: beach\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" +
		"--b\r\nContent-Type: image/jpeg; name=beach.jpg\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=beach.jpg\r\n\r\n")
	for c := range slices.Chunk([]byte(base64.StdEncoding.EncodeToString(photo)), 76) {
		b.Write(c)
		b.WriteString("\r\n")
	}
	b.WriteString("--b--\r\n")
	return b.Bytes()
}

// rawProfile is Exif in a text chunk, as ImageMagick writes it.
func rawProfile(exif []byte) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\nexif\n%8d\n", len(exif))
	for c := range slices.Chunk([]byte(hex.EncodeToString(exif)), 72) {
		b.Write(c)
		b.WriteByte('\n')
	}
	return b.String()
}

// stringDegrees is Exif whose position is text, degrees, minutes and seconds each
// with a fraction behind a comma, as some phones have written it.
func stringDegrees() []byte {
	b := []byte("MM\x00*\x00\x00\x00\x08")
	u16 := func(v ...uint16) {
		for _, v := range v {
			b = binary.BigEndian.AppendUint16(b, v)
		}
	}
	u32 := func(v uint32) { b = binary.BigEndian.AppendUint32(b, v) }
	u16(1, 0x8825, 4) // IFD0: the GPS IFD is at 26
	u32(1)
	u32(26)
	u32(0)
	lat, lon := "48,00000,51,00000,30,24000\x00", "2,00000,17,00000,40,20000\x00"
	at := uint32(26 + 2 + 4*12 + 4)
	u16(4)
	u16(1, 2)
	u32(2)
	b = append(b, "N\x00\x00\x00"...)
	u16(2, 2)
	u32(uint32(len(lat)))
	u32(at)
	u16(3, 2)
	u32(2)
	b = append(b, "E\x00\x00\x00"...)
	u16(4, 2)
	u32(uint32(len(lon)))
	u32(at + uint32(len(lat)))
	u32(0)
	return append(append(b, lat...), lon...)
}

// cutTable is a film whose track has two bytes where its table of chunks counts
// the entries.
func cutTable() []byte {
	box := func(kind string, parts ...string) string {
		body := strings.Join(parts, "")
		return string(binary.BigEndian.AppendUint32(nil, uint32(8+len(body)))) + kind + body
	}
	samples := box("stbl", box("stsd", "\x00\x00\x00\x00\x00\x00\x00\x01", box("text", strings.Repeat("\x00", 8))), box("stco", "\x00\x00"))
	handler := box("hdlr", "\x00\x00\x00\x00\x00\x00\x00\x00text", strings.Repeat("\x00", 12), "x\x00")
	return []byte(box("ftyp", "isom\x00\x00\x00\x00") + box("moov", box("trak", box("mdia", handler, box("minf", samples)))) + box("mdat", "01234567"))
}
