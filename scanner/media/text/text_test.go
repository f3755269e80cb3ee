package text

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"

	"habeas/detectors"
	"habeas/scanner/media"
	"habeas/scanner/media/mediatest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const letter = "Grüße aus Köln – café, naïve.\r\nName: Jürgen Muster\r\nE-Mail: juergen@example.org\r\nTelefon: +1 202 555 0143\r\n"

const (
	russian  = "Уважаемая Анна, пишите на anna@example.org или звоните по номеру +1 202 555 0143. С наилучшими пожеланиями, Иван Примеров из отдела продаж."
	greek    = "Αγαπητή Άννα, γράψτε στο anna@example.org ή τηλεφωνήστε στο +1 202 555 0143. Με φιλικούς χαιρετισμούς, ο Γιώργος από το γραφείο."
	japaneze = "こんにちは。山田太郎です。メールは taro@example.org までお願いします。電話番号は +1 202 555 0143 です。よろしくお願いいたします。"
	chinese  = "你好，我是王小明。我的电子邮件是 wang@example.org，电话号码是 +1 202 555 0143。请在明天之前回复这封信，谢谢大家的帮助。"
	taiwan   = "你好，我是王小明。我的電子郵件是 wang@example.org，電話號碼是 +1 202 555 0143。請在明天之前回覆這封信，謝謝大家的幫助。"
	koreans  = "안녕하세요. 저는 김철수입니다. 이메일은 kim@example.org 이고 전화번호는 +1 202 555 0143 입니다. 내일까지 답장을 부탁드립니다."
	polish   = "Szanowna Pani Anno, proszę pisać na adres anna@example.org lub dzwonić. Łączę wyrazy szacunku, Władysław Przykładowy, źródło: żółty."
	french   = "Chère Hélène, écrivez à helene@example.org avant le 3 février s'il vous plaît. Ça va être très bien, François."
)

