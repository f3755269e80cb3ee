package mail

import (
	"bytes"
	"encoding/base64"
	"flag"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"habeas/scanner/media"
	"habeas/scanner/media/mediatest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// crlf makes the line ends of mail.
func crlf(s string) []byte { return []byte(strings.ReplaceAll(s, "\n", "\r\n")) }

func b64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

func wide(s string) []byte {
	b := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return b
}

const (
	plain = `Return-Path: <ana@example.org>
Received: from client.example.org [192.0.2.1]
	by mx.example.com; Tue, 24 Nov 2026 09:00:00 +0000
From: =?utf-8?Q?Ana_Gon=C3=A7?= =?utf-8?Q?alves?= <ana@example.org>
To: "Berg, Bo" <bo@example.com>, cy@example.com (Cy
 Cole); Team: Dee <dee@example.com>;
Subject: =?iso-8859-1?B?` + "Q2Fm6Q==" + `?=
X-Originating-IP: [192.0.2.7]
Message-ID: <1@example.org>

Ring me on +44 20 7946 0123.
`
	mixed = `From: Ana Silva <ana@example.org>
To: bo@example.com
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="=_a:1"

This is a message with parts.
--=_a:1
Content-Type: multipart/alternative; boundary=inner (comment)

--inner
Content-Type: text/plain; charset="iso-8859-1"
Content-Transfer-Encoding: quoted-printable

Caf=E9 ana=40exam=
ple.org
--inner
Content-Type: text/html; charset=windows-1251
Content-Transfer-Encoding: base64

` + "PGI+7/Do4uXyPC9iPg==" + `
--inner--
--=_a:1
Content-Type: image/png; name="old.png"
Content-Disposition: attachment; filename*0*=utf-8''caf%C3%A9;
 filename*1=" photo.png"
Content-Transfer-Encoding: base64
Content-Description: =?utf-8?q?Ana=E2=80=99s?=
X-Owner: ana@example.org

` + "iVBORw0KGgo=" + `
--=_a:1
Content-Type: message/rfc822

From: cy@example.com
Subject: inner
MIME-Version: 1.0

Hello
--=_a:1
Content-Type: text/calendar

BEGIN:VCALENDAR
END:VCALENDAR
--=_a:1--
A list's footer.
`
	box = `From ana@example.org Tue Nov 24 09:00:00 2026
From: ana@example.org
Subject: one

From here on, nothing new.
From bo@example.com Tue Nov 24 09:01:00 2026
is quoted without an empty line before.

From today we are open in 2026
which is text.

From bo@example.com Tue Nov 24 09:02:00 2026 +0100
From: bo@example.com
Subject: two

Bye.
`
	uu = `From: ana@example.org
Subject: a file of old

See the file.
begin 644 note.txt
#0V%T
` + "`" + `
end
Bye.
`
)

var samples = []struct {
	name, made string
	format     media.Format
	object     []byte
}{
	{"plain.eml", "parties in many spellings, encoded words, headers as text", New(), crlf(plain)},
	{"mixed.eml", "multiparts in each other, charsets, attachments, a message, text around the parts", New(), crlf(mixed)},
	{"wide.eml", "the first one in UTF-16", New(), wide(plain)},
	{"box.mbox", "two messages, and lines that only look like envelopes", NewMbox(), []byte(box)},
	{"uu.eml", "a uuencoded file", New(), []byte(uu)},
}

func TestGolden(t *testing.T) {
	for _, s := range samples {
		t.Run(s.name, func(t *testing.T) { mediatest.Golden(t, *update, s.format, s.name, s.made, s.object) })
	}
}

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		name, head string
		mail, mbox bool
	}{
		{"message", plain, true, false},
		{"mailbox", box, true, true},
		{"article", "Newsgroups: misc.test\nFrom: ana@example.org\nSubject: x\n\nhello", true, false},
		{"part of a digest", "Subject: x\nFrom: ana@example.org\n\nhello", true, false},
		{"folded first field", "To:\n bo@example.com\nFrom: ana@example.org\n\n", true, false},
		{"web page", "From: Saved by a browser\nSubject: x\nMIME-Version: 1.0\nContent-Type: multipart/related; boundary=x\n\n", true, false},
		{"memo", "To: Bo\nFrom: Ana\nplease ring me\n", false, false},
		{"answer of a web server", "Date: x\nServer: x\nContent-Type: text/html\nContent-Length: 1\n\n", false, false},
		{"package", "Package: x\nVersion: 1\nMaintainer: Ana <ana@example.org>\n\n", false, false},
		{"settings", "name: x\nfrom: 1\nsize: 3\n", false, false},
		{"text", "Dear Ana,\nFrom: x\n", false, false},
		{"nothing", "", false, false},
		{"text that begins like a mailbox", "From here to there it takes until 2026\nand back", false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := New().Match([]byte(c.head)); got != c.mail {
				t.Errorf("mail: %v", got)
			}
			if got := NewMbox().Match([]byte(c.head)); got != c.mbox {
				t.Errorf("mbox: %v", got)
			}
		})
	}
}

