package office

import (
	"bytes"
	"encoding/xml"
	"io"
	"path"
	"slices"
	"strings"

	"habeas/scanner/media"
)

// Locked says why a document with these members must stay as it is.
func (Documents) Locked(names []string) string {
	for _, n := range names {
		l := strings.ToLower(n)
		if strings.HasPrefix(l, "_xmlsignatures/") || strings.HasPrefix(l, "meta-inf/") && strings.Contains(l, "signatures") {
			return "it is signed: a change would break the signature"
		}
	}
	return ""
}

// Drops reports whether a member goes as a whole: the picture of a document's
// first page.
func (Documents) Drops(kind, name string, s media.Stripping) bool {
	return isThumbnail(name) && s.Drop(kind+"/"+strings.TrimSuffix(name, path.Ext(name)), "", "")
}

func isThumbnail(name string) bool {
	l := strings.ToLower(name)
	return strings.HasPrefix(l, "docprops/thumbnail.") || l == "thumbnails/thumbnail.png"
}

// Content reports whether a member is of what a document shows: it is neither
// properties nor a list of members, and no picture, which may have properties of
// its own.
func (Documents) Content(_, name string) bool {
	l := strings.ToLower(name)
	return isXML(l) && !isProperties(l) && !strings.HasSuffix(l, ".rels") && l != "[content_types].xml" && !strings.HasPrefix(l, "meta-inf/")
}

func isProperties(lower string) bool {
	return path.Base(lower) == "core.xml" || strings.HasSuffix(lower, ".psmdcp") || strings.HasSuffix(lower, "docprops/app.xml") ||
		strings.HasSuffix(lower, "docprops/custom.xml") || path.Base(lower) == "meta.xml"
}

// Strip gives the changes inside a member: properties go as elements, which all
// are optional; pictures are stripped as such; lists forget members that go.
func (Documents) Strip(kind, name string, content *io.SectionReader, gone []string, s media.Stripping) ([]media.Cut, error) {
	lower := strings.ToLower(name)
	full := kind + "/" + name
	if strings.HasSuffix(lower, "/") || ignored(lower) {
		return nil, nil
	}
	if !isXML(lower) {
		return s.Nested(full, content, nil)
	}
	level := 0
	switch {
	case kind == ooxml && isProperties(lower):
		level = 2
	case kind == odf && path.Base(lower) == "meta.xml":
		level = 3
	case len(gone) == 0:
		return nil, nil
	case lower == "_rels/.rels", lower == "meta-inf/manifest.xml":
	default:
		return nil, nil
	}
	b, err := media.ReadUpTo(content, 0, media.MaxBlock, content.Size())
	if err != nil {
		return nil, err
	}
	start := len(b) - len(bytes.TrimPrefix(b, []byte("\xef\xbb\xbf")))
	if cs, _ := media.TextCharset(b[:min(len(b), media.HeadSize)]); cs == media.UTF16LE || cs == media.UTF16BE {
		return nil, media.Refuse(full, "its properties are written in UTF-16")
	}
	var cuts []media.Cut
	if level == 0 {
		cuts = forget(b[start:], gone)
	} else {
		cuts = properties(b[start:], level, func(name string) bool { return s.Drop(full, groups[kind], name) },
			func(name string) (string, bool) { return media.SetOf(s, full, groups[kind], name) })
	}
	return media.Shift(cuts, int64(start)), nil
}

// properties gives the elements of a level in which a property stands that goes,
// and the texts of those that are set.
func properties(b []byte, level int, drop func(name string) bool, set func(name string) (string, bool)) (cuts []media.Cut) {
	s := newScanner(b)
	var names []string
	value, from, hit := "", 0, false
	inner := -1 // where the text of an element without others in it begins
	for {
		at := len(b) - len(s.b)
		tok := s.next()
		switch tok.kind {
		case end:
			return cuts
		case open:
			if names = append(names, propertyName(&tok, names)); len(names) == level {
				from, hit = at, false
			}
			value, inner = "", len(b)-len(s.b)
			switch tok.name {
			case "template", "auto-reload":
				hit = hit || tok.attr("href") != "" && drop("Template")
			case "meta":
				hit = hit || tok.attr("content") != "" && drop(tok.attr("name"))
			}
		case text:
			if len(value) < maxValue {
				value += tok.text
			}
		case shut:
			n := len(names)
			if n == 0 {
				return cuts
			}
			if tidy(value) != "" && n >= level {
				if v, ok := set(names[n-1]); ok && inner >= 0 && inner <= at {
					cuts = append(cuts, media.Cut{Off: int64(inner), N: int64(at - inner), With: escaped(v)})
				} else {
					hit = hit || drop(names[n-1])
				}
			}
			inner = -1
			if value = ""; n == level && hit {
				cuts = append(cuts, media.Cut{Off: int64(from), N: int64(len(b) - len(s.b) - from)})
			}
			names = names[:n-1]
		}
	}
}

// escaped is a value as the text of an element.
func escaped(value string) []byte {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(value)) // a buffer takes all
	return b.Bytes()
}

// forget gives the elements of a list of members that name one which goes.
func forget(b []byte, gone []string) (cuts []media.Cut) {
	s := newScanner(b)
	from, hit := 0, false
	for {
		at := len(b) - len(s.b)
		tok := s.next()
		switch {
		case tok.kind == end:
			return cuts
		case tok.kind == open && (tok.name == "Relationship" || tok.name == "file-entry"):
			to := strings.TrimPrefix(tok.attr("Target")+tok.attr("full-path"), "/")
			from, hit = at, slices.Contains(gone, to)
		case tok.kind == shut && (tok.name == "Relationship" || tok.name == "file-entry"):
			if hit {
				cuts = append(cuts, media.Cut{Off: int64(from), N: int64(len(b) - len(s.b) - from)})
			}
			hit = false
		}
	}
}
