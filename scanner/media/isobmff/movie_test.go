package isobmff

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"habeas/scanner/media"
	"habeas/scanner/media/mediatest"
)

const jpeg = "\xff\xd8\xff\xe0picture"

var movieType = atom("ftyp", "mp42", u32(0), "isom")

func u64(n int) string { return string(binary.BigEndian.AppendUint64(nil, uint64(n))) }

func wideText(s string) string {
	b := []byte{0xfe, 0xff}
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.BigEndian.AppendUint16(b, u)
	}
	return string(b)
}

// text is a text of QuickTime's user data.
func text(kind string, language int, s string) string {
	return atom(kind, u16(len(s)), u16(language), s)
}

func value(kind int, s string) string { return atom("data", u32(kind), u32(0), s) }

func handler(kind string) string {
	return full("hdlr", 0, u32(0), kind, strings.Repeat("\x00", 13))
}

func key(name string) string { return atom("mdta", name) }

// sampled is a track whose samples lie one after the other from at.
func sampled(format, config string, at int, samples []string) string {
	sizes, total := "", 0
	for _, s := range samples {
		sizes += u32(len(s))
		total += len(s)
	}
	return atom("trak", atom("mdia", full("hdlr", 0, u32(0), "meta", strings.Repeat("\x00", 12)), atom("minf", atom("stbl",
		full("stsd", 0, u32(1), atom(format, strings.Repeat("\x00", 7)+"\x01", config)),
		full("stts", 0, u32(1), u32(len(samples)), u32(1)),
		full("stsc", 0, u32(1), u32(1), u32(len(samples)), u32(1)),
		full("stsz", 0, u32(0), u32(len(samples)), sizes),
		full("stco", 0, u32(1), u32(at))))))
}

// movie puts the samples of one track into a file that has its moov last.
func movie(format, config string, samples ...string) []byte {
	at := len(movieType) + 8
	return []byte(movieType + atom("mdat", samples...) + atom("moov", sampled(format, config, at, samples)))
}

func entry(key string, kind byte, size, n int, data string) string {
	return key + string([]byte{kind, byte(size)}) + u16(n) + data + strings.Repeat("\x00", -len(data)&3)
}

func nested(key string, body ...string) string {
	b := strings.Join(body, "")
	return entry(key, 0, 1, len(b), b)
}

func i32(n float64) string { return u32(int(int32(math.Round(n)))) }

// gps5 is a sample of a GoPro with two positions.
func gps5(fix int, lat, lon float64) string {
	scale := entry("SCAL", 'l', 4, 5, u32(10000000)+u32(10000000)+u32(1000)+u32(1000)+u32(100))
	point := func(d float64) string {
		return i32((lat+d)*1e7) + i32((lon+d)*1e7) + i32(12500) + u32(0) + u32(0)
	}
	return nested("DEVC", entry("DVNM", 'c', 1, 10, "Hero7 Blck"), nested("STRM", entry("GPSF", 'L', 4, 1, u32(fix)), entry("GPSU", 'U', 16, 1, "261124093000.250"), scale, entry("GPS5", 'l', 20, 2, point(0)+point(0.001))))
}

func gps9(lat, lon float64) string {
	scale := entry("SCAL", 'l', 4, 9, u32(10000000)+u32(10000000)+u32(1000)+u32(1000)+u32(100)+u32(1)+u32(1000)+u32(100)+u32(1))
	return nested("DEVC", nested("STRM", scale, entry("TYPE", 'c', 1, 9, "lllllllSS"), entry("GPS9", '?', 32, 1, i32(lat*1e7)+i32(lon*1e7)+i32(12500)+u32(0)+u32(0)+u32(9824)+u32(34_200_500)+u16(100)+u16(3))))
}

func l16(n int) string { return string(binary.LittleEndian.AppendUint16(nil, uint16(n))) }

func le64(f float64) string {
	return string(binary.LittleEndian.AppendUint64(nil, math.Float64bits(f)))
}

func cue3(s string) string { return u16(len(s)) + s }

func bytesField(field int, body string) string {
	return string([]byte{byte(field<<3 | 2), byte(len(body))}) + body
}

