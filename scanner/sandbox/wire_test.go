package sandbox

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"habeas/detectors"
	"habeas/reports"
	"habeas/scanner"
)

func sampleResult() scanner.Result {
	altitude := -3.5
	at := time.Date(2024, 5, 6, 7, 8, 9, 10, time.UTC)
	return scanner.Result{
		Type: "image/jpeg", Format: "jpeg", Coverage: reports.Partial, Parts: 7,
		Reasons: []reports.Reason{{Code: "corrupt", Part: "jpeg/x"}, {Code: "limit.time"}},
		Findings: []scanner.Found{
			{Part: "key", Off: -1, Detector: "email", Finding: detectors.Finding{
				Kind: detectors.Email, Role: "r", Value: "a@example.org", Canonical: "c", Start: 3, End: 16,
				Confidence: 0.75, Why: "an @", Rule: "at", Dummy: true}},
			{Part: "jpeg/app1/exif", Off: 1 << 40, Detector: "geo", Finding: detectors.Finding{
				Kind: detectors.GPS, Tag: "GPSLatitude", Confidence: 1, Invalid: true,
				Position: &detectors.Position{Lat: 1.5, Lon: -2.5, Altitude: &altitude, Time: at, Precision: 5}}},
			{Part: "jpeg/app1/exif", Finding: detectors.Finding{Position: &detectors.Position{}}},
			{Part: "", Finding: detectors.Finding{Kind: detectors.Face, Box: &detectors.Box{X: 0.1, Y: 0.2, W: 0.3, H: 0.4}}},
		},
	}
}

// manyFindings do not fit one frame, and share more sayings than are remembered.
func manyFindings() scanner.Result {
	r := scanner.Result{Coverage: reports.Complete}
	for i := range 5_000 {
		r.Findings = append(r.Findings, scanner.Found{Part: fmt.Sprint("csv/line[", i/3, "]"), Detector: "email", Off: -1, Finding: detectors.Finding{
			Kind: detectors.Email, Value: fmt.Sprint(i, "@example.org"), Start: i, End: i + 9, Confidence: float64(i%7) / 10, Why: strings.Repeat("w", i%100)}})
	}
	return r
}

// pieces codes r as frames of a result.
func pieces(r *scanner.Result, bits byte) (out [][]byte) {
	var e encoder
	last, _ := e.result(r, bits, func(b []byte) error {
		out = append(out, bytes.Clone(b))
		return nil
	})
	return append(out, last)
}

func TestResultRoundTrip(t *testing.T) {
	for name, r := range map[string]scanner.Result{"full": sampleResult(), "many": manyFindings(), "empty": {Coverage: reports.Complete}} {
		got, bits, ok := decodeResult(pieces(&r, bitCrowded), nil)
		if !ok || bits != bitCrowded {
			t.Errorf("%s: ok is %t, bits are %b", name, ok, bits)
		}
		if d := cmp.Diff(r, got, cmpopts.IgnoreUnexported(scanner.Result{})); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

func TestJobRoundTrip(t *testing.T) {
	for name, j := range map[string]scanner.Job{
		"full": {Size: 1 << 50, Subject: scanner.Subject{Key: "k\xff", Claimed: "image/png", Meta: map[string]string{"a": "b", "c": ""}, Tags: map[string]string{"t": "u"}, Regions: []string{"FR", "DE"}}},
		"none": {},
	} {
		got, head, ok := decodeJob(append(appendJob(nil, &j), "first bytes"...))
		if !ok || string(head) != "first bytes" {
			t.Errorf("%s: ok is %t, head is %q", name, ok, head)
		}
		if d := cmp.Diff(j, got); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

// What a worker sends is only as good as what it has read.
func FuzzDecodeResult(f *testing.F) {
	r := sampleResult()
	good := pieces(&r, 0)[0]
	for i := 0; i <= len(good); i += 7 {
		f.Add(good[:i])
	}
	f.Add(append([]byte{0, 0, 0, 8}, "complete\x01\x01\x01\x01\x01\x01\x00\xff\xff\xff\x0f"...))
	f.Add([]byte(strings.Repeat("\xff", 100)))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, bits, ok := decodeResult([][]byte{b}, nil)
		if !ok {
			return
		}
		once := pieces(&r, bits)
		again, bits2, ok := decodeResult(once, make([]scanner.Found, 0, 2))
		if !ok || bits != bits2 || !cmp.Equal(pieces(&again, bits), once) {
			t.Error("a result changes on its way")
		}
	})
}

func FuzzDecodeJob(f *testing.F) {
	j := scanner.Job{Size: 9, Subject: scanner.Subject{Key: "k", Meta: map[string]string{"a": "b"}, Regions: []string{"FR"}}}
	f.Add(appendJob(nil, &j))
	f.Add([]byte("\xff\xff\xff\xff"))
	f.Add([]byte("\x04\x00\x00\x00\x00\x00\xff\x7f"))
	f.Fuzz(func(t *testing.T, b []byte) {
		_, head, _ := decodeJob(b)
		if len(head) > len(b) {
			t.Error("more first bytes than came")
		}
	})
}
