package numformat

import (
	"strings"
	"testing"
)

func TestShow(t *testing.T) {
	for _, c := range []struct {
		name, code string
		n          float64
		want       string
	}{
		{"general", "General", 12025550143, "12025550143"},
		{"none", "", 12025550143, "12025550143"},
		{"long", "0", 4111111111111111, "4111111111111111"},
		{"scientific", "0.00E+00", 12025550143, "12025550143"},
		{"small", "General", 0.0000001, "0.0000001"},
		{"too large", "0", 1.5e22, "1.5e+22"},
		{"decimals", "#,##0.00", 1234567.891, "1234567.891"},
		{"currency", `#,##0 [$€-407]`, 1234, "1234"},
		{"date", "yyyy-mm-dd", 30758, "1984-03-17"},
		{"German date", `dd\.mm\.yyyy`, 30758, "1984-03-17"},
		{"date of a language", `[$-409]d\-mmm\-yy;@`, 30758.54, "1984-03-17"},
		{"date before the first", "d", 0.5, "0.5"},
		{"date after the last", "d", 2958466, "2958466"},
		{"28 February 1900", "d", 59, "1900-02-28"},
		{"1 March 1900", "d", 61, "1900-03-01"},
		{"no date in quotes", `0" days"`, 30758, "30758 days"},
		{"no date behind a backslash", `0\d`, 7, "7d"},
		{"no date in a colour", "[Red]00000", 501, "00501"},
		{"time of the day", "hh:mm", 0.25, "0.25"},
		{"elapsed time", "[h]00", 3, "3"},
		{"social security", `000\-00\-0000`, 78051120, "078-05-1120"},
		{"telephone, US", `[<=9999999]###\-####;\(###\)\ ###\-####`, 2025550143, "(202) 555-0143"},
		{"local telephone, US", `[<=9999999]###\-####;\(###\)\ ###\-####`, 5550143, "555-0143"},
		{"telephone, FR", `0#" "##" "##" "##" "##`, 199001234, "01 99 00 12 34"},
		{"telephone, from a limit on", `[>9999999]0000\ 000000;0`, 1632960000, "1632 960000"},
		{"condition that fails", `[>=5]000;General`, 3, "3"},
		{"post code", "00000", 501, "00501"},
		{"more digits than places", "00-00", 1234567, "12345-67"},
		{"fewer digits than places", "##-##", 7, "-7"},
		{"nothing in optional places", "##-##", 0, "-0"},
		{"space of a width", `_(000_)`, 7, "007"},
		{"negative", "00000", -501, "-501"},
		{"not whole", "00000", 1.5, "1.5"},
		{"text", "@", 7, "7"},
		{"open quote", `00"x`, 7, "7"},
		{"open bracket", `00[<9`, 7, "7"},
		{"bad condition", `[<x]00`, 7, "7"},
		{"too many places", strings.Repeat("0", 16), 7, "7"},
		{"too long", strings.Repeat(" ", 2000) + "00", 7, "7"},
		{"invalid UTF-8", "00\"\xff\"", 7, "07\ufffd"},
		{"ends in a backslash", `00\`, 7, "07"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Parse(c.code).Show(c.n, false); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestBuiltin(t *testing.T) {
	for id, want := range map[int]string{0: "30758", 4: "30758", 14: "1984-03-17", 18: "30758", 22: "1984-03-17", 31: "1984-03-17", 49: "30758"} {
		if got := Builtin(id).Show(30758, false); got != want {
			t.Errorf("%d: got %q, want %q", id, got, want)
		}
	}
	if got := Builtin(14).Show(29296, true); got != "1984-03-17" {
		t.Errorf("from 1904: %q", got)
	}
}

// Any format and number ends, in a text of a length that the format bounds.
func FuzzShow(f *testing.F) {
	f.Add(`[<=9999999]###\-####;\(###\)\ ###\-####`, 2025550143.0)
	f.Add(`0#" "##" "##_x*-[$-409]`, 199001234.0)
	f.Fuzz(func(t *testing.T, code string, n float64) {
		if got := Parse(code).Show(n, false); len(got) > 4*64+400 {
			t.Errorf("%d bytes", len(got))
		}
	})
}
