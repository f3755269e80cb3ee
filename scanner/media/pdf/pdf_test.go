package pdf

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"habeas/scanner/media"
	"habeas/scanner/media/mediatest"
)

var update = flag.Bool("update", false, "write the golden files")

// format is one for all tests: its engine takes seconds to compile.
var format = sync.OnceValue(New)

func TestGolden(t *testing.T) {
	for _, c := range []struct {
		name, made string
		object     []byte
	}{
		{"everything", "one of each thing that a document can hold, and an earlier revision", everything()},
		{"packed", "objects in an object stream, cross-references in a stream with a predictor", packedFile()},
	} {
		t.Run(c.name, func(t *testing.T) { mediatest.Golden(t, *update, format(), c.name, c.made, c.object) })
	}
}

// said is all that a visit has shown, as one text.
func said(v *mediatest.Visit) string {
	var out strings.Builder
	for _, p := range v.Parts {
		out.Write(p.Text)
		for _, t := range p.Tags {
			out.WriteString(" " + t.Value)
		}
		out.WriteByte('\n')
	}
	for _, b := range v.Blocks {
		out.Write(b.Data)
	}
	return out.String()
}

func TestEncrypted(t *testing.T) {
	for _, version := range []int{2, 4, 5} {
		t.Run(fmt.Sprintf("version %d, no password", version), func(t *testing.T) {
			v := mediatest.Walk(t, format(), encrypted(version, ""))
			if s := said(v); !strings.Contains(s, "Ana Silva") || !strings.Contains(s, "sealed@example.org") || len(v.Problems) > 0 {
				t.Errorf("%v, said %q", v.Problems, s)
			}
		})
		t.Run(fmt.Sprintf("version %d, with password", version), func(t *testing.T) {
			v := mediatest.Walk(t, format(), encrypted(version, "secret"))
			if d := cmp.Diff([]media.Reason{media.Encrypted}, v.Reasons()); d != "" || len(v.Parts) > 0 {
				t.Errorf("%s, %d parts", d, len(v.Parts))
			}
		})
	}
}

// with is basic with one object in place of what it has.
func with(num int, body string) []byte {
	f := basic("text@example.org")
	f.obj(num, body)
	return f.end(ends).Bytes()
}

func content(more, data string) []byte {
	f := basic("text@example.org")
	f.stream(4, more, data)
	return f.end(ends).Bytes()
}

func without(b []byte, s string) []byte {
	return bytes.ReplaceAll(b, []byte(s), bytes.Repeat([]byte{' '}, len(s)))
}

