package face

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"habeas/detectors"
	"habeas/detectors/field"
)

// schema is one vocabulary of regions.
type schema struct {
	rule, what string
	item       string   // local name of the step that holds one region
	under      string   // what the key of a field has before that step; "" for anything
	names      []string // keys within the region that hold a name, best first
	untyped    float64  // confidence of a named region without a type
	box        func(r *region) (x, y, w, h float64, sure bool)
}

// schemas, by the specs: MWG guidelines 2.0 section 5.9 (centre, shares or
// pixels), Microsoft People Tagging (top left, shares), ACDSee's own that follows
// MWG, IPTC Photo Metadata 2021.1 Image Region (rectangle, circle, polygon).
var schemas = []schema{
	{rule: "mwg-region", what: "MWG face region", item: "regionlist", under: "mwg-rs:", names: []string{"name"}, untyped: 0.8, box: areaBox},
	{rule: "acdsee-region", what: "ACDSee face region", item: "regionlist", under: "acdsee-rs:", names: []string{"name"}, untyped: 0.8, box: areaBox},
	{rule: "mp-region", what: "Microsoft face region", item: "regions", under: "mp:regioninfo", names: []string{"persondisplayname"}, untyped: 0.95, box: rectangleBox},
	{rule: "iptc-region", what: "IPTC image region", item: "imageregion", under: "", names: []string{"name", "personinimage", "personinimagewdetails/personname"}, untyped: 0.7, box: boundaryBox},
}

// holds tells quickly whether the field of key may belong to a region of s.
func (s *schema) holds(key string) bool {
	return strings.Contains(key, s.item) && strings.Contains(key, s.under)
}

// region is the fields of one region, by their Key within it without prefixes.
type region struct {
	schema *schema
	tag    string // path of the region, or of its first field if it has none of its own
	fields map[string]*detectors.Tag
	lists  map[string][]*detectors.Tag // names may come in several languages, people in lists
	points []point                     // of a polygon
	size   *sizes
}

type point struct{ x, y float64 }

// sizes are the pixels of the image as the block tells them: beside a list of
// regions, or for all of the block.
type sizes struct {
	w, h         float64 // the image's
	listW, listH map[string]float64
}

// maxRegions bounds the regions of one part; crowds stay far below.
const maxRegions = 10_000

// gather sorts the fields into regions, in file order.
func gather(tags []detectors.Tag) (regions []*region) {
	known := map[string]*region{}
	var size *sizes // most photos show nobody: made for the first region
	vertices := map[string]*point{}
	for i := range tags {
		t := &tags[i]
		if t.Group != "XMP" {
			continue
		}
		key := field.Key(t.Name)
		for s := range schemas {
			sc := &schemas[s]
			if !sc.holds(key) {
				continue
			}
			item, rest, ok := field.Item(t.Name, sc.item)
			if !ok || rest == "" || !strings.Contains(strings.ToLower(item), sc.under) {
				continue
			}
			r := known[item]
			if r == nil {
				if len(regions) == maxRegions {
					return regions
				}
				if size == nil {
					size = sizesOf(tags)
				}
				r = &region{schema: sc, tag: item, size: size, fields: map[string]*detectors.Tag{}, lists: map[string][]*detectors.Tag{}}
				known[item] = r
				regions = append(regions, r)
			}
			r.add(t, rest, vertices)
			break
		}
	}
	return regions
}

func (r *region) add(t *detectors.Tag, rest string, vertices map[string]*point) {
	if parent, axis, ok := strings.Cut(rest, "rbvertices/"); ok && parent == "regionboundary/" {
		at := field.Parent(t.Name)
		v := vertices[at]
		if v == nil {
			if len(vertices) == maxRegions {
				return
			}
			v = &point{math.NaN(), math.NaN()}
			vertices[at] = v
		}
		switch n, _ := number(t); axis {
		case "rbx":
			v.x = n
		case "rby":
			v.y = n
		}
		if !math.IsNaN(v.x) && !math.IsNaN(v.y) {
			r.points = append(r.points, *v)
		}
		return
	}
	if r.fields[rest] == nil {
		r.fields[rest] = t
	}
	if len(r.lists[rest]) < 100 {
		r.lists[rest] = append(r.lists[rest], t)
	}
}

// regionKind is what a region shows by its type.
type regionKind int

