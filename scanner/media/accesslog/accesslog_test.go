package accesslog

import (
	"bytes"
	"flag"
	"fmt"
	"strings"
	"testing"

	"habeas/scanner/media/mediatest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const (
	combinedLog = `192.0.2.7 - ana [10/Oct/2000:13:55:36 -0700] "GET /a?email=ana%40example.org&x=1 HTTP/1.1" 200 2326 "https://example.org/?q=a+b" "Mozilla/5.0 (X11; Linux x86_64)"
2001:db8::7 - - [10/Oct/2000:13:55:37 -0700] "GET / HTTP/1.0" 304 - "-" "curl/8.5.0"
192.0.2.8 - - [10/Oct/2000:13:55:38 -0700] "\x16\x03\x01" 400 0 "-" "-"
`
	commonLog = `192.0.2.7 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.1" 200 2326
`
	vhostLog = `www.example.org:443 192.0.2.7 - - [10/Oct/2000:13:55:36 -0700] "POST /login HTTP/1.1" 200 2326 "-" "a b"
`
	s3Log = `79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be bucket1 [06/Feb/2019:00:00:38 +0000] 192.0.2.3 79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be 3E57427F3EXAMPLE REST.GET.OBJECT photos/ana.jpg "GET /bucket1/photos/ana.jpg?versionId=1 HTTP/1.1" 200 - 113 - 7 - "-" "S3Console/0.4" - s9lzHYrFp76ZVxRcpX9+5cjAnEH2ROuNkd2BHfIa6UkFVdtjf5mKR3/eTPFvsiP/XV/VLi31234= SigV4 ECDHE-RSA-AES128-GCM-SHA256 AuthHeader bucket1.s3.example.com TLSV1.2
`
	cloudFrontLog = "#Version: 1.0\n#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie)\n" +
		"2019-12-04\t21:02:31\tLAX1\t392\t192.0.2.100\tGET\td1.example.net\t/index.html\t200\t-\tMozilla/5.0%20(Windows%20NT%2010.0)\tname=Ana%20Silva\t-\n"
	iisLog = "#Software: Microsoft Internet Information Services 10.0\r\n#Version: 1.0\r\n#Date: 2024-01-01 00:00:00\r\n#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status\r\n" +
		"2024-01-01 00:00:01 192.0.2.1 GET / - 443 EXAMPLE\\ana 192.0.2.9 Mozilla/5.0+(Windows) 200\r\n"
	applicationLog = `http 2018-07-02T22:23:00.186641Z app/my-lb/50dc 192.0.2.39:2817 10.0.0.1:80 0.000 0.001 0.000 200 200 34 366 "GET http://www.example.org:80/?u=ana HTTP/1.1" "curl/7.46.0" - - arn:aws:x "Root=1-58337262-36d2" "-" "-" 0 2018-07-02T22:22:48.364000Z "forward" "-" "-" "10.0.0.1:80" "200" "-" "-"
`
	classicLog = `2015-05-13T23:39:43.945958Z my-lb 192.0.2.39:2817 10.0.0.1:80 0.000073 0.001048 0.000057 200 200 0 29 "GET http://www.example.org:80/ HTTP/1.1" "curl/7.38.0" - -
`
)

// cells shows each cell of a walk as line/column=value.
func cells(v *mediatest.Visit) (out []string) {
	for i := range v.Parts {
		p := &v.Parts[i]
		for _, c := range p.Cells {
			s := c.Value
			if s == "" {
				s = string(p.Text[c.Start:c.End])
			}
			out = append(out, fmt.Sprintf("%d/%s=%s", c.Line, c.Column, s))
		}
	}
	return out
}

// Each format names what stands for a person.
func TestFields(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"combined", combinedLog, []string{"1/ip=192.0.2.7", "1/username=ana", "1/request=/a", "1/request.query.email=ana@example.org", "1/referer.query.q=a b", "1/user_agent=Mozilla/5.0 (X11; Linux x86_64)", "2/ip=2001:db8::7", "2/user_agent=curl/8.5.0"}},
		{"common", commonLog, []string{"1/ip=192.0.2.7", "1/request=/"}},
		{"virtual host", vhostLog, []string{"1/host=www.example.org:443", "1/ip=192.0.2.7", "1/request=/login", "1/user_agent=a b"}},
		{"s3", s3Log, []string{"1/remote_ip=192.0.2.3", "1/key=photos/ana.jpg", "1/request.query.versionId=1", "1/user_agent=S3Console/0.4", "1/tls_version=TLSV1.2"}},
		{"cloudfront", cloudFrontLog, []string{"3/ip=192.0.2.100", "3/user_agent=Mozilla/5.0 (Windows NT 10.0)", "3/query.name=Ana Silva"}},
		{"iis", iisLog, []string{"5/ip=192.0.2.9", "5/server_ip=192.0.2.1", "5/username=EXAMPLE\\ana", "5/user_agent=Mozilla/5.0 (Windows)"}},
		{"application load balancer", applicationLog, []string{"1/client_ip=192.0.2.39", "1/request.query.u=ana", "1/user_agent=curl/7.46.0"}},
		{"classic load balancer", classicLog, []string{"1/client_ip=192.0.2.39", "1/user_agent=curl/7.38.0"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !New().Match([]byte(c.text)) {
				t.Error("no match")
			}
			v := mediatest.Walk(t, New(), []byte(c.text))
			got := map[string]bool{}
			for _, s := range cells(v) {
				got[s] = true
			}
			for _, w := range c.want {
				if !got[w] {
					t.Errorf("%s is missing of %q", w, cells(v))
				}
			}
		})
	}
}

