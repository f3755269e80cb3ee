package html

import (
	"bytes"
	"io"
	"testing"

	"habeas/detectors"
	"habeas/scanner/media"
)

// places collects what a page says and where it says it stands.
type places struct {
	t    *testing.T
	page []byte
	n    int
}

func (p *places) Part(part *detectors.Part) error {
	for _, x := range part.Pieces {
		if got := p.page[x.Off : x.Off+int64(x.End-x.Start)]; !bytes.Equal(got, part.Text[x.Start:x.End]) {
			p.t.Errorf("%s: piece %d is not what stands at %d", part.Path, x.Start, x.Off)
		}
		p.n += x.End - x.Start
	}
	for _, tag := range part.Tags {
		if tag.At > 0 && !bytes.HasPrefix(p.page[tag.At-1:], []byte(tag.Value)) {
			p.t.Errorf("%s does not stand at %d", tag.Name, tag.At-1)
		}
		if tag.At > 0 {
			p.n += len(tag.Value)
		}
	}
	return nil
}

func (p *places) Nested(string, *io.SectionReader) error { return nil }
func (p *places) Problem(string, media.Reason)           {}

// TestPlaces checks every place that is told against the bytes of the page.
func TestPlaces(t *testing.T) {
	const page = "\xef\xbb\xbf<!-- a@example.org --><p title='b@example.org'>Write to\n  c@example.org,  or d&#64;example.org</p>" +
		"<a href=\"mailto:e@example.org?subject=x\">E</a><script>var f = 'f@example.org'</script><a href='tel:+1-555-0100'>call</a>" +
		"<p>\u00adg\u200b@example.org \r\n h@example.org"
	for name, b := range map[string][]byte{"whole": []byte(page), "long": bytes.Repeat([]byte(page[3:]), 4000)} {
		p := &places{t: t, page: b}
		if err := New().Walk(bytes.NewReader(b), int64(len(b)), p); err != nil {
			t.Fatal(err)
		}
		if p.n < len(b)/4 {
			t.Errorf("%s: %d of %d bytes have a place", name, p.n, len(b))
		}
	}
}
