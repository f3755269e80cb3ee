package strip

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"testing"

	"habeas/cmd/fixtures/fixture"
	detectorsall "habeas/detectors/all"
	"habeas/scanner"
	"habeas/scanner/media"
	mediaall "habeas/scanner/media/all"
)

// What is planted. Each kind of sample holds some of it.
const (
	who    = "Ana Exemplo"
	serial = "7700012345"
	mail   = "ana@example.org"
	camera = "EX-7 Mark II" // no kind takes it out
)

func newStripper() *Stripper {
	e := &scanner.Examiner{Formats: mediaall.Formats(), Detectors: detectorsall.Detectors(detectorsall.Options{}), Sniff: media.Sniff}
	return &Stripper{Examiner: e, Runner: scanner.InProcess{Examiner: e}}
}

// sample is a file in which all is planted that its format has a place for.
type sample struct {
	name   string
	object []byte
	places bool   // it has a position
	stays  []byte // what nothing takes out
}

func samples(t testing.TB) []sample {
	t.Helper()
	picture, err := fixture.Picture(64, 48, 1)
	if err != nil {
		t.Fatal(err)
	}
	exif := fixture.Exif{HasGPS: true, Lat: 41.15, Lon: -8.61, Artist: who, Model: camera, Serial: serial}
	packet := fixture.XMP{Creator: who, Regions: []fixture.Region{{Name: who, X: 0.1, Y: 0.1, W: 0.2, H: 0.2}}}.Bytes()
	irb := fixture.IPTC{ByLine: who, Contact: mail}.Bytes()
	png, err := fixture.PNG(8, 8, exif.Bytes(), packet, map[string]string{"Author": who, "Software": camera})
	if err != nil {
		t.Fatal(err)
	}
	return []sample{
		{"jpeg", fixture.JPEG(picture, exif.Bytes(), packet, irb, mail), true, picture[2:]},
		{"png", png, true, nil},
		{"webp", fixture.WebP(exif.Bytes(), packet), true, nil},
		{"heic", fixture.HEIF("heic", exif.Bytes(), packet), true, nil},
		{"avif", fixture.HEIF("avif", exif.Bytes(), packet), true, nil},
		{"tiff", fixture.TIFF(exif, packet), true, nil},
		{"xmp", packet, false, nil},
		{"gif", animation(packet), false, nil},
		{"mp3", mp3(), false, []byte("\xff\xfb\x90\x00 sound")},
		{"mp4", movie(), true, []byte("the video itself")},
		{"pdf", pdf(), false, nil},
		{"docx", docx(t, picture, exif), true, []byte("word/document.xml")},
	}
}

func animation(packet []byte) []byte {
	b := []byte("GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff")
	b = append(b, "\x21\xfe\x0f"+mail+"\x00"...)
	b = append(b, "\x21\xff\x0bXMP DataXMP"...)
	b = append(append(b, packet...), 1)
	for i := 255; i >= 0; i-- {
		b = append(b, byte(i))
	}
	return append(b, "\x00\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00;"...)
}

func mp3() []byte {
	frame := func(id, text string) string {
		return id + string(binary.BigEndian.AppendUint32(nil, uint32(len(text)+1))) + "\x00\x00\x03" + text
	}
	frames := frame("TPE1", who) + frame("TCOM", who) + frame("TIT2", "A day at the harbour") + frame("TENC", mail) + strings.Repeat("\x00", 64)
	head := "ID3\x03\x00\x00" + string([]byte{0, 0, byte(len(frames) >> 7), byte(len(frames) & 0x7f)})
	v1 := "TAG" + pad("A day", 30) + pad(who, 30) + strings.Repeat("\x00", 65)
	return []byte(head + frames + strings.Repeat("\xff\xfb\x90\x00 sound"+strings.Repeat("\x00", 407), 3) + v1)
}

func pad(s string, n int) string { return s + strings.Repeat("\x00", n-len(s)) }

func box(kind string, parts ...string) string {
	body := strings.Join(parts, "")
	return string(binary.BigEndian.AppendUint32(nil, uint32(8+len(body)))) + kind + body
}

// movie has a position and a name in user data, and another among keys.
func movie() []byte {
	text := func(s string) string { return string([]byte{0, byte(len(s)), 0x15, 0xc7}) + s }
	data := func(s string) string { return box("data", "\x00\x00\x00\x01\x00\x00\x00\x00", s) }
	keys := box("keys", "\x00\x00\x00\x00\x00\x00\x00\x03", box("mdta", "com.apple.quicktime.location.ISO6709"),
		box("mdta", "com.apple.quicktime.author"), box("mdta", "com.apple.quicktime.model"))
	list := box("ilst", box("\x00\x00\x00\x01", data("+41.1500-008.6100/")), box("\x00\x00\x00\x02", data(who)), box("\x00\x00\x00\x03", data(camera)))
	meta := box("meta", box("hdlr", "\x00\x00\x00\x00\x00\x00\x00\x00mdta", strings.Repeat("\x00", 13)), keys, list)
	user := box("udta", box("\xa9xyz", text("+41.1500-008.6100/")), box("\xa9ART", text(who)), box("\xa9mod", text(camera)))
	return []byte(box("ftyp", "qt  \x00\x00\x00\x00qt  ") + box("moov", user, meta) + box("mdat", "the video itself"))
}

