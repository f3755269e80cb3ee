package earth

import (
	"math"
	"testing"
)

func TestDataCompiledIn(t *testing.T) {
	for name, packed := range map[string][]byte{"land": packedLand, "countries": packedCountries} {
		w, err := decode(packed)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(w.shapes) < 240 {
			t.Errorf("%s has %d shapes", name, len(w.shapes))
		}
		for n := 0; n < len(packed); n += 20011 {
			if _, err := decode(packed[:n]); err == nil {
				t.Errorf("the first %d bytes of %s pass for all", n, name)
			}
		}
	}
}

func TestCountry(t *testing.T) {
	for _, c := range []struct {
		name     string
		lat, lon float64
		country  string
		land     bool
	}{
		{"Laredo", 27.5036, -99.5075, "US", true},
		{"Nuevo Laredo, 900 m on", 27.4950, -99.5070, "MX", true},
		{"Strasbourg", 48.5734, 7.7521, "FR", true},
		{"Kehl", 48.5745, 7.8080, "DE", true},
		{"Goma", -1.6700, 29.2280, "CD", true},
		{"Gisenyi", -1.7020, 29.2560, "RW", true},
		{"Vatican, the dome", 41.9022, 12.4539, "VA", true},
		{"Lesotho, inside of South Africa", -29.6, 28.2, "LS", true},
		{"Hawaii", 19.6, -155.5, "US", true},
		{"Svalbard", 78.5, 18, "SJ", true},
		{"Bonaire", 12.2, -68.28, "BQ", true},
		{"Kerguelen", -49.35, 69.5, "TF", true},
		{"Chukotka beyond the antimeridian", 67, -175, "RU", true},
		{"Chukotka on the antimeridian", 67.5, 180, "RU", true},
		{"the same from the other side", 67.5, -180, "RU", true},
		{"South Pole", -90, 0, "AQ", true},
		{"Antarctica on the antimeridian", -86, 180, "AQ", true},
		{"Caspian Sea", 41, 51, "", false},
		{"Lake Victoria, Uganda", -0.5, 32.8, "UG", true},
		{"Pacific", -30, -140, "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := OnLand(c.lat, c.lon); got != c.land {
				t.Errorf("on land: %v", got)
			}
			if got := Country(c.lat, c.lon); got != c.country && c.country != "" {
				t.Errorf("in %q", got)
			}
		})
	}
}

func TestDistances(t *testing.T) {
	for _, c := range []struct {
		name        string
		got         float64
		least, most float64
	}{
		{"Dover to Calais, half way", ToCoast(51.0, 1.52, 100), 14, 20},
		{"off Fiji beyond the antimeridian", ToCoast(-16.5, -179.5, 100), 1, 60},
		{"far out", ToCoast(35, -45, 50), 50, 50},
		{"Windsor to the United States", ToCountry("US", 42.3000, -83.0300, 50), 1, 4},
		{"inside", ToCountry("FR", 48.85, 2.35, 50), 0, 0},
		{"of no such country", ToCountry("??", 48.85, 2.35, 50), 50, 50},
	} {
		if !(c.got >= c.least && c.got <= c.most) {
			t.Errorf("%s: %.2f km", c.name, c.got)
		}
	}
}

func TestNoPosition(t *testing.T) {
	nan := math.NaN()
	if Country(nan, nan) != "" || OnLand(nan, 0) || ToCoast(nan, nan, 7) != 7 {
		t.Error("NaN is somewhere")
	}
}
