package html

import (
	"bytes"
	"encoding/base64"
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

func wide(s string) []byte {
	b := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

var samples = map[string][]byte{
	"page": []byte(`<!DOCTYPE html><html><head><title>Team</title><meta name="author" content="Ana Exemplo"><meta charset=utf-8>
<style>p{color:red} /* bo@example.org */</style><script>var a = "cy@example.org"</script></head>
<body class=x><!-- ask di@example.org --><p>Write to an<b>a</b>&#64;example.org,<br>or call
  <a href="tel:+12025550143">us</a> &amp; <a href="MAILTO:ed%40example.org?cc=flo@example.org">Ed</a></p>
<table><tr><th>Name<th>Phone</tr><tr><td><p>Zoë</p></td><td>+1 202 555 0144</td></tr><tr><td></td><td>two<p>lines</td></tr></table>
<img src="data:image/png;base64,` + base64.StdEncoding.EncodeToString([]byte("\x89PNG\r\n\x1a\n")) + `" alt="Ana at home"><input value="gil@example.org">
soft&shy;ly</body></html>`),
	"latin1":   []byte("<html><head><meta http-equiv=content-type content='text/html; charset=iso-8859-1'></head><p>Ren\xe9e Exemple"),
	"utf16":    wide("<html><p>Zoë writes to ana@example.org</p></html>"),
	"xhtml":    []byte(`<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><body><p>Zoë</p></body></html>`),
	"damaged":  []byte("<div><p <b>Ana</div></p></x><table><td>a<td>b &unknown; &#x110000; &#0; <a href='data:image/png;base64,????'>x"),
	"cut":      []byte("<html><body><p>Write to ana@example.org <a href=\"mailto:bo@exam"),
	"fragment": []byte("<!-- saved --><table border=0><tr><td>Ana</td></tr></table>"),
}

func TestGolden(t *testing.T) {
	for name, object := range samples {
		t.Run(name, func(t *testing.T) {
			mediatest.Golden(t, *update, New(), name+".html", "written by the test "+name, object)
		})
	}
}

func TestMatch(t *testing.T) {
	for head, want := range map[string]bool{
		"<html>": true, "<HTML lang=en>": true, "  <!doctype HTML>": true, "<!-- x --><p>": true, "<?xml version='1.0'?><html>": true,
		"<?xml version='1.0'?><note>": false, "<svg>": false, "<pre-release>": false, "text <html>": false, "": false, "<": false, "<html": false,
		"<?xml version='1.0'?><!DOCTYPE html><html>": true, "<!-- never ends": false, "<a>": true,
	} {
		if got := New().Match([]byte(head)); got != want {
			t.Errorf("%q: got %v", head, got)
		}
	}
}

func TestProblems(t *testing.T) {
	for name, want := range map[string][]media.Reason{"page": nil, "cut": nil, "damaged": {media.Corrupt}} {
		if d := cmp.Diff(want, mediatest.Walk(t, New(), samples[name]).Reasons()); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}

// Elements nested a million deep cost what others do.
func TestDeep(t *testing.T) {
	v := mediatest.Walk(t, New(), []byte(strings.Repeat("<div>", 1_000_000)+"ana@example.org"))
	if len(v.Parts) != 1 || string(v.Parts[0].Text) != "ana@example.org" {
		t.Errorf("%d parts", len(v.Parts))
	}
}

// A page that declares Windows-1252 need not show it in its first bytes, and one that
// declares it wrongly is UTF-8.
func TestDeclaredLate(t *testing.T) {
	head := `<html><head><meta http-equiv=Content-Type content="text/html; charset=windows-1252"><style>` + strings.Repeat("p {}\n", 1000) + "</style></head><body>"
	for name, body := range map[string]string{"true": "Zo\xeb \x80", "wrong": "Zoë €"} {
		v := mediatest.Walk(t, New(), []byte(head+body))
		if len(v.Parts) == 0 || string(v.Parts[0].Text) != "Zoë €" {
			t.Errorf("%s: %s", name, v.Dump())
		}
	}
}

func FuzzWalk(f *testing.F) {
	var seeds [][]byte
	for _, s := range samples {
		seeds = append(seeds, s)
	}
	slices.SortFunc(seeds, bytes.Compare)
	mediatest.Fuzz(f, New(), seeds...)
}

func BenchmarkWalk(b *testing.B) {
	object := samples["page"]
	b.SetBytes(int64(len(object)))
	b.ReportAllocs()
	for b.Loop() {
		if err := New().Walk(bytes.NewReader(object), int64(len(object)), mediatest.Discard{}); err != nil {
			b.Fatal(err)
		}
	}
}