func movies() []sampleMovie {
	longUser := atom("udta", text("\xa9xyz", 0x15c7, "+48.8584+002.2945/"), text("\xa9ART", 0, "Ren\x8ee"), text("\xa9cmt", 0x15c7, "for ana@example.org"), atom("\xa9nam", "bare text"),
		atom("\xa9aut", value(1, "Ana Exemplo")), full("auth", 0, u16(0x15c7), wideText("Ana Exemplo")), full("cprt", 0, u16(0x15c7), "2026 Ana Exemplo\x00"),
		full("loci", 0, u16(0x15c7), "Tower\x00", "\x00", i32(2.2945*65536), i32(48.8584*65536), i32(35*65536), "earth\x00", "by Ana\x00"),
		full("kywd", 0, u16(0x15c7), "\x02\x03sea\x03sun"), atom("XMP_", xmp), atom("slno", "C0000123"), atom("CNTH", atom("CNDA", "\x00\x00"+jpeg)), atom("MKER", strings.Repeat("\x01", 60)+"Exif\x00\x00"+tiff),
		atom("Xtra", u32(46)+u32(9)+"WM/Writer"+u32(1)+u32(6+19)+u16(8)+"A\x00n\x00a\x00 \x00S\x00.\x00\x00\x00"+"\x00\x00\x00\x00\x00"), "\x00\x00\x00\x00")
	apple := atom("meta", handler("mdta"), full("keys", 0, u32(3), key("com.apple.quicktime.location.ISO6709"), key("com.apple.quicktime.artist"), key("com.example.camera-owner")),
		atom("ilst", atom("\x00\x00\x00\x01", value(1, "+37.3797-122.0307+010.5/")), atom("\x00\x00\x00\x02", value(1, "Ana Exemplo")), atom("\x00\x00\x00\x03", value(2, wideText("Bo Beispiel")[2:]))))
	itunes := full("meta", 0, handler("mdir"), atom("ilst", atom("\xa9ART", value(1, "Ana Exemplo")), atom("apID", value(1, "ana@example.org")), atom("covr", value(13, jpeg), value(14, "\x89PNG")),
		atom("trkn", value(0, "\x00\x00\x00\x01")), atom("tmpo", value(21, "\x00\x78")), atom("----", full("mean", 0, "com.apple.iTunes"), full("name", 0, "ENCODED BY"), value(1, "Bo"))))
	sony := full("meta", 0, handler("nrtm"), full("xml ", 0, `<?xml version="1.0"?><NonRealTimeMeta><Device manufacturer="Contoso" modelName="X1" serialNo="1234567"/><AcquisitionRecord><Group name="ExifGPS"><Item name="LatitudeRef" value="S"/><Item name="Latitude" value="26:12:14.770"/><Item name="LongitudeRef" value="E"/><Item name="Longitude" value="28:02:50.300"/></Group></AcquisitionRecord></NonRealTimeMeta>`))
	le := "II*\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	canon := atom("uuid", uuidCanon, atom("CNCV", "CanonCR3"), atom("CMT1", le), atom("CMT2", le), atom("CMT3", le), atom("CMT4", tiff), full("THMB", 0, u16(160), u16(120), u32(len(jpeg)), u32(1), jpeg))
	preview := atom("uuid", uuidPreview, u64(1), atom("PRVW", u32(0)+u16(1)+u16(1620)+u16(1080)+u16(1)+u32(len(jpeg))+jpeg))
	keyd := atom("keys", atom("\x00\x00\x00\x01", atom("keyd", "mdta", "com.apple.quicktime.location.ISO6709"), atom("dtyp", u32(0), u32(1))))
	sonyRow := func(lat int) string {
		return u16(4) + "\x00\x00" + u16(0x060e) + strings.Repeat("\x06", 18) + u16(0x8501) + u16(1) + "S" + u16(0x8502) + u16(24) + u32(lat) + u32(1) + u32(12) + u32(1) + u32(1477) + u32(100) +
			u16(0x8503) + u16(1) + "E" + u16(0x8504) + u16(24) + u32(28) + u32(1) + u32(2) + u32(1) + u32(503) + u32(10) + u16(0x8507) + u16(24) + u32(9) + u32(1) + u32(5) + u32(1) + u32(59) + u32(1) + u16(0x851d) + u16(10) + "2026:11:24"
	}
	place := func(lat, lon float64) string {
		return bytesField(3, bytesField(4, "\x08\x01\x11"+le64(lat)+"\x19"+le64(lon)))
	}
	drone := func(lat string) string {
		return cue3("F/2.8, SS 500, ISO 100, GPS (2.2945, " + lat + ", 21), D 24.26m")
	}
	bracket := func(lat, lon string) string {
		return cue3("2026-11-24 09:30:00 [latitude: " + lat + "] [longitude: " + lon + "] [rel_alt: 1.3 abs_alt: 33.1]")
	}
	many := make([]string, 100)
	for i := range many {
		many[i] = gps5(3, 48+float64(i)/100, 2) + strings.Repeat("\x00", 64<<10)
	}
	return []sampleMovie{
		{"user.mov", "user data of all kinds", []byte(movieType + atom("moov", full("mvhd", 0), longUser) + atom("mdat", "sound"))},
		{"apple.mov", "metadata with keys, in the movie and in a track; no ftyp", []byte(atom("wide") + atom("mdat", "video") + atom("moov", apple, atom("trak", apple)))},
		{"itunes.m4a", "fields of iTunes, with covers", []byte(atom("ftyp", "M4A ", u32(0)) + atom("moov", atom("udta", itunes)))},
		{"xmp.mp4", "XMP in a uuid box at the end, ID3 in a box", []byte(movieType + atom("mdat", "video") + atom("moov", full("meta", 0, handler("ID32"), full("ID32", 0, u16(0x15c7), "ID3\x04"))) + atom("uuid", uuidXMP+xmp))},
		{"sony.mp4", "a document of a camera", []byte(movieType + atom("moov", sony))},
		{"canon.cr3", "Canon's boxes", []byte(atom("ftyp", "crx ", u32(1), "isom") + atom("moov", canon) + preview)},
		{"canon-table.cr3", "Canon's boxes, the samples at the end by the table of boxes", canonFile(tiff)},
		{"gopro.mp4", "GPS5, the first sample without a fix, and the settings", slices.Concat(movie("gpmd", "", gps5(0, 0, 0), gps5(0, 48.1, 2.1), gps5(3, 48.8584, 2.2945), gps5(3, 48.9, 2.3)),
			[]byte(atom("moov", atom("udta", atom("GPMF", nested("DEVC", entry("CASN", 'c', 1, 14, "C3280000123456"), entry("MINF", 'c', 1, 4, "Hero")))))))},
		{"gopro9.mp4", "GPS9", movie("gpmd", "", gps9(-26.2041028, 28.0473051), gps9(-26.21, 28.05))},
		{"long.mp4", "a long track: its ends and a little between", movie("gpmd", "", many...)},
		{"camm.mp4", "camera motion", movie("camm", "", u16(0)+l16(3)+"orientation.", u16(0)+l16(5)+le64(48.8584)+le64(2.2945)+le64(35), u16(0)+l16(6)+le64(1.4e9)+"\x03\x00\x00\x00"+le64(48.86)+le64(2.3)+strings.Repeat("\x00", 28))},
		{"timed.mov", "Apple's timed metadata", movie("mebx", keyd, atom("\x00\x00\x00\x01", "+37.3797-122.0307+010.5/"), atom("\x00\x00\x00\x01", "+37.3800-122.0400/"))},
		{"rtmd.mp4", "Sony's real time metadata", movie("rtmd", "", sonyRow(26), sonyRow(27))},
		{"djmd.mp4", "DJI's metadata in protocol buffers", movie("djmd", "", place(48.8584, 2.2945), place(48.9, 2.3))},
		{"drone.mp4", "a drone's subtitles", movie("text", "", drone("48.8584"), drone("48.8600"))},
		{"brackets.mp4", "a newer drone's subtitles", movie("tx3g", "", bracket("48.858400", "2.294500"), bracket("0.000000", "0.000000"), bracket("48.860000", "2.300000"))},
		{"nmea.mp4", "a dashboard camera's subtitles", movie("text", "", cue3("$GPRMC,093059.00,A,4851.5040,N,00217.6700,E,1.0,2.0,241126,,,A*00"))},
		{"words.mp4", "subtitles", movie("tx3g", "", cue3("Call Ana"), u16(0), cue3("at +1 202 555 0143"), cue3(wideText("at sea")))},
		{"vtt.mp4", "WebVTT", movie("wvtt", "", atom("vttc", atom("payl", "Call Ana")), atom("vtte"))},
		{"ttml.mp4", "TTML", movie("stpp", "", "<tt><body><p>Call <span>Ana</span></p></body></tt>")},
		{"fragments.mp4", "a fragmented file with an index at its end", []byte(movieType + atom("moov", atom("mvex"), atom("udta", text("\xa9ART", 0, "Ana"))) + strings.Repeat(atom("moof", atom("traf"))+atom("mdat", "x"), 50) + atom("mfra", full("mfro", 0, u32(24))))},
	}
}

