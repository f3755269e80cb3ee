// Package device finds serial numbers of cameras, lenses, drones and other
// devices in metadata. A serial joins all pictures of one device, and so mostly
// of one person, whatever names were removed.
package device

import (
	"strings"
	"unicode"

	"habeas/detectors"
	"habeas/detectors/field"
)

// Detector finds serial numbers. The zero value is ready.
type Detector struct{}

var _ detectors.Selector = (*Detector)(nil)

// New makes the detector.
func New() detectors.Detector { return &Detector{} }

// Info describes the detector.
func (*Detector) Info() detectors.Info {
	return detectors.Info{
		Name:    "device",
		Version: 1,
		Kinds:   []detectors.Kind{detectors.DeviceSerial},
		Finds:   "serial numbers of cameras, lenses, flashes and drones, and identifiers of phones",
		Example: "SerialNumber: 072021007989",
	}
}

// Selects tells whether a field numbers a device.
func (*Detector) Selects(_, name string) bool {
	_, ok := ruleOf(field.Local(field.Key(name)))
	return ok
}

// Detect reports the serial numbers in the fields of p.
func (*Detector) Detect(p *detectors.Part, found func(detectors.Finding)) error {
	for i := range p.Tags {
		t := &p.Tags[i]
		if t.Value == "" || len(t.Value) > maxSerial {
			continue
		}
		r, ok := ruleOf(field.Local(field.Key(t.Name)))
		if !ok {
			continue
		}
		if f, ok := finding(r, t); ok {
			found(f)
		}
	}
	return nil
}

// maxSerial bytes is far above any serial; longer values are something else.
const maxSerial = 128

// rule is the device that a field numbers.
type rule struct {
	name, why  string
	confidence float64
}

// identifiers are fields, letters and digits only, that number a device without
// the word serial.
var identifiers = map[string]bool{
	"deviceid": true, "uniquedeviceid": true, "deviceidentifier": true, "deviceuuid": true, "udid": true, "imei": true, "meid": true, "androidid": true,
	"advertisingid": true, "idfa": true, "idfv": true, "cameraid": true, "bodyid": true,
}

// ruleOf tells by the local name of a field, in lower case, whose number it is.
// All names with "serial number" in them are taken, as Exif's and its makers'
// are: BodySerialNumber, LensSerialNumber, InternalSerialNumber.
func ruleOf(local string) (rule, bool) {
	local = plain(local)
	if identifiers[local] {
		return rule{"device-id", "the field for a device's identifier", 0.8}, true
	}
	before, after, ok := strings.Cut(local, "serial")
	switch {
	case !ok, after != "" && after != "number" && after != "no" && after != "num" && after != "nr" && after != "numbers" && after != "number2":
		return rule{}, false
	case after == "" && before == "" || before == "product" || before == "document" || before == "order" || before == "certificate" || before == "cert":
		return rule{}, false // the bare word, and numbers of other things
	}
	switch {
	case strings.Contains(before, "lens"):
		return rule{"lens", "the field for the lens's serial number", 0.9}, true
	case strings.Contains(before, "internal"):
		return rule{"internal", "the field for the maker's internal serial number", 0.9}, true
	case strings.Contains(before, "flash"), strings.Contains(before, "battery"), strings.Contains(before, "adapter"), strings.Contains(before, "converter"):
		return rule{"accessory", "the field for an accessory's serial number", 0.85}, true
	case strings.Contains(before, "drone"), strings.Contains(before, "aircraft"):
		return rule{"drone", "the field for the drone's serial number", 0.95}, true
	}
	return rule{"body", "the field for the device's serial number", 0.95}, true
}

func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.TrimPrefix(s, "x-amz-meta-"))
}

// finding judges a serial; ok is false for what makers and programs write where
// no number is known.
func finding(r rule, t *detectors.Tag) (f detectors.Finding, ok bool) {
	value := strings.TrimSpace(t.Value)
	canonical := Canonical(value)
	if junk(value, canonical) {
		return f, false
	}
	f = detectors.Finding{Kind: detectors.DeviceSerial, Value: value, Canonical: canonical, Tag: t.Name, Confidence: r.confidence, Rule: r.name, Why: r.why}
	switch {
	case counted(canonical):
		f.Dummy = true
		f.Why += "; digits in counting order, as in examples"
	case len(canonical) < 4:
		f.Confidence = 0.5
		f.Why += "; very short"
	}
	return f, true
}

// Canonical is the form that spellings of a serial share: upper case, letters and
// digits only.
func Canonical(serial string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToUpper(r)
		}
		return -1
	}, serial)
}

func junk(value, canonical string) bool {
	if len(canonical) < 2 || field.Blank(value) || strings.ContainsRune(value, unicode.ReplacementChar) {
		return true
	}
	if strings.Trim(canonical, canonical[:1]) == "" {
		return true // one sign, again and again
	}
	switch strings.ToLower(canonical) {
	case "unknown", "notset", "notavailable", "serialnumber", "serial", "tobefilledbyoem", "defaultstring", "systemserialnumber", "yes", "no", "true", "false", "ffffffff", "deadbeef", "binary":
		return true
	}
	return !strings.ContainsFunc(canonical, unicode.IsDigit) && len(canonical) < 6
}

// counted tells "123456", "0123456789" and the like.
func counted(s string) bool {
	return len(s) >= 5 && (strings.HasPrefix("01234567890123456789", s) || strings.HasPrefix("1234567890123456789", s) || s == "ABCDEF" || s == "ABC123")
}
