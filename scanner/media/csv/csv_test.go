package csv

import (
	"bytes"
	"flag"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"habeas/detectors"
	"habeas/scanner/media/mediatest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const users = "id,first_name,Last Name,email,phone\r\n" +
	"1,Ana,Silva,ana@example.org,+1 202 555 0143\r\n" +
	"2,\"Bo \"\"B\"\"\",Berg,bo@example.org,\r\n" +
	"\r\n" +
	"3,\"Cy\nof two lines\",Ode,,+1 202 555 0144\r\n"

// cells shows each cell of a walk as line/column=value.
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
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String("Name\tMail\r\nAna\tana@example.org\r\n")
	if err != nil {
		t.Fatal(err)
	}
	latin, err := charmap.Windows1252.NewEncoder().String("Straße;Größe\nHöhenweg 3;7\nÄgidienplatz 1;9\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"rfc 4180", users, []string{"1:2/id=1", "1:2/first_name=Ana", "1:2/Last Name=Silva", "1:2/email=ana@example.org", "1:2/phone=+1 202 555 0143",
			"2:3/id=2", "2:3/first_name=Bo \"B\"", "2:3/Last Name=Berg", "2:3/email=bo@example.org",
			"3:5/id=3", "3:5/first_name=Cy\nof two lines", "3:6/Last Name=Ode", "3:6/phone=+1 202 555 0144"}},
		{"excel's line", "sep=;\nName;Ort\nAna;Ulm\n", []string{"1:3/Name=Ana", "1:3/Ort=Ulm"}},
		{"lines before the heading", "Kontoauszug\nIBAN:;siehe oben\n\nDatum;Name;Betrag\n1.2.24;Ana;3,50\n2.2.24;Bo;4,50\n",
			[]string{"1:5/Datum=1.2.24", "1:5/Name=Ana", "1:5/Betrag=3,50", "2:6/Datum=2.2.24", "2:6/Name=Bo", "2:6/Betrag=4,50"}},
		{"no heading", "1,ana@example.org,2024-01-02\n2,bo@example.org,2024-01-03\n3,cy@example.org,2024-01-04\n",
			[]string{"1:1/column[1]=1", "1:1/column[2]=ana@example.org", "1:1/column[3]=2024-01-02", "2:2/column[1]=2", "2:2/column[2]=bo@example.org", "2:2/column[3]=2024-01-03",
				"3:3/column[1]=3", "3:3/column[2]=cy@example.org", "3:3/column[3]=2024-01-04"}},
		{"too many values", "a,b,c\n1,2,3\n4,5,6\n7,8,9\n10,11,12\n1,2,3,4\n", []string{"1:2/a=1", "1:2/b=2", "1:2/c=3", "2:3/a=4", "2:3/b=5", "2:3/c=6", "3:4/a=7", "3:4/b=8", "3:4/c=9",
			"4:5/a=10", "4:5/b=11", "4:5/c=12", "5:6/=1", "5:6/=2", "5:6/=3", "5:6/=4"}},
		{"delimiter at the end", "a,b,c,\n1,2,3,\n4,5,6,\n", []string{"1:2/a=1", "1:2/b=2", "1:2/c=3", "2:3/a=4", "2:3/b=5", "2:3/c=6"}},
		{"a quote that closes nowhere", "a,b\n\"1,2\n3,4\n5,6\n", []string{"1:2/a=\"1", "1:2/b=2", "2:3/a=3", "2:3/b=4", "3:4/a=5", "3:4/b=6"}},
		{"backslash", "a,b\n\"x\\\"y\",2\n3,4\n", []string{"1:2/a=x\"y", "1:2/b=2", "2:3/a=3", "2:3/b=4"}},
		{"carriage returns", "a\tb\r1\t2\r3\t4\r", []string{"1:2/a=1", "1:2/b=2", "2:3/a=3", "2:3/b=4"}},
		{"utf-16", utf16, []string{"1:2/Name=Ana", "1:2/Mail=ana@example.org"}},
		{"windows-1252", latin, []string{"1:2/Straße=Höhenweg 3", "1:2/Größe=7", "2:3/Straße=Ägidienplatz 1", "2:3/Größe=9"}},
		{"mark", "\ufeffName,Age\nAna,7\n", []string{"1:2/Name=Ana", "1:2/Age=7"}},
		{"blanks behind commas", "id, name, city\n1, Ana, Ulm\n2, Bo, Bonn\n", []string{"1:2/id=1", "1:2/name=Ana", "1:2/city=Ulm", "2:3/id=2", "2:3/name=Bo", "2:3/city=Bonn"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !New().Match([]byte(c.text)) {
				t.Fatal("no match")
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

func TestNoTable(t *testing.T) {
	for _, c := range []struct{ name, text string }{
		{"letter", "Dear Ana,\n\nthank you, it was fun,\nas always.\n\nYours, Bo\n"},
		{"prose with a comma a line", "It was late, and dark\nThe rain fell, and fell\nNobody came, or went\n"},
		{"prose with two", "Late, dark, and wet it was\nRain fell, then snow, then hail\nNobody came, or went, or stayed\n"},
		{"code", "func f(a, b int) {\n\treturn g(a, b)\n}\n"},
		{"statements", "INSERT INTO t VALUES (1, 'a', 'b');\nINSERT INTO t VALUES (2, 'a', 'b');\nINSERT INTO t VALUES (3, 'a', 'b');\n"},
		{"settings", "a=1;b=2\nc=3;d=4\n"},
		{"one line", "a,b,c\n"},
		{"empty", ""},
		{"list", "milk\nbread\nsalt\n"},
		{"quoted mail", "> Hello, you\n> Bye, you\n> Well, well\n"},
		{"makefile", "all:\n\tgo build\n\tgo vet\n"},
		{"header fields", "Accept: text/html, text/plain\nCookie: a=1, b=2\nVia: a, b\n"},
		{"dates", "On Monday, May 3\nOn Tuesday, May 4\n"},
		{"sentences in bars", "a | b c d e f g h i | x\nfoo bar. | b | c\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if New().Match([]byte(c.text)) {
				t.Error("matches")
			}
		})
	}
}

// Rows stay whole over the cuts of a long table, and lines and records go on.
func TestLong(t *testing.T) {
	var b bytes.Buffer
	b.WriteString("id,name,note\n")
	for i := range 30_000 {
		fmt.Fprintf(&b, "%d,Ana %d,\"a note\nof two lines\"\n", i, i)
	}
	v := mediatest.Walk(t, New(), b.Bytes())
	if len(v.Parts) < 3 {
		t.Fatalf("%d parts", len(v.Parts))
	}
	n, text := 0, 0
	for i := range v.Parts {
		p := &v.Parts[i]
		text += len(p.Text) - p.Lead - p.Tail
		for _, c := range p.Cells {
			want := detectors.Cell{Start: c.Start, End: c.End, Record: n/3 + 1, Line: n/3*2 + 2, Column: []string{"id", "name", "note"}[n%3]}
			if d := cmp.Diff(want, c); d != "" {
				t.Fatalf("cell %d (-want +got):\n%s", n, d)
			}
			if c.Start < p.Lead || c.End > len(p.Text)-p.Tail {
				t.Fatal("a row is cut")
			}
			n++
		}
	}
	if n != 90_000 || text != b.Len() {
		t.Errorf("%d cells, %d of %d bytes", n, text, b.Len())
	}
}

func TestRowLongerThanAChunk(t *testing.T) {
	long := "a,b\n1,2\n3,\"" + strings.Repeat("x y ", 200_000) + "\"\n4,5\n"
	v := mediatest.Walk(t, New(), []byte(long))
	got := cells(v)
	if d := cmp.Diff([]string{"1:2/a=1", "1:2/b=2"}, got[:2]); d != "" {
		t.Error(d)
	}
	if last := got[len(got)-1]; !strings.HasSuffix(last, ":4/b=5") {
		t.Errorf("last cell %q", last)
	}
}

// No byte of a table is lost, whatever is in it.
func TestHostile(t *testing.T) {
	for _, c := range []struct{ name, text string }{
		{"quotes", "a,b\n" + strings.Repeat("\"a,\"b,", 100_000)},
		{"open quotes", "a,b\n" + strings.Repeat("\"x", 200_000)},
		{"doubled quotes", "a,b\n\"" + strings.Repeat("\"\"", 200_000)},
		{"delimiters", "a,b\n1,2\n" + strings.Repeat(",", 500_000)},
		{"blanks", "a,b\n1,2\n" + strings.Repeat("\" ", 300_000)},
		{"lines", "a,b\n1,2\n" + strings.Repeat("\n", 500_000)},
		{"bytes", "a,b\n1,2\n" + strings.Repeat("\xff,\x00\n", 50_000)},
		{"wide", strings.Repeat("name,", 30_000) + "x\n" + strings.Repeat("1,", 30_000)},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := mediatest.Walk(t, New(), []byte(c.text))
			n := 0
			for _, p := range v.Parts {
				n += len(p.Text) - p.Lead - p.Tail
			}
			if n != len(c.text) && !strings.Contains(c.text, "\xff") {
				t.Errorf("%d of %d bytes", n, len(c.text))
			}
		})
	}
}

func TestGolden(t *testing.T) {
	mediatest.Golden(t, *update, New(), "users.csv", "users with a heading, quotes and a value of two lines", []byte(users))
}

func FuzzWalk(f *testing.F) {
	mediatest.Fuzz(f, New(), []byte(users), []byte("sep=;\na;b\n1;2\n"), []byte("a\tb\r\n1\t\"2"), []byte("x,y\n\"\"\"\",\"a\\\"b\"\n"), []byte("a,b,\n1,2,3,4\n,,,\n"))
}

func BenchmarkWalk(b *testing.B) {
	object := []byte("id,name,mail\n" + strings.Repeat("17,Ana Silva,ana@example.org\n", 40_000))
	r := bytes.NewReader(object)
	b.SetBytes(int64(len(object)))
	b.ReportAllocs()
	for b.Loop() {
		if err := New().Walk(r, int64(len(object)), mediatest.Discard{}); err != nil {
			b.Fatal(err)
		}
	}
}
