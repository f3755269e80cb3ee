package main

import (
	"math"
	"slices"
	"strconv"
)

// worldMap draws the land and the borders of countries at 1:110 million as two
// SVG paths on a field of 2,000 by 1,000 steps, the North Pole at 0, for
// reports/geomap. The first line is the land, the second the borders.
func worldMap(from string) ([]byte, error) {
	t, err := readTopology(from, countries110m)
	if err != nil {
		return nil, err
	}
	used := map[int32]int{}
	for i := range t.Objects.Countries.Geometries {
		rings, err := t.Objects.Countries.Geometries[i].rings()
		if err != nil {
			return nil, err
		}
		for _, arc := range slices.Concat(rings...) {
			used[max(arc, ^arc)]++
		}
	}
	var out []byte
	for i := range t.Objects.Land.Geometries {
		rings, err := t.Objects.Land.Geometries[i].rings()
		if err != nil {
			return nil, err
		}
		for _, ring := range rings {
			var line [][2]float64
			for _, arc := range ring {
				line = append(line, t.line(arc)...)
			}
			out = appendLand(out, unwrapped(line))
		}
	}
	out = append(out, '\n')
	for i := range t.Arcs {
		if used[int32(i)] > 1 {
			out = appendPath(out, unwrapped(t.line(int32(i))), 0)
		}
	}
	return out, nil
}

// line is an arc in degrees.
func (t *topology) line(arc int32) [][2]float64 {
	var out [][2]float64
	var at [2]int32
	for _, s := range t.Arcs[max(arc, ^arc)] {
		at = [2]int32{at[0] + s[0], at[1] + s[1]}
		out = append(out, [2]float64{float64(at[0])*t.Transform.Scale[0] + t.Transform.Translate[0], float64(at[1])*t.Transform.Scale[1] + t.Transform.Translate[1]})
	}
	if arc < 0 {
		slices.Reverse(out)
	}
	return out
}

// unwrapped lets a line run on beyond the antimeridian.
func unwrapped(line [][2]float64) [][2]float64 {
	for i := 1; i < len(line); i++ {
		line[i][0] -= 360 * math.Round((line[i][0]-line[i-1][0])/360)
	}
	return line
}

// appendLand draws a ring, a second time where it reaches beyond the map, and
// down to the pole where it goes around the Earth.
func appendLand(out []byte, ring [][2]float64) []byte {
	first, last := ring[0], ring[len(ring)-1]
	if math.Abs(last[0]-first[0]) > 180 {
		ring = append(ring, [2]float64{last[0], -90}, [2]float64{first[0], -90})
	}
	west, east := first[0], first[0]
	for _, p := range ring {
		west, east = min(west, p[0]), max(east, p[0])
	}
	for _, shift := range []float64{-360, 0, 360} {
		if west+shift < 180 && east+shift > -180 {
			out = append(appendPath(out, ring, shift), 'z')
		}
	}
	return out
}

// appendPath draws a line by steps; what does not move the pen is left out.
func appendPath(out []byte, line [][2]float64, shift float64) []byte {
	var x, y int
	for i, p := range line {
		px, py := int(math.Round((p[0]+shift+180)*2000/360)), int(math.Round((90-p[1])*1000/180))
		switch {
		case i == 0:
			out = append(appendPair(append(out, 'M'), px, py), 'l')
		case px == x && py == y:
			continue
		default:
			out = appendPair(out, px-x, py-y)
		}
		x, y = px, py
	}
	if out[len(out)-1] == 'l' {
		out = append(out, "0 0"...)
	}
	return out
}

// appendPair writes two numbers with as few separators as SVG needs.
func appendPair(out []byte, x, y int) []byte {
	if c := out[len(out)-1]; x >= 0 && c >= '0' && c <= '9' {
		out = append(out, ' ')
	}
	out = strconv.AppendInt(out, int64(x), 10)
	if y >= 0 {
		out = append(out, ' ')
	}
	return strconv.AppendInt(out, int64(y), 10)
}
