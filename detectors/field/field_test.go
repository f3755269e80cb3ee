package field

import (
	"strings"
	"testing"
)

func TestKey(t *testing.T) {
	for name, want := range map[string]string{
		"GPSLatitude":   "gpslatitude",
		"dc:creator[1]": "dc:creator",
		"mwg-rs:Regions/mwg-rs:RegionList[12]/mwg-rs:Name": "mwg-rs:regions/mwg-rs:regionlist/mwg-rs:name",
		"broken[1":      "broken",
		"a[1][2]/b[]/c": "a/b/c",
	} {
		if got := Key(name); got != want {
			t.Errorf("Key(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestSteps(t *testing.T) {
	const name = "mwg-rs:Regions/mwg-rs:RegionList[2]/mwg-rs:Area/stArea:x"
	if got := Parent(name); got != "mwg-rs:Regions/mwg-rs:RegionList[2]/mwg-rs:Area" {
		t.Errorf("Parent: %q", got)
	}
	key := Key(name)
	if Last(key) != "starea:x" || Local(key) != "x" || Prefix(key) != "starea" || Parent("Artist") != "" || Prefix("artist") != "" {
		t.Errorf("steps of %q: %q %q %q", key, Last(key), Local(key), Prefix(key))
	}
	item, rest, ok := Item(name, "regionlist")
	if item != "mwg-rs:Regions/mwg-rs:RegionList[2]" || rest != "area/x" || !ok {
		t.Errorf("Item: %q %q %t", item, rest, ok)
	}
	if _, rest, ok := Item("a:List[1]", "list"); rest != "" || !ok {
		t.Errorf("Item at the end: %q %t", rest, ok)
	}
	if _, _, ok := Item(name, "list"); ok {
		t.Error("Item takes part of a step")
	}
}

func TestJudge(t *testing.T) {
	for value, want := range map[string]Likeness{
		"Ana Silva":                       Person,
		"Silva, Ana":                      Person,
		"王小明":                             Person,
		"Мария Соколова":                  Person,
		"Siobhán O’Reilly":                Person,
		"Apple Martin":                    Person,
		"anasilva":                        Handle,
		"ana@example.org":                 Handle,
		"ana_silva_photos":                Handle,
		"Example Pictures Ltd":            Company,
		"University of Example":           Company,
		"CC BY-SA 4.0":                    Licence,
		"(c) All rights reserved":         Licence,
		"publicDomain":                    Licence,
		"OLYMPUS DIGITAL CAMERA":          NoName,
		"unknown":                         NoName,
		"Adobe Photoshop CS6 (Macintosh)": NoName,
		"Picasa 3.0":                      NoName,
		"0000000":                         NoName,
		"---":                             NoName,
		"xxxx":                            NoName,
		"":                                NoName,
	} {
		if got := Judge(value); got != want {
			t.Errorf("Judge(%q) = %d, want %d", value, got, want)
		}
	}
}

func TestCanonicalName(t *testing.T) {
	for _, same := range [][]string{
		{"Ana Silva", "SILVA, Ana", " ana  silva "},
		{"Siobhán O'Reilly", "Siobha\u0301n O’Reilly"},
		{"王小明", "王小明 "},
	} {
		for _, s := range same[1:] {
			if CanonicalName(s) != CanonicalName(same[0]) {
				t.Errorf("%q and %q differ: %q, %q", s, same[0], CanonicalName(s), CanonicalName(same[0]))
			}
		}
	}
	if CanonicalName("---") != "---" || CanonicalName("Ana Silva") == CanonicalName("Ana Souza") {
		t.Error("canonical forms of other names")
	}
}

func TestBlank(t *testing.T) {
	for value, want := range map[string]bool{"": true, "N/A": true, "-": true, "0 0 0": true, "unknown": true, "Galway": false, "10": false, "X-ray": false} {
		if got := Blank(value); got != want {
			t.Errorf("Blank(%q) = %t", value, got)
		}
	}
}

// TestPlain: the short way gives what the long one does.
func TestPlain(t *testing.T) {
	for _, value := range []string{"", " ", "Ana Silva", "Silva, Ana", "SILVA  ana", "O'Brien, J. R.", "a b a", "ab a abc", "Jean-Luc 2nd", "--", "'", "Ana\x00Silva\x7f", "Z a 9 '",
		"a b c d e f g h i j k l m n o p q r s t u v w x y z", "0123456789 abcdefghijklmnopqrstuvwxyz ABCDEFGHIJK", "Ana Süß", "Ana\u2019s", "\xff", "Ana \xff",
		"Adobe Photoshop 7", "adobe", "aaa", "a a", "CC BY SA", "Acme, Ltd.", "x_y", "ana@example.org", "0 0 0", "000", "xx x", "N/A", "Not-Available", "unknown", "A1234567", "12 ab"} {
		words := wordsOf(value)
		flat := strings.Join(words, " ")
		if got, want := Judge(value), judge(value, words, flat); got != want {
			t.Errorf("%q is judged %d, want %d", value, got, want)
		}
		if got, want := Blank(value), blank(flat); got != want {
			t.Errorf("%q: blank %t, want %t", value, got, want)
		}
		if got, want := CanonicalName(value), canonical(value, words); got != want {
			t.Errorf("%q: %q, want %q", value, got, want)
		}
	}
}
