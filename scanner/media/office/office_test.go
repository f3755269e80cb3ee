package office

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"habeas/detectors"
	"habeas/scanner/media"
	"habeas/scanner/media/mediatest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// part is a member of a test document.
type part struct{ name, data string }

// walk reads a document as the archive that holds it would have it read.
func walk(parts []part, v media.Visitor) error {
	var names []string
	for _, p := range parts {
		names = append(names, p.name)
	}
	d := Documents{}
	kind := d.Knows(names)
	if kind == "" {
		return fmt.Errorf("not known: %q", names)
	}
	return d.Walk(kind, names, func(i int) (*io.SectionReader, error) {
		if parts[i].data == "" {
			return nil, nil
		}
		return io.NewSectionReader(strings.NewReader(parts[i].data), 0, int64(len(parts[i].data))), nil
	}, v)
}

// archive makes a format of documents, so that the kit of formats can hold
// them: members, each a line with its name, then its content.
type archive struct{}

func (archive) Name() string      { return "document" }
func (archive) Match([]byte) bool { return true }
func (archive) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	b, err := media.ReadUpTo(r, 0, size, size)
	if err != nil {
		return err
	}
	var parts []part
	for s := range bytes.SplitSeq(b, []byte("\n#####\n")) {
		name, data, _ := strings.Cut(string(s), "\n")
		parts = append(parts, part{name, data})
	}
	if walk(parts[:min(len(parts), 1)], mediatest.Discard{}) == nil { // one part of a known kind is enough
		return walk(parts, v)
	}
	if err := walk(parts, v); err != nil && !strings.HasPrefix(err.Error(), "not known") {
		return err
	}
	return nil
}

func join(parts []part) []byte {
	var s []string
	for _, p := range parts {
		s = append(s, p.name+"\n"+p.data)
	}
	return []byte(strings.Join(s, "\n#####\n"))
}