// pdf has two revisions, of which each has its own document information.
func pdf() []byte {
	var b bytes.Buffer
	at := map[int]int{}
	obj := func(n int, body string) {
		at[n] = b.Len()
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", n, body)
	}
	xref := func(prev string, nums ...int) {
		start := b.Len()
		b.WriteString("xref\n0 1\n0000000000 65535 f \n")
		for _, n := range nums {
			fmt.Fprintf(&b, "%d 1\n%010d 00000 n \n", n, at[n])
		}
		fmt.Fprintf(&b, "trailer\n<< /Size 6 /Root 1 0 R /Info 4 0 R %s >>\nstartxref\n%d\n%%%%EOF\n", prev, start)
	}
	b.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	packet := fixture.XMP{Creator: who}.Bytes()
	obj(1, "<< /Type /Catalog /Pages 2 0 R /Metadata 5 0 R >>")
	obj(2, "<< /Type /Pages /Kids [3 0 R] /Count 1 >>")
	obj(3, "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 10 10] >>")
	obj(4, "<< /Author ("+who+", first) /Producer ("+camera+") >>")
	obj(5, fmt.Sprintf("<< /Type /Metadata /Subtype /XML /Length %d >>\nstream\n%s\nendstream", len(packet), packet))
	xref("", 1, 2, 3, 4, 5)
	first := bytes.LastIndex(b.Bytes(), []byte("xref\n0 1"))
	obj(4, "<< /Author <416E61204578656D706C6F> /Producer ("+camera+") >>")
	xref(fmt.Sprintf("/Prev %d", first), 4)
	return b.Bytes()
}

func docx(t testing.TB, picture []byte, exif fixture.Exif) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, m := range []struct{ name, data string }{
		{"[Content_Types].xml", "<Types/>"},
		{"_rels/.rels", `<Relationships><Relationship Id="r1" Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/thumbnail" Target="docProps/thumbnail.jpeg"/></Relationships>`},
		{"docProps/core.xml", `<cp:coreProperties xmlns:cp="a" xmlns:dc="b"><dc:title>A day</dc:title><dc:creator>` + who + `</dc:creator><cp:lastModifiedBy>` + who + `</cp:lastModifiedBy></cp:coreProperties>`},
		{"docProps/app.xml", `<Properties><Application>` + camera + `</Application></Properties>`},
		{"docProps/thumbnail.jpeg", string(picture)},
		{"word/document.xml", `<w:document xmlns:w="c"><w:body><w:p><w:r><w:t>Nothing of anybody.</w:t></w:r></w:p></w:body></w:document>`},
		{"word/media/image1.jpeg", string(fixture.JPEG(picture, exif.Bytes(), nil, nil, ""))},
	} {
		w, err := z.Create(m.name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, m.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// stripped plans, proves and gives the result.
func stripped(t testing.TB, s *Stripper, object []byte, kinds ...Kind) (*Plan, []byte) {
	t.Helper()
	req := Request{Kinds: kinds, Size: int64(len(object))}
	plan, err := s.Plan(context.Background(), req, bytes.NewReader(object))
	if err != nil {
		t.Fatalf("%v: %v", kinds, err)
	}
	if !plan.Changes() {
		return plan, object
	}
	proof, err := s.Prove(context.Background(), req, bytes.NewReader(object), plan)
	if err != nil {
		t.Fatalf("%v: %v", kinds, err)
	}
	out, err := io.ReadAll(io.LimitReader(io.NewSectionReader(plan.After, 0, plan.After.Size()), 1<<20))
	if err != nil {
		t.Fatal(err)
	}
	if proof.After.Size != int64(len(out)) || proof.Left != 0 || proof.Again != 0 {
		t.Errorf("%v: proof %+v of %d bytes", kinds, proof, len(out))
	}
	return plan, out
}

func unpacked(t testing.TB, name string, b []byte) []byte {
	t.Helper()
	if name != "docx" {
		return b
	}
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatalf("the document can't be opened: %v", err)
	}
	var out []byte
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		d, err := io.ReadAll(io.LimitReader(r, 1<<20))
		if err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		out = append(append(out, f.Name...), d...)
	}
	return out
}

