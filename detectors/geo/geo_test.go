package geo

import (
	"math"
	"strings"
	"testing"
	"time"

	"habeas/detectors"
	"habeas/detectors/detectortest"
)

type tags = []detectors.Tag

func gps(name, value string, nums ...float64) detectors.Tag {
	return detectors.Tag{Group: "GPS", Name: name, Value: value, Nums: nums}
}

func xmp(name, value string) detectors.Tag {
	return detectors.Tag{Group: "XMP", Name: name, Value: value}
}

func at(rule string, lat, lon float64) detectors.Finding {
	return detectors.Finding{Kind: detectors.GPS, Rule: rule, Confidence: 0.5, Position: &detectors.Position{Lat: lat, Lon: lon}}
}

func one(f detectors.Finding) []detectors.Finding { return []detectors.Finding{f} }

func invalid() []detectors.Finding {
	return one(detectors.Finding{Kind: detectors.GPS, Invalid: true})
}

func full(lat, lon, alt, precision float64, t time.Time) []detectors.Finding {
	return one(detectors.Finding{Kind: detectors.GPS, Tag: "GPSLatitude", Rule: ruleExif, Confidence: 0.99,
		Position: &detectors.Position{Lat: lat, Lon: lon, Altitude: &alt, Time: t, Precision: precision}})
}

var (
	south = tags{gps("GPSLatitudeRef", "S"), gps("GPSLatitude", "", 26, 12, 14.77), gps("GPSLongitudeRef", "E"), gps("GPSLongitude", "", 28, 2, 50.3)}
	rest  = tags{gps("GPSAltitudeRef", "0", 0), gps("GPSAltitude", "", 112.5), gps("GPSTimeStamp", "", 16, 22, 31.5), gps("GPSDateStamp", "2024:05:17")}
)

const (
	southLat = -(26 + 12.0/60 + 14.77/3600)
	eastLon  = 28 + 2.0/60 + 50.3/3600
)

func join(lists ...tags) (out tags) {
	for _, l := range lists {
		out = append(out, l...)
	}
	return out
}

