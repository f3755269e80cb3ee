package renamed

import (
	"strings"
	"testing"

	"habeas/detectors"
)

func TestDetect(t *testing.T) {
	for _, c := range []struct {
		name, ending, claimed, is string
		want                      string // values, joined
	}{
		{"as it says", ".jpg", "image/jpeg", "image/jpeg", ""},
		{"archive called a picture", ".JPG", "image/jpeg; charset=binary", "application/zip", "application/zip called .jpg|application/zip claimed to be JPEG"},
		{"picture called a text", ".txt", "", "image/png", "image/png called .txt"},
		{"program called a document", ".pdf", "", "application/vnd.microsoft.portable-executable", "application/vnd.microsoft.portable-executable called .pdf"},
		{"only the claim lies", ".png", "image/gif", "image/png", "image/png claimed to be GIF"},
		{"RAW called TIFF", ".tif", "", "image/x-nikon-nef", ""},
		{"table called text", ".txt", "text/plain", "text/csv", ""},
		{"document of Office", ".docx", "", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", ""},
		{"the default of a store", ".jpg", "binary/octet-stream", "image/jpeg", ""},
		{"the default of another store", ".jpg", "text/plain", "image/jpeg", ""},
		{"nobody knows the ending", ".ana-silva", "", "image/jpeg", ""},
		{"nobody knows the content", ".jpg", "image/jpeg", "application/octet-stream", ""},
		{"nothing is said", "", "", "image/jpeg", ""},
	} {
		p := &detectors.Part{Path: "object", Tags: []detectors.Tag{{Group: Group, Name: "Ending", Value: c.ending}, {Group: Group, Name: "ContentType", Value: c.claimed}, {Group: Group, Name: "Type", Value: c.is}}}
		var got []string
		if err := New().Detect(p, func(f detectors.Finding) {
			got = append(got, f.Value)
			if f.Kind != detectors.Renamed || f.Why == "" || f.Confidence < 0.4 {
				t.Errorf("%s: %+v", c.name, f)
			}
		}); err != nil {
			t.Error(err)
		}
		if s := strings.Join(got, "|"); s != c.want {
			t.Errorf("%s: %q, want %q", c.name, s, c.want)
		}
	}
	other := &detectors.Part{Path: "meta", Tags: []detectors.Tag{{Group: "meta", Name: "Ending", Value: ".jpg"}, {Group: "meta", Name: "Type", Value: "application/zip"}}}
	if err := New().Detect(other, func(detectors.Finding) { t.Error("an uploader's own tags were believed") }); err != nil {
		t.Error(err)
	}
}

func TestEveryEndingHasAFamily(t *testing.T) {
	for e, f := range endings {
		if families[f] == nil {
			t.Errorf("%s: no family %q", e, f)
		}
	}
}
