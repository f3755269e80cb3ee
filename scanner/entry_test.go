package scanner

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"habeas/detectors"
	"habeas/reports"
	"habeas/sources"
)

func TestMask(t *testing.T) {
	gps := func(lat, lon float64) *detectors.Position { return &detectors.Position{Lat: lat, Lon: lon} }
	for _, c := range []struct {
		kind  detectors.Kind
		value string
		want  string
	}{
		{detectors.Email, "jo@example.org", "j***@e***.org"},
		{detectors.Email, "j@example.org", "***@e***.org"},
		{detectors.Email, "jo@mail.example.co.uk", "j***@m***.uk"},
		{detectors.Email, "jo@localhost", "j***@***"},
		{detectors.Email, "no address", "***"},
		{detectors.Phone, "+1 555-0123", "***23"},
		{detectors.Phone, "12345", "***"},
		{detectors.Name, "Ana Silva", "A*** S***"},
		{detectors.Name, "Ana", "***"},
		{detectors.Name, "Ana B Silva de la Cruz", "A*** *** S*** d***"},
		{detectors.Face, "", "unnamed face"},
		{detectors.Face, "Ana Silva", "A*** S***"},
		{detectors.Place, "Lisbon", "L***"},
		{detectors.Address, "1 Example Street", "***"},
		{detectors.URL, "https://social.example/ana", "https://s***.example/***"},
		{detectors.URL, "https://ana:pw@social.example/ana", "***"},
		{detectors.URL, "social.example/ana", "s***.example/***"},
		{detectors.DeviceSerial, "SN-012345", "***45"},
		{detectors.IP, "192.0.2.7", "192.***"},
		{detectors.IP, "::ffff:192.0.2.7", "192.***"},
		{detectors.IP, "2001:db8::7", "2001:***"},
		{detectors.MAC, "00:00:5e:00:53:01", "00:***"},
		{detectors.UserAgent, "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox, Windows ***"},
		{detectors.UserAgent, "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1", "Safari, iPhone ***"},
		{detectors.UserAgent, "ExampleApp/1.2 (device 7781)", "***"},
		{detectors.UserAgent, "curl/8.5.0", "curl ***"},
		{detectors.PaymentCard, "4111 1111 1111 1111", "***1111"},
		{detectors.IBAN, "GB33 BUKB 2020 1555 5555 55", "GB***55"},
		{detectors.NationalID, "123-45-6789", "***"},
		{detectors.Passport, "X1234567", "***"},
		{detectors.DateOfBirth, "1970-01-01", "***"},
		{detectors.Credential, "hunter2hunter2", "***"},
		{"own_rule", "a value", "***"},
	} {
		if got := Mask(&detectors.Finding{Kind: c.kind, Value: c.value}); got != c.want {
			t.Errorf("%s %q: %q, want %q", c.kind, c.value, got, c.want)
		}
	}
	for want, p := range map[string]*detectors.Position{
		"near 37.3, -122.1 (0.1° cell)": gps(37.3797, -122.0307),
		"near -0.1, 0.0 (0.1° cell)":    gps(-0.01, 0.01),
		"near 90.0, 180.0 (0.1° cell)":  gps(90, 180),
		"***":                           gps(91, 0),
	} {
		if got := Mask(&detectors.Finding{Kind: detectors.GPS, Position: p}); got != want {
			t.Errorf("%+v: %q, want %q", *p, got, want)
		}
	}
}

func FuzzMask(f *testing.F) {
	for _, s := range []string{"", "a", "A B C D", "a@b.c", "***", "DE", "4111111111111111", "ana@example.org", "1.2.3.4", "::1", "http://x/y", "İ", "Ǆ x", "e\u0301"} {
		f.Add(s)
	}
	kinds := []detectors.Kind{"own"}
	for k := range masks {
		kinds = append(kinds, k)
	}
	f.Fuzz(func(t *testing.T, value string) {
		shown := strings.TrimSpace(value)
		if !strings.ContainsFunc(shown, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
			return // nothing to hide
		}
		for _, k := range kinds {
			m := Mask(&detectors.Finding{Kind: k, Value: value})
			if strings.Contains(strings.ToLower(m), strings.ToLower(shown)) {
				t.Errorf("%s: the mask %q holds the value", k, m)
			}
			hidden := strings.Count(m, stars) > 0
			if !hidden {
				t.Errorf("%s: nothing is hidden in %q", k, m)
			}
		}
	})
}