const (
	person regionKind = iota
	notPerson
	untyped
	otherType
)

// notPeople are the types and roles of regions that mark something else: MWG's
// own (Pet, Focus, BarCode), and those of the IPTC vocabularies imageregiontype
// and imageregionrole, of which only the last step is looked at.
var notPeople = map[string]bool{
	"pet": true, "focus": true, "barcode": true, "animal": true, "artwork": true, "dividerule": true, "datacode": true,
	"equipment": true, "product": true, "building": true, "landmark": true, "plant": true, "vehicle": true, "text": true, "logo": true, "object": true,
	"cropping": true, "recommended cropping": true, "landscapeformat": true, "portraitformat": true, "squareformat": true, "composite": true, "copyrightregion": true,
}

var people = map[string]bool{"face": true, "human": true, "person": true, "people": true, "body": true, "head": true}

// kind tells by type and role whether a region shows a person.
func (r *region) kind() regionKind {
	if r.schema.rule == "mp-region" {
		return person // the vocabulary is of people only
	}
	if r.fields["personinimage"] != nil || r.fields["personinimagewdetails/personname"] != nil {
		return person
	}
	typed := false
	for _, key := range []string{"type", "rctype/identifier", "rctype/name", "rctype", "rrole/identifier", "rrole/name", "rrole"} {
		for _, t := range r.lists[key] {
			v := strings.ToLower(strings.TrimSpace(t.Value))
			v = v[strings.LastIndexByte(v, '/')+1:]
			switch {
			case people[v]:
				return person
			case notPeople[v]:
				return notPerson
			case v != "" && !strings.HasPrefix(key, "rrole"):
				typed = true
			}
		}
	}
	if typed {
		return otherType
	}
	return untyped
}

// sizesOf collects what the block says of pixels. The size of the image counts
// only where one vocabulary gives both sides.
func sizesOf(tags []detectors.Tag) *sizes {
	s := &sizes{listW: map[string]float64{}, listH: map[string]float64{}}
	var sides [4]float64
	for i := range tags {
		t := &tags[i]
		if t.Group != "XMP" {
			continue
		}
		key := field.Key(t.Name)
		v, ok := number(t)
		if !ok || !(v >= 1) || v > 1e6 {
			continue
		}
		if n := slices.Index(sideNames, key); n >= 0 {
			sides[n] = v
		} else if ofList(t.Name) {
			list := field.Parent(field.Parent(t.Name))
			switch field.Local(key) {
			case "w":
				s.listW[list] = v
			case "h":
				s.listH[list] = v
			}
		}
	}
	for n := 0; n < len(sides) && s.w == 0; n += 2 {
		if sides[n] > 0 && sides[n+1] > 0 {
			s.w, s.h = sides[n], sides[n+1]
		}
	}
	return s
}

// ofList tells whether a field is a side of the image that a list refers to.
func ofList(name string) bool {
	return strings.HasSuffix(field.Key(field.Parent(name)), "appliedtodimensions")
}

// sizeField tells whether a field says how large an image is.
func sizeField(name, key string) bool { return slices.Contains(sideNames, key) || ofList(name) }

var sideNames = []string{"tiff:imagewidth", "tiff:imagelength", "exif:pixelxdimension", "exif:pixelydimension"}

// pixels is the size of the image that a region refers to; 0 if unknown.
func (r *region) pixels() (w, h float64) {
	list := field.Parent(r.tag)
	w, h = r.size.listW[list], r.size.listH[list]
	if w == 0 || h == 0 {
		w, h = r.size.w, r.size.h
	}
	return w, h
}

// number reads one number; a decimal comma and a rational are taken too.
func number(t *detectors.Tag) (float64, bool) {
	if t == nil {
		return math.NaN(), false
	}
	if len(t.Nums) == 1 {
		return t.Nums[0], finite(t.Nums[0])
	}
	return parse(t.Value)
}

func parse(s string) (float64, bool) {
	s = strings.TrimSpace(s)
	if len(s) > 40 {
		return math.NaN(), false
	}
	if a, b, ok := strings.Cut(s, "/"); ok {
		x, okX := parse(a)
		y, okY := parse(b)
		return x / y, okX && okY && finite(x/y)
	}
	v, err := strconv.ParseFloat(strings.Replace(s, ",", ".", 1), 64)
	if err != nil {
		return math.NaN(), false
	}
	return v, finite(v)
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