var cases = []detectortest.Case{
	{Name: "exif, everything", Tags: join(south, rest), Want: full(southLat, eastLon, 112.5, 0.309, time.Date(2024, 5, 17, 16, 22, 31, 5e8, time.UTC))},
	{Name: "exif, below sea level, receiver's error", Tags: join(south, tags{gps("GPSAltitudeRef", "1", 1), gps("GPSAltitude", "", 3), gps("GPSHPositioningError", "", 4.5)}), Want: full(southLat, eastLon, -3, 4.5, time.Time{})},
	{Name: "exif, rational text tells the step", Tags: tags{gps("GPSLatitudeRef", "N"), gps("GPSLatitude", "37/1 22/1 46000/1000", 37, 22, 46), gps("GPSLongitudeRef", "w"), gps("GPSLongitude", "122/1 1/1 50000/1000", 122, 1, 50)},
		Want: one(detectors.Finding{Kind: detectors.GPS, Position: &detectors.Position{Lat: 37 + 22.0/60 + 46.0/3600, Lon: -(122 + 1.0/60 + 50.0/3600), Precision: 0.0309}})},
	{Name: "exif, decimal minutes", Tags: tags{gps("GPSLatitudeRef", "n"), gps("GPSLatitude", "", 37, 22.78, 0), gps("GPSLongitudeRef", "West"), gps("GPSLongitude", "", 122, 1.84, 0)},
		Want: one(detectors.Finding{Kind: detectors.GPS, Position: &detectors.Position{Lat: 37 + 22.78/60, Lon: -(122 + 1.84/60), Precision: 18.55}})},
	{Name: "exif, missing seconds are 0/0", Tags: tags{gps("GPSLatitudeRef", "N"), gps("GPSLatitude", "", 37, 22.78, math.NaN()), gps("GPSLongitudeRef", "W"), gps("GPSLongitude", "", 122, 1.84)}, Want: one(at(ruleExif, 37+22.78/60, -(122 + 1.84/60)))},
	{Name: "exif, decimal degrees only", Tags: tags{gps("GPSLatitudeRef", "S"), gps("GPSLatitude", "", 12.3456), gps("GPSLongitudeRef", "W"), gps("GPSLongitude", "", 98.7654)}, Want: one(at(ruleExif, -12.3456, -98.7654))},
	{Name: "exif, no refs, signs kept", Tags: tags{gps("GPSLatitude", "", 37, 30, 0), gps("GPSLongitude", "", -122, 15, 0)}, Want: one(at(ruleExif, 37.5, -122.25))},
	{Name: "exif, south and a minus", Tags: tags{gps("GPSLatitudeRef", "S"), gps("GPSLatitude", "", -37, 30, 0), gps("GPSLongitudeRef", "E"), gps("GPSLongitude", "", 12, 15, 0)}, Want: one(at(ruleExif, -37.5, 12.25))},
	{Name: "exif, degrees as text with decimal commas", Tags: tags{gps("GPSLatitude", "52,00000,50,00000,34,01180"), gps("GPSLatitudeRef", "N"), gps("GPSLongitude", "11,00000,10,00000,58,28360"), gps("GPSLongitudeRef", "E")}, Want: one(at(ruleExif, 52+50.0/60+34.0118/3600, 11+10.0/60+58.2836/3600))},
	{Name: "exif, as a reader prints it", Tags: tags{gps("GPSLatitude", `26 deg 12' 14.77" S`), gps("GPSLongitude", `28° 2′ 50.30″ E`)}, Want: one(at(ruleExif, southLat, eastLon))},
	{Name: "exif, list of rationals", Tags: tags{gps("GPSLatitude", `["26/1","12/1","1477/100"]`), gps("GPSLatitudeRef", "S"), gps("GPSLongitude", `["28/1","2/1","503/10"]`), gps("GPSLongitudeRef", "E")}, Want: one(at(ruleExif, southLat, eastLon))},
	{Name: "exif, letters for units", Tags: tags{gps("GPSLatitude", `26d12m14.77s`), gps("GPSLatitudeRef", "S"), gps("GPSLongitude", `28d2m50.3s`), gps("GPSLongitudeRef", "E")}, Want: one(at(ruleExif, southLat, eastLon))},
	{Name: "exif, equator and prime meridian", Tags: tags{gps("GPSLatitudeRef", "N"), gps("GPSLatitude", "", 0, 0, 0), gps("GPSLongitudeRef", "E"), gps("GPSLongitude", "", 10, 0, 0.5)}, Want: one(at(ruleExif, 0, 10+0.5/3600))},
	{Name: "exif, poles and antimeridian", Tags: tags{gps("GPSLatitudeRef", "S"), gps("GPSLatitude", "", 90, 0, 0), gps("GPSLongitudeRef", "W"), gps("GPSLongitude", "", 180, 0, 0)}, Want: one(at(ruleExif, -90, -180))},
	{Name: "exif, void fix", Tags: join(south, tags{gps("GPSStatus", "V")}), Want: one(at(ruleExif, southLat, eastLon))},
	{Name: "exif, destination", Tags: tags{gps("GPSDestLatitudeRef", "N"), gps("GPSDestLatitude", "", 48, 30, 0), gps("GPSDestLongitudeRef", "E"), gps("GPSDestLongitude", "", 2, 15, 0)}, Want: one(at(ruleDestination, 48.5, 2.25))},
	{Name: "exif, destination where it already is", Tags: join(south, tags{gps("GPSDestLatitudeRef", "S"), gps("GPSDestLatitude", "", 26, 12, 14.77), gps("GPSDestLongitudeRef", "E"), gps("GPSDestLongitude", "", 28, 2, 50.3)}), Want: one(at(ruleExif, southLat, eastLon))},

	{Name: "null island", Tags: tags{gps("GPSLatitudeRef", "N"), gps("GPSLatitude", "", 0, 0, 0), gps("GPSLongitudeRef", "E"), gps("GPSLongitude", "", 0, 0, 0)}, Want: invalid()},
	{Name: "all rationals 0/0", Tags: tags{gps("GPSLatitude", "", math.NaN(), math.NaN(), math.NaN()), gps("GPSLongitude", "", math.NaN(), math.NaN(), math.NaN())}, Want: invalid()},
	{Name: "longitude not a number", Tags: tags{gps("GPSLatitudeRef", "N"), gps("GPSLatitude", "", 37, 0, 0), gps("GPSLongitude", "", math.NaN(), 2, 0)}, Want: invalid()},
	{Name: "latitude out of range", Tags: tags{gps("GPSLatitudeRef", "N"), gps("GPSLatitude", "", 213, 38, 0), gps("GPSLongitudeRef", "E"), gps("GPSLongitude", "", 2, 0, 0)}, Want: invalid()},
	{Name: "longitude of 32 bits", Tags: tags{gps("GPSLatitude", "", 37, 0, 0), gps("GPSLongitude", "", 4294966352, 0, 0)}, Want: invalid()},
	{Name: "infinite", Tags: tags{gps("GPSLatitude", "", math.Inf(1)), gps("GPSLongitude", "", 4)}, Want: invalid()},
	{Name: "text that is no coordinate", Tags: tags{gps("GPSLatitude", "somewhere"), gps("GPSLongitude", "else")}, Want: invalid()},
	{Name: "latitude alone", Tags: tags{gps("GPSLatitudeRef", "N"), gps("GPSLatitude", "", 37, 0, 0)}},
	{Name: "empty fields", Tags: tags{gps("GPSLatitude", ""), gps("GPSLongitude", "")}},
	{Name: "version and datum only", Tags: tags{gps("GPSVersionID", "2.3.0.0", 2, 3, 0, 0), gps("GPSMapDatum", "WGS-84")}},
	{Name: "other group's latitude", Tags: tags{gps("GPSLatitude", "", 37, 0, 0), {Group: "IFD0", Name: "GPSLongitude", Nums: []float64{2}}}},

	{Name: "xmp, decimal minutes", Tags: tags{xmp("exif:GPSLatitude", "37,22.78N"), xmp("exif:GPSLongitude", "122,1.8419W"), xmp("exif:GPSAltitude", "1125/10"), xmp("exif:GPSAltitudeRef", "1"), xmp("exif:GPSTimeStamp", "2024-05-17T18:22:31+02:00")},
		Want: one(detectors.Finding{Kind: detectors.GPS, Tag: "exif:GPSLatitude", Rule: ruleXMP, Confidence: 0.99, Position: &detectors.Position{Lat: 37 + 22.78/60, Lon: -(122 + 1.8419/60), Altitude: ptr(-112.5), Time: time.Date(2024, 5, 17, 16, 22, 31, 0, time.UTC), Precision: 0.1855}})},
	{Name: "xmp, seconds", Tags: tags{xmp("exif:GPSLatitude", "37,22,46.8N"), xmp("exif:GPSLongitude", "122,1,50W")}, Want: one(at(ruleXMP, 37+22.0/60+46.8/3600, -(122 + 1.0/60 + 50.0/3600)))},
	{Name: "xmp, whole minutes", Tags: tags{xmp("exif:GPSLatitude", "56,0N"), xmp("exif:GPSLongitude", "14,27E")}, Want: one(at(ruleXMP, 56, 14.45))},
	{Name: "xmp, plain degrees", Tags: tags{xmp("exif:GPSLatitude", "-23.5505199"), xmp("exif:GPSLongitude", "-46.6333094")}, Want: one(at(ruleXMP, -23.5505199, -46.6333094))},
	{Name: "xmp, plain degrees with ref", Tags: tags{xmp("exif:GPSLatitude", "23.5505199"), xmp("exif:GPSLatitudeRef", "S"), xmp("exif:GPSLongitude", "46.6333094"), xmp("exif:GPSLongitudeRef", "W")}, Want: one(at(ruleXMP, -23.5505199, -46.6333094))},
	{Name: "xmp, rationals", Tags: tags{xmp("exif:GPSLatitude", "37/1,22/1,468/10"), xmp("exif:GPSLatitudeRef", "N"), xmp("exif:GPSLongitude", "122/1,1/1,50/1"), xmp("exif:GPSLongitudeRef", "W")}, Want: one(at(ruleXMP, 37+22.0/60+46.8/3600, -(122 + 1.0/60 + 50.0/3600)))},
	{Name: "xmp, exponent", Tags: tags{xmp("exif:GPSLatitude", "1.5e-05"), xmp("exif:GPSLongitude", "2.5")}, Want: one(at(ruleXMP, 1.5e-05, 2.5))},
	{Name: "xmp, latitude to the east", Tags: tags{xmp("exif:GPSLatitude", "37,22.78E"), xmp("exif:GPSLongitude", "122,1.8419W")}, Want: invalid()},
	{Name: "xmp, drone, misspelt", Tags: tags{xmp("drone-dji:GpsLatitude", "+51.4545"), xmp("drone-dji:GpsLongtitude", "-2.5879"), xmp("drone-dji:AbsoluteAltitude", "+84.50")},
		Want: one(detectors.Finding{Kind: detectors.GPS, Position: &detectors.Position{Lat: 51.4545, Lon: -2.5879, Altitude: ptr(84.5), Precision: 11.132}})},
	{Name: "xmp, places shown", Tags: tags{
		xmp("Iptc4xmpExt:LocationShown[1]/exif:GPSLatitude", "37,22.78N"), xmp("Iptc4xmpExt:LocationShown[1]/exif:GPSLongitude", "122,1.84W"),
		xmp("Iptc4xmpExt:LocationShown[2]/exif:GPSLatitude", "48,30N"), xmp("Iptc4xmpExt:LocationShown[2]/exif:GPSLongitude", "2,15E"),
		xmp("Iptc4xmpExt:LocationCreated[1]/exif:GPSLatitude", "37,22.78N"), xmp("Iptc4xmpExt:LocationCreated[1]/exif:GPSLongitude", "122,1.84W")},
		Want: []detectors.Finding{at(ruleXMP, 37+22.78/60, -(122 + 1.84/60)), at(ruleXMP, 48.5, 2.25)}},
	{Name: "xmp, W3C vocabulary", Tags: tags{xmp("geo:lat", "51.4545"), xmp("geo:long", "-2.5879")}, Want: one(at(ruleXMP, 51.4545, -2.5879))},
	{Name: "xmp, panorama angles are no position", Tags: tags{xmp("GPano:PoseHeadingDegrees", "122.1"), xmp("GPano:InitialViewPitchDegrees", "37.2")}},

	{Name: "video, ISO 6709", Tags: tags{{Group: "meta", Name: "com.apple.quicktime.location.ISO6709", Value: "+37.3797-122.0307+010.5/"}},
		Want: one(detectors.Finding{Kind: detectors.GPS, Rule: ruleText, Position: &detectors.Position{Lat: 37.3797, Lon: -122.0307, Altitude: ptr(10.5), Precision: 11.132}})},
	{Name: "video, minutes", Tags: tags{{Group: "UserData", Name: "GPSCoordinates", Value: "-3722.5+12201.5/"}}, Want: one(at(ruleText, -(37 + 22.5/60), 122+1.5/60))},
	{Name: "video, seconds and reference system", Tags: tags{{Group: "UserData", Name: "GPSCoordinates", Value: "+372246.8-1220150.5+000CRSWGS_84/"}}, Want: one(at(ruleText, 37+22.0/60+46.8/3600, -(122 + 1.0/60 + 50.5/3600)))},
	{Name: "video, no leading zeros", Tags: tags{{Group: "tag", Name: "LOCATION", Value: "+51.4545-2.5879/"}}, Want: one(at(ruleText, 51.4545, -2.5879))},
	{Name: "video, no fix", Tags: tags{{Group: "UserData", Name: "GPSCoordinates", Value: "+00.0000+000.0000/"}}, Want: invalid()},
	{Name: "video, numbers", Tags: tags{{Group: "Keys", Name: "GPSCoordinates", Nums: []float64{37.3797, -122.0307, 10}}}, Want: one(at(ruleText, 37.3797, -122.0307))},
	{Name: "video, ends of a track", Tags: tags{track("First/GPSLatitude", 51.4545), track("First/GPSLongitude", -2.5879), track("Last/GPSLatitude", 51.46), track("Last/GPSLongitude", -2.5), {Group: "GPSTrack", Name: "Fixes", Value: "612"}, track("Bounds", 51.4545, -2.5879, 51.46, -2.5)},
		Want: []detectors.Finding{at(ruleTrack, 51.4545, -2.5879), at(ruleTrack, 51.46, -2.5)}},
	{Name: "sound, recorder's GPS", Tags: tags{{Group: "RIFF", Name: "LocationGps", Value: "47.756787, -123.729977"}}, Want: one(at(ruleText, 47.756787, -123.729977))},
	{Name: "stored fields", Tags: tags{{Group: "meta", Name: "gps-latitude", Value: "37.3797"}, {Group: "meta", Name: "gps-longitude", Value: "-122.0307"}}, Want: one(at(ruleExif, 37.3797, -122.0307))},
	{Name: "stored pair", Tags: tags{{Group: "tag", Name: "location", Value: "37.3797, -122.0307"}}, Want: one(at(ruleText, 37.3797, -122.0307))},
	{Name: "pair with letters", Tags: tags{{Group: "tag", Name: "coordinates", Value: "37.3797N 122.0307W"}}, Want: one(at(ruleText, 37.3797, -122.0307))},
	{Name: "a size is no pair", Tags: tags{{Group: "meta", Name: "position", Value: "12, 40"}, {Group: "meta", Name: "location", Value: "shelf 12,5"}}},
	{Name: "a phone is no ISO 6709", Tags: tags{{Group: "meta", Name: "phone", Value: "+1-5550100"}}},
	{Name: "projected coordinates are not degrees", Tags: tags{{Group: "IFD0", Name: "GeoTiffAsciiParams", Value: "6378137.0, 298.257"}, {Group: "IFD0", Name: "PixelScale", Nums: []float64{0.5, 0.5, 0}}}},
	{Name: "an address is no pair", Tags: tags{xmp("Iptc4xmpCore:Location", "9 Jacaranda Ave"), xmp("photoshop:City", "Galway")}},
}

