package face

import (
	"fmt"
	"testing"

	"habeas/detectors"
	"habeas/detectors/detectortest"
)

type tags = []detectors.Tag

func x(name, value string) detectors.Tag {
	return detectors.Tag{Group: "XMP", Name: name, Value: value}
}

func join(lists ...tags) (out tags) {
	for _, l := range lists {
		out = append(out, l...)
	}
	return out
}

// mwg is one region of the Metadata Working Group.
func mwg(n int, name, kind, cx, cy, w, h, unit string) (out tags) {
	at := fmt.Sprintf("mwg-rs:Regions/mwg-rs:RegionList[%d]/mwg-rs:", n)
	for _, f := range [][2]string{{"Area/stArea:x", cx}, {"Area/stArea:y", cy}, {"Area/stArea:w", w}, {"Area/stArea:h", h}, {"Area/stArea:unit", unit}, {"Name", name}, {"Type", kind}} {
		if f[1] != "" {
			out = append(out, x(at+f[0], f[1]))
		}
	}
	return out
}

func mp(n int, name, rectangle string) tags {
	at := fmt.Sprintf("MP:RegionInfo/MPRI:Regions[%d]/MPReg:", n)
	out := tags{x(at+"Rectangle", rectangle)}
	if name != "" {
		out = append(out, x(at+"PersonDisplayName", name))
	}
	return out
}

// iptc is one image region; fields are path and value in turn.
func iptc(n int, fields ...string) (out tags) {
	for i := 0; i+1 < len(fields); i += 2 {
		out = append(out, x(fmt.Sprintf("Iptc4xmpExt:ImageRegion[%d]/Iptc4xmpExt:%s", n, fields[i]), fields[i+1]))
	}
	return out
}

func rectangle(rx, ry, w, h, unit string) []string {
	return []string{"RegionBoundary/Iptc4xmpExt:rbShape", "rectangle", "RegionBoundary/Iptc4xmpExt:rbUnit", unit,
		"RegionBoundary/Iptc4xmpExt:rbX", rx, "RegionBoundary/Iptc4xmpExt:rbY", ry, "RegionBoundary/Iptc4xmpExt:rbW", w, "RegionBoundary/Iptc4xmpExt:rbH", h}
}

var applied = tags{x("mwg-rs:Regions/mwg-rs:AppliedToDimensions/stDim:w", "4000"), x("mwg-rs:Regions/mwg-rs:AppliedToDimensions/stDim:h", "2000"), x("mwg-rs:Regions/mwg-rs:AppliedToDimensions/stDim:unit", "pixel")}

func face(name string, bx, by, w, h float64) detectors.Finding {
	return detectors.Finding{Kind: detectors.Face, Value: name, Confidence: 0.6, Box: &detectors.Box{X: bx, Y: by, W: w, H: h}}
}

func boxless(name string) detectors.Finding {
	return detectors.Finding{Kind: detectors.Face, Value: name, Confidence: 0.5}
}

func shown(name string) detectors.Finding {
	return detectors.Finding{Kind: detectors.Name, Role: detectors.RolePerson, Value: name, Confidence: 0.5}
}

func all(f ...detectors.Finding) []detectors.Finding { return f }

