package email

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"habeas/detectors"
	"habeas/detectors/detectortest"
	"habeas/detectors/textbench"
)

func mail(value, rule string) detectors.Finding {
	return detectors.Finding{Kind: detectors.Email, Value: value, Rule: rule}
}

func dummy(value, rule string) detectors.Finding {
	f := mail(value, rule)
	f.Dummy = true
	return f
}

func canonical(f detectors.Finding, form string) detectors.Finding {
	f.Canonical = form
	return f
}

func want(f ...detectors.Finding) []detectors.Finding { return f }

// All people and mailboxes are made up. The domains beside example.org are under
// names that were never registered, or are written only as patterns.
var cases = []detectortest.Case{
	{Name: "plain", Text: "jane.sample@example.org", Want: want(dummy("jane.sample@example.org", "address"))},
	{Name: "real domain", Text: "jane@no-such-firm.de", Want: want(mail("jane@no-such-firm.de", "address"))},
	{Name: "capitals", Text: "JANE@No-Such-Firm.DE", Want: want(canonical(mail("JANE@No-Such-Firm.DE", "address"), "JANE@no-such-firm.de"))},
	{Name: "long name of the root zone", Text: "a.b-c_d+tag@x.no-such-firm.photography", Want: want(mail("a.b-c_d+tag@x.no-such-firm.photography", "address"))},
	{Name: "full stop after", Text: "Write to jane@no-such-firm.de.", Want: want(mail("jane@no-such-firm.de", "address"))},
	{Name: "next sentence glued", Text: "jane@no-such-firm.de.Please", Want: want(mail("jane@no-such-firm.de", "address"))},
	{Name: "angle brackets", Text: "Jane <jane@no-such-firm.de>,", Want: want(mail("jane@no-such-firm.de", "address"))},
	{Name: "JSON", Text: `{"mail":"jane@no-such-firm.de"}`, Want: want(mail("jane@no-such-firm.de", "address"))},
	{Name: "mailto", Text: "mailto:jane@no-such-firm.de?subject=x", Want: want(mail("jane@no-such-firm.de", "address"))},
	{Name: "query", Text: "/unsubscribe?e=jane@no-such-firm.de&t=1", Want: want(mail("jane@no-such-firm.de", "address"))},
	{Name: "leaked list", Text: "jane@no-such-firm.de:hunter2", Line: true, Want: want(mail("jane@no-such-firm.de", "address"))},
	{Name: "markup emphasis", Text: "_jane@no-such-firm.de_", Want: want(mail("jane@no-such-firm.de", "address"))},
	{Name: "markup bold", Text: "**jane@no-such-firm.de**", Want: want(mail("jane@no-such-firm.de", "address"))},
	{Name: "single quotes", Text: "'jane@no-such-firm.de'", Want: want(mail("jane@no-such-firm.de", "address"))},
	{Name: "guillemets", Text: "«jane@no-such-firm.fr»", Want: want(mail("jane@no-such-firm.fr", "address"))},
	{Name: "apostrophe inside", Text: "m.o'neil@no-such-firm.de", Want: want(mail("m.o'neil@no-such-firm.de", "address"))},
	{Name: "elision", Text: "l'anna@no-such-firm.fr", Want: want(mail("anna@no-such-firm.fr", "address"))},
	{Name: "escape before", Text: `hello\njane@no-such-firm.de\n`, Want: want(mail("jane@no-such-firm.de", "address"))},
	{Name: "unicode escape before", Text: `\u003cjane@no-such-firm.de\u003e`, Want: want(mail("jane@no-such-firm.de", "address"))},
	{Name: "percent escape before", Text: `%3Cjane@no-such-firm.de%3E`, Want: want(mail("jane@no-such-firm.de", "address"))},
	{Name: "bounce address", Text: "bounce+jane=web.de@no-such-firm.de", Want: want(mail("bounce+jane=web.de@no-such-firm.de", "address"))},
	{Name: "Chinese glued before", Text: "邮件umar@no-such-firm.com", Want: want(mail("umar@no-such-firm.com", "address"))},
	{Name: "Japanese glued after", Text: "電子メール：foo@no-such-firm.comまで", Want: want(mail("foo@no-such-firm.com", "address"))},
	{Name: "Chinese full stop after", Text: "邮箱anna@no-such-firm.de。", Want: want(mail("anna@no-such-firm.de", "address"))},
	{Name: "Japanese around", Text: "メールはjane@no-such-firm.atです", Want: want(mail("jane@no-such-firm.at", "address"))},
	{Name: "tags lost", Text: "Email:jane@no-such-firm.atPhone", Line: true, Want: want(mail("jane@no-such-firm.at", "address"))},
	{Name: "remark touches", Text: "jane@no-such-firm.at(work)", Line: true, Want: want(mail("jane@no-such-firm.at", "address"))},
	{Name: "disguised by blanks", Text: "Mail: jane.s @ no-such-firm . de", Line: true, Want: want(canonical(mail("jane.s @ no-such-firm . de", "obfuscated"), "jane.s@no-such-firm.de"))},
	{Name: "Cyrillic glued before", Text: "почтаanna@no-such-firm.ru", Want: want(mail("anna@no-such-firm.ru", "address"))},
	{Name: "umlaut in the local part", Text: "jürgen@no-such-firm.de", Want: want(mail("jürgen@no-such-firm.de", "international"))},
	{Name: "Han inside a Latin name", Text: "hans.m端ller@no-such-firm.com", Want: want(mail("hans.m端ller@no-such-firm.com", "international"))},
	{Name: "domain of umlauts", Text: "jane@nö-such-firm.de", Want: want(canonical(mail("jane@nö-such-firm.de", "international"), "jane@xn--n-such-firm-rfb.de"))},
	{Name: "the same in punycode", Text: "jane@xn--n-such-firm-rfb.de", Want: want(mail("jane@xn--n-such-firm-rfb.de", "address"))},
	{Name: "Cyrillic throughout", Text: "иван@почта-пример.рф", Want: want(canonical(mail("иван@почта-пример.рф", "international"), "иван@xn----7sbqluigdjdo3d.xn--p1ai"))},
	{Name: "quoted local part", Text: `"jane sample"@no-such-firm.de`, Want: want(mail(`"jane sample"@no-such-firm.de`, "quoted"))},
	{Name: "inner network", Text: "jane@dc1.no-such-firm.local", Want: want(mail("jane@dc1.no-such-firm.local", "inner-domain"))},
	{Name: "reserved name", Text: "jane@host.test", Want: want(dummy("jane@host.test", "address"))},
	{Name: "labelled localhost", Text: "From: jane@localhost", Line: true, Want: want(dummy("jane@localhost", "address"))},
	{Name: "localhost alone", Text: "ssh jane@localhost now", Line: true},
	{Name: "behind the mark of a comment", Text: "//jane@no-such-firm.fr", Line: true, Want: want(mail("jane@no-such-firm.fr", "address"))},
	{Name: "domain like a file, in angles", Text: "to=<jane.roe@no-such-town.pl>, relay=x", Line: true, Want: want(mail("jane.roe@no-such-town.pl", "address"))},
	{Name: "role", Text: "noreply@no-such-firm.de", Want: want(mail("noreply@no-such-firm.de", "role-address"))},
	{Name: "UPI", Text: "jane.upi@oksbi", Want: want(mail("jane.upi@oksbi", "upi"))},
	{Name: "two of them", Text: "a.b@no-such-firm.de,c.d@no-such-firm.fr", Want: want(mail("a.b@no-such-firm.de", "address"), mail("c.d@no-such-firm.fr", "address"))},
	{Name: "disguised, brackets", Text: "jane.s [at] no-such-firm [dot] photography", Want: want(canonical(mail("jane.s [at] no-such-firm [dot] photography", "obfuscated"), "jane.s@no-such-firm.photography"))},
	{Name: "disguised, tight", Text: "jane(at)no-such-firm.de", Want: want(canonical(mail("jane(at)no-such-firm.de", "obfuscated"), "jane@no-such-firm.de"))},
	{Name: "disguised, bracketed sign", Text: "jane[@]no-such-firm.de", Want: want(canonical(mail("jane[@]no-such-firm.de", "obfuscated"), "jane@no-such-firm.de"))},
	{Name: "disguised, bare", Text: "Contact jane.s at no-such-firm dot de.", Line: true, Want: want(canonical(mail("jane.s at no-such-firm dot de", "obfuscated"), "jane.s@no-such-firm.de"))},
	{Name: "disguised, dots in the local part", Text: "Mail: jane DOT sample AT no-such-firm DOT co DOT uk", Line: true, Want: want(canonical(mail("jane DOT sample AT no-such-firm DOT co DOT uk", "obfuscated"), "jane.sample@no-such-firm.co.uk"))},
	{Name: "disguised in Spanish", Text: "Correo: jane.s arroba no-such-firm punto es", Line: true, Want: want(canonical(mail("jane.s arroba no-such-firm punto es", "obfuscated"), "jane.s@no-such-firm.es"))},
	{Name: "disguised in French, brackets", Text: "jane(arobase)no-such-firm(point)fr", Want: want(canonical(mail("jane(arobase)no-such-firm(point)fr", "obfuscated"), "jane@no-such-firm.fr"))},
	{Name: "disguised in German", Text: "jane(ät)no-such-firm.de", Want: want(canonical(mail("jane(ät)no-such-firm.de", "obfuscated"), "jane@no-such-firm.de"))},
	{Name: "disguised in Russian", Text: "пишите jane собака no-such-firm точка ru", Line: true, Want: want(canonical(mail("jane собака no-such-firm точка ru", "obfuscated"), "jane@no-such-firm.ru"))},
	{Name: "disguised in Polish", Text: "jane [małpa] no-such-firm [kropka] pl", Line: true, Want: want(canonical(mail("jane [małpa] no-such-firm [kropka] pl", "obfuscated"), "jane@no-such-firm.pl"))},
	{Name: "disguised, wide brackets", Text: "jane（at）no-such-firm.jp", Want: want(canonical(mail("jane（at）no-such-firm.jp", "obfuscated"), "jane@no-such-firm.jp"))},
	{Name: "disguised by underscores", Text: "Mail: jane_s_at_no-such-firm_dot_de", Line: true, Want: want(canonical(mail("jane_s_at_no-such-firm_dot_de", "obfuscated"), "jane_s@no-such-firm.de"))},
	{Name: "disguised between dashes", Text: "Mail: jane.s -at- no-such-firm dot de", Line: true, Want: want(canonical(mail("jane.s -at- no-such-firm dot de", "obfuscated"), "jane.s@no-such-firm.de"))},
	{Name: "names of variables", Text: "valid_at_dot looks_at_dot_product created_at_utc", Line: true},
	{Name: "marks of two languages", Text: "el kilo arroba vale dot com", Line: true},
	{Name: "dog and point in Russian", Text: "собака пришла, точка", Line: true},
	{Name: "paragraph", Text: "see section (a)below.it works", Line: true},
	{Name: "identifier of a message", Tags: []detectors.Tag{{Group: "Mail", Name: "MessageID", Value: "<4711.1@mx.no-such-firm.de>"}},
		Want: []detectors.Finding{{Kind: detectors.Email, Value: "4711.1@mx.no-such-firm.de", Tag: "MessageID", Rule: "message-id", Confidence: 0.4}}},
	{Name: "field", Tags: []detectors.Tag{{Group: "IFD0", Name: "Artist", Value: "Jane Sample <jane@no-such-firm.de>"}},
		Want: want(detectors.Finding{Kind: detectors.Email, Value: "jane@no-such-firm.de", Tag: "Artist", Rule: "address"})},

	{Name: "bare words that are prose", Text: "They look at the dot in the middle.", Line: true},
	{Name: "retina image", Text: "icon-home@2x.png 1200w"},
	{Name: "retina archive", Text: "icons/home@3x.zip"},
	{Name: "retina image as a key", Text: "photos/icon@2x.png", Path: "key", Line: true},
	{Name: "npm scope", Text: "npm i @babel/core@3.21.8"},
	{Name: "npm version", Text: "https://cdn.example.net/npm/vue@1.5.6/dist/vue.min.js", Line: true},
	{Name: "Go pseudo-version", Text: "example.org/x/y@v0.25.0-0.20230835070094-6ac78dbc688e", Line: true},
	{Name: "git remote", Text: "git@no-such-forge.com:team/repo.git", Line: true},
	{Name: "git URL", Text: "ssh://git@no-such-forge.com/team/repo", Line: true},
	{Name: "password of a URL", Text: "postgres://app:secret@db.no-such-firm.com:5432/x", Line: true},
	{Name: "git setting", Text: "url.git@no-such-forge.com.insteadOf", Line: true},
	{Name: "price", Text: "5 @ 10.50 each, dinner @ home.me", Line: true},
	{Name: "user of a URL", Text: "https://jane@no-such-firm.com/x", Line: true},
	{Name: "remote shell", Text: "ssh deploy@host.no-such-firm.com", Line: true},
	{Name: "remote copy", Text: "jane@host.no-such-firm.com:/srv/x", Line: true},
	{Name: "handle", Text: "@jane@no-such-social.org", Line: true},
	{Name: "bare domain", Text: "@no-such-firm.com"},
	{Name: "bare domain after Han", Text: "请使用@no-such-firm.com", Line: true},
	{Name: "template", Text: "`${node.packageName}@${node.version}`"},
	{Name: "decorator", Text: "@pytest.fixture(scope=\"function\")"},
	{Name: "call", Text: "this@Outer.name.call(x)"},
	{Name: "message id", Text: "Message-ID: <4a7f2540@mx.no-such-firm.de>", Line: true},
	{Name: "no known top-level domain", Text: "Object@1f2e.hash"},
	{Name: "unit of systemd", Text: "getty@tty1.service"},
	{Name: "lone at signs", Text: "@@@ @ a@ @b a@b"},
	{Name: "address literal", Text: "jane@[192.0.2.1]"},
}

