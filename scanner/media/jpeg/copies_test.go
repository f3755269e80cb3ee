package jpeg

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"habeas/scanner/media"
	"habeas/scanner/media/mediatest"
)

const video = "\x00\x00\x00\x10ftypmp42\x00\x00\x00\x00" + "\x00\x00\x00\x08free"

// mpIndex is the segment of the index of pictures; each picture is a kind, a size
// and where it begins, counted from the index's own header.
func mpIndex(pictures ...[3]uint32) string {
	o := binary.BigEndian
	b := o.AppendUint32([]byte("MM\x00*"), 8)
	b = o.AppendUint16(b, 1)
	b = o.AppendUint16(b, tagMPImages)
	b = o.AppendUint16(b, 7)
	b = o.AppendUint32(b, uint32(mpEntrySize*len(pictures)))
	b = o.AppendUint32(b, 26)
	b = o.AppendUint32(b, 0)
	for _, p := range pictures {
		b = o.AppendUint32(b, p[0])
		b = o.AppendUint32(b, p[1])
		b = o.AppendUint32(b, p[2])
		b = o.AppendUint32(b, 0)
	}
	return segment(app2, mpfSig+string(b))
}

// indexed is a picture with an index of others, which follow it.
func indexed(kind uint32, others ...[]byte) []byte {
	list := [][3]uint32{{0x030000, 0, 0}}
	for range others {
		list = append(list, [3]uint32{})
	}
	const header = 2 + 4 + len(mpfSig) // the index's own, from the start of the file
	at := len(object(mpIndex(list...))) - header
	for i, o := range others {
		list[i+1] = [3]uint32{kind, uint32(len(o)), uint32(at)}
		at += len(o)
	}
	return append(object(mpIndex(list...)), bytes.Join(others, nil)...)
}

func packet(properties string) string {
	return segment(app1, xmpSig+"\x00"+`<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF>`+properties+"</rdf:RDF></x:xmpmeta>")
}

// container lists what is appended, as elements or as attributes.
func container(elements bool, items ...[3]string) string {
	var b strings.Builder
	b.WriteString(`<rdf:Description GCamera:MotionPhoto="1"><Container:Directory><rdf:Seq>`)
	for _, it := range items {
		if elements {
			fmt.Fprintf(&b, "<rdf:li><Item:Mime>%s</Item:Mime><Item:Semantic> %s </Item:Semantic><Item:Length>%s</Item:Length></rdf:li>", it[0], it[1], it[2])
		} else {
			fmt.Fprintf(&b, `<rdf:li rdf:parseType="Resource"><Container:Item Item:Mime="%s" Item:Semantic='%s' Item:Length = "%s" Item:Padding="0"/></rdf:li>`, it[0], it[1], it[2])
		}
	}
	return packet(b.String() + "</rdf:Seq></Container:Directory></rdf:Description>")
}

func motion(elements bool) []byte {
	original := object(segment(com, "before the effect"))
	b := object(container(elements, [3]string{"image/jpeg", "Primary", "0"}, [3]string{"image/jpeg", "Original", fmt.Sprint(len(original))}, [3]string{"video/mp4", "MotionPhoto", fmt.Sprint(len(video))}))
	return slices.Concat(b, original, []byte(video))
}

func copySamples() []sample {
	second := object(segment(com, "the other eye"))
	micro := packet(`<rdf:Description GCamera:MicroVideo="1" GCamera:MicroVideoOffset="` + fmt.Sprint(len(video)) + `"/>`)
	return []sample{
		{"motion", "an original and a video announced as attributes", motion(false)},
		{"motion-elements", "the same announced as elements", motion(true)},
		{"micro-video", "a video announced by its distance from the end", append(object(micro), video...)},
		{"micro-video-private", "a video behind a phone's private notes", append(append(object(micro), "MotionPhoto_Data"...), video+"SEFT 12 bytes"...)},
		{"micro-video-cut", "a video cut within a box", append(object(packet(`<a b:MicroVideoOffset="20"/>`)), video[:20]...)},
		{"micro-video-gone", "a video announced and cut off", object(micro)},
		{"mpf-disparity", "two eyes", indexed(0x020002, second)},
		{"mpf-preview", "a preview and a picture of no kind", indexed(0x010002, second, object())},
		{"mpf-gone", "an index without its pictures", object(mpIndex([3]uint32{0x030000, 0, 0}, [3]uint32{0x020002, 1 << 20, 1 << 21}, [3]uint32{0x020002, 100, 1}))},
		{"flir", "FLIR's file in two segments", object(segment(app1, flirSig+"\x01\x00\x01FFF\x00 the first"), segment(app1, flirSig+"\x01\x01\x01 and the rest"))},
	}
}

