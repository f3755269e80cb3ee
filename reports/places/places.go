// Package places names positions without a network: "1.1 km from Sunnyvale,
// California, US". Start with Near for a position and Around for the cell that
// masked reports show. About 120,000 towns and the borders of all countries are
// compiled in, 1.8 MB, and unpacked at the first call; nothing is ever asked of
// anybody.
//
// A position is named after a place of the country that it lies in, never after
// a nearer one across the border. Among those a large place is preferred to a
// small one that is a little nearer, as people do. The borders are exact
// where people live near them; those in dispute are taken as they are held on the
// ground, and a town keeps the country that GeoNames gives it.
//
// All functions may be called from many goroutines, and give the same answer for
// the same position always.
package places

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"habeas/reports"
	"habeas/reports/places/earth"
)

// Attribution is what the licences of the data ask a report to say.
const Attribution = "Places © GeoNames (geonames.org), CC BY 4.0. Borders: country-coder contributors. Map: Natural Earth."

const (
	// townKM is within which a large place may be preferred to a nearer one.
	townKM = 150
	// farKM is from where on a place is only a direction: "x km from".
	farKM = 50
	// coastKM is how far from a coast as it is drawn a position still counts as
	// on land: piers, bridges, beaches, and the error of the map.
	coastKM = 3
	// watersKM is how far from a coast the sea is a country's: 12 nautical miles.
	watersKM = 22.224
)

// Place is what a position is named after. The zero Place is none.
type Place struct {
	Name    string  // of the town; "" where there is none to name
	Region  string  // state, province or county; "" where it has none
	Country string  // ISO 3166-1 alpha-2 code; "" on the high seas and where none holds the land
	KM      float64 // from the position to the middle of the town
	Sea     bool    // the position lies off a coast
	In      string  // name of the country that the position lies in where it is not the town's: "Antarctica"
	town    string  // country code of the town
}

// Near names the position at lat, lon, in degrees of WGS 84. It is false for what
// is no position: not a number, out of range, or 0, 0, which is what devices
// write that know none.
func Near(lat, lon float64) (Place, bool) {
	if !(math.Abs(lat) <= 90 && math.Abs(lon) <= 180) || lat == 0 && lon == 0 {
		return Place{}, false
	}
	return load().near(lat, lon), true
}

// near is Near of a position.
func (g *gazetteer) near(lat, lon float64) Place {
	country := earth.Country(lat, lon)
	if !earth.OnLand(lat, lon) {
		if coast := earth.ToCoast(lat, lon, watersKM); coast > coastKM {
			t, km := g.town(lat, lon, anyTown, farKM)
			p := g.place(t, km)
			p.Sea = true
			if coast >= watersKM {
				p.Country = ""
			}
			return p
		}
	}
	if t, km := g.town(lat, lon, func(t *town) bool { return t.held == country }, townKM); t != nil {
		return g.place(t, km)
	}
	t, km := g.town(lat, lon, anyTown, townKM)
	p := g.place(t, km)
	if country != p.town {
		p.Country, p.In = country, g.countries[country]
	}
	return p
}

func anyTown(*town) bool { return true }

// place is t as seen from km away.
func (g *gazetteer) place(t *town, km float64) Place {
	if t == nil {
		return Place{}
	}
	r := &g.regions[t.region]
	return Place{Name: t.name, Region: r.name, Country: r.country, KM: km, town: r.country}
}

// String is the place as a report says it.
func (p Place) String() string {
	if p.Name == "" {
		return p.In
	}
	text := Distance(p.KM) + " from " + p.Label()
	switch {
	case p.Sea:
		return "offshore, nearest " + p.Label() + " (" + Distance(p.KM) + ")"
	case p.In != "":
		return "in " + p.In + ", " + text
	}
	return text
}

// Label is the town with its region and country: "Sunnyvale, California, US".
func (p Place) Label() string {
	if p.Name == "" {
		return p.In
	}
	text := p.Name
	if p.Region != "" && p.Region != p.Name {
		text += ", " + p.Region
	}
	return text + ", " + p.town
}

