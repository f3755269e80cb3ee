// Package geo finds positions in metadata: the GPS fields of Exif and of XMP,
// coordinates in the text of videos, audio and stored fields. It is for blocks
// of tags; running text is not searched.
//
// A position that can't be one (0,0, not a number, out of range) is reported as
// invalid and never as a position.
package geo

import (
	"math"
	"slices"
	"strings"

	"habeas/detectors"
	"habeas/detectors/field"
	"habeas/detectors/textscan"
)

// Detector finds positions. The zero value is ready.
type Detector struct{ indexes textscan.Indexes }

var _ detectors.ValueSelector = (*Detector)(nil)

// New makes the detector.
func New() detectors.Detector { return &Detector{} }

// Info describes the detector.
func (*Detector) Info() detectors.Info {
	return detectors.Info{
		Name:    "geo",
		Version: 3,
		Kinds:   []detectors.Kind{detectors.GPS},
		Finds:   "GPS positions with height, time and precision, in Exif, XMP, video and audio fields; coordinates in texts, geo: URIs, links to maps and plus codes",
		Example: `GPSLatitude 37° 22' 46.80" N, GPSLongitude 122° 1' 50.52" W`,
	}
}

// Rules of the findings.
const (
	ruleExif        = "exif-gps"
	ruleXMP         = "xmp-gps"
	ruleDestination = "destination"
	ruleText        = "coordinates"
	ruleTrack       = "gps-track"
)

// axis is what a field says about a position.
type axis int

const (
	latitude axis = iota
	longitude
	latitudeRef
	longitudeRef
	altitude
	altitudeRef
	dateStamp
	timeStamp
	status
	positioningError
	destLatitude
	destLongitude
	destLatitudeRef
	destLongitudeRef
	axes
)

// axisOf tells by the local name of a field, in lower case, what it says. The
// names are those of Exif 3.0 section 4.6.7, of XMP part 2 section 3.2, and of
// writers that go their own way (DJI misspells one), of W3C's geo vocabulary.
var axisOf = map[string]axis{
	"gpslatitude": latitude, "latitude": latitude, "lat": latitude,
	"gpslongitude": longitude, "gpslongtitude": longitude, "longitude": longitude, "longtitude": longitude, "long": longitude, "lon": longitude, "lng": longitude,
	"gpslatituderef": latitudeRef, "gpslongituderef": longitudeRef,
	"latituderef": latitudeRef, "longituderef": longitudeRef,
	"gpsaltitude": altitude, "gpsaltituderef": altitudeRef, "absolutealtitude": altitude, "altitude": altitude, "alt": altitude,
	"gpsdatestamp": dateStamp, "gpstimestamp": timeStamp, "gpsdatetime": timeStamp,
	"gpsstatus": status, "gpshpositioningerror": positioningError,
	"gpsdestlatitude": destLatitude, "gpsdestlongitude": destLongitude,
	"gpsdestlatituderef": destLatitudeRef, "gpsdestlongituderef": destLongitudeRef,
}

// set is the fields of one position: those of one group, or of one structure
// and namespace of XMP.
type set struct {
	xmp    bool
	track  string // "First", "Last", "Unconfirmed": of a receiver's track in a video
	fields [axes]*detectors.Tag
}

// Detect reports the positions of p: those of fields each once, those of running
// text each time.
func (d *Detector) Detect(p *detectors.Part, found func(detectors.Finding)) error {
	if len(p.Text) > 0 {
		ix := d.indexes.Of(p, p.Text, nil)
		prose(p, ix, found)
		d.indexes.Done(ix)
	}
	if len(p.Tags) == 0 {
		return nil
	}
	r := reporter{found: found, fixes: fixesOf(p.Tags)}
	sets, order := gather(p.Tags)
	for _, key := range order {
		s := sets[key]
		r.position(s, latitude, longitude, false)
		r.position(s, destLatitude, destLongitude, true)
	}
	for i := range p.Tags {
		r.text(&p.Tags[i])
	}
	return nil
}

// gather sorts the fields into sets. Of two fields of one name in one place the
// first counts, as readers of Exif do.
func gather(tags []detectors.Tag) (sets map[string]*set, order []string) {
	sets = map[string]*set{}
	for i := range tags {
		t := &tags[i]
		key := field.Key(t.Name)
		what, ok := axisOf[axisName(t.Group, key)]
		if !ok {
			continue
		}
		place := t.Group + "\x00" + field.Parent(t.Name) + "\x00" + field.Prefix(key)
		s := sets[place]
		if s == nil {
			s = &set{xmp: t.Group == "XMP"}
			if t.Group == groupTrack {
				s.track = field.Parent(t.Name)
			}
			sets[place] = s
			order = append(order, place)
		}
		if s.fields[what] == nil {
			s.fields[what] = t
		}
	}
	return sets, order
}

