// Package textbench makes text of five classes that stored objects are full of
// (prose, logs, csv, mail, source) and measures a detector on each. The text is
// made up and the same for the same seed; people, numbers and addresses in it
// are invented, from ranges kept for examples. Only tests use this package.
package textbench

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"

	"habeas/detectors"
)

// Classes are the names that Text takes, in the order of the tables.
var Classes = []string{"prose", "logs", "csv", "mail", "source", "dense"}

// Chunk is the size in which the scanner gives text to detectors, in bytes.
const Chunk = 256 << 10

// Text makes at least size bytes of class. "dense" is CSV in which every field
// is personal, the worst that is likely; an unknown class gives prose.
func Text(class string, size int, seed uint64) []byte {
	g := &gen{Rand: rand.New(rand.NewPCG(seed, 0x7e47))}
	line := map[string]func(*gen){"logs": logs, "csv": csv, "mail": mail, "source": source, "dense": dense}[class]
	if line == nil {
		line = prose
	}
	for len(g.b) < size {
		line(g)
	}
	return g.b
}

// headings are the columns of the classes that are tables, as few of them name what
// the detectors look for as in the tables of a store.
var headings = map[string][]string{
	"csv":   {"id", "name", "amount", "latitude", "count", "date", "surname", "age", "email", "phone"},
	"dense": {"first_name", "last_name", "email", "phone", "street", "card", "ip", "birth_date"},
}

// Cells are those of a text of class "csv" or "dense", as formats of tables give
// them with a part; nil for other classes.
func Cells(class string, text []byte) (out []detectors.Cell) {
	heads := headings[class]
	if heads == nil {
		return nil
	}
	start, row, column := 0, 1, 0
	for i, b := range text {
		if b != ',' && b != '\n' {
			continue
		}
		if i > start && column < len(heads) {
			out = append(out, detectors.Cell{Start: start, End: i, Record: row, Line: row, Column: heads[column]})
		}
		start, column = i+1, column+1
		if b == '\n' {
			row, column = row+1, 0
		}
	}
	return out
}

// Hostile are texts made to be slow, of at least size bytes each: the anchors of
// every text detector and nothing else.
func Hostile(size int) map[string][]byte {
	out := map[string][]byte{}
	for name, s := range map[string]string{
		"at": "@", "a-at": "a@", "a-at-dot": "a.@a.", "colon": ":", "hex-colon": "a:", "double-colon": "::1", "digits": "7",
		"digits-dots": "1.", "ip-like": "1.2.3.", "digits-blanks": "12 ", "mozilla": "Mozilla/5.0 ", "cookie": "cookie: ",
		"dot-words": " at dot ", "brackets": "[at] ", "scheme": "://", "user-info": "http://a:b@", "high": "é", "high-at": "é@é.", "plus": "+1", "letters": "a",
		"percent": "%40", "entities": "&#64;", "quoted": "=40", "escapes": "\\u0040", "base64": "QUJD", "blanks": " ", "slashes": "/a.b",
	} {
		b := make([]byte, 0, size+len(s))
		for len(b) < size {
			b = append(b, s...)
		}
		out[name] = b
	}
	return out
}

// Run measures d on each class, as sub-benchmarks that report MB/s. Text is
// given in chunks as the scanner does.
func Run(b *testing.B, d detectors.Detector, regions ...string) {
	for _, class := range Classes {
		b.Run(class, func(b *testing.B) { measure(b, d, Text(class, 16*Chunk, 1), regions) })
	}
}

// RunHostile is Run on Hostile texts.
func RunHostile(b *testing.B, d detectors.Detector, regions ...string) {
	for name, text := range Hostile(Chunk) {
		b.Run(name, func(b *testing.B) { measure(b, d, text, regions) })
	}
}

