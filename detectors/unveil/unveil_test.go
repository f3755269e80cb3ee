package unveil

import (
	"bytes"
	"encoding/base64"
	"mime/quotedprintable"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"habeas/detectors"
	"habeas/detectors/textbench"
)

const value = "jane@example.org"

// find gives the bytes of the part that value stands for in each view that shows
// it.
func find(p *detectors.Part, value string) (sources, how []string) {
	Views(p, func(v *View) {
		text := v.Part.Text
		if i := bytes.Index(text, []byte(value)); i >= 0 {
			f, ok := v.Found(detectors.Finding{Value: value, Start: i, End: i + len(value)})
			if ok {
				sources, how = append(sources, string(p.Text[f.Start:f.End])), append(how, v.How)
			}
		}
	})
	return sources, how
}

func TestViews(t *testing.T) {
	var mail bytes.Buffer
	mail.WriteString("Content-Transfer-Encoding: quoted-printable\r\n\r\n")
	w := quotedprintable.NewWriter(&mail)
	_, _ = w.Write([]byte("Grüße an " + strings.ReplaceAll(value, "@", "=") + "\r\n"))
	_ = w.Close()
	long := "Some lines of text that come before it, " + value + ", and some more behind it, to fill a few lines of base64.\r\n"
	cases := []struct {
		name, text string
		value      string // "" means the usual one
		want       string // as it stands in the text; "" if no view may show it
		how        string
	}{
		{name: "plain", text: "mail " + value},
		{name: "decimal entity", text: "<p>jane&#64;example.org</p>", want: "jane&#64;example.org", how: "HTML entities"},
		{name: "all entities", text: "&#106;&#97;ne&#x40;example&#46;org", want: "&#106;&#97;ne&#x40;example&#46;org", how: "HTML entities"},
		{name: "named entities", text: "jane&commat;example&period;org", want: "jane&commat;example&period;org", how: "HTML entities"},
		{name: "entities of markup only", text: "&lt;a href=&quot;x&quot;&gt; &amp;c. " + value},
		{name: "percent", text: "GET /?e=jane%40example.org&x=1", want: "jane%40example.org", how: "percent escapes"},
		{name: "percent twice", text: "e=jane%2540example.org", want: "jane%2540example.org", how: "percent escapes"},
		{name: "JSON", text: `{"m":"Gr\u00fc\u00dfe jane\u0040example.org\r\n"}`, want: `jane\u0040example.org`, how: "backslash escapes"},
		{name: "JavaScript", text: `'jane\x40example.org'`, want: `jane\x40example.org`, how: "backslash escapes"},
		{name: "surrogate pairs", text: `"\ud83d\ude00 Jane"`, value: "😀 Jane", want: `\ud83d\ude00 Jane`, how: "backslash escapes"},
		{name: "line ends of source", text: `"a\nb\tc\\d"` + value},
		{name: "quoted-printable", text: "Content-Transfer-Encoding: quoted-printable\r\n\r\nJ=C3=BCrgen jane=40exam=\r\nple.org", want: "jane=40exam=\r\nple.org", how: "quoted-printable"},
		{name: "quoted-printable umlaut", text: mail.String(), value: "Grüße", want: "Gr=C3=BC=C3=9Fe", how: "quoted-printable"},
		{name: "a parameter is not quoted-printable", text: "/x?a=40&jane=40example.org", value: value},
		{name: "full width", text: "jane＠ｅｘａｍｐｌｅ．ｏｒｇ", want: "jane＠ｅｘａｍｐｌｅ．ｏｒｇ", how: "full-width or invisible marks"},
		{name: "zero width", text: "jane\u200b@example.org", want: "jane\u200b@example.org", how: "full-width or invisible marks"},
		{name: "soft hyphen", text: "jane@exam\u00adple.org", want: "jane@exam\u00adple.org", how: "full-width or invisible marks"},
		{name: "non-breaking blanks in a number", text: "Tel. 020\u00a07946\u00a00123", value: "020 7946 0123", want: "020\u00a07946\u00a00123", how: "full-width or invisible marks"},
		{name: "tags inside", text: "<td><b>jane</b>@<i class=\"x\">example.org</i></td>", want: "jane</b>@<i class=\"x\">example.org", how: "text between tags"},
		{name: "address in angle brackets", text: "Jane <" + value + ">"},
		{name: "base64 with lines", text: "Content-Transfer-Encoding: base64\r\n\r\n" + lines(base64.StdEncoding.EncodeToString([]byte(long))), how: "base64", want: "*"},
		{name: "base64 in one line", text: `{"d":"` + base64.StdEncoding.EncodeToString([]byte(long)) + `"}`, how: "base64", want: "*"},
		{name: "base64, short, labelled", text: `data:text/plain;base64,` + base64.StdEncoding.EncodeToString([]byte("x "+value+" y")), how: "base64", want: "*"},
		{name: "base64url", text: base64.RawURLEncoding.EncodeToString([]byte(long + "??>>~~")), how: "base64", want: "*"},
		{name: "percent in base64", text: base64.StdEncoding.EncodeToString([]byte(strings.ReplaceAll(long, "@", "%40"))), how: "percent escapes", want: "*"},
		{name: "encoded word", text: "From: =?utf-8?Q?J=C3=BCrgen_Muster?= <" + value + ">", value: "Jürgen Muster", want: "=?utf-8?Q?J=C3=BCrgen_Muster?=", how: "encoded words"},
		{name: "two encoded words", text: "Subject: =?iso-8859-1?B?SvxyZ2Vu?=\r\n =?iso-8859-1?Q?=20M=FCster?=\r\n\r\n", value: "Jürgen Müster", want: "=?iso-8859-1?B?SvxyZ2Vu?=\r\n =?iso-8859-1?Q?=20M=FCster?=", how: "encoded words"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if c.value == "" {
				c.value = value
			}
			for _, pad := range []int{0, 1, 7, 63, 500, 5000} {
				before := strings.Repeat("some words. ", pad/12+1)[:pad] + "\n"
				text := before + c.text + "\n" + before
				sources, how := find(&detectors.Part{Text: []byte(text)}, c.value)
				if c.want == "" {
					if len(sources) > 0 {
						t.Errorf("padding %d: found %q", pad, sources)
					}
					continue
				}
				if len(sources) != 1 || how[0] != c.how {
					t.Fatalf("padding %d: %q, by %q", pad, sources, how)
				}
				if c.want != "*" && sources[0] != c.want {
					t.Errorf("padding %d: the source is %q, want %q", pad, sources[0], c.want)
				}
				if c.want == "*" && !strings.Contains(c.text, sources[0]) {
					t.Errorf("padding %d: the source is %q", pad, sources[0])
				}
			}
		})
	}
}