// groupTrack is the group of the fields that sum up a track: First/GPSLatitude and
// so on, Last/..., and how many fixes there are.
const groupTrack = "GPSTrack"

// fixesOf is how many positions the track of tags has, in words; "" if unknown.
func fixesOf(tags []detectors.Tag) string {
	for i := range tags {
		if t := &tags[i]; t.Group == groupTrack && t.Name == "Fixes" {
			return t.Value
		}
	}
	return ""
}

// axisName is the local name of a field. The names of stored fields ("gps-lat",
// "x-amz-meta-longitude") are first brought into the form of the others.
func axisName(group, key string) string {
	local := field.Local(key)
	if group != "meta" && group != "tag" {
		return local
	}
	local = strings.TrimPrefix(local, "x-amz-meta-")
	local = strings.NewReplacer("-", "", "_", "", ".", "").Replace(local)
	for _, name := range []string{"latitude", "longitude", "lat", "lng", "lon"} {
		for _, before := range []string{"gps", "geo", "location", "capture"} {
			if local == before+name {
				return name
			}
		}
	}
	return local
}

// reporter reports each position of a part once.
type reporter struct {
	found func(detectors.Finding)
	seen  []point
	bad   bool
	fixes string // of a track
}

// position reports the position that two coordinates of s make.
func (r *reporter) position(s *set, latAxis, lonAxis axis, destination bool) {
	latTag, lonTag := s.fields[latAxis], s.fields[lonAxis]
	if latTag == nil || lonTag == nil {
		return
	}
	latRef, lonRef := latitudeRef, longitudeRef
	if destination {
		latRef, lonRef = destLatitudeRef, destLongitudeRef
	}
	lat, okLat, signed := coordinate(latTag, s.fields[latRef], "NS")
	lon, okLon, signed2 := coordinate(lonTag, s.fields[lonRef], "EW")
	if latTag.Value == "" && len(latTag.Nums) == 0 || lonTag.Value == "" && len(lonTag.Nums) == 0 {
		return // says nothing at all
	}
	f := detectors.Finding{Kind: detectors.GPS, Tag: latTag.Name, Rule: ruleExif, Confidence: 0.99}
	what := "GPS fields of Exif"
	switch {
	case destination:
		f.Rule, what, f.Confidence = ruleDestination, "the destination of a GPS route, not where the camera was", 0.7
	case s.xmp:
		f.Rule, what = ruleXMP, "GPS fields of XMP"
	case s.track != "":
		f.Rule, what, f.Confidence = ruleTrack, "the "+strings.ToLower(s.track)+" position of a track", 0.95
		if r.fixes != "" {
			what += " of " + r.fixes + " fixes"
		}
	}
	if !okLat || !okLon {
		r.invalid(f, what, "can't be read")
		return
	}
	if s.track == "" && (!signed || !signed2) {
		f.Confidence = min(f.Confidence, 0.9)
		what += ", hemisphere by sign"
	}
	if lat.odd || lon.odd {
		f.Confidence = min(f.Confidence, 0.6)
		what += ", minutes or seconds beyond 60"
	}
	if t := s.fields[status]; t != nil && strings.HasPrefix(strings.ToUpper(t.Value), "V") {
		f.Confidence = min(f.Confidence, 0.6)
		what += ", which the receiver marked as void"
	}
	q := point{lat: lat.deg, lon: lon.deg, step: finer(lat.step, lon.step)}
	if !destination {
		q.alt = heightOf(s.fields[altitude], s.fields[altitudeRef])
	}
	r.report(f, q, what, s, destination)
}

// coordinate reads one coordinate with the hemisphere that its Ref gives. signed
// tells whether a hemisphere was stated; if not the sign of the number counts.
func coordinate(t, ref *detectors.Tag, hemispheres string) (a angle, ok, signed bool) {
	a, ok = angleOf(t.Nums)
	text, textOK := parseAngle(t.Value)
	switch {
	case !ok && !textOK:
		return a, false, false
	case !ok || len(t.Nums) == 1 && textOK:
		a = text // a decimal number that stands for more, as "37,22.78N"
	case textOK && strings.Contains(t.Value, "/") && text.step > 0:
		a.step = text.step // the denominators say what the numbers lost
	}
	if h := text.hemi; textOK && h != 0 {
		if strings.IndexByte(hemispheres, h) < 0 {
			return a, false, false // a latitude to the east
		}
		if a.hemi == 0 && h == hemispheres[1] {
			a.deg = -math.Abs(a.deg)
		}
		return a, true, true
	}
	if ref == nil {
		return a, true, false
	}
	h := hemisphere(ref.Value)
	if h == 0 || strings.IndexByte(hemispheres, h) < 0 {
		return a, true, false
	}
	if h == hemispheres[1] {
		a.deg = -math.Abs(a.deg)
	}
	return a, true, true
}

