package pdf

import (
	"bytes"
	"fmt"
	"hash/fnv"
	"io"
	"maps"
	"slices"
	"strings"

	"habeas/detectors"
	"habeas/scanner/media"
)

// group is that of all tags here: the family that ExifTool gives them.
const group = "PDF"

// Bounds of one document; what goes beyond is told as limit.entries.
const (
	maxPages = 50_000  // of one revision
	maxNodes = 200_000 // of trees: of pages, of names, of fields, of the outline
	maxForms = 8       // form XObjects inside each other
	tagsEach = 500     // tags of one part
)

// walk hands out what one revision of a document holds.
type walk struct {
	v     media.Visitor
	r     io.ReaderAt // of the object itself, for what stands in it as it is
	d     *document
	under string // before every path: "" or "revision[1]/"

	told    map[uint64]bool // what newer revisions have told, by its hash
	visited map[uint32]bool // objects
	nodes   int
	files   int // attachments
	pages   []page
	err     error // of the visitor; everything stops
}

// page is what the structure says of one page.
type page struct {
	num      uint32  // of its object
	contents []int64 // where its content streams stand
	fonts    bool    // it, or a form on it, has fonts: without them there is no text
	skip     bool    // it would cost too much
	letters  int     // of its text
	pictures int     // files on it, handed out here or on an earlier page
	drawn    int     // pictures on it that are no files: only drawing shows them
}

// smallSize is what a file may have for objects that nothing leads to to be looked
// at although its structure holds: all of it was read anyway.
const smallSize = 1 << 20

// structure hands out everything but the text of the pages, and lists those.
func (w *walk) structure() {
	d := w.d
	w.info(d.trailer["Info"])
	root := d.dict(d.trailer["Root"])
	w.visit(d.trailer["Root"])
	w.metadata("xmp", root["Metadata"])
	w.pageTree(root["Pages"], dict{}, 0)
	w.form(d.dict(root["AcroForm"]))
	names := d.dict(root["Names"])
	w.nameTree(names["EmbeddedFiles"], 0, func(o object) { w.attachment(o) })
	for _, o := range d.array(root["AF"]) {
		w.attachment(o)
	}
	var scripts strings.Builder
	w.nameTree(names["JavaScript"], 0, func(o object) { w.script(o, &scripts) })
	w.script(root["OpenAction"], &scripts)
	w.text("script", scripts.String())
	w.outline(d.dict(root["Outlines"]))
	if d.rebuilt || d.size <= smallSize {
		w.salvage()
	}
}

// path is p in this revision.
func (w *walk) path(p string) string { return w.under + p }

// ok reports whether the walk goes on.
func (w *walk) ok() bool { return w.err == nil && w.d.src.err == nil }

// visit reports whether o is met for the first time. What is no reference is
// always new.
func (w *walk) visit(o object) bool {
	r, isRef := o.(ref)
	if !isRef {
		return true
	}
	if w.visited[r.num] {
		return false
	}
	w.visited[r.num] = true
	return true
}

// node counts one more of a tree.
func (w *walk) node() bool {
	if w.nodes++; w.nodes > maxNodes {
		w.d.note(media.LimitCount)
		return false
	}
	return w.ok()
}

// fresh reports whether no newer revision has told the same.
func (w *walk) fresh(what ...string) bool {
	h := fnv.New64a()
	for _, s := range what {
		_, _ = io.WriteString(h, s)
		_, _ = h.Write([]byte{0})
	}
	old := w.told[h.Sum64()]
	w.told[h.Sum64()] = true
	return !old || w.under == ""
}

// tags hands out tags in parts of bounded size.
func (w *walk) tags(path string, tags []detectors.Tag) {
	tags = slices.DeleteFunc(tags, func(t detectors.Tag) bool {
		return t.Value == "" || !w.fresh("tag", t.Name, t.Value)
	})
	for chunk := range slices.Chunk(tags, tagsEach) {
		if w.ok() {
			w.err = w.v.Part(&detectors.Part{Path: w.path(path), Tags: chunk, Off: -1})
		}
	}
}

// text hands out running text.
func (w *walk) text(path, s string) {
	if strings.TrimSpace(s) == "" || !w.fresh("text", s) || !w.ok() {
		return
	}
	t := media.NewRunning(w.v, w.path(path))
	t.WriteString(s)
	w.err = t.End()
}

// stringOf is o as a text, "" if it is none.
func (w *walk) stringOf(o object) string {
	switch v := w.d.resolve(o).(type) {
	case text:
		return v.decode()
	case *stream: // long values may be streams
		b, reason := w.d.decode(v)
		if reason != "" {
			w.d.note(reason)
		}
		return text(b).decode()
	}
	return ""
}

// infoNames are ExifTool's names of entries that have another.
var infoNames = map[name]string{"CreationDate": "CreateDate", "ModDate": "ModifyDate"}

// info hands out the document information dictionary (14.3.3), with what programs
// add to it.
func (w *walk) info(o object) {
	w.visit(o)
	w.tags("info", w.infoTags(w.d.dict(o)))
}

func (w *walk) infoTags(d dict) []detectors.Tag {
	var tags []detectors.Tag
	for _, key := range slices.Sorted(maps.Keys(d)) {
		n, renamed := infoNames[key]
		if !renamed {
			n = strings.ToValidUTF8(string(key), "\uFFFD")
		}
		if v, isText := w.d.resolve(d[key]).(text); isText && n != "" {
			tags = append(tags, detectors.Tag{Group: group, Name: n, Value: v.decode()})
		}
	}
	return tags
}

