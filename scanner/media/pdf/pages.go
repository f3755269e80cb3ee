package pdf

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"slices"

	"habeas/detectors"
	"habeas/scanner/media"
)

// pageTree lists the pages below o (7.7.3), which may inherit resources.
func (w *walk) pageTree(o object, resources dict, depth int) {
	if !w.node() {
		return
	}
	if !w.visit(o) || depth > maxNesting {
		w.d.note(media.Corrupt) // a cycle
		return
	}
	n := w.d.dict(o)
	if n == nil {
		if o != nil {
			w.d.note(media.Corrupt)
		}
		return
	}
	if own := w.d.dict(n["Resources"]); own != nil {
		resources = own
	}
	kids := w.d.array(n["Kids"])
	if n["Type"] == name("Page") || kids == nil {
		r, _ := o.(ref)
		w.page(r.num, n, resources)
		return
	}
	for _, kid := range kids {
		if w.ok() {
			w.pageTree(kid, resources, depth+1)
		}
	}
}

// page hands out what hangs on one page, and lists it.
func (w *walk) page(num uint32, n, resources dict) {
	if len(w.pages) >= maxPages {
		w.d.note(media.LimitCount)
		return
	}
	w.pages = append(w.pages, page{num: num})
	p := &w.pages[len(w.pages)-1]
	at := fmt.Sprintf("page[%d]", len(w.pages))
	w.metadata(at+"/xmp", n["Metadata"])
	w.annotations(at, w.d.array(n["Annots"]))
	for _, o := range w.d.array(n["AF"]) {
		w.attachment(o)
	}
	images := 0
	p.fonts = w.resources(at, p, resources, &images, 0)
	draws := media.Showing(w.v)
	for _, o := range w.contents(n) {
		s := w.d.stream(o)
		if s == nil || !w.ok() {
			continue
		}
		p.contents = append(p.contents, s.off)
		if (p.fonts || draws) && w.visit(o) {
			p.skip = w.content(at, s) || p.skip
		}
	}
}

// contents are the content streams of a page.
func (w *walk) contents(n dict) array {
	if a := w.d.array(n["Contents"]); a != nil {
		return a[:min(len(a), maxNodes)]
	}
	return array{n["Contents"]}
}

// resources looks at the pictures and forms that a page draws, and reports
// whether there are fonts.
func (w *walk) resources(at string, p *page, r dict, images *int, depth int) (fonts bool) {
	fonts = len(w.d.dict(r["Font"])) > 0
	objects := w.d.dict(r["XObject"])
	for _, key := range slices.Sorted(maps.Keys(objects)) {
		if !w.node() {
			return fonts
		}
		o := objects[key]
		s := w.d.stream(o)
		if s == nil {
			continue
		}
		switch s.dict["Subtype"] {
		case name("Image"):
			if w.isFile(s) {
				p.pictures++
			}
			if w.visit(o) {
				*images++
				w.image(fmt.Sprintf("%s/image[%d]", at, *images), p, s)
			}
		case name("Form"):
			// The same form on another page is the same text there.
			if depth < maxForms && w.d.dict(s.dict["Resources"]) != nil {
				first := w.visit(o)
				has := len(w.d.dict(w.d.dict(s.dict["Resources"])["Font"])) > 0
				if first {
					has = w.resources(at, p, w.d.dict(s.dict["Resources"]), images, depth+1) || has
				}
				if first && has {
					w.metadata(at+"/xmp", s.dict["Metadata"])
					_ = w.content(at, s)
				}
				fonts = fonts || has
			}
		}
	}
	return fonts
}

// leastSide is the shorter side from which a picture can show anything, pixels.
const leastSide = 16

// isFile reports whether a picture is a JPEG file as it stands.
func (w *walk) isFile(s *stream) bool {
	f := w.d.filters(s)
	return len(f) > 0 && (f[len(f)-1].name == "DCTDecode" || f[len(f)-1].name == "DCT")
}

// image hands out a picture that is a JPEG file as it stands, and XMP of any.
// Others are seen when their page is drawn.
func (w *walk) image(path string, p *page, s *stream) {
	w.metadata(path+"/xmp", s.dict["Metadata"])
	if !w.isFile(s) {
		width, _ := w.d.resolve(s.dict["Width"]).(float64)
		height, _ := w.d.resolve(s.dict["Height"]).(float64)
		if min(width, height) >= leastSide {
			p.drawn++
		}
		return
	}
	f := w.d.filters(s)
	if len(f) == 1 && w.d.plain(s, f[0].name) && !bytes.HasPrefix(w.d.src.at(s.off, 2), []byte("\xff\xd8")) {
		w.v.Problem(w.path(path), media.Corrupt)
		return
	}
	w.nested(path, s)
}

// content reads a content stream for what it costs: pictures of text by whoever
// draws it would meet the same bytes without our limits. It reports whether the
// page is better left alone.
func (w *walk) content(at string, s *stream) (skip bool) {
	r, codec, reason := w.d.reader(s)
	if codec != "" {
		reason = media.Corrupt
	}
	if reason == "" {
		var m meter
		_, err := io.Copy(&m, io.LimitReader(r, media.MaxBlock+1))
		switch {
		case w.d.src.err != nil:
			return true
		case m.n > media.MaxBlock:
			reason = media.LimitBytes
		case err != nil:
			reason = media.ReasonOf(err)
		case m.worst > maxNesting:
			w.v.Problem(w.path(at), media.LimitDepth)
		}
	}
	if reason == "" {
		return false
	}
	w.v.Problem(w.path(at), reason)
	return reason == media.LimitBytes || reason == media.LimitRatio
}

// meter counts the bytes of a content stream and how deep its arrays nest. It
// does not tell strings from operators: a string with that many open brackets
// and none closed is no text.
type meter struct {
	n            int64
	depth, worst int
}

func (m *meter) Write(p []byte) (int, error) {
	m.n += int64(len(p))
	for i := bytes.IndexByte(p, '['); i >= 0 && i < len(p); i++ {
		switch p[i] {
		case '[':
			m.depth++
			m.worst = max(m.worst, m.depth)
		case ']':
			m.depth = max(m.depth-1, 0)
		}
	}
	if bytes.IndexByte(p, '[') < 0 && bytes.IndexByte(p, ']') >= 0 {
		m.depth = 0
	}
	return len(p), nil
}

// annotations hands out the notes and links of a page (12.5).
func (w *walk) annotations(at string, list array) {
	var tags []detectors.Tag
	for _, o := range list {
		if !w.node() {
			break
		}
		a := w.d.dict(o)
		if a == nil || !w.visit(o) && a["Subtype"] != name("Widget") {
			continue
		}
		tags = w.annotation(tags, a)
	}
	w.tags(at+"/annotations", tags)
}

func (w *walk) annotation(tags []detectors.Tag, a dict) []detectors.Tag {
	add := func(n string, key name) bool {
		v := w.stringOf(a[key])
		tags = append(tags, detectors.Tag{Group: group, Name: n, Value: v})
		return v != ""
	}
	if a["Subtype"] == name("FileAttachment") {
		w.attachment(a["FS"])
	}
	if a["Subtype"] != name("Widget") { // there it is the name of a field
		add("AnnotationAuthor", "T")
		if !add("AnnotationContents", "Contents") {
			add("AnnotationContents", "RC")
		}
		add("AnnotationSubject", "Subj")
	}
	return w.action(tags, a["A"])
}