const (
	wordBody = `<w:document xmlns:w="w" xmlns:mc="mc" xmlns:v="v"><w:body>
<w:p><w:pPr><w:tabs><w:tab w:val="left" w:pos="720"/></w:tabs></w:pPr><w:r><w:t>Write to ana@exa</w:t></w:r><w:r><w:t>mple.org</w:t></w:r><w:r><w:tab/><w:t xml:space="preserve"> now &amp; </w:t></w:r><w:ins w:id="1" w:author="Bo Beispiel"><w:r><w:t>later</w:t></w:r></w:ins><w:del w:author="Cy Ejemplo"><w:r><w:delText> +1 202 555 0143</w:delText></w:r></w:del></w:p>
<w:p><w:r><w:fldChar/></w:r><w:r><w:instrText>HYPERLINK "mailto:di@example.org"</w:instrText></w:r><w:r><w:fldChar/></w:r><w:r><w:t>Di</w:t><w:br/><w:t>555</w:t><w:noBreakHyphen/><w:t>0144</w:t></w:r></w:p>
<w:tbl><w:tr><w:tc><w:p><w:r><w:t>Name</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>Phone</w:t></w:r></w:p></w:tc></w:tr>
<w:tr><w:tc><w:p/></w:tc><w:tc><w:p><w:r><w:t>+1 202 555 0145</w:t></w:r></w:p></w:tc></w:tr><w:tr><w:tc><w:p><w:r><w:t>Zoë</w:t></w:r></w:p></w:tc><w:tc/></w:tr></w:tbl>
<mc:AlternateContent><mc:Choice><w:p><w:r><w:t>once</w:t></w:r></w:p></mc:Choice><mc:Fallback><w:p><w:r><w:t>once</w:t></w:r></w:p></mc:Fallback></mc:AlternateContent>
<w:drawing><wp:posOffset>1234567890</wp:posOffset><wp:docPr name="Picture 1" descr="Ana at home"/></w:drawing></w:body></w:document>`
	core = `<cp:coreProperties xmlns:cp="cp" xmlns:dc="dc" xmlns:dcterms="t"><dc:creator>Ana Exemplo</dc:creator><cp:lastModifiedBy>Bo Beispiel</cp:lastModifiedBy><dc:title> Plan </dc:title><cp:keywords>a, b</cp:keywords><dcterms:created>2026-01-02T03:04:05Z</dcterms:created></cp:coreProperties>`
	rels = `<Relationships><Relationship Id="r1" Target="media/image1.png"/><Relationship Id="r2" Target="mailto:ed@example.org" TargetMode="External"/></Relationships>`
	odt  = `<office:document-content xmlns:office="o" xmlns:text="t" xmlns:table="b" xmlns:dc="dc" xmlns:xlink="x"><office:automatic-styles><number:text>-</number:text></office:automatic-styles><office:body><office:text>
<text:tracked-changes><text:changed-region><text:deletion><office:change-info><dc:creator>Bo Beispiel</dc:creator><dc:date>2026-01-01</dc:date></office:change-info><text:p>gone@example.org</text:p></text:deletion></text:changed-region></text:tracked-changes>
<text:h>Head</text:h><text:p>Write to <text:span>ana@exa</text:span><text:span>mple.org</text:span><text:s text:c="2"/>or<text:tab/>call
me<office:annotation><dc:creator>Cy Ejemplo</dc:creator><dc:date>2026-01-01</dc:date><text:p>+1 202 555 0143</text:p></office:annotation><text:line-break/><text:a xlink:href="mailto:di@example.org">Di</text:a></text:p></office:text></office:body></office:document-content>`
	ods = `<office:document-content><office:body><office:spreadsheet><table:table table:name="S"><table:table-row><table:table-cell><text:p>Name</text:p></table:table-cell><table:table-cell><text:p>Phone</text:p></table:table-cell></table:table-row>
<table:table-row><table:table-cell><text:p>Zoë</text:p><text:p>Exemple</text:p></table:table-cell><table:table-cell office:value-type="float" office:value="12025550143"><text:p>1.2E+10</text:p></table:table-cell></table:table-row>
<table:table-row><table:table-cell table:number-columns-repeated="16384"/></table:table-row><table:table-row><table:table-cell/><table:table-cell office:value-type="date" office:date-value="1982-02-18"/></table:table-row></table:table></office:spreadsheet></office:body></office:document-content>`
)

