// Package reportstest is a made-up scan for tests of report handlers: several
// owners, third parties, every state of coverage, and strings that attack the
// sink they are shown in.
package reportstest

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"habeas/reports"
)

// Hostile are strings that an uploader may put into a key, a tag, a name or a
// part path.
func Hostile() []string {
	return []string{
		`<script>alert(1)</script>`,
		`"><img src=x onerror=alert(1)>`,
		`</script><script>alert(2)</script>`,
		`' onmouseover='alert(3)`,
		`javascript:alert(4)`,
		`{{.Owner}}${7*7}`,
		"=HYPERLINK(\"http://example.org\",\"x\")",
		"+1+1", "-2+3", "@SUM(A1)", "\tcmd", "\rcmd",
		"\x1b[2J\x1b]8;;http://example.org\x07x",
		"\u202egpj.exe\u202c", "zero\u200bwidth", "nul\x00byte", "line\nbreak\u2028sep",
		"bad utf-8 \xff\xfe", "a\\b",
		"../../etc/passwd", "CON", ".", strings.Repeat("long ", 2000),
	}
}

// Run is the head of the made-up scan.
func Run() *reports.Run {
	return &reports.Run{Schema: reports.SchemaVersion, Tool: "habeas test", AsOf: time.Date(2026, 5, 4, 3, 2, 0, 0, time.UTC),
		Sources: []string{"uploads"}, Complete: true, OwnerRules: "template users/{owner}/**",
		Detectors: []string{"email", "face", "geo", "person"}, KeyID: "0123abcd"}
}

// Entries of the made-up scan, in byte order of key.
func Entries() []*reports.Entry {
	at := func(n int64) *int64 { return &n }
	ana := reports.Owner{ID: "ana", Rule: "template users/{owner}/**"}
	ben := reports.Owner{ID: "ben", Tenant: "club", Rule: "tag owner"}
	email := reports.Finding{ID: "f-mail", Kind: "email", Party: reports.PartyThird, Mask: "j***@e***.org", Fingerprint: "aa11", Part: "text",
		Start: at(120), End: at(135), Confidence: 0.9, Why: "known top-level domain", Detector: "email"}
	gps := reports.Finding{ID: "f-gps", Kind: "gps", Party: reports.PartyUnknown, Mask: "in the 0.1° cell at 37.3, -122.1", Part: "jpeg/app1/exif", Tag: "GPSLatitude",
		Confidence: 0.99, Why: "degrees with hemisphere", Detector: "geo", Cell: &reports.Cell{Lat: 37.3, Lon: -122.1}, Month: "2024-05"}
	face := reports.Finding{ID: "f-face", Kind: "face", Party: reports.PartyThird, Mask: "J*** D***", Fingerprint: "bb22", Part: "jpeg/app1/xmp", Tag: "mwg-rs:Regions",
		Confidence: 0.95, Why: "named face region", Detector: "face", Rule: "mwg-region", Box: &reports.Box{X: 0.41, Y: 0.18, W: 0.12, H: 0.16}}
	name := reports.Finding{ID: "f-name", Kind: "name", Role: "creator", Party: reports.PartyOwner, Mask: "A*** S***", Fingerprint: "cc33", Part: "jpeg/app1/exif", Tag: "Artist",
		Confidence: 0.9, Why: "Artist field", Detector: "person"}
	dummy := email
	dummy.ID, dummy.Dummy = "f-dummy", true
	invalid := gps
	invalid.ID, invalid.Invalid, invalid.Cell, invalid.Month, invalid.Mask = "f-bad", true, nil, "", "not a position"
	modified := time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)
	base := func(key string, o reports.Owner, c reports.Coverage, fs ...reports.Finding) *reports.Entry {
		return &reports.Entry{Source: "uploads", Key: key, ETag: "e1", Size: 48211, Modified: modified, Type: "image/jpeg", Format: "jpeg", Coverage: c, Owner: o, Findings: fs}
	}
	out := []*reports.Entry{
		base("users/ana/a.jpg", ana, reports.Complete, gps, name, face),
		base("users/ana/b.txt", ana, reports.Complete, email, dummy),
		base("users/ana/c.jpg", ana, reports.Partial, invalid),
		base("users/ben/clean.jpg", ben, reports.Complete),
		base("lost/cold.bin", reports.Owner{}, reports.Skipped),
		base("lost/broken.jpg", reports.Owner{}, reports.Failed),
	}
	out[1].Type, out[1].Format = "text/plain", "text"
	out[2].Reasons = []reports.Reason{{Code: "truncated", Part: "jpeg"}}
	out[3].Conflicts = []reports.Conflict{{ID: "ana", Rule: "metadata owner"}}
	out[4].Reasons, out[4].Type, out[4].Format = []reports.Reason{{Code: "archived"}}, "", ""
	out[5].Reasons = []reports.Reason{{Code: "corrupt"}}
	for i, h := range Hostile() {
		f := email
		f.ID, f.Mask, f.Part, f.Tag, f.Why = "f-h"+string(rune('a'+i)), h, h, h, h
		f.Start, f.End = nil, nil
		e := base(h, reports.Owner{ID: h, Tenant: h, Rule: h}, reports.Partial, f)
		e.Type, e.Version, e.ETag = h, h, h
		e.Reasons = []reports.Reason{{Code: "corrupt", Part: h}}
		e.Conflicts = []reports.Conflict{{ID: h, Rule: h}}
		e.SidecarOf = h
		out = append(out, e)
	}
	slices.SortFunc(out, func(a, b *reports.Entry) int { return cmp.Compare(a.Key, b.Key) })
	return out
}

// Play sends the made-up scan to h, grouped by owner if h asks for that, as the
// record would.
func Play(h reports.Handler) error {
	return PlayEntries(h, Run(), Entries())
}

// PlayEntries sends any entries to h.
func PlayEntries(h reports.Handler, run *reports.Run, entries []*reports.Entry) error {
	if _, ok := h.(reports.Grouped); ok {
		entries = slices.Clone(entries)
		slices.SortStableFunc(entries, func(a, b *reports.Entry) int {
			return cmp.Or(cmp.Compare(unowned(a), unowned(b)), cmp.Compare(a.Owner.Tenant, b.Owner.Tenant), cmp.Compare(a.Owner.ID, b.Owner.ID))
		})
	}
	if err := h.Begin(run); err != nil {
		return err
	}
	s := reports.NewSummary()
	owners := map[[2]string]bool{}
	for _, e := range entries {
		s.Add(e)
		if e.Owner.ID != "" {
			owners[[2]string{e.Owner.Tenant, e.Owner.ID}] = true
		}
		if err := h.Entry(e); err != nil {
			return err
		}
	}
	s.Owners = int64(len(owners))
	return h.End(s)
}

func unowned(e *reports.Entry) int {
	if e.Owner.ID == "" {
		return 1
	}
	return 0
}