// Distance says a distance of km kilometres: to 100 m below 10 km, to 1 km
// below 100, to 10 km beyond.
func Distance(km float64) string {
	switch {
	case km < 0.05:
		return "less than 0.1 km"
	case km < 9.95:
		return strconv.FormatFloat(km, 'f', 1, 64) + " km"
	case km < 99.5:
		return strconv.FormatFloat(km, 'f', 0, 64) + " km"
	}
	whole := strconv.Itoa(int(math.Round(km/10)) * 10)
	if n := len(whole) - 3; n > 0 {
		whole = whole[:n] + "," + whole[n:]
	}
	return whole + " km"
}

// CountryName is the English name of the country with the ISO 3166-1 alpha-2
// code, or the code if it has none.
func CountryName(code string) string { return cmp.Or(load().countries[code], code) }

// cellSize is that of a reports.Cell, in degrees.
const cellSize = 0.1

// Area is what a cell is named after. Somebody in it may be anywhere in it.
type Area struct {
	Place              // of its middle, or of its land nearest to that; KM is from there
	Countries []string // ISO codes of all countries that reach into it, sorted; none if it is all sea
}

// Around names the cell c. It is false if c is not on Earth.
func Around(c reports.Cell) (Area, bool) {
	lat, lon := c.Lat+cellSize/2, c.Lon+cellSize/2
	if !(math.Abs(lat) <= 90+cellSize && math.Abs(lon) <= 180+cellSize) {
		return Area{}, false
	}
	lat, lon = min(lat, 90), min(lon, 180)
	var a Area
	found := false
	for _, d := range cellPoints {
		y, x := min(lat+d[0], 90), min(lon+d[1], 180)
		if !earth.OnLand(y, x) {
			continue
		}
		if !found {
			a.Place = load().near(y, x)
			found = true
		}
		if code := earth.Country(y, x); code != "" && !slices.Contains(a.Countries, code) {
			a.Countries = append(a.Countries, code)
		}
	}
	if !found {
		a.Place = load().near(lat, lon)
		// The coast as it is drawn may be off by as much as reaches into the cell.
		if a.Sea && earth.ToCoast(lat, lon, cellCoastKM) < cellCoastKM && a.Country != "" {
			a.Sea, a.Countries = false, []string{a.Country}
		}
	}
	if len(a.Countries) == 1 && a.Country != "" {
		a.Countries[0] = a.Country // as the town is told
	}
	slices.Sort(a.Countries)
	return a, true
}

// cellCoastKM is from the middle of a cell to its corner, and coastKM on.
const cellCoastKM = 8 + coastKM

// cellPoints are where a cell is looked at, from its middle outwards, as degrees
// from there.
var cellPoints = [...][2]float64{
	{0, 0}, {0.025, 0}, {-0.025, 0}, {0, 0.025}, {0, -0.025}, {0.025, 0.025}, {0.025, -0.025}, {-0.025, 0.025}, {-0.025, -0.025},
	{0.049, 0}, {-0.049, 0}, {0, 0.049}, {0, -0.049}, {0.049, 0.049}, {0.049, -0.049}, {-0.049, 0.049}, {-0.049, -0.049},
}

// String is the area as a report says it: it never says how far a town is, since
// the cell is as large as that.
func (a Area) String() string {
	switch {
	case a.Name == "":
		return a.In
	case a.Sea:
		return "at sea, nearest " + a.Label() + " (" + about(a.KM) + ")"
	case a.In != "":
		return "in " + a.In + ", " + about(a.KM) + " from " + a.Label()
	case a.KM > farKM:
		return about(a.KM) + " from " + a.Label()
	}
	text := "around " + a.Label()
	var also []string
	for _, c := range a.Countries {
		if c != a.Country {
			also = append(also, CountryName(c))
		}
	}
	if len(also) > 0 {
		text += " (the cell is in " + strings.Join(also, " and ") + ", too)"
	}
	return text
}

// about is a distance from somewhere in a cell, to the tens.
func about(km float64) string { return "about " + Distance(max(math.Round(km/10), 1)*10) }