func encode(t testing.TB, e encoding.Encoding, s string) []byte {
	t.Helper()
	b, err := e.NewEncoder().Bytes([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// joined is the text of all chunks without the edges.
func joined(v *mediatest.Visit) string {
	var b strings.Builder
	for _, p := range v.Parts {
		b.Write(p.Text[p.Lead : len(p.Text)-p.Tail])
	}
	return b.String()
}

func TestEncodings(t *testing.T) {
	le, be := unicode.LittleEndian, unicode.BigEndian
	long := strings.Repeat(letter, 5000)
	for _, c := range []struct {
		name   string
		object []byte
		want   string
		off    int64
	}{
		{"empty", nil, "", 0},
		{"ascii", []byte("plain"), "plain", 0},
		{"utf-8", []byte(letter), letter, 0},
		{"utf-8 with mark", []byte("\ufeff" + letter), letter, 3},
		{"utf-16le with mark", encode(t, unicode.UTF16(le, unicode.UseBOM), letter), letter, -1},
		{"utf-16be with mark", encode(t, unicode.UTF16(be, unicode.UseBOM), letter), letter, -1},
		{"utf-16le", encode(t, unicode.UTF16(le, unicode.IgnoreBOM), letter), letter, -1},
		{"utf-16be", encode(t, unicode.UTF16(be, unicode.IgnoreBOM), letter), letter, -1},
		{"utf-16le, long", encode(t, unicode.UTF16(le, unicode.IgnoreBOM), long+"😀"), long + "😀", -1},
		{"utf-16be, russian", encode(t, unicode.UTF16(be, unicode.IgnoreBOM), russian), russian, -1},
		{"utf-16le, japanese", encode(t, unicode.UTF16(le, unicode.IgnoreBOM), japaneze), japaneze, -1},
		{"utf-32le with mark", encode(t, utf32.UTF32(utf32.LittleEndian, utf32.UseBOM), letter), letter, -1},
		{"utf-32be", encode(t, utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM), letter), letter, -1},
		{"utf-32le, long", encode(t, utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM), long), long, -1},
		{"utf-7 with mark", []byte("+/v8-Gr+APwA3w-e +- juergen+AEA-example.org +2D3eAA-"), "Grüße + juergen@example.org 😀", -1},
		{"ebcdic", encode(t, charmap.CodePage037, "Name: Jane Doe, mail jane.doe@example.org, call +1 202 555 0143"), "Name: Jane Doe, mail jane.doe@example.org, call +1 202 555 0143", -1},
		{"ebcdic, lines", []byte("\xc4\x85\x81\x99\x40\xc1\x95\x81\x15\xa3\x88\x81\x95\x92\x40\xa8\x96\xa4\x15"), "Dear Ana\nthank you\n", -1},
		{"declared in html", []byte("<meta charset='ISO-8859-2'><p>\xb1"), "<meta charset='ISO-8859-2'><p>ą", -1},
		{"declared in xml", []byte("<?xml version=\"1.0\" encoding=\"koi8-u\"?><p>\xa4"), "<?xml version=\"1.0\" encoding=\"koi8-u\"?><p>є", -1},
		{"declared in mail, unknown", []byte("Content-Type: text/plain; charset=x-own; format=flowed\n\nRen\xe9e"), "Content-Type: text/plain; charset=x-own; format=flowed\n\nRenée", -1},
		{"declared wrongly", []byte("<meta charset=utf-8>Ren\xe9e"), "<meta charset=utf-8>Renée", -1},
		{"zeros behind the end", append([]byte("a log\n"), make([]byte, 2000)...), "a log\n" + strings.Repeat("\x00", 2000), 0},
		{"iso-2022-jp", encode(t, japanese.ISO2022JP, japaneze), japaneze, -1},
		{"windows-1252", encode(t, charmap.Windows1252, letter), letter, -1},
		{"windows-1252, french", encode(t, charmap.Windows1252, french), french, -1},
		{"windows-1252, long", encode(t, charmap.Windows1252, long), long, -1},
		{"mac roman", encode(t, charmap.Macintosh, letter), letter, -1},
		{"code page 850", encode(t, charmap.CodePage850, strings.ReplaceAll(letter, "–", "-")), strings.ReplaceAll(letter, "–", "-"), -1},
		{"windows-1250", encode(t, charmap.Windows1250, polish), polish, -1},
		{"windows-1251", encode(t, charmap.Windows1251, russian), russian, -1},
		{"koi8-r", encode(t, charmap.KOI8R, russian), russian, -1},
		{"code page 866", encode(t, charmap.CodePage866, russian), russian, -1},
		{"iso-8859-5", encode(t, charmap.ISO8859_5, russian), russian, -1},
		{"windows-1253", encode(t, charmap.Windows1253, greek), greek, -1},
		{"shift-jis", encode(t, japanese.ShiftJIS, japaneze), japaneze, -1},
		{"euc-jp", encode(t, japanese.EUCJP, japaneze), japaneze, -1},
		{"gbk", encode(t, simplifiedchinese.GBK, chinese), chinese, -1},
		{"big5", encode(t, traditionalchinese.Big5, taiwan), taiwan, -1},
		{"euc-kr", encode(t, korean.EUCKR, koreans), koreans, -1},
		{"utf-8 with bad bytes", []byte(strings.Repeat("é", 20) + "\xff ana@example.org \xc3"), strings.Repeat("é", 20) + "? ana@example.org ?", 0},
		{"ascii, then latin-1 after the head", append([]byte(strings.Repeat("a line\n", 1000)), "Ren\xe9e"...), strings.Repeat("a line\n", 1000) + "Renée", -1},
		{"bytes that look like a mark", []byte("\xff\xfe\xfd mail ana@example.org now"), "ÿþý mail ana@example.org now", -1},
		{"mark and nothing else", []byte("\xff\xfe"), "", -1},
		{"damaged", []byte(strings.Repeat("a line\n", 20) + "x\x01\x00\x00\x00 b"), strings.Repeat("a line\n", 20) + "x\x01\x00\x00\x00 b", 0},
		{"few control characters", []byte("a log \x00 line " + strings.Repeat("x", 200)), "a log \x00 line " + strings.Repeat("x", 200), 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !New().Match(c.object[:min(len(c.object), media.HeadSize)]) {
				t.Fatal("no match")
			}
			v := mediatest.Walk(t, New(), c.object)
			if got := joined(v); got != c.want {
				t.Errorf("got %.300q\nwant %.300q", got, c.want)
			}
			for _, p := range v.Parts {
				if c.off < 0 && p.Off != -1 || c.off >= 0 && p.Off < 0 {
					t.Errorf("offset %d", p.Off)
				}
			}
			if c.off >= 0 && len(v.Parts) > 0 && v.Parts[0].Off != c.off {
				t.Errorf("first offset %d, want %d", v.Parts[0].Off, c.off)
			}
		})
	}
}

// Text that is not UTF-8 only after the first chunk is decoded from there.
func TestLateLatin1(t *testing.T) {
	plain := strings.Repeat("a line of text\n", 40_000)
	v := mediatest.Walk(t, New(), []byte(plain+"Ren\xe9e"))
	if joined(v) != plain+"Renée" {
		t.Error("text is lost or changed")
	}
	if v.Parts[0].Off != 0 || v.Parts[len(v.Parts)-1].Off != -1 {
		t.Error("offsets of the plain chunks are lost, or those of decoded ones are not")
	}
}

