package geomap

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"habeas/reports"
)

func TestWorldCompiledIn(t *testing.T) {
	p := drawn()
	for name, d := range map[string]string{"land": p.land, "borders": p.borders} {
		if len(d) < 5000 || !regexp.MustCompile(`^(M-?\d+[ -]\d+l(-?\d+[ -]?)*-?\d+z?)+$`).MatchString(d) {
			t.Errorf("%s is no path data (%d bytes)", name, len(d))
		}
	}
}

func cellFinding(lat, lon float64, month string) reports.Finding {
	return reports.Finding{Kind: "gps", Cell: &reports.Cell{Lat: lat, Lon: lon}, Month: month}
}

func pointFinding(lat, lon float64, at string) reports.Finding {
	f := cellFinding(math.Floor(lat*10)/10, math.Floor(lon*10)/10, "")
	f.Position = &reports.Position{Lat: lat, Lon: lon, Time: at}
	if len(at) > 7 {
		f.Month = at[:7]
	}
	return f
}

func viewOf(values bool, findings []reports.Finding) View {
	m := New(values)
	for i := range findings {
		m.Add(&findings[i])
	}
	return m.View("map")
}

// all is everything of a view that a page would hold.
func all(v View) string {
	text := string(v.World) + v.Note
	for _, c := range v.Closes {
		text += c.Title + c.Evidence + string(c.SVG)
	}
	return text + fmt.Sprint(v.Rows)
}

// life is a made-up year: nights in Sunnyvale, workdays in San Jose, a holiday in
// Fiji.
func life() []reports.Finding {
	var out []reports.Finding
	// By the sun, 122° west is 8 hours and 8 minutes behind.
	for d := range 20 {
		day := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, 15*d) // Monday
		for day.Weekday() == time.Saturday || day.Weekday() == time.Sunday {
			day = day.AddDate(0, 0, 1)
		}
		jitter := float64(d%5) * 0.0002
		out = append(out,
			pointFinding(37.3700+jitter, -122.0400, day.Add(30*time.Hour+30*time.Minute).Format(time.RFC3339)), // 22:20 before
			pointFinding(37.3350, -121.8900+jitter, day.Add(18*time.Hour).Format(time.RFC3339)))                // 9:50
	}
	for d := range 4 {
		out = append(out, pointFinding(-16.83, 179.9995+float64(d)*0.0004-360*math.Floor(float64(d)/2), fmt.Sprintf("2024-08-%02dT02:00:00Z", 3+d)))
	}
	return out
}

func TestLikelyPlaces(t *testing.T) {
	v := viewOf(true, life())
	got := map[string]string{}
	for _, r := range v.Rows {
		got[r.Place] = fmt.Sprintf("%d %s %s %s: %s", r.Count, r.First, r.Last, r.Likely, r.Evidence)
	}
	want := map[string]string{
		"0.4 km from Sunnyvale, California, US": "20 2024-01 2024-10 likely home: 20 of 20 positions with a time between 21:00 and 07:00 were taken here, on 20 different days",
		"0.7 km from San Jose, California, US":  "20 2024-01 2024-10 likely work or school: 20 of 20 positions with a time were taken from Monday to Friday between 08:00 and 18:00, on 20 different days",
		"81 km from Labasa, Northern, FJ":       "4 2024-08 2024-08 : ",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]Land{{"United States", 40, 2}, {"Fiji", 4, 1}}, v.Lands); d != "" {
		t.Error(d)
	}
	if v.Count != 44 || v.Masked || len(v.Closes) != 3 || !strings.Contains(v.Note, "150 m") || !strings.Contains(v.Note, "sun") {
		t.Errorf("%d positions, %d close-ups, %q", v.Count, len(v.Closes), v.Note)
	}
}