func track(name string, nums ...float64) detectors.Tag {
	return detectors.Tag{Group: "GPSTrack", Name: name, Nums: nums}
}

func ptr(f float64) *float64 { return &f }

func TestAccept(t *testing.T) { detectortest.Accept(t, New(), cases) }

func FuzzTags(f *testing.F) { detectortest.FuzzTags(f, New(), cases) }

// TestConfidence puts what was said more weakly below what was said plainly.
func TestConfidence(t *testing.T) {
	of := func(list tags) (c float64) {
		if err := New().Detect(&detectors.Part{Tags: list}, func(f detectors.Finding) { c = f.Confidence }); err != nil {
			t.Fatal(err)
		}
		return c
	}
	plain := of(south)
	for name, list := range map[string]tags{
		"void":        join(south, tags{gps("GPSStatus", "V")}),
		"no refs":     {south[1], south[3]},
		"minutes 75":  {south[0], gps("GPSLatitude", "", 26, 75, 0), south[2], south[3]},
		"destination": {gps("GPSDestLatitude", "", 48, 30, 0), gps("GPSDestLongitude", "", 2, 15, 0)},
	} {
		if c := of(list); c >= plain || c < detectortest.Reported {
			t.Errorf("%s: confidence %v, plain %v", name, c, plain)
		}
	}
}

