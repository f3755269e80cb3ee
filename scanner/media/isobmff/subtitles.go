package isobmff

import (
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"math"
	"regexp"
	"strconv"
	"strings"

	"habeas/detectors"
	"habeas/scanner/media"
)

const (
	// maxLines is how much is read for the subtitles of one file.
	maxLines = 8 << 20
	// maxLineReads bounds the reads of subtitles that lie scattered in the file.
	maxLineReads = 512
)

// subtitles reads text samples (3GPP TS 26.245: a length and the text; WebVTT and
// TTML by ISO/IEC 14496-30) as one running text. Drones write where they are as
// subtitles: then only the ends of the track are looked at.
func (w *walk) subtitles(t *track) error {
	first, err := w.sample(t.samples[0], maxSample)
	if err != nil {
		return err
	}
	if _, ok := positionIn(cue(t.format, first)); ok {
		if err := w.v.Part(&detectors.Part{Path: t.path + "/text", Text: []byte(cue(t.format, first)), Off: -1}); err != nil {
			return err
		}
		return w.survey(t, func(d []byte, c *course) {
			if f, ok := positionIn(cue(t.format, d)); ok {
				c.add(f)
			}
		})
	}
	text := media.NewRunning(w.v, t.path+"/text")
	var c course
	all, err := w.each(t.samples, maxLineReads, maxLines-w.lines, func(d []byte) error {
		s := cue(t.format, d)
		if f, ok := positionIn(s); ok {
			c.add(f)
		}
		if s = strings.TrimSpace(s); s != "" {
			text.WriteString(s + "\n")
		}
		w.lines += int64(len(d))
		return text.Err()
	})
	if end := text.End(); err == nil {
		err = end
	}
	if err != nil {
		return err
	}
	if !all {
		w.v.Problem(t.path+"/text", media.LimitCount)
	}
	return w.course(t.path+"/gps", &c, all)
}

// cue is the text of one sample.
func cue(format string, d []byte) string {
	switch format {
	case "wvtt":
		var s strings.Builder
		boxes(d, func(kind string, d []byte) {
			if kind == "vttc" || kind == "vtta" {
				boxes(d, func(kind string, d []byte) {
					if kind == "payl" || kind == "sttg" {
						s.WriteString(media.Legacy(d) + "\n")
					}
				})
			}
		})
		return s.String()
	case "stpp":
		return characters(d)
	}
	if len(d) >= 2 {
		if n := int(binary.BigEndian.Uint16(d)); n <= len(d)-2 {
			return strings.ReplaceAll(wide(d[2:2+n]), "\x00", " ")
		}
	}
	return strings.ReplaceAll(media.Legacy(d), "\x00", " ")
}

// characters are the texts of an XML document, each on a line.
func characters(d []byte) string {
	var s strings.Builder
	x := xml.NewDecoder(bytes.NewReader(d))
	x.Strict = false
	for range media.MaxXMLTokens {
		tok, err := x.RawToken()
		if err != nil {
			break
		}
		if c, ok := tok.(xml.CharData); ok {
			if c = bytes.TrimSpace(c); len(c) > 0 {
				s.Write(c)
				s.WriteByte('\n')
			}
		}
	}
	return strings.ToValidUTF8(s.String(), "\uFFFD")
}

const decimal = `([-+]?\d{1,3}\.\d{2,})`

// Positions in subtitles, as drones and dashboard cameras write them.
var (
	latitudeIn  = regexp.MustCompile(`(?i)\blat(?:itude)?\s*[:=]\s*` + decimal)
	longitudeIn = regexp.MustCompile(`(?i)\blon(?:g|gitude|gtitude|tigude)?\s*[:=]\s*` + decimal)
	altitudeIn  = regexp.MustCompile(`(?i)\b(?:abs_alt|altitude|alt)\s*[:=]\s*([-+]?\d{1,5}(?:\.\d+)?)`)
	pairIn      = regexp.MustCompile(`\bGPS\s*\(\s*` + decimal + `\s*,\s*` + decimal + `\s*(?:,\s*([-+]?\d{1,5}(?:\.\d+)?)\s*M\b)?`) // longitude first; a third number without unit counts satellites
	sentenceIn  = regexp.MustCompile(`\$G[A-Z]RMC,(\d{6})(?:\.\d+)?,([AV]),(\d{2,4}\.\d+),([NS]),(\d{3,5}\.\d+),([EW]),[^,]*,[^,]*,(\d{6})`)
	stampIn     = regexp.MustCompile(`\b(20\d\d)[-./](\d\d)[-./](\d\d)[ T](\d\d:\d\d:\d\d)`)
)

