package detectortest

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"habeas/detectors"
)

// padding is prose without anything personal in it, and without digits.
const paddingLine = "The harbour wakes slowly and the gulls complain above wet roofs.\n"

func padding(size int) string {
	return strings.Repeat(paddingLine, size/len(paddingLine)+1)
}

// overlap is how much context a chunk of the kit has at each end.
const overlap = 4 << 10

// neighbours are texts in other scripts to stand directly before and after a value.
var neighbours = []struct{ name, before, after string }{
	{"beside CJK", "連絡先は次のとおりです。「", "」以上、よろしくお願いします。"},
	{"beside Arabic", "يرجى التواصل معنا عبر ما يلي، ", " ، وشكرا جزيلا لكم"},
	{"beside Cyrillic", "Пожалуйста, запишите: ", " — большое спасибо"},
	{"beside combining marks", "re\u0301sume\u0301 de\u0301ja\u0300 ", " e\u0301te\u0301"},
	{"beside emoji", "👩🏽‍🚀 ", " 🏖️"},
}

// examineText sets a text case in its surroundings.
func examineText(d detectors.Detector, c *Case) (problems []string) {
	alone := trialOf(c, "alone", c.Text, c.Want)
	problems = alone.run(d)
	if len(problems) > 0 {
		return problems // the other surroundings would only say it again
	}
	trials := []trial{trialOf(c, "with CRLF", crlf(c.Text), crlfValues(c.Want))}
	if !c.Whole {
		trials = append(trials, embedded(c)...)
	}
	if !c.Only {
		trials = append(trials, asTag(c))
	}
	for i := range trials {
		problems = append(problems, trials[i].run(d)...)
	}
	if !c.Whole {
		problems = append(problems, chunked(d, c)...)
	}
	problems = append(problems, together(d, alone.part, c.Decoded)...)
	return append(problems, cut(d, c)...)
}

func trialOf(c *Case, name, text string, want []detectors.Finding) trial {
	want = slices.Clone(want)
	if name != "alone" {
		for i := range want {
			want[i].Start, want[i].End = 0, 0 // moved: Value against its range is checked anyway
		}
	}
	p := &detectors.Part{Path: pathOf(c, "text"), Text: []byte(text), Off: 0, Regions: c.Regions}
	if c.Cells != nil {
		p.Cells = c.Cells(p.Text)
	}
	return trial{name: name, want: want, decoded: c.Decoded, part: p}
}

func pathOf(c *Case, otherwise string) string {
	if c.Path != "" {
		return c.Path
	}
	return otherwise
}

// embedded sets the text into other text, once and many times.
func embedded(c *Case) []trial {
	short, long := padding(200), padding(256<<10)
	const many = 20
	trials := []trial{
		trialOf(c, "at the start", c.Text+"\n"+short, c.Want),
		trialOf(c, "in the middle", short+c.Text+"\n"+short, c.Want),
		trialOf(c, "at the end", short+c.Text, c.Want),
		trialOf(c, "many", strings.Repeat(c.Text+"\n"+short, many), times(c.Want, many)),
		trialOf(c, "back to back", strings.Repeat(c.Text+"\n", 3), times(c.Want, 3)),
		trialOf(c, "across 256 KiB", c.Text+"\n"+long+c.Text, times(c.Want, 2)),
	}
	if c.Line {
		return trials
	}
	for _, n := range neighbours {
		trials = append(trials, trialOf(c, n.name, n.before+c.Text+n.after, c.Want))
	}
	return trials
}

func times(want []detectors.Finding, n int) (out []detectors.Finding) {
	for range n {
		out = append(out, want...)
	}
	return out
}

func crlf(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\n", "\r\n")
}

func crlfValues(want []detectors.Finding) []detectors.Finding {
	out := slices.Clone(want)
	for i := range out {
		out[i].Value = crlf(out[i].Value)
	}
	return out
}

// asTag makes the text the value of a tag among others.
func asTag(c *Case) trial {
	const name = "UserComment"
	want := slices.Clone(c.Want)
	for i := range want {
		want[i].Tag, want[i].Start, want[i].End = name, 0, 0
	}
	return trial{name: "as a tag", want: want, decoded: c.Decoded, part: &detectors.Part{
		Path: "jpeg/app1/exif", Off: -1, Regions: c.Regions,
		Tags: []detectors.Tag{{Group: "IFD0", Name: "Software", Value: "Darkroom"}, {Group: "ExifIFD", Name: name, Value: c.Text}, {Group: "IFD0", Name: "Orientation", Value: "1", Nums: []float64{1}}},
	}}
}