var cases = []detectortest.Case{
	{Name: "mwg, centre in shares", Tags: mwg(1, "Ana Silva", "Face", "0.47", "0.26", "0.12", "0.16", "normalized"),
		Want: all(detectors.Finding{Kind: detectors.Face, Value: "Ana Silva", Canonical: "ana silva", Rule: "mwg-region", Tag: "mwg-rs:Regions/mwg-rs:RegionList[1]/mwg-rs:Name", Confidence: 0.95, Box: &detectors.Box{X: 0.41, Y: 0.18, W: 0.12, H: 0.16}})},
	{Name: "mwg, two names", Tags: join(applied, mwg(1, "Ana Silva", "Face", "0.2", "0.3", "0.12", "0.16", "normalized"), mwg(2, "王小明", "Face", "0.45", "0.4", "0.12", "0.16", "normalized")),
		Want: all(face("Ana Silva", 0.14, 0.22, 0.12, 0.16), face("王小明", 0.39, 0.32, 0.12, 0.16))},
	{Name: "mwg, unnamed", Tags: mwg(1, "", "Face", "0.5", "0.5", "0.2", "0.2", ""), Want: all(face("", 0.4, 0.4, 0.2, 0.2))},
	{Name: "mwg, placeholder for a name", Tags: mwg(1, "Unknown", "face", "0.5", "0.5", "0.2", "0.2", ""), Want: all(face("", 0.4, 0.4, 0.2, 0.2))},
	{Name: "mwg, no type but a name", Tags: mwg(1, "Ana Silva", "", "0.5", "0.5", "0.2", "0.2", ""), Want: all(face("Ana Silva", 0.4, 0.4, 0.2, 0.2))},
	{Name: "mwg, pixels", Tags: join(applied, mwg(1, "Ana Silva", "Face", "2000", "500", "400", "200", "pixel")), Want: all(face("Ana Silva", 0.45, 0.2, 0.1, 0.1))},
	{Name: "mwg, pixels under the name of shares", Tags: join(applied, mwg(1, "Ana Silva", "Face", "2000", "500", "400", "200", "normalized")), Want: all(face("Ana Silva", 0.45, 0.2, 0.1, 0.1))},
	{Name: "mwg, pixels of an image of unknown size", Tags: mwg(1, "Ana Silva", "Face", "2000", "500", "400", "200", "pixel"), Want: all(boxless("Ana Silva"))},
	{Name: "mwg, pixels, size elsewhere", Tags: join(tags{x("tiff:ImageWidth", "4000"), x("tiff:ImageLength", "2000")}, mwg(1, "Ana Silva", "Face", "2000", "500", "400", "200", "pixel")), Want: all(face("Ana Silva", 0.45, 0.2, 0.1, 0.1))},
	{Name: "mwg, circle", Tags: join(applied, mwg(1, "Ana Silva", "Face", "0.5", "0.5", "", "", "normalized"), tags{x("mwg-rs:Regions/mwg-rs:RegionList[1]/mwg-rs:Area/stArea:d", "0.1")}), Want: all(face("Ana Silva", 0.45, 0.4, 0.1, 0.2))},
	{Name: "mwg, point", Tags: mwg(1, "Ana Silva", "Face", "0.5", "0.5", "", "", "normalized"), Want: all(boxless("Ana Silva"))},
	{Name: "mwg, over the edge", Tags: mwg(1, "Ana Silva", "Face", "0.05", "0.95", "0.2", "0.2", "normalized"), Want: all(face("Ana Silva", 0, 0.85, 0.15, 0.15))},
	{Name: "mwg, decimal commas", Tags: mwg(1, "Ana Silva", "Face", "0,47", "0,26", "0,12", "0,16", "normalized"), Want: all(face("Ana Silva", 0.41, 0.18, 0.12, 0.16))},
	{Name: "mwg, nonsense box", Tags: mwg(1, "Ana Silva", "Face", "NaN", "0.5", "-3", "0.2", "normalized"), Want: all(boxless("Ana Silva"))},
	{Name: "mwg, other letters of case", Tags: tags{x("mwg-rs:RegionInfo/mwg-rs:RegionList[1]/mwg-rs:Area/stArea:X", "0.47"), x("mwg-rs:RegionInfo/mwg-rs:RegionList[1]/mwg-rs:Area/stArea:Y", "0.26"), x("mwg-rs:RegionInfo/mwg-rs:RegionList[1]/mwg-rs:Area/stArea:W", "0.12"), x("mwg-rs:RegionInfo/mwg-rs:RegionList[1]/mwg-rs:Area/stArea:H", "0.16"), x("mwg-rs:RegionInfo/mwg-rs:RegionList[1]/mwg-rs:Name", "Ana Silva")}, Want: all(face("Ana Silva", 0.41, 0.18, 0.12, 0.16))},
	{Name: "mwg, a pet", Tags: mwg(1, "Rex", "Pet", "0.5", "0.5", "0.2", "0.2", "")},
	{Name: "mwg, a focus point", Tags: mwg(1, "", "Focus", "0.5", "0.5", "0.2", "0.2", "")},
	{Name: "mwg, a bar code", Tags: join(mwg(1, "", "BarCode", "0.5", "0.5", "0.2", "0.2", ""), tags{x("mwg-rs:Regions/mwg-rs:RegionList[1]/mwg-rs:BarCodeValue", "4006381333931")})},
	{Name: "mwg, neither type nor name", Tags: mwg(1, "", "", "0.5", "0.5", "0.2", "0.2", "")},
	{Name: "mwg, dimensions only", Tags: applied},

	{Name: "microsoft", Tags: mp(1, "Ana Silva", "0.14, 0.22, 0.12, 0.16"), Want: all(detectors.Finding{Kind: detectors.Face, Value: "Ana Silva", Rule: "mp-region", Confidence: 0.9, Box: &detectors.Box{X: 0.14, Y: 0.22, W: 0.12, H: 0.16}})},
	{Name: "microsoft, unnamed", Tags: mp(1, "", "0.14, 0.22, 0.12, 0.16"), Want: all(face("", 0.14, 0.22, 0.12, 0.16))},
	{Name: "microsoft, decimal commas", Tags: mp(1, "Ana Silva", "0,14, 0,22, 0,12, 0,16"), Want: all(face("Ana Silva", 0.14, 0.22, 0.12, 0.16))},
	{Name: "microsoft, name without rectangle", Tags: tags{x("MP:RegionInfo/MPRI:Regions[1]/MPReg:PersonDisplayName", "Ana Silva")}, Want: all(boxless("Ana Silva"))},
	{Name: "microsoft, with digest", Tags: join(mp(1, "Ana Silva", "0.14, 0.22, 0.12, 0.16"), tags{x("MP:RegionInfo/MPRI:Regions[1]/MPReg:PersonEmailDigest", "0123456789ABCDEF0123456789ABCDEF01234567")}), Want: all(face("Ana Silva", 0.14, 0.22, 0.12, 0.16))},
	{Name: "two vocabularies, one face", Tags: join(mwg(1, "Ana Silva", "Face", "0.2", "0.3", "0.12", "0.16", "normalized"), mp(1, "Ana Silva", "0.14, 0.22, 0.12, 0.16")), Want: all(face("Ana Silva", 0.14, 0.22, 0.12, 0.16))},
	{Name: "two vocabularies, two names at one place", Tags: join(mwg(1, "Ana Silva", "Face", "0.2", "0.3", "0.12", "0.16", "normalized"), mp(1, "Ana Souza", "0.14, 0.22, 0.12, 0.16")), Want: all(face("Ana Silva", 0.14, 0.22, 0.12, 0.16), face("Ana Souza", 0.14, 0.22, 0.12, 0.16))},
	{Name: "two vocabularies, one name at two places", Tags: join(mwg(1, "Ana Silva", "Face", "0.2", "0.3", "0.12", "0.16", "normalized"), mp(1, "Ana Silva", "0.5, 0.5, 0.12, 0.16")), Want: all(face("Ana Silva", 0.14, 0.22, 0.12, 0.16), face("Ana Silva", 0.5, 0.5, 0.12, 0.16))},

	{Name: "iptc, rectangle and person", Tags: join(iptc(1, rectangle("0.1", "0.2", "0.3", "0.4", "relative")...), iptc(1, "Name[1]", "Speaker", "PersonInImage[1]", "Ana Silva")), Want: all(face("Speaker", 0.1, 0.2, 0.3, 0.4), shown("Ana Silva"))},
	{Name: "iptc, a human by type", Tags: join(iptc(1, rectangle("0.1", "0.2", "0.3", "0.4", "relative")...), iptc(1, "Name[1]", "Ana Silva", "rCtype[1]/Iptc4xmpExt:Identifier[1]", "http://cv.iptc.org/newscodes/imageregiontype/human")), Want: all(face("Ana Silva", 0.1, 0.2, 0.3, 0.4))},
	{Name: "iptc, pixels", Tags: join(tags{x("exif:PixelXDimension", "1000"), x("exif:PixelYDimension", "500")}, iptc(1, rectangle("100", "100", "300", "200", "pixel")...), iptc(1, "PersonInImage[1]", "Ana Silva")), Want: all(face("Ana Silva", 0.1, 0.2, 0.3, 0.4), shown("Ana Silva"))},
	{Name: "iptc, circle", Tags: iptc(1, "RegionBoundary/Iptc4xmpExt:rbShape", "circle", "RegionBoundary/Iptc4xmpExt:rbUnit", "relative", "RegionBoundary/Iptc4xmpExt:rbX", "0.5", "RegionBoundary/Iptc4xmpExt:rbY", "0.5", "RegionBoundary/Iptc4xmpExt:rbRx", "0.1", "Name[1]", "Ana Silva"), Want: all(face("Ana Silva", 0.4, 0.4, 0.2, 0.2))},
	{Name: "iptc, polygon", Tags: iptc(1, "RegionBoundary/Iptc4xmpExt:rbShape", "polygon", "RegionBoundary/Iptc4xmpExt:rbUnit", "relative",
		"RegionBoundary/Iptc4xmpExt:rbVertices[1]/Iptc4xmpExt:rbX", "0.1", "RegionBoundary/Iptc4xmpExt:rbVertices[1]/Iptc4xmpExt:rbY", "0.3",
		"RegionBoundary/Iptc4xmpExt:rbVertices[2]/Iptc4xmpExt:rbX", "0.4", "RegionBoundary/Iptc4xmpExt:rbVertices[2]/Iptc4xmpExt:rbY", "0.2",
		"RegionBoundary/Iptc4xmpExt:rbVertices[3]/Iptc4xmpExt:rbX", "0.3", "RegionBoundary/Iptc4xmpExt:rbVertices[3]/Iptc4xmpExt:rbY", "0.6",
		"Name[1]", "Ana Silva"), Want: all(face("Ana Silva", 0.1, 0.2, 0.3, 0.4))},
	{Name: "iptc, a crop", Tags: join(iptc(1, rectangle("0.1", "0.2", "0.3", "0.4", "relative")...), iptc(1, "Name[1]", "Crop", "rRole[1]/Iptc4xmpExt:Identifier[1]", "http://cv.iptc.org/newscodes/imageregionrole/cropping"))},
	{Name: "iptc, an animal", Tags: join(iptc(1, rectangle("0.1", "0.2", "0.3", "0.4", "relative")...), iptc(1, "Name[1]", "Rex", "rCtype[1]/Iptc4xmpExt:Identifier[1]", "http://cv.iptc.org/newscodes/imageregiontype/animal"))},

	{Name: "acdsee region", Tags: tags{x("acdsee-rs:Regions/acdsee-rs:RegionList[1]/acdsee-rs:DLYArea/acdsee-stArea:x", "0.47"), x("acdsee-rs:Regions/acdsee-rs:RegionList[1]/acdsee-rs:DLYArea/acdsee-stArea:y", "0.26"), x("acdsee-rs:Regions/acdsee-rs:RegionList[1]/acdsee-rs:DLYArea/acdsee-stArea:w", "0.12"), x("acdsee-rs:Regions/acdsee-rs:RegionList[1]/acdsee-rs:DLYArea/acdsee-stArea:h", "0.16"),
		x("acdsee-rs:Regions/acdsee-rs:RegionList[1]/acdsee-rs:ALGArea/acdsee-stArea:x", "0.1"), x("acdsee-rs:Regions/acdsee-rs:RegionList[1]/acdsee-rs:Name", "Ana Silva"), x("acdsee-rs:Regions/acdsee-rs:RegionList[1]/acdsee-rs:Type", "Face")}, Want: all(face("Ana Silva", 0.41, 0.18, 0.12, 0.16))},
	{Name: "acdsee categories", Tags: tags{x("acdsee:categories", `<Categories><Category Assigned="0">People<Category Assigned="1">Ana Silva</Category><Category Assigned="0">Bo Berg</Category></Category><Category Assigned="0">Places<Category Assigned="1">Galway Bay</Category></Category></Categories>`)}, Want: all(shown("Ana Silva"))},

	{Name: "people listed", Tags: tags{x("Iptc4xmpExt:PersonInImage[1]", "Ana Silva"), x("Iptc4xmpExt:PersonInImage[2]", "王小明")}, Want: all(shown("Ana Silva"), shown("王小明"))},
	{Name: "people with details", Tags: tags{x("Iptc4xmpExt:PersonInImageWDetails[1]/Iptc4xmpExt:PersonName[1]", "Ana Silva"), x("Iptc4xmpExt:PersonInImageWDetails[1]/Iptc4xmpExt:PersonId[1]", "https://example.org/id/1")}, Want: all(shown("Ana Silva"))},
	{Name: "people heard", Tags: tags{x("Iptc4xmpExt:PersonHeard[1]/Iptc4xmpExt:Name[1]", "Ana Silva")}, Want: all(shown("Ana Silva"))},
	{Name: "faces that a camera knows", Tags: tags{{Group: "MakerNotes", Name: "Face8Name", Value: "Ana Silva"}, {Group: "MakerNotes", Name: "RecognizedFace2Name", Value: "Bo"}, {Group: "MakerNotes", Name: "BabyName", Value: "Cy"}}, Want: all(shown("Ana Silva"), shown("Bo"), shown("Cy"))},
	{Name: "people of other vocabularies", Tags: tags{x("mediapro:People[1]", "Ana Silva"), x("prism:person[1]", "Bo Berg"), x("GettyImagesGIFT:Personality[1]", "Cy Cole"), {Group: "Panasonic", Name: "Face1Name", Value: "DEE"}}, Want: all(shown("Ana Silva"), shown("Bo Berg"), shown("Cy Cole"), shown("DEE"))},
	{Name: "keyword trees", Tags: tags{x("digiKam:TagsList[1]", "People/Ana Silva"), x("lr:hierarchicalSubject[1]", "Personen|Familie|Bo Berg"), x("MicrosoftPhoto:LastKeywordXMP[1]", "Faces/Cy Cole")}, Want: all(shown("Ana Silva"), shown("Bo Berg"), shown("Cy Cole"))},
	{Name: "the same person in several lists", Tags: tags{x("digiKam:TagsList[1]", "People/Ana Silva"), x("lr:hierarchicalSubject[1]", "People|Ana Silva"), x("Iptc4xmpExt:PersonInImage[1]", "Ana Silva")}, Want: all(shown("Ana Silva"))},
	{Name: "a group above a person", Tags: tags{x("lr:hierarchicalSubject[1]", "People"), x("lr:hierarchicalSubject[2]", "People|Family"), x("lr:hierarchicalSubject[3]", "People|Family|Ana Silva")}, Want: all(shown("Ana Silva"))},
	{Name: "other keywords", Tags: tags{x("lr:hierarchicalSubject[1]", "Places|Ireland|Galway"), x("digiKam:TagsList[1]", "Animals/Dogs"), x("dc:subject[1]", "people")}},
	{Name: "unknown people", Tags: tags{x("Iptc4xmpExt:PersonInImage[1]", "unknown"), x("digiKam:TagsList[1]", "People/Unknown"), x("digiKam:TagsList[2]", "People/Unconfirmed")}},
}

func TestAccept(t *testing.T) { detectortest.Accept(t, New(), cases) }

func FuzzTags(f *testing.F) { detectortest.FuzzTags(f, New(), cases) }

// TestMany keeps crowds complete and hostile lists bounded.
func TestMany(t *testing.T) {
	var list tags
	for i := range 2000 {
		list = append(list, mwg(i+1, fmt.Sprintf("Guest Number%d", i), "Face", "0.5", "0.5", "0.1", "0.1", "")...)
	}
	n := 0
	if err := New().Detect(&detectors.Part{Tags: list}, func(detectors.Finding) { n++ }); err != nil || n != 2000 {
		t.Errorf("got %d findings, error %v", n, err)
	}
}
