package vobject

import (
	"bytes"
	"flag"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"habeas/scanner/media"
	"habeas/scanner/media/mediatest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func crlf(s string) []byte { return []byte(strings.ReplaceAll(s, "\n", "\r\n")) }

const (
	old = `BEGIN:VCARD
VERSION:2.1
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Berg=C3=B6;Bo;;;
FN;CHARSET=ISO-8859-1;QUOTED-PRINTABLE:Bo Berg=
=F6
TEL;CELL:+44 20 7946 0123
EMAIL;INTERNET:bo@
 example.org
ADR;HOME:;;2 Quay St;Galway;;H91;Ireland
NOTE;ENCODING=QUOTED-PRINTABLE:two=0D=0Alines
PHOTO;ENCODING=BASE64;TYPE=GIF:
 R0lGODlh
 AQAB

AGENT:
BEGIN:VCARD
FN:Cy Cole
END:VCARD
END:VCARD
`
	modern = `BEGIN:VCARD
VERSION:4.0
FN:Ana Silva
N:Silva;Ana,Maria;;;
NICKNAME:Anita
item1.EMAIL;TYPE=work:ana@exam
 ple.org
TEL;VALUE=uri;TYPE="voice,home":tel:+1-202-555-0143
ADR;GEO="geo:53.27,-9.05";LABEL="2 Quay St^nGalway":;;2 Quay St\, back;Galway;;;Ireland
GEO:geo:37.3797,-122.0307
BDAY:19850412
PHOTO:data:image/gif;base64,R0lGODlhAQAB
LOGO:https://example.org/logo.png
RELATED;TYPE=spouse;VALUE=text:Dee Doe
RELATED:mailto:eve@example.org
X-SOCIALPROFILE;type=x:https://social.example.org/ana
X-SPOUSE:Dee Doe
UID:urn:uuid:1
NOTE:Call\, please\nat night
END:VCARD
BEGIN:VCARD
FN:Bo Berg
END:VCARD
`
	calendar = `BEGIN:VCALENDAR
VERSION:2.0
X-WR-CALNAME:Ana's days
BEGIN:VTIMEZONE
TZID:Europe/Dublin
END:VTIMEZONE
BEGIN:VEVENT
UID:1@example.org
DTSTART:20261124T090000Z
ORGANIZER;CN="Silva, Ana":mailto:ana@example.org
ATTENDEE;ROLE=CHAIR;CN=Bo Berg;SENT-BY="mailto:cy@example.org":MAILTO:bo@exa
 mple.org
ATTENDEE;DELEGATED-TO=mailto:dee@example.org:invalid:nomail
LOCATION:2 Quay St\, Galway
GEO:37.386013;-122.082932
SUMMARY:Lunch
DESCRIPTION:Ring +44 20 7946 0123\nor come
X-APPLE-STRUCTURED-LOCATION;VALUE=URI;X-ADDRESS="2 Quay St, Galway";X-TITLE=Home:geo:53.27,-9.05
ATTACH;ENCODING=BASE64;VALUE=BINARY:aGVsbG8=
ATTACH;FILENAME=list.pdf:https://example.org/list.pdf
BEGIN:VALARM
ACTION:EMAIL
ATTENDEE:mailto:eve@example.org
END:VALARM
END:VEVENT
END:VCALENDAR
`
)

var samples = []struct {
	name, made string
	format     media.Format
	object     []byte
}{
	{"old.vcf", "vCard 2.1: quoted-printable, charsets, a card inside of a card", NewCard(), crlf(old)},
	{"modern.vcf", "vCard 4.0: folded lines, URIs, groups, escapes", NewCard(), crlf(modern)},
	{"calendar.ics", "an event with people, places, files and an alarm", NewCalendar(), crlf(calendar)},
}

func TestGolden(t *testing.T) {
	for _, s := range samples {
		t.Run(s.name, func(t *testing.T) { mediatest.Golden(t, *update, s.format, s.name, s.made, s.object) })
	}
}

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		name, head  string
		card, event bool
	}{
		{"card", "BEGIN:VCARD\r\nFN:x", true, false},
		{"small letters after a mark", "\xef\xbb\xbfbegin:vcard\n", true, false},
		{"wide", "\xff\xfeB\x00E\x00G\x00I\x00N\x00:\x00V\x00C\x00A\x00R\x00D\x00\r\x00\n\x00F\x00N\x00:\x00x\x00", true, false},
		{"calendar", "BEGIN:VCALENDAR\n", false, true},
		{"longer word", "BEGIN:VCARDS\n", false, false},
		{"nothing", "", false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := NewCard().Match([]byte(c.head)); got != c.card {
				t.Errorf("card: %v", got)
			}
			if got := NewCalendar().Match([]byte(c.head)); got != c.event {
				t.Errorf("calendar: %v", got)
			}
		})
	}
}

