package ebml

import (
	"bytes"
	"encoding/binary"
	"flag"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"habeas/scanner/media"
	"habeas/scanner/media/mediatest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func id(n uint32) string {
	return string(bytes.TrimLeft(binary.BigEndian.AppendUint32(nil, n), "\x00"))
}

// el is an element with a length of four bytes.
func el(n uint32, body ...string) string {
	b := strings.Join(body, "")
	return id(n) + string(binary.BigEndian.AppendUint32(nil, uint32(len(b))|1<<28)) + b
}

func num(n int) string { return string(binary.BigEndian.AppendUint32(nil, uint32(n))) }

// open is an element without a length.
func open(n uint32, body ...string) string {
	return id(n) + "\x01\xff\xff\xff\xff\xff\xff\xff" + strings.Join(body, "")
}

var head = el(idEBML, el(0x4282, "matroska"))

func seek(to uint32, at int) string {
	return el(idSeek, el(idSeekID, id(to)), el(idSeekPosition, num(at)))
}

func tag(name, value string, below ...string) string {
	return el(idSimple, el(idTagName, name), el(idTagString, value), strings.Join(below, ""))
}

func track(number, kind int, codec string) string {
	return el(idTrack, el(idNumber, num(number)), el(idType, num(kind)), el(idCodec, codec), el(idName, "track of Ana"))
}

func block(track int, s string) string {
	return string([]byte{byte(0x80 | track), 0, 0, 0}) + s
}

type sample struct {
	name, made string
	object     []byte
}

func samples() []sample {
	info := el(idInfo, el(idTitle, "Holiday of Ana Exemplo\x00"), el(idWriter, "editor"))
	tags := el(idTags, el(idTag, el(0x63c0), tag("ARTIST", "Ana Exemplo", tag("EMAIL", "ana@example.org")), tag("ALBUM_ARTIST", "Ren\xc3\xa9e"), tag("LOCATION", "+51.4545-002.5879/"), tag("", "nameless")))
	files := el(idAttachments, el(idFile, el(idFileName, "cover.jpg"), el(idFileType, "image/jpeg"), el(idFileData, "\xff\xd8\xff\xe0picture")),
		el(idFile, el(idFileName, "a.ttf"), el(idFileType, "font/ttf"), el(idFileData, "font")))
	chapters := el(idChapters, el(idEdition, el(idChapter, el(idDisplay, el(idChapText, "first")), el(idChapter, el(idDisplay, el(idChapText, "part"))))))
	cluster := el(idCluster, el(idTimestamp, num(0)), el(idSimpleBlock, block(1, "picture")))
	index := func(at int) string {
		return el(idSeekHead, seek(idTags, at), seek(idCues, 1), seek(idAttachments, at+len(tags)))
	}
	clusters := strings.Repeat(cluster, 3)
	before := index(0) + info
	indexed := index(len(before)+len(clusters)) + info + clusters + tags + files
	texts := el(idTracks, track(1, 1, "V_VP9"), track(2, 17, "S_TEXT/UTF8"))
	words := el(idCluster, el(idTimestamp, num(0)), el(idSimpleBlock, block(1, "picture")), el(idBlockGroup, el(idBlock, block(2, "Call Ana\n"))), el(idSimpleBlock, block(2, "at +1 202 555 0143")))
	return []sample{
		{"plain.mkv", "information, tags, chapters, attached files, all in front", []byte(head + el(idSegment, info, tags, chapters, files, cluster))},
		{"indexed.mkv", "an index of what stands behind the clusters", []byte(head + el(idSegment, indexed))},
		{"search.webm", "no index, tags behind many clusters", []byte(head + el(idSegment, info, strings.Repeat(cluster, maxClusters+5), tags))},
		{"live.webm", "a segment and clusters without length", []byte(head + open(idSegment, info, texts, open(idCluster, el(idTimestamp, num(0)), el(idSimpleBlock, block(2, "first line"))), open(idCluster, el(idSimpleBlock, block(2, "second line")))))},
		{"words.mkv", "subtitles", []byte(head + el(idSegment, texts, words))},
		{"pictures.mkv", "subtitles that are pictures", []byte(head + el(idSegment, el(idTracks, track(1, 17, "S_VOBSUB")), cluster))},
		{"cut.mkv", "the file ends inside its tags", []byte(head + el(idSegment, info, tags))[:180]},
	}
}

