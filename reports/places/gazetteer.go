package places

import (
	"bytes"
	"cmp"
	"compress/flate"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"sync"

	_ "embed"

	"habeas/reports/places/earth"
)

//go:embed places.bin
var packed []byte

// maxUnpacked bounds the data as compiled in; they have 2 MB.
const maxUnpacked = 8 << 20

// errData says that the data compiled in are damaged, which a test rules out.
var errData = errors.New("the places can't be unpacked")

// gazetteer is the unpacked data.
type gazetteer struct {
	countries map[string]string // names by code
	regions   []region
	towns     []town // by latitude
}

type region struct{ country, name string }

// town is a place with its position as a unit vector, so that distances need no
// care at poles and antimeridian.
type town struct {
	lat     float32 // degrees
	x, y, z float32
	region  int32
	weight  float32 // what its distance is divided by
	name    string
	held    string // code of the country that holds it, which may be another than that of its region
}

var load = sync.OnceValue(func() *gazetteer {
	g, err := decode(packed)
	if err != nil {
		return &gazetteer{} // a test unpacks what is compiled in
	}
	return g
})

// radius of the Earth in kilometres.
const radius = 6371.0

// doubt is added to a distance, in kilometres: who stands in a village may stand
// in the town beside it.
const doubt = 0.5

// town is the best of those that pass, and how far it is. Within reach kilometres
// that is the one with the least distance for its size; beyond, the nearest. It
// is nil only if none passes.
func (g *gazetteer) town(lat, lon float64, pass func(*town) bool, reach float64) (*town, float64) {
	x, y, z := vector(lat, lon)
	for band := reach; ; band *= 4 {
		best, bestKM, bestScore := (*town)(nil), 0.0, math.Inf(1)
		span := band / earth.KM
		from, _ := slices.BinarySearchFunc(g.towns, lat-span, byLatitude)
		to, _ := slices.BinarySearchFunc(g.towns, lat+span, byLatitude)
		near := math.Cos(band / radius)
		if band > math.Pi*radius {
			near = -2
		}
		for i := from; i < to; i++ {
			t := &g.towns[i]
			dot := x*float64(t.x) + y*float64(t.y) + z*float64(t.z)
			if dot < near || !pass(t) {
				continue
			}
			km := apart(x, y, z, t)
			score := km
			if band == reach {
				score = (km + doubt) / float64(t.weight)
			}
			if score < bestScore {
				best, bestKM, bestScore = t, km, score
			}
		}
		if best != nil || near == -2 {
			return best, bestKM
		}
	}
}

func byLatitude(t town, lat float64) int { return cmp.Compare(float64(t.lat), lat) }

// apart is the distance along the surface in kilometres, by the chord, which is
// exact where the angle is small.
func apart(x, y, z float64, t *town) float64 {
	dx, dy, dz := x-float64(t.x), y-float64(t.y), z-float64(t.z)
	return 2 * radius * math.Asin(min(math.Sqrt(dx*dx+dy*dy+dz*dz)/2, 1))
}

func vector(lat, lon float64) (x, y, z float64) {
	phi, lambda := lat*math.Pi/180, lon*math.Pi/180
	return math.Cos(phi) * math.Cos(lambda), math.Cos(phi) * math.Sin(lambda), math.Sin(phi)
}

// decode reads what reports/places/gen writes: names of countries, regions with
// how many places each has, and the places in columns.
func decode(packed []byte) (*gazetteer, error) {
	b, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(packed)), maxUnpacked))
	if err != nil {
		return nil, err
	}
	r := reader{s: string(b)}
	g := &gazetteer{countries: map[string]string{}}
	for n := r.count(); n > 0; n-- {
		code := r.text()
		g.countries[code] = r.text()
	}
	g.regions = make([]region, r.count())
	sizes := make([]int, len(g.regions))
	total := 0
	for i := range g.regions {
		g.regions[i] = region{r.text(), r.text()}
		sizes[i] = r.count()
		total += sizes[i]
	}
	names := r.text()
	if r.bad || total > len(names) {
		return nil, errData
	}
	g.towns = make([]town, total)
	i := 0
	for k, n := range sizes {
		for ; n > 0; n-- {
			name, rest, ok := strings.Cut(names, "\n")
			if !ok {
				return nil, errData
			}
			g.towns[i].name, g.towns[i].region, names = name, int32(k), rest
			i++
		}
	}
	g.columns(&r)
	if r.bad || r.s != "" || names != "" {
		return nil, errData
	}
	slices.SortStableFunc(g.towns, func(a, b town) int { return cmp.Compare(a.lat, b.lat) })
	return g, nil
}

// columns reads positions, sizes and holders.
func (g *gazetteer) columns(r *reader) {
	lat, lon := int64(0), int64(0)
	for i := range g.towns {
		lat += r.signed()
		g.towns[i].lat = float32(lat) / 1000
		g.towns[i].y = float32(lat)
	}
	for i := range g.towns {
		t := &g.towns[i]
		lon += r.signed()
		x, y, z := vector(float64(t.y)/1000, float64(lon)/1000)
		t.x, t.y, t.z = float32(x), float32(y), float32(z)
	}
	for i := range g.towns {
		people := math.Exp2(float64(r.byte()) / 8)
		g.towns[i].weight = float32(math.Pow(max(people, 500), 0.25))
	}
	for i := range g.towns {
		t := &g.towns[i]
		t.held = cmp.Or(r.text(), g.regions[t.region].country)
	}
}

// reader takes numbers and texts off the front of s. Once bad it gives zeros.
type reader struct {
	s   string
	bad bool
}

func (r *reader) take(n int) string {
	if n < 0 || n > len(r.s) {
		r.s, r.bad = "", true
		return ""
	}
	out := r.s[:n]
	r.s = r.s[n:]
	return out
}

func (r *reader) byte() byte {
	if c := r.take(1); c != "" {
		return c[0]
	}
	return 0
}

// count is a number of things that take a byte each at least.
func (r *reader) count() int {
	v, n := binary.Uvarint([]byte(r.s[:min(len(r.s), binary.MaxVarintLen64)]))
	if n <= 0 || v > uint64(len(r.s)) {
		r.s, r.bad = "", true
		return 0
	}
	r.take(n)
	return int(v)
}

func (r *reader) signed() int64 {
	v, n := binary.Varint([]byte(r.s[:min(len(r.s), binary.MaxVarintLen64)]))
	if n <= 0 {
		r.s, r.bad = "", true
		return 0
	}
	r.take(n)
	return v
}

func (r *reader) text() string { return r.take(r.count()) }