func TestProblems(t *testing.T) {
	for _, c := range []struct {
		name   string
		format media.Format
		object []byte
		want   []media.Reason
	}{
		{"whole", NewCard(), crlf(modern), nil},
		{"no final line end", NewCard(), []byte(strings.TrimSpace(modern)), nil},
		{"card cut", NewCard(), []byte(modern[:200]), []media.Reason{media.Truncated}},
		{"calendar cut", NewCalendar(), []byte(calendar[:200]), []media.Reason{media.Truncated}},
		{"deep calendar", NewCalendar(), []byte(strings.Repeat("BEGIN:VCALENDAR\n", 1000)), []media.Reason{media.LimitDepth}},
		{"long line", NewCard(), []byte("BEGIN:VCARD\nNOTE:" + strings.Repeat("x", maxLine+10) + "\nEND:VCARD\n"), []media.Reason{media.LimitBytes}},
		{"lines of no format", NewCard(), []byte("BEGIN:VCARD\n;;;\n:\n\x00\nFN\n=\nEND:VCARD\n"), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if d := cmp.Diff(c.want, mediatest.Walk(t, c.format, c.object).Reasons()); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}

// A line may be folded as often as its writer likes.
func TestManyFolds(t *testing.T) {
	v := mediatest.Walk(t, NewCard(), []byte("BEGIN:VCARD\r\nEMAIL:a@example.org\r\nNOTE:A\r\n"+strings.Repeat(" A\r\n", 200_000)+"END:VCARD"))
	if v.Tag("Email") != "a@example.org" || len(v.Tag("Note")) != 200_001 || len(v.Problems) > 0 {
		t.Errorf("got %q, %d bytes, %v", v.Tag("Email"), len(v.Tag("Note")), v.Problems)
	}
}

func TestWideCards(t *testing.T) {
	var b bytes.Buffer
	for _, r := range old {
		b.WriteByte(byte(r))
		b.WriteByte(0)
	}
	v := mediatest.Walk(t, NewCard(), b.Bytes())
	if v.Tag("FormattedName") != "Bo Bergö" {
		t.Errorf("got %q", v.Tag("FormattedName"))
	}
}

func seeds() (out [][]byte) {
	for _, s := range samples {
		out = append(out, s.object)
	}
	return append(out, []byte("BEGIN:VCARD\nN;:\nADR;A=\"\nPHOTO;B:=\nEMAIL;QUOTED-PRINTABLE:=\n=\n"), []byte("BEGIN:VCALENDAR\nEND:X\nEND:Y\nATTENDEE;CN=\"\\:x\nATTACH;ENCODING=B:!\n"))
}

func FuzzCard(f *testing.F)     { mediatest.Fuzz(f, NewCard(), seeds()...) }
func FuzzCalendar(f *testing.F) { mediatest.Fuzz(f, NewCalendar(), seeds()...) }

func BenchmarkWalk(b *testing.B) {
	object := crlf(strings.Repeat(modern, 100))
	b.SetBytes(int64(len(object)))
	for b.Loop() {
		if err := NewCard().Walk(bytes.NewReader(object), int64(len(object)), mediatest.Discard{}); err != nil {
			b.Fatal(err)
		}
	}
}