func samples() map[string][]part {
	sheet := `<worksheet><dimension ref="A1:XFD1048576"/><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="inlineStr"><is><t>Born</t></is></c></row>
<row r="2"><c r="A2" t="s"><v>2</v></c><c r="B2"><v>1.2025550143E10</v></c><c r="C2" s="1"><v>30000</v></c></row><row r="9"><c r="C9" t="str"><f>A1</f><v>a
b</v></c><c r="XFD9"><v>7</v></c></row></sheetData><dataValidations><dataValidation prompt="ask ed@example.org"/></dataValidations><headerFooter><oddHeader>for flo@example.org</oddHeader></headerFooter></worksheet>`
	return map[string][]part{
		"docx": {
			{"[Content_Types].xml", "<Types/>"}, {"_rels/.rels", rels}, {"docProps/core.xml", core},
			{"docProps/app.xml", `<Properties><Company>Example</Company><Manager>Fay Modelo</Manager><TitlesOfParts><vt:vector><vt:lpstr>one</vt:lpstr><vt:lpstr>two</vt:lpstr></vt:vector></TitlesOfParts></Properties>`},
			{"docProps/custom.xml", `<Properties><property fmtid="{D5CDD505}" pid="2" name="Client"><vt:lpwstr>Gil Exemple</vt:lpwstr></property></Properties>`},
			{"word/document.xml", wordBody}, {"word/_rels/document.xml.rels", rels}, {"word/media/image1.png", "\x89PNG\r\n\x1a\n"},
			{"word/comments.xml", `<w:comments><w:comment w:author="Hal Modelo" w:initials="HM"><w:p><w:r><w:t>ask ira@example.org</w:t></w:r></w:p></w:comment></w:comments>`},
			{"word/people.xml", `<w15:people><w15:person w15:author="Hal Modelo"><w15:presenceInfo w15:providerId="AD" w15:userId="S::hal@example.org::1"/></w15:person></w15:people>`},
			{"word/header1.xml", `<w:hdr><w:p><w:r><w:t>head</w:t></w:r></w:p></w:hdr>`}, {"word/fonts/font1.odttf", "font"}, {"word/empty.xml", ""},
			{"word/embeddings/oleObject1.bin", "object"}, {"customXml/item1.xml", `<x a="jo@example.org"><b>kim@example.org</b></x>`},
		},
		"xlsx": {
			{"xl/worksheets/sheet1.xml", sheet}, {"[Content_Types].xml", "<Types/>"},
			{"xl/sharedStrings.xml", `<sst><si><t>Name</t></si><si><t>Phone</t></si><si><r><t>Zoë </t></r><r><t>Exemple</t></r><rPh><t>zo-e</t></rPh></si><si><t>deleted@example.org</t></si></sst>`},
			{"xl/styles.xml", `<styleSheet><numFmts><numFmt numFmtId="164" formatCode="yyyy&quot;x&quot;mm"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/></cellXfs></styleSheet>`},
			{"xl/workbook.xml", `<workbook><sheets><sheet name="Staff" sheetId="1"/></sheets></workbook>`},
			{"xl/comments1.xml", `<comments><authors><author>Ana Exemplo</author></authors><commentList><comment ref="A1" authorId="0"><text><r><t>call +1 202 555 0143</t></r></text></comment></commentList></comments>`},
			{"xl/persons/person.xml", `<personList><person displayName="Bo Beispiel" userId="bo@example.org" providerId="None"/></personList>`},
		},
		"pptx": {
			{"ppt/slides/slide1.xml", `<p:sld><a:p><a:r><a:t>Write to ana@</a:t></a:r><a:r><a:t>example.org</a:t></a:r></a:p><a:tbl><a:tr><a:tc><a:p><a:r><a:t>x</a:t></a:r></a:p></a:tc><a:tc><a:p><a:r><a:t>y</a:t></a:r></a:p></a:tc></a:tr></a:tbl></p:sld>`},
			{"ppt/commentAuthors.xml", `<p:cmAuthorLst><p:cmAuthor id="0" name="Bo Beispiel" initials="BB"/></p:cmAuthorLst>`},
			{"ppt/comments/comment1.xml", `<p:cmLst><p:cm authorId="0"><p:text>call +1 202 555 0143</p:text></p:cm></p:cmLst>`},
		},
		"odt": {
			{"mimetype", "application/vnd.oasis.opendocument.text"}, {"content.xml", odt}, {"settings.xml", "<x/>"}, {"Pictures/a.png", "\x89PNG\r\n\x1a\n"},
			{"META-INF/manifest.xml", `<manifest:manifest><manifest:file-entry manifest:full-path="content.xml"/></manifest:manifest>`},
			{"meta.xml", `<office:document-meta><office:meta><meta:initial-creator>Ana Exemplo</meta:initial-creator><dc:creator>Bo Beispiel</dc:creator><meta:user-defined meta:name="Client">Cy Ejemplo</meta:user-defined><meta:template xlink:href="file:///home/ana/t.ott"/></office:meta></office:document-meta>`},
		},
		"ods": {{"mimetype", "x"}, {"content.xml", ods}},
		"locked": {
			{"mimetype", "x"}, {"content.xml", "\x01\x02 not XML"},
			{"META-INF/manifest.xml", `<manifest:manifest><manifest:file-entry manifest:full-path="content.xml"><manifest:encryption-data/></manifest:file-entry></manifest:manifest>`},
		},
		"epub": {
			{"mimetype", "application/epub+zip"}, {"META-INF/container.xml", "<x/>"},
			{"OEBPS/content.opf", `<package><metadata><dc:creator opf:role="aut">Ana Exemplo</dc:creator><dc:title>Book</dc:title><meta name="cover" content="img"/><meta property="dcterms:modified">2026</meta></metadata></package>`},
			{"OEBPS/page.xhtml", "<html/>"}, {"OEBPS/cover.jpg", "\xff\xd8\xff"},
		},
		"laughs":  {{"word/document.xml", `<!DOCTYPE w [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><w:document><w:p><w:r><w:t>&b; ana@example.org</w:t></w:r></w:p></w:document>`}, {"docProps/core.xml", core}},
		"damaged": {{"word/document.xml", `<w:document><w:body><w:p><w:r><w:t>Write to ana@example.org</w:t></w:p <w:tbl><w:tc></w:tr></nothing><w:p><w:r><w:t>and`}},
		"utf16":   {{"word/document.xml", utf16le(`<?xml version="1.0" encoding="UTF-16"?><w:p><w:t>Zoë ana@example.org</w:t></w:p>`)}},
	}
}