func copyBombs() map[string][]byte {
	var many [][3]uint32
	for i := range uint32(2000) {
		many = append(many, [3]uint32{0x020002, 1 << 30, i})
	}
	var items [][3]string
	for range 2000 {
		items = append(items, [3]string{"video/mp4", "MotionPhoto", "1"})
	}
	huge := [3]string{"video/mp4", "MotionPhoto", "99999999999999999999"}
	minus := [3]string{"video/mp4", "MotionPhoto", "-5"}
	loop := mpIndex([3]uint32{0, 0, 0}, [3]uint32{0x020002, 1 << 31, 0xFFFFFFF0})
	return map[string][]byte{
		"many pictures":    append(object(mpIndex(many...)), second4K()...),
		"many items":       append(object(container(false, items...)), video...),
		"length huge":      append(object(container(false, huge, huge)), video...),
		"length below 0":   append(object(container(true, minus, minus, huge)), video...),
		"index far":        object(loop),
		"index cut":        object(segment(app2, mpfSig+"II*\x00\x08\x00\x00\x00\xFF\xFF\x02\xB0")),
		"directory far":    object(segment(app2, mpfSig+"II*\x00\xFF\xFF\xFF\xFF")),
		"unclosed":         object(packet(`MicroVideoOffset="12 Directory> <rdf:li :Semantic = "`)),
		"offset of itself": object(packet(`x:MicroVideoOffset="10"`)),
		"empty flir":       object(segment(app1, flirSig), segment(app1, flirSig+"\x01\x00\x01")),
	}
}

func second4K() []byte { return append(object(), make([]byte, 4<<10)...) }

func TestCopies(t *testing.T) {
	for _, s := range copySamples() {
		t.Run(s.name, func(t *testing.T) { mediatest.Golden(t, *update, New(), s.name, s.made, s.object) })
	}
}

func TestCopiesOfNothing(t *testing.T) {
	for name, b := range copyBombs() {
		v := mediatest.Walk(t, New(), b)
		if len(v.Blocks) > maxAppended+maxMPEntry {
			t.Errorf("%s: %d blocks", name, len(v.Blocks))
		}
		if name == "many pictures" != slices.Contains(v.Reasons(), media.LimitCount) {
			t.Errorf("%s: reasons %v", name, v.Reasons())
		}
		checkAllocation(t, b)
	}
}

// A photo with nothing behind it costs no read of its end; one whose XMP
// announces something costs one more.
func TestReadsOfCopies(t *testing.T) {
	padded := func(b []byte, tail string) []byte {
		return append(append(b, make([]byte, 4<<20)...), tail...)
	}
	plain := mediatest.Walk(t, New(), padded(object(exif(tiff), packet("")), ""))
	moving := mediatest.Walk(t, New(), padded(object(packet(`<a b:MicroVideoOffset="`+fmt.Sprint(len(video))+`"/>`)), video))
	if plain.Read > 16<<10 || moving.Read > 32<<10 || len(moving.Blocks) != 2 {
		t.Errorf("%d bytes read of a plain photo, %d of a moving one with %d blocks", plain.Read, moving.Read, len(moving.Blocks))
	}
}

