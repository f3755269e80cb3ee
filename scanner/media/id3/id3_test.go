package id3

import (
	"bytes"
	"encoding/binary"
	"flag"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"habeas/scanner/media"
	"habeas/scanner/media/mediatest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const picture = "\xff\xd8\xff\xe0picture"

// sound is one frame of MPEG audio.
var sound = "\xff\xfb\x90\x00" + strings.Repeat(" ", 413)

func u32(n int) string { return string(binary.BigEndian.AppendUint32(nil, uint32(n))) }
func l32(n int) string { return string(binary.LittleEndian.AppendUint32(nil, uint32(n))) }

func safe(n int) string {
	return string([]byte{byte(n >> 21 & 127), byte(n >> 14 & 127), byte(n >> 7 & 127), byte(n & 127)})
}

func tag(version, flags int, frames ...string) string {
	b := strings.Join(frames, "")
	return "ID3" + string([]byte{byte(version), 0, byte(flags)}) + safe(len(b)) + b
}

func f2(id, data string) string { return id + u32(len(data))[1:] + data }
func f3(id, data string) string { return id + u32(len(data)) + "\x00\x00" + data }
func f4(id string, flags int, data string) string {
	return id + safe(len(data)) + "\x00" + string(rune(flags)) + data
}

func utf16le(s string) string {
	b := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return string(b)
}

func padded(s string, n int) string { return s + strings.Repeat("\x00", n-len(s)) }

func v1(title, artist, comment string) string {
	return "TAG" + padded(title, 30) + padded(artist, 30) + padded("", 30) + "2026" + padded(comment, 30) + "\x0c"
}

func item(key string, flags int, value string) string {
	return l32(len(value)) + l32(flags) + key + "\x00" + value
}

func ape(items ...string) string {
	b := strings.Join(items, "")
	mark := func(flags int) string {
		return "APETAGEX" + l32(2000) + l32(len(b)+32) + l32(len(items)) + l32(flags) + strings.Repeat("\x00", 8)
	}
	return mark(1<<31|1<<29) + b + mark(1<<31)
}

func samples() []struct {
	name, made string
	object     []byte
} {
	return []struct {
		name, made string
		object     []byte
	}{
		{"v22.mp3", "version 2.2 with a picture", []byte(tag(2, 0, f2("TP1", "\x00Ana Exemplo"), f2("TCM", "\x00Ren\xe9e"), f2("COM", "\x00eng\x00for ana@example.org"), f2("PIC", "\x00JPG\x03front\x00"+picture)) + sound)},
		{"v23.mp3", "version 2.3: encodings, links, owner, rating, people, picture, file, packet", []byte(tag(3, 0,
			f3("TPE1", "\x01"+utf16le("Ana Exemplo")), f3("TIT2", "\x00caf\xe9"), f3("TPE2", "\x03Quartet\x00Quintet"),
			f3("TXXX", "\x00camera owner\x00Bo Beispiel"), f3("WXXX", "\x00home\x00https://example.org/ana"), f3("WOAR", "https://example.org/a"),
			f3("COMM", "\x01eng"+utf16le("")+"\x00\x00"+utf16le("call +1 202 555 0143")), f3("COMM", "\x00engiTunNORM\x00 00000000"), f3("USLT", "\x00engverse\x00la la"),
			f3("POPM", "ana@example.org\x00\xff\x00\x00\x00\x01"), f3("TIPL", "\x00producer\x00Bo Beispiel\x00mix\x00Cy Example"), f3("OWNE", "\x00EUR1\x0020260101Shop Example"),
			f3("APIC", "\x00image/jpeg\x00\x03cover of Ana\x00"+picture), f3("GEOB", "\x00text/plain\x00a.txt\x00notes\x00hello"), f3("PRIV", "XMP\x00<x:xmpmeta/>"), f3("TLEN", "\x00123456"), f3("TZZZ", "\x00own")) + strings.Repeat("\x00", 20) + sound)},
		{"v24.mp3", "version 2.4: chapters, unsynchronised and packed frames, a length that is not synchsafe", []byte(tag(4, 0x10,
			f4("TPE1", 0, "\x03Ana\x00Bo"), f4("CHAP", 0, "c1\x00"+strings.Repeat("\x00", 16)+f4("TIT2", 0, "\x03first")), f4("CTOC", 0, "t\x00\x03\x02c1\x00c2\x00"+f4("TIT2", 0, "\x03table")),
			f4("APIC", 2, "\x00image/jpeg\x00\x03\x00"+strings.ReplaceAll(picture, "\xff", "\xff\x00")), "TCOP"+u32(200)+"\x00\x00\x03"+padded("2026 Ana Exemplo", 199), f4("TALB", 0, "\x03end"), f4("TENC", 4, "\x03secret")) + "3DI\x04\x00\x10\x00\x00\x00\x00" + sound)},
		{"unsync.mp3", "version 2.3, all of it unsynchronised", []byte(tag(3, 0x80, strings.ReplaceAll(f3("APIC", "\x00image/jpeg\x00\x03\x00"+picture), "\xff", "\xff\x00")) + sound)},
		{"tail.mp3", "ID3v1 with its extension, APEv2 and Lyrics3 at the end", []byte(sound + ape(item("Artist", 0, "Ana Exemplo\x00Bo"), item("ALBUM_ARTIST", 0, "Ana"), item("Cover Art (Front)", 2, "a.jpg\x00"+picture), item("Bin", 2, "x")) +
			"LYRICSBEGINAUT00011Ana ExemploLYR00005la la000043LYRICS200" + "TAG+" + strings.Repeat("\x00", 223) + v1("Song", "Ana", "c\xf4te"))},
		{"ape.wv", "APEv2 behind WavPack", []byte("wvpk\x10\x00\x00\x00" + strings.Repeat("\x01", 40) + ape(item("Copyright", 0, "2026 Ana Exemplo")))},
		{"end.mp3", "version 2.4 at the end", []byte(tag(4, 0, f4("TIT2", 0, "\x03a")) + sound + tag(4, 0x10, f4("TPE1", 0, "\x03Ana")) + "3DI\x04\x00\x10" + safe(14))},
		{"flac.mp3", "a tag before FLAC", []byte(tag(3, 0, f3("TPE1", "\x00Ana")) + "fLaC and so on")},
		{"dsf.dsf", "DSF with its tag at the end", []byte("DSD \x1c\x00\x00\x00\x00\x00\x00\x00" + strings.Repeat("\x00", 8) + "\x24\x00\x00\x00\x00\x00\x00\x00" + "data\x00\x00\x00\x00" + tag(3, 0, f3("TPE1", "\x00Ana Exemplo")))},
		{"cut.mp3", "the file ends inside its tag", []byte(tag(3, 0, f3("TPE1", "\x00Ana Exemplo"), f3("COMM", "\x00eng\x00for ana@example.org"+strings.Repeat("x", 200))))[:80]},
	}
}

func TestGolden(t *testing.T) {
	for _, s := range samples() {
		t.Run(s.name, func(t *testing.T) {
			mediatest.Golden(t, *update, golden{}, s.name, s.made, s.object)
		})
	}
}

// golden matches the short sounds of the samples too.
type golden struct{ format }

func (golden) Match(head []byte) bool {
	return format{}.Match(head) || bytes.HasPrefix(head, []byte(sound))
}

func TestMatch(t *testing.T) {
	frame := "\xff\xfb\x90\x00" + strings.Repeat("x", 413)
	aac := "\xff\xf1\x50\x80\x02\x1f\xfc" + strings.Repeat("x", 9)
	for _, c := range []struct {
		name, head string
		want       bool
	}{
		{"tag", "ID3\x03\x00\x00", true},
		{"text", "ID3 is a format", false},
		{"stream", frame + frame + frame, true},
		{"stream after zeros", "\x00\x00" + frame + frame + frame, true},
		{"one frame", frame + "something else that is long enough", false},
		{"AAC", aac + aac + aac, true},
		{"UTF-16", utf16le("a text that is long enough to be one"), false},
		{"Monkey's Audio", "MAC \x96\x0f\x00\x00", true},
		{"text with MAC", "MAC addresses are numbers of cards", false},
		{"nothing", "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := New().Match([]byte(c.head)); got != c.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func hostile() map[string][]byte {
	chapter := "\x03deep"
	for range 50 {
		chapter = "c\x00" + strings.Repeat("\x00", 16) + f4("CHAP", 0, chapter)
	}
	return map[string][]byte{
		"header only":       []byte("ID3\x03\x00"),
		"huge":              []byte("ID3\x03\x00\x00\x7f\x7f\x7f\x7f" + f3("TIT2", "\x00a")),
		"not synchsafe":     []byte("ID3\x03\x00\x00\xff\xff\xff\xff" + f3("TIT2", "\x00a")),
		"extended header":   []byte(tag(3, 0x40, "\xff\xff\xff\xff\xff\xff")),
		"frame past end":    []byte(tag(3, 0, "TPE1\x7f\xff\xff\xff\x00\x00\x00Ana")),
		"no frame":          []byte(tag(3, 0, "!!!!\x00\x00\x00\x01\x00\x00x")),
		"version 9":         []byte(tag(9, 0, f3("TPE1", "\x00Ana"))),
		"deep chapters":     []byte(tag(4, 0, f4("CHAP", 0, chapter))),
		"encrypted":         []byte(tag(4, 0, f4("TPE1", 4, "\x03Ana"))),
		"broken packing":    []byte(tag(4, 0, f4("TPE1", 9, "\x00\x00\x00\x04Ana!"))),
		"empty frames":      []byte(tag(3, 0, strings.Repeat("TXXX\x00\x00\x00\x00\x00\x00", 100_000)) + sound),
		"ape too long":      []byte(tag(3, 0) + "APETAGEX" + l32(2000) + l32(1<<30) + l32(1) + strings.Repeat("\x00", 12)),
		"ape item too long": []byte(tag(3, 0) + ape("\xff\xff\xff\x7f\x00\x00\x00\x00Artist\x00Ana")),
		"lyrics":            []byte(tag(3, 0) + strings.Repeat(" ", 60) + "999999LYRICS200"),
		"tags in a row":     []byte(strings.Repeat(tag(3, 0, f3("TIT2", "\x00a")), 100)),
		"cut sound":         []byte(tag(3, 0, f3("TIT2", "\x00a")) + sound[:400]),
		"cut frame header":  []byte(tag(3, 0, f3("TIT2", "\x00a")) + sound[:3]),
		"short frames":      []byte(tag(3, 0, f3("COMM", "\x00"), f3("USLT", "\x00e"), f3("APIC", "\x00"), f3("UFID", "x"), f3("PRIV", "x"), f3("GEOB", "\x00"), f3("OWNE", "\x00"), f3("COMR", "\x00"), f3("TXXX", "\x01"), f3("POPM", "x"))),
	}
}

func TestProblems(t *testing.T) {
	want := map[string][]media.Reason{
		"header only":       {media.Truncated},
		"huge":              {media.Truncated},
		"not synchsafe":     {media.Corrupt, media.Truncated},
		"extended header":   {media.Corrupt},
		"frame past end":    {media.Corrupt},
		"no frame":          {media.Corrupt},
		"version 9":         {media.Unsupported},
		"deep chapters":     {media.LimitDepth},
		"encrypted":         {media.Encrypted},
		"broken packing":    {media.Corrupt},
		"empty frames":      nil,
		"ape too long":      {media.Truncated},
		"ape item too long": {media.Corrupt},
		"lyrics":            {media.Corrupt},
		"tags in a row":     nil,
		"cut sound":         {media.Truncated},
		"cut frame header":  {media.Truncated},
		"short frames":      nil,
	}
	for name, object := range hostile() {
		t.Run(name, func(t *testing.T) {
			if d := cmp.Diff(want[name], mediatest.Walk(t, New(), object).Reasons()); d != "" {
				t.Errorf("reasons (-want +got):\n%s", d)
			}
		})
	}
}

// A long sound costs a read at each end.
func TestReads(t *testing.T) {
	object := slices.Concat([]byte(tag(3, 0, f3("TPE1", "\x00Ana"))), bytes.Repeat([]byte("x"), 4<<20), []byte(v1("a", "b", "c")))
	if v := mediatest.Walk(t, New(), object); v.Read > 16<<10 || len(v.Parts) != 2 {
		t.Errorf("%d parts after %d bytes in %d reads", len(v.Parts), v.Read, v.Reads)
	}
}

func FuzzWalk(f *testing.F) {
	var seeds [][]byte
	for _, s := range samples() {
		seeds = append(seeds, s.object, s.object[:len(s.object)*2/3])
	}
	for _, s := range hostile() {
		seeds = append(seeds, s)
	}
	mediatest.Fuzz(f, New(), seeds...)
}

func BenchmarkWalk(b *testing.B) {
	object := samples()[1].object
	r := bytes.NewReader(object)
	b.ReportAllocs()
	for b.Loop() {
		if err := New().Walk(r, int64(len(object)), mediatest.Discard{}); err != nil {
			b.Fatal(err)
		}
	}
}