func TestGolden(t *testing.T) {
	for _, s := range samples() {
		t.Run(s.name, func(t *testing.T) { mediatest.Golden(t, *update, New(), s.name, s.made, s.object) })
	}
}

func hostile() map[string][]byte {
	deep := tag("A", "b")
	for range 100 {
		deep = tag("A", "b", deep)
	}
	loop := el(idSeekHead, seek(idSeekHead, 0), seek(idSeekHead, 1<<30))
	return map[string][]byte{
		"four bytes":      []byte(mark),
		"header of 64 PB": []byte(mark + "\x01\xff\xff\xff\xff\xff\xff\xfe" + strings.Repeat("A", 32)),
		"header only":     []byte(head),
		"open nest":       []byte(head + open(idSegment, strings.Repeat("\x16\x54\xae\x6b\xff", 1000))),
		"deep tags":       []byte(head + el(idSegment, el(idTags, el(idTag, deep)))),
		"index in circle": []byte(head + el(idSegment, loop)),
		"zeros":           []byte(head + el(idSegment, strings.Repeat("\x00", 100))),
		"tag too long":    []byte(head + el(idSegment, el(idTags, el(idTag, id(idSimple)+"\x1f\xff\xff\xf0"+el(idTagName, "A"))), el(idVoid, "x"))),
		"no segment":      []byte(head + "something"),
		"damaged header":  []byte(el(idEBML, "\x00"+el(0x4282, "matroska")) + el(idSegment)),
		"many segments":   []byte(head + strings.Repeat(el(idSegment), 100)),
		"many elements":   []byte(head + el(idSegment, strings.Repeat("\xec\x80", maxSteps+1))),
	}
}

func TestProblems(t *testing.T) {
	want := map[string][]media.Reason{
		"four bytes":      {media.Truncated},
		"header of 64 PB": {media.Corrupt},
		"header only":     {media.Truncated},
		"open nest":       {media.Corrupt},
		"deep tags":       {media.LimitDepth},
		"index in circle": {media.Corrupt},
		"zeros":           {media.Corrupt},
		"tag too long":    {media.Corrupt},
		"no segment":      {media.Corrupt},
		"damaged header":  {media.Corrupt},
		"many segments":   {media.LimitCount},
		"many elements":   {media.LimitCount},
	}
	for name, object := range hostile() {
		t.Run(name, func(t *testing.T) {
			if d := cmp.Diff(want[name], mediatest.Walk(t, New(), object).Reasons()); d != "" {
				t.Errorf("reasons (-want +got):\n%s", d)
			}
		})
	}
}

// What the index names at the end of a long file costs one more read.
func TestReads(t *testing.T) {
	tags := el(idTags, el(idTag, tag("ARTIST", "Ana Exemplo")))
	cluster := el(idCluster, strings.Repeat("x", 8<<20))
	index := func(at int) string { return el(idSeekHead, seek(idTags, at)) }
	object := []byte(head + el(idSegment, index(len(index(0))+len(cluster)), cluster, tags))
	v := mediatest.Walk(t, New(), object)
	if v.Tag("Artist") != "Ana Exemplo" || v.Reads > 6 || v.Read > 32<<10 {
		t.Errorf("%q after %d bytes in %d reads", v.Tag("Artist"), v.Read, v.Reads)
	}
}

func FuzzWalk(f *testing.F) {
	var seeds [][]byte
	for _, s := range samples() {
		seeds = append(seeds, s.object, s.object[:len(s.object)*2/3])
	}
	for name, s := range hostile() {
		if name != "many elements" {
			seeds = append(seeds, s)
		}
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
