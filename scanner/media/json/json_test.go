package json

import (
	"bytes"
	"flag"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"habeas/scanner/media"
	"habeas/scanner/media/mediatest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const users = `{
  "users": [
    {"id": 17, "name": {"first": "Ana", "last": "Silva"}, "phones": [{"type": "home", "value": "+1 202 555 0143"}], "tags": ["a", "b"]},
    {"id": 18, "name": null, "note": "caf\u00e9 \"x\" \ud83d\ude00", "ok": true}
  ],
  "total": 2
}
`

const photograph = `{
  "title": "IMG_1.jpg",
  "description": "with Bo",
  "photoTakenTime": {"timestamp": "1700000000", "formatted": "14 Nov 2023"},
  "geoData": {"latitude": 53.27, "longitude": -9.05, "altitude": 12.5, "latitudeSpan": 0.0, "longitudeSpan": 0.0},
  "geoDataExif": {"latitude": 0.0, "longitude": 0.0, "altitude": 0.0},
  "people": [{"name": "Ana Silva"}, {"name": "Bo Berg"}],
  "url": "https://example.org/1"
}
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
		{"users", users, []string{"2:3/users[].id=17", "2:3/users[].name.first=Ana", "2:3/users[].name.last=Silva", "3:3/users[].phones[].type=home", "3:3/users[].phones[].value=+1 202 555 0143",
			"2:3/users[].tags[]=a", "2:3/users[].tags[]=b", "4:4/users[].id=18", "4:4/users[].note=café \"x\" 😀", "1:6/total=2"}},
		{"lines", "{\"a\":1}\n{\"a\":2}\r\n\n{\"b\":\"x\"}\n", []string{"1:1/a=1", "2:2/a=2", "3:4/b=x"}},
		{"list", `[{"a":"x"},{"a":"y"}]`, []string{"2:1/a=x", "3:1/a=y"}},
		{"lists of lists", `[["a","b"],["c","d"]]`, []string{"1:1/[]=a", "1:1/[]=b", "1:1/[]=c", "1:1/[]=d"}},
		{"script", "window.YTD.account.part0 = [ {\n \"account\" : { \"email\" : \"ana@example.org\" } } ]", []string{"2:2/account.email=ana@example.org"}},
		{"comments and commas", "// settings\n{ /* a */ \"a\": [1, 2,], \"b\": NaN, }\n", []string{"1:2/a[]=1", "1:2/a[]=2"}},
		{"mark", "\ufeff{\"a\":1}", []string{"1:1/a=1"}},
		{"point", `{"type":"Point","coordinates":[-9.05,53.27]}`, []string{"1:1/type=Point", "1:1/coordinates[]=-9.05", "1:1/coordinates[]=53.27"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := mediatest.Walk(t, New(), []byte(c.text))
			if d := cmp.Diff(c.want, cells(v)); d != "" {
				t.Errorf("cells (-want +got):\n%s", d)
			}
			if len(v.Problems) > 0 {
				t.Errorf("problems %v", v.Problems)
			}
			if c.name != "comments and commas" && !New().Match([]byte(c.text)) {
				t.Error("no match")
			}
		})
	}
}

func TestMatch(t *testing.T) {
	long := `{"a":"` + strings.Repeat("é", 4000) + `"}`
	for _, c := range []struct {
		name, head string
		want       bool
	}{
		{"cut within a string", long[:media.HeadSize], true},
		{"cut within a number", strings.Repeat(" ", media.HeadSize-8) + `{"a":123`, true},
		{"list of numbers", "[1, 2, 3]", true},
		{"settings", "[section]\nkey=value\n", false},
		{"footnote", "[1] Silva et al., 2020", false},
		{"chat", "[12:30:01] <ana> hello", false},
		{"day", "[2024-01-02] started", false},
		{"word", "{braces} in prose", false},
		{"quotation", "\"Hello,\" she said.", false},
		{"style sheet", "{ color: red }", false},
		{"number", "17", false},
		{"nothing in it", "{}", false},
		{"text", "Dear Ana", false},
		{"empty", "", false},
		{"template", "{{ name }}", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := New().Match([]byte(c.head)); got != c.want {
				t.Errorf("match is %t", got)
			}
		})
	}
}