type sampleMovie struct {
	name, made string
	object     []byte
}

func TestMovies(t *testing.T) {
	for _, s := range movies() {
		t.Run(s.name, func(t *testing.T) { mediatest.Golden(t, *update, New(), s.name, s.made, s.object) })
	}
}

// What stands behind the video costs a second read, however long that is and
// whatever follows.
func TestMovieReads(t *testing.T) {
	sound := atom("mdat", strings.Repeat("v", 8<<20))
	table := full("stsz", 0, u32(0), u32(50_000), strings.Repeat(u32(1), 50_000))
	moov := atom("moov", full("mvhd", 0), atom("trak", atom("mdia", atom("minf", atom("stbl", table)))), atom("udta", text("\xa9xyz", 0, "+48.8584+002.2945/")))
	for _, c := range []struct {
		name   string
		object string
		reads  int
	}{
		{"moov first", movieType + moov + sound, 3},
		{"moov last", movieType + sound + moov + atom("free", strings.Repeat("f", 100)), 2},
		{"moov last, XMP behind it", movieType + atom("free", "x") + sound + moov + atom("uuid", uuidXMP+xmp), 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := mediatest.Walk(t, New(), []byte(c.object))
			if v.Tag("GPSCoordinates") == "" || v.Reads > c.reads || v.Read > 1<<20 {
				t.Errorf("%q after %d bytes in %d reads", v.Tag("GPSCoordinates"), v.Read, v.Reads)
			}
		})
	}
}