func TestNoLog(t *testing.T) {
	for _, c := range []struct{ name, text string }{
		{"empty", ""},
		{"prose", "He said [on 10/Oct/2000] \"no\" and left.\n"},
		{"syslog", "Oct 10 13:55:36 host sshd[123]: Accepted password for ana from 192.0.2.7 port 22\n"},
		{"comment", "# Fields\nkey = value\n"},
		{"mixed", combinedLog + "and so on\n"},
		{"only a head", "#Version: 1.0\n#Fields: a b\n"},
		{"csv", "a,b\n1,2\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if New().Match([]byte(c.text)) {
				t.Error("matches")
			}
		})
	}
}

// Lines stay whole over the cuts of a long log.
func TestLong(t *testing.T) {
	var b bytes.Buffer
	for i := range 10_000 {
		fmt.Fprintf(&b, "192.0.2.%d - - [10/Oct/2000:13:55:36 -0700] \"GET /%d HTTP/1.1\" 200 1 \"-\" \"x y\"\n", i%200, i)
	}
	v := mediatest.Walk(t, New(), b.Bytes())
	if len(v.Parts) < 3 {
		t.Fatalf("%d parts", len(v.Parts))
	}
	n := 0
	for _, p := range v.Parts {
		for _, c := range p.Cells {
			if c.Column != "ip" {
				continue
			}
			n++
			if c.Line != n || c.Record != n || string(p.Text[c.Start:c.End]) != fmt.Sprintf("192.0.2.%d", (n-1)%200) {
				t.Fatalf("cell %d: %+v", n, c)
			}
		}
	}
	if n != 10_000 {
		t.Errorf("%d lines", n)
	}
}

func TestHostile(t *testing.T) {
	for _, c := range []struct{ name, text string }{
		{"long line", commonLog + strings.Repeat("x", 600_000) + "\n" + commonLog},
		{"quotes", commonLog + strings.Repeat("\"", 300_000) + "\n" + commonLog},
		{"brackets", commonLog + strings.Repeat("[", 60_000) + "\n" + strings.Repeat("[ ", 30_000)},
		{"parameters", `192.0.2.7 - - [10/Oct/2000:13:55:36 -0700] "GET /?` + strings.Repeat("a=1&", 10_000) + ` HTTP/1.1" 200 1` + "\n"},
		{"names", "#Fields: " + strings.Repeat("a ", 100_000) + "\n" + strings.Repeat("b ", 100_000)},
		{"zeros", commonLog + strings.Repeat("\x00", 5000)},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := mediatest.Walk(t, New(), []byte(c.text))
			n := 0
			for _, p := range v.Parts {
				n += len(p.Text) - p.Lead - p.Tail
			}
			if n != len(c.text) {
				t.Errorf("%d of %d bytes", n, len(c.text))
			}
		})
	}
}

func TestGolden(t *testing.T) {
	mediatest.Golden(t, *update, New(), "combined.log", "three requests in the combined format", []byte(combinedLog))
	mediatest.Golden(t, *update, New(), "cloudfront.log", "a request as CloudFront logs it", []byte(cloudFrontLog))
}

func FuzzWalk(f *testing.F) {
	mediatest.Fuzz(f, New(), []byte(combinedLog), []byte(vhostLog), []byte(s3Log), []byte(cloudFrontLog), []byte(iisLog), []byte(applicationLog), []byte(classicLog), []byte("#Fields:\n\n"))
}

func BenchmarkWalk(b *testing.B) {
	object := []byte(strings.Repeat(combinedLog, 4000))
	r := bytes.NewReader(object)
	b.SetBytes(int64(len(object)))
	b.ReportAllocs()
	for b.Loop() {
		if err := New().Walk(r, int64(len(object)), mediatest.Discard{}); err != nil {
			b.Fatal(err)
		}
	}
}