func measure(b *testing.B, d detectors.Detector, text []byte, regions []string) {
	finds := 0
	found := func(detectors.Finding) { finds++ }
	b.ReportAllocs()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		finds = 0
		for i := 0; i < len(text); i += Chunk {
			p := detectors.Part{Path: "text", Text: text[i:min(i+Chunk, len(text))], Off: int64(i), Regions: regions}
			if err := d.Detect(&p, found); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(finds)/(float64(len(text))/(1<<20)), "finds/MiB")
}

type gen struct {
	*rand.Rand
	b []byte
}

func (g *gen) add(format string, args ...any) { g.b = fmt.Appendf(g.b, format, args...) }

func (g *gen) one(list []string) string { return list[g.IntN(len(list))] }

var (
	words = []string{"the", "of", "and", "river", "a", "to", "in", "is", "was", "old", "house", "that", "morning", "letter", "for", "on", "with", "she",
		"he", "they", "found", "walked", "before", "garden", "window", "at", "by", "had", "not", "but", "from", "which", "people", "time", "little",
		"über", "café", "straße", "années", "très", "street", "answer", "nobody", "children", "evening", "remember", "between", "question", "station"}
	firsts  = []string{"Ana", "Ben", "Chloe", "Dmitri", "Elif", "Farah", "Goran", "Hanna", "Imre", "Jo"}
	lasts   = []string{"Sample", "Muster", "Beispiel", "Exemple", "Ejemplo", "Voorbeeld", "Przyklad", "Esempio"}
	hosts   = []string{"example.org", "example.com", "mail.example.net", "example.co.uk"}
	streets = []string{"High Street", "Musterweg", "Rue de l'Exemple", "Calle Mayor", "Nowa"}
	idents  = []string{"buf", "ctx", "index", "result", "node", "parser", "value", "next", "err", "count", "Reader", "options", "size"}
)

func (g *gen) email() string {
	return fmt.Sprintf("%s.%s%d@%s", g.one(firsts), g.one(lasts), g.IntN(100), g.one(hosts))
}
func (g *gen) phone() string {
	return []string{fmt.Sprintf("+1 202-555-01%02d", g.IntN(100)), fmt.Sprintf("+44 20 7946 0%03d", g.IntN(1000)), fmt.Sprintf("+61 2 5550 %04d", g.IntN(10000))}[g.IntN(3)]
}
func (g *gen) ip() string  { return "203.0.113." + strconv.Itoa(g.IntN(256)) }
func (g *gen) ip6() string { return fmt.Sprintf("2001:db8:%x::%x", g.IntN(1<<16), g.IntN(1<<16)) }

func prose(g *gen) {
	for range 4 + g.IntN(14) {
		g.add("%s ", g.one(words))
	}
	g.b[len(g.b)-1] = '.'
	switch g.IntN(400) {
	case 0:
		g.add(" Write to %s.", g.email())
	case 1:
		g.add(" Call %s.", g.phone())
	case 2:
		g.add(" In %d it was %d:%02d.", 1900+g.IntN(120), g.IntN(24), g.IntN(60))
	}
	g.b = append(g.b, " \n"[g.IntN(2)])
}

func logs(g *gen) {
	ip := g.ip()
	if g.IntN(4) == 0 {
		ip = g.ip6()
	}
	stamp := fmt.Sprintf("2026-03-%02dT%02d:%02d:%02d.%03dZ", 1+g.IntN(28), g.IntN(24), g.IntN(60), g.IntN(60), g.IntN(1000))
	switch g.IntN(3) {
	case 0:
		g.add("%s - - [%s] \"GET /assets/%x/app.js?v=%d HTTP/1.1\" %d %d \"-\" \"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.%d.%d Safari/537.36\"\n",
			ip, stamp, g.Uint64(), g.IntN(1e6), 200+g.IntN(300), g.IntN(1e6), 90+g.IntN(40), g.IntN(9000), g.IntN(200))
	case 1:
		g.add("%s INFO worker[%d]: job %016x done in %d.%03d ms, %d rows, queue=%s\n", stamp, g.IntN(64), g.Uint64(), g.IntN(100), g.IntN(1000), g.IntN(1e5), g.one(idents))
	default:
		g.add("{\"ts\":%d,\"level\":\"info\",\"trace\":\"%016x\",\"bytes\":%d,\"took\":%d.%d,\"client\":\"%s\"}\n", 1770000000+g.IntN(1e7), g.Uint64(), g.IntN(1e8), g.IntN(50), g.IntN(1000), ip)
	}
}

