package face

import (
	"encoding/xml"
	"strings"
	"unicode/utf8"

	"habeas/detectors"
	"habeas/detectors/field"
)

// plainLists are properties, by Key, whose items are names of people shown or
// heard: IPTC Extension, PRISM, Media Pro, Getty, and what cameras store of the
// faces that they know.
var plainLists = map[string]struct {
	rule       string
	confidence float64
}{
	"iptc4xmpext:personinimage":                                                        {"person-shown", 0.95},
	"iptc4xmpext:personinimagewdetails/iptc4xmpext:personname":                         {"person-shown", 0.95},
	"iptc4xmpext:personheard/iptc4xmpext:name":                                         {"person-heard", 0.9},
	"iptc4xmpext:imageregion/iptc4xmpext:personinimage":                                {"person-shown", 0.95},
	"iptc4xmpext:imageregion/iptc4xmpext:personinimagewdetails/iptc4xmpext:personname": {"person-shown", 0.95},
	"mediapro:people":             {"person-shown", 0.95},
	"expressionmedia:people":      {"person-shown", 0.95},
	"prism:person":                {"person-shown", 0.9},
	"gettyimagesgift:personality": {"person-shown", 0.95},
	"getty:personality":           {"person-shown", 0.95}, // as ExifTool writes it
	"xmpdm:peopleinimage":         {"person-shown", 0.9},
	"personinimage":               {"person-shown", 0.9},
	"face1name":                   {"camera-face", 0.9},
	"face2name":                   {"camera-face", 0.9},
	"face3name":                   {"camera-face", 0.9},
	"face4name":                   {"camera-face", 0.9},
	"face5name":                   {"camera-face", 0.9},
	"face6name":                   {"camera-face", 0.9},
	"face7name":                   {"camera-face", 0.9},
	"face8name":                   {"camera-face", 0.9},
	"facename":                    {"camera-face", 0.9},
	"recognizedface1name":         {"camera-face", 0.9},
	"recognizedface2name":         {"camera-face", 0.9},
	"recognizedface3name":         {"camera-face", 0.9},
	"babyname":                    {"camera-face", 0.8},
}

// trees are properties whose items are paths of keywords, and what parts their
// steps.
var trees = map[string]string{
	"digikam:tagslist":                  "/",
	"lr:hierarchicalsubject":            "|",
	"microsoftphoto:lastkeywordxmp":     "/",
	"microsoftphoto:lastkeywordiptc":    "/",
	"mediapro:catalogsets":              "|",
	"expressionmedia:catalogsets":       "|",
	"xmpmm:hierarchicalkeywords":        "|",
	"photomechanic:hierarchicalsubject": "|",
}

// categories is the property that keeps a tree of keywords as XML.
const categories = "acdsee:categories"

// roots are first steps under which libraries keep people, in lower case.
var roots = map[string]bool{
	"people": true, "person": true, "persons": true, "faces": true, "face": true, "who": true, "people tags": true,
	"personen": true, "gesichter": true, "leute": true, "menschen": true, "personnes": true, "visages": true, "personnages": true,
	"personas": true, "gente": true, "caras": true, "pessoas": true, "rostos": true, "persone": true, "volti": true,
	"mensen": true, "gezichten": true, "personer": true, "ansikten": true, "ansigter": true, "henkilöt": true, "ihmiset": true,
	"osoby": true, "ludzie": true, "twarze": true, "lidé": true, "люди": true, "лица": true, "персоны": true,
	"人物": true, "人": true, "人们": true, "人員": true, "ピープル": true, "사람": true, "인물": true, "kişiler": true, "insanlar": true, "άτομα": true, "أشخاص": true, "אנשים": true,
}

// listed reports the people that p names as shown, each once.
func listed(tags []detectors.Tag, found func(detectors.Finding)) {
	l := lister{found: found, seen: map[string]bool{}}
	var paths []path
	for i := range tags {
		t := &tags[i]
		key := field.Key(t.Name)
		if list, ok := plainLists[key]; ok {
			l.name(t, t.Value, list.rule, "listed among the people of the picture", list.confidence)
			continue
		}
		if sep, ok := trees[key]; ok && len(t.Value) <= maxPath {
			if steps := split(t.Value, sep); len(steps) > 1 && roots[strings.ToLower(steps[0])] {
				paths = append(paths, path{t, steps})
			}
			continue
		}
		if key == categories {
			l.categories(t)
		}
	}
	l.leaves(paths)
}

const (
	maxPath = 1000
	maxName = 200
)

type path struct {
	tag   *detectors.Tag
	steps []string
}

func split(s, sep string) []string {
	steps := strings.Split(s, sep)
	for i := range steps {
		steps[i] = strings.TrimSpace(steps[i])
	}
	return steps
}

type lister struct {
	found func(detectors.Finding)
	seen  map[string]bool
}

// leaves reports the last step of each path that no other path goes on from:
// "People|Family" beside "People|Family|Ana Silva" is a group.
func (l *lister) leaves(paths []path) {
	inner := map[string]bool{}
	for _, p := range paths {
		for n := 1; n < len(p.steps); n++ {
			inner[strings.Join(p.steps[:n], "\x00")] = true
		}
	}
	for _, p := range paths {
		if !inner[strings.Join(p.steps, "\x00")] {
			l.name(p.tag, p.steps[len(p.steps)-1], "people-keyword", "a keyword under a heading for people", 0.85)
		}
	}
}

// name reports one person. A single word may be a nickname or a group.
func (l *lister) name(t *detectors.Tag, name, rule, why string, confidence float64) {
	name = strings.TrimSpace(name)
	canonical := field.CanonicalName(name)
	if placeholder(name) || len(name) > maxName || l.seen[canonical] || field.Judge(name) == field.NoName {
		return
	}
	l.seen[canonical] = true
	if rule == "people-keyword" && field.Judge(name) != field.Person {
		confidence, why = 0.6, why+", one word"
	}
	l.found(detectors.Finding{Kind: detectors.Name, Role: detectors.RolePerson, Value: name, Canonical: canonical, Tag: t.Name, Confidence: confidence, Why: why, Rule: rule})
}

// categories reads the little XML document that ACDSee keeps in one property:
// <Categories><Category Assigned="0">People<Category Assigned="1">Ana</Category></Category></Categories>
func (l *lister) categories(t *detectors.Tag) {
	const maxDepth, maxTokens = 16, 10_000
	if len(t.Value) > 1<<20 || !utf8.ValidString(t.Value) {
		return
	}
	d := xml.NewDecoder(strings.NewReader(t.Value))
	d.Strict = false
	var names []string
	var assigned []bool
	for range maxTokens {
		token, err := d.Token()
		if err != nil {
			return // the end, or no XML
		}
		switch e := token.(type) {
		case xml.StartElement:
			if len(names) == maxDepth {
				return
			}
			on := false
			for _, a := range e.Attr {
				on = on || a.Name.Local == "Assigned" && a.Value == "1"
			}
			names, assigned = append(names, ""), append(assigned, on)
		case xml.CharData:
			if n := len(names); n > 0 && names[n-1] == "" {
				names[n-1] = strings.TrimSpace(string(e))
			}
		case xml.EndElement:
			n := len(names)
			if n == 0 {
				return
			}
			if assigned[n-1] && n > 2 && roots[strings.ToLower(names[1])] {
				l.name(t, names[n-1], "people-keyword", "a category under a heading for people", 0.85)
			}
			names, assigned = names[:n-1], assigned[:n-1]
		}
	}
}