func utf16le(s string) string {
	b := []byte{0xff, 0xfe}
	for _, r := range s {
		b = append(b, byte(r), byte(r>>8))
	}
	return string(b)
}

var flat = map[string]string{
	"fodt":     `<?xml version="1.0"?><office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"><office:meta><meta:initial-creator>Ana Exemplo</meta:initial-creator></office:meta><office:body><text:p>Write to ana@example.org</text:p><office:binary-data>iVBORw0K GgoA</office:binary-data></office:body></office:document>`,
	"wordml":   `<?xml version="1.0"?><?mso-application progid="Word.Document"?><w:wordDocument xmlns:w="w"><o:DocumentProperties><o:Author>Ana Exemplo</o:Author><o:LastAuthor>Bo Beispiel</o:LastAuthor></o:DocumentProperties><w:body><w:p><w:r><w:t>Write to ana@example.org</w:t></w:r></w:p></w:body></w:wordDocument>`,
	"sheetml":  `<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet><Table><Row><Cell><Data>Name</Data></Cell><Cell><Data>Phone</Data></Cell></Row><Row><Cell><Data>Zoë</Data></Cell><Cell><Data>+1 202 555 0143</Data></Cell></Row></Table></Worksheet></Workbook>`,
	"flat-opc": `<?xml version="1.0"?><pkg:package xmlns:pkg="p"><pkg:part pkg:name="/docProps/core.xml"><pkg:xmlData>` + core + `</pkg:xmlData></pkg:part><pkg:part><pkg:xmlData><w:p><w:r><w:t>ana@example.org</w:t></w:r></w:p></pkg:xmlData></pkg:part><pkg:part><pkg:binaryData>????</pkg:binaryData></pkg:part></pkg:package>`,
}

func TestGoldenDocuments(t *testing.T) {
	for name, parts := range samples() {
		t.Run(name, func(t *testing.T) {
			mediatest.Golden(t, *update, archive{}, name, "written by the test "+name, join(parts))
		})
	}
}

func TestGoldenFlat(t *testing.T) {
	for name, object := range flat {
		t.Run(name, func(t *testing.T) {
			mediatest.Golden(t, *update, New(), name, "written by the test "+name, []byte(object))
		})
	}
}