func TestFingerprints(t *testing.T) {
	fp, err := NewFingerprints(testKey)
	if err != nil {
		t.Fatal(err)
	}
	other, err := NewFingerprints(append([]byte("x"), testKey...))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		kind detectors.Kind
		a, b string
	}{
		{detectors.Email, "Ana@Example.org", "ana@example.org"},
		{detectors.Phone, "+33 1 99 00 12 34", "+33199001234"},
		{detectors.Name, "ANA  SILVA", "Ana Silva"},
		{detectors.Name, "Straße", "STRASSE"},
		{detectors.Name, "Ａna", "ana"},
		{detectors.DeviceSerial, " sn 12 ", "SN12"},
		{detectors.IBAN, "GB33 BUKB 2020 1555 5555 55", "gb33bukb20201555555555"},
		{detectors.IP, "::ffff:192.0.2.7", "192.0.2.7"},
		{detectors.IP, "2001:DB8:0::7", "2001:db8::7"},
		{detectors.MAC, "00-00-5E-00-53-01", "00:00:5e:00:53:01"},
	} {
		a, b := fp.Of(c.kind, c.a), fp.Of(c.kind, c.b)
		if a != b || len(a) != 32 {
			t.Errorf("%s: %q and %q differ", c.kind, c.a, c.b)
		}
		if a == other.Of(c.kind, c.a) || a == fp.Of("other", Canonical(c.kind, c.a)) {
			t.Errorf("%s: the key or the kind makes no difference", c.kind)
		}
	}
	for _, k := range []detectors.Kind{detectors.Email, detectors.Phone, detectors.Name, detectors.IBAN} {
		if got := fp.Of(k, " \t"); got != "" {
			t.Errorf("%s: nothing has a fingerprint", k)
		}
	}
	if fp.Of(detectors.GPS, "1,2") != "" {
		t.Error("a position has a fingerprint")
	}
	if fp.KeyID() == other.KeyID() || len(fp.KeyID()) != 16 {
		t.Error("the id does not name the key")
	}
	if _, err := NewFingerprints(testKey[:16]); err == nil {
		t.Error("a short key was taken")
	}
}

func TestParty(t *testing.T) {
	who := newIdentity(&Identity{Emails: []string{"Ana@example.org"}, Names: []string{"Ana Silva"}, Serials: []string{"SN12"}})
	for _, c := range []struct {
		kind  detectors.Kind
		value string
		want  reports.Party
	}{
		{detectors.Email, "ana@EXAMPLE.org", reports.PartyOwner},
		{detectors.Email, "bo@example.org", reports.PartyThird},
		{detectors.Name, "Silva, Ana", reports.PartyOwner},
		{detectors.Name, "Bo Berg", reports.PartyThird},
		{detectors.Face, "Ana Silva", reports.PartyOwner},
		{detectors.Face, "", reports.PartyUnknown},
		{detectors.Phone, "+15550123", reports.PartyUnknown},
		{detectors.DeviceSerial, "sn12", reports.PartyOwner},
		{detectors.DeviceSerial, "sn13", reports.PartyUnknown},
		{detectors.IP, "192.0.2.1", reports.PartyUnknown},
	} {
		if got := who.party(&detectors.Finding{Kind: c.kind, Value: c.value}); got != c.want {
			t.Errorf("%s %q: %s", c.kind, c.value, got)
		}
	}
	for notice, want := range map[string]reports.Party{"(c) 2024 Ana Silva": reports.PartyOwner, "(c) 2024 Ana Berg": reports.PartyThird, "Silva Ltd": reports.PartyThird} {
		if got := who.party(&detectors.Finding{Kind: detectors.Name, Role: detectors.RoleCopyright, Value: notice}); got != want {
			t.Errorf("copyright %q: %s", notice, got)
		}
	}
	if got := newIdentity(nil).party(&detectors.Finding{Kind: detectors.Email, Value: "x"}); got != reports.PartyUnknown {
		t.Errorf("of an unknown owner: %s", got)
	}
}

