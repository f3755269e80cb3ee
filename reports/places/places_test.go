package places

import (
	"math"
	"slices"
	"strings"
	"testing"

	"habeas/reports"
)

func TestDataCompiledIn(t *testing.T) {
	g, err := decode(packed)
	if err != nil {
		t.Fatal(err)
	}
	if len(g.towns) < 110_000 || len(g.countries) < 240 {
		t.Errorf("%d towns, %d countries", len(g.towns), len(g.countries))
	}
	for _, c := range []*town{&g.towns[0], &g.towns[len(g.towns)-1]} {
		if c.name == "" || g.regions[c.region].country == "" {
			t.Errorf("%+v", c)
		}
	}
	for n := range len(packed) {
		if n%50021 != 0 {
			continue
		}
		if _, err := decode(packed[:n]); err == nil {
			t.Errorf("the first %d bytes pass for all", n)
		}
	}
}

// corpus are positions whose names come from maps and almanacs, not from this
// package.
var corpus = []struct {
	name     string
	lat, lon float64
	towns    string // one of these, "/" between; "" for any
	region   string // "" for any
	country  string
	sea      bool
	in       string
	km       [2]float64 // least and most
}{
	// Borders that run through towns.
	{"El Paso, San Jacinto Plaza", 31.7589, -106.4881, "El Paso", "Texas", "US", false, "", [2]float64{0, 5}},
	{"Ciudad Juárez, cathedral", 31.7389, -106.4867, "Ciudad Juárez", "Chihuahua", "MX", false, "", [2]float64{0, 6}},
	{"Detroit, Renaissance Center", 42.3293, -83.0398, "Detroit", "Michigan", "US", false, "", [2]float64{0, 4}},
	{"Windsor, Dieppe Gardens", 42.3195, -83.0413, "Windsor", "Ontario", "CA", false, "", [2]float64{0, 4}},
	{"San Ysidro, south of San Diego", 32.5520, -117.0430, "San Diego/Imperial Beach/San Ysidro/Chula Vista", "California", "US", false, "", [2]float64{0, 20}},
	{"Tijuana, Avenida Revolución", 32.5310, -117.0360, "Tijuana", "Baja California", "MX", false, "", [2]float64{0, 5}},
	{"Niagara Falls, Canadian side", 43.0900, -79.0930, "Niagara Falls", "Ontario", "CA", false, "", [2]float64{0, 5}},
	{"Niagara Falls, American side", 43.0962, -79.0377, "Niagara Falls", "New York", "US", false, "", [2]float64{0, 5}},
	{"Point Roberts, an exclave", 48.9850, -123.0660, "", "Washington", "US", false, "", [2]float64{0, 40}},
	{"Basel, town hall", 47.5582, 7.5881, "Basel", "", "CH", false, "", [2]float64{0, 3}},
	{"Saint-Louis beside Basel", 47.5880, 7.5600, "Saint-Louis", "Grand Est", "FR", false, "", [2]float64{0, 3}},
	{"Lörrach beside Basel", 47.6156, 7.6614, "Lörrach", "Baden-W", "DE", false, "", [2]float64{0, 3}},
	{"Geneva, cathedral", 46.2011, 6.1486, "Genève/Geneva", "", "CH", false, "", [2]float64{0, 3}},
	{"Annemasse beside Geneva", 46.1944, 6.2367, "Annemasse", "", "FR", false, "", [2]float64{0, 3}},
	{"Konstanz, minster", 47.6634, 9.1759, "Konstanz", "Baden-W", "DE", false, "", [2]float64{0, 3}},
	{"Monaco, casino", 43.7392, 7.4275, "Monaco/Monte-Carlo", "", "MC", false, "", [2]float64{0, 2}},
	{"San Marino, palace", 43.9369, 12.4464, "San Marino", "", "SM", false, "", [2]float64{0, 2}},
	{"Gibraltar, Casemates Square", 36.1447, -5.3526, "Gibraltar", "", "GI", false, "", [2]float64{0, 2}},
	{"La Línea beside Gibraltar", 36.1680, -5.3480, "La Línea de la Concepción", "Andalusia", "ES", false, "", [2]float64{0, 2}},
	{"Bratislava, castle", 48.1420, 17.1000, "Bratislava", "", "SK", false, "", [2]float64{0, 3}},
	{"Malmö, castle", 55.6049, 12.9870, "Malmö", "Skåne", "SE", false, "", [2]float64{0, 3}},
	{"Copenhagen, Nyhavn", 55.6798, 12.5910, "Copenhagen", "", "DK", false, "", [2]float64{0, 4}},
	{"Kaliningrad, an exclave", 54.7065, 20.5110, "Kaliningrad", "", "RU", false, "", [2]float64{0, 4}},
	{"Ceuta, in Africa", 35.8890, -5.3160, "Ceuta", "Ceuta", "ES", false, "", [2]float64{0, 3}},
	{"Hong Kong, Tsim Sha Tsui", 22.2976, 114.1722, "Hong Kong/Kowloon", "", "HK", false, "", [2]float64{0, 6}},
	{"Shenzhen, Lianhuashan", 22.5540, 114.0580, "Shenzhen", "Guangdong", "CN", false, "", [2]float64{0, 12}},
	{"Macao, Senado Square", 22.1937, 113.5397, "Macau/Macao", "", "MO", false, "", [2]float64{0, 3}},
	{"Singapore, Marina Bay", 1.2834, 103.8607, "Singapore", "", "SG", false, "", [2]float64{0, 4}},
	{"Johor Bahru, palace gardens", 1.4600, 103.7530, "Johor Bahru", "Johor", "MY", false, "", [2]float64{0, 4}},
	{"Kinshasa, Gombe", -4.3033, 15.3000, "Kinshasa", "Kinshasa", "CD", false, "", [2]float64{0, 8}},
	{"Brazzaville, Poto-Poto", -4.2620, 15.2830, "Brazzaville", "", "CG", false, "", [2]float64{0, 8}},
	{"Livingstone, museum", -17.8519, 25.8542, "Livingstone", "Southern", "ZM", false, "", [2]float64{0, 3}},
	{"Victoria Falls, town", -17.9300, 25.8400, "Victoria Falls", "Matabeleland North", "ZW", false, "", [2]float64{0, 3}},
	{"Foz do Iguaçu, centre", -25.5400, -54.5850, "Foz do Iguaçu", "Paraná", "BR", false, "", [2]float64{0, 3}},
	{"Ciudad del Este, beyond the bridge", -25.5100, -54.6150, "Ciudad del Este", "", "PY", false, "", [2]float64{0, 3}},
	{"Puerto Iguazú, centre", -25.5970, -54.5760, "Puerto Iguazú", "Misiones", "AR", false, "", [2]float64{0, 3}},
	{"Simferopol, which two countries claim", 44.9520, 34.1020, "Simferopol", "", "UA", false, "", [2]float64{0, 3}},
	// Coasts, islands and waters within a country.
	{"Sunnyvale, Mathilda Avenue", 37.3797, -122.0307, "Sunnyvale", "California", "US", false, "", [2]float64{1, 1.5}},
	{"New York, Times Square", 40.7580, -73.9855, "Manhattan/New York City", "New York", "US", false, "", [2]float64{0, 6}},
	{"Golden Gate, middle of the bridge", 37.8199, -122.4783, "San Francisco/Sausalito", "California", "US", false, "", [2]float64{0, 8}},
	{"Venice, Saint Mark's", 45.4341, 12.3388, "Venice/Venezia", "Veneto", "IT", false, "", [2]float64{0, 3}},
	{"Sydney, opera house", -33.8568, 151.2153, "Sydney", "New South Wales", "AU", false, "", [2]float64{0, 3}},
	{"Mumbai, Gateway of India", 18.9220, 72.8347, "Mumbai", "Maharashtra", "IN", false, "", [2]float64{0, 20}},
	{"Cape Town, Table Mountain", -33.9625, 18.4038, "Cape Town", "Western Cape", "ZA", false, "", [2]float64{0, 6}},
	{"Lake Superior, American half", 47.3500, -87.0000, "", "Michigan", "US", false, "", [2]float64{20, 120}},
	{"Saint-Denis, Réunion", -20.8789, 55.4481, "Saint-Denis", "", "RE", false, "", [2]float64{0, 3}},
	{"Longyearbyen, Svalbard", 78.2200, 15.6500, "Longyearbyen", "Svalbard", "SJ", false, "", [2]float64{0, 3}},
	{"Tristan da Cunha", -37.0670, -12.3110, "Edinburgh of the Seven Seas", "", "SH", false, "", [2]float64{0, 3}},
	{"Pitcairn", -25.0667, -130.1003, "Adamstown", "", "PN", false, "", [2]float64{0, 3}},
	// Far inland, towns large and small.
	{"Greenland, on the ice", 72.5800, -38.4600, "", "", "GL", false, "", [2]float64{200, 900}},
	{"Sahara, south of In Salah", 24.5000, 2.5000, "In Salah/Tamanrasset", "", "DZ", false, "", [2]float64{100, 400}},
	{"Uluru", -25.3444, 131.0369, "Yulara", "Northern Territory", "AU", false, "", [2]float64{8, 25}},
	{"Machu Picchu", -13.1631, -72.5450, "Machupicchu/Aguas Calientes/Machu Picchu", "Cuzco", "PE", false, "", [2]float64{0, 6}},
	{"Tokyo, Shibuya crossing", 35.6595, 139.7005, "Tokyo/Shibuya", "Tokyo", "JP", false, "", [2]float64{0, 8}},
	{"Giza, Great Pyramid", 29.9792, 31.1342, "Giza/Al Jīzah/Cairo", "", "EG", false, "", [2]float64{0, 13}},
	{"Timbuktu", 16.7735, -3.0074, "Timbuktu", "Tombouctou", "ML", false, "", [2]float64{0, 3}},
	{"Queenstown, New Zealand", -45.0312, 168.6626, "Queenstown", "Otago", "NZ", false, "", [2]float64{0, 3}},
	{"Ushuaia, the south of the Americas", -54.8050, -68.3060, "Ushuaia", "Tierra del Fuego", "AR", false, "", [2]float64{0, 3}},
	// The antimeridian.
	{"Taveuni, Fiji, west of it", -16.8300, 179.9600, "", "Northern", "FJ", false, "", [2]float64{0, 120}},
	{"Taveuni, Fiji, east of it", -16.8500, -179.9700, "", "Northern", "FJ", false, "", [2]float64{0, 120}},
	{"Wrangel Island, on it", 71.2000, 180, "", "Chukotka", "RU", false, "", [2]float64{100, 400}},
	{"Provideniya, Russia in the west", 64.4250, -173.2260, "Provideniya", "Chukotka", "RU", false, "", [2]float64{0, 3}},
	{"Attu, America in the east", 52.8800, 172.9000, "", "Alaska", "US", false, "", [2]float64{1000, 1500}},
	// Poles.
	{"North Pole", 90, 0, "Longyearbyen", "", "", true, "", [2]float64{1300, 1320}},
	{"North Pole by another longitude", 90, 137.5, "Longyearbyen", "", "", true, "", [2]float64{1300, 1320}},
	{"South Pole", -90, 0, "McMurdo Station", "", "AQ", false, "", [2]float64{1300, 1400}},
	{"Vostok, Antarctica", -78.4645, 106.8339, "McMurdo Station", "", "AQ", false, "", [2]float64{1200, 1500}},
	// Seas.
	{"English Channel", 50.2000, -0.5000, "", "", "", true, "", [2]float64{55, 75}},
	{"Atlantic, between Bermuda and the Azores", 35, -45, "", "", "", true, "", [2]float64{1000, 2000}},
	{"Point Nemo, farthest from any land", -48.8767, -123.3933, "Adamstown/Hanga Roa/Rikitea", "", "", true, "", [2]float64{2600, 2800}},
	{"Gulf of Guinea, near 0, 0", 0.1, 0.1, "", "", "", true, "", [2]float64{500, 650}},
	{"Pacific, on equator and antimeridian", 0, 180, "", "", "", true, "", [2]float64{500, 1500}},
	{"Pacific, on equator and antimeridian from the other side", 0, -180, "", "", "", true, "", [2]float64{500, 1500}},
}