// hostile are damaged and malicious documents, with the reasons that they give
// and what must be read in spite of it.
func hostile() []hostileCase {
	good := basic("text@example.org").end(ends).Bytes()
	noXref := good[:bytes.LastIndex(good, []byte("xref\n0 1"))]
	cut := good[:bytes.Index(good, []byte("5 0 obj"))]
	objects := newFile()
	objects.stream(4, "", shows("text@example.org"))
	objects.obj(3, "<</Type/Page/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>")
	objects.obj(5, font)
	objects.obj(8, "<</Type/Annot/Subtype/Text/Rect[0 0 9 9]/Contents «note@example.org»>>")
	early := func() []byte { // the page is read before the file breaks off
		b := objects.Bytes()
		return append(bytes.Clone(b), "9 0 obj\n<</Broken ("...)
	}
	return []hostileCase{
		{"no cross-reference", noXref, []media.Reason{media.Truncated}, "text@example.org"},
		{"cut in the last line", good[:bytes.LastIndex(good, []byte("%%EOF"))+2], []media.Reason{media.Truncated}, "text@example.org Ana Silva"},
		{"cut after the content", cut, []media.Reason{media.Truncated}, "text@example.org"},
		{"cut before the catalog", early(), []media.Reason{media.Truncated}, "text@example.org note@example.org"},
		{"junk before the header", append(bytes.Repeat([]byte{0}, 500), good...), nil, "text@example.org Ana Silva"},
		{"startxref beyond the end", bytes.Replace(good, []byte("startxref\n"), []byte("startxref\n9"), 1), []media.Reason{media.Corrupt}, "text@example.org Ana Silva"},
		{"every offset wrong", bytes.Replace(good, []byte("1 0 obj"), []byte("% more\n1 0 obj"), 1), []media.Reason{media.Corrupt}, "text@example.org Ana Silva"},
		{"nothing but a header", []byte("%PDF-1.4\n"), []media.Reason{media.Corrupt, media.Truncated}, ""},
		{"pages in a circle", with(2, "<</Type/Pages/Kids[2 0 R 3 0 R]/Count 2>>"), []media.Reason{media.Corrupt}, "Ana Silva"},
		{"two thousand million pages", with(2, "<</Type/Pages/Kids[3 0 R]/Count 2147483647>>"), nil, "text@example.org"},
		{"arrays in arrays", with(6, "<</Author «Ana Silva»/X "+strings.Repeat("[", 5_000)+">>"), []media.Reason{media.LimitDepth}, "text@example.org"},
		{"arrays in arrays on a page", content("", shows("x")+strings.Repeat("[", 5_000)), []media.Reason{media.LimitDepth}, "Ana Silva"},
		{"a thousand filters", content("/Filter["+strings.Repeat("/FlateDecode", 1_000)+"]", "x"), []media.Reason{media.LimitDepth}, "Ana Silva"},
		{"bomb", content("/Filter/FlateDecode", deflate(strings.Repeat("q ", 6<<20))), []media.Reason{media.LimitRatio}, "Ana Silva"},
		{"bomb in a bomb", content("/Filter[/FlateDecode/FlateDecode]", deflate(deflate(strings.Repeat("\x00", 12<<20)))), []media.Reason{media.LimitRatio}, "Ana Silva"},
		{"predictor of no width", content("/Filter/FlateDecode/DecodeParms<</Predictor 12/Columns -1>>", deflate("x")), []media.Reason{media.Corrupt}, "Ana Silva"},
		{"predictor of all memory", content("/Filter/FlateDecode/DecodeParms<</Predictor 12/Columns 2147483647>>", deflate("x")), []media.Reason{media.Corrupt}, "Ana Silva"},
		{"length beyond the end", bytes.Replace(good, []byte("/Length "), []byte("/Length 99999"), 1), []media.Reason{media.Corrupt}, "text@example.org"},
		{"kids that are no objects", with(2, "<</Type/Pages/Kids[99 0 R 3 0 R]/Count 2>>"), []media.Reason{media.Corrupt}, "Ana Silva"},
		{"outline in a circle", func() []byte {
			f := basic("text@example.org")
			f.obj(1, "<</Type/Catalog/Pages 2 0 R/Outlines 7 0 R>>")
			f.obj(7, "<</First 8 0 R>>")
			f.obj(8, "<</Title «Ana»/Next 8 0 R>>")
			return f.end(ends).Bytes()
		}(), []media.Reason{media.Corrupt}, "text@example.org Ana"},
		{"fields in a circle", func() []byte {
			f := basic("text@example.org")
			f.obj(1, "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[7 0 R]>>>>")
			f.obj(7, "<</T «a»/Kids[8 0 R]>>")
			f.obj(8, "<</T «b»/V «Ana»/Kids[7 0 R]>>")
			return f.end(ends).Bytes()
		}(), []media.Reason{media.Corrupt}, "text@example.org"},
		{"previous is itself", func() []byte {
			f := basic("text@example.org")
			f.prev = f.Len()
			return f.end(ends).Bytes()
		}(), []media.Reason{media.Corrupt}, "text@example.org"},
		{"encrypted by another handler", without(encrypted(2, ""), "/Standard"), []media.Reason{media.Encrypted}, ""},
	}
}

type hostileCase struct {
	name   string
	object []byte
	want   []media.Reason
	found  string // parted by blanks
}

