//go:build browser

package browsertest

import (
	"fmt"
	"strings"

	"habeas/reports"
	"habeas/reports/reportstest"
)

// hostile are strings that try to run, to break out, or to look like another.
func hostile() []string {
	return append(reportstest.Hostile(),
		`<svg onload="window.pwned=1">`, `<img src=x onerror="window.pwned=1">`, `--><script>window.pwned=1</script>`,
		`</style><script>window.pwned=1</script>`, `</title><script>window.pwned=1</script>`, `</select></form><script>window.pwned=1</script>`,
		`"autofocus onfocus="window.pwned=1`, "`${window.pwned=1}`", `\u003cscript>window.pwned=1\u003c/script>`, `&lt;script&gt;`, `&#x3C;b&#x3E;`,
		`<base href="https://example.org/">`, `<meta http-equiv="refresh" content="0;url=https://example.org/">`, `<link rel=stylesheet href=//example.org/x>`,
		`<iframe src="https://example.org/"></iframe>`, `<a href="https://example.org/" ping="https://example.org/">x</a>`,
		`url(https://example.org/x.png)`, `;background:url(//example.org)`, `__proto__`, `constructor`, `toString`,
		"\u200e\u200f\u202a\u2066RTL\u05d0\u05d1\u2069", "\u0000", "\U000e0041tag", "e\u0301 and é", "\x1b[31mred\x1b[0m", strings.Repeat("A", 1<<20),
	)
}

const print = "%032x"

// finding is a plain one.
func finding(n int, kind string, party reports.Party) reports.Finding {
	return reports.Finding{ID: fmt.Sprintf(print, n), Kind: kind, Party: party, Mask: fmt.Sprintf("m%d***", n), Fingerprint: fmt.Sprintf(print, n%7),
		Part: "jpeg/app1/xmp", Tag: "dc:creator", Confidence: 0.9, Why: "a reason", Detector: "person"}
}

// scan is a made-up one with everything that a page can show: several owners,
// third parties who recur, faces, positions, notes, test values, all states of
// coverage, conflicts and sidecars.
func scan() []*reports.Entry {
	out := reportstest.Entries()
	plain := out[:0]
	for _, e := range out {
		if e.Owner.ID == "ana" || e.Owner.ID == "ben" || e.Owner.ID == "" {
			plain = append(plain, e)
		}
	}
	at := func(n int64) *int64 { return &n }
	kinds := []string{"name", "email", "phone", "device_serial", "ip", "passport", "payment_card", "date_of_birth"}
	for i := range 120 {
		e := *plain[0]
		e.Source, e.Key, e.Owner = "uploads", fmt.Sprintf("users/cleo/%03d a photo & more.jpg", i), reports.Owner{ID: "cleo", Rule: "template users/{owner}/**"}
		if i%3 == 0 {
			e.Owner.ID = "dan"
		}
		e.Coverage, e.Reasons, e.Findings, e.Conflicts, e.SidecarOf = reports.Complete, nil, nil, nil, ""
		for n, kind := range kinds[:1+i%len(kinds)] {
			f := finding(i*100+n, kind, []reports.Party{reports.PartyOwner, reports.PartyThird, reports.PartyUnknown}[(i+n)%3])
			if kind == "name" {
				f.Role = []string{"creator", "person"}[i%2]
				f.Month = fmt.Sprintf("20%02d-%02d", 10+i%12, 1+i%12)
			}
			if n == 2 {
				f.Start, f.End, f.Tag = at(10), at(20), ""
			}
			if n == 5 {
				f.Dummy = true
			}
			e.Findings = append(e.Findings, f)
		}
		if i%5 == 0 {
			f := finding(i*100+50, "face", reports.PartyThird)
			f.Box = &reports.Box{X: 0.4, Y: 0.2, W: 0.2, H: 0.3}
			g := finding(i*100+51, "gps", reports.PartyUnknown)
			g.Fingerprint, g.Cell, g.Month, g.Mask = "", &reports.Cell{Lat: 37.3, Lon: -122.1}, "2024-05", "near 37.3, -122.1 (0.1° cell)"
			e.Findings = append(e.Findings, f, g)
		}
		if i%40 == 7 {
			e.Coverage, e.Reasons = reports.Partial, []reports.Reason{{Code: "truncated", Part: "jpeg"}}
		}
		plain = append(plain, &e)
	}
	return plain
}

// hostileScan puts each string of hostile into every field of one owner's
// objects, and into the names of owners.
func hostileScan() []*reports.Entry {
	var out []*reports.Entry
	for i, h := range hostile() {
		f := finding(i, "email", reports.PartyThird)
		f.Mask, f.Part, f.Tag, f.Why, f.Role, f.Month = h, h, h, h, h, h
		if len(h) > 1000 { // a role is a word of ours and an owner's name is short: one huge text a field is enough
			f.Role, f.Month, f.Tag, f.Part = "", "", "long", "text"
		}
		box := f
		box.ID, box.Kind, box.Box = f.ID+"-1", "face", &reports.Box{X: 0.1, Y: 0.1, W: 0.5, H: 0.5}
		box.Mask, box.Why = "J***", "named face region"
		e := &reports.Entry{Source: "uploads", Key: h, Version: h, ETag: h, Type: h, Size: 1, Coverage: reports.Partial,
			Reasons: []reports.Reason{{Code: "corrupt", Part: h}}, Owner: reports.Owner{ID: "mallory", Rule: h},
			Conflicts: []reports.Conflict{{ID: h, Tenant: h, Rule: h}}, SidecarOf: h, Findings: []reports.Finding{f, box}}
		if len(h) > 1000 {
			e.Version, e.ETag, e.Type, e.Reasons[0].Part, e.Conflicts, e.SidecarOf, e.Owner.Rule = "v", "e", "text/plain", "text", nil, "", "r"
		}
		out = append(out, e)
		if len(h) <= 1000 {
			other := *e
			other.Key, other.Owner = "z"+h, reports.Owner{ID: h, Tenant: h, Rule: h}
			out = append(out, &other)
		}
	}
	return out
}

// tenThousand is one owner with 10,000 findings in 1,000 objects.
func tenThousand() []*reports.Entry {
	kinds := []string{"name", "email", "phone", "device_serial", "ip"}
	var out []*reports.Entry
	for i := range 1000 {
		e := &reports.Entry{Source: "uploads", Key: fmt.Sprintf("users/ana/album %02d/IMG_%05d.jpg", i/50, i), ETag: fmt.Sprintf(print, i), Size: 2345678,
			Type: "image/jpeg", Format: "jpeg", Coverage: reports.Complete, Owner: reports.Owner{ID: "ana", Rule: "template users/{owner}/**"}}
		for n := range 10 {
			e.Findings = append(e.Findings, finding(i*10+n, kinds[n%len(kinds)], reports.PartyThird))
		}
		out = append(out, e)
	}
	return out
}
