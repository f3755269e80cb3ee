package rtf

import (
	"bytes"
	"flag"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"habeas/scanner/media"
	"habeas/scanner/media/mediatest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var samples = map[string]string{
	"letter": `{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0 Arial;}{\f1\fcharset204 Arial Cyr;}}{\colortbl;\red0;}{\stylesheet{\s0 Normal;}}
{\info{\title Plan}{\author Ana Exemplo}{\operator Zo\'eb Beispiel}{\company Example}{\*\unknown x}{\creatim\yr2026}}
{\*\generator Writer;}{\*\revtbl{Unknown;}{Bo Ejemplo;}}{\*\template C:\\Users\\ana\\Normal.dot}
\pard Write to ana@exa\b mple\b0 .org,\par Zo\'eb \u1055?\u1045\'45 {\f1\'cc\'e0} \uc2\u8364\'80\'80!\line 555\_0143\par
{\field{\*\fldinst HYPERLINK "mailto:bo@example.org"}{\fldrslt write}}
\trowd\intbl Name\cell Phone\cell\row\trowd Bo\cell +1 202 555 0144\cell\row
{\header head}{\*\annotation{\*\atnauthor Cy Modelo}call \~me}{\v hidden@example.org}\u-10179?\u-8704?}{trailing`,
	"pictures": `{\rtf1{\*\shppict{\pict\pngblip\picw1 89504e47 0d0a1a0a}}{\nonshppict{\pict\wmetafile8 010009}}{\pict\jpegblip\bin4 ` + "\xff\xd8\xff\xe0" + `}
{\object\objemb{\*\objclass Package}{\*\objdata 010500000200000008000000 5061636b61676500 00000000 00000000 04000000 74657874}{\result shown}}}`,
	"cut":     `{\rtf1 {\info{\author Ana Exemplo}}Write to ana@example.org {\b or`,
	"odd":     `{\rtf1 \'zz \u \u99999 \bin-5 \\ \{ \} \xyz123456789012 {\*\zzz ignored} text\`,
	"sjis":    `{\rtf1\ansi\ansicpg932 \'82\'a0\'82\'a2 ana@example.org}`,
	"objects": `{\rtf1{\object{\*\objdata 0105}}{\object{\*\objdata }}{\pict }}`,
}

func TestGolden(t *testing.T) {
	for name, object := range samples {
		t.Run(name, func(t *testing.T) {
			mediatest.Golden(t, *update, New(), name+".rtf", "written by the test "+name, []byte(object))
		})
	}
}

func TestProblems(t *testing.T) {
	for name, want := range map[string][]media.Reason{"letter": nil, "pictures": nil, "cut": {media.Truncated}, "odd": {media.Truncated}} {
		if d := cmp.Diff(want, mediatest.Walk(t, New(), []byte(samples[name])).Reasons()); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}

// Groups nested a million deep cost what others do.
func TestDeep(t *testing.T) {
	v := mediatest.Walk(t, New(), []byte(`{\rtf1 `+strings.Repeat("{", 1_000_000)+"ana@example.org"+strings.Repeat("}", 1_000_001)))
	if len(v.Problems) > 0 || len(v.Parts) != 1 || string(v.Parts[0].Text) != "ana@example.org" {
		t.Errorf("%d parts, problems %v", len(v.Parts), v.Problems)
	}
}

func FuzzWalk(f *testing.F) {
	var seeds [][]byte
	for _, s := range samples {
		seeds = append(seeds, []byte(s))
	}
	slices.SortFunc(seeds, bytes.Compare)
	mediatest.Fuzz(f, New(), seeds...)
}

func BenchmarkWalk(b *testing.B) {
	object := []byte(samples["letter"])
	b.SetBytes(int64(len(object)))
	b.ReportAllocs()
	for b.Loop() {
		if err := New().Walk(bytes.NewReader(object), int64(len(object)), mediatest.Discard{}); err != nil {
			b.Fatal(err)
		}
	}
}
