package network

import (
	"bytes"
	"net/netip"
	"slices"
	"testing"

	"habeas/detectors"
	"habeas/detectors/detectortest"
	"habeas/detectors/textbench"
)

func one(kind detectors.Kind, value, rule string) []detectors.Finding {
	return []detectors.Finding{{Kind: kind, Value: value, Rule: rule}}
}

func dummy(kind detectors.Kind, value, rule string) []detectors.Finding {
	return []detectors.Finding{{Kind: kind, Value: value, Rule: rule, Dummy: true}}
}

func ip(value, rule string) []detectors.Finding { return one(detectors.IP, value, rule) }
func mac(value, canonical string) []detectors.Finding {
	return []detectors.Finding{{Kind: detectors.MAC, Value: value, Canonical: canonical, Rule: "mac", Dummy: true}}
}

const agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.6099.1 Safari/537.36"

// Public addresses here are of ranges for documentation, of DNS roots, or made of
// numbers at random.
var cases = []detectortest.Case{
	{Name: "documentation range", Text: "203.0.113.7", Want: dummy(detectors.IP, "203.0.113.7", "ip")},
	{Name: "public", Text: "login from 198.41.0.4.", Line: true, Want: ip("198.41.0.4", "ip")},
	{Name: "with port", Text: "198.41.0.4:443", Want: ip("198.41.0.4", "ip")},
	{Name: "with prefix length", Text: "198.41.0.4/24", Want: ip("198.41.0.4", "ip")},
	{Name: "in a URL", Text: "http://198.41.0.4/x", Line: true, Want: ip("198.41.0.4", "ip")},
	{Name: "resolved by Java", Text: "host.example.org/198.41.0.4:80", Line: true, Want: ip("198.41.0.4", "ip")},
	{Name: "in brackets", Text: "Received: from x ([198.41.0.4])", Line: true, Want: ip("198.41.0.4", "ip")},
	{Name: "JSON", Text: `{"client":"198.41.0.4"}`, Want: ip("198.41.0.4", "ip")},
	{Name: "small numbers with a label", Text: "ip=1.2.3.4", Want: ip("1.2.3.4", "ip")},
	{Name: "small numbers in a log", Text: "1.2.3.4 - - [12/Mar/2026", Line: true, Want: ip("1.2.3.4", "ip")},
	{Name: "range", Text: "198.41.0.4-198.41.0.9", Line: true, Want: append(ip("198.41.0.4", "ip"), ip("198.41.0.9", "ip")...)},
	{Name: "small numbers of an inner network", Text: "10.0.0.5", Want: ip("10.0.0.5", "ip-private")},
	{Name: "inner network", Text: "192.168.178.20", Want: ip("192.168.178.20", "ip-private")},
	{Name: "loopback", Text: "127.0.0.1:8080", Want: ip("127.0.0.1", "ip-loopback")},
	{Name: "link-local", Text: "169.254.10.200", Want: ip("169.254.10.200", "ip-link-local")},
	{Name: "multicast", Text: "239.255.255.250", Want: ip("239.255.255.250", "ip-special")},
	{Name: "field", Tags: []detectors.Tag{{Group: "tag", Name: "client", Value: "198.41.0.4"}}, Want: []detectors.Finding{{Kind: detectors.IP, Value: "198.41.0.4", Tag: "client"}}},

	{Name: "v6 in full", Text: "2a00:1450:4001:829:0:1f:a203:200e", Want: ip("2a00:1450:4001:829:0:1f:a203:200e", "ip")},
	{Name: "v6 shortened", Text: "2a00:1450::200E", Want: []detectors.Finding{{Kind: detectors.IP, Value: "2a00:1450::200E", Canonical: "2a00:1450::200e"}}},
	{Name: "v6 of documentation", Text: "2001:db8::1", Want: dummy(detectors.IP, "2001:db8::1", "ip")},
	{Name: "v6 with port", Text: "[2a00:1450::200e]:443", Want: ip("2a00:1450::200e", "ip")},
	{Name: "v6 after a label", Text: "addr:2a00:1450:4001:829:0:1f:a203:200e,", Line: true, Want: ip("2a00:1450:4001:829:0:1f:a203:200e", "ip")},
	{Name: "v6 with prefix length", Text: "2001:db8::/32", Want: dummy(detectors.IP, "2001:db8::", "ip")},
	{Name: "v6 with zone", Text: "fe80::1ff:fe23:4567:890a%eth2", Want: ip("fe80::1ff:fe23:4567:890a%eth2", "ip-link-local")},
	{Name: "v6 loopback", Text: "::1", Line: true, Want: ip("::1", "ip-loopback")},
	{Name: "v6 mapped", Text: "::ffff:198.41.0.4", Line: true, Want: []detectors.Finding{{Kind: detectors.IP, Value: "::ffff:198.41.0.4", Canonical: "198.41.0.4"}}},
	{Name: "v6 mapped, in full, then a colon", Text: "from 0:0:0:0:0:ffff:198.41.0.4:", Line: true, Want: []detectors.Finding{{Kind: detectors.IP, Value: "0:0:0:0:0:ffff:198.41.0.4", Canonical: "198.41.0.4"}}},

	{Name: "version with label", Text: "version 114.114.12.112", Line: true},
	{Name: "version with v", Text: "v8.3.4.1-beta"},
	{Name: "version of an assembly", Text: `AssemblyVersion("8.4.0.0")`},
	{Name: "section", Text: "section 2.4.1.8 of the manual", Line: true},
	{Name: "browser", Text: "Chrome/91.0.200.170"},
	{Name: "library", Text: "lib.so.3.6.1.5"},
	{Name: "number too large", Text: "256.241.1.300"},
	{Name: "leading zero", Text: "192.168.01.020"},
	{Name: "object identifier", Text: "1.3.6.1.4.1.311"},
	{Name: "netmask", Text: "255.255.255.0"},
	{Name: "name of a file", Text: "tool-198.41.0.4.tar.gz"},
	{Name: "unspecified", Text: "0.0.0.0:80"},
	{Name: "upgrade", Text: "update V8 to 4.6.85.28", Line: true},
	{Name: "section in brackets", Text: "to implement [23.3.4.2]/9", Line: true},
	{Name: "object identifier of four", Text: "KEY_OID = '2.5.29.35'", Line: true},
	{Name: "weights of collation", Text: "; [.019D.0020.0002] # DOT", Line: true},
	{Name: "decimals", Text: "12.34,56.78,90.12,34.5"},
	{Name: "scope operator", Text: "std::add::face(x); ::new (p) T; a::b"},
	{Name: "clock", Text: "12:34:56.789 00:85:53,229 --> 00:73:50,878"},
	{Name: "ratio", Text: "Ratio 1:2:3:4"},
	{Name: "fingerprint", Text: "99:19:cc:65:ab:6a:87:49:d5:af:e6:36:5e:84:fc:ff:8e:9c:44:31"},
	{Name: "eight pairs", Text: "99:19:cc:65:ab:6a:87:49"},
	{Name: "CSS", Text: "a::before{content:'::'}"},

	{Name: "MAC with colons", Text: "00:00:5e:00:53:aF", Want: mac("00:00:5e:00:53:aF", "00:00:5e:00:53:af")},
	{Name: "MAC with dashes", Text: "00-00-5E-00-53-AF", Want: mac("00-00-5E-00-53-AF", "00:00:5e:00:53:af")},
	{Name: "MAC with dots", Text: "0000.5e00.53af", Want: mac("0000.5e00.53af", "00:00:5e:00:53:af")},
	{Name: "MAC with dots before an address", Text: "0000.5e00.53af at 203.0.113.9", Want: append(mac("0000.5e00.53af", "00:00:5e:00:53:af"), detectors.Finding{Kind: detectors.IP, Value: "203.0.113.9", Rule: "ip", Dummy: true})},
	{Name: "MAC after a label", Text: "mac:00:00:5e:00:53:af", Line: true, Want: mac("00:00:5e:00:53:af", "")},
	{Name: "MAC at the end of a sentence", Text: "It is 00:00:5e:00:53:af.", Line: true, Want: mac("00:00:5e:00:53:af", "")},
	{Name: "broadcast", Text: "ff:ff:ff:ff:ff:ff 00:00:00:00:00:00", Line: true},
	{Name: "pairs of an account", Text: "80-00-00-00-00-00-16-20-49"},
	{Name: "time with dashes", Text: "2026-01-02-03-04-05"},
	{Name: "dump", Text: "b1 cf 9d 48 fd 79 f8 12"},
	{Name: "words with dots", Text: "some.face.word"},

	{Name: "agent in a header", Text: "User-Agent: " + agent, Line: true, Want: one(detectors.UserAgent, agent, "user-agent")},
	{Name: "agent in JSON", Text: `{"ua":"` + agent + `","x":1}`, Line: true, Want: one(detectors.UserAgent, agent, "user-agent")},
	{Name: "agent between tabs", Text: "7\t" + agent + "\t/index", Line: true, Want: one(detectors.UserAgent, agent, "user-agent")},
	{Name: "agent in a sentence", Text: "It says " + agent + " in the log.", Line: true, Want: one(detectors.UserAgent, agent, "user-agent")},
	{Name: "agent in escaped JSON", Text: `"{\"ua\":\"` + agent + `\"}"`, Line: true, Want: one(detectors.UserAgent, agent, "user-agent")},
	{Name: "agent of a program in a log", Text: `"GET / HTTP/1.1" 200 12 "-" "curl/8.5.0"`, Line: true, Want: one(detectors.UserAgent, "curl/8.5.0", "user-agent-short")},
	{Name: "agent of an app", Text: "user_agent=ExampleApp/3.1 (iPhone; iOS 17.1)", Line: true, Want: one(detectors.UserAgent, "ExampleApp/3.1 (iPhone; iOS 17.1)", "user-agent")},
	{Name: "program between tabs, beside an address", Text: "7\t198.41.0.4\texamplefetch/7.2\t/index\ttext/x-c2", Line: true, Want: append(one(detectors.IP, "198.41.0.4", "ip"), one(detectors.UserAgent, "examplefetch/7.2", "user-agent-short")...)},
	{Name: "program between tabs, without an address", Text: "7\texamplefetch/7.2\t/index", Line: true},
	{Name: "media types beside an address", Text: "7\t198.41.0.4\tvideo/mp4\tHTTP/1.1", Line: true, Want: one(detectors.IP, "198.41.0.4", "ip")},
	{Name: "agent with a version behind a blank", Text: "User-Agent: ExampleBot-Links 1.0 (+https://bots.example.org/)", Line: true, Want: one(detectors.UserAgent, "ExampleBot-Links 1.0 (+https://bots.example.org/)", "user-agent")},
	{Name: "agent of a telephone between tabs", Text: "7\tExampleFone9/5.0 Profile/MIDP-2.1 (en)\t/x", Line: true, Want: one(detectors.UserAgent, "ExampleFone9/5.0 Profile/MIDP-2.1 (en)", "user-agent")},
	{Name: "agent handed to curl", Text: `curl -s -A "examplefetch/7.2" https://example.org/`, Line: true, Want: one(detectors.UserAgent, "examplefetch/7.2", "user-agent-short")},
	{Name: "agent as a long option", Text: `curl --user-agent "examplefetch/7.2" x`, Line: true, Want: one(detectors.UserAgent, "examplefetch/7.2", "user-agent-short")},
	{Name: "agent of the fields of a log", Text: "cs(User-Agent)=examplefetch/7.2", Line: true, Want: one(detectors.UserAgent, "examplefetch/7.2", "user-agent-short")},
	{Name: "agent set in a program", Text: `s.headers["User-Agent"] = "examplefetch/7.2"`, Line: true, Want: one(detectors.UserAgent, "examplefetch/7.2", "user-agent-short")},
	{Name: "agent behind two letters", Text: "ua: examplefetch/7.2\n", Line: true, Want: one(detectors.UserAgent, "examplefetch/7.2", "user-agent-short")},
	{Name: "option of another command", Text: `tar -A "a/7.2" b`, Line: true},
	{Name: "address behind the name of a server", Text: "nginx: 198.41.0.4 - x", Line: true, Want: one(detectors.IP, "198.41.0.4", "ip")},
	{Name: "enzyme", Text: "EC 2.3.45.41", Line: true},
	{Name: "robots", Text: "User-agent: *", Line: true},
	{Name: "agent without value", Text: "The User-Agent header is a string.", Line: true},
	{Name: "browser in prose", Text: "Mozilla and Opera browsers", Line: true},

	{Name: "session cookie", Text: "Cookie: PHPSESSID=q4t8b2n6v0c1x5z9m3k7; lang=de", Line: true, Want: one(detectors.CookieID, "q4t8b2n6v0c1x5z9m3k7", "session-cookie")},
	{Name: "session in JSON", Text: `{"session_id": "0a1b2c3d4e5f60718293"}`, Line: true, Want: one(detectors.CookieID, "0a1b2c3d4e5f60718293", "session-cookie")},
	{Name: "tracking cookie", Text: "_ga=GA1.2.1234567890.1700000000;", Line: true, Want: one(detectors.CookieID, "GA1.2.1234567890.1700000000", "tracking-cookie")},
	{Name: "session in source", Text: "session = newSession(config, options)", Line: true},
	{Name: "session in prose", Text: "The session: discussions42 ended.", Line: true},
	{Name: "a name that ends alike", Text: "preside=abcdef1234567890", Line: true},

	{Name: "password in a URL", Text: "postgres://app:s3cr3t-Word@db.no-such-firm.de:5432/x", Line: true, Want: one(detectors.Credential, "postgres://app:s3cr3t-Word@db.no-such-firm.de", "url-password")},
	{Name: "user in a URL", Text: "https://jane.sample@dav.no-such-firm.de/cal", Line: true, Want: one(detectors.URL, "https://jane.sample@dav.no-such-firm.de", "url-user")},
	{Name: "placeholder in a URL", Text: "mysql://user:password@localhost/x", Line: true, Want: dummy(detectors.Credential, "mysql://user:password@localhost", "url-password")},
	{Name: "git in a URL", Text: "ssh://git@no-such-forge.de/x", Line: true},
	{Name: "template in a URL", Text: "https://${USER}:${TOKEN}@host.no-such-firm.de/", Line: true},
	{Name: "at sign in a path", Text: "https://no-such-firm.de/@jane/x", Line: true},
}