func TestAccept(t *testing.T) { detectortest.Accept(t, New(), cases) }

// Every address must be found, alone and with its exact ends, in every
// surrounding.
func TestSurroundings(t *testing.T) {
	addresses := []string{"jane@no-such-firm.at", "JANE_D@No-Such-Firm.NET", "j.o-e+x@mx1.corp.internal.no-such-bank.com", "a1@x.ai", "wei@city.gov.uk", "ion@no-such-startup.photography", "5551234@qq.com"}
	surroundings := []string{"%s", "<%s>", "(%s)", "[%s]", "\"%s\"", "'%s'", "`%s`", "*%s*", "**%s**", "_%s_", "__%s__", "~~%s~~", "|%s|", "a;%s;b", "a,%s,b", "a\t%s\tb", "mail to %s, ok?",
		"My mail is %s", "My mail is %s.", "Mail: %s!", "邮件%s", "邮箱%s。", "メールは%sです", "メール：%sまで", "이메일%s입니다", "联系方式：%s，谢谢", "почта:%s;", "почта%s", "E-Mail:%s", "mailto:%s", "{\"mail\":\"%s\"}",
		"{'mail':'%s'}", "mail=%s&x=1", "?email=%s#top", "<a href=\"mailto:%s?subject=x\">", "[mail](%s)", "[mail](mailto:%s)", "%s:password1", "%s/password", "%s|pw", "user=%s,", "To: A B <%s>; C",
		"EMAIL:%s\r\nEND", "EMAIL;TYPE=INTERNET:%s\r\n", "«%s»", "„%s“", "“%s”", "‘%s’", "—%s—", "…%s…", "%s’s", "x>%s<y", "%s\\n", "\\n%s", "\\t%s\\r\\n", "\\\"%s\\\"", "#%s", "$%s", "!%s", "path/to/%s/inbox",
		"http://no-such-firm.org/u/%s", "http://no-such-firm.org/u?m=%s&k", "السيد %s هنا", "שלום%s", "ที่อยู่%sครับ", "é %s é", "Contact %s or call", "%s [work]", "%s;%s"}
	d := New()
	for _, around := range surroundings {
		for _, address := range addresses {
			text := strings.ReplaceAll(around, "%s", address)
			var got []string
			_ = d.Detect(&detectors.Part{Text: []byte(text)}, func(f detectors.Finding) { got = append(got, f.Value) })
			want := slices.Repeat([]string{address}, strings.Count(around, "%s"))
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("in %q (-want +got):\n%s", around, diff)
			}
		}
	}
}