func TestNear(t *testing.T) {
	if len(corpus) < 60 {
		t.Fatalf("%d positions", len(corpus))
	}
	for _, c := range corpus {
		t.Run(c.name, func(t *testing.T) {
			p, ok := Near(c.lat, c.lon)
			good := ok && p.Country == c.country && p.Sea == c.sea && p.In == c.in && p.KM >= c.km[0] && p.KM <= c.km[1]
			if c.towns != "" {
				good = good && slices.Contains(strings.Split(c.towns, "/"), p.Name)
			}
			if c.region != "" {
				good = good && strings.HasPrefix(p.Region, c.region)
			}
			if !good {
				t.Errorf("%s; %+v", p, p)
			}
		})
	}
}

func TestNearOfWhatIsNoPosition(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, p := range [][2]float64{{0, 0}, {nan, 1}, {1, nan}, {nan, nan}, {inf, 0}, {0, -inf}, {90.001, 0}, {-91, 0}, {0, 180.5}, {0, -181}} {
		if got, ok := Near(p[0], p[1]); ok || got.String() != "" {
			t.Errorf("%v: %q, %v", p, got, ok)
		}
	}
}

func TestAround(t *testing.T) {
	for _, c := range []struct {
		name      string
		cell      reports.Cell
		text      string
		countries string
	}{
		{"at the border of Texas", reports.Cell{Lat: 31.7, Lon: -106.5}, "around Ciudad Juárez, Chihuahua, MX (the cell is in United States, too)", "MX US"},
		{"three countries at Basel", reports.Cell{Lat: 47.5, Lon: 7.5}, "around Basel, Basel-City, CH (the cell is in Germany and France, too)", "CH DE FR"},
		{"a coast with its middle at sea", reports.Cell{Lat: 43.6, Lon: 7.2}, "around Nice, Provence-Alpes-Côte d'Azur, FR", "FR"},
		{"a coast that is drawn just beside", reports.Cell{Lat: 38.6, Lon: -9.3}, "around Costa de Caparica, Setúbal, PT", "PT"},
		{"high seas", reports.Cell{Lat: 35, Lon: -45}, "at sea, nearest Lajes das Flores, Azores, PT (about 1,310 km)", ""},
		{"antimeridian", reports.Cell{Lat: -16.9, Lon: 179.9}, "about 80 km from Labasa, Northern, FJ", "FJ"},
		{"desert", reports.Cell{Lat: 24.5, Lon: 2.5}, "about 290 km from In Salah, DZ", "DZ"},
		{"South Pole", reports.Cell{Lat: -90, Lon: 0}, "about 1,360 km from McMurdo Station, AQ", "AQ"},
		{"North Pole", reports.Cell{Lat: 90, Lon: 180}, "at sea, nearest Longyearbyen, Svalbard, SJ (about 1,310 km)", ""},
		{"overseas region", reports.Cell{Lat: -20.9, Lon: 55.4}, "around Saint-Denis, Reunion, RE", "RE"},
		{"Sunnyvale", reports.Cell{Lat: 37.3, Lon: -122.1}, "around Sunnyvale, California, US", "US"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, ok := Around(c.cell)
			if got := strings.Join(a.Countries, " "); !ok || a.String() != c.text || got != c.countries {
				t.Errorf("%q in %q, %v", a, got, ok)
			}
		})
	}
}