// positionIn finds the position in the text of one sample.
func positionIn(s string) (f fix, ok bool) {
	if len(s) > 4<<10 || len(s) < 12 {
		return f, false
	}
	number := func(s string) float64 {
		v, err := strconv.ParseFloat(s, 64)
		if err != nil {
			return math.NaN()
		}
		return v
	}
	alt := ""
	if m := sentenceIn.FindStringSubmatch(s); m != nil { // NMEA 0183: degrees and minutes
		f.lat, f.lon, f.void = degrees(number(m[3])), degrees(number(m[5])), m[2] == "V"
		if m[4] == "S" {
			f.lat = -f.lat
		}
		if m[6] == "W" {
			f.lon = -f.lon
		}
		d, c := m[7], m[1]
		f.time = "20" + d[4:] + "-" + d[2:4] + "-" + d[:2] + "T" + c[:2] + ":" + c[2:4] + ":" + c[4:] + "Z"
		return f, true
	}
	if m := pairIn.FindStringSubmatch(s); m != nil {
		f.lon, f.lat, alt = number(m[1]), number(m[2]), m[3]
	} else {
		lat, lon := latitudeIn.FindStringSubmatch(s), longitudeIn.FindStringSubmatch(s)
		if lat == nil || lon == nil {
			return f, false
		}
		f.lat, f.lon = number(lat[1]), number(lon[1])
		if m := altitudeIn.FindStringSubmatch(s); m != nil {
			alt = m[1]
		}
	}
	if alt != "" {
		a := number(alt)
		f.alt = &a
	}
	if m := stampIn.FindStringSubmatch(s); m != nil {
		f.time = m[1] + "-" + m[2] + "-" + m[3] + "T" + m[4]
	}
	return f, true
}

// degrees reads the form dddmm.mmmm of NMEA 0183.
func degrees(v float64) float64 {
	d := math.Floor(v / 100)
	return digits(d + (v-d*100)/60)
}

// nonRealTimeMeta reads the document that Sony's cameras keep of a recording; ok
// is false for any other. The fields are those that say whose device it was, and
// where.
func nonRealTimeMeta(d []byte) (tags []detectors.Tag, ok bool) {
	if !bytes.Contains(d[:min(len(d), 4<<10)], []byte("<NonRealTimeMeta")) {
		return nil, false
	}
	x := xml.NewDecoder(bytes.NewReader(d))
	x.Strict = false
	gps := map[string]string{}
	for range media.MaxXMLTokens {
		tok, err := x.RawToken()
		if err != nil {
			break
		}
		e, isStart := tok.(xml.StartElement)
		if !isStart {
			continue
		}
		item := ""
		for _, a := range e.Attr {
			value := strings.ToValidUTF8(a.Value, "\uFFFD")
			switch {
			case e.Name.Local == "Item" && a.Name.Local == "name":
				item = value
			case e.Name.Local == "Item" && a.Name.Local == "value":
				gps[item] = value
			case e.Name.Local == "Device" && a.Name.Local == "manufacturer":
				tags = add(tags, "Make", value)
			case e.Name.Local == "Device" && a.Name.Local == "modelName":
				tags = add(tags, "Model", value)
			case e.Name.Local == "Device" && a.Name.Local == "serialNo":
				tags = add(tags, "DeviceSerialNumber", value)
			case a.Name.Local == "creator" || a.Name.Local == "author":
				tags = add(tags, "Creator", value)
			case e.Name.Local == "Title" || e.Name.Local == "Description":
				tags = add(tags, e.Name.Local, value)
			}
		}
	}
	if lat, lon := gps["Latitude"], gps["Longitude"]; lat != "" && lon != "" {
		tags = add(tags, "GPSLatitude", strings.ReplaceAll(lat, ":", " "))
		tags = add(tags, "GPSLatitudeRef", gps["LatitudeRef"])
		tags = add(tags, "GPSLongitude", strings.ReplaceAll(lon, ":", " "))
		tags = add(tags, "GPSLongitudeRef", gps["LongitudeRef"])
	}
	return tags, true
}
