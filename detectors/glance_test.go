package detectors

import "testing"

// TestGlance checks what one look at a value tells.
func TestGlance(t *testing.T) {
	for _, tt := range []struct {
		name, value     string
		digits, letters int
		high            bool
	}{
		{"nothing", "", 0, 0, false},
		{"a date", "2026:01:31 12:00:00", 14, 0, false},
		{"both cases", "aZzA09@[`{", 2, 4, false},
		{"beyond ASCII", "Zoë 7", 1, 2, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g := GlanceAt(tt.value)
			if g.Len != len(tt.value) || g.Digits != tt.digits || g.Letters != tt.letters || g.High != tt.high {
				t.Errorf("got %+v", g)
			}
		})
	}
}

// TestGlanceSets checks Any and All against the bytes themselves.
func TestGlanceSets(t *testing.T) {
	g := GlanceAt("Session=4@x")
	for _, tt := range []struct {
		set      string
		any, all bool
	}{
		{"", false, true}, {"=", true, true}, {"@[", true, false}, {"session", true, true},
		{"S", true, true}, {"E", false, false}, {"sessid", true, false}, {"{`", false, false}, {"é", false, true},
	} {
		if got := g.Any(Bytes(tt.set)); got != tt.any {
			t.Errorf("Any(%q) is %t", tt.set, got)
		}
		if got := g.All(Bytes(tt.set)); got != tt.all {
			t.Errorf("All(%q) is %t", tt.set, got)
		}
	}
}
