package plain

import (
	"archive/zip"
	"bytes"
	"strings"
	"testing"

	"habeas/scanner"
	"habeas/scanner/media"
	mediaall "habeas/scanner/media/all"
)

func docx(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, member := range [][2]string{ // in order: a test cuts it
		{"[Content_Types].xml", "<Types/>"},
		{"docProps/core.xml", `<cp:coreProperties xmlns:cp="a" xmlns:dc="b"><dc:creator>Ana Exemplo</dc:creator></cp:coreProperties>`},
		{"word/document.xml", `<w:document xmlns:w="c"><w:body><w:p><w:r><w:t>Write to ana@example.org</w:t></w:r></w:p><w:p><w:r><w:t>or to ben@example.com.</w:t></w:r></w:p></w:body></w:document>`},
	} {
		w, err := z.Create(member[0])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(member[1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestAnswer(t *testing.T) {
	e := &scanner.Examiner{Formats: mediaall.Formats(), Sniff: media.Sniff}
	long := strings.Repeat("line of a long text\n", 100_000)
	for _, tt := range []struct {
		name    string
		content []byte
		has     []string
		not     string
		reason  media.Reason
	}{
		{"document", docx(t), []string{"ana@example.org", "ben@example.com"}, "Exemplo", ""},
		{"chunks of a text come once", []byte(long), []string{long}, long + "l", ""},
		{"cut", docx(t)[:200], nil, "ana@example.org", media.Corrupt},
		{"more than is given", []byte(strings.Repeat(long, 10)), nil, "key", media.LimitBytes},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Parse(Answer(e, []byte("some/key"), bytes.NewReader(tt.content), int64(len(tt.content))))
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range tt.has {
				if !strings.Contains(string(got.Text), s) {
					t.Errorf("%d bytes of text lack %.40q", len(got.Text), s)
				}
			}
			if strings.Contains(string(got.Text), tt.not) || (got.Reason != "") != (tt.reason != "") {
				t.Errorf("%d bytes, %q: %.80q", len(got.Text), got.Reason, got.Text)
			}
		})
	}
	for _, reply := range []string{"", "no", `{"Reason":"` + strings.Repeat("x", 99) + `"}`} {
		if _, err := Parse([]byte(reply)); err == nil {
			t.Errorf("%.20q is taken for a reply", reply)
		}
	}
}
