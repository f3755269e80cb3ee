package detectortest

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"habeas/detectors"
)

// bystanders are fields without anything personal.
var bystanders = []detectors.Tag{
	{Group: "IFD0", Name: "Make", Value: "Acme"},
	{Group: "IFD0", Name: "Orientation", Value: "1", Nums: []float64{1}},
	{Group: "ExifIFD", Name: "ExposureTime", Value: "1/60", Nums: []float64{1.0 / 60}},
	{Group: "XMP", Name: "xmp:CreatorTool", Value: "Darkroom"},
	{Group: "XMP", Name: "tiff:ImageWidth", Value: "4000"},
	{Group: "IPTC", Name: "Urgency", Value: "5"},
}

// examineTags sets a case of tags in its surroundings.
func examineTags(d detectors.Detector, c *Case) (problems []string) {
	trialWith := func(name string, tags []detectors.Tag) trial {
		return trial{name: name, want: c.Want, decoded: c.Decoded,
			part: &detectors.Part{Path: pathOf(c, "jpeg/app1/xmp"), Tags: tags, Off: -1, Regions: c.Regions}}
	}
	alone := trialWith("alone", c.Tags)
	if problems = alone.run(d); len(problems) > 0 {
		return problems
	}
	trials := []trial{
		trialWith("before others", slices.Concat(c.Tags, bystanders)),
		trialWith("after others", slices.Concat(bystanders, c.Tags)),
		trialWith("among others", slices.Concat(bystanders[:3], c.Tags, bystanders[3:])),
	}
	if !c.Ordered {
		back := slices.Clone(c.Tags)
		slices.Reverse(back)
		trials = append(trials, trialWith("in reverse", back))
	}
	for i := range trials {
		problems = append(problems, trials[i].run(d)...)
	}
	problems = append(problems, together(d, alone.part, c.Decoded)...)
	return append(problems, spoiled(d, c)...)
}

// spoiled breaks one tag at a time: what is found then is another matter, but it
// must keep the contract.
func spoiled(d detectors.Detector, c *Case) (problems []string) {
	values := []string{"", "\x00", " ", "-", "0", "999999999999999999999", "NaN", "1e400", "-Inf", ",", "|", "/", "\u202e\u0301", strings.Repeat("9", 4096), strings.Repeat("(", 4096)}
	nums := [][]float64{nil, {math.NaN()}, {math.Inf(1), 1, 1}, {1}, {1, 2, 3, 4, 5}, {-1e308, 1e308, math.Inf(-1)}}
	try := func(i int, t detectors.Tag) {
		tags := slices.Clone(c.Tags)
		tags[i] = t
		_, broken := run(d, &detectors.Part{Path: pathOf(c, "jpeg/app1/xmp"), Tags: tags, Off: -1}, c.Decoded)
		for _, p := range broken {
			problems = append(problems, fmt.Sprintf("tag %d spoiled: %s", i, p))
		}
	}
	for i := range c.Tags[:min(len(c.Tags), 32)] {
		for _, v := range values {
			t := c.Tags[i]
			t.Value = v
			try(i, t)
		}
		for _, n := range nums {
			t := c.Tags[i]
			t.Nums = n
			try(i, t)
		}
		t := c.Tags[i]
		t.Name = t.Name[:len(t.Name)/2]
		if t.Name != "" {
			try(i, t)
		}
	}
	return problems
}
