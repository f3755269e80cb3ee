package office

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"habeas/detectors"
)

// maxTags bounds the properties of one part.
const maxTags = 10_000

// renamed are properties that ExifTool calls otherwise.
var renamed = map[string]string{"created": "CreateDate", "modified": "ModifyDate", "date": "Date", "language": "Language"}

// properties reads a part of properties: whatever stands in the second or a
// deeper level, named for the element, or for the name that the user gave it.
func (d *document) properties(full string, b []byte) error {
	group := groups[d.kind]
	s := newScanner(b)
	var tags []detectors.Tag
	var names []string // of the open elements, as tags are named
	add := func(name, value string) {
		if value = tidy(value); value != "" && name != "" && len(tags) < maxTags {
			tags = append(tags, detectors.Tag{Group: group, Name: name, Value: value})
		}
	}
	value := ""
	for tok := s.next(); tok.kind != end; tok = s.next() {
		switch tok.kind {
		case open:
			names = append(names, propertyName(&tok, names))
			value = ""
			switch tok.name {
			case "template", "auto-reload":
				add("Template", tok.attr("href"))
			case "meta":
				add(tok.attr("name"), tok.attr("content"))
			}
		case text:
			if len(value) < maxValue {
				value += tok.text
			}
		case shut:
			if n := len(names); n > 0 {
				add(names[n-1], value)
				names = names[:n-1]
			}
			value = ""
		}
	}
	s.tell(d.v, full)
	if len(tags) == 0 {
		return nil
	}
	return d.v.Part(&detectors.Part{Path: full, Tags: tags, Off: -1})
}

// maxValue bounds one property; descriptions in the wild stay under 10 KiB.
const maxValue = 1 << 20

// propertyName is what an element is called as a tag. Values inside of a vector
// or a variant are called what that is.
func propertyName(t *token, outer []string) string {
	if n := t.attr("name"); n != "" && (t.name == "property" || t.name == "user-defined") {
		return strings.ToValidUTF8(n, "\uFFFD")
	}
	if n := t.attr("property"); n != "" && t.name == "meta" { // EPUB 3
		return strings.ToValidUTF8(n, "\uFFFD")
	}
	switch t.name {
	case "lpstr", "lpwstr", "bstr", "variant", "vector", "array", "i4", "i8", "r8", "bool", "filetime", "date", "cy", "li", "Alt", "Seq", "Bag", "int", "decimal":
		if n := len(outer); n > 1 || n == 1 && t.name != "date" {
			return outer[n-1]
		}
	}
	if r := renamed[t.name]; r != "" {
		return r
	}
	r, n := utf8.DecodeRuneInString(t.name)
	return string(unicode.ToUpper(r)) + t.name[n:]
}

// tidy makes a value of a tag: valid UTF-8, without blanks around it.
func tidy(s string) string { return strings.TrimSpace(strings.ToValidUTF8(s, "\uFFFD")) }