func TestHostile(t *testing.T) {
	for _, c := range hostile() {
		t.Run(c.name, func(t *testing.T) {
			v := mediatest.Walk(t, format(), c.object)
			if d := cmp.Diff(c.want, v.Reasons()); d != "" || v.Err != nil {
				t.Errorf("%v; reasons (-want +got):\n%s", v.Err, d)
			}
			s := said(v)
			for want := range strings.FieldsSeq(c.found) {
				if !strings.Contains(s, want) {
					t.Errorf("%q was not read, but %q", want, s)
				}
			}
		})
	}
}

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		name, head string
		want       bool
	}{
		{"header", "%PDF-1.4\n", true},
		{"after a mark", "\xef\xbb\xbf%PDF-1.4\n", true},
		{"after a job header", "%!PS-Adobe-3.0 %PDF-1.4\n1 0 obj", true},
		{"after junk", "junk\x01\x02%PDF-1.4\n%\xe2\xe3\xcf\xd3\n", true},
		{"after a kilobyte", strings.Repeat(" ", 1024) + "%PDF-1.4\n", false},
		{"a text about it", "The header is %PDF-1.4 as a rule.", false},
		{"no version", "%PDF-\n", false},
		{"nothing", "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := format().Match([]byte(c.head)); got != c.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

// A revision that only repeats what the last says gives nothing.
func TestRevisionsTellWhatIsNew(t *testing.T) {
	f := basic("text@example.org")
	f.end(ends)
	f.obj(7, "<</Type/Annot/Subtype/Text/Rect[0 0 9 9]/Contents «note@example.org»>>")
	f.obj(3, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>/Annots[7 0 R]>>")
	f.end(ends)
	v := mediatest.Walk(t, format(), f.Bytes())
	if s := said(v); strings.Count(s, "text@example.org") != 1 || strings.Count(s, "Ana Silva") != 1 || !strings.Contains(s, "note@example.org") {
		t.Errorf("said %q", s)
	}
	if len(v.Problems) > 0 {
		t.Errorf("problems %v", v.Problems)
	}
}

// Reads go in blocks, and a large picture is not read for nothing.
func TestReadsLittle(t *testing.T) {
	f := basic()
	f.stream(7, "/Type/XObject/Subtype/Image/Filter/CCITTFaxDecode", strings.Repeat("x", 4<<20))
	f.obj(3, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Resources<</XObject<</I 7 0 R>>>>>>")
	b := f.end(ends).Bytes()
	v := mediatest.Walk(t, format(), b)
	if v.Read > 512<<10 || v.Reads > 8 {
		t.Errorf("%d bytes in %d reads of %d", v.Read, v.Reads, len(b))
	}
}

// Visitors of many walks at the same time get what one gets.
func TestConcurrent(t *testing.T) {
	want := mediatest.Walk(t, format(), everything()).Dump()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if got := mediatest.Walk(t, format(), everything()).Dump(); got != want {
				t.Error(cmp.Diff(want, got))
			}
		})
	}
	all.Wait()
}

func FuzzWalk(f *testing.F) {
	seeds := [][]byte{everything(), packedFile(), encrypted(2, ""), encrypted(5, "x")}
	for _, c := range hostile() {
		if len(c.object) < 20<<10 {
			seeds = append(seeds, c.object)
		}
	}
	for i := range 4 {
		b := slices.Clone(everything())
		seeds = append(seeds, b[:len(b)*(2*i+1)/8])
	}
	mediatest.Fuzz(f, format(), seeds...)
}

func BenchmarkWalk(b *testing.B) {
	object := everything()
	b.SetBytes(int64(len(object)))
	for b.Loop() {
		if err := format().Walk(bytes.NewReader(object), int64(len(object)), mediatest.Discard{}); err != nil {
			b.Fatal(err)
		}
	}
}

var _ io.ReaderAt = (*patched)(nil)

// A process that leaves documents to another says so of those that have text, and
// reads what needs no engine.
func TestLeave(t *testing.T) {
	f := New()
	f.Leave()
	v := mediatest.Walk(t, f, basic("text@example.org").end(ends).Bytes())
	if got := v.Reasons(); !slices.Contains(got, media.Elsewhere) {
		t.Errorf("reasons %v, want %s among them", got, media.Elsewhere)
	}
}
