package pdf

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"habeas/scanner/media"
)

// salvage hands out what stands in objects that nothing leads to any more: a
// program has only unlinked them, or the file has lost its end, or the tree that
// held them. Pages without a tree come first.
func (w *walk) salvage() {
	d := w.d
	nums := slices.Sorted(maps.Keys(d.xref))
	if len(w.pages) == 0 {
		w.strayPages(nums)
	}
	if !d.rebuilt {
		// What is wrong with objects that nobody uses is no damage of the document.
		notes := d.notes
		d.notes, d.lenient = map[media.Reason]bool{}, true
		defer func() {
			if d.notes[media.LimitDepth] {
				notes[media.LimitDepth] = true
			}
			d.notes, d.lenient = notes, false
		}()
	}
	for _, num := range nums {
		if w.visited[num] {
			continue
		}
		if !w.node() {
			return
		}
		at := fmt.Sprintf("object[%d]", num)
		switch o := d.load(num).(type) {
		case dict:
			w.visited[num] = true
			w.orphan(at, o)
		case *stream:
			w.visited[num] = true
			if d.rebuilt || o.dict["Type"] == name("Metadata") {
				w.orphanStream(at, o)
			}
		}
	}
}

// strayPages lists the pages that are left, in the order of the file.
func (w *walk) strayPages(nums []uint32) {
	d := w.d
	nums = slices.Clone(nums)
	slices.SortStableFunc(nums, func(a, b uint32) int {
		return cmp.Compare(d.xref[a].off, d.xref[b].off)
	})
	for _, num := range nums {
		if !w.node() {
			return
		}
		n, ok := d.load(num).(dict)
		if !ok || n["Type"] != name("Page") || w.visited[num] {
			continue
		}
		w.visited[num] = true
		resources := d.dict(n["Resources"])
		up := n
		for range maxNesting {
			if up = d.dict(up["Parent"]); up == nil || resources != nil {
				break
			}
			resources = d.dict(up["Resources"])
		}
		w.page(num, n, resources)
	}
}

// shown hands out the text of a page that the engine does not read, as far as it
// can be had without: at is its place in the list of pages.
func (w *walk) shown(at int) {
	p := w.pages[at]
	n := w.d.dict(ref{num: p.num})
	if p.num == 0 || p.skip || n == nil || !w.ok() {
		return
	}
	var all []byte
	for _, o := range w.contents(n) {
		s := w.d.stream(o)
		if s == nil || len(all) >= maxShown {
			continue
		}
		r, codec, reason := w.d.reader(s)
		if codec != "" || reason != "" {
			continue // it was told
		}
		b, _ := io.ReadAll(io.LimitReader(r, maxShown)) // what is wrong with it was told
		all = append(append(all, b...), '\n')
	}
	w.text(fmt.Sprintf("page[%d]", at+1), shownText(all))
}

// orphan hands out a dictionary by what it looks like.
func (w *walk) orphan(at string, o dict) {
	switch {
	case o["EF"] != nil:
		w.attachment(o)
	case o["FT"] != nil || o["V"] != nil && o["T"] != nil:
		w.tags(at, w.value(nil, dict{"FT": o["FT"], "V": o["V"], "T": o["T"], "TU": o["TU"]}, o))
	case o["Subtype"] != nil && o["Rect"] != nil:
		w.tags(at, w.annotation(nil, o))
	case o["Title"] != nil && o["Parent"] != nil:
		w.text(at, w.stringOf(o["Title"]))
	case o["URI"] != nil:
		w.tags(at, w.action(nil, o))
	case o["Producer"] != nil || o["CreationDate"] != nil || o["Author"] != nil || o["ModDate"] != nil && o["Type"] == nil:
		w.tags(at, w.infoTags(o))
	}
}

// orphanStream does the same for a stream.
func (w *walk) orphanStream(at string, s *stream) {
	switch {
	case s.dict["Type"] == name("Metadata"):
		w.nested(at+"/xmp", s)
	case s.dict["Subtype"] == name("Image"):
		var p page
		w.image(at, &p, s)
		if p.drawn > 0 {
			media.Unseen(w.v, w.path(at)) // it is on no page that could be drawn
		}
	case s.dict["Type"] == name("EmbeddedFile"):
		w.nested(at+"/attachment", s)
	case s.dict["Type"] == nil && s.dict["Length1"] == nil && s.dict["FunctionType"] == nil && len(w.pages) == 0, s.dict["Subtype"] == name("Form"):
		// A content stream, perhaps.
		r, codec, reason := w.d.reader(s)
		if codec != "" || reason != "" {
			return
		}
		b, err := io.ReadAll(io.LimitReader(r, maxShown))
		if err != nil {
			w.d.note(media.ReasonOf(err))
		}
		w.text(at, shownText(b))
	}
}

// maxShown bounds the content that is searched for text without the engine.
const maxShown = 4 << 20

// shownText is the text that a content stream shows (9.4.3), as far as its codes
// are letters without the help of a font.
func shownText(b []byte) string {
	l := &lexer{b: b, content: true}
	var out, line strings.Builder
	var strs []text
	gap := func(v float64) bool { return v < -200 } // of thousandths: a blank
	for l.pos < len(b) {
		o, ok := l.object()
		if !ok {
			break
		}
		switch v := o.(type) {
		case text:
			strs = append(strs, v)
		case array:
			for _, item := range v {
				switch item := item.(type) {
				case text:
					strs = append(strs, item)
				case float64:
					if gap(item) {
						strs = append(strs, " ")
					}
				}
			}
		case keyword:
			switch v {
			case "Tj", "TJ", "'", "\"":
				for _, s := range strs {
					line.WriteString(string(s))
				}
			case "Td", "TD", "T*", "Tm", "ET":
				endLine(&out, &line)
			}
			strs = strs[:0]
		}
		if len(strs) > maxItems {
			break
		}
	}
	endLine(&out, &line)
	return out.String()
}

// endLine takes over a line that is mostly letters.
func endLine(out, line *strings.Builder) {
	s := line.String()
	line.Reset()
	plain := 0
	for i := range len(s) {
		if s[i] >= ' ' && s[i] < 0x7f {
			plain++
		}
	}
	if s != "" && plain*10 >= len(s)*7 {
		out.WriteString(text(s).decode())
		out.WriteByte('\n')
	}
}
