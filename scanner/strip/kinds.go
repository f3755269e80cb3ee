package strip

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"habeas/detectors"
)

// Kind is what a person asks to have taken out: a group of the kinds that
// detectors find, and the blocks that hold them.
type Kind string

const (
	GPS        Kind = "gps"           // positions
	Places     Kind = "places"        // names of places, addresses
	Faces      Kind = "faces"         // regions and names of faces
	Names      Kind = "names"         // names in any part
	Contacts   Kind = "contacts"      // e-mail, telephone, web address
	Serials    Kind = "serials"       // numbers of cameras, lenses, devices
	Thumbnails Kind = "thumbnails"    // small pictures beside the picture
	Copies     Kind = "hidden-copies" // originals, motion photos, thumbnails that show more
	All        Kind = "all"           // all metadata
)

// rule is what belongs to a Kind.
type rule struct {
	kind   Kind
	says   string           // for people
	finds  []detectors.Kind // what a look afterwards must not find
	tags   []string         // names of tags, those in XMP by their first property; "*" at the end stands for any rest
	groups []string         // groups of tags of which all belong to it
	blocks []string         // ends of the paths of blocks that belong to it whole
}

// rules is the table of what belongs to which Kind. What a detector finds under
// another tag is added to it object by object, by the tag in which it was found.
var rules = [...]rule{
	{kind: GPS, says: "positions: the GPS block of Exif, positions in XMP, GeoTIFF, QuickTime, tracks of telemetry",
		finds:  []detectors.Kind{detectors.GPS},
		groups: []string{"GPS"},
		tags:   []string{"exif:GPS*", "GPSCoordinates", "LocationInformation", "GeoTiff*", "PixelScale", "ModelTiePoint", "ModelTransform"}},
	{kind: Places, says: "names of places and addresses",
		finds: []detectors.Kind{detectors.Place, detectors.Address},
		tags: []string{"photoshop:City", "photoshop:State", "photoshop:Country", "Iptc4xmpCore:Location", "Iptc4xmpCore:CountryCode",
			"Iptc4xmpExt:LocationShown", "Iptc4xmpExt:LocationCreated", "City", "Sub-location", "Province-State",
			"Country-PrimaryLocationName", "Country-PrimaryLocationCode", "ContentLocationName", "ContentLocationCode", "GPSAreaInformation", "LocationName"}},
	{kind: Faces, says: "regions of faces and the names in them",
		finds: []detectors.Kind{detectors.Face},
		tags:  []string{"mwg-rs:Regions", "MP:RegionInfo", "Iptc4xmpExt:ImageRegion", "Iptc4xmpExt:PersonInImage*", "RecognizedFace*", "FaceRec*"}},
	{kind: Names, says: "names of creators, owners, authors and of people shown",
		finds: []detectors.Kind{detectors.Name},
		tags: []string{"Artist", "XPAuthor", "OwnerName", "Photographer", "ImageEditor", "By-line", "Writer-Editor", "dc:creator",
			"photoshop:CaptionWriter", "aux:OwnerName", "exifEX:CameraOwnerName", "tiff:Artist", "Iptc4xmpExt:PersonInImage*"}},
	{kind: Contacts, says: "e-mail and web addresses, telephone numbers",
		finds: []detectors.Kind{detectors.Email, detectors.Phone, detectors.URL},
		tags:  []string{"Iptc4xmpCore:CreatorContactInfo", "Contact"}},
	{kind: Serials, says: "serial numbers of cameras, lenses and devices",
		finds: []detectors.Kind{detectors.DeviceSerial, detectors.MAC},
		tags: []string{"SerialNumber", "LensSerialNumber", "CameraSerialNumber", "InternalSerialNumber", "aux:SerialNumber", "aux:LensSerialNumber",
			"exifEX:BodySerialNumber", "exifEX:LensSerialNumber", "AccessorySerialNumber", "ExtenderSerialNumber", "FlashSerialNumber"}},
	{kind: Thumbnails, says: "small pictures beside the picture itself",
		tags:   []string{"xmp:Thumbnails", "xap:Thumbnails"},
		blocks: []string{"thumbnail", "iptc/preview", "docprops/thumbnail"}},
	{kind: Copies, says: "copies that may show more than the picture: originals, motion photos, pictures behind it",
		finds:  []detectors.Kind{detectors.HiddenCopy},
		blocks: []string{"trailer/motion-photo", "trailer/original", "mpvd"}},
}

