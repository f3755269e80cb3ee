package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
)

// topology is what is used of TopoJSON: https://github.com/topojson/topojson-specification.
type topology struct {
	Transform struct{ Scale, Translate [2]float64 }
	Arcs      [][][2]int32 // steps
	Objects   struct {
		Countries, Land struct {
			Geometries []geometry
		}
	}
}

type geometry struct {
	Type       string
	Arcs       json.RawMessage
	Properties struct{ Name string }
}

func readTopology(from string, s source) (*topology, error) {
	text, err := s.read(from)
	if err != nil {
		return nil, err
	}
	var t topology
	if err := json.Unmarshal(text, &t); err != nil {
		return nil, err
	}
	return &t, nil
}

// rings are those of all polygons of g, outer and inner alike.
func (g *geometry) rings() ([][]int32, error) {
	switch g.Type {
	case "Polygon":
		var rings [][]int32
		return rings, json.Unmarshal(g.Arcs, &rings)
	case "MultiPolygon":
		var polygons [][][]int32
		err := json.Unmarshal(g.Arcs, &polygons)
		var rings [][]int32
		for _, p := range polygons {
			rings = append(rings, p...)
		}
		return rings, err
	default:
		return nil, fmt.Errorf("%s is a %s", g.Properties.Name, g.Type)
	}
}

// land codes the land for reports/places/earth.
func land(from string) ([]byte, error) {
	t, err := readTopology(from, countries10m)
	if err != nil {
		return nil, err
	}
	var b []byte
	for _, f := range []float64{t.Transform.Scale[0], t.Transform.Scale[1], t.Transform.Translate[0], t.Transform.Translate[1]} {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(f))
	}
	b = binary.AppendUvarint(b, uint64(len(t.Arcs)))
	for _, steps := range t.Arcs {
		b = appendSteps(b, steps)
	}
	return appendShapes(b, t.Objects.Countries.Geometries)
}

func appendShapes(b []byte, shapes []geometry) ([]byte, error) {
	b = binary.AppendUvarint(b, uint64(len(shapes)))
	for i := range shapes {
		g := &shapes[i]
		rings, err := g.rings()
		if err != nil {
			return nil, err
		}
		b = appendText(b, "") // countries are told by other data
		b = binary.AppendUvarint(b, uint64(len(rings)))
		for _, ring := range rings {
			b = binary.AppendUvarint(b, uint64(len(ring)))
			for _, arc := range ring {
				b = binary.AppendVarint(b, int64(arc))
			}
		}
	}
	return b, nil
}

func appendSteps(b []byte, steps [][2]int32) []byte {
	b = binary.AppendUvarint(b, uint64(len(steps)))
	for _, s := range steps {
		b = binary.AppendVarint(binary.AppendVarint(b, int64(s[0])), int64(s[1]))
	}
	return b
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}
