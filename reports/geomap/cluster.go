package geomap

import (
	"cmp"
	"math"
	"slices"

	"habeas/reports/places"
	"habeas/reports/places/earth"
)

const (
	// reachKM is how far apart the spots of one cluster are at most, each from
	// its next.
	reachKM = 0.15
	// fewest positions make a cluster; what is alone is a passing visit.
	fewest = 3
	// cellHalf is half a cell, in degrees.
	cellHalf = 0.05
)

// cluster is a set of spots near each other, or one loose spot.
type cluster struct {
	spots       []*spot
	lat, lon    float64 // of the middle, by positions
	count       int64
	first, last string
	months      int
	cell        bool // made of cells
	when        when

	place, title, country string
	likely, evidence      string
}

// loose tells a spot that belongs to no cluster.
func (c *cluster) loose() bool { return c.count < fewest }

// clusters groups the spots, most positions first. Spots are taken in order of
// place, so that the order of findings makes no difference.
func (m *Map) clusters() []*cluster {
	all := make([]*spot, 0, len(m.spots))
	cell := map[*spot]bool{}
	for k, s := range m.spots {
		all = append(all, s)
		cell[s] = k.coarse
	}
	slices.SortFunc(all, func(a, b *spot) int {
		return cmp.Or(cmp.Compare(a.lat, b.lat), cmp.Compare(a.lon, b.lon))
	})
	var points, cells []*spot
	for _, s := range all {
		if cell[s] {
			cells = append(cells, s)
		} else {
			points = append(points, s)
		}
	}
	var out []*cluster
	for _, g := range grouped(points, nearby) {
		out = append(out, newCluster(g, false))
	}
	for _, g := range grouped(cells, touching) {
		out = append(out, newCluster(g, true))
	}
	slices.SortStableFunc(out, func(a, b *cluster) int { return cmp.Compare(b.count, a.count) })
	for i, c := range out {
		if i >= maxRows && c.loose() {
			// Names cost time, and the table will not show it.
			c.place, c.title = "elsewhere", "elsewhere"
			if code := earth.Country(c.lat, c.lon); code != "" && earth.OnLand(c.lat, c.lon) {
				c.country = places.CountryName(code)
			}
			continue
		}
		c.place, c.title, c.country = name(c.lat, c.lon, c.cell)
	}
	return out
}

// grouped joins spots, in order of latitude, that are together directly or by
// others between them: DBSCAN in which every spot is at the core.
func grouped(spots []*spot, together func(a, b *spot) (joined, past bool)) [][]*spot {
	root := make([]int, len(spots))
	for i := range root {
		root[i] = i
	}
	find := func(i int) int {
		for root[i] != i {
			root[i] = root[root[i]]
			i = root[i]
		}
		return i
	}
	for i, a := range spots {
		for k := i + 1; k < len(spots); k++ {
			joined, past := together(a, spots[k])
			if past {
				break
			}
			if joined {
				x, y := find(i), find(k)
				root[max(x, y)] = min(x, y)
			}
		}
	}
	at := map[int]int{}
	var out [][]*spot
	for i, s := range spots {
		r := find(i)
		if _, ok := at[r]; !ok {
			at[r] = len(out)
			out = append(out, nil)
		}
		out[at[r]] = append(out[at[r]], s)
	}
	return out
}

// nearby joins points within reachKM; past says that all others are too far north.
func nearby(a, b *spot) (joined, past bool) {
	dy := (b.lat - a.lat) * earth.KM
	if dy > reachKM {
		return false, true
	}
	dx := eastward(a.lon, b.lon) * earth.KM * math.Cos(a.lat*math.Pi/180)
	return math.Hypot(dx, dy) <= reachKM, false
}

// touching joins cells that share a side or a corner.
func touching(a, b *spot) (joined, past bool) {
	const most = 2*cellHalf + 0.01
	return math.Abs(eastward(a.lon, b.lon)) < most, b.lat-a.lat > most
}

// eastward is from a to b the short way, in degrees.
func eastward(a, b float64) float64 {
	d := b - a
	return d - 360*math.Round(d/360)
}

func newCluster(spots []*spot, cell bool) *cluster {
	c := &cluster{spots: spots, cell: cell}
	base := spots[0].lon
	var lat, lon float64
	top := spots[0]
	months := map[string]bool{}
	for _, s := range spots {
		c.count += s.count
		lat += s.lat * float64(s.count)
		lon += eastward(base, s.lon) * float64(s.count)
		c.first, c.last = earliest(c.first, s.first), max(c.last, s.last)
		if s.when != nil {
			c.when.merge(s.when)
		}
		for _, m := range s.months {
			months[m] = true
		}
		if s.count > top.count {
			top = s
		}
	}
	c.months = len(months)
	c.lat, c.lon = lat/float64(c.count), base+lon/float64(c.count)
	if cell {
		// Cells are named by the one with most; between them lies nothing.
		c.lat, c.lon = top.lat, top.lon
	}
	if c.lon > 180 {
		c.lon -= 360
	} else if c.lon < -180 {
		c.lon += 360
	}
	return c
}
