package detectortest

import (
	"bytes"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"unsafe"

	"habeas/detectors"
)

// word finds "zebra" in text and in tags. break changes what it does.
type word struct {
	brk func(p *detectors.Part, f *detectors.Finding) bool // false: the finding is not made
	err error
}

func (w word) Info() detectors.Info {
	return detectors.Info{Name: "word", Version: 1, Kinds: []detectors.Kind{detectors.Email}, Finds: "zebras", Example: "zebra"}
}

func (w word) Detect(p *detectors.Part, found func(detectors.Finding)) error {
	detectors.EachText(p, func(text []byte, tag *detectors.Tag) {
		for at := 0; ; {
			i := bytes.Index(text[at:], []byte("zebra"))
			if i < 0 {
				return
			}
			f := detectors.Finding{Kind: detectors.Email, Value: string(text[at+i : at+i+5]), Confidence: 0.9, Why: "an animal", Rule: "word", Start: at + i, End: at + i + 5}
			if tag != nil {
				f.Tag, f.Start, f.End = tag.Name, 0, 0
			}
			if w.brk == nil || w.brk(p, &f) {
				found(f)
			}
			at += i + 5
		}
	})
	return w.err
}

var zebras = []Case{
	{Name: "one", Text: "a zebra", Want: []detectors.Finding{{Kind: detectors.Email, Value: "zebra", Start: 2, End: 7}}},
	{Name: "two", Text: "zebra\nzebra", Want: []detectors.Finding{{Kind: detectors.Email, Value: "zebra"}, {Kind: detectors.Email, Value: "zebra"}}},
	{Name: "none", Text: "a horse"},
	{Name: "tag", Tags: []detectors.Tag{{Group: "XMP", Name: "dc:title", Value: "zebra"}}, Want: []detectors.Finding{{Kind: detectors.Email, Value: "zebra", Tag: "dc:title", Confidence: 0.5}}},
}

func TestAcceptsAGoodDetector(t *testing.T) { Accept(t, word{}, zebras) }

func FuzzGood(f *testing.F)     { Fuzz(f, word{}, zebras) }
func FuzzGoodTags(f *testing.F) { FuzzTags(f, word{}, zebras) }

// TestRefuses runs detectors that break one promise each.
func TestRefuses(t *testing.T) {
	var calls atomic.Int64
	tests := []struct {
		name string
		brk  func(p *detectors.Part, f *detectors.Finding) bool
		err  error
		says string
	}{
		{"error", nil, errors.New("no"), "Detect failed"},
		{"range", func(_ *detectors.Part, f *detectors.Finding) bool { f.End++; return true }, nil, "not what stands"},
		{"confidence", func(_ *detectors.Part, f *detectors.Finding) bool { f.Confidence = 1.5; return true }, nil, "confidence"},
		{"low confidence", func(_ *detectors.Part, f *detectors.Finding) bool { f.Confidence = 0.3; return true }, nil, "not found"},
		{"quoting why", func(_ *detectors.Part, f *detectors.Finding) bool { f.Why = "a Zebra!"; return true }, nil, "quotes"},
		{"no why", func(_ *detectors.Part, f *detectors.Finding) bool { f.Why = ""; return true }, nil, "no Why"},
		{"no rule", func(_ *detectors.Part, f *detectors.Finding) bool { f.Rule = ""; return true }, nil, "no Rule"},
		{"foreign kind", func(_ *detectors.Part, f *detectors.Finding) bool { f.Kind = detectors.Phone; return true }, nil, "Info does not name"},
		{"role", func(_ *detectors.Part, f *detectors.Finding) bool { f.Role = "boss"; return true }, nil, "only a name"},
		{"box", func(_ *detectors.Part, f *detectors.Finding) bool { f.Box = &detectors.Box{W: 2, H: 1}; return true }, nil, "only a face"},
		{"changes the text", func(p *detectors.Part, f *detectors.Finding) bool {
			if f.Tag == "" {
				p.Text[0] = 'Z'
			}
			return true
		}, nil, "changed"},
		{"keeps the text", func(p *detectors.Part, f *detectors.Finding) bool {
			if f.Tag == "" {
				f.Value = unsafe.String(&p.Text[f.Start], 5)
			}
			return true
		}, nil, "UTF-8"},
		{"only at the start", func(_ *detectors.Part, f *detectors.Finding) bool { return f.Start < 50 }, nil, "middle"},
		{"only in short texts", func(p *detectors.Part, f *detectors.Finding) bool { return len(p.Text) < 64<<10 }, nil, "256 KiB"},
		{"only in ASCII", func(p *detectors.Part, _ *detectors.Finding) bool {
			return !bytes.ContainsFunc(p.Text, func(r rune) bool { return r > 127 })
		}, nil, "beside"},
		{"not in CRLF", func(p *detectors.Part, _ *detectors.Finding) bool { return !bytes.Contains(p.Text, []byte("\r")) }, nil, "CRLF"},
		{"not in tags", func(p *detectors.Part, f *detectors.Finding) bool { return len(p.Tags) == 0 }, nil, "as a tag"},
		{"not in chunks", func(p *detectors.Part, f *detectors.Finding) bool { return p.Lead == 0 }, nil, "chunk edge"},
		{"has state", func(*detectors.Part, *detectors.Finding) bool { return calls.Add(1)%3 > 0 }, nil, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var all []string
			for i := range zebras {
				all = append(all, examine(word{brk: tt.brk, err: tt.err}, &zebras[i])...)
			}
			if len(all) == 0 || !strings.Contains(strings.Join(all, "\n"), tt.says) {
				t.Errorf("want a complaint about %q, got %d others", tt.says, len(all))
			}
		})
	}
}

func TestInfo(t *testing.T) {
	if got := checkInfo(detectors.Info{Name: "Two Words", Kinds: []detectors.Kind{"nonsense"}, Finds: "a\nb"}); len(got) != 5 {
		t.Errorf("got %d complaints: %q", len(got), got)
	}
}
