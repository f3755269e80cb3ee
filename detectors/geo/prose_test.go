package geo

import (
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"habeas/detectors"
	"habeas/detectors/detectortest"
)

// proseCases are texts by what they are.
var proseCases = map[string]struct {
	text, at string // at: the piece that is found; "" for none
	lat, lon float64
}{
	"geo URI":               {"see geo:53.2707,-9.0568;u=35 there", "geo:53.2707,-9.0568", 53.2707, -9.0568},
	"geo URI with height":   {"geo:53.2707,-9.0568,12", "geo:53.2707,-9.0568,12", 53.2707, -9.0568},
	"geo URI of Android":    {"geo:0,0?q=53.2707,-9.0568(home)", "53.2707,-9.0568", 53.2707, -9.0568},
	"no geo URI":            {"prefixgeo:53.27,-9.05", "", 0, 0},
	"Google view":           {"https://www.google.com/maps/@53.2707,-9.0568,15z", "53.2707,-9.0568", 53.2707, -9.0568},
	"Google place":          {"<a href='https://www.google.com/maps/place/X/@1.5,2.5,17z/data=!3m1!3d53.2707!4d-9.0568'>", "53.2707!4d-9.0568", 53.2707, -9.0568},
	"Google query":          {"https://maps.google.com/?q=53.2707,-9.0568", "53.2707,-9.0568", 53.2707, -9.0568},
	"Google, escaped":       {"https://www.google.com/maps/search/?api=1&query=53.2707%2C-9.0568", "53.2707%2C-9.0568", 53.2707, -9.0568},
	"Apple":                 {"https://maps.apple.com/?ll=53.2707,-9.0568&q=Home", "53.2707,-9.0568", 53.2707, -9.0568},
	"OpenStreetMap":         {"https://www.openstreetmap.org/#map=18/53.2707/-9.0568", "53.2707/-9.0568", 53.2707, -9.0568},
	"OpenStreetMap mark":    {"https://www.openstreetmap.org/?mlat=53.2707&mlon=-9.0568#map=5/1/2", "53.2707&mlon=-9.0568", 53.2707, -9.0568},
	"Bing":                  {"https://www.bing.com/maps?cp=53.2707~-9.0568&lvl=16", "53.2707~-9.0568", 53.2707, -9.0568},
	"Yandex":                {"https://yandex.com/maps/?ll=-9.0568%2C53.2707&z=16", "-9.0568%2C53.2707", 53.2707, -9.0568},
	"Waze":                  {"https://waze.com/ul?ll=53.2707,-9.0568&navigate=yes", "53.2707,-9.0568", 53.2707, -9.0568},
	"link that is no map":   {"https://example.org/?q=53.2707,-9.0568", "", 0, 0},
	"map of no place":       {"https://maps.example.org/tiles?q=5,7", "", 0, 0},
	"labels":                {"lat: 53.2707, lon: -9.0568", "53.2707, lon: -9.0568", 53.2707, -9.0568},
	"labels in JSON":        {`{"latitude": 53.2707, "longitude": -9.0568}`, `53.2707, "longitude": -9.0568`, 53.2707, -9.0568},
	"labels in words":       {"Latitude 53.2707 and longitude -9.0568.", "53.2707 and longitude -9.0568", 53.2707, -9.0568},
	"word before":           {"GPS coordinates: 53.2707, -9.0568", "53.2707, -9.0568", 53.2707, -9.0568},
	"word before, German":   {"Koordinaten (53.27070 -9.05680)", "53.27070 -9.05680", 53.2707, -9.0568},
	"no word before":        {"values 53.2707, -9.0568", "", 0, 0},
	"row of a table":        {"position 53.27070, -9.05680, 12.34567", "", 0, 0},
	"out of range":          {"gps 153.2707, -9.0568", "", 0, 0},
	"null island":           {"gps 0.0000, 0.0000", "", 0, 0},
	"degrees":               {`at 53°16'14.5"N 9°03'24.5"W today`, `53°16'14.5"N 9°03'24.5"W`, 53.270694, -9.056806},
	"degrees, primes":       {"53° 16′ 14.5″ N, 9° 3′ 24.5″ W", "53° 16′ 14.5″ N, 9° 3′ 24.5″ W", 53.270694, -9.056806},
	"degrees before":        {"N 53° 16.242' W 9° 3.408'", "N 53° 16.242' W 9° 3.408'", 53.2707, -9.0568},
	"decimal degrees":       {"53.2707° N, 9.0568° W", "53.2707° N, 9.0568° W", 53.2707, -9.0568},
	"decimal commas":        {"53,2707° N, 9,0568° W", "53,2707° N, 9,0568° W", 53.2707, -9.0568},
	"south and east":        {"33°51'S 151°12'E", "33°51'S 151°12'E", -33.85, 151.2},
	"degrees before a link": {`53°16'14.5"N 9°03'24.5"W, see https://www.example.org/sitemap` + strings.Repeat("/path", 20), `53°16'14.5"N 9°03'24.5"W`, 53.270694, -9.056806},
	"degree far before map": {"It was 20° outside. " + strings.Repeat("Nothing more. ", 12) + "https://maps.google.com/?q=53.2707,-9.0568", "53.2707,-9.0568", 53.2707, -9.0568},
	"temperatures":          {"between 12° and 20°, wind 5° E 7° W", "", 0, 0},
	"minutes beyond 60":     {"53°76'N 9°03'W", "", 0, 0},
	"plus code":             {"meet at 8FVC9G8F+6W now", "8FVC9G8F+6W", 47.3655625, 8.5248125},
	"plus code, 11 digits":  {"8FVC9G8F+6WQ", "8FVC9G8F+6WQ", 47.3655875, 8.5248594},
	"short plus code":       {"9G8F+6W Zurich", "", 0, 0},
	"plus code in a word":   {"X8FVC9G8F+6WA", "", 0, 0},
	"sum":                   {"22222222+22", "", 0, 0},
}

func TestProse(t *testing.T) {
	for name, c := range proseCases {
		var got []detectors.Finding
		if err := New().Detect(&detectors.Part{Path: "text", Text: []byte(c.text)}, func(f detectors.Finding) { got = append(got, f) }); err != nil {
			t.Fatal(err)
		}
		if c.at == "" {
			if len(got) > 0 {
				t.Errorf("%s: found %q", name, c.text[got[0].Start:got[0].End])
			}
			continue
		}
		if len(got) != 1 {
			t.Errorf("%s: %d findings", name, len(got))
			continue
		}
		f := got[0]
		if at := c.text[f.Start:f.End]; at != c.at {
			t.Errorf("%s: found %q, want %q", name, at, c.at)
		}
		if p := f.Position; math.Abs(p.Lat-c.lat) > 1e-5 || math.Abs(p.Lon-c.lon) > 1e-5 {
			t.Errorf("%s: %v, %v", name, p.Lat, p.Lon)
		}
	}
}

// kitCases are those of proseCases for the kit.
func kitCases() []detectortest.Case {
	var cases []detectortest.Case
	for _, name := range slices.Sorted(maps.Keys(proseCases)) {
		c := detectortest.Case{Name: name, Text: proseCases[name].text, Only: true}
		if proseCases[name].at != "" {
			c.Want = []detectors.Finding{{Kind: detectors.GPS}}
		}
		cases = append(cases, c)
	}
	return cases
}

func TestProseAccept(t *testing.T) { detectortest.Accept(t, New(), kitCases()) }

func FuzzProse(f *testing.F) { detectortest.Fuzz(f, New(), kitCases()) }
