package xmp

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"habeas/scanner/media"
	"habeas/scanner/media/mediatest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const declarations = `xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"
 xmlns:exif="http://ns.adobe.com/exif/1.0/"
 xmlns:mwg-rs="http://www.metadataworkinggroup.com/schemas/regions/"
 xmlns:stArea="http://ns.adobe.com/xmp/sType/Area#"
 xmlns:MP="http://ns.microsoft.com/photo/1.2/"
 xmlns:MPRI="http://ns.microsoft.com/photo/1.2/t/RegionInfo#"
 xmlns:MPReg="http://ns.microsoft.com/photo/1.2/t/Region#"
 xmlns:Iptc4xmpCore="http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/"
 xmlns:xmpGImg="http://ns.adobe.com/xap/1.0/g/img/"`

// packet wraps properties as cameras and editors do.
func packet(attrs, body string) string {
	return "<?xpacket begin=\"\ufeff\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n" +
		`<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF ` + declarations + `><rdf:Description rdf:about="" ` + attrs + `>` +
		body + "</rdf:Description></rdf:RDF></x:xmpmeta>\n" + strings.Repeat(" ", 50) + "\n<?xpacket end=\"w\"?>"
}

func wide(s string, big bool) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		if big {
			b = append(b, byte(u>>8), byte(u))
		} else {
			b = append(b, byte(u), byte(u>>8))
		}
	}
	return b
}

const faces = `<mwg-rs:Regions rdf:parseType="Resource">
 <mwg-rs:RegionList><rdf:Bag>
  <rdf:li rdf:parseType="Resource">
   <mwg-rs:Name>Ana Exemplo</mwg-rs:Name>
   <mwg-rs:Area stArea:x="0.5" stArea:y="0.4" stArea:w="0.1" stArea:h="0.2" stArea:unit="normalized"/>
  </rdf:li>
  <rdf:li><rdf:Description mwg-rs:Name="Rui &amp; Co" mwg-rs:Type="Face"><mwg-rs:Area rdf:parseType="Resource"><stArea:x>0.25</stArea:x></mwg-rs:Area></rdf:Description></rdf:li>
 </rdf:Bag></mwg-rs:RegionList>