func TestTakeout(t *testing.T) {
	v := mediatest.Walk(t, New(), []byte(photograph))
	for name, want := range map[string]string{"geoData/latitude": "53.27", "geoData/longitude": "-9.05", "geoData/altitude": "12.5", "geoData/GPSDateTime": "2023-11-14T22:13:20Z",
		"PersonInImage[2]": "Bo Berg", "geoDataExif/latitude": ""} {
		if got := v.Tag(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	for _, c := range cells(v) {
		if strings.Contains(c, "geoData") || strings.Contains(c, "people") {
			t.Errorf("said twice: %s", c)
		}
	}
}

// All text is handed out, whatever becomes of the structure.
func TestHostile(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []media.Reason
	}{
		{"cut", `{"a":[{"b":"ana@example.org`, []media.Reason{media.Truncated}},
		{"deep", `{"a":` + strings.Repeat("[", 100_000) + `"x"` + strings.Repeat("]", 100_000) + `,"b":1}`, nil},
		{"deep objects", strings.Repeat(`{"a":`, 50_000) + `1` + strings.Repeat("}", 50_000), nil},
		{"deep and cut", `{"a":` + strings.Repeat("[", 100_000), []media.Reason{media.Truncated}},
		{"long string", `{"a":"` + strings.Repeat("word ", 200_000) + `","b":1}`, nil},
		{"long string without blanks", `{"a":"` + strings.Repeat("eA+/", 200_000) + `","b":1}`, nil},
		{"long string of escapes", `{"a":"` + strings.Repeat(`\\`, 300_000) + `","b":1}`, nil},
		{"long string of units", `{"a":"` + strings.Repeat(`\u00e9`, 100_000) + `","b":1}`, nil},
		{"long key", `{"` + strings.Repeat("k", 600_000) + `":1,"b":1}`, nil},
		{"long number", `{"a":` + strings.Repeat("7", 600_000) + `,"b":1}`, nil},
		{"many keys", `{` + strings.TrimSuffix(strings.Repeat(`"k":1,`, 100_000), ",") + `}`, nil},
		{"prose behind", `{"a":1} and so on, ` + strings.Repeat("and on ", 100_000), nil},
		{"other bracket", `{"a":[1}`, nil},
		{"no comma", `{"a":"x" "b":"y"}`, nil},
		{"half an escape", `{"a":"\u00`, []media.Reason{media.Truncated}},
		{"half a pair", `{"a":"\ud83d x"}`, nil},
		{"zeros", "{\"a\":\"\x00\x00\"}", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := mediatest.Walk(t, New(), []byte(c.text))
			if d := cmp.Diff(c.want, v.Reasons()); d != "" {
				t.Errorf("reasons (-want +got):\n%s", d)
			}
			var b strings.Builder
			for _, p := range v.Parts {
				b.Write(p.Text[p.Lead : len(p.Text)-p.Tail])
			}
			if b.String() != c.text {
				t.Errorf("%d of %d bytes", b.Len(), len(c.text))
			}
			if got := cells(v); strings.HasSuffix(c.text, `,"b":1}`) && !strings.HasSuffix(c.name, "key") && !strings.HasSuffix(c.name, "number") && (len(got) == 0 || got[len(got)-1] != "1:1/b=1") {
				t.Error("the end is not read")
			}
		})
	}
}

// Records go on over the cuts of a long text, and none is cut.
func TestLong(t *testing.T) {
	var b bytes.Buffer
	for i := range 20_000 {
		fmt.Fprintf(&b, "{\"id\":%d,\"user\":{\"name\":\"Ana %d\"}}\n", i, i)
	}
	v := mediatest.Walk(t, New(), b.Bytes())
	if len(v.Parts) < 3 {
		t.Fatalf("%d parts", len(v.Parts))
	}
	n := 0
	for _, p := range v.Parts {
		if len(p.Cells)%2 != 0 {
			t.Error("a record is cut")
		}
		for _, c := range p.Cells {
			if c.Record != n/2+1 || c.Line != n/2+1 || c.Column != []string{"id", "user.name"}[n%2] {
				t.Fatalf("cell %d: %+v", n, c)
			}
			n++
		}
	}
	if n != 40_000 {
		t.Errorf("%d cells", n)
	}
}

func TestGolden(t *testing.T) {
	mediatest.Golden(t, *update, New(), "users.json", "users, with escapes", []byte(users))
	mediatest.Golden(t, *update, New(), "takeout.json", "a file as Google Takeout writes it beside a photo", []byte(photograph))
}

func FuzzWalk(f *testing.F) {
	mediatest.Fuzz(f, New(), []byte(users), []byte(photograph), []byte("{\"a\":1}\n{\"b\":[[[]]]}"), []byte(`window.a = [{"b":"\ud83d\u00`), []byte("// x\n[1,/*"), []byte(`{"a":{"a":{"a":[NaN,-1e5,tru`))
}

func BenchmarkWalk(b *testing.B) {
	object := []byte(strings.Repeat("{\"id\":17,\"name\":\"Ana Silva\",\"mail\":\"ana@example.org\"}\n", 20_000))
	r := bytes.NewReader(object)
	b.SetBytes(int64(len(object)))
	b.ReportAllocs()
	for b.Loop() {
		if err := New().Walk(r, int64(len(object)), mediatest.Discard{}); err != nil {
			b.Fatal(err)
		}
	}
}
