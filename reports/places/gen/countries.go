package main

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"math"
)

// coded is what is used of a feature of country-coder.
type coded struct {
	Properties struct {
		Code     string `json:"iso1A2"`
		Wikidata string
		Country  string
		Groups   []string
	}
	Geometry struct {
		Coordinates [][][][2]float64 // of a MultiPolygon
	}
}

// exceptional codes are not of ISO 3166-1 but reserved beside it.
var exceptional = map[string]string{"AC": "SH", "TA": "SH", "CP": "FR", "FX": "FR", "DG": "IO", "IC": "ES", "EA": "ES", "EU": "", "UN": ""}

const (
	// fine is the step of countries in degrees, about 1 m.
	fine = 1e-5
	// longest edge in degrees: what is longer could go either way around the Earth.
	longest = 60
)

// countries codes those of country-coder for reports/places/earth.
func countries(from string) ([]byte, error) {
	text, err := coderBorders.read(from)
	if err != nil {
		return nil, err
	}
	var all struct{ Features []coded }
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, err
	}
	groups := map[string]string{} // codes of what is only made of others
	for _, f := range all.Features {
		code := f.Properties.Code
		if other, ok := exceptional[code]; ok {
			code = other
		}
		if f.Geometry.Coordinates == nil && code != "" {
			groups[f.Properties.Wikidata], groups[f.Properties.Code] = code, code
		}
	}
	var rings [][][2]int32
	var shapes []byte
	count := 0
	for _, f := range all.Features {
		if f.Geometry.Coordinates == nil {
			continue
		}
		first := len(rings)
		for _, polygon := range f.Geometry.Coordinates {
			for _, ring := range polygon {
				rings = append(rings, steps(ring))
			}
		}
		count++
		shapes = appendText(shapes, f.code(groups))
		shapes = binary.AppendUvarint(shapes, uint64(len(rings)-first))
		for i := first; i < len(rings); i++ {
			shapes = binary.AppendVarint(binary.AppendUvarint(shapes, 1), int64(i))
		}
	}
	var b []byte
	for _, f := range []float64{fine, fine, 0, 0} {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(f))
	}
	b = binary.AppendUvarint(b, uint64(len(rings)))
	for _, ring := range rings {
		b = appendSteps(b, ring)
	}
	return append(binary.AppendUvarint(b, uint64(count)), shapes...), nil
}

// code is the ISO 3166-1 alpha-2 code of f.
func (f *coded) code(groups map[string]string) string {
	p := &f.Properties
	if other, ok := exceptional[p.Code]; ok {
		return other
	}
	if p.Code != "" {
		return p.Code
	}
	code := ""
	for _, g := range p.Groups {
		// The smallest comes first: Bonaire is in BQ before it is in NL.
		if code = groups[g]; code != "" {
			break
		}
	}
	return cmp.Or(code, p.Country)
}

// steps are the positions of a ring as steps of fine degrees.
func steps(ring [][2]float64) [][2]int32 {
	var out [][2]int32
	var at [2]int32
	for i, p := range ring {
		if i > 0 {
			q := ring[i-1]
			for n, k := math.Ceil(math.Abs(p[0]-q[0])/longest), 1.0; k < n; k++ {
				out, at = step(out, at, q[0]+(p[0]-q[0])*k/n, q[1]+(p[1]-q[1])*k/n)
			}
		}
		out, at = step(out, at, p[0], p[1])
	}
	return out
}

func step(out [][2]int32, at [2]int32, x, y float64) ([][2]int32, [2]int32) {
	to := [2]int32{int32(math.Round(x / fine)), int32(math.Round(y / fine))}
	return append(out, [2]int32{to[0] - at[0], to[1] - at[1]}), to
}