func csv(g *gen) {
	g.add("%d,%s,%d.%04d,%d.%02d,%d,%04d-%02d-%02d,%s,%d\n", g.IntN(1e6), g.one(idents), g.IntN(1000), g.IntN(10000), g.IntN(90), g.IntN(100), g.IntN(1e9),
		1990+g.IntN(36), 1+g.IntN(12), 1+g.IntN(28), g.one(lasts), g.IntN(100))
	if g.IntN(8) == 0 {
		g.b = g.b[:len(g.b)-1]
		g.add(",%s,%s\n", g.email(), g.phone())
	}
}

func dense(g *gen) {
	g.add("%s,%s,%s,%s,%d %s,4111 1111 1111 %04d,%s,%04d-%02d-%02d\n", g.one(firsts), g.one(lasts), g.email(), g.phone(), g.IntN(200), g.one(streets),
		g.IntN(10000), g.ip(), 1940+g.IntN(70), 1+g.IntN(12), 1+g.IntN(28))
}

func mail(g *gen) {
	g.add("Received: from mx.example.net ([%s]) by mail.example.org with ESMTPS id %x; Tue, %d Mar 2026 %02d:%02d:%02d +0100\r\n", g.ip(), g.Uint64(), 1+g.IntN(28), g.IntN(24), g.IntN(60), g.IntN(60))
	g.add("From: %s %s <%s>\r\nTo: %s\r\nMessage-ID: <%x@mail.example.org>\r\nSubject: %s %s\r\n\r\n", g.one(firsts), g.one(lasts), g.email(), g.email(), g.Uint64(), g.one(words), g.one(words))
	for range 30 + g.IntN(60) {
		prose(g)
	}
	g.add("\r\n-- \r\n%s %s\r\n%d %s\r\nTel. %s\r\n\r\n", g.one(firsts), g.one(lasts), g.IntN(200), g.one(streets), g.phone())
	if g.IntN(3) == 0 {
		for range 100 {
			for range 19 {
				v := g.Uint32()
				for k := range 4 {
					g.b = append(g.b, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[v>>(6*k)&63])
				}
			}
			g.add("\r\n")
		}
	}
}

func source(g *gen) {
	a, b, c := g.one(idents), g.one(idents), g.one(idents)
	switch g.IntN(9) {
	case 0:
		g.add("func (%s *%s) %s(%s []byte) (int, error) {\n", a[:1], a, b, c)
	case 1:
		g.add("\tif %s, err := %s.%s(%s[%d:]); err != nil {\n\t\treturn 0, err\n\t}\n", a, b, c, a, g.IntN(100))
	case 2:
		g.add("\t// %s %s %s %s %s %s\n", g.one(words), g.one(words), g.one(words), g.one(words), g.one(words), g.one(words))
	case 3:
		g.add("\tstd::vector<%s> %s = %s::make(%d, 0x%08x);\n", a, b, c, g.IntN(1000), g.Uint32())
	case 4:
		g.add("\t@Override\n\tpublic %s %s(%s %s) { return this.%s; }\n", a, b, c, a, b)
	case 5:
		g.add("  \"%s\": \"^%d.%d.%d\", \"@%s/%s\": \"~%d.%d\"\n", a, g.IntN(20), g.IntN(20), g.IntN(20), b, c, g.IntN(9), g.IntN(9))
	case 6:
		g.add("\tfor %s := range %s { %s += %s[i] << %d }\n", a, b, c, b, g.IntN(64))
	case 7:
		g.add("import { %s } from '@%s/%s';\n", a, b, c)
	default:
		g.add("}\n\n")
	}
}