func TestParties(t *testing.T) {
	for _, c := range []struct {
		name, value string
		want        []string
	}{
		{"name and address", "Ana Silva <ana@example.org>", []string{"Ana Silva <ana@example.org>"}},
		{"address", "ana@example.org", []string{"ana@example.org"}},
		{"comma in quotes", `"Silva, Ana" <ana@example.org>, bo@example.com`, []string{"Silva, Ana <ana@example.org>", "bo@example.com"}},
		{"escaped quote", `"Ana \"A\" Silva" <ana@example.org>`, []string{`Ana "A" Silva <ana@example.org>`}},
		{"comment", "ana@example.org (Ana Silva)", []string{"Ana Silva <ana@example.org>"}},
		{"group", "Team: ana@example.org, Bo <bo@example.com>;", []string{"ana@example.org", "Bo <bo@example.com>"}},
		{"nobody", "undisclosed-recipients:;", nil},
		{"address twice", `"ana@example.org" <ana@example.org>`, []string{"ana@example.org"}},
		{"encoded comma", "=?utf-8?q?Silva=2C_Ana?= <ana@example.org>", []string{"Silva, Ana <ana@example.org>"}},
		{"encoded in quotes", `"=?utf-8?b?QW5h?=" <ana@example.org>`, []string{"Ana <ana@example.org>"}},
		{"single quotes", "'Ana Silva' <ana@example.org>", []string{"Ana Silva <ana@example.org>"}},
		{"semicolons", "ana@example.org; bo@example.com", []string{"ana@example.org", "bo@example.com"}},
		{"angle left open", "Ana <ana@example.org", []string{"Ana <ana@example.org>"}},
		{"quote left open", `"Ana <ana@example.org>, bo@example.com`, []string{"Ana <ana@example.org>", "bo@example.com"}},
		{"delivery report", "rfc822;ana@example.org", []string{"ana@example.org"}},
		{"empty path", "<>", nil},
		{"source route", "<@relay.example.com:ana@example.org>", []string{"ana@example.org"}},
		{"latin bytes", "Jos\xe9 <jose@example.org>", []string{"José <jose@example.org>"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if d := cmp.Diff(c.want, parties(c.value, "")); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}

func TestDecodeWords(t *testing.T) {
	for _, c := range []struct{ name, value, want string }{
		{"none", "plain =text", "plain =text"},
		{"two words", "=?utf-8?q?a?= =?utf-8?q?b?= c", "ab c"},
		{"a character cut in two", "=?utf-8?B?w4M=?= =?utf-8?Q?=C3?= =?utf-8?Q?=A9?=", "Ãé"},
		{"two charsets", "=?iso-8859-1?q?=E9?= =?koi8-r?b?wQ==?=", "éа"},
		{"japanese", "=?ISO-2022-JP?B?GyRCOzNFRBsoQg==?=", "山田"},
		{"language", "=?us-ascii*en?q?hi?=", "hi"},
		{"blanks inside", "=?utf-8?q?Ana Silva?=", "Ana Silva"},
		{"unknown charset", "=?x-none?q?hi?=", "hi"},
		{"unknown encoding", "=?utf-8?x?hi?=", "=?utf-8?x?hi?="},
		{"left open", "=?utf-8?q?hi", "=?utf-8?q?hi"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := decodeWords(c.value, ""); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestParameters(t *testing.T) {
	for _, c := range []struct {
		name, value, kind, key, want string
	}{
		{"plain", "Text/Plain; charset=UTF-8", "text/plain", "charset", "UTF-8"},
		{"quoted", `a/b; name="x;y.txt"; z=1`, "a/b", "name", "x;y.txt"},
		{"comment", "a/b (c); n=1", "a/b", "n", "1"},
		{"pieces", `a/b; n*0="x"; n*1=y; n*2=z`, "a/b", "n", "xyz"},
		{"charset", "a/b; n*=iso-8859-1'en'caf%E9", "a/b", "n", "café"},
		{"blanks around the sign", `a/b; n = "x"`, "a/b", "n", "x"},
		{"quote left open", `a/b; n="x; m=2`, "a/b", "n", "x"},
		{"no value", "a/b; n; m=2", "a/b", "m", "2"},
		{"first counts", "a/b; n=1; n=2", "a/b", "n", "1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			kind, params := parameters(c.value)
			if kind != c.kind || params[c.key] != c.want {
				t.Errorf("got %q and %q", kind, params[c.key])
			}
		})
	}
}

func deep(n int) []byte {
	var b strings.Builder
	b.WriteString("From: ana@example.org\r\nTo: bo@example.com\r\nContent-Type: multipart/mixed; boundary=b0\r\n\r\n")
	for i := range n {
		fmt.Fprintf(&b, "--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n", i, i+1)
	}
	b.WriteString("cy@example.com")
	return []byte(b.String())
}

func TestProblems(t *testing.T) {
	head := "From: ana@example.org\nTo: bo@example.com\nMIME-Version: 1.0\n"
	for _, c := range []struct {
		name   string
		object []byte
		want   []media.Reason
	}{
		{"whole", crlf(mixed), nil},
		{"line ends of Unix", []byte(mixed), nil},
		{"no final line end", []byte(head + "\nhello"), nil},
		{"header cut", []byte("From: ana@example.org\nTo: b@exa"), []media.Reason{media.Truncated}},
		{"header cut in a name", []byte("From: ana@example.org\nTo: bo@example.com\nContent-Ty"), []media.Reason{media.Truncated}},
		{"header without its date", []byte("From: ana@example.org\nTo: bo@example.com\n"), []media.Reason{media.Truncated}},
		{"only a header", []byte("From: ana@example.org\nDate: Mon, 1 Jun 2026 10:00:00 +0000\n"), nil},
		{"cut between CR and LF", append(crlf(head+"\nhello"), '\r'), []media.Reason{media.Truncated}},
		{"last boundary missing", []byte(head + "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx"), []media.Reason{media.Truncated}},
		{"boundary not named", []byte(head + "Content-Type: multipart/mixed\n\n--b\n\nx"), []media.Reason{media.Corrupt}},
		{"broken base64", []byte(head + "Content-Type: image/png\nContent-Transfer-Encoding: base64\n\niVBO!!RwoK\n"), []media.Reason{media.Corrupt}},
		{"deep", deep(5000), []media.Reason{media.LimitDepth, media.Truncated}},
		{"many parts", []byte(head + "Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\n\n\n", 100_000) + "--b--"), []media.Reason{media.LimitCount}},
		{"long header", []byte(head + "X-Long: " + strings.Repeat("x", 3<<20) + "\n\nhello"), []media.Reason{media.LimitBytes}},
		{"encrypted by S/MIME", []byte(head + "Content-Type: application/pkcs7-mime; smime-type=enveloped-data\nContent-Transfer-Encoding: base64\n\nMIAG\n"), []media.Reason{media.Encrypted}},
		{"encrypted by PGP", []byte(head + "\n-----BEGIN PGP MESSAGE-----\n\nxx\n"), []media.Reason{media.Encrypted}},
		{"encrypted parts", []byte(head + "Content-Type: multipart/encrypted; boundary=b\n\n--b\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n--b\nContent-Type: application/octet-stream\n\nxx\n--b--\n"), []media.Reason{media.Encrypted}},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := mediatest.Walk(t, New(), c.object)
			if d := cmp.Diff(c.want, v.Reasons()); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
			if v.Tag("From") != "ana@example.org" && c.name != "whole" && c.name != "line ends of Unix" {
				t.Errorf("the sender was lost: %q", v.Tag("From"))
			}
		})
	}
}

// What is too deep for its parts to be told apart is still read, as text.
func TestDeepTextIsShown(t *testing.T) {
	v := mediatest.Walk(t, New(), deep(5000))
	last := v.Parts[len(v.Parts)-1]
	if !bytes.HasSuffix(last.Text, []byte("cy@example.com")) {
		t.Errorf("the end of the message was not shown")
	}
}

// A long text goes out in chunks, a long attachment unread.
func TestLongBodies(t *testing.T) {
	text := strings.Repeat("a line of text\n", 200_000)
	v := mediatest.Walk(t, New(), []byte("From: ana@example.org\nTo: bo@example.com\n\n"+text))
	if len(v.Blocks) != 1 || v.Blocks[0].Path != "body" || string(v.Blocks[0].Data) != text {
		t.Errorf("got %d blocks", len(v.Blocks))
	}
}

// A message is read once, whatever it holds; text bodies keep their offsets.
func TestReads(t *testing.T) {
	object := crlf(mixed)
	v := mediatest.Walk(t, New(), object)
	attached := 0
	for _, b := range v.Blocks {
		attached += len(b.Data)
	}
	if v.Read > int64(2*len(object)+attached) {
		t.Errorf("%d bytes read of %d", v.Read, len(object))
	}
	stored := mediatest.Walk(t, New(), crlf(plain))
	if p := stored.Parts[len(stored.Parts)-1]; p.Path != "body" || p.Off < 0 {
		t.Errorf("%s has offset %d", p.Path, p.Off)
	}
}

func TestMailboxOfMany(t *testing.T) {
	one := "From ana@example.org Tue Nov 24 09:00:00 2026\nFrom: ana@example.org\nSubject: x\n\n" + strings.Repeat("text of a message\n", 50) + "\n"
	v := mediatest.Walk(t, NewMbox(), []byte(strings.Repeat(one, 1000)))
	if len(v.Blocks) != 1000 || len(v.Problems) != 0 {
		t.Errorf("%d messages, %d problems", len(v.Blocks), len(v.Problems))
	}
	for _, b := range v.Blocks {
		if !New().Match(b.Data) {
			t.Fatal("a message does not match")
		}
	}
}

func seeds() (out [][]byte) {
	for _, s := range samples {
		out = append(out, s.object)
	}
	return append(out, deep(30), []byte("From: a\nTo: b\nContent-Type: multipart/mixed; boundary=\"\"\n\n--\n"), []byte("From: =?utf-8?q?=?=\nTo: \"\n\nbegin 644 x\n#0V%T\n"),
		crlf("From: a@example.org\nTo: <\nContent-Type: text/plain; charset=utf-7\n\n+AGE-b"), crlf("From: a\nTo: (\nContent-Type: text/html; charset=utf-16\nContent-Transfer-Encoding: base64\n\n"+b64("\xff\xfea\x00")))
}

func FuzzWalk(f *testing.F) { mediatest.Fuzz(f, New(), seeds()...) }
func FuzzMbox(f *testing.F) { mediatest.Fuzz(f, NewMbox(), seeds()...) }

func BenchmarkWalk(b *testing.B) {
	object := crlf(mixed)
	b.SetBytes(int64(len(object)))
	for b.Loop() {
		if err := New().Walk(bytes.NewReader(object), int64(len(object)), mediatest.Discard{}); err != nil {
			b.Fatal(err)
		}
	}
}