// A long track of positions costs a few reads, not one for each sample.
func TestTrackReads(t *testing.T) {
	for _, s := range movies() {
		if s.name == "long.mp4" {
			if v := mediatest.Walk(t, New(), s.object); v.Reads > 10 {
				t.Errorf("%d bytes in %d reads", v.Read, v.Reads)
			}
		}
	}
}

func hostileMovies() map[string][]byte {
	stbl := func(boxes ...string) []byte {
		return []byte(movieType + atom("moov", atom("trak", atom("mdia", atom("minf", atom("stbl", boxes...))))))
	}
	gpmd := full("stsd", 0, u32(1), atom("gpmd", strings.Repeat("\x00", 8)))
	deepUser, deepInfo, deepKLV := "", "", ""
	for range 200 {
		deepUser = atom("udta", atom("meta", deepUser))
		deepInfo = atom("dinf", deepInfo)
		deepKLV = nested("DEVC", deepKLV)
	}
	return map[string][]byte{
		"user data in user data": []byte(movieType + atom("moov", deepUser)),
		"dinf in dinf":           []byte(movieType + atom("moov", atom("trak", deepInfo))),
		"4 G chunks":             stbl(full("co64", 0, "\xff\xff\xff\xff"+u64(1))),
		"4 G samples":            stbl(full("stsz", 0, u32(0)+"\xff\xff\xff\xff")),
		"4 G samples of a byte":  stbl(gpmd, full("stsz", 0, u32(1)+"\xff\xff\xff\xff"), full("stsc", 0, u32(1)+u32(1)+"\xff\xff\xff\xff"+u32(1)), full("stco", 0, u32(1)+u32(0))),
		"samples past the end":   stbl(gpmd, full("stsz", 0, u32(0)+u32(2)+u32(8)+"\x7f\xff\xff\xff"), full("stsc", 0, u32(1)+u32(1)+u32(2)+u32(1)), full("stco", 0, u32(1)+u32(40))),
		"data past its item":     []byte(movieType + atom("moov", atom("udta", full("meta", 0, atom("ilst", atom("\xa9cmt", "\xff\xff\xff\xf0dataAAAA")))))),
		"size 0 in the middle":   []byte(movieType + "\x00\x00\x00\x00moovisom" + atom("moov", full("mvhd", 0))),
		"moov of 100 MB":         []byte(movieType + "\x05\xf5\xe1\x00moov" + full("mvhd", 0)),
		"moov cut":               []byte(movieType + atom("moov", atom("udta", text("\xa9ART", 0, "Ana Exemplo"))))[:60],
		"compressed movie":       []byte(movieType + atom("moov", atom("cmov", "x"))),
		"short fields":           []byte(movieType + atom("moov", atom("udta", atom("\xa9ART", "x"), atom("loci", "x"), atom("kywd", "x"), atom("auth", "x"), atom("Xtra", u32(12)+u32(90)+u32(0)), atom("GPMF", "x"), atom("CNTH", "x"), atom("XMP_")))),
		"canon's table lies":     []byte(movieType + atom("moov", atom("uuid", uuidCanon, atom("CTBO", u32(1)+u32(3)+u64(-1<<63)+u64(-1<<63)))) + atom("uuid", uuidPreview, u64(1)) + "\x00\x00\x00\x09mdat"),
		"canon cut in samples":   canonFile(tiff)[:len(canonFile(tiff))-9],
		"canon without TIFF":     []byte(movieType + atom("moov", atom("uuid", uuidCanon, atom("CMT2", "x"), atom("CMT4", "not a TIFF block")))),
		"KLV in KLV":             movie("gpmd", "", deepKLV),
		"sizes of KLV":           movie("gpmd", "", "GPS5l\x14\xff\xff"+"SCALl\x00\xff\xff"),
		"zero scale":             movie("gpmd", "", nested("STRM", entry("SCAL", 'l', 4, 1, u32(0)), entry("GPS5", 'l', 20, 1, strings.Repeat("\x00", 20)))),
		"keys":                   []byte(movieType + atom("moov", atom("meta", handler("mdta"), full("keys", 0, u32(9)+u32(1<<30)+"mdta"), atom("ilst", atom("\x00\x00\x00\x09", value(1, "x")))))),
		"many tracks":            []byte(movieType + atom("moov", strings.Repeat(sampled("text", "", 0, []string{"xx"}), maxTracks+1))),
	}
}