func TestAccept(t *testing.T) { detectortest.Accept(t, New(), cases) }

func FuzzDetect(f *testing.F) { detectortest.Fuzz(f, New(), cases) }

func FuzzTags(f *testing.F) { detectortest.FuzzTags(f, New(), cases) }

func TestCleanTextAllocatesNothing(t *testing.T) {
	p := detectors.Part{Path: "text", Tags: []detectors.Tag{{Name: "Software", Value: "GIMP 2.10.30.1"}}}
	line := []byte("12:34:56 std::move a.b.c, 1.2.3.4.5 v1.2.3.4 01-02-03 aa:bb:cc:dd 2026-01-02 https://no-such-firm.de/ \" \" user-agent session=x\n")
	for len(p.Text) < textbench.Chunk {
		p.Text = append(p.Text, line...)
	}
	d, n := New(), 0
	found := func(detectors.Finding) { n++ }
	if a := testing.AllocsPerRun(5, func() { _ = d.Detect(&p, found) }); a != 0 || n != 0 {
		t.Errorf("%v allocations, %d findings", a, n)
	}
}

// An address must be found wherever it lies to the pieces of 4 KiB and the words
// of 64 bytes.
func TestEveryOffset(t *testing.T) {
	d := New()
	for _, value := range []string{"198.41.0.4", "2a00:1450::200e", "2a00:1450:4001:829:0:1f:a203:200e", "00:00:5e:00:53:af", "00-00-5e-00-53-af", "0000.5e00.53af"} {
		for at := range 300 {
			text := append(bytes.Repeat([]byte(" "), 4096-150+at), value...)
			text = append(text, ' ')
			var got []string
			_ = d.Detect(&detectors.Part{Text: text}, func(f detectors.Finding) { got = append(got, f.Value) })
			if len(got) != 1 || got[0] != value {
				t.Fatalf("a value of %d bytes at %d: %d found", len(value), 4096-150+at, len(got))
			}
		}
	}
}

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