// What a change took out does not join what was written in its place.
func TestDeletedText(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		{"replaced", `<w:p><w:del><w:r><w:delText>old@example.org</w:delText></w:r></w:del><w:ins><w:r><w:t>new@example.org</w:t></w:r></w:ins></w:p>`, "new@example.org\nold@example.org"},
		{"inside of a word", `<w:p><w:r><w:t>ana@exampl</w:t></w:r><w:del><w:r><w:delText>r</w:delText></w:r></w:del><w:ins><w:r><w:t>e.org</w:t></w:r></w:ins></w:p>`, "ana@example.org\nr"},
		{"in pieces", `<w:p><w:del><w:r><w:delText>ana@</w:delText></w:r><w:r><w:delText>example.org</w:delText></w:r></w:del><w:r><w:t>and</w:t></w:r><w:del><w:r><w:delText>bo</w:delText></w:r></w:del></w:p>`, "and\nana@example.org bo"},
		{"cut", `<w:p><w:del><w:r><w:delText>ana@example.org`, "ana@example.org"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var v mediatest.Visit
			p := newProse(&v, ooxml, "")
			if err := p.read([]byte(`<w:document xmlns:w="w"><w:body>` + c.body)); err != nil {
				t.Fatal(err)
			}
			var got string
			for _, part := range v.Parts {
				got += string(part.Text)
			}
			if strings.TrimSpace(got) != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestKnows(t *testing.T) {
	for _, c := range []struct {
		want  string
		names []string
	}{
		{ooxml, []string{"[Content_Types].xml", "word/document.xml"}},
		{ooxml, []string{"docProps/app.xml"}},
		{odf, []string{"mimetype", "content.xml"}},
		{odf, []string{"mimetype", "META-INF/manifest.xml", "encrypted-package"}},
		{epub, []string{"mimetype", "META-INF/container.xml", "OEBPS/content.opf"}},
		{"", []string{"META-INF/MANIFEST.MF", "a/B.class"}},
		{"", []string{"content.xml", "photo.jpg"}},
		{"", nil},
	} {
		if got := (Documents{}).Knows(c.names); got != c.want {
			t.Errorf("%q: got %q, want %q", c.names, got, c.want)
		}
	}
}

func TestProblems(t *testing.T) {
	for name, want := range map[string][]media.Reason{
		"docx": nil, "xlsx": nil, "pptx": nil, "odt": nil, "ods": nil, "epub": nil, "utf16": nil,
		"locked": {media.Encrypted}, "laughs": {media.LimitEntity}, "damaged": {media.Corrupt},
	} {
		t.Run(name, func(t *testing.T) {
			if d := cmp.Diff(want, mediatest.Walk(t, archive{}, join(samples()[name])).Reasons()); d != "" {
				t.Errorf("reasons (-want +got):\n%s", d)
			}
		})
	}
}

// Elements nested too deep are told, and cost no more than others.
func TestDeep(t *testing.T) {
	v := mediatest.Walk(t, archive{}, []byte("word/document.xml\n"+strings.Repeat("<a>", 1_000_000)))
	if d := cmp.Diff([]media.Reason{media.LimitDepth}, v.Reasons()); d != "" {
		t.Error(d)
	}
}

// The visitor's error ends the walk wherever it comes up.
func TestVisitorFails(t *testing.T) {
	for name, parts := range samples() {
		if name == "locked" {
			continue
		}
		if err := walk(parts, failing{}); err != errVisitor {
			t.Errorf("%s: %v", name, err)
		}
	}
}

var errVisitor = fmt.Errorf("visitor says no")

type failing struct{}

func (failing) Part(*detectors.Part) error             { return errVisitor }
func (failing) Nested(string, *io.SectionReader) error { return errVisitor }
func (failing) Problem(string, media.Reason)           {}

func FuzzDocuments(f *testing.F) {
	for _, parts := range samples() {
		f.Add(join(parts))
	}
	f.Fuzz(func(t *testing.T, b []byte) { mediatest.Abuse(t, archive{}, b) })
}

func FuzzFlat(f *testing.F) {
	var seeds [][]byte
	for _, s := range flat {
		seeds = append(seeds, []byte(s))
	}
	slices.SortFunc(seeds, bytes.Compare)
	mediatest.Fuzz(f, New(), seeds...)
}

func BenchmarkWalk(b *testing.B) {
	for name, parts := range samples() {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := walk(parts, mediatest.Discard{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// Every golden file belongs to a sample.
func TestGoldenFilesAreUsed(t *testing.T) {
	names, err := filepath.Glob("testdata/*.golden")
	if err != nil {
		t.Fatal(err)
	}
	all := samples()
	for _, n := range names {
		base := strings.TrimSuffix(filepath.Base(n), ".golden")
		if _, ok := all[base]; !ok && flat[base] == "" {
			t.Errorf("%s belongs to no sample", n)
			if *update {
				os.Remove(n)
			}
		}
	}
}