// encoded is a grey picture, black above and below a band of that height.
func encoded(t testing.TB, w, h, band int) []byte {
	m := image.NewGray(image.Rect(0, 0, w, h))
	for y := (h - band) / 2; y < (h+band)/2; y++ {
		for x := range w {
			m.SetGray(x, y, color.Gray{Y: uint8(120 + x%100)})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func hidden(v *mediatest.Visit) (names []string) {
	for _, p := range v.Parts {
		for _, tag := range p.Tags {
			if tag.Group == media.Hidden {
				names = append(names, tag.Name)
			}
		}
	}
	return names
}

func TestThumbnails(t *testing.T) {
	around := func(w, h, exifW, exifH int) media.Picture {
		return media.Picture{Outer: &media.Picture{Width: w, Height: h, ExifWidth: exifW, ExifHeight: exifH}}
	}
	for _, tt := range []struct {
		name   string
		object []byte
		in     media.Picture
		want   []string
	}{
		{"same shape", encoded(t, 160, 120, 120), around(4000, 3000, 0, 0), nil},
		{"rounded", encoded(t, 160, 107, 107), around(4000, 2667, 0, 0), nil},
		{"turned", encoded(t, 160, 120, 120), around(3000, 4000, 0, 0), nil},
		{"square of 4:3", encoded(t, 160, 120, 120), around(800, 800, 0, 0), []string{media.HiddenThumbnail}},
		{"square, as Exif knows", encoded(t, 160, 120, 0), around(800, 800, 4000, 3000), []string{media.HiddenUncropped}},
		{"bars as DCF wants them", encoded(t, 160, 120, 107), around(6000, 4000, 6000, 4000), nil},
		{"3:2 without bars", encoded(t, 160, 120, 120), around(6000, 4000, 6000, 4000), []string{media.HiddenThumbnail}},
		{"wide, bars of another shape", encoded(t, 160, 120, 107), around(4000, 1000, 0, 0), []string{media.HiddenThumbnail}},
		{"large", encoded(t, 1600, 1000, 1000), around(800, 800, 0, 0), []string{media.HiddenPicture}},
		{"preview", encoded(t, 800, 600, 500), around(6000, 3376, 0, 0), nil},
		{"no picture around", encoded(t, 160, 120, 120), media.Picture{}, nil},
		{"around of unknown size", encoded(t, 160, 120, 120), around(0, 0, 0, 0), nil},
		{"cut", encoded(t, 160, 120, 120)[:400], around(800, 800, 0, 0), []string{media.HiddenThumbnail}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if d := cmp.Diff(tt.want, hidden(mediatest.WalkIn(t, New(), tt.object, tt.in))); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestGathered(t *testing.T) {
	src := strings.NewReader("0123456789abcdef")
	g := gather(src, []piece{{2, 3}, {8, 1}, {10, 4}})
	b, err := io.ReadAll(io.NewSectionReader(g, 0, g.size))
	if string(b) != "2348abcd" || err != nil {
		t.Errorf("read %q, %v", b, err)
	}
	var one [3]byte
	if n, err := g.ReadAt(one[:], 6); n != 2 || err != io.EOF || string(one[:2]) != "cd" {
		t.Errorf("at the end: %d %v %q", n, err, one)
	}
	if n, err := g.ReadAt(one[:], 2); n != 3 || err != nil || string(one[:]) != "48a" {
		t.Errorf("across: %d %v %q", n, err, one)
	}
}

func FuzzCopies(f *testing.F) {
	for _, s := range copySamples() {
		f.Add(s.object, uint16(0), uint16(0))
	}
	for _, b := range copyBombs() {
		f.Add(b, uint16(100), uint16(100))
	}
	f.Add(encoded(f, 160, 120, 107), uint16(6000), uint16(4000))
	f.Add(encoded(f, 160, 120, 107)[:300], uint16(600), uint16(4000))
	f.Fuzz(func(t *testing.T, b []byte, w, h uint16) {
		mediatest.Abuse(t, New(), b)
		p := media.Picture{Outer: &media.Picture{Width: int(w), Height: int(h)}}
		mediatest.WalkIn(t, New(), b, p)
	})
}
