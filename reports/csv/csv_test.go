package csv

import (
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"slices"
	"strings"
	"testing"
	"unicode"

	"habeas/reports/reportstest"
)

func table(t *testing.T) [][]string {
	t.Helper()
	var out bytes.Buffer
	if err := reportstest.Play(New(&out)); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&out).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestNoCellIsAFormulaOrHoldsControls(t *testing.T) {
	for i, row := range table(t) {
		for _, c := range row {
			if c != "" && strings.ContainsRune("=+@\t\r", rune(c[0])) {
				t.Errorf("row %d: %q", i, c)
			}
			if strings.HasPrefix(c, "-") && strings.ContainsAny(c[1:], "+-=(") {
				t.Errorf("row %d: %q", i, c)
			}
			if strings.ContainsFunc(c, unicode.IsControl) {
				t.Errorf("row %d: %q", i, c)
			}
		}
	}
}

func TestEveryObjectHasARowAndItsKey(t *testing.T) {
	rows := table(t)
	key, exact := slices.Index(rows[0], "key"), slices.Index(rows[0], "key_base64")
	got := map[string]int{}
	for _, r := range rows[1:] {
		k := r[key]
		if r[exact] != "" {
			b, err := base64.StdEncoding.DecodeString(r[exact])
			if err != nil {
				t.Fatal(err)
			}
			k = string(b)
		}
		if len(k) > 1 && strings.ContainsRune("=+-@", rune(k[1])) {
			k = strings.TrimPrefix(k, "'")
		}
		got[k]++
	}
	for _, e := range reportstest.Entries() {
		if want := max(1, len(e.Findings)); got[e.Key] != want {
			t.Errorf("%q: %d rows, want %d", e.Key, got[e.Key], want)
		}
	}
}

func TestRowsAreAsWideAsTheHeader(t *testing.T) {
	rows := table(t)
	lat := slices.Index(rows[0], "cell_lat")
	var cells []string
	for _, r := range rows[1:] {
		if r[lat] != "" {
			cells = append(cells, r[lat], r[lat+1])
		}
	}
	if !slices.Equal(cells, []string{"37.3", "-122.1"}) {
		t.Errorf("cells %q", cells)
	}
}

func TestGuard(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "a=1": "a=1", "-1.5": "-1.5", "-122": "-122", "1": "1", "é": "é", " a": " a",
		"=1": "'=1", "+1": "'+1", "@a": "'@a", "-a": "'-a", "-": "'-", "-1+2": "'-1+2", "-.": "'-.", "-Inf": "'-Inf", "-0x1p3": "'-0x1p3",
		"\t=1": "'\t=1", "\r=1": "'\r=1", "\n=1": "'\n=1", "\tx": "'\tx",
		"＝1": "'＝1", "＋1": "'＋1", "－1": "'－1", "＠a": "'＠a",
		" =1": "' =1", "\u00a0=1": "'\u00a0=1", "\u3000＝1": "'\u3000＝1", " -1": "' -1", "=": "'=",
	} {
		if got := guard(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