func TestEachKindGoesAndTheRestStays(t *testing.T) {
	s := newStripper()
	for _, sm := range samples(t) {
		t.Run(sm.name, func(t *testing.T) {
			_, names := stripped(t, s, sm.object, Names, Faces)
			text := unpacked(t, sm.name, names)
			if bytes.Contains(text, []byte(who)) || bytes.Contains(text, []byte("416E61")) {
				t.Error("the name is still there")
			}
			if bytes.Contains(unpacked(t, sm.name, sm.object), []byte(camera)) && !bytes.Contains(text, []byte(camera)) {
				t.Error("the camera went with the name")
			}
			plan, gps := stripped(t, s, sm.object, GPS)
			if plan.Changes() != sm.places {
				t.Errorf("positions went: %v", plan.Changes())
			}
			if !bytes.Contains(unpacked(t, sm.name, gps), []byte(who)) {
				t.Error("the name went with the position")
			}
			_, all := stripped(t, s, sm.object, All)
			text = unpacked(t, sm.name, all)
			for _, v := range []string{who, serial, mail} {
				if bytes.Contains(text, []byte(v)) {
					t.Errorf("something of it all is still there, in %d bytes", len(all))
				}
			}
			if !bytes.Contains(text, sm.stays) {
				t.Error("what it shows is gone")
			}
		})
	}
}

// Orientation stays, or the picture would lie on its side.
func TestOrientationStays(t *testing.T) {
	picture, err := fixture.Picture(16, 16, 1)
	if err != nil {
		t.Fatal(err)
	}
	object := fixture.JPEG(picture, []byte("II*\x00\x08\x00\x00\x00\x02\x00\x12\x01\x03\x00\x01\x00\x00\x00\x06\x00\x00\x00\x3b\x01\x02\x00\x04\x00\x00\x00Ana\x00\x00\x00\x00\x00"), nil, nil, "")
	_, out := stripped(t, newStripper(), object, All)
	if !bytes.Contains(out, []byte("\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00\x06\x00\x00\x00")) || bytes.Contains(out, []byte("Ana")) {
		t.Errorf("left: %x", out[:60])
	}
}

func TestRefusals(t *testing.T) {
	signed := bytes.Replace(pdf(), []byte("/MediaBox [0 0 10 10]"), []byte("/ByteRange [0 1 2 3] "), 1)
	for _, tt := range []struct {
		name, object string
		kinds        []Kind
		why          string
	}{
		{"signed", string(signed), []Kind{Names}, "signed"},
		{"mail", "From: " + mail + "\nTo: ben@example.com\nSubject: x\n\nHello\n", []Kind{Contacts}, "without loss"},
		{"all of a text", "just a text, written by " + mail, []Kind{All}, "without loss"},
		{"cut", string(fixture.HEIF("heic", []byte("II*\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00"), nil)[:90]), []Kind{All}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := newStripper().Plan(context.Background(), Request{Kinds: tt.kinds, Size: int64(len(tt.object))}, strings.NewReader(tt.object))
			r := media.AsRefusal(err)
			if r == nil || !strings.Contains(r.Why, tt.why) {
				t.Errorf("refused with %v", err)
			}
		})
	}
}

func TestNothingToTakeOut(t *testing.T) {
	for name, object := range map[string]string{"text": "nothing of anybody", "picture": string(animation([]byte(" ")))} {
		plan, err := newStripper().Plan(context.Background(), Request{Kinds: []Kind{GPS}, Size: int64(len(object))}, strings.NewReader(object))
		if err != nil || plan.Changes() {
			t.Errorf("%s: %v, %d changes", name, err, len(plan.Cuts))
		}
	}
}

// A single finding goes, others of its kind stay.
func TestSingleFinding(t *testing.T) {
	sm := samples(t)[0]
	req := Request{Findings: []Finding{{"jpeg/app1/exif", "Artist"}}, Size: int64(len(sm.object))}
	plan, err := newStripper().Plan(context.Background(), req, bytes.NewReader(sm.object))
	if err != nil {
		t.Fatal(err)
	}
	out := make([]byte, plan.After.Size())
	if _, err := plan.After.ReadAt(out, 0); err != nil {
		t.Fatal(err)
	}
	if before, after := bytes.Count(sm.object, []byte(who)), bytes.Count(out, []byte(who)); after != before-1 {
		t.Errorf("%d of %d names are left", after, before)
	}
}

