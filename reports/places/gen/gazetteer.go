package main

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"habeas/reports/places/earth"
)

const (
	// minPeople is what a place needs to be named, unless it is the seat of a
	// region of the first two levels, or one of few places of its country.
	minPeople = 1000
	// fewPlaces of a country are all kept.
	fewPlaces = 20
	// slack is how far in kilometres the border, or the position of a place, may be
	// wrong.
	slack = 5
)

// city is one row of GeoNames; its columns are described at
// https://download.geonames.org/export/dump/readme.txt.
type city struct {
	name, kind, country, admin string
	lat, lon                   int // thousandths of a degree
	people                     int
	held                       string // code of the country that holds it
}

func gazetteer(from string) ([]byte, error) {
	text, err := cities500.read(from)
	if err != nil {
		return nil, err
	}
	admins, err := adminNames(from)
	if err != nil {
		return nil, err
	}
	var all []city
	count := map[string]int{}
	for line := range bytes.Lines(text) {
		c, err := parseCity(strings.Split(strings.TrimRight(string(line), "\r\n"), "\t"), admins)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
		count[c.country]++
	}
	all = slices.DeleteFunc(all, func(c city) bool { return !named(c, count[c.country]) })
	slices.SortFunc(all, func(a, b city) int {
		return cmp.Or(cmp.Compare(a.country, b.country), cmp.Compare(a.admin, b.admin), cmp.Compare(a.lat, b.lat), cmp.Compare(a.lon, b.lon), cmp.Compare(a.name, b.name))
	})
	nameless := 0
	for i := range all {
		all[i].held = holder(&all[i])
		if all[i].admin == "" {
			nameless++
		}
	}
	fmt.Printf("%d places, %d of them without a region\n", len(all), nameless)
	return appendCities(nil, all), nil
}

// named reports whether c is a place that people would name: no part of a town,
// nothing that was left or destroyed.
func named(c city, ofCountry int) bool {
	switch c.kind {
	case "PPLX", "PPLH", "PPLQ", "PPLW", "PPLCH":
		return false
	case "PPLC", "PPLA", "PPLA2":
		return true
	}
	return c.people >= minPeople || ofCountry <= fewPlaces
}

// adminNames are the names of regions by "US.CA".
func adminNames(from string) (map[string]string, error) {
	text, err := admin1.read(from)
	if err != nil {
		return nil, err
	}
	var list []struct{ Code, Name string }
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, a := range list {
		out[a.Code] = strings.TrimSpace(a.Name)
	}
	return out, nil
}

func parseCity(f []string, admins map[string]string) (city, error) {
	if len(f) < 15 {
		return city{}, fmt.Errorf("a row of %d columns", len(f))
	}
	lat, err1 := strconv.ParseFloat(f[4], 64)
	lon, err2 := strconv.ParseFloat(f[5], 64)
	people, err3 := strconv.Atoi(f[14])
	if err := cmp.Or(err1, err2, err3); err != nil {
		return city{}, err
	}
	c := city{name: strings.TrimSpace(f[1]), kind: f[7], country: f[8], admin: admins[f[8]+"."+f[10]],
		lat: int(math.Round(lat * 1000)), lon: int(math.Round(lon * 1000)), people: people}
	if c.name == "" || len(c.country) != 2 || strings.ContainsFunc(c.name+c.admin, unicode.IsControl) {
		return city{}, fmt.Errorf("%q in %q", c.name, c.country)
	}
	return c, nil
}

// holder is the country that a place belongs to on the map of countries: its own
// one, unless that begins farther away than the map may be wrong.
func holder(c *city) string {
	lat, lon := float64(c.lat)/1000, float64(c.lon)/1000
	in := earth.Country(lat, lon)
	if in == "" || earth.ToCountry(c.country, lat, lon, slack) < slack {
		return c.country
	}
	return in
}

// appendCities codes regions with their places in columns, which are packed
// better than rows: names, then steps north, steps east, people, and holders where they are others.
func appendCities(b []byte, all []city) []byte {
	type region struct{ country, admin string }
	var regions []region
	sizes := map[region]int{}
	for _, c := range all {
		r := region{c.country, c.admin}
		if sizes[r]++; sizes[r] == 1 {
			regions = append(regions, r)
		}
	}
	b = appendCountries(b)
	b = binary.AppendUvarint(b, uint64(len(regions)))
	for _, r := range regions {
		b = appendText(appendText(b, r.country), r.admin)
		b = binary.AppendUvarint(b, uint64(sizes[r]))
	}
	var names []byte
	for _, c := range all {
		names = append(append(names, c.name...), '\n')
	}
	b = appendText(b, string(names))
	lat, lon := 0, 0
	for _, c := range all {
		b = binary.AppendVarint(b, int64(c.lat-lat))
		lat = c.lat
	}
	for _, c := range all {
		b = binary.AppendVarint(b, int64(c.lon-lon))
		lon = c.lon
	}
	for _, c := range all {
		b = append(b, byte(math.Round(8*math.Log2(float64(max(c.people, 1))))))
	}
	for _, c := range all {
		if c.held == c.country {
			b = append(b, 0)
			continue
		}
		b = appendText(b, c.held)
	}
	return b
}

// appendCountries codes the English names of countries from Unicode's CLDR.
func appendCountries(b []byte) []byte {
	var list [][2]string
	for a := 'A'; a <= 'Z'; a++ {
		for z := 'A'; z <= 'Z'; z++ {
			code := string([]rune{a, z})
			r, err := language.ParseRegion(code)
			if err != nil || r.String() != code || !r.IsCountry() {
				continue
			}
			if name := display.English.Regions().Name(r); name != "" {
				list = append(list, [2]string{code, name})
			}
		}
	}
	b = binary.AppendUvarint(b, uint64(len(list)))
	for _, c := range list {
		b = appendText(appendText(b, c[0]), c[1])
	}
	return b
}
