package detectortest

import (
	"strconv"
	"strings"
	"testing"

	"habeas/detectors"
)

// Fuzz holds every finding that d makes in any text against the contract. Seeds
// are the texts of the cases.
func Fuzz(f *testing.F, d detectors.Detector, cases []Case) {
	for i := range cases {
		if c := &cases[i]; c.Text != "" {
			f.Add(c.Text)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ToValidUTF8(text, "\uFFFD")
		// Whether a value may differ from its bytes is a matter of the case: not known here.
		_, problems := run(d, &detectors.Part{Path: "text", Text: []byte(text)}, true)
		complain(t, problems)
	})
}

// FuzzTags does the same for blocks of tags, which are written one a line: group,
// name, value and numbers, parted by tabs.
func FuzzTags(f *testing.F, d detectors.Detector, cases []Case) {
	for i := range cases {
		if c := &cases[i]; len(c.Tags) > 0 {
			f.Add(format(c.Tags))
		}
	}
	f.Fuzz(func(t *testing.T, block string) {
		_, problems := run(d, &detectors.Part{Path: "jpeg/app1/xmp", Tags: parse(block), Off: -1}, true)
		complain(t, problems)
	})
}

// complain leaves out what any fuzzer comes upon: the value "city" in a field that
// is explained as one for a city.
func complain(t *testing.T, problems []string) {
	t.Helper()
	for _, p := range problems {
		if !strings.HasSuffix(p, quotes) {
			t.Error(p)
		}
	}
}

var flat = strings.NewReplacer("\t", " ", "\n", " ")

func format(tags []detectors.Tag) string {
	var b strings.Builder
	for _, t := range tags {
		b.WriteString(flat.Replace(t.Group) + "\t" + flat.Replace(t.Name) + "\t" + flat.Replace(t.Value))
		for _, n := range t.Nums {
			b.WriteString("\t" + strconv.FormatFloat(n, 'g', -1, 64))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func parse(block string) (tags []detectors.Tag) {
	for line := range strings.Lines(strings.ToValidUTF8(block, "\uFFFD")) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(fields) < 3 || fields[1] == "" {
			continue
		}
		t := detectors.Tag{Group: fields[0], Name: fields[1], Value: strings.TrimRight(fields[2], " \x00")}
		for _, s := range fields[3:] {
			if n, err := strconv.ParseFloat(s, 64); err == nil {
				t.Nums = append(t.Nums, n)
			}
		}
		tags = append(tags, t)
	}
	return tags
}
