package svg

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

const picture = `<?xml version="1.0" encoding="UTF-8"?>
<!-- drawn by ana@example.org -->
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:sodipodi="http://example.org/s" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dc="http://purl.org/dc/elements/1.1/" sodipodi:docname="/home/ana/card.svg" width="4">
<title>Card of Ana</title>
<metadata><rdf:RDF><rdf:Description rdf:about="" dc:format="image/svg+xml"/></rdf:RDF></metadata>
<style>.a { background: url("data:image/gif;base64,R0lGODlhAQAB") }</style>
<text x="1"><tspan>ana</tspan><tspan>&#64;example.org</tspan></text>
<a xlink:href="mailto:bo@example.org"><path d="M0 0 L1 1"/></a>
<use href="#part"/>
<image xlink:href="data:image/svg+xml,%3Csvg%2F%3E"/>
<image href="data:image/png;base64,iVBO
 Rw0K"/>
<foreignObject><p>Ring <b>me</b></p></foreignObject>
<![CDATA[Bo & Cy]]>
</svg>
`

var samples = []struct{ name, made, object string }{
	{"all.svg", "texts, links, metadata, embedded pictures", picture},
	{"broken.svg", "an element that is not closed rightly", "<svg><title>Ana</title><a b=<text>bo@example.org"},
	{"entities.svg", "entities, which are not expanded", `<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><svg><text>&b;</text></svg>`},
}

func TestGolden(t *testing.T) {
	for _, s := range samples {
		t.Run(s.name, func(t *testing.T) { mediatest.Golden(t, *update, New(), s.name, s.made, []byte(s.object)) })
	}
}

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		name, head string
		want       bool
	}{
		{"root", "<svg>", true},
		{"root with attributes", "<svg\nwidth='1'>", true},
		{"declaration, comment, type", "<?xml version='1.0'?>\n<!-- x -->\n<!DOCTYPE svg PUBLIC \"x\">", true},
		{"prefix", "<s:svg xmlns:s='x'>", true},
		{"wide", "\xff\xfe<\x00s\x00v\x00g\x00>\x00<\x00/\x00s\x00v\x00g\x00>\x00", true},
		{"page", "<!DOCTYPE html><svg>", false},
		{"page with a picture", "<html><svg/></html>", false},
		{"other XML", "<?xml version='1.0'?><svgs>", false},
		{"text", "svg is a format", false},
		{"nothing", "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := New().Match([]byte(c.head)); got != c.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestProblems(t *testing.T) {
	for _, c := range []struct {
		name, object string
		want         []media.Reason
	}{
		{"whole", picture, nil},
		{"cut behind an element", "<svg><text>Ana</text>", []media.Reason{media.Truncated}},
		{"cut inside of a tag", "<svg><text", []media.Reason{media.Corrupt}},
		{"entities", samples[2].object, []media.Reason{media.LimitEntity}},
		{"entities for namespaces", `<!DOCTYPE svg [<!ENTITY r "http://example.org/r">]><svg xmlns:r="&r;"><text>&amp;</text></svg>`, nil},
		{"broken base64", `<svg><image href="data:image/png;base64,iV!!"/></svg>`, []media.Reason{media.Corrupt}},
		{"many tokens", "<svg>" + strings.Repeat("<a/>", media.MaxXMLTokens/2) + "</svg>", []media.Reason{media.LimitCount}},
		{"many pictures", "<svg><style>" + strings.Repeat("url(data:,x)", maxFiles+1) + "</style></svg>", []media.Reason{media.LimitCount}},
		{"deep", strings.Repeat("<svg>", 10_000) + strings.Repeat("</svg>", 10_000), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if d := cmp.Diff(c.want, mediatest.Walk(t, New(), []byte(c.object)).Reasons()); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}

func FuzzWalk(f *testing.F) {
	var seeds [][]byte
	for _, s := range samples {
		seeds = append(seeds, []byte(s.object))
	}
	mediatest.Fuzz(f, New(), append(seeds, []byte("<svg><r:RDF/><a x='data:,%zz'/>"), []byte("<svg xmlns:a='\x01'><RDF></svg></RDF>"))...)
}

func BenchmarkWalk(b *testing.B) {
	object := []byte(picture)
	b.SetBytes(int64(len(object)))
	for b.Loop() {
		if err := New().Walk(bytes.NewReader(object), int64(len(object)), mediatest.Discard{}); err != nil {
			b.Fatal(err)
		}
	}
}