// TestTrack keeps long lists of positions cheap and complete.
func TestTrack(t *testing.T) {
	var list tags
	for i := range 5000 {
		list = append(list, detectors.Tag{Group: "Track", Name: "GPSCoordinates", Nums: []float64{10 + float64(i)/100, 20 + float64(i)/100}})
	}
	n := 0
	if err := New().Detect(&detectors.Part{Tags: list}, func(detectors.Finding) { n++ }); err != nil || n != 5000 {
		t.Errorf("got %d findings, error %v", n, err)
	}
}

func FuzzAngle(f *testing.F) {
	for _, s := range []string{"37,22.78N", "52,00000,50,00000,34,01180", `26 deg 12' 14.77" S`, "1e-300", "1/0", "+37.3797-122.0307+010/", "nan", "-0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		parseAngle(s)
		parsePair(s)
		if p, ok := parseISO6709(s); ok && (math.IsNaN(p.lat) || math.IsNaN(p.lon)) {
			t.Error("not a number")
		}
	})
}

// TestFarFromNumbers: words stand anywhere around the stretches that have numbers.
func TestFarFromNumbers(t *testing.T) {
	for _, value := range []string{"geo:51.4545,-2.5879", "geo:-33,151", "lat: 51.45451, lon: -2.58791", "https://maps.example.org/?q=" + strings.Repeat("x", 1900) + "&ll=51.45451,-2.58791"} {
		for _, pad := range []int{0, 1, 63, 64, 2000, 2047, 2048, 4096, 10_000} {
			text := strings.Repeat("no position here. ", pad/18+1)[:pad] + " " + value + " " + strings.Repeat("and none in this place. ", 200)
			n := 0
			err := New().Detect(&detectors.Part{Path: "text", Text: []byte(text + value)}, func(detectors.Finding) { n++ })
			if err != nil || n != 2 {
				t.Errorf("%.20s… after %d bytes: %d findings, %v, want 2", value, pad, n, err)
			}
		}
	}
}