func finer(a, b float64) float64 {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

// Selects tells whether a field is a part of a position, or may hold one.
func (*Detector) Selects(group, name string) bool {
	key := field.Key(name)
	_, axis := axisOf[axisName(group, key)]
	return axis || group == groupTrack || promises(key)
}

// SelectsValue tells whether a value looks like the text form of ISO 6709.
func (*Detector) SelectsValue(value string) bool {
	value = strings.TrimSpace(value)
	return len(value) > 5 && (value[0] == '+' || value[0] == '-') && value[len(value)-1] == '/'
}

// promises tells whether the name of a field promises both coordinates.
func promises(key string) bool {
	name := plain(field.Local(key))
	return slices.Contains(promising, name) || strings.HasSuffix(name, "iso6709")
}

// text reports positions that stand in one value: ISO 6709, or a pair of numbers
// under a name that promises one.
func (r *reporter) text(t *detectors.Tag) {
	named := promises(field.Key(t.Name))
	q, ok := parseISO6709(t.Value)
	how := "coordinates in the text form of ISO 6709"
	if ok && !named && !strings.HasSuffix(strings.TrimSpace(t.Value), "/") {
		return // "+1-555" under any name
	}
	if !ok && named {
		how = "a pair of coordinates under a name that promises them"
		if q, ok = parsePair(t.Value); !ok && (len(t.Nums) == 2 || len(t.Nums) == 3) {
			q, ok = point{lat: t.Nums[0], lon: t.Nums[1]}, true
			q.step = math.Pow(10, -float64(max(decimals(q.lat), decimals(q.lon))))
			if len(t.Nums) == 3 {
				q.alt = &t.Nums[2]
			}
		}
	}
	if !ok {
		return
	}
	f := detectors.Finding{Kind: detectors.GPS, Tag: t.Name, Rule: ruleText, Confidence: 0.95}
	if !named {
		f.Confidence = 0.8
	}
	r.report(f, q, how, &set{}, false)
}

// promising are names of fields that hold both coordinates, letters and digits
// only. Names that end in iso6709 do as well.
var promising = []string{
	"gpscoordinates", "gpsposition", "gpslocation", "gps", "xyz", "location", "locationinformation", "geolocation", "geo", "geopoint", "geotag",
	"coordinates", "geocoordinates", "position", "latlon", "latlng", "latlong", "shotlocation", "capturelocation", "photolocation",
	"locationgps", "recordinglocation", "gpspoint",
}

func plain(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.TrimPrefix(name, "x-amz-meta-"))
}

// metresPerDegree of latitude, and of longitude at the equator.
const metresPerDegree = 111_320

// report hands out a position, or says that it can't be one.
func (r *reporter) report(f detectors.Finding, q point, what string, s *set, destination bool) {
	switch {
	case math.IsNaN(q.lat) || math.IsNaN(q.lon) || math.IsInf(q.lat, 0) || math.IsInf(q.lon, 0):
		r.invalid(f, what, "are not numbers")
		return
	case math.Abs(q.lat) > 90 || math.Abs(q.lon) > 180:
		r.invalid(f, what, "are out of range")
		return
	case math.Abs(q.lat) < 1e-7 && math.Abs(q.lon) < 1e-7:
		r.invalid(f, what, "are 0, 0, which devices write without a fix")
		return
	}
	const same = 2e-6 // degrees: 0.2 m
	for _, o := range r.seen[max(0, len(r.seen)-maxSeen):] {
		if math.Abs(o.lat-q.lat) < same && math.Abs(o.lon-q.lon) < same {
			return
		}
	}
	r.seen = append(r.seen, q)
	pos := &detectors.Position{Lat: q.lat, Lon: q.lon, Altitude: sane(q.alt), Precision: q.step * metresPerDegree}
	if !destination {
		pos.Time = timeOf(s.fields[dateStamp], s.fields[timeStamp])
		if e, ok := valueOf(s.fields[positioningError]); ok && e > 0 && e < 1e6 {
			pos.Precision = e
		}
	}
	f.Position, f.Why = pos, what
	if pos.Precision > 0 {
		f.Why += "; precise to " + metres(pos.Precision)
	}
	r.found(f)
}

// invalid reports that a position is claimed and can't be one, once a part.
func (r *reporter) invalid(f detectors.Finding, what, why string) {
	if r.bad {
		return
	}
	r.bad = true
	f.Invalid = true
	f.Confidence = min(f.Confidence, 0.9)
	f.Why = what + "; the coordinates " + why
	r.found(f)
}

// maxSeen bounds the positions that are compared with each other.
const maxSeen = 1000
