package textscan

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/publicsuffix"
)

func TestTLDsAreICANN(t *testing.T) {
	names := strings.Fields(tldNames)
	if len(names) < 1400 || !slices.IsSorted(names) {
		t.Errorf("%d names, sorted: %v", len(names), slices.IsSorted(names))
	}
	for _, name := range names {
		if suffix, icann := publicsuffix.PublicSuffix("a.b.c." + name); !icann && suffix == name {
			t.Errorf("%q is no top-level domain of the public suffix list", name)
		}
	}
	for _, suffix := range publicSamples {
		if !TLD([]byte(suffix)) {
			t.Errorf("%q is missing", suffix)
		}
	}
}

var publicSamples = []string{"com", "ORG", "De", "photography", "xn--p1ai", "XN--FIQS8S", "museum", "zip", "aaa", "ZW", "accenture", "PHOTOGRAPHY", "рф", "РФ", "中国"}

func TestNotTLD(t *testing.T) {
	for _, label := range []string{"", "c", "png", "jpg", "webp", "service", "test", "local", "js", "\x00com", "\x01\x00\x00\x00de", strings.Repeat("x", 64)} {
		if TLD([]byte(label)) {
			t.Errorf("%q is taken for a top-level domain", label)
		}
	}
}

func TestReserved(t *testing.T) {
	for label, want := range map[string]string{"Test": "example", "invalid": "example", "LOCALHOST": "example", "local": "private", "com": "", "tests": "", "locale": ""} {
		if got := Reserved([]byte(label)); got != want {
			t.Errorf("%q: %q, want %q", label, got, want)
		}
	}
}