// metadata hands out an XMP packet (14.3.2).
func (w *walk) metadata(path string, o object) {
	if !w.visit(o) {
		return
	}
	if s := w.d.stream(o); s != nil {
		w.nested(path, s)
	}
}

// nested hands out what a stream holds, as it stands in the file if that is
// possible.
func (w *walk) nested(path string, s *stream) {
	if !w.ok() {
		return
	}
	size := w.d.extent(s)
	if w.d.plain(s, "") || w.d.plain(s, "DCTDecode") {
		if w.fresh("stored", fmt.Sprint(s.off)) {
			w.err = w.v.Nested(w.path(path), io.NewSectionReader(w.r, s.off, size))
		}
		return
	}
	r, codec, reason := w.d.reader(s)
	if codec != "" && codec != "DCTDecode" && codec != "DCT" {
		reason = media.Unsupported
	}
	if reason != "" {
		w.v.Problem(w.path(path), reason)
		return
	}
	b, err := media.ReadBlock(r)
	if err != nil && w.d.src.err == nil {
		w.v.Problem(w.path(path), media.ReasonOf(err))
	}
	if len(b) > 0 && w.ok() && w.fresh("bytes", string(b)) {
		w.err = w.v.Nested(w.path(path), io.NewSectionReader(bytes.NewReader(b), 0, int64(len(b))))
	}
}

// nameTree calls each for every value of a name tree (7.9.6).
func (w *walk) nameTree(o object, depth int, each func(object)) {
	t := w.d.dict(o)
	if t == nil || depth > maxNesting || !w.node() {
		return
	}
	if !w.visit(o) {
		w.d.note(media.Corrupt) // a cycle
		return
	}
	leaves := w.d.array(t["Names"])
	for i := 1; i < len(leaves) && w.node(); i += 2 {
		each(leaves[i])
	}
	for _, kid := range w.d.array(t["Kids"]) {
		w.nameTree(kid, depth+1, each)
	}
}

// attachment hands out an embedded file (7.11.4).
func (w *walk) attachment(o object) {
	spec := w.d.dict(o)
	ef := w.d.dict(spec["EF"])
	if !w.visit(o) || len(ef) == 0 || !w.ok() {
		return
	}
	title := ""
	for _, key := range []name{"UF", "F", "DOS", "Mac", "Unix"} {
		if title = w.stringOf(spec[key]); title != "" {
			break
		}
	}
	for _, key := range []name{"UF", "F", "DOS", "Mac", "Unix"} {
		s := w.d.stream(ef[key])
		if s == nil || !w.visit(ef[key]) {
			continue
		}
		w.files++
		path := fmt.Sprintf("attachment[%d]/%s", w.files, base(title))
		w.tags(path, []detectors.Tag{
			{Group: group, Name: "EmbeddedFileName", Value: title},
			{Group: group, Name: "EmbeddedFileDescription", Value: w.stringOf(spec["Desc"])},
		})
		w.nested(path, s)
	}
}

// base is the last element of the name of a file, whichever system wrote it.
func base(s string) string {
	s = strings.TrimRight(s, `/\`)
	if i := strings.LastIndexAny(s, `/\`); i >= 0 {
		s = s[i+1:]
	}
	if s == "" {
		return "unnamed"
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' {
			return '_'
		}
		return r
	}, s)
}

// script collects the JavaScript of an action (12.6.4.17).
func (w *walk) script(o object, out *strings.Builder) {
	a := w.d.dict(o)
	for range 16 {
		if js := a["JS"]; js != nil && out.Len() < media.MaxBlock {
			out.WriteString(w.stringOf(js))
			out.WriteByte('\n')
		}
		if a = w.d.dict(a["Next"]); a == nil {
			return
		}
	}
}

// outline hands out the titles of the bookmarks (12.3.3).
func (w *walk) outline(o dict) {
	var titles strings.Builder
	var tags []detectors.Tag
	var level func(o object, depth int)
	level = func(o object, depth int) {
		for o != nil {
			if !w.visit(o) {
				w.d.note(media.Corrupt) // a cycle
				return
			}
			item := w.d.dict(o)
			if item == nil || depth > maxNesting || !w.node() {
				return
			}
			titles.WriteString(w.stringOf(item["Title"]))
			titles.WriteByte('\n')
			tags = w.action(tags, item["A"])
			level(item["First"], depth+1)
			o = item["Next"]
		}
	}
	level(o["First"], 0)
	w.text("outline", titles.String())
	w.tags("outline", tags)
}

// action adds the address that a link leads to (12.6.4.8).
func (w *walk) action(tags []detectors.Tag, o object) []detectors.Tag {
	a := w.d.dict(o)
	if uri := w.stringOf(a["URI"]); uri != "" {
		tags = append(tags, detectors.Tag{Group: group, Name: "URI", Value: uri})
	}
	if a["S"] == name("SubmitForm") || a["S"] == name("Launch") || a["S"] == name("GoToR") {
		f := w.d.resolve(a["F"])
		if spec, ok := f.(dict); ok {
			f = spec["F"]
			if spec["UF"] != nil {
				f = spec["UF"]
			}
		}
		tags = append(tags, detectors.Tag{Group: group, Name: "ActionTarget", Value: w.stringOf(f)})
	}
	return tags
}