func lines(s string) string {
	var b strings.Builder
	for len(s) > 76 {
		b.WriteString(s[:76] + "\r\n")
		s = s[76:]
	}
	return b.String() + s + "\r\n"
}

// Every byte of a base64 view must map to the characters that hold it.
func TestSourceOfBase64(t *testing.T) {
	plain := []byte(strings.Repeat("Twelve bytes and then some more of it. ", 9))
	for _, shape := range []func(string) string{lines, func(s string) string { return s }} {
		text := []byte("\n" + shape(base64.StdEncoding.EncodeToString(plain)))
		n := 0
		Views(&detectors.Part{Text: text}, func(v *View) {
			n++
			if diff := cmp.Diff(string(plain), string(v.Part.Text)); diff != "" {
				t.Error(diff)
			}
			for i := range plain {
				start, end := v.Source(i, i+1)
				// The group of four that holds the byte, by counting.
				first := i / 3 * 4
				clean := 0
				for k, b := range text {
					if !inBase64(b) {
						continue
					}
					if clean == first+i%3 && k != start && i%3 != 3 {
						t.Fatalf("byte %d begins at %d, not %d", i, start, k)
					}
					if clean == first+i%3+1 && k+1 != end && k < len(text)-4 {
						t.Fatalf("byte %d ends at %d, not %d", i, end, k+1)
					}
					clean++
				}
			}
		})
		if n != 1 {
			t.Errorf("%d views", n)
		}
	}
}

func TestFields(t *testing.T) {
	p := &detectors.Part{Path: "xmp", Tags: []detectors.Tag{{Name: "Software", Value: "x"}, {Group: "XMP", Name: "dc:creator", Value: "jane%40example.org", Nums: []float64{1}}}}
	var got []detectors.Tag
	Views(p, func(v *View) {
		got = append(got, v.Part.Tags...)
		f, ok := v.Found(detectors.Finding{Value: value, Tag: "dc:creator", Why: "known"})
		if !ok || f.Why != "known; written as percent escapes" {
			t.Errorf("%v, %q", ok, f.Why)
		}
	})
	if diff := cmp.Diff([]detectors.Tag{{Group: "XMP", Name: "dc:creator", Value: value}}, got); diff != "" {
		t.Error(diff)
	}
}

func TestPlainTextCostsNothing(t *testing.T) {
	text := bytes.Repeat([]byte("Nothing hidden: a & b, 5 % of it, x = y; caf\u00e9 \u201cq\u201d, path\\name, <b>bold</b>, 日本語。\n"), 3000)
	p := &detectors.Part{Text: text, Tags: []detectors.Tag{{Name: "Software", Value: "GIMP"}}}
	n := 0
	if a := testing.AllocsPerRun(5, func() { Views(p, func(*View) { n++ }) }); a > 0 || n > 0 {
		t.Errorf("%v allocations, %d views", a, n)
	}
}

func TestHostileTextEnds(t *testing.T) {
	for name, text := range textbench.Hostile(textbench.Chunk) {
		t.Run(name, func(t *testing.T) {
			size := 0
			Views(&detectors.Part{Text: text}, func(v *View) { size += len(v.Part.Text) })
			if size > maxGrowth*len(text) {
				t.Errorf("views hold %d bytes", size)
			}
		})
	}
}

func FuzzViews(f *testing.F) {
	for _, s := range []string{"a&#64;b", "%40%C3%BC", `\u0040\ud83d\ude00`, "=?utf-8?B?SvxyZ2Vu?=", "quoted-printable\n=40=\nx=C3", "<b>a</b>@<i>b</i>",
		"U29tZSBsaW5lcyBvZiB0ZXh0IHRoYXQgY29tZSBiZWZvcmUgaXQsIGFuZCBtb3Jl\nU29tZQ==", "１２ \u200b３\u00a04", "%2540", "&#x26;#64;"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		p := &detectors.Part{Text: text, Tags: []detectors.Tag{{Name: "x", Value: string(text)}}}
		Views(p, func(v *View) {
			n := len(v.Part.Text)
			for _, r := range [][2]int{{0, n}, {0, n / 2}, {n / 3, n}, {n / 2, min(n/2+1, n)}} {
				start, end := v.Source(r[0], r[1])
				if start < 0 || start > end || end > len(v.text) {
					t.Fatalf("%v of %d maps to %d..%d of %d", r, n, start, end, len(v.text))
				}
			}
		})
	})
}

func Benchmark(b *testing.B) {
	for _, class := range textbench.Classes {
		b.Run(class, func(b *testing.B) {
			text := textbench.Text(class, 4*textbench.Chunk, 1)
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				Views(&detectors.Part{Text: text}, func(*View) {})
			}
		})
	}
}