</mwg-rs:Regions>
<MP:RegionInfo><rdf:Description><MPRI:Regions><rdf:Bag><rdf:li MPReg:Rectangle="0.1, 0.2, 0.3, 0.4" MPReg:PersonDisplayName="Ana Exemplo"/></rdf:Bag></MPRI:Regions></rdf:Description></MP:RegionInfo>`

var samples = []struct{ name, made, object string }{
	{"forms", "attributes and elements, Bag, Seq and Alt, a struct, a qualifier, a resource, a literal, CDATA", packet(
		`xmp:CreatorTool="Editor 1.0" exif:GPSLatitude="59,26.1000N"`,
		`<dc:creator><rdf:Seq><rdf:li>Ana Exemplo</rdf:li><rdf:li> Rui Exemplo </rdf:li></rdf:Seq></dc:creator>
		<dc:title><rdf:Alt><rdf:li xml:lang="pt">Praia</rdf:li><rdf:li xml:lang="de">Strand</rdf:li><rdf:li xml:lang="x-default">Beach</rdf:li></rdf:Alt></dc:title>
		<Iptc4xmpCore:CreatorContactInfo Iptc4xmpCore:CiEmailWork="ana@example.org"><Iptc4xmpCore:CiTelWork>+1 202 555 0143</Iptc4xmpCore:CiTelWork></Iptc4xmpCore:CreatorContactInfo>
		<dc:source rdf:resource="https://example.org/ana"/>
		<dc:identifier rdf:parseType="Resource"><rdf:value>id-1</rdf:value><xmp:Scheme>local</xmp:Scheme></dc:identifier>
		<dc:coverage rdf:parseType="Literal">some <b>bold</b> text</dc:coverage>
		<dc:format><![CDATA[a < b & c]]></dc:format>
		<dc:rights>&#169; 2026 &lt;Ana&gt; &#x1F4F7; &unknown; &</dc:rights>
		<dc:type/><dc:empty></dc:empty>`)},
	{"faces", "regions of MWG in three notations, and of Microsoft", packet("", faces)},
	{"prefixes", "well-known namespaces under other prefixes, unknown ones under well-known prefixes",
		`<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description xmlns:a="http://purl.org/dc/elements/1.1/" xmlns:dc="https://example.org/not-dc/" xmlns:my="https://example.org/my#" about="">` +
			`<a:creator>Ana Exemplo</a:creator><dc:creator>Nobody</dc:creator><my:note xmlns:my="http://ns.adobe.com/xap/1.0/">scoped</my:note><my:note>mine</my:note></rdf:Description></rdf:RDF>`},
	{"sidecar", "a file with an XML declaration, a comment and a document type", "\ufeff<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- made by hand -->\n<!DOCTYPE x [ <!ELEMENT a (b)> ]>\n" +
		strings.SplitN(packet("", "<dc:subject><rdf:Bag><rdf:li>beach</rdf:li></rdf:Bag></dc:subject>"), "\n", 2)[1]},
	{"entities", "entities are never expanded, the rest is read", `<!DOCTYPE lol [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>` + packet("", "<dc:title>&b;</dc:title><dc:creator>Ana Exemplo</dc:creator>")},
	{"utf16", "UTF-16, little end first, without a mark", string(wide(packet("", "<dc:creator>Ana Exemplo \u00e9</dc:creator>"), false))},
	{"utf16be", "UTF-16, big end first, with a mark", "\xfe\xff" + string(wide(packet("", "<dc:creator>Ana Exemplo \u00e9</dc:creator>"), true))},
	{"cut", "the packet ends inside a value", packet("", faces)[:1400]},
	{"broken", "end tags missing and wrong, quotes forgotten, lone signs: all values are still found", packet("exif:Flash=yes",
		`<dc:creator><rdf:Seq><rdf:li>Ana Exemplo</rdf:li><rdf:li>Rui</dc:creator><dc:title>a < b</dc:title></nothing><photoshop:City>Lisboa</photoshop:City`+"\n")},
	{"latin1", "bytes that are not UTF-8", packet("", "<dc:creator>Ren\xe9e</dc:creator>")},
	{"thumbnail", "a preview in base64", packet("", "<xmp:Thumbnails><rdf:Alt><rdf:li rdf:parseType=\"Resource\"><xmpGImg:format>JPEG</xmpGImg:format><xmpGImg:image>"+
		base64.StdEncoding.EncodeToString([]byte("\xff\xd8\xff\xe0 a picture"))[:12]+"&#xA;"+base64.StdEncoding.EncodeToString([]byte("\xff\xd8\xff\xe0 a picture"))[12:]+
		"</xmpGImg:image></rdf:li></rdf:Alt></xmp:Thumbnails>")},
}

func TestGolden(t *testing.T) {
	for _, s := range samples {
		t.Run(s.name, func(t *testing.T) { mediatest.Golden(t, *update, New(), s.name+".xmp", s.made, []byte(s.object)) })
	}
}

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		name, head string
		want       bool
	}{
		{"packet", packet("", ""), true},
		{"no packet header", `<x:xmpmeta xmlns:x="adobe:ns:meta/">`, true},
		{"bare RDF after blanks", "\x00 \n<rdf:RDF>", true},
		{"old root", `<x:xapmeta>`, true},
		{"picture in SVG with XMP inside", `<svg><metadata><rdf:RDF>`, false},
		{"other XML", `<?xml version="1.0"?><html>`, false},
		{"text", "an <x:xmpmeta> in a text", false},
		{"nothing", "", false},
		{"only a declaration", `<?xml version="1.0"?>`, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := New().Match([]byte(c.head)); got != c.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestProblems(t *testing.T) {
	deep := strings.Repeat("<dc:a>", 100) + "x" + strings.Repeat("</dc:a>", 100)
	for _, c := range []struct {
		name, object string
		want         []media.Reason
	}{
		{"whole", packet("", faces), nil},
		{"deep", packet("", deep), []media.Reason{media.LimitDepth}},
		{"very deep", packet("", strings.Repeat("<a>", 300_000)), []media.Reason{media.Corrupt, media.LimitDepth}},
		{"many elements", packet("", strings.Repeat("<a/>", media.MaxXMLTokens+1)), []media.Reason{media.LimitCount}},
		{"many tags", packet("", strings.Repeat("<a>b</a>", maxTags+1)), []media.Reason{media.LimitCount}},
		{"many namespaces", packet(many("xmlns:n%d='u%d' ", 300), ""), []media.Reason{media.LimitCount}},
		{"long path", packet("", strings.Repeat("<"+strings.Repeat("n", 200)+">", 60)+"x"+strings.Repeat("</"+strings.Repeat("n", 200)+">", 60)), []media.Reason{media.LimitBytes}},
		{"billion laughs", `<!DOCTYPE l [` + many(`<!ENTITY l%d "&l%d;&l%[1]d;">`, 20) + `]>` + packet("", "<dc:title>&l19;</dc:title>"), []media.Reason{media.LimitEntity}},
		{"open document type", "<!DOCTYPE x [ " + strings.Repeat("<", 1000), []media.Reason{media.Truncated}},
		{"wrong end", packet("", "<dc:title>x</dc:tilte>"), []media.Reason{media.Corrupt}},
		{"never closed", packet("", "<dc:title>x"), []media.Reason{media.Corrupt}},
		{"cut behind the header", packet("", "")[:60], []media.Reason{media.Truncated}},
		{"cut tag", packet("", "<dc:title>x</dc:title>")[:900], []media.Reason{media.Truncated}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if d := cmp.Diff(c.want, mediatest.Walk(t, New(), []byte(c.object)).Reasons()); d != "" {
				t.Errorf("reasons (-want +got):\n%s", d)
			}
		})
	}
}

// What is padding for the most part is not read to its end.
func TestPadding(t *testing.T) {
	whole := packet("", "<dc:title>x</dc:title>")
	end := strings.Index(whole, "<?xpacket end")
	for _, c := range []struct {
		name, object string
		read         int64 // at most
	}{
		{"padding", whole[:end] + strings.Repeat(" ", 64<<10) + whole[end:], padded},
		{"another element behind little padding", whole[:end] + strings.Repeat(" ", 64<<10) + "<rdf:RDF></rdf:RDF>", padded},
		{"long", packet("", "<dc:title>x</dc:title>"+strings.Repeat(" ", 64<<10)), 1 << 20},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := mediatest.Walk(t, New(), []byte(c.object))
			if v.Tag("dc:title") != "x" || len(v.Reasons()) != 0 {
				t.Errorf("title %q, reasons %v", v.Tag("dc:title"), v.Reasons())
			}
			if v.Read > c.read {
				t.Errorf("read %d bytes", v.Read)
			}
		})
	}
}

func many(format string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i, i)
	}
	return b.String()
}

func TestAncestors(t *testing.T) {
	v := mediatest.Walk(t, New(), []byte(packet("", "<photoshop:DocumentAncestors><rdf:Bag>"+
		strings.Repeat("<rdf:li>id</rdf:li>", 5000)+"</rdf:Bag></photoshop:DocumentAncestors><dc:creator>Ana Exemplo</dc:creator>")))
	if n := len(v.Parts[0].Tags); n != maxAncestors+1 || v.Tag("dc:creator") != "Ana Exemplo" {
		t.Errorf("%d tags", n)
	}
}

// token is what both readers agree on.
type token struct {
	Kind  string
	Name  string
	Attrs []attr
}

// ours reads with tokens, text joined, references undone.
func ours(s string) (all []token) {
	t := tokens{s: s}
	chars := ""
	flush := func() {
		if chars != "" {
			all = append(all, token{Kind: "text", Name: chars})
		}
		chars = ""
	}
	for {
		switch t.next() {
		case eof:
			flush()
			return all
		case start:
			flush()
			k := token{Kind: "start", Name: t.name}
			for _, a := range t.attrs {
				k.Attrs = append(k.Attrs, attr{name: a.name, value: unescape(a.value)})
			}
			if all = append(all, k); t.self {
				all = append(all, token{Kind: "end", Name: t.name})
			}
		case end:
			flush()
			all = append(all, token{Kind: "end", Name: t.name})
		case text:
			if t.raw {
				chars += t.text
			} else {
				chars += unescape(t.text)
			}
		}
	}
}

// theirs reads the same with encoding/xml; ok is false where it refuses.
func theirs(s string) (all []token, ok bool) {
	d := xml.NewDecoder(strings.NewReader(s))
	d.CharsetReader = func(string, io.Reader) (io.Reader, error) { return nil, errors.New("not in this test") }
	name := func(n xml.Name) string {
		if n.Space == "" {
			return n.Local
		}
		return n.Space + ":" + n.Local
	}
	chars := ""
	for {
		k, err := d.RawToken()
		if err != nil {
			if chars != "" {
				all = append(all, token{Kind: "text", Name: chars})
			}
			return all, err == io.EOF
		}
		if c, isText := k.(xml.CharData); isText {
			chars += string(c)
			continue
		}
		switch k := k.(type) {
		case xml.StartElement, xml.EndElement:
			if chars != "" {
				all = append(all, token{Kind: "text", Name: chars})
			}
			chars = ""
			if e, isEnd := k.(xml.EndElement); isEnd {
				all = append(all, token{Kind: "end", Name: name(e.Name)})
				continue
			}
			e := k.(xml.StartElement)
			t := token{Kind: "start", Name: name(e.Name)}
			for _, a := range e.Attr {
				t.Attrs = append(t.Attrs, attr{name: name(a.Name), value: a.Value})
			}
			all = append(all, t)
		}
	}
}

// Whatever encoding/xml accepts, ours reads the same.
func TestTokensLikeEncodingXML(t *testing.T) {
	compared := 0
	for _, s := range samples {
		object := strings.ReplaceAll(s.object, "&unknown; &<", "<")
		want, ok := theirs(object)
		if !ok || strings.Contains(s.name, "utf16") {
			continue
		}
		compared++
		if d := cmp.Diff(want, ours(object), cmp.AllowUnexported(attr{})); d != "" {
			t.Errorf("%s (-encoding/xml +ours):\n%s", s.name, d)
		}
	}
	if compared < 5 {
		t.Errorf("only %d samples compared", compared)
	}
}

func FuzzWalk(f *testing.F) {
	seeds := [][]byte{nil, []byte(`<!DOCTYPE l [<!ENTITY a "&a;">]>`), []byte(packet("", strings.Repeat("<a>", 5000))),
		[]byte(packet("", strings.Repeat("<a b='", 500))), []byte(packet("", strings.Repeat("x<!-- -->", 5000)))}
	for _, s := range samples {
		seeds = append(seeds, []byte(s.object), []byte(s.object[:len(s.object)*2/3]))
	}
	mediatest.Fuzz(f, New(), seeds...)
}

func BenchmarkWalk(b *testing.B) {
	object := []byte(samples[0].object + samples[1].object)
	object = slices.Concat(object[:len(object):len(object)])
	r := bytes.NewReader(object)
	b.SetBytes(int64(len(object)))
	b.ReportAllocs()
	for b.Loop() {
		if err := New().Walk(r, int64(len(object)), mediatest.Discard{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMatchNot(b *testing.B) {
	head := bytes.Repeat([]byte("plain text "), 400)[:media.HeadSize]
	b.ReportAllocs()
	for b.Loop() {
		New().Match(head)
	}
}
