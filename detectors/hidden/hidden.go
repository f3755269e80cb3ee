// Package hidden reports the copies that hide in a picture's file: a thumbnail
// that still shows what was cropped away, the video of a motion photo, the
// original under an edit. The formats notice them; this detector puts them among
// the findings, so that whoever reads a report knows that there is more to see
// than the picture shows.
package hidden

import "habeas/detectors"

// Detector reports hidden copies. The zero value is ready.
type Detector struct{}

var _ detectors.Detector = (*Detector)(nil)

// New makes the detector.
func New() detectors.Detector { return &Detector{} }

// Info describes the detector.
func (*Detector) Info() detectors.Info {
	return detectors.Info{
		Name:    "hidden",
		Version: 2,
		Kinds:   []detectors.Kind{detectors.HiddenCopy},
		Finds:   "copies hidden in pictures: stale thumbnails, videos of motion photos, originals under a crop or an effect; deleted rows of databases",
		Example: "a thumbnail of 160 x 120 pixels in a picture cropped to 800 x 800",
	}
}

// group is that of the tags by which formats tell of copies.
const group = "Hidden"

// copies are the tags of the group, by name.
var copies = map[string]struct {
	value, rule string
	confidence  float64
}{
	"Thumbnail":          {"thumbnail that may show more than the picture", "hidden-thumbnail", 0.7},
	"UncroppedThumbnail": {"thumbnail from before the picture was cropped", "uncropped-thumbnail", 0.9},
	"OtherPicture":       {"another picture in the same file", "hidden-picture", 0.8},
	"Original":           {"the original of an edited picture", "hidden-original", 0.9},
	"MotionPhoto":        {"video of a motion photo", "motion-photo", 0.95},
	"DeletedRows":        {"rows that were deleted from a database", "deleted-rows", 0.9},
	"OtherPlace":         {"copy that was taken at another place", "hidden-place", 0.9},
}

// Detect reports the copies that the tags of p tell of.
func (*Detector) Detect(p *detectors.Part, found func(detectors.Finding)) error {
	for i := range p.Tags {
		t := &p.Tags[i]
		if t.Group != group {
			continue
		}
		if c, ok := copies[t.Name]; ok {
			why := t.Value
			if why == "" {
				why = "told by the file's structure"
			}
			found(detectors.Finding{Kind: detectors.HiddenCopy, Value: c.value, Tag: t.Name, Confidence: c.confidence, Rule: c.rule, Why: why})
		}
	}
	return nil
}
