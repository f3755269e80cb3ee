package hidden

import (
	"testing"

	"habeas/detectors"
	"habeas/detectors/detectortest"
)

func tag(g, name, value string) []detectors.Tag {
	return []detectors.Tag{{Group: g, Name: name, Value: value}}
}

var cases = []detectortest.Case{
	{Name: "thumbnail", Tags: tag(group, "Thumbnail", "it has 160 x 120 pixels, the picture around it 800 x 800"),
		Want: []detectors.Finding{{Kind: detectors.HiddenCopy, Value: "thumbnail that may show more than the picture", Tag: "Thumbnail", Rule: "hidden-thumbnail", Confidence: 0.7}}},
	{Name: "motion photo", Tags: tag(group, "MotionPhoto", "XMP announces it"),
		Want: []detectors.Finding{{Kind: detectors.HiddenCopy, Value: "video of a motion photo", Rule: "motion-photo", Confidence: 0.9}}},
	{Name: "original", Tags: tag(group, "Original", ""),
		Want: []detectors.Finding{{Kind: detectors.HiddenCopy, Value: "the original of an edited picture", Confidence: 0.8}}},
	{Name: "a tag of a file with that name", Tags: tag("XMP", "Thumbnail", "x")},
	{Name: "a name that nobody gave", Tags: tag(group, "Elsewhere", "x")},
	{Name: "text", Text: "a thumbnail that may show more than the picture"},
}

func TestAccept(t *testing.T) { detectortest.Accept(t, New(), cases) }

func FuzzDetect(f *testing.F) { detectortest.FuzzTags(f, New(), cases) }