func TestSchool(t *testing.T) {
	for _, c := range []struct {
		name   string
		lat    float64
		months []time.Month
		hour   int
		want   string
	}{
		{"northern school year", 52.5, []time.Month{1, 2, 3, 4, 5, 6, 9, 10, 11, 12}, 10, "likely school"},
		{"with a summer", 52.5, []time.Month{1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12}, 10, "likely work or school"},
		{"with evenings", 52.5, []time.Month{1, 2, 3, 4, 5, 6, 9, 10, 11, 12}, 16, "likely work or school"},
		{"southern school year", -34.6, []time.Month{2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, 10, "likely school"},
		{"southern summer", -34.6, []time.Month{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, 10, "likely work or school"},
		{"few", 52.5, []time.Month{1}, 10, "most often"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var fs []reports.Finding
			for _, m := range c.months {
				for _, d := range []int{8, 10} {
					at := time.Date(2024, m, d, c.hour, 5, 0, 0, time.UTC)
					for at.Weekday() == time.Saturday || at.Weekday() == time.Sunday {
						at = at.AddDate(0, 0, 2)
					}
					fs = append(fs, pointFinding(c.lat, 0.1, at.Format(time.RFC3339)), pointFinding(c.lat, 0.1, at.Format(time.RFC3339)))
				}
			}
			if got := viewOf(true, fs).Rows[0]; got.Likely != c.want {
				t.Errorf("%q: %s", got.Likely, got.Evidence)
			}
		})
	}
}

func TestWithoutTimesOnlyMostOften(t *testing.T) {
	var fs []reports.Finding
	for range 10 {
		fs = append(fs, pointFinding(48.8584, 2.2945, ""))
	}
	fs = append(fs, pointFinding(48.8606, 2.3376, ""))
	r := viewOf(true, fs).Rows[0]
	if r.Likely != "most often" || r.Evidence != "10 of 11 positions; without times of day nothing more can be told" {
		t.Errorf("%+v", r)
	}
}

func TestMaskedSaysLess(t *testing.T) {
	fs := life()
	// What a masked record holds: no position.
	for i := range fs {
		fs[i].Position = nil
	}
	v := viewOf(false, fs)
	text := all(v)
	for _, never := range []string{"map-point", "home", "work", "school", "21:00", "37.37", "<circle class=\"map-point"} {
		if strings.Contains(text, never) {
			t.Errorf("a masked map holds %q", never)
		}
	}
	if !v.Masked || !strings.Contains(text, "map-cell") || !strings.Contains(text, "anywhere in it") {
		t.Errorf("%.200s", text)
	}
	want := []Row{
		{Place: "around San Jose, California, US", Country: "United States", Count: 20, First: "2024-01", Last: "2024-10"},
		{Place: "around Sunnyvale, California, US", Country: "United States", Count: 20, First: "2024-01", Last: "2024-10"},
		{Place: "about 90 km from Labasa, Northern, FJ", Country: "Fiji", Count: 4, First: "2024-08", Last: "2024-08"},
	}
	if d := cmp.Diff(want, v.Rows); d != "" {
		t.Error(d)
	}
}

func TestMaskedEvenWhereTheRecordHoldsPositions(t *testing.T) {
	masked := life()
	for i := range masked {
		masked[i].Position = nil
	}
	if d := cmp.Diff(all(viewOf(false, masked)), all(viewOf(false, life()))); d != "" {
		t.Error("positions show through:", d)
	}
}

func TestSameBytesInAnyOrder(t *testing.T) {
	fs := life()
	for _, values := range []bool{false, true} {
		want := all(viewOf(values, fs))
		for seed := range uint64(5) {
			mixed := slices.Clone(fs)
			rand.New(rand.NewPCG(seed, 1)).Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
			if got := all(viewOf(values, mixed)); got != want {
				t.Fatalf("values %v, order %d: %s", values, seed, cmp.Diff(want, got))
			}
		}
	}
}

func TestAsksNobodyForAnything(t *testing.T) {
	for _, values := range []bool{false, true} {
		v := viewOf(values, life())
		for _, text := range []string{string(v.World), string(v.Closes[0].SVG), string(v.Closes[1].SVG)} {
			if bad := regexp.MustCompile(`(?i)href|url\(|style=|<script|<image|<use|\son[a-z]+=|NaN|Inf`).FindString(text); bad != "" {
				t.Errorf("holds %q", bad)
			}
			for d := xml.NewDecoder(strings.NewReader(strings.ReplaceAll(text, " hidden>", ` hidden="">`))); ; {
				if _, err := d.Token(); errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	for _, text := range []string{Style, Script} {
		if bad := regexp.MustCompile(`(?i)url\(|@import|fetch|https?:|</`).FindString(text); bad != "" {
			t.Errorf("holds %q", bad)
		}
	}
}

func TestPassedOver(t *testing.T) {
	m := New(true)
	nan := math.NaN()
	for _, f := range []reports.Finding{
		{Kind: "email"},
		{Kind: "gps"},
		{Kind: "gps", Cell: &reports.Cell{Lat: nan, Lon: nan}},
		{Kind: "gps", Cell: &reports.Cell{Lat: 1000, Lon: 1}},
		{Kind: "gps", Position: &reports.Position{Lat: nan}},
		{Kind: "gps", Position: &reports.Position{Lat: 91}},
		{Kind: "gps", Cell: &reports.Cell{Lat: 1, Lon: 1}, Dummy: true},
		{Kind: "gps", Cell: &reports.Cell{Lat: 1, Lon: 1}, Invalid: true},
	} {
		m.Add(&f)
	}
	if !m.Empty() || len(m.View("x").Rows) != 0 || m.View("x").World != "" {
		t.Error("not empty")
	}
}

func TestEdgesOfTheEarth(t *testing.T) {
	for _, c := range [][2]float64{{90, 0}, {-90, 0}, {90, 180}, {-90, -180}, {0, 180}, {0, -180}, {0, 0}, {-89.95, 179.95}} {
		var fs []reports.Finding
		for range 3 {
			fs = append(fs, pointFinding(c[0], c[1], ""))
		}
		for _, values := range []bool{false, true} {
			v := viewOf(values, fs)
			if v.Count != 3 || len(v.Closes) != 1 || len(v.Rows) != 1 || strings.Contains(all(v), "NaN") {
				t.Errorf("%v: %+v", c, v.Rows)
			}
		}
	}
}

func TestManyPlacesStayBounded(t *testing.T) {
	m := New(true)
	r := rand.New(rand.NewPCG(1, 2))
	const n = 60_000
	for range n {
		f := pointFinding(r.Float64()*120-60, r.Float64()*360-180, "")
		m.Add(&f)
	}
	if len(m.spots) > 2*maxSpots {
		t.Fatalf("%d spots", len(m.spots))
	}
	v := m.View("map")
	var rows int64
	for _, r := range v.Rows {
		rows += r.Count
	}
	var told int64
	for _, l := range v.Lands {
		told += l.Count
	}
	if told != n {
		t.Errorf("%d positions by country", told)
	}
	if v.Count != n || len(v.Rows) != maxRows || v.More == 0 || len(v.World) > 200_000 {
		t.Errorf("%d positions, %d rows and %d more, %d bytes", v.Count, len(v.Rows), v.More, len(v.World))
	}
}

func BenchmarkView(b *testing.B) {
	fs := life()
	for range b.N {
		viewOf(true, fs)
	}
}

func BenchmarkMaskedView(b *testing.B) {
	fs := life()
	for range b.N {
		viewOf(false, fs)
	}
}