// TestClassify4 compares with what the library knows, at the edges of every range.
func TestClassify4(t *testing.T) {
	shared, this := netip.MustParsePrefix("100.64.0.0/10"), []netip.Prefix{}
	for _, p := range []string{"192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "233.252.0.0/24"} {
		this = append(this, netip.MustParsePrefix(p))
	}
	for _, s := range []string{"0.0.0.0", "0.0.0.1", "9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0", "100.63.255.255", "100.64.0.0", "100.127.255.255", "100.128.0.0",
		"126.0.0.1", "127.0.0.1", "128.0.0.0", "169.253.0.0", "169.254.0.0", "169.255.0.0", "172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0",
		"192.0.1.255", "192.0.2.0", "192.0.2.255", "192.0.3.0", "192.167.0.0", "192.168.0.0", "192.169.0.0", "198.51.99.1", "198.51.100.1", "203.0.113.9", "203.0.114.0",
		"223.255.255.255", "224.0.0.0", "233.252.0.7", "233.252.1.0", "239.1.1.1", "240.0.0.0", "254.255.255.255", "255.0.0.0", "255.255.255.0"} {
		a := netip.MustParseAddr(s)
		want := "ip"
		switch {
		case slices.ContainsFunc(this, func(p netip.Prefix) bool { return p.Contains(a) }):
		case a.IsUnspecified():
			want = "ip-unspecified"
		case a.IsLoopback():
			want = "ip-loopback"
		case a.IsLinkLocalUnicast():
			want = "ip-link-local"
		case a.IsPrivate() || shared.Contains(a):
			want = "ip-private"
		case a.As4()[0] == 255:
			want = ""
		case a.IsMulticast() || a.As4()[0] >= 240:
			want = "ip-special"
		}
		if got := classify(a).Rule; got != want {
			t.Errorf("%s: %q, want %q", s, got, want)
		}
	}
}
