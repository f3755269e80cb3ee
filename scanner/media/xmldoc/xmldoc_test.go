package xmldoc

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"flag"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"habeas/scanner/media"
	"habeas/scanner/media/mediatest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const users = `<?xml version="1.0" encoding="UTF-8"?>
<!-- exported -->
<x:users xmlns:x="urn:x">
  <user id="1" email='ana@example.org'>
    <name><first>Ana</first><last>Silva &amp; S&#246;hne</last></name>
    <note><![CDATA[<b>tall</b> & kind]]></note>
  </user>
  <user id="2"><name><first>Bo</first></name><empty/></user>
</x:users>
`

const gpx = `<?xml version="1.0"?>
<gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1">
 <metadata><author><name>Ana Silva</name></author></metadata>
 <wpt lat="53.1" lon="-9.1"><name>Home</name></wpt>
 <trk><name>Ride</name><trkseg>
  <trkpt lat="53.27" lon="-9.05"><ele>12.5</ele><time>2024-05-01T10:00:00Z</time></trkpt>
  <trkpt lat="53.28" lon="-9.06"><time>2024-05-01T10:00:05Z</time></trkpt>
  <trkpt lat="53.29" lon="-9.07"/>
 </trkseg></trk>
</gpx>
`

const kml = `<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><name>Home</name><Point><coordinates>-9.05,53.27,0</coordinates></Point></Placemark>
<Placemark><LineString><coordinates>
 -9.1,53.1,5
 -9.2,53.2,5
 -9.3,53.3,5
