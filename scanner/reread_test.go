package scanner

import (
	"errors"
	"testing"

	"habeas/detectors"
	"habeas/reports"
	"habeas/sources"
)

func TestRereadGivesTheValuesOfTheRecord(t *testing.T) {
	src := newMemSource("mem")
	src.put("a", "box\ntext p email:a@b.example and again email:a@b.example\ntag q Artist name:Somebody\n")
	rec := newMemRecorder()
	cfg := config(rec, src)
	cfg.FingerprintKey = testKey
	scanAll(t, cfg)
	e := rec.entries()[0]
	if len(e.Findings) < 3 {
		t.Fatalf("%d findings", len(e.Findings))
	}
	r, err := NewRereader(cfg.Runner, testKey, nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := r.Reread(t.Context(), src, e)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Missing) != 0 || len(got.New) != 0 || len(got.Values) != len(e.Findings) {
		t.Fatalf("%d values, %d missing, %d new", len(got.Values), len(got.Missing), len(got.New))
	}
	for i := range e.Findings {
		f := &e.Findings[i]
		v := got.Values[f.ID]
		if v.Value == "" || Mask(&v.Finding) != f.Mask || r.Fingerprints().Of(v.Kind, v.canonical()) != f.Fingerprint || v.Part != f.Part {
			t.Errorf("finding %d is another one", i)
		}
	}

	e.Findings[0].ID = "0123456789abcdef"
	if got, err = r.Reread(t.Context(), src, e); err != nil || len(got.Missing) != 1 || len(got.New) != 1 {
		t.Errorf("an id of another finding: %v", err)
	}
	other, err := NewRereader(cfg.Runner, []byte("another key of at least 32 bytes!"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, err = other.Reread(t.Context(), src, e); err != nil || len(got.Values) != 0 {
		t.Errorf("another key gives %d values", len(got.Values))
	}

	src.put("a", "box\ntext p email:x@y.example\n")
	if _, err := r.Reread(t.Context(), src, e); !errors.Is(err, sources.ErrChanged) {
		t.Errorf("a changed object: %v", err)
	}
	nameless := *e
	nameless.ETag, nameless.Version = "", ""
	if _, err := r.Reread(t.Context(), src, &nameless); !errors.Is(err, sources.ErrChanged) {
		t.Errorf("an object that nothing identifies: %v", err)
	}
	if _, err := r.Reread(t.Context(), newMemSource("elsewhere"), e); err == nil {
		t.Error("another source is taken")
	}
}

func TestVariant(t *testing.T) {
	for _, c := range []struct {
		name        string
		kind        detectors.Kind
		value, want string
	}{
		{"a plain address", detectors.Email, "jane@example.org", ""},
		{"upper case is no variant", detectors.Email, "Jane@Example.org", ""},
		{"tag", detectors.Email, "Jane+news@example.org", "jane@example.org"},
		{"tag alone", detectors.Email, "+news@example.org", ""},
		{"dots elsewhere", detectors.Email, "j.ane@example.org", ""},
		{"dots at Gmail", detectors.Email, "j.ane+x@googlemail.com", "jane@gmail.com"},
		{"extension", detectors.Phone, "+33199001234;ext=12", "+33199001234"},
		{"no extension", detectors.Phone, "+33199001234", ""},
		{"order and comma", detectors.Name, "Silva, Ana", "ana silva"},
		{"plain name in order", detectors.Name, "ana silva", ""},
		{"marks", detectors.Name, "Zoë Müller", "muller zo"},
		{"marks spelt out", detectors.Name, "Zoe Mueller", "muller zo"},
		{"strokes", detectors.Face, "Łukasz Øst", "lukasz ost"},
		{"Cyrillic", detectors.Name, "Анна Щукина", "anna shchukina"},
		{"Greek", detectors.Name, "Ελένη Παππά", "eleni pappa"},
		{"nothing for others", detectors.IP, "192.0.2.1", ""},
	} {
		if got := Variant(c.kind, c.value); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestTerms(t *testing.T) {
	prints, err := NewFingerprints(testKey)
	if err != nil {
		t.Fatal(err)
	}
	meets := func(kind detectors.Kind, asked, stored string) (how string) {
		f := reports.Finding{Kind: string(kind), Fingerprint: prints.Of(kind, stored)}
		if v := Variant(kind, stored); v != "" {
			f.Variant = prints.Of(kind, v)
		}
		asks := kind
		if kind == detectors.Face {
			asks = detectors.Name
		}
		for _, term := range prints.Terms(asks, asked) {
			switch {
			case term.Exact && f.Fingerprint == term.Fingerprint:
				return "exact"
			case f.Fingerprint == term.Fingerprint, f.Variant != "" && f.Variant == term.Fingerprint:
				how = "loose"
			}
		}
		return how
	}
	for _, c := range []struct {
		name                string
		kind                detectors.Kind
		asked, stored, want string
	}{
		{"the same", detectors.Email, "jane@example.org", "JANE@example.org", "exact"},
		{"tag in the store", detectors.Email, "jane@example.org", "jane+a@example.org", "loose"},
		{"tag in the question", detectors.Email, "jane+a@example.org", "jane@example.org", "loose"},
		{"two tags", detectors.Email, "jane+a@example.org", "jane+b@example.org", "loose"},
		{"another person", detectors.Email, "jane@example.org", "janet@example.org", ""},
		{"name as face", detectors.Face, "jane doe", "doe jane", "loose"},
		{"accents in the store", detectors.Name, "zoe muller", "Zoë Müller", "loose"},
		{"accents in the question", detectors.Name, "zoë müller", "muller zoe", "loose"},
		{"national number", detectors.Phone, "+442079460018", "02079460018", "loose"},
		{"international number", detectors.Phone, "+442079460018", "+44 20 7946 0018", "exact"},
		{"another number", detectors.Phone, "+442079460018", "+442079460019", ""},
	} {
		if got := meets(c.kind, c.asked, c.stored); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
