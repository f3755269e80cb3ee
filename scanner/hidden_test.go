package scanner

import (
	"fmt"
	"strings"
	"testing"

	"habeas/detectors"
	"habeas/sources"
)

// What is remembered is what would be made anew, for more values than there is
// room for.
func TestRememberedIsWhatIsMade(t *testing.T) {
	prints, err := NewFingerprints([]byte(strings.Repeat("k", MinKey)))
	if err != nil {
		t.Fatal(err)
	}
	s := &scan{prints: prints}
	for round := range 4 {
		for i := range maxHidden + 100 {
			f := &Found{Finding: detectors.Finding{Kind: detectors.Email, Value: fmt.Sprintf("Ana%d+x@example.org", i), Doubtful: i%2 == 1}}
			if i%3 == 0 {
				f.Canonical = fmt.Sprintf("ana%d+y@example.org", i)
			}
			if i%5 == 0 {
				f.Kind = detectors.Name
			}
			if got, want := s.hiddenOf(f, new(keep)), s.hide(f, new(keep)); got != want || want.fingerprint == "" || want.mask == "" {
				t.Fatalf("round %d: %+v, want %+v", round, got, want)
			}
			if len(s.hidden.known) > maxHidden {
				t.Fatalf("%d values are remembered", len(s.hidden.known))
			}
		}
	}
	if len(s.hidden.known) == 0 {
		t.Error("nothing is remembered")
	}
	long := &Found{Finding: detectors.Finding{Kind: detectors.Name, Value: strings.Repeat("Ana ", maxHiddenValue)}}
	where := &Found{Finding: detectors.Finding{Kind: detectors.GPS, Position: &detectors.Position{Lat: 1, Lon: 2}}}
	s.hidden = memory{}
	for _, f := range []*Found{long, where} {
		if s.hiddenOf(f, new(keep)); len(s.hidden.known) != 0 {
			t.Errorf("%s is remembered", f.Kind)
		}
	}
	other := &Found{Finding: detectors.Finding{Kind: detectors.GPS, Position: &detectors.Position{Lat: -3, Lon: 2}}}
	if got := s.hiddenOf(other, new(keep)).mask; got != "near -3.0, 2.0 (0.1° cell)" {
		t.Error(got)
	}
}

func TestContainsFold(t *testing.T) {
	for _, c := range []struct {
		s, part string
		want    bool
	}{
		{"the field for Ana Silva", "ana silva", true},
		{"ANA", "ana", true},
		{"an", "ana", false},
		{"", "", true},
		{"aaab", "aab", true},
		{"é ana", "ANA", true},
		{"ana é", "É", true},
		{"x ÉTÉ", "été", true},
		{"kelvin", "\u212aelvin", true},
		{"ana", "é", false},
		{"\xff\xfe", "\xfe", true},
	} {
		if got := containsFold(c.s, c.part); got != c.want {
			t.Errorf("%q in %q: %v", c.part, c.s, got)
		}
		if want := strings.Contains(strings.ToLower(c.s), strings.ToLower(c.part)); want != c.want {
			t.Errorf("%q in %q should be %v", c.part, c.s, want)
		}
	}
}

// Few findings and many are numbered alike.
func TestSameIDsAreNumbered(t *testing.T) {
	for _, n := range []int{fewFindings, fewFindings + 1, 1_000} {
		s := &scan{}
		res := &Result{Findings: make([]Found, n)}
		for i := range res.Findings {
			res.Findings[i] = Found{Part: fmt.Sprint("p", i%3), Finding: detectors.Finding{Kind: detectors.Name, Value: "Ana Silva"}}
		}
		seen := map[string]bool{}
		var bare []string
		for _, f := range s.entryOf(sources.Object{Key: "k"}, res, Attribution{}).Findings {
			if seen[f.ID] {
				t.Errorf("%s is there twice", f.ID)
			}
			seen[f.ID] = true
			if !strings.Contains(f.ID, "-") {
				bare = append(bare, f.ID)
			}
		}
		for _, id := range bare {
			for i := 1; i < n/3; i++ {
				if !seen[fmt.Sprintf("%s-%d", id, i)] {
					t.Errorf("%d findings: no %s-%d", n, id, i)
				}
			}
		}
		if len(bare) != 3 {
			t.Errorf("%d findings: %q", n, bare)
		}
	}
}