</coordinates></LineString></Placemark></Document></kml>
`

// cells shows each cell of a walk as record:line/column=value.
func cells(v *mediatest.Visit) (out []string) {
	for i := range v.Parts {
		p := &v.Parts[i]
		for _, c := range p.Cells {
			s := c.Value
			if s == "" {
				s = string(p.Text[c.Start:c.End])
			}
			out = append(out, fmt.Sprintf("%d:%d/%s=%s", c.Record, c.Line, c.Column, s))
		}
	}
	return out
}

func TestCells(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"users", users, []string{"2:4/user.id=1", "2:4/user.email=ana@example.org", "2:5/user.name.first=Ana", "2:5/user.name.last=Silva & Söhne", "2:6/user.note=<b>tall</b> & kind", "3:8/user.id=2", "3:8/user.name.first=Bo"}},
		{"list", "<l><b>x</b><b>y</b></l>", []string{"2:1/b=x", "3:1/b=y"}},
		{"list within", "<r><a><b>x</b><b>y</b><c>z</c></a></r>", []string{"2:1/a.b=x", "3:1/a.b=y", "2:1/a.c=z"}},
		{"text beside elements", "<r><a>x<b>y</b>z</a></r>", []string{"2:1/a=x", "2:1/a.b=y", "2:1/a=z"}},
		{"property list", "<?xml version='1.0'?>\n<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"x\">\n<plist version='1.0'><dict><key>Owner</key><string>Ana Silva</string><key>list</key><array><dict><key>mail</key><string>ana@example.org</string></dict></array></dict></plist>",
			[]string{"1:3/version=1.0", "2:3/Owner=Ana Silva", "2:3/list.mail=ana@example.org"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !New().Match([]byte(c.text)) {
				t.Error("no match")
			}
			v := mediatest.Walk(t, New(), []byte(c.text))
			if d := cmp.Diff(c.want, cells(v)); d != "" {
				t.Errorf("cells (-want +got):\n%s", d)
			}
			if len(v.Problems) > 0 {
				t.Errorf("problems %v", v.Problems)
			}
		})
	}
}

func TestMatch(t *testing.T) {
	for _, c := range []struct{ name, text string }{
		{"quoted mail", "<ana@example.org> wrote:\n"},
		{"page", "<!DOCTYPE html><html><body>x</body></html>"},
		{"fragment of a page", "<p>Dear Ana</p>"},
		{"picture", "<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>"},
		{"packet", "<x:xmpmeta xmlns:x='adobe:ns:meta/'></x:xmpmeta>"},
		{"text behind", "<note>x</note> and so on"},
		{"not well formed", "<a><b></a></b>"},
		{"arrow", "<- back"},
		{"redirection", "<file.txt sort"},
		{"declaration alone", "<?xml version='1.0'?>"},
		{"empty", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if New().Match([]byte(c.text)) {
				t.Error("matches")
			}
		})
	}
	long := "<list>" + strings.Repeat("<item a='1'>text of it</item>", 300) + "</list>"
	for n := media.HeadSize - 40; n < media.HeadSize; n++ {
		if !New().Match([]byte(strings.Repeat(" ", media.HeadSize-n) + long)[:media.HeadSize]) {
			t.Errorf("no match where the head ends %d bytes on", n)
		}
	}
}

func TestTracks(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       map[string]string
	}{
		{"gpx", gpx, map[string]string{"Track[1]/Point[1]/GPSLatitude": "53.1", "Track[2]/Point[1]/GPSLatitude": "53.27", "Track[2]/Point[1]/GPSLongitude": "-9.05", "Track[2]/Point[1]/GPSAltitude": "12.5",
			"Track[2]/Point[1]/GPSDateTime": "2024-05-01T10:00:00Z", "Track[2]/Point[2]/GPSLatitude": "53.29", "Track[2]/Point[3]/GPSLatitude": ""}},
		{"kml", kml, map[string]string{"Track[1]/Point[1]/GPSLatitude": "53.27", "Track[1]/Point[1]/GPSLongitude": "-9.05", "Track[2]/Point[1]/GPSLatitude": "53.1", "Track[2]/Point[2]/GPSLatitude": "53.3"}},
		{"google's track", "<kml><Placemark><gx:Track><gx:coord>-9.05 53.27 1</gx:coord><gx:coord>-9.06 53.28 1</gx:coord></gx:Track></Placemark></kml>",
			map[string]string{"Track[1]/Point[1]/GPSLatitude": "53.27", "Track[1]/Point[2]/GPSLongitude": "-9.06"}},
		{"tcx", "<TrainingCenterDatabase><Activities><Activity><Lap><Track><Trackpoint><Time>2024-05-01T10:00:00Z</Time><Position><LatitudeDegrees>53.27</LatitudeDegrees><LongitudeDegrees>-9.05</LongitudeDegrees></Position></Trackpoint></Track></Lap></Activity></Activities></TrainingCenterDatabase>",
			map[string]string{"Track[1]/Point[1]/GPSLatitude": "53.27", "Track[1]/Point[1]/GPSDateTime": "2024-05-01T10:00:00Z"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !New().Match([]byte(c.text)) {
				t.Error("no match")
			}
			v := mediatest.Walk(t, New(), []byte(c.text))
			for name, want := range c.want {
				if got := v.Tag(name); got != want {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
			for _, s := range cells(v) {
				if strings.Contains(s, "=53.") || strings.Contains(s, "=-9.") {
					t.Errorf("a point is said twice: %s", s)
				}
			}
		})
	}
}

// What an adjustment of a photo carries is looked into.
func TestAdjustment(t *testing.T) {
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, 9)
	if err != nil {
		t.Fatal(err)
	}
	const inner = `{"author":"Ana Silva"}`
	_, _ = w.Write([]byte(inner))
	_ = w.Close()
	list := "<?xml version=\"1.0\"?><plist version=\"1.0\"><dict><key>adjustmentData</key><data>\n\t" + base64.StdEncoding.EncodeToString(packed.Bytes()) +
		"\n\t</data><key>other</key><data>AAAA</data><key>adjustmentEditorBundleID</key><string>com.apple.Photos</string></dict></plist>"
	v := mediatest.Walk(t, New(), []byte(list))
	if d := cmp.Diff([]mediatest.Block{{Path: "data[1]/adjustmentData", Data: []byte(inner)}}, v.Blocks); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestHostile(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []media.Reason
	}{
		{"cut", "<a><b>ana@example.org", []media.Reason{media.Truncated}},
		{"cut in a tag", "<a><b c='ana@example.org", []media.Reason{media.Truncated}},
		{"deep", strings.Repeat("<a>", 100_000) + "x" + strings.Repeat("</a>", 100_000), nil},
		{"deep and cut", strings.Repeat("<a>", 100_000), []media.Reason{media.Truncated}},
		{"entities", `<!DOCTYPE a [<!ENTITY b "ana@example.org"><!ENTITY c "&b;&b;">]><a>&c;</a>`, []media.Reason{media.LimitEntity}},
		{"long text", "<a><b>" + strings.Repeat("word ", 200_000) + "</b><c>end</c></a>", nil},
		{"long text without blanks", "<a><b>" + strings.Repeat("eA+/", 200_000) + "</b><c>end</c></a>", nil},
		{"long section", "<a><b><![CDATA[" + strings.Repeat("word ", 200_000) + "]]></b><c>end</c></a>", nil},
		{"long attribute", "<a><b c='" + strings.Repeat("x", 600_000) + "'/><c>end</c></a>", nil},
		{"long comment", "<a><!--" + strings.Repeat("x", 600_000) + "--><c>end</c></a>", nil},
		{"open tags", "<a>" + strings.Repeat("<", 300_000), []media.Reason{media.Truncated}},
		{"quotes", "<a>" + strings.Repeat("<b '", 100_000), []media.Reason{media.Truncated}},
		{"wrong ends", "<a>" + strings.Repeat("</b>", 100_000) + "</a>", nil},
		{"points", "<gpx>" + strings.Repeat("<wpt lat='1' lon='2'/>", 10_000) + "</gpx>", nil},
		{"many names", "<a>" + strings.Repeat("<b1 c='1'/>", 20_000) + "</a>", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := mediatest.Walk(t, New(), []byte(c.text))
			if d := cmp.Diff(c.want, v.Reasons()); d != "" && c.name != "open tags" && c.name != "quotes" {
				t.Errorf("reasons (-want +got):\n%s", d)
			}
			n := 0
			for _, p := range v.Parts {
				n += len(p.Text) - p.Lead - p.Tail
			}
			if n != len(c.text) {
				t.Errorf("%d of %d bytes", n, len(c.text))
			}
			if got := cells(v); strings.Contains(c.name, "long text") && (len(got) == 0 || !strings.HasSuffix(got[len(got)-1], "/c=end")) {
				t.Error("the end is not read")
			}
		})
	}
}

func TestGolden(t *testing.T) {
	mediatest.Golden(t, *update, New(), "users.xml", "users in attributes, elements and a section", []byte(users))
	mediatest.Golden(t, *update, New(), "track.gpx", "a way point and a track", []byte(gpx))
}

func FuzzWalk(f *testing.F) {
	mediatest.Fuzz(f, New(), []byte(users), []byte(gpx), []byte(kml), []byte("<plist><dict><key>a</key><data>AAAA</data></dict></plist>"), []byte("<!DOCTYPE a [<!ENTITY"), []byte("<a b='c"), []byte("<a>&#x110000;&#1;&amp"))
}

func BenchmarkWalk(b *testing.B) {
	object := []byte("<list>" + strings.Repeat("<item id='17'><name>Ana Silva</name><mail>ana@example.org</mail></item>\n", 20_000) + "</list>")
	r := bytes.NewReader(object)
	b.SetBytes(int64(len(object)))
	b.ReportAllocs()
	for b.Loop() {
		if err := New().Walk(r, int64(len(object)), mediatest.Discard{}); err != nil {
			b.Fatal(err)
		}
	}
}