func FuzzDetect(f *testing.F) { detectortest.Fuzz(f, New(), cases) }

func FuzzTags(f *testing.F) { detectortest.FuzzTags(f, New(), cases) }

func TestCleanTextAllocatesNothing(t *testing.T) {
	d := New()
	text := []byte("Nothing in here, at all. vue@1.2.3, icon@2x.png, the dot in a sentence @home.\n")
	p := detectors.Part{Path: "text", Tags: []detectors.Tag{{Name: "Software", Value: "GIMP 2.10"}}}
	for len(p.Text) < textbench.Chunk {
		p.Text = append(p.Text, text...)
	}
	n := 0
	found := func(detectors.Finding) { n++ }
	if a := testing.AllocsPerRun(5, func() { _ = d.Detect(&p, found) }); a != 0 || n != 0 {
		t.Errorf("%v allocations, %d findings", a, n)
	}
}

// Hostile text must cost time in proportion to its length: the finds are what
// costs, and each is bounded.
func TestHostileTextEnds(t *testing.T) {
	d := New()
	for name, text := range textbench.Hostile(textbench.Chunk) {
		t.Run(name, func(t *testing.T) {
			if err := d.Detect(&detectors.Part{Path: "text", Text: text}, func(detectors.Finding) {}); err != nil {
				t.Error(err)
			}
		})
	}
}

func Benchmark(b *testing.B) { textbench.Run(b, New()) }

func BenchmarkHostile(b *testing.B) { textbench.RunHostile(b, New()) }

// TestRuneTables: the tables pass over no rune that foreignAt knows.
func TestRuneTables(t *testing.T) {
	for k := range 1 << 16 {
		first, second := byte(k>>8), byte(k)
		if runeFirst[first]&runeSecond[second] != 0 {
			continue
		}
		for _, around := range [][2]string{{"(", "xx"}, {"[", "xx"}, {"vin", "xx"}, {"kr", "ll"}, {"a", "pa"}, {" ", "\u043e"}, {"", "\x88x"}, {"", "\x90x"}} {
			text := []byte(around[0] + string([]byte{first, second}) + around[1])
			if foreignAt(text, len(around[0])) {
				t.Errorf("%x between %q and %q", k, around[0], around[1])
			}
		}
	}
}
