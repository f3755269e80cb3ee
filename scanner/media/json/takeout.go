package json

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"habeas/detectors"
	"habeas/scanner/media"
)

// maxSidecar bounds what is taken for a file beside a photo; they have 1 KB.
const maxSidecar = 256 << 10

// photo is what Google Takeout says of a photo or a video.
type photo struct {
	Title          string
	Description    string
	PhotoTakenTime struct{ Timestamp string }
	GeoData        place
	GeoDataExif    place
	People         []struct{ Name string }
}

type place struct {
	Latitude, Longitude float64
	Altitude            *float64
}

// sidecar gives the tags of a Takeout file, if it is one; ok says so.
func sidecar(r io.ReaderAt, size int64, v media.Visitor) (ok bool, err error) {
	if size > maxSidecar {
		return false, nil
	}
	head, err := media.ReadUpTo(r, 0, media.HeadSize, size)
	if err != nil || !bytes.Contains(head, []byte(`"photoTakenTime"`)) && !bytes.Contains(head, []byte(`"geoData`)) {
		return false, err
	}
	b, err := media.ReadUpTo(r, 0, size, size)
	if err != nil {
		return false, err
	}
	var p photo
	if json.Unmarshal(b, &p) != nil { // damaged: it is read as other JSON is
		return false, nil
	}
	tags := p.tags()
	if len(tags) == 0 {
		return false, nil
	}
	return true, v.Part(&detectors.Part{Path: "takeout", Tags: tags, Off: -1})
}

// tags are named as the detectors of metadata know them.
func (p *photo) tags() (tags []detectors.Tag) {
	add := func(name, value string, nums ...float64) {
		value = strings.TrimRight(strings.ToValidUTF8(value, "\uFFFD"), "\x00 \t\r\n")
		if value != "" {
			tags = append(tags, detectors.Tag{Group: "Takeout", Name: name, Value: value, Nums: nums})
		}
	}
	number := func(name string, x float64) { add(name, strconv.FormatFloat(x, 'f', -1, 64), x) }
	taken := ""
	if sec, err := strconv.ParseInt(p.PhotoTakenTime.Timestamp, 10, 64); err == nil && sec != 0 && sec > -1<<40 && sec < 1<<40 {
		taken = time.Unix(sec, 0).UTC().Format(time.RFC3339)
		add("PhotoTakenTime", taken)
	}
	for _, g := range []struct {
		name string
		place
	}{{"geoData", p.GeoData}, {"geoDataExif", p.GeoDataExif}} {
		if g.Latitude == 0 && g.Longitude == 0 {
			continue // how Takeout says that there is none
		}
		number(g.name+"/latitude", g.Latitude)
		number(g.name+"/longitude", g.Longitude)
		if g.Altitude != nil && *g.Altitude != 0 {
			number(g.name+"/altitude", *g.Altitude)
		}
		add(g.name+"/GPSDateTime", taken)
	}
	for i, who := range p.People {
		if i == 1000 {
			break
		}
		add(fmt.Sprintf("PersonInImage[%d]", i+1), who.Name)
	}
	return tags
}