// Kinds lists the names, with what each takes out.
func Kinds() (names []Kind, says []string) {
	for _, r := range rules {
		names, says = append(names, r.kind), append(says, r.says)
	}
	return append(names, All), append(says, "all metadata but orientation, colour profile and what shows the picture")
}

// ParseKinds reads a list of names. A kind that detectors find is one too.
func ParseKinds(list []string) ([]Kind, error) {
	if len(list) == 0 {
		return nil, errors.New("name what should go")
	}
	var out []Kind
	names, _ := Kinds()
	for _, s := range list {
		k := Kind(strings.ToLower(strings.TrimSpace(s)))
		if !slices.Contains(names, k) && !slices.Contains(detectors.Kinds(), detectors.Kind(k)) {
			all := make([]string, len(names))
			for i, n := range names {
				all[i] = string(n)
			}
			return nil, fmt.Errorf("%q is none of %s, nor a kind that detectors find", s, strings.Join(all, ", "))
		}
		if !slices.Contains(out, k) {
			out = append(out, k)
		}
	}
	return out, nil
}

// For names the Kinds that take out what was found.
func For(found detectors.Kind) Kind {
	for _, r := range rules {
		if slices.Contains(r.finds, found) {
			return r.kind
		}
	}
	return Kind(found)
}

// choice is what was asked for.
type choice struct {
	all   bool
	rules []*rule
	finds []detectors.Kind
}

func choose(kinds []Kind) choice {
	var c choice
	for _, k := range kinds {
		if k == All {
			c.all = true
			continue
		}
		i := slices.IndexFunc(rules[:], func(r rule) bool { return r.kind == k })
		if i < 0 {
			c.finds = append(c.finds, detectors.Kind(k))
			continue
		}
		c.rules = append(c.rules, &rules[i])
		c.finds = append(c.finds, rules[i].finds...)
	}
	return c
}

// wants reports whether findings of a kind must be gone afterwards.
func (c *choice) wants(k detectors.Kind) bool {
	if k == detectors.Renamed {
		return false // it says something of the name
	}
	return c.all || slices.Contains(c.finds, k)
}

// field reports whether a tag belongs to what was asked for.
func (c *choice) field(group, name string) bool {
	if c.all {
		return true
	}
	first, _, _ := strings.Cut(name, "/")
	if i := strings.IndexByte(first, '['); i >= 0 {
		first = first[:i]
	}
	for _, r := range c.rules {
		if slices.Contains(r.groups, group) {
			return true
		}
		for _, t := range r.tags {
			if p, ok := strings.CutSuffix(t, "*"); ok && strings.HasPrefix(first, p) || t == first {
				return true
			}
		}
	}
	return false
}

// pictures are the ends of paths of content that stays under All: it belongs to
// what is shown, or only what is in it goes.
var pictures = []string{"gain-map", "depth-map", "preview", "jpgfromraw"}

// block reports whether a block goes whole.
func (c *choice) block(path string) bool {
	low := strings.ToLower(path)
	for _, r := range c.rules {
		for _, b := range r.blocks {
			if low == b || strings.HasSuffix(low, "/"+b) {
				return true
			}
		}
	}
	if !c.all {
		return false
	}
	if strings.HasSuffix(low, "iptc/preview") {
		return true
	}
	last := low[strings.LastIndexByte(low, '/')+1:]
	return !slices.Contains(pictures, last) && !strings.HasSuffix(last, "]")
}