func TestMovieProblems(t *testing.T) {
	want := map[string][]media.Reason{
		"user data in user data": {media.LimitDepth},
		"dinf in dinf":           {media.LimitDepth},
		"4 G chunks":             {media.Corrupt},
		"4 G samples":            {media.Corrupt},
		"4 G samples of a byte":  {media.Corrupt},
		"samples past the end":   {media.Corrupt},
		"data past its item":     {media.Corrupt},
		"size 0 in the middle":   {media.Corrupt},
		"moov of 100 MB":         {media.Truncated},
		"moov cut":               {media.Truncated},
		"canon's table lies":     {media.Truncated},
		"canon cut in samples":   {media.Truncated},
		"compressed movie":       {media.Unsupported},
		"short fields":           {media.Corrupt},
		"canon without TIFF":     {media.Corrupt},
		"KLV in KLV":             nil,
		"sizes of KLV":           nil,
		"zero scale":             nil,
		"keys":                   {media.Corrupt},
		"many tracks":            {media.LimitCount},
	}
	for name, object := range hostileMovies() {
		t.Run(name, func(t *testing.T) {
			if d := cmp.Diff(want[name], mediatest.Walk(t, New(), object).Reasons()); d != "" {
				t.Errorf("reasons (-want +got):\n%s", d)
			}
		})
	}
}

// A movie that is cut anywhere gives what stands before the cut, and says so.
func TestMovieCut(t *testing.T) {
	whole := movies()[0].object
	end := strings.Index(string(whole), "mdat") - 4
	for cut := len(movieType) + 1; cut < end; cut += 7 {
		t.Run(fmt.Sprint(cut), func(t *testing.T) {
			v := mediatest.Walk(t, New(), whole[:cut])
			if len(v.Problems) == 0 {
				t.Error("no problem was told")
			}
			if i := strings.Index(string(whole), "ana@example.org"); cut > i+20 && v.Tag("Comment") != "for ana@example.org" {
				t.Errorf("comment is %q", v.Tag("Comment"))
			}
		})
	}
}

func FuzzMovie(f *testing.F) {
	var seeds [][]byte
	for _, s := range movies() {
		if len(s.object) < 64<<10 { // long ones slow the search down
			seeds = append(seeds, s.object, s.object[:len(s.object)*2/3])
		}
	}
	for _, s := range hostileMovies() {
		seeds = append(seeds, s)
	}
	mediatest.Fuzz(f, New(), seeds...)
}

// canonFile is a CR3 whose table says that nothing follows the samples.
func canonFile(tiff string) []byte {
	file := func(at, size int) string {
		table := atom("CTBO", u32(2)+u32(2)+u64(9)+u64(9)+u32(3)+u64(at)+u64(size-at))
		return atom("ftyp", "crx ", u32(1), "isom") + atom("moov", atom("uuid", uuidCanon, table, atom("CMT4", tiff))) + atom("uuid", uuidPreview, u64(1))
	}
	at := len(file(0, 0))
	return []byte(file(at, at+100) + strings.Repeat("x", 100)) // not even a header is read of the samples
}