// No value gets through, whatever a detector does.
func TestEntryHoldsNoValue(t *testing.T) {
	secret := "planted.person@example.org"
	f := detectors.Finding{Kind: detectors.Email, Value: secret, Canonical: secret, Tag: "T", Confidence: 1, Why: "quotes Planted.Person@example.org"}
	for _, key := range [][]byte{nil, testKey} {
		s, err := newScan(Config{Runner: InProcess{}, Recorder: discard{}, FingerprintKey: key})
		if err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(s.entryOf(sources.Object{Key: "k"}, &Result{Findings: []Found{{Finding: f, Part: "p"}, {Finding: f, Part: "p"}}}, Attribution{}))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(bytes.ToLower(b), []byte("planted")) {
			t.Errorf("with a key of %d bytes: %s", len(key), b)
		}
	}
}

func TestSettle(t *testing.T) {
	span := func(k detectors.Kind, start, end int, conf float64) Found {
		return Found{Finding: detectors.Finding{Kind: k, Start: start, End: end, Confidence: conf, Value: strings.Repeat("v", end-start)}}
	}
	for _, c := range []struct {
		name string
		in   []Found
		want []detectors.Kind
	}{
		{"card over phone", []Found{span("phone", 0, 10, 0.5), span("payment_card", 0, 19, 0.9)}, []detectors.Kind{"payment_card"}},
		{"order makes no difference", []Found{span("payment_card", 0, 19, 0.9), span("phone", 9, 19, 0.5)}, []detectors.Kind{"payment_card"}},
		{"half is not more than half", []Found{span("payment_card", 0, 10, 0.9), span("phone", 5, 15, 0.5)}, []detectors.Kind{"payment_card", "phone"}},
		{"equals stay", []Found{span("phone", 0, 10, 0.5), span("national_id", 0, 10, 0.5)}, []detectors.Kind{"national_id", "phone"}},
		{"an address keeps its number", []Found{span("email", 0, 30, 0.9), span("phone", 0, 10, 0.5)}, []detectors.Kind{"phone", "email"}},
		{"apart", []Found{span("ip", 0, 10, 0.9), span("phone", 10, 20, 0.5)}, []detectors.Kind{"ip", "phone"}},
		{"twice", []Found{span("ip", 0, 10, 0.5), span("ip", 0, 10, 0.9)}, []detectors.Kind{"ip"}},
		{"the longer of one kind", []Found{span("email", 4, 20, 0.9), span("email", 0, 20, 0.8)}, []detectors.Kind{"email"}},
		{"side by side", []Found{span("email", 0, 12, 0.9), span("email", 10, 20, 0.8)}, []detectors.Kind{"email", "email"}},
		{"a loser of a loser", []Found{span("iban", 0, 20, 0.9), span("payment_card", 0, 19, 0.7), span("phone", 0, 10, 0.5)}, []detectors.Kind{"iban"}},
	} {
		var got []detectors.Kind
		for _, f := range new(settler).settle(c.in) {
			got = append(got, f.Kind)
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
	got := new(settler).settle([]Found{{Finding: detectors.Finding{Kind: "ip", Confidence: 0.5}}, {Finding: detectors.Finding{Kind: "ip", Confidence: 0.9}}})
	if len(got) != 1 || got[0].Confidence != 0.9 {
		t.Errorf("of equal findings the surest should stay: %d", len(got))
	}
	many := make([]Found, 50_000)
	for i := range many {
		many[i] = span("phone", 0, 10, float64(i))
	}
	new(settler).settle(many)
}

func TestEveryCodeIsExplained(t *testing.T) {
	explained := map[string]bool{}
	for _, r := range reports.Reasons() {
		explained[r.Code] = true
		if _, ok := unread[r.Code]; !ok {
			t.Errorf("%s has no coverage", r.Code)
		}
	}
	for code := range unread {
		if !explained[code] {
			t.Errorf("%s is not in reports.Reasons", code)
		}
	}
	for code := range wholly {
		if !explained[code] {
			t.Errorf("%s is not in reports.Reasons", code)
		}
	}
	for _, code := range []string{codeChanged, codeCrashed, codeUnavailable, codeUnsupported, codeLimitTime, codeLimitFound} {
		if !explained[code] {
			t.Errorf("%s is not in reports.Reasons", code)
		}
	}
}

func TestSetHash(t *testing.T) {
	if SetHash("ab", "c") == SetHash("a", "bc") {
		t.Error("two lists have one hash")
	}
	a, b := testExaminer(), testExaminer()
	if a.Hash() != b.Hash() {
		t.Error("equal examiners differ")
	}
	b.Limits.Depth = 3
	if a.Hash() == b.Hash() {
		t.Error("limits make no difference")
	}
}