// smaller is a TIFF of two directories, of which the second has a JPEG and says
// by kind (NewSubfileType) what it is.
func smaller(kind byte) []byte {
	entry := func(id uint16, typ byte, v uint32) []byte {
		b := binary.LittleEndian.AppendUint16(nil, id)
		return binary.LittleEndian.AppendUint32(append(b, typ, 0, 1, 0, 0, 0), v)
	}
	const first, second, strip, picture = 8, 62, 116, 120
	b := []byte("II*\x00\x08\x00\x00\x00\x04\x00")
	for _, e := range [][]byte{entry(256, 4, 2), entry(257, 4, 2), entry(273, 4, strip), entry(279, 4, 4)} {
		b = append(b, e...)
	}
	b = binary.LittleEndian.AppendUint32(b, second)
	b = append(append(b, make([]byte, second-len(b))...), 4, 0)
	for _, e := range [][]byte{entry(254, 4, uint32(kind)), entry(259, 3, 6), entry(513, 4, picture), entry(514, 4, 13)} {
		b = append(b, e...)
	}
	b = append(b, 0, 0, 0, 0)
	return append(append(append(b, make([]byte, strip-len(b))...), "wide"...), "\xff\xd8\xff\xd9 no more"...)
}

// What a file calls a smaller picture of the same goes; a page of it does not,
// and that is said.
func TestThumbnailBesideThePicture(t *testing.T) {
	_, out := stripped(t, newStripper(), smaller(1), Thumbnails)
	if bytes.Contains(out, []byte("no more")) || !bytes.Contains(out, []byte("wide")) || binary.LittleEndian.Uint32(out[58:]) != 0 {
		t.Errorf("left: %x", out)
	}
	page := smaller(0)
	_, err := newStripper().Plan(context.Background(), Request{Kinds: []Kind{Thumbnails}, Size: int64(len(page))}, bytes.NewReader(page))
	if r := media.AsRefusal(err); r == nil || !strings.Contains(r.Why, "page") {
		t.Errorf("a page is not refused: %v", err)
	}
}

func TestParseKinds(t *testing.T) {
	got, err := ParseKinds([]string{"GPS", " faces", "gps", "credential"})
	if err != nil || fmt.Sprint(got) != "[gps faces credential]" {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range [][]string{nil, {"everything"}} {
		if _, err := ParseKinds(bad); err == nil {
			t.Errorf("%v was taken", bad)
		}
	}
}

func TestRectify(t *testing.T) {
	s := newStripper()
	byName := map[string][]byte{}
	for _, sm := range samples(t) {
		byName[sm.name] = sm.object
	}
	for _, tt := range []struct {
		name, sample string
		set          map[string]string
		clear        []string
		why          string // "" if it is done
	}{
		{"exif", "jpeg", map[string]string{"Artist": "Ana E."}, nil, ""},
		{"xmp", "jpeg", map[string]string{"dc:creator[1]": "Ana <Exemplo> & Filha, Lda."}, nil, ""},
		{"iptc", "jpeg", map[string]string{"By-line": "Somebody with a longer name"}, nil, ""},
		{"sidecar", "xmp", map[string]string{"dc:creator[1]": "Ana E."}, nil, ""},
		{"png text", "png", map[string]string{"Author": "Ana É."}, nil, ""},
		{"tiff", "tiff", map[string]string{"Artist": "Ana"}, nil, ""},
		{"cleared", "heic", nil, []string{"Artist"}, ""},
		{"cleared frame", "mp3", nil, []string{"Encoder", "EncodedBy"}, ""},
		{"no room", "tiff", map[string]string{"Artist": strings.Repeat("x", 100)}, nil, "longer than the room"},
		{"no such field", "jpeg", map[string]string{"OwnerName": "Ana"}, nil, "no field"},
		{"id3", "mp3", map[string]string{"EncodedBy": "Ana É."}, nil, ""},
		{"document", "docx", map[string]string{"Creator": "Ana & <Filha>"}, nil, ""},
		{"cannot be set", "pdf", map[string]string{"Author": "Ana"}, nil, "can't be set"},
		{"nothing to clear", "jpeg", nil, []string{"OwnerName"}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			object := byName[tt.sample]
			req := Request{Set: tt.set, Clear: tt.clear, Size: int64(len(object))}
			plan, err := s.Plan(context.Background(), req, bytes.NewReader(object))
			if r := media.AsRefusal(err); tt.why != "" && (r == nil || !strings.Contains(r.Why, tt.why)) || tt.why == "" && err != nil {
				t.Fatalf("refused with %v", err)
			}
			if err != nil || !plan.Changes() {
				return
			}
			if _, err := s.Prove(context.Background(), req, bytes.NewReader(object), plan); err != nil {
				t.Fatal(err)
			}
			got, err := s.fields(context.Background(), req, plan.After, plan.After.Size())
			if err != nil {
				t.Fatal(err)
			}
			for name, v := range tt.set {
				for _, have := range got[name] {
					if have != v {
						t.Errorf("%s is %q", name, have)
					}
				}
			}
		})
	}
}