// chunked cuts a long text in two overlapping chunks at and around the edges of
// every finding, and takes from each chunk what starts between Lead and Tail:
// together that must be what the whole text gives.
func chunked(d detectors.Detector, c *Case) (problems []string) {
	pad := padding(2 * overlap)
	text := pad + c.Text + "\n" + pad
	part := func(from, to, lead, tail int) *detectors.Part {
		return &detectors.Part{Path: pathOf(c, "text"), Text: []byte(text[from:to]), Off: int64(from), Lead: lead, Tail: tail, Regions: c.Regions}
	}
	whole, _ := run(d, part(0, len(text), 0, 0), c.Decoded)
	for _, at := range cuts(text, whole, len(pad), len(pad)+len(c.Text)) {
		from, to := runeStart(text, at-overlap), runeStart(text, at+overlap)
		first, broken := run(d, part(0, to, 0, to-at), c.Decoded)
		second, broken2 := run(d, part(from, len(text), at-from, 0), c.Decoded)
		first = slices.DeleteFunc(first, func(f detectors.Finding) bool { return f.Start >= at })
		second = slices.DeleteFunc(shift(second, from), func(f detectors.Finding) bool { return f.Start < at })
		for _, p := range append(broken, broken2...) {
			problems = append(problems, "chunk: "+p)
		}
		if both := append(first, second...); !sameSet(whole, both) {
			problems = append(problems, fmt.Sprintf("chunk edge at byte %d of the case: %d findings in chunks, %d in the whole, or others", at-len(pad), len(both), len(whole)))
		}
	}
	return problems
}

// cuts are the places worth cutting at, on rune borders, within [lo, hi].
func cuts(text string, whole []detectors.Finding, lo, hi int) (at []int) {
	at = append(at, lo, hi, (lo+hi)/2)
	for i := range whole {
		f := &whole[i]
		at = append(at, f.Start-1, f.Start, f.Start+1, (f.Start+f.End)/2, f.End-1, f.End, f.End+1)
		if len(at) > 20 {
			break
		}
	}
	for i := range at {
		at[i] = runeStart(text, min(max(at[i], lo), hi))
	}
	slices.Sort(at)
	return slices.Compact(at)
}

func runeStart(s string, at int) int {
	at = min(max(at, 0), len(s))
	for at > 0 && at < len(s) && !utf8.RuneStart(s[at]) {
		at--
	}
	return at
}

// cut ends the text early, also within a rune: what is found then is another
// matter, but it must keep the contract.
func cut(d detectors.Detector, c *Case) (problems []string) {
	step := max(1, len(c.Text)/24)
	for n := 0; n < len(c.Text); n += step {
		for _, text := range []string{c.Text[:n], c.Text[n:]} {
			if !utf8.ValidString(text) {
				text = strings.ToValidUTF8(text, "\uFFFD")
			}
			tr := trialOf(c, "cut", text, nil)
			_, broken := run(d, tr.part, c.Decoded)
			problems = append(problems, broken...)
		}
	}
	return problems
}

// hostile gives d long texts made of what detectors look for. A detector that
// needs quadratic time on one of them makes the tests crawl: nothing is timed.
func hostile(d detectors.Detector) (problems []string) {
	for _, unit := range []string{
		"@", "a@", "a.", "@a.", "1", "1 ", "1-", "+1", "(1)", "0.", "::", "a:b", "http://", "://", "=", "\"", "<", "tel:", "card ", "IBAN ",
		"a", "A", " ", "\n", "\t", "\u0301", "\u00ad", "é", "漢", "@\u200b", "password=",
	} {
		p := &detectors.Part{Path: "text", Text: []byte(strings.Repeat(unit, 128<<10/len(unit)))}
		_, broken := run(d, p, true)
		if len(broken) > 0 {
			problems = append(problems, fmt.Sprintf("%q many times: %s", unit, broken[0]))
		}
	}
	return problems
}