func TestMatchBinary(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	random := make([]byte, 600)
	for i := range random {
		random[i] = byte(r.Uint32())
	}
	var small []byte
	for i := range 500 {
		small = append(small, byte(i%7), 0)
	}
	for _, c := range []struct {
		name string
		head []byte
	}{
		{"random", random},
		{"random without zeros", bytes.ReplaceAll(random, []byte{0}, nil)},
		{"small numbers of two bytes", small},
		{"zeros", make([]byte, 4096)},
		{"database", append([]byte("SQLite format 3\x00\x10\x00\x01\x01\x00@  "), make([]byte, 100)...)},
		{"pdf", []byte("%PDF-1.7\nall in ASCII so far")},
		{"program", append([]byte("\x7fELF\x02\x01\x01"), make([]byte, 100)...)},
		{"sound with what looks like a mark", append([]byte("\xff\xfe\x00\x01"), random...)},
	} {
		t.Run(c.name, func(t *testing.T) {
			if New().Match(c.head) {
				t.Error("matches")
			}
		})
	}
}

// What begins as text and goes on as something else is read, and not called complete.
func TestBinaryBehindText(t *testing.T) {
	script := strings.Repeat("echo unpacking for ana@example.org\n", 200)
	v := mediatest.Walk(t, New(), []byte(script+strings.Repeat("\x00\x01\x02\x03", 2000)))
	if d := cmp.Diff([]media.Reason{media.Unsupported}, v.Reasons()); d != "" {
		t.Errorf("reasons (-want +got):\n%s", d)
	}
	if !strings.HasPrefix(joined(v), script) {
		t.Error("the text is lost")
	}
}

// A long text comes in chunks that overlap, cut behind lines, of which every
// byte belongs to exactly one.
func TestChunks(t *testing.T) {
	var b strings.Builder
	for i := range 30_000 {
		fmt.Fprintf(&b, "line %d: é ana%d@example.org\n", i, i)
	}
	for _, c := range []struct{ name, object string }{
		{"lines", b.String()},
		{"one word", strings.Repeat("é", 600_000)},
		{"words", strings.Repeat("word ", 200_000)},
		{"just a chunk", strings.Repeat("a", chunkSize)},
		{"one more", strings.Repeat("a", chunkSize+1)},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := mediatest.Walk(t, New(), []byte(c.object))
			if joined(v) != c.object {
				t.Fatal("text is lost or doubled")
			}
			for i, p := range v.Parts {
				if len(p.Text) > chunkSize+utf8.UTFMax {
					t.Errorf("chunk %d has %d bytes", i, len(p.Text))
				}
				if i > 0 && p.Lead < 1<<10 || i+1 < len(v.Parts) && p.Tail < 1<<10 {
					t.Errorf("chunk %d: edges of %d and %d", i, p.Lead, p.Tail)
				}
				if c.name == "lines" && i > 0 && p.Text[p.Lead-1] != '\n' {
					t.Errorf("chunk %d begins inside of a line", i)
				}
			}
		})
	}
}

func TestGolden(t *testing.T) {
	for _, s := range []struct {
		name, made string
		object     []byte
	}{
		{"utf8.txt", "UTF-8 with a mark and a bad byte", []byte("\ufeff" + letter + "\xff")},
		{"utf16.txt", "UTF-16, little end first, without a mark", encode(t, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), letter)},
		{"cp1252.txt", "windows-1252", encode(t, charmap.Windows1252, letter)},
	} {
		t.Run(s.name, func(t *testing.T) { mediatest.Golden(t, *update, New(), s.name, s.made, s.object) })
	}
}

func FuzzWalk(f *testing.F) {
	mediatest.Fuzz(f, New(), nil, []byte(letter), []byte("\xff\xfe"), []byte("\xff\xfe\x00\xd8"), []byte("\x00\x00\xfe\xff\x00"),
		[]byte("+/v8-+AGE"), []byte("\x1b$B\x24"), encode(f, charmap.CodePage037, "call jane doe at example.org now"), []byte(strings.Repeat("\xe9", 300_000)),
		[]byte(strings.Repeat("a", chunkSize-1)+"é"), []byte(strings.Repeat("a", chunkSize*2)+"\xe9t\xe9"),
		encode(f, unicode.UTF16(unicode.BigEndian, unicode.UseBOM), russian), encode(f, japanese.ShiftJIS, japaneze))
}

type count struct {
	mediatest.Discard
	parts int
}

func (c *count) Part(*detectors.Part) error { c.parts++; return nil }

func BenchmarkWalk(b *testing.B) {
	for _, c := range []struct {
		name   string
		object []byte
	}{
		{"small", []byte(letter)},
		{"utf-8", []byte(strings.Repeat(letter, 40_000))},
		{"utf-16", encode(b, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), strings.Repeat(letter, 20_000))},
		{"windows-1252", encode(b, charmap.Windows1252, strings.Repeat(letter, 40_000))},
	} {
		b.Run(c.name, func(b *testing.B) {
			r := bytes.NewReader(c.object)
			b.SetBytes(int64(len(c.object)))
			b.ReportAllocs()
			var v count
			for b.Loop() {
				if err := New().Walk(r, int64(len(c.object)), &v); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