func TestAroundOfNoCell(t *testing.T) {
	nan := math.NaN()
	for _, c := range []reports.Cell{{Lat: nan, Lon: 1}, {Lat: 1, Lon: nan}, {Lat: 95, Lon: 0}, {Lat: 0, Lon: -190}, {Lat: math.Inf(1)}} {
		if a, ok := Around(c); ok {
			t.Errorf("%v is %q", c, a)
		}
	}
}

func TestString(t *testing.T) {
	for _, c := range []struct {
		want string
		p    Place
	}{
		{"1.1 km from Sunnyvale, California, US", Place{Name: "Sunnyvale", Region: "California", Country: "US", KM: 1.12, town: "US"}},
		{"less than 0.1 km from Singapore, SG", Place{Name: "Singapore", Region: "Singapore", Country: "SG", KM: 0.01, town: "SG"}},
		{"61 km from In Salah, DZ", Place{Name: "In Salah", Country: "DZ", KM: 60.9, town: "DZ"}},
		{"offshore, nearest Adamstown, PN (2,690 km)", Place{Name: "Adamstown", KM: 2688, Sea: true, town: "PN"}},
		{"in Heard & McDonald Islands, 4,090 km from Perth, Western Australia, AU", Place{Name: "Perth", Region: "Western Australia", Country: "HM", KM: 4091, In: "Heard & McDonald Islands", town: "AU"}},
		{"", Place{}},
	} {
		if got := c.p.String(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

func TestCountryName(t *testing.T) {
	for code, want := range map[string]string{"US": "United States", "CI": "Côte d’Ivoire", "XK": "Kosovo", "": "", "??": "??"} {
		if got := CountryName(code); got != want {
			t.Errorf("%s is %q, want %q", code, got, want)
		}
	}
}

func BenchmarkNear(b *testing.B) {
	for i := range b.N {
		c := corpus[i%len(corpus)]
		Near(c.lat, c.lon)
	}
}

func BenchmarkAround(b *testing.B) {
	for i := range b.N {
		c := corpus[i%len(corpus)]
		Around(reports.Cell{Lat: math.Floor(c.lat*10) / 10, Lon: math.Floor(c.lon*10) / 10})
	}
}

func BenchmarkUnpack(b *testing.B) {
	b.ReportAllocs()
	for range b.N {
		if _, err := decode(packed); err != nil {
			b.Fatal(err)
		}
	}
}
